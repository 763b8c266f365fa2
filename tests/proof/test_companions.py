"""Every scenario with the role in another account: what it composes for resources is enough, needed, and no more."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest

from sagemaker_roles.engine.companions import Companion
from sagemaker_roles.engine.compose import ComposedStatement, Composition
from sagemaker_roles.engine.endpoints import endpoints
from sagemaker_roles.iam import grants
from sagemaker_roles.iam.conditions import Context
from sagemaker_roles.iam.evaluation import Call, Document, Policies, document, evaluate
from sagemaker_roles.iam.patterns import matches, pattern
from sagemaker_roles.iam.size import LIMITS, size_as

from . import scenarios
from .proof import ALL, catalog, compose_scenario
from .scenarios import Scenario, Step

#: The account of the role, where every resource is in the account of the scenario.
OTHER = "999988887777"

KINDS = {kind.id: kind for kind in catalog().companions}

#: Those of resources, which the role reaches in another account too.
OF_RESOURCES = {name for name, kind in KINDS.items() if kind.arns and not kind.not_composed}


def moved(value: Any) -> Any:
    """A request whose roles are in the other account."""
    return json.loads(re.sub(r"(arn:[a-z-]+:iam::)[0-9]{12}(:role/)", rf"\g<1>{OTHER}\g<2>", json.dumps(value)))


@cache
def composed(operation: str) -> tuple[tuple[Scenario, Composition], ...]:
    return tuple((one, _composed(one)) for one in scenarios.of(operation))


def _composed(scenario: Scenario) -> Composition:
    extra = {
        "RoleAccount": OTHER,
        "ExecutionRoleName": "Execution",
        "CallerArn": f"arn:{scenario.partition}:iam::{OTHER}:role/Caller",
    }
    elsewhere = replace(
        scenario,
        request=moved(scenario.request),
        others=tuple(replace(one, request=moved(one.request)) for one in scenario.others),
        values={**extra, **scenario.values},
    )
    return compose_scenario(elsewhere, catalog(), "scoped")


def about(one: Companion, step: Step) -> bool:
    """Whether a companion is of the resource that a step is on."""
    if ":alias/" in one.resource:
        aliases = step.context.get("kms:ResourceAliases", ())
        return one.resource.split(":", 5)[5] in ([aliases] if isinstance(aliases, str) else aliases)
    ends = ("", "/*", "/object/*") if one.kind in ("bucket-policy", "access-point-policy") else ("",)
    return any(matches(pattern(one.resource + end), step.resource) for end in ends)


def principal_of(one: Companion, part: str) -> str:
    """The role or the caller, as the companion names it; "" if it does not."""
    found = {name for item in one.document.statements for name in item.principal["AWS"]}
    return next((name for name in sorted(found) if name.endswith("role/Caller") is (part == "caller")), "")


def steps(operation: str) -> Iterator[tuple[Scenario, Composition, str, Step, Companion]]:
    """Each step on a resource for which a policy was composed."""
    for scenario, composition in composed(operation):
        for part, some in (("policy", scenario.steps), ("caller", scenario.caller_steps)):
            for step in some:
                for one in composition.companions.values():
                    if one.kind in OF_RESOURCES and step.action in KINDS[one.kind].actions and about(one, step):
                        yield scenario, composition, part, step, one


def outcome(call: Call, identity: Document, resource: Document | None, boundary: Document | None = None) -> str:
    limits = None if boundary is None else (boundary,)
    return evaluate(call, Policies(identity=(identity,), resource=resource, boundary=limits)).outcome


@pytest.mark.parametrize("operation", scenarios.operations())
def test_each_step_across_accounts_needs_the_companion_and_no_more(operation: str) -> None:
    for scenario, composition, part, step, one in steps(operation):
        if not one.document.statements:
            assert one.needed in ("no", "unnamed"), f"{scenario}: {one}"
            continue
        principal = principal_of(one, part)
        assert principal, f"{scenario}: {step.action} on {one.resource}: {one.document.to_json()}"
        identity = document("identity", getattr(composition, part).to_json())
        policy = document(one.kind, one.document.to_json())
        context = Context({**step.context}, complete=True)
        call = Call(principal, step.action, step.resource, scenario.account, context)
        shown = f"{scenario}: {step.action} on {step.resource}: {one.document.to_json()}"
        assert outcome(call, identity, policy) == "allowed", shown
        assert outcome(call, identity, None) == "denied", shown
        stranger = Call(principal + "2", step.action, step.resource, scenario.account, context)
        assert outcome(stranger, identity, policy) == "denied", shown
        other = Call(principal, step.action.split(":")[0] + ":Unknown", step.resource, scenario.account, context)
        assert outcome(other, document("all", EVERYTHING), policy) == "denied", shown


EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def test_the_scenarios_have_every_kind() -> None:
    seen = Counter(one.kind for operation in scenarios.operations() for *_, one in steps(operation)
                   if one.document.statements)  # fmt: skip
    assert set(seen) == OF_RESOURCES
    assert sum(seen.values()) > 300


@pytest.mark.parametrize("operation", scenarios.operations())
def test_a_companion_allows_exactly_what_the_policies_have_on_its_resource(operation: str) -> None:
    for scenario, composition in composed(operation):
        for one in composition.companions.values():
            if one.kind not in OF_RESOURCES or not one.document.statements:
                continue
            kind = KINDS[one.kind]
            wanted: dict[str, list[dict[str, Any]]] = {}
            for part in ("policy", "caller"):
                for statement in getattr(composition, part).statements:
                    if alone := _on(one, statement):
                        wanted.setdefault(principal_of(one, part), []).append(alone)
            for principal, allowed in wanted.items():
                mine = [item.to_json() for item in one.document.statements if principal in item.principal["AWS"]]
                for item in mine:
                    del item["Principal"]
                    if kind.element != "arns":
                        item["Resource"] = [one.resource]
                left, right = (_read(some) for some in (allowed, mine))
                shown = f"{scenario}: {one.resource}\n{json.dumps(allowed)}\n{json.dumps(mine)}"
                assert not grants.difference(left, right), shown
                assert not grants.difference(right, left), shown


# --- the whole intersection --------------------------------------------------------------------------------------


def chosen(operation: str) -> Iterator[tuple[Scenario, Composition]]:
    """Every scenario of an operation with ``PROOF=all``, else one of them, the same on each machine."""
    found = composed(operation)
    yield from found if ALL or not found else [random.Random(operation).choice(found)]  # noqa: S311


def layers(composition: Composition, step: Step) -> tuple[tuple[Document, ...], tuple[Document, ...] | None]:
    """The boundary, and the policies of the endpoints that the step's call goes through; None if through none."""
    boundary = [one.document.to_json() for one in composition.companions.values() if one.is_boundary]
    through = [
        document(one.service, one.document.to_json())
        for one in endpoints(catalog(), composition.policy, composition.companions.role, {})
        if any(step.action in item.actions for item in one.document.statements)
    ]
    return (document("boundary", boundary[0]),), tuple(through) or None


def asked(
    step: Step,
    account: str,
    boundary: tuple[Document, ...],
    through: tuple[Document, ...] | None,
    resource: Document | None,
    who: str,
    action: str,
    identity: Document,
) -> Any:
    """What all layers together decide about a call like a step's."""
    context = Context({**step.context, "aws:PrincipalArn": who}, complete=True)
    policies = Policies(identity=(identity,), boundary=boundary, endpoint=through, resource=resource)
    return evaluate(Call(who, action, step.resource, account, context), policies)


@pytest.mark.parametrize("operation", scenarios.operations())
def test_all_layers_together_let_each_step_through_and_no_near_miss(operation: str, record_property: Any) -> None:
    counted: Counter[str] = Counter()
    for scenario, composition in chosen(operation):
        if not composition.policy.statements:
            continue
        role = composition.companions.role
        assert role.startswith("arn:"), role
        identity, everything = document("identity", composition.policy.to_json()), document("all", EVERYTHING)
        for original in scenario.steps:
            if original.action == "sts:AssumeRole":
                continue  # the trust policy of that role decides, which is not composed
            # Roles of requests are in the other account now, those of values are where they were.
            both = (original, replace(original, resource=moved(original.resource), context=moved(original.context)))
            step = next((one for one in both if asked(one, "", (everything,), None, None, role, one.action, identity)
                         .outcome == "allowed"), original) if ":role/" in original.resource else original  # fmt: skip
            boundary, through = layers(composition, step)
            resources = [
                one
                for one in composition.companions.values()
                if one.kind in OF_RESOURCES and step.action in KINDS[one.kind].actions and about(one, step)
            ]
            # The account of each resource matters for calls on that resource alone, so these are all set-ups.
            others = [one for one in resources if one.document.statements]
            for other in (None, *others[:1]):
                policy = document("key", key_of(role)) if step.action.startswith("kms:") else None
                if other:
                    policy = document(other.kind, other.document.to_json())
                ask = partial(asked, step, scenario.account if other else "", boundary, through, policy)
                shown = f"{scenario}: {other and other.kind}: {step.action} on {step.resource}"
                found = ask(role, step.action, identity)
                assert found.outcome == "allowed", f"{shown}: {found}"
                counted["steps"] += 1
                misses = [ask(role, step.action.partition(":")[0] + ":Unknown", everything)]
                if other or through:
                    misses.append(ask(role + "2", step.action, everything))
                assert all(miss.outcome == "denied" for miss in misses), f"{shown}: {misses}"
                counted["near misses"] += len(misses)
    record_property("steps through all layers", counted["steps"])


@pytest.mark.parametrize("operation", scenarios.operations())
def test_the_policy_of_an_endpoint_allows_exactly_what_goes_through_it(operation: str) -> None:
    for scenario, composition in chosen(operation):
        found = [*endpoints(catalog(), composition.policy, composition.companions.role, {})]
        through = [statement for one in found for statement in one.document.statements if statement.sid != "EcrLayers"]
        actions = {action for item in through for action in item.actions}
        left: list[dict[str, Any]] = []
        for item in composition.policy.statements:
            if kept := tuple(action for action in item.actions if action in actions):
                left.append(item._replace(actions=kept).to_json())
        right = []
        for item in through:
            condition = {
                operator: {key: values for key, values in keys.items() if key != "aws:PrincipalArn"}
                for operator, keys in item.condition.items()
            }
            own = {operator: keys for operator, keys in condition.items() if keys}
            right.append(item._replace(principal={}, condition=own).to_json())
        shown = f"{scenario}: {json.dumps(left)} {json.dumps(right)}"
        # A statement that only a service uses is not let through, and short wildcards are left to the role's policy.
        assert not grants.difference(_read(_without_services(right)), _read(left)), shown


def _without_services(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in statements if "StringLike" not in item.get("Condition", {})]


def _read(statements: list[dict[str, Any]]) -> tuple[grants.Grant, ...]:
    return grants.read([{"Version": "2012-10-17", "Statement": statements}]).allowed


def _on(one: Companion, statement: ComposedStatement) -> dict[str, Any] | None:
    """What a statement has on the resource of a companion, without what such a policy cannot carry."""
    kind = KINDS[one.kind]
    actions = [action for action in statement.actions if action in kind.actions]
    aliases = statement.condition.get("ForAnyValue:StringEquals", {}).get("kms:ResourceAliases", ())
    if ":alias/" in one.resource:
        is_alias = one.resource.split(":", 5)[5] in aliases
        resources = [one.resource] if is_alias and _same_place(one.resource, statement.resources) else []
    else:
        inside = one.resource + "/" if one.kind in ("bucket-policy", "access-point-policy") else one.resource
        resources = [text for text in statement.resources if text == one.resource or text.startswith(inside)]
    if not actions or not resources:
        return None
    document = statement._replace(actions=tuple(actions), resources=tuple(resources)).to_json()
    kept: Mapping[str, Any] = {
        operator: {key: value for key, value in keys.items() if key in kind.conditions}
        for operator, keys in document.pop("Condition", {}).items()
    }
    if kept := {operator: keys for operator, keys in kept.items() if keys}:
        # A service calls AWS KMS in the Region of the key.
        region = one.resource.split(":")[3] if kind.regional else "*"
        document["Condition"] = json.loads(json.dumps(kept).replace(".*.", f".{region}."))
    return document


def _same_place(alias: str, resources: tuple[str, ...]) -> bool:
    return any(text.split(":", 5)[:5] == alias.split(":", 5)[:5] for text in resources)


@pytest.mark.parametrize("operation", scenarios.operations())
def test_the_boundary_allows_every_step_and_is_one_managed_policy(operation: str) -> None:
    for scenario, composition in composed(operation):
        if not composition.policy.statements:
            continue
        (one,) = (item for item in composition.companions.values() if item.kind == "boundary")
        whole = one.document.to_json()
        assert size_as("boundary", json.dumps(whole, separators=(",", ":"))) <= LIMITS["boundary"].most
        identity, boundary = document("identity", composition.policy.to_json()), document("boundary", whole)
        for step in scenario.steps:
            context = Context({**step.context}, complete=True)
            call = Call(f"arn:{scenario.partition}:iam::{scenario.account}:role/R", step.action, step.resource,
                        "", context)  # fmt: skip
            resource = document("key", key_of(call.principal)) if step.action.startswith("kms:") else None
            if outcome(call, identity, resource) == "allowed":
                assert outcome(call, identity, resource, boundary) == "allowed", f"{scenario}: {step}"
        if not any(item.sid == "Widened" for item in one.document.statements):
            left, right = (grants.read([some]).allowed for some in (composition.policy.to_json(), whole))
            assert not grants.difference(left, right)
            assert not grants.difference(right, left)


def key_of(role: str) -> dict[str, Any]:
    """The default key policy, which delegates to IAM."""
    who = f"{role.rpartition(':')[0]}:root"
    statement = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
