"""Writes generated pages and copies artifacts into the docs folder, touching only files whose bytes change."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import containers, corrections, indexes, machine, managed, pass_role, proved, versions
from .operation import OperationPage
from .published import Published


@dataclass(frozen=True, slots=True)
class Site:
    """Where the site's parts are.

    Attributes:
        versions: folder of all artifact versions (``build/v1``).
        docs: folder of the site's Markdown.
        changelog: the project's changelog.
        version: the version that pages show.
        base: address of the site with a final slash, "" if it is not known.
        repository: address of the project on GitHub without a final slash, "" if it is not known.
    """

    versions: Path
    docs: Path
    changelog: Path
    version: str = "next"
    base: str = ""
    repository: str = ""


#: File below docs/reference to the function that writes it, and the title in the navigation.
_INDEXES: Mapping[str, tuple[Any, str]] = {
    "actions.md": (indexes.actions, "By action"),
    "condition-keys.md": (indexes.condition_keys, "By condition key"),
    "addons.md": (indexes.addons, "By add-on"),
    "trust.md": (indexes.trust, "By trust principal"),
    "pass-role.md": (pass_role.page, "Who passes a role"),
    "containers.md": (containers.page, "Containers"),
    "managed-policies.md": (managed.overview, "AWS managed policies"),
    "full-access.md": (managed.full_access, "AmazonSageMakerFullAccess"),
    "compared.md": (proved.compared, "Compared with others"),
    "mistakes.md": (corrections.mistakes, "Mistakes of AWS's page"),
    "sources.md": (indexes.sources, "Sources"),
}


def render(published: Published, site: Site) -> dict[str, str]:
    """All generated files: path below docs/reference to text."""
    pages = {
        "index.md": indexes.operations(published),
        "parts/operations.html": indexes.operations_table(published),
        "parts/composer.html": indexes.composer(published),
    }
    if site.changelog.is_file():
        pages["changelog.md"] = versions.changelog(published, site.changelog.read_text("utf-8"))
    pages["versions.md"] = versions.versions(published)
    pages.update(versions.redirects(published))
    for name in published.names:
        change = f"{site.repository}/edit/main/data/operations/{name}.yaml" if site.repository else ""
        pages[f"{name}.md"] = OperationPage(published, name, change).markdown()
    for path, (make, _) in _INDEXES.items():
        pages[path] = make(published)
    return pages


def write(site: Site) -> int:
    """Brings docs/reference and docs/v1 up to date.

    Args:
        site: where the site's parts are.

    Returns:
        How many files changed.

    Raises:
        FileNotFoundError: the artifacts were not built.
        OSError: a file cannot be written.
    """
    published = Published(site.versions, site.version)
    pages = {path: text.encode("utf-8") for path, text in render(published, site).items()}
    changed = _sync(site.docs / "reference", pages)
    changed += _put(site.docs / "llms.txt", machine.llms_txt(published, site.base).encode("utf-8"))
    files = {
        path.relative_to(site.versions).as_posix(): path
        for path in sorted(site.versions.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(site.versions).parts)
    }
    return changed + _sync(site.docs / "v1", files)


def _sync(folder: Path, files: Mapping[str, bytes | Path]) -> int:
    """Makes a folder hold exactly these files; a file that is right already keeps its time of change."""
    changed = 0
    for path, content in files.items():
        changed += _put(folder / path, content)
    if folder.is_dir():
        for found in sorted(folder.rglob("*"), reverse=True):
            if found.is_dir():
                if not any(found.iterdir()):
                    found.rmdir()
            elif found.relative_to(folder).as_posix() not in files:
                found.unlink()
                changed += 1
    return changed


def _put(target: Path, content: bytes | Path) -> int:
    """Writes a file, or copies one, if its bytes differ; tells whether they did as 0 or 1."""
    if isinstance(content, Path):
        if target.is_file() and target.stat().st_size == content.stat().st_size:
            content = content.read_bytes()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(content, target)
            return 1
    if target.is_file() and target.read_bytes() == content:
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return 1


def navigation(published: Published) -> list[Any]:
    """The generated part of the site's navigation: operations, then indexes."""
    return [
        {
            "Operations": [
                "reference/index.md",
                *({name: f"reference/{name}.md"} for name in published.names),
            ]
        },
        {"Indexes": [{title: f"reference/{path}"} for path, (_, title) in _INDEXES.items()]},
    ]
