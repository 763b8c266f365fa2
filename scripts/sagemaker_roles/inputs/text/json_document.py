"""Strict JSON with positions: duplicate keys, NaN, garbage and too deep nesting are named with line and column."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from typing import Any, NoReturn

from ...canonical import quoted
from ...errors import Position
from .content import InputError
from .numbers import Number

#: How deep lists and mappings may be nested.
MAX_DEPTH = 100

Path = tuple[str | int, ...]

#: The offset of a value (of its key in a mapping); for a list or mapping, with the nodes in it by index or key.
Node = int | tuple[int, "dict[str | int, Node]"]

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


def _number(text: str) -> Number:
    number = Number(text)
    if math.isinf(number):
        raise _Refused
    return number


DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_number)


def parse(text: str, name: str) -> list[Any]:
    """Reads JSON text: one value, or several that each begin on a line of their own (JSON Lines).

    Args:
        name: what positions call it.

    Raises:
        InputError: with line and column.
    """
    values: list[Any] = []
    end = 0
    at = _blank(text, 0)
    if at == len(text):
        raise InputError("empty; give JSON or YAML", Position(name, 1, 1))
    while at < len(text):
        if values and (text[at] not in "{[" or "\n" not in text[end:at]):
            raise InputError("something follows the JSON value; take it out", position(text, at, name))
        try:
            value, end = DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise InputError(f"not JSON: {_plain(error.msg)}", position(text, error.pos, name)) from None
        except (ValueError, RecursionError):
            raise reason(text, at, name) from None
        if depth(value) > MAX_DEPTH:
            raise reason(text, at, name)
        values.append(value)
        at = _blank(text, end)
    return values


def stream(
    text: str, name: str, lists: Collection[str], decoder: json.JSONDecoder = DECODER
) -> Iterator[tuple[Path, Any, int, int]]:
    """Reads JSON objects, one after the other, so that memory holds one part's values at a time.

    Args:
        name: what positions call the text.
        lists: members whose lists are read item by item.
        decoder: reads each part; the strict one also bounds how deep values are nested.

    Yields:
        The path of a part, which is a member or an item, its value, and where it begins and ends; at the end of each
        object the empty path.

    Raises:
        InputError: it is not JSON, with line and column.
    """
    at = end = 0
    while (at := _blank(text, end)) < len(text):
        if text[at] != "{":
            message = "something follows the JSON value; take it out, or fetch the file again"
            raise InputError(message, position(text, at, name))
        begin, at, seen = at, _blank(text, at + 1), set[str]()
        while text[at : at + 1] != "}":
            at = _after_mark(text, at, ",", name) if seen else at
            key, after = part(text, at, name, 0, DECODER)
            if not isinstance(key, str):
                raise InputError("not JSON: expected a name in double quotes", position(text, at, name))
            if key in seen:
                message = f"the key {quoted(key)} stands twice; remove the duplicate"
                raise InputError(message, position(text, at, name))
            seen.add(key)
            at = _after_mark(text, _blank(text, after), ":", name)
            if key not in lists or text[at : at + 1] != "[":
                value, after = part(text, at, name, 1, decoder)
                yield (key,), value, at, after
                at = _blank(text, after)
                continue
            number, at = 0, _blank(text, at + 1)
            while text[at : at + 1] != "]":
                at = _after_mark(text, at, ",", name) if number else at
                value, after = part(text, at, name, 2, decoder)
                yield (key, number), value, at, after
                number, at = number + 1, _blank(text, after)
            at = _blank(text, at + 1)
        end = at + 1
        yield (), None, begin, end


def _after_mark(text: str, at: int, mark: str, name: str) -> int:
    if text[at : at + 1] != mark:
        raise InputError(f"not JSON: expected {quoted(mark)}{_cut(text, at)}", position(text, at, name))
    return _blank(text, at + 1)


def part(text: str, at: int, name: str, above: int, decoder: json.JSONDecoder = DECODER) -> tuple[Any, int]:
    """The value at an offset, below some levels, and the offset of its end.

    Raises:
        InputError: it is not JSON, or nested too deep.
    """
    try:
        value, end = decoder.raw_decode(text, at)
    except json.JSONDecodeError as error:
        message = f"not JSON: {_plain(error.msg)}{_cut(text, error.pos)}"
        raise InputError(message, position(text, error.pos, name)) from None
    except (ValueError, RecursionError):
        raise reason(text, at, name, above) from None
    if decoder is DECODER and depth(value) + above > MAX_DEPTH:
        raise reason(text, at, name, above)
    return value, end


def _cut(text: str, at: int) -> str:
    return "; the file ends too early, fetch it again" if _blank(text, at) >= len(text) else ""


_BLANK = re.compile(r"[ \t\n\r]*")


def _blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _plain(message: str) -> str:
    """The reader's message, as the rest of ours are written."""
    text = message[0].lower() + message[1:].replace("'", '"')
    return text if text.startswith("invalid") else text.replace("expecting", "expected")


def depth(value: Any) -> int:
    """How deep a value is nested, without recursion; one more than allowed where it is deeper than allowed."""
    level = [value] if isinstance(value, (dict, list)) and value else []
    for level_number in range(MAX_DEPTH + 1):
        if not level:
            return level_number
        level = [
            inner
            for item in level
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, (dict, list)) and inner
        ]
    return MAX_DEPTH + 1


def position(text: str, offset: int, name: str) -> Position:
    """Line and column of an offset."""
    start = text.rfind("\n", 0, offset) + 1
    return Position(name, text.count("\n", 0, offset) + 1, offset - start + 1)


def reason(text: str, start: int, name: str, above: int = 0) -> InputError:
    """Why the value at an offset, below some levels, was refused: the first fault a slow but exact scan finds."""
    seen: list[set[str]] = []
    for path, offset, word, opens in _scan(text, start):
        if len(path) + above > MAX_DEPTH:
            return InputError(f"nested deeper than {MAX_DEPTH} levels", position(text, offset, name))
        if opens:
            seen = seen[: len(path)]
            seen.append(set())
        if path and isinstance(path[-1], str):
            keys = seen[len(path) - 1]
            if path[-1] in keys:
                return InputError(
                    f"the key {quoted(path[-1])} stands twice; remove the duplicate", position(text, offset, name)
                )
            keys.add(path[-1])
        if word in ("NaN", "Infinity", "-Infinity"):
            return InputError(f"{word} is not JSON; give a number", position(text, offset, name))
        is_whole = word.lstrip("-").isdigit()
        if not is_whole and word[0] in "-0123456789" and math.isinf(float(word)):
            return InputError(f"the number {word[:40]} is too large; give a smaller one", position(text, offset, name))
        if is_whole and len(word) > 4000:
            return InputError("a number of too many digits", position(text, offset, name))
    return InputError("not JSON that can be read", position(text, start, name))


def _scan(text: str, start: int) -> Iterator[tuple[Path, int, str, bool]]:
    """Every value with its path, its key's or its own offset, its first word and whether it opens a container.

    Expects text that is JSON but for what :func:`reason` looks for.
    """
    path: list[str | int] = []
    containers: list[str] = []
    key_at = -1
    expects_key = False
    for match in _TOKEN.finditer(text, start):
        word = match.group()
        if word in ("}", "]"):
            if not containers:
                return
            containers.pop()
            if not containers:
                return
            path.pop()
            expects_key = False
        elif word == ",":
            if containers and containers[-1] == "[" and path:
                path[-1] = int(path[-1]) + 1
            expects_key = bool(containers) and containers[-1] == "{"
        elif word == ":":
            continue
        elif expects_key:
            path[-1] = json.loads(word)
            key_at = match.start()
            expects_key = False
        else:
            at = key_at if key_at >= 0 else match.start()
            key_at = -1
            opens = word in ("{", "[")
            yield tuple(path), at, word, opens
            if opens:
                containers.append(word)
                path.append("" if word == "{" else 0)
                expects_key = word == "{"
            elif not containers:
                return


def places(text: str) -> list[Node]:
    """The node of each value of a text that :func:`parse` reads, found in one go."""
    nodes: list[Node] = []
    at = _blank(text, 0)
    while at < len(text):
        stack: list[dict[str | int, Node]] = []
        for path, offset, _, opens in _scan(text, at):
            del stack[len(path) :]
            node: Node = (offset, {}) if opens else offset
            if path:
                stack[-1][path[-1]] = node
            else:
                nodes.append(node)
            if not isinstance(node, int):
                stack.append(node[1])
        at = _blank(text, DECODER.raw_decode(text, at)[1])
    return nodes
