"""Reads YAML strictly and keeps positions: every text, list and mapping knows where it was written."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import yaml

from sagemaker_roles.canonical import quoted
from sagemaker_roles.errors.problems import Position, Problem
from sagemaker_roles.inputs.text.yaml_reader import NOT_YAML, Frame, YamlReader, message_of

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
#: More than any line has columns.
_COLUMNS = MAX_BYTES * 2
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"

_RESOLVER: Any = yaml.resolver.Resolver()
_TAG = "tag:yaml.org,2002:"
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

    def __copy__(self) -> Map:
        """The same, of which Cerberus makes one of every mapping; Python's own way takes ten times as long."""
        other = Map(self)
        other.at = self.at
        if hasattr(self, "_key_at"):
            other._key_at = self._key_at
        return other

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


class _Strict(YamlReader):
    """The policy of records: positioned values, nothing that a reader may take for something else; all faults at once.

    Attributes:
        problems: what is wrong.
    """

    max_depth = MAX_DEPTH

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problems: list[Problem] = []

    def fault(self, mark: Any, rule: str, message: str) -> None:
        self.problems.append(Problem(self.at(mark), rule, message))

    def document(self, event: Any) -> None:
        if len(self.documents) == 1:
            self.fault(event.start_mark, "yaml-document", "one document a file; remove the line `---`")

    def alias(self, event: Any) -> tuple[Any, int]:
        self._without_anchor(event)
        return self._text("", event.start_mark), 1

    def begin(self, event: Any, empty: Any) -> Frame:
        self._without_anchor(event)
        if event.tag is not None and not event.implicit:
            self.fault(event.start_mark, "yaml-tag", f"the tag {event.tag} is not allowed; take it out")
        opened = Seq() if isinstance(empty, list) else Map()
        opened.at = self.at(event.start_mark)
        return Frame(opened, event)

    def end(self, frame: Frame) -> Any:
        return frame.value

    def item(self, items: Any, value: Any, mark: Any) -> None:
        if isinstance(value, Text):  # most of what there is
            items.append(value)
        else:
            items.add(value, self.at(mark))

    def key(self, value: Any, mark: Any) -> str:
        if not isinstance(value, Text):
            self.fault(mark, "yaml-key", "a key must be text; quote it")
            return self._text(repr(type(value)() if isinstance(value, (Seq, Map)) else value), mark)
        if value == "<<":
            self.fault(mark, "yaml-merge", "merge keys are not allowed; write the keys out")
        return value

    def member(self, frame: Frame, key: str, value: Any, mark: Any) -> None:
        frame.value.setdefault(key, value)

    def scalar(self, event: Any) -> tuple[Any, int]:
        self._without_anchor(event)
        value: str = event.value
        if event.tag is not None and event.tag not in (f"{_TAG}str", "!"):
            self.fault(event.start_mark, "yaml-tag", f"the tag {event.tag} is not allowed; take it out")
        tag = "str"
        if event.implicit[0] and value[:1] in _RESOLVER.yaml_implicit_resolvers:
            tag = _RESOLVER.resolve(yaml.ScalarNode, value, (True, False)).removeprefix(_TAG)
        if tag == "bool" and value in ("true", "false"):
            return value == "true", 1
        if tag == "int" and _INTEGER.fullmatch(value):
            return int(value), 1
        if tag == "null":
            self.fault(event.start_mark, "yaml-empty", "no value; give one or leave the key out")
        elif tag not in ("str", "merge"):  # a merge is refused as a key
            message = f"YAML reads {value} as {_WHAT.get(tag, tag)}; write {quoted(value)} if it is text"
            self.fault(event.start_mark, "yaml-plain", message)
        return self._text(value, event.start_mark), 1

    def _without_anchor(self, event: Any) -> None:
        if event.anchor is not None:
            self.fault(event.start_mark, "yaml-alias", "anchors and aliases are not allowed; write the value out")

    def _text(self, value: str, mark: Any) -> Text:
        text = Text(value)
        text._path, text._place = self.name, (mark.line + 1) * _COLUMNS + mark.column + 1
        return text


def read_yaml(file: Path, path: str) -> tuple[Any, list[Problem]]:
    """Reads one YAML file.

    Args:
        path: how positions name it.

    Returns:
        The value (``Map``, ``Seq``, ``Text``, ``int`` or ``bool``; ``None`` if nothing could be read) and the problems.
    """
    raw = read_bytes(file, path)
    return (None, [raw]) if isinstance(raw, Problem) else parse_bytes(raw, path)


def read_bytes(file: Path, path: str) -> bytes | Problem:
    """The content of a file, or why it is not read."""
    start = Position(path)
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return Problem(start, "file", "is not a file; only files can be here")
        if status.st_size > MAX_BYTES:
            return Problem(start, "yaml-size", f"{status.st_size} bytes; a record has at most {MAX_BYTES}")
        return file.read_bytes()
    except OSError as error:
        return Problem(start, "file", f"cannot be read: {error.strerror}")


def parse_bytes(raw: bytes, path: str) -> tuple[Any, list[Problem]]:
    """Reads the content of a file as :func:`read_yaml` does."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        return None, [Problem(Position(path, line, column), "yaml-encoding", "not UTF-8; save the file as UTF-8")]
    if text.startswith("\ufeff"):
        message = "starts with a byte order mark; save the file as UTF-8 without it"
        return None, [Problem(Position(path), "yaml-encoding", message)]
    return parse_yaml(text, path)


def parse_yaml(text: str, path: str) -> tuple[Any, list[Problem]]:
    """Reads YAML text as :func:`read_yaml` does."""
    if match := NOT_YAML.search(text):
        lines = (text[: match.start()] + "x").splitlines()
        position = Position(path, len(lines), len(lines[-1]))
        message = f"the character U+{ord(match.group()):04X} is not allowed in YAML; take it out"
        return None, [Problem(position, "yaml-character", message)]
    reader = _Strict(path)
    try:
        value = reader.documents[0] if reader.read(text) and reader.documents else None
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
    message = message_of(error)
    for number, line in enumerate(lines, 1):
        if _OPEN_QUOTE.search(line):
            return Problem(position, "yaml-syntax", f"{message}; is the quote in line {number} closed?")
    return Problem(position, "yaml-syntax", message)
