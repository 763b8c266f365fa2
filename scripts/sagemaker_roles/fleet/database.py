"""DuckDB, which groups, sorts, and spills, and reads and writes Parquet: how it is opened, and what its errors are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    import duckdb as _duckdb
except ImportError:  # only what needs it fails
    _duckdb = None  # type: ignore[assignment]

#: What the database raises.
DatabaseError: type[Exception] = _duckdb.Error if _duckdb is not None else ImportError


class NoDuckdb(ImportError):
    """The database is not installed; the text says what to install."""


def database(file: Path | None, *, read_only: bool = False) -> Any:
    """Opens a database, in a file or in memory.

    Raises:
        NoDuckdb: see there.
    """
    if _duckdb is None:
        raise NoDuckdb("fleet needs DuckDB; install the package with the extra `fleet`")
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
