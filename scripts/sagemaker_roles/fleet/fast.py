"""What inflates and parses: isal and msgspec of the extra `fleet`, or the standard library where they are missing."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Container, Iterator
from typing import Any

from ..inputs.json_text import DECODER

_library: Any = zlib
with contextlib.suppress(ImportError):
    from isal import isal_zlib as _library

_msgspec: Any = None
with contextlib.suppress(ImportError):
    import msgspec as _msgspec

if _msgspec is not None:
    _head = _msgspec.defstruct("_head", [("eventSource", str, ""), ("eventName", str, "")], gc=False)
    _heads = _msgspec.json.Decoder(list[_head])  # type: ignore[valid-type]
    _raws = _msgspec.json.Decoder(list[_msgspec.Raw])

#: The error that inflating raises.
InflateError: type[Exception] = _library.error


def inflater() -> Any:
    """A decompressor of one gzip member, with the interface of ``zlib.decompressobj``."""
    return _library.decompressobj(wbits=31)


def parse(text: str) -> Any:
    """One JSON value; duplicate keys and numbers that JSON does not have are refused.

    Raises:
        ValueError: it is not one JSON value.
        RecursionError: it is nested too deep.
    """
    return DECODER.decode(text)


#: Reads fast and lets duplicate keys pass.
_JSON = json.JSONDecoder()


def texts(array: bytes, source: str | tuple[str, ...], names: Container[str]) -> tuple[int, list[bytes]]:
    """How many events a JSON list has, and the texts of those that matter.

    Args:
        array: the list, without blanks between the events.
        source: how the ``eventSource`` of those that matter begins; one of several.
        names: each ``eventName`` that matters.

    Raises:
        ValueError: it is not a list of events.
        RecursionError: it is nested too deep.
    """
    if _msgspec is not None:
        # What msgspec refuses, such as half a character, the standard library may take.
        with contextlib.suppress(_msgspec.MsgspecError, RecursionError):
            heads = _heads.decode(array)
            places = [
                place
                for place, head in enumerate(heads)
                if head.eventName in names and head.eventSource.startswith(source)
            ]
            # Only now all texts: most lists have no event that matters.
            raw = _raws.decode(array) if places else ()
            return len(heads), [bytes(raw[place]) for place in places]
    count, wanted = 0, []
    for event, text in _of_json(array.decode("utf-8")):
        count += 1
        service, name = event.get("eventSource"), event.get("eventName")
        if isinstance(service, str) and service.startswith(source) and isinstance(name, str) and name in names:
            wanted.append(text.encode("utf-8"))
    return count, wanted


def _of_json(array: str) -> Iterator[tuple[dict[str, Any], str]]:
    at = 1
    while True:
        event, end = _JSON.raw_decode(array, at)
        if not isinstance(event, dict):
            raise ValueError("not an event")
        yield event, array[at:end]
        if array[end] == "]" and end + 1 == len(array):
            return
        if array[end] != ",":
            raise ValueError("no comma after an event")
        at = end + 1
