"""What is prepared once of the records for all requests: compiled expressions, parameters, placeholders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

from ..catalog import GLOBALS, AddOn, Catalog, Condition, Entry, Form, Grantee, Kind, Statement, Trust
from .bindings import Binding
from .documents import Reason
from .expressions import Expression, expression
from .values import Match, Reader, format_of, frozen, reader

#: What tells a statement apart in a document: Sid, actions, condition (see :func:`frozen`), principal.
Key = tuple[str, tuple[str, ...], tuple[Any, ...], tuple[Any, ...]]

#: A statement made of an entry: its key, resources, condition, and the reason for it.
Made = tuple[Key, tuple[str, ...], Condition, Reason]

#: How many values of an entry are remembered with what they give.
_REMEMBERED = 64

#: Makes a reason of a tuple of its parts; there are so many that the usual way takes noticeable time.
_reason = tuple.__new__

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
        key: its key, or None where the condition holds placeholders.
        conditions: the condition's operators, keys and values, these as :func:`format_of` gives them.
        members: the entry's ``from``.
        formats: its own resources as :func:`format_of` gives them, or None if they are those of its scopes.
        head: what every reason for it begins with (see :class:`~sagemaker_roles.engine.documents.Reason`): operation,
            grantee, add-on, statement set, and the entry's why, evidence and sources, or else the statement's.
    """

    statement: Statement
    sid: str
    key: Key | None
    conditions: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]
    formats: tuple[str, ...] | None
    head: tuple[str, str, str, str, str, str, tuple[str, ...]]
    members: tuple[str, ...]
    _of_forms: dict[str, tuple[str, ...] | None]

    def formats_of(self, form: Form) -> tuple[str, ...] | None:
        """The resources that a form of a value gives for its scopes; None if the form brings a condition as well."""
        if form.id not in self._of_forms:
            scopes = [form.scopes[name] for name in self.statement.scopes if name in form.scopes]
            formats = tuple(format_of(text) for scope in scopes for text in scope.resources)
            self._of_forms[form.id] = None if any(scope.condition for scope in scopes) else formats
        return self._of_forms[form.id]

    def reason(self, binding: Binding) -> Reason:
        """The reason for the statement."""
        members = (binding.member,) if binding.member else self.members
        return _reason(Reason, (*self.head, members, binding.values, self.statement.notes))

    def made(self, binding: Binding, fixed: Mapping[str, str], reason: Reason) -> Made | None:
        """The scoped statement for the usual binding: one match for each parameter, and no condition of a form.

        Returns:
            None if the binding is not such a one.
        """
        formats, scoped = self.formats, ""
        if formats is None:
            formats = ()
            for parameter, matches in binding.matches.items():
                own = self.formats_of(matches[0].form) if len(matches) == 1 else None
                if own is None or (own and formats):
                    return None
                if own:
                    formats, scoped = own, parameter
            if not formats:
                return None
        texts, named = binding.texts("", fixed), binding.texts(scoped, fixed)
        if texts is None or named is None:
            return None
        condition, key = self.statement.condition, self.key
        try:
            resources = tuple([text % named for text in formats])
            if key is None:
                condition = {
                    operator: {name: tuple(dict.fromkeys([text % texts for text in values])) for name, values in keys}
                    for operator, keys in self.conditions
                }
                key = (self.sid, self.statement.actions, frozen(condition), ())
        except KeyError:
            return None  # a name no value fills
        return key, resources, condition, reason


@dataclass(frozen=True, slots=True)
class Use:
    """An entry of a record, prepared once for all requests.

    Attributes:
        members: per ``from``: its text, its compiled form, and the members it walks through.
        roots: members of a request without any of which the entry finds no value; None if it may find one anyway.
        made: what a ``from`` and a plain text that it found ("" where no parameter is free) give with Partition,
            Region and Account; None where that takes more (a form with a warning, several parameters, …). It
            remembers what it gave last.
    """

    entry: Entry
    constants: Mapping[str, tuple[Match, ...]]
    free: tuple[Parameter, ...]
    members: tuple[tuple[str, Expression, str], ...]
    roots: frozenset[str] | None
    statements: tuple[StatementPlan, ...]
    made: Callable[[str, str, tuple[str, ...]], tuple[Made, ...] | None]


@dataclass(frozen=True)
class AddOnPlan:
    """An add-on, whose entries are prepared when it first comes into question.

    Attributes:
        when: the add-on's ``when``, compiled.
        roots: members of a request without any of which it cannot call for the add-on; None if it may without them.
        prepare: prepares an entry of it.
    """

    addon: AddOn
    when: Expression | None
    roots: frozenset[str] | None
    prepare: Callable[[Entry], Use]

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """The add-on's entries, prepared."""
        return tuple(map(self.prepare, self.addon.entries))


@dataclass(frozen=True, slots=True)
class Plan:
    """A role or a caller with its entries prepared.

    Attributes:
        called_for: by operation and member, places in ``addons`` of those that requests of the operation with such a
            member may call for; the member is None for those that any of its requests may call for.
    """

    grantee: Grantee
    uses: tuple[Use, ...]
    addons: tuple[AddOnPlan, ...]
    called_for: Mapping[tuple[str, str | None], tuple[int, ...]]

    def candidates(self, present: Mapping[str, Iterable[str]], wanted: set[str]) -> list[AddOnPlan]:
        """The add-ons that can come into question, in the record's order.

        Args:
            present: by operation, the members that its requests have.
            wanted: ids of add-ons that are chosen by hand.
        """
        places: set[int] = set()
        for operation, members in present.items():
            for member in (None, *members):
                places.update(self.called_for.get((operation, member), ()))
        if wanted:
            places.update(place for place, one in enumerate(self.addons) if one.addon.id in wanted)
        return [self.addons[place] for place in sorted(places)]


def planned(catalog: Catalog, operation: str, grantee: Grantee) -> Plan:
    """The prepared form of a role or a caller of the catalog's records."""
    key = ("plan", id(grantee))
    found: Plan | None = catalog._memo.get(key)
    if found is None:
        addons = tuple(_addon(catalog, addon, (operation, grantee.id, addon.id)) for addon in grantee.addons)
        called_for: dict[tuple[str, str | None], tuple[int, ...]] = {}
        for place, one in enumerate(addons):
            for root in (None,) if one.roots is None else one.roots:
                at = (one.addon.request or operation, root)
                called_for[at] = (*called_for.get(at, ()), place)
        entries = tuple(_prepared(catalog, entry, (operation, grantee.id, "")) for entry in grantee.entries)
        found = catalog._memo[key] = Plan(grantee, entries, addons, called_for)
    return found


def _addon(catalog: Catalog, addon: AddOn, asker: tuple[str, str, str]) -> AddOnPlan:
    when, roots = None, None
    if addon.usage:
        roots = frozenset[str]()
    elif addon.when:
        when = expression(addon.when)
        roots = when.roots
    else:
        roots = _any_of(_roots(entry) for entry in addon.entries if entry.members)
    return AddOnPlan(addon, when, roots, lambda entry: _prepared(catalog, entry, asker))


def _roots(entry: Entry) -> frozenset[str] | None:
    """See :class:`Use`."""
    return _any_of(expression(text).roots for text in entry.members) if entry.members else None


def _prepared(catalog: Catalog, entry: Entry, asker: tuple[str, str, str]) -> Use:
    members = tuple((text, expression(text), _walked(text)) for text in entry.members)
    constants = {
        name: (Match(_OPEN, {"Value": value}),) for name, value in entry.constants.items() if name in entry.parameters
    }
    free = tuple(
        _parameter(catalog, entry, name, catalog.kind(kind))
        for name, kind in entry.parameters.items()
        if name not in entry.constants
    )
    statements = tuple(
        StatementPlan(
            statement=item,
            sid=entry.prefix + item.sid,
            key=(
                None if _varies(item.condition) else (entry.prefix + item.sid, item.actions, frozen(item.condition), ())
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
            members=entry.members,
            _of_forms={},
        )
        for item in entry.statements
    )
    return Use(
        entry=entry,
        constants=constants,
        free=free,
        members=members,
        roots=_roots(entry),
        statements=statements,
        made=_maker(constants, free, statements),
    )


def _maker(
    constants: Mapping[str, tuple[Match, ...]], free: Sequence[Parameter], statements: Sequence[StatementPlan]
) -> Callable[[str, str, tuple[str, ...]], tuple[Made, ...] | None]:
    """The function ``made`` of an entry."""
    if (
        len(free) > 1
        or any(parameter.kind.also_lower_case for parameter in free)
        or any("${" in one.fields["Value"] for (one,) in constants.values())
    ):
        return lambda member, value, fixed: None

    @lru_cache(maxsize=_REMEMBERED)
    def made(member: str, value: str, fixed: tuple[str, ...]) -> tuple[Made, ...] | None:
        matches = dict(constants)
        for parameter in free:
            one = parameter.read(value)
            if one is None or one.form.id not in parameter.plain:
                return None
            matches[parameter.name] = (one,)
        binding = Binding(matches, member, (value,) if free else ())
        filled = dict(zip(GLOBALS, fixed, strict=True))
        found = [item.made(binding, filled, item.reason(binding)) for item in statements]
        return tuple([item for item in found if item is not None]) if None not in found else None

    return made


def trust_made(
    catalog: Catalog, operation: str, grantee: str, addon: str, trust: Trust, fixed: tuple[str, ...]
) -> Made | None:
    """A trust statement with Partition, Region and Account; None if it has other placeholders. Remembers the last."""
    remembered = catalog._memo.get("trust")
    if remembered is None:
        remembered = catalog._memo.setdefault("trust", lru_cache(maxsize=1024)(partial(_trust_made, catalog)))
    return remembered(operation, grantee, addon, trust.id, fixed)  # type: ignore[no-any-return]


def _trust_made(
    catalog: Catalog, operation: str, grantee: str, addon: str, trust_id: str, fixed: tuple[str, ...]
) -> Made | None:
    trust = catalog.trust(trust_id)
    names = dict(zip(GLOBALS, fixed, strict=True))
    try:
        condition = {
            operator: {
                key: tuple(dict.fromkeys([format_of(text) % names for text in values])) for key, values in keys.items()
            }
            for operator, keys in trust.condition.items()
        }
        principal = tuple(
            (kind, tuple([format_of(text) % names for text in values])) for kind, values in trust.principal.items()
        )
    except KeyError:
        return None
    reason = Reason(operation, grantee, addon, trust.id, trust.why, trust.evidence, trust.sources)
    return (trust.sid, trust.actions, frozen(condition), principal), (), condition, reason


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
