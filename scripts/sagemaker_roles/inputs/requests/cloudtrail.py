"""Reads AWS CloudTrail: log files (streamed, event by event), single events, `lookup-events`, EventBridge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..reader import Found, InputDocument, ReadingContext, mappings, text_at
from ..text import json_document
from ..text.content import InputError, decoded, whole
from ..text.numbers import text_of

_LOG = re.compile(rb'\s*\{\s*"Records"\s*:\s*\[')

#: What a log has that holds an event of the services: their source in plain letters, or letters written as escapes.
_SOURCE = r'"eventSource"\s*:\s*"(?:%s)|\\u00(?:3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|2[eE])'
_END = re.compile(rb"[\[}]\s*\]\s*\}\s*\Z")

#: Reads fast and lets duplicate keys pass; events that matter are read again strictly.
_FAST = json.JSONDecoder()


def is_log(raw: bytes) -> bool:
    """Whether bytes begin like a CloudTrail log file."""
    return _LOG.match(raw) is not None


def stream(context: ReadingContext, raw: bytes, name: str) -> Iterator[InputDocument]:
    """The events of a log file that matter, one by one, so that memory holds one event's values at a time.

    A file may hold several logs, one after the other.

    Raises:
        InputError: it is not JSON, with line and column.
    """
    of_services = (_SOURCE % "|".join(context.catalog.event_sources)).encode()
    if not re.search(of_services, raw) and _END.search(raw, max(0, len(raw) - 64)):
        context.reading.read += raw.count(b'"eventName"')
        return
    text = decoded(raw, name)
    for event in json_document.stream(text, name, ("Records",), _FAST):
        if len(event.path) == 2:  # Records and the number
            context.reading.read += 1
            if _called(context, event.value):
                yield json_document.strict(event)


def _called(context: ReadingContext, event: Any) -> str:
    """The operation of an event that matters; "" if it does not."""
    source, name = (event.get(key) if isinstance(event, Mapping) else None for key in ("eventSource", "eventName"))
    operation = context.catalog.of_event(source, name) if isinstance(source, str) and isinstance(name, str) else ""
    return operation if operation in context.names.inputs or not context.only_recorded else ""


def recognizes(value: Any) -> bool:
    """Whether a value is an event, a log file, or what `lookup-events` or EventBridge print."""
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], Mapping) and "eventName" in value[0]
    if not isinstance(value, Mapping):
        return False
    if _is_event(value) or _is_event(value.get("detail")) or isinstance(value.get("Records"), list):
        return True
    return any("CloudTrailEvent" in item for item in mappings(value.get("Events")))


def _is_event(value: Any) -> bool:
    return isinstance(value, Mapping) and "eventName" in value and "eventSource" in value


def read(context: ReadingContext, document: InputDocument) -> Iterator[Found]:
    """The requests of a document that holds events.

    Raises:
        InputError: it holds none.
    """
    listed = list(events(document))
    is_log = isinstance(document.value, Mapping) and isinstance(document.value.get("Records"), list)
    if not listed and not is_log:
        raise InputError("no CloudTrail event; an event has eventSource and eventName", whole(document.where()))
    for at in listed:
        if not isinstance(at.value, Mapping) or "eventName" not in at.value:
            raise InputError("an element is not an event with eventSource and eventName", whole(at.where()))
    for number, at in enumerate(listed, 1):
        label = f"event {number} of {document.name}" if is_log or len(listed) > 1 else document.name
        yield from requests(context, at, label)
        if len(listed) == 1 and not is_log and not _called(context, at.value):
            context.notice("note", label, f"{at.value['eventName']} passes no role, as far as is known here")


def events(document: InputDocument) -> Iterator[InputDocument]:
    """The events that a document holds."""
    value = document.value
    if isinstance(value, list):
        yield from map(document.below, range(len(value)))
    elif isinstance(value, Mapping):
        if isinstance(value.get("Records"), list):
            yield from (document.below("Records", index) for index in range(len(value["Records"])))
        elif isinstance(value.get("Events"), list):
            for index, item in enumerate(value["Events"]):
                text = item.get("CloudTrailEvent") if isinstance(item, Mapping) else None
                if isinstance(text, str):
                    name = f"CloudTrailEvent {text_of(item.get('EventId', ''))}".strip()
                    at = document.below("Events", index)
                    yield from (at._replace(value=event.value) for event in json_document.parse(text, name))
        elif isinstance(value.get("detail"), Mapping):
            yield document.below("detail")
        elif "eventName" in value:
            yield document


def requests(context: ReadingContext, at: InputDocument, label: str = "") -> Iterator[Found]:
    """The request of an event, if it is one of SageMaker that matters; members that are left out are None."""
    event = at.value
    if not (operation := _called(context, event)):
        return
    parameters = event.get("requestParameters")
    if event.get("omitted") is True or (isinstance(parameters, Mapping) and parameters.get("omitted") is True):
        context.notice("problem", label, "CloudTrail left the request's members out because they are too large")
        parameters = None
    facts = {
        name: at.below(key)
        for name, key in (("Region", "awsRegion"), ("Account", "recipientAccountId"))
        if text_at(event, key)
    }
    members = parameters if isinstance(parameters, Mapping) and parameters else None
    error = text_at(event, "errorCode")
    yield Found(operation, members, at.below("requestParameters"), label, facts=facts, error=error)
