"""Where values stand in a text: found by one look at the whole text, when the first place is asked for."""

from __future__ import annotations

import re
from bisect import bisect_right

from ...errors import Position
from . import json_document
from .json_document import Path


class Lines:
    """The lines of a text, found when the first position in it is asked for.

    Args:
        text: the text, which may be a part of a longer one.
        name: what positions call it.
        before: lines that end before it, and characters before it in its first line.
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


class Excerpts:
    """Parts of a long text, each with the lines of its own alone: what is kept of a part does not keep the whole.

    Args:
        name: what positions call it.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._text = text
        self._at = self._lines = self._line_start = 0

    def lines(self, start: int, end: int) -> Lines:
        """The part between two offsets; starts must not fall from call to call."""
        if breaks := self._text.count("\n", self._at, start):
            self._lines, self._line_start = self._lines + breaks, self._text.rindex("\n", self._at, start) + 1
        self._at = start
        return Lines(self._text[start:end], self.name, (self._lines, start - self._line_start))


class Places:
    """Places in one text of JSON or YAML, which may hold several documents.

    Args:
        lines: the text, which was read without a fault.
        is_yaml: whether it is YAML.
        prefix: path of the text's value in what holds it.
    """

    def __init__(self, lines: Lines, *, is_yaml: bool = False, prefix: Path = ()) -> None:
        self._lines, self._is_yaml, self._prefix = lines, is_yaml, prefix
        self._json: list[json_document.Node] | None = None
        self._yaml: dict[tuple[int, Path], Position] | None = None

    def position(self, path: Path = (), number: int = 0) -> Position | None:
        """Where the value at a path stands (its key, or its own place in a list), or the nearest value above it.

        Args:
            path: keys and indexes from the document down.
            number: the document's number among those of the text.
        """
        return self._in_yaml(path, number) if self._is_yaml else self._in_json(path, number)

    def _in_yaml(self, path: Path, number: int) -> Position | None:
        if self._yaml is None:
            from . import yaml_documents

            self._yaml = yaml_documents.positions(self._lines.text, self._lines.name)
        for end in range(len(path), -1, -1):
            at = self._yaml.get((number, path[:end]))
            if at is not None:
                return at
        return None

    def _in_json(self, path: Path, number: int) -> Position | None:
        if self._prefix and len(path) <= len(self._prefix):
            return self._lines.position(0)  # the value itself: no look at the text is needed
        if self._json is None:
            self._json = json_document.places(self._lines.text)
        if number >= len(self._json):
            return None
        node = self._json[number]
        offset = node if isinstance(node, int) else node[0]
        for part in path[len(self._prefix) :]:
            inner = None if isinstance(node, int) else node[1].get(part)
            if inner is None:
                break
            node = inner
            offset = node if isinstance(node, int) else node[0]
        return self._lines.position(offset)
