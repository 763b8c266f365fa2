"""The one reader of YAML: makes values of events; a policy says what is allowed, and what becomes of a fault.

There are two policies: ``records.strict_yaml`` for records, and ``inputs.yaml_text`` for what users bring.
"""

from __future__ import annotations

import re
from typing import Any

from ...canonical import quoted
from ...errors.problems import Position

#: What YAML does not allow in a text (YAML 1.1, section 4.1), lone surrogates included.
NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Values in a document, aliases counted as often as they are used.
MAX_NODES = 200_000


def loader() -> Any:
    """PyYAML's quick loader; the slow one where the system has no libyaml."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Frame:
    """A list or mapping that is being filled.

    Attributes:
        value: the list or mapping.
        event: where it began.
        key: the key whose value comes next; None if a key comes next.
        key_mark: where that key is.
        seen: line of each key.
        size: how many values are in it, itself included.
    """

    __slots__ = ("event", "key", "key_mark", "seen", "size", "value")

    def __init__(self, value: Any, event: Any) -> None:
        self.value, self.event = value, event
        self.key: str | None = None
        self.key_mark: Any = None
        self.seen: dict[str, int] = {}
        self.size = 1


class YamlReader:
    """Reads one text. What raises NotImplementedError here is the policy's to say.

    Args:
        name: what positions call the text.

    Attributes:
        documents: what was read.
        stack: the lists and mappings around the next value.
        max_depth: how deep they may be nested.
    """

    max_depth = 100

    def __init__(self, name: str) -> None:
        self.name = name
        self.documents: list[Any] = []
        self.stack: list[Frame] = []

    def read(self, text: str) -> bool:
        """Reads all events of a text; False if it was given up.

        Raises:
            yaml.YAMLError: it is no YAML.
        """
        import yaml

        events: Any = yaml.parse(text, Loader=loader())
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent or kind is yaml.AliasEvent:
                self.note(event)
                value, size = self.scalar(event) if kind is yaml.ScalarEvent else self.alias(event)
                self.place(value, size, event.start_mark)
            elif kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
                if len(self.stack) >= self.max_depth:
                    self.fault(event.start_mark, "yaml-depth", f"nested deeper than {self.max_depth} levels")
                    return False
                self.note(event)
                self.stack.append(self.begin(event, kind is yaml.SequenceStartEvent))
            elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
                frame = self.stack.pop()
                self.place(self.end(frame), frame.size, frame.event.start_mark)
            elif kind is yaml.DocumentStartEvent:
                self.document(event)
        return True

    def place(self, value: Any, size: int, mark: Any) -> None:
        """Puts a value where it belongs: into the list or mapping around it, or as a key of that mapping."""
        if not self.stack:
            self.documents.append(value)
            return
        frame = self.stack[-1]
        frame.size += size
        if frame.size > MAX_NODES:
            self.fault(mark, "yaml-size", f"more than {MAX_NODES} values, aliases counted as often as they are used")
        if isinstance(frame.value, list):
            self.item(frame, value, mark)
        elif frame.key is None:
            key = self.key(value, mark)
            if key in frame.seen:
                message = f"the key {quoted(key)} stands already at line {frame.seen[key]}; remove the duplicate"
                self.fault(mark, "yaml-duplicate-key", message)
            frame.seen.setdefault(key, mark.line + 1)
            frame.key, frame.key_mark = key, mark
        else:
            self.member(frame, frame.key, value, mark)
            frame.key = frame.key_mark = None

    def at(self, mark: Any) -> Position:
        """The position of a mark."""
        return Position(self.name, mark.line + 1, mark.column + 1)

    # --- what a policy says ---

    def fault(self, mark: Any, rule: str, message: str) -> None:
        """Says what is wrong; raises, or goes on."""
        raise NotImplementedError

    def scalar(self, event: Any) -> tuple[Any, int]:
        """A scalar, and its size."""
        raise NotImplementedError

    def alias(self, event: Any) -> tuple[Any, int]:
        """What an alias stands for, and its size."""
        raise NotImplementedError

    def begin(self, event: Any, is_list: bool) -> Frame:
        """An empty list or mapping."""
        raise NotImplementedError

    def end(self, frame: Frame) -> Any:
        """The value of a list or mapping that is full."""
        return frame.value

    def key(self, value: Any, mark: Any) -> str:
        """The key that a value stands for."""
        raise NotImplementedError

    def item(self, frame: Frame, value: Any, mark: Any) -> None:
        """Adds a value to a list."""
        frame.value.append(value)

    def member(self, frame: Frame, key: str, value: Any, mark: Any) -> None:
        """Adds a value to a mapping; of equal keys the first one stays."""
        frame.value.setdefault(key, value)

    def note(self, event: Any) -> None:
        """Looks at every value before it is placed."""

    def document(self, event: Any) -> None:
        """Looks at every beginning of a document."""


def message_of(error: Any) -> str:
    """PyYAML's message for a fault, in one line and with the quotes of ours."""
    return " ".join(str(part) for part in (error.context, error.problem) if part).replace("'", '"')
