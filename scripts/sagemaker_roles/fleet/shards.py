"""What each process makes of the files that it reads: their rows, each file's whole or none of them."""

from __future__ import annotations

import contextlib
import csv
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path

from ..catalog import Catalog
from ..errors import InputError
from ..inputs.code_table import table_of
from ..inputs.interfaces import ReadingContext
from ..inputs.logs import Every, Tally, events
from ..inputs.observed import Sessions
from ..inputs.pool import each
from ..publish import tree
from .listing import LogFile, Range, reason_of
from .reduction import Reducer, account_of
from .table import LIMIT, Counts, Row
from .table_files import table_rows

#: Characters of the longest ARN of a role (IAM API Reference, "RoleArn" of AWS STS AssumeRole).
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Done:
    """A file that was read, with its events and inflated bytes, or that could not be, for what is wrong with it."""

    name: str
    events: int = 0
    inflated: int = 0
    fault: str = ""


class ShardError(OSError):
    """Rows cannot be written: that is no fault of the file that is read."""


class Shard:
    """Reduces files, and writes their rows into two files: the keys as lines of JSON, and where each key is.

    Args:
        folder: the work folder.
    """

    def __init__(self, catalog: Catalog, wanted: Range, folder: Path) -> None:
        self._reducer = Reducer(catalog, wanted)
        self._number = number = os.getpid()
        self._counts = Counts()
        self._keys = tree.scratch_file(folder / keys_name(number))
        self._places = tree.scratch_file(folder / f"places-{number}.csv")
        self._begin = 0, 0

    def take(self, file: LogFile) -> Done:
        """Reads a file. Nothing of a damaged one counts.

        Raises:
            ShardError: no room, no right to write.
        """
        tally, fault = Tally(), ""
        self._begin = self._keys.tell(), self._places.tell()
        try:
            for row in self._rows(file, tally):
                self._counts.add(row)
                if self._counts.size > LIMIT:
                    self._spill()
        except ShardError:
            raise
        except (InputError, OSError) as error:
            fault = reason_of(error)
        if fault:
            self._drop()
            return Done(file.name, fault=fault)
        self._spill()
        return Done(file.name, tally.events, tally.size)

    def _rows(self, file: LogFile, tally: Tally) -> Iterator[Row]:
        if file.is_table:
            for row in table_rows(self._reducer, file.name):
                tally.events += row.events
                yield row
            tally.size = file.size
            return
        for event in events(self._reducer.context, file.name, tally, self._drop):
            for key, time in self._reducer.rows(event):
                yield Row(key, 1, time, time)

    def close(self) -> None:
        """Ends both files."""
        self._keys.close()
        self._places.close()

    def _spill(self) -> None:
        with _writing():
            text = TextIOWrapper(self._places, "utf-8", "backslashreplace", newline="", write_through=True)
            places = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
            for row in self._counts.take():
                line = json.dumps(row.key).encode("ascii") + b"\n"
                place = self._number << 40 | self._keys.tell()
                self._keys.write(line)
                digest = sha256(line).hexdigest()
                # No ARN is longer; a text of megabytes would be too long a line.
                role = row.key.role if len(row.key.role) <= _LONGEST else f"{row.key.role[:_LONGEST]}{digest}"
                places.writerow((digest, row.key.account, role, place, row.events, row.first, row.last))
            text.detach()
            self._keys.flush()
            self._places.flush()

    def _drop(self) -> None:
        self._counts.take()
        with _writing():
            for stream, begin in zip((self._keys, self._places), self._begin, strict=True):
                stream.seek(begin)
                stream.truncate()


def keys_name(number: int) -> str:
    """Name of the file with the keys of a process."""
    return f"keys-{number}"


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ShardError(error.errno, error.strerror, error.filename) from None


def observed(
    catalog: Catalog,
    files: Iterable[LogFile],
    wanted: Range,
    roles: Collection[str],
    workers: int,
    faults: dict[str, str],
) -> Sessions:
    """What sessions of roles called by logs; ``faults`` takes what is wrong with one, of which nothing counts then."""
    found = Sessions(roles)
    names = [file.name for file in files]
    for name, sessions, fault in each(_Observing, (catalog, wanted, roles), names, min(workers, len(names))):
        if fault:
            faults[name] = fault
        else:
            found.join(sessions)
    return found


class _Observing:
    """What a process needs to read logs."""

    def __init__(self, catalog: Catalog, wanted: Range, roles: Collection[str]) -> None:
        self._context, self._table = ReadingContext(catalog), table_of(catalog)
        self._wanted, self._roles = wanted, roles

    def take(self, name: str) -> tuple[str, Sessions, str]:
        """Reads a log: its path, the calls in it, and what is wrong with it."""
        found = [Sessions(self._roles)]

        def drop() -> None:
            found[0] = Sessions(self._roles)

        try:
            for event in events(self._context, name, Tally(), drop, "", Every()):
                time = str(event.get("eventTime", "")) if isinstance(event, Mapping) else ""
                if time and self._wanted.has_event(account_of(event), time):
                    found[0].take(self._table, event)
        except (InputError, OSError) as error:
            return name, found[0], reason_of(error)
        return name, found[0], ""

    def close(self) -> None:
        """Nothing is open."""
