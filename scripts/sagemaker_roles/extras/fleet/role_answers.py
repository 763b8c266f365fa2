"""From a role's rows to its answer: the requests that it served, the policies that they need, and what is not known."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from sys import intern
from typing import Any, NamedTuple

from ...catalog import Catalog
from ...engine import roles
from ...engine.choice import Choice
from ...engine.compose import compose, grantees_of, handled_by, hosts_of, operations_of
from ...engine.documents import PROPOSED, Document
from ...engine.name_patterns import generalized
from ...engine.named_resources import Finder, finder
from ...engine.placeholders import meanings
from ...engine.roles import name_and_path
from ...explanations.explanation import explain_message
from ...iam.arn_parts import parts_of
from ...iam.splitting import split
from ...inputs.reader import Found, InputDocument, Reading, Trail, is_denied
from ...inputs.reading import Reader
from ...inputs.requests.observed_calls import Sessions, unknown_calls
from ...outputs.reasons import describe_patterns, hidden, render_finding
from .existing_roles import Held
from .reduced_table import Key, Row, request_id, seen_of, together

#: What is said of the best cause of a message.
_SHOWN = ("matter", "who", "action", "resource", "layer", "why", "statement", "placeholders", "look", "page")

#: Longest error message that is explained; CloudTrail's are at most 1 KB (user guide, "CloudTrail record contents").
_LONGEST = 4096


def errors(catalog: Catalog, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The error messages of rows, each with what is known of it; rows without an error are passed over."""
    plain: dict[Key, Row] = {}
    for row in rows:
        region, operation, error, message = row.key.region, row.key.operation, row.key.error, row.key.message
        if error:
            # Without what a message is not about, since memory may not hold all requests that failed.
            key = Key(region=region, operation=operation, error=error, message=message)
            one = row._replace(key=key)
            plain[key] = together(plain[key], one) if key in plain else one
    return [
        {
            "operation": group[0].key.operation,
            **_error(group[0]),
            "message": group[0].key.message,
            **seen_of(group),
            "explanation": _explained(catalog, group[0].key.operation, group[0].key.message),
        }
        for group in grouped(plain.values(), lambda row: (row.key.operation, row.key.error, row.key.message))
    ]


#: The role that a message names, or the role of the session that it names. A session shows the name of its role without
#: the path (IAM user guide, "IAM identifiers").
_NAMED = re.compile(
    r"arn:[a-z-]{3,16}:(?:iam::\d{12}:role/[A-Za-z0-9_+=,.@/-]{1,576}|sts::\d{12}:assumed-role/[A-Za-z0-9_+=,.@-]{1,64}/)"
)


def _explained(catalog: Catalog, operation: str, message: str) -> dict[str, Any] | None:
    """The best cause of a message, or None if its form is not known."""
    if not message:
        return None
    known = operation if catalog.has_record(operation) else ""
    causes = explain_message(catalog, message[:_LONGEST], operation=known).causes
    cause = next((item for item in causes if item.statement), next(iter(causes), None))
    if cause is None:
        return None
    # As JSON has it: lists, not tuples.
    return json.loads(json.dumps({name: getattr(cause, name) for name in _SHOWN}))  # type: ignore[no-any-return]


def _read(catalog: Catalog, rows: Iterable[Row]) -> Reading:
    """The requests of rows in order: those that passed the role, and those that work with it."""
    reader = Reader(catalog)
    for row in rows:
        key = row.key
        label = request_id(key.operation, key.request)
        told = (("Region", key.region), ("Account", key.account))
        facts = {name: InputDocument(text, label, path=(name,)) for name, text in told if text}
        members = json.loads(key.request, object_pairs_hook=_shared)
        reader.add(Found(key.operation, members, InputDocument(None, label), label, facts=facts))
    return reader.finish()


def _shared(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping whose keys are in memory once, for all requests: they are half of what these take."""
    return {intern(key): value for key, value in pairs}


SCHEMA_VERSION = "1.0.0"


class Options(NamedTuple):
    """How roles are answered.

    Attributes:
        choice: whether patterns are used, and values shown that may be secret.
        held: the roles as they are today, for the audit of each.
        sessions: what sessions of the roles called, and trail: what the log of that shows; None without one.
    """

    choice: Choice = Choice()
    held: Held | None = None
    sessions: Sessions | None = None
    trail: Trail | None = None


class Surroundings:
    """The rows of an account that pass no role; ``unknown`` has the events without requests, as the output does."""

    def __init__(self, catalog: Catalog, rows: Iterable[Row]) -> None:
        self._catalog = catalog
        self._requests: dict[tuple[str, str], list[Row]] = {}
        self._named: dict[str, list[Row]] = {}
        hidden = []
        for row in rows:
            if not row.key.request:
                hidden.append(row)
                for name in dict.fromkeys(_NAMED.findall(row.key.message)):
                    self._named.setdefault(name.rstrip(".,"), []).append(row)
            elif not row.key.error:
                self._requests.setdefault((row.key.operation, row.key.region), []).append(row)
        # Of operations that accept a role, or work with one.
        self.unknown = [
            {"operation": group[0].key.operation, **_error(group[0]), **seen_of(group)}
            for group in grouped(row for row in hidden if catalog.has_record(row.key.operation))
        ]

    def related(self, rows: Sequence[Row]) -> list[Row]:
        """The rows with requests that work with the role of one of the operations of a role's rows."""
        served = {(row.key.operation, row.key.region) for row in rows if not row.key.error}
        own, regions = ({one[place] for one in served} for place in (0, 1))
        return sorted(
            row
            for (operation, region), several in self._requests.items()
            if region in regions
            and not own.isdisjoint((*hosts_of(self._catalog, operation), *handled_by(self._catalog, operation)))
            for row in several
        )

    def naming(self, role: str) -> list[Row]:
        """The failed rows whose message names a role, by its ARN or as the role of the session that was denied."""
        arn = parts_of(role)
        session = f"arn:{arn.partition}:sts:{arn.region}:{arn.account}:assumed-role/{name_and_path(role)[0]}/"
        return [*dict.fromkeys([*self._named.get(role, ()), *self._named.get(session, ())])]


def answer(
    catalog: Catalog, rows: Sequence[Row], around: Surroundings, options: Options
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the index says of one role, whose rows in one account these are, in order; and its document.

    The requests of the document are made when they are written.
    """
    account, role = rows[0].key.account, rows[0].key.role
    hiding = None if options.choice.show_values else finder(catalog)
    served, related = [row for row in rows if not row.key.error], around.related(rows)
    failed = [row for row in rows if row.key.error]
    head = {"account": account, "role": role, **seen_of(rows)}
    causes = errors(catalog, [*failed, *around.naming(role)])
    composed = _composed(catalog, served, related, options) if served else _NOTHING
    document = {
        "schema_version": SCHEMA_VERSION,
        **head,
        "requests": (_request(group, hiding) for group in grouped(served)),
        "related_requests": (_request(group, hiding) for group in grouped(related)),
        "failed": ({**_request(group, hiding), **_error(group[0])} for group in grouped(failed)),
        "errors": causes,
        "unknown": [*around.unknown],
        **composed,
    }
    entry = {
        **head,
        "path": role_path(account, role),
        "requests": len([*grouped(served)]),
        "failed": sum(row.events for row in failed),
        "denied": sum(item["events"] for item in causes if item["is_denied"]),
        "placeholders": len(composed["placeholders"]),
        "problems": sum(item["kind"] == "problem" for item in composed["notes"]),
        **({"verdict": composed["audit"]["verdict"]} if "verdict" in composed.get("audit", {}) else {}),
    }
    return entry, document


def role_path(account: str, role: str) -> str:
    """The file of a role: its name for people, and a digest of its ARN, since names differ in case only or in path."""
    name = re.sub(r"[^A-Za-z0-9_+=,.@-]", "_", name_and_path(role)[0])[:64] or "role"
    digest = sha256(role.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"roles/{account or 'unknown'}/{name}.{digest}.json"


def _error(row: Row) -> dict[str, Any]:
    return {"error_code": row.key.error, "is_denied": is_denied(row.key.error)}


def _asked(row: Row) -> tuple[str, str, str]:
    return row.key.operation, row.key.request, row.key.error


def grouped(rows: Iterable[Row], by: Callable[[Row], tuple[str, ...]] = _asked) -> Iterator[list[Row]]:
    """Rows that differ in their Region, or in what is wrong with their members, only; in order."""
    return ([*group] for _, group in itertools.groupby(sorted(rows, key=by), by))


#: What is composed for a role that served no request.
_NOTHING: dict[str, Any] = {
    "policies": (),
    "trust": None,
    "caller_policies": (),
    "placeholders": [],
    "not_shown": [],
    "notes": [{"kind": "note", "where": "", "message": "no request that passed this role succeeded"}],
}


def _request(rows: Sequence[Row], hiding: Finder | None) -> dict[str, Any]:
    key = rows[0].key
    members = json.loads(key.request, object_pairs_hook=_shared)
    return {
        "id": request_id(key.operation, key.request),
        "operation": key.operation,
        **seen_of(rows),
        "members": hidden(members, hiding) if hiding else members,
    }


def _composed(catalog: Catalog, rows: Sequence[Row], related: Sequence[Row], options: Options) -> dict[str, Any]:
    role = rows[0].key.role
    sessions = options.sessions
    reading = _read(catalog, [*rows, *related])
    chosen = roles.only_of_arn(catalog, reading.requests, role)
    calls = sessions.calls(role) if sessions else ()
    composition = compose(catalog, chosen.requests, chosen.ids, values=reading.facts, code=calls)
    known = meanings(catalog, operations_of(catalog, chosen.requests))
    texts = {**{name: one.text for name, one in known.items()}, **reading.unknown}
    grantees = grantees_of(catalog, chosen.requests, chosen.ids)
    notes: set[tuple[str, str, str]] = {(notice.kind, notice.where, notice.message) for notice in reading.notices}
    wider = generalized(composition, options.choice.generalize or PROPOSED)
    composition = wider.composition if options.choice.generalize else composition
    if sessions and (unknown := sessions.unknown(role)):
        notes.add(("note", "observed", unknown_calls(unknown)))
    notes.update(
        ("note", part, message) for part, message in describe_patterns(wider, is_chosen=options.choice.generalize > 0)
    )
    for finding in composition.findings:
        hides = not options.choice.show_values and finder(catalog).is_private(finding.member)
        text = render_finding(finding, finding.member, hides=hides)
        notes.add((finding.kind, finding.label or finding.operation, text))
    for row in rows:
        where = request_id(row.key.operation, row.key.request)
        notes.update((kind, where, message) for kind, message in json.loads(row.key.faults))
    policies, caller = (_documents(one, notes) for one in (composition.policy, composition.caller))
    operations = {row.key.operation for row in rows}
    audit = options.held and options.held.audit(role, composition, sorted(operations), options.trail)
    called = options.trail.roles[role].items() if options.trail else ()
    observed = [
        {"permissions": pairs, **seen._asdict()}
        for pairs, seen in sorted(([*map(" ".join, sorted(pairs))], seen) for pairs, seen in called)
    ]
    return {
        **({"audit": audit} if audit else {}),
        **({"observed": observed} if options.trail else {}),
        "policies": policies,
        "trust": composition.trust.to_json(),
        "caller_policies": caller,
        "placeholders": [{"name": name, "meaning": texts.get(name, "")} for name in composition.placeholders],
        # What the code behind the requests may do with the role, which no request shows: add-ons to choose.
        "not_shown": [
            {"operation": operation.name, "addon": addon.id, "usage": addon.usage}
            for operation, grantee in grantees
            if operation.name in operations and grantee is not operation.caller
            for addon in grantee.addons
            if addon.usage and addon.id not in composition.addons.get((operation.name, grantee.id), ())
        ],
        "notes": [{"kind": kind, "where": where, "message": message} for kind, where, message in sorted(notes)],
    }


def _documents(document: Document, notes: set[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """A document, split into as many as IAM's size limit takes; none if it has no statement."""
    if not document.statements:
        return []
    try:
        return split(document.to_json())
    except ValueError as error:
        notes.add(("problem", "", f"cannot be split into managed policies: {error}"))
        return [document.to_json()]
