"""Turns entries of records, bound to the values of a request, into the statements of one document. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Literal, NamedTuple

from jmespath.exceptions import JMESPathError

from .bindings import Binding
from .documents import ComposedStatement, Document, Finding, Reason, Request, ScopeChoice
from .expressions import Expression, Partial, Unknown, is_true, joined
from .model import GLOBALS, AddOn, Catalog, Condition, Entry, Grantee, Operation, Trust
from .plans import Key, Made, Parameter, StatementPlan, Use, trust_made
from .values import (
    Match,
    cause,
    filled,
    folded,
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

#: An entry's parameters with their values, or what these give at once.
Bound = Binding | tuple[Made, ...]

#: Makes a statement of a tuple of its parts; there are so many that the usual way takes noticeable time.
_statement = tuple.__new__

_TRUST_ENTRY = Entry("", "", (), {}, {}, {}, (), "", None, (), {})


# --- one document ---------------------------------------------------------------------------------------------


class _Skipped(NamedTuple):
    """A value whose form an entry is not for."""

    key: tuple[str, str, str]
    title: str
    label: str


#: What reading a value brought up: a finding, a value that no entry has been for yet, or one that an entry is for,
#: as operation, members walked through, and value.
_Event = Finding | _Skipped | tuple[str, str, str]


def _finding(kind: Literal["problem", "note"], request: Request, member: str, value: Any, message: str) -> Finding:
    return Finding(kind, request.operation, member, short(value), message, request.label)


class Memory:
    """What expressions found in requests, in one composition."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: dict[tuple[int, str], list[Any]] = {}


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
        self._folds = any(not text or text.endswith("/") for text in values.values())
        self.given = given
        self._at_once = scope != "broad" and not self._folds
        self.statements: dict[tuple[Any, ...], list[Any]] = {}
        self.findings: dict[Finding, None] = {}
        self.skipped: dict[tuple[str, str, str], tuple[str, str]] = {}
        self.covered: set[tuple[str, str, str]] = set()
        self._found = memory.found
        self._nothing = Binding({}, "", ())
        self._globals = {name: values.get(name, "${" + name + "}") for name in GLOBALS}
        self._fixed = tuple(self._globals.values())

    # bindings

    def bindings(self, use: Use, request: Request, events: list[_Event]) -> list[Bound]:
        """What an entry's parameters are bound to by a request; empty if the request has no value for it.

        Args:
            use: the entry, prepared.
            request: the request.
            events: takes what :meth:`note` is to record once it is sure that the entry is needed.
        """
        if request.members is None or not use.members:
            opened = self._open_binding(use, request, events)
            return [] if opened is None else [opened]
        found: list[Bound] = []
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
        found = self._found.get(key)
        if found is None:
            try:
                found = items(compiled.evaluate(request.members))
            except JMESPathError:
                # A function was given what it cannot take: the expression finds nothing in this request.
                found = []
            self._found[key] = found
        return found

    def note(self, events: Iterable[_Event]) -> None:
        """Records what reading values brought up."""
        for event in events:
            if isinstance(event, Finding):
                self.findings[event] = None
            elif isinstance(event, _Skipped):
                self.skipped.setdefault(event.key, event[1:])
            else:
                self.covered.add(event)

    def _constants(self, use: Use) -> dict[str, tuple[Match, ...]]:
        if not use.constants:
            return {}
        return {
            name: tuple(Match(one.form, {"Value": filled(one.fields["Value"], self.values)}) for one in matches)
            for name, matches in use.constants.items()
        }

    def _open_binding(self, use: Use, request: Request, events: list[_Event]) -> Bound | None:
        if not use.free and self._at_once:
            made = use.made("", "", self._fixed)
            if made is not None:
                return made
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
    ) -> Bound | None:
        if type(item) is str and len(use.free) == 1:
            return self._bind_one(use, use.free[0], text, walked, item, request, events)
        if isinstance(item, dict):
            if not any(is_true(value) for value in item.values()):
                return None
            values = item
        elif not use.free and self._at_once and (made := use.made(text, "", self._fixed)) is not None:
            return made
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

    def _bind_one(
        self,
        use: Use,
        parameter: Parameter,
        text: str,
        walked: str,
        value: str,
        request: Request,
        events: list[_Event],
    ) -> Bound | None:
        """What :meth:`_bind` gives for the one text of the one parameter that most entries have, in less time."""
        kind = parameter.kind
        if self._at_once and len(value) <= kind.max_length:
            made = use.made(text, value, self._fixed)
            if made is not None:
                events.append((request.operation, walked, value))
                return made
        one = parameter.read(value)
        if one is not None and one.form.id in parameter.plain:
            events.append((request.operation, walked, value))
        else:
            read = self._match(use, parameter, value, text, walked, request, events)
            if read is False:
                return None
            one = read
        if one is None:
            matched = self._placeholders(parameter) if kind.default in parameter.accepted else ()
            if not matched:
                return None
        else:
            matched = (one, *lower_cased(kind, one)) if kind.also_lower_case else (one,)
        if use.constants:
            return Binding({**self._constants(use), parameter.name: matched}, text, (value,))
        return Binding({parameter.name: matched}, text, (value,))

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
        if isinstance(value, Partial):
            value = self._completed(value)
        is_partial = isinstance(value, Partial)
        found = match(kind, value) if is_partial else parameter.read(str(value))
        key = (request.operation, walked, value)
        if found is None:
            events.append(key)
            if is_partial:
                message = f"is not known enough to be read as {kind.title}"
                events.append(_finding("note", request, member, value, message))
                return None
            usual = next(form for form in kind.forms if form.id == kind.default)
            why = cause(kind, value)
            message = f"is no {kind.title}: {why}" if why else f"is no {kind.title} (such as {usual.examples[0]})"
            events.append(_finding("problem", request, member, value, message))
            return None
        form = found.form
        if form.no_permission:
            events.append(key)
            kind_of_finding: Literal["problem", "note"] = "problem" if form.is_wrong else "note"
            events.append(_finding(kind_of_finding, request, member, value, form.no_permission))
            return None if form.is_wrong else False
        if form.id not in parameter.accepted:
            events.append(_Skipped(key, form.title, request.label))
            return False
        events.append(key)
        if form.warning:
            events.append(_finding("note", request, member, value, form.warning))
        return self._fill(found) if is_partial else found

    def _completed(self, value: Partial) -> str:
        """A partly known value with the values given for its parts, so that it is read as a whole: by its kind."""
        given = {name: several[0] for name, several in self.given.items() if len(several) == 1}
        return joined(
            given.get(p.name, p) if isinstance(p, Unknown) and p.name not in GLOBALS else p for p in value.parts
        )

    # statements

    def add(self, use: Use, bound: Bound) -> None:
        """Adds an entry's statements, expanded with one binding."""
        if not isinstance(bound, Binding):
            for made in bound:
                self._put(*made)
            return
        for one in use.statements:
            reason = one.reason(bound)
            made_now = one.made(bound, self._globals, reason) if self._at_once else None
            if made_now is not None:
                self._put(*made_now)
                continue
            for resources, condition, key in self._expand(use.entry, one, bound):
                self._put((one.sid, one.statement.actions, key, ()), resources, condition, reason)

    def _expand(
        self, entry: Entry, one: StatementPlan, binding: Binding
    ) -> list[tuple[Sequence[str], Condition, tuple[Any, ...]]]:
        """A statement's resources, each group with the condition that goes with it and the condition's key."""
        statement = one.statement
        if self.scope == "broad":
            condition = self._render_condition(_unbound(statement.condition, entry), entry, binding)
            return [(("*",), condition, frozen(condition))]
        if one.key is not None:
            condition, fixed = statement.condition, one.key[2]
        else:
            condition = self._render_condition(statement.condition, entry, binding)
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
                return [self._put_into(template, texts) for template in templates]
            except KeyError:
                pass  # a name no value fills; the slow way gives its placeholder
        return [text for template in templates for text in self._render(template, entry, binding, parameter)]

    def _render_condition(self, condition: Condition, entry: Entry, binding: Binding, parameter: str = "") -> Condition:
        if not condition:
            return condition
        rendered: dict[str, dict[str, tuple[str, ...]]] = {}
        for operator, keys in condition.items():
            inner = rendered[operator] = {}
            for key, values in keys.items():
                texts = self._all(values, entry, binding, parameter)
                inner[key] = tuple(texts) if len(texts) == 1 else tuple(dict.fromkeys(texts))
        return rendered

    def _render(self, template: str, entry: Entry, binding: Binding, parameter: str = "") -> list[str]:
        """Fills a template once for each combination of the matches whose fields it names."""
        pieces = parts(template)
        if len(pieces) == 1:
            return [template]
        names = pieces[1::2]
        texts, several = binding.several(parameter, self._globals)
        chosen = {
            name: texts[name] if name in texts else self._open(entry, name) for name in names if name not in several
        }
        if len(chosen) == len(names):
            return [self._put_into(template, chosen)]
        # Only parameters with several matches that the template names multiply it.
        used = list(dict.fromkeys([several[name] for name in names if name in several]))
        rendered = []
        for combination in product(*[binding.matches[name] for name in used]):
            for owner, one in zip(used, combination, strict=True):
                for name in names:
                    if several.get(name) == owner:
                        chosen[name] = one.fields[name] if name in one.fields else one.fields["Value"]
            rendered.append(self._put_into(template, chosen))
        return rendered

    def _put_into(self, template: str, texts: Mapping[str, str]) -> str:
        return folded(template, texts) if self._folds else format_of(template) % texts

    def _open(self, entry: Entry, name: str) -> str:
        """What stands for a name that no match fills: a value the user gave, or the placeholder."""
        full = name if name in GLOBALS else entry.prefix + name
        return self.values.get(full, "${" + full + "}")

    def _put(
        self,
        key: Key,
        resources: Iterable[str],
        condition: Condition,
        reason: Reason,
    ) -> None:
        """Puts resources and the reason for them into the statement of a key: Sid, actions, condition, principal."""
        slot = self.statements.get(key)
        if slot is None:
            self.statements[key] = [[*resources], condition, [reason]]
        else:
            slot[0] += resources
            slot[2].append(reason)

    def add_trust(self, operation: Operation, grantee: Grantee, addon: AddOn | None, trust: Trust) -> None:
        """Adds one trust statement."""
        if self._at_once:
            made = trust_made(self.catalog, operation.name, grantee.id, addon.id if addon else "", trust, self._fixed)
            if made is not None:
                self._put(*made)
                return
        nothing = self._nothing
        condition = self._render_condition(trust.condition, _TRUST_ENTRY, nothing)
        principal = {
            kind: tuple(self._all(values, _TRUST_ENTRY, nothing, "")) for kind, values in trust.principal.items()
        }
        reason = Reason(
            operation.name, grantee.id, addon.id if addon else "", trust.id, trust.why, trust.evidence, trust.sources
        )
        self._put((trust.sid, trust.actions, frozen(condition), tuple(principal.items())), (), condition, reason)

    def document(self) -> Document:
        """The statements so far: resources reduced and sorted, Sids made unique."""
        statements = [
            _statement(
                ComposedStatement,
                (
                    sid,
                    actions,
                    tuple(resources) if len(resources) < 2 else reduced(tuple(resources)),
                    condition,
                    tuple(reasons) if len(reasons) == 1 else tuple(dict.fromkeys(reasons)),
                    dict(principal),
                ),
            )
            for (sid, actions, _, principal), (resources, condition, reasons) in self.statements.items()
        ]
        taken = {statement.sid for statement in statements}
        if len(taken) < len(statements):
            _tell_apart(statements, taken)
        return Document(tuple(statements))

    def uncovered(self) -> list[Finding]:
        """Findings for values whose form no statement of the record is for."""
        return [
            Finding("problem", operation, member, short(value), f"no statement covers this form: {title}", label)
            for (operation, member, value), (title, label) in self.skipped.items()
            if (operation, member, value) not in self.covered
        ]


def _tell_apart(statements: list[ComposedStatement], taken: set[str]) -> None:
    """Numbers Sids that stand there more than once."""
    used: dict[str, int] = {}
    for index, statement in enumerate(statements):
        sid = unique = statement.sid
        used[sid] = used.get(sid, 0) + 1
        while used[sid] > 1 and (unique := f"{sid}{used[sid]}") in taken:
            used[sid] += 1
        if unique != sid:
            taken.add(unique)
            statements[index] = statement._replace(sid=unique)


def _unbound(condition: Condition, entry: Entry) -> Condition:
    """The parts of a condition that hold for every resource: those that no request value fills."""
    fixed = {*GLOBALS, *entry.constants}
    kept: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, keys in condition.items():
        for key, values in keys.items():
            if all(name in fixed for value in values for name in names_in(value)):
                kept.setdefault(operator, {})[key] = values
    return kept
