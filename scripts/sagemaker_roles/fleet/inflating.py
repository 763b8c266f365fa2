"""The bytes of a file, inflated if they are gzip, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from ..inputs.text import whole
from . import fast

#: Bytes at a time: they are gone over several times, which is faster where the processor's own memory holds them.
_CHUNK = 1 << 15


def inflated(name: str) -> Iterator[bytes]:
    """A file's bytes, inflated if they are gzip, some at a time, however much a member holds.

    Raises:
        InputError: broken gzip data.
    """
    with Path(name).open("rb") as stream:
        packed = stream.read(_CHUNK)
        if not packed.startswith(b"\x1f\x8b"):
            while packed:
                yield packed
                packed = stream.read(_CHUNK)
            return
        while packed:
            unpacker = fast.inflater()
            try:
                while not unpacker.eof:
                    if not packed and not (packed := stream.read(_CHUNK)):
                        raise InputError("the gzip data ends too early; fetch the file again", whole(name))
                    yield unpacker.decompress(packed, _CHUNK)
                    packed = unpacker.unconsumed_tail
            except fast.InflateError:
                raise InputError("broken gzip data; fetch the file again", whole(name)) from None
            packed = unpacker.unused_data or stream.read(_CHUNK)
            while packed and not (packed := packed.lstrip(b"\0")):
                packed = stream.read(_CHUNK)
            if packed and not (packed + stream.read(1 if len(packed) < 2 else 0)).startswith(b"\x1f\x8b"):
                raise InputError("something that is not gzip follows the gzip data", whole(name))
