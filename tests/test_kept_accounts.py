"""What becomes of the resources that a request names, and what its containers need: kept beside each request.

fixtures/account-cases.yaml has the requests. After a change that is meant: `GOLDEN=write pytest
tests/test_kept_accounts.py`, and look at the difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from composing import compiled
from damage import is_kept
from sagemaker_roles.engine.compose import Composition, Request, compose

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
