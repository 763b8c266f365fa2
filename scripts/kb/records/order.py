"""Puts the keys and lists of a record into canonical order; comments, quotes and texts stay what they were."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from sagemaker_roles.errors.problems import DataError, Position, Problem
from sagemaker_roles.inputs.text.yaml_reader import loader

from .editor_schemas import modeline
from .locations import MAPPINGS, SORTED
from .schema import Schemas
from .strict_yaml import Map, parse_yaml

RULE = "order"
_MODELINE = re.compile(r"# *yaml-language-server *:")
_LOSES = "is not in order, and cannot be put in order without losing something; move the lines by hand"

#: A way into a value: keys of mappings, indexes of lists; of a list that is sorted, its texts.
Place = tuple[str | int, ...]


def in_order(text: str, path: str, name: str, schemas: Schemas) -> str:
    """The text of a record in canonical order, with the line for editors at its top.

    A comment moves with the entry it stands above or behind; one that is indented deeper than the entry below stays
    with the entry above. Blank lines move as comments do. Comments at the top of the file stay there.

    Args:
        text: a YAML file of data/.
        path: the file, as positions name it: ``data/…``.
        name: its schema.
        schemas: the schemas, whose keys are in canonical order and which say which lists are sorted.

    Returns:
        The text; if it was in order, the same but for the line for editors. Else its layout is that of the records
        (indentation by two, brackets in one line), and its meaning that of the old one, which was verified.

    Raises:
        DataError: the text is no sound YAML, or cannot be put in order without loss.
    """
    value, problems = parse_yaml(text, path)
    if problems:
        raise DataError(problems)
    order = _Order(name, schemas)
    new = text
    if not order.holds(value):
        new = _arranged(text.replace("\r\n", "\n"), path, value, order)
        if "\r\n" in text:
            new = new.replace("\n", "\r\n")
        result, faults = parse_yaml(new, path)
        if (
            faults
            or not order.holds(result)
            or order.plain(result) != order.plain(value)
            or _signs(new) != _signs(text)
        ):
            raise DataError([Problem(Position(path), RULE, _LOSES)])
    first, _, rest = new.partition("\n")
    line = modeline(path, name) + "\r" * ("\r\n" in new)
    return new if first == line else f"{line}\n{rest if _MODELINE.match(first) else new}"


def _signs(text: str) -> Counter[str]:
    """What no layout may change: letters, digits, and what begins a comment; brackets and quotes may."""
    return Counter(sign for sign in text if sign.isalnum() or sign == "#")


class _Order:
    """The canonical order of one kind of file."""

    def __init__(self, name: str, schemas: Schemas) -> None:
        self.name = name
        self.schemas = schemas
        self.mapping = name in MAPPINGS

    def keys(self, place: Place, present: list[str]) -> list[str]:
        """The keys of the mapping at a place in order; an unknown one stays behind the known one that it follows."""
        if self.mapping and not place:
            return sorted(present) if self.name in SORTED else present
        ranks = {key: rank for rank, key in enumerate(self.schemas.schema_at(self.name, place[self.mapping :]))}
        place_of: dict[str, int] = {}
        latest = -1
        for key in present:
            place_of[key] = latest = ranks.get(key, latest)
        return sorted(present, key=place_of.__getitem__)

    def is_sorted(self, place: Place, value: list[Any]) -> bool:
        """Whether the list at a place is one that the schema wants sorted."""
        rule = (self.schemas.rule_at(self.name, place[self.mapping :]) if place[self.mapping :] else None) or {}
        return rule.get("check_with") == "sorted_unique" and all(isinstance(item, str) for item in value)

    def inner(self, place: Place, value: Any) -> list[tuple[Place, Any]]:
        """The entries of a mapping or list with their places."""
        if isinstance(value, dict):
            return [((*place, str(key)), item) for key, item in value.items()]
        if not isinstance(value, list):
            return []
        by_text = self.is_sorted(place, value)
        return [((*place, str(item) if by_text else index), item) for index, item in enumerate(value)]

    def plain(self, value: Any, place: Place = ()) -> Any:
        """A value that equals that of the same record in another order."""
        if isinstance(value, list) and self.is_sorted(place, value):
            return sorted(value)
        inner = [self.plain(item, at) for at, item in self.inner(place, value)]
        return dict(zip(value, inner, strict=True)) if isinstance(value, dict) else inner or (type(value), value)

    def holds(self, value: Any, place: Place = ()) -> bool:
        """Whether a value is in order."""
        if isinstance(value, dict):
            here = list(value) == self.keys(place, list(value))
        else:
            here = not isinstance(value, list) or not self.is_sorted(place, value) or value == sorted(value)
        return here and all(self.holds(item, at) for at, item in self.inner(place, value))

    def put(self, value: Any, place: Place = ()) -> None:
        """Puts what ruamel.yaml read in order; comments behind an entry go along."""
        for at, item in self.inner(place, value):
            self.put(item, at)
        if isinstance(value, dict):
            for key in self.keys(place, list(value)):
                value.move_to_end(key)  # type: ignore[attr-defined]
        elif isinstance(value, list) and self.is_sorted(place, value):
            value.sort()

    def lines(self, value: Any, place: Place = ()) -> Iterator[tuple[int, Place]]:
        """The line (from 0) of every entry, outer ones first."""
        places = value.key_at.values() if isinstance(value, Map) else getattr(value, "item_at", ())
        for position, (at, item) in zip(places, self.inner(place, value), strict=False):
            yield position.line - 1, at
            yield from self.lines(item, at)


def _arranged(text: str, path: str, value: Any, order: _Order) -> str:
    """A text in order: ruamel.yaml moves the entries, and the lines between them are put in again where these went."""
    lines = text.splitlines(keepends=True)
    places: dict[int, Place] = {}
    for line, at in order.lines(value):
        places.setdefault(line, at)
    events: Iterator[Any] = yaml.parse(text, Loader=loader())
    marks: Any = ((event.start_mark, event.end_mark) for event in events if isinstance(event, yaml.ScalarEvent))
    inside = {line for start, end in marks for line in range(start.line + 1, end.line + (end.column > 0))}
    begin = _head(lines, min(places), order.mapping)
    between = {n for n, line in enumerate(lines) if n >= begin and n not in inside and line.strip()[:1] in ("", "#")}
    above: dict[Place, list[str]] = {}
    below: dict[Place, list[str]] = {}
    rest: list[str] = []
    latest: Place = ()
    for number in range(begin, len(lines)):
        if number in between:
            rest.append(lines[number])
        elif number in places:
            column = _column(lines[number])
            said = [n for n, line in enumerate(rest) if line.strip()]
            split = next((n for n in said if _column(rest[n]) <= column), len(rest) if said else 0)
            below[latest], above[places[number]], latest = rest[:split], rest[split:], places[number]
            rest = []
    moved = rewritten("".join(line for n, line in enumerate(lines[begin:], begin) if n not in between), order.put)
    starts: dict[int, list[Place]] = {}
    for line, at in order.lines(parse_yaml(moved, path)[0]):
        starts.setdefault(line, []).append(at)
    out = lines[:begin]
    tail: list[str] = []
    for number, written in enumerate(moved.splitlines(keepends=True)):
        if number in starts:
            out += tail
            pad = " " * _column(written)
            mine = [text for at in starts[number] for text in above.get(at, ())]
            out += [pad + text.lstrip(" ") if text.strip() else text for text in mine if number or text.strip()]
            tail = [text for at in starts[number] for text in below.get(at, ())]
        out.append(written)
    new = "".join([*out, *tail, *rest])
    return new if text.endswith("\n") else new.removesuffix("\n")


def rewritten(text: str, change: Callable[[Any], None]) -> str:
    """YAML text after a change of what ruamel.yaml reads of it, in the layout of the records; comments may get lost."""
    from ruamel.yaml import YAML
    from ruamel.yaml.emitter import RoundTripEmitter

    class Emitter(RoundTripEmitter):
        MAX_SIMPLE_KEY_LENGTH = 1000  # a longer one may stand behind a question mark only

    yaml = YAML()
    yaml.Emitter = Emitter
    yaml.preserve_quotes = True
    yaml.width = 1 << 20
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(text)
    change(document)
    written = io.StringIO()
    yaml.dump(document, written)
    return written.getvalue()


def _column(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _head(lines: list[str], first: int, whole: bool) -> int:
    """Where what stays at the top of a file ends; ``first`` is the line of the first entry.

    The line for editors, a document line and comments that a blank line parts from the first entry stay, and in a file
    that maps ids to records all comments.
    """
    stays = [n for n in range(first) if whole or not lines[n].startswith("#") or _MODELINE.match(lines[n])]
    return stays[-1] + 1 if stays else 0
