"""What records need: each statement of each role and caller, with the operation, add-on or container that it is for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..catalog import AddOn, Because, Catalog, Entry, Grantee, Statement
from ..catalog.entries import reached
from ..engine.values import filled
from ..iam import actions, arns
from ..iam.arn_parts import parts_of
from ..iam.patterns import intersects


class Place(NamedTuple):
    """Where a statement of a record is.

    Attributes:
        container: ID of the container that calls it, or "".
    """

    operation: str
    grantee: Grantee
    is_caller: bool
    addon: AddOn | None
    container: str
    entry: Entry


class Need(NamedTuple):
    """A statement of a record that has a denied action, and why it is needed.

    Attributes:
        action: the denied action; templates: the ARNs of the statement that can be the denied resource's, or all.
        fits: whether the denied resource can be one of the statement.
    """

    place: Place
    statement: Statement
    because: Because
    action: str
    templates: tuple[str, ...]
    fits: bool


def statements(catalog: Catalog, operation: str) -> Mapping[str, list[tuple[Place, Statement, Because]]]:
    """What grantees of an operation can need, by the services of the actions; under "" all of it."""

    def read() -> Mapping[str, list[tuple[Place, Statement, Because]]]:
        found: defaultdict[str, list[tuple[Place, Statement, Because]]] = defaultdict(list)
        for place in _places(catalog, operation):
            for statement, because in zip(place.entry.statements, place.entry.because(), strict=True):
                for service in {"", *(item.partition(":")[0] for item in statement.actions)}:
                    found[service].append((place, statement, because))
        return found

    return catalog._once(("needs", operation), read)


def _places(catalog: Catalog, operation: str) -> Iterator[Place]:
    """Those of its record, and of containers to which a request can hand a value."""
    record = catalog.operation(operation)
    shapes = reached(catalog.shapes_of(operation), catalog.input_of(operation)).values()
    members = {name for shape in shapes for name in shape.get("members", ())}
    for grantee in record.grantees():
        is_caller = grantee is record.caller
        for addon, entry in grantee.all_entries():
            yield Place(operation, grantee, is_caller, addon, "", entry)
        for container in catalog.containers:
            for read in container.reads if grantee.id in container.roles else ():
                for entry in read.entries if not members.isdisjoint(read.members) else ():
                    yield Place(operation, grantee, is_caller, None, container.id, entry)


def needs(catalog: Catalog, denied: Sequence[str], resource: str, operations: Sequence[str]) -> list[Need]:
    """The statements of records that have a denied action, for its resource if some are, else for any.

    Args:
        denied: the actions that are denied; without any, all that a statement for the resource has.
        operations: whose records, all if empty.
    """
    called = [name for action in denied if (name := catalog.named(action)) in catalog.calls]
    found = list(_having(catalog, denied, resource, operations or [*catalog.operations, *called]))
    fitting = [need for need in found if need.fits]
    return fitting or ([] if not denied else found)


def _having(catalog: Catalog, denied: Sequence[str], resource: str, operations: Iterable[str]) -> Iterator[Need]:
    wanted = [(name, actions.action(name)) for name in denied]
    services = {name.partition(":")[0] for name in denied}
    service = services.pop() if len(services) == 1 else ""
    named = arns.named(resource) if resource not in ("", "*") else None
    for place, statement, because in (row for one in operations for row in statements(catalog, one).get(service, ())):
        own = [actions.action(item) for item in statement.actions]
        names = [name for name, one in wanted if any(intersects(item, one) for item in own)]
        if wanted and not names:
            continue
        every = _templates(catalog, place.entry, statement)
        met = tuple(item for item in every if named is None or intersects(arns.resource(item), named))
        if not wanted and "*" not in met:
            names = [name for name in statement.actions if has_resource(catalog, name, resource, met)][:1]
        for name in names:
            yield Need(place, statement, because, name, met or every, bool(met))


def has_resource(catalog: Catalog, action: str, resource: str, templates: Sequence[str]) -> bool:
    """Whether an action accepts the type of a resource, as far as records show it.

    Args:
        templates: those of a statement with the action that match the resource. Every action of the statement accepts
            the type that one of them names.
    """
    if not resource or any(map(_has_type, templates)):
        return True
    named = arns.named(resource)
    return any(intersects(arns.resource(item), named) for item in _typed_resources(catalog).get(action.lower(), ()))


def _has_type(template: str) -> bool:
    return "*" not in re.split("[/:]", parts_of(template).resource)[0]


def _typed_resources(catalog: Catalog) -> Mapping[str, set[str]]:
    """The ARN templates that name a type of resource, by the actions of all statements, in small letters."""

    def read() -> Mapping[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for operation in (*catalog.operations, *catalog.calls):
            for place, statement, _ in statements(catalog, operation)[""]:
                own = {one for one in _templates(catalog, place.entry, statement) if _has_type(one)}
                for action in statement.actions:
                    found[action.lower()] |= own
        return found

    return catalog._once(("typed resources",), read)


def _templates(catalog: Catalog, entry: Entry, statement: Statement) -> tuple[str, ...]:
    """The ARN templates of a statement, in all forms that the values of its parameters can have."""
    if statement.resources:
        return tuple(filled(item, entry.constants) for item in statement.resources)
    templates: dict[str, None] = {}
    for parameter, kind_id in entry.parameters.items():
        if kind_id == "constant":
            continue
        for form in entry.forms(parameter, catalog.kind(kind_id)):
            for scope in statement.scopes:
                if scope in form.scopes:
                    templates.update(dict.fromkeys(form.scopes[scope].resources))
    return tuple(templates)
