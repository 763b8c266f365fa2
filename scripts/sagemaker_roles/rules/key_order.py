"""Keys stand in the order of the schemas, so that records read alike and differences are small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..canonical import quoted
from ..problems import Problem
from ..records.loading import MAPPINGS
from ..records.strict_yaml import Map
from .context import Context

RULE = "key-order"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for the first key of each mapping that stands after one it belongs before."""
    for path, (name, value) in sorted(context.loaded.files.items()):
        if path in context.unread:
            continue
        if name in MAPPINGS.values():
            for item in value.values():
                yield from _walk(context, name, item, ())
        else:
            yield from _walk(context, name, value, ())


def _walk(context: Context, name: str, value: Any, place: tuple[str | int, ...]) -> Iterator[Problem]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, (list, dict)):
                yield from _walk(context, name, item, (*place, index))
    if not isinstance(value, Map):
        return
    schema = context.loaded.schemas.schema_at(name, place)
    order = {key: index for index, key in enumerate(schema or ())}
    latest = ""
    for key in value:
        if key in order and latest and order[key] < order[latest]:
            before = next(other for other in value if other in order and order[other] > order[key])
            yield Problem(value.key_at[key], RULE, f"the key {quoted(key)} belongs before {quoted(before)}")
            break
        latest = key if key in order else latest
    for key, item in value.items():
        if isinstance(item, (list, dict)):
            yield from _walk(context, name, item, (*place, key))
