"""Where the tool may write: a new or empty folder, or one of which a manifest says that the tool wrote it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from ..canonical import quoted
from ..catalog import ACTIONS

MANIFEST = "manifest.json"

#: What was measured. It and the file of each operation that reviewers read are committed; every build makes the rest.
PROOF = "proof.json"
OPERATIONS = "operations/"
SUMS = "SHA256SUMS"

#: Folder for what a long run needs until its output is whole, and the file in it that says whose it is.
WORK = ".sagemaker-roles.work"
JOB = "job.json"

#: Reads which files of a folder the tool wrote (paths with forward slashes); None if nothing says that it wrote any.
Own = Callable[[Path], "set[str] | None"]

#: Bytes that are read at a time: more than most files have.
_CHUNK = 1 << 16

#: The file of an operation that reviewers read.
_REVIEWED = re.compile(rf"{OPERATIONS}[^/]+\.json")

#: The files of a compiled catalog that are of no operation; those of versions up to 3.1.1 had a review.json.
_COMPILED = ("index", "actions", "late", "audit", "calls", "code", "managed", "messages", "readers", "lines", "review")

_SUM = re.compile(r"[0-9a-f]{64}  (sagemaker[_-]roles-[A-Za-z0-9._+-]+)")


def is_committed(path: str) -> bool:
    """Whether a file of ``next`` is committed: what a reviewer reads. Every build makes the rest."""
    return path == PROOF or is_reviewed(path)


def is_reviewed(path: str) -> bool:
    """Whether a file has the policies of one operation for reviewers; it is in a checkout only, and in no manifest."""
    return _REVIEWED.fullmatch(path) is not None


class RefusedError(RuntimeError):
    """The tool may not write there; the text says why, and what to do."""


def absolute(path: Path) -> Path:
    """A path from the root. A link at its end stays one, links before are followed."""
    return path.resolve() if path.name in ("", "..") else path.parent.resolve() / path.name


def refuse_folder(folder: Path, own: Own, writes: Collection[str] | None = None) -> None:
    """Refuses a folder that the tool may not replace.

    Args:
        folder: where to write.
        own: reads which of the files in it the tool wrote.
        writes: the files that the folder will contain. Those may be there already, as after a merge. None if they are
            not known yet: other files are then not looked for.

    Raises:
        RefusedError: it is a link, a file, a device, part of a built version, or contains a link or what the tool did
            not write.
        OSError: it cannot be read.
    """
    for parent in folder.parents:
        if manifest_of(parent) is not None or of_clone(parent) is not None:
            raise RefusedError(f"{folder}: is inside {parent}, a built version; name a folder outside")
    if folder.is_symlink():
        raise RefusedError(f"{folder}: is a link; name the folder itself")
    if folder.exists() and not folder.is_dir():
        raise RefusedError(f"{folder}: is {_kind(folder)}, not a folder; name a new or empty folder")
    if not folder.exists() or not any(folder.iterdir()):
        return
    known = own(folder)
    if known is None:
        raise RefusedError(
            f"{folder}: is not empty, and nothing in it says that sagemaker-roles wrote it; name a new or empty folder"
        )
    if writes is None:
        return
    there = entries(folder)
    _refuse_links(folder, there)
    if foreign := sorted(set(there) - known - set(writes)):
        raise RefusedError(
            f"{folder}: contains {quoted(foreign[0])}, which sagemaker-roles did not write; move it or "
            "name a new folder"
        )


def _refuse_links(folder: Path, there: Mapping[str, os.DirEntry[str]]) -> None:
    """Refuses links in a folder: whatever a manifest says, what they lead to is not in it."""
    for path, entry in there.items():
        if entry.is_symlink():
            raise RefusedError(f"{folder / path}: is a link, which is not followed; remove it")


def refuse_way(file: Path, within: Path | None) -> None:
    """Refuses a file that a link leads to.

    Args:
        within: a folder above the file, from which on no folder may be a link; None if any may.

    Raises:
        RefusedError: a folder is a link.
    """
    for folder in file.parents if within in file.parents else ():
        if folder == within:
            break
        if folder.is_symlink():
            raise RefusedError(f"{folder}: is a link, which is not followed; replace it by the folder itself")


def refuse_file(file: Path, within: Path | None = None) -> None:
    """Refuses a file that the tool may not replace.

    Args:
        within: as for :func:`refuse_way`.

    Raises:
        RefusedError: it is a link, a folder or a device, or in a folder that is a link.
    """
    refuse_way(file, within)
    if file.is_symlink():
        raise RefusedError(f"{file}: is a link; replace it by the file {file.readlink()}")
    if file.exists() and not file.is_file():
        raise RefusedError(f"{file}: is {_kind(file)}, not a file; move it away")


def refuse_site(folder: Path) -> None:
    """Refuses a folder that is not the site of this project, as a site tool built it.

    Raises:
        RefusedError: it is a link, contains one, or lacks the compiled catalog or a page beside it.
    """
    if folder.is_symlink():
        raise RefusedError(f"{folder}: is a link; name the folder itself")
    if not (folder / "compiled" / "finder.json").is_file() or not (folder / "index.html").is_file():
        raise RefusedError(
            f"{folder}: nothing in it says that it is the site of sagemaker-roles; name the folder of the built site"
        )
    _refuse_links(folder, entries(folder))


def entries(folder: Path) -> dict[str, os.DirEntry[str]]:
    """Everything in a folder that is no folder itself, links to folders too, by its path with forward slashes."""
    by_path: dict[str, os.DirEntry[str]] = {}
    folders = [("", str(folder))]
    for begin, place in folders:
        with os.scandir(place) as listed:
            for entry in listed:
                if entry.is_dir(follow_symlinks=False):
                    folders.append((f"{begin}{entry.name}/", entry.path))
                else:
                    by_path[f"{begin}{entry.name}"] = entry
    return by_path


def read(path: str) -> bytes:
    """A file's bytes. There are thousands, so no path objects and no buffers."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return b"".join(iter(lambda: os.read(descriptor, _CHUNK), b""))
    finally:
        os.close(descriptor)


def _kind(path: Path) -> str:
    return "a folder" if path.is_dir() else "a file" if path.is_file() else "a device"


# --- what says that the tool wrote it --------------------------------------------------------------------------------


def of_next(folder: Path) -> set[str] | None:
    """Own files of ``next``: those that its manifest lists, those that are committed, and the actions of AWS.

    Raises:
        RefusedError: it is a released version.
    """
    manifest, committed = manifest_of(folder), of_clone(folder)
    if manifest is None:
        return committed
    if manifest["data_version"] != "next":
        raise RefusedError(
            f"{folder}: is version {manifest['data_version']}, which never changes; name a new or empty folder"
        )
    return {MANIFEST, ACTIONS, *(str(item["path"]) for item in manifest["files"])} | (committed or set())


def of_clone(folder: Path) -> set[str] | None:
    """Own files of ``next`` as it is committed, without a manifest."""
    proof = _mapping(folder / PROOF) or {}
    if proof.get("data_version") != "next" or "operations" not in proof:
        return None
    reviewed = (file for file in folder.glob(f"{OPERATIONS}*.json") if "roles" in (_mapping(file) or ()))
    return {PROOF, *(f"{OPERATIONS}{file.name}" for file in reviewed)}


def of_schemas(folder: Path) -> set[str] | None:
    """Own files of a folder of JSON Schemas: the schemas in it."""
    return {file.name for file in folder.glob("*.schema.json") if "$schema" in (_mapping(file) or ())} or None


def of_compiled(folder: Path) -> set[str] | None:
    """Own files of a folder with a compiled catalog: those of the operations that its index lists."""
    index = _mapping(folder / "index.json") or {}
    if not {"operations", "shapes", "handled_by"} <= index.keys():
        return None
    return {f"{name}.json" for name in (*_COMPILED, *index["operations"], *index["shapes"]["inputs"])}


def of_distribution(folder: Path) -> set[str] | None:
    """Own files of a folder with a distribution: those that SHA256SUMS lists."""
    try:
        matches = [_SUM.fullmatch(line) for line in (folder / SUMS).read_text("ascii").splitlines()]
    except (OSError, ValueError):
        return None
    return {SUMS, *(item[1] for item in matches if item)} if matches and all(matches) else None


def of_fleet(folder: Path) -> set[str] | None:
    """Own files of the answers for a fleet: those that its manifest lists, and what an interrupted run left."""
    own: set[str] = set()
    manifest, work = _mapping(folder / MANIFEST) or {}, folder / WORK
    if manifest.get("kind") == "fleet" and isinstance(manifest.get("files"), list):
        own = {MANIFEST, *(str(item.get("path")) for item in manifest["files"] if isinstance(item, dict))}
    if not work.is_dir() or work.is_symlink():
        return own or None
    left = entries(work)
    # A run that is killed at its very beginning leaves no more than an empty folder, or a hidden file.
    if (_mapping(work / JOB) or {}).get("kind") == "fleet" or all(name.startswith(".sagemaker") for name in left):
        return own | {f"{WORK}/{name}" for name in left}
    return own or None


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """The manifest of a built version; None where there is none, or none that the tool wrote."""
    manifest = _mapping(folder / MANIFEST) or {}
    if not {"schema_version", "data_version", "reference", "files"} <= manifest.keys():
        return None
    listed = manifest["files"]
    is_list = isinstance(listed, list) and all(
        isinstance(item, dict) and isinstance(item.get("path"), str) and {"sha256", "size"} <= set(item)
        for item in listed
    )
    return manifest if is_list else None


def _mapping(file: Path) -> dict[str, Any] | None:
    """A file's JSON; None if it is a link, missing or something else."""
    try:
        value = None if file.is_symlink() or not file.is_file() else json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
