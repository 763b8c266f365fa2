"""Failed calls of a role in words: each error message once, with its best cause and the statement to add."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..catalog import Catalog
from ..diagnosing.explaining import explain_message
from ..engine.roles import name_and_path
from ..iam.parts import parts_of
from ..inputs.cloudtrail import is_denied
from .table import Key, Row, regions_of, times_of, together

#: What is said of the best cause of a message.
_SHOWN = ("matter", "who", "action", "resource", "layer", "why", "statement", "placeholders", "look", "page")

#: Longest error message that is explained; CloudTrail's are at most 1 KB (user guide, "CloudTrail record contents").
_LONGEST = 4096


def errors(catalog: Catalog, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The error messages of rows, each with what is known of it; rows without an error are passed over."""
    groups: dict[tuple[str, str, str], dict[str, Row]] = {}
    for row in rows:
        operation, error, message = row.key.operation, row.key.error, row.key.message
        if error:
            regions = groups.setdefault((operation, error, message), {})
            # Without what a message is not about, since memory may not hold all requests that failed.
            plain = row._replace(key=Key(region=row.key.region, operation=operation, error=error, message=message))
            known = regions.get(row.key.region)
            regions[row.key.region] = together((known, plain)) if known else plain
    return [
        {
            "operation": operation,
            "error_code": error,
            "is_denied": is_denied(error),
            "message": message,
            "regions": regions_of(group.values()),
            **times_of(group.values()),
            "explanation": _explained(catalog, operation, message),
        }
        for (operation, error, message), group in sorted(groups.items())
    ]


#: The role that a message names, or the role of the session that it names. A session shows the name of its role without
#: the path (IAM user guide, "IAM identifiers").
_NAMED = re.compile(
    r"arn:[a-z-]{3,16}:(?:iam::\d{12}:role/[A-Za-z0-9_+=,.@/-]{1,576}|sts::\d{12}:assumed-role/[A-Za-z0-9_+=,.@-]{1,64}/)"
)

#: Failed rows by the roles and sessions that their messages name.
Named = Mapping[str, Sequence[Row]]


def named(rows: Iterable[Row]) -> Named:
    """Failed rows by what their messages name, for :func:`naming`."""
    rows_of: dict[str, list[Row]] = {}
    for row in rows:
        for name in dict.fromkeys(_NAMED.findall(row.key.message)):
            rows_of.setdefault(name.rstrip(".,"), []).append(row)
    return rows_of


def naming(role: str, rows: Named) -> list[Row]:
    """The failed rows whose message names a role, by its ARN or as the role of the session that was denied."""
    arn = parts_of(role)
    session = f"arn:{arn.partition}:sts:{arn.region}:{arn.account}:assumed-role/{name_and_path(role)[0]}/"
    return [*dict.fromkeys([*rows.get(role, ()), *rows.get(session, ())])]


def _explained(catalog: Catalog, operation: str, message: str) -> dict[str, Any] | None:
    """The best cause of a message, or None if its form is not known."""
    if not message:
        return None
    known = operation if catalog.has_record(operation) else ""
    causes = explain_message(catalog, message[:_LONGEST], operation=known).causes
    cause = next((item for item in causes if item.statement), next(iter(causes), None))
    if cause is None:
        return None
    # As JSON has it: lists, not tuples.
    return json.loads(json.dumps({name: getattr(cause, name) for name in _SHOWN}))  # type: ignore[no-any-return]
