"""What lies on the disk between reading and composing: a database that groups all rows, and finds those of a role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from .shards import KEYS
from .table import Key, Row, database, named_fault

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
