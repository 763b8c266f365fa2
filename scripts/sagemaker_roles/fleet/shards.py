"""What each process makes of the files that it reads: their rows, each file's whole or none of them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path

from ..catalog import Catalog
from ..errors import InputError
from ..inputs.code_services import table_of
from ..inputs.interfaces import ReadingContext
from ..inputs.logs import Every, Tally, events
from ..inputs.observed import Sessions
from ..publish import tree
from .listing import LogFile, Range, reason_of
from .reduction import Reducer, account_of
from .table import Key, Row, together
from .table_files import table_rows

#: Name of the file with the keys of a process.
KEYS = "keys-{}"

#: Characters of keys that are held in memory before they are written to the disk.
LIMIT = 32 << 20

#: Characters of the longest ARN of a role (IAM API Reference, "RoleArn" of AWS STS AssumeRole).
_LONGEST = 2048


class Shard:
    """Reduces files, and writes their rows into two files: the keys as lines of JSON, and where each key is.

    Args:
        folder: the work folder.
    """

    def __init__(self, catalog: Catalog, wanted: Range, folder: Path) -> None:
        self._reducer = Reducer(catalog, wanted)
        self._number = number = os.getpid()
        self._counts: dict[Key, Row] = {}
        self._size = 0
        self._keys = tree.scratch_file(folder / KEYS.format(number))
        self._places = tree.scratch_file(folder / f"places-{number}.csv")
        self._begin = 0, 0

    def take(self, file: LogFile) -> tuple[str, Tally, str]:
        """Reads a file: its name, what was read, and what is wrong with it. Nothing of a damaged one counts.

        Raises:
            OSError: no room, no right to write.
        """
        tally = Tally()
        self._begin = self._keys.tell(), self._places.tell()
        rows = self._rows(file, tally)
        while True:
            try:
                row = next(rows, None)
            except (InputError, OSError) as error:
                self._drop()
                return file.name, tally, reason_of(error)
            if row is None:
                self._spill()
                return file.name, tally, ""
            if known := self._counts.get(row.key):
                self._counts[row.key] = together(known, row)
            else:
                self._counts[row.key] = row
                self._size += sum(map(len, row.key)) + 500
            if self._size > LIMIT:
                self._spill()

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
        text = TextIOWrapper(self._places, "utf-8", "backslashreplace", newline="", write_through=True)
        places = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for _, row in sorted(self._counts.items()):
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
        self._counts.clear()
        self._size = 0

    def _drop(self) -> None:
        self._counts.clear()
        self._size = 0
        for stream, begin in zip((self._keys, self._places), self._begin, strict=True):
            stream.seek(begin)
            stream.truncate()


class Observing:
    """What a process needs to read what sessions of some roles called by logs."""

    def __init__(self, catalog: Catalog, wanted: Range, roles: Collection[str]) -> None:
        self._context, self._table = ReadingContext(catalog), table_of(catalog)
        self._wanted, self._roles = wanted, roles

    def take(self, name: str) -> tuple[str, Sessions, str]:
        """Reads a log: its path, the calls in it, and what is wrong with it; of a damaged one nothing counts."""
        found, fault = [Sessions(self._roles)], ""
        try:
            for event in events(self._context, name, Tally(), lambda: found.append(Sessions(self._roles)), "", Every()):
                time = str(event.get("eventTime", "")) if isinstance(event, Mapping) else ""
                if time and self._wanted.has_event(account_of(event), time):
                    found[-1].take(self._table, event)
        except (InputError, OSError) as error:
            fault = reason_of(error)
        return name, Sessions(self._roles) if fault else found[-1], fault

    def close(self) -> None:
        """Nothing is open."""
