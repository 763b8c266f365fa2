"""Statements that memory is not to hold, in a database."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..catalog import condition_of
from ..engine.documents import ChangedStatements, ComposedStatement, ManyStatements, Reason
from ..iam.prefixes import LongList
from . import shelf
from .shelf import AT_ONCE, Lazy, Resources, Shelf

_TABLE = """
CREATE TABLE statement (document INTEGER, place INTEGER, text TEXT, PRIMARY KEY (document, place)) WITHOUT ROWID
"""


class Store:
    """Lists of statements in a database.

    Args:
        shelf: the database.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.shelf.database.execute(_TABLE)
        self._reasons: list[Reason] = []
        self._places: dict[Reason, int] = {}

    def statements(self, statements: Iterable[ComposedStatement]) -> Sequence[ComposedStatement]:
        """Statements, in a document if they are many."""
        left = iter(statements)
        few = tuple(itertools.islice(left, shelf.FEW + 1))
        if len(few) <= shelf.FEW:
            return few
        number = self.shelf.number()
        rows = ((number, place, self.text(one)) for place, one in enumerate(itertools.chain(few, left)))
        self.shelf.database.executemany("INSERT INTO statement VALUES (?, ?, ?)", rows)
        return _Statements(self, number)

    def reason(self, reason: Reason) -> int:
        """The place of a reason, of which many statements have the same."""
        if reason not in self._places:
            self._places[reason] = len(self._reasons)
            self._reasons.append(reason)
        return self._places[reason]

    def reason_at(self, place: int) -> Reason:
        """The reason of a place."""
        return self._reasons[place]

    def text(self, one: ComposedStatement) -> str:
        """A statement as a text."""
        resources: Any = one.resources
        if isinstance(resources, LongList):
            if not isinstance(resources, Resources) or resources.shelf is not self.shelf:
                raise TypeError("the resources are in another database")
            resources = [resources.number, len(resources)]
        else:
            resources = list(resources)
        reasons = [*map(self.reason, one.reasons)]
        is_list = isinstance(one.resources, LongList)
        fields = [one.sid, one.actions, is_list, resources, one.condition, reasons, {**one.principal}, one.effect]
        return json.dumps(fields)

    def statement(self, text: str) -> ComposedStatement:
        """The statement of a text."""
        sid, actions, is_list, resources, condition, reasons, principal, effect = json.loads(text)
        return ComposedStatement(
            sid,
            tuple(actions),
            Resources(self.shelf, *resources) if is_list else tuple(resources),
            condition_of(condition),
            tuple(map(self.reason_at, reasons)),
            {kind: tuple(names) for kind, names in principal.items()},
            effect,
        )


class _Statements(Lazy[ComposedStatement], ManyStatements):
    """The statements of a document, numbered without gaps."""

    def __init__(self, store: Store, number: int) -> None:
        self._store, self._number = store, number

    def __len__(self) -> int:
        query = "SELECT count(*) FROM statement WHERE document = ?"
        count: int = self._store.shelf.database.execute(query, (self._number,)).fetchone()[0]
        return count

    def __iter__(self) -> Iterator[ComposedStatement]:
        query = "SELECT place, text FROM statement WHERE document = ? AND place > ? ORDER BY place LIMIT ?"
        last = -1
        while some := self._store.shelf.database.execute(query, (self._number, last, AT_ONCE)).fetchall():
            yield from (self._store.statement(text) for _, text in some)
            last = some[-1][0]

    def to_change(self) -> ChangedStatements:
        return _Changed(self._store, self._copied())

    def renumbered(self) -> _Statements:
        """These after gaps came in."""
        return _Statements(self._store, self._copied())

    def _copied(self) -> int:
        number = self._store.shelf.number()
        self._store.shelf.database.execute(
            "INSERT INTO statement SELECT ?, row_number() OVER (ORDER BY place) - 1, text"
            " FROM statement WHERE document = ?",
            (number, self._number),
        )
        return number


class _Changed(ChangedStatements):
    """The statements of a document by their places."""

    def __init__(self, store: Store, number: int) -> None:
        self._store, self._number = store, number

    def __getitem__(self, place: int) -> ComposedStatement:
        query = "SELECT text FROM statement WHERE document = ? AND place = ?"
        row = self._store.shelf.database.execute(query, (self._number, place)).fetchone()
        if row is None:
            raise KeyError(place)
        return self._store.statement(row[0])

    def __setitem__(self, place: int, statement: ComposedStatement) -> None:
        row = (self._number, place, self._store.text(statement))
        self._store.shelf.database.execute("INSERT OR REPLACE INTO statement VALUES (?, ?, ?)", row)

    def __delitem__(self, place: int) -> None:
        self._store.shelf.database.execute(
            "DELETE FROM statement WHERE document = ? AND place = ?", (self._number, place)
        )

    def __iter__(self) -> Iterator[int]:
        query = "SELECT place FROM statement WHERE document = ? ORDER BY place"
        return (place for (place,) in self._store.shelf.database.execute(query, (self._number,)).fetchall())

    def __len__(self) -> int:
        return len(_Statements(self._store, self._number))

    def as_they_are(self) -> ManyStatements:
        return _Statements(self._store, self._number).renumbered()
