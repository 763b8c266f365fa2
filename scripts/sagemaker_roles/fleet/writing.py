"""The output folder: a JSON for each role, the index, what people read, the tables, the schemas, and the manifest."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..canonical import canonical
from ..catalog import Catalog
from ..publish import places, tree
from .answering import answered
from .answers import SCHEMA_VERSION, Options, Surroundings
from .columns import TABLE_SCHEMA, schema
from .errors import errors
from .listing import Range
from .report import report, summary
from .store import Group, Store
from .table_files import CsvTable, write_parquet

SCHEMAS = (
    "fleet-errors.schema.json",
    "fleet-index.schema.json",
    "fleet-manifest.schema.json",
    "fleet-role.schema.json",
    TABLE_SCHEMA,
)


@dataclass(slots=True)
class Totals:
    """What was read.

    Attributes:
        files: number of files that were read.
        events: number of events in them.
        skipped: reason to number of files that were not read.
        damaged: path to what is wrong with a file or folder.
    """

    files: int = 0
    events: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    damaged: Mapping[str, str] = field(default_factory=dict)


class Writer:
    """Makes the files one after the other, so that memory holds a few roles' at a time.

    Args:
        work: where the rows are, and the tables and answers until the output is whole.
        totals: what was read.
        options: how roles are answered, once their ARNs are known.
        progress: called with the number of roles so far.
    """

    def __init__(
        self,
        work: Path,
        catalog: Catalog,
        *,
        wanted: Range,
        totals: Totals,
        options: Callable[[Collection[str]], Options],
        workers: int,
        progress: Callable[[int], None],
    ) -> None:
        self._work = work
        self._table = CsvTable(work / "requests.csv")
        self._catalog = catalog
        self._wanted = wanted
        self._totals = totals
        self._progress = progress
        self._workers = workers
        self._options_of = options
        self._options = Options()
        self._listed: list[dict[str, Any]] = []
        self._roles: list[dict[str, Any]] = []
        self._accounts: dict[str, dict[str, Any]] = {}
        self._errors: dict[str, bytes] = {}

    def write(self, out: Path) -> int:
        """Writes the output, all at once, in place of what was there; returns the number of roles.

        Raises:
            RefusedError: the folder is not one that the tool may replace.
            WorkerLost: see there.
            OSError: no room, no right to write; the folder is then as it was.
        """
        tree.replace_tree(out, self._files(), places.of_fleet)
        return len(self._roles)

    def _files(self) -> Iterator[tuple[str, bytes | Path]]:
        """Every file with its path, the manifest last."""
        with contextlib.closing(Store.filled(self._work)) as store:
            self._options = self._options_of({group.role for group in store.groups() if group.role})
            groups = self._tables_of(store)
            for entry, path, content in answered(self._catalog, self._work, groups, self._workers, self._options):
                self._roles.append(entry)
                self._progress(len(self._roles))
                yield self._list(path, content), content
                tree.discard(content)
        self._table.close()
        parquet = self._work / "requests.parquet"
        write_parquet(self._table, parquet)
        for file in (self._table.path, parquet):
            yield self._list(file.name, file), file
        index = self._index()
        documents: tuple[tuple[str, bytes], ...] = (
            *self._errors.items(),
            *((f"schema/{name}", schema(name)) for name in SCHEMAS),
            ("index.json", canonical(index)),
            ("summary.md", summary(index)),
            ("report.html", report(index)),
        )
        for path, document in documents:
            yield self._list(path, document), document
        files = sorted(self._listed, key=lambda item: str(item["path"]))
        yield places.MANIFEST, canonical({"schema_version": SCHEMA_VERSION, "kind": "fleet", "files": files})

    def _tables_of(self, store: Store) -> Iterator[Group]:
        """The roles; writes the rows of all into the tables, and what the index says of each account."""
        for group in store.groups():
            rows = store.rows(group.number)
            for row in rows:
                self._table.add(row)
            totals = self._accounts.setdefault(group.account, _account(group.account))
            events = sum(row.events for row in rows)
            totals["events"] += events
            if group.role:
                totals["roles"] += 1
                yield group
                continue
            totals["events_without_role"] = events
            totals["unknown"] = Surroundings(self._catalog, rows).unknown
            if cause := errors(self._catalog, rows):
                totals["errors"] = path = f"errors/{group.account or 'unknown'}.json"
                document = {"schema_version": SCHEMA_VERSION, "account": group.account, "errors": cause}
                self._errors[path] = canonical(document)

    def _list(self, path: str, content: bytes | Path) -> str:
        if isinstance(content, Path):
            with content.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = content.stat().st_size
        else:
            digest, size = hashlib.sha256(content).hexdigest(), len(content)
        self._listed.append({"path": path, "sha256": digest, "size": size})
        return path

    def _index(self) -> dict[str, Any]:
        totals, held = self._totals, self._options.held
        return {
            "schema_version": SCHEMA_VERSION,
            "range": {
                "since": self._wanted.since or None,
                "until": self._wanted.until or None,
                "accounts": sorted(self._wanted.accounts),
            },
            "files": {
                "read": totals.files,
                "skipped": dict(totals.skipped),
                "damaged": [{"path": path, "message": text} for path, text in sorted(totals.damaged.items())],
            },
            "events": {
                "read": totals.events,
                "counted": sum(account["events"] for account in self._accounts.values()),
            },
            "accounts": [self._accounts[name] for name in sorted(self._accounts)],
            "roles": self._roles,
            **({"unused": held.unused(one["role"] for one in self._roles)} if held else {}),
        }


def _account(name: str) -> dict[str, Any]:
    """What the index says of an account, before its rows are read."""
    return {"account": name, "roles": 0, "events": 0, "events_without_role": 0, "unknown": [], "errors": None}
