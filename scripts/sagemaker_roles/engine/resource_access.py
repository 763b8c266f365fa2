"""What a caller needs to work with a kind of resource: the calls about it up to a level, as one policy. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from ..catalog import Catalog, Condition
from ..errors import UnknownName, meant
from ..iam.arn_parts import parts_of
from .compose import compose
from .documents import ComposedStatement, Document, Reason, Request, alike_joined, with_own_sids
from .values import names_in

Access = Literal["read", "write", "all"]

#: Access to the levels of the Service Authorization Reference that it has.
LEVELS: Mapping[Access, frozenset[str]] = {
    "read": frozenset({"List", "Read"}),
    "write": frozenset({"List", "Read", "Write"}),
    "all": frozenset({"List", "Read", "Write", "Permissions management", "Tagging"}),
}

_OF_RESOURCE = "aws:ResourceTag/${TagKey}"
_OF_REQUEST = "aws:RequestTag/${TagKey}"


class Work(NamedTuple):
    """A kind of resource that somebody works with, and how far.

    Attributes:
        kind: the resource type as the Service Authorization Reference calls it, such as ``training-job``; with its
            service before it where another service has one of the same name (``other-domain`` or ``other:domain``).
        access: ``read`` looks and lists, ``write`` also creates, changes and deletes, ``all`` also tags and shares.
    """

    kind: str
    access: Access = "read"


class Limits(NamedTuple):
    """What the policy is narrowed to.

    Attributes:
        names: names or patterns of the resources.
        tags: tags that the resources have, and that new ones get.
        domain: ID of the Studio domain.
    """

    names: Sequence[str] = ()
    tags: Mapping[str, str] = {}
    domain: str = ""


_ALL = Limits()


def kinds_of(persona: Mapping[str, Any]) -> list[Work]:
    """The kinds that a persona of data/shared/personas.yaml works with."""
    return [Work(kind, access) for access, several in persona["works"].items() for kind in several]


def running(catalog: Catalog, persona: Mapping[str, Any]) -> Document:
    """The permissions policy of a persona of data/shared/personas.yaml that is the role of jobs."""
    requests = [Request(name) for name in persona["runs"]]
    return compose(catalog, requests, addons=persona.get("addons", ())).policy


def kinds(catalog: Catalog) -> dict[str, list[str]]:
    """Each kind of resource to the operations that are about it, sorted."""
    found: dict[str, list[str]] = {}
    for name, item in catalog.data.get("calls", {}).items():
        if item["kind"]:
            found.setdefault(item["kind"], []).append(name)
    return dict(sorted(found.items()))


def working_with(catalog: Catalog, several: Iterable[Work], limits: Limits = _ALL) -> Document:
    """The caller's policy for working with kinds of resources: a statement for all actions on the same resources.

    Args:
        catalog: the knowledge base.
        several: the kinds, and how far.
        limits: what it is narrowed to.

    Raises:
        UnknownName: there is no such kind.
    """
    known = kinds(catalog)
    found: list[ComposedStatement] = []
    for work in several:
        kind = work.kind.replace(":", "-")
        if kind not in known:
            near = meant(kind, [*known])
            hint = f"; did you mean {near}?" if near else ""
            raise UnknownName(f"there is no kind of resource {work.kind}{hint}", work.kind, [*known])
        service = catalog.service_of(known[kind][0])
        found += _narrowed(catalog, work._replace(kind=kind.removeprefix(f"{service}-")), known[kind], limits)
    named = [one if "PassRole" in one.sid else one._replace(sid=_sid(one)) for one in alike_joined(found, "actions")]
    return Document(tuple(with_own_sids(named)))


def _sid(one: ComposedStatement) -> str:
    """The service and the kind of resource in the ARN, in words without spaces."""
    parts = parts_of(one.resources[0])
    kind = parts.resource.replace(":", "/").partition("/")[0] if one.resources[0] != "*" else "AllResources"
    words = kind.replace("${", "").replace("}", "").replace("*", "").replace("_", "-").split("-")
    own = "".join(word[:1].upper() + word[1:] for word in words if word.isalnum())
    return own + "Tagged" * bool(one.condition) if own else one.sid


def _narrowed(catalog: Catalog, work: Work, operations: Sequence[str], limits: Limits) -> Iterator[ComposedStatement]:
    """The statements for a kind, operation by operation, narrowed."""
    calls, levels = catalog.data["calls"], LEVELS[work.access]
    own = ""
    for name in operations:
        if calls[name]["access_level"] not in levels:
            continue
        request = Request(name)
        addons = [addon.id for addon in catalog.operation(name).grantees()[-1].addons if addon.id == "tags"]
        composed = compose(catalog, [request], addons=addons if work.access != "read" else ())
        for one in composed.caller.statements:
            narrow = _limited(one, work.kind, calls[name]["condition_keys"], limits)
            own = own or next((arn for arn in narrow.resources if _is_of(arn, work.kind)), "")
            yield narrow
    services = (catalog.services[calls[name]["service"]] for name in operations)
    service: Mapping[str, Any] = next((one for one in services if "tagging" in one), {"tagging": {"operation": ""}})
    tagging = service["tagging"]
    tags = calls.get(tagging["operation"], {"resource_types": ()})
    if work.access == "all" and own and work.kind in tags["resource_types"]:
        why = "Shows and changes the tags of the resources."
        source = tags["statements"][0]
        sources = tuple(source["sources"])
        reason = Reason(tagging["operation"], "caller", why=why, evidence=source["evidence"], sources=sources)
        actions = tuple(sorted(f"{service['prefix']}:{name}" for name in (tagging["operation"], *tagging["others"])))
        statement = ComposedStatement("Tags", actions, (own,), {}, (reason,))
        yield _limited(statement, work.kind, [_OF_RESOURCE], limits._replace(names=()))


def _is_of(arn: str, kind: str) -> bool:
    return parts_of(arn).resource.startswith(f"{kind}/")


def _limited(one: ComposedStatement, kind: str, keys: Sequence[str], limits: Limits) -> ComposedStatement:
    """A statement with the names, the domain and the tags that it is narrowed to."""
    resources = one.resources
    if limits.domain:
        resources = tuple(arn.replace("${DomainId}", limits.domain) for arn in resources)
    if limits.names:
        named = (_named(arn, limits.names) if _is_of(arn, kind) else [arn] for arn in resources)
        resources = tuple(item for several in named for item in several)
    condition: Condition = one.condition
    is_about = any(_is_of(arn, kind) for arn in one.resources)
    for key, tagged in ((_OF_REQUEST, True), (_OF_RESOURCE, False)):
        is_new = _OF_REQUEST in keys
        if limits.tags and is_about and key in keys and tagged == is_new:
            tags = {key.replace("${TagKey}", name): (value,) for name, value in limits.tags.items()}
            condition = {**condition, "StringEquals": {**condition.get("StringEquals", {}), **tags}}
    return one._replace(resources=resources, condition=condition)


def _named(arn: str, names: Sequence[str]) -> Iterator[str]:
    """An ARN with names in place of the last placeholder of its own."""
    own = [name for name in names_in(arn) if name not in ("Partition", "Region", "Account")]
    yield from (arn.replace(f"${{{own[-1]}}}", name) for name in names) if own else (arn,)
