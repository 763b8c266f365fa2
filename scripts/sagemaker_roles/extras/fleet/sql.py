"""The reduction as SQL for each engine, definitions of its table over logs, and the policy of who runs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from ...canonical import quoted
from ...catalog import Catalog
from ...catalog.operation_names import api_name
from ...engine.documents import Document
from ...inputs.reader import Notice
from ...session import Choice, compose_reading, placeholders_of
from .log_files import LATE, Range
from .reduced_table import text_file

_LOCATION = re.compile(r"[^'\"\\*?\[\]{}$\x00-\x1f\x7f]+")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}")

#: First day of CloudTrail.
_FIRST_DAY = "2013/11/01"


def statement(catalog: Catalog, dialect: str, wanted: Range) -> str:
    """The statement that gives the reduced table of the events in the table ``cloudtrail``.

    Args:
        dialect: one of :data:`~sagemaker_roles.outputs.choices.DIALECTS`.
        wanted: which events are asked for. For Athena, days and accounts decide over partitions too, which are those of
            :func:`definition`.
    """
    inner = [_events(catalog), *(_partitions(wanted) if dialect == "athena" else ())]
    outer = [f"account IN ({_texts(wanted.accounts)})"] if wanted.accounts else []
    for sign, time in ((">=", wanted.since), ("<=", wanted.until)):
        if time:
            outer.append(f"(\n    seen IS NULL OR seen {sign} '{time}'\n  )")
    parts = {
        "OPERATION": _operation(catalog),
        "TEXT": "STRING" if dialect == "spark" else "VARCHAR",
        "EVENTS": "\n    AND ".join(inner),
        "RANGE": "\n  AND ".join(outer) or "TRUE",
        # Athena's API takes one statement, which needs no semicolon.
        "END": "" if dialect == "athena" else ";",
    }
    # Every value is checked, or the catalog's.
    return text_file("statement.sql", parts)


def _events(catalog: Catalog) -> str:
    """Which events are those of operations, by the service and its names."""
    between = ",\n      "
    each = (
        f"(eventsource LIKE '{source}%' AND eventname IN (\n      {_texts(names, between)}\n    ))"
        for source in catalog.event_sources
        if (names := {api_name(name) for name in _of(catalog, source)})
    )
    return "({})".format("\n      OR ".join(each))


def _operation(catalog: Catalog) -> str:
    """The name of an event's operation, with the service before it where the name of the operation has it."""
    cases = [
        f"\n      WHEN eventsource LIKE '{source}%' AND eventname IN ({_texts(map(api_name, named))})"
        f"\n      THEN CONCAT('{prefix}', eventname)"
        for source in catalog.event_sources
        for prefix in sorted({name.removesuffix(api_name(name)) for name in _of(catalog, source)} - {""})
        if (named := [name for name in _of(catalog, source) if name == f"{prefix}{api_name(name)}"])
    ]
    return f"CASE{''.join(cases)}\n      ELSE eventname\n    END"


def _of(catalog: Catalog, source: str) -> list[str]:
    """The operations whose events have sources that begin so."""
    return [name for name in catalog.shapes["inputs"] if catalog.service_of(name).startswith(source)]


def definition(
    dialect: str, location: str, accounts: Sequence[str] = (), regions: Sequence[str] = (), since: str = ""
) -> str:
    """The statements that define the table ``cloudtrail`` over the log files of a trail.

    A damaged file ends a statement of Spark. Digests and insights have other names than logs (CloudTrail user guide,
    "CloudTrail log file name format"). The table of Athena is as in its user guide, "Create a table for CloudTrail logs
    in Athena using partition projection"; of the names, only Athena's are in lower case.

    Args:
        dialect: one of :data:`~sagemaker_roles.outputs.choices.DIALECTS`, but Trino, which reads no CloudTrail files.
        location: where the folders of accounts are: ``s3://BUCKET/PREFIX/AWSLogs/``, and for the trail of an
            organization ``s3://BUCKET/PREFIX/AWSLogs/ORGANIZATION-ID/``. For Spark and DuckDB, any folder above logs.
        accounts: account IDs, which Athena needs, as it needs Regions.
        since: first time that matters, for Athena.

    Raises:
        ValueError: a value that is not valid, or is missing.
    """
    if not _LOCATION.fullmatch(location) or (dialect == "athena" and not re.fullmatch("s3://[^/]+.*", location)):
        raise ValueError(
            f"{quoted(location)} is not a valid location; expected a value like s3://amzn-s3-demo-bucket/AWSLogs/"
        )
    for region in regions:
        if not _REGION.fullmatch(region):
            raise ValueError(f"{quoted(region)} is not a valid Region; expected a value like eu-west-1")
    if dialect == "athena" and not (accounts and regions):
        raise ValueError("Athena needs the partitions by name; give --accounts and --regions")
    if dialect == "trino":
        raise ValueError(
            "Trino does not read log files of CloudTrail; give it a table of events with the columns eventtime,"
            " eventsource, eventname, awsregion, errorcode, errormessage, requestparameters, recipientaccountid,"
            " useridentity"
        )
    parts = {
        "LOCATION": location.rstrip("/"),
        "ACCOUNTS": ",".join(sorted(accounts)),
        "REGIONS": ",".join(sorted(regions)),
        "SINCE": _day(since) if since else _FIRST_DAY,
    }
    return text_file(f"{dialect}.sql", parts)


def _texts(values: Iterable[str], between: str = ", ") -> str:
    return between.join(f"'{value}'" for value in sorted(values))


def _partitions(wanted: Range) -> Iterator[str]:
    """Conditions on the partitions that can hold the events: those of files as :meth:`Range.has_path` reads them."""
    if wanted.accounts:
        yield f"cloudtrail.account IN ({_texts(wanted.accounts)})"
    if wanted.since:
        yield f"cloudtrail.day >= '{_day(wanted.since)}'"
    if wanted.until:
        yield f"cloudtrail.day <= '{_day(wanted.until, LATE)}'"


def _day(time: str, later: timedelta = timedelta()) -> str:
    return (date.fromisoformat(time[:10]) + later).strftime("%Y/%m/%d")


# --- the policy of the reader --------------------------------------------------------------------------------


def policy(
    catalog: Catalog,
    engine: str,
    location: str | None = None,
    values: Mapping[str, str] | None = None,
    addons: Iterable[str] = (),
) -> tuple[Document, tuple[Notice, ...]]:
    """The policy of the identity, with the reasons for each statement, and what there is to say of it.

    Raises:
        ValueError: the engine reads from no account of AWS, or the location is given twice.
        UnknownAddOn, UnknownPlaceholder, InvalidValue: as for :func:`~sagemaker_roles.session.compose_reading`.
    """
    readers = catalog.readers
    if engine not in readers.operations:
        raise ValueError(f"--policy is for {' and '.join(readers.operations)}; what {engine} reads is not known")
    given = dict(values or {})
    if location is not None and given.setdefault("LogsS3Uri", location) != location:
        raise ValueError(f"--define and --set LogsS3Uri differ: {quoted(given['LogsS3Uri'])}; give one")
    # The client of Spark asks for a folder itself too, by its name without the slash.
    given = {name: value.rstrip("/") if name.endswith("S3Uri") else value for name, value in given.items()}
    choice = Choice(values=given, addons=tuple(addons))
    result = compose_reading(readers, placeholders_of(engine), choice)
    (role,) = result.roles
    return role.composition.caller, result.notices
