"""Files of the reduced table: reads what an engine or an earlier run wrote, and writes a run's own."""

from __future__ import annotations

import contextlib
import csv
import gzip
import itertools
import json
import os
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from glob import escape
from pathlib import Path
from typing import Any

from ...canonical import quoted
from ...catalog.operation_names import api_name
from ...errors import InputError
from ...errors.problems import Position
from ...files import writing
from ...inputs.text import json_document
from ...inputs.text.content import whole
from .log_files import LogFile, files_of_answers, reason_of
from .reduced_table import DatabaseError, Key, Row, columns, database, named_fault, request_id
from .reduction import Reducer

#: No line of a table may be longer; CloudTrail omits parameters of more than 100 KB.
_LONGEST = 16 << 20

#: How a cell begins that a spreadsheet would run as a formula, or that would be read as one that is kept from it. The
#: last four are the full-width forms of the first, which some take for them.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_SPECIAL = re.compile('[",\r\n]')
_ACCOUNT = re.compile(r"[0-9]{12}")
_NUMBER = re.compile(r"[0-9]{1,18}")


# --- reading -------------------------------------------------------------------------------------------------


def table_files(names: Iterable[str], faults: dict[str, str]) -> Iterator[LogFile]:
    """The files of tables: those given, and those in folders that are given.

    Engines write hidden files, and files whose names begin with an underscore, beside the parts of a table, and Athena
    writes metadata beside a result; these hold no rows.

    Args:
        names: files and folders.
        faults: gets what cannot be looked at, by path.
    """
    for name in dict.fromkeys(os.path.normpath(name) for name in names):
        path = Path(name)
        try:
            files = [path]
            if path.is_dir() and "requests.csv" in (files_of_answers(path) or ()):  # not as Parquet too
                files = [path / "requests.csv"]
            elif path.is_dir():
                inner = (file for file in sorted(path.rglob("*")) if file.is_file())
                files = [file for file in inner if not _is_beside(file.relative_to(path).parts)]
            for file in files:
                yield LogFile(str(file), file.stat().st_size, is_table=True)
        except (OSError, ValueError) as error:
            faults[name] = reason_of(error)


def _is_beside(parts: tuple[str, ...]) -> bool:
    return any(part.startswith((".", "_")) for part in parts) or parts[-1].endswith((".metadata", ".crc"))


def table_rows(reducer: Reducer, name: str) -> Iterator[Row]:
    """The rows of a table's file, in the canonical form. The columns may be in any order; others are passed over.

    Args:
        reducer: what makes events canonical.
        name: path of the file, which is Parquet, CSV, or JSON lines.

    Raises:
        InputError: it is damaged, or no reduced table; the message names the row.
        OSError: it cannot be read.
    """
    for number, values in enumerate(_values(name), 1):
        try:
            yield from _canonical(reducer, values)
        except (ValueError, RecursionError) as error:
            text = "nested too deep" if isinstance(error, RecursionError) else str(error)
            raise InputError(f"row {number}: {text}", whole(name)) from None


def _values(name: str) -> Iterator[Mapping[str, Any]]:
    with Path(name).open("rb") as stream:
        begin = stream.read(4)
    if begin == b"PAR1":
        yield from _parquet(name)
        return
    lines = _lines(name)
    # An engine may write a part without rows; not even a header is in it.
    if (first := next(lines, "").removeprefix("\ufeff")).strip():
        read = _json if first.lstrip().startswith("{") else _csv
        yield from read(name, itertools.chain([first], lines))


def _json(name: str, lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        with contextlib.suppress(ValueError, RecursionError):
            value = json_document.DECODER.decode(line)
            if isinstance(value, Mapping):
                # Engines leave out what is null.
                yield {key.lower(): item for key, item in value.items()}
                continue
        raise InputError("not JSON lines: expected one object on each line", Position(name, number, 1))


def _csv(name: str, lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    csv.field_size_limit(_LONGEST)
    table = csv.reader(lines, strict=True)
    try:
        header = [item.strip().lower() for item in next(table)]
        _complete(name, header)
        is_own = "role" in header
        for cells in table:
            if not cells:
                continue
            if len(cells) != len(header):
                raise csv.Error(f"expected {len(header)} cells, not {len(cells)}")
            shown = (cell[cell.startswith("'") and cell[1:].startswith(_FORMULA) :] for cell in cells)
            yield dict(zip(header, shown if is_own else cells, strict=True))
    except (csv.Error, StopIteration) as error:
        raise InputError(f"not CSV: {error}", Position(name, table.line_num, 1)) from None


def _parquet(name: str) -> Iterator[Mapping[str, Any]]:
    with database(None) as connection:
        try:
            connection.execute("SELECT * FROM read_parquet($1, hive_partitioning = false)", [escape(name)])
            names = [column[0].lower() for column in connection.description]
            _complete(name, names)
            while rows := connection.fetchmany(256):
                yield from (dict(zip(names, row, strict=True)) for row in rows)
        except DatabaseError as error:
            message = str(error).partition("\n")[0]
            raise InputError(f"not Parquet that can be read: {message}", whole(name)) from None


def _complete(name: str, header: Collection[str]) -> None:
    lacking = [column.name for column in columns() if column.is_raw and column.name not in header]
    if lacking:
        message = f"no reduced table: the column {quoted(lacking[0])} is missing; print the statement with --sql"
        raise InputError(message, whole(name))


def _canonical(reducer: Reducer, values: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of a row.

    Raises:
        ValueError: a value is not what its column holds.
    """
    texts: dict[str, str] = {}
    for name in (column.name for column in columns() if not column.is_number):
        value = values.get(name)
        if not isinstance(value, str | None):
            raise ValueError(f"{name}: expected text")
        texts[name] = value or ""
    events = values.get("events")
    if isinstance(events, str) and _NUMBER.fullmatch(events):
        events = int(events)
    if not isinstance(events, int) or isinstance(events, bool) or events < 1:
        raise ValueError("events: expected a whole number of at least 1")
    if not texts["operation"]:
        raise ValueError("operation: is empty")
    members = _members(texts["request"])
    if members is None and values.get("role"):
        raise ValueError("request: is empty, though the row names a role; give the request as JSON")
    first, last = (reducer.time(texts[name]) for name in ("first_seen", "last_seen"))
    if "role" in values:
        key = Key(
            account=texts["account"] if _ACCOUNT.fullmatch(texts["account"]) else "",
            role=texts["role"],
            region=texts["region"],
            operation=texts["operation"],
            request="" if members is None else reducer.text(members),
            error=texts["error_code"],
            message=texts["error_message"],
            faults=_faults(texts["faults"]),
        )
        if reducer.wanted.has_event(key.account, ""):
            yield Row(key, events, first, last)
        return
    event = {
        "eventSource": reducer.context.catalog.service_of(texts["operation"]),
        "eventName": api_name(texts["operation"]),
        "awsRegion": texts["region"],
        "recipientAccountId": texts["account"],
        "errorCode": texts["error_code"],
        "errorMessage": texts["error_message"],
        "requestParameters": members,
    }
    for key, _ in reducer.rows(event):
        yield Row(key, events, first, last)


def _members(text: str) -> Any:
    if not text:
        return None
    try:
        value = json_document.DECODER.decode(text)
    except ValueError:
        raise ValueError("request: not JSON") from None
    if json_document.depth(value) > json_document.MAX_DEPTH:
        raise ValueError(f"request: nested deeper than {json_document.MAX_DEPTH} levels")
    return value if isinstance(value, Mapping) and value else None


def _faults(text: str) -> str:
    try:
        several = json.loads(text or "[]")
        pairs = sorted({(kind, message) for kind, message in several})
        if not all(isinstance(item, str) for pair in pairs for item in pair):
            raise ValueError
    except (ValueError, TypeError):
        raise ValueError("faults: expected a JSON list of [kind, message]") from None
    return json.dumps(pairs)


def _lines(name: str) -> Iterator[str]:
    """The lines of a text file, inflated if it is gzip, each with its end.

    Raises:
        InputError: not UTF-8, a line is too long, broken gzip data.
    """
    with Path(name).open("rb") as stream:
        is_packed = stream.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(name) if is_packed else Path(name).open("rb") as stream:
            while line := stream.readline(_LONGEST + 1):
                if len(line) > _LONGEST:
                    raise InputError(f"a line is longer than {_LONGEST >> 20} MiB", whole(name))
                yield line.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("not UTF-8", whole(name)) from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"broken gzip data ({error}); fetch the file again", whole(name)) from None


# --- writing -------------------------------------------------------------------------------------------------


def _cells(row: Row) -> Iterator[str | int]:
    """A row in the order of the columns; what is null in the table is empty."""
    key = row.key
    yield from (key.account, key.role, key.region, key.operation)
    yield request_id(key.operation, key.request) if key.request else ""
    yield from (key.error, row.events, row.first, row.last, key.message)
    yield from ("" if key.faults == "[]" else key.faults, key.request)


class CsvTable:
    """The table as CSV, in which null is an empty cell, and no cell is a formula.

    Attributes:
        longest: bytes of the longest row.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.longest = 0
        self._stream = writing.scratch_file(path)
        self._write(column.name for column in columns())

    def add(self, row: Row) -> None:
        """Writes a row."""
        self._write(map(_cell, _cells(row)))

    def _write(self, cells: Iterable[str]) -> None:
        line = f"{','.join(cells)}\n".encode("utf-8", "backslashreplace")
        self.longest = max(self.longest, len(line))
        self._stream.write(line)

    def close(self) -> None:
        """Ends the file."""
        self._stream.close()


def _cell(value: str | int) -> str:
    text = f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else str(value)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


#: A text of the table in CSV, without what keeps it from being a formula.
_PLAIN = "CASE WHEN {0}[1] = chr(39) AND {0}[2] IN ({1}) THEN {0}[2:] ELSE {0} END AS {0}"


def write_parquet(table: CsvTable, path: Path) -> None:
    """Writes a table that is closed as Parquet; the bytes depend on the version of DuckDB.

    Raises:
        OSError: no room, no right to write.
    """
    kinds = ", ".join(f"'{column.name}': '{'BIGINT' if column.is_number else 'VARCHAR'}'" for column in columns())
    marks = ", ".join(f"chr({ord(mark)})" for mark in _FORMULA)
    plain = ", ".join(column.name if column.is_number else _PLAIN.format(column.name, marks) for column in columns())
    longest = max(table.longest + 1, 2 << 20)
    into = str(path).replace("'", "''")
    with database(None) as connection, named_fault(path):
        connection.execute(
            f"COPY (SELECT {plain} FROM read_csv($1, header = true, auto_detect = false, delim = ',', quote = '\"',"  # noqa: S608
            f" escape = '\"', nullstr = '', max_line_size = {longest}, buffer_size = {max(longest, 16 << 20)},"
            f" columns = {{{kinds}}})) TO '{into}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 4096)",
            [escape(str(table.path))],
        )
