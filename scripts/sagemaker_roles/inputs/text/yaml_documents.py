"""YAML as users write requests: several documents, CloudFormation's short tags, bounded aliases, with positions."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from typing import Any, NoReturn

from ...errors import Position
from .content import InputError
from .json_document import Path, position
from .numbers import Number
from .yaml_reader import NOT_YAML, Frame, YamlReader, message_of

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
        "Condition",
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
        "Ref",
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
    if bad := NOT_YAML.search(text):
        raise InputError(
            f"the character U+{ord(bad.group()):04X} is not allowed in YAML", position(text, bad.start(), name)
        )
    reader = _Tolerant(name, positions)
    try:
        reader.read(text)
    except yaml.MarkedYAMLError as error:
        at = reader.at(error.problem_mark or error.context_mark)
        raise InputError(f"not YAML: {message_of(error)}", at) from None
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {' '.join(str(error).split())}", Position(name, 1, 1)) from None
    if not reader.documents:
        raise InputError("empty; give JSON or YAML", Position(name, 1, 1))
    return reader.documents


class _Frame(Frame):
    """A list or mapping with its path and short tag, and what it merges."""

    __slots__ = ("merged", "path", "tag")

    def __init__(self, value: Any, event: Any, path: Path, tag: str) -> None:
        super().__init__(value, event)
        self.path, self.tag = path, tag
        self.merged: list[dict[str, Any]] = []


class _Tolerant(YamlReader):
    """The policy of inputs: plain values, aliases and merge keys, CloudFormation's tags; ends at the first fault."""

    def __init__(self, name: str, positions: dict[tuple[int, Path], Position] | None) -> None:
        super().__init__(name)
        self.positions = positions
        self.stack: list[Any] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open: set[str] = set()

    def fault(self, mark: Any, rule: str, message: str) -> NoReturn:
        self.refuse(mark, message)

    def refuse(self, mark: Any, message: str) -> NoReturn:
        raise InputError(message, self.at(mark))

    def document(self, event: Any) -> None:
        self.anchors.clear()

    def scalar(self, event: Any) -> tuple[Any, int]:
        value = self._scalar(event)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        return value, 1

    def alias(self, event: Any) -> tuple[Any, int]:
        if event.anchor in self.open:
            self.refuse(event.start_mark, f"the alias *{event.anchor} contains itself")
        if event.anchor not in self.anchors:
            message = f"there is no anchor &{event.anchor} before this alias"
            self.refuse(event.start_mark, message)
        return self.anchors[event.anchor]

    def begin(self, event: Any, is_list: bool) -> Frame:
        tag = "" if event.implicit else self._function(event)
        path = self._path()
        if event.anchor:
            self.open.add(event.anchor)
        return _Frame([] if is_list else {}, event, path + ((self._wrapper(tag),) if tag else ()), tag)

    def end(self, frame: Any) -> Any:
        for merged in frame.merged:
            for key, item in merged.items():
                frame.value.setdefault(key, item)
        value = self._wrapped(frame.tag, frame.value) if frame.tag else frame.value
        if anchor := frame.event.anchor:
            self.open.discard(anchor)
            self.anchors[anchor] = (value, frame.size)
        return value

    def _path(self) -> Path:
        if not self.stack:
            return ()
        frame = self.stack[-1]
        return (*frame.path, len(frame.value) if isinstance(frame.value, list) else frame.key)

    def note(self, event: Any) -> None:
        if self.positions is None:
            return
        frame = self.stack[-1] if self.stack else None
        if frame is None or isinstance(frame.value, list) or frame.key is not None:  # no key, but a value
            mark = frame.key_mark if frame is not None and frame.key_mark is not None else event.start_mark
            self.positions[len(self.documents), self._path()] = self.at(mark)

    def key(self, value: Any, mark: Any) -> str:
        if isinstance(value, (dict, list)):
            self.refuse(mark, "a key must be text")
        if isinstance(value, str):
            return value
        return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)

    def member(self, frame: Any, key: str, value: Any, mark: Any) -> None:
        if key != "<<":
            frame.value[key] = value
            return
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            self.refuse(mark, "the merge key << needs a mapping or a list of mappings")
        frame.merged += parts

    def _function(self, event: Any) -> str:
        """The short tag of an event without ``!``; "" for tags that say what the value is anyway."""
        tag: str = event.tag or ""
        if tag in ("!", "", f"{_CORE}str", f"{_CORE}seq", f"{_CORE}map", f"{_CORE}int", f"{_CORE}float"):
            return ""
        short = tag.removeprefix("!")
        if short not in _FUNCTIONS:
            shown = tag.replace(_CORE, "!!")
            self.refuse(event.start_mark, f"the tag {shown} is not known; write the value without it")
        return short

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
    at: dict[tuple[int, Path], Position] = {}
    with suppress(InputError):  # what was read without a fault has none now
        parse(text, name, at)
    return at
