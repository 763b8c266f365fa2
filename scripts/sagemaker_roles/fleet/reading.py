"""From a file to the SageMaker events in it, in constant memory: a filter on the bytes first, then JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..inputs import cloudtrail, json_text
from ..inputs.interfaces import Context, mappings
from ..inputs.json_text import MAX_DEPTH
from ..inputs.reading import documents
from ..inputs.text import MAX_BYTES, Source, decoded, unpacked, whole
from . import fast
from .inflating import inflated

#: No event may be longer; those of CloudTrail are far shorter, since it omits parameters that are too large.
_MAX_EVENT = 16 << 20

#: How a log begins whose events can be told apart without parsing, as CloudTrail writes it.
_HEAD = re.compile(rb'\s*\{"Records":\[(?=\{"eventVersion":)')
#: Between two logs that were joined, one after the other.
_JOINT = re.compile(rb'(?<=\})\s*\]\s*\}\s*\{"Records":\[(?=\{"eventVersion":)')
_END = re.compile(rb"\s*\]\s*\}\s*\Z")

#: Between two events. Inside a string it cannot be, because there a quotation mark has a backslash before it.
_BETWEEN = b'},{"eventVersion":'

#: What an event of SageMaker has: its source in plain letters, or letters written as escapes.
_SOURCES = (b'"eventSource":"sagemaker', b"\\u00")
_NAME = re.compile(rb'"eventName":"(\w*)"')

#: Everything but what gives JSON its structure.
_REST = bytes(set(range(256)) - set(b'{}[]"'))
_STRING = re.compile(rb'"[^"]*"')


class _OtherForm(Exception):
    """The file is not a log in the form that CloudTrail writes; it has to be parsed as a whole."""


@dataclass(slots=True)
class Tally:
    """What was read of a file.

    Attributes:
        events: number of events.
        size: bytes of the file, inflated.
    """

    events: int = 0
    size: int = 0


def events(context: Context, name: str, tally: Tally, drop: Callable[[], None]) -> Iterator[Any]:
    """The events of a file that may be SageMaker's, parsed.

    Args:
        context: what says which operations matter.
        name: path of the file.
        tally: counts what is read.
        drop: called if the file has to be read anew, in another way: what was given until then does not count.

    Raises:
        InputError: it is damaged, or not what CloudTrail writes.
        OSError: it cannot be read.
    """
    try:
        yield from _log(name, tally, context.names.inputs)
    except _OtherForm:
        tally.events = tally.size = 0
        drop()
        yield from _any(context, name, tally)


# --- logs, as CloudTrail writes them -------------------------------------------------------------------------


def _log(name: str, tally: Tally, operations: Mapping[str, Any]) -> Iterator[Any]:
    rest, is_first = b"", True
    for chunk in inflated(name):
        tally.size += len(chunk)
        block, start = rest + chunk if rest else chunk, 0
        if is_first:
            if len(block) < len(_BETWEEN) * 4:
                rest = block
                continue
            if (head := _HEAD.match(block)) is None:
                raise _OtherForm
            start, is_first = head.end(), False
        cut = block.rfind(_BETWEEN, start)
        if cut < 0:
            if len(block) > _MAX_EVENT:
                raise InputError(f"an event is longer than {_MAX_EVENT >> 20} MiB", whole(name))
            rest = block[start:]
            continue
        rest = block[cut + 2 :]
        yield from _block(block, start, cut + 1, name, tally, operations)
    if is_first or (end := _END.search(rest)) is None:
        raise _OtherForm
    yield from _block(rest, 0, end.start(), name, tally, operations)


def _block(
    block: bytes, start: int, stop: int, name: str, tally: Tally, operations: Mapping[str, Any]
) -> Iterator[Any]:
    """The events that may matter of the whole events between two places, one after the other."""
    places = [block.find(source, start, stop) for source in _SOURCES]
    while hits := [place for place in places if place >= 0]:
        begin = block.rfind(_BETWEEN, start, min(hits))
        begin = start if begin < 0 else begin + 2
        end = block.find(_BETWEEN, min(hits), stop)
        end = stop if end < 0 else end + 1
        event = block[begin:end]
        if any(operation in operations for operation in _names(event)):
            if begin > start:
                _skip(block[start : begin - 1], tally)
            for one in _JOINT.split(event) if b'"Records":[{' in event else (event,):
                if any(operation in operations for operation in _names(one)):
                    tally.events += 1
                    yield _parsed(one, name)
                else:
                    _skip(one, tally)
            start = end + 1
        places = [
            place if place < 0 or place >= end else block.find(source, end, stop)
            for place, source in zip(places, _SOURCES, strict=True)
        ]
    if start < stop:
        _skip(block[start:stop], tally)


def _names(event: bytes) -> set[str]:
    if b"\\u00" in event:
        event = re.sub(rb"\\u00([2-7][0-9a-fA-F])", lambda name: bytes([int(name[1], 16)]), event)
    return {name.decode("ascii", "replace") for name in _NAME.findall(event)}


def _parsed(event: bytes, name: str) -> Any:
    try:
        value = fast.parse(event.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _OtherForm from None
    is_deep = event.count(b"{") + event.count(b"[") + 2 > MAX_DEPTH
    if is_deep and json_text.depth(value) + 2 > MAX_DEPTH:
        raise InputError(f"nested deeper than {MAX_DEPTH} levels", whole(name))
    return value


def _skip(run: bytes, tally: Tally) -> None:
    """Passes over events that do not matter, and makes sure that they end where they seem to end.

    A request may itself have a list of things that look like events; those must never be taken for events. So what
    is passed over must be balanced: then what follows it is as deep as what it began with.

    Raises:
        _OtherForm: they do not end there, or are not in the form that CloudTrail writes.
    """
    count, sources = run.count(_BETWEEN) + 1, run.count(b'"eventSource":"')
    if sources != count:
        count += len(_JOINT.findall(run))
    if sources < count:
        raise _OtherForm
    if b"\\" in run:
        run = run.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Two quotation marks in a row go together without a change to what is inside a string and what is not.
    marks = _STRING.sub(b"", run.translate(None, _REST).replace(b'""', b""))
    if b'"' in marks or marks.count(b"{") != marks.count(b"}") or marks.count(b"[") != marks.count(b"]"):
        raise _OtherForm
    tally.events += count


# --- everything else -----------------------------------------------------------------------------------------


def _any(context: Context, name: str, tally: Tally) -> Iterator[Any]:
    """The events of a file in any form, of at most 64 MiB.

    Raises:
        InputError: it has none, is too large, or damaged.
    """
    with Path(name).open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        message = f"larger than {MAX_BYTES >> 20} MiB, and not in the form in which CloudTrail delivers logs"
        raise InputError(message, whole(name))
    raw = unpacked(Source(name, raw))
    tally.size = len(raw)
    if not raw.strip():
        raise InputError("empty; fetch the file again", whole(name))
    if cloudtrail.is_log(raw):
        before = context.reading.read
        for _, document in cloudtrail.stream(context, raw, name):
            context.reading.notices.clear()
            yield from document.value["Records"].values()
        tally.events = context.reading.read - before
        return
    text = decoded(raw, name)
    if not text.lstrip().startswith(("{", "[")):
        yield from _query(text, name, tally)
        return
    known = False
    # As JSON, whatever it is called; YAML is no log.
    for document in documents(f"{name}.json", text):
        value = document.value
        if isinstance(value, Mapping) and "digestStartTime" in value:
            known = True
            continue
        rows = [*_rows(value, name)]
        events = rows or [event for event, _ in cloudtrail.events(value)]
        known = known or bool(events) or (isinstance(value, Mapping) and isinstance(value.get("Records"), list))
        tally.events += len(events)
        yield from events
    if not known:
        raise InputError("no CloudTrail event is in it", whole(name))


def _rows(value: Any, name: str) -> Iterator[Any]:
    """The events of what ``get-query-results`` of CloudTrail Lake gives, where the query selects ``eventJson``."""
    rows = value.get("QueryResultRows") if isinstance(value, Mapping) else None
    for row in rows if isinstance(rows, list) else ():
        columns = {key.lower(): item for cell in mappings(row) for key, item in cell.items()}
        yield _column(columns, name)


def _query(text: str, name: str, tally: Tally) -> Iterator[Any]:
    """The events of results of CloudTrail Lake saved as CSV, where the query selects ``eventJson``."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [item.strip().lower() for item in next(lines)]
        if "eventjson" not in header:
            raise InputError(
                "no CloudTrail event is in it; a query of CloudTrail Lake must select eventJson", whole(name)
            )
        for line in lines:
            if line:
                tally.events += 1
                yield _column(dict(zip(header, line, strict=False)), name)
    except (csv.Error, StopIteration) as error:
        raise InputError(f"not CSV: {error}", whole(name)) from None


def _column(columns: Mapping[str, Any], name: str) -> Any:
    text = columns.get("eventjson")
    if not isinstance(text, str):
        raise InputError("a row has no eventJson; the query of CloudTrail Lake must select it", whole(name))
    (value,) = json_text.parse(text, name)
    return value
