"""Groups operations as tables and the navigation show them; those that new customers cannot use come last."""

from __future__ import annotations

from .published import Published, status

#: What the last group is called.
CLOSED = "Closed to new customers or deprecated"


def groups(published: Published) -> list[tuple[str, list[str]]]:
    """Titles of the groups, each with the names of its operations, those that most people use first."""
    closed = {name for name, record in published.operations.items() if status(record)}
    rows = []
    for family in published.index.get("families", ()):
        # A version of some operations only still has all groups.
        names = [name for name in family["operations"] if name in published.operations and name not in closed]
        if names:
            rows.append((family["title"], names))
    grouped = {name for _, names in rows for name in names}
    rest = [name for name in published.names if name not in grouped | closed]
    last = [name for name in published.names if name in closed]
    return [*rows, *([("More", rest)] if rest else []), *([(CLOSED, last)] if last else [])]
