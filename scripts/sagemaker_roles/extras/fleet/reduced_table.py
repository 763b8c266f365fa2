"""The reduced table: its columns, what makes two of its rows one, and the database that groups and sorts them."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ...version import install_command

try:
    import duckdb as _duckdb
except ImportError:  # only what needs it fails
    _duckdb = None  # type: ignore[assignment]

#: What the database raises.
DatabaseError: type[Exception] = _duckdb.Error if _duckdb is not None else ImportError


class Column(NamedTuple):
    """A column: its name, whether it holds whole numbers (else text), and whether engines give it."""

    name: str
    is_number: bool
    is_raw: bool


@cache
def schemas() -> dict[str, bytes]:
    """The JSON Schemas of the output, by name."""
    folder = resources.files(__package__).joinpath("schemas")
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir(), key=lambda file: file.name)}


def text_file(name: str, parts: Mapping[str, str] = MappingProxyType({})) -> str:
    """A text beside this module, with its parts (``@NAME@``) filled in in one go: what a log holds is never one."""
    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    return re.sub("@([A-Z]+)@", lambda match: parts[match[1]], text)


@cache
def columns() -> tuple[Column, ...]:
    """All columns, in their order, as the JSON Schema of a row has them."""
    described: dict[str, Any] = json.loads(schemas()["fleet-table.schema.json"])
    several = described["properties"].items()
    return tuple(Column(name, "integer" in one["type"], name in described["required"]) for name, one in several)


class Key(NamedTuple):
    """What makes two rows one; "" where an event does not show it.

    Attributes:
        role: ARN of the role that the request passes.
        request: the members as canonical JSON.
        message: the event's ``errorMessage``, if it has an ``errorCode``.
        faults: JSON list of [kind, message]: what is wrong with the members.
    """

    account: str = ""
    role: str = ""
    region: str = ""
    operation: str = ""
    request: str = ""
    error: str = ""
    message: str = ""
    faults: str = "[]"


class Row(NamedTuple):
    """A key with the number of its events, and when the first and the last happened ("" if none has a time)."""

    key: Key
    events: int
    first: str
    last: str


def request_id(operation: str, request: str) -> str:
    """A short name of a request, the same wherever it is seen."""
    return sha256(f"{operation} {request}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def seen_of(rows: Collection[Row]) -> dict[str, Any]:
    """The Regions of rows, the number of their events, and the times of the first and the last, as in the output."""
    return {
        "regions": sorted({row.key.region for row in rows} - {""}),
        "events": sum(row.events for row in rows),
        "first_seen": min((row.first for row in rows if row.first), default=None),
        "last_seen": max(row.last for row in rows) or None,
    }


def together(one: Row, other: Row) -> Row:
    """One row for two with one key."""
    first = min(one.first or other.first, other.first or one.first)
    return Row(one.key, one.events + other.events, first, max(one.last, other.last))


class NoDuckdb(ImportError):
    """The database is not installed; the text says what to install."""


def database(file: Path | None, *, read_only: bool = False) -> Any:
    """Opens a database, in a file or in memory.

    Raises:
        NoDuckdb: see there.
    """
    if _duckdb is None:
        raise NoDuckdb(f"fleet needs DuckDB; install it with: {install_command('fleet')}")
    settings: dict[str, Any] = {"threads": 1, "memory_limit": "64MB" if read_only else "256MB"}
    if file is None:
        return _duckdb.connect(config=settings)
    return _duckdb.connect(str(file), read_only=read_only, config={**settings, "temp_directory": str(file.parent)})


@contextlib.contextmanager
def named_fault(path: Path) -> Iterator[None]:
    """Has what the database cannot write be a fault of the system, as it is."""
    try:
        yield
    except DatabaseError as error:
        raise OSError(None, str(error).partition("\n")[0], str(path)) from None
