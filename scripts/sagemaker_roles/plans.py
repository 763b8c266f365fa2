"""What is prepared once of the records for all requests: compiled expressions, parameters, placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .expressions import Expression, expression
from .model import GLOBALS, AddOn, Catalog, Condition, Entry, Evidence, Form, Grantee, Kind, Statement
from .values import Match, frozen

_OPEN = Form("open", "", "", (), (), "", "", {})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an entry that a request's value fills.

    Attributes:
        accepted: ids of the forms the entry is for.
        open: the match that keeps placeholders, or None if the entry is for no form.
    """

    name: str
    kind: Kind
    accepted: frozenset[str]
    open: Match | None


@dataclass(frozen=True, slots=True)
class StatementPlan:
    """A statement as its entry uses it.

    Attributes:
        sid: the Sid with the entry's prefix.
        condition_key: the condition's key (see :func:`frozen`) where no value changes it, else None.
        why, evidence, sources: the entry's, or else the statement's.
    """

    statement: Statement
    sid: str
    condition_key: tuple[Any, ...] | None
    why: str
    evidence: Evidence
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """An entry of a record, prepared once for all requests.

    Attributes:
        members: per ``from``: its text, its compiled form, and the members it walks through.
        roots: members of a request without any of which the entry finds no value; None if it may find one anyway.
    """

    entry: Entry
    constants: Mapping[str, tuple[Match, ...]]
    free: tuple[Parameter, ...]
    members: tuple[tuple[str, Expression, str], ...]
    roots: frozenset[str] | None
    statements: tuple[StatementPlan, ...]


@dataclass(frozen=True, slots=True)
class AddOnPlan:
    """An add-on with its entries prepared.

    Attributes:
        roots: members of a request without any of which it cannot call for the add-on; None if it may without them.
    """

    addon: AddOn
    uses: tuple[Use, ...]
    roots: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A role or a caller with its entries prepared."""

    grantee: Grantee
    uses: tuple[Use, ...]
    addons: tuple[AddOnPlan, ...]


def planned(catalog: Catalog, grantee: Grantee) -> Plan:
    """The prepared form of a role or a caller of the catalog's records."""
    key = ("plan", id(grantee))
    found: Plan | None = catalog.memo.get(key)
    if found is None:
        found = catalog.memo[key] = Plan(
            grantee,
            tuple(_prepared(catalog, entry) for entry in grantee.entries),
            tuple(_addon(catalog, addon) for addon in grantee.addons),
        )
    return found


def _addon(catalog: Catalog, addon: AddOn) -> AddOnPlan:
    uses = tuple(_prepared(catalog, entry) for entry in addon.entries)
    if addon.usage:
        return AddOnPlan(addon, uses, frozenset())
    if addon.when:
        return AddOnPlan(addon, uses, expression(addon.when).roots)
    return AddOnPlan(addon, uses, _any_of(use.roots for use in uses if use.members))


def _prepared(catalog: Catalog, entry: Entry) -> Use:
    members = tuple((text, expression(text), _walked(text)) for text in entry.members)
    return Use(
        entry=entry,
        constants={
            name: (Match(_OPEN, {"Value": value}),)
            for name, value in entry.constants.items()
            if name in entry.parameters
        },
        free=tuple(
            _parameter(entry, name, catalog.kind(kind))
            for name, kind in entry.parameters.items()
            if name not in entry.constants
        ),
        members=members,
        roots=_any_of(compiled.roots for _, compiled, _ in members) if members else None,
        statements=tuple(
            StatementPlan(
                statement=item,
                sid=entry.prefix + item.sid,
                condition_key=None if _varies(item.condition) else frozen(item.condition),
                why=entry.why or item.why,
                evidence=entry.evidence or item.evidence,
                sources=entry.sources or item.sources,
            )
            for item in entry.statements
        ),
    )


def _any_of(roots: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Members of which one must be there for any of several expressions to find something; None if none must."""
    union: frozenset[str] = frozenset()
    for one in roots:
        if one is None:
            return None
        union |= one
    return union


def _varies(condition: Condition) -> bool:
    """Whether a condition holds placeholders."""
    return any("${" in value for keys in condition.values() for values in keys.values() for value in values)


def _parameter(entry: Entry, name: str, kind: Kind) -> Parameter:
    forms = entry.forms(name, kind)
    fields = {
        own: "${" + (own if own in GLOBALS else entry.prefix + (name if own == "Value" else own)) + "}"
        for own in (forms[0].fields if forms else ())
    }
    return Parameter(name, kind, frozenset(form.id for form in forms), Match(forms[0], fields) if forms else None)


def _walked(text: str) -> str:
    """The members an expression walks through, without filters: two expressions that find one value give one text."""
    return ".".join(re.findall(r"[A-Za-z][A-Za-z0-9]*", re.sub(r"\[\?[^\]]*\]", "", text)))
