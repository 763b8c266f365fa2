"""From a log file to the events in it that matter, in constant memory: a filter on the bytes first, then JSON."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...catalog.operation_names import api_name
from ...errors import InputError
from ..reader import ReadingContext, mappings
from ..reading import documents
from ..text import json_document
from ..text.content import MAX_BYTES, Source, decoded, inflated, unpacked, whole
from ..text.json_document import DECODER, MAX_DEPTH
from . import cloudtrail

_msgspec: Any = None
with contextlib.suppress(ImportError):  # of the extra `fleet`; without it files are read as a whole
    import msgspec as _msgspec

if _msgspec is not None:
    _head = _msgspec.defstruct("_head", [("eventSource", str, ""), ("eventName", str, "")], gc=False)
    _heads = _msgspec.json.Decoder(list[_head])  # type: ignore[valid-type]
    _raws = _msgspec.json.Decoder(list[_msgspec.Raw])

#: No event may be longer; those of CloudTrail are far shorter, since it omits parameters that are too large.
_MAX_EVENT = 16 << 20

#: How a log begins whose events can be told apart without parsing, as CloudTrail writes it.
_HEAD = re.compile(rb'\s*\{"Records":\[(?=\{"eventVersion":)')
#: Between two logs that were joined, one after the other. Within a log, nothing but this is like it.
_JOINT = re.compile(rb'\}\]\s*\}\s*\{"Records":\[(?=\{"eventVersion":)')
_END = re.compile(rb"\s*\]\s*\}\s*\Z")

#: Between two events. Inside a string it cannot be, because there a quotation mark has a backslash before it.
_BETWEEN = b'},{"eventVersion":'

#: How the source of the events begins that are wanted, and their names; None if all are.
_Wanted = tuple[tuple[str, ...], Container[str]] | None


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


def events(
    context: ReadingContext, name: str, tally: Tally, drop: Callable[[], None], *, every: bool = False
) -> Iterator[Any]:
    """The events of a file that may be SageMaker's, parsed.

    Args:
        name: path of the file.
        tally: counts what is read.
        drop: called if the file has to be read anew, in another way: what was given until then does not count.
        every: whether events of all services and operations are wanted, not only those of operations with a record.

    Raises:
        InputError: it is damaged, or not what CloudTrail writes.
        OSError: it cannot be read.
    """
    names = {api_name(one) for one in context.names.inputs}
    try:
        yield from _log(name, tally, None if every else (context.catalog.event_sources, names))
    except _OtherForm:
        tally.events = tally.size = 0
        drop()
        yield from _any(context, name, tally, every)


# --- logs, as CloudTrail writes them -------------------------------------------------------------------------


def _log(name: str, tally: Tally, wanted: _Wanted) -> Iterator[Any]:
    if _msgspec is None:
        raise _OtherForm
    rest, is_first = b"", True
    with Path(name).open("rb") as stream:
        for chunk in inflated(stream, name):
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
            yield from _block(block[start : cut + 1], name, tally, wanted)
    if is_first or (end := _END.search(rest)) is None:
        raise _OtherForm
    yield from _block(rest[: end.start()], name, tally, wanted)


def _block(block: bytes, name: str, tally: Tally, wanted: _Wanted) -> Iterator[Any]:
    """The events that may matter of some events, one after the other.

    They are whole if they are JSON; then what follows them is as deep as what they begin with. So what only looks like
    an event, in the parameters of another, is never taken for one.

    Raises:
        _OtherForm: they are not whole.
    """
    source, names = wanted or ((), ())
    array = b"[%b]" % block
    try:
        heads = _heads.decode(array)
        places = [
            place
            for place, head in enumerate(heads)
            if wanted is None or (head.eventName in names and head.eventSource.startswith(source))
        ]
        # Only now all texts: most lists have no event that matters.
        raw = _raws.decode(array) if places else ()
    except (_msgspec.MsgspecError, RecursionError):
        start = 0
        for joint in _JOINT.finditer(block):
            yield from _block(block[start : joint.start() + 1], name, tally, wanted)
            start = joint.end()
        if not start:
            raise _OtherForm from None
        yield from _block(block[start:], name, tally, wanted)
        return
    tally.events += len(heads)
    for place in places:
        yield _parsed(bytes(raw[place]), name)


def _parsed(event: bytes, name: str) -> Any:
    try:
        value = DECODER.decode(event.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _OtherForm from None
    is_deep = event.count(b"{") + event.count(b"[") + 2 > MAX_DEPTH
    if is_deep and json_document.depth(value) + 2 > MAX_DEPTH:
        raise InputError(f"nested deeper than {MAX_DEPTH} levels", whole(name))
    return value


# --- everything else -----------------------------------------------------------------------------------------


def _any(context: ReadingContext, name: str, tally: Tally, every: bool) -> Iterator[Any]:
    """The events of a file in any form, of at most 64 MiB; of other services too if every one is wanted.

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
    if cloudtrail.is_log(raw) and not every:
        before = context.reading.read
        yield from (at.value for at in cloudtrail.stream(context, raw, name))
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
        events = rows or [at.value for at in cloudtrail.events(document)]
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
    (document,) = json_document.parse(text, name)
    return document.value
