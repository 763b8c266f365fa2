"""Moves members that an input format keeps elsewhere or calls otherwise to where the API has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .names import plain


def renamed(members: Mapping[str, Any], table: Mapping[str, str]) -> dict[str, Any]:
    """Members with some of them moved.

    Args:
        members: as the input writes them.
        table: dotted path in the input to dotted path in the request; case, underscores and hyphens do not matter in
            the former.

    Returns:
        A new mapping; members that are not in the table stay as they are.
    """
    out = dict(members)
    for source, target in table.items():
        value = _taken(out, source.split("."))
        if value is not None:
            inner = out
            *parents, last = target.split(".")
            for name in parents:
                inner[name] = dict(inner[name]) if isinstance(inner.get(name), Mapping) else {}
                inner = inner[name]
            inner[last] = value
    return out


def _taken(members: dict[str, Any], path: list[str]) -> Any:
    """Takes the value at a path out of a mapping, with mappings that are empty then; None if there is none."""
    key = next((key for key in members if plain(key) == plain(path[0])), None)
    if key is None:
        return None
    if len(path) == 1:
        return members.pop(key)
    inner = members[key]
    if not isinstance(inner, Mapping):
        return None
    copy = dict(inner)
    value = _taken(copy, path[1:])
    if value is not None:
        if copy:
            members[key] = copy
        else:
            del members[key]
    return value
