"""Actions: patterns without regard to case, those of a list that a pattern matches, and access levels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from .patterns import Pattern, covers, pattern

#: Access levels of the Service Authorization Reference, from what opens least to what opens most.
LEVELS = ("List", "Read", "Tagging", "Write", "Permissions management")


def single_level(text: str) -> str:
    """The level of an action with several, by commas: AWS lists every action that tags as one that writes, too."""
    several = text.split(", ")
    return "Tagging" if "Tagging" in several else max(several, key=LEVELS.index)


@lru_cache(maxsize=65536)
def action(text: str) -> Pattern:
    """Compiles an action; its case does not count (IAM User Guide, "IAM JSON policy elements: Action")."""
    return pattern(text.lower(), variables=False)


def prefix_of(one: Pattern) -> str | None:
    """The service prefix that all actions of a pattern have, or None if it leaves the service open."""
    head, colon, _ = one.symbols.partition(":")
    return head if colon and "*" not in head and "?" not in head else None


class KnownActions:
    """Actions that exist, to be matched by patterns.

    Args:
        names: full names (``s3:GetObject``).
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {name.lower(): name for name in names}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    def matching(self, text: str) -> tuple[str, ...]:
        """The actions that a pattern matches, as AWS writes them, in the order given."""
        one = action(text)
        if not one.wild:
            known = self._names.get(one.symbols)
            return () if known is None else (known,)
        return tuple(name for name in self._names.values() if covers(one, action(name)))
