"""Requests in parts give what all at once give: the same documents and problems, wherever the parts begin."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from composing import compiled
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine import roles
from sagemaker_roles.engine.compose import Composition, compose
from sagemaker_roles.engine.documents import ComposedStatement, Document, Reason, Request
from sagemaker_roles.engine.roles import arns_of, choose, keeping, only_of_arn, passed
from sagemaker_roles.fleet import shelf, stored
from sagemaker_roles.fleet.in_parts import Parts, compose_in_parts
from sagemaker_roles.iam.prefixes import covers, reduced, uncovered
from sagemaker_roles.iam.size import size
from sagemaker_roles.iam.splitting import split, split_many
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


def check(parts: Composition, whole: Composition) -> None:
    """The same but for notes: a value that another part's request has at a like place may have a note more."""
    assert shown(parts) == shown(whole)
    more = set(parts.findings) - set(whole.findings)
    assert set(whole.findings) <= set(parts.findings)
    assert {finding.kind for finding in more} <= {"note"}


def in_parts(several: Sequence[Request], size: int) -> Parts:
    return Parts(lambda: (several[at : at + size] for at in range(0, len(several), size)))


def test_there_are_requests_of_many_operations() -> None:
    assert len({request.operation for request in requests()}) > 40
    assert len(requests()) > 200


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 10_000), min_size=1, max_size=30, unique=True), st.integers(1, 7), st.sampled_from([1, 100])
)
def test_parts_give_what_all_requests_give(places: list[int], size: int, few: int) -> None:
    several = list(dict.fromkeys(requests()[place % len(requests())].label for place in places))
    by_label = {request.label: request for request in requests()}
    chosen = [by_label[label] for label in several]
    with mock.patch.object(shelf, "FEW", few), contextlib.closing(shelf.Shelf()) as kept:
        check(compose_in_parts(compiled(), in_parts(chosen, size), kept), compose(compiled(), chosen))


#: Resources with few letters, so that many begin alike: with characters before and after the "*", and half of a pair.
RESOURCES = st.lists(st.text("a!*/\ud800\U0001f600", min_size=1, max_size=4), min_size=1, max_size=12)


@settings(deadline=None)
@given(RESOURCES, RESOURCES, st.integers(1, 3))
def test_resources_that_memory_does_not_hold_are_those_that_it_holds(
    first: list[str], second: list[str], few: int
) -> None:
    with mock.patch.object(shelf, "FEW", few), contextlib.closing(shelf.Shelf()) as kept:
        held, others = reduced(tuple(first)), reduced(tuple(second))
        long, long_others = kept.resources(first), kept.resources(iter(second))
        assert [*held] == sorted(
            one
            for one in {*first}
            if not any(
                other != one and other[-1] == "*" and one.removesuffix("*").startswith(other[:-1]) for other in first
            )
        )
        assert isinstance(long, tuple) == (len(held) <= few)
        assert [*long] == [*held]
        assert len(long) == len(held)
        assert long == held
        assert (long == long_others) == (held == others)
        assert long[0] == held[0]
        assert long[1:] == held[1:]
        assert (
            [*uncovered(long, others)]
            == [*uncovered(held, others)]
            == [
                one
                for one in others
                if not any(
                    one == own or (own[-1] == "*" and one.removesuffix("*").startswith(own[:-1])) for own in held
                )
            ]
        )
        assert covers(long, long_others) == covers(held, others)


def statement(number: int, resources: Sequence[str]) -> ComposedStatement:
    reason = Reason(
        "CreateModel", "execution", "", f"use{number % 2}", "why", "documented", ("source",), ("M",), ("v",)
    )
    condition = {"StringEquals": {"aws:SourceAccount": (f"{number % 3}", "\ud800")}}
    return ComposedStatement(f"Sid{number}", ("s3:GetObject",), resources, condition, (reason,), {"Service": ("a",)})


def test_statements_that_memory_does_not_hold_are_those_that_it_holds() -> None:
    with mock.patch.object(shelf, "FEW", 2), contextlib.closing(shelf.Shelf()) as kept:
        several = [statement(number, tuple(f"r{at}" for at in range(number))) for number in range(9)]
        document = Document(
            stored.Store(kept).statements(one._replace(resources=kept.resources(one.resources)) for one in several)
        )
        assert [*document.statements] == several
        assert document.statements[-1] == several[-1]
        assert document.size() == size(Document(tuple(several)).to_json())
        changed = document.to_change()
        del changed[3]
        changed[5] = several[0]
        assert 3 not in changed
        assert len(changed) == 8
        assert [*changed] == [0, 1, 2, 4, 5, 6, 7, 8]
        assert [*Document.of(changed).statements] == [*several[:3], several[4], several[0], *several[6:]]
        assert [*document.statements] == several


def test_lists_of_one_database_are_told_from_those_of_another() -> None:
    with (
        mock.patch.object(shelf, "FEW", 1),
        contextlib.closing(shelf.Shelf()) as kept,
        contextlib.closing(shelf.Shelf()) as own,
    ):
        long, same, foreign = kept.resources(["a", "b"]), kept.resources(["a", "b"]), own.resources(["a", "b"])
        assert long == same == foreign and long != ["a"] and long != 5 and long != ["a", "c"]
        assert len({long, long}) == 1
        store = stored.Store(kept)
        assert store.statement(store.text(statement(1, long))).resources == long
        with pytest.raises(TypeError):
            store.text(statement(1, foreign))


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(300, 500))
def test_documents_that_memory_does_not_hold_are_split_alike(counts: list[int], limit: int) -> None:
    with mock.patch.object(shelf, "FEW", 2), contextlib.closing(shelf.Shelf()) as kept:
        several = [statement(place, tuple(f"r{at:02}" for at in range(count))) for place, count in enumerate(counts)]
        many = Document(
            stored.Store(kept).statements(one._replace(resources=kept.resources(one.resources)) for one in several)
        )
        whole = Document(tuple(several)).to_json()
        assert [*split_many(many.to_frame(), many.written(), kept.pieces, limit)] == split(whole, limit)


def test_one_role_of_requests_in_parts() -> None:
    arn = "arn:aws:iam::111122223333:role/Shared"

    def passing(request: Request) -> Request:
        members = dict(request.members or {})
        for name in ("RoleArn", "ExecutionRoleArn"):
            if name in members:
                members[name] = arn
        return request._replace(members=members)

    several = [passing(request) for request in requests()]
    whole, (ids, kept) = only_of_arn(compiled(), several, arn), keeping(compiled(), in_parts(several, 50), arn)
    parts = Parts(lambda: map(kept, in_parts(several, 50).some()))
    assert [*parts] == [*whole.requests]
    assert ids == whole.ids
    with contextlib.closing(shelf.Shelf()) as own:
        check(compose_in_parts(compiled(), parts, own, ids), compose(compiled(), whole.requests, whole.ids))


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
