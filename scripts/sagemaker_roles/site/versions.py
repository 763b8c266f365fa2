"""Writes what tells of versions: the changelog, the list of versions, and pages that lead from old ids to new ones."""

from __future__ import annotations

from collections.abc import Iterator

from ..publish.changes import telling
from .published import Data, Published
from .text import anchor, code, esc, front_matter, md, table

#: Most lines of one section of a version's changes; changes.json has all.
_LINES = 60


def changelog(published: Published, text: str) -> str:
    """The changelog, then every released version's changes to permissions in full.

    Args:
        published: the artifacts.
        text: CHANGELOG.md.
    """
    body = text.partition("\n")[2] if text.startswith("# ") else text
    head = front_matter(
        {
            "title": "Changelog",
            "description": "Changes of the SageMaker role policies, version by version: what came, what went, what "
            "widened, what narrowed.",
        }
    )
    parts = [head, "# Changelog", "", body.strip(), ""]
    for entry in published.released:
        parts += _changes(entry["version"], published.changes(entry["version"]))
    parts += [
        "## Sources { #sources }",
        "",
        "The changes are computed from the published files of each version, which cite their sources. "
        "[All versions](versions.md).",
        "",
    ]
    return "\n".join(parts)


def _changes(version: str, changes: Data) -> Iterator[str]:
    """One version's changes, folded; nothing of the first one, which changes nothing."""
    if changes["from"] is None or not changes["changes"]:
        return
    yield f"## Permissions changed in {md(version)} {{ #v{anchor(version)} }}"
    yield ""
    yield f'??? note "{len(changes["changes"]):,} changes since {md(changes["from"])}"'
    yield ""
    told = telling.markdown(changes["changes"], 3, _LINES, f"`v1/{version}/changes.json`", bold=True)
    yield "".join(f"    {line}" if line.strip() else line for line in told.splitlines(keepends=True))
    yield ""


def versions(published: Published) -> str:
    """The page of all versions with the addresses of their files, which stay."""
    rows = [_row(entry["version"], entry["date"], entry["manifest_sha256"], True) for entry in published.released]
    rows.append(_row("next", "the main branch", "", False))
    parts = [
        front_matter(
            {
                "title": "Versions",
                "description": "All released versions of the SageMaker role policies, with the addresses of their "
                "files, which never change.",
            }
        ),
        "# Versions",
        "",
        "A released version never changes, and its files keep their addresses: `v1/<version>/…`. "
        "[Use the JSON](../guides/consume-json.md) tells what the files are; the [changelog](changelog.md), what "
        "changed. `next` is what the main branch holds today.",
        "",
        table(("Version", "From", "Files", "SHA-256 of its manifest.json"), rows),
        "## What a number means { #numbers }",
        "",
        "The number follows from comparing what the policies allow, not from anybody's choice:",
        "",
        "- **major**: a permission went or was narrowed, or an operation, role, add-on or placeholder went;",
        "- **minor**: something was added or widened, or a policy was written differently with the same meaning;",
        "- **patch**: no policy changed; reasons, sources or AWS's data behind them did.",
        "",
        "The format of the files has a version of its own, `schema_version`. Its major is the `v1` in every address; "
        "a minor version only adds.",
        "",
        *_gone(published),
        "## Sources { #sources }",
        "",
        "Versions are computed from the published files, which cite their sources.",
        "",
    ]
    return "\n".join(parts)


def _row(version: str, date: str, digest: str, released: bool) -> tuple[str, str, str, str]:
    names = ["index.json", "manifest.json", *(["changes.json"] if released else [])]
    files = ", ".join(f'<a href="../../v1/{esc(version)}/{name}">{name}</a>' for name in names)
    return esc(version), esc(date), files, code(digest) if digest else ""


def _gone(published: Published) -> list[str]:
    moved = published.index.get("moved", {})
    if not moved:
        return []
    rows = [
        (code(name), code(item["to"]) if item["to"] else "nothing", md(item["why"])) for name, item in moved.items()
    ]
    return [
        "## Ids that are gone { #moved }",
        "",
        "Released versions keep them. In `next` and newer versions:",
        "",
        table(("Id", "Now", "Why"), rows, row_ids=(anchor(name) for name in moved)),
    ]


def redirects(published: Published) -> dict[str, str]:
    """A small page at the address of each operation that is gone: path below docs/reference to HTML."""
    return {
        f"{name}/index.html": _redirect(name, item["to"], item["why"])
        for name, item in published.index.get("moved", {}).items()
        if "/" not in name and name not in published.names
    }


def _redirect(name: str, to: str, why: str) -> str:
    target, what = (f"../{to}/", f"{name} is now {to}") if to else ("../versions/#moved", f"{name} is gone")
    # Relative, so that it works below any address; the style is the browser's own.
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<meta http-equiv="refresh" content="0; url={esc(target)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="canonical" href="{esc(target)}">
<title>{esc(what)}</title>
</head>
<body>
<p>{esc(what)}: {esc(why)} <a href="{esc(target)}">Go there</a>.</p>
</body>
</html>
"""
