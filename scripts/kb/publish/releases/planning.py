"""Works out the next release from what is committed, and puts it in place.

The same commit gives the same plan, so that a killed run can go on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.errors.problems import DataError
from sagemaker_roles.files import ownership, writing
from sagemaker_roles.outputs.operation_json import SCHEMA_VERSION

from ...aws.reference import Reference
from .. import archives, artifacts, proof
from ..built_folders import is_committed
from ..changes.built_version import Built, BuiltError, commit_of, from_files, from_path, git
from ..changes.comparison import Comparison, compare
from ..changes.grants import expansion
from . import changelog
from .retired_ids import unnamed
from .seals import VERSION, Listed, listed_at, listed_versions, number, released_versions, verify_archive

CHANGELOG = "CHANGELOG.md"

#: Lines of one error at most.
_MOST = 6


class ReleaseError(RuntimeError):
    """There can be no release; the text says why and what to do."""


@dataclass(frozen=True)
class ReleasePlan:
    """A release, ready to be written.

    Attributes:
        root: the project's folder.
        builds: folder of all versions.
        version: what the new version is called; the last one's name if nothing changed.
        comparison: the difference to the last version.
        files: the version's files; empty if nothing changed.
        entry: what versions.json says of it besides the digest of its archive.
        listed: the entries of the versions before.
        changelog: bytes of CHANGELOG.md.
        left: names of unlisted versions whose archives a killed run left.
    """

    root: Path
    builds: Path
    version: str
    comparison: Comparison
    files: dict[str, bytes] = field(repr=False)
    entry: Listed
    listed: tuple[Listed, ...]
    changelog: bytes = field(repr=False)
    left: tuple[str, ...] = ()

    @cached_property
    def archive(self) -> bytes:
        """Bytes of the archive, which take seconds to make."""
        return archives.packed(self.files)

    @cached_property
    def versions(self) -> bytes:
        """Bytes of versions.json."""
        entry = {**self.entry, "archive_sha256": hashlib.sha256(self.archive).hexdigest()}
        listed = [entry, *self.listed]
        return canonical({"schema_version": SCHEMA_VERSION, "latest": self.version, "versions": listed})

    @property
    def written(self) -> bool:
        """Whether all of it is in place already."""
        is_there = archives.place(self.builds, self.version).is_file()
        return bool(self.files) and not self.left and is_there and all(map(self.holds, self.targets))

    @property
    def targets(self) -> dict[Path, bytes]:
        """The files that are written, in this order."""
        return {
            archives.place(self.builds, self.version): self.archive,
            self.builds / "versions.json": self.versions,
            self.root / CHANGELOG: self.changelog,
        }

    def holds(self, file: Path) -> bool:
        """Whether one of these files is in place."""
        try:
            return file.read_bytes() == self.targets[file]
        except OSError:
            return False


def plan(root: Path, builds: Path, catalog: Catalog, reference: Reference, schemas: Mapping[str, bytes]) -> ReleasePlan:
    """Plans the next release.

    Args:
        root: the project's folder, in a git repository.
        builds: folder of all versions below it, ``build/v1``.
        catalog: the catalog of the records, without problems.
        schemas: the JSON Schemas of the artifacts, by file name.

    Raises:
        ReleaseError: something forbids a release.
        BuiltError: git fails, or a released version cannot be read.
    """
    git(root, "rev-parse", "--show-prefix")  # tells what is wrong with the repository, if anything
    commit = commit_of("HEAD", root)
    if not commit:
        raise ReleaseError(f"{root} has no commit yet; a release is made from one")
    place = builds.relative_to(root).as_posix()
    try:
        listed = listed_versions(_committed(root, commit, f"{place}/versions.json"))
    except ValueError as error:
        raise ReleaseError(f"the committed {place}/{error}") from None
    if problems := [problem for entry in listed for problem in verify_archive(builds, entry)]:
        raise ReleaseError(_list("released versions never change; put back what was released", problems))
    _refuse_downgrade(root, place, listed)

    try:
        measured = proof.read(builds / "next")
    except DataError as error:
        raise ReleaseError(str(error)) from None
    rendered = dict(artifacts.render(catalog, reference, measured=measured, for_review=True))
    behind = artifacts.difference(rendered.items(), builds / "next", compared=is_committed)
    behind += artifacts.difference(schemas.items(), builds / "schema")
    if behind:
        raise ReleaseError(f"{place} is not what the data gives; run `make build` and commit the result")
    if old_figures := [*proof.stale(measured, json.loads(rendered["manifest.json"]))]:
        raise ReleaseError(_list("what was measured is not of these policies", old_figures))
    last = listed[0]["version"] if listed else ""
    old = from_path(archives.place(builds, last), last) if last else None
    comparison = compare(old, from_files("next", rendered), expansion(reference.actions))
    seconds = int(git(root, "show", "-s", "--format=%ct", commit).stdout)
    date = datetime.fromtimestamp(seconds, UTC).date().isoformat()
    if old:
        _refuse_older(old, listed[0], date, reference)
        if missing := unnamed(comparison):
            raise ReleaseError(_list(f"IDs of {last} were removed; name each in data/shared/moved.yaml", missing))

    version = comparison.next_version(last) if last else "1.0.0"
    files: dict[str, bytes] = {}
    entry: Listed = {}
    log = _committed(root, commit, CHANGELOG) or b""
    if comparison.bump != "none":
        changes = {
            "changes.json": canonical(comparison.to_json(end=version)),
            "changes.md": changelog.changes(comparison, version).encode(),
        }
        files = dict(artifacts.render(catalog, reference, version, changes, measured))
        entry = {
            "version": version,
            "date": date,
            "commit": commit,
            "schema_version": SCHEMA_VERSION,
            "manifest_sha256": hashlib.sha256(files["manifest.json"]).hexdigest(),
        }
        log = changelog.with_section(
            log.decode("utf-8", "replace"), changelog.section(comparison, version, date)
        ).encode("utf-8")
    left = _left_over(root, builds, listed, version if files else "")
    planned = ReleasePlan(
        root=root,
        builds=builds,
        version=version,
        comparison=comparison,
        files=files,
        entry=entry,
        listed=tuple(listed),
        changelog=log,
        left=left,
    )
    _refuse_dirty(planned, place)
    return planned


def _committed(root: Path, commit: str, path: str) -> bytes | None:
    """A file's bytes in a commit, None if it is not there."""
    done = git(root, "cat-file", "blob", f"{commit}:./{path}", check=False)
    return done.stdout if done.returncode == 0 else None


def _list(message: str, lines: Sequence[str]) -> str:
    shown = [*lines[:_MOST], *([f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else [])]
    return "\n  ".join([f"{message}:", *shown])


# --- what forbids a release ---------------------------------------------------------------------------------------


def _refuse_downgrade(root: Path, place: str, listed: Sequence[Listed]) -> None:
    """Refuses if a branch or tag knows a newer version than this branch, or another one of the same name."""
    here = {entry["version"]: entry["manifest_sha256"] for entry in listed}
    last = number(listed[0]["version"]) if listed else (0,)
    for version, digest, ref in _elsewhere(root, place):
        if version not in here and number(version) > last:
            raise ReleaseError(
                f"{ref} has version {version}, which this branch lacks; merge it first, so that versions follow "
                "one another"
            )
        if digest and here.get(version, digest) != digest:
            raise ReleaseError(f"{ref} has another version {version} than this branch; only one of them can be right")


def _elsewhere(root: Path, place: str) -> Iterator[tuple[str, str, str]]:
    """Versions that branches and tags know: version, digest of its manifest or "", and name of the branch or tag."""
    top = git(root, "rev-parse", "--show-prefix").stdout.decode().strip()
    refs = git(root, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/remotes", "refs/tags")
    seen: set[str] = set()
    for line in refs.stdout.decode("utf-8", "replace").splitlines():
        commit, _, ref = line.partition(" ")
        name = ref.split("/", 2)[-1]
        tagged = re.fullmatch(r"v?(\d+\.\d+\.\d+)", name)
        if ref.startswith("refs/tags/") and tagged and VERSION.fullmatch(tagged[1]):
            yield tagged[1], "", f"the tag {name}"
        if commit in seen:
            continue
        seen.add(commit)
        kind = "tag" if ref.startswith("refs/tags/") else "branch"
        for entry in listed_at(root, f"{commit}:{top}{place}/versions.json"):
            yield entry["version"], entry["manifest_sha256"], f"the {kind} {name}"


def _refuse_older(old: Built, entry: Listed, date: str, reference: Reference) -> None:
    """Refuses to release what is older than the last release: the commit, or AWS's data."""
    if date < entry["date"]:
        raise ReleaseError(
            f"this commit is of {date}, and {old.name} was released from one of {entry['date']}; "
            "release from a newer commit"
        )
    for name, before in old.json("manifest.json").get("reference", {}).items():
        now = reference.versions.get(name, "0")
        if number(now) < number(before):
            raise ReleaseError(f"{old.name} was checked against {name} {before}, and here is {now}, which is older")


def _left_over(root: Path, builds: Path, listed: Sequence[Listed], planned: str) -> tuple[str, ...]:
    """Versions whose archives were never listed or committed: what killed runs left.

    Raises:
        ReleaseError: one of them is committed, or was not made by a release.
    """
    known = {entry["version"] for entry in listed} | {planned}
    left = []
    for name in released_versions(builds):
        if name in known and name != planned:
            continue
        archive = archives.place(builds, name)
        if git(root, "ls-files", "--", str(archive)).stdout:
            raise ReleaseError(f"{archive} is committed, and versions.json does not list {name}; put the entry back")
        if name == planned:
            continue
        try:
            if from_path(archive).json("manifest.json").get("data_version") != name:
                raise BuiltError
        except (AttributeError, BuiltError):
            raise ReleaseError(f"{archive} was made by no release; move it away") from None
        left.append(name)
    return tuple(left)


def _refuse_dirty(plan: ReleasePlan, place: str) -> None:
    """Refuses if anything is not committed, other than this very release, written in part."""
    prefix = git(plan.root, "rev-parse", "--show-prefix").stdout.decode().strip()
    names = (*plan.left, *([plan.version] if plan.files else []))
    own = {archives.place(Path(place), name).as_posix() for name in names}
    status = git(plan.root, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames").stdout
    dirty = []
    for line in filter(None, status.decode("utf-8", "surrogateescape").split("\0")):
        path = line[3:].removeprefix(prefix)
        is_written = plan.files and path in (f"{place}/versions.json", CHANGELOG) and plan.holds(plan.root / path)
        if path not in own and not is_written:
            dirty.append(path.encode("utf-8", "replace").decode())
    if dirty:
        raise ReleaseError(_list("commit or put back these first; a release is made from a commit", dirty))


def write(plan: ReleasePlan) -> None:
    """Writes a release: the archive first, then versions.json, then the changelog, each in one step.

    Whatever moment it is killed at, a run from the same commit completes it. All that needs room is written first.

    Args:
        plan: a plan with files; the folder of all versions must be locked.

    Raises:
        RefusedError: a link, or something that no release wrote, is in the way.
        OSError: no room, no right to write. What is in place is whole.
    """
    for file in plan.targets:
        ownership.refuse_file(file, plan.builds)
    writing.sweep_files(plan.builds)
    for name in plan.left:
        writing.discard(archives.place(plan.builds, name))
    writing.replace_files(plan.targets, plan.builds)
