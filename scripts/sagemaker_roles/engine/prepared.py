"""What is prepared once of the records for all requests: parsed expressions, parameters, placeholders."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from ..catalog import AddOn, Catalog, Data, Entry, Form, Grantee, Kind, Statement
from .documents import Reason
from .expressions import Expression, any_of, expression
from .values import Match

_CONSTANT = Form("constant", "", "", (), (), (), (), "", "", {}, is_wrong=False, elsewhere="")


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


class Needed(NamedTuple):
    """A statement of an entry, and why it is needed, but for the values that a request has for it."""

    statement: Statement
    sid: str
    reason: Reason


class Use(NamedTuple):
    """An entry of a record, prepared once for all requests.

    Attributes:
        constants: parameter to the match of the text that the record fills it with.
        free: the parameters that a request's values fill.
        documents: members of the request whose text it reads as JSON.
    """

    operation: str
    entry: Entry
    needed: tuple[Needed, ...]
    constants: Mapping[str, Match]
    free: tuple[Parameter, ...]
    members: tuple[Member, ...]
    documents: tuple[str, ...]


class AddOnPlan:
    """An add-on, whose entries are prepared when it first comes into question.

    Attributes:
        when: the add-on's ``when``.
    """

    def __init__(self, catalog: Catalog, operation: str, grantee: str, addon: AddOn) -> None:
        # The catalog keeps the plan: it would be garbage only together with it.
        self.catalog: Catalog = weakref.proxy(catalog)
        self.operation, self.grantee, self.addon = operation, grantee, addon
        self.when = expression(addon.when) if addon.when else None

    @cached_property
    def roots(self) -> frozenset[str] | None:
        """Members of a request without any of which it cannot call for the add-on; None if it may without them."""
        if self.addon.usage:
            return frozenset()
        if self.when is not None:
            return self.when.roots
        return any_of(expression(text).roots for entry in self.addon.entries for text in entry.members)

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """The add-on's entries, prepared."""
        return tuple(
            prepared(self.catalog, entry, self.operation, self.grantee, self.addon.id) for entry in self.addon.entries
        )


class Plan:
    """A role or a caller with its entries prepared."""

    def __init__(self, uses: tuple[Use, ...], addons: tuple[AddOnPlan, ...]) -> None:
        self.uses, self.addons = uses, addons

    @cached_property
    def _addons_of(self) -> Mapping[str, Sequence[int]]:
        """Members of a request to the places of the add-ons that they can call for; "" to those of any request."""
        return _by_member((place, addon.roots) for place, addon in enumerate(self.addons))

    def in_question(self, members: Iterable[str]) -> set[int]:
        """Places of the add-ons that requests with some members can call for."""
        return {place for name in ("", *members) for place in self._addons_of.get(name, ())}


def planned(catalog: Catalog, operation: str, grantee: Grantee) -> Plan:
    """The prepared form of a role or a caller of the catalog's records."""

    def plan() -> Plan:
        addons = tuple(AddOnPlan(catalog, operation, grantee.id, addon) for addon in grantee.addons)
        uses = tuple(prepared(catalog, entry, operation, grantee.id) for entry in grantee.entries)
        return Plan(uses, addons)

    return catalog._once(("plan", operation, grantee.id), plan)


#: The entries of a role or a caller, with their add-ons, by their places among all of them.
Entries = dict[int, tuple[AddOn | None, Entry]]


class ReadExpression(NamedTuple):
    """An expression that entries of a role or a caller read in a request, and these."""

    expression: Expression
    entries: Entries


def reading(catalog: Catalog, operation: str, grantee: Grantee, decides: str) -> Mapping[str, Sequence[ReadExpression]]:
    """Member of a request to all that entries read there, expression by expression; "" to what is read of any request.

    Args:
        decides: the other operation that the request is of and whose requests decide over add-ons, or "".
    """
    known = catalog._once(("reading", operation, grantee.id), lambda: _readings(grantee))
    return known.get(decides, {})


def _readings(grantee: Grantee) -> Mapping[str, Mapping[str, Sequence[ReadExpression]]]:
    read: dict[str, dict[str, ReadExpression]] = {}
    for place, (addon, entry) in enumerate(grantee.all_entries()):
        of_request = read.setdefault(addon.request if addon else "", {})
        for text in entry.members:
            of_request.setdefault(text, ReadExpression(expression(text), {})).entries[place] = (addon, entry)
    readings = {request: several.values() for request, several in read.items()}
    return {name: _by_member((one, one.expression.roots) for one in several) for name, several in readings.items()}


_Item = TypeVar("_Item")


def _by_member(items: Iterable[tuple[_Item, frozenset[str] | None]]) -> dict[str, list[_Item]]:
    """Members of a request to those of some items that have to do with them; "" to those that may be with any."""
    by_member: dict[str, list[_Item]] = {}
    for item, roots in items:
        for name in ("",) if roots is None else roots:
            by_member.setdefault(name, []).append(item)
    return by_member


def prepared(catalog: Catalog, entry: Entry, operation: str, grantee: str, addon: str = "", container: str = "") -> Use:
    """An entry of a record, prepared.

    Args:
        container: ID of the container whose record the entry is of, or "".
    """

    def parameter(free: Data) -> Parameter:
        kind = catalog.kind(free["kind"])
        form = kind.form(free["form"])
        unfilled = Match(form, free["fields"]) if form else None
        return Parameter(free["name"], kind, frozenset(entry.accepted[free["name"]]), unfilled)

    needed = (
        Needed(
            statement,
            own.sid,
            Reason(
                operation=operation,
                grantee=grantee,
                addon=addon,
                use=entry.use,
                why=own.why,
                evidence=own.evidence,
                sources=own.sources,
                members=entry.members,
                notes=statement.notes,
                container=container,
            ),
        )
        for statement, own in zip(entry.statements, entry.because(), strict=True)
    )
    shown = [(one := expression(text), re.sub(r"\[\?[^\]]*\]", "", one.shown)) for text in entry.members]
    members = tuple(Member(one, ".".join(re.findall(r"[A-Za-z][A-Za-z0-9]*", text))) for one, text in shown)
    return Use(
        operation=operation,
        entry=entry,
        needed=tuple(needed),
        constants={
            name: Match(_CONSTANT, {"Value": value})
            for name, value in entry.constants.items()
            if name in entry.parameters
        },
        free=tuple(map(parameter, entry.free)),
        members=members,
        documents=tuple(name for member in members for name in member.expression.documents),
    )


def is_open(catalog: Catalog, use: Use, request: Mapping[str, Any]) -> bool:
    """Whether a request lacks a required member on the way to what an entry is for: it is not whole yet."""
    types = catalog.shapes_of(use.operation)
    shape = catalog.input_of(use.operation)
    required = types.get(shape, {}).get("required", ())
    for one in (member.expression for member in use.members):
        if one.roots is not None and one.roots.isdisjoint(request):
            if not one.roots.isdisjoint(required):
                return True
        elif any(value is _ABSENT for value, _ in _reached(one.parsed, request, shape, types)):
            return True
    return False


#: In place of a value that every valid request has.
_ABSENT = object()


def _reached(node: Mapping[str, Any], value: Any, shape: str, types: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """What an expression comes to in a value of a shape, each with its shape: what is there, or required and absent."""
    children = node.get("children", ())
    match node["type"]:
        case "identity":
            yield value, shape
        case "field":
            entry, name = types.get(shape, {}), node["value"]
            inner = value.get(name) if isinstance(value, Mapping) else None
            if inner is None and (value is _ABSENT or name in entry.get("required", ())):
                inner = _ABSENT
            if inner is not None:
                yield inner, entry.get("members", {}).get(name, "")
        case "flatten":
            for several, of_list in _reached(children[0], value, shape, types):
                member = types.get(of_list, {}).get("member", of_list)
                yield from ((one, member) for one in (several if isinstance(several, list) else [several]))
        case "subexpression" | "projection":
            for one, of_one in _reached(children[0], value, shape, types):
                yield from _reached(children[1], one, of_one, types)
        case "filter_projection":
            flat = {"type": "projection", "children": [{"type": "flatten", "children": children[:1]}, children[1]]}
            yield from _reached(flat, value, shape, types)
        case "multi_select_dict" | "key_val_pair":
            for child in children:
                yield from _reached(child, value, shape, types)
        case "function_expression":
            # A text that is read as JSON: whether it is there is all that shapes tell.
            yield from (item for item in _reached(children[0], value, shape, types) if item[0] is _ABSENT)
