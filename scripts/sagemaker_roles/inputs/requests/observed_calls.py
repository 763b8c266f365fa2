"""What sessions of a role really called, by the events of a CloudTrail log: each call with its count and its days."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...canonical import canonical
from ...catalog import Catalog
from ...engine.code_permissions import CodeCall, needs_of_code
from ..code.service_calls import Table, table_of
from ..reader import Notice, Reading, Seen, Trail, is_denied, text_at
from ..reading import documents
from ..text.content import decoded, sources, unpacked
from . import cloudtrail

#: Versions that names of events end in: ``GetFunction20150331v2``.
_VERSION = re.compile(r"\d{8}(v\d)?$")

#: Where an event has the ARN of the role whose session made the call.
ROLE = ("userIdentity", "sessionContext", "sessionIssuer", "arn")


class Sessions:
    """What sessions of some roles called, event by event; denied calls are passed over.

    Args:
        roles: ARNs of the roles.

    Attributes:
        span: all events, whoever made the calls, or None.
    """

    def __init__(self, roles: Iterable[str]) -> None:
        self.span: Seen | None = None
        self._shown: set[str] = set()
        #: Each call, or the action of one that nothing is known of.
        self._called: dict[str, dict[bytes, tuple[CodeCall | str, Seen]]] = {role: {} for role in roles}

    def take(self, table: Table, event: Mapping[str, Any]) -> None:
        """Counts an event."""
        seen = Seen(1, *[str(event.get("eventTime", ""))[:10]] * 2)
        self.span = _with(self.span, seen)
        self._shown |= _kinds(event)
        called = self._called.get(text_at(event, *ROLE))
        if called is not None and not is_denied(str(event.get("errorCode", ""))):
            call = call_of(table, event) or action_of(event)
            key = canonical([*call[:4]] if isinstance(call, CodeCall) else call)
            called[key] = call, _with(called[key][1] if key in called else None, seen)

    def join(self, other: Sessions) -> None:
        """Counts what another has counted."""
        if other.span:
            self.span = _with(self.span, other.span)
        self._shown |= other._shown
        for role, called in other._called.items():
            own = self._called[role]
            for key, (call, seen) in called.items():
                own[key] = call, _with(own[key][1] if key in own else None, seen)

    def calls(self, role: str) -> list[CodeCall]:
        """The calls of a role of which it is known what they need, each with its count and its days."""
        return [
            call._replace(place=f"{days.events} event{'s' * (days.events > 1)}, {' to '.join(dict.fromkeys(days[1:]))}")
            for call, days in self._called[role].values()
            if isinstance(call, CodeCall)
        ]

    def unknown(self, role: str) -> list[str]:
        """The names of the other calls of a role."""
        return [call for call, _ in self._called[role].values() if isinstance(call, str)]

    def trail(self, catalog: Catalog) -> Trail | None:
        """What the log shows, or None if there was no event."""
        if self.span is None:
            return None
        roles: dict[str, dict[frozenset[tuple[str, str]], Seen]] = {role: {} for role in self._called}
        for role, called in self._called.items():
            for call, seen in called.values():
                needs = frozenset(
                    {(call, "*")}
                    if isinstance(call, str)
                    else ((need.action, need.resource) for need in needs_of_code(catalog, [call], {}))
                )
                roles[role][needs] = _with(roles[role].get(needs), seen)
        kinds = catalog.code["data_events"].items()
        shown = frozenset(name for name, one in kinds if self._shown & {*one["types"], *one["actions"]})
        return Trail(self.span, shown, roles)


def add_observed(catalog: Catalog, reading: Reading, names: Iterable[str], roles: Collection[str]) -> None:
    """Adds the calls that sessions of roles made to a reading, and what the trail shows.

    Args:
        catalog: the knowledge base.
        reading: takes the calls.
        names: files and folders with logs.
        roles: ARNs of the roles whose sessions count.

    Raises:
        InputError: a file cannot be read, or has no event.
    """
    sessions, table = Sessions(roles), table_of(catalog)
    for event in (event for name in names for event in _events(name)):
        sessions.take(table, event)
    calls = [call for role in roles for call in sessions.calls(role)]
    reading.code += calls
    reading.trail = sessions.trail(catalog)
    if unknown := dict.fromkeys(name for role in roles for name in sessions.unknown(role)):
        reading.notices.append(Notice("note", "observed", unknown_calls([*unknown])))
    if not calls:
        message = "no event is of a session of the role; data events are only in trails that log them"
        reading.notices.append(Notice("note", "observed", message))


def unknown_calls(names: Sequence[str]) -> str:
    """What to say of calls of which it is not known what they need."""
    named = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"sessions of the role also called {named}; which permissions that needs is not known"


def _events(name: str) -> Iterator[Mapping[str, Any]]:
    for source in sources(name):
        for document in documents(source.name, decoded(unpacked(source), source.name)):
            yield from (at.value for at in cloudtrail.events(document) if isinstance(at.value, Mapping))


def _with(seen: Seen | None, more: Seen) -> Seen:
    """Events, and more of them."""
    return Seen(seen.events + more.events, min(seen.first, more.first), max(seen.last, more.last)) if seen else more


def action_of(event: Mapping[str, Any]) -> str:
    """The action that is named as an event is."""
    source = str(event.get("eventSource", "")).partition(".")[0]
    return f"{source}:{_VERSION.sub('', str(event.get('eventName', '')))}"


def _kinds(event: Mapping[str, Any]) -> set[str]:
    """What tells the kind of a data event: its action, and the types of its resources."""
    is_data = event.get("managementEvent") is False or event.get("eventCategory") == "Data"
    resources = event.get("resources") if is_data else ()
    named = [one.get("type") for one in resources if isinstance(one, Mapping)] if isinstance(resources, list) else []
    return {action_of(event), *(one for one in named if isinstance(one, str))}


def call_of(table: Table, event: Mapping[str, Any]) -> CodeCall | None:
    """The call of an event, or None if it is not known what it needs."""
    source, _, operation = action_of(event).partition(":")
    for name, service in table.services.items():
        is_source = source in (name, service["events"])
        if not is_source or operation not in service["operations"]:
            continue
        given = event.get("requestParameters")
        members = {
            service["recorded"].get(key, key): value
            for key, value in (given.items() if isinstance(given, Mapping) else ())
        }
        members = _as_in_api(members)
        return CodeCall(name, operation, members, str(event.get("awsRegion", "")), "", "policy", "observed")
    return None


def _as_in_api(value: Any) -> Any:
    """A value whose members begin with a capital as well: in events they begin with a small letter at every depth."""
    if isinstance(value, list):
        return [_as_in_api(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    members = {key: _as_in_api(item) for key, item in value.items()}
    return {**members, **{key[:1].upper() + key[1:]: item for key, item in members.items() if key[:1].islower()}}
