"""Turns entries of records, bound to the values of a request, into the statements of one document. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from ..catalog import GLOBALS, AddOn, Catalog, Condition, Entry, Grantee, Kind, Statement, Trust
from ..iam.prefix_coverage import reduced
from .documents import ComposedStatement, Document, Finding, Reason, Request, ScopeChoice, with_own_sids
from .expressions import Expression, is_true
from .named_resources import Named, finder
from .partial import Partial, Unknown, document, joined
from .prepared import Entries, Parameter, Use, reading
from .values import Match, cause, filled, folded, formatted, frozen, items, lower_cased, match, merged, names_in, short

#: What tells a statement apart in a document: Sid, actions, condition (see :func:`frozen`), principal.
Key = tuple[str, tuple[str, ...], tuple[Any, ...], tuple[Any, ...]]


#: Requests of which more are read anew each time: what is remembered of one takes ten times its own memory.
_MANY = 500


class Asked:
    """A request, the resources that it names, and how its texts read.

    Args:
        keeps: whether what was read is remembered, since several entries often ask for the same.
    """

    def __init__(self, catalog: Catalog, request: Request, *, keeps: bool = False) -> None:
        self.request = request
        self._catalog, self._keeps = catalog, keeps
        self._named: list[Named] | None = None
        self._values: dict[str, Any] = {}
        self._matches: dict[tuple[str, str, Any], Match | None] = {}
        self._readers: dict[tuple[str, str], dict[str, Entries]] = {}

    def keeping(self) -> Asked:
        """The same, remembering what is read as long as it is in use."""
        return self if self._keeps else Asked(self._catalog, self.request, keeps=True)

    @property
    def named(self) -> list[Named]:
        """The resources that the request names."""
        if self._named is not None:
            return self._named
        # What only requests with members need is loaded for them alone.
        named = finder(self._catalog).named(self.request.members) if self.request.members else []
        self._named = named if self._keeps else None
        return named

    def value(self, expression: Expression) -> Any:
        """What an expression gives; None if the request has no members."""
        members = self.request.members
        if members is None or not self._keeps:
            return None if members is None else expression.search(members)
        if expression.text not in self._values:
            self._values[expression.text] = expression.search(members)
        return self._values[expression.text]

    def texts(self, expression: Expression) -> set[str]:
        """The texts that an expression finds, those in the mappings that it makes too."""
        leaves: list[Any] = []
        for item in items(self.value(expression)):
            leaves += items(list(item.values())) if isinstance(item, dict) else [item]
        return {one for one in leaves if isinstance(one, str)}

    def match(self, kind: Kind, text: str) -> Match | None:
        """A text of the request as a match of a kind; None if it is no value of it."""
        if not self._keeps:
            return match(kind, text)
        key = (kind.id, text, text.parts if isinstance(text, Partial) else None)
        if key not in self._matches:
            self._matches[key] = match(kind, text)
        return self._matches[key]

    def readers(self, operation: str, grantee: Grantee) -> Mapping[str, Entries]:
        """Each text of the request that entries of a role or a caller read, to these with their add-ons."""
        key = (operation, grantee.id)
        if key in self._readers:
            return self._readers[key]
        readers: dict[str, Entries] = {}
        decides = "" if operation == self.request.operation else self.request.operation
        read = reading(self._catalog, operation, grantee, decides)
        for one in (one for name in ("", *(self.request.members or ())) for one in read.get(name, ())):
            for text in self.texts(one.expression):
                readers.setdefault(text, {}).update(one.entries)
        if self._keeps:
            self._readers[key] = readers
        return readers


def asked_for(catalog: Catalog, requests: Sequence[Request]) -> list[Asked]:
    """Some requests, of which each remembers what is read of it if they are few enough."""
    return [Asked(catalog, request, keeps=len(requests) <= _MANY) for request in requests]


class Binding(NamedTuple):
    """The values one use is expanded with.

    Attributes:
        matches: parameter to its matches.
        member: the JMESPath that found the values, or "".
        values: the values as given.
    """

    matches: Mapping[str, tuple[Match, ...]]
    member: str = ""
    values: tuple[str, ...] = ()


class Known:
    """What placeholders stand for, whatever a request has.

    Args:
        values: placeholder to the text put in its place.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.globals = {name: values.get(name, "${" + name + "}") for name in GLOBALS}
        self.fill = folded if any(not text or text.endswith("/") for text in values.values()) else formatted


class Filling(dict[str, str]):
    """The text for each name in the templates of an entry: that of a match, or else a value for it, or a placeholder.

    Args:
        known: what placeholders stand for.
        prefix: what those of the entry begin with, but for globals.
        matches: parameter to its matches; one fills what it can before those after it do.
    """

    def __init__(
        self, known: Known, prefix: str = "", matches: Mapping[str, tuple[Match, ...]] = MappingProxyType({})
    ) -> None:
        super().__init__(known.globals)
        self._known, self._prefix, self._matches = known, prefix, matches
        #: Name to the parameter that has several texts for it.
        self._several: dict[str, str] = {}
        for parameter, several in reversed([*matches.items()]):
            own: dict[str, str] = {}
            for one in several:
                if "Value" in one.fields:
                    own[parameter] = one.fields["Value"]
                own.update(one.fields)
            self.update(own)
            if len(several) > 1:
                self._several |= dict.fromkeys(own, parameter)
            elif self._several:
                self._several = {name: other for name, other in self._several.items() if name not in own}

    def __missing__(self, name: str) -> str:
        full = self._prefix + name
        return self._known.values.get(full, "${" + full + "}")

    def only(self, parameter: str, match: Match) -> Filling:
        """The same with a single match for one parameter, which goes before the others."""
        if next(iter(self._matches)) == parameter and len(self._matches[parameter]) == 1:
            return self
        matches = {parameter: (match,), **{name: few for name, few in self._matches.items() if name != parameter}}
        return Filling(self._known, self._prefix, matches)

    def condition(self, condition: Condition) -> Condition:
        """A condition with its values filled, and with its keys, which name the provider of a web identity."""
        return {
            operator: {
                filled: tuple(dict.fromkeys(self.all(values)))
                for key, values in keys.items()
                for filled in (self.all([key]) if key.startswith("${") else (key,))
            }
            for operator, keys in condition.items()
        }

    def all(self, templates: Sequence[str]) -> list[str]:
        """Every template, filled once for each combination of the matches whose fields it names."""
        fill = self._known.fill
        if not self._several:
            return [fill(template, self) for template in templates]
        return [fill(template, one) for template in templates for one in self._alternatives(template)]

    def _alternatives(self, template: str) -> Iterator[Filling]:
        used = dict.fromkeys(self._several[name] for name in names_in(template) if name in self._several)
        for chosen in product(*(self._matches[parameter] for parameter in used)):
            matches = {parameter: (one,) for parameter, one in zip(used, chosen, strict=True)}
            yield Filling(self._known, self._prefix, {**self._matches, **matches})


class Skipped(NamedTuple):
    """A value whose form an entry is not for."""

    key: tuple[str, str, str]
    title: str
    label: str


#: What reading a value brought up: a finding, a value that no entry has been for yet, or one that an entry is for,
#: as operation, members walked through, and value.
Event = Finding | Skipped | tuple[str, str, str]


class _Place(NamedTuple):
    """Where a value is read: the request, the expression that found it, and its path."""

    asked: Asked
    member: str
    path: str

    def finding(self, kind: Literal["problem", "note"], value: Any, message: str) -> Finding:
        request = self.asked.request
        return Finding(kind, request.operation, self.member, short(value), message, request.label)


#: Where the records ask for something: operation, and places of role, add-on and entry in their order.
Place = tuple[str, int, int, int]


class Slot:
    """A statement in the making: the resources and the reasons so far, and where the records ask for them."""

    __slots__ = ("condition", "place", "reasons", "resources")

    def __init__(self, condition: Condition, place: Place) -> None:
        self.condition = condition
        self.place = place
        self.resources: set[str] = set()
        self.reasons: dict[Reason, Place] = {}


#: What limits a service to the account, if it sends the key.
SOURCE_ACCOUNT: Condition = {"StringEquals": {"aws:SourceAccount": ("${Account}",)}}


def is_unconditioned(trust: Trust) -> bool:
    """Whether a trust is in services that could assume the role for any account."""
    return not trust.condition and {*trust.principal} == {"Service"}


class Composer:
    """Collects the statements of one document.

    Args:
        scope: ``scoped`` or ``broad``.
        values: placeholder name to the text put in its place, escaped.
        given: name of a parameter (with its prefix) to values for it, as a request would write them.

    Attributes:
        source_account: as in :func:`~sagemaker_roles.engine.compose.compose`.
        place: where the records ask for what is added.
        statements: what was added.
        skipped, covered: values whose form an entry is not for, and those that an entry is for.
    """

    def __init__(self, scope: ScopeChoice, values: Mapping[str, str], given: Mapping[str, Sequence[str]]) -> None:
        self.scope = scope
        self.values = values
        self.given = given
        self.findings: dict[Finding, None] = {}
        self.source_account = False
        self.place: Place = ("", 0, 0, 0)
        self._known = Known(values)
        self.statements: dict[Key, Slot] = {}
        self.skipped: dict[tuple[str, str, str], Skipped] = {}
        self.covered: set[tuple[str, str, str]] = set()

    # bindings

    def bindings(self, use: Use, asked: Asked, events: list[Event]) -> list[Binding]:
        """What an entry's parameters are bound to by a request; empty if the request has no value for it.

        Args:
            use: the entry, prepared.
            events: takes what :meth:`note` is to record once it is sure that the entry is needed.
        """
        if asked.request.members is None or not use.members or _is_unread(use, asked.request.members):
            return self.unfilled(use, asked, events)
        bound = []
        for member in use.members:
            place = _Place(asked, member.expression.shown, member.path)
            for item in items(asked.value(member.expression)):
                if (binding := self._bind(use, item, place, events)) is not None:
                    bound.append(binding)
        return bound

    def read(self, use: Use, value: str, asked: Asked, member: str, events: list[Event]) -> Binding | None:
        """What an entry's parameters are bound to by one value that was read at a member; see :meth:`bindings`."""
        return self._bind(use, value, _Place(asked, member, member), events)

    def note(self, events: Iterable[Event]) -> None:
        """Records what reading values brought up."""
        for event in events:
            if isinstance(event, Finding):
                self.findings[event] = None
            elif isinstance(event, Skipped):
                self.skipped.setdefault(event.key, event)
            else:
                self.covered.add(event)

    def unfilled(self, use: Use, asked: Asked, events: list[Event]) -> list[Binding]:
        """An entry bound to no value of a request: to those given for its parameters, else to placeholders."""
        matches = self._constants(use)
        texts: list[str] = []
        for parameter in use.free:
            one = self._instead(use, parameter, asked, events)
            given = self.given.get(use.entry.prefix + parameter.name)
            if one:
                matches[parameter.name] = one
                texts += map(str, given or ())
            elif given:
                return []
        return [Binding(matches, values=tuple(texts))]

    def _constants(self, use: Use) -> dict[str, tuple[Match, ...]]:
        return {name: (self._fill(one),) for name, one in use.constants.items()}

    def _instead(self, use: Use, parameter: Parameter, asked: Asked, events: list[Event]) -> tuple[Match, ...]:
        """The matches of a parameter no request value fills: the values given for it, else its placeholders."""
        name = use.entry.prefix + parameter.name
        given = self.given.get(name)
        if not given:
            return self._placeholders(parameter)
        matches: list[Match] = []
        for value in given:
            one = self._match(parameter, value, _Place(asked, name, name), events)
            if one is None:
                matches += self._placeholders(parameter)
            elif one:
                matches += [one, *lower_cased(parameter.kind, one)]
        return tuple(matches)

    def _placeholders(self, parameter: Parameter) -> tuple[Match, ...]:
        return () if parameter.unfilled is None else (self._fill(parameter.unfilled),)

    def _fill(self, one: Match) -> Match:
        """Puts in the values that the user gave for placeholders."""
        return Match(one.form, {name: filled(text, self.values) for name, text in one.fields.items()})

    def _bind(self, use: Use, item: Any, place: _Place, events: list[Event]) -> Binding | None:
        if isinstance(item, dict):
            if not any(is_true(value) for value in item.values()):
                return None
            values = item
        else:
            values = {use.free[0].name: item} if use.free else {}
        matches = self._constants(use)
        texts: list[str] = []
        for parameter in use.free:
            given = items(values.get(parameter.name))
            one = self._read(parameter, given, texts, place, events)
            if not one and not given:
                one = self._instead(use, parameter, place.asked, events)
            if not one:
                return None
            matches[parameter.name] = one
        return Binding(matches, place.member, tuple(texts))

    def _read(
        self, parameter: Parameter, given: Sequence[Any], texts: list[str], place: _Place, events: list[Event]
    ) -> tuple[Match, ...]:
        """The matches of a parameter's values; ``texts`` takes the values that are used."""
        matches: list[Match] = []
        for value in given:
            one = self._match(parameter, value, place, events)
            if one is False:
                continue
            if one is not None:
                matches += [one, *lower_cased(parameter.kind, one)]
                texts.append(str(value))
            elif parameter.kind.default in parameter.accepted:
                # A value that cannot be read leaves placeholders once, in the statements for the kind's usual form.
                matches += self._placeholders(parameter)
        return tuple(matches)

    def _match(
        self, parameter: Parameter, value: Any, place: _Place, events: list[Event]
    ) -> Match | Literal[False] | None:
        """Reads one value: a match, None if it stays a placeholder, False if it is not for this entry."""
        kind = parameter.kind
        if not isinstance(value, str):
            events.append(place.finding("problem", value, f"must be text: {kind.title}"))
            return None
        if isinstance(value, Partial):
            value = self._completed(value)
        key = (place.asked.request.operation, place.path, value)
        one = place.asked.match(kind, value)
        if one is None:
            events.append(key)
            if isinstance(value, Partial):
                message = f"cannot be resolved; expected: {kind.title}"
                events.append(place.finding("note", value, message))
                return None
            usual = next(form for form in kind.forms if form.id == kind.default)
            why = cause(kind, value)
            message = (
                f"is not a valid {kind.title}: {why}"
                if why
                else f"is not a valid {kind.title} (such as {usual.examples[0]})"
            )
            events.append(place.finding("problem", value, message))
            return None
        form = one.form
        if form.no_permission:
            is_elsewhere = bool(form.elsewhere) and not self._is_own(one.fields.get("Account", ""))
            is_wrong = form.is_wrong or is_elsewhere
            why = form.elsewhere if is_elsewhere else form.no_permission
            events += [key, place.finding("problem" if is_wrong else "note", value, why)]
            return None if is_wrong else False
        if form.id not in parameter.accepted:
            events.append(Skipped(key, form.title, place.asked.request.label))
            return False
        events.append(key)
        if form.warning:
            events.append(place.finding("note", value, form.warning))
        return self._fill(one) if isinstance(value, Partial) else one

    def _is_own(self, account: str) -> bool:
        """Whether an account, "" if a value names none, can be that of the composed document's identity."""
        return self.values.get("Account", account) in (account, "") or not account

    def _completed(self, value: Partial) -> str:
        """A partly known value with the values given for its parts, so that it is read as a whole: by its kind."""
        given = {name: several[0] for name, several in self.given.items() if len(several) == 1}
        return joined(
            given.get(p.name, p) if isinstance(p, Unknown) and p.name not in GLOBALS else p for p in value.parts
        )

    # statements

    def add(self, use: Use, binding: Binding) -> None:
        """Adds an entry's statements, expanded with one binding."""
        filling = Filling(self._known, use.entry.prefix, binding.matches)
        members = (binding.member,) if binding.member else use.entry.members
        for statement, sid, why in use.needed:
            reason = why._replace(members=members, values=binding.values)
            for resources, condition in self._expand(use.entry, statement, binding, filling):
                self._put(sid, statement.actions, resources, condition, reason)

    def add_trust(self, grantee: Grantee, addon: AddOn | None, trust: Trust, use: Use, asked: Sequence[Asked]) -> None:
        """Adds a trust statement, once for each value that requests have, or that is given, for its parameters."""
        events: list[Event] = []
        bound = [one for item in asked for one in self.bindings(use, item, events)] if use.members else []
        if not bound and any(use.entry.prefix + parameter.name in self.given for parameter in use.free):
            bound = [one for item in asked for one in self.unfilled(use, item, events)]
        self.note(events)
        is_narrowed = self.source_account and is_unconditioned(trust)
        for one in bound or [Binding({})]:
            filling = Filling(self._known, "", one.matches)
            principal = {kind: tuple(filling.all(values)) for kind, values in trust.principal.items()}
            reason = Reason(
                operation=use.operation,
                grantee=grantee.id,
                addon=addon.id if addon else "",
                use=trust.id,
                why=trust.why,
                evidence=trust.evidence,
                sources=trust.sources,
                members=(one.member,) if one.member else use.entry.members,
                values=one.values,
            )
            condition = filling.condition(SOURCE_ACCOUNT if is_narrowed else trust.condition)
            self._put(trust.sid, trust.actions, (), condition, reason, tuple(principal.items()))

    def _expand(
        self, entry: Entry, statement: Statement, binding: Binding, filling: Filling
    ) -> Iterator[tuple[Sequence[str], Condition]]:
        """A statement's resources, each with the condition that goes with them."""
        if self.scope == "broad":
            yield ("*",), filling.condition(_unbound(statement.condition, entry))
            return
        condition = filling.condition(statement.condition)
        if statement.resources:
            yield filling.all(statement.resources), condition
            return
        for parameter, matches in binding.matches.items():
            for one in matches:
                for name in statement.scopes:
                    if scope := one.form.scopes.get(name):
                        alone = filling.only(parameter, one)
                        yield alone.all(scope.resources), merged(condition, alone.condition(scope.condition))

    def _put(
        self,
        sid: str,
        actions: tuple[str, ...],
        resources: Iterable[str],
        condition: Condition,
        reason: Reason,
        principal: tuple[Any, ...] = (),
    ) -> None:
        """Puts resources and the reason for them into the statement of a Sid, actions, principal and condition."""
        key = (sid, actions, frozen(condition), principal)
        slot = self.statements.get(key)
        if slot is None:
            slot = self.statements[key] = Slot(condition, self.place)
        elif self.place < slot.place:
            slot.place = self.place
        slot.resources.update(resources)
        if slot.reasons.setdefault(reason, self.place) > self.place:
            slot.reasons[reason] = self.place

    def document(self) -> Document:
        """The statements so far, in the records' order: resources reduced and sorted, Sids made unique."""
        ordered = sorted(self.statements.items(), key=lambda item: item[1].place)
        statements = [
            ComposedStatement(
                sid=sid,
                actions=actions,
                resources=reduced(tuple(slot.resources)),
                condition=slot.condition,
                reasons=tuple(sorted(slot.reasons, key=slot.reasons.__getitem__)),
                principal=dict(principal),
            )
            for (sid, actions, _, principal), slot in ordered
        ]
        return Document(tuple(with_own_sids(statements)))

    def uncovered(self) -> list[Finding]:
        """Findings for values whose form no statement of the record is for."""
        return [
            Finding("problem", operation, member, short(value), f"no statement covers this form: {title}", label)
            for (operation, member, value), (_, title, label) in self.skipped.items()
            if (operation, member, value) not in self.covered
        ]


def _is_unread(use: Use, members: Mapping[str, Any]) -> bool:
    """Whether an entry reads texts as JSON and a request has texts there that are none."""
    texts = [members.get(name) for name in use.documents]
    return any(isinstance(text, str) and document(text) is None for text in texts) if texts else False


def _unbound(condition: Condition, entry: Entry) -> Condition:
    """The parts of a condition that hold for every resource: those that no request value fills."""
    fixed = {*GLOBALS, *entry.constants}
    kept: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, keys in condition.items():
        for key, values in keys.items():
            if all(name in fixed for value in values for name in names_in(value)):
                kept.setdefault(operator, {})[key] = values
    return kept
