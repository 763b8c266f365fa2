"""YAML as users write requests: several documents, CloudFormation's short tags, bounded aliases, with positions."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from typing import Any

from ..canonical import quoted
from ..problems import Position
from .json_text import MAX_DEPTH, Path, position
from .numbers import Number
from .text import InputError

#: Values in a document, aliases counted as often as they are used.
MAX_NODES = 200_000
MAX_CHARACTERS = 8 << 20

#: Line breaks to YAML 1.1, plain characters to YAML 1.2: what stands there would depend on the reader.
_ODD_BREAK = re.compile("[\x85\u2028\u2029]")

_CORE = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,300})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,300})\.[0-9]{1,300}(?:[eE][-+]?[0-9]{1,3})?")
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = ("", "~", "null", "Null", "NULL")

#: CloudFormation's short tags for its functions; ``!Ref`` and ``!Condition`` stand for keys without ``Fn::``.
_FUNCTIONS = frozenset(
    [
        "And",
        "Base64",
        "Cidr",
        "Equals",
        "FindInMap",
        "ForEach",
        "GetAtt",
        "GetAZs",
        "If",
        "ImportValue",
        "Join",
        "Length",
        "Not",
        "Or",
        "Select",
        "Split",
        "Sub",
        "ToJsonString",
        "Transform",
    ]
)


def parse(text: str, name: str, positions: dict[tuple[int, Path], Position] | None = None) -> list[Any]:
    """Reads all documents of YAML text.

    Plain values are read as JSON writes them: ``true`` and ``12`` are a boolean and a number, but ``yes``, ``012``,
    ``1_000`` and dates stay text, so that no value changes on the way.

    Args:
        text: the text.
        name: what positions call it.
        positions: takes the position of every value, by number of the document and path.

    Raises:
        InputError: with line and column.
    """
    import yaml

    if len(text) > MAX_CHARACTERS:
        raise InputError(f"longer than {MAX_CHARACTERS >> 20} million characters of YAML", Position(name, 0, 0))
    if odd := _ODD_BREAK.search(text):
        shown = f"U+{ord(odd.group()):04X}"
        message = f"the line break {shown} is not allowed in YAML; write it with a backslash in double quotes"
        raise InputError(message, position(text, odd.start(), name))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(name, positions)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(type(event).__name__, event)
    except yaml.reader.ReaderError:
        # libyaml counts bytes here, so look for the character itself.
        bad = yaml.reader.Reader.NON_PRINTABLE.search(text)
        at = position(text, bad.start(), name) if bad else Position(name, 1, 1)
        shown = f"the character {bad.group()!a}" if bad else "a character"
        raise InputError(f"{shown} is not allowed in YAML", at) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Position(name, mark.line + 1, mark.column + 1) if mark else Position(name, 1, 1)
        what = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise InputError(f"not YAML: {what}", at) from None
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {' '.join(str(error).split())}", Position(name, 1, 1)) from None
    if not builder.documents:
        raise InputError("empty; give a request", Position(name, 1, 1))
    return builder.documents


class _Frame:
    """A list or mapping that is being filled."""

    __slots__ = ("anchor", "key", "key_mark", "mark", "merged", "path", "seen", "size", "tag", "value")

    def __init__(self, value: Any, path: Path, tag: str, anchor: str | None, mark: Any) -> None:
        self.value, self.path, self.tag, self.anchor, self.mark = value, path, tag, anchor, mark
        self.key: str | None = None
        self.key_mark: Any = None
        self.merged: list[dict[str, Any]] = []
        self.seen: dict[str, int] = {}
        self.size = 1


class _Builder:
    """Makes plain values of YAML events."""

    def __init__(self, name: str, positions: dict[tuple[int, Path], Position] | None) -> None:
        self.name = name
        self.positions = positions
        self.documents: list[Any] = []
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open: set[str] = set()

    def fail(self, mark: Any, message: str) -> InputError:
        return InputError(message, Position(self.name, mark.line + 1, mark.column + 1))

    def take(self, kind: str, event: Any) -> None:
        value: Any
        if kind == "DocumentStartEvent":
            self.anchors.clear()
        elif kind == "ScalarEvent":
            value = self._scalar(event)
            if event.anchor:
                self.anchors[event.anchor] = (value, 1)
            self._place(value, 1, event.start_mark)
        elif kind == "AliasEvent":
            if event.anchor in self.open:
                raise self.fail(event.start_mark, f"the alias *{event.anchor} holds itself")
            if event.anchor not in self.anchors:
                raise self.fail(event.start_mark, f"there is no anchor &{event.anchor} before this alias")
            self._place(*self.anchors[event.anchor], event.start_mark)
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            if len(self.stack) >= MAX_DEPTH:
                raise self.fail(event.start_mark, f"nested deeper than {MAX_DEPTH} levels")
            tag = "" if event.implicit else self._function(event)
            path = self._path()
            if self.positions is not None:
                self._note(path, event.start_mark)
            path += (self._wrapper(tag),) if tag else ()
            value = [] if kind == "SequenceStartEvent" else {}
            self.stack.append(_Frame(value, path, tag, event.anchor, event.start_mark))
            if event.anchor:
                self.open.add(event.anchor)
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            frame = self.stack.pop()
            for merged in frame.merged:
                for key, item in merged.items():
                    frame.value.setdefault(key, item)
            value = self._wrapped(frame.tag, frame.value) if frame.tag else frame.value
            if frame.anchor:
                self.open.discard(frame.anchor)
                self.anchors[frame.anchor] = (value, frame.size)
            self._place(value, frame.size, frame.mark, noted=True)

    def _path(self) -> Path:
        if not self.stack:
            return ()
        frame = self.stack[-1]
        return (*frame.path, len(frame.value) if isinstance(frame.value, list) else frame.key or "")

    def _note(self, path: Path, mark: Any) -> None:
        if self.positions is not None:
            if self.stack and self.stack[-1].key_mark is not None:
                mark = self.stack[-1].key_mark
            self.positions[len(self.documents), path] = Position(self.name, mark.line + 1, mark.column + 1)

    def _place(self, value: Any, size: int, mark: Any, noted: bool = False) -> None:
        if not self.stack:
            if not noted:
                self._note((), mark)
            self.documents.append(value)
            return
        frame = self.stack[-1]
        frame.size += size
        if frame.size > MAX_NODES:
            raise self.fail(mark, f"more than {MAX_NODES} values, aliases counted as often as they are used")
        if isinstance(frame.value, list):
            if not noted:
                self._note(self._path(), mark)
            frame.value.append(value)
        elif frame.key is None:
            if not isinstance(value, str):
                if isinstance(value, (dict, list)):
                    raise self.fail(mark, "a key must be text")
                value = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
            if value in frame.seen:
                raise self.fail(mark, f"the key {quoted(value)} stands already at line {frame.seen[value]}; keep one")
            frame.seen[value] = mark.line + 1
            frame.key, frame.key_mark = value, mark
        else:
            if not noted:
                self._note(self._path(), mark)
            if frame.key == "<<":
                parts = value if isinstance(value, list) else [value]
                if not all(isinstance(part, dict) for part in parts):
                    raise self.fail(mark, "the merge key << needs a mapping or a list of mappings")
                frame.merged += parts
            else:
                frame.value[frame.key] = value
            frame.key = frame.key_mark = None

    def _function(self, event: Any) -> str:
        """The short tag of an event without ``!``; "" for tags that say what the value is anyway."""
        tag: str = event.tag or ""
        if tag in ("!", "", f"{_CORE}str", f"{_CORE}seq", f"{_CORE}map", f"{_CORE}int", f"{_CORE}float"):
            return ""
        short = tag.removeprefix("!")
        if short in _FUNCTIONS or short in ("Ref", "Condition"):
            return short
        shown = tag.replace(_CORE, "!!")
        raise self.fail(event.start_mark, f"the tag {shown} is not known; write the value without it")

    @staticmethod
    def _wrapper(tag: str) -> str:
        return tag if tag in ("Ref", "Condition") else f"Fn::{tag}"

    def _wrapped(self, tag: str, value: Any) -> dict[str, Any]:
        if tag == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {self._wrapper(tag): value}

    def _scalar(self, event: Any) -> Any:
        value: str = event.value
        if tag := self._function(event):
            return self._wrapped(tag, value)
        if not event.implicit[0]:
            return value
        if value in _BOOLEANS:
            return _BOOLEANS[value]
        if value in _NULLS:
            return None
        if _INTEGER.fullmatch(value):
            return int(value)
        if _FLOAT.fullmatch(value):
            number = Number(value)
            return value if math.isinf(number) else number
        return value


def positions(text: str, name: str) -> dict[tuple[int, Path], Position]:
    """The position of every value (of its key in a mapping), by number of the document and path."""
    found: dict[tuple[int, Path], Position] = {}
    with suppress(InputError):  # what was read without a fault has none now
        parse(text, name, found)
    return found
