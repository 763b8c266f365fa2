"""Released versions never change: their archives have the listed digests, and no listed entry is lost or edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ...canonical import quoted
from ...errors.problems import Position, Problem
from .. import archives
from ..changes.built import BuiltError, commit_of, git
from .verifying import Listed, is_as_released, listed_versions, released_versions, same_release, verify_archive

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
        if name not in here and _is_in_git(root, archive := archives.place(Path(place), name).as_posix())
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


def _is_in_git(root: Path, place: str) -> bool:
    """Whether git knows an archive; it does not know what a release left that did not come to its end."""
    return bool(git(root, "ls-files", "--", place, check=False).stdout)


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
