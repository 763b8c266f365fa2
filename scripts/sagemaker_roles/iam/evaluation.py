"""Whether a call is allowed: IAM's evaluation logic over all kinds of policies, with what decides.

The order and the effect of the layers are those of the IAM User Guide, "How AWS enforcement code logic evaluates
requests to allow or deny access" and "Cross-account policy evaluation logic". The answer has three values, because a
condition key, a placeholder or a policy variable may not be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

from . import actions, arns, conditions, principals
from .arn_parts import parse
from .budget import OutOfSteps, is_open, question, spend
from .conditions import NO, YES, RequestContext, Verdict
from .grammar import refused
from .patterns import Pattern, covers
from .statements import PolicyError, PolicyStatement, statements

Outcome = Literal["allowed", "denied", "depends"]
Layer = Literal["identity", "boundary", "session", "scp", "rcp", "endpoint", "resource"]

#: Layers whose statements name principals.
NAMING: tuple[Layer, ...] = ("rcp", "endpoint", "resource")

# --- documents ---------------------------------------------------------------------------------------------------


class PolicyDocument:
    """A policy document that is read. It equals only itself: comparing statements would cost more than reading them.

    Args:
        name: what people call it.
        statements: its statements.
    """

    def __init__(self, name: str, statements: tuple[PolicyStatement, ...]) -> None:
        self.name = name
        self.statements = statements

    @cached_property
    def by_prefix(self) -> tuple[Mapping[str, tuple[PolicyStatement, ...]], tuple[PolicyStatement, ...]]:
        """The statements by the service of their actions, and those of any service."""
        named: dict[str, list[PolicyStatement]] = {}
        rest: list[PolicyStatement] = []
        for one in self.statements:
            prefixes = {actions.prefix_of(item) for item in one.action_patterns}
            if one.not_actions or None in prefixes:
                rest.append(one)
                continue
            for prefix in prefixes:
                named.setdefault(str(prefix), []).append(one)
        return {prefix: tuple(some) for prefix, some in named.items()}, tuple(rest)

    def near(self, prefix: str | None) -> Iterator[PolicyStatement]:
        """The statements that may be about an action of a service, in no order that means anything."""
        if prefix is None:
            yield from self.statements
            return
        named, rest = self.by_prefix
        yield from named.get(prefix, ())
        yield from rest


def document(name: str, policy: Any, kind: str = "") -> PolicyDocument:
    """Read a policy document.

    Args:
        name: what people call it.
        policy: the document.
        kind: its kind, of :data:`~sagemaker_roles.iam.grammar.GRAMMARS`, for what IAM refuses in such a one only.

    Raises:
        PolicyError: it is no policy, or none of its kind.
    """
    every = statements(policy)
    if kind and (faults := [*refused(every, kind)]):
        raise PolicyError(faults)
    return PolicyDocument(name, every)


class Policies(NamedTuple):
    """Everything that decides about a call; what is None is not there.

    Attributes:
        identity: the identity's policies, inline and attached; those of a user's groups too.
        boundary: its permissions boundary.
        session: the session policies, which allow together.
        scps: service control policies, level by level from the root to the account; each level must allow. None where
            the account is in no organization, is its management account, or the identity is a service-linked role.
        rcps: resource control policies of the resource's account, level by level; ``RCPFullAWSAccess`` is implied.
        endpoint: the policies of the VPC endpoint that the call goes through.
        resource: the policy of the resource; the trust policy for ``sts:AssumeRole``.
    """

    identity: tuple[PolicyDocument, ...] = ()
    boundary: tuple[PolicyDocument, ...] | None = None
    session: tuple[PolicyDocument, ...] | None = None
    scps: tuple[tuple[PolicyDocument, ...], ...] | None = None
    rcps: tuple[tuple[PolicyDocument, ...], ...] | None = None
    endpoint: tuple[PolicyDocument, ...] | None = None
    resource: PolicyDocument | None = None

    def layers(self) -> dict[Layer, tuple[tuple[PolicyDocument, ...], ...]]:
        """The documents of each layer, level by level; none of one that is not there."""
        return {
            "identity": (self.identity,),
            "boundary": (self.boundary,) if self.boundary is not None else (),
            "session": (self.session,) if self.session is not None else (),
            "scp": self.scps or (),
            "rcp": self.rcps or (),
            "endpoint": (self.endpoint,) if self.endpoint is not None else (),
            "resource": ((self.resource,),) if self.resource else (),
        }


# --- the call ----------------------------------------------------------------------------------------------------


class _Call(NamedTuple):
    principal: str
    action: str
    resource: str = "*"
    account: str = ""
    context: RequestContext = conditions.NOTHING_KNOWN
    alike: bool = False


class AccessRequest(_Call):
    """A call to AWS.

    Attributes:
        principal: who calls: the ARN of a role, of a session, or of a user; or a service (``sagemaker.amazonaws.com``).
            A role's ARN stands for some session of it.
        action: the action.
        resource: the ARN, perhaps with ``${Name}`` for what is not known; ``*`` for an action without resource types.
        account: the account that owns the resource; "" where it is that of the principal.
        context: what is known of condition keys.
        alike: whether it stands for calls alike, one for each resource that the wildcards of the ARN match; what is
            about some of them only, is not known to be about the call.
    """

    @cached_property
    def principal_account(self) -> str:
        """The account of the principal, "" for a service."""
        arn = parse(self.principal)
        return arn.account if arn else ""

    @cached_property
    def action_pattern(self) -> Pattern:
        """The action, compiled."""
        return actions.action(self.action)

    @cached_property
    def resource_pattern(self) -> Pattern:
        """The resource as a text: ``*`` and ``?`` in it are characters, but for ``*`` alone and in calls alike."""
        if self.resource == "*" or self.alike:
            return arns.resource(self.resource)
        return arns.named(conditions.as_written(self.resource))

    @cached_property
    def same_account(self) -> bool:
        """Whether principal and resource are of one account."""
        return self.account in ("", self.principal_account)

    @cached_property
    def is_service(self) -> bool:
        """Whether an AWS service calls for itself."""
        return principals.is_service(self.principal)


class Decision(NamedTuple):
    """The answer to whether a call is allowed.

    Attributes:
        outcome: allowed, denied, or depends.
        layer: the layer that decides.
        document: the name of the document that decides, "" where none does.
        statement: the name of the statement that decides; "" where none does, as in an implicit denial.
        explicit: whether a Deny statement decides.
        why: where it depends or something falls short, on what; one sentence without a period.
        keys: condition keys that would decide, in small letters.
        missed: statements of the layer that are about the action and the resource, but whose condition or principal
            fails: their names, with the reason.
    """

    outcome: Outcome
    layer: Layer
    document: str = ""
    statement: str = ""
    explicit: bool = False
    why: str = ""
    keys: tuple[str, ...] = ()
    missed: tuple[tuple[str, str], ...] = ()


# --- one statement -----------------------------------------------------------------------------------------------


class Applies(NamedTuple):
    """Whether a statement is about a call, and how it names the principal: see :func:`principals.named`.

    Attributes:
        near: whether only its condition, or whom it names, keeps it from being about the call.
    """

    verdict: Verdict
    how: str = ""
    near: bool = False


def applies(statement: PolicyStatement, call: AccessRequest, layer: Layer) -> Applies:
    """Whether a statement of a layer is about a call."""
    if any(covers(one, call.action_pattern) for one in statement.action_patterns) is statement.not_actions:
        return Applies(NO)
    resource = _resource(statement, call)
    if resource.holds is False:
        return Applies(resource)
    who, how = (YES, "direct")
    if layer in NAMING:
        who, how = principals.named(statement, call.principal)
        if who.holds is False:
            return Applies(who, near=True)
    condition = conditions.judge(statement.tests, call.context)
    if condition.holds is False:
        failed = [str(test) for test in statement.tests if test.judge(call.context).holds is False]
        return Applies(Verdict(False, f"fails {'; '.join(failed)}"), near=True)
    return Applies(conditions.every((resource, who, condition)), how)


def _resource(statement: PolicyStatement, call: AccessRequest) -> Verdict:
    if not statement.resources:
        return YES
    verdict = conditions.either(_one_resource(text, statement, call) for text in statement.resources)
    if not statement.not_resources:
        return verdict
    return verdict if verdict.holds is None else Verdict(not verdict.holds)


def _one_resource(text: str, statement: PolicyStatement, call: AccessRequest) -> Verdict:
    if text == "*":
        return YES
    if call.resource == "*":
        # An action without resource types is about all of them.
        return NO
    filled = conditions.resolved(text, call.context) if statement.variables else text
    if filled is None:
        return NO
    return conditions.match(arns.resource(filled, statement.variables), call.resource_pattern)


# --- one layer ---------------------------------------------------------------------------------------------------


#: How statements of a resource policy that allow can name the caller.
_HOWS = ("direct", "role", "account")


class _Match(NamedTuple):
    document: str
    statement: str
    verdict: Verdict
    how: str


class _Matches:
    """What the documents of a layer say of a call."""

    def __init__(self) -> None:
        self.allows: list[_Match] = []
        self.denies: list[_Match] = []
        self.missed: list[tuple[str, str]] = []

    def best(self, hows: Iterable[str] = _HOWS) -> _Match | None:
        """The allowing statement that is surest, of those that name the principal in some ways."""
        wanted = [one for one in self.allows if one.how in hows]
        return next((one for one in wanted if one.verdict.holds), wanted[0] if wanted else None)


def _look(documents: Iterable[PolicyDocument], call: AccessRequest, layer: Layer) -> _Matches:
    matching = _Matches()
    prefix = actions.prefix_of(call.action_pattern)
    for one in documents:
        for statement in one.near(prefix):
            spend(4 + len(statement.principals))
            answer = applies(statement, call, layer)
            if answer.verdict.holds is False:
                if answer.near and statement.allows:
                    matching.missed.append((statement.name, answer.verdict.why or "names another principal"))
                continue
            match = _Match(one.name, statement.name, answer.verdict, answer.how)
            (matching.allows if statement.allows else matching.denies).append(match)
    return matching


def _allowed(layer: Layer, matching: _Matches, hows: Iterable[str] = _HOWS) -> Decision:
    """What a layer says that has to allow."""
    match = matching.best(hows)
    if match is None:
        return Decision("denied", layer, missed=tuple(matching.missed))
    if match.verdict.holds:
        return Decision("allowed", layer, match.document, match.statement)
    return _depends(layer, match)


def find_allowing(
    call: AccessRequest, documents: Iterable[PolicyDocument], layer: Layer, hows: Iterable[str] = _HOWS
) -> Decision:
    """The statement of some documents that allows a call, the surest one, whatever else decides.

    Args:
        hows: how a statement of a layer that names principals may name the caller: see :func:`principals.named`.
    """
    with question():
        try:
            return _allowed(layer, _look(documents, call, layer), hows)
        except OutOfSteps as error:
            return Decision("depends", layer, why=str(error))


def _depends(layer: Layer, match: _Match, explicit: bool = False) -> Decision:
    verdict = match.verdict
    return Decision("depends", layer, match.document, match.statement, explicit, verdict.why, verdict.keys)


#: Layers that have to allow whatever grants.
_GUARDRAILS: tuple[Layer, ...] = ("scp", "endpoint")
_ORDER: Mapping[Outcome, int] = {"denied": 0, "depends": 1, "allowed": 2}


def _every(decisions: Iterable[Decision]) -> Decision:
    """All have to allow: the first that falls furthest short decides, else the first."""
    return min(decisions, key=lambda one: _ORDER[one.outcome])


def _either(decisions: Iterable[Decision]) -> Decision:
    """One has to allow: the first that gets furthest decides."""
    return max(decisions, key=lambda one: _ORDER[one.outcome])


# --- all layers --------------------------------------------------------------------------------------------------


def evaluate(call: AccessRequest, policies: Policies) -> Decision:
    """Whether a call is allowed, and what decides it; where its budget of steps is spent, it depends.

    Raises:
        OutOfSteps: the budget of a larger question, which is open, is spent.
    """
    joined = is_open()
    with question():
        try:
            return _evaluated(call, policies)
        except OutOfSteps as error:
            if joined:
                raise
            return Decision("depends", "identity", why=str(error))


def _evaluated(call: AccessRequest, policies: Policies) -> Decision:
    looked: dict[Layer, list[_Matches]] = {
        # A service that calls for itself has no policies of its own, and service control policies leave it alone.
        layer: [_look(level, call, layer) for level in levels if layer in NAMING or not call.is_service]
        for layer, levels in policies.layers().items()
    }
    uncertain: Decision | None = None
    if policies.boundary is not None and policies.resource is not None and not call.is_service:
        looked["resource"].append(_not_principals(policies.resource, call))
    for layer, levels in looked.items():
        for match in (match for level in levels for match in level.denies):
            if match.verdict.holds:
                return Decision("denied", layer, match.document, match.statement, explicit=True)
            uncertain = uncertain or _depends(layer, match, explicit=True)
    # RCPFullAWSAccess, which cannot be detached, allows in every RCP level: only denials of these count.
    guardrails = [_allowed(layer, one) for layer in _GUARDRAILS for one in looked[layer]]
    decision = _every([*guardrails, _granted(call, looked)])
    if decision.outcome == "allowed" and uncertain is not None:
        return uncertain
    return decision


def _not_principals(one: PolicyDocument, call: AccessRequest) -> _Matches:
    """The denials of a resource policy by ``NotPrincipal``, which spare no one who has a permissions boundary.

    Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal".
    """
    spared = [item._replace(principals=(), not_principals=False) for item in one.statements if item.not_principals]
    return _look([PolicyDocument(one.name, tuple(item for item in spared if not item.allows))], call, "identity")


def _granted(call: AccessRequest, looked: Mapping[Layer, Sequence[_Matches]]) -> Decision:
    """What the identity and the resource grant together."""
    resource = looked["resource"][0] if looked["resource"] else _Matches()
    if call.is_service:
        return _allowed("resource", resource)
    limits = [_allowed(layer, one) for layer in ("boundary", "session") for one in looked[layer]]
    identity = _every([_allowed("identity", looked["identity"][0]), *limits])
    if not call.same_account:
        return _every([identity, _allowed("resource", resource)])
    if not looked["resource"] and _is_of_role(call):
        return _every([identity, Decision("depends", "resource", why=_NO_TRUST)])
    if _needs_resource_policy(call) or _is_of_role(call):
        through_account = _every([_allowed("resource", resource, ("account",)), identity])
    else:
        through_account = identity
    # What names the session or the user itself is limited by nothing; what names a role is limited as the role is.
    direct = _allowed("resource", resource, ("direct",))
    role = _every([_allowed("resource", resource, ("role",)), *limits])
    if direct.outcome == "allowed":
        return direct
    return _either([through_account, direct, role])


#: What belongs to assuming a role, and what its trust policy has to allow too (IAM User Guide, "Pass session tags in
#: AWS STS", "Monitor and control actions taken with assumed roles").
_OF_SESSIONS = frozenset({"sts:setcontext", "sts:setsourceidentity", "sts:tagsession"})

#: Every role has a trust policy, so that one which is not given says neither yes nor no.
_NO_TRUST = "the role's trust policy has to allow it too, and is not given"


def _is_of_role(call: AccessRequest) -> bool:
    """Whether the trust policy of a role decides too."""
    name = call.action.lower()
    return name.startswith("sts:assumerole") or name in _OF_SESSIONS


def _needs_resource_policy(call: AccessRequest) -> bool:
    """Whether a service has the resource's own policy decide, as AWS KMS does for keys.

    Source: AWS KMS Developer Guide, "Key policies in AWS KMS".
    """
    arn = parse(call.resource) if call.action.lower().startswith("kms:") else None
    return arn is not None and arn.resource.startswith("key/")
