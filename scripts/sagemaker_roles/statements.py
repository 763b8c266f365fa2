"""Turns entries of records, bound to the values of a request, into the statements of one document. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any, Literal

from jmespath.exceptions import JMESPathError

from .expressions import Expression, Partial, expression, is_true
from .model import GLOBALS, AddOn, Catalog, Condition, Entry, Form, Grantee, Kind, Operation, Scope, Statement, Trust
from .values import Match, escape, filled, frozen, items, lower_cased, match, merged, names_in, parts, reduced, short

ScopeChoice = Literal["scoped", "broad"]


@dataclass(frozen=True, slots=True)
class Request:
    """One API request to compose for.

    Attributes:
        operation: name of the operation.
        members: the request's members in the API's own spelling, or None to keep every placeholder.
        label: what messages call it ("training.json", "event 3 of trail.json.gz").
    """

    operation: str
    members: Mapping[str, Any] | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a composed statement is there: which record asked for it, for which member and value."""

    operation: str
    grantee: str
    addon: str
    use: str
    why: str
    evidence: str
    sources: tuple[str, ...]
    members: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComposedStatement:
    """A statement of a composed document with the reasons for it."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition
    reasons: tuple[Reason, ...]
    principal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The statement as IAM writes it, keys in IAM's usual order, every value that may be a list a list."""
        document: dict[str, Any] = {"Sid": self.sid, "Effect": "Allow"}
        if self.principal:
            document["Principal"] = {kind: list(values) for kind, values in self.principal.items()}
        document["Action"] = list(self.actions)
        if self.resources:
            document["Resource"] = list(self.resources)
        if self.condition:
            document["Condition"] = {
                operator: {key: list(values) for key, values in sorted(keys.items())}
                for operator, keys in sorted(self.condition.items())
            }
        return document

    def texts(self) -> Iterator[str]:
        """Every text in it that may hold placeholders."""
        yield from self.resources
        for keys in self.condition.values():
            for values in keys.values():
                yield from values
        for values in self.principal.values():
            yield from values


@dataclass(frozen=True, slots=True)
class Document:
    """A composed policy document."""

    statements: tuple[ComposedStatement, ...]

    def to_json(self) -> dict[str, Any]:
        """The document as IAM writes it."""
        return {"Version": "2012-10-17", "Statement": [statement.to_json() for statement in self.statements]}

    def placeholders(self) -> tuple[str, ...]:
        """Names of the placeholders that stay open, sorted."""
        found: set[str] = set()
        for statement in self.statements:
            for text in statement.texts():
                if "${" in text:
                    found.update(names_in(text))
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a request says that the composer cannot use or the user should know.

    Attributes:
        kind: ``problem`` (the result is incomplete) or ``note``.
        member: the JMESPath that found the value.
        value: the value, as given.
        message: what is wrong and what would be right.
        label: what the request was called.
    """

    kind: Literal["problem", "note"]
    operation: str
    member: str
    value: str
    message: str
    label: str = ""


# --- what is the same for every request -----------------------------------------------------------------------

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
class Use:
    """An entry of a record, prepared once for all requests.

    Attributes:
        members: per ``from``: its text, its compiled form, and the members it walks through.
    """

    entry: Entry
    constants: Mapping[str, tuple[Match, ...]]
    free: tuple[Parameter, ...]
    members: tuple[tuple[str, Expression, str], ...]


def prepared(catalog: Catalog, entry: Entry) -> Use:
    """The prepared form of an entry of the catalog's records."""
    key = ("use", id(entry))
    found: Use | None = catalog.memo.get(key)
    if found is None:
        found = catalog.memo[key] = Use(
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
            members=tuple((text, expression(text), _walked(text)) for text in entry.members),
        )
    return found


def _parameter(entry: Entry, name: str, kind: Kind) -> Parameter:
    forms = entry.forms(name, kind)
    fields = {
        own: "${" + (own if own in GLOBALS else entry.prefix + (name if own == "Value" else own)) + "}"
        for own in (forms[0].fields if forms else ())
    }
    return Parameter(name, kind, frozenset(form.id for form in forms), Match(forms[0], fields) if forms else None)


@lru_cache(maxsize=1024)
def _walked(text: str) -> str:
    """The members an expression walks through, without filters: two expressions that find one value give one text."""
    return ".".join(re.findall(r"[A-Za-z][A-Za-z0-9]*", re.sub(r"\[\?[^\]]*\]", "", text)))


@dataclass(frozen=True, slots=True)
class Binding:
    """The values one use is expanded with: per parameter one or several matches."""

    matches: Mapping[str, tuple[Match, ...]]
    member: str
    values: tuple[str, ...]


_TRUST_ENTRY = Entry("", "", (), {}, {}, {}, (), "", None, (), {})
_NOTHING = Binding({}, "", ())


# --- one document ---------------------------------------------------------------------------------------------

#: What reading a value brought up: a finding, or a form that no statement or some statement is for.
_Event = tuple[str, Any, Any]


class Composer:
    """Collects the statements of one document.

    Args:
        catalog: the knowledge base.
        scope: ``scoped`` or ``broad``.
        values: placeholder name to the text put in its place, escaped.
        given: name of a parameter (with its prefix) to values for it, as a request would write them.
    """

    def __init__(
        self,
        catalog: Catalog,
        scope: ScopeChoice,
        values: Mapping[str, str],
        given: Mapping[str, Sequence[str]],
        read: dict[tuple[str, str], Match | None],
    ) -> None:
        self.catalog = catalog
        self.scope = scope
        self.values = values
        self.given = given
        self.statements: dict[tuple[Any, ...], list[Any]] = {}
        self.findings: dict[Finding, None] = {}
        self.skipped: dict[tuple[str, str, str], tuple[str, str]] = {}
        self.covered: set[tuple[str, str, str]] = set()
        self._read = read

    # bindings

    def bindings(self, entry: Entry, request: Request, events: list[_Event]) -> list[Binding]:
        """What an entry's parameters are bound to by a request; empty if the request has no value for it.

        Args:
            entry: the entry.
            request: the request.
            events: takes what :meth:`note` is to record once it is sure that the entry is needed.
        """
        use = prepared(self.catalog, entry)
        if request.members is None or not entry.members:
            opened = self._open_binding(use, request, events)
            return [] if opened is None else [opened]
        found: list[Binding] = []
        for text, compiled, walked in use.members:
            if compiled.roots is not None and compiled.roots.isdisjoint(request.members):
                continue
            try:
                value = compiled.evaluate(request.members)
            except JMESPathError:
                # A function was given what it cannot take: the expression finds nothing in this request.
                continue
            for item in items(value):
                bound = self._bind(use, text, walked, item, request, events)
                if bound is not None:
                    found.append(bound)
        return found

    def note(self, events: Iterable[_Event]) -> None:
        """Records what reading values brought up."""
        for what, first, second in events:
            if what == "finding":
                self.findings[first] = None
            elif what == "covered":
                self.covered.add(first)
            else:
                self.skipped.setdefault(first, second)

    def _constants(self, use: Use) -> dict[str, tuple[Match, ...]]:
        return {
            name: tuple(Match(one.form, {"Value": filled(one.fields["Value"], self.values)}) for one in matches)
            for name, matches in use.constants.items()
        }

    def _open_binding(self, use: Use, request: Request, events: list[_Event]) -> Binding | None:
        matches = self._constants(use)
        for parameter in use.free:
            found = self._opened(use, parameter, request, events)
            if found:
                matches[parameter.name] = found
            elif self.given.get(use.entry.prefix + parameter.name):
                return None
        return Binding(matches, "", ())

    def _opened(self, use: Use, parameter: Parameter, request: Request, events: list[_Event]) -> tuple[Match, ...]:
        """The matches of a parameter no request value fills: the values given for it, else its placeholders."""
        name = use.entry.prefix + parameter.name
        found: list[Match] = []
        for value in self.given.get(name, ()):
            one = self._match(use, parameter, value, name, name, request, events)
            if one is not None:
                found += [one, *lower_cased(parameter.kind, one)] if one else []
                continue
            found += self._placeholders(parameter)
        return tuple(found) if self.given.get(name) else self._placeholders(parameter)

    def _placeholders(self, parameter: Parameter) -> tuple[Match, ...]:
        if parameter.open is None:
            return ()
        return (self._fill(parameter.open),)

    def _fill(self, one: Match) -> Match:
        """Puts values the user gave for placeholders."""
        if not self.values:
            return one
        return Match(one.form, {name: filled(text, self.values) for name, text in one.fields.items()})

    def _bind(
        self, use: Use, text: str, walked: str, item: Any, request: Request, events: list[_Event]
    ) -> Binding | None:
        if isinstance(item, dict):
            if not any(is_true(value) for value in item.values()):
                return None
            values = item
        else:
            values = {use.free[0].name: item} if use.free else {}
        matches = self._constants(use)
        texts: list[str] = []
        for parameter in use.free:
            read: list[Match] = []
            given = items(values.get(parameter.name))
            for value in given:
                one = self._match(use, parameter, value, text, walked, request, events)
                if one is False:
                    continue
                if one is not None:
                    read += [one, *lower_cased(parameter.kind, one)]
                elif parameter.kind.default in parameter.accepted:
                    read += self._placeholders(parameter)
                else:
                    # A value that cannot be read is shown once, by the statements for the kind's usual form.
                    continue
                texts.append(str(value))
            if not read:
                if given:
                    return None
                read = list(self._opened(use, parameter, request, events))
                if not read:
                    return None
            matches[parameter.name] = tuple(read)
        return Binding(matches, text, tuple(texts))

    def _match(
        self,
        use: Use,
        parameter: Parameter,
        value: Any,
        member: str,
        walked: str,
        request: Request,
        events: list[_Event],
    ) -> Match | Literal[False] | None:
        """Reads one value: a match, None if it stays a placeholder, False if it is not for this entry."""
        kind = parameter.kind
        key = (request.operation, walked, str(value))

        def find(what: Literal["problem", "note"], message: str) -> None:
            events.append(
                ("finding", Finding(what, request.operation, member, short(value), message, request.label), None)
            )

        if not isinstance(value, str):
            find("problem", f"must be text: {kind.title}")
            return None
        if isinstance(value, Partial):
            found = match(kind, value)
        else:
            memo = (kind.id, value)
            if memo in self._read:
                found = self._read[memo]
            else:
                found = self._read[memo] = match(kind, value)
        if found is None:
            events.append(("covered", key, None))
            if isinstance(value, Partial):
                find("note", f"is not known enough to be read as {kind.title}")
                return None
            usual = next(form for form in kind.forms if form.id == kind.default)
            find("problem", f"is no {kind.title} (such as {usual.examples[0]})")
            return None
        form = found.form
        if form.no_permission:
            events.append(("covered", key, None))
            find("note", form.no_permission)
            return False
        if form.id not in parameter.accepted:
            events.append(("skipped", key, (form.title, request.label)))
            return False
        events.append(("covered", key, None))
        if form.warning:
            find("note", form.warning)
        return self._fill(found) if isinstance(value, Partial) else found

    # statements

    def add(self, operation: Operation, grantee: Grantee, addon: AddOn | None, entry: Entry, binding: Binding) -> None:
        """Adds an entry's statements, expanded with one binding."""
        for statement in entry.statements:
            reason = Reason(
                operation.name,
                grantee.id,
                addon.id if addon else "",
                entry.use,
                entry.why or statement.why,
                entry.evidence or statement.evidence,
                entry.sources or statement.sources,
                (binding.member,) if binding.member else entry.members,
                binding.values,
                statement.notes,
            )
            for resources, condition in self._expand(entry, statement, binding):
                self._put(entry.prefix + statement.sid, statement.actions, resources, condition, reason, {})

    def _expand(
        self, entry: Entry, statement: Statement, binding: Binding
    ) -> Iterator[tuple[Sequence[str], Condition]]:
        if self.scope == "broad":
            kept = _unbound(statement.condition, entry)
            yield ("*",), self._render_condition(kept, entry, binding)
            return
        condition = self._render_condition(statement.condition, entry, binding)
        if statement.resources:
            yield (
                [text for template in statement.resources for text in self._render(template, entry, binding)],
                condition,
            )
            return
        groups: dict[Any, tuple[list[str], Condition]] = {}
        for parameter, matches in binding.matches.items():
            for one in matches:
                alone = binding if len(matches) == 1 else None
                for name in statement.scopes:
                    scope = one.form.scopes.get(name)
                    if scope is None:
                        continue
                    if alone is None:
                        alone = Binding({**binding.matches, parameter: (one,)}, binding.member, binding.values)
                    own = self._scope_resources(scope, entry, alone, parameter)
                    extra = self._render_condition(scope.condition, entry, alone, parameter)
                    both = merged(condition, extra)
                    groups.setdefault(frozen(both), ([], both))[0].extend(own)
        for collected, both in groups.values():
            yield collected, both

    def _scope_resources(self, scope: Scope, entry: Entry, binding: Binding, parameter: str) -> list[str]:
        return [text for template in scope.resources for text in self._render(template, entry, binding, parameter)]

    def _render_condition(self, condition: Condition, entry: Entry, binding: Binding, parameter: str = "") -> Condition:
        if not condition:
            return condition
        return {
            operator: {
                key: tuple(
                    dict.fromkeys(text for value in values for text in self._render(value, entry, binding, parameter))
                )
                for key, values in keys.items()
            }
            for operator, keys in condition.items()
        }

    def _render(self, template: str, entry: Entry, binding: Binding, parameter: str = "") -> list[str]:
        """Fills a template once for each combination of the matches whose fields it names."""
        pieces = parts(template)
        if len(pieces) == 1:
            return [template]
        owners: dict[str, str] = {}
        for name in pieces[1::2]:
            owner = self._owner(name, binding, parameter)
            if owner:
                owners[name] = owner
        used = list(dict.fromkeys(owners.values()))
        rendered = []
        for combination in product(*(binding.matches[name] for name in used)):
            chosen = dict(zip(used, combination, strict=True))
            out = [pieces[0]]
            for index in range(1, len(pieces), 2):
                name = pieces[index]
                owner = owners.get(name, "")
                if owner:
                    fields = chosen[owner].fields
                    out.append(fields[name] if name in fields else fields["Value"])
                else:
                    full = name if name in GLOBALS else entry.prefix + name
                    out.append(self.values[full] if full in self.values else "${" + full + "}")
                out.append(pieces[index + 1])
            rendered.append("".join(out))
        return rendered

    @staticmethod
    def _owner(name: str, binding: Binding, parameter: str) -> str:
        """Which parameter's value fills a name: the one being expanded, else the first that has it."""
        for candidate in (parameter, *binding.matches) if parameter else binding.matches:
            for one in binding.matches.get(candidate, ()):
                if name in one.fields or (name == candidate and "Value" in one.fields):
                    return candidate
        return ""

    def _put(
        self,
        sid: str,
        actions: tuple[str, ...],
        resources: Iterable[str],
        condition: Condition,
        reason: Reason,
        principal: Mapping[str, tuple[str, ...]],
    ) -> None:
        key = (sid, actions, frozen(condition), tuple(principal.items()))
        slot = self.statements.get(key)
        if slot is None:
            slot = self.statements[key] = [set(), condition, {}]
        slot[0].update(resources)
        slot[2][reason] = None

    def add_trust(self, operation: Operation, grantee: Grantee, addon: AddOn | None, trust: Trust) -> None:
        """Adds one trust statement."""
        condition = self._render_condition(trust.condition, _TRUST_ENTRY, _NOTHING)
        principal = {
            kind: tuple(text for value in values for text in self._render(value, _TRUST_ENTRY, _NOTHING))
            for kind, values in trust.principal.items()
        }
        reason = Reason(
            operation.name, grantee.id, addon.id if addon else "", trust.id, trust.why, trust.evidence, trust.sources
        )
        self._put(trust.sid, trust.actions, (), condition, reason, principal)

    def document(self) -> Document:
        """The statements so far: resources reduced and sorted, Sids made unique."""
        used: dict[str, int] = {}
        taken = {sid for sid, *_ in self.statements}
        statements = []
        for (sid, actions, _, principal), (resources, condition, reasons) in self.statements.items():
            used[sid] = used.get(sid, 0) + 1
            unique = sid
            while used[sid] > 1 and (unique := f"{sid}{used[sid]}") in taken:
                used[sid] += 1
            taken.add(unique)
            statements.append(
                ComposedStatement(unique, actions, reduced(resources), condition, tuple(reasons), dict(principal))
            )
        return Document(tuple(statements))

    def uncovered(self) -> list[Finding]:
        """Findings for values whose form no statement of the record is for."""
        return [
            Finding("problem", operation, member, short(value), f"no statement covers this form: {title}", label)
            for (operation, member, value), (title, label) in self.skipped.items()
            if (operation, member, value) not in self.covered
        ]


def _unbound(condition: Condition, entry: Entry) -> Condition:
    """The parts of a condition that hold for every resource: those that no request value fills."""
    fixed = {*GLOBALS, *entry.constants}
    kept: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, keys in condition.items():
        for key, values in keys.items():
            if all(name in fixed for value in values for name in names_in(value)):
                kept.setdefault(operator, {})[key] = values
    return kept


__all__ = [
    "Binding",
    "ComposedStatement",
    "Composer",
    "Document",
    "Finding",
    "Reason",
    "Request",
    "ScopeChoice",
    "escape",
]
