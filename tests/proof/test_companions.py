"""Every scenario with the role in another account: what it composes for resources is enough, needed, and no more."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from sagemaker_roles.engine import companions
from sagemaker_roles.engine.companions import Companion
from sagemaker_roles.engine.compose import ComposedStatement, Composition
from sagemaker_roles.engine.documents import Document
from sagemaker_roles.engine.vpc_endpoints import endpoints
from sagemaker_roles.iam import grants
from sagemaker_roles.iam.conditions import RequestContext
from sagemaker_roles.iam.evaluation import AccessRequest, Policies, document, evaluate
from sagemaker_roles.iam.size import LIMITS, size_as

from . import layers, scenarios
from .layers import KINDS, OF_RESOURCES, about, principal_of
from .proof import ALL, SHARE, catalog
from .scenarios import Scenario, Step


@cache
def composed(operation: str) -> tuple[tuple[Scenario, Composition], ...]:
    return tuple((one, layers.composed(one)) for one in scenarios.of(operation))


def steps(operation: str) -> Iterator[tuple[Scenario, Composition, str, Step, Companion]]:
    """Each step on a resource for which a policy was composed."""
    for scenario, composition in composed(operation):
        for part, some in (("policy", scenario.steps), ("caller", scenario.caller_steps)):
            for step in some:
                for one in composition.companions.values():
                    if one.kind in OF_RESOURCES and step.action in KINDS[one.kind].actions and about(one, step):
                        yield scenario, composition, part, step, one


@pytest.mark.parametrize("operation", scenarios.operations())
def test_each_step_across_accounts_needs_the_companion_and_no_more(operation: str) -> None:
    for scenario, composition, part, step, one in steps(operation):
        if not one.document.statements:
            assert one.needed in ("no", "unnamed"), f"{scenario}: {one}"
            continue
        principal = principal_of(one, part, composition.companions.role)
        assert principal, f"{scenario}: {step.action} on {one.resource}: {one.document.to_json()}"
        identity = document("identity", getattr(composition, part).to_json())
        policy = document(one.kind, one.document.to_json())
        context = RequestContext({**step.context}, complete=True)
        call = AccessRequest(principal, step.action, step.resource, scenario.account, context)
        shown = f"{scenario}: {step.action} on {step.resource}: {one.document.to_json()}"
        for resource, right in ((policy, "allowed"), (None, "denied")):
            assert evaluate(call, Policies(identity=(identity,), resource=resource)).outcome == right, shown


def test_the_scenarios_have_every_kind() -> None:
    seen = Counter(one.kind for operation in scenarios.operations() for *_, one in steps(operation)
                   if one.document.statements)  # fmt: skip
    # One kind is for calls that take no role: tests/test_working.py.
    assert set(seen) == {one for one in OF_RESOURCES if not KINDS[one].operations}
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
                        wanted.setdefault(principal_of(one, part, composition.companions.role), []).append(alone)
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


@pytest.mark.parametrize("operation", scenarios.operations())
def test_all_layers_together_allow_the_steps_and_each_companion_alone_no_more(operation: str) -> None:
    """With ``PROOF=all`` everything is asked about, else a slice of it; ``make proof`` counts it all."""
    found = layers.Layers(operation, SHARE).result
    assert not found.failures, "\n".join(found.failures[:20])


@pytest.mark.parametrize(
    ("operation", "sid"), [("CreateModel", "ServicePull"), ("CreateTransformJob", "RequireSseKms")]
)
def test_scenarios_have_the_statements_that_somebody_can_ask_for(operation: str, sid: str) -> None:
    names = {name for kind in KINDS.values() for name in kind.on_request}
    found = [
        item
        for _, composition in composed(operation)
        for one in composition.companions.asking(names).values()
        for item in one.document.statements
        if item.sid == sid
    ]
    assert found
    counted = layers.Counted()
    for scenario, composition in composed(operation):
        layers.Layers(operation)._on_request(scenario, composition, counted)
    assert not counted.failures, counted.failures
    assert counted.counts["steps"] > 2
    assert counted.counts["near_misses"] > 2


def test_the_proof_notices_what_is_wrong_with_companions(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(layers._InVpc):
        change: Any = None

        def _composed(self) -> Iterator[Companion]:
            for one in super()._composed():
                yield one._replace(document=Document(tuple(map(Broken.change, one.document.statements))))

    monkeypatch.setattr(layers, "_InVpc", Broken)
    changes: dict[str, Any] = {
        "a lost action": lambda item: item._replace(actions=item.actions[:-1] or item.actions),
        "a strange action": lambda item: item._replace(actions=(*item.actions, "s3:DeleteBucket", "kms:PutKeyPolicy")),
        "no condition": lambda item: item._replace(condition={}),
        "another role": lambda item: item._replace(principal={"AWS": ("arn:aws:iam::999988887777:role/Else",)}),
        "anybody": lambda item: item._replace(principal={"AWS": ("*",)}),
        "every resource": lambda item: item._replace(resources=("*",) if item.resources else ()),
    }
    for name, change in changes.items():
        monkeypatch.setattr(Broken, "change", staticmethod(change))
        proof = layers.Layers("CreateTransformJob")
        proof.cases = [one for one in composed("CreateTransformJob") if one[0].id == "keys-and-tags"]
        assert proof.result.failures, name


def test_a_boundary_is_widened_no_more_than_it_must_be() -> None:
    composition = next(some for one, some in composed("CreateDomain") if one.id == "canvas")
    (one,) = (item for item in layers.beside(composition).values() if item.kind == companions.BOUNDARY)
    assert one.document.statements[-1].sid == "Widened"
    assert not layers.is_too_wide(one, composition)
    exact = companions._merged(composition.policy.statements)
    wide = [item for item in exact if item not in one.document.statements]
    short = min((item for item in exact if item not in wide), key=companions._length)
    wider = one._replace(document=companions._widened(exact, [*wide, short], set()))
    assert layers.is_too_wide(wider, composition)


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
    return grants.of_documents([document("", {"Version": "2012-10-17", "Statement": statements})]).allowed


def _on(one: Companion, statement: ComposedStatement) -> dict[str, Any] | None:
    """What a statement has on the resource of a companion, without what such a policy cannot carry."""
    kind = KINDS[one.kind]
    actions = [action for action in statement.actions if action in kind.actions]
    aliases = statement.condition.get("ForAnyValue:StringEquals", {}).get("kms:ResourceAliases", ())
    if ":alias/" in one.resource:
        *place, name = one.resource.split(":", 5)
        is_alias = name in aliases and any(text.split(":", 5)[:5] == place for text in statement.resources)
        resources = [one.resource] if is_alias else []
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


@pytest.mark.parametrize("operation", scenarios.operations())
def test_the_boundary_allows_what_the_policy_does_and_is_one_managed_policy(operation: str) -> None:
    for _, composition in composed(operation):
        if not composition.policy.statements:
            continue
        (one,) = (item for item in composition.companions.values() if item.kind == "boundary")
        whole = one.document.to_json()
        assert size_as("boundary", json.dumps(whole, separators=(",", ":"))) <= LIMITS["boundary"].most
        left, right = (
            grants.of_documents([document("", some)]).allowed for some in (composition.policy.to_json(), whole)
        )
        assert not grants.difference(left, right)
        assert any(item.sid == "Widened" for item in one.document.statements) or not grants.difference(right, left)
