"""A released version as one archive, with the same bytes wherever it is made; and the files of a version.

The build of a wheel imports this module where no library is installed.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import posixpath
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: Folder of the archives, below that of all versions, and how their names end.
RELEASES = "releases"
SUFFIX = ".tar.xz"

#: Most members, bytes of one, and bytes of an archive, packed and inflated: about ten times what the largest release
#: has (3,789 members, 3.6 MB, 1.1 MB and 24 MB).
MAX_MEMBERS = 40_000
MAX_MEMBER = 32 << 20
MAX_PACKED = 32 << 20
MAX_INFLATED = 256 << 20
#: Memory of the decompressor; what :func:`packed` writes takes 9 MiB.
_MAX_MEMORY = 64 << 20


class ArchiveError(ValueError):
    """A file is not an archive as a release writes it."""


def place(builds: Path, version: str) -> Path:
    """Where the archive of a version is.

    Args:
        builds: folder of all versions, ``build/v1``.
    """
    return builds / RELEASES / f"{version}{SUFFIX}"


def packed(files: Mapping[str, bytes]) -> bytes:
    """An archive of some files: in the order of their names, without owner, time, or a mode of their own.

    Args:
        files: path with forward slashes to bytes.
    """
    with io.BytesIO() as raw:
        with tarfile.TarFile(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for path in sorted(files):
                member = tarfile.TarInfo(path)
                member.size = len(files[path])
                archive.addfile(member, io.BytesIO(files[path]))
        return lzma.compress(raw.getvalue(), preset=6)


def file(version: Path, path: str) -> bytes:
    """One file of a version, which is an archive or a folder.

    Raises:
        OSError: it cannot be read; a FileNotFoundError if a folder does not have it.
        ArchiveError: the archive is none, or does not have it.
    """
    if version.is_dir():
        return (version / path).read_bytes()
    content = next((content for name, content in _members(version) if name == path), None)
    if content is None:
        raise ArchiveError(f"{version} has no {path}")
    return content


def files(version: Path) -> dict[str, bytes]:
    """The files of a version, which is an archive or a folder, by their paths with forward slashes.

    Raises:
        OSError: one cannot be read.
        ArchiveError: the archive is none.
    """
    if not version.is_dir():
        return dict(_members(version))
    return {item.relative_to(version).as_posix(): item.read_bytes() for item in version.rglob("*.json")}


def digests(builds: Path) -> dict[str, str]:
    """The digests of archives in versions.json by version; none if there is no such file.

    Raises:
        ArchiveError: it is not as a release writes it.
    """
    try:
        listed: Any = json.loads((builds / "versions.json").read_bytes())["versions"]
        return {entry["version"]: str(entry.get("archive_sha256")) for entry in listed}
    except FileNotFoundError:
        return {}
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise ArchiveError(f"{builds / 'versions.json'} is not what a release writes; restore it with git") from None


def _read(archive: Path) -> bytes:
    """The bytes of an archive, which are those that were released if versions.json lists it."""
    with archive.open("rb") as stream:
        content = stream.read(MAX_PACKED + 1)
    if len(content) > MAX_PACKED:
        raise ArchiveError(f"{archive} is larger than {MAX_PACKED >> 20} MiB, which no release is")
    listed = digests(archive.parents[1]) if archive.parent.name == RELEASES else {}
    digest = listed.get(archive.name.removesuffix(SUFFIX))
    if digest is not None and hashlib.sha256(content).hexdigest() != digest:
        raise ArchiveError(
            f"{archive} is not the archive that was released; its digest differs from the one in versions.json"
        )
    return content


class _Inflated(io.RawIOBase):
    """The inflated bytes of an archive, up to the limit.

    Args:
        archive: the file, for messages.
        content: its bytes.
    """

    def __init__(self, archive: Path, content: bytes) -> None:
        self._archive, self._left = archive, MAX_INFLATED
        self._content, self._unpacker = content, lzma.LZMADecompressor(lzma.FORMAT_XZ, _MAX_MEMORY)

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; none at the end."""
        inflated = b""
        while not inflated and not self._unpacker.eof:
            if not self._content and self._unpacker.needs_input:
                raise EOFError("it ends too early")
            inflated, self._content = self._unpacker.decompress(self._content, size), b""
        self._left -= len(inflated)
        if self._left < 0:
            raise ArchiveError(f"{self._archive} inflates to more than {MAX_INFLATED >> 20} MiB, which no release does")
        return inflated


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    names: set[str] = set()
    try:
        stream = _Inflated(archive, _read(archive))
        with tarfile.open(fileobj=stream, mode="r|") as opened:
            for member in opened:
                name = member.name
                # A sparse member is as large as its header says, whatever the archive has of it.
                is_file = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()
                if not is_file or name != posixpath.normpath(name) or name.startswith(("/", "..")) or "\\" in name:
                    raise ArchiveError(f"{archive} has {name}, which no release writes")
                if name in names:
                    raise ArchiveError(f"{archive} has {name} twice")
                names.add(name)
                if len(names) > MAX_MEMBERS:
                    raise ArchiveError(f"{archive} has more than {MAX_MEMBERS:,} files, which no release has")
                if member.size > MAX_MEMBER:
                    raise ArchiveError(f"{archive} has {name} of more than {MAX_MEMBER >> 20} MiB")
                content = opened.extractfile(member)
                yield name, content.read() if content else b""
        while stream.read(1 << 16):  # to the end, so that a cut archive is noticed
            pass
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise ArchiveError(f"{archive} is not an archive as a release writes it ({error})") from None
