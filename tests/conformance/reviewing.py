"""The reference of the page's Review: whether each need lies within policies, and which statements no need uses.

scripts/composer/review.js must answer the same. It is coarser than the audit, which says the same with two differences.
``depends`` also stands for what only the symbolic algebra decides: a need that several statements cover together,
numbers, dates and addresses. And a statement is called wide where one of its actions and resources lies within no
single need; what it allows beyond is not worked out. Further layers decide as in iam/evaluation.py: what a policy that
names the caller by itself allows needs no other.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sagemaker_roles.auditing.needs import MOST_CALLS, PLACEHOLDER, Need, known_of, needs_of, owner_of
from sagemaker_roles.auditing.role import actions_of
from sagemaker_roles.auditing.trusting import trusts
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.compose import Composition
from sagemaker_roles.engine.documents import ComposedStatement
from sagemaker_roles.iam import actions, arns, conditions, principals
from sagemaker_roles.iam.conditions import YES, RequestContext, Test, Verdict
from sagemaker_roles.iam.evaluation import PolicyDocument, document
from sagemaker_roles.iam.layers import OPEN, Layers
from sagemaker_roles.iam.parts import parse
from sagemaker_roles.iam.patterns import Pattern, covers, intersects, literal, pattern
from sagemaker_roles.iam.statements import PolicyStatement

Outcome = Literal["allowed", "depends", "missing"]
State = Literal["needed", "wide", "unneeded", "denies", "limits"]
Fit = Literal["yes", "open", "part", "no"]

_WORST: Sequence[Outcome] = ("missing", "depends", "allowed")
#: Operators of which the page sees whether one implies another.
_PLAIN = {"StringEquals": "String", "StringLike": "String", "ArnEquals": "Arn", "ArnLike": "Arn"}
_JUDGED = ("text", "boolean", "null")
#: Layers whose policies name principals.
_NAMING = ("rcp", "endpoint", "resource")


class Judged(NamedTuple):
    """What becomes of a need.

    Attributes:
        outcome: allowed, depends or missing.
        action, resource: the need.
        layer: identity, boundary, session, scp, rcp, endpoint, resource or trust.
        statement: the statement that decides or comes near, or "".
        explicit: whether it denies.
        keys: condition keys that would decide, in small letters, sorted.
        part: whether only a part of the resources is allowed or denied.
    """

    outcome: Outcome
    action: str
    resource: str
    layer: str = "identity"
    statement: str = ""
    explicit: bool = False
    keys: tuple[str, ...] = ()
    part: bool = False


class Used(NamedTuple):
    """What becomes of a statement of a policy.

    Attributes:
        name: its Sid, or its number.
        state: ``needed``: all of it lies within needs; ``wide``: needs use it, and it allows more; ``unneeded``: no
            need uses it; ``denies``: it denies a need or may; ``limits``: it denies, but no need.
        unused: of its actions those that no need uses; resources: of its resources those that no need meets.
        needs: Sids of the composed statements whose needs use it.
    """

    name: str
    state: State
    unused: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """What the page's Review answers.

    Attributes:
        verdict: missing if a need is, else depends if one does, else sufficient.
        needs: what becomes of each need, in the order of the composed policy; then of who has to assume the role.
        statements: what becomes of the statements, policy by policy.
        trusted: who can assume the role besides, or without a tie to the account: statement and principal.
    """

    verdict: Literal["missing", "depends", "sufficient"]
    needs: tuple[Judged, ...]
    statements: tuple[tuple[Used, ...], ...]
    trusted: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """It as JSON, without the needs that are allowed."""
        return {
            "verdict": self.verdict,
            "allowed": sum(one.outcome == "allowed" for one in self.needs),
            "needs": [one._asdict() for one in self.needs if one.outcome != "allowed"],
            "statements": [[one._asdict() for one in some] for some in self.statements],
            "trusted": [list(one) for one in self.trusted],
        }


def review(
    catalog: Catalog,
    composition: Composition,
    policies: Sequence[Mapping[str, Any]],
    *,
    trust: Mapping[str, Any] | None = None,
    boundary: Mapping[str, Any] | None = None,
    role: str = "",
    layers: Layers | None = None,
) -> Review:
    """Holds the policies of a role against a composed one.

    Args:
        catalog: the knowledge base.
        composition: what the role's work needs.
        policies: the role's policies.
        trust: its trust policy, if it is known.
        boundary: its permissions boundary, if it has one.
        role: its ARN, or "".
        layers: what else decides about its calls.

    Raises:
        PolicyError: one of the documents is no policy.
    """
    held = [document(str(number), one) for number, one in enumerate(policies)]
    others = _Others(layers or Layers(), document("boundary", boundary) if boundary is not None else None)
    known = actions_of(catalog)
    uses: dict[tuple[int, int], list[Need]] = {}
    needs = needs_of(composition.policy)
    judged: list[Judged] = []
    for need in needs:
        is_plain = need.resource != "*" or known.is_resourceless(need.action)
        worst: Judged | None = None
        for context in _contexts(need, known_of(need, role)):
            asked = _Asked(need, context, is_plain, role)
            own = asked.layer("identity", held, uses)
            one = _worst(others.judged(asked, own, _is_elsewhere(catalog, need, role)))
            if worst is None or _WORST.index(one.outcome) < _WORST.index(worst.outcome):
                worst = one
        if worst is not None:
            judged.append(worst)
    read = document("trust", trust) if trust is not None else None
    if read is not None:
        judged += _assumed(read, composition.trust.statements, role)
    besides = trusts(catalog, role, read, composition.trust.statements)
    outcomes = {one.outcome for one in judged}
    return Review(
        "missing" if "missing" in outcomes else "depends" if "depends" in outcomes else "sufficient",
        tuple(judged),
        tuple(
            tuple(_used(one, uses.get((place, one.number), ()), needs) for one in item.statements)
            for place, item in enumerate(held)
        ),
        tuple((one.statement, one.principal) for one in besides if one.kind == "trust"),
    )


def _is_elsewhere(catalog: Catalog, need: Need, role: str) -> bool:
    """Whether the resource is certainly of another account than the role, so that its own policy decides too.

    Images that AWS publishes for everyone are not meant.
    """
    resource, owner = parse(need.resource), owner_of(need, role)
    if not owner or resource is None:
        return False
    return not any(kind.published(resource.region, owner) for kind in catalog.companions)


def _contexts(need: Need, known: Mapping[str, str]) -> Iterator[RequestContext]:
    """What is known of the condition keys of a need's calls: one context for each choice of values."""
    several = [[(test.key, value) for value in values] for test, values in need.exact]
    count = math.prod(map(len, several))
    for chosen in itertools.product(*(one for one in several if count <= MOST_CALLS or len(one) == 1)):
        yield RequestContext({**known, **dict(chosen)}, assumed=need.tests)


# --- all layers --------------------------------------------------------------------------------------------------


def _worst(judged: Iterable[Judged]) -> Judged:
    """What falls furthest short, the first of several."""
    return min(judged, key=lambda item: _WORST.index(item.outcome))


class _Others(NamedTuple):
    """Everything beside the policies of the role."""

    layers: Layers
    boundary: PolicyDocument | None

    def judged(self, asked: _Asked, own: Judged, is_elsewhere: bool) -> Iterator[Judged]:
        """What all layers say of a need; own: what the policies of the role say."""
        layers = self.layers
        limits: list[Judged] = []
        if self.boundary is not None:
            limits.append(asked.layer("boundary", [self.boundary], {}))
        if layers.session is not None:
            limits.append(asked.layer("session", layers.session, {}))
        identity = _worst([own, *limits])
        policy = _policy_of(layers, asked.need.resource)
        if policy is not None:
            yield from self._resource(asked, policy, identity, limits, is_elsewhere)
        else:
            yield identity
            if is_elsewhere:
                yield Judged("depends", asked.need.action, asked.need.resource, "resource")
        if layers.scps is not None:
            is_open = not any(one.allows for item in layers.scps for one in item.statements)
            yield asked.layer("scp", [*layers.scps, *([OPEN] if is_open else ())], {})
        if layers.rcps is not None:
            # RCPFullAWSAccess, which cannot be detached, allows: only denials count.
            yield asked.layer("rcp", [*map(_denials, layers.rcps), OPEN], {})
        if layers.endpoint is not None:
            yield asked.layer("endpoint", layers.endpoint, {})

    def _resource(
        self, asked: _Asked, policy: PolicyDocument, identity: Judged, limits: Sequence[Judged], is_elsewhere: bool
    ) -> Iterator[Judged]:
        """What a resource's policy and the identity grant together."""
        denied = asked.layer("resource", [_denials(policy), OPEN], {})
        if denied.outcome != "allowed":
            yield denied
        if is_elsewhere:
            yield _worst([identity, asked.layer("resource", [policy], {}, allows=("direct", "role", "account"))])
            return
        through = [identity]
        if asked.need.action.lower().startswith("kms:"):
            # AWS KMS has the key's policy decide whether the account decides.
            through.append(asked.layer("resource", [policy], {}, allows=("account",)))
        direct = asked.layer("resource", [policy], {}, allows=("direct",))
        named = _worst([asked.layer("resource", [policy], {}, allows=("role",)), *limits])
        yield max([_worst(through), direct, named], key=lambda item: _WORST.index(item.outcome))


def _policy_of(layers: Layers, resource: str) -> PolicyDocument | None:
    """The policy of the resource of an ARN with wildcards, where it was given."""
    for name, policy in layers.resources.items():
        same = resource != "*" and covers(arns.resource(name), arns.resource(resource))
        if same or resource == name or resource.startswith((f"{name}/", f"{name}:")):
            return policy
    return None


_UNNAMED: tuple[Fit, str] = ("yes", "direct")


def _denials(policy: PolicyDocument) -> PolicyDocument:
    return PolicyDocument(policy.name, tuple(one for one in policy.statements if not one.allows))


def _named(statement: PolicyStatement, role: str) -> tuple[Fit, str]:
    """Whether a statement names the role, and how."""
    if not statement.principals:
        return _UNNAMED
    who, how = principals.named(statement, "" if "$" in role or "*" in role else role)
    return "yes" if who.holds else "no" if who.holds is False else "open", how


# --- one need ----------------------------------------------------------------------------------------------------


class _Asked(NamedTuple):
    """A need in one context; is_plain: whether it is about one resource, or alike ones, or none, but not about any."""

    need: Need
    context: RequestContext
    is_plain: bool
    role: str

    def layer(
        self,
        layer: str,
        documents: Sequence[PolicyDocument],
        uses: dict[tuple[int, int], list[Need]],
        allows: Sequence[str] = (),
    ) -> Judged:
        """What the policies of a layer say; records which of their statements the need uses.

        Args:
            layer: its name.
            documents: its policies.
            uses: policy and statement to the needs that use it.
            allows: how statements that count name the role, where only those that allow do; else all count.
        """
        need = self.need
        one = actions.action(need.action)
        best: Judged | None = None
        denied: Judged | None = None
        missed = ""
        parts: list[tuple[PolicyStatement, int]] = []
        for place, item in enumerate(documents):
            for statement in item.statements:
                if any(covers(text, one) for text in statement.action_patterns) is statement.not_actions:
                    continue
                fit, count = self.fit(statement)
                who, how = _named(statement, self.role) if layer in _NAMING else _UNNAMED
                if fit == "no" or (allows and (how not in allows or not statement.allows)):
                    continue
                if who == "no":
                    missed = missed or (statement.name if statement.allows else "")
                    continue
                verdict = self.judge(statement.tests)
                if verdict.holds is False:
                    missed = missed or (statement.name if statement.allows else "")
                    continue
                users = uses.setdefault((place, statement.number), [])
                if need not in users:
                    users.append(need)
                is_certain = fit == who == "yes" and verdict.holds is True
                keys = tuple(sorted(set(verdict.keys)))
                said = Judged("depends", need.action, need.resource, layer, statement.name, False, keys)
                if not statement.allows:
                    said = said._replace(explicit=True, part=fit == "part")
                    if is_certain and (denied is None or denied.outcome != "missing"):
                        denied = said._replace(outcome="missing", keys=())
                    denied = denied or said
                elif is_certain:
                    best = said._replace(outcome="allowed", keys=())
                elif fit == "part":
                    parts.append((statement, count))
                elif best is None:
                    best = said
        if denied is not None and denied.outcome == "missing":
            return denied
        if best is None:
            best = self.partly(layer, parts, missed)
        return denied if denied is not None and best.outcome != "missing" else best

    def partly(self, layer: str, parts: Sequence[tuple[PolicyStatement, int]], missed: str) -> Judged:
        """What is said where no statement allows all of the resources.

        Patterns with ``*`` alone cover a pattern together only if one does: what stands for a star of it may have a
        character that none of them has. With ``?`` and ``NotResource`` only the algebra tells.
        """
        need = self.need
        if not parts:
            return Judged("missing", need.action, need.resource, layer, missed)
        is_hard = any(one.not_resources or any("?" in text for text in one.resources) for one, _ in parts)
        together = not self.is_plain or (is_hard and sum(count for _, count in parts) > 1)
        name = parts[0][0].name
        return Judged("depends" if together else "missing", need.action, need.resource, layer, name, part=True)

    def fit(self, statement: PolicyStatement) -> tuple[Fit, int]:
        """Whether the need's resources are among those of a statement; and how many of its patterns meet them."""
        each = [self.one(text, statement.variables) for text in statement.resources]
        count = sum(item != "no" for item in each)
        if not each:
            return "yes", 0
        if not statement.not_resources:
            return next((fit for fit in ("yes", "open", "part") if fit in each), "no"), count
        if "yes" in each:
            return "no", count
        return next((fit for fit in ("open", "part") if fit in each), "yes"), 1

    def one(self, text: str, variables: bool) -> Fit:
        wanted = self.need.resource
        if wanted == "*":
            if text == "*":
                return "yes"
            return "no" if self.is_plain else "part"
        filled = conditions.resolved(text, self.context) if variables else text
        if filled is None:
            return "no"
        outer, inner = arns.resource(filled, variables), arns.resource(wanted)
        if covers(outer, inner):
            return "yes"
        if not intersects(outer, inner):
            return "no"
        return "open" if outer.opaque or inner.opaque else "part"

    def judge(self, tests: Iterable[Test]) -> Verdict:
        return conditions.every(_judge(test, self.context) for test in tests)


def _judge(test: Test, context: RequestContext) -> Verdict:
    """Whether a test passes, as far as equal tests, known values and one other test of the same key tell."""
    if test in context.assumed:
        return YES
    parts = test.parts
    if parts is None or parts.family not in _JUDGED:
        return Verdict(None, "", (test.key,))
    if context.knows(test.key):
        return test.judge(RequestContext(context.values))
    for other in context.assumed:
        if other.key == test.key and (known := _implied(other, test)) is not None:
            return Verdict(known)
    return Verdict(None, "", (test.key,))


def _implied(known: Test, test: Test) -> bool | None:
    """Whether a test passes, or fails, wherever another one of its key passes; None if that is not told."""
    one, other = known.parts, test.parts
    if one is None or other is None or one.if_exists or one.negated:
        return None
    if one.family == "null":
        is_there = "false" in map(str.lower, known.values)
        return ("false" in map(str.lower, test.values)) is is_there if other.family == "null" else None
    if one.base not in _PLAIN:
        return None
    if other.family == "null":
        return None if one.quantifier == "ForAllValues" else "false" in map(str.lower, test.values)
    if _PLAIN.get(other.base) != _PLAIN[one.base]:
        return None
    inner = [_compiled(one.base, text, known.variables) for text in known.values]
    outer = [_compiled(other.base, text, test.variables) for text in test.values]
    is_within = all(item is None or any(wide is not None and covers(wide, item) for wide in outer) for item in inner)
    if one.quantifier:
        return True if is_within and one.quantifier == other.quantifier and not other.negated else None
    if is_within:
        return not other.negated
    apart = (item is None or wide is None or not intersects(wide, item) for item in inner for wide in outer)
    return other.negated if all(apart) else None


def _compiled(base: str, text: str, variables: bool) -> Pattern | None:
    if base == "StringEquals":
        return literal(text, variables=variables)
    return pattern(text, variables=variables) if base == "StringLike" else arns.condition(text, variables)


# --- one statement -----------------------------------------------------------------------------------------------


def _used(one: PolicyStatement, users: Sequence[Need], needs: Sequence[Need]) -> Used:
    sids = tuple(dict.fromkeys(need.sid for need in users))
    if not one.allows:
        return Used(one.name, "denies" if users else "limits", needs=sids)
    if not users:
        return Used(one.name, "unneeded")
    if one.not_actions:
        return Used(one.name, "wide", needs=sids)
    wanted = [actions.action(need.action) for need in users]
    unused = [text for text in one.actions if not any(covers(actions.action(text), item) for item in wanted)]
    named = [arns.resource(need.resource) for need in users]
    resources = [
        text
        for text in (() if one.not_resources else one.resources)
        if not any(intersects(arns.resource(text, one.variables), item) for item in named)
    ]
    is_within = not one.not_resources and all(_within(one, action, needs) for action in one.actions)
    return Used(one.name, "needed" if is_within else "wide", tuple(unused), tuple(resources), sids)


def _within(one: PolicyStatement, action: str, needs: Sequence[Need]) -> bool:
    """Whether what a statement allows of an action lies within needs, resource by resource."""
    own = [
        arns.resource(PLACEHOLDER.sub("*", need.resource))
        for need in needs
        if need.action.lower() == action.lower() and _has(one, need)
    ]
    return all(any(covers(item, arns.resource(text, one.variables)) for item in own) for text in one.resources)


def _has(one: PolicyStatement, need: Need) -> bool:
    """Whether the statement has the condition of the need, but for what has a placeholder."""
    for test in need.tests:
        if any(PLACEHOLDER.search(text) for text in test.values) or test in one.tests:
            continue
        if not any(own.key == test.key and _implied(own, test) is True for own in one.tests):
            return False
    return True


# --- trust -------------------------------------------------------------------------------------------------------


def _assumed(held: PolicyDocument, needed: Sequence[ComposedStatement], role: str) -> Iterator[Judged]:
    """Whether the services that have to assume the role can."""
    for composed in needed:
        tests = conditions.read(composed.to_json().get("Condition", {}))
        context = RequestContext({}, assumed=tests)
        for name in composed.principal.get("Service", ()):
            for action in composed.actions:
                yield _assumes(held, name, action, role, context)


def _assumes(held: PolicyDocument, name: str, action: str, role: str, context: RequestContext) -> Judged:
    one = actions.action(action)
    best: Judged | None = None
    denied: Judged | None = None
    missed = ""
    for statement in held.statements:
        if any(covers(text, one) for text in statement.action_patterns) is statement.not_actions:
            continue
        is_named = any(principals.names(kind, value, name) for kind, value in statement.principals)
        if is_named is statement.not_principals:
            continue
        verdict = conditions.every(_judge(test, context) for test in statement.tests)
        if verdict.holds is False:
            missed = missed or (statement.name if statement.allows else "")
            continue
        said = Judged(
            "depends", action, name, "trust", statement.name, not statement.allows, tuple(sorted(set(verdict.keys)))
        )
        if not statement.allows:
            if verdict.holds:
                return said._replace(outcome="missing", keys=())
            denied = denied or said
        elif verdict.holds:
            best = said._replace(outcome="allowed", keys=())
        elif best is None:
            best = said
    if best is None:
        return Judged("missing", action, name, "trust", missed)
    return denied or best
