"""The reduction as SQL: one definition, written for each engine; and definitions of its table over logs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from ..canonical import quoted
from ..catalog import Catalog
from ..catalog.naming import api_name
from .listing import LATE, Range
from .table import raw_names, text_file

#: Name of the table of events that statements read: a row an event, columns named as CloudTrail's members.
TABLE = "cloudtrail"

#: What of an event the statement reads, all of it text; ``userIdentity`` has ``accountId`` (CloudTrail user guide,
#: "CloudTrail record contents").
_MEMBERS: tuple[str, ...] = ("eventTime", "eventSource", "eventName", "awsRegion", "errorCode", "errorMessage")
_MEMBERS += ("requestParameters", "recipientAccountId")

#: The columns of definitions over log files, which are in files beside this one: how each engine writes a column,
#: what is between two, and the type of ``userIdentity``. Of the names, only Athena's are in lower case. A damaged file
#: ends a statement of Spark; digests and insights have other names than logs (user guide, "CloudTrail log file name
#: format"); for Athena see its user guide, "Create a table for CloudTrail logs in Athena using partition projection".
_COLUMNS = {
    "athena": ("{} STRING", ",\n  ", "useridentity STRUCT<accountid: STRING>"),
    "spark": ("{}: STRING", ", ", "userIdentity: STRUCT<accountId: STRING>"),
    "duckdb": ("{} VARCHAR", ", ", "userIdentity STRUCT(accountId VARCHAR)"),
}

#: What engines call the type of texts, where it is not VARCHAR. In nothing else the statement differs between them.
_TEXT = {"spark": "STRING"}

#: What each column of the reduced table that is no count and no time is made of. A text of another form
#: is no account ID and no time, as for the reader.
_GROUPED = {
    "account": """CASE
      WHEN recipientaccountid LIKE '____________'
      THEN recipientaccountid
      WHEN useridentity.accountid LIKE '____________'
      THEN useridentity.accountid
    END""",
    "region": "awsregion",
    "operation": "eventname",
    "error_code": "errorcode",
    "error_message": "CASE WHEN errorcode <> '' THEN errormessage END",
    "request": "CAST(requestparameters AS {text})",
}
_SEEN = "CASE WHEN eventtime LIKE '____-__-__T__:__:__Z' THEN eventtime END"
_COUNTED = {"events": "COUNT(*)", "first_seen": "MIN(seen)", "last_seen": "MAX(seen)"}

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
    inner = [*_events(catalog), *(_partitions(wanted) if dialect == "athena" else ())]
    outer = [f"account IN ({_texts(sorted(wanted.accounts))})"] if wanted.accounts else []
    for sign, time in ((">=", wanted.since), ("<=", wanted.until)):
        if time:
            outer.append(f"(\n    seen IS NULL OR seen {sign} '{time}'\n  )")
    text = _TEXT.get(dialect, "VARCHAR")
    grouped = {**_GROUPED, "operation": _operation(catalog)}
    calls = [*(f"{item.format(text=text)} AS {name}" for name, item in grouped.items()), f"{_SEEN} AS seen"]
    columns = [f"{_COUNTED[name]} AS {name}" if name in _COUNTED else name for name in raw_names()]
    parts = {
        "COLUMNS": _lines(columns),
        "CALLS": _lines(calls, 4),
        "EVENTS": _lines(inner, 4, word="AND "),
        "RANGE": _lines(outer, word="AND ") or "TRUE",
        "GROUPED": _lines([*_GROUPED]),
        # Athena's API takes one statement, which needs no semicolon.
        "END": "" if dialect == "athena" else ";",
    }
    # Every value is checked, or the catalog's.
    return text_file("statement.sql", parts)


def _events(catalog: Catalog) -> list[str]:
    """Which events are those of operations: conditions that all hold."""
    several = [
        [f"eventsource LIKE '{source}%'", f"eventname IN (\n      {_lines(map(_quoted, names), 6)}\n    )"]
        for source in catalog.event_sources
        if (names := sorted({api_name(name) for name in _of(catalog, source)}))
    ]
    if len(several) == 1:
        return several[0]
    return ["({})".format("\n      OR ".join(f"({' AND '.join(both)})" for both in several))]


def _operation(catalog: Catalog) -> str:
    """The name of an event's operation, with the service before it where the name of the operation has it."""
    cases = [
        f"\n      WHEN eventsource LIKE '{source}%' AND eventname IN ({_texts(sorted(map(api_name, named)))})"
        f"\n      THEN CONCAT('{prefix}', eventname)"
        for source in catalog.event_sources
        for prefix in sorted({name.removesuffix(api_name(name)) for name in _of(catalog, source)} - {""})
        if (named := [name for name in _of(catalog, source) if name == f"{prefix}{api_name(name)}"])
    ]
    return f"CASE{''.join(cases)}\n      ELSE eventname\n    END" if cases else _GROUPED["operation"]


def _of(catalog: Catalog, source: str) -> list[str]:
    """The operations whose events have sources that begin so."""
    return [name for name in catalog.shapes["inputs"] if catalog.service_of(name).startswith(source)]


def definition(
    dialect: str, location: str, accounts: Sequence[str] = (), regions: Sequence[str] = (), since: str = ""
) -> str:
    """The statements that define the table ``cloudtrail`` over the log files of a trail.

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
    location = location.rstrip("/")
    if dialect == "athena" and not (accounts and regions):
        raise ValueError("Athena needs the partitions by name; give --accounts and --regions")
    if dialect == "trino":
        names = ", ".join(name.lower() for name in (*_MEMBERS, "userIdentity"))
        raise ValueError(
            f"Trino does not read log files of CloudTrail; give it a table of events with the columns {names}"
        )
    column, between, identity = _COLUMNS[dialect]
    several = [column.format(name.lower() if dialect == "athena" else name) for name in _MEMBERS]
    parts = {
        # What DuckDB takes for text is not nested.
        "COLUMNS": between.join([*several, identity]).replace("requestParameters VARCHAR", "requestParameters JSON"),
        "LOCATION": location,
        "ACCOUNTS": ",".join(sorted(accounts)),
        "REGIONS": ",".join(sorted(regions)),
        "SINCE": _day(since) if since else _FIRST_DAY,
    }
    return text_file(f"{dialect}.sql", parts)


def _quoted(value: str) -> str:
    return f"'{value}'"


def _texts(values: Iterable[str]) -> str:
    return ", ".join(map(_quoted, values))


def _lines(items: Iterable[str], indent: int = 2, *, word: str = "") -> str:
    """Items below each other, each with a comma behind it, or a word before it."""
    return f"{'' if word else ','}\n{' ' * indent}{word}".join(items)


def _partitions(wanted: Range) -> Iterator[str]:
    """Conditions on the partitions that can hold the events: those of files as :meth:`Range.has_path` reads them."""
    if wanted.accounts:
        yield f"{TABLE}.account IN ({_texts(sorted(wanted.accounts))})"
    if wanted.since:
        yield f"{TABLE}.day >= '{_day(wanted.since)}'"
    if wanted.until:
        yield f"{TABLE}.day <= '{_day(wanted.until, LATE)}'"


def _day(time: str, later: timedelta = timedelta()) -> str:
    return (date.fromisoformat(time[:10]) + later).strftime("%Y/%m/%d")
