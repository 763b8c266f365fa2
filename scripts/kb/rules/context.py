"""What a rule gets to see, and the walks that several rules share."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from pathlib import PurePosixPath
from typing import Any

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import (
    GLOBALS,
    AddOn,
    Catalog,
    Condition,
    Data,
    Entry,
    Form,
    Grantee,
    Kind,
    Operation,
    Statement,
    Trust,
)
from sagemaker_roles.engine.compose import parse
from sagemaker_roles.errors.problems import Position, Problem

from ..aws.reference import Reference
from ..aws.request_paths import Paths
from ..records import caller_permissions
from ..records.loading import Loaded
from ..records.locations import MAPPINGS, path_of
from ..records.strict_yaml import Map, Text, where


def is_new(record: Mapping[str, Any]) -> bool:
    """Whether a record says that its operation is newer than AWS's data here."""
    return bool(record.get("availability", {}).get("status") == "new")


class _Lenient(dict[str, Any]):
    """The statement sets, with an empty one for every id that is missing, so that the rest can be looked at."""

    def __missing__(self, name: str) -> Mapping[str, Any]:
        return {"id": name, "title": "", "statements": []}


@dataclass
class Context:
    """The knowledge base and AWS's data, for the rules.

    Attributes:
        loaded: what was read, with positions.
        reference: what AWS's data says.
        named: what statements name, for :func:`arns_of.named`.
    """

    loaded: Loaded
    reference: Reference
    named: dict[tuple[Any, ...], tuple[Any, ...]] = field(default_factory=dict)
    _excepted: set[tuple[str, str]] = field(default_factory=set)
    _examples: dict[tuple[str, str], tuple[Mapping[str, str], ...]] = field(default_factory=dict)

    # exceptions

    def excepted(self, rule: str, subject: str) -> bool:
        """Whether data/shared/exceptions.yaml lets a subject off a rule; asking marks the exception as needed.

        Ask only once the rule has found fault with the subject.
        """
        is_excepted = subject in self._exceptions.get(rule, {}).get("subjects", {})
        if is_excepted:
            self._excepted.add((rule, subject))
        return is_excepted

    def unread_exceptions(self, rule: str) -> list[str]:
        """The path of data/shared/exceptions.yaml if it lets something off a rule and has faults of form there."""
        if rule in self._exceptions:
            return []
        return [path for path in self.unread if path.endswith("/exceptions.yaml") and self._names_rule(path, rule)]

    def _names_rule(self, path: str, rule: str) -> bool:
        return path not in self.loaded.files or rule in self.loaded.files[path][1]

    @property
    def _exceptions(self) -> Mapping[str, Any]:
        return self.catalog.data.get("exceptions", {})  # type: ignore[no-any-return]

    def unneeded_exceptions(self, rules: set[str]) -> Iterator[Problem]:
        """Yields a problem for each exception that no rule asked for."""
        for rule, listed in self._exceptions.items():
            if rule not in rules:
                message = f"there is no rule {quoted(rule)}{nearest(rule, rules)}"
                yield Problem(at(rule), "exceptions", message)
                continue
            for subject in listed.get("subjects", {}):
                # What a rule would say of a file that cannot be read, or of policies without all parts, is not known.
                if (rule, subject) in self._excepted or self.unread:
                    continue
                name = subject.partition("/")[0]
                is_operation = self.loaded.catalog.has_record(name)
                if (is_operation or name in self.loaded.addons) and not self._all_composable:
                    continue
                message = f"{subject} keeps the rule {rule}; take the exception out"
                files = self.files(self.catalog.operation(name)) if is_operation else ()
                yield Problem(at(listed, "subjects", subject), "exceptions", message, tuple(files))

    # parts

    @cached_property
    def catalog(self) -> Catalog:
        """The knowledge base; a statement set that does not exist is an empty one (another rule reports it)."""
        data = self.loaded.catalog.data
        return Catalog({**data, "statements": _Lenient(data["statements"])})

    @cached_property
    def paths(self) -> Paths:
        """JMESPath over the request shapes."""
        return Paths(self.reference.types, self.reference.enums)

    @cached_property
    def newer(self) -> frozenset[str]:
        """Paths of the records of operations and services that are newer than AWS's data here, and not in it."""
        known = {name for inputs in self.reference.inputs.values() for name in inputs}
        records = [record for name, record in self.loaded.authored.items() if name not in known]
        for service in self.loaded.catalog.data.get("apis", {}).values():
            actions = (f"{service['prefix']}:{name}" for name in service.get("operations", {}))
            records += [] if any(map(self.reference.action, actions)) else [service]
        return frozenset(at(record).path for record in records if is_new(record))

    @cached_property
    def unread(self) -> frozenset[str]:
        """Paths of the files whose content is not in the catalog, because of faults of form."""
        return frozenset(problem.position.path for problem in self.loaded.problems)

    def is_unread(self, operation: str) -> bool:
        """Whether there is a record of an operation that cannot be read, or is like one that cannot be read."""
        is_there = any(path.endswith(f"/operations/{operation}.yaml") for path in {*self.unread, *self.loaded.files})
        return is_there and operation not in self.loaded.catalog.data["operations"]

    def unread_below(self, path: str) -> frozenset[str]:
        """Those of the unread files that a file names, or that the files name which it names, and so on."""
        if not self.unread or path in self.unread:
            return frozenset()
        return self._unread_below.get(path, frozenset())

    @cached_property
    def _unread_below(self) -> Mapping[str, frozenset[str]]:
        below = {path: {path} for path in self.unread}
        names = {
            path: {text.partition("/")[0] for text in texts(value)} for path, (_, value) in self.loaded.files.items()
        }
        reached = dict(below)
        while reached:
            stems: dict[str, set[str]] = {}
            for path, found in reached.items():
                stems.setdefault(PurePosixPath(path).stem, set()).update(found)
            reached = {}
            for path, named in names.items():
                found = set().union(*(stems[stem] for stem in named & stems.keys())) - below.get(path, set())
                if found:
                    below.setdefault(path, set()).update(found)
                    reached[path] = found
        return {path: frozenset(found) for path, found in below.items()}

    @cached_property
    def unreadable(self) -> bool:
        """Whether there is a file of which nothing is known, so that what nothing names may be named there."""
        return any(
            problem.rule.startswith(("yaml-", "file")) and problem.position.path not in self.loaded.files
            for problem in self.loaded.problems
            if problem.rule != "file-name"
        )

    def unfound(self, entry: Entry) -> bool:
        """Whether an entry uses a statement set whose content is not known."""
        return bool(entry.use) and entry.use not in self.loaded.catalog.data["statements"]

    def composable(self, operation: Operation) -> bool:
        """Whether all is known that an operation's policies are made of (another rule reports what is not)."""
        data = self.loaded.catalog.data
        kinds = {"iam-role"}  # what the composer reads the roles of a request with
        for grantee in operation.grantees():
            trusts = {*grantee.trust, *(name for addon in grantee.addons for name in addon.trust)}
            if not trusts <= data["trust"].keys():
                return False
            for name in trusts:
                kinds.update(self.catalog.trust(name).entry.parameters.values())
            entries = (entry for _, entry in grantee.all_entries())
            for entry in (*entries, *self.catalog.handed_over(grantee)):
                constants = {name for name, kind in entry.parameters.items() if kind == "constant"}
                if self.unfound(entry) or not constants <= entry.constants.keys():
                    return False
                kinds.update(entry.parameters.values())
        return all(kind in data["resources"] for kind in kinds - {"constant"})

    def files(self, operation: Operation, actions: Iterable[str] = ()) -> list[str]:
        """Paths of the files from which an operation's policies are made.

        Args:
            actions: only the files of statements with one of these actions; none means all files.
        """
        folder = at(operation.data).path.partition("/")[0]
        wanted, paths = set(actions), {at(operation.data).path}
        for grantee in operation.grantees():
            if not wanted:
                trusts = {*grantee.trust, *(name for addon in grantee.addons for name in addon.trust)}
                paths.update(f"{folder}/{path_of('trust', name)}" for name in trusts)
            for _, entry in grantee.all_entries():
                if wanted and not any(wanted.intersection(statement.actions) for statement in entry.statements):
                    continue
                paths.add(at(entry.data).path)
                if entry.use:
                    paths.add(f"{folder}/{path_of('statements', entry.use)}")
                paths.update(f"{folder}/{path_of('resources', kind)}" for kind in entry.parameters.values())
        return sorted(paths)

    @cached_property
    def _all_composable(self) -> bool:
        return all(map(self.composable, self.operations))

    def part(self, part: str) -> Mapping[str, Any]:
        """What a part of the data has, by ID; sets of add-ons are not in the catalog, where they are written out."""
        known: Mapping[str, Any] = (
            self.loaded.addons if part == "addons" else self.loaded.catalog.data[part.replace("-", "_")]
        )
        return known

    def exists(self, part: str, name: str) -> bool:
        """Whether there is something of that name in a part of the data, be it sound or not."""
        if name in self.part(part):
            return True
        if any(path.endswith(f"/{part}/{name}.yaml") for path in {*self.unread, *self.loaded.files}):
            return True
        whole = next((path for path in self.unread if path.endswith(f"/{part}.yaml")), "")
        return bool(whole) and (whole not in self.loaded.files or name in self.loaded.files[whole][1])

    def kind(self, name: str) -> Kind | None:
        """The resource kind of that id; None for ``constant`` and where there is none (another rule reports it)."""
        return self.catalog.kind(name) if name in self.catalog.data["resources"] else None

    def examples(self, kind: Kind, form: Form) -> tuple[Mapping[str, str], ...]:
        """The fields of each example of a form, as far as they are examples of it (another rule reports the others)."""
        key = (kind.id, form.id)
        if key not in self._examples:
            read = [parse(kind, example) for example in form.examples]
            # An optional group that does not match is empty, as in the composer.
            empty = {name: "" for name in form.fields if name not in GLOBALS}
            self._examples[key] = tuple({**empty, **item[1]} for item in read if item and item[0].id == form.id)
        return self._examples[key]

    @property
    def references(self) -> list[tuple[Position, str, str]]:
        """Everything the files name: where, the part of the data it should be in, and its id.

        The schemas say it (``meta: {names: …}``): a part of the data, ``actions``, or ``requests`` (of the API).
        """
        return self._walked[0]

    @property
    def disordered(self) -> list[tuple[Map, list[str]]]:
        """Each mapping whose keys stand in another order than in its schema, with the keys as the schema has them."""
        return self._walked[1]

    @cached_property
    def _walked(self) -> tuple[list[tuple[Position, str, str]], list[tuple[Map, list[str]]]]:
        schemas = self.loaded.schemas
        references, disordered = [], []
        for name, whole in self.loaded.files.values():
            said: dict[str, Any] = {"type": "dict", "schema": schemas.raw(name)}
            if name in MAPPINGS:
                said = {"type": "dict", "valuesrules": said}
            for rules, item in schemas.walk(said, whole):
                if part := rules.get("meta", {}).get("names", ""):
                    names = item if isinstance(item, list) else item.values() if isinstance(item, dict) else [item]
                    references += [
                        (one.at, part, str(one))
                        for one in names
                        if isinstance(one, Text) and one not in ("", "constant")
                    ]
                if isinstance(item, Map) and (keys := schemas.keys(rules)):
                    right = [key for key in keys if key in item]
                    if [key for key in item if key in keys] != right:
                        disordered.append((item, right))
        return references, disordered

    @cached_property
    def kinds(self) -> list[Kind]:
        """Every resource kind."""
        return [self.catalog.kind(name) for name in sorted(self.catalog.data["resources"])]

    @cached_property
    def operations(self) -> list[Operation]:
        """Every operation."""
        return [self.catalog.operation(name) for name in self.catalog.operations]

    @cached_property
    def readers(self) -> list[Operation]:
        """What the engines of `fleet` need, as operations."""
        return [self.catalog.readers.operation(name) for name in self.catalog.readers.operations]

    @cached_property
    def calls(self) -> list[Operation]:
        """What data/services/apis says of callers, as operations."""
        apis = self.loaded.catalog.data.get("apis", {}).values()
        known = {
            name: {"operation": name, "service": service["service"], "summary": "", "documentation": "", **said}
            for service in apis
            for name, said in {**service.get("operations", {}), service["service"]: service}.items()
            if "caller" in said
        }
        catalog = Catalog({**self.catalog.data, "operations": known})
        return [catalog.operation(name) for name in known]

    @cached_property
    def callers(self) -> Catalog:
        """The knowledge base with what follows from AWS's data for the callers of operations without a record."""
        apis = self.loaded.catalog.data.get("apis", {})
        calls = caller_permissions.calls(apis, self.reference, self.loaded.catalog.operations)
        return Catalog({**self.catalog.data, "calls": calls})

    # walks

    def grantees(self) -> Iterator[tuple[Operation, Grantee]]:
        """Every role and caller, and whoever runs the reduction of `fleet` on an engine."""
        for operation in [*self.operations, *self.readers, *self.calls]:
            for grantee in operation.grantees():
                yield operation, grantee

    def entries(self) -> Iterator[tuple[Operation, Grantee, AddOn | None, Entry]]:
        """Every entry of every role and caller."""
        for operation, grantee in self.grantees():
            for addon, entry in grantee.all_entries():
                yield operation, grantee, addon, entry

    @cached_property
    def authored(self) -> list[Entry]:
        """Everything that holds statements, once: the shared sets (as entries without a record), the records' own."""
        entries = []
        for name in sorted(self.loaded.catalog.data["statements"]):
            shared = self.catalog.statement_set(name)
            entries.append(
                Entry(
                    use=shared.id,
                    prefix="",
                    members=(),
                    values_in="",
                    constants={},
                    parameters=shared.parameters,
                    accepted=shared.accepted,
                    statements=shared.statements,
                    free=(),
                    needed=None,
                    data=shared.data,
                )
            )
        return entries + [entry for entry in self._once() if not entry.use]

    @cached_property
    def uses(self) -> list[Entry]:
        """Every use of a shared set in a record, once."""
        return [entry for entry in self._once() if entry.use]

    def _once(self) -> Iterator[Entry]:
        """The entries of all records; those that a twin takes over from the record it is like come once."""
        seen: set[Position] = set()
        of_containers = (entry for item in self.catalog.containers for read in item.reads for entry in read.entries)
        for entry in [*(entry for _, _, _, entry in self.entries()), *of_containers]:
            if (place := at(entry.data)) not in seen:
                seen.add(place)
                yield entry

    def statements(self) -> Iterator[Statement]:
        """Every statement as authored, once: those of the shared sets and the records' own."""
        for entry in self.authored:
            yield from entry.statements

    def trusts(self) -> Iterator[Trust]:
        """Every trust statement."""
        for name in sorted(self.loaded.catalog.data["trust"]):
            yield self.catalog.trust(name)

    def conditions(self) -> Iterator[tuple[Data, tuple[str | int, ...], Condition]]:
        """Every Condition: what it was read from, the keys that lead to it, and itself."""
        for statement in self.statements():
            if "Condition" in statement.data:
                yield statement.data, ("Condition",), statement.data["Condition"]
        for kind in self.kinds:
            for index, form in enumerate(kind.data["forms"]):
                for name, scope in form.get("scopes", {}).items():
                    if "Condition" in scope:
                        yield kind.data, ("forms", index, "scopes", name, "Condition"), scope["Condition"]
        for trust in self.trusts():
            if "Condition" in trust.data:
                yield trust.data, ("Condition",), trust.data["Condition"]


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value:
            yield from texts(item)
        for item in value.values() if isinstance(value, dict) else ():
            yield from texts(item)


def condition_values(condition: Condition) -> Iterator[tuple[str, tuple[str, str, int]]]:
    """The values of a condition, each with operator, key, and index."""
    for operator, keys in condition.items():
        for key, values in keys.items():
            for index, value in enumerate(values):
                yield value, (operator, key, index)


def nearest(name: str, known: Iterable[str], limit: int = 12) -> str:
    """The end of a message about a name that does not exist: which is meant, or which there are if they are few."""
    names = sorted(known)
    lower = {item.lower(): item for item in names}
    close = difflib.get_close_matches(name.lower(), lower, 1, 0.6)
    if close:
        return f"; did you mean {quoted(lower[close[0]])}?"
    if len(names) > limit:
        return ""
    return f"; there are {', '.join(names)}" if names else "; there are none"


#: For values that carry no position of their own.
_NOWHERE = Position("data")


def at(value: Any, *inside: str | int) -> Position:
    """The position of a value that was read from a file.

    Args:
        value: what carries the position: a mapping, list or text.
        inside: keys and indexes that lead to the part meant; the position is that of the last one that exists,
            the value of a key rather than the key.
    """
    position = where(value, _NOWHERE)
    for part in inside:
        if isinstance(value, Map) and isinstance(part, str):
            if part not in value:
                break
            outer, value = value, value[part]
            position = where(value, _NOWHERE)
            if position is _NOWHERE:  # a number or a boolean; what looks up keys and items is slow
                position = outer.key_at.get(part, where(outer, position))
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            items, value = value, value[part]
            position = where(value, _NOWHERE)
            if position is _NOWHERE:
                position = getattr(items, "item_at", [where(items, position)] * len(items))[part]
        else:
            break
    return position


def key_at(value: Any, *inside: str | int) -> Position:
    """Like :func:`at`, but the position of the last key itself, not of its value."""
    for part in inside[:-1]:
        value = value[part]
    return getattr(value, "key_at", {}).get(inside[-1], at(value, inside[-1]))  # type: ignore[no-any-return]


def problem(message: str, value: Any, *inside: str | int, follows: Iterable[str | Position] = ()) -> Problem:
    """A problem at the place of a value (see :func:`at`), of the rule that finds it; ``follows`` as in `Problem`."""
    return Problem(at(value, *inside), "", message, tuple(follows))


def key_problem(message: str, value: Any, *inside: str | int, follows: Iterable[str | Position] = ()) -> Problem:
    """Like :func:`problem`, at the last key itself."""
    return Problem(key_at(value, *inside), "", message, tuple(follows))


def unknown(
    what: str, known: Iterable[str], value: Any, *inside: str | int, follows: Iterable[str | Position] = ()
) -> Iterator[Problem]:
    """A problem for the name at a place, or each in the list there, that is none of those known; ``what`` begins it."""
    named = value
    for part in inside:
        if isinstance(part, str) and part not in named:
            return
        named = named[part]
    for index, name in enumerate(named) if isinstance(named, list) else [(None, named)]:
        if name not in known:
            place = inside if index is None else (*inside, index)
            yield problem(f"{what} {quoted(name)}{nearest(name, known)}", value, *place, follows=follows)


Check = Callable[[Context], Iterator[Problem]]

#: Every rule by its ID: the name of its function, with hyphens.
RULES: dict[str, Check] = {}


def rule(check: Check) -> Check:
    """Makes a function a rule; it yields problems, which get the rule's ID."""
    name = check.__name__.replace("_", "-")

    @wraps(check)
    def named(context: Context) -> Iterator[Problem]:
        return (replace(found, rule=name) for found in check(context))

    RULES[name] = named
    return named
