"""Choosing the roles of many requests: each as if it was the only one, in time in proportion."""

from __future__ import annotations

import functools
import itertools

import pytest

from composing import compiled
from proof import scenarios
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine import roles
from sagemaker_roles.engine.documents import Request
from sagemaker_roles.engine.roles import arns_of, choose, only_of_arn, passed


@functools.cache
def requests() -> tuple[Request, ...]:
    """The requests of the scenarios of operations that one role can serve together."""
    several = (one for operation in scenarios.operations() for one in scenarios.of(operation))
    return tuple(
        Request(one.operation, one.request, f"{one.operation} {number}")
        for number, one in enumerate(several)
        # A pipeline and its steps belong together, so they are never in two parts.
        if one.operation in compiled().operations and "PipelineDefinition" not in one.request
    )


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
