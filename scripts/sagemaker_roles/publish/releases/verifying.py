"""Recomputes the digests of all released folders: nothing tampered with, nothing missing, nothing besides."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...canonical import canonical, quoted
from ..changes.built import BuiltError, git
from ..places import entries, manifest_of, read

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


def unlike_released(content: bytes, listed: Sequence[Listed]) -> list[str]:
    """What is not as a release writes it in a versions.json besides its entries; every other byte follows from them.

    Args:
        content: the file's bytes.
        listed: its entries, as :func:`listed_versions` gives them.
    """
    if not listed:
        return ["lists no version"]
    newest = listed[0]
    expected = {"schema_version": newest.get("schema_version"), "latest": newest["version"], "versions": list(listed)}
    if content == canonical(expected):
        return []
    there = json.loads(content)
    unlike = [
        f"{key} is not {quoted(expected[key])}"
        for key in ("schema_version", "latest")
        if there.get(key) != expected[key]
    ]
    unlike += [f"a release writes no key {quoted(key)}" for key in there if key not in expected]
    return unlike or ["is written otherwise than a release writes it, though it says the same"]


def released_folders(builds: Path) -> list[str]:
    """Names of the folders that are named like a version, oldest first."""
    names = [path.name for path in builds.iterdir() if path.is_dir() and VERSION.fullmatch(path.name)]
    return sorted(names, key=number)


def verify(builds: Path) -> list[str]:
    """Everything wrong with the released folders, one line each.

    Args:
        builds: folder of all versions, ``build/v1``.
    """
    file = builds / "versions.json"
    try:
        content = file.read_bytes() if file.exists() else None
        listed = listed_versions(content)
    except (OSError, ValueError) as error:
        return [f"{file}: {error}"]
    problems = [problem for entry in listed for problem in verify_folder(builds / entry["version"], entry)]
    known = {entry["version"] for entry in listed}
    for name in released_folders(builds) if builds.is_dir() else []:
        if name not in known:
            problems.append(f"{builds / name}: versions.json does not list this version")
    return problems + [
        f"{file}: {message}" for message in (unlike_released(content, listed) if content is not None else ())
    ]


def verify_folder(folder: Path, entry: Listed) -> list[str]:
    """Everything wrong with one released folder, one line each.

    Args:
        folder: the version's folder.
        entry: what versions.json says of it.
    """
    if folder.is_symlink():
        return [f"{folder}: is a link, not the folder that was released"]
    if not folder.is_dir():
        return [f"{folder}: versions.json lists this version, and its folder is missing"]
    manifest = folder / "manifest.json"
    try:
        content = manifest.read_bytes()
    except OSError as error:
        return [f"{manifest}: cannot be read: {error.strerror}"]
    if hashlib.sha256(content).hexdigest() != entry["manifest_sha256"]:
        return [f"{manifest}: is not the file that was released; its digest differs from the one in versions.json"]
    listed = manifest_of(folder)
    if listed is None:
        return [f"{manifest}: has the digest in versions.json, but is not a manifest"]
    problems = []
    left = entries(folder)
    executable = [file.path for file in left.values() if _is_executable(file)]
    left.pop("manifest.json", None)
    for item in listed["files"]:
        file = left.pop(item["path"], None)
        if file is None:
            problems.append(f"{folder / item['path']}: is missing; the manifest lists it")
        elif not file.is_file(follow_symlinks=False) or hashlib.sha256(read(file.path)).hexdigest() != item["sha256"]:
            problems.append(
                f"{file.path}: is not the file that was released; its digest differs from the one in the manifest"
            )
    problems += [f"{folder / path}: was not released; the manifest does not list it" for path in sorted(left)]
    if executable and _has_modes(folder):
        problems += [f"{path}: is executable, which no released file is" for path in sorted(executable)]
    return problems


def _is_executable(file: os.DirEntry[str]) -> bool:
    """Whether the mode of a file lets anyone run it: git keeps that, and no digest shows it."""
    return os.name != "nt" and not file.is_symlink() and bool(file.stat(follow_symlinks=False).st_mode & 0o111)


def _has_modes(folder: Path) -> bool:
    """Whether files there have modes of their own; git knows of the file systems on which all are executable."""
    try:
        return git(folder, "config", "--type=bool", "core.fileMode", check=False).stdout.strip() != b"false"
    except BuiltError:
        return True
