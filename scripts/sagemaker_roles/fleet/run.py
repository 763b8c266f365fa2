"""A whole run: lists the files, reduces them over all cores, and writes the output; goes on where one was killed."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..inputs.interfaces import Notice
from ..numbering import package_version
from ..publish import places, tree
from .answers import Options
from .columns import columns
from .held import DamagedDetails, Held
from .journal import Done, Journal, entries, identity
from .listing import Listing, LogFile, Range
from .table import LIMIT, Table
from .table_files import table_files
from .workers import CONTEXT, pool
from .writing import Totals, Writer

#: Files that are handed to each worker ahead.
_AHEAD = 4

#: How long to wait for the processes of a killed run to end, in seconds.
_PATIENCE = 5.0

#: File of the work folder that lists the files to read, so that memory does not, and a file that vanishes is missed.
_LISTED = "listed"


class Busy(RuntimeError):
    """Another run writes into the same folder."""


class Unfinished(RuntimeError):
    """The folder has the work of an interrupted run, and it is not to be continued."""


class NothingToRead(LookupError):
    """No file could be read; ``faults`` says why, by path."""

    def __init__(self, names: Iterable[str], faults: Mapping[str, str]) -> None:
        super().__init__(f"there is no log to read in {', '.join(names)}")
        self.faults = faults


class Damaged(ValueError):
    """A file cannot be read, and that is to stop the run; the text says which, and why."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked for.

    Attributes:
        logs: files and folders.
        out: folder to write.
        wanted: which events are asked for.
        workers: number of processes.
        resume: whether to continue an interrupted run.
        strict: whether a damaged file stops the run.
        tables: files and folders of reduced tables.
        limit: characters of keys that the table holds in memory.
        generalize: as for :class:`~.answers.Options`.
        details: files and folders of account authorization details.
        show_values: as for :class:`~.answers.Options`.
    """

    logs: tuple[str, ...]
    out: Path
    wanted: Range = field(default_factory=Range)
    workers: int = 1
    resume: bool = False
    strict: bool = False
    tables: tuple[str, ...] = ()
    limit: int = LIMIT
    generalize: int = 0
    details: tuple[str, ...] = ()
    show_values: bool = False


@dataclass(slots=True)
class Progress:
    """How far a run is.

    Attributes:
        files: number of files that are done, of ``all_files``.
        size: their bytes.
        events: number of events in the files that this run read.
        inflated: their bytes, inflated.
        resumed: number of files that an earlier run had done.
        roles: number of roles that are composed, once all files are done.
    """

    files: int = 0
    all_files: int = 0
    size: int = 0
    events: int = 0
    inflated: int = 0
    resumed: int = 0
    roles: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run wrote: the number of roles, what it read, and what is to tell about the details of accounts."""

    roles: int
    totals: Totals
    notices: tuple[Notice, ...] = ()


def run(catalog: Catalog, job: Job, report: Callable[[Progress], None] = lambda _: None) -> Outcome:
    """Reads the logs and writes the answers.

    Args:
        catalog: the knowledge base.
        job: what is asked for.
        report: called after each file.

    Raises:
        RefusedError: the output folder is not one that the tool may replace.
        Busy, Unfinished: see there.
        Damaged: a file cannot be read, and the job is strict.
        DamagedDetails, NothingToRead, WorkerLost: see there.
        OSError: the output cannot be written; what was there stays.
    """
    out = places.absolute(job.out)
    places.refuse_folder(out, places.of_fleet, ())
    work = tree.work_folder(out)
    with _locked(out), _dropped_if_empty(work):
        _claim(work, catalog, job)
        held = _held(work, catalog, job)
        listing = Listing(job.logs, job.wanted, out)
        progress = Progress()
        listed: set[bytes] = set()
        with tree.scratch_file(work / _LISTED) as stream:
            for file in itertools.chain(table_files(job.tables, listing.faults), listing):
                if identity(file) in listed:
                    continue
                listed.add(identity(file))
                progress.all_files += 1
                stream.write(json.dumps(asdict(file)).encode("ascii") + b"\n")
        if job.strict and listing.faults:
            raise Damaged("{}: {}".format(*min(listing.faults.items())))
        if not listed:
            raise NothingToRead((*job.tables, *job.logs), listing.faults)
        known = {identity(done) for path in _journals(work) for done, _ in entries(path) if not done.fault} & listed
        todo = (file for file in _read_listed(work / _LISTED) if identity(file) not in known)
        progress.files = progress.resumed = len(known)
        report(progress)
        for done in _reduced(catalog, job, work, todo):
            progress.files += 1
            progress.size += done.size
            progress.events += done.events
            progress.inflated += done.inflated
            report(progress)
            if done.fault and job.strict:
                raise Damaged(f"{done.name}: {done.fault}")
        table, totals = _collected(work, job, listed)
        totals.skipped = dict(listing.skipped)
        totals.damaged = {**listing.faults, **totals.damaged}
        if not totals.files:
            for path in _journals(work):  # they hold nothing to go on with
                tree.discard(path)
            raise NothingToRead((*job.tables, *job.logs), totals.damaged)

        def composed(number: int) -> None:
            progress.roles = number
            report(progress)

        writer = Writer(
            work,
            catalog,
            wanted=job.wanted,
            totals=totals,
            options=Options(job.generalize, held, job.show_values),
            workers=job.workers,
            progress=composed,
        )
        roles = writer.write(out, table.rows())
    return Outcome(roles, totals, tuple(held.notices) if held else ())


def _collected(work: Path, job: Job, listed: set[bytes]) -> tuple[Table, Totals]:
    """The rows of all files that are listed now, each file once."""
    table, totals = Table(work, job.limit), Totals()
    damaged: dict[bytes, tuple[str, str]] = {}
    taken: set[bytes] = set()
    for path in _journals(work):
        for done, rows in entries(path):
            key = identity(done)
            if key not in listed or key in taken:
                continue
            if done.fault:
                damaged[key] = (done.name, done.fault)
                continue
            taken.add(key)
            damaged.pop(key, None)
            totals.files += 1
            totals.events += done.events
            for row in rows:
                table.add(row)
    totals.damaged = dict(damaged.values())
    return table, totals


def _read_listed(path: Path) -> Iterator[LogFile]:
    with path.open("rb") as stream:
        for line in stream:
            yield LogFile(**json.loads(line))


# --- the work folder -----------------------------------------------------------------------------------------


def _journals(work: Path) -> list[Path]:
    return sorted(work.glob("journal-*"))


def _claim(work: Path, catalog: Catalog, job: Job) -> None:
    """Makes the work folder this job's.

    Raises:
        Unfinished: it has other work, or work that is not to be continued.
    """
    shapes = hashlib.sha256(json.dumps(sorted(catalog.shapes.get("inputs", {}))).encode("ascii")).hexdigest()
    mine = {
        "kind": "fleet",
        "version": package_version(),
        "operations": shapes,
        "columns": [column.name for column in columns()],
        "since": job.wanted.since,
        "until": job.wanted.until,
        "accounts": sorted(job.wanted.accounts),
    }
    file = work / places.JOB
    try:
        known: Any = json.loads(file.read_bytes())
    except (OSError, ValueError):
        known = None
    if _journals(work) and not job.resume:
        raise Unfinished(f"contains the work of an interrupted run; give --resume to continue it, or remove {work}")
    if _journals(work) and known != mine:
        raise Unfinished(
            "contains the work of a run with another range, other accounts, or another version; "
            f"give the same options, or remove {work}"
        )
    for left in work.iterdir():
        # The file that says whose work it is stays until it is replaced, so that a run killed here can be resumed.
        if not left.name.startswith("journal-") and left != file:
            tree.discard(left)
    tree.replace_file(file, json.dumps(mine).encode("ascii"))


def _held(work: Path, catalog: Catalog, job: Job) -> Held | None:
    """The roles of today, if their details are given; without all of them nothing is begun.

    Raises:
        DamagedDetails: see there.
    """
    if not job.details:
        return None
    held = Held(catalog, job.details, work)
    if any(notice.kind == "problem" for notice in held.notices):
        raise DamagedDetails(held.notices)
    return held


@contextlib.contextmanager
def _dropped_if_empty(work: Path) -> Iterator[None]:
    """Removes the work folder, and the folder that it is in, of a run that ends with nothing to go on with."""
    try:
        yield
    except (Damaged, DamagedDetails, NothingToRead):
        if not _journals(work):
            tree.drop_work(work)
        raise


@contextlib.contextmanager
def _locked(out: Path) -> Iterator[None]:
    end = time.monotonic() + _PATIENCE
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(tree.lock(out, wait=False))
            except BlockingIOError:
                if time.monotonic() > end:
                    raise Busy("another run writes into it") from None
                time.sleep(0.1)
            else:
                break
        yield


# --- workers -------------------------------------------------------------------------------------------------


def _reduced(catalog: Catalog, job: Job, work: Path, files: Iterable[LogFile]) -> Iterator[Done]:
    """Reduces files; gives each when it is written down, in the order in which they are done."""
    number = max((int(path.name.rpartition("-")[2]) for path in _journals(work)), default=0) + 1
    if job.workers < 2:
        journal = Journal(catalog, job.wanted, _journal(work, number))
        try:
            for file in files:
                yield journal.take(file)
        finally:
            journal.close()
        return
    numbers = CONTEXT.Value("i", number)
    with pool(job.workers, _start, (catalog.data, job.wanted, str(work), numbers)) as executor:
        waiting: set[Future[Done]] = set()
        for file in files:
            waiting.add(executor.submit(_take, file))
            if len(waiting) >= job.workers * _AHEAD:
                ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ended)
        while waiting:
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in ended)


def _journal(work: Path, number: int) -> Path:
    return work / f"journal-{number:06}"


#: The journal of this process, if it is a worker.
_own: list[Journal] = []


def _start(data: Any, wanted: Range, work: str, numbers: Any) -> None:
    """Prepares a worker: a journal of its own."""
    with numbers.get_lock():
        number = numbers.value
        numbers.value += 1
    _own.append(Journal(Catalog(data), wanted, _journal(Path(work), number)))


def _take(file: LogFile) -> Done:
    return _own[0].take(file)
