"""What records need: each statement of each role and caller, with the operation, add-on or container that it is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..catalog import AddOn, Because, Catalog, Entry, Grantee, Statement
from ..catalog.resolving import reached
from ..engine.values import filled
from ..iam import actions, arns
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


def places(catalog: Catalog, operations: Iterable[str]) -> Iterator[Place]:
    """What grantees of operations can need: of records, and of containers to which a request can hand a value."""
    for operation in operations:
        record = catalog.operation(operation)
        for grantee in record.grantees():
            is_caller = grantee is record.caller
            for addon, entry in grantee.all_entries():
                yield Place(operation, grantee, is_caller, addon, "", entry)
            for container in catalog.containers:
                if grantee.id in container.roles:
                    for read in container.reads:
                        if not _members(catalog, operation).isdisjoint(read.members):
                            for entry in read.entries:
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
    named = arns.named(resource) if resource else None
    for place in places(catalog, operations):
        for statement, because in zip(place.entry.statements, place.entry.because(), strict=True):
            own = [actions.action(item) for item in statement.actions]
            names = [name for name, one in wanted if any(intersects(item, one) for item in own)]
            if not wanted:
                names = [statement.actions[0]]
            for name in names:
                every = _templates(catalog, place.entry, statement)
                met = tuple(item for item in every if named is None or intersects(arns.resource(item), named))
                if not wanted and "*" in met:
                    continue
                yield Need(place, statement, because, name, met or every, bool(met))


def _members(catalog: Catalog, operation: str) -> frozenset[str]:
    """Names of all members of an operation's request, at any depth."""

    def names() -> frozenset[str]:
        shapes = reached(catalog.shapes_of(operation), catalog.input_of(operation)).values()
        return frozenset(name for shape in shapes for name in shape.get("members", ()))

    return catalog._once(("members", operation), names)


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
