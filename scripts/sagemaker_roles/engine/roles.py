"""The roles of requests: which ones their operations accept, which ARNs they pass, and which one is composed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from ..canonical import quoted
from ..catalog import Catalog, Grantee
from ..errors import UnknownRole
from ..iam.arn_parts import parts_of
from .compose import handled_by, hosts_of
from .documents import Request
from .expressions import is_true, search
from .values import items, parse


class Chosen(NamedTuple):
    """A role to compose.

    Attributes:
        requests: what it is for.
        ids: IDs of its entries in the records; empty for the first role of each operation.
        arn: its ARN, or "" if that is not known.
        is_given: the person gave the ARN, because no request passes a role.
    """

    requests: Sequence[Request]
    ids: tuple[str, ...] = ()
    arn: str = ""
    is_given: bool = False


def accepted(catalog: Catalog, request: Request) -> Sequence[Grantee]:
    """The roles that a request's operation accepts; empty if it has no record."""
    known = catalog.has_record(request.operation)
    return catalog.operation(request.operation).roles if known else ()


def applicable(catalog: Catalog, request: Request) -> Sequence[Grantee]:
    """The roles that a request is for, by its members; all that its operation accepts if no record tells."""
    every = accepted(catalog, request)
    if request.members is None:
        return every
    return [role for role in every if not role.when or is_true(search(role.when, request.members))] or every


def passed(catalog: Catalog, request: Request) -> dict[str, str]:
    """ID of each role that a request passes, to the first ARN passed as it."""
    arns: dict[str, str] = {}
    for role in accepted(catalog, request):
        for path in role.parameters:
            for value in items(search(path, request.members or {})):
                if isinstance(value, str) and value:
                    arns.setdefault(role.id, str(value))
    return arns


class _Index:
    """What many roles ask of the same requests, found once.

    Attributes:
        of_arn: ARN to the places of the requests that pass it, with the IDs of the records' roles that they pass it as.
    """

    def __init__(self, catalog: Catalog, requests: Sequence[Request]) -> None:
        self.catalog, self.requests = catalog, requests
        self.of_arn: dict[str, dict[int, tuple[str, ...]]] = {}
        self._places: dict[str, list[int]] = {}
        self._beside: dict[str, set[str]] = {}
        for at, request in enumerate(requests):
            self._places.setdefault(request.operation, []).append(at)
            for role_id, arn in passed(catalog, request).items():
                own = self.of_arn.setdefault(arn, {})
                own[at] = (*own.get(at, ()), role_id)
        for name in self._places:
            for host in (*handled_by(catalog, name), *hosts_of(catalog, name)):
                self._beside.setdefault(host, set()).add(name)

    def role(self, arn: str, role_id: str = "") -> Chosen:
        """The role of an ARN: its requests, those that belong to them, and those that decide over its add-ons.

        Args:
            arn: an ARN that requests pass.
            role_id: ID of the record's role that it must be passed as; "" for any.
        """
        if len(self.of_arn) == 1:
            return Chosen(self.requests, usual(self.catalog, self.requests), arn)
        return self.one_of_several(arn, role_id)

    def one_of_several(self, arn: str, role_id: str = "") -> Chosen:
        """The same, whatever other roles the requests pass: one without a role is its own only if it belongs to one."""
        own = self.of_arn.get(arn, {})
        if role_id:
            own = {at: (role_id,) for at, ids in own.items() if role_id in ids}
        operations = {self.requests[at].operation for at in own}
        beside = {name for operation in operations for name in self._beside.get(operation, ())}
        places = sorted({*own, *(at for name in beside for at in self._places[name])})
        kept = [_kept(self.catalog, self.requests[at], own.get(at), operations) for at in places]
        ids = {item for several in own.values() for item in several}
        return Chosen([item for item in kept if item], tuple(sorted(ids)), arn)


def arns_of(catalog: Catalog, requests: Sequence[Request]) -> list[str]:
    """The ARNs of the roles that requests pass, in order, each once."""
    return list(dict.fromkeys(arn for request in requests for arn in passed(catalog, request).values()))


def choose(catalog: Catalog, requests: Sequence[Request], wanted: str = "", *, merge: bool = False) -> list[Chosen]:
    """Chooses the roles to compose: one for each role ARN that requests pass.

    Args:
        wanted: ID of a record's role; or ARN or name of a role that requests pass; or, where none passes a role, the
            ARN of the role that they are for; "" for all roles.
        merge: one role for all requests, whatever roles they pass.

    Returns:
        The roles. Requests that pass no role are part of those whose requests they belong to; where several roles are
        passed, what belongs to none of them comes last, as a role without an ARN.

    Raises:
        UnknownRole: no request has or passes such a role.
    """
    index = _Index(catalog, requests)
    arns = list(index.of_arn)
    ids = {role.id for request in requests for role in accepted(catalog, request)}
    if wanted in ids:
        arns = [arn for arn, own in index.of_arn.items() if any(wanted in several for several in own.values())]
        if len(arns) < 2 or merge:
            return [Chosen(requests, (wanted,), arns[0] if len(arns) == 1 else "")]
        return [index.role(arn, wanted) for arn in arns]
    if not wanted:
        if len(arns) < 2 or merge:
            return [Chosen(requests, usual(catalog, requests), arns[0] if len(arns) == 1 else "")]
        roles = [index.role(arn) for arn in arns]
        rest = _others(catalog, requests, roles)
        return [*roles, rest] if rest else roles
    if not arns and fields_of(catalog, wanted):
        chosen = usual(catalog, requests)
        return [Chosen([_passing(catalog, request, chosen, wanted) for request in requests], chosen, wanted, True)]
    matching = [arn for arn in arns if wanted in (arn, arn.rpartition("/")[2])]
    if not matching:
        raise UnknownRole(f"no request has or passes a role {quoted(wanted)}", wanted, [*sorted(ids), *arns])
    if len(matching) > 1:
        raise UnknownRole(f"several roles are called {quoted(wanted)}; give an ARN", wanted, matching)
    return [index.role(matching[0])]


def usual(catalog: Catalog, requests: Sequence[Request]) -> tuple[str, ...]:
    """IDs of the roles to compose: those that requests pass, else the first that each is for; empty for the first."""
    ids: dict[str, None] = {}
    is_first = True
    for request in requests:
        available = [role.id for role in accepted(catalog, request)]
        if not available:
            continue
        chosen = list(passed(catalog, request)) or [role.id for role in applicable(catalog, request)][:1]
        is_first = is_first and chosen == available[:1]
        ids.update(dict.fromkeys(chosen))
    return () if is_first else tuple(ids)


def only_of_arn(catalog: Catalog, requests: Sequence[Request], arn: str) -> Chosen:
    """The role of an ARN, as one of several: a request that does not pass it adds at most to its callers' policy."""
    return _Index(catalog, requests).one_of_several(arn)


def _others(catalog: Catalog, requests: Sequence[Request], roles: Sequence[Chosen]) -> Chosen | None:
    """What no role of an ARN is for, as a role without an ARN; None if there is nothing."""
    covered = {(item.operation, item.label) for role in roles for item in role.requests if not item.only_decides}
    left = [item for item in requests if (item.operation, item.label) not in covered]
    if not left:
        return None
    operations = {item.operation for item in left}
    kept = [
        item._replace(roles=None)
        if (item.operation, item.label) not in covered
        else _kept(catalog, item, None, operations)
        for item in requests
    ]
    return Chosen([item for item in kept if item], usual(catalog, left))


def _kept(
    catalog: Catalog, request: Request, own: tuple[str, ...] | None, operations: AbstractSet[str]
) -> Request | None:
    """A request as a role has it: its own, one without a role that belongs to those, or one that decides over add-ons.

    Args:
        own: IDs of its operation's roles that this role is; None if it does not pass the role.
        operations: the operations of the role's own requests.

    Returns:
        None if it has nothing to do with the role.
    """
    if own is not None:
        return request._replace(roles=own)
    decides = not operations.isdisjoint(handled_by(catalog, request.operation))
    belongs = not operations.isdisjoint(hosts_of(catalog, request.operation))
    if not accepted(catalog, request):
        return request if belongs or decides else None
    if belongs and not passed(catalog, request):
        return request._replace(roles=("caller",))
    return request._replace(roles=()) if decides else None


def facts_of(catalog: Catalog, arn: str, requests: Iterable[Request]) -> dict[str, str]:
    """What the ARN of a role that no request passes shows: partition, account, and what their callers pass."""
    fields = fields_of(catalog, arn)
    facts = {name: fields[name] for name in ("Partition", "Account") if name in fields}
    for request in requests:
        paths = {path for role in accepted(catalog, request) for path in role.parameters}
        caller = catalog.operation(request.operation).caller if paths else None
        for _, entry in caller.all_entries() if caller else ():
            for name, kind in entry.parameters.items():
                if kind == "iam-role" and paths.intersection(entry.members):
                    facts[entry.prefix + name] = arn
    return facts


def fields_of(catalog: Catalog, arn: str) -> Mapping[str, str]:
    """The fields of a role's ARN; empty if it is not one."""
    parsed = parse(catalog.kind("iam-role"), arn)
    return parsed[1] if parsed else {}


#: Path and name in the ARN of a role (IAM API Reference, CreateRole).
_ROLE = re.compile(r"role(/(?:[!-.0-~]{1,510}/)*)([A-Za-z0-9_+=,.@-]{1,64})")


def name_and_path(arn: str) -> tuple[str, str]:
    """Name and path of a role, from its ARN; the name is "" if the ARN does not show them."""
    match = _ROLE.fullmatch(parts_of(arn).resource)
    return (match[2], match[1]) if match else ("", "/")


def _passing(catalog: Catalog, request: Request, ids: Sequence[str], arn: str) -> Request:
    """A request with the ARN of the chosen role where it passes one, if that is one member that it can have."""
    role = next((role for role in accepted(catalog, request) if not ids or role.id in ids), None)
    if request.members is None or role is None or role.not_passed:
        return request
    *parents, last = role.parameters[0].split(".")
    members: dict[str, Any] = dict(request.members)
    inner = members
    for name in parents:
        if not isinstance(inner.get(name), dict):
            return request
        inner[name] = dict(inner[name])
        inner = inner[name]
    if not last.isalnum():
        return request  # a list, or a choice
    inner[last] = arn
    return request._replace(members=members)
