"""What is prepared once of the records for all requests: compiled expressions, parameters, placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .expressions import Expression, expression
from .model import GLOBALS, AddOn, Catalog, Condition, Entry, Form, Grantee, Kind, Statement
from .values import Match, Reader, format_of, frozen, reader

_OPEN = Form("open", "", "", (), (), (), "", "", {})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an entry that a request's value fills.

    Attributes:
        accepted: ids of the forms the entry is for.
        plain: those of them that need a permission and bring no warning.
        read: reads a plain text as its kind does.
        open: the match that keeps placeholders, or None if the entry is for no form.
    """

    name: str
    kind: Kind
    accepted: frozenset[str]
    plain: frozenset[str]
    read: Reader
    open: Match | None


@dataclass(frozen=True, slots=True)
class StatementPlan:
    """A statement as its entry uses it.

    Attributes:
        sid: the Sid with the entry's prefix.
        key: what tells its statement apart in a document (Sid, actions, condition, principal), or None where the
            condition holds placeholders.
        conditions: the condition's operators, keys and values, these as :func:`format_of` gives them.
        formats: its own resources as :func:`format_of` gives them, or None if they are those of its scopes.
        head: what every reason for it begins with (see :class:`~sagemaker_roles.documents.Reason`): operation,
            grantee, add-on, statement set, and the entry's why, evidence and sources, or else the statement's.
    """

    statement: Statement
    sid: str
    key: tuple[str, tuple[str, ...], tuple[Any, ...], tuple[Any, ...]] | None
    conditions: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]
    formats: tuple[str, ...] | None
    head: tuple[str, str, str, str, str, str, tuple[str, ...]]
    _of_forms: dict[str, tuple[str, ...] | None]

    def formats_of(self, form: Form) -> tuple[str, ...] | None:
        """The resources that a form of a value gives for its scopes; None if the form brings a condition as well."""
        if form.id not in self._of_forms:
            scopes = [form.scopes[name] for name in self.statement.scopes if name in form.scopes]
            formats = tuple(format_of(text) for scope in scopes for text in scope.resources)
            self._of_forms[form.id] = None if any(scope.condition for scope in scopes) else formats
        return self._of_forms[form.id]


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
        when: the add-on's ``when``, compiled.
        roots: members of a request without any of which it cannot call for the add-on; None if it may without them.
    """

    addon: AddOn
    uses: tuple[Use, ...]
    when: Expression | None
    roots: frozenset[str] | None

    def may_be_called_for(self, present: Mapping[str, set[str]], operation: str) -> bool:
        """Whether requests with some members can call for it at all.

        Args:
            present: by operation, the members that its requests have.
            operation: the record's operation.
        """
        members = present.get(self.addon.request or operation)
        return members is not None and (self.roots is None or not self.roots.isdisjoint(members))


@dataclass(frozen=True, slots=True)
class Plan:
    """A role or a caller with its entries prepared."""

    grantee: Grantee
    uses: tuple[Use, ...]
    addons: tuple[AddOnPlan, ...]


def planned(catalog: Catalog, operation: str, grantee: Grantee) -> Plan:
    """The prepared form of a role or a caller of the catalog's records."""
    key = ("plan", id(grantee))
    found: Plan | None = catalog.memo.get(key)
    if found is None:
        found = catalog.memo[key] = Plan(
            grantee,
            tuple(_prepared(catalog, entry, (operation, grantee.id, "")) for entry in grantee.entries),
            tuple(_addon(catalog, addon, (operation, grantee.id, addon.id)) for addon in grantee.addons),
        )
    return found


def _addon(catalog: Catalog, addon: AddOn, asker: tuple[str, str, str]) -> AddOnPlan:
    uses = tuple(_prepared(catalog, entry, asker) for entry in addon.entries)
    if addon.usage:
        return AddOnPlan(addon, uses, None, frozenset())
    if addon.when:
        when = expression(addon.when)
        return AddOnPlan(addon, uses, when, when.roots)
    return AddOnPlan(addon, uses, None, _any_of(use.roots for use in uses if use.members))


def _prepared(catalog: Catalog, entry: Entry, asker: tuple[str, str, str]) -> Use:
    members = tuple((text, expression(text), _walked(text)) for text in entry.members)
    return Use(
        entry=entry,
        constants={
            name: (Match(_OPEN, {"Value": value}),)
            for name, value in entry.constants.items()
            if name in entry.parameters
        },
        free=tuple(
            _parameter(catalog, entry, name, catalog.kind(kind))
            for name, kind in entry.parameters.items()
            if name not in entry.constants
        ),
        members=members,
        roots=_any_of(compiled.roots for _, compiled, _ in members) if members else None,
        statements=tuple(
            StatementPlan(
                statement=item,
                sid=entry.prefix + item.sid,
                key=(
                    None
                    if _varies(item.condition)
                    else (entry.prefix + item.sid, item.actions, frozen(item.condition), ())
                ),
                conditions=tuple(
                    (operator, tuple((key, tuple(map(format_of, values))) for key, values in keys.items()))
                    for operator, keys in item.condition.items()
                ),
                formats=tuple(format_of(text) for text in item.resources) or None,
                head=(
                    *asker,
                    entry.use,
                    entry.why or item.why,
                    entry.evidence or item.evidence,
                    entry.sources or item.sources,
                ),
                _of_forms={},
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


def _parameter(catalog: Catalog, entry: Entry, name: str, kind: Kind) -> Parameter:
    forms = entry.forms(name, kind)
    fields = {
        own: "${" + (own if own in GLOBALS else entry.prefix + (name if own == "Value" else own)) + "}"
        for own in (forms[0].fields if forms else ())
    }
    accepted = frozenset(form.id for form in forms)
    plain = frozenset(form.id for form in forms if not form.no_permission and not form.warning)
    opened = Match(forms[0], fields) if forms else None
    return Parameter(name, kind, accepted, plain, reader(catalog, kind), opened)


def _walked(text: str) -> str:
    """The members an expression walks through, without filters: two expressions that find one value give one text."""
    return ".".join(re.findall(r"[A-Za-z][A-Za-z0-9]*", re.sub(r"\[\?[^\]]*\]", "", text)))
