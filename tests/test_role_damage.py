"""What each member of an input with roles decides: without it, or with another value, the reading differs as kept.

golden/roles has, for each input, what its roles are, and the lines that differ for each damage; those with the same
difference stand together. After a change that is meant: `GOLDEN=write pytest tests/test_role_damage.py`, and look at
the difference.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from composing import compiled
from sagemaker_roles.errors import InputError
from sagemaker_roles.inputs import read_value
from sagemaker_roles.inputs.held import HeldPolicy, RoleReading
from sagemaker_roles.inputs.reading import documents
from sagemaker_roles.inputs.roles import read_roles
from sagemaker_roles.inputs.text import Source

FIXTURES = Path(__file__).parent / "fixtures" / "roles"
KEPT = Path(__file__).parent / "golden" / "roles"
FILES = sorted(file for file in FIXTURES.rglob("*.*"))

READ_ONLY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:List*", "Resource": "*"}]}

#: What takes the place of a value: nothing, a number, another text, and what a template or an answer cannot tell.
GONE = object()
OTHERS: dict[str, Any] = {"gone": GONE, "5": 5, '"x"': "x", "Ref": {"Ref": "Stage"}}


def described(what: str, policy: HeldPolicy | None, places: bool) -> Iterator[str]:
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


def read(value: Any, places: bool = False) -> list[str]:
    def managed(name: str) -> Mapping[str, Any] | None:
        return READ_ONLY if name.endswith("AmazonSageMakerReadOnly") else None

    source = Source("input", json.dumps(value, indent=1).encode())
    requests, given = None, {}
    if {"Resources", "format_version"} & set(value):
        requests, given = read_value(compiled(), value), {"Stage": "prod"} if "Resources" in value else {}
    return [*lines(read_roles(compiled(), [source], managed=managed, requests=requests, values=given), places)]


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from paths(item, (*path, key))


def value_at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def damaged(value: Any, path: tuple[str | int, ...], other: Any) -> Any:
    value = copy.deepcopy(value)
    at = value_at(value, path[:-1])
    if other is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = other
    return value


def differences(value: Any) -> str:
    """What is read of a value, and how it differs with each damage."""
    whole = read(value)
    found: dict[str, list[str]] = {}
    for path in paths(value):
        for name, other in OTHERS.items():
            if other is not GONE and name != "5" and not isinstance(value_at(value, path), str):
                continue
            try:
                now = read(damaged(value, path, other))
            except InputError as error:
                now = [f"error: {error.message}"]
            less = [f"- {line[:60]}" for line in whole if line not in now]
            more = [f"+ {line}" for line in now if line not in whole]
            found.setdefault("\n".join([*less, *more]) or "no difference", []).append(
                f"{'.'.join(map(str, path))}: {name}"
            )
    texts = [f"# {'; '.join(places)}\n{difference}\n" for difference, places in found.items()]
    return "\n".join(["\n".join(read(value, places=True)) + "\n", *texts])


def value_of(file: Path) -> Any:
    (document,) = documents(file.name, file.read_text("utf-8"))
    return json.loads(json.dumps(document.value))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_member_decides_what_is_kept(file: Path) -> None:
    kept = KEPT / f"{file.name}.txt"
    text = differences(value_of(file))
    if os.environ.get("GOLDEN") == "write":
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, "utf-8")
    assert kept.read_text("utf-8") == text


def test_nothing_is_kept_that_no_input_gives() -> None:
    assert {path.name for path in KEPT.iterdir()} == {f"{file.name}.txt" for file in FILES}
    assert len(FILES) == 12
