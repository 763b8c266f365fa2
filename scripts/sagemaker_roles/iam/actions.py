"""Actions: patterns without regard to case, their expansion against a list of known actions, and access levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from .patterns import Pattern, covers, pattern
from .regions import Texts

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
    """The actions that exist, with their access levels where these are known."""

    def __init__(self, names: Iterable[str] | Mapping[str, str]) -> None:
        """Takes full names (``s3:GetObject``), or a mapping from these to access levels."""
        self._levels: Mapping[str, str] = (
            {name.lower(): level for name, level in names.items()} if isinstance(names, Mapping) else {}
        )
        self._by_prefix: dict[str, list[str]] = {}
        self._exact: dict[str, str] = {}
        for name in names:
            lower = name.lower()
            self._exact[lower] = name
            self._by_prefix.setdefault(lower.partition(":")[0], []).append(name)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._exact

    def matching(self, text: str) -> tuple[str, ...]:
        """The known actions that a pattern matches, as AWS writes them, in the order given."""
        one = action(text)
        if not one.wild:
            known = self._exact.get(one.symbols)
            return () if known is None else (known,)
        prefix = prefix_of(one)
        names = self._exact.values() if prefix is None else self._by_prefix.get(prefix, ())
        return tuple(name for name in names if covers(one, action(name)))

    def within(self, actions: Texts) -> tuple[str, ...]:
        """The known actions of a set, as AWS writes them."""
        return tuple(name for name in self._exact.values() if actions.has(action(name)))

    def level(self, name: str) -> str | None:
        """The access level of an action; None if it is not known."""
        return self._levels.get(name.lower())
