"""Everything that records share is used by one: statement sets, resource kinds, trust statements."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog.resolving import CALLED
from ..problems import Problem
from .context import Context, problem

RULE = "unused"

_PARTS = {
    "statements": "statement set",
    "addons": "set of add-ons",
    "resources": "resource kind",
    "trust": "trust statement",
}


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each shared part that nothing names."""
    if context.unreadable:
        return  # what the files that cannot be read name is not known
    used = {(part, name) for _, part, name in context.references} | {("resources", name) for name in CALLED}
    for part, what in _PARTS.items():
        for name, data in sorted(context.part(part).items()):
            if (part, name) not in used:
                message = f"no record uses the {what} {name}; use it or take the file out"
                yield problem(RULE, message, data, "id", follows=(name,))
