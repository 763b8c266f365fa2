"""Values of Terraform's language: whether they are known, and as the types that functions take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...engine.partial import Partial, Unknown, joined
from ..text.numbers import text_of

#: How many elements a function can make.
MAX_ELEMENTS = 10_000


class Failed(Exception):
    """Raised where Terraform reports an error, which ``try`` and ``can`` take."""


class NotKnown(Exception):
    """Raised where the result depends on what is not known."""


def is_known(value: Any) -> bool:
    """Whether all of a value is known."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, Partial):
            return False
        if isinstance(item, list):
            left += item
        elif isinstance(item, Mapping):
            left += item.values()
        elif not (item is None or isinstance(item, (str, int, float))):
            return False
    return True


def is_open(value: Any) -> bool:
    """Whether nothing of a value is known, not even its type."""
    return isinstance(value, Partial) and len(value.parts) == 1 and isinstance(value.parts[0], Unknown)


def text(value: Any) -> str:
    """A value as text.

    Raises:
        Failed: it is a list, a mapping, or null.
        NotKnown: it is a resource as a whole.
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (list, Mapping)):
        raise Failed("no text")
    if not isinstance(value, (int, float)):
        raise NotKnown
    return text_of(int(value) if isinstance(value, float) and value.is_integer() else value)


def encode(value: Any) -> str:
    """A value as JSON, as ``jsonencode`` writes it; what is not known is in texts.

    Raises:
        NotKnown: a resource as a whole is in it.
    """
    return joined(_encoded(value))


def _encoded(value: Any) -> list[str | Unknown]:
    if isinstance(value, Partial):
        inner = (json.dumps(str(part))[1:-1] if isinstance(part, str) else part for part in value.parts)
        return ['"', *inner, '"']
    if isinstance(value, list):
        return [
            "[",
            *(part for index, item in enumerate(value) for part in ([","] * (index > 0) + _encoded(item))),
            "]",
        ]
    if isinstance(value, Mapping):
        parts: list[str | Unknown] = ["{"]
        for index, (key, item) in enumerate(sorted(value.items())):
            parts += [","] * (index > 0)
            parts += [*_encoded(key), ":", *_encoded(item)]
        return [*parts, "}"]
    if not (value is None or isinstance(value, (str, int, float))):
        raise NotKnown
    return [json.dumps(str(value)) if isinstance(value, str) else text_of(value)]


def as_list(value: Any) -> list[Any]:
    """A value as a list.

    Raises:
        Failed: it is something else.
        NotKnown: it is not known.
    """
    if isinstance(value, Partial):
        raise NotKnown
    if isinstance(value, Mapping):
        return [item for _, item in sorted(value.items())]
    if not isinstance(value, list):
        raise Failed("no list")
    return value


def as_mapping(value: Any) -> Mapping[str, Any]:
    """A value as a mapping; the same raises."""
    if isinstance(value, Partial):
        raise NotKnown
    if not isinstance(value, Mapping):
        raise Failed("no mapping")
    return value


def as_known(value: Any) -> Any:
    """A value that is known; NotKnown if it is not."""
    if not is_known(value):
        raise NotKnown
    return value


def as_number(value: Any) -> Any:
    """A value as a number; Failed if it is none, NotKnown if it is not known."""
    if isinstance(value, str):
        try:
            number = float(as_known(value))
        except ValueError:
            raise Failed("no number") from None
        value = int(number) if number.is_integer() else number
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Failed("no number")
    return value


def bounded(items: list[Any]) -> list[Any]:
    """A list, unless it is too long; NotKnown if it is."""
    if len(items) > MAX_ELEMENTS:
        raise NotKnown
    return items
