"""What lies on the disk between reading and composing: rows that processes write, and the database that groups them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from glob import escape
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from ...catalog import Catalog
from ...errors import InputError
from ...files import writing
from ...inputs.requests.log_events import Tally, events
from .log_files import LogFile, Range, reason_of
from .reduced_table import Key, Row, database, named_fault, together
from .reduction import Reducer
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
        self._keys = writing.scratch_file(folder / KEYS.format(number))
        self._places = writing.scratch_file(folder / f"places-{number}.csv")
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


# --- grouped -------------------------------------------------------------------------------------------------------

_DATABASE = "rows.duckdb"

#: The same key can be in many files. Roles have numbers in the order of accounts and ARNs.
_FILL = """
CREATE TABLE place AS SELECT * FROM read_csv(getvariable('files'), header = false, auto_detect = false, delim = ',',
    quote = '"', escape = '"', nullstr = 'null', columns = {
    'digest': 'VARCHAR', 'account': 'VARCHAR', 'role': 'VARCHAR', 'place': 'BIGINT', 'events': 'BIGINT',
    'first_seen': 'VARCHAR', 'last_seen': 'VARCHAR'});
CREATE TABLE roles AS SELECT row_number() OVER (ORDER BY account, role) AS number, account, role
    FROM (SELECT DISTINCT account, role FROM place);
CREATE TABLE row AS
    SELECT number, min(place) AS place, sum(events)::BIGINT AS events,
        coalesce(min(nullif(first_seen, '')), '') AS first_seen, max(last_seen) AS last_seen
    FROM place JOIN roles USING (account, role) GROUP BY number, digest ORDER BY number, place;
DROP TABLE place;
"""


class Group(NamedTuple):
    """The rows of one role in one account, or those that pass none."""

    number: int
    account: str
    role: str


class Store:
    """The rows of a run, once all files are read. Processes can read it at once.

    Raises:
        OSError: no room, no right to write.
    """

    def __init__(self, work: Path) -> None:
        self._work = work
        self._keys: dict[int, BinaryIO] = {}
        self._database = database(work / _DATABASE, read_only=True)

    @classmethod
    def filled(cls, work: Path) -> Self:
        """Groups the rows that the processes wrote into a work folder."""
        file = work / _DATABASE
        with named_fault(file), database(file) as filling:
            filling.execute("SET VARIABLE files = $1", [[escape(str(path)) for path in work.glob("places-*.csv")]])
            filling.execute(_FILL)
        return cls(work)

    def groups(self) -> Iterator[Group]:
        """All groups, in the order of accounts and ARNs; those that pass no role come first."""
        query = "SELECT number, account, role FROM roles ORDER BY number"
        return map(Group._make, self._database.execute(query).fetchall())

    def beside(self, account: str) -> list[Row]:
        """The rows of an account that pass no role."""
        query = "SELECT number FROM roles WHERE account = ? AND role = ''"
        known = self._database.execute(query, [account]).fetchone()
        return self.rows(known[0]) if known else []

    def rows(self, number: int) -> list[Row]:
        """The rows of a group in the order of their keys."""
        query = "SELECT place, events, first_seen, last_seen FROM row WHERE number = ? ORDER BY place"
        found = self._database.execute(query, [number]).fetchall()
        return sorted(Row(self._key(place), *counts) for place, *counts in found)

    def _key(self, place: int) -> Key:
        number, at = place >> 40, place & (1 << 40) - 1
        if number not in self._keys:
            self._keys[number] = (self._work / KEYS.format(number)).open("rb")
        self._keys[number].seek(at)
        return Key(*json.loads(self._keys[number].readline()))

    def close(self) -> None:
        """Ends what it reads."""
        self._database.close()
        for stream in self._keys.values():
            stream.close()
