"""Strict JSON with positions: duplicate keys, NaN, garbage and too deep nesting are named with line and column."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from typing import Any, NoReturn

from ...canonical import quoted
from .content import InputError
from .numbers import Number
from .places import Excerpt, InputDocument, Node, Path, Places

#: How deep lists and mappings may be nested.
MAX_DEPTH = 100

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_BLANK = re.compile(r"[ \t\n\r]*")


class _Refused(ValueError):
    """A value that Python's reader of JSON accepts and this one does not; :func:`_locate` says where it is."""


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


def parse(text: str, name: str) -> list[InputDocument]:
    """Read JSON text: one value, or several that each begin on a line of their own (JSON Lines).

    Args:
        name: what positions call it.

    Raises:
        InputError: with line and column.
    """
    whole = Excerpt(text, name)
    places = Places(whole, _nodes)
    found: list[InputDocument] = []
    end, at = 0, _blank(text, 0)
    if at == len(text):
        raise InputError("empty; give JSON or YAML", whole.position(0))
    while at < len(text):
        if found and (text[at] not in "{[" or "\n" not in text[end:at]):
            raise InputError("something follows the JSON value; take it out", whole.position(at))
        value, end = _value(whole, at)
        found.append(InputDocument(value, name, places, len(found)))
        at = _blank(text, end)
    return found


def stream(
    text: str, name: str, lists: Collection[str], decoder: json.JSONDecoder = DECODER
) -> Iterator[InputDocument]:
    """Read JSON objects, one after the other, so that memory holds one part's values at a time.

    Args:
        name: what positions call the text.
        lists: members whose lists are read item by item.
        decoder: reads each part; the strict one also bounds how deep values are nested.

    Yields:
        Each part, which is a member or an item; at the end of each object a document with an empty path.

    Raises:
        InputError: it is not JSON, with line and column.
    """
    whole = Excerpt(text, name)
    at = line = line_start = counted = 0

    def part(path: Path) -> InputDocument:
        nonlocal at, line, line_start, counted
        value, end = _value(whole, at, len(path), decoder, is_part=True)
        if breaks := text.count("\n", counted, at):
            line, line_start = line + breaks, text.rindex("\n", counted, at) + 1
        # Its own text alone: what is kept of a part does not keep the whole.
        excerpt = Excerpt(text[at:end], name, (line, at - line_start))
        counted, at = at, _blank(text, end)
        return InputDocument(value, name, Places(excerpt, _nodes, path), 0, path)

    def after_mark(mark: str) -> int:
        if text[at : at + 1] != mark:
            raise InputError(f"not JSON: expected {quoted(mark)}{_cut(text, at)}", whole.position(at))
        return _blank(text, at + 1)

    while (at := _blank(text, at)) < len(text):
        if text[at] != "{":
            message = "something follows the JSON value; take it out, or fetch the file again"
            raise InputError(message, whole.position(at))
        at, seen = _blank(text, at + 1), set[str]()
        while text[at : at + 1] != "}":
            at = after_mark(",") if seen else at
            key, end = _value(whole, at, is_part=True)
            if not isinstance(key, str):
                raise InputError("not JSON: expected a name in double quotes", whole.position(at))
            if key in seen:
                raise InputError(f"the key {quoted(key)} stands twice; remove the duplicate", whole.position(at))
            seen.add(key)
            at = _blank(text, end)
            at = after_mark(":")
            if key not in lists or text[at : at + 1] != "[":
                yield part((key,))
                continue
            number, at = 0, _blank(text, at + 1)
            while text[at : at + 1] != "]":
                at = after_mark(",") if number else at
                yield part((key, number))
                number += 1
            at = _blank(text, at + 1)
        at += 1
        yield InputDocument(None, name)


def strict(part: InputDocument) -> InputDocument:
    """A part of a stream read by the strict decoder.

    Raises:
        InputError: it refuses the part.
    """
    if part.places is None:
        return part
    return part._replace(value=_value(part.places.excerpt, 0, len(part.path), is_part=True)[0])


def _value(
    whole: Excerpt, at: int, above: int = 0, decoder: json.JSONDecoder = DECODER, *, is_part: bool = False
) -> tuple[Any, int]:
    """The value at an offset, below some levels, and the offset of its end.

    Raises:
        InputError: it is not JSON, or nested too deep.
    """
    try:
        value, end = decoder.raw_decode(whole.text, at)
    except json.JSONDecodeError as error:
        message = error.msg[0].lower() + error.msg[1:].replace("'", '"')
        message = message if message.startswith("invalid") else message.replace("expecting", "expected")
        cut = _cut(whole.text, error.pos) if is_part else ""
        raise InputError(f"not JSON: {message}{cut}", whole.position(error.pos)) from None
    except (ValueError, RecursionError):
        is_refused = True
    else:
        is_refused = decoder is DECODER and depth(value) + above > MAX_DEPTH
    if is_refused:
        _locate(whole, at, above)
        raise InputError("not JSON that can be read", whole.position(at))
    return value, end


def _cut(text: str, at: int) -> str:
    return "; the file ends too early, fetch it again" if _blank(text, at) >= len(text) else ""


def _blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


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


def _nodes(whole: Excerpt) -> list[Node]:
    """The node of each value of a text that was read without a fault."""
    nodes: list[Node] = []
    at = _blank(whole.text, 0)
    while at < len(whole.text):
        nodes.append(_locate(whole, at))
        at = _blank(whole.text, DECODER.raw_decode(whole.text, at)[1])
    return nodes


def _locate(whole: Excerpt, start: int, above: int = 0) -> Node:
    """The node of the value at an offset, below some levels: by a slow but exact scan of text that is JSON.

    Raises:
        InputError: what is first in it that :func:`parse` refuses.
    """
    around: list[dict[str | int, Node]] = [{}]  # the lists and mappings around the next value
    keys: list[str | int] = [0]  # the key of the next value in each of them
    key_at, expects_key = start, False
    for match in _TOKEN.finditer(whole.text, start):
        word, at = match.group(), match.start()
        key = keys[-1]
        if word in ("}", "]"):
            around.pop(), keys.pop()
            expects_key = False
        elif word == ",":
            keys[-1] = key + 1 if isinstance(key, int) else key
            expects_key = isinstance(key, str)
        elif word == ":":
            continue
        elif expects_key:
            keys[-1], key_at, expects_key = json.loads(word), at, False
        else:
            at = key_at if isinstance(key, str) else at
            if fault := _fault(word, key, key in around[-1], len(around) - 1 + above):
                raise InputError(fault, whole.position(at))
            if word in ("{", "["):
                inner: dict[str | int, Node] = {}
                around[-1][key] = (at, inner)
                around.append(inner)
                keys.append("" if word == "{" else 0)
                expects_key = word == "{"
            else:
                around[-1][key] = at
        if len(around) == 1:
            break
    return around[0].get(0, start)


def _fault(word: str, key: str | int, is_twice: bool, levels: int) -> str:
    """Why a value is refused, by its first word; "" if it is not."""
    if levels > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    if is_twice:
        return f"the key {quoted(str(key))} stands twice; remove the duplicate"
    if word in ("NaN", "Infinity", "-Infinity"):
        return f"{word} is not JSON; give a number"
    is_whole = word.lstrip("-").isdigit()
    if not is_whole and word[0] in "-0123456789" and math.isinf(float(word)):
        return f"the number {word[:40]} is too large; give a smaller one"
    return "a number of too many digits" if is_whole and len(word) > 4000 else ""
