"""No text says to add a permission if something is denied: such a permission is a statement or an add-on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..canonical import quoted
from ..problems import Problem
from .context import Context, at

RULE = "conditional-notes"

_DENIED = r"\bif\b[^.]*\b(?:denie[ds]|denial|AccessDenied|refuse[ds]|not authorized|reports? that)\b"
_ADD = r"\b(?:add|grant|attach|include)\b"
_CONDITIONAL = re.compile(f"{_DENIED}[^.]*{_ADD}|{_ADD}[^.]*{_DENIED}", re.IGNORECASE)

#: Kinds of files in which permissions are described.
KINDS = ("operation", "addons", "statements", "trust", "container")


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each text of a record that makes a permission wait for a denial."""
    for kind, value in context.loaded.files.values():
        if kind in KINDS:
            for text in texts(value):
                if found := _CONDITIONAL.search(text):
                    message = (
                        f"{quoted(found[0])} waits for a denial; make it a statement or an add-on with its evidence"
                    )
                    yield Problem(at(text), RULE, message)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
