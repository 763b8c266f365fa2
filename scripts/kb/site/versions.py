"""Prepares what tells of versions: the changelog, the list of versions, pages that lead from old ids to new."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sagemaker_roles.catalog import ACTIONS
from sagemaker_roles.files import ownership, writing

from ..publish import archives
from ..publish.changes import rendering
from ..publish.releases.seals import released_versions
from . import templates
from .published import Published

#: How many versions the site serves file by file, the newest ones. Each is 15 MB, and a site on GitHub Pages is 1 GB at
#: most; of older ones it serves the archive, half a megabyte.
UNPACKED = 40

#: Most lines of one section of a version's changes; changes.json has all.
_LINES = 60
#: Most lines of one section of a version's changes to one operation.
_FEW = 8


def changelog(published: Published, text: str) -> str:
    """The changelog, then every released version's changes to permissions in full.

    Args:
        text: CHANGELOG.md.
    """
    body = text.partition("\n")[2] if text.startswith("# ") else text
    return templates.page("changelog.md.j2", body=body.strip(), changes=history(published, "", _LINES))


def history(published: Published, name: str, most: int = _FEW) -> list[dict[str, Any]]:
    """What each release changed for an operation, or for all, the newest first; those without changes are left out.

    Args:
        most: lines of a section.
    """
    entries = []
    for entry in published.released:
        version, since = entry["version"], published.changes(entry["version"])
        changes = [change for change in since["changes"] if name in ("", change["operation"])]
        if since["from"] is not None and changes:  # the first version changes nothing
            text = rendering.markdown(changes, most, f"`v1/{version}/changes.json`", bold=True)
            about = {"version": version, "date": entry["date"], "since": since["from"]}
            entries.append({**about, "number": len(changes), "text": text})
    return entries


def redirects(published: Published) -> dict[str, str]:
    """A small page at the address of each operation that is gone: path below docs/reference to HTML."""
    return {
        f"{name}/index.html": templates.page("moved.html.j2", name=name, to=item["to"], why=item["why"])
        for name, item in published.index.get("moved", {}).items()
        if "/" not in name and name not in published.names
    }


def refuse_site(folder: Path) -> None:
    """Refuse a folder that is not the site of this project, as a site tool built it.

    Raises:
        RefusedError: it is a link, contains one, or lacks the compiled catalog or a page beside it.
    """
    if folder.is_symlink():
        raise ownership.RefusedError(f"{folder}: is a link; name the folder itself")
    if not (folder / "compiled" / "finder.json").is_file() or not (folder / "index.html").is_file():
        raise ownership.RefusedError(
            f"{folder}: nothing in it says that it is the site of sagemaker-roles; name the folder of the built site"
        )
    ownership.refuse_links(folder)


def add_versions(versions: Path, folder: Path) -> None:
    """Unpacks the released versions into a built site, to the addresses of their files, and adds their archives.

    The actions of AWS are there once for all versions that have the same.

    Args:
        versions: folder of all artifact versions.
        folder: the built site.

    Raises:
        ArchiveError: an archive is none.
        RefusedError: a link is in the way.
        OSError: a file cannot be read or written.
    """
    names = released_versions(versions)
    packed = folder / "v1" / archives.RELEASES
    ownership.refuse_way(packed, folder)
    if not packed.exists():
        sealed = (archives.place(versions, name) for name in names)
        writing.new_folder(packed, {file.name: file.read_bytes() for file in sealed})
    for name in names[-UNPACKED:]:
        target = folder / "v1" / name
        ownership.refuse_way(target, folder)
        if not target.exists():
            files = archives.files(archives.place(versions, name))
            if (actions := files.pop(ACTIONS, None)) is not None:
                shared = folder / "v1" / "actions" / f"{hashlib.sha256(actions).hexdigest()}.json"
                if not shared.exists():
                    writing.replace_file(shared, actions, folder)
            writing.new_folder(target, files)
