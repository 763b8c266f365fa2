"""Texts of which parts are not known yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


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
