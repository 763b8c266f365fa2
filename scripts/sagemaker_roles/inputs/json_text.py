"""Strict JSON with positions: duplicate keys, NaN, garbage and too deep nesting are named with line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from ..canonical import quoted
from ..problems import Position
from .text import InputError

#: How deep lists and mappings may be nested.
MAX_DEPTH = 100

Path = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)


class _Refused(ValueError):
    """A value JSON's own reader lets pass and we do not; the scanner finds out where it stands."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Refused
    return value


def _constant(_: str) -> NoReturn:
    raise _Refused


DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def parse(text: str, name: str) -> list[Any]:
    """Reads JSON text: one value, or several that each begin on a line of their own (JSON Lines).

    Args:
        text: the text.
        name: what positions call it.

    Raises:
        InputError: with line and column.
    """
    values: list[Any] = []
    end = 0
    at = _blank(text, 0)
    if at == len(text):
        raise InputError("empty; give a request", Position(name, 1, 1))
    while at < len(text):
        if values and (text[at] not in "{[" or "\n" not in text[end:at]):
            raise InputError("something follows the JSON value; take it out", position(text, at, name))
        try:
            value, end = DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise InputError(f"not JSON: {_plain(error.msg)}", position(text, error.pos, name)) from None
        except (ValueError, RecursionError):
            raise _reason(text, at, name) from None
        if _depth(value) > MAX_DEPTH:
            raise _reason(text, at, name)
        values.append(value)
        at = _blank(text, end)
    return values


_BLANK = re.compile(r"[ \t\n\r]*")


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _plain(message: str) -> str:
    """The reader's message, as the rest of ours are written."""
    text = message[0].lower() + message[1:]
    return text if text.startswith("invalid") else text.replace("expecting", "expected")


def _depth(value: Any) -> int:
    """How deep a value is nested, without recursion; one more than allowed where it is deeper than allowed."""
    level = [value]
    for depth in range(MAX_DEPTH + 1):
        level = [
            inner
            for item in level
            if isinstance(item, (dict, list))
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return depth
    return MAX_DEPTH + 1


def position(text: str, offset: int, name: str) -> Position:
    """Line and column of an offset."""
    start = text.rfind("\n", 0, offset) + 1
    return Position(name, text.count("\n", 0, offset) + 1, offset - start + 1)


def _reason(text: str, start: int, name: str) -> InputError:
    """Why the value at an offset was refused: the first fault a slow but exact scan finds."""
    seen: list[set[str]] = []
    for path, offset, word, opens in _scan(text, start):
        if len(path) > MAX_DEPTH:
            return InputError(f"nested deeper than {MAX_DEPTH} levels", position(text, offset, name))
        if opens:
            seen = seen[: len(path)]
            seen.append(set())
        if path and isinstance(path[-1], str) and len(seen) >= len(path):
            keys = seen[len(path) - 1]
            if path[-1] in keys:
                return InputError(f"the key {quoted(path[-1])} stands twice; keep one", position(text, offset, name))
            keys.add(path[-1])
        if word in ("NaN", "Infinity", "-Infinity"):
            return InputError(f"{word} is not JSON; give a number", position(text, offset, name))
        if len(word) > 4000 and word.lstrip("-").isdigit():
            return InputError("a number of too many digits", position(text, offset, name))
    return InputError("not JSON that can be read", position(text, start, name))


def _scan(text: str, start: int) -> Iterator[tuple[Path, int, str, bool]]:
    """Every value with its path, its key's or its own offset, its first word and whether it opens a container.

    Expects text that is JSON but for what :func:`_reason` looks for.
    """
    path: list[str | int] = []
    containers: list[str] = []
    key_at = -1
    expects_key = False
    for found in _TOKEN.finditer(text, start):
        word = found.group()
        if word in "}]":
            if not containers:
                return
            containers.pop()
            if path:
                path.pop()
            expects_key = False
        elif word == ",":
            if containers and containers[-1] == "[" and path:
                path[-1] = int(path[-1]) + 1
            expects_key = bool(containers) and containers[-1] == "{"
        elif word == ":":
            continue
        elif expects_key:
            try:
                path[-1] = json.loads(word)
            except ValueError:
                path[-1] = word
            key_at = found.start()
            expects_key = False
        else:
            at = key_at if key_at >= 0 else found.start()
            key_at = -1
            opens = word in "{["
            yield tuple(path), at, word, opens
            if opens:
                containers.append(word)
                path.append("" if word == "{" else 0)
                expects_key = word == "{"
            elif not containers:
                return


def locate(text: str, path: Path, name: str, document: int = 0) -> Position | None:
    """Where the value at a path stands: its key's place, or its own in a list; None if there is no such value."""
    at = _blank(text, 0)
    for _ in range(document):
        try:
            at = _blank(text, DECODER.raw_decode(text, at)[1])
        except (ValueError, RecursionError):
            return None
    for found, offset, _, _ in _scan(text, at):
        if found == path:
            return position(text, offset, name)
    return None
