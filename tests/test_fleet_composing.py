"""Requests that are composed some at a time give what all at once give, wherever they are cut; choosing their roles."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from composing import compiled
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine import roles
from sagemaker_roles.engine.compose import Composition, begin, compose
from sagemaker_roles.engine.documents import Request
from sagemaker_roles.engine.roles import arns_of, choose, only_of_arn, passed
from sagemaker_roles.fleet import composing
from support import ROOT


@functools.cache
def requests() -> tuple[Request, ...]:
    """The requests of the scenarios of operations that one role can serve together."""
    found: dict[str, Request] = {}
    for file in sorted((ROOT / "tests" / "scenarios").rglob("*.yaml")):
        for members in _requests(yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)):
            text = json.dumps(members, default=str, sort_keys=True)
            # A pipeline and its steps belong together, so they are never in two parts.
            if file.stem in compiled().operations and "PipelineDefinition" not in members:
                found.setdefault(file.stem + text, Request(file.stem, members, f"{file.stem} {len(found)}"))
    return tuple(found.values())


def _requests(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("request"), dict):
            yield value["request"]
        for inner in value.values():
            yield from _requests(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _requests(inner)


def shown(composition: Composition) -> dict[str, Any]:
    """What of a composition does not hang on the values in reasons."""
    return {
        "placeholders": composition.placeholders,
        "policy": composition.policy.to_json(),
        "trust": composition.trust.to_json(),
        "caller": composition.caller.to_json(),
        "addons": composition.addons,
        "companions": [companion.to_json() for companion in composition.companions.values()],
    }


def test_there_are_requests_of_many_operations() -> None:
    assert len({request.operation for request in requests()}) > 40
    assert len(requests()) > 200


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30, unique=True), st.integers(1, 7))
def test_some_at_a_time_give_what_all_requests_give(places: list[int], size: int) -> None:
    """The same but for notes: a value that another request has at a like place may have a note more."""
    chosen = [*{(one := requests()[place % len(requests())]).label: one for place in places}.values()]
    whole = compose(compiled(), chosen)
    gathering = composing._Gathering(begin(compiled(), chosen))
    with mock.patch.object(composing, "_AT_ONCE", size):
        for some in composing._some(chosen):
            gathering.take(some)
    found = gathering.composition(chosen)
    assert shown(found) == shown(whole)
    assert set(whole.findings) <= set(found.findings)
    assert {finding.kind for finding in set(found.findings) - set(whole.findings)} <= {"note"}


def several_roles(count: int) -> list[Request]:
    """All known requests again and again until there are so many, the roles that they pass taken from a few."""
    found = []
    for number, request in zip(range(count), itertools.cycle(requests()), strict=False):
        members = dict(request.members or {})
        for name in {"RoleArn", "ExecutionRoleArn"}.intersection(members):
            members[name] = f"arn:aws:iam::111122223333:role/R{number * 7 % (count // 3 + 1)}"
        found.append(request._replace(members=members, label=f"{request.label}-{number}"))
    return found


def test_each_of_many_roles_is_chosen_as_if_it_was_the_only_one() -> None:
    several = several_roles(len(requests()))
    chosen = choose(compiled(), several)
    arns = arns_of(compiled(), several)
    assert len(arns) > 50
    assert [role.arn for role in chosen if role.arn] == arns
    for role in chosen:
        if role.arn:
            alone = only_of_arn(compiled(), several, role.arn)
            assert (role.ids, [*role.requests]) == (alone.ids, [*alone.requests])
            assert choose(compiled(), several, role.arn) == [role]
    for role_id in sorted({name for request in several for name in passed(compiled(), request)}):
        for role in choose(compiled(), several, role_id):
            if role.requests is not several:
                assert [*role.requests] == [*only_of_arn(compiled(), several, role.arn, role_id).requests]


def test_choosing_asks_each_request_for_its_roles_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many roles there are: the work is in proportion to the requests."""
    asked: list[Request] = []

    def counted(catalog: Catalog, request: Request) -> dict[str, str]:
        asked.append(request)
        return passed(catalog, request)

    monkeypatch.setattr(roles, "passed", counted)
    model = next(request for request in requests() if request.operation == "CreateModel")
    several = [
        model._replace(label=f"m{number}", members={"ExecutionRoleArn": f"arn:aws:iam::111122223333:role/R{number}"})
        for number in range(100)
    ]
    assert len(choose(compiled(), several)) == 100
    assert 100 <= len(asked) <= 300
