"""From a role's rows to its answer: the requests that it served, the policies that they need, and what is not known."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..catalog import Catalog
from ..engine import roles
from ..engine.compose import Composition, compose, grantees_of, handled_by, hosts_of
from ..engine.documents import PROPOSED, Document, Request
from ..engine.generalizing import generalized
from ..engine.named import Finder, finder
from ..engine.placeholders import meanings
from ..iam.splitting import split_many
from ..inputs.cloudtrail import is_denied
from ..inputs.interfaces import Found, InputDocument, Reading
from ..inputs.names import Style
from ..inputs.reading import Reader, unknown_in, with_names
from ..outputs.explaining import hidden, shown_of
from ..outputs.widening import widened
from ..publish import tree
from .errors import errors, named, naming
from .held import Held
from .in_parts import Parts, compose_in_parts
from .rows import Rows, grouped, stored
from .shelf import Shelf
from .table import Row, regions_of, request_id, times_of

SCHEMA_VERSION = "1.0.0"

#: Requests that are composed at a time, where a role has many.
PART = 500


@dataclass(frozen=True, slots=True)
class Related:
    """Rows with requests that pass no role, of some operations and Regions; read each time anew."""

    rows: Rows | None = None
    operations: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()

    @property
    def are_many(self) -> bool:
        """Whether they may be more than memory is to hold."""
        return self.rows is not None and self.rows.is_many and bool(self.operations)

    def __iter__(self) -> Iterator[Row]:
        return filter(self._are, self.rows or ())

    def groups(self) -> Iterator[list[Row]]:
        """They as :meth:`Rows.groups` gives them."""
        return self.rows.groups(self._are) if self.rows else iter(())

    def _are(self, row: Row) -> bool:
        return _is_request(row) and row.key.region in self.regions and row.key.operation in self.operations


class Options(NamedTuple):
    """How roles are answered.

    Attributes:
        generalize: fewest names that differ only in what changes with every run, for which a pattern is used; 0 to
            propose patterns without using them.
        held: the roles as they are today, for the audit of each.
        show_values: whether answers contain values of hyperparameters, environment variables, and arguments.
    """

    generalize: int = 0
    held: Held | None = None
    show_values: bool = False


class Around(NamedTuple):
    """What an account's other rows say of a role.

    Attributes:
        related: rows with requests that pass no role and work with the role of one of the role's operations.
        naming: failed rows without requests whose messages name the role.
        unknown: the account's events without requests, as the output has them.
    """

    related: Related = Related()
    naming: Sequence[Row] = ()
    unknown: Sequence[Mapping[str, Any]] = ()


class Surroundings:
    """The rows of an account that pass no role.

    Args:
        catalog: the knowledge base.
        rows: these rows; their file has to stay as long as the account's roles are composed.

    Attributes:
        unknown: the events without requests, as the output has them.
    """

    def __init__(self, catalog: Catalog, rows: Rows | None = None) -> None:
        self._catalog = catalog
        self._rows = rows
        self._operations = frozenset(row.key.operation for row in rows or () if _is_request(row))
        hidden = [row for row in rows or () if not row.key.request]
        self._named = named(hidden)
        self.unknown = _unknown(catalog, hidden)

    def of(self, rows: Rows) -> Around:
        """What they say of the role of some rows."""
        served = {(row.key.operation, row.key.region) for row in filter(_is_served, rows)}
        own = {operation for operation, _ in served}
        operations = frozenset(name for name in self._operations if not own.isdisjoint(self._owners(name)))
        related = (
            Related(self._rows, operations, frozenset(region for _, region in served)) if operations else Related()
        )
        return Around(related, naming(rows.first.key.role, self._named), self.unknown)

    def _owners(self, operation: str) -> tuple[str, ...]:
        return (*hosts_of(self._catalog, operation), *handled_by(self._catalog, operation))


def answer(
    catalog: Catalog,
    rows: Rows,
    around: Around,
    options: Options,
    shelf: Shelf | None = None,
) -> dict[str, Any]:
    """The answer for one role. Members with many items give them one after the other, and can be read once.

    Args:
        catalog: the knowledge base.
        rows: all rows of the role in one account.
        around: what the account's other rows say of it.
        options: how it is answered.
        shelf: what takes the policies until they are written, if the rows are many.
    """
    account, role = rows.first.key.account, rows.first.key.role
    hiding = None if options.show_values else finder(catalog)
    failed = (row for row in rows if row.key.error)
    has_served = any(not row.key.error for row in rows)
    return {
        "schema_version": SCHEMA_VERSION,
        "account": account,
        "role": role,
        "regions": regions_of(rows),
        **times_of(rows),
        "requests": (_request(group, hiding) for group in rows.groups(_is_served)),
        "related_requests": (_request(group, hiding) for group in around.related.groups()),
        "failed": (
            {
                **_request(group, hiding),
                "error_code": group[0].key.error,
                "is_denied": is_denied(group[0].key.error),
            }
            for group in rows.groups(lambda row: bool(row.key.error))
        ),
        "errors": errors(catalog, itertools.chain(failed, around.naming)),
        "unknown": [*around.unknown],
        **(_composed(catalog, rows, around.related, options, shelf) if has_served else _NOTHING),
    }


def _is_request(row: Row) -> bool:
    return bool(row.key.request) and not row.key.error


def _is_served(row: Row) -> bool:
    return not row.key.error


#: What is composed for a role that served no request.
_NOTHING: dict[str, Any] = {
    "policies": (),
    "trust": None,
    "caller_policies": (),
    "placeholders": [],
    "not_shown": [],
    "notes": [{"kind": "note", "where": "", "message": "no request that passed this role succeeded"}],
}


def _unknown(catalog: Catalog, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The events of operations that accept a role, or work with one, but that do not show their requests."""
    known = [row for row in rows if row.key.operation in catalog.data["operations"]]
    return [
        {
            "operation": group[0].key.operation,
            "regions": regions_of(group),
            "error_code": group[0].key.error,
            "is_denied": is_denied(group[0].key.error),
            **times_of(group),
        }
        for group in grouped(known)
    ]


def _request(rows: Sequence[Row], hiding: Finder | None) -> dict[str, Any]:
    key = rows[0].key
    members = json.loads(key.request)
    return {
        "id": request_id(key.operation, key.request),
        "operation": key.operation,
        "regions": regions_of(rows),
        **times_of(rows),
        "members": hidden(members, hiding) if hiding else members,
    }


def _composed(
    catalog: Catalog,
    rows: Rows,
    related: Related,
    options: Options,
    shelf: Shelf | None,
) -> dict[str, Any]:

    def every() -> Iterator[Row]:
        return itertools.chain(filter(_is_served, rows), related)

    path = rows.beside("requests")
    role = rows.first.key.role
    served = _in_parts(catalog, every, path, role, shelf) if shelf else _at_once(catalog, every(), role)
    reading, requests = served.reading, served.requests
    wider = generalized(served.composition, options.generalize or PROPOSED)
    composition = wider.composition if options.generalize else served.composition
    notes = {(notice.kind, notice.where, notice.message) for notice in reading.notices}
    notes.update(("note", part, message) for part, message in widened(wider, is_chosen=options.generalize > 0))
    for finding in composition.findings:
        hides = not options.show_values and finder(catalog).is_private(finding.member)
        text = shown_of(finding, finding.member, hides=hides)
        notes.add((finding.kind, finding.label or finding.operation, text))
    for row in filter(_is_served, rows):
        where = request_id(row.key.operation, row.key.request)
        notes.update((kind, where, message) for kind, message in json.loads(row.key.faults))
    policies, caller = (_documents(one, notes, shelf) for one in (composition.policy, composition.caller))
    names = {request.operation for request in requests} & catalog.data["operations"].keys()
    operations = {row.key.operation for row in filter(_is_served, rows)}
    texts = {
        **{name: meaning.text for name, meaning in meanings(catalog, sorted(names)).items()},
        **reading.unknown,
    }
    audit = options.held and options.held.audit(catalog, role, composition, sorted(operations))
    not_shown = _not_shown(catalog, served, composition, operations)
    if shelf:
        tree.discard(path)
    return {
        **({"audit": audit} if audit else {}),
        "policies": iter(policies),
        "trust": composition.trust.to_json(),
        "caller_policies": iter(caller),
        "placeholders": [{"name": name, "meaning": texts.get(name, "")} for name in composition.placeholders],
        "not_shown": not_shown,
        "notes": [{"kind": kind, "where": where, "message": message} for kind, where, message in sorted(notes)],
    }


def _not_shown(
    catalog: Catalog, served: _Served, composition: Composition, operations: set[str]
) -> list[dict[str, str]]:
    """What the code behind the requests may do with the role, which no request shows: add-ons to choose."""
    return [
        {"operation": operation.name, "addon": addon.id, "usage": addon.usage}
        for operation, grantee in grantees_of(catalog, served.requests, served.ids)
        if operation.name in operations and grantee is not operation.caller
        for addon in grantee.addons
        if addon.usage and addon.id not in composition.addons.get((operation.name, grantee.id), ())
    ]


class _Served(NamedTuple):
    """The requests that a role served, and what they need.

    Attributes:
        reading: what was read, with what came up.
        requests: those of the role, with those inside pipelines; as often as somebody asks.
        ids: IDs of the role's entries in the records.
    """

    reading: Reading
    requests: Iterable[Request]
    ids: tuple[str, ...]
    composition: Composition


def _at_once(catalog: Catalog, rows: Iterable[Row], role: str) -> _Served:
    """What a role needs for the requests of rows."""
    reader = Reader(catalog)
    for row in rows:
        _add(reader, row)
    reading = reader.finish()
    chosen = roles.only_of_arn(catalog, reading.requests, role)
    composition = compose(catalog, chosen.requests, chosen.ids, values=reading.facts)
    return _Served(reading, chosen.requests, chosen.ids, composition)


def _add(reader: Reader, row: Row) -> None:
    key = row.key
    facts = {name: (value, (name,)) for name, value in (("Region", key.region), ("Account", key.account)) if value}
    label = request_id(key.operation, key.request)
    reader.add(Found(key.operation, json.loads(key.request), Style(), (), label, facts), InputDocument(None, label))


def _in_parts(catalog: Catalog, every: Callable[[], Iterator[Row]], path: Path, role: str, shelf: Shelf) -> _Served:
    """What a role needs for the requests of more rows than memory is to hold.

    Args:
        catalog: the knowledge base.
        every: gives the rows.
        path: the file that takes the requests.
        role: the role's ARN.
        shelf: takes the policies until they are written.
    """
    reading, every_request = _read_in_parts(catalog, every, path)
    ids, kept = roles.keeping(catalog, every_request, role)
    requests = Parts(lambda: map(kept, every_request.some()))
    return _Served(reading, requests, ids, compose_in_parts(catalog, requests, shelf, ids, values=reading.facts))


def _read_in_parts(catalog: Catalog, every: Callable[[], Iterator[Row]], path: Path) -> tuple[Reading, Parts]:
    """The requests of rows in a file; a pipeline and its steps are in one part."""
    reader = Reader(catalog)
    standing: dict[tuple[Any, ...], Request] = {}
    held: dict[str, bool] = {}

    def taken() -> Sequence[Request]:
        requests = [*reader.reading.requests]
        reader.reading.requests.clear()
        # Each part has the steps of its own pipelines.
        reader.forget()
        for one in requests:
            standing.update(_standing(one))
            held.update(unknown_in(one.members, held) if one.by_service else {})
        return requests

    def parts() -> Iterator[Sequence[Request]]:
        for row in every():
            _add(reader, row)
            if len(reader.reading.requests) >= PART:
                yield taken()
        yield taken()

    some = stored(path, parts())
    # What the reader says at the end hangs on these, not on each request.
    reader.reading.requests += standing.values()
    reading = reader.finish(held)
    shown = {one.operation for one in reading.requests}

    def kept(part: Sequence[Request]) -> list[Request]:
        own = [one for one in part if one.operation in shown]
        return [_renamed(one, reader.renamed) for one in own] if reader.renamed else own

    return reading, Parts(lambda: map(kept, some()))


def _standing(one: Request) -> dict[tuple[Any, ...], Request]:
    """What stands for a request at the end: one of its operation, and one for each definition that is elsewhere."""
    where = (one.members or {}).get("PipelineDefinitionS3Location")
    known = {name: "" for name in ("PipelineDefinition",) if name in (one.members or {})}
    first = one._replace(members=known)
    elsewhere = one._replace(members={"PipelineDefinitionS3Location": where})
    return {
        (one.operation, one.by_service, *known): first,
        **({(one.operation, one.label): elsewhere} if where else {}),
    }


def _renamed(one: Request, table: Mapping[str, str]) -> Request:
    return one._replace(members=with_names(one.members, table)) if one.by_service else one


def _documents(document: Document, notes: set[tuple[Any, str, str]], shelf: Shelf | None) -> Iterable[dict[str, Any]]:
    """A document, split into as many as IAM's size limit takes; none if it has no statement."""
    if not document.statements:
        return []
    try:
        return split_many(document.to_frame(), document.written(), shelf.pieces if shelf else list)
    except ValueError as error:
        notes.add(("problem", "", f"cannot be split into managed policies: {error}"))
        return [document.to_json()]
