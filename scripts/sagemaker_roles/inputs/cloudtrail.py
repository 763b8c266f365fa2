"""Reads AWS CloudTrail: log files (streamed, event by event), single events, `lookup-events`, EventBridge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import json_text
from .json_text import DECODER
from .names import Style
from .reading import Document, Found, Reader
from .text import InputError, decoded

_STYLE = Style()
_LOG = re.compile(rb'\s*\{\s*"Records"\s*:\s*\[')
_HEAD = re.compile(r'\s*\{\s*"Records"\s*:\s*\[\s*')
_NEXT = re.compile(r"\s*([,\]])\s*")
_SOURCE = re.compile(rb'"eventSource"\s*:\s*"sagemaker')

#: Reads fast and lets duplicate keys pass; events that matter are read again strictly.
_FAST = json.JSONDecoder()


def is_log(raw: bytes) -> bool:
    """Whether bytes begin like a CloudTrail log file."""
    return _LOG.match(raw) is not None


def stream(reader: Reader, raw: bytes, name: str) -> None:
    """Reads a log file event by event, so that memory holds one event's values at a time.

    Raises:
        InputError: it is not JSON, with line and column.
    """
    if not _SOURCE.search(raw):
        reader.reading.read += raw.count(b'"eventName"')
        return
    text = decoded(raw, name)
    head = _HEAD.match(text)
    at = head.end() if head else 0
    number = 0
    while text[at : at + 1] != "]":
        number += 1
        try:
            event, end = _FAST.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise InputError(f"not JSON: {error.msg.lower()}", json_text.position(text, error.pos, name)) from None
        except (ValueError, RecursionError):
            raise InputError("not JSON that can be read", json_text.position(text, at, name)) from None
        reader.reading.read += 1
        if _matters(reader, event):
            try:
                DECODER.raw_decode(text, at)
            except ValueError:
                where = json_text.position(text, at, name)
                raise InputError("a key stands twice or a number is none in this event", where) from None
            document = Document(event, f"event {number} of {name}")
            for request in _requests(reader, event, document.name):
                reader.add(request, document)
        step = _NEXT.match(text, end)
        if step is None:
            raise InputError("expected a comma or ] after an event", json_text.position(text, end, name))
        at = step.end() if step[1] == "," else step.start(1)


def _matters(reader: Reader, event: Any) -> bool:
    return (
        isinstance(event, Mapping)
        and str(event.get("eventSource", "")).startswith("sagemaker")
        and isinstance(event.get("eventName"), str)
        and event["eventName"] in reader.names.inputs
    )


def found(reader: Reader, document: Document) -> Iterator[Found]:
    """The requests of a document that holds events.

    Raises:
        InputError: it holds none.
    """
    events = list(_events(document.value))
    if not events:
        from .text import whole

        raise InputError("no CloudTrail event; an event has eventSource and eventName", whole(document.where()))
    for number, event in enumerate(events, 1):
        label = f"event {number} of {document.name}" if len(events) > 1 else document.name
        yield from _requests(reader, event, label)
        if isinstance(event, Mapping) and not _matters(reader, event) and len(events) == 1:
            name = event.get("eventName")
            reader.notice("note", label, f"{name} passes no role to SageMaker, as far as is known here")


def _events(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif isinstance(value, Mapping):
        if isinstance(value.get("Records"), list):
            yield from value["Records"]
        elif isinstance(value.get("Events"), list):
            for item in value["Events"]:
                text = item.get("CloudTrailEvent") if isinstance(item, Mapping) else None
                if isinstance(text, str):
                    yield from json_text.parse(text, f"CloudTrailEvent {item.get('EventId', '')}".strip())
        elif isinstance(value.get("detail"), Mapping):
            yield value["detail"]
        elif "eventName" in value:
            yield value


def _requests(reader: Reader, event: Any, label: str) -> Iterator[Found]:
    if not _matters(reader, event):
        return
    parameters = event.get("requestParameters")
    if event.get("omitted") is True or (isinstance(parameters, Mapping) and parameters.get("omitted") is True):
        reader.notice("problem", label, "CloudTrail left the request's members out because they are too large")
        parameters = None
    facts = {
        name: value
        for name, key in (("Region", "awsRegion"), ("Account", "recipientAccountId"))
        if isinstance(value := event.get(key), str) and value
    }
    members = parameters if isinstance(parameters, Mapping) and parameters else None
    yield Found(event["eventName"], members, _STYLE, ("requestParameters",), label, facts)
