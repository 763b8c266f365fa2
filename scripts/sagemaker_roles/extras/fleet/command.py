"""The command `fleet`: from many accounts' logs to an answer for each role."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...api.call import choice_of
from ...canonical import canonical
from ...cli.common import GIVEN, Command, Line, counted, examples, fail, load_catalog, print_message, several
from ...cli.input_options import generalize_option, observed_option, print_notices, settings_of, settings_option
from ...outputs.choices import DIALECTS

if TYPE_CHECKING:
    from .log_files import Range
    from .output import Progress

#: How many damaged files are named on standard error; the index has all.
_NAMED = 20


@click.command(
    "fleet",
    cls=Command,
    short_help="Composes each role's policies from the logs of many accounts.",
    epilog=examples("fleet logs/ --out roles/"),
)
@click.argument("logs", nargs=-1, metavar="[LOGS]...", type=GIVEN)
@several("--from-table", "tables", "FILE", "Read a reduced table: Parquet, CSV, JSON lines, or a folder of them")
@several(
    "--account-details",
    "details",
    "FILE",
    "Answer of get-account-authorization-details of an account, to audit its roles",
)
@observed_option
@click.option(
    "--out",
    metavar="FOLDER",
    type=GIVEN,
    help="Write into this folder: new, empty, or written by an earlier run.",
)
@click.option(
    "--since", metavar="TIME", type=GIVEN, help="First day or time, such as 2026-11-01 or 2026-11-01T08:00:00Z."
)
@click.option("--until", metavar="TIME", type=GIVEN, help="Last day or time, included.")
@click.option("--accounts", metavar="IDS", type=GIVEN, help="Account IDs, separated by commas.")
@click.option(
    "--sql",
    "dialect",
    type=click.Choice(DIALECTS),
    help="Print the statement that makes the reduced table, and read nothing.",
)
@click.option(
    "--define",
    metavar="LOCATION",
    type=GIVEN,
    help="With --sql, print instead what defines its table over the logs in LOCATION, such as s3://bucket/AWSLogs/.",
)
@click.option(
    "--policy",
    is_flag=True,
    help="With --sql athena or spark, print instead the permissions policy of the identity that runs it. --define"
    " fills in where the logs are.",
)
@settings_option
@several("--addon", "addons", "ID", "With --policy, add-on to include")
@click.option("--regions", metavar="NAMES", type=GIVEN, help="Regions of the table that --define defines for Athena.")
@click.option("--workers", type=click.IntRange(1, 256), help="Number of processes.  [default: one for each core]")
@click.option("--strict", is_flag=True, help="Stop at the first file that cannot be read.")
@generalize_option
@click.option("--show-values", is_flag=True, help="In the files of roles, show values of hyperparameters and the like.")
def command(logs: tuple[str, ...], **options: Any) -> None:
    """Composes each role's policies from the logs of many accounts.

    LOGS are files and folders of AWS CloudTrail: log files of trails, the output of `lookup-events`, and events from
    EventBridge. Results of CloudTrail Lake queries that select eventJson count too. A file is skipped without reading
    if its path shows another account, or a day outside the range. A file that is delivered more than one day after
    --until counts as outside.

    FOLDER gets a JSON file for each role, index.json, summary.md, report.html, requests.csv, requests.parquet, and the
    JSON Schemas. Files that cannot be read are named and counted, and nothing of them is used. The command needs the
    extra `fleet`, but not for --sql.

    The tables contain the requests with the values of hyperparameters, environment variables, and arguments, as the
    logs do. Protect them as you protect the logs. The files of roles hide these values, unless you give --show-values.

    Memory does not grow with the number of events. The rest is in hidden files next to FOLDER until the command ends.
    Memory grows with the roles, with the error messages, and with the different requests of one role. With --observed,
    it also grows with the different calls of their sessions.

    Exits 0 if the answers are written, 1 if they are not or if there is no file to read, 2 for wrong usage.
    """
    from ...errors import WorkerLost
    from . import run
    from .log_files import Range
    from .reduced_table import NoDuckdb

    _check_usage(logs, options)
    try:
        wanted = Range.parsed(*(options[name] or "" for name in ("since", "until", "accounts")))
    except ValueError as error:
        fail(str(error))
    if options["dialect"] is not None:
        if options["policy"]:
            _print_policy(options)
        else:
            _print_sql(options, wanted)
        return
    catalog, out = load_catalog(), options["out"]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    given = {name: options[name] for name in ("strict", "tables", "details", "observed")}
    job = run.Job(logs, Path(out), wanted, options["workers"] or cores, choice=choice_of(options), **given)
    try:
        with Line() as shown:
            outcome = run.run(
                catalog, job, lambda done: shown.show(_progressed(done, max(time.monotonic() - shown.begin, 0.001)))
            )
    except NoDuckdb as error:
        fail(str(error))
    except run.Damaged as error:
        print_notices(error.notices)
        _name(error.faults)
        fail(f"{error}; nothing was written", 1)
    except WorkerLost as error:
        fail(f"{error}; nothing was written; give fewer --workers if need be", 1)
    except OSError as error:
        fail(f"cannot write {error.filename or out}: {error.strerror}; the previous output is unchanged", 1)
    print_notices(outcome.notices)
    _name(outcome.damaged)
    click.echo(
        f"{counted(outcome.roles, 'role')} written to {out}; {counted(outcome.files, 'file')} with"
        f" {counted(outcome.events, 'event')} read, {len(outcome.damaged)} could not be read,"
        f" {sum(outcome.skipped.values())} skipped",
        err=True,
    )


def _check_usage(logs: Sequence[str], options: Mapping[str, Any]) -> None:
    tables = options["tables"]
    is_sql = options["dialect"] is not None
    if not is_sql and (options["define"] is not None or options["regions"] or options["policy"]):
        fail("--define, --policy, and --regions belong to --sql; name its dialect")
    if (options["settings"] or options["addons"]) and not options["policy"]:
        fail("--set and --addon belong to --policy")
    if is_sql:
        if logs or tables or options["observed"] or options["out"] is not None:
            fail("--sql reads and writes no file; remove LOGS, --from-table, --observed, and --out")
        return
    if not logs and not tables:
        fail("say what to read: LOGS, or --from-table FILE")
    if options["out"] is None:
        fail("say where to write: --out FOLDER")
    if tables and (options["since"] or options["until"]):
        fail("--since and --until cannot split the rows of a table; give them to the command that makes the table")


def _print_policy(options: Mapping[str, Any]) -> None:
    """Prints the policy of the identity that runs the statement."""
    from ...errors import InvalidValue
    from . import sql

    catalog = load_catalog()
    values = settings_of(catalog, options["settings"])
    try:
        document, notices = sql.policy(catalog, options["dialect"], options["define"], values, options["addons"])
    except InvalidValue:
        raise
    except ValueError as error:
        fail(str(error))
    is_bad = print_notices(notices)
    click.echo(canonical(document.to_json()), nl=False)
    if is_bad:
        sys.exit(1)


def _print_sql(options: Mapping[str, Any], wanted: Range) -> None:
    """Prints the statement, or what defines its table."""
    from . import sql

    dialect, location = options["dialect"], options["define"]
    regions = [item.strip() for item in (options["regions"] or "").split(",") if item.strip()]
    try:
        if location is None:
            click.echo(sql.statement(load_catalog(), dialect, wanted), nl=False)
        else:
            text = sql.definition(dialect, location, sorted(wanted.accounts), regions, wanted.since)
            click.echo(text, nl=False)
    except ValueError as error:
        fail(f"--define: {error}")


def _name(faults: Mapping[str, str]) -> None:
    """Names files that could not be read."""
    for path, message in sorted(faults.items())[:_NAMED]:
        print_message(f"problem: {path}: {message}")
    if len(faults) > _NAMED:
        click.echo(f"and {len(faults) - _NAMED} more", err=True)


def _progressed(progress: Progress, passed: float) -> str:
    """How far the run is, after some seconds."""
    text = f"{progress.done:,} of {progress.all_files:,} files"
    if progress.roles:
        text += f", {progress.roles:,} {'role' if progress.roles == 1 else 'roles'} composed"
    elif progress.events:
        text += f", {progress.events / passed:,.0f} events/s, {progress.inflated / passed / 1e6:,.0f} MB/s"
    if 0 < progress.done < progress.all_files:
        text += f", {passed / progress.done * (progress.all_files - progress.done):,.0f} s left"
    return text
