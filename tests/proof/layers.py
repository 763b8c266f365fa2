"""Proves what must allow a role's work beside its own policy: boundary, policies of resources, of VPC endpoints.

Each step goes through the whole intersection, with the resource in the account of the role and in another one. What a
companion alone lets through, with every other layer open, the policy of the role allows too; and each part of a
companion is needed: without an action, a resource, a principal or a value a step is denied, and without a condition a
near miss gets through.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Literal, NamedTuple

from iam.calls import Case as Asked
from iam.simulator import ours, reason, simulated
from sagemaker_roles.engine import companions as composing
from sagemaker_roles.engine.companions import Companions
from sagemaker_roles.engine.compose import ComposedStatement, Composition
from sagemaker_roles.engine.documents import Companion, Document
from sagemaker_roles.engine.vpc_endpoints import endpoints
from sagemaker_roles.iam.conditions import RequestContext
from sagemaker_roles.iam.evaluation import AccessRequest, Policies, PolicyDocument, document, evaluate
from sagemaker_roles.iam.patterns import matches, pattern
from sagemaker_roles.iam.size import LIMITS, size

from . import exceptions, near_misses, scenarios
from .oracle import UNKNOWN_KEYS, allowing
from .proof import catalog, changes, compose_scenario, with_change
from .scenarios import Scenario, Step
from .written import LAYERS

Part = Literal["policy", "caller"]

#: The account of the role, where every resource is in the account of the scenario.
OTHER = "555566667777"

KINDS = {kind.id: kind for kind in catalog().companions}

#: Those of resources, which the role reaches in another account too.
OF_RESOURCES = {name for name, kind in KINDS.items() if kind.arns and not kind.not_composed}

#: Those of which a statement is about parts of the resource, so that a star for its Resource is wider.
_WITH_PARTS = {name for name in OF_RESOURCES if len(KINDS[name].arns) > 1}

#: Keys of a Studio user's session, which AWS lists for no action, so that the simulator leaves them out.
_SESSION_KEYS = {"sagemaker:DomainId", "sagemaker:UserProfileName"}

#: What the trust policy of a role decides too.
_OF_TRUST = {"sts:AssumeRole", "sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"}

#: Near misses of a companion that the second evaluator is asked about in a slice of the proof, beside all steps.
_OPINIONS = 12

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_OPEN = document("all", EVERYTHING)


def moved(value: Any) -> Any:
    """A request whose roles are in the other account."""
    return json.loads(re.sub(r"(arn:[a-z-]+:iam::)[0-9]{12}(:role/)", rf"\g<1>{OTHER}\g<2>", json.dumps(value)))


def composed(scenario: Scenario) -> Composition:
    """A scenario with its roles in the other account."""
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


class _InVpc(Companions):
    """The companions of a role whose calls all go through the user's VPC."""

    is_in_vpc = True


def open_policy(action: str, role: str) -> Mapping[str, Any] | None:
    """The policy of a resource without which a call fails even at home, delegating to IAM: of a key, of a role."""
    who = {"AWS": f"{role.rpartition(':')[0]}:root"}
    if action in _OF_TRUST:
        return allowing(who, action)
    return allowing(who, "kms:*", Resource="*") if action.startswith("kms:") else None


def _read(name: str, policy: Mapping[str, Any] | None) -> PolicyDocument | None:
    return None if policy is None else document(name, policy)


def about(one: Companion, call: Step | near_misses.NearMiss) -> bool:
    """Whether a companion is of the resource that a call is on."""
    if ":alias/" in one.resource:
        aliases = call.context.get("kms:ResourceAliases", ())
        return one.resource.split(":", 5)[5] in ([aliases] if isinstance(aliases, str) else aliases)
    ends = ("", "/*", "/object/*") if one.kind in _WITH_PARTS else ("",)
    return any(matches(pattern(one.resource + end), call.resource) for end in ends)


class _Loss(NamedTuple):
    """What a mutation takes; in which scenario, where each has its own."""

    kind: str
    part: str
    whose: str
    sid: str
    what: str


@dataclass
class Counted:
    """What was asked, and what is not as it must be."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, int]:
        """The counts as proof.json holds them."""
        return {name: self.counts[name] for name in LAYERS}


@dataclass(frozen=True)
class _Beside:
    """One companion of a scenario, with the calls that it is about."""

    scenario: Scenario
    one: Companion
    part: Part
    principal: str
    account: str
    steps: tuple[Step, ...]

    @property
    def layer(self) -> str:
        """Which layer of IAM's evaluation it is."""
        return (
            "boundary"
            if self.one.kind == composing.BOUNDARY
            else "resource"
            if self.one.kind in OF_RESOURCES
            else "endpoint"
        )

    @property
    def is_widened(self) -> bool:
        """Whether it is wider than the policy of the role, because an exact one would be too long."""
        return any(item.sid == "Widened" for item in self.one.document.statements)

    def widens(self, action: str) -> bool:
        """Whether a statement that was widened allows an action on everything."""
        return any(
            fnmatchcase(action, named)
            for item in self.one.document.statements
            if item.sid == "Widened"
            for named in item.actions
        )

    def policies(self, policy: PolicyDocument, call: AccessRequest) -> Policies:
        """It as the only limit of a call."""
        if self.layer == "resource":
            return Policies(identity=(_OPEN,), resource=policy)
        resource = _read("resource", open_policy(call.action, call.principal))
        return Policies(identity=(_OPEN,), resource=resource, **{self.layer: (policy,)})  # type: ignore[arg-type]

    def call(self, call: Step | near_misses.NearMiss, principal: str = "") -> AccessRequest:
        """A call of the principal; on a key of its own account, unless the key's policy is asked."""
        who = principal or self.principal
        context = RequestContext({**call.context, "aws:PrincipalArn": who}, complete=True)
        return AccessRequest(who, call.action, call.resource, self.account if self.layer == "resource" else "", context)

    def lets(self, policy: PolicyDocument, call: Step | near_misses.NearMiss, principal: str = "") -> bool:
        """Whether it lets a call through with every other layer open."""
        asked = self.call(call, principal)
        return evaluate(asked, self.policies(policy, asked)).outcome == "allowed"

    @cached_property
    def misses(self) -> list[tuple[near_misses.NearMiss, str]]:
        """Calls next to the steps, and who makes them if it is not the identity itself."""
        return [*self._near()]

    def _near(self) -> Iterator[tuple[near_misses.NearMiss, str]]:
        legitimate = near_misses._Legitimate(self.scenario, self.steps)
        kind = KINDS[self.one.kind]
        said = {key for item in self.one.document.statements for tests in item.condition.values() for key in tests}
        for step in self.steps:
            if self.layer != "boundary":
                yield (
                    near_misses.NearMiss("other-role", step.action, step.resource, step.context),
                    self.principal + "2",
                )
            misses = [*near_misses._contexts(step), *near_misses._actions(step, self.steps)]
            if kind.element == "arns" or self.layer != "resource":
                misses += near_misses._resources(self.scenario, step, legitimate)
            for miss in misses:
                if miss.kind.startswith(("other ", "without ")) and miss.kind.partition(" ")[2] not in said:
                    continue  # a policy of its kind cannot hold this condition
                if (self.layer != "resource" or about(self.one, miss)) and not legitimate.covers(miss):
                    yield miss, ""


class Layers:
    """Everything that is asked about the companions of one operation.

    Args:
        operation: its name.
        share: one scenario, near miss and mutation in so many is asked about; every step of these scenarios is.
    """

    def __init__(self, operation: str, share: int = 1) -> None:
        self.operation = operation
        self._random = random.Random(operation)  # noqa: S311 - a slice, the same on each machine
        self._share = share

    @cached_property
    def cases(self) -> list[tuple[Scenario, Composition]]:
        """The scenarios that are asked about, composed."""
        found = scenarios.of(self.operation)
        return [(one, composed(one)) for one in (found if self._share == 1 else self._slice(found))]

    def _slice(self, items: Sequence[Any]) -> list[Any]:
        if self._share == 1 or not items:
            return list(items)
        return self._random.sample(list(items), -(-len(items) // self._share))

    @cached_property
    def result(self) -> Counted:
        """What was found."""
        counted = Counted()
        lost: dict[_Loss, bool] = {}
        asked: list[Asked] = []
        for scenario, composition in self.cases:
            asked += self._whole(scenario, composition, counted)
            self._on_request(scenario, composition, counted)
            for one in self._beside(scenario, composition):
                counted.counts["documents"] += 1
                asked += self._alone(one, composition, counted)
                for loss, excusable, noticed in self._mutated(one, composition):
                    lost[loss] = lost.get(loss, False) or noticed or self._excused(loss, excusable)
                    counted.counts["mutations"] += 1
        if self._share == 1:  # a slice of the scenarios may lack the one that shows a loss
            counted.failures += [
                f"{self.operation}: nothing notices the loss of {loss.kind} {loss.what} of {loss.sid} {loss.whose}"
                for loss, noticed in lost.items()
                if not noticed
            ]
        self._second(asked, counted)
        return counted

    def _excused(self, loss: _Loss, sids: set[str]) -> bool:
        kind = {"value": "condition"}.get(loss.kind, loss.kind)
        return any(exceptions.minimal(self.operation, loss.part, sid, kind, loss.what) for sid in sids)

    # the whole intersection

    def _whole(self, scenario: Scenario, composition: Composition, counted: Counted) -> Iterator[Asked]:
        """Each step through all layers, at home and away; each near miss is denied by one."""
        if not composition.policy.statements:
            return
        companions = beside(composition)
        role = companions.role
        policy = composition.policy.to_json()
        identity = document("identity", policy)
        limits = [one.document.to_json() for one in companions.values() if one.kind == composing.BOUNDARY]
        for original in scenario.steps:
            step = _placed(original, role, identity)
            passed = _through(composition, step)
            through = [one.document.to_json() for one in companions.values() if one.resource in passed]
            away = [
                one
                for one in companions.values()
                if one.kind in OF_RESOURCES and step.action in KINDS[one.kind].actions and about(one, step)
                if one.document.statements
            ]
            for other in (None, *away[:1]):
                case = Asked(
                    principal=role,
                    action=step.action,
                    resource=step.resource,
                    account=scenario.account if other else role.split(":")[4],
                    context={**step.context, "aws:PrincipalArn": role},
                    identity=(policy,),
                    boundary=tuple(limits),
                    endpoint=tuple(through) or None,
                    resource_policy=other.document.to_json() if other else open_policy(step.action, role),
                )
                counted.counts["steps"] += 1
                if (found := ours(case)).outcome != "allowed":
                    shown = f"{scenario}: {other and other.kind}: {step.action} on {step.resource}"
                    counted.failures.append(f"{shown}: {found}")
                yield case
        for miss in self._slice(near_misses.derive(scenario, scenario.steps)):
            counted.counts["near_misses"] += 1
            call = AccessRequest(role, miss.action, miss.resource, "", RequestContext({**miss.context}, complete=True))
            resource = _read("resource", open_policy(miss.action, role))
            allowed = evaluate(call, Policies(identity=(identity,), resource=resource)).outcome == "allowed"
            if allowed and not exceptions.tight(self.operation, "policy", miss):
                counted.failures.append(f"{scenario}: let through by all layers: {miss}")

    # statements that somebody asks for

    def _on_request(self, scenario: Scenario, composition: Composition, counted: Counted) -> None:
        """A statement that allows is for its own principal and actions only; one that denies stops what it names."""
        role = composition.companions.role
        names = {name for kind in KINDS.values() for name in kind.on_request}
        sids = {data["Sid"] for kind in KINDS.values() for data in kind.on_request.values()}
        identity = document("identity", composition.policy.to_json())
        for one in composition.companions.asking(names).values():
            for item in [item for item in one.document.statements if item.sid in sids]:
                counted.counts["documents"] += 1
                policy = document(one.kind, one.document.to_json())
                asked = (
                    _of_service(one, item, policy, scenario.account)
                    if item.effect == "Allow"
                    else _denied(scenario, one, item, policy, identity, role)
                )
                for what, call, policies, wanted in asked:
                    counted.counts[what] += 1
                    if evaluate(call, policies).outcome != wanted:
                        counted.failures.append(f"{scenario}: {item.sid} of {one.resource}: not {wanted}: {call}")

    # each companion alone

    def _beside(self, scenario: Scenario, composition: Composition) -> Iterator[_Beside]:
        """The companions with statements, by identity that they are about."""
        companions = beside(composition)
        identity = document("identity", composition.policy.to_json())
        role = [_placed(step, companions.role, identity) for step in scenario.steps]
        for one in companions.values():
            if not one.document.statements:
                continue
            parts: tuple[tuple[Part, Sequence[Step]], ...] = (("policy", role), ("caller", scenario.caller_steps))
            for part, steps in parts:
                principal = principal_of(one, part, companions.role)
                mine = tuple(step for step in steps if principal and self._is_of(composition, one, step))
                if principal and (part == "policy" or one.kind in OF_RESOURCES):
                    yield _Beside(scenario, one, part, principal, scenario.account, mine)

    @staticmethod
    def _is_of(composition: Composition, one: Companion, step: Step) -> bool:
        if one.kind in OF_RESOURCES:
            return step.action in KINDS[one.kind].actions and about(one, step)
        return one.kind == composing.BOUNDARY or one.resource in _through(composition, step)

    def _alone(self, beside: _Beside, composition: Composition, counted: Counted) -> Iterator[Asked]:
        """Near misses of one companion with every other layer open: what it lets through, the identity may do."""
        whole = beside.one.document.to_json()
        policy = document(beside.one.kind, whole)
        identity = document("identity", getattr(composition, beside.part).to_json())
        for miss, principal in self._slice(beside.misses):
            counted.counts["near_misses"] += 1
            if not beside.lets(policy, miss, principal):
                continue
            resource = _read("resource", open_policy(miss.action, principal or beside.principal))
            call = AccessRequest(
                principal or beside.principal, miss.action, miss.resource, "", beside.call(miss).context
            )
            may = principal == "" and evaluate(call, Policies((identity,), resource=resource)).outcome == "allowed"
            # What had to be widened allows its actions on everything, and no other statement anything more.
            if not may and (principal or not beside.widens(miss.action)):
                counted.failures.append(f"{beside.scenario}: {beside.one.kind} of {beside.one.resource}: {miss}")
        if beside.is_widened and is_too_wide(beside.one, composition):
            counted.failures.append(
                f"{beside.scenario}: {beside.one.kind} of {beside.one.resource}: wider than it must be"
            )
        most = len(beside.misses) if self._share == 1 else min(len(beside.misses), _OPINIONS)
        for miss, principal in self._random.sample(beside.misses, most):
            asked = beside.call(miss, principal)
            yield Asked(
                principal=asked.principal,
                action=miss.action,
                resource=miss.resource,
                account=asked.account or asked.principal_account,
                context={**miss.context, "aws:PrincipalArn": asked.principal},
                identity=(EVERYTHING,),
                boundary=(whole,) if beside.layer == "boundary" else None,
                endpoint=(whole,) if beside.layer == "endpoint" else None,
                resource_policy=whole if beside.layer == "resource" else open_policy(miss.action, asked.principal),
            )

    def _mutated(self, beside: _Beside, composition: Composition) -> Iterator[tuple[_Loss, set[str], bool]]:
        """Every loss and widening of a companion, the statements that can excuse it, and whether a call shows it."""
        whole = beside.one.document.to_json()
        sids = _sids(getattr(composition, beside.part))
        for index, item in enumerate(beside.one.document.statements):
            own = {reason.operation for reason in item.reasons} & {self.operation, ""}
            if not own or principal_in(item, beside.principal) is False:
                continue
            statement = whole["Statement"][index]
            is_widened = item.sid == "Widened"
            mine = [
                step
                for step in beside.steps
                if any(fnmatchcase(step.action, action) for action in statement["Action"])
                and (is_widened or not beside.widens(step.action))
            ]
            for kind, what, changed, is_wider in _changes(beside, statement):
                if is_widened and kind != "action":
                    continue  # it is on everything, without a condition; see is_too_wide
                if not is_widened and not is_wider and (beside.widens(what) or (beside.is_widened and not mine)):
                    continue  # the widened statement allows it too
                policy = document(beside.one.kind, with_change(whole, index, changed))
                if is_wider:
                    noticed = any(
                        beside.lets(policy, miss, who)
                        for miss, who in beside.misses
                        if miss.action in statement["Action"]
                    )
                else:
                    noticed = any(not beside.lets(policy, step) for step in mine)
                actions = (what,) if kind == "action" else item.actions
                excusable = {sid for action in actions for sid in sids.get(action, ())}
                yield _Loss(kind, beside.part, *_named(beside, kind, what, item, excusable)), excusable, noticed

    # the second evaluator

    def _second(self, cases: Sequence[Asked], counted: Counted) -> None:
        """The simulator answers alike, unless it does not know an action or there is a known reason."""
        # Scenarios have many calls in common, and policies that they meet.
        distinct = {repr(case): case for case in cases[:: self._share]}
        asked = [*distinct.values()]
        for case, theirs in zip(asked, simulated(asked), strict=True):
            is_unlisted = any(key in _SESSION_KEYS or key.startswith(UNKNOWN_KEYS) for key in case.context)
            if theirs.startswith("error") or is_unlisted:
                continue  # an action newer than its data, a resource that is none of the action, unlisted keys
            counted.counts["second_opinions"] += 1
            mine = ours(case)
            if mine.outcome != theirs and reason(case, mine) is None:
                shown = f"{case.action} on {case.resource} by {case.principal} {dict(case.context)}"
                counted.failures.append(f"{self.operation}: we say {mine.outcome}, the simulator {theirs}: {shown}")


_Case = tuple[str, AccessRequest, Policies, str]


def _of_service(one: Companion, item: ComposedStatement, policy: PolicyDocument, account: str) -> Iterator[_Case]:
    """Calls of a service that works for itself, what is next to them, and the statement without each action."""
    (service,) = item.principal["Service"]
    complete = RequestContext({}, complete=True)

    def asked(who: str, action: str) -> AccessRequest:
        return AccessRequest(who, action, one.resource, account, complete)

    for action in item.actions:
        whole = Policies(resource=policy)
        yield "steps", asked(service, action), whole, "allowed"
        yield "near_misses", asked("ec2.amazonaws.com", action), whole, "denied"
        left = item._replace(actions=tuple(other for other in item.actions if other != action))
        fewer = document("fewer", Document((left,)).to_json())
        yield "mutations", asked(service, action), Policies(resource=fewer), "denied"
    for action in ("ecr:PutImage", "ecr:DeleteRepository", "ecr:SetRepositoryPolicy"):
        yield "near_misses", asked(service, action), Policies(resource=policy), "denied"


def _denied(
    scenario: Scenario,
    one: Companion,
    item: ComposedStatement,
    policy: PolicyDocument,
    identity: PolicyDocument,
    role: str,
) -> Iterator[_Case]:
    """Steps that a statement denies as they are, and allows as it requires."""
    ((operator, (key,)),) = ((operator, tuple(keys)) for operator, keys in item.condition.items())
    assert operator == "Null", "a key that the call must have"
    for step in scenario.steps:
        if step.action in item.actions and about(one, step):
            for what, context, wanted in (
                ("near_misses", {}, "denied"),
                ("steps", {key: "arn:aws:kms:us-west-2:111122223333:key/1"}, "allowed"),
            ):
                full = RequestContext({**step.context, **context}, complete=True)
                yield (
                    what,
                    AccessRequest(role, step.action, step.resource, "", full),
                    Policies((identity,), resource=policy),
                    wanted,
                )


def is_too_wide(one: Companion, composition: Composition) -> bool:
    """Whether a widened boundary would be short enough with one of its widened statements as it was."""
    exact = composing._merged(composition.policy.statements)
    wide = [item for item in exact if item not in one.document.statements]
    most = LIMITS[KINDS[one.kind].limit].most

    def fits(kept: ComposedStatement) -> bool:
        fewer = [item for item in wide if item is not kept]
        less = composing._widened(exact, fewer, set()) if fewer else Document(exact)
        return size(less.to_json()) <= most

    return any(map(fits, wide))


def beside(composition: Composition) -> Companions:
    """The companions of a composition as if all calls went through the user's VPC."""
    return _InVpc(composition.companions.subject)


def principal_of(one: Companion, part: Part, role: str) -> str:
    """The role or the caller, as the companion names it; "" if it does not."""
    if one.kind not in OF_RESOURCES:
        return role if part == "policy" else ""
    found = {name for item in one.document.statements for name in item.principal["AWS"]}
    return next((name for name in sorted(found) if name.endswith("role/Caller") is (part == "caller")), "")


def principal_in(statement: ComposedStatement, principal: str) -> bool:
    """Whether a statement is about an identity: by its principal, by a condition, or because it is its boundary."""
    names = [name for some in statement.principal.values() for name in some]
    named = statement.condition.get("ArnEquals", {}).get("aws:PrincipalArn", ())
    return not names or principal in names or principal in named


def _placed(original: Step, role: str, identity: PolicyDocument) -> Step:
    """A step whose roles are where they are: requests name them in the other account, values where they were."""
    if ":role/" not in f"{original.resource} {original.context}":
        return original
    both = (original, replace(original, resource=moved(original.resource), context=moved(original.context)))
    for one in both:
        call = AccessRequest(role, one.action, one.resource, "", RequestContext({**one.context}, complete=True))
        resource = _read("resource", open_policy(one.action, role))
        if evaluate(call, Policies(identity=(identity,), resource=resource)).outcome == "allowed":
            return one
    return original


def _through(composition: Composition, step: Step) -> set[str]:
    """The endpoint services that a step's call goes through, by the statements of the role that allow it."""
    own = composition.companions
    context = RequestContext({**step.context}, complete=True)
    call = AccessRequest(own.role, step.action, step.resource, "", context)
    resource = _read("resource", open_policy(step.action, own.role))
    allowing = [
        item
        for item in composition.policy.statements
        if step.action in item.actions
        and evaluate(
            call, Policies((document("one", Document((item,)).to_json()),), resource=resource)
        ).outcome == "allowed"
    ]  # fmt: skip
    return {
        one.resource
        for one in endpoints(catalog(), Document(tuple(allowing)), own.role, own._values)
        if any(step.action in item.actions for item in one.document.statements)
    }


def _named(beside: _Beside, kind: str, what: str, item: ComposedStatement, excusable: set[str]) -> tuple[str, str, str]:
    """Whose a loss is, of which statement, and what is lost.

    Companions join the statements of all add-ons of a scenario. What is lost of them is one thing in every scenario.
    """
    if kind == "action":
        return beside.one.kind, " ".join(sorted(excusable)), what
    if kind in ("resource", "value"):
        return beside.one.kind if kind == "resource" else "", "", what
    return beside.one.kind, re.sub(r"[0-9]+$", "", item.sid), what


def _sids(policy: Document) -> Mapping[str, set[str]]:
    """The statements of an identity's policy by action, as the list of exceptions names them."""
    found: dict[str, set[str]] = {}
    for item in policy.statements:
        for action in item.actions:
            found.setdefault(action, set()).add(re.sub(r"[0-9]+$", "", item.sid))
    return found


def _changes(
    beside: _Beside, statement: Mapping[str, Any]
) -> Iterator[tuple[str, str, Mapping[str, Any] | None, bool]]:
    """What can be lost of a companion's statement, that of one value of a condition too."""
    # In the policy of a resource, a star is the resource and all of its parts.
    whole = {beside.one.resource, f"{beside.one.resource}/*", f"{beside.one.resource}/object/*"}
    parts = beside.layer != "resource" or (
        beside.one.kind in _WITH_PARTS and not whole.issuperset(statement.get("Resource", ()))
    )
    for kind, what, changed, is_wider in changes(statement):
        if kind == "principal":
            if what != "*":
                yield kind, beside.principal, changed, is_wider
        elif kind != "scope" or parts:
            yield kind, what, changed, is_wider
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            # Values that differ in case only are one where case is ignored.
            distinct = {item.lower() for item in values} if "IgnoreCase" in operator else values
            for value in values if len(distinct) > 1 else ():
                fewer = {**keys, key: [item for item in values if item != value]}
                yield "value", f"{operator} {key} {value}", {
                    **statement, "Condition": {**statement["Condition"], operator: fewer}
                }, False  # fmt: skip
