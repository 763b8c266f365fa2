"""From bytes to text: what a user's file, folder or pipe holds, within bounds, whatever its encoding."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError as InputError
from ..problems import Position

#: No input may be larger, packed or unpacked.
MAX_BYTES = 64 << 20

#: Files of a folder that are read; others are passed over.
SUFFIXES = (".json", ".yaml", ".yml", ".template", ".json.gz", ".gz")

_CHUNK = 1 << 20


def whole(name: str) -> Position:
    """The position that stands for a whole input."""
    return Position(name, 0, 0)


@dataclass(frozen=True, slots=True)
class Source:
    """One input, as bytes not yet unpacked.

    Attributes:
        name: what messages call it: the path as given, or ``-``.
    """

    name: str
    raw: bytes


def sources(name: str) -> Iterator[Source]:
    """Reads what the user named: a file, every file of a folder (sorted, with its sub-folders), or ``-``.

    Raises:
        InputError: it does not exist, cannot be read, is too large, or the folder holds nothing to read.
    """
    if name == "-":
        if sys.stdin is None:
            raise InputError("standard input is closed; give a file", whole("-"))
        yield Source("-", _bounded(sys.stdin.buffer.read(MAX_BYTES + 1), "-"))
        return
    path = Path(name)
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError) as error:
        raise InputError(_reason(error), whole(name)) from None
    if not is_folder:
        yield Source(name, _read(path, name))
        return
    found = False
    for file in sorted(item for item in path.rglob("*") if item.name.endswith(SUFFIXES)):
        # CloudTrail keeps signed digests of its log files in a folder beside them.
        if "CloudTrail-Digest" in file.parts or not file.is_file():
            continue
        found = True
        yield Source(str(file), _read(file, str(file)))
    if not found:
        raise InputError(f"the folder holds no file to read ({', '.join(SUFFIXES)})", whole(name))


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as handle:
            return _bounded(handle.read(MAX_BYTES + 1), name)
    except (OSError, ValueError) as error:
        raise InputError(_reason(error), whole(name)) from None


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    return f"cannot be read: {(isinstance(error, OSError) and error.strerror) or error}"


def _bounded(raw: bytes, name: str) -> bytes:
    if len(raw) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES >> 20} MiB; give a smaller file", whole(name))
    return raw


def unpacked(source: Source) -> bytes:
    """The bytes of a source, unpacked if they are gzip.

    Raises:
        InputError: broken gzip, or more than ``MAX_BYTES`` when unpacked.
    """
    raw = source.raw
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    parts: list[bytes] = []
    size = 0
    # A gzip file may consist of several members, one after the other.
    while raw:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            while not unpacker.eof:
                part = unpacker.decompress(raw, _CHUNK)
                raw = unpacker.unconsumed_tail
                if not part and not raw and not unpacker.eof:
                    raise InputError("the gzip data ends too early; fetch the file again", whole(source.name))
                size += len(part)
                if size > MAX_BYTES:
                    message = f"unpacks to more than {MAX_BYTES >> 20} MiB; give a smaller file"
                    raise InputError(message, whole(source.name))
                parts.append(part)
        except zlib.error:
            raise InputError("broken gzip data; fetch the file again", whole(source.name)) from None
        raw = unpacker.unused_data.lstrip(b"\0")
        if raw and not raw.startswith(b"\x1f\x8b"):
            raise InputError("something that is not gzip follows the gzip data", whole(source.name))
    return b"".join(parts)


_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def decoded(raw: bytes, name: str) -> str:
    """Text from bytes: UTF-8, or UTF-16 and UTF-32 where a byte order mark or the zero bytes tell them.

    Raises:
        InputError: bytes that no such encoding gives, with line and column.
    """
    encoding, skip = "utf-8", 0
    for mark, found in _MARKS:
        if raw.startswith(mark):
            encoding, skip = found, len(mark)
            break
    else:
        # JSON and YAML begin with an ASCII character, so the place of the zeros tells the encoding.
        zeros = tuple(byte == 0 for byte in raw[:4])
        if zeros[:2] == (False, True):
            encoding = "utf-32-le" if zeros[2:] == (True, True) else "utf-16-le"
        elif zeros[:2] == (True, False):
            encoding = "utf-16-be"
        elif zeros == (True, True, True, False):
            encoding = "utf-32-be"
    try:
        return raw[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        before = raw[skip : skip + error.start].decode(encoding, "replace")
        at = Position(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        raise InputError(f"not {encoding.upper()} text; save the file as UTF-8", at) from None
