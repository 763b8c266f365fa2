"""What inflates and parses: the standard library's; the one place where faster libraries of an extra would be used."""

from __future__ import annotations

import zlib
from typing import Any

from ..inputs.json_text import DECODER

#: The error that inflating raises.
InflateError = zlib.error


def inflater() -> Any:
    """A decompressor of one gzip member, with the interface of ``zlib.decompressobj``."""
    return zlib.decompressobj(wbits=31)


def parse(text: str) -> Any:
    """One JSON value; duplicate keys and numbers that JSON does not have are refused.

    Raises:
        ValueError: it is not one JSON value.
        RecursionError: it is nested too deep.
    """
    return DECODER.decode(text)
