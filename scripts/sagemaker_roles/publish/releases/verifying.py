"""Recomputes the digests of all released archives: nothing tampered with, nothing missing, nothing besides."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...canonical import canonical
from .. import archives

VERSION = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")

#: An entry of versions.json.
Listed = Mapping[str, Any]


def number(version: str) -> tuple[int, ...]:
    """A version as numbers, to compare by."""
    return tuple(int(part) for part in version.split("."))


def listed_versions(content: bytes | None) -> list[Listed]:
    """The entries of a versions.json; none if there is no file.

    Raises:
        ValueError: it is not a versions.json.
    """
    if content is None:
        return []
    try:
        entries = json.loads(content)["versions"]
        versions = [entry["version"] for entry in entries]
        for entry in entries:
            if not VERSION.fullmatch(entry["version"]) or not isinstance(entry["manifest_sha256"], str):
                raise ValueError("an entry has no version or no digest")
            if not isinstance(entry["date"], str):
                raise ValueError("an entry has no date")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"versions.json is not what a release writes ({error})") from None
    if versions != sorted(set(versions), key=number, reverse=True):
        raise ValueError("versions.json does not list each version once, newest first")
    return list(entries)


def is_as_released(content: bytes, listed: Sequence[Listed]) -> bool:
    """Whether a versions.json is as a release writes it: every byte follows from its entries.

    Args:
        listed: its entries, as :func:`listed_versions` gives them.
    """
    if not listed:
        return False
    head = {"schema_version": listed[0].get("schema_version"), "latest": listed[0]["version"]}
    return content == canonical({**head, "versions": list(listed)})


def released_versions(builds: Path) -> list[str]:
    """The versions of which there is an archive, oldest first."""
    names = [path.name.removesuffix(archives.SUFFIX) for path in builds.glob(f"{archives.RELEASES}/*{archives.SUFFIX}")]
    return sorted(filter(VERSION.fullmatch, names), key=number)


def verify_archive(builds: Path, entry: Listed) -> list[str]:
    """What is wrong with one released archive, if anything.

    Args:
        builds: folder of all versions.
        entry: what versions.json says of it.
    """
    archive = archives.place(builds, entry["version"])
    if archive.is_symlink():
        return [f"{archive}: is a link, not the archive that was released"]
    try:
        content = archive.read_bytes()
    except FileNotFoundError:
        return [f"{archive}: versions.json lists this version, and its archive is missing"]
    except OSError as error:
        return [f"{archive}: cannot be read: {error.strerror}"]
    if hashlib.sha256(content).hexdigest() != entry.get("archive_sha256"):
        return [f"{archive}: is not the archive that was released; its digest differs from the one in versions.json"]
    return []


def same_release(one: Listed, other: Listed) -> bool:
    """Whether two entries are of the same release; before there were archives, entries had no digest of theirs."""
    return all(one[key] == other[key] for key in one.keys() & other.keys()) and (
        one.keys() ^ other.keys() <= {"archive_sha256"}
    )
