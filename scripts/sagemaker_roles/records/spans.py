"""Where each part of a YAML text begins and ends, and the text with its parts in another order, byte for byte."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import yaml

from .strict_yaml import Loader

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_BETWEEN = re.compile(r"\s*,\s*")

#: A way into a value: keys of mappings, indexes of lists.
Place = tuple[str | int, ...]


@dataclass(slots=True)
class Item:
    """An entry of a mapping or list: where its key or dash begins, and its value."""

    start: int
    value: Node


@dataclass(slots=True)
class Node:
    """A value in a text.

    Attributes:
        start: offset of its first character.
        end: offset after its last one; of a block, after the last one of its last entry.
        scalar: the text of a scalar, else None.
        flow: whether it stands in brackets.
        keys: the keys of a mapping, in the order of the text; None for a list.
        items: the entries.
    """

    start: int
    end: int
    scalar: str | None = None
    flow: bool = False
    keys: list[str] | None = None
    items: list[Item] = field(default_factory=list)


#: Says in which order the entries of a mapping or list at a place shall stand: their present indexes.
Decide = Callable[[Place, Node], list[int]]


class CannotMoveError(Exception):
    """The parts of a text cannot be moved safely: ``offset`` says where, the message why."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


class _Lines:
    """Where the lines of a text begin, counted as YAML counts them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _BREAK.finditer(text))]

    def start(self, offset: int) -> int:
        """Where the line of an offset begins."""
        return self.starts[bisect_right(self.starts, offset) - 1]

    def next(self, offset: int) -> int:
        """Where the line after the one of an offset begins; the end of the text after the last."""
        index = bisect_right(self.starts, offset)
        return self.starts[index] if index < len(self.starts) else len(self.text)

    def indent(self, offset: int) -> str:
        """What stands before an offset in its line."""
        return self.text[self.start(offset) : offset]


class _Reader:
    """Reads a text that the strict loader accepts into nodes."""

    def __init__(self, lines: _Lines) -> None:
        self.text = lines.text
        self.lines = lines
        self.events: Iterator[Any] = yaml.parse(lines.text, Loader=Loader)

    def read(self) -> tuple[Node, int]:
        """The root, and where what belongs to it may begin: behind ``---`` if it is there."""
        begin = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                begin = event.end_mark.index if event.explicit and event.end_mark else 0
            elif not isinstance(event, yaml.StreamStartEvent):
                return self.node(event), begin
        raise CannotMoveError(0, "holds nothing")

    def node(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            return Node(start, end, event.value)
        is_map = isinstance(event, yaml.MappingStartEvent)
        node = Node(start, end, None, bool(event.flow_style), [] if is_map else None)
        last = start
        for inner in self.events:
            kind = type(inner)
            if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                node.end = inner.end_mark.index if node.flow else last
                break
            begin = inner.start_mark.index
            if node.keys is not None:
                node.keys.append(inner.value)
                self.check_key(node, begin)
                inner = next(self.events)
            elif not node.flow:
                begin = self.dash(node, last)
            node.items.append(Item(begin, self.node(inner)))
            last = node.items[-1].value.end
        return node

    def dash(self, node: Node, last: int) -> int:
        """Where the dash of a list's next entry stands: in the list's column, below what ends at ``last``."""
        if not node.items:
            return node.start
        column = len(self.lines.indent(node.start))
        line = self.lines.next(last - 1)
        while line < len(self.text):
            at = line + column
            if self.text[at : at + 1] == "-" and not self.text[line:at].strip(" "):
                return at
            line = self.lines.next(line)
        raise CannotMoveError(last, "the next entry of the list is not found")

    def check_key(self, node: Node, begin: int) -> None:
        """Refuses the keys of a block that do not begin where the entry does."""
        if not node.flow and (self.lines.indent(begin).strip(" ") if node.items else begin != node.start):
            raise CannotMoveError(begin, "a key after a question mark; write it as `key: value`")


def arrange(text: str, decide: Decide, begin: int | None = None) -> str:
    """Puts the entries of mappings and lists into the order that is asked for.

    An entry takes along the comments right above it, those at the ends of its lines, and those below it that are
    indented deeper than it. Blank lines stay between the entries where they were. Where the first entry of a mapping in
    a list is another one than before, comments above it come to stand above the list's entry.

    Args:
        text: YAML that the strict loader accepts.
        decide: gives the order for the mapping or list at a place.
        begin: where the first entry's comments begin at the earliest; what is before it stays.

    Raises:
        CannotMoveError: something stands between the parts that belongs to none of them.
    """
    ending = ""  # for a last line without a line break, which may have to go up
    if not text.endswith(("\n", "\r", "\x85", "\u2028", "\u2029")):
        ending = found.group() if (found := _BREAK.search(text)) else "\n"
    lines = _Lines(text + ending)
    root, earliest = _Reader(_Lines(text)).read()
    mover = _Mover(lines, decide)
    lo = max(begin or 0, earliest)
    if mover.compact(root) or root.flow or root.scalar is not None:
        lo = root.start
    elif earliest and lo == earliest:
        lo = mover.next_line(earliest)
    head, body = mover.value(root, (), lo, len(text + ending))
    return (text[:lo] + head + body).removesuffix(ending) if ending else text[:lo] + head + body


class _Mover:
    """Writes a text anew, part by part, in the order wanted."""

    def __init__(self, lines: _Lines, decide: Decide) -> None:
        self.text = lines.text
        self.decide = decide
        self.line_start, self.next_line = lines.start, lines.next
        self.indent = lines.indent

    def compact(self, node: Node) -> bool:
        """Whether a block begins behind something else in its line: the mapping in ``- id: x``."""
        return self.indent(node.start).strip(" ") != ""

    def value(self, node: Node, place: Place, lo: int, hi: int) -> tuple[str, str]:
        """The text from ``lo`` to ``hi``, where a value and what belongs to it stand: comments to go above it, text."""
        if node.scalar is not None or not node.items:
            return "", self.text[lo:hi]
        order = self.decide(place, node)
        return ("", self.bracketed(node, place, lo, hi, order)) if node.flow else self.block(node, place, lo, hi, order)

    def inner(self, node: Node, place: Place, index: int) -> Place:
        return (*place, node.keys[index] if node.keys is not None else index)

    def bracketed(self, node: Node, place: Place, lo: int, hi: int, order: list[int]) -> str:
        items = node.items
        parts = []
        for index, item in enumerate(items):
            _, own = self.value(item.value, self.inner(node, place, index), item.value.start, item.value.end)
            parts.append(self.text[item.start : item.value.start] + own)
        between = [self.text[first.value.end : second.start] for first, second in pairwise(items)]
        if order != list(range(len(items))):
            for item, gap in zip(items, between, strict=False):
                if not _BETWEEN.fullmatch(gap):
                    raise CannotMoveError(
                        item.value.end, "more than a comma stands between two entries of the brackets"
                    )
            if self.text[node.start + 1 : items[0].start].strip():
                raise CannotMoveError(node.start + 1, "a comment or a question mark opens the brackets")
        out = self.text[lo : items[0].start]
        for number, index in enumerate(order):
            out += (between[number - 1] if number else "") + parts[index]
        return out + self.text[items[-1].value.end : hi]

    def block(self, node: Node, place: Place, lo: int, hi: int, order: list[int]) -> tuple[str, str]:
        column = len(self.indent(node.start))
        compact = self.compact(node)
        blanks, leads, foot = [""], [""], ""
        if not compact:
            blanks[0], leads[0] = self.split(lo, self.line_start(node.start))
        bodies = []
        for index, item in enumerate(node.items):
            after = self.next_line(item.value.end - 1)
            last = index + 1 == len(node.items)
            limit = hi if last else self.line_start(node.items[index + 1].start)
            own_end = self.deeper(after, limit, column)
            above, body = self.entry(item, self.inner(node, place, index), own_end)
            leads[index] += "".join(
                " " * column + line if line.strip() else line for line in above.splitlines(keepends=True)
            )
            bodies.append(body)
            if last:
                foot = self.text[own_end:limit]
            else:
                blank, lead = self.split(own_end, limit)
                blanks.append(blank)
                leads.append(lead)
        head = leads[order[0]] if compact else ""
        out = ""
        for number, index in enumerate(order):
            if number or not compact:
                out += blanks[number] + leads[index] + " " * column
            out += bodies[index]
        above = "".join(line.lstrip(" ") for line in head.splitlines(keepends=True))
        return above, out + foot

    def entry(self, item: Item, place: Place, end: int) -> tuple[str, str]:
        """An entry from its key or dash to ``end``, the beginning of a line."""
        value = item.value
        if value.flow or value.scalar is not None:
            _, own = self.value(value, place, value.start, value.end)
            return "", self.text[item.start : value.start] + own + self.text[value.end : end]
        lo = value.start if self.compact(value) else self.next_line(item.start)
        above, own = self.value(value, place, lo, end)
        return above, self.text[item.start : lo] + own

    def lines(self, lo: int, hi: int) -> Iterator[tuple[int, str]]:
        while lo < hi:
            end = min(self.next_line(lo), hi)
            yield lo, self.text[lo:end]
            lo = end

    def deeper(self, lo: int, hi: int, column: int) -> int:
        """Where what belongs to the entry above ends: behind the last comment that is indented deeper than it."""
        end = lo
        for at, line in self.lines(lo, hi):
            bare = line.lstrip(" ")
            if bare.startswith("#"):
                if len(line) - len(bare) <= column:
                    break
                end = at + len(line)
        return end

    def split(self, lo: int, hi: int) -> tuple[str, str]:
        """Blank lines, which stay where they are, and the rest, which belongs to the entry below."""
        at = next((at for at, line in self.lines(lo, hi) if line.strip()), hi)
        return self.text[lo:at], self.text[at:hi]
