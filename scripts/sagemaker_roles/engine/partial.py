"""Texts of which parts are not known yet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple


class Unknown(NamedTuple):
    """A part of a text that is not known yet, as a placeholder.

    Attributes:
        name: the placeholder's name; one of :data:`~sagemaker_roles.catalog.GLOBALS` is that global.
        stands_for: what such a part looks like, where the name of the field it falls into does not tell it.
        is_list: whether it stands for a whole list, of which nothing is known, not even how long it is.
    """

    name: str
    stands_for: str = ""
    is_list: bool = False

    @property
    def shown(self) -> str:
        """The part in a template: its placeholder, or ``*`` for :data:`ANY`."""
        return "*" if self is ANY else "${" + self.name + "}"


#: A name that a service gives at run time, so that whatever it is has to be allowed: no placeholder, but ``*``.
ANY = Unknown("*", "x")


class Partial(str):
    """A text of which parts are not known yet (a reference in a template, say).

    As a string it is what is known, with ``${Name}`` for the rest. The composer keeps the placeholders where the value
    can still be told apart into its fields, and never reads ``${Name}`` in a plain string as one.

    Attributes:
        parts: texts and unknown parts, in order.
    """

    __slots__ = ("parts",)
    parts: tuple[str | Unknown, ...]

    def __new__(cls, parts: Iterable[str | Unknown]) -> Partial:
        """Joins the parts to a text."""
        kept = tuple(part for part in parts if part != "")
        text = super().__new__(cls, "".join(p if isinstance(p, str) else p.shown for p in kept))
        text.parts = kept
        return text


def joined(parts: Iterable[str | Unknown]) -> str:
    """A text of parts: a plain string where all of them are known."""
    flat: list[str | Unknown] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Partial) else (part,))
    if any(isinstance(part, Unknown) for part in flat):
        return Partial(flat)
    return "".join(str(part) for part in flat)


#: Space of JSON.
_SPACE = " \t\r\n"


def inside(text: str) -> Any:
    """What JSON inside a text holds, be it an object, a list or a text; None if the text is no such JSON."""
    if text.lstrip(_SPACE)[:1] not in ("{", "[", '"') or isinstance(text, Partial):
        return None
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None


def marked(text: str, unknown: list[Unknown]) -> str:
    """Replace what is not known yet in a text by marks with its number in a list, to which it is added."""
    if not isinstance(text, Partial):
        return text
    pieces = []
    for part in text.parts:
        if isinstance(part, Unknown):
            unknown.append(part)
            part = f"{MARK}{len(unknown) - 1}{MARK}"
        pieces.append(part)
    return "".join(pieces)


def document(text: str) -> dict[str, Any] | None:
    """The object that a text holds as JSON, with what is not known yet within its texts; None if it holds none."""
    unknown: list[Unknown] = []
    value = inside(marked(text, unknown))
    if not isinstance(value, dict):
        return None
    try:
        return dict(decoded(value, unknown)) if unknown else value
    except RecursionError:
        return None


#: Stands around the number of an unknown part while its text is read; a character for private use.
MARK = "\uf8ff"
_MARKED = re.compile(f"{MARK}([0-9]+){MARK}")


def decoded(value: Any, unknown: list[Unknown]) -> Any:
    """A value whose texts have the parts that are not known yet in place of their marked numbers."""

    def shown(text: str) -> str:
        return joined(
            unknown[int(piece)] if place % 2 and int(piece) < len(unknown) else piece
            for place, piece in enumerate(_MARKED.split(text))
        )

    return with_texts(value, shown)


def with_texts(value: Any, change: Callable[[str], Any]) -> Any:
    """A value of JSON with something in place of each text in it."""
    if isinstance(value, Mapping):
        return {key: with_texts(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [with_texts(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _refused(text: str) -> None:
    raise ValueError(text)
