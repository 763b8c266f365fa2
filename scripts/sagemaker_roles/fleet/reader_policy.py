"""Composes what the identity needs that runs the reduction on an engine: from records, as roles are composed."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

from ..canonical import quoted
from ..catalog import Entry, Statement
from ..engine.bindings import Binding
from ..engine.documents import Document
from ..engine.prepared import Use
from ..engine.statements import Composer
from ..engine.values import escape

#: Where the logs of a trail are in its bucket, unless it has a prefix.
_LOGS = "AWSLogs/"

_LOCATION = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[^*?${}]*))?")


def records() -> dict[str, Any]:
    """The statements, each with its engines and as a record has it, and their sources."""
    text = resources.files(__package__).joinpath("reader.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def policy(engine: str, location: str | None = None) -> Document:
    """The policy of the identity, with the reasons for each statement.

    Args:
        engine: ``athena`` or ``spark``.
        location: where the logs are, as for :func:`~.sql.definition`; None keeps the placeholder of the bucket.

    Raises:
        ValueError: the engine reads from no account of AWS, or the location is not one in Amazon S3.
    """
    wanted = [Statement.from_data(item) for item in records()["statements"] if engine in item["engines"]]
    if not wanted:
        raise ValueError(f"--policy is for athena and spark; what {engine} reads is not known")
    values = {"LogsPrefix": _LOGS}
    if location is not None:
        place = _LOCATION.fullmatch(location)
        if place is None:
            expected = "expected a value like s3://amzn-s3-demo-bucket/AWSLogs/"
            raise ValueError(f"--define: {quoted(location)} is not a valid location in Amazon S3; {expected}")
        prefix = (place["prefix"] or "").strip("/")
        values = {"LogsBucket": escape(place["bucket"]), "LogsPrefix": escape(f"{prefix}/" if prefix else "")}
    composer = Composer("scoped", values, {})
    for number, statement in enumerate(wanted):
        composer.place = ("", 0, 0, number)
        entry = Entry(statements=(statement,))
        composer.add(Use("", "reader", "", entry, {}, (), ()), Binding({}))
    return composer.document()
