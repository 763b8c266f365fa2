"""Every statement set, resource kind, trust statement and source that the data name exists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..canonical import quoted
from ..problems import Position, Problem
from ..records.strict_yaml import Map
from .context import Context, at, nearest

RULE = "names-exist"

#: Key to the part of the data that it names things of, and what they are called.
_LISTS = {"trust": ("trust", "trust statement"), "sources": ("sources", "source"), "editions": ("sources", "source")}


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each id that nothing has, with the nearest one."""
    for _, (_, value) in sorted(context.loaded.files.items()):
        for position, part, what, name in references(value):
            if not context.exists(part, name):
                known = context.loaded.catalog.data[part]
                yield Problem(position, RULE, f"there is no {what} {quoted(name)}{nearest(name, known)}")


def references(value: Any) -> Iterator[tuple[Position, str, str, str]]:
    """Everything a file names: where, the part of the data it should be in, what that is called, and its id."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, (list, Map)):
                yield from references(item)
    if not isinstance(value, Map):
        return
    for key, item in value.items():
        if key == "use" and isinstance(item, str):
            yield at(value, key), "statements", "statement set", item
        elif key == "parameters" and isinstance(item, Map):
            for name, kind in item.items():
                if isinstance(kind, str) and kind != "constant":
                    yield at(item, name), "resources", "resource kind", kind
        elif key in _LISTS and isinstance(item, list):
            part, what = _LISTS[key]
            for index, name in enumerate(item):
                if isinstance(name, str):
                    yield at(item, index), part, what, name
        elif key == "explained" and isinstance(item, Map):
            for name in item:
                yield item.key_at.get(name, item.at), "sources", "source", name
        if isinstance(item, (list, Map)):
            yield from references(item)
