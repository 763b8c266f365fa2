"""Composes what a role needs for all of its requests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from sys import intern
from typing import Any, NamedTuple

from ..catalog import Catalog, Grantee, Operation
from ..engine import roles
from ..engine.code import CodeCall
from ..engine.compose import Composition, compose, grantees_of
from ..inputs.interfaces import Found, InputDocument
from ..inputs.names import Style
from ..inputs.reading import Reader
from .table import Row, request_id


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
    return Composed(
        compose(catalog, chosen.requests, chosen.ids, values=reading.facts, code=calls),
        {(notice.kind, notice.where, notice.message) for notice in reading.notices},
        reading.unknown,
        {request.operation for request in chosen.requests} & catalog.data["operations"].keys(),
        grantees_of(catalog, chosen.requests, chosen.ids),
    )


def _shared(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping whose keys are in memory once, for all requests: they are half of what these take."""
    return {intern(key): value for key, value in pairs}
