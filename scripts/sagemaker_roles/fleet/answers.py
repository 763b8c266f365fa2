"""From a role's rows to its answer: the requests that it served, the policies that they need, and what is not known."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..catalog import Catalog
from ..engine.compose import handled_by, hosts_of
from ..engine.documents import PROPOSED, Document
from ..engine.generalizing import generalized
from ..engine.named import Finder, finder
from ..engine.placeholders import meanings
from ..iam.splitting import split
from ..inputs.cloudtrail import is_denied
from ..inputs.interfaces import Trail
from ..inputs.observed import Sessions, unknown_calls
from ..outputs.explaining import hidden, shown_of
from ..outputs.widening import widened
from .composing import composed
from .errors import errors, named, naming
from .held import Held
from .table import Row, regions_of, request_id, times_of

SCHEMA_VERSION = "1.0.0"


class Options(NamedTuple):
    """How roles are answered.

    Attributes:
        generalize: fewest names that differ only in what changes with every run, for which a pattern is used; 0 to
            propose patterns without using them.
        held: the roles as they are today, for the audit of each.
        show_values: whether answers contain values of hyperparameters, environment variables, and arguments.
        sessions: what sessions of the roles called, and trail: what the log of that shows; None without one.
    """

    generalize: int = 0
    held: Held | None = None
    show_values: bool = False
    sessions: Sessions | None = None
    trail: Trail | None = None


class Around(NamedTuple):
    """What an account's other rows say of a role.

    Attributes:
        related: rows with requests that pass no role and work with the role of one of the role's operations.
        naming: failed rows without requests whose messages name the role.
        unknown: the account's events without requests, as the output has them.
    """

    related: Sequence[Row] = ()
    naming: Sequence[Row] = ()
    unknown: Sequence[Mapping[str, Any]] = ()


class Surroundings:
    """The rows of an account that pass no role.

    Args:
        rows: these rows.

    Attributes:
        unknown: the events without requests, as the output has them.
    """

    def __init__(self, catalog: Catalog, rows: Iterable[Row]) -> None:
        self._catalog = catalog
        self._requests: dict[tuple[str, str], list[Row]] = {}
        hidden = []
        for row in rows:
            if not row.key.request:
                hidden.append(row)
            elif not row.key.error:
                self._requests.setdefault((row.key.operation, row.key.region), []).append(row)
        self._named = named(hidden)
        self.unknown = _unknown(catalog, hidden)

    def of(self, rows: Sequence[Row]) -> Around:
        """What they say of the role of some rows."""
        served = {(row.key.operation, row.key.region) for row in rows if not row.key.error}
        own, regions = ({one[place] for one in served} for place in (0, 1))
        related = [
            row
            for (operation, region), several in self._requests.items()
            if region in regions and not own.isdisjoint(self._owners(operation))
            for row in several
        ]
        return Around(sorted(related), naming(rows[0].key.role, self._named), self.unknown)

    def _owners(self, operation: str) -> tuple[str, ...]:
        return (*hosts_of(self._catalog, operation), *handled_by(self._catalog, operation))


def answer(catalog: Catalog, rows: Sequence[Row], around: Around, options: Options) -> dict[str, Any]:
    """The answer for one role.

    Args:
        rows: all rows of the role in one account, in order.
        around: what the account's other rows say of it.
    """
    account, role = rows[0].key.account, rows[0].key.role
    hiding = None if options.show_values else finder(catalog)
    served = [row for row in rows if not row.key.error]
    failed = [row for row in rows if row.key.error]
    return {
        "schema_version": SCHEMA_VERSION,
        "account": account,
        "role": role,
        "regions": regions_of(rows),
        **times_of(rows),
        "requests": [_request(group, hiding) for group in grouped(served)],
        "related_requests": [_request(group, hiding) for group in grouped(around.related)],
        "failed": [
            {
                **_request(group, hiding),
                "error_code": group[0].key.error,
                "is_denied": is_denied(group[0].key.error),
            }
            for group in grouped(failed)
        ],
        "errors": errors(catalog, [*failed, *around.naming]),
        "unknown": [*around.unknown],
        **(_composed(catalog, served, around.related, options) if served else _NOTHING),
    }


def grouped(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows that differ in their Region, or in what is wrong with their members, only; in order."""
    ordered = sorted(rows, key=_group)
    return ([*group] for _, group in itertools.groupby(ordered, _group))


def _group(row: Row) -> tuple[str, str, str]:
    return row.key.operation, row.key.request, row.key.error


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
    known = [row for row in rows if catalog.has_record(row.key.operation)]
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


def _composed(catalog: Catalog, rows: Sequence[Row], related: Sequence[Row], options: Options) -> dict[str, Any]:
    role = rows[0].key.role
    sessions = options.sessions
    served = composed(catalog, [*rows, *related], role, sessions.calls(role) if sessions else ())
    wider = generalized(served.composition, options.generalize or PROPOSED)
    composition = wider.composition if options.generalize else served.composition
    notes = set(served.notes)
    if sessions and (unknown := sessions.unknown(role)):
        notes.add(("note", "observed", unknown_calls(unknown)))
    notes.update(("note", part, message) for part, message in widened(wider, is_chosen=options.generalize > 0))
    for finding in composition.findings:
        hides = not options.show_values and finder(catalog).is_private(finding.member)
        text = shown_of(finding, finding.member, hides=hides)
        notes.add((finding.kind, finding.label or finding.operation, text))
    for row in rows:
        where = request_id(row.key.operation, row.key.request)
        notes.update((kind, where, message) for kind, message in json.loads(row.key.faults))
    policies, caller = (_documents(one, notes) for one in (composition.policy, composition.caller))
    operations = {row.key.operation for row in rows}
    texts = {
        **{name: meaning.text for name, meaning in meanings(catalog, sorted(served.operations)).items()},
        **served.unknown,
    }
    audit = options.held and options.held.audit(catalog, role, composition, sorted(operations), options.trail)
    return {
        **({"audit": audit} if audit else {}),
        **({"observed": _observed(options.trail, role)} if options.trail else {}),
        "policies": policies,
        "trust": composition.trust.to_json(),
        "caller_policies": caller,
        "placeholders": [{"name": name, "meaning": texts.get(name, "")} for name in composition.placeholders],
        # What the code behind the requests may do with the role, which no request shows: add-ons to choose.
        "not_shown": [
            {"operation": operation.name, "addon": addon.id, "usage": addon.usage}
            for operation, grantee in served.grantees
            if operation.name in operations and grantee is not operation.caller
            for addon in grantee.addons
            if addon.usage and addon.id not in composition.addons.get((operation.name, grantee.id), ())
        ],
        "notes": [{"kind": kind, "where": where, "message": message} for kind, where, message in sorted(notes)],
    }


def _observed(trail: Trail, role: str) -> list[dict[str, Any]]:
    """What sessions of a role called, by the permissions that it needs."""
    calls = [([" ".join(pair) for pair in sorted(pairs)], seen) for pairs, seen in trail.roles[role].items()]
    return [{"permissions": pairs, **seen._asdict()} for pairs, seen in sorted(calls)]


def _documents(document: Document, notes: set[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """A document, split into as many as IAM's size limit takes; none if it has no statement."""
    if not document.statements:
        return []
    try:
        return split(document.to_json())
    except ValueError as error:
        notes.add(("problem", "", f"cannot be split into managed policies: {error}"))
        return [document.to_json()]
