"""What rests on inference: few marks, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kb.rules.policy_statements import Row, rows
from reference import SmallReference
from sagemaker_roles.engine.documents import ComposedStatement
from support import ROOT, loaded

#: How many marks of the records may be inferred.
LIMIT = 176

#: How many Sids of AWS managed policies nobody has looked at; the number only shrinks.
OPEN = 236


def inferred(value: Any) -> Iterator[dict[str, Any]]:
    """Every inferred statement in a record."""
    if isinstance(value, dict):
        if value.get("evidence") == "inferred":
            yield value
        for inner in value.values():
            yield from inferred(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from inferred(inner)


def test_few_marks_are_inferred() -> None:
    texts = ((ROOT / path).read_text("utf-8") for path in loaded().files)
    assert 0 < sum(text.count("evidence: inferred") for text in texts) <= LIMIT


def test_each_inferred_mark_has_its_reason() -> None:
    for kind, records in loaded().catalog.data.items():
        for item in inferred(records):
            text = item.get("why") or item.get("no_permission") or item.get("reason") or " ".join(item.get("notes", ()))
            assert "Inferred:" in text, (kind, item.get("Sid") or item.get("use"), text)


def test_fewer_and_fewer_statements_of_managed_policies_are_open() -> None:
    policies: dict[str, Any] = loaded().catalog.data["role_policies"]
    entries = [entry for policy in policies.values() for entry in policy.get("theirs", ())]
    assert sum(len(entry["sids"]) for entry in entries if "open" in entry) == OPEN


@pytest.mark.parametrize(
    ("theirs", "ours", "condition", "key"),
    [
        ("arn:aws:store:::attic/*", "arn:${Partition}:store:::${Shelf}/${Name}*", {}, None),
        ("arn:aws:store:::attic/*", "arn:${Partition}:store:::cellar/*", {}, ""),
        ("*", "arn:${Partition}:store:::cellar/*", {}, None),
        ("*", "arn:${Partition}:store:::cellar/*", {"Null": {"Store:Age": ("false",)}}, None),
        ("*", "arn:${Partition}:store:::cellar/*", {"Null": {"store:Prefix": ("false",)}}, "store:Prefix"),
        ("arn:aws:toy:*:*:job/*", "arn:${Partition}:store:::cellar/*", {}, None),
    ],
)
def test_what_of_a_managed_policy_ours_does_not_reach(theirs: str, ours: str, condition: Any, key: str | None) -> None:
    """A placeholder reaches every name; a resource that is none of the action says nothing."""
    test = {"NumericEquals": {"store:Age": "3"}}
    statement = {"Sid": "Get", "Effect": "Allow", "Action": "store:Get*", "Resource": theirs, "Condition": test}
    granted = ComposedStatement("Read", ("store:GetThing",), (ours,), condition, ())
    wanted = [] if key is None else [Row("Get", "store:GetThing", theirs, key)]
    assert rows(SmallReference(), {"Statement": statement}, [granted]) == wanted
