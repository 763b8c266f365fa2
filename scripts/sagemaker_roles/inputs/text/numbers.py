"""Numbers as inputs write them, and any value as a text or as JSON."""

from __future__ import annotations

import json
from typing import Any


class Number(float):
    """A number that is more than its value, such as ``1.10`` or ``1e16``: as text it stays as it was written."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Number:
        """Makes it of the text."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


def text_of(value: Any) -> str:
    """A text, a number, a boolean or null as text: the text itself, the others as JSON writes them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def spaced(value: Any) -> str:
    """A value as JSON in one line: a space after commas and colons, ASCII only, numbers as they were written."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {spaced(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(spaced, value)) + "]"
    return json.dumps(str(value)) if isinstance(value, str) else text_of(value)
