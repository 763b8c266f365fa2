"""Reads YAML strictly and keeps positions: every text, list and mapping knows where it was written."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ..problems import Position, Problem

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
#: More than any line has columns.
_COLUMNS = MAX_BYTES * 2
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"

_RESOLVER: Any = yaml.resolver.Resolver()
_TAG = "tag:yaml.org,2002:"
#: What YAML does not allow in a text (YAML 1.1, section 4.1), lone surrogates included.
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OPEN_QUOTE = re.compile(r"""[:,{\[-] *(?:"[^"]*|'[^']*)$""")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WHAT = {"bool": "a boolean", "timestamp": "a date", "int": "a number", "float": "a number", "null": "nothing"}


class Text(str):
    """A string that remembers its position (``at``)."""

    # There are very many of them: a position of its own for each would take more memory than most of the texts.
    __slots__ = ("_path", "_place")
    _path: str
    _place: int

    @property
    def at(self) -> Position:
        """Where it was written."""
        return Position(self._path, *divmod(self._place, _COLUMNS))

    @at.setter
    def at(self, position: Position) -> None:
        self._path, self._place = position.path, position.line * _COLUMNS + position.column


class Seq(list[Any]):
    """A list that remembers its position (``at``) and those of its items (``item_at``)."""

    __slots__ = ("_item_at", "at")
    at: Position
    _item_at: dict[int, Position]

    def add(self, item: Any, at: Position) -> None:
        """Appends an item that was written at a position."""
        if not isinstance(item, (Text, Seq, Map)):  # these know themselves
            if not hasattr(self, "_item_at"):
                self._item_at = {}
            self._item_at[len(self)] = at
        self.append(item)

    @property
    def item_at(self) -> list[Position]:
        """Positions of the items."""
        others = getattr(self, "_item_at", {})
        return [where(item, others.get(index, self.at)) for index, item in enumerate(self)]


class Map(dict[str, Any]):
    """A mapping that remembers its position (``at``) and those of its keys (``key_at``)."""

    __slots__ = ("_key_at", "at")
    at: Position
    _key_at: dict[str, Position]

    @property
    def key_at(self) -> dict[str, Position]:
        """Positions of the keys: those that were set, else those the keys themselves carry."""
        try:
            return self._key_at
        except AttributeError:  # not kept: few mappings are ever asked, and a second dictionary for each is much
            return {key: key.at for key in self if isinstance(key, Text)}

    @key_at.setter
    def key_at(self, positions: dict[str, Position]) -> None:
        self._key_at = positions


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
                parent.add(value, at)
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
                    self.problem(event.start_mark, "yaml-depth", _TOO_DEEP)
                    return None
                if event.tag is not None and not event.implicit:
                    self.problem(event.start_mark, "yaml-tag", f"the tag {event.tag} is not allowed; take it out")
                opened: Any = Seq() if kind is yaml.SequenceStartEvent else Map()
                opened.at = self.at(event.start_mark)
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
            first = next(key.at for key in parent if key == value)  # type: ignore[attr-defined]
            self.problems.append(
                Problem(at, "yaml-duplicate-key", f"the key {value!r} stands already at line {first.line}; keep one")
            )
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
        if tag == "merge":
            return self._text(value, event.start_mark)  # as a key it is refused there
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
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            return None, [Problem(start, "file", "is no file; only files may stand here")]
        if found.st_size > MAX_BYTES:
            return None, [Problem(start, "yaml-size", f"{found.st_size} bytes; a record has at most {MAX_BYTES}")]
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
    if found := _NOT_YAML.search(text):
        lines = (text[: found.start()] + "x").splitlines()
        position = Position(path, len(lines), len(lines[-1]))
        message = f"the character U+{ord(found.group()):04X} is not allowed in YAML; take it out"
        return None, [Problem(position, "yaml-character", message)]
    reader = _Reader(path)
    try:
        value = reader.read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = reader.at(mark) if mark else Position(path)
        return None, sorted([*reader.problems, _syntax(error, text.splitlines()[: position.line], position)])
    if value is None and not reader.problems:
        reader.problems.append(Problem(Position(path), "yaml-empty", "the file is empty"))
    return value, sorted(reader.problems)


def _syntax(error: yaml.MarkedYAMLError, lines: list[str], position: Position) -> Problem:
    """What the YAML parser says, with what is probably meant; ``lines`` end with the line of the fault."""
    if "nesting depth" in str(error.problem):
        return Problem(position, "yaml-depth", _TOO_DEEP)
    if (lines and "\t" in lines[-1][: position.column]) or "tab" in str(error.problem):
        return Problem(position, "yaml-syntax", "a tab; indent with spaces")
    message = " ".join(str(part) for part in (error.context, error.problem) if part)
    for number, line in enumerate(lines, 1):
        if _OPEN_QUOTE.search(line):
            return Problem(position, "yaml-syntax", f"{message}; is the quote in line {number} closed?")
    return Problem(position, "yaml-syntax", message)
