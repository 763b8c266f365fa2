"""Add-ons: the published patches and the composer agree, and add-ons commute and are idempotent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_roles import Composition, Request, compose
from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import Grantee
from support import compiled, document

#: Most pairs and random subsets of add-ons that are tried for one role.
PAIRS = 60
SUBSETS = 12


class Case(NamedTuple):
    """One role or caller, with its published files."""

    operation: str
    role: str | None
    base: str
    trust: str
    addons: dict[str, dict[str, str]]

    def compose(self, addons: Any) -> Composition:
        return compose(compiled(), [Request(self.operation)], [self.role] if self.role else [], addons=addons)

    def composed(self, addons: Any) -> Any:
        result = self.compose(addons)
        return (result.policy if self.role else result.caller).to_json()


def cases() -> Iterator[Case]:
    """Every role and every caller, from the published operation.json."""
    for name in compiled().operations:
        record = document(f"operations/{name}/operation.json")
        for role in record["roles"]:
            addons = {addon["id"]: addon["links"] for addon in role["addons"]}
            links = role["links"]
            yield Case(name, role["id"], links["policy"], links["trust_policy"], addons)
        if record["caller"]:
            addons = {addon["id"]: addon["links"] for addon in record["caller"]["addons"]}
            yield Case(name, None, record["caller"]["links"]["policy"], "", addons)


def subsets(case: Case) -> Iterator[tuple[str, ...]]:
    """None, each, every pair (a sample if they are many), some at random, and all."""
    ids = list(case.addons)
    chance = random.Random("/".join(map(str, case[:2])))  # noqa: S311 - the same sample every time
    yield ()
    yield from ((item,) for item in ids)
    pairs = list(combinations(ids, 2))
    yield from pairs if len(pairs) <= PAIRS else chance.sample(pairs, PAIRS)
    for _ in range(SUBSETS if len(ids) > 2 else 0):
        yield tuple(item for item in ids if chance.random() < 0.5)
    yield tuple(ids)


@pytest.mark.parametrize("name", compiled().operations)
def test_base_and_patches_give_the_composed_policies(name: str) -> None:
    found = [case for case in cases() if case.operation == name]
    assert found
    for case in found:
        for chosen in subsets(case):
            policy = document(case.base)
            for addon in chosen:
                policy = jsonpatch.apply_patch(policy, document(case.addons[addon]["patch"]))
            assert canonical(policy) == canonical(case.composed(chosen)), (case[:2], chosen)
            if case.role:
                trust = document(case.trust)
                for patch in (case.addons[addon].get("trust_patch") for addon in chosen):
                    trust = jsonpatch.apply_patch(trust, document(patch)) if patch else trust
                assert canonical(trust) == canonical(case.compose(chosen).trust.to_json()), (case[:2], chosen)
        policy = document(case.base)
        for addon in reversed(case.addons):
            policy = jsonpatch.apply_patch(policy, document(case.addons[addon]["patch"]))
        assert by_sid(policy) == by_sid(case.composed(case.addons)), "in another order"


def by_sid(policy: Any) -> dict[str, Any]:
    return {statement["Sid"]: statement for statement in policy["Statement"]}


# --- properties ---------------------------------------------------------------------------------------------------


def grantees() -> list[tuple[str, str | None, Grantee]]:
    found: list[tuple[str, str | None, Grantee]] = []
    for name in compiled().operations:
        operation = compiled().operation(name)
        found += [(name, role.id, role) for role in operation.roles if role.addons]
        if operation.caller and operation.caller.addons:
            found.append((name, None, operation.caller))
    return found


@st.composite
def choices(draw: st.DrawFn) -> tuple[str, str | None, str, list[str], list[str]]:
    """A role or caller, a scope, and two lists of its add-ons, in any order and with repetitions."""
    name, role, grantee = draw(st.sampled_from(grantees()))
    ids = st.lists(st.sampled_from([addon.id for addon in grantee.addons]), max_size=8)
    return name, role, draw(st.sampled_from(["scoped", "broad"])), draw(ids), draw(ids)


def made(name: str, role: str | None, scope: str, addons: list[str]) -> bytes:
    result = compose(compiled(), [Request(name)], [role] if role else [], scope=scope, addons=addons)  # type: ignore[arg-type]
    return canonical([result.policy.to_json(), result.trust.to_json(), result.caller.to_json()])


@settings(deadline=None)
@given(choices())
def test_add_ons_commute_and_are_idempotent(choice: tuple[str, str | None, str, list[str], list[str]]) -> None:
    name, role, scope, first, second = choice
    both = made(name, role, scope, first + second)
    assert both == made(name, role, scope, second + first)
    assert both == made(name, role, scope, sorted({*first, *second}))
    assert both == made(name, role, scope, [*first, *second, *first])
