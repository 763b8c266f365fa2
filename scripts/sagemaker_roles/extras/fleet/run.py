"""A whole run: lists the files, reduces them over all cores, and writes the output."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ...api.call import choice_of
from ...catalog import Catalog
from ...engine.choice import Choice
from ...errors import InputError
from ...files import ownership, writing
from ...inputs.code.service_calls import table_of
from ...inputs.process_pool import each
from ...inputs.reader import Notice, ReadingContext
from ...inputs.requests.log_events import Tally, events
from ...inputs.requests.observed_calls import Sessions
from .existing_roles import Held
from .log_files import Listing, LogFile, Range, files_of_answers, reason_of
from .output import Progress, Writer
from .reduced_table import database
from .reduction import account_of
from .role_answers import Options
from .store import Shard
from .table_files import table_files

#: File of the hidden folder that lists the files to read, so that memory does not, and a file that vanishes is missed.
_LISTED = "listed"


class Damaged(ValueError):
    """What is given cannot be read, so that nothing is written; the text says what.

    Attributes:
        faults: what is wrong with files, by path, where no file could be read.
        notices: what is wrong with the details of accounts.
    """

    def __init__(self, message: str, faults: Mapping[str, str] | None = None, notices: Sequence[Notice] = ()) -> None:
        super().__init__(message)
        self.faults, self.notices = faults or {}, notices


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked for.

    Attributes:
        tables: files and folders of reduced tables, as logs, details, and observed are of logs and account details.
        strict: whether a damaged file stops the run.
        choice: as for :class:`~.role_answers.Options`.
        observed: logs with what sessions of the roles called.
    """

    logs: tuple[str, ...]
    out: Path
    wanted: Range = field(default_factory=Range)
    workers: int = 1
    strict: bool = False
    tables: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    choice: Choice = field(default_factory=lambda: choice_of({}))  # other processes take no mappingproxy
    observed: tuple[str, ...] = ()


def run(catalog: Catalog, job: Job, report: Callable[[Progress], None] = lambda _: None) -> Progress:
    """Reads the logs and writes the answers; gives what was read and written.

    Args:
        report: called after each file.

    Raises:
        RefusedError: the output folder is not one that the tool may replace.
        Damaged: a file cannot be read, and the job is strict; or none can, or the details of accounts.
        NoDuckdb, WorkerLost: see there.
        OSError: the output cannot be written; what was there stays.
    """
    database(None).close()
    out = ownership.absolute(job.out)
    ownership.refuse_folder(out, files_of_answers, ())

    def check(faults: Mapping[str, str]) -> None:
        if job.strict and faults:
            raise Damaged("{}: {}".format(*min(faults.items())))

    with writing.hidden_folder(out) as work:
        held = Held(catalog, job.details, work) if job.details else None
        progress = Progress(notices=tuple(held.notices) if held else ())
        if any(notice.kind == "problem" for notice in progress.notices):
            raise Damaged("--account-details cannot be read whole", notices=progress.notices)
        listing = Listing(job.logs, job.wanted, out, progress.skipped, progress.damaged)
        with writing.scratch_file(work / _LISTED) as stream:
            tables = {file.name: file for file in table_files(job.tables, progress.damaged)}
            for file in itertools.chain(tables.values(), listing):
                if file.is_table or file.name not in tables:
                    progress.all_files += 1
                    stream.write(json.dumps(asdict(file)).encode("ascii") + b"\n")
        check(progress.damaged)
        report(progress)
        with (work / _LISTED).open("rb") as lines:
            files = (LogFile(**json.loads(line)) for line in lines)
            for done in each(Shard, (catalog, job.wanted, work), files, job.workers, in_order=False):
                progress.add(*done)
                report(progress)
                check(progress.damaged)
        if not progress.files:
            names = ", ".join((*job.tables, *job.logs))
            raise Damaged(f"there is no log to read in {names}", progress.damaged)

        def options(roles: Collection[str]) -> Options:
            sessions = trail = None
            if job.observed:
                sessions = Sessions(roles)
                logs = [file.name for file in Listing(job.observed, job.wanted, out, faults=progress.damaged)]
                arguments = catalog, job.wanted, roles
                for name, found, fault in each(_Observing, arguments, logs, min(job.workers, len(logs))):
                    progress.damaged |= {name: fault} if fault else {}
                    sessions.join(found)
                check(progress.damaged)
                trail = sessions.trail(catalog)
            return Options(job.choice, held, sessions, trail)

        writer = Writer(work, catalog, job.wanted, progress, options, job.workers, report)
        writing.replace_tree(out, writer.files(), files_of_answers)
    return progress


class _Observing:
    """What a process needs to read what sessions of some roles called by logs."""

    def __init__(self, catalog: Catalog, wanted: Range, roles: Collection[str]) -> None:
        self._context, self._table = ReadingContext(catalog), table_of(catalog)
        self._wanted, self._roles = wanted, roles

    def take(self, name: str) -> tuple[str, Sessions, str]:
        """Reads a log: its path, the calls in it, and what is wrong with it; of a damaged one nothing counts."""
        found, fault = [Sessions(self._roles)], ""
        try:
            for event in events(self._context, name, Tally(), lambda: found.append(Sessions(self._roles)), every=True):
                time = str(event.get("eventTime", "")) if isinstance(event, Mapping) else ""
                if time and self._wanted.has_event(account_of(event), time):
                    found[-1].take(self._table, event)
        except (InputError, OSError) as error:
            fault = reason_of(error)
        return name, Sessions(self._roles) if fault else found[-1], fault

    def close(self) -> None:
        """Nothing is open."""
