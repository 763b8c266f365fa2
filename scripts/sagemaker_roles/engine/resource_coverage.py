"""The account of a composition: what became of every resource that its requests name. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import islice, takewhile
from operator import itemgetter
from sys import intern
from typing import Literal, NamedTuple

from ..catalog import AddOn, Catalog, Entry, Form, Grantee
from ..iam.prefix_coverage import covers
from .containers import handed
from .documents import Document, Finding, Request
from .expressions import expression
from .named_resources import Finder, Named, finder, follow, spared
from .statements import Asked
from .values import filled, match, names_in, short

Outcome = Literal["statement", "no-permission", "note"]

_SHOWN = 5


class Accounted(NamedTuple):
    """A resource that a request names, and what became of it.

    Attributes:
        path: where the request names it: ``Containers[1].Environment.MODEL``.
        value: its name.
        outcome: ``statement`` (a statement is for it), ``no-permission`` (the role needs none for it), or ``note``
            (nothing known uses it, or it cannot be used; a finding says so as well).
        reason: the statements, why none is needed, or what is not known.
        operation: the operation of the request.
        label: what the request was called.
    """

    path: str
    value: str
    outcome: Outcome
    reason: str
    operation: str
    label: str = ""


class Composed(NamedTuple):
    """What was composed, as far as the account needs it.

    Attributes:
        documents: the documents by their names.
        findings: what reading the requests' values brought up.
        grantees: the roles that are composed, and the caller, by operation with a record.
        hosts: operation without a role of its own to those whose role its requests work with.
        active: IDs of the add-ons that are in it, by operation and grantee.
        values: placeholder to the text put in its place, escaped.
    """

    documents: Mapping[str, Document]
    findings: Iterable[Finding]
    grantees: Mapping[str, Sequence[Grantee]]
    hosts: Mapping[str, Sequence[str]]
    active: Mapping[tuple[str, str], Sequence[str]]
    values: Mapping[str, str]


#: What is known of a value at a member: the expression that found it, and what there is to say.
_Place = tuple[str, str]


def account(
    catalog: Catalog, requests: Sequence[Asked], composed: Composed
) -> tuple[tuple[Accounted, ...], list[Finding]]:
    """What became of every resource that some requests name, in their order, and notes on what nothing uses.

    Args:
        composed: what was composed for the requests.
    """
    if not any(asked.named for asked in requests):
        return (), []
    accountant = _Accountant(catalog, composed)
    lines: list[Accounted | None] = []
    found: list[_Found] = []
    ways_to: dict[tuple[str, ...], tuple[str, ...]] = {}
    open_: list[tuple[int, Asked, Named]] = []
    for asked in requests:
        if not (named := asked.named):
            continue
        reading = asked.keeping()
        handed_over = handed(catalog, asked.request, named)
        unneeded = {(one.named.steps, one.named.text): one.read.no_permission for one in handed_over}
        for item in named:
            why = unneeded.get((item.steps, item.text))
            result = accountant.outcome(reading, item) or (("no-permission", why) if why else None)
            if result is None:
                open_.append((len(lines), asked, item))
            lines.append(_line(asked, item, result) if result else None)
            found.append((item.text, ways_to.setdefault(item.names, item.names), result))
    firsts = {names[0] for _, names, _ in found if names} if open_ else set()
    carried: _Carried | None = None
    notes: dict[Finding, None] = {}
    for place, asked, item in open_:
        # A pipeline's definition carries the requests of its steps, which have an account of their own.
        same: list[_Result | None] = []
        if not firsts.isdisjoint(item.names[1:]):
            carried = carried or _Carried(found)
            same = carried.of(item)
        result = next(filter(None, same), None) or ("note", accountant.unknown(asked, item))
        if not same:
            request = asked.request
            notes[Finding("note", request.operation, item.path, short(item.text), result[1], request.label)] = None
        lines[place] = _line(asked, item, result)
    return tuple(dict.fromkeys(filter(None, lines))), list(notes)


def _line(asked: Asked, item: Named, result: _Result) -> Accounted:
    return Accounted(item.path, str(item.text), *result, asked.request.operation, asked.request.label)


#: What is known of a thing: the outcome and the reason.
_Result = tuple[Outcome, str]


#: A thing that a request names: its text, the keys that lead to it, and what is known of it.
_Found = tuple[str, tuple[str, ...], _Result | None]


class _Carried:
    """Finds the things that a request names which another one carries: by their texts, each once.

    Requests can name one thing in thousands of places.
    """

    def __init__(self, found: Iterable[_Found]) -> None:
        #: The number of the first of each, by text and what is found of it.
        self._by_text: dict[str, dict[_Found, int]] = {}
        for number, one in enumerate(found):
            self._by_text.setdefault(one[0], {}).setdefault(one, number)
        self._texts = sorted(self._by_text)
        self._longer: dict[tuple[str, tuple[str, ...]], list[_Result | None]] = {}

    def of(self, item: Named) -> list[_Result | None]:
        """What is known of those of its text in its member, or else of those whose text begins with it."""
        same = [result for _, names, result in self._by_text[item.text] if follow(names, item.names[1:], at_end=True)]
        if same:
            return same
        key = (item.text, item.names)
        if key not in self._longer:
            after = islice(self._texts, bisect_left(self._texts, item.text), None)
            texts = takewhile(lambda text: text.startswith(item.text), after)
            inner = item.names[1:-1]
            longer = [pair for text in texts for pair in self._by_text[text].items() if follow(pair[0][1], inner)]
            self._longer[key] = [result for (_, _, result), _ in sorted(longer, key=itemgetter(1))]
        return self._longer[key]


class _Accountant:
    def __init__(self, catalog: Catalog, composed: Composed) -> None:
        self.catalog = catalog
        self.composed = composed
        self.finder: Finder = finder(catalog)

    @cached_property
    def _statements(self) -> Mapping[str, tuple[_Place, ...]]:
        """Value to the statements that are for it."""
        statements: dict[str, tuple[_Place, ...]] = {}
        places: dict[_Place, _Place] = {}
        for part, document in self.composed.documents.items():
            for statement in document.statements:
                for reason in statement.reasons:
                    for member in reason.members or ("",):
                        place = (member, f"{part} {statement.sid}")
                        place = places.setdefault(place, place)
                        for value in reason.values:
                            if place not in (known := statements.get(value, ())):
                                statements[value] = (*known, place)
        return statements

    @cached_property
    def _by_hand(self) -> list[tuple[str, tuple[str, ...]]]:
        """The statements that are not for values of requests alone, with their resources."""
        return [
            (f"policy {statement.sid}", statement.resources)
            for statement in self.composed.documents["policy"].statements
            if statement.resources != ("*",) and any(not reason.values for reason in statement.reasons)
        ]

    @cached_property
    def _findings(self) -> Mapping[str, dict[_Place, None]]:
        """Value to what reading it brought up."""
        findings: dict[str, dict[_Place, None]] = {}
        for finding in self.composed.findings:
            findings.setdefault(finding.value, {})[finding.member, finding.message] = None
        return findings

    def outcome(self, asked: Asked, named: Named) -> _Result | None:
        """What became of a resource; None if nothing known uses it."""
        whole = str(named.whole)
        texts = dict.fromkeys((whole, self.finder.readable(named)))
        places = [place for text in texts for place in self._statements.get(text, ())]
        here = [text for member, text in places if _is_at(member, named)]
        if here:
            return "statement", _listed(here)
        for member, text in self._findings.get(short(whole), ()):
            if _is_at(member, named):
                return ("no-permission" if text in self._spared() else "note"), text
        if (why := self._role(asked, named) or self._form(asked, named)) is not None:
            return "no-permission", why
        if why := spared(self.catalog, asked.request, named):
            return "no-permission", why
        # A value of the role of another operation, which the request decides over.
        hosts = self.composed.hosts.get(asked.request.operation, ()) if asked.request.members is not None else ()
        if why := next(filter(None, (self._other_role(asked, named, name) for name in hosts)), None):
            return "no-permission", why
        if filled_in := sorted(self._filled(asked, named)):
            return "statement", _listed(filled_in)
        if places and not named.member:
            return "statement", _listed(f"{text} (named by {member or 'what was given'})" for member, text in places)
        return None

    def _filled(self, asked: Asked, named: Named) -> Iterator[str]:
        """Statements for a resource that a person named by values for placeholders."""
        text = self.finder.readable(named)
        kinds = self.finder.kinds_of(named)
        for kind_id in self.catalog.data["resources"] if kinds is None else kinds:
            kind = self.catalog.kind(kind_id) if self._by_hand and kind_id in self.catalog.data["resources"] else None
            matched = asked.match(kind, text) if kind else None
            if not matched or (kinds is None and not _is_arn(matched.form)):
                continue
            ends = {"Value", *matched.form.own[-1:]}
            known = {**self.composed.values, **matched.fields}
            templates = [item for scope in matched.form.scopes.values() for item in scope.resources]
            wanted = [filled(item, known) for item in templates if ends.intersection(names_in(item))]
            for sid, resources in self._by_hand:
                if any(covers(resources, (resource,)) for resource in wanted):
                    yield sid

    def unknown(self, asked: Asked, named: Named) -> str:
        """What is said of a resource that nothing known uses: what could."""
        if note := self.finder.note_of(named):
            return note
        could: dict[str, None] = {}
        for addon, entry in self._readers(asked, named):
            if addon is None or not [*self._accepting(entry, self.finder.readable(named))]:
                continue
            if not addon.usage:
                return f"the add-on {addon.id} is for it, which was excluded, so no statement is for it"
            could[addon.id] = None
        could = could or dict.fromkeys(_nearest(self._could(asked.request, named), named))
        if could:
            shown = " ".join(f"--addon {name}" for name in [*could][:_SHOWN]) + (" …" if len(could) > _SHOWN else "")
            return f"it usually needs no permission; if one of these applies, add it: {shown}"
        return "it usually needs no permission; if your code uses it, add a statement of your own"

    def _could(self, request: Request, named: Named) -> Iterable[str]:
        text = self.finder.readable(named)
        kinds = self.finder.kinds_of(named)
        for operation in (request.operation, *self.composed.hosts.get(request.operation, ())):
            for grantee in self.composed.grantees.get(operation, ()):
                active = self.composed.active.get((operation, grantee.id), ())
                for addon in grantee.addons if grantee.id != "caller" else ():
                    if addon.id not in active and self._is_for(addon, text, kinds):
                        yield addon.id

    def _is_for(self, addon: AddOn, text: str, kinds: Sequence[str] | None) -> bool:
        """Whether an add-on that a person chooses has a statement for such a value."""
        for entry in addon.entries if addon.usage else ():
            templates = [text for one in entry.statements for text in one.resources]
            is_scoped = any(one.scopes for one in entry.statements)
            for name, form in self._accepting(entry, text, kinds):
                # A statement that does not name the resource to its end is not for just that resource.
                ends = {name, *form.own[-1:]}
                is_named = is_scoped or any(ends.intersection(names_in(text)) for text in templates)
                if name not in entry.constants and is_named and (kinds is not None or _is_arn(form)):
                    return True
        return False

    def _accepting(self, entry: Entry, text: str, kinds: Sequence[str] | None = None) -> Iterator[tuple[str, Form]]:
        """The parameters of an entry that are for a value, of some kinds, with the form of the value."""
        for name, kind_id in entry.parameters.items():
            if kind_id == "constant" or (kinds is not None and kind_id not in kinds):
                continue
            kind = self.catalog.kind(kind_id)
            matched = match(kind, text)
            if matched and matched.form in entry.forms(name, kind):
                yield name, matched.form

    def _role(self, asked: Asked, named: Named) -> str | None:
        """Why a role that a request passes, or a value of another role, needs no permission of the composed ones."""
        request = asked.request
        if request.members is None or not self.catalog.has_record(request.operation):
            return None
        operation = self.catalog.operation(request.operation)
        for role in operation.roles:
            if any(
                is_along(named.names, path) and named.whole in asked.texts(expression(path)) for path in role.parameters
            ):
                return "a role that the request passes: the service assumes it, and needs the permission of the caller"
        return self._other_role(asked, named, request.operation)

    def _other_role(self, asked: Asked, named: Named, operation: str) -> str | None:
        composed = [grantee.id for grantee in self.composed.grantees.get(operation, ())]
        for role in self.catalog.operation(operation).roles:
            if role.id not in composed and named.whole in asked.readers(operation, role):
                return f"the role {role.id} of {operation} uses it, which is not composed here"
        return None

    def _form(self, asked: Asked, named: Named) -> str | None:
        """Why a resource of its form needs no permission, where a record says so."""
        text = self.finder.readable(named)
        kinds = [kind for _, entry in self._readers(asked, named) for kind in entry.parameters.values()]
        for kind_id in (*kinds, *(self.finder.kinds_of(named) or ())):
            matched = asked.match(self.catalog.kind(kind_id), text) if kind_id != "constant" else None
            if matched and matched.form.no_permission:
                return matched.form.no_permission
        return None

    def _readers(self, asked: Asked, named: Named) -> Iterator[tuple[AddOn | None, Entry]]:
        """The entries of composed roles, with their add-ons, that read a resource out of a request."""
        for name in (asked.request.operation, *self.composed.hosts.get(asked.request.operation, ())):
            for grantee in self.composed.grantees.get(name, ()):
                entries = asked.readers(name, grantee).get(named.whole, {})
                yield from (entries[place] for place in sorted(entries))

    def _spared(self) -> frozenset[str]:
        """Why values of some forms need no permission, as findings say it."""
        names = [*self.catalog.data["resources"]]

        def spared() -> frozenset[str]:
            forms = (form for name in names for form in self.catalog.kind(name).forms)
            return frozenset(form.no_permission for form in forms if form.no_permission and not form.is_wrong)

        return self.catalog._once(("spared", len(names)), spared)


def _nearest(could: Iterable[str], named: Named) -> list[str]:
    """Of some add-ons those whose IDs share most words with the place and the name, all if none shares any."""
    words = set(_words(f"{named.path} {named.text}"))
    shared = {name: len(words.intersection(_words(name))) for name in could}
    return [name for name, count in shared.items() if count == max(shared.values())]


def _words(text: str) -> list[str]:
    return re.findall("[a-z]+", re.sub("([a-z])([A-Z])", r"\1 \2", text).lower())


def _is_arn(form: Form) -> bool:
    return form.pattern.startswith("arn:")


def _listed(texts: Iterable[str]) -> str:
    """Texts, each once."""
    return intern(", ".join(dict.fromkeys(texts)))


@lru_cache(maxsize=4096)
def ways(member: str) -> tuple[tuple[str, ...], ...]:
    """The members that an expression walks through, without those in its conditions, for each of its alternatives."""
    plain = re.sub(r"'[^']*'", "", re.sub(r"\[\?[^\]]*\]", "[]", member))
    choice = re.search(r"\[([^\[\]]*[A-Za-z][^\[\]]*)\]", plain)
    if choice is None:
        return (tuple(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", plain)),)
    before, after = plain[: choice.start()], plain[choice.end() :]
    each = [one for one in re.split(r",|\|\|", choice[1]) if re.search("[A-Za-z]", one)]
    return tuple(way for one in each for way in ways(f"{before} {one} {after}"))


def _is_at(member: str, named: Named) -> bool:
    """Whether what is known of a value that an expression found is about the place of a resource."""
    return member in ("", named.path) or is_along(named.names, member)


def is_along(walked: Sequence[str], member: str) -> bool:
    """Whether members come in the order in which an expression walks, which may have more; the first is its own."""
    for names in ways(member):
        left = iter(names)
        if [*walked[:1]] == [*names[:1]] != [] and all(name in left for name in walked):
            return True
    return False
