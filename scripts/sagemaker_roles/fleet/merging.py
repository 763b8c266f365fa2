"""Merges what parts of many requests bring to a document, as if all requests had been there at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from ..catalog import condition_of
from ..engine.documents import ComposedStatement, Document, Finding, digest
from ..engine.statements import Composer, Place, Skipped, uncovered, with_own_sids
from .stored import Store

#: A statement in the making. Its order is where the records ask for it, and there that of the requests.
_TABLE = """
CREATE TABLE slot (
    list INTEGER PRIMARY KEY, document INTEGER, key BLOB,
    operation TEXT, role INTEGER, addon INTEGER, entry INTEGER, part INTEGER, number INTEGER,
    sid TEXT, statement TEXT, reasons TEXT, UNIQUE (document, key)
)
"""

#: Reasons by their places among all, with where the records ask for them.
_Reasons = dict[int, Place]


class Merged:
    """A document of many requests, in a database.

    Args:
        store: where its statements are kept.
        values: placeholder to the text put in its place, escaped.

    Attributes:
        findings: what reading the requests' values brought up.
    """

    def __init__(self, store: Store, values: Mapping[str, str]) -> None:
        self.values = values
        self.findings: dict[Finding, None] = {}
        self._store = store
        self._number = store.shelf.number()
        self._parts = 0
        self._document: Document | None = None
        self._skipped: dict[tuple[str, str, str], Skipped] = {}
        self._covered: set[tuple[str, str, str]] = set()

    @staticmethod
    def prepare(store: Store) -> None:
        """Makes room for documents in a new database."""
        store.shelf.database.execute(_TABLE)

    def take(self, part: Composer) -> None:
        """Takes over what was collected for some of the requests; of the values in reasons, whether there are any."""
        self._parts += 1
        for number, (key, slot) in enumerate(part.statements.items()):
            order = (*slot.place, self._parts, number)
            known = self._known(key)
            joint: _Reasons = {**known[2]} if known else {}
            for reason, place in slot.reasons.items():
                one = self._store.reason(reason._replace(members=(), values=reason.values and ("",)))
                joint[one] = min(joint.get(one, place), place)
            if known is None:
                sid, actions, _, principal = key
                mine = self._store.shelf.number()
                statement = json.dumps([actions, slot.condition, dict(principal)])
                row = (mine, self._number, digest(key), *order, sid, statement, _text(joint))
                self._store.shelf.database.execute("INSERT INTO slot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            else:
                mine, before, _ = known
                change = "operation = ?, role = ?, addon = ?, entry = ?, part = ?, number = ?, reasons = ?"
                row = (*min(order, before), _text(joint), mine)
                self._store.shelf.database.execute(f"UPDATE slot SET {change} WHERE list = ?", row)  # noqa: S608
            self._store.shelf.put(mine, slot.resources)
        self.findings.update(part.findings)
        self._covered.update(self._skipped.keys() & part.covered)
        for skipped, what in part.skipped.items():
            if skipped not in part.covered:
                self._skipped.setdefault(skipped, what)

    def see(self, part: Composer, texts: AbstractSet[str]) -> None:
        """Looks once more for what covers values that nothing covers so far, and for the reasons with some values."""
        self._covered.update(self._skipped.keys() & part.covered)
        for key, slot in part.statements.items() if texts else ():
            seen = {
                self._store.reason(reason): place
                for reason, place in slot.reasons.items()
                if not texts.isdisjoint(reason.values)
            }
            known = self._known(key) if seen else None
            if known is not None:
                mine, _, reasons = known
                row = (_text({**seen, **reasons}), mine)
                self._store.shelf.database.execute("UPDATE slot SET reasons = ? WHERE list = ?", row)

    def document(self) -> Document:
        """The statements, after everything was taken: resources reduced and sorted, Sids made unique."""
        if self._document is None:
            query = "SELECT DISTINCT sid FROM slot WHERE document = ?"
            taken = {sid for (sid,) in self._store.shelf.database.execute(query, (self._number,))}
            self._document = Document(self._store.statements(with_own_sids(taken, self._statements())))
        return self._document

    def uncovered(self) -> list[Finding]:
        """Findings for values whose form no statement of the record is for."""
        return uncovered(self._skipped, self._covered)

    def _known(self, key: Any) -> tuple[int, tuple[Any, ...], _Reasons] | None:
        """List, order and reasons of a statement; None if there is none yet."""
        query = (
            "SELECT list, operation, role, addon, entry, part, number, reasons FROM slot WHERE document = ? AND key = ?"
        )
        row = self._store.shelf.database.execute(query, (self._number, digest(key))).fetchone()
        return None if row is None else (row[0], tuple(row[1:-1]), _reasons(row[-1]))

    def _statements(self) -> Iterator[ComposedStatement]:
        query = "SELECT list FROM slot WHERE document = ? ORDER BY operation, role, addon, entry, part, number"
        lists = [number for (number,) in self._store.shelf.database.execute(query, (self._number,))]
        for number in lists:
            query = "SELECT sid, statement, reasons FROM slot WHERE list = ?"
            sid, statement, reasons = self._store.shelf.database.execute(query, (number,)).fetchone()
            actions, condition, principal = json.loads(statement)
            ordered = sorted(_reasons(reasons).items(), key=lambda item: item[1])
            yield ComposedStatement(
                sid=sid,
                actions=tuple(actions),
                resources=self._store.shelf.reduced(number),
                condition=condition_of(condition),
                reasons=tuple(self._store.reason_at(place) for place, _ in ordered),
                principal={kind: tuple(names) for kind, names in principal.items()},
            )


def _text(reasons: _Reasons) -> str:
    return json.dumps([*reasons.items()])


def _reasons(text: str) -> _Reasons:
    return {number: (place[0], place[1], place[2], place[3]) for number, place in json.loads(text)}
