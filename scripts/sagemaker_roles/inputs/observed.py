"""What sessions of a role really called, by the events of a CloudTrail log: each call with its count and its days."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..canonical import canonical
from ..catalog import Catalog
from ..engine.code import CodeCall
from . import cloudtrail
from .code_reading import Table
from .interfaces import Notice, Reading
from .reading import documents
from .text import decoded, sources, unpacked

#: Versions that names of events end in: ``GetFunction20150331v2``.
_VERSION = re.compile(r"\d{8}(v\d)?$")


def add_observed(catalog: Catalog, reading: Reading, names: Iterable[str], roles: Collection[str]) -> None:
    """Adds the calls that sessions of roles made to a reading; denied calls are passed over.

    Args:
        catalog: the knowledge base.
        reading: takes the calls.
        names: files and folders with logs.
        roles: ARNs of the roles whose sessions count.

    Raises:
        InputError: a file cannot be read, or has no event.
    """
    table = Table(catalog.data["code"])
    found: dict[bytes, tuple[CodeCall, list[str]]] = {}
    unknown: dict[str, int] = {}
    for event in (event for name in names for event in _events(name)):
        if _role(event) not in roles or cloudtrail.is_denied(str(event.get("errorCode", ""))):
            continue
        call = _call(table, event)
        if call is None:
            shown = f"{event.get('eventSource')}:{event.get('eventName')}"
            unknown[shown] = unknown.get(shown, 0) + 1
            continue
        key = canonical([call.service, call.operation, call.region, call.members])
        found.setdefault(key, (call, []))[1].append(str(event.get("eventTime", ""))[:10])
    for call, days in found.values():
        period = f"{min(days)} to {max(days)}" if min(days) != max(days) else min(days)
        reading.code.append(call._replace(place=f"{len(days)} event{'s' * (len(days) > 1)}, {period}"))
    if unknown:
        names_of = ", ".join([*unknown][:12]) + (", …" if len(unknown) > 12 else "")
        message = f"sessions of the role also called {names_of}; which permissions that needs is not known"
        reading.notices.append(Notice("note", "observed", message))
    if not found:
        message = "no event is of a session of the role; data events are only in trails that log them"
        reading.notices.append(Notice("note", "observed", message))


def _events(name: str) -> Iterator[Mapping[str, Any]]:
    for source in sources(name):
        for document in documents(source.name, decoded(unpacked(source), source.name)):
            yield from (event for event, _ in cloudtrail.events(document.value) if isinstance(event, Mapping))


def _role(event: Mapping[str, Any]) -> str:
    """The ARN of the role whose session made a call, or ""."""
    value: Any = event
    for step in ("userIdentity", "sessionContext", "sessionIssuer", "arn"):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def _call(table: Table, event: Mapping[str, Any]) -> CodeCall | None:
    source = str(event.get("eventSource", "")).partition(".")[0]
    operation = _VERSION.sub("", str(event.get("eventName", "")))
    for name, service in table.services.items():
        is_source = source in (name, service["events"])
        if not is_source or operation not in service["operations"]:
            continue
        given = event.get("requestParameters")
        members = {
            service["recorded"].get(key, key): value
            for key, value in (given.items() if isinstance(given, Mapping) else ())
        }
        # Names of members begin with a small letter in events, whatever the API has.
        members |= {key[:1].upper() + key[1:]: value for key, value in members.items() if key[:1].islower()}
        return CodeCall(name, operation, members, str(event.get("awsRegion", "")), "", "policy", "observed")
    return None
