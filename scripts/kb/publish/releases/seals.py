"""Released versions never change: their archives have the listed digests, and no listed entry is lost or edited."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sagemaker_roles.canonical import canonical, quoted
from sagemaker_roles.errors.problems import Position, Problem

from .. import archives
from ..changes.built_version import BuiltError, commit_of, git

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


# --- the rule -----------------------------------------------------------------------------------------------------

RULE = "sealed"


def problems(root: Path, place: str = "build/v1", bases: Sequence[str] = ()) -> list[Problem]:
    """A problem for each release that is not as it was released.

    The archives are compared with the digests in versions.json, its entries with those of the last commit,
    and of ``bases`` and all tags of versions if there are any; the rest of the file follows from its entries.

    Args:
        place: folder of all versions, below it.
        bases: git revisions whose releases must be here unchanged, such as the branch that a change goes to.

    Raises:
        BuiltError: a base is no revision, or git fails.
    """
    builds = root / place
    file = f"{place}/versions.json"
    try:
        content = (builds / "versions.json").read_bytes() if (builds / "versions.json").exists() else None
        listed = listed_versions(content)
    except (OSError, ValueError) as error:
        return [Problem(Position(file), RULE, f"cannot be read: {error}; restore it with git")]
    broken = []
    if content is not None and not is_as_released(content, listed):
        message = "is not as a release writes it: schema_version and latest follow from the first entry"
        broken.append(Problem(Position(file), RULE, f"{message}; restore it with git"))
    for entry in listed:
        for line in verify_archive(builds, entry):
            path, _, message = line.removeprefix(f"{builds}/").partition(": ")
            broken.append(Problem(Position(f"{place}/{path}"), RULE, f"{message}; restore it with git"))
    here = {entry["version"]: entry for entry in listed}
    broken += [
        Problem(Position(archive), RULE, "versions.json does not list this version; remove the archive")
        for name in released_versions(builds)
        if name not in here
        # Git does not know what a release left that did not come to its end.
        and git(root, "ls-files", "--", archive := archives.place(Path(place), name).as_posix(), check=False).stdout
    ]
    for name, entries in _elsewhere(root, file, bases):
        for entry in entries:
            version = entry["version"]
            if version not in here:
                broken.append(
                    Problem(Position(file), RULE, f"lacks version {version}, which {name} lists; put it back")
                )
            elif not same_release(here[version], entry):
                broken.append(
                    Problem(Position(file), RULE, f"the entry of version {version} differs from {name}; restore it")
                )
    return list(dict.fromkeys(broken))


def listed_at(root: Path, file: str) -> list[Listed]:
    """The entries of a versions.json in a commit (``<commit>:<path>``); none where it is not there, or is none."""
    done = git(root, "cat-file", "blob", file, check=False)
    try:
        return listed_versions(done.stdout) if done.returncode == 0 else []
    except ValueError:
        return []  # what is wrong there is reported there


def _elsewhere(root: Path, file: str, bases: Sequence[str]) -> Iterator[tuple[str, Iterable[Listed]]]:
    """What the last commit, the bases and the tags list."""
    try:
        git(root, "rev-parse", "--git-dir")
    except BuiltError:
        if bases:
            raise
        return  # no repository, as in a source distribution
    names = ["HEAD", *bases]
    if bases:
        names += git(root, "tag", "--list", "v[0-9]*").stdout.decode("utf-8", "replace").split()
    for name in names:
        if name in bases and not commit_of(name, root):
            raise BuiltError(f"{quoted(name)} is not a git revision here; fetch it first")
        yield name, listed_at(root, f"{name}:./{file}")
