"""What is done of a run: rows file by file, each file whole or not at all, so that a killed run can go on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from ..catalog import Catalog
from ..errors import InputError
from ..publish import tree
from .listing import LogFile, Range, reason_of
from .reading import Tally, events
from .reduction import Reducer
from .table import LIMIT, Counts, Row
from .table_files import table_rows


@dataclass(frozen=True, slots=True)
class Done:
    """A file that was read, or could not be.

    Attributes:
        name: its path.
        size: its bytes when it was listed.
        changed: when it was changed last, in nanoseconds.
        events: number of events in it.
        inflated: its bytes, inflated.
        fault: what is wrong with it, or "".
    """

    name: str
    size: int
    changed: int
    events: int = 0
    inflated: int = 0
    fault: str = ""


def identity(file: LogFile | Done) -> bytes:
    """What a file is known by: it is another one once it has changed."""
    return sha256(json.dumps([file.name, file.size, file.changed]).encode("ascii")).digest()[:16]


class JournalError(OSError):
    """The journal cannot be written: that is no fault of the file that is read."""


class Journal:
    """Reduces files, and writes down what is done.

    A line is a row (a list), or says that the rows since the last such line are those of a file (an object with its
    name), or that they do not count (an empty object).

    Args:
        catalog: the knowledge base.
        wanted: which events are asked for.
        path: a new file.
    """

    def __init__(self, catalog: Catalog, wanted: Range, path: Path) -> None:
        self._reducer = Reducer(catalog, wanted)
        self._stream = tree.scratch_file(path)
        self._counts = Counts()

    def take(self, file: LogFile) -> Done:
        """Reads a file. A damaged one is written down with its fault; nothing of it counts.

        Raises:
            JournalError: no room, no right to write.
        """
        tally = Tally()
        fault = ""
        try:
            for row in self._rows(file, tally):
                self._counts.add(row)
                if self._counts.size > LIMIT:
                    self._spill()
        except InputError as error:
            fault = f"{error.position.line}:{error.position.column}: " if error.position.line else ""
            fault += error.message
        except JournalError:
            raise
        except OSError as error:
            fault = reason_of(error)
        if fault:
            self._drop()
            done = Done(file.name, file.size, file.changed, fault=fault)
        else:
            self._spill()
            done = Done(file.name, file.size, file.changed, tally.events, tally.size)
        self._line(asdict(done))
        with _writing():
            self._stream.flush()
        return done

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
        """Ends the journal."""
        self._stream.close()

    def _spill(self) -> None:
        with _writing():
            self._stream.writelines(row.line() for row in self._counts.take())

    def _drop(self) -> None:
        self._counts.take()
        self._line({})

    def _line(self, value: object) -> None:
        with _writing():
            self._stream.write(json.dumps(value).encode("ascii") + b"\n")


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalError(error.errno, error.strerror, error.filename) from None


def entries(path: Path) -> Iterator[tuple[Done, Iterator[Row]]]:
    """The files of a journal, each with its rows, which must be read before the next file is asked for.

    What a killed run left at the end does not count.
    """
    with path.open("rb") as lines, path.open("rb") as again:
        start = at = 0
        for line in lines:
            at += len(line)
            if not line.endswith(b"\n"):
                return
            if line.startswith(b"["):
                continue
            try:
                value = json.loads(line)
            except ValueError:  # a full disk left a part of a line
                return
            if value:
                yield Done(**value), _rows(again, start, at - len(line))
            start = at


def _rows(stream: BinaryIO, start: int, end: int) -> Iterator[Row]:
    stream.seek(start)
    while stream.tell() < end:
        yield Row.of_line(stream.readline())
