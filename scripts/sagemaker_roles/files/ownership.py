"""Where the tool may write: a new or empty folder, or one that says that the tool wrote what is in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from ..canonical import quoted

#: The file in a folder of ours that lists its other files.
MANIFEST = "manifest.json"

#: Reads which files of a folder the tool wrote (paths with forward slashes); None if nothing says that it wrote any.
Own = Callable[[Path], "set[str] | None"]


class RefusedError(RuntimeError):
    """The tool may not write there; the text says why, and what to do."""


def absolute(path: Path) -> Path:
    """A path from the root. A link at its end stays one, links before are followed."""
    return path.resolve() if path.name in ("", "..") else path.parent.resolve() / path.name


def refuse_folder(folder: Path, own: Own, writes: Collection[str] | None = None) -> None:
    """Refuse a folder that the tool may not replace.

    Args:
        folder: where to write.
        own: reads which of the files in it the tool wrote.
        writes: the files that the folder will contain. Those may be there already, as after a merge. None if they are
            not known yet: other files are then not looked for.

    Raises:
        RefusedError: it is a link, a file, a device, inside a folder with a manifest of ours, or contains a link or
            what the tool did not write.
        OSError: it cannot be read.
    """
    for parent in folder.parents:
        if read_manifest(parent) is not None:
            raise RefusedError(f"{folder}: is inside {parent}, which sagemaker-roles wrote; name a folder outside")
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
    refuse_links(folder)
    if foreign := sorted(entries(folder).keys() - known - set(writes)):
        raise RefusedError(
            f"{folder}: contains {quoted(foreign[0])}, which sagemaker-roles did not write; move it or "
            "name a new folder"
        )


def refuse_links(folder: Path) -> None:
    """Refuse a folder with a link in it: whatever a manifest says, what the link leads to is not in the folder.

    Raises:
        RefusedError: it contains a link.
    """
    for path in entries(folder).values():
        if path.is_symlink():
            raise RefusedError(f"{path}: is a link, which is not followed; remove it")


def refuse_way(file: Path, within: Path | None) -> None:
    """Refuse a file that a link leads to.

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
    """Refuse a file that the tool may not replace.

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


def entries(folder: Path) -> dict[str, Path]:
    """Everything in a folder that is no folder itself, links to folders too, by its path with forward slashes."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {path.relative_to(folder).as_posix(): path for path in found}


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder that the tool wrote; None where there is none, or one of another tool."""
    manifest = read_object(folder / MANIFEST)
    listed = manifest.get("files")
    is_ours = isinstance(listed, list) and all(
        isinstance(item, dict) and isinstance(item.get("path"), str) and {"sha256", "size"} <= item.keys()
        for item in listed
    )
    return manifest if is_ours and "schema_version" in manifest else None


def listed_files(manifest: dict[str, Any]) -> set[str]:
    """The files of a folder with a manifest, and the manifest itself."""
    return {MANIFEST, *(item["path"] for item in manifest["files"])}


def read_object(file: Path) -> dict[str, Any]:
    """The object of a JSON file; an empty one if the file is a link, missing or something else."""
    try:
        value = {} if file.is_symlink() or not file.is_file() else json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _kind(path: Path) -> str:
    return "a folder" if path.is_dir() else "a file" if path.is_file() else "a device"
