"""Writes a version's section of CHANGELOG.md: what people wrote under Unreleased, and a summary of what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..changes import rendering
from ..changes.comparison import Comparison

UNRELEASED = "## Unreleased"

_MEANS = {
    "major": "permissions, IDs, or placeholders were removed, or permissions were narrowed",
    "minor": "something was added, widened, or written differently, and nothing was removed",
    "patch": "no policy changed",
}


def with_section(text: str, section: str) -> str:
    """The changelog with a new version's section.

    What stands under Unreleased goes into it; the heading stays, for what comes next.

    Args:
        text: CHANGELOG.md, "" if there is none.
        section: heading and computed text of the version.
    """
    text = text or "# Changelog\n"
    head, unreleased, rest = text.partition(f"{UNRELEASED}\n")
    if not unreleased:
        head, mark, rest = text.partition("\n## ")
        rest = mark.lstrip("\n") + rest
    written, mark, older = ("\n" + rest).partition("\n## ")
    heading, _, computed = section.partition("\n")
    parts = [head.rstrip("\n"), UNRELEASED, heading, written.strip("\n"), computed.strip("\n")]
    parts.append((mark + older).strip("\n"))
    return "\n\n".join(part for part in parts if part) + "\n"


def section(comparison: Comparison, version: str, date: str) -> str:
    """Heading and computed text of a version's section, which is one line of at most 160 characters."""
    text = _summary(comparison)
    if comparison.old:
        counted = rendering.permission_counts([change.to_json() for change in comparison.changes])
        permissions = f" Permissions: {counted}." if counted else ""
        since = f"{comparison.bump.capitalize()} since {comparison.old.name}."
        text = f"{since}{permissions} `v1/{version}/changes.md` lists each change."
    return f"## {version} ({date})\n\n{text}\n"


def changes(comparison: Comparison, version: str) -> str:
    """Render every change of a version as Markdown, the file changes.md of its archive."""
    body = rendering.markdown([change.to_json() for change in comparison.changes]) if comparison.old else ""
    return f"# Changes in {version}\n\n{_summary(comparison)}\n\n{body}".rstrip("\n") + "\n"


def _summary(comparison: Comparison) -> str:
    """The kind of a version, and the number of its changes, in a sentence."""
    if comparison.old is None:
        return f"The first version: {_contents(comparison.new.operations)}."
    counted = rendering.counts([change.to_json() for change in comparison.changes])
    meaning = f"{comparison.bump.capitalize()}, as {_MEANS[comparison.bump]} since {comparison.old.name}"
    return f"{meaning}{': ' + counted if counted else ''}."


def _contents(operations: Mapping[str, Mapping[str, Any]]) -> str:
    roles = [role for operation in operations.values() for role in operation["roles"]]
    callers = [operation["caller"] for operation in operations.values() if operation["caller"]]
    addons = sum(len(grantee["addons"]) for grantee in [*roles, *callers])
    return f"{len(operations):,} operations with {len(roles):,} roles and {addons:,} add-ons"
