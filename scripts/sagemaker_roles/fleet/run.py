"""A whole run: lists the files, reduces them over all cores, and writes the output."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..catalog import Catalog
from ..inputs.interfaces import Notice
from ..inputs.pool import each
from ..publish import places, tree
from .answers import Options
from .held import DamagedDetails, Held
from .listing import Listing, LogFile, Range
from .shards import Shard, observed
from .table import database
from .table_files import table_files
from .writing import Totals, Writer

#: How long to wait for the processes of a killed run to end, in seconds.
_PATIENCE = 5.0

#: File of the work folder that lists the files to read, so that memory does not, and a file that vanishes is missed.
_LISTED = "listed"


class Busy(RuntimeError):
    """Another run writes into the same folder."""


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
        tables: files and folders of reduced tables, as logs, details, and observed are of logs and account details.
        strict: whether a damaged file stops the run.
        generalize, show_values: as for :class:`~.answers.Options`.
        observed: logs with what sessions of the roles called.
    """

    logs: tuple[str, ...]
    out: Path
    wanted: Range = field(default_factory=Range)
    workers: int = 1
    strict: bool = False
    tables: tuple[str, ...] = ()
    generalize: int = 0
    details: tuple[str, ...] = ()
    show_values: bool = False
    observed: tuple[str, ...] = ()


@dataclass(slots=True)
class Progress:
    """How far a run is: files that are done, events and inflated bytes in them, and then roles that are composed."""

    files: int = 0
    all_files: int = 0
    events: int = 0
    inflated: int = 0
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
        report: called after each file.

    Raises:
        RefusedError: the output folder is not one that the tool may replace.
        Busy: see there.
        Damaged: a file cannot be read, and the job is strict.
        DamagedDetails, NoDuckdb, NothingToRead, WorkerLost: see there.
        OSError: the output cannot be written; what was there stays.
    """
    database(None).close()
    out = places.absolute(job.out)
    places.refuse_folder(out, places.of_fleet, ())
    work = tree.work_folder(out)
    with _locked(out), _taken(work):
        held = _held(work, catalog, job)
        listing = Listing(job.logs, job.wanted, out)
        progress, totals = Progress(), Totals()
        with tree.scratch_file(work / _LISTED) as stream:
            tables = {file.name: file for file in table_files(job.tables, listing.faults)}
            for file in itertools.chain(tables.values(), listing):
                if file.is_table or file.name not in tables:
                    progress.all_files += 1
                    stream.write(json.dumps(asdict(file)).encode("ascii") + b"\n")
        if job.strict and listing.faults:
            raise Damaged("{}: {}".format(*min(listing.faults.items())))
        report(progress)
        damaged = dict(listing.faults)
        with (work / _LISTED).open("rb") as lines:
            files = (LogFile(**json.loads(line)) for line in lines)
            for done in each(Shard, (catalog, job.wanted, work), files, job.workers, in_order=False):
                progress.files += 1
                progress.events += done.events
                progress.inflated += done.inflated
                report(progress)
                if not done.fault:
                    totals.files += 1
                    totals.events += done.events
                    continue
                if job.strict:
                    raise Damaged(f"{done.name}: {done.fault}")
                damaged[done.name] = done.fault
        totals.skipped, totals.damaged = dict(listing.skipped), damaged
        if not totals.files:
            raise NothingToRead((*job.tables, *job.logs), damaged)

        def composed(number: int) -> None:
            progress.roles = number
            report(progress)

        def options(roles: Collection[str]) -> Options:
            if not job.observed:
                return Options(job.generalize, held, job.show_values)
            logs = Listing(job.observed, job.wanted, out, faults=damaged)
            sessions = observed(catalog, logs, job.wanted, roles, job.workers, damaged)
            if job.strict and damaged:
                raise Damaged("{}: {}".format(*min(damaged.items())))
            return Options(job.generalize, held, job.show_values, sessions, sessions.trail(catalog))

        roles = Writer(work, catalog, job.wanted, totals, options, job.workers, composed).write(out)
    return Outcome(roles, totals, tuple(held.notices) if held else ())


# --- the work folder -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _taken(work: Path) -> Iterator[None]:
    """Makes the work folder this run's, whatever an earlier one left there; a run that fails leaves none."""
    # The file that says whose work it is comes first, so that what a run that is killed here left is known as ours.
    tree.replace_file(work / places.JOB, json.dumps({"kind": "fleet"}).encode("ascii"))
    for left in work.iterdir():
        if left.name != places.JOB:
            tree.discard(left)
    try:
        yield
    except BaseException:
        tree.drop_work(work)
        raise


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
def _locked(out: Path) -> Iterator[None]:
    end = time.monotonic() + _PATIENCE
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(tree.lock(out, wait=False))
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise Busy("another run writes into it") from None
                time.sleep(0.1)
        yield
