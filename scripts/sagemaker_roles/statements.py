"""Turns entries of records, bound to the values of a request, into the statements of one document. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, Literal, NamedTuple

from jmespath.exceptions import JMESPathError

from .expressions import Expression, Partial, is_true
from .model import GLOBALS, AddOn, Catalog, Condition, Entry, Grantee, Kind, Operation, Trust
from .plans import Parameter, StatementPlan, Use
from .values import (
    Match,
    escape,
    filled,
    format_of,
    frozen,
    items,
    lower_cased,
    match,
    merged,
    names_in,
    parts,
    reduced,
    short,
)

ScopeChoice = Literal["scoped", "broad"]


@dataclass(frozen=True, slots=True)
class Request:
    """One API request to compose for.

    Attributes:
        operation: name of the operation.
        members: the request's members in the API's own spelling, or None to keep every placeholder.
        label: what messages call it ("training.json", "event 3 of trail.json.gz").
        by_service: a service makes it with a role of its own (as a pipeline does for its steps), so that it says
            nothing about the caller.
    """

    operation: str
    members: Mapping[str, Any] | None = None
    label: str = ""
    by_service: bool = False


class Reason(NamedTuple):
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


# --- one use of statements ------------------------------------------------------------------------------------


class Binding:
    """The values one use is expanded with: per parameter one or several matches.

    A name in a template is filled by the parameter being expanded, else by the first that has it, else by what is
    fixed.

    Attributes:
        matches: parameter to its matches.
        member: the JMESPath that found the values, or "".
        values: the values as given.
    """

    __slots__ = ("_several", "_texts", "matches", "member", "values")

    def __init__(self, matches: Mapping[str, tuple[Match, ...]], member: str, values: tuple[str, ...]) -> None:
        self.matches, self.member, self.values = matches, member, values
        self._texts: dict[str, Mapping[str, str]] = {}
        self._several: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = {}

    def texts(self, parameter: str, fixed: Mapping[str, str]) -> Mapping[str, str] | None:
        """What fills each name while a parameter is expanded ("" for none); None if some parameter has several matches.

        The same must be fixed at every call.
        """
        found = self._texts.get(parameter)
        if found is None:
            texts = dict(fixed)
            for name in self._order(parameter):
                matches = self.matches[name]
                if len(matches) > 1:
                    return None
                for one in matches:
                    if "Value" in one.fields:
                        texts[name] = one.fields["Value"]
                    texts.update(one.fields)
            found = self._texts[parameter] = texts
        return found

    def several(self, parameter: str, fixed: Mapping[str, str]) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """What fills the names that one text fills, and for the others the parameter whose matches fill them."""
        found = self._several.get(parameter)
        if found is None:
            texts, owners = dict(fixed), dict[str, str]()
            for name in self._order(parameter):
                matches = self.matches[name]
                for one in matches:
                    for own in (*one.fields, name) if "Value" in one.fields else one.fields:
                        if len(matches) > 1:
                            owners[own] = name
                            texts.pop(own, None)
                        else:
                            owners.pop(own, None)
                            texts[own] = one.fields[own] if own in one.fields else one.fields["Value"]
            found = self._several[parameter] = (texts, owners)
        return found

    def _order(self, parameter: str) -> list[str]:
        """The parameters, the one that fills names first at the end."""
        order = [name for name in self.matches if name != parameter]
        order.reverse()
        return [*order, parameter] if parameter in self.matches else order


_TRUST_ENTRY = Entry("", "", (), {}, {}, {}, (), "", None, (), {})


# --- one document ---------------------------------------------------------------------------------------------

#: What reading a value brought up: a finding, or a form that no statement or some statement is for.
_Event = tuple[str, Any, Any]


def _finding(kind: Literal["problem", "note"], request: Request, member: str, value: Any, message: str) -> _Event:
    return "finding", Finding(kind, request.operation, member, short(value), message, request.label), None


class Memory:
    """What expressions found in requests, and how values were read, in one composition."""

    __slots__ = ("found", "matches")

    def __init__(self) -> None:
        self.found: dict[tuple[int, str], list[Any]] = {}
        self.matches: dict[tuple[str, str], Match | None] = {}


class Composer:
    """Collects the statements of one document.

    Args:
        catalog: the knowledge base.
        scope: ``scoped`` or ``broad``.
        values: placeholder name to the text put in its place, escaped.
        given: name of a parameter (with its prefix) to values for it, as a request would write them.
        memory: what the composers of one composition share.
    """

    def __init__(
        self,
        catalog: Catalog,
        scope: ScopeChoice,
        values: Mapping[str, str],
        given: Mapping[str, Sequence[str]],
        memory: Memory,
    ) -> None:
        self.catalog = catalog
        self.scope = scope
        self.values = values
        self.given = given
        self.statements: dict[tuple[Any, ...], list[Any]] = {}
        self.findings: dict[Finding, None] = {}
        self.skipped: dict[tuple[str, str, str], tuple[str, str]] = {}
        self.covered: set[tuple[str, str, str]] = set()
        self._memory = memory
        self._globals = {name: values.get(name, "${" + name + "}") for name in GLOBALS}

    # bindings

    def bindings(self, use: Use, request: Request, events: list[_Event]) -> list[Binding]:
        """What an entry's parameters are bound to by a request; empty if the request has no value for it.

        Args:
            use: the entry, prepared.
            request: the request.
            events: takes what :meth:`note` is to record once it is sure that the entry is needed.
        """
        if request.members is None or not use.members:
            opened = self._open_binding(use, request, events)
            return [] if opened is None else [opened]
        found: list[Binding] = []
        if use.roots is not None and use.roots.isdisjoint(request.members):
            return found
        for text, compiled, walked in use.members:
            if compiled.roots is not None and compiled.roots.isdisjoint(request.members):
                continue
            for item in self._items(text, compiled, request):
                bound = self._bind(use, text, walked, item, request, events)
                if bound is not None:
                    found.append(bound)
        return found

    def _items(self, text: str, compiled: Expression, request: Request) -> list[Any]:
        """What an expression finds in a request, as a flat list; several entries often ask for the same."""
        key = (id(request), text)
        found = self._memory.found.get(key)
        if found is None:
            try:
                found = items(compiled.evaluate(request.members))
            except JMESPathError:
                # A function was given what it cannot take: the expression finds nothing in this request.
                found = []
            self._memory.found[key] = found
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
        if not use.constants:
            return {}
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
            value = values.get(parameter.name)
            given = (value,) if type(value) is str else items(value)
            for value in given:
                one = self._match(use, parameter, value, text, walked, request, events)
                if one is False:
                    continue
                if one is not None:
                    read.append(one)
                    if parameter.kind.also_lower_case:
                        read += lower_cased(parameter.kind, one)
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
        if not isinstance(value, str):
            events.append(_finding("problem", request, member, value, f"must be text: {kind.title}"))
            return None
        is_partial = isinstance(value, Partial)
        found = match(kind, value) if is_partial else self._matched(kind, value)
        key = (request.operation, walked, value)
        if found is None:
            events.append(("covered", key, None))
            if is_partial:
                message = f"is not known enough to be read as {kind.title}"
                events.append(_finding("note", request, member, value, message))
                return None
            usual = next(form for form in kind.forms if form.id == kind.default)
            message = f"is no {kind.title} (such as {usual.examples[0]})"
            events.append(_finding("problem", request, member, value, message))
            return None
        form = found.form
        if form.no_permission:
            events.append(("covered", key, None))
            events.append(_finding("note", request, member, value, form.no_permission))
            return False
        if form.id not in parameter.accepted:
            events.append(("skipped", key, (form.title, request.label)))
            return False
        events.append(("covered", key, None))
        if form.warning:
            events.append(_finding("note", request, member, value, form.warning))
        return self._fill(found) if is_partial else found

    def _matched(self, kind: Kind, value: str) -> Match | None:
        """A value as its kind reads it; entries and requests share buckets, images and keys."""
        key = (kind.id, value)
        if key not in self._memory.matches:
            self._memory.matches[key] = match(kind, value)
        return self._memory.matches[key]

    # statements

    def add(self, operation: Operation, grantee: Grantee, addon: AddOn | None, use: Use, binding: Binding) -> None:
        """Adds an entry's statements, expanded with one binding."""
        entry = use.entry
        asker = (operation.name, grantee.id, addon.id if addon else "", entry.use)
        members = (binding.member,) if binding.member else entry.members
        for one in use.statements:
            statement = one.statement
            reason = Reason(*asker, one.why, one.evidence, one.sources, members, binding.values, statement.notes)
            for resources, condition, key in self._expand(entry, one, binding):
                self._put((one.sid, statement.actions, key, ()), resources, condition, reason)

    def _expand(
        self, entry: Entry, one: StatementPlan, binding: Binding
    ) -> list[tuple[Sequence[str], Condition, tuple[Any, ...]]]:
        """A statement's resources, each group with the condition that goes with it and the condition's key."""
        statement = one.statement
        if self.scope == "broad":
            condition = self._render_condition(_unbound(statement.condition, entry), entry, binding)
            return [(("*",), condition, frozen(condition))]
        condition, fixed = statement.condition, one.condition_key
        if fixed is None:
            condition = self._render_condition(condition, entry, binding)
            fixed = frozen(condition)
        if statement.resources:
            return [(self._all(statement.resources, entry, binding, ""), condition, fixed)]
        groups: dict[tuple[Any, ...], tuple[list[str], Condition]] = {}
        for parameter, matches in binding.matches.items():
            for found in matches:
                alone = binding
                if len(matches) > 1:
                    alone = Binding({**binding.matches, parameter: (found,)}, binding.member, binding.values)
                for name in statement.scopes:
                    scope = found.form.scopes.get(name)
                    if scope is None:
                        continue
                    both, key = condition, fixed
                    if scope.condition:
                        both = merged(condition, self._render_condition(scope.condition, entry, alone, parameter))
                        key = frozen(both)
                    own = self._all(scope.resources, entry, alone, parameter)
                    if key in groups:
                        groups[key][0].extend(own)
                    else:
                        groups[key] = (own, both)
        return [(collected, both, key) for key, (collected, both) in groups.items()]

    def _all(self, templates: Sequence[str], entry: Entry, binding: Binding, parameter: str) -> list[str]:
        """Every template, filled."""
        texts = binding.texts(parameter, self._globals)
        if texts is not None:
            try:
                return [format_of(template) % texts for template in templates]
            except KeyError:
                pass  # a name no value fills; the slow way gives its placeholder
        return [text for template in templates for text in self._render(template, entry, binding, parameter)]

    def _render_condition(self, condition: Condition, entry: Entry, binding: Binding, parameter: str = "") -> Condition:
        if not condition:
            return condition
        return {
            operator: {
                key: tuple(dict.fromkeys(self._all(values, entry, binding, parameter))) for key, values in keys.items()
            }
            for operator, keys in condition.items()
        }

    def _render(self, template: str, entry: Entry, binding: Binding, parameter: str = "") -> list[str]:
        """Fills a template once for each combination of the matches whose fields it names."""
        pieces = parts(template)
        if len(pieces) == 1:
            return [template]
        # Only parameters with several matches that the template names multiply it.
        names = pieces[1::2]
        texts, several = binding.several(parameter, self._globals)
        used = list(dict.fromkeys(several[name] for name in names if name in several))
        rendered = []
        for combination in product(*(binding.matches[name] for name in used)):
            chosen = dict(texts)
            for owner, one in zip(used, combination, strict=True):
                for name in names:
                    if several.get(name) == owner:
                        chosen[name] = one.fields[name] if name in one.fields else one.fields["Value"]
            for name in names:
                if name not in chosen:
                    full = name if name in GLOBALS else entry.prefix + name
                    chosen[name] = self.values.get(full, "${" + full + "}")
            rendered.append(format_of(template) % chosen)
        return rendered

    def _put(
        self,
        key: tuple[str, tuple[str, ...], tuple[Any, ...], tuple[Any, ...]],
        resources: Iterable[str],
        condition: Condition,
        reason: Reason,
    ) -> None:
        """Puts resources and the reason for them into the statement of a key: Sid, actions, condition, principal."""
        slot = self.statements.get(key)
        if slot is None:
            self.statements[key] = [set(resources), condition, [reason]]
        else:
            slot[0].update(resources)
            slot[2].append(reason)

    def add_trust(self, operation: Operation, grantee: Grantee, addon: AddOn | None, trust: Trust) -> None:
        """Adds one trust statement."""
        nothing = Binding({}, "", ())
        condition = self._render_condition(trust.condition, _TRUST_ENTRY, nothing)
        principal = {
            kind: tuple(text for value in values for text in self._render(value, _TRUST_ENTRY, nothing))
            for kind, values in trust.principal.items()
        }
        reason = Reason(
            operation.name, grantee.id, addon.id if addon else "", trust.id, trust.why, trust.evidence, trust.sources
        )
        self._put((trust.sid, trust.actions, frozen(condition), tuple(principal.items())), (), condition, reason)

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
                ComposedStatement(unique, actions, reduced(resources), condition, _once(reasons), dict(principal))
            )
        return Document(tuple(statements))

    def uncovered(self) -> list[Finding]:
        """Findings for values whose form no statement of the record is for."""
        return [
            Finding("problem", operation, member, short(value), f"no statement covers this form: {title}", label)
            for (operation, member, value), (title, label) in self.skipped.items()
            if (operation, member, value) not in self.covered
        ]


def _once(reasons: list[Reason]) -> tuple[Reason, ...]:
    """Reasons without repetition."""
    return tuple(reasons) if len(reasons) == 1 else tuple(dict.fromkeys(reasons))


def without_duplicates(document: Document) -> Document:
    """A document without statements whose grants another one holds as well; that one then has the reasons of both."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    kept: dict[int, ComposedStatement] = {}
    for index, statement in enumerate(document.statements):
        group = groups.setdefault((statement.actions, frozen(statement.condition)), [])
        if not statement.resources:
            kept[index] = statement
            continue
        for other in [*group]:
            both = set(reduced((*kept[other].resources, *statement.resources)))
            if both == set(kept[other].resources):
                kept[other] = _joint(kept[other], statement)
                break
            if both == set(statement.resources):
                statement = _joint(statement, kept.pop(other))
                group.remove(other)
        else:
            group.append(index)
            kept[index] = statement
    return document if len(kept) == len(document.statements) else Document(tuple(kept[index] for index in sorted(kept)))


def _joint(statement: ComposedStatement, other: ComposedStatement) -> ComposedStatement:
    return replace(statement, reasons=tuple(dict.fromkeys((*statement.reasons, *other.reasons))))


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
