"""Values of texts that know their place: by line and column, found when the first place is asked for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, NamedTuple

from ...errors import Position
from .content import whole

#: Keys and indexes from a document down to a value.
Path = tuple[str | int, ...]

#: The offset of a value (of its key in a mapping); for a list or mapping, with the nodes in it by index or key.
Node = int | tuple[int, "dict[str | int, Node]"]


class Excerpt:
    """A text, or a part of a longer one, whose characters know their line and column.

    Args:
        text: the text or part.
        name: what positions call the whole text.
        before: lines that end before the part, and characters before it in its first line.
    """

    def __init__(self, text: str, name: str, before: tuple[int, int] = (0, 0)) -> None:
        self.text, self.name, self._before = text, name, before
        self._starts: list[int] = []

    def position(self, offset: int) -> Position:
        """Line and column of an offset."""
        if not self._starts:
            self._starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        line = bisect_right(self._starts, offset)
        lines, characters = self._before
        column = offset - self._starts[line - 1] + 1
        return Position(self.name, lines + line, column + characters if line == 1 else column)


class Places:
    """Places in a text of JSON or YAML, which may hold several documents.

    Args:
        excerpt: the text, which was read without a fault.
        locate: finds the node of each of its documents.
        prefix: path of the text's value in what holds it.
    """

    def __init__(self, excerpt: Excerpt, locate: Callable[[Excerpt], list[Node]], prefix: Path = ()) -> None:
        self.excerpt, self._locate, self._prefix = excerpt, locate, prefix
        self._nodes: list[Node] | None = None

    def position(self, path: Path = (), number: int = 0) -> Position | None:
        """Where the value at a path is (its key, or its own place in a list), or the nearest value above it.

        Args:
            number: the document's number among those of the text.
        """
        if self._prefix and len(path) <= len(self._prefix):
            return self.excerpt.position(0)  # the value itself: no look at the text is needed
        if self._nodes is None:
            self._nodes = self._locate(self.excerpt)
        if number >= len(self._nodes):
            return None
        node = self._nodes[number]
        for part in path[len(self._prefix) :]:
            inner = None if isinstance(node, int) else node[1].get(part)
            if inner is None:
                break
            node = inner
        return self.excerpt.position(node if isinstance(node, int) else node[0])


class InputDocument(NamedTuple):
    """One value of an input, with what is needed to find places in it.

    Attributes:
        places: places in the input's text, or None where it has none (a value that was parsed elsewhere).
        number: number of the document among those of the text.
        path: where in the document the value is.
    """

    value: Any
    name: str
    places: Places | None = None
    number: int = 0
    path: Path = ()

    def below(self, *path: str | int) -> InputDocument:
        """The value at a path below this one; None where there is none."""
        value: Any = self.value
        for part in path:
            try:
                value = value[part]
            except (LookupError, TypeError):
                value = None
        return self._replace(value=value, path=(*self.path, *path))

    def where(self, path: Path = ()) -> str:
        """Where the value at a path is, or the nearest place above it that can be found."""
        at = self.position(path)
        return str(at) if at.line else self.name

    def position(self, path: Path = ()) -> Position:
        """Where the value at a path is; the whole input, where nothing shows the place."""
        at = self.places.position((*self.path, *path), self.number) if self.places is not None else None
        return at if at is not None else whole(self.name)
