"""Composes what a role needs for all of its requests, some at a time: what each was read as is not kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from sys import intern
from typing import Any, NamedTuple

from ..catalog import Catalog, Grantee, Operation
from ..engine import roles
from ..engine.code import CodeCall
from ..engine.compose import Collected, Composing, Composition, begin, grantees_of
from ..engine.documents import Finding, Request
from ..engine.named import finder
from ..engine.values import short
from ..inputs.interfaces import Found, InputDocument
from ..inputs.names import Style
from ..inputs.reading import Reader
from .table import Row, request_id

#: Requests that are composed at a time.
_AT_ONCE = 500


class Composed(NamedTuple):
    """What a role needs.

    Attributes:
        notes: what reading the requests brought up: kind, where, and message.
        unknown: meanings of the parts of requests that are not known, by name.
        operations: the operations of the requests, with those inside pipelines, that have a record.
        grantees: the entries of the records that are composed.
    """

    composition: Composition
    notes: set[tuple[str, str, str]]
    unknown: Mapping[str, str]
    operations: set[str]
    grantees: Sequence[tuple[Operation, Grantee]]


def composed(catalog: Catalog, rows: Iterable[Row], role: str, calls: Sequence[CodeCall] = ()) -> Composed:
    """Composes what a role needs.

    Args:
        rows: rows with requests, in order: those that passed the role, and those that work with it.
        calls: what sessions of the role called.
    """
    reader = Reader(catalog)
    for row in rows:
        key = row.key
        label = request_id(key.operation, key.request)
        facts = {name: (text, (name,)) for name, text in (("Region", key.region), ("Account", key.account)) if text}
        found = Found(key.operation, json.loads(key.request, object_pairs_hook=_shared), Style(), (), label, facts)
        reader.add(found, InputDocument(None, label))
    reading = reader.finish()
    chosen = roles.only_of_arn(catalog, reading.requests, role)
    composing = begin(catalog, chosen.requests, chosen.ids, values=reading.facts)._replace(code=calls)
    gathering = _Gathering(composing)
    for some in _some(chosen.requests):
        gathering.take(some)
    return Composed(
        gathering.composition(chosen.requests),
        {(notice.kind, notice.where, notice.message) for notice in reading.notices},
        reading.unknown,
        {request.operation for request in chosen.requests} & catalog.data["operations"].keys(),
        grantees_of(catalog, chosen.requests, chosen.ids),
    )


def _shared(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping whose keys are in memory once, for all requests: they are half of what these take."""
    return {intern(key): value for key, value in pairs}


def _some(requests: Sequence[Request]) -> Iterator[Sequence[Request]]:
    """Requests, some at a time: pipelines with all of their steps, and in each part some of every operation."""
    if len(requests) <= _AT_ONCE:
        yield requests
        return
    standing: dict[tuple[Any, ...], Request] = {}
    steps: list[Request] = []
    others: list[Request] = []
    for request in requests:
        standing.setdefault((request.operation, request.by_service, request.roles), request)
        is_of_pipeline = request.by_service or "PipelineDefinition" in (request.members or {})
        (steps if is_of_pipeline else others).append(request)
    yield [*standing.values(), *steps]
    for start in range(0, len(others), _AT_ONCE):
        yield [*standing.values(), *others[start : start + _AT_ONCE]]


class _Gathering:
    """What requests bring, some after the other. Of the values in reasons it keeps only which texts are used."""

    def __init__(self, composing: Composing) -> None:
        self._composing = composing
        self._whole = composing.fresh()
        self._active: dict[tuple[str, str], set[str]] = {}
        self._unused: dict[Finding, frozenset[str]] = {}
        self._used: set[str] = set()

    def take(self, requests: Iterable[Request]) -> None:
        """Takes some requests."""
        some = self._composing.collected(requests)
        _, notes = self._composing.account(some, some.documents(), some.findings())
        self._unused.update(self._texts(some, notes) if notes else {})
        for part, composer in some.composers.items():
            for slot in composer.statements.values():
                self._used.update(*(reason.values for reason in slot.reasons))
            self._whole[part].absorb(composer)
        for who, chosen in some.active.items():
            self._active.setdefault(who, set()).update(chosen)

    def _texts(self, some: Collected, notes: Sequence[Finding]) -> Iterator[tuple[Finding, frozenset[str]]]:
        """Notes on what nothing uses, with the texts by which other requests' statements may use it after all."""
        readable = finder(self._composing.catalog).readable
        about = {(note.label, note.member, note.value): note for note in notes}
        for asked, several in some.named:
            for named in several:
                if note := about.get((asked.request.label, named.path, short(named.text))):
                    yield note, frozenset() if named.member else frozenset((str(named.whole), readable(named)))

    def composition(self, requests: Sequence[Request]) -> Composition:
        """What all of them need."""
        collected = Collected(self._whole, self._composing.ordered(self._active))
        documents, findings = self._composing.documents(collected)
        findings.update((note, None) for note, texts in self._unused.items() if texts.isdisjoint(self._used))
        return self._composing.composition(collected, documents, findings, (), requests)
