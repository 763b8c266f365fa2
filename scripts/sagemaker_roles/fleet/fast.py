"""What inflates and parses: the standard library's; isal of the extra `fleet` inflates where it is installed."""

from __future__ import annotations

import contextlib
import zlib
from importlib.util import find_spec
from typing import Any

from ..inputs.json_text import DECODER

_library: Any = zlib
with contextlib.suppress(ImportError):
    from isal import isal_zlib as _library

#: The error that inflating raises.
InflateError: type[Exception] = _library.error


def inflater() -> Any:
    """A decompressor of one gzip member, with the interface of ``zlib.decompressobj``."""
    return _library.decompressobj(wbits=31)


def has_parquet() -> bool:
    """Whether Parquet can be read and written: pyarrow of the extra `fleet` is installed."""
    return find_spec("pyarrow") is not None


def parse(text: str) -> Any:
    """One JSON value; duplicate keys and numbers that JSON does not have are refused.

    Raises:
        ValueError: it is not one JSON value.
        RecursionError: it is nested too deep.
    """
    return DECODER.decode(text)
