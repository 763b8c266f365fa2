"""What is prepared once of the records for all requests: parsed expressions, parameters, placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from ..catalog import GLOBALS, AddOn, Catalog, Entry, Form, Grantee, Kind
from .expressions import Expression, expression
from .values import Match

_CONSTANT = Form(
    id="constant",
    title="",
    pattern="",
    fields=(),
    own=(),
    examples=(),
    no_permission="",
    warning="",
    scopes={},
)


class Parameter(NamedTuple):
    """A parameter of an entry that a request's value fills.

    Attributes:
        accepted: ids of the forms the entry is for.
        unfilled: the match that keeps placeholders, or None if the entry is for no form.
    """

    name: str
    kind: Kind
    accepted: frozenset[str]
    unfilled: Match | None


class Member(NamedTuple):
    """One ``from`` of an entry.

    Attributes:
        path: the members it walks through, without filters: two expressions that find one value have one path.
    """

    expression: Expression
    path: str


class Use(NamedTuple):
    """An entry of a record, prepared once for all requests.

    Attributes:
        constants: parameter to the match of the text that the record fills it with.
        free: the parameters that a request's values fill.
        container: ID of the container whose record the entry is of, or "".
    """

    operation: str
    grantee: str
    addon: str
    entry: Entry
    constants: Mapping[str, Match]
    free: tuple[Parameter, ...]
    members: tuple[Member, ...]
    container: str = ""


class AddOnPlan:
    """An add-on, whose entries are prepared when it first comes into question.

    Attributes:
        when: the add-on's ``when``.
    """

    def __init__(self, catalog: Catalog, operation: str, grantee: str, addon: AddOn) -> None:
        self.catalog, self.operation, self.grantee, self.addon = catalog, operation, grantee, addon
        self.when = expression(addon.when) if addon.when else None

    @cached_property
    def roots(self) -> frozenset[str] | None:
        """Members of a request without any of which it cannot call for the add-on; None if it may without them."""
        if self.addon.usage:
            return frozenset()
        if self.when is not None:
            return self.when.roots
        return _any_of(expression(text).roots for entry in self.addon.entries for text in entry.members)

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """The add-on's entries, prepared."""
        return tuple(
            prepared(self.catalog, entry, self.operation, self.grantee, self.addon.id) for entry in self.addon.entries
        )


class Plan(NamedTuple):
    """A role or a caller with its entries prepared."""

    grantee: Grantee
    uses: tuple[Use, ...]
    addons: tuple[AddOnPlan, ...]


def planned(catalog: Catalog, operation: str, grantee: Grantee) -> Plan:
    """The prepared form of a role or a caller of the catalog's records."""
    key = ("plan", operation, grantee.id)
    if key not in catalog._memo:
        catalog._memo[key] = Plan(
            grantee=grantee,
            uses=tuple(prepared(catalog, entry, operation, grantee.id, "") for entry in grantee.entries),
            addons=tuple(AddOnPlan(catalog, operation, grantee.id, addon) for addon in grantee.addons),
        )
    plan: Plan = catalog._memo[key]
    return plan


def _any_of(roots: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Members of which one must be there for any of several expressions to find something; None if none must."""
    union: frozenset[str] = frozenset()
    for one in roots:
        if one is None:
            return None
        union |= one
    return union


def prepared(catalog: Catalog, entry: Entry, operation: str, grantee: str, addon: str) -> Use:
    """An entry of a record, prepared."""
    return Use(
        operation=operation,
        grantee=grantee,
        addon=addon,
        entry=entry,
        constants={
            name: Match(_CONSTANT, {"Value": value})
            for name, value in entry.constants.items()
            if name in entry.parameters
        },
        free=tuple(
            _parameter(entry, name, catalog.kind(kind))
            for name, kind in entry.parameters.items()
            if name not in entry.constants
        ),
        members=tuple(Member(expression(text), _path(expression(text).shown)) for text in entry.members),
    )


def _parameter(entry: Entry, name: str, kind: Kind) -> Parameter:
    forms = entry.forms(name, kind)
    fields = {
        field: "${" + (field if field in GLOBALS else entry.prefix + (name if field == "Value" else field)) + "}"
        for field in (forms[0].fields if forms else ())
    }
    return Parameter(
        name=name,
        kind=kind,
        accepted=frozenset(form.id for form in forms),
        unfilled=Match(forms[0], fields) if forms else None,
    )


def _path(text: str) -> str:
    """See :class:`Member`."""
    return ".".join(re.findall(r"[A-Za-z][A-Za-z0-9]*", re.sub(r"\[\?[^\]]*\]", "", text)))
