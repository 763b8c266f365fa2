"""A released version as one archive, with the same bytes wherever it is made; and the files of a version.

The build of a wheel imports this module where no library is installed.
"""

from __future__ import annotations

import io
import lzma
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

#: Folder of the archives, below that of all versions, and how their names end.
RELEASES = "releases"
SUFFIX = ".tar.xz"


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


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(archive, mode="r|xz") as opened:
            for member in opened:
                content = opened.extractfile(member) if member.isreg() else None
                if content is None or member.name.startswith("/") or ".." in member.name.split("/"):
                    raise ArchiveError(f"{archive} has {member.name}, which no release writes")
                yield member.name, content.read()
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise ArchiveError(f"{archive} is not an archive as a release writes it ({error})") from None
