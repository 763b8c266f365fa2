"""YAML with positions, as people write requests; records are read by the same reader with a policy of their own."""

from __future__ import annotations

import math
import re
from typing import Any

from ...canonical import quoted
from ...errors import Position
from .content import InputError, whole
from .json_document import MAX_DEPTH, depth
from .numbers import Number
from .places import Excerpt, InputDocument, Node, Places

MAX_CHARACTERS = 8 << 20

#: Values in a document, aliases counted as often as they are used.
MAX_NODES = 200_000

#: What YAML does not allow in a text (YAML 1.1, section 4.1), lone surrogates included.
NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Line breaks to YAML 1.1, plain characters to YAML 1.2: what is there would depend on the reader.
_ODD_BREAK = re.compile("[\x85\u2028\u2029]")

_CORE = "tag:yaml.org,2002:"
_PLAIN = ("!", "", *(f"{_CORE}{name}" for name in ("str", "seq", "map", "int", "float")))
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,300})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,300})\.[0-9]{1,300}(?:[eE][-+]?[0-9]{1,3})?")
_CONSTANTS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}

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


def loader() -> Any:
    """PyYAML's quick loader; the slow one where the system has no libyaml."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str, name: str) -> list[InputDocument]:
    """Read all documents of YAML text.

    Plain values are read as JSON writes them: ``true`` and ``12`` are a boolean and a number, but ``yes``, ``012``,
    ``1_000`` and dates stay text, so that no value changes on the way.

    Args:
        name: what positions call it.

    Raises:
        InputError: with line and column.
    """
    import yaml

    if len(text) > MAX_CHARACTERS:
        raise InputError(f"longer than {MAX_CHARACTERS >> 20} million characters of YAML", whole(name))
    excerpt = Excerpt(text.replace("\r\n", "\n").replace("\r", "\n"), name)
    for pattern, what, remedy in (
        (_ODD_BREAK, "line break", "; write it with a backslash in double quotes"),
        (NOT_YAML, "character", ""),
    ):
        if bad := pattern.search(excerpt.text):
            message = f"the {what} U+{ord(bad.group()):04X} is not allowed in YAML{remedy}"
            raise InputError(message, excerpt.position(bad.start()))
    reader = YamlReader(name)
    try:
        reader.read(excerpt.text)
    except yaml.MarkedYAMLError as error:
        at = reader.at(error.problem_mark or error.context_mark)
        raise InputError(f"not YAML: {message_of(error)}", at) from None
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {' '.join(str(error).split())}", Position(name, 1, 1)) from None
    if not reader.documents:
        raise InputError("empty; give JSON or YAML", Position(name, 1, 1))
    if any(depth(value) > MAX_DEPTH for value in reader.documents):  # by its aliases
        raise InputError(f"nested deeper than {MAX_DEPTH} levels", whole(name))
    places = Places(excerpt, lambda _: reader.nodes)
    return [InputDocument(value, name, places, number) for number, value in enumerate(reader.documents)]


class Frame:
    """A list or mapping that is being filled.

    Attributes:
        value: the list or mapping.
        event: where it began.
        key: the key whose value comes next; None if a key comes next.
        key_mark: where that key is.
        seen: line of each key.
        size: how many values are in it, itself included.
        merged: the mappings that it merges.
        inner: the nodes of the values in it.
        function: the function whose argument it is by its tag, or "".
    """

    __slots__ = ("event", "function", "inner", "key", "key_mark", "merged", "seen", "size", "value")

    def __init__(self, value: Any, event: Any) -> None:
        self.value, self.event = value, event
        self.key: str | None = None
        self.key_mark: Any = None
        self.seen: dict[str, int] = {}
        self.size = 1
        self.merged: list[dict[str, Any]] = []
        self.inner: dict[str | int, Node] = {}
        self.function = ""


class YamlReader:
    """Reads one text; a subclass can refuse more.

    The policy here is that of inputs: plain values, aliases and merge keys, the short tags of CloudFormation, and the
    first fault ends the reading.

    Args:
        name: what positions call the text.

    Attributes:
        documents: the values of the documents.
        nodes: the node of each of them.
        max_depth: how deep lists and mappings may be nested.
    """

    max_depth = MAX_DEPTH

    def __init__(self, name: str) -> None:
        self.name = name
        self.documents: list[Any] = []
        self.nodes: list[Node] = []
        self._stack: list[Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open: set[str] = set()

    def read(self, text: str) -> bool:
        """Read all events of a text; False if it was given up.

        Raises:
            yaml.YAMLError: it is not YAML.
        """
        import yaml

        events: Any = yaml.parse(text, Loader=loader())
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent or kind is yaml.AliasEvent:
                value, size = self.scalar(event) if kind is yaml.ScalarEvent else self.alias(event)
                self._place(value, size, event.start_mark)
            elif kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
                if len(self._stack) >= self.max_depth:
                    self.fault(event.start_mark, "yaml-depth", f"nested deeper than {self.max_depth} levels")
                    return False
                self._stack.append(self.begin(event, [] if kind is yaml.SequenceStartEvent else {}))
            elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
                frame = self._stack.pop()
                self._place(self.end(frame), frame.size, frame.event.start_mark, frame)
            elif kind is yaml.DocumentStartEvent:
                self.document(event)
        return True

    def _place(self, value: Any, size: int, mark: Any, full: Frame | None = None) -> None:
        """Put a value where it belongs: into the list or mapping around it, or as a key of that mapping."""
        frame = self._stack[-1] if self._stack else None
        begin = mark.index if frame is None or frame.key_mark is None else frame.key_mark.index
        node: Node = begin if full is None else (begin, full.inner)
        if full is not None and full.function:
            node = (begin, {full.function: node})
        if frame is None:
            self.documents.append(value)
            self.nodes.append(node)
            return
        frame.size += size
        if frame.size > MAX_NODES:
            self.fault(mark, "yaml-size", f"more than {MAX_NODES} values, aliases counted as often as they are used")
        if isinstance(frame.value, list):
            frame.inner[len(frame.value)] = node
            self.item(frame.value, value, mark)
        elif frame.key is None:
            key = self.key(value, mark)
            if key in frame.seen:
                message = f"the key {quoted(key)} stands already at line {frame.seen[key]}; remove the duplicate"
                self.fault(mark, "yaml-duplicate-key", message)
            frame.seen.setdefault(key, mark.line + 1)
            frame.key, frame.key_mark = key, mark
        else:
            frame.inner[frame.key] = node
            self.member(frame, frame.key, value, mark)
            frame.key = frame.key_mark = None

    def at(self, mark: Any) -> Position:
        """The position of a mark."""
        return Position(self.name, mark.line + 1, mark.column + 1)

    def fault(self, mark: Any, rule: str, message: str) -> None:
        """Say what is wrong, and go on or raise.

        Raises:
            InputError: always, here.
        """
        raise InputError(message, self.at(mark))

    def document(self, event: Any) -> None:
        """Look at the beginning of a document."""
        self._anchors.clear()

    def scalar(self, event: Any) -> tuple[Any, int]:
        """A scalar, and its size."""
        value: Any = event.value
        if tag := self._function(event):
            value = _called(tag, value)
        elif event.implicit[0]:
            value = _plain_value(value)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        return value, 1

    def alias(self, event: Any) -> tuple[Any, int]:
        """What an alias stands for, and its size."""
        if event.anchor in self._open:
            self.fault(event.start_mark, "yaml-alias", f"the alias *{event.anchor} contains itself")
        if event.anchor not in self._anchors:
            self.fault(event.start_mark, "yaml-alias", f"there is no anchor &{event.anchor} before this alias")
        return self._anchors[event.anchor]

    def begin(self, event: Any, empty: Any) -> Frame:
        """A list or mapping that begins."""
        self._function(event)
        if event.anchor:
            self._open.add(event.anchor)
        return Frame(empty, event)

    def end(self, frame: Frame) -> Any:
        """The value of a list or mapping that is full."""
        for merged in frame.merged:
            for key, item in merged.items():
                frame.value.setdefault(key, item)
        value = frame.value
        if tag := self._function(frame.event):
            value = _called(tag, value)
            (frame.function,) = value
        if anchor := frame.event.anchor:
            self._open.discard(anchor)
            self._anchors[anchor] = (value, frame.size)
        return value

    def key(self, value: Any, mark: Any) -> str:
        """The key that a value stands for."""
        if isinstance(value, (dict, list)):
            self.fault(mark, "yaml-key", "a key must be text")
        if isinstance(value, str):
            return value
        return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)

    def item(self, items: list[Any], value: Any, mark: Any) -> None:
        """Add a value to a list."""
        items.append(value)

    def member(self, frame: Frame, key: str, value: Any, mark: Any) -> None:
        """Add a value to a mapping."""
        if key != "<<":
            frame.value[key] = value
            return
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            self.fault(mark, "yaml-merge", "the merge key << needs a mapping or a list of mappings")
        frame.merged += parts

    def _function(self, event: Any) -> str:
        """The short tag of an event without ``!``; "" for tags that say what the value is anyway."""
        tag: str = event.tag or ""
        if tag in _PLAIN:
            return ""
        short = tag.removeprefix("!")
        if short not in _FUNCTIONS:
            written = tag.replace(_CORE, "!!")
            self.fault(event.start_mark, "yaml-tag", f"the tag {written} is not known; write the value without it")
        return short


def _called(tag: str, value: Any) -> dict[str, Any]:
    """The call of a function that a short tag stands for."""
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


def _plain_value(text: str) -> Any:
    """What a text without quotes is, read as JSON writes it."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and not math.isinf(number := Number(text)):
        return number
    return text


def message_of(error: Any) -> str:
    """PyYAML's message for a fault, in one line and with the quotes of ours."""
    return " ".join(str(part) for part in (error.context, error.problem) if part).replace("'", '"')
