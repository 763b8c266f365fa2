"""The rows of the reduced table: what makes two of them one, and how they are counted together."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, NamedTuple

#: Characters of keys that are held in memory before they are written to the disk.
LIMIT = 32 << 20


class Key(NamedTuple):
    """What makes two rows one.

    Attributes:
        account: account ID, or "".
        role: ARN of the role that the request passes, or "".
        region: Region, or "".
        operation: name of the operation.
        request: the members as canonical JSON, or "" if the event does not show them.
        error: the event's ``errorCode``, or "".
        message: the event's ``errorMessage``, if it has an ``errorCode``, or "".
        faults: JSON list of [kind, message]: what is wrong with the members.
    """

    account: str = ""
    role: str = ""
    region: str = ""
    operation: str = ""
    request: str = ""
    error: str = ""
    message: str = ""
    faults: str = "[]"


class Row(NamedTuple):
    """A key with the number of its events, and when the first and the last happened ("" if none has a time)."""

    key: Key
    events: int
    first: str
    last: str


def request_id(operation: str, request: str) -> str:
    """A short name of a request, the same wherever it is seen."""
    return sha256(f"{operation} {request}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def regions_of(rows: Iterable[Row]) -> list[str]:
    """The Regions of rows, sorted."""
    return sorted({row.key.region for row in rows} - {""})


def times_of(rows: Iterable[Row]) -> dict[str, Any]:
    """The number of events of rows, and the times of the first and the last, as the output has them."""
    events, first, last = 0, "", ""
    for row in rows:
        events += row.events
        first = min(first or row.first, row.first or first)
        last = max(last, row.last)
    return {"events": events, "first_seen": first or None, "last_seen": last or None}


def together(rows: Iterable[Row]) -> Row:
    """One row for several with one key."""
    several = [*rows]
    firsts = [row.first for row in several if row.first]
    return Row(
        several[0].key,
        sum(row.events for row in several),
        min(firsts, default=""),
        max((row.last for row in several), default=""),
    )


class Counts:
    """Counts rows by key, until they are taken."""

    def __init__(self) -> None:
        self._rows: dict[Key, Row] = {}
        self.size = 0

    def add(self, row: Row) -> None:
        """Counts a row."""
        known = self._rows.get(row.key)
        if known is None:
            self.size += sum(map(len, row.key)) + 500
            self._rows[row.key] = row
        else:
            self._rows[row.key] = together((known, row))

    def take(self) -> list[Row]:
        """The rows, sorted; they are then forgotten."""
        rows = [self._rows[key] for key in sorted(self._rows)]
        self._rows.clear()
        self.size = 0
        return rows
