"""What each member of an input with roles decides: without it, or with another value, the reading differs as kept.

golden/roles has, for each input, what its roles are, and the lines that differ for each damage; those with the same
difference stand together. After a change that is meant: `GOLDEN=write pytest tests/test_role_damage.py`, and look at
the difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
import yaml

from composing import compiled
from damage import decides, is_kept, value_of
from sagemaker_roles.inputs import read_value
from sagemaker_roles.inputs.roles import read_roles
from sagemaker_roles.inputs.roles.existing_roles import ExistingPolicy, RoleReading
from sagemaker_roles.inputs.text.content import Source

FIXTURES = Path(__file__).parent / "fixtures" / "roles"
KEPT = Path(__file__).parent / "golden" / "roles"
#: Inputs of one kind each, many of which were once misread.
CASES = Path(__file__).parent / "fixtures" / "role-cases.yaml"
#: Answers that are read together, by the name of the file of each.
TOGETHER = Path(__file__).parent / "fixtures" / "together" / "answers.json"
FILES = sorted(file for file in FIXTURES.rglob("*.*"))

READ_ONLY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:List*", "Resource": "*"}]}


def described(what: str, policy: ExistingPolicy | None, places: bool) -> Iterator[str]:
    if policy is None:
        return

    def at(*path: str | int) -> str:
        place = policy.position(path)
        return f" at {place.line}" if place and places else ""

    yield f"{what}: {policy.kind} {policy.name} of version {policy.document.get('Version')}{at()}"
    statements = policy.document.get("Statement")
    for number, one in enumerate(statements if isinstance(statements, list) else [statements]):
        yield f"{what}: {policy.name} {number}{at('Statement', number)}: {json.dumps(one, sort_keys=True)}"


def lines(reading: RoleReading, places: bool) -> Iterator[str]:
    """A reading as text, with or without the lines at which things stand."""
    yield f"{reading.read} read"
    for number, role in enumerate(reading.roles):
        at = f" at {role.position.line}" if role.position and places else ""
        yield f"role {number}: {role.arn} {role.name} {role.logical_id}{at}"
        for policy in role.policies:
            yield from described(f"role {number}", policy, places)
        yield from described(f"boundary of role {number}", role.boundary, places)
        yield from described(f"trust policy of role {number}", role.trust, places)
        yield from (f"role {number}: not known: {one}" for one in (*role.unknown, *sorted(role.hidden)))
        yield from (f"role {number}: passed as {one}" for one in sorted(role.passed_as))
    yield from (f"{name} is {what}" for name, what in sorted(reading.unknown.items()))
    for notice in reading.notices:
        where = notice.where if places else re.sub(r":\d+:\d+$", "", notice.where)
        yield f"{notice.kind}: {where}: {notice.message}"


def managed(name: str) -> Mapping[str, Any] | None:
    return READ_ONLY if name.endswith("AmazonSageMakerReadOnly") else None


def read(value: Any, places: bool = False) -> list[str]:
    source = Source("input", json.dumps(value, indent=1 if places else None).encode())
    requests, given = None, {}
    if isinstance(value, dict) and {"Resources", "format_version"} & set(value):
        requests, given = read_value(compiled(), value), {"Stage": "prod"} if "Resources" in value else {}
    return [*lines(read_roles(compiled(), [source], managed=managed, requests=requests, values=given), places)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_member_decides_what_is_kept(file: Path) -> None:
    value = value_of(file)
    assert decides(KEPT / f"{file.name}.txt", value, read, read(value, places=True))


def together(value: Any, places: bool = False) -> list[str]:
    indent = 1 if places else None
    given = [Source(name, json.dumps(one, indent=indent).encode()) for name, one in value.items()]
    return [*lines(read_roles(compiled(), given), places)]


def test_each_member_of_answers_that_are_read_together_decides_what_is_kept() -> None:
    value = json.loads(TOGETHER.read_text("utf-8"))
    assert decides(KEPT / "together.txt", value, together, together(value, places=True))


def sources(case: Mapping[str, Any]) -> Iterator[str | Source]:
    """The inputs of a case."""
    yield from (str(FIXTURES / name) for name in case.get("files", ()))
    given = dict(case.get("inputs", {}))
    if "changed" in case:
        given["input"] = jsonpatch.apply_patch(value_of(FIXTURES / case["changed"]), case["patch"])
    for name, value in given.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=1)
        yield Source(name.strip(), text.encode("utf-8", "surrogateescape"))


def test_what_is_read_of_each_case_is_kept() -> None:
    found = []
    for name, case in yaml.load(CASES.read_text("utf-8"), Loader=yaml.CSafeLoader).items():
        more = {key: case[key] for key in ("values", "operations") if key in case}
        reading = read_roles(compiled(), [*sources(case)], managed=managed, **more)
        assert not any("\n" in notice.message for notice in reading.notices)
        found.append("\n".join([f"# {name}", *(line.replace(f"{FIXTURES}/", "") for line in lines(reading, True))]))
    assert is_kept(KEPT / "cases.txt", "\n\n".join(found) + "\n")
