"""Puts the keys and lists of a record into canonical order and moves nothing else."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from ..problems import DataError, Position, Problem
from .editor import modeline
from .loading import MAPPINGS, SORTED
from .schema import Schemas
from .spans import CannotMoveError, Node, Place, arrange
from .strict_yaml import parse_yaml

RULE = "order"
_COMMENT = re.compile(r" *(#[^\r\n]*)?(\r\n|\n|\Z)")
_MODELINE = re.compile(r"# *yaml-language-server *:[^\r\n]*(?:\r\n|\n|\Z)")


def in_order(text: str, path: str, name: str, schemas: Schemas) -> str:
    """The text of a record in canonical order, with the line for editors at its top.

    Args:
        text: a YAML file of data/.
        path: the file, as positions name it: ``data/…``.
        name: its schema.
        schemas: the schemas, whose keys are in canonical order and which say which lists are sorted.

    Returns:
        The text; the same if it was in order. Its meaning is that of the old one, which was verified.

    Raises:
        DataError: the text is no sound YAML, or cannot be put in order without risk; says where.
    """
    value, problems = parse_yaml(text, path)
    if problems:
        raise DataError(problems)
    wanted = _Order(name, schemas)
    try:
        new = arrange(text, wanted.of, _head(text, name))
        again = arrange(new, wanted.of, _head(new, name))
    except CannotMoveError as error:
        lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text[: error.offset])
        position = Position(path, len(lines), len(lines[-1]) + 1)
        raise DataError([Problem(position, RULE, f"cannot be put in order: {error}")]) from None
    result, faults = parse_yaml(new, path)
    if faults or again != new or _signs(new) != _signs(text) or not wanted.same(value, result, ()):
        raise DataError([Problem(Position(path), RULE, "cannot be put in order without changing its meaning")])
    return _with_modeline(new, path, name)


def _signs(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


def _head(text: str, name: str) -> int:
    """Where the comments of the first entry begin at the earliest: those on the file as a whole stay at its top.

    These are the line for editors, comments that a blank line parts from the first entry, and in a file that maps ids
    to records all comments above the first of them.
    """
    end = at = 0
    while (line := _COMMENT.match(text, at)) and line.end() > at:
        blank, about = not line[1], _MODELINE.match(text, at) is not None
        at = line.end()
        if about or blank or name in MAPPINGS.values():
            end = at
    return end


def _with_modeline(text: str, path: str, name: str) -> str:
    wanted = modeline(path, name)
    first = _MODELINE.match(text)
    rest = text[first.end() :] if first else text
    if first and first.group().rstrip() == wanted:
        return text
    return wanted + ("\r\n" if "\r\n" in text else "\n") + rest


class _Order:
    """The canonical order of one kind of file."""

    def __init__(self, name: str, schemas: Schemas) -> None:
        self.name = name
        self.schemas = schemas
        self.mapping = name in MAPPINGS.values()

    def rule(self, place: Place) -> dict[str, Any] | None:
        """What the schema says of the value at a place of the file."""
        if self.mapping and not place:
            return None
        return self.schemas.rule_at(self.name, place[1:] if self.mapping else place)

    def is_sorted(self, place: Place) -> bool:
        checks = (self.rule(place) or {}).get("check_with", ())
        return "sorted_unique" in ([checks] if isinstance(checks, str) else checks)

    def of(self, place: Place, node: Node) -> list[int]:
        """The order of the entries of a mapping or list, as their present indexes."""
        present = list(range(len(node.items)))
        if node.keys is None:
            texts = [item.value.scalar for item in node.items]
            if None in texts or not self.is_sorted(place):
                return present
            return sorted(present, key=lambda index: texts[index] or "")
        keys = node.keys
        if self.mapping and not place:
            return sorted(present, key=keys.__getitem__) if self.name in SORTED else present
        schema = self.schemas.schema_at(self.name, place[1:] if self.mapping else place)
        ranks = {key: rank for rank, key in enumerate(schema or ())}
        found: list[int] = []
        for key in keys:  # an unknown key stays behind the known one that it follows
            found.append(ranks.get(key, found[-1] if found else -1))
        return sorted(present, key=found.__getitem__)

    def same(self, old: Any, new: Any, place: Place) -> bool:
        """Whether two values are equal up to the order of keys and of sorted lists."""
        if isinstance(old, dict) and isinstance(new, dict):
            return old.keys() == new.keys() and all(self.same(old[key], new[key], (*place, key)) for key in old)
        if isinstance(old, list) and isinstance(new, list):
            if self.is_sorted(place) and all(isinstance(item, str) for item in [*old, *new]):
                return sorted(old) == sorted(new)
            return len(old) == len(new) and all(
                self.same(before, after, (*place, index))
                for index, (before, after) in enumerate(zip(old, new, strict=True))
            )
        return type(old) is type(new) and bool(old == new)
