"""Who can pass a role to the service, assume it, or change it: each principal of an account, with what lets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

from ..canonical import unlike
from ..catalog import Catalog
from ..iam import actions
from ..iam.arn_parts import parse
from ..iam.budget import OutOfSteps, question
from ..iam.conditions import RequestContext
from ..iam.evaluation import AccessRequest, Decision, Layer, Policies, PolicyDocument, evaluate, find_allowing
from ..iam.layers import OPEN, Layers
from ..iam.patterns import covers
from ..iam.statements import PolicyError, PolicyStatement
from ..inputs import Notice
from ..inputs.roles.existing_roles import ExistingPolicy, ExistingRole, ExistingUser
from .role_audit import Documents
from .trust_policies import with_services

SCHEMA_VERSION = "1.0.0"

Way = Literal["pass", "assume", "change"]
Answer = Literal["yes", "depends", "no"]
TrustedKind = Literal["everyone", "service", "account", "federated", "principal"]

WAYS: tuple[Way, ...] = ("pass", "assume", "change")

_ANSWERS: Mapping[str, Answer] = {"allowed": "yes", "depends": "depends", "denied": "no"}
_ORDER = {"denied": 0, "depends": 1, "allowed": 2}

_PASS, _ASSUME = "iam:PassRole", "sts:AssumeRole"

#: The actions that assume a role, by the kind of principal.
_WITH_SAML, _WITH_WEB_IDENTITY = "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"

#: Condition keys that only calls of AWS STS have.
_SESSION_KEYS = ("sts:ExternalId", "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys")

#: What changes a role itself, and what changes a customer managed policy of it.
_CHANGES = (
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
)
_POLICY_CHANGES = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")

#: Where the ARNs of roles that belong to a service have their path; nobody else can change these roles.
_SERVICE_LINKED = "role/aws-service-role/"

#: What the ARNs of AWS managed policies have; nobody in the account can change these.
_AWS_MANAGED = ":iam::aws:policy/"

_DIRECT, _THROUGH_ACCOUNT = ("direct", "role"), ("account",)


class DecidingStatement(NamedTuple):
    """A statement that lets a principal do something, or keeps it from it.

    Attributes:
        layer: the kind of its policy; ``resource`` is the trust policy of the role.
        document: name of the policy; "" for a layer in which no statement allows the call.
        statement: its Sid, else its number.
        group: the group of the user that has the policy, or "".
        explicit: whether it is a Deny statement.
    """

    layer: Layer
    document: str
    statement: str
    group: str = ""
    explicit: bool = False

    def to_json(self) -> dict[str, Any]:
        """It as JSON, without what does not apply."""
        layer = "trust" if self.layer == "resource" else self.layer
        members = {"layer": layer, "document": self.document, "statement": self.statement, "group": self.group}
        return {name: value for name, value in members.items() if value} | ({"effect": "Deny"} if self.explicit else {})


class RoleAccess(NamedTuple):
    """Whether a principal can do something with a role.

    Attributes:
        principal: the ARN; or what a trust policy names.
        action, resource: the call.
        answer: ``yes``, ``depends``, or ``no``.
        by: the statements that let it.
        decided: for ``depends`` and ``no``, what decides; None where no statement does.
        why: what it depends on, one sentence without a period.
        keys: the condition keys that would decide.
        kind: for a principal of a trust policy, what it is.
    """

    principal: str
    action: str
    resource: str
    answer: Answer
    by: tuple[DecidingStatement, ...] = ()
    decided: DecidingStatement | None = None
    why: str = ""
    keys: tuple[str, ...] = ()
    kind: TrustedKind | Literal[""] = ""

    def to_json(self) -> dict[str, Any]:
        """It as JSON, without what does not apply."""
        members: dict[str, Any] = {"principal": self.principal, "kind": self.kind, "action": self.action}
        members |= {"resource": self.resource, "answer": self.answer, "by": [one.to_json() for one in self.by]}
        members |= {"decided": self.decided.to_json() if self.decided else None, "why": self.why}
        members["keys"] = [*self.keys]
        return {name: value for name, value in members.items() if value not in ("", [], None)}


class RoleAccessReport(NamedTuple):
    """Who can do what with a role.

    Attributes:
        role: its ARN.
        trusted: what its trust policy names that is no principal of the account: services, accounts, providers.
        access: the answers by way: every ``yes`` and ``depends``, and each ``no`` of a principal whose policies allow
            the call, with what keeps it from it.
        unknown: what of the role is not known.
    """

    role: str
    trusted: tuple[RoleAccess, ...]
    access: Mapping[Way, tuple[RoleAccess, ...]]
    unknown: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """It as JSON."""
        members: dict[str, Any] = {"role": self.role, "trusted": [one.to_json() for one in self.trusted]}
        members |= {way: [one.to_json() for one in self.access[way]] for way in WAYS}
        return {**members, "unknown": [*self.unknown]}


class _Identity:
    """A user or role as the one that calls."""

    def __init__(self, held: ExistingRole | ExistingUser, read: Documents, notices: list[Notice]) -> None:
        self.arn, self.unknown, self.hidden = held.arn, [*held.unknown], {*held.hidden}
        self._read, self._notices = read, notices
        #: What people call each policy, and the group that it is of, by a name that no other of them has.
        self._names: dict[str, tuple[str, str]] = {}
        groups = held.groups if isinstance(held, ExistingUser) else ()
        given = [(policy, "") for policy in held.policies]
        given += [(policy, group.name) for group in groups for policy in group.policies]
        identity: list[PolicyDocument] = []
        for policy, group in given:
            name = unlike(policy.name, self._names, "{} ({})".format)
            self._names[name] = (policy.name if group else name, group)
            identity += self._documents(name, policy, "identity")
        self.identity = tuple(identity)
        bound = self._documents(held.boundary.name, held.boundary, "boundary") if held.boundary else []
        self.boundary = tuple(bound) or None
        self._reach: dict[str, bool] = {}

    def _documents(self, name: str, policy: ExistingPolicy, layer: str) -> list[PolicyDocument]:
        """A policy that is read; none, and a problem, where it is damaged."""
        try:
            return [self._read.of(name, policy)]
        except PolicyError as error:
            self._notices += (Notice("problem", self.arn, fault) for fault in error.faults)
            self.unknown.append(f"the policy {name} is damaged")
            self.hidden.add(layer)
            return []

    def deciding(self, one: Decision) -> DecidingStatement:
        """The statement of a decision, with the group whose policy it is of."""
        name, group = (one.document, "")
        if one.layer == "identity":
            name, group = self._names.get(one.document, (one.document, ""))
        return DecidingStatement(one.layer, name, one.statement, group, one.explicit)

    def statements(self, *several: Decision) -> tuple[DecidingStatement, ...]:
        """The statements of some decisions; none where one of them does not allow the call."""
        return () if any(one.outcome == "denied" for one in several) else tuple(map(self.deciding, several))

    @cached_property
    def is_service_linked(self) -> bool:
        """Whether it is a role that belongs to a service."""
        return f":{_SERVICE_LINKED}" in self.arn

    def can_reach(self, action: str) -> bool:
        """Whether a statement of its policies is about an action, on whatever resource."""
        if action not in self._reach:
            statements = (one for document in self.identity for one in document.statements)
            self._reach[action] = any(one.allows and _is_about(one, action) for one in statements)
        return self._reach[action]

    @cached_property
    def facts(self) -> dict[str, str | None]:
        """Condition keys whose values follow from who calls (IAM User Guide, "AWS global condition context keys").

        IAM and AWS STS answer over TLS only. A role has no user name.
        """
        arn = parse(self.arn)
        resource = arn.resource if arn else ""
        is_user = resource.startswith("user/")
        return {
            "aws:PrincipalIsAWSService": "false",
            "aws:SecureTransport": "true",
            "aws:PrincipalArn": self.arn,
            "aws:PrincipalAccount": arn.account if arn else None,
            "aws:PrincipalType": "User" if is_user else "AssumedRole",
            "aws:username": resource.rpartition("/")[2] if is_user else None,
        }


class AccountAccess:
    """Answers who can do what with the roles of an account.

    Args:
        service: the service that a role is passed to.
        layers: what else decides; only policies of organizations do here.
    """

    def __init__(
        self,
        service: str,
        roles: Sequence[ExistingRole],
        users: Sequence[ExistingUser],
        layers: Layers | None = None,
    ) -> None:
        self.service, self.layers = service, layers or Layers()
        self.notices: list[Notice] = []
        self._read = Documents()
        whole: list[ExistingRole | ExistingUser] = [one for one in users if is_whole(one.arn)]
        whole += [one for one in roles if is_whole(one.arn)]
        self._identities = [_Identity(one, self._read, self.notices) for one in whole]
        self._known = {one.arn for one in whole}

    def report(self, role: ExistingRole) -> RoleAccessReport:
        """Who can pass, assume, and change a role."""
        subject = _Subject(role, self._trust(role))
        calls: dict[Way, list[tuple[str, str]]] = {"pass": [(_PASS, role.arn)], "assume": [(_ASSUME, role.arn)]}
        calls["change"] = [*subject.changes()]
        access = {
            way: tuple(
                found
                for identity in self._identities
                for action, resource in calls[way]
                if (found := self._access(subject, identity, action, resource)) is not None
            )
            for way in WAYS
        }
        return RoleAccessReport(role.arn, tuple(self._trusted(subject)), access, role.unknown)

    def is_assumable(self, role: ExistingRole) -> bool:
        """Whether the service can assume a role, or may be able to."""
        subject = _Subject(role, self._trust(role))
        if subject.trust is None:
            return True
        return self._trusts(subject, subject.trust, "service", self.service).answer != "no"

    def assumptions(self) -> list[str]:
        """What the answers take as given, a sentence each."""
        scps = "No service control policy is given, so none is taken to deny anything."
        if self.layers.scps is not None:
            scps = (
                "Service control policies count for every principal; AWS does not apply them in the management account."
            )
        root = "The root user of the account is in no answer: it can pass and change every role unless a service"
        return [scps, f"{root} control policy denies that."]

    def _trust(self, role: ExistingRole) -> PolicyDocument | None:
        try:
            return self._read.of(role.trust.name, with_services(role.trust)) if role.trust else None
        except PolicyError as error:
            new = [Notice("problem", role.arn, fault) for fault in error.faults]
            self.notices += (one for one in new if one not in self.notices)
            return None

    # --- principals of the account ---

    def _access(self, subject: _Subject, identity: _Identity, action: str, resource: str) -> RoleAccess | None:
        """Whether a principal can make a call; None for a plain no."""
        is_hidden = "identity" in identity.hidden
        if action != _ASSUME and not (identity.can_reach(action) or is_hidden):
            return None
        values = {**identity.facts, **subject.facts(action)}
        if action == _PASS:
            values["iam:PassedToService"] = self.service
        call = AccessRequest(identity.arn, action, resource, subject.account, RequestContext(values))
        by = self._by(subject, identity, call)
        if not by and not is_hidden:
            return None
        decision = self._decided(call, self._policies(subject, identity, action), identity)
        if decision.outcome == "denied" and not by:
            return None
        decided = None
        if decision.outcome != "allowed" and (decision.document or not decision.why):
            decided = identity.deciding(decision)
        answer = _ANSWERS[decision.outcome]
        return RoleAccess(identity.arn, action, resource, answer, by, decided, decision.why, decision.keys)

    def _policies(self, subject: _Subject, identity: _Identity, action: str) -> Policies:
        """What decides about a call: resource control policies do about AWS STS, and not about IAM.

        Service control policies do not limit roles that belong to a service (AWS Organizations User Guide, "Service
        control policies").
        """
        call = AccessRequest(identity.arn, action)
        policies = self.layers._replace(session=None, endpoint=None, resources={})
        made = policies.policies(identity.identity, identity.boundary, call)
        scps = None if identity.is_service_linked else made.scps
        if action != _ASSUME:
            return made._replace(scps=scps, rcps=None, resource=None)
        return made._replace(scps=scps, resource=subject.trust)

    def _decided(self, call: AccessRequest, policies: Policies, identity: _Identity) -> Decision:
        """The decision, which depends where a policy that is not given can change it."""
        decision = evaluate(call, policies)
        why = identity.unknown[0] if identity.unknown else ""
        if decision.outcome == "allowed" and identity.hidden:
            return Decision("depends", "identity", why=f"{why}; it can deny the call")
        if decision.outcome == "denied" and not decision.explicit and "identity" in identity.hidden:
            wider = policies._replace(identity=(*policies.identity, OPEN))
            if evaluate(call, wider).outcome != "denied":
                return Decision("depends", "identity", why=f"{why}; it can allow the call")
        apart = policies._replace(scps=self.layers.levels_apart() if policies.scps else None)
        if decision.outcome == "allowed" and apart.scps:
            other = evaluate(call, apart)
            if other.outcome != "allowed":
                name = other.document or "one of the service control policies"
                text = f"{name} does not allow it, which counts if the policies are of several levels"
                return Decision("depends", other.layer, other.document, other.statement, why=text, keys=other.keys)
        return decision

    def _by(self, subject: _Subject, identity: _Identity, call: AccessRequest) -> tuple[DecidingStatement, ...]:
        """The statements that let a principal make a call, if nothing else kept it from it; none for a plain no."""
        trust = (subject.trust,) if subject.trust is not None else ()
        if call.action == _ASSUME and trust and find_allowing(call, trust, "resource").outcome == "denied":
            return ()  # most trust policies name few principals
        own = find_allowing(call, identity.identity, "identity")
        if call.action != _ASSUME:
            return identity.statements(own)
        direct = find_allowing(call, trust, "resource", _DIRECT)
        if not call.same_account:
            return identity.statements(find_allowing(call, trust, "resource"), own)
        if not trust:
            return identity.statements(own)
        account = find_allowing(call, trust, "resource", _THROUGH_ACCOUNT)
        worst = min(account, own, key=lambda one: _ORDER[one.outcome])
        if _ORDER[direct.outcome] >= _ORDER[worst.outcome]:
            return identity.statements(direct)
        return identity.statements(account, own)

    # --- what else a trust policy names ---

    def _trusted(self, subject: _Subject) -> Iterator[RoleAccess]:
        """Who else can assume a role by its trust policy."""
        trust = subject.trust
        named: dict[tuple[TrustedKind, str], None] = {}
        for one in trust.statements if trust is not None else ():
            if one.allows and any(_is_about(one, action) for action in (_ASSUME, _WITH_SAML, _WITH_WEB_IDENTITY)):
                named.update(dict.fromkeys(_named(one)))
        for kind, name in named:
            if trust is not None and name not in self._known:
                found = self._trusts(subject, trust, kind, name)
                if found.answer != "no":
                    yield found

    def _trusts(self, subject: _Subject, trust: PolicyDocument, kind: TrustedKind, name: str) -> RoleAccess:
        """Whether a service, an account, or a provider can assume a role; of an account, whether it is trusted."""
        action, principal = _ASSUME, name
        values: dict[str, str | None] = {"aws:PrincipalIsAWSService": "false", **subject.facts(action)}
        if kind == "service":
            values |= {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": name}
        elif kind == "account":
            principal = f"arn:{subject.partition}:iam::{name}:root"
            values["aws:PrincipalAccount"] = name
        elif kind == "everyone":
            principal = f"arn:{subject.partition}:iam::000000000000:root"
        elif kind == "federated":
            action = _WITH_SAML if ":saml-provider/" in name else _WITH_WEB_IDENTITY
        elif kind == "principal":
            values["aws:PrincipalArn"] = name
        call = AccessRequest(principal, action, subject.role.arn, subject.account, RequestContext(values))
        decision = evaluate(call, Policies(identity=(OPEN,), rcps=self._rcps, resource=trust))
        by = find_allowing(call, (trust,), "resource")
        statements = tuple(_deciding(one) for one in (by,) if one.outcome != "denied")
        answer = _ANSWERS[decision.outcome]
        decided = _deciding(decision) if answer != "yes" and decision.document else None
        why, keys = (decision.why, decision.keys) if answer == "depends" else ("", ())
        return RoleAccess(name, action, subject.role.arn, answer, statements, decided, why, keys, kind)

    @property
    def _rcps(self) -> tuple[tuple[PolicyDocument, ...], ...] | None:
        return (self.layers.rcps,) if self.layers.rcps else None


class _Subject(NamedTuple):
    """The role that is asked about."""

    role: ExistingRole
    trust: PolicyDocument | None

    @property
    def account(self) -> str:
        """Its account."""
        arn = parse(self.role.arn)
        return arn.account if arn else ""

    @property
    def partition(self) -> str:
        """Its partition."""
        arn = parse(self.role.arn)
        return arn.partition if arn else "aws"

    def changes(self) -> Iterator[tuple[str, str]]:
        """The calls that change it: action and resource; none for a role that belongs to a service.

        The customer managed policies are those that are attached, and its permissions boundary.
        """
        if f":{_SERVICE_LINKED}" in self.role.arn:
            return
        for action in _CHANGES:
            if action != "iam:DeleteRolePermissionsBoundary" or self.role.boundary_arn:
                yield action, self.role.arn
        for arn in dict.fromkeys((*self.role.attached, self.role.boundary_arn)):
            if arn and _AWS_MANAGED not in arn:
                yield from ((action, arn) for action in _POLICY_CHANGES)

    def facts(self, action: str) -> dict[str, str | None]:
        """Condition keys whose values follow from the role and the action.

        ``iam:PermissionsBoundary`` is the boundary that the role has, or the one that the caller sets; a call has the
        keys only that its action knows (Service Authorization Reference, "AWS Identity and Access Management" and "AWS
        Security Token Service").
        """
        known: dict[str, str | None] = {"aws:ResourceAccount": self.account}
        known |= {"iam:PassedToService": None, "iam:AssociatedResourceArn": None, "iam:PolicyARN": None}
        if action != _ASSUME:
            known |= dict.fromkeys(_SESSION_KEYS)
        known["iam:PermissionsBoundary"] = self.role.boundary_arn or None if action in _CHANGES else None
        if action == _PASS:
            del known["iam:AssociatedResourceArn"]
        elif action == "iam:AttachRolePolicy":
            del known["iam:PolicyARN"]
        elif action == "iam:PutRolePermissionsBoundary":
            del known["iam:PermissionsBoundary"]
        return known


def service_of_roles(catalog: Catalog) -> str:
    """The service to which most operations pass a role."""
    counts = Counter(name for _, services in catalog.passed.values() for name in services)
    return counts.most_common(1)[0][0]


def is_whole(arn: str) -> bool:
    """Whether all of an ARN is known, its account above all."""
    read = parse(arn)
    return read is not None and read.account.isdigit() and "${" not in arn


def _is_about(one: PolicyStatement, action: str) -> bool:
    """Whether a statement is about an action; what takes too many steps may be, which its evaluation then says."""
    wanted = actions.action(action)
    with question():
        try:
            return any(covers(each, wanted) for each in one.action_patterns) is not one.not_actions
        except OutOfSteps:
            return True


def _named(one: PolicyStatement) -> Iterator[tuple[TrustedKind, str]]:
    """Whom a statement of a trust policy names."""
    if one.not_principals:
        yield "everyone", "*"
        return
    for kind, value in one.principals:
        arn = parse(value)
        if kind == "*" or value == "*":
            yield "everyone", "*"
        elif kind == "Service":
            yield "service", value
        elif kind == "Federated":
            yield "federated", value
        elif kind == "AWS" and (value.isdigit() or (arn is not None and arn.resource == "root")):
            yield "account", arn.account if arn is not None else value
        elif kind == "AWS" and arn is not None:
            yield "principal", value


def _deciding(one: Decision) -> DecidingStatement:
    return DecidingStatement(one.layer, one.document, one.statement, explicit=one.explicit)
