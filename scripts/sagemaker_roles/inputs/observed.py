"""What sessions of a role really called, by the events of a CloudTrail log: each call with its count and its days."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..canonical import canonical
from ..catalog import Catalog
from ..engine.code import CodeCall, needs_of_code
from . import cloudtrail
from .code_reading import Table
from .interfaces import Notice, Reading, Seen, Trail
from .reading import documents
from .text import decoded, sources, unpacked

#: Versions that names of events end in: ``GetFunction20150331v2``.
_VERSION = re.compile(r"\d{8}(v\d)?$")


def add_observed(catalog: Catalog, reading: Reading, names: Iterable[str], roles: Collection[str]) -> None:
    """Adds the calls that sessions of roles made to a reading, and what the trail shows; denied calls are passed over.

    Args:
        catalog: the knowledge base.
        reading: takes the calls.
        names: files and folders with logs.
        roles: ARNs of the roles whose sessions count.

    Raises:
        InputError: a file cannot be read, or has no event.
    """
    data = catalog.data["code"]
    table = Table(data)
    found: dict[bytes, tuple[CodeCall, Seen]] = {}
    unknown: dict[str, None] = {}
    span: Seen | None = None
    shown: set[str] = set()
    seen: dict[str, dict[frozenset[tuple[str, str]], Seen]] = {role: {} for role in roles}
    for event in (event for name in names for event in _events(name)):
        day = str(event.get("eventTime", ""))[:10]
        span = _with(span, day)
        shown |= _kinds(event)
        role = _role(event)
        if role not in roles or cloudtrail.is_denied(str(event.get("errorCode", ""))):
            continue
        call = _call(table, event)
        if call is None:
            unknown[f"{event.get('eventSource')}:{event.get('eventName')}"] = None
            pairs = frozenset({(_action(event), "*")})
        else:
            key = canonical([call.service, call.operation, call.region, call.members])
            found[key] = (call, _with(found[key][1] if key in found else None, day))
            pairs = frozenset((need.action, need.resource) for need in needs_of_code(catalog, [call], {}))
        seen[role][pairs] = _with(seen[role].get(pairs), day)
    for call, days in found.values():
        period = f"{days.first} to {days.last}" if days.first != days.last else days.first
        reading.code.append(call._replace(place=f"{days.events} event{'s' * (days.events > 1)}, {period}"))
    if span:
        kinds = {name for name, one in data["data_events"].items() if shown & {*one["types"], *one["actions"]}}
        reading.trail = Trail(span, frozenset(kinds), seen)
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


def _with(seen: Seen | None, day: str) -> Seen:
    """Events, and one of a day."""
    return Seen(seen.events + 1, min(seen.first, day), max(seen.last, day)) if seen else Seen(1, day, day)


def _action(event: Mapping[str, Any]) -> str:
    """The action that is named as an event is."""
    source = str(event.get("eventSource", "")).partition(".")[0]
    return f"{source}:{_VERSION.sub('', str(event.get('eventName', '')))}"


def _kinds(event: Mapping[str, Any]) -> set[str]:
    """What tells the kind of a data event: its action, and the types of its resources."""
    is_data = event.get("managementEvent") is False or event.get("eventCategory") == "Data"
    resources = event.get("resources") if is_data else ()
    named = [one.get("type") for one in resources if isinstance(one, Mapping)] if isinstance(resources, list) else []
    return {_action(event), *(one for one in named if isinstance(one, str))}


def _role(event: Mapping[str, Any]) -> str:
    """The ARN of the role whose session made a call, or ""."""
    value: Any = event
    for step in ("userIdentity", "sessionContext", "sessionIssuer", "arn"):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def _call(table: Table, event: Mapping[str, Any]) -> CodeCall | None:
    source, _, operation = _action(event).partition(":")
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
