"""What each member of a request decides: without it, or with another value, what is composed differs as kept.

golden/requests has, for each input, its documents, findings, account and companions, a line each, and the lines that
differ for each damage. After a change that is meant: `GOLDEN=write pytest tests/test_request_damage.py`, and look at
the difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from composing import compiled
from damage import decides, is_kept
from sagemaker_roles.engine.compose import Composition, Partial, Request, Unknown, compose
from sagemaker_roles.engine.documents import Document

KEPT = Path(__file__).parent / "golden" / "requests"
FIXTURES = Path(__file__).parent / "fixtures" / "requests"

#: What takes the place of a text: one of which nothing, or only the beginning or the end, is known.
OPEN: dict[str, Callable[[str], Any]] = {
    "open": lambda text: Partial([Unknown("Open")]),
    "begins": lambda text: Partial([text[: len(text) // 2], Unknown("Open")]),
    "ends": lambda text: Partial([Unknown("Open"), text[len(text) // 2 :]]),
}


def statements(what: str, document: Document, named: bool = True) -> Iterator[str]:
    """A line for each resource of each statement.

    Its actions follow from the record that has its Sid; of companions, so does which statements become one.
    """
    for one in document.statements:
        condition = f" if {json.dumps(one.condition)}" if one.condition else ""
        principal = f" by {json.dumps(one.principal)}" if one.principal else ""
        for resource in one.resources or ("",):
            yield f"{what}{f' {one.sid}' if named else ''}: {one.effect} {resource}{principal}{condition}"


def described(composition: Composition) -> Iterator[str]:
    for what in ("policy", "trust", "caller"):
        yield from statements(what, getattr(composition, what))
    yield from (f"add-ons of {who}: {' '.join(ids)}" for (_, who), ids in composition.addons.items() if ids)
    yield from (f"{one.kind}: {one.operation} {one.member} {one.value}: {one.message}" for one in composition.findings)
    yield from (f"{one.path} {one.value}: {one.outcome}: {one.reason} ({one.label})" for one in composition.account)
    for item in composition.companions.asking(["require-sse-kms", "service-pull"]).values():
        if item.kind not in ("boundary", "organization"):
            yield f"{item.kind} of {item.resource} of {item.account}: {item.needed}: {item.why[:20]}"
            yield from statements(f"{item.kind} of {item.resource}", item.document, named=False)


def read(value: Any) -> list[str]:
    requests = [Request(name, members, name) for name, members in value.items() if isinstance(members, dict)]
    return [*dict.fromkeys(described(compose(compiled(), requests, values={"Region": "us-west-2"})))]


@pytest.mark.parametrize("name", sorted(file.name for file in FIXTURES.iterdir()))
def test_each_member_decides_what_is_kept(name: str) -> None:
    value = json.loads((FIXTURES / name).read_text("utf-8"))
    assert decides(KEPT / f"{name}.txt", value, read, of_texts=OPEN)


# --- what becomes of each resource ------------------------------------------------------------------------------------


TESTS = Path(__file__).parent


def said(composition: Composition) -> Iterator[str]:
    """A line for each resource of the request, and for each statement that a container asks for."""
    yield from (f"{one.path} {one.value}: {one.outcome}: {one.reason}" for one in composition.account)
    for item in composition.policy.statements:
        members = [f"{one.container or 'the record'}: {', '.join(one.members)}" for one in item.reasons]
        if any(one.container for one in item.reasons):
            yield f"{item.sid}: {', '.join(item.actions)} on {', '.join(item.resources)} ({'; '.join(members)})"


def test_what_becomes_of_each_resource_is_kept() -> None:
    text = (TESTS / "fixtures" / "account-cases.yaml").read_text("utf-8")
    found = []
    for name, case in yaml.load(text, Loader=yaml.CSafeLoader).items():
        request = Request(case.pop("operation"), case.pop("members"))
        values = {"Region": "us-west-2", "Partition": "aws", **case.pop("values", {})}
        found.append("\n".join([f"# {name}", *said(compose(compiled(), [request], values=values, **case))]))
    assert is_kept(TESTS / "golden" / "accounts.txt", "\n\n".join(found) + "\n")
