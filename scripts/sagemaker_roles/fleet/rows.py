"""What a role's answer is made of, on the disk where it is much: its rows, and its requests some at a time."""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..engine.documents import Request
from ..engine.partial import ANY, Partial, Unknown
from ..publish import tree
from .table import Key, Row

#: Characters of rows that memory holds of one role; those of a role with more are on the disk.
LIMIT = 8 << 20


class Rows:
    """Sorted rows of one role in one account, each time anew.

    Args:
        rows: the rows.
        path: file for them, if they are many.
    """

    def __init__(self, rows: Iterable[Row], path: Path) -> None:
        self._rows: list[Row] = []
        self._path = path
        #: Where the rows of each Region begin in the file, if there is one.
        self._regions: list[int] = []
        left, size = iter(rows), 0
        for row in left:
            self._rows.append(row)
            size += sum(map(len, row.key))
            if size > LIMIT:
                self._spill(left)
        self.first = self._rows[0]
        if self.is_many:
            self._rows.clear()

    def _spill(self, left: Iterator[Row]) -> None:
        region: str | None = None
        with tree.scratch_file(self._path) as stream:
            for row in itertools.chain(self._rows, left):
                if row.key.region != region:
                    region = row.key.region
                    self._regions.append(stream.tell())
                stream.write(row.line())

    @property
    def is_many(self) -> bool:
        """Whether they are on the disk."""
        return bool(self._regions)

    def __iter__(self) -> Iterator[Row]:
        if not self.is_many:
            yield from self._rows
        for number in range(len(self._regions)):
            yield from self._of_region(number)

    def groups(self, is_wanted: Callable[[Row], bool]) -> Iterator[list[Row]]:
        """Rows that differ in their Region, or in what is wrong with their members, only; in order."""
        if not self.is_many:
            return grouped(filter(is_wanted, self._rows))
        regions = map(self._of_region, range(len(self._regions)))
        rows = heapq.merge(*regions, key=_group)
        return _together(filter(is_wanted, rows))

    def beside(self, what: str) -> Path:
        """A path beside the file, for something else of the role."""
        return self._path.with_name(f"{self._path.name}.{what}")

    def discard(self) -> None:
        """Removes the file."""
        if self.is_many:
            tree.discard(self._path)

    def _of_region(self, number: int) -> Iterator[Row]:
        end = self._regions[number + 1] if number + 1 < len(self._regions) else None
        with self._path.open("rb") as stream:
            stream.seek(self._regions[number])
            while (end is None or stream.tell() < end) and (line := stream.readline()):
                yield Row.of_line(line)


def grouped(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows that differ in their Region, or in what is wrong with their members, only; in order."""
    return _together(sorted(rows, key=_group))


def _together(rows: Iterable[Row]) -> Iterator[list[Row]]:
    return ([*group] for _, group in itertools.groupby(rows, _group))


def _group(row: Row) -> tuple[str, str, str]:
    key: Key = row.key
    return key.operation, key.request, key.error


def stored(path: Path, parts: Iterable[Sequence[Request]]) -> Callable[[], Iterator[Sequence[Request]]]:
    """Requests in a file, to be read part by part as often as is asked."""
    with tree.scratch_file(path) as stream:
        for part in parts:
            stream.writelines(_line(one) for one in part)
            stream.write(b"\n")

    def some() -> Iterator[Sequence[Request]]:
        with path.open("rb") as lines:
            for is_end, part in itertools.groupby(lines, lambda line: line == b"\n"):
                if not is_end:
                    yield [*map(_request, part)]

    return some


def _line(one: Request) -> bytes:
    # Only the steps of pipelines have values of which parts are not known yet.
    members = _packed(one.members) if one.by_service else one.members
    return json.dumps([one.operation, members, one.label, one.by_service, one.roles]).encode("ascii") + b"\n"


def _request(line: bytes) -> Request:
    operation, members, label, by_service, roles = json.loads(line)
    members = _unpacked(members) if by_service else members
    return Request(operation, members, label, by_service, None if roles is None else tuple(roles))


def _packed(value: Any) -> Any:
    """A value as JSON in which what is not known yet can be told from what is."""
    if isinstance(value, Partial):
        return {"partial": [part if isinstance(part, Unknown) else [part] for part in value.parts]}
    if isinstance(value, Mapping):
        return {"members": [[name, _packed(item)] for name, item in value.items()]}
    return [*map(_packed, value)] if isinstance(value, list) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [*map(_unpacked, value)]
    if not isinstance(value, dict):
        return value
    if "members" in value:
        return {name: _unpacked(item) for name, item in value["members"]}
    return Partial(part[0] if len(part) == 1 else _unknown(Unknown(*part)) for part in value["partial"])


def _unknown(part: Unknown) -> Unknown:
    return ANY if part == ANY else part


def by_role(rows: Iterable[Row], folder: Path) -> Iterator[Rows]:
    """Sorted rows, those of one account and role at a time; where they are many, in a file of a folder."""
    for number, (_, several) in enumerate(itertools.groupby(rows, lambda row: row.key[:2])):
        yield Rows(several, folder / f"role-{number:06}")
