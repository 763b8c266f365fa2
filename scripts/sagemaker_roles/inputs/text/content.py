"""From bytes to text: what a user's file, folder or pipe holds, within bounds, whatever its encoding."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from json import detect_encoding
from typing import Any, BinaryIO, NamedTuple

from ...errors import InputError as InputError
from ...errors import Position
from .. import terraform_files

#: No input may be larger, packed or unpacked.
MAX_BYTES = 64 << 20

#: Files of a folder that are read; others are passed over.
SUFFIXES = (".json", ".yaml", ".yml", ".template", ".json.gz", ".gz")

#: Folders that have nothing of the user's own.
NOT_OWN = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})

#: Bytes at a time: they are gone over several times, which is faster where the processor's own memory holds them.
_CHUNK = 1 << 15

_GZIP = b"\x1f\x8b"

_UNPACK = "unpack it, and give the file or folder"
_READ = "give the JSON or YAML that it is about"

#: What files that are no text begin with, where, what they are called, and what to do.
_NOT_TEXT = (
    (
        b"PK\x03\x04",
        0,
        "a ZIP archive",
        f"{_UNPACK} (of a Terraform plan file, give what `terraform show -json` prints)",
    ),
    (b"ustar", 257, "a tar archive", _UNPACK),
    (b"BZh", 0, "a bzip2 file", _UNPACK),
    (b"\xfd7zXZ\0", 0, "an xz file", _UNPACK),
    (b"\x28\xb5\x2f\xfd", 0, "a Zstandard file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive", _UNPACK),
    (b"PAR1", 0, "a Parquet file", "give the events or requests as JSON"),
    (b"SQLite format 3\0", 0, "an SQLite database", _READ),
    (b"%PDF-", 0, "a PDF document", _READ),
    (b"\x89PNG\r\n", 0, "a picture", _READ),
    (b"\xff\xd8\xff", 0, "a picture", _READ),
    (b"GIF8", 0, "a picture", _READ),
    (b"\x7fELF", 0, "a program", _READ),
)


def text_beside(name: str, other: str) -> str | None:
    """The text of a file below the folder of another; None if there is none, or it leads elsewhere."""
    root = os.path.join(os.path.realpath(os.path.dirname(name) or os.curdir), "")
    path = os.path.realpath(os.path.join(root, other))
    if not path.startswith(root) or not os.path.isfile(path):
        return None
    return decoded(unpacked(next(iter(sources(path)))), path)


def whole(name: str) -> Position:
    """The position that stands for a whole input."""
    return Position(name, 0, 0)


class Source(NamedTuple):
    """One input, as bytes not yet unpacked.

    Attributes:
        name: what messages call it: the path as given, or ``-``.
        in_folder: whether it was found in a folder, where other files may be too.
    """

    name: str
    raw: bytes
    in_folder: bool = False


class CodeFile(NamedTuple):
    """A file of code.

    Attributes:
        name: what messages call it.
        path: its path below what the user named, with which modules import one another.
        raw: what it holds.
    """

    name: str
    path: str
    raw: bytes


def sources(name: str, suffixes: tuple[str, ...] = SUFFIXES, *, own: bool = False) -> Iterator[Source]:
    """Reads what the user named: a file, every file of a folder (sorted, with its sub-folders), or ``-``.

    Args:
        suffixes: how the names of the files of a folder end that are read.
        own: pass over hidden folders and those of tools and of other people's packages.

    Raises:
        InputError: it does not exist, cannot be read, is too large, or the folder holds nothing to read.
    """
    if not name:
        raise InputError("an empty name; give a file, a folder, or - for standard input", whole("--request"))
    if name == "-":
        try:
            yield Source("-", _bounded(sys.stdin.buffer.read(MAX_BYTES + 1), "-"))
        except (AttributeError, OSError, ValueError):
            raise InputError("standard input is closed; give a file", whole("-")) from None
        return
    is_folder = os.path.isdir(name)
    # A file of Terraform means nothing without the others of its folder.
    folder = name if is_folder else os.path.dirname(name) or "." if name.endswith(".tf") else ""
    gathered = terraform_files.of_folder(folder) if folder else None
    if gathered is not None:
        yield Source(folder, gathered[0])
    if not is_folder:
        if gathered is None:
            yield Source(name, _read(name))
        return
    from pathlib import Path  # a single file needs none of it

    is_any, read = gathered is not None, gathered[1] if gathered is not None else set()
    for file in sorted(item for item in Path(name).rglob("*") if item.name.endswith(suffixes)):
        # CloudTrail keeps signed digests of its log files in a folder beside them.
        is_hidden = any(one.startswith(".") for one in file.relative_to(name).parts)
        if gathered is not None and (is_hidden or file.name.endswith((".tar.gz", ".tgz"))):
            continue  # workflows and settings of the repository, and what the configuration deploys
        if "CloudTrail-Digest" in file.parts or os.path.normpath(file) in read or not file.is_file():
            continue
        if own and any(one in NOT_OWN or one.startswith(".") for one in file.relative_to(name).parts[:-1]):
            continue
        is_any = True
        yield Source(str(file), _read(str(file)), in_folder=True)
    if not is_any:
        raise InputError(f"the folder has no file to read ({', '.join(suffixes)})", whole(name))


def _read(name: str) -> bytes:
    try:
        with open(name, "rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(unread(error), whole(name)) from None
    return _bounded(raw, name)


def unread(error: Exception) -> str:
    """Why a file cannot be read, in words."""
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
        InputError: an archive, broken gzip, or more than ``MAX_BYTES`` when unpacked.
    """
    raw = _gunzipped(source) if source.raw.startswith(_GZIP) else source.raw
    for begins, at, kind, remedy in _NOT_TEXT:
        if raw.startswith(begins, at):
            raise InputError(f"{kind} is not read; {remedy}", whole(source.name))
    return raw


def _gunzipped(source: Source) -> bytes:
    """The bytes of all members of a gzip file, one after the other."""
    import io  # few inputs are packed

    parts: list[bytes] = []
    size = 0
    for part in inflated(io.BytesIO(source.raw), source.name):
        size += len(part)
        if size > MAX_BYTES:
            message = f"unpacks to more than {MAX_BYTES >> 20} MiB; give a smaller file"
            raise InputError(message, whole(source.name))
        parts.append(part)
    return b"".join(parts)


def inflated(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """The bytes of a stream, inflated if they are gzip, some at a time, however much a member holds.

    Raises:
        InputError: broken gzip data.
    """
    packed = stream.read(_CHUNK)
    if not packed.startswith(_GZIP):
        while packed:
            yield packed
            packed = stream.read(_CHUNK)
        return
    zlib: Any = import_module("isal.isal_zlib" if find_spec("isal") else "zlib")  # of the extra `fleet`, and faster
    while packed:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            while not unpacker.eof:
                if not packed and not (packed := stream.read(_CHUNK)):
                    raise InputError("the gzip data ends too early; fetch the file again", whole(name))
                yield unpacker.decompress(packed, _CHUNK)
                packed = unpacker.unconsumed_tail
        except zlib.error:
            raise InputError("broken gzip data; fetch the file again", whole(name)) from None
        packed = unpacker.unused_data or stream.read(_CHUNK)
        while packed and not (packed := packed.lstrip(b"\0")):
            packed = stream.read(_CHUNK)
        packed += stream.read(1) if len(packed) == 1 else b""
        if packed and not packed.startswith(_GZIP):
            raise InputError("something that is not gzip follows the gzip data", whole(name))


def decoded(raw: bytes, name: str) -> str:
    """Text from bytes: UTF-8, or UTF-16 and UTF-32 where a byte order mark or the zero bytes tell them.

    Raises:
        InputError: bytes that no such encoding gives, with line and column.
    """
    # JSON and YAML begin with an ASCII character, so the place of the zeros tells the encoding.
    encoding = detect_encoding(raw)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding)
        at = Position(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        raise InputError(f"not {error.encoding.upper()} text; save the file as UTF-8", at) from None
