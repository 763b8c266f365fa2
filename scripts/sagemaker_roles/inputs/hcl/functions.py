"""The functions of Terraform's language that configuration uses for names, lists, and policies."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from ...engine.partial import Partial, Unknown, joined
from ..functions import MAX_TEXT, glued
from ..text.numbers import text_of

#: How many elements a function can make.
MAX_ELEMENTS = 10_000

#: Widths and precisions in formats: none that makes a text of a million spaces.
_FORMAT = re.compile(r"%(?:\[(\d)\])?([-+ 0#]*)(\d{0,2})(?:\.(\d{1,2}))?([%a-zA-Z])")
#: What a regular expression may not have: repeated groups, which can take forever.
_SLOW = re.compile(r"\)[*+{]|[*+}]\??[*+{]")
_MAX_PATTERN, _MAX_SEARCHED = 200, 1000


class Failed(Exception):
    """Raised where Terraform reports an error, which ``try`` and ``can`` take."""


class NotKnown(Exception):
    """Raised where the result depends on what is not known."""


def is_known(value: Any) -> bool:
    """Whether all of a value is known."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, Partial):
            return False
        if isinstance(item, list):
            left += item
        elif isinstance(item, Mapping):
            left += item.values()
        elif not (item is None or isinstance(item, (str, int, float))):
            return False
    return True


def is_open(value: Any) -> bool:
    """Whether nothing of a value is known, not even its type."""
    return isinstance(value, Partial) and len(value.parts) == 1 and isinstance(value.parts[0], Unknown)


def text(value: Any) -> str:
    """A value as text.

    Raises:
        Failed: it is a list, a mapping, or null.
        NotKnown: it is a resource as a whole.
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (list, Mapping)):
        raise Failed("no text")
    if not isinstance(value, (int, float)):
        raise NotKnown
    return text_of(int(value) if isinstance(value, float) and value.is_integer() else value)


def encode(value: Any) -> str:
    """A value as JSON, as ``jsonencode`` writes it; what is not known is in texts.

    Raises:
        NotKnown: a resource as a whole is in it.
    """
    return joined(_encoded(value))


def _encoded(value: Any) -> list[str | Unknown]:
    if isinstance(value, Partial):
        inner = (json.dumps(str(part))[1:-1] if isinstance(part, str) else part for part in value.parts)
        return ['"', *inner, '"']
    if isinstance(value, list):
        return [
            "[",
            *(part for index, item in enumerate(value) for part in ([","] * (index > 0) + _encoded(item))),
            "]",
        ]
    if isinstance(value, Mapping):
        parts: list[str | Unknown] = ["{"]
        for index, (key, item) in enumerate(sorted(value.items())):
            parts += [","] * (index > 0)
            parts += [*_encoded(key), ":", *_encoded(item)]
        return [*parts, "}"]
    if not (value is None or isinstance(value, (str, int, float))):
        raise NotKnown
    return [json.dumps(str(value)) if isinstance(value, str) else text_of(value)]


def _list(value: Any) -> list[Any]:
    """A value as a list.

    Raises:
        Failed: it is something else.
        NotKnown: it is not known.
    """
    if isinstance(value, Partial):
        raise NotKnown
    if isinstance(value, Mapping):
        return [item for _, item in sorted(value.items())]
    if not isinstance(value, list):
        raise Failed("no list")
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Partial):
        raise NotKnown
    if not isinstance(value, Mapping):
        raise Failed("no mapping")
    return value


def _known(value: Any) -> Any:
    if not is_known(value):
        raise NotKnown
    return value


def _number(value: Any) -> Any:
    if isinstance(value, str):
        try:
            number = float(_known(value))
        except ValueError:
            raise Failed("no number") from None
        value = int(number) if number.is_integer() else number
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Failed("no number")
    return value


def _concat(*lists: Any) -> list[Any]:
    """What is not known of the lists stands for their elements."""
    return _few([item for part in lists for item in ([part] if is_open(part) else _list(part))])


def _few(items: list[Any]) -> list[Any]:
    if len(items) > MAX_ELEMENTS:
        raise NotKnown
    return items


def _flatten(value: Any) -> list[Any]:
    out: list[Any] = []
    left = [*reversed(_list(value))]
    while left:
        item = left.pop()
        if isinstance(item, list):
            left += reversed(item)
        else:
            out.append(item)
    return _few(out)


def _distinct(value: Any) -> list[Any]:
    out: list[Any] = []
    seen = set()
    for item in _list(value):
        key = json.dumps(item, sort_keys=True, default=id)
        if key not in seen:
            seen.add(key)
            out.append(item)
    return out


def _merge(*values: Any) -> dict[str, Any]:
    return {key: item for part in values if part is not None for key, item in _mapping(part).items()}


def _lookup(value: Any, key: Any, *default: Any) -> Any:
    known = _mapping(value)
    key = _known(key)
    if key in known:
        return known[key]
    if not default:
        raise Failed("no such key")
    return default[0]


def _element(value: Any, index: Any) -> Any:
    items = _list(value)
    if not items:
        raise Failed("an empty list")
    return items[int(_number(_known(index))) % len(items)]


def _coalesce(*values: Any) -> Any:
    for value in values:
        if is_open(value):
            raise NotKnown
        if value is not None and value != "":
            return value
    raise Failed("no value")


def _coalescelist(*values: Any) -> Any:
    return next((one for one in values if _list(one)), [])


def _compact(value: Any) -> list[Any]:
    return [item for item in _list(value) if item is not None and item != ""]


def _contains(value: Any, item: Any) -> bool:
    return _known(item) in _known(_list(value))


def _join(sign: Any, *lists: Any) -> str:
    items = [text(item) for part in lists for item in ([part] if is_open(part) else _list(part))]
    return joined(glued(_known(text(sign)), items))


def _length(value: Any) -> int:
    if isinstance(value, (list, Mapping)):
        return len(value)
    return len(_known(text(value)))


def format_text(spec: Any, *values: Any) -> str:
    """A text by a format of Terraform; what is not known of the values stays.

    Raises:
        Failed: the format has no such verb, or no value for one.
        NotKnown: a value that is not known would change on the way.
    """
    out: list[Any] = []
    at = number = 0
    for match in _FORMAT.finditer(_known(text(spec))):
        out.append(spec[at : match.start()])
        at = match.end()
        if match[5] == "%":
            out.append("%")
            continue
        number = int(match[1]) - 1 if match[1] else number
        if number >= len(values):
            raise Failed("no value")
        out.append(_formatted(match, values[number]))
        number += 1
    return joined([*out, spec[at:]])


def _formatted(match: re.Match[str], value: Any) -> str:
    flags, width, precision, verb = match[2], match[3], match[4], match[5]
    if verb in "sv" and not isinstance(value, (list, Mapping)) and not width and precision is None:
        return text(value)
    if verb == "v" or (verb == "q" and not width):
        return encode(value) if verb == "v" else encode(text(value))
    _known(value)
    spec = "%" + flags + width + ("" if precision is None else f".{precision}")
    if verb == "s":
        return (spec + "s") % text(value)
    if verb == "t":
        return text(value)
    if verb in "dboxXeEfFgG":
        plain = _number(value)
        if verb == "b":
            return format(int(plain), f"{flags}{width}b".replace("#", ""))
        return (spec + verb) % (int(plain) if verb in "doxX" else plain)
    raise Failed(f"no verb {verb}")


def _formatlist(spec: Any, *values: Any) -> list[str]:
    size = max((len(one) for one in values if isinstance(one, list)), default=1)
    each = [one if isinstance(one, list) else [one] * size for one in values]
    if any(is_open(one) for one in values) or any(len(one) != size for one in each):
        raise NotKnown
    return [format_text(spec, *items) for items in zip(*each, strict=True)] if each else [format_text(spec)]


def _pattern(pattern: Any, searched: str) -> re.Pattern[str]:
    written = _known(text(pattern))
    if len(written) > _MAX_PATTERN or len(searched) > _MAX_SEARCHED or _SLOW.search(written):
        raise NotKnown
    try:
        return re.compile(re.sub(r"\$$", r"\\Z", written))
    except (re.error, OverflowError, RecursionError):
        raise Failed("no regular expression") from None


def _replace(value: Any, old: Any, new: Any) -> str:
    given, old, new = _known(text(value)), _known(text(old)), _known(text(new))
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        pattern = _pattern(old[1:-1], given)
        return pattern.sub(re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", new.replace("\\", "\\\\")), given)
    if not old or len(given) * (1 + len(new)) > MAX_TEXT:
        raise NotKnown
    return str(given.replace(old, new))


def _regex(pattern: Any, value: Any) -> Any:
    given = _known(text(value))
    match = _pattern(pattern, given).search(given)
    if match is None:
        raise Failed("no match")
    return match.groupdict() or ([*match.groups()] if match.groups() else match[0])


def _regexall(pattern: Any, value: Any) -> list[Any]:
    given = _known(text(value))
    return [list(one) if isinstance(one, tuple) else one for one in _pattern(pattern, given).findall(given)]


def _range(*limits: Any) -> list[Any]:
    numbers = [_number(_known(one)) for one in limits]
    start, end = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    step = numbers[2] if len(numbers) > 2 else (1 if end >= start else -1)
    if not step or abs((end - start) / step) > MAX_ELEMENTS:
        raise NotKnown
    return [start + step * index for index in range(max(0, math.ceil((end - start) / step)))]


def _slice(value: Any, start: Any, end: Any) -> list[Any]:
    return _list(value)[int(_number(_known(start))) : int(_number(_known(end)))]


def _sort(value: Any) -> list[Any]:
    return sorted(text(item) for item in _known(_list(value)))


def _split(sign: Any, value: Any) -> list[str]:
    if isinstance(value, Partial) and value.startswith("arn:") and sign in ("/", ":"):
        return _split_parts(sign, value)
    sign, given = _known(text(sign)), _known(text(value))
    return _few([*given] if not sign else given.split(sign))


def _split_parts(sign: str, value: Partial) -> list[str]:
    """The parts of an ARN between signs that no part of it has which is not known."""
    out: list[list[str | Unknown]] = [[]]
    for part in value.parts:
        if isinstance(part, Unknown):
            out[-1].append(part)
            continue
        first, *others = part.split(sign)
        out[-1].append(first)
        out += [[one] for one in others]
    return [joined(parts) for parts in out]


def _substr(value: Any, start: Any, size: Any) -> str:
    given, start, size = _known(text(value)), int(_number(_known(start))), int(_number(_known(size)))
    return str(given[start:] if size < 0 else given[start:][:size])


def _setproduct(*lists: Any) -> list[Any]:
    out: list[list[Any]] = [[]]
    for part in lists:
        items = _list(part)
        if len(out) * len(items) > MAX_ELEMENTS:
            raise NotKnown
        out = [[*head, item] for head in out for item in items]
    return out


def _tobool(value: Any) -> Any:
    known = {"true": True, "false": False}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and _known(value) in known:
        return known[value]
    raise Failed("no boolean")


def _zipmap(keys: Any, values: Any) -> dict[str, Any]:
    return dict(zip((_known(text(key)) for key in _list(keys)), _list(values), strict=False))


def _decode(value: Any) -> Any:
    try:
        return json.loads(_known(text(value)))
    except (ValueError, RecursionError):
        raise Failed("no JSON") from None


def _encode64(value: Any) -> str:
    return base64.b64encode(_known(text(value)).encode("utf-8", "surrogatepass")).decode("ascii")


def _decode64(value: Any) -> str:
    try:
        return base64.b64decode(_known(text(value)), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Failed("no Base64") from None


def _of_text(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of texts that are known."""
    return lambda *values: function(*(_known(text(value)) for value in values))


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: function(*(_number(_known(value)) for value in values))


def _digest(name: str) -> Callable[..., str]:
    def digest(value: Any) -> str:
        return hashlib.new(
            name, _known(text(value)).encode("utf-8", "surrogatepass"), usedforsecurity=False
        ).hexdigest()

    return digest


def _same(value: Any) -> Any:
    return value


#: The functions by name; what they do not have, and what depends on the time or chance, is not known.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": _of_numbers(abs),
    "alltrue": lambda value: all(_tobool(item) for item in _known(_list(value))),
    "anytrue": lambda value: any(_tobool(item) for item in _known(_list(value))),
    "base64decode": _decode64,
    "base64encode": _encode64,
    "basename": _of_text(lambda path: path.rstrip("/").rpartition("/")[2]),
    "ceil": _of_numbers(math.ceil),
    "chomp": _of_text(lambda value: value.rstrip("\r\n")),
    "coalesce": _coalesce,
    "coalescelist": _coalescelist,
    "compact": _compact,
    "concat": _concat,
    "contains": _contains,
    "dirname": _of_text(lambda path: path.rpartition("/")[0] or "."),
    "distinct": _distinct,
    "element": _element,
    "endswith": _of_text(lambda value, end: value.endswith(end)),
    "flatten": _flatten,
    "floor": _of_numbers(math.floor),
    "format": format_text,
    "formatlist": _formatlist,
    "index": lambda value, item: _known(_list(value)).index(_known(item)),
    "join": _join,
    "jsondecode": _decode,
    "jsonencode": encode,
    "keys": lambda value: sorted(_mapping(value)),
    "length": _length,
    "lookup": _lookup,
    "lower": _of_text(str.lower),
    "max": _of_numbers(max),
    "md5": _digest("md5"),
    "merge": _merge,
    "min": _of_numbers(min),
    "nonsensitive": _same,
    "one": lambda value: next(iter(_list(value)), None) if value is not None else None,
    "range": _range,
    "regex": _regex,
    "regexall": _regexall,
    "replace": _replace,
    "reverse": lambda value: _list(value)[::-1],
    "sensitive": _same,
    "setproduct": _setproduct,
    "setunion": lambda *lists: _distinct(_concat(*lists)),
    "sha1": _digest("sha1"),
    "sha256": _digest("sha256"),
    "slice": _slice,
    "sort": _sort,
    "split": _split,
    "startswith": _of_text(lambda value, begin: value.startswith(begin)),
    "strcontains": _of_text(lambda value, part: part in value),
    "substr": _substr,
    "sum": lambda value: sum(_number(item) for item in _known(_list(value))),
    "title": _of_text(lambda value: re.sub(r"\b[a-z]", lambda found: found[0].upper(), value)),
    "tobool": _tobool,
    "tolist": lambda value: _list(value) if value is not None else None,
    "tomap": _same,
    "tonumber": lambda value: None if value is None else _number(_known(value)),
    "toset": lambda value: _distinct(value) if value is not None else None,
    "tostring": lambda value: None if value is None else text(value),
    "trim": _of_text(lambda value, signs: value.strip(signs)),
    "trimprefix": _of_text(lambda value, begin: value.removeprefix(begin)),
    "trimspace": _of_text(str.strip),
    "trimsuffix": _of_text(lambda value, end: value.removesuffix(end)),
    "upper": _of_text(str.upper),
    "values": _list,
    "zipmap": _zipmap,
}


def call(name: str, values: list[Any]) -> Any:
    """The result of a function.

    Raises:
        Failed: Terraform reports an error.
        NotKnown: it depends on what is not known, or the function is not known here.
    """
    function = FUNCTIONS.get(name)
    if function is None:
        raise NotKnown
    try:
        return function(*values)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        if all(map(is_known, values)):
            raise Failed(name) from None
        raise NotKnown from None
