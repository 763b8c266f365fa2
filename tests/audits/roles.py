"""What the tests of audits share: work that roles do, roles as people have them, and what is found."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import jsonpatch

from composing import compiled
from proof import scenarios
from proof.proof import compose_scenario
from sagemaker_roles.audits.report import RoleReport
from sagemaker_roles.audits.role_audit import Work, audit_role
from sagemaker_roles.engine.compose import Request, compose
from sagemaker_roles.iam.layers import Layers
from sagemaker_roles.inputs.roles.existing_roles import ExistingPolicy, ExistingRole

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ExecutionRole"
VALUES = {"Partition": "aws", "Region": "us-west-2", "Account": ACCOUNT}

Json = dict[str, Any]


SERVICE = {"Service": "sagemaker.amazonaws.com"}


def assume(principal: Any, **more: Any) -> Json:
    """A statement of a trust policy that lets somebody assume the role."""
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


def held(
    *policies: Mapping[str, Any],
    trust: Mapping[str, Any] | None = None,
    boundary: Mapping[str, Any] | None = None,
    arn: str = ROLE,
    unknown: Sequence[str] = (),
    hidden: Sequence[str] = (),
    kind: Any = "inline",
) -> ExistingRole:
    """A role with policies ``p1``, ``p2`` and so on, a trust policy and a boundary."""
    return ExistingRole(
        arn=arn,
        name="",
        logical_id="",
        policies=tuple(ExistingPolicy(f"p{number}", kind, one) for number, one in enumerate(policies, 1)),
        boundary=ExistingPolicy("boundary", "boundary", boundary) if boundary is not None else None,
        trust=ExistingPolicy("trust", "trust", trust) if trust is not None else None,
        unknown=tuple(unknown),
        hidden=frozenset(hidden),
        position=None,
    )


def work(operation: str, request: Mapping[str, Any] | None = None, caller: bool = False, **options: Any) -> Work:
    """What a role is for: a request of an operation, or with None the operation with placeholders."""
    data = compiled()
    values = {**VALUES, **options.pop("values", {})} if request is not None else options.pop("values", {})
    composition = compose(data, [Request(operation, request)], values=values, **options)
    return Work(data, composition, [operation], caller, bare=[operation] if request is None else [])


def work_of(scenario: scenarios.Scenario) -> Work:
    """The work of a scenario of the proof."""
    name = str(scenario)
    if name not in _works:
        _works[name] = Work(compiled(), compose_scenario(scenario, compiled(), "scoped"), [scenario.operation])
    return _works[name]


_works: dict[str, Work] = {}


def enough(what: Work) -> Json:
    """The policy that is enough for some work, to be changed."""
    return copy.deepcopy(what.policy.to_json())


def trust_of(what: Work) -> Json:
    """The trust policy that is enough for some work, to be changed."""
    return copy.deepcopy(what.composition.trust.to_json())


def audited(what: Work, role: ExistingRole, layers: Layers | None = None) -> RoleReport:
    """What is found about a role."""
    return audit_role(what, role, layers)


def patched(documents: Mapping[str, Json], patches: Sequence[Any]) -> dict[str, Json]:
    """Policies by name with patches applied; a new policy is called "new"."""
    found = copy.deepcopy(dict(documents))
    for one in patches:
        steps = [dict(step) for step in one.patch]
        if one.document:
            found[one.document] = jsonpatch.apply_patch(found[one.document], steps)
        else:
            found["new"] = jsonpatch.apply_patch({}, steps)
    # A policy whose last statement went is deleted, not attached.
    return {name: one for name, one in found.items() if one["Statement"] != []}
