"""What else must allow what a composed role does: resource policies and the permissions boundary. Pure.

The documents follow from the composed statements and from data/shared/companions: a statement on a resource that has a
policy of its own becomes a statement of that policy, with the role (or the caller) as its principal. Where role and
resource are in two accounts, IAM allows only what both policies allow (IAM User Guide, "Cross-account policy evaluation
logic"), so such a policy allows exactly what the role's policy needs on the resource, as far as its kind can say it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from typing import NamedTuple

from ..catalog import Catalog, CompanionKind
from ..iam.arn_parts import parts_of
from ..iam.size import LIMITS, size
from .documents import (
    NEEDED,
    Companion,
    ComposedStatement,
    Document,
    Needed,
    Reason,
    Request,
    alike_joined,
    as_data_say,
    with_own_sids,
)
from .placeholders import Meaning
from .values import filled
from .vpc_endpoints import KINDS, PRINCIPAL, endpoints, is_in_vpc

#: The kind that limits the role itself.
BOUNDARY = "boundary"

#: The kind of those who create roles; it is composed only when it is asked for by itself.
DELEGATION = "delegation"

#: Placeholders that only these documents have. ``${Account}`` is the account of the resource here.
MEANINGS: Mapping[str, Meaning] = {
    "RoleAccount": Meaning("ID of the account that owns the role", "[0-9]{12}", "444455556666"),
    "CallerArn": Meaning(
        "ARN of the identity that calls the operation",
        "arn:aws[a-z-]{0,10}:(?:iam::[0-9]{12}:(?:user|role)|sts::[0-9]{12}:assumed-role)/[A-Za-z0-9+=,.@/_-]{1,600}",
        "arn:aws:iam::444455556666:role/MyCallerRole",
    ),
}

#: Services whose permissions a boundary that has to be shortened widens last: they pass on other permissions.
_LAST = ("iam:", "sts:")


class Subject(NamedTuple):
    """Whose companions they are.

    Attributes:
        caller: the callers' policy.
        role: ARN of the role, perhaps with placeholders.
        values: values for placeholders, escaped.
        requests: the requests, which say whether calls go through the user's VPC.
        names: placeholders that stand for the role's name where a request does not pass it.
        asked: what of ``on_request`` of data/shared/companions somebody asked for.
    """

    catalog: Catalog
    policy: Document
    caller: Document
    role: str
    values: Mapping[str, str]
    requests: Sequence[Request]
    names: Collection[str]
    asked: frozenset[str] = frozenset()


class Companions(Mapping[tuple[str, str], Companion]):
    """The companions of a composition by kind and ARN of the resource, composed when first asked for."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    @cached_property
    def _values(self) -> Mapping[str, str]:
        """The values that fit the placeholders of these documents."""
        given = self.subject.values.items()
        return {name: value for name, value in given if name not in MEANINGS or not MEANINGS[name].fault(value)}

    def delegation(self, trust: Document) -> Companion | None:
        """What lets identities create roles like this one, with its boundary and no others; None in older catalogs.

        Args:
            trust: the role's trust policy.
        """
        kinds = (kind for kind in self.subject.catalog.companions if kind.id == DELEGATION)
        return next((_delegation(kind, self.subject.role, trust) for kind in kinds), None)

    def of(self, policy: Document, caller: Document) -> Companions:
        """The companions of other statements of the same role and its callers."""
        return Companions(self.subject._replace(policy=policy, caller=caller))

    def besides_boundary(self) -> Iterator[Companion]:
        """All but the boundary, one by one."""
        role = self.role
        caller = filled("${CallerArn}", self._values)
        prefix = _prefix(role)
        both = ((self.subject.policy, role, prefix), (self.subject.caller, caller, f"{prefix}Caller"))
        # Each as one of a resource's policy would be, with the services of the resources.
        own = [
            (
                one._replace(sid=begin + one.sid, principal={"AWS": (who,)}),
                {parts_of(arn).service for arn in one.resources},
            )
            for document, who, begin in both
            for one in document.statements
        ]
        # Who calls what takes no role is alone.
        account = (not self.subject.policy.statements and parts_of(caller).account) or parts_of(role).account
        for kind in self.subject.catalog.companions:
            if kind.arns:
                yield from self._policies_of(kind, own, account)
        yield from self._endpoints(role)

    def asking(self, names: Iterable[str]) -> Companions:
        """The same companions with statements that they have only if somebody asks for them."""
        return Companions(self.subject._replace(asked=frozenset(names)))

    def __getitem__(self, key: tuple[str, str]) -> Companion:
        return self._all[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def arn(self) -> str:
        """ARN of the role as its own documents name it, perhaps with placeholders."""
        return filled(self.subject.role, self._values)

    @property
    def role(self) -> str:
        """ARN of the role as policies of resources name it, perhaps with placeholders."""
        # A placeholder of the role's account would read as the account of the resource.
        return filled(self.subject.role.replace("${Account}", "${RoleAccount}"), self._values)

    @cached_property
    def is_in_vpc(self) -> bool | None:
        """Whether calls go through the user's VPC, so that VPC endpoints decide; None if the requests do not say it."""
        return is_in_vpc(self.subject.catalog, self.subject.requests)

    @cached_property
    def _all(self) -> Mapping[tuple[str, str], Companion]:
        return {(one.kind, one.resource): one for one in self._composed()}

    def _composed(self) -> Iterator[Companion]:
        yield from self.besides_boundary()
        if self.subject.policy.statements:
            for kind in (kind for kind in self.subject.catalog.companions if kind.id == BOUNDARY):
                document, widened = _fitted(_merged(self.subject.policy.statements), kind.limit)
                why = f"An exact boundary would be longer than IAM accepts. {widened}" if widened else kind.why
                account = parts_of(self.subject.role).account
                yield Companion(kind.id, self.subject.role, account, "optional", why, document, kind.notes)

    def _policies_of(
        self, kind: CompanionKind, statements: Iterable[tuple[ComposedStatement, Set[str]]], role_account: str
    ) -> Iterator[Companion]:
        """The policies of a kind, by resource, in order of the resources."""
        by_resource: dict[str, list[ComposedStatement]] = {}
        accounts: dict[str, set[str]] = {}
        for statement, services in statements:
            if kind.services.isdisjoint(services):
                continue
            one = statement
            if "${Account}" not in kind.arns[0]:
                # Its ARNs name no account of a resource, so that its placeholder is the account of the role.
                one = _filled(statement, {"Account": filled("${RoleAccount}", self._values)})
            for place, resources in _places(kind, one, role_account).items():
                if own := _statement(kind, one, place, resources):
                    by_resource.setdefault(place.resource, []).append(own)
                    accounts.setdefault(place.resource, set()).add(place.account)
        for resource in sorted(by_resource):
            # Of several accounts, or of one and any: it is not known.
            account = accounts[resource].pop() if len(accounts[resource]) == 1 else ""
            yield _companion(kind, _Place(resource, account), by_resource[resource], role_account, self.subject.asked)

    def _endpoints(self, role: str) -> Iterator[Companion]:
        """The policies of VPC endpoints, as far as calls of the role go through any."""
        kinds = {kind.id: kind for kind in self.subject.catalog.companions}
        if self.is_in_vpc is False:
            return
        for one in endpoints(self.subject.catalog, self.subject.policy, role, self._values):
            kind = kinds[one.kind]
            # A VPC has the work of several roles, whose statements are merged by Sid. What AWS signs itself is of all.
            own = (
                item._replace(sid=_prefix(role) + item.sid) if role in _principals(item) else item
                for item in one.document.statements
            )
            document, widened = _fitted(_merged(own), kind.limit)
            notes = kind.notes if document.statements else ()
            if widened:
                notes = (*notes, _too_long(widened))
            yield one._replace(document=document, notes=notes)


def _too_long(widened: str) -> str:
    return f"An exact policy would be longer than AWS PrivateLink accepts. {widened}"


def _principals(statement: ComposedStatement) -> set[str]:
    """Whom a statement of an endpoint's policy is for."""
    named = statement.condition.get("ArnEquals", {}).get(PRINCIPAL, ())
    return {*named, *statement.principal.get("AWS", ())}


def _prefix(role: str) -> str:
    """What begins the Sids, so that they differ from those of other roles in the same policy."""
    name = role.rpartition("/")[2]
    return "" if "$" in name else re.sub("[^A-Za-z0-9]", "", name)


# --- policies of resources ---------------------------------------------------------------------------------------


class _Place(NamedTuple):
    """A resource that has a policy, as a statement names it."""

    resource: str
    account: str


def _places(kind: CompanionKind, statement: ComposedStatement, role_account: str) -> dict[_Place, list[str]]:
    """The resources of a kind that a statement is on, with the ARNs that it names each by."""
    places: dict[_Place, list[str]] = {}
    for text in statement.resources:
        if (fields := _fields(kind.arns, text)) is None:
            continue
        # Else the account that a condition requires the resource to be in.
        required = statement.condition.get("StringEquals", {}).get("aws:ResourceAccount", ())
        account = fields.get("Account") or (required[0] if len(required) == 1 else "")
        # Of the role's own account, or of any.
        account = {"${aws:PrincipalAccount}": role_account, "*": ""}.get(account, account)
        named = [_BEHIND.sub("", filled(kind.arns[0], fields))]
        for key, template in kind.names.items():
            for keys in statement.condition.values():
                named = [filled(template, {**fields, "Value": value}) for value in keys.get(key, ())] or named
        for one in named:
            places.setdefault(_Place(one, account), []).append(text)
    return places


def _fields(arns: Sequence[str], text: str) -> dict[str, str] | None:
    """The parts of an ARN that has one of some formats, the most special of which comes last."""
    for arn in reversed(arns):
        if match := _regex(arn).fullmatch(text):
            return match.groupdict()
    return None


#: A placeholder right behind another one: it begins with the slash of a folder, which is no part of a bucket's name.
_BEHIND = re.compile(r"(?<=\})\$\{.*", re.DOTALL)
_VARIABLE = re.compile(r"\$\{([A-Za-z]+)\}")


@lru_cache(maxsize=64)
def _regex(arn: str) -> re.Pattern[str]:
    """An ARN format as a regular expression; only its last variable may have slashes and colons."""
    out, at = [], 0
    variables = list(_VARIABLE.finditer(arn))
    for variable in variables:
        value = ".+" if variable is variables[-1] else "[^:/]+"
        out += [re.escape(arn[at : variable.start()]), f"(?P<{variable[1]}>{value})"]
        at = variable.end()
    return re.compile("".join([*out, re.escape(arn[at:])]), re.DOTALL)


def _statement(
    kind: CompanionKind, statement: ComposedStatement, place: _Place, resources: Sequence[str]
) -> ComposedStatement | None:
    """A statement of a role as one of a resource's policy; None if such a policy can allow none of its actions."""
    if kind.operations and kind.operations.isdisjoint(reason.operation for reason in statement.reasons):
        return None
    actions = tuple(action for action in statement.actions if not kind.actions or action in kind.actions)
    if not actions:
        return None
    condition: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, keys in statement.condition.items():
        for key, values in keys.items():
            if key in kind.conditions:
                here, said = _regional(place, operator, values) if key in kind.regional else (operator, values)
                condition.setdefault(here, {})[key] = tuple(said)
    return statement._replace(actions=actions, resources=kind.element_of(resources), condition=condition)


def of_resource(catalog: Catalog, statement: ComposedStatement, action: str) -> tuple[ComposedStatement | None, str]:
    """A statement with a principal as one of the policy of its resource, or why there is none.

    Args:
        action: the action that the statement has to allow.
    """
    why = ""
    for kind in catalog.companions:
        places = _places(kind, statement, "") if kind.arns else {}
        if kind.not_composed:
            is_about = not kind.actions or action in kind.actions
            why = why or (kind.not_composed if places and is_about else "")
            continue
        for place, resources in places.items():
            written = _statement(kind, statement, place, resources)
            if written and action in written.actions:
                return written, ""
    return (
        None,
        f"No statement is offered: no policy of such a resource that is known here allows {action}. {why}".strip(),
    )


def _regional(place: _Place, operator: str, values: Sequence[str]) -> tuple[str, Sequence[str]]:
    """A test of the name of a service in any Region as one of its name in the Region of the resource."""
    region = parts_of(place.resource).region
    if _is_wild(region):
        return operator, values
    named = [value.replace(".*.", f".{region}.") for value in values]
    return (operator if any(map(_is_wild, named)) else operator.replace("Like", "Equals")), named


def _companion(
    kind: CompanionKind,
    place: _Place,
    statements: Sequence[ComposedStatement],
    role_account: str,
    asked: frozenset[str],
) -> Companion:
    needed, why = _needed(kind, place, role_account)
    own = () if needed in ("no", "unnamed", "not-composed") else _merged(statements)
    extra = () if needed == "unnamed" else tuple(_on_request(kind, place, statements, asked, needed))
    if extra and not own:
        needed, why = "optional", extra[0].reasons[0].why
    document = Document((*own, *extra))
    requested = (note for one in extra for reason in one.reasons for note in reason.notes)
    notes = (*kind.notes, *requested) if document.statements else ()
    return Companion(kind.id, place.resource, place.account, needed, why, document, notes)


def _on_request(
    kind: CompanionKind,
    place: _Place,
    statements: Sequence[ComposedStatement],
    asked: frozenset[str],
    needed: Needed,
) -> Iterator[ComposedStatement]:
    """The statements that somebody asked for and that the work on a resource is about."""
    actions = {action for one in statements for action in one.actions}
    operations = {reason.operation for one in statements for reason in one.reasons}
    for name in sorted(asked & kind.on_request.keys()):
        data = kind.on_request[name]
        if (
            actions.isdisjoint(data["of_actions"])
            or operations.isdisjoint(data.get("of_operations", operations))
            or (needed == "no" and (data["Effect"] == "Allow" or _owned(kind, place.resource, place.account)))
        ):
            continue
        yield as_data_say(data, {"Resource": place.resource})


def owned_by_aws(catalog: Catalog, resource: str) -> str:
    """Why nothing is to be added to the policy of a resource because it is AWS's own, or ""."""
    arn = parts_of(resource)
    kinds = (
        kind for kind in catalog.companions if arn.service in kind.services and _fields(kind.arns, resource) is not None
    )
    return next((why for kind in kinds if (why := _owned(kind, resource, arn.account))), "")


def _owned(kind: CompanionKind, resource: str, account: str) -> str:
    if owned := next((why for stars, why in kind.aws_owned.items() if _matches(stars, resource)), ""):
        return owned
    title = kind.published(parts_of(resource).region, account)
    return f"None is needed. AWS owns the registry ({title}) and lets all accounts pull from it." if title else ""


def _needed(kind: CompanionKind, place: _Place, role_account: str) -> tuple[Needed, str]:
    if owned := _owned(kind, place.resource, place.account):
        return "no", owned
    if kind.same_account[1] and place.account == role_account:
        return kind.same_account
    if kind.not_composed:
        return "not-composed", kind.not_composed
    if _is_wild(place.resource.removesuffix(kind.ending)):
        return "unnamed", f"The role's statement names no single resource, so no {kind.title.lower()} follows from it."
    if not place.account or "$" in place.account or "$" in role_account:
        return "other-account", f"Needed if the resource is in another account than the role. {kind.why}"
    return "yes", kind.other_account


@lru_cache(maxsize=256)
def _matches(stars: str, arn: str) -> bool:
    from ..iam.patterns import matches, pattern  # most of what is composed needs none

    return matches(pattern(stars, variables=False), _VARIABLE.sub("x", arn))


def _is_wild(arn: str) -> bool:
    """Whether an ARN stands for several resources."""
    return any(sign in re.sub(r"\$\{[^}]*\}", "", arn) for sign in "*?")


def _merged(statements: Iterable[ComposedStatement]) -> tuple[ComposedStatement, ...]:
    """Statements that allow the same, as few as they can be written: none repeats another's grant in whole."""
    return tuple(alike_joined(alike_joined(statements, "actions"), "resources"))


def together(catalog: Catalog, several: Iterable[Companion]) -> list[Companion]:
    """Companions of several roles with one policy for each resource, in the order in which they are first there."""
    kinds = {kind.id: kind for kind in catalog.companions}
    groups: dict[tuple[str, str], list[Companion]] = {}
    for one in several:
        groups.setdefault((one.kind, one.resource), []).append(one)
    return [some[0] if len(some) == 1 else _together(kinds[some[0].kind], some) for some in groups.values()]


def _together(kind: CompanionKind, some: Sequence[Companion]) -> Companion:
    first = min(some, key=lambda one: NEEDED.index(one.needed))
    # Two roles can have one name.
    statements = with_own_sids(_merged(statement for one in some for statement in one.document.statements))
    document, widened = Document(tuple(statements)), ""
    if kind.id in KINDS.values():
        document, widened = _fitted(document.statements, kind.limit)
    notes = dict.fromkeys(note for one in some for note in one.notes)
    if widened:
        notes[_too_long(widened)] = None
    account = next((one.account for one in some if one.account), "")
    return first._replace(account=account, document=document, notes=tuple(notes))


def _filled(statement: ComposedStatement, values: Mapping[str, str]) -> ComposedStatement:
    """A statement with those placeholders of its resources and condition filled that have a value."""
    condition = {
        operator: {key: tuple(filled(value, values) for value in some) for key, some in keys.items()}
        for operator, keys in statement.condition.items()
    }
    return statement._replace(
        resources=tuple(filled(text, values) for text in statement.resources), condition=condition
    )


# --- the boundary ------------------------------------------------------------------------------------------------


def _fitted(statements: Sequence[ComposedStatement], limit: str) -> tuple[Document, str]:
    """A document that is not longer than a limit, and what was widened for that; "" if nothing was.

    A boundary is one managed policy, and has its size (IAM User Guide, "IAM and AWS STS quotas"). What is larger is
    made smaller by widening, as little as is enough: the longest statements go on every resource without conditions;
    then services whose actions take most room are named whole; statements on roles come last.
    """
    document, most = Document(tuple(statements)), LIMITS[limit].most
    if size(document.to_json()) <= most:
        return document, ""
    wide, whole = list[ComposedStatement](), set[str]()
    # What names nobody is for what a service of AWS signs itself, and cannot become one with the role's.
    own = [one for one in statements if PRINCIPAL in one.condition.get("ArnEquals", {})] or statements
    for step in _widenings(own):
        if isinstance(step, str):
            whole.add(step)
        else:
            wide.append(step)
        document = _widened(statements, wide, whole)
        if size(document.to_json()) <= most:
            break
    # What several statements have in common is written once, so that an earlier one may have room again.
    for step in [*wide]:
        fewer = [one for one in wide if one is not step]
        if fewer and size((shorter := _widened(statements, fewer, whole)).to_json()) <= most:
            document, wide = shorter, fewer
    services = f", with all actions of {', '.join(sorted(whole))}" if whole else ""
    return document, (
        f"The {len(wide)} longest statements are on every resource without a condition{services}. The permissions"
        " policy of the role still limits them."
    )


def _widenings(statements: Sequence[ComposedStatement]) -> Iterator[ComposedStatement | str]:
    """What makes a boundary shorter, in order: a statement to widen, or a service to name whole."""
    last = [one for one in statements if any(action.startswith(_LAST) for action in one.actions)]
    yield from sorted((one for one in statements if one not in last), key=_length, reverse=True)
    lengths: Counter[str] = Counter()
    for action in {action for one in statements if one not in last for action in one.actions}:
        lengths[action.partition(":")[0]] += len(action)
    yield from sorted(lengths, key=lambda service: (-lengths[service], service))
    yield from sorted(last, key=_length, reverse=True)


def _length(statement: ComposedStatement) -> int:
    """How much shorter a boundary is without a statement whose actions it has elsewhere."""
    return size(statement.to_json()) - size(list(statement.actions))


def _widened(statements: Sequence[ComposedStatement], wide: Sequence[ComposedStatement], whole: set[str]) -> Document:
    """The statements of which some are one on every resource, with all actions of some services."""
    actions = {action for one in wide for action in one.actions}
    named = {f"{service}:*" if (service := action.partition(":")[0]) in whole else action for action in actions}
    reasons: dict[Reason, None] = dict.fromkeys(reason for one in wide for reason in one.reasons)
    rest = [one for one in statements if one not in wide]
    who = {key: values for key, values in wide[0].condition.get("ArnEquals", {}).items() if key == PRINCIPAL}
    condition = {"ArnEquals": who} if who else {}
    principal = wide[0].principal
    one = ComposedStatement("Widened", tuple(sorted(named)), ("*",), condition, tuple(reasons), principal)
    return Document((*rest, one))


# --- those who create roles ---------------------------------------------------------------------------------------

#: Actions on roles that have the condition key ``iam:PermissionsBoundary`` (Service Authorization Reference), but those
#: that change the boundary itself.
_CREATING = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
)

#: Paths on which AWS creates roles of its own (IAM User Guide, "IAM identifiers" and "Service-linked roles").
_OF_AWS = frozenset({"aws-reserved", "aws-service-role"})


def boundary_of(role: str) -> str:
    """ARN of the managed policy that is the boundary of a role and of those beside it."""
    arn = parts_of(role)
    return f"arn:{arn.partition}:iam::{arn.account}:policy/{arn.resource.rpartition('/')[2]}-boundary"


def _delegation(kind: CompanionKind, role: str, trust: Document) -> Companion:
    """The policy of those who create such roles; without a statement where other roles are on the path of the role.

    Source: IAM User Guide, "Permissions boundaries for IAM entities", delegating responsibility to others.

    Who may pass those is not limited by the boundary of this one. A path that is not known is taken for one of theirs.

    Args:
        kind: what data/shared/companions says of it.
        role: ARN of one of the roles, perhaps with placeholders.
        trust: their trust policy, which names the services that assume them.
    """
    beside, account = f"{role.rpartition('/')[0]}/*", parts_of(role).account
    path = parts_of(role).resource.split("/")[1:-1]
    if not path or path == ["service-role"] or path[0] in _OF_AWS or "$" in path[0]:
        why = (
            f"{beside} has roles without the boundary, which the policy would let everybody pass; give the role a path "
            "of its own, such as role/my-team/"
        )
        return Companion(kind.id, beside, account, "unnamed", why, Document(()))
    reasons = (Reason(why=kind.why, evidence=kind.evidence, sources=kind.sources),)
    limited = {"StringEquals": {"iam:PermissionsBoundary": (boundary_of(role),)}}
    statements = [ComposedStatement("CreateLimitedRoles", _CREATING, (beside,), limited, reasons)]
    if services := sorted({name for item in trust.statements for name in item.principal.get("Service", ())}):
        passed = {"StringEquals": {"iam:PassedToService": tuple(services)}}
        statements.append(ComposedStatement("PassRoles", ("iam:PassRole",), (beside,), passed, reasons))
    return Companion(kind.id, beside, account, "optional", kind.why, Document(tuple(statements)), kind.notes)
