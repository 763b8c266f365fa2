"""Reads YAML strictly and keeps positions: every text, list and mapping knows where it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .problems import Position, Problem

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 1 << 20
MAX_DEPTH = 40

_RESOLVER: Any = yaml.resolver.Resolver()
_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_WHAT = {"bool": "a boolean", "timestamp": "a date", "int": "a number", "float": "a number", "null": "nothing"}


class Text(str):
    """A string that remembers its position (``at``)."""

    __slots__ = ("at",)
    at: Position


class Seq(list[Any]):
    """A list that remembers its position (``at``) and those of its items (``item_at``)."""

    __slots__ = ("at", "item_at")
    at: Position
    item_at: list[Position]


class Map(dict[str, Any]):
    """A mapping that remembers its position (``at``) and those of its keys (``key_at``)."""

    __slots__ = ("at", "key_at")
    at: Position
    key_at: dict[str, Position]


def where(value: Any, fallback: Position) -> Position:
    """Returns the position a value carries, or ``fallback`` for values that carry none (numbers, booleans)."""
    at = getattr(value, "at", None)
    return at if isinstance(at, Position) else fallback


class _Reader:
    """Turns a stream of YAML events into positioned values, collecting problems instead of raising."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def problem(self, mark: Any, rule: str, message: str) -> None:
        self.problems.append(Problem(self.at(mark), rule, message))

    def at(self, mark: Any) -> Position:
        return Position(self.path, mark.line + 1, mark.column + 1)

    def read(self, text: str) -> Any:
        root: list[Any] = []
        stack: list[Any] = []
        keys: list[Text | None] = []
        documents = 0

        def place(value: Any, at: Position) -> None:
            if not stack:
                root.append(value)
                return
            parent = stack[-1]
            if isinstance(parent, Seq):
                parent.append(value)
                parent.item_at.append(at)
                return
            key = keys[-1]
            if key is None:
                self._key(parent, value, at, keys)
            else:
                if key not in parent:
                    parent[key] = value
                keys[-1] = None

        events: Iterator[Any] = yaml.parse(text, Loader=Loader)
        for event in events:
            kind = type(event)
            if kind is yaml.DocumentStartEvent:
                documents += 1
                if documents == 2:
                    self.problem(event.start_mark, "yaml-document", "one document a file; take out the line `---`")
            if getattr(event, "anchor", None) is not None:
                self.problem(event.start_mark, "yaml-alias", "anchors and aliases are not allowed; write the value out")
            if kind is yaml.ScalarEvent:
                place(self._scalar(event), self.at(event.start_mark))
            elif kind is yaml.AliasEvent:
                place(self._text("", event.start_mark), self.at(event.start_mark))
            elif kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
                if len(stack) >= MAX_DEPTH:
                    self.problem(event.start_mark, "yaml-depth", f"nested deeper than {MAX_DEPTH} levels")
                    return None
                if event.tag is not None and not event.implicit:
                    self.problem(event.start_mark, "yaml-tag", f"the tag {event.tag} is not allowed; take it out")
                opened: Any = Seq() if kind is yaml.SequenceStartEvent else Map()
                opened.at = self.at(event.start_mark)
                if isinstance(opened, Seq):
                    opened.item_at = []
                else:
                    opened.key_at = {}
                place(opened, opened.at)
                stack.append(opened)
                keys.append(None)
            elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
                stack.pop()
                keys.pop()
        return root[0] if root else None

    def _key(self, parent: Map, value: Any, at: Position, keys: list[Text | None]) -> None:
        if not isinstance(value, Text):
            self.problems.append(Problem(at, "yaml-key", "a key must be text; quote it"))
            value = Text(repr(value))
            value.at = at
        elif value == "<<":
            self.problems.append(Problem(at, "yaml-merge", "merge keys are not allowed; write the keys out"))
        elif value in parent:
            first = parent.key_at[value]
            self.problems.append(
                Problem(at, "yaml-duplicate-key", f"the key {value!r} stands already at line {first.line}; keep one")
            )
        else:
            parent.key_at[value] = at
        keys[-1] = value

    def _text(self, value: str, mark: Any) -> Text:
        text = Text(value)
        text.at = self.at(mark)
        return text

    def _scalar(self, event: Any) -> Any:
        value: str = event.value
        if event.tag is not None and event.tag not in (f"{_TAG}str", "!"):
            self.problem(event.start_mark, "yaml-tag", f"the tag {event.tag} is not allowed; take it out")
        if not event.implicit[0]:
            return self._text(value, event.start_mark)
        tag = _RESOLVER.resolve(yaml.ScalarNode, value, (True, False)).removeprefix(_TAG)
        if tag == "str":
            return self._text(value, event.start_mark)
        if tag == "bool" and value in ("true", "false"):
            return value == "true"
        if tag == "int" and _INTEGER.fullmatch(value):
            return int(value)
        if tag == "null":
            self.problem(event.start_mark, "yaml-empty", "no value; give one or leave the key out")
        else:
            self.problem(
                event.start_mark,
                "yaml-plain",
                f"YAML reads {value} as {_WHAT.get(tag, tag)}; write '{value}' in quotes if it is text",
            )
        return self._text(value, event.start_mark)


def read_yaml(file: Path, path: str) -> tuple[Any, list[Problem]]:
    """Reads one YAML file.

    Args:
        file: the file to read.
        path: how positions name it.

    Returns:
        The value (``Map``, ``Seq``, ``Text``, ``int`` or ``bool``; ``None`` if nothing could be read) and the problems.
    """
    start = Position(path)
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            return None, [Problem(start, "yaml-size", f"{size} bytes; a record has at most {MAX_BYTES}")]
        raw = file.read_bytes()
    except OSError as error:
        return None, [Problem(start, "file", f"cannot be read: {error.strerror}")]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        return None, [Problem(Position(path, line, column), "yaml-encoding", "not UTF-8; save the file as UTF-8")]
    if text.startswith("\ufeff"):
        return None, [
            Problem(start, "yaml-encoding", "starts with a byte order mark; save the file as UTF-8 without it")
        ]
    return parse_yaml(text, path)


def parse_yaml(text: str, path: str) -> tuple[Any, list[Problem]]:
    """Reads YAML text as :func:`read_yaml` does."""
    reader = _Reader(path)
    try:
        value = reader.read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = reader.at(mark) if mark else Position(path)
        line = text.splitlines()[position.line - 1] if 0 < position.line <= len(text.splitlines()) else ""
        if "\t" in line[: position.column] or "tab" in str(error.problem):
            message = "a tab; indent with spaces"
        else:
            message = " ".join(str(part) for part in (error.context, error.problem) if part)
        return None, sorted([*reader.problems, Problem(position, "yaml-syntax", message)])
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        position = Position(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"the character {error.character!a} is not allowed in YAML"
        return None, [Problem(position, "yaml-character", message)]
    if value is None and not reader.problems:
        reader.problems.append(Problem(Position(path), "yaml-empty", "the file is empty"))
    return value, sorted(reader.problems)
