"""The reduced table: rows with equal keys are counted together, in bounded memory, in the order of their keys."""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from ..publish import tree

#: Characters of keys that are held in memory before a sorted run is written to the disk.
LIMIT = 32 << 20

#: Runs that are read at once.
_FAN_IN = 64


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

    def line(self) -> bytes:
        """The row as a line of JSON."""
        return json.dumps([*self.key, self.events, self.first, self.last]).encode("ascii") + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> Row:
        """The row of a line of JSON."""
        *key, events, first, last = json.loads(line)
        return cls(Key(*key), events, first, last)


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


class Table:
    """All rows, sorted; what memory does not hold is in runs on the disk.

    Args:
        folder: where runs are written.
        limit: characters of keys in memory.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self._folder = folder
        self._limit = limit
        self._counts = Counts()
        self._runs: list[Path] = []
        self._number = 0

    def add(self, row: Row) -> None:
        """Adds a row."""
        self._counts.add(row)
        if self._counts.size > self._limit:
            self._runs.append(self._write(self._counts.take()))

    def rows(self) -> Iterator[Row]:
        """All rows in the order of their keys, each key once."""
        while len(self._runs) > _FAN_IN:
            first, self._runs = self._runs[:_FAN_IN], self._runs[_FAN_IN:]
            self._runs.append(self._write(_merged(map(_read, first))))
            for run in first:
                tree.discard(run)
        yield from _merged([*map(_read, self._runs), iter(self._counts.take())])

    def _write(self, rows: Iterable[Row]) -> Path:
        self._number += 1
        path = self._folder / f"run-{self._number:06}"
        with tree.scratch_file(path) as stream:
            stream.writelines(row.line() for row in rows)
        return path


def _read(path: Path) -> Iterator[Row]:
    with path.open("rb") as stream:
        yield from map(Row.of_line, stream)


def _merged(sources: Iterable[Iterator[Row]]) -> Iterator[Row]:
    merged = heapq.merge(*sources, key=lambda row: row.key)
    for _, rows in itertools.groupby(merged, key=lambda row: row.key):
        yield together(rows)
