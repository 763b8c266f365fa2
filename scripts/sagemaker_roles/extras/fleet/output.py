"""The output folder: a JSON for each role, the index, what people read, the tables, the schemas, and the manifest."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...canonical import canonical, pieces
from ...catalog import Catalog
from ...files import ownership, writing
from ...inputs.process_pool import each
from ...inputs.reader import Notice
from ...inputs.requests.log_events import Tally
from .existing_roles import Held
from .log_files import Range
from .reduced_table import schemas
from .report import report, summary
from .role_answers import SCHEMA_VERSION, Options, Surroundings, answer, errors
from .store import Group, Store
from .table_files import CsvTable, write_parquet

#: Roles that this process answers before it starts others for the rest: they need a second to start.
_ALONE = 8


class _Answering:
    """What a process needs to answer roles."""

    def __init__(self, catalog: Catalog, work: Path, options: Options) -> None:
        self._catalog, self._store, self._work, self._options = catalog, Store(work), work, options
        self._surroundings: tuple[str, Surroundings] | None = None

    def take(self, group: Group) -> tuple[dict[str, Any], Path]:
        """What the index says of one role, and where its file stands until the output is whole."""
        if self._surroundings is None or self._surroundings[0] != group.account:
            self._surroundings = group.account, Surroundings(self._catalog, self._store.beside(group.account))
        entry, document = answer(self._catalog, self._store.rows(group.number), self._surroundings[1], self._options)
        content = self._work / f"answer-{group.number}"
        with writing.scratch_file(content) as stream:
            stream.writelines(pieces(document))
        return entry, content

    def close(self) -> None:
        """Ends what it reads."""
        self._store.close()


@dataclass(slots=True)
class Progress:
    """How far a run is, and at its end what it read and wrote.

    Attributes:
        all_files, done: files to read, and those that were looked at; files: those that were read.
        events, inflated: events and inflated bytes in them.
        roles: roles that are composed.
        skipped: reason to the number of files that were not looked at.
        damaged: path to what is wrong with it.
        notices: what is to tell about the details of accounts.
    """

    all_files: int = 0
    done: int = 0
    files: int = 0
    events: int = 0
    inflated: int = 0
    roles: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    def add(self, name: str, tally: Tally, fault: str) -> None:
        """Counts a file: what was read of it, and what is wrong with it."""
        self.done += 1
        if fault:
            self.damaged[name] = fault
            return
        self.files += 1
        self.events += tally.events
        self.inflated += tally.size


@dataclass
class Writer:
    """Makes the files one after the other, so that memory holds a few roles' at a time.

    Args:
        work: where the rows are, and the tables and answers until the output is whole.
        options_of: how roles are answered, once their ARNs are known.
        report: called after each role.
    """

    work: Path
    catalog: Catalog
    wanted: Range
    progress: Progress
    options_of: Callable[[Collection[str]], Options]
    workers: int
    report: Callable[[Progress], None]
    _listed: list[dict[str, Any]] = field(default_factory=list)
    _roles: list[dict[str, Any]] = field(default_factory=list)
    _accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    _errors: dict[str, bytes] = field(default_factory=dict)

    def files(self) -> Iterator[tuple[str, bytes | Path]]:
        """Every file of the output with its path, the manifest last.

        Raises:
            WorkerLost: see there.
            OSError: no room, no right to write.
        """
        table = CsvTable(self.work / "requests.csv")
        with contextlib.closing(Store.filled(self.work)) as store:
            options = self.options_of({group.role for group in store.groups() if group.role})
            groups, arguments = self._tables_of(store, table), (self.catalog, self.work, options)
            first = each(_Answering, arguments, itertools.islice(groups, _ALONE), 1)
            # Groups are read as answers are taken, a few ahead.
            for entry, content in itertools.chain(first, each(_Answering, arguments, groups, self.workers)):
                self._roles.append(entry)
                self.progress.roles += 1
                self.report(self.progress)
                yield self._list(entry["path"], content), content
                writing.discard(content)
        table.close()
        parquet = self.work / "requests.parquet"
        write_parquet(table, parquet)
        for file in (table.path, parquet):
            yield self._list(file.name, file), file
        index = self._index(options.held)
        for path, document in (
            *self._errors.items(),
            *((f"schema/{name}", content) for name, content in schemas().items()),
            ("index.json", canonical(index)),
            ("summary.md", summary(index)),
            ("report.html", report(index)),
        ):
            yield self._list(path, document), document
        files = sorted(self._listed, key=lambda item: str(item["path"]))
        yield ownership.MANIFEST, canonical({"schema_version": SCHEMA_VERSION, "kind": "fleet", "files": files})

    def _tables_of(self, store: Store, table: CsvTable) -> Iterator[Group]:
        """The roles; writes the rows of all into the tables, and what the index says of each account."""
        for group in store.groups():
            rows = store.rows(group.number)
            for row in rows:
                table.add(row)
            account = {"account": group.account, "roles": 0, "events": 0, "events_without_role": 0, "unknown": []}
            totals = self._accounts.setdefault(group.account, {**account, "errors": None})
            events = sum(row.events for row in rows)
            totals["events"] += events
            if group.role:
                totals["roles"] += 1
                yield group
                continue
            totals["events_without_role"] = events
            totals["unknown"] = Surroundings(self.catalog, rows).unknown
            if cause := errors(self.catalog, rows):
                totals["errors"] = path = f"errors/{group.account or 'unknown'}.json"
                document = {"schema_version": SCHEMA_VERSION, "account": group.account, "errors": cause}
                self._errors[path] = canonical(document)

    def _list(self, path: str, content: bytes | Path) -> str:
        with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            self._listed.append({"path": path, "sha256": digest, "size": stream.seek(0, io.SEEK_END)})
        return path

    def _index(self, held: Held | None) -> dict[str, Any]:
        progress, wanted = self.progress, self.wanted
        accounts = [self._accounts[name] for name in sorted(self._accounts)]
        damaged = [{"path": path, "message": text} for path, text in sorted(progress.damaged.items())]
        return {
            "schema_version": SCHEMA_VERSION,
            "range": {
                "since": wanted.since or None,
                "until": wanted.until or None,
                "accounts": sorted(wanted.accounts),
            },
            "files": {"read": progress.files, "skipped": progress.skipped, "damaged": damaged},
            "events": {"read": progress.events, "counted": sum(account["events"] for account in accounts)},
            "accounts": accounts,
            "roles": self._roles,
            **({"unused": held.unused(one["role"] for one in self._roles)} if held else {}),
        }
