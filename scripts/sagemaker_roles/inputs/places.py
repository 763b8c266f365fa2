"""Where values stand in a text: found by one look at the whole text, when the first place is asked for."""

from __future__ import annotations

from bisect import bisect_right

from ..problems import Position
from . import json_text
from .json_text import Path


class Places:
    """Places in one text of JSON or YAML, which may hold several documents.

    Args:
        text: the text, which was read without a fault.
        name: what positions call it.
        is_yaml: whether it is YAML.
    """

    def __init__(self, text: str, name: str, *, is_yaml: bool = False) -> None:
        self._text, self._name, self._is_yaml = text, name, is_yaml
        self._json: list[json_text.Node] | None = None
        self._yaml: dict[tuple[int, Path], Position] | None = None
        self._lines: list[int] = []

    def position(self, path: Path, number: int = 0) -> Position | None:
        """Where the value at a path stands (its key, or its own place in a list), or the nearest value above it.

        Args:
            path: keys and indexes from the document down.
            number: the document's number among those of the text.
        """
        return self._in_yaml(path, number) if self._is_yaml else self._in_json(path, number)

    def _in_yaml(self, path: Path, number: int) -> Position | None:
        if self._yaml is None:
            from . import yaml_text

            self._yaml = yaml_text.positions(self._text, self._name)
        for end in range(len(path), -1, -1):
            at = self._yaml.get((number, path[:end]))
            if at is not None:
                return at
        return None

    def _in_json(self, path: Path, number: int) -> Position | None:
        if self._json is None:
            self._json = json_text.places(self._text)
            self._lines = [0, *(found + 1 for found in _breaks(self._text))]
        if number >= len(self._json):
            return None
        node = self._json[number]
        offset = node if isinstance(node, int) else node[0]
        for part in path:
            inner = None if isinstance(node, int) else node[1].get(part)
            if inner is None:
                break
            node = inner
            offset = node if isinstance(node, int) else node[0]
        line = bisect_right(self._lines, offset)
        return Position(self._name, line, offset - self._lines[line - 1] + 1)


def _breaks(text: str) -> list[int]:
    """The offsets of all line feeds."""
    found: list[int] = []
    at = text.find("\n")
    while at >= 0:
        found.append(at)
        at = text.find("\n", at + 1)
    return found
