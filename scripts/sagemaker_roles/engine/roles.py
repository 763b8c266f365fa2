"""The roles of requests: which ones their operations accept, which ARNs they pass, and which one is composed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..catalog import Catalog, Grantee
from ..errors import UnknownRole
from .documents import Request
from .expressions import search
from .values import items, parse


@dataclass(frozen=True, slots=True)
class Chosen:
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
    known = request.operation in catalog.data["operations"]
    return catalog.operation(request.operation).roles if known else ()


def passed(catalog: Catalog, request: Request) -> dict[str, str]:
    """ID of each role that a request passes, to the first ARN passed as it."""
    arns: dict[str, str] = {}
    for role in accepted(catalog, request):
        for path in role.parameters:
            for value in items(search(path, request.members or {})):
                if isinstance(value, str) and value:
                    arns.setdefault(role.id, str(value))
    return arns


def arns_of(catalog: Catalog, requests: Sequence[Request]) -> list[str]:
    """The ARNs of the roles that requests pass, in order, each once."""
    return list(dict.fromkeys(arn for request in requests for arn in passed(catalog, request).values()))


def choose(catalog: Catalog, requests: Sequence[Request], wanted: str = "") -> Chosen:
    """Chooses the role to compose.

    Args:
        catalog: the knowledge base.
        requests: all requests.
        wanted: ID of a record's role; or ARN or name of a role that requests pass, for their requests only; or, where
            none passes a role, the ARN of the role that they are for; "" for the usual role of all requests.

    Raises:
        UnknownRole: no request has or passes such a role.
    """
    arns = arns_of(catalog, requests)
    ids = {role.id for request in requests for role in accepted(catalog, request)}
    if not wanted or wanted in ids:
        chosen = (wanted,) if wanted else usual(catalog, requests)
        named = {
            arns[item]
            for arns in (passed(catalog, request) for request in requests)
            for item in chosen or arns
            if item in arns
        }
        return Chosen(requests, chosen, next(iter(named)) if len(named) == 1 else "")
    if not arns and fields_of(catalog, wanted):
        chosen = usual(catalog, requests)
        return Chosen([_passing(catalog, request, chosen, wanted) for request in requests], chosen, wanted, True)
    matching = next((arn for arn in arns if arn == wanted or arn.rpartition("/")[2] == wanted), "")
    if not matching:
        known = [*sorted(ids), *arns]
        raise UnknownRole(f"no request has or passes a role {wanted!r}", wanted, known)
    kept = [request for request in requests if matching in (own := passed(catalog, request)).values() or not own]
    chosen = tuple(sorted({item for one in kept for item, arn in passed(catalog, one).items() if arn == matching}))
    return Chosen(kept, chosen, matching)


def usual(catalog: Catalog, requests: Sequence[Request]) -> tuple[str, ...]:
    """IDs of the roles to compose: each operation's first, or the only one its requests pass; empty for the first."""
    ids: dict[str, None] = {}
    is_first = True
    for request in requests:
        available = [role.id for role in accepted(catalog, request)]
        if not available:
            continue
        own = passed(catalog, request)
        first = available[0] if not own or available[0] in own else next(iter(own))
        is_first = is_first and first == available[0]
        ids[first] = None
    return () if is_first else tuple(ids)


def facts_of(catalog: Catalog, arn: str, requests: Sequence[Request]) -> dict[str, str]:
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


def name_and_path(arn: str) -> tuple[str, str]:
    """Name and path of a role, from its ARN; the name is "" if the ARN does not show them."""
    resource = arn.split(":", 5)[-1] if arn.count(":") >= 5 else ""
    if not resource.startswith("role/") or "${" in resource:
        return "", "/"
    path, _, name = resource.removeprefix("role").rpartition("/")
    return name, f"{path}/"


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
