"""Lists that memory is not to hold, in a database in one file."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from operator import eq
from typing import Any, TypeVar, overload

from ..iam.prefixes import LongList, has, idle_keys, key_of, reduced, text_of

#: Resources of a statement that memory holds; those of one with more are read as they are needed.
FEW = 100

#: Rows that are read at a time.
AT_ONCE = 500

_T = TypeVar("_T")

#: Without a journal, since nobody reads what a run that ended has left.
_TABLES = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA temp_store = FILE",
    "PRAGMA cache_size = -16000",
    "CREATE TABLE resource (list INTEGER, base BLOB, whole INTEGER, PRIMARY KEY (list, base, whole)) WITHOUT ROWID",
    "CREATE TABLE piece (number INTEGER PRIMARY KEY, text TEXT)",
    "BEGIN",
)


class Shelf:
    """Lists of resources, and parts of JSON, in a database.

    Args:
        file: where it is; "" for a temporary file.
    """

    def __init__(self, file: str = "") -> None:
        import sqlite3  # Only many requests need it.

        self.database = sqlite3.connect(file, isolation_level=None)
        for statement in _TABLES:
            self.database.execute(statement)
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Ends the use of the file."""
        self.database.close()

    def number(self) -> int:
        """A number for a list or document, which no other has."""
        return next(self._numbers)

    # resources

    def put(self, number: int, resources: Iterable[str]) -> None:
        """Puts resources into a list, which may have some of them."""
        rows = ((number, *_row(resource)) for resource in resources)
        self.database.executemany("INSERT OR IGNORE INTO resource VALUES (?, ?, ?)", rows)

    def reduced(self, number: int) -> Sequence[str]:
        """A list's resources, reduced and sorted."""
        idle = ((number, *row) for row in idle_keys(self._rows(number)))
        self.database.executemany("DELETE FROM resource WHERE list = ? AND base = ? AND whole = ?", idle)
        count = self.database.execute("SELECT count(*) FROM resource WHERE list = ?", (number,)).fetchone()[0]
        several = Resources(self, number, count)
        return several if count > FEW else tuple(several)

    def resources(self, resources: Iterable[str]) -> Sequence[str]:
        """Resources, reduced and sorted; a list if they are many."""
        left = iter(resources)
        few = tuple(itertools.islice(left, FEW + 1))
        if len(few) <= FEW:
            return reduced(few)
        number = self.number()
        self.put(number, itertools.chain(few, left))
        return self.reduced(number)

    def _rows(self, number: int) -> Iterator[_Row]:
        """The rows of a list; those that were read can be deleted meanwhile."""
        last: tuple[bytes, int] = (b"", -1)
        query = (
            "SELECT base, whole FROM resource WHERE list = ? AND (base, whole) > (?, ?) ORDER BY base, whole LIMIT ?"
        )
        while some := self.database.execute(query, (number, *last, AT_ONCE)).fetchall():
            yield from some
            last = some[-1]

    def read(self, number: int) -> Iterator[str]:
        """The resources of a list."""
        return (text_of(base.decode("utf-8", "surrogatepass"), whole) for base, whole in self._rows(number))

    def covers(self, number: int, resource: str) -> bool:
        """Whether a reduced list has a resource, or one with a ``*`` that it begins like."""
        row = _row(resource)
        query = "SELECT base, whole FROM resource WHERE list = ? AND base <= ? ORDER BY base DESC, whole LIMIT 1"
        last = self.database.execute(query, (number, row[0])).fetchone()
        return last is not None and has(last, row)

    # pieces of split documents

    def pieces(self, pieces: Iterable[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """Parts of JSON, kept in the database."""
        kept = _Pieces(self)
        rows = ((json.dumps(piece, default=list),) for piece in pieces)
        self.database.executemany("INSERT INTO piece (text) VALUES (?)", rows)
        kept.end()
        return kept


#: A resource as the database has it: its key, whose bytes have the order of the code points.
_Row = tuple[bytes, int]


def _row(resource: str) -> _Row:
    base, is_whole = key_of(resource)
    return base.encode("utf-8", "surrogatepass"), is_whole


class Lazy(Sequence[_T]):
    """A sequence that is read as it is needed."""

    @overload
    def __getitem__(self, place: int) -> _T: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[_T]: ...

    def __getitem__(self, place: int | slice) -> _T | Sequence[_T]:
        if isinstance(place, slice):
            return tuple(itertools.islice(self, *place.indices(len(self))))
        where = range(len(self))[place]
        return next(itertools.islice(self, where, None))


class Resources(Lazy[str], LongList):
    """A reduced list."""

    def __init__(self, shelf: Shelf, number: int, count: int) -> None:
        self.shelf, self.number, self._count = shelf, number, count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return self.shelf.read(self.number)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Resources) and (other.shelf, other.number) == (self.shelf, self.number):
            return True
        if not isinstance(other, Sequence) or len(other) != len(self):
            return False
        return all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash((self.shelf, self.number))

    def covers(self, other: str) -> bool:
        """As :meth:`LongList.covers`."""
        return self.shelf.covers(self.number, other)

    def anew(self, resources: Iterable[str]) -> Sequence[str]:
        """As :meth:`LongList.anew`."""
        return self.shelf.resources(resources)


class _Pieces(Lazy[dict[str, Any]]):
    """Parts of JSON by their numbers."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._first = self._next()
        self._count = 0

    def _next(self) -> int:
        last = self._shelf.database.execute("SELECT max(number) FROM piece").fetchone()[0]
        return (last or 0) + 1

    def end(self) -> None:
        """Takes what was added since for its own."""
        self._count = self._next() - self._first

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[dict[str, Any]]: ...

    def __getitem__(self, place: int | slice) -> dict[str, Any] | Sequence[dict[str, Any]]:
        if isinstance(place, slice):
            return super().__getitem__(place)
        row = self._shelf.database.execute(
            "SELECT text FROM piece WHERE number = ?", (self._first + range(self._count)[place],)
        ).fetchone()
        piece: dict[str, Any] = json.loads(row[0])
        return piece
