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

from ...engine.partial import joined
from ..functions import glued
from . import text_functions
from .value_types import (
    MAX_ELEMENTS,
    Failed,
    NotKnown,
    as_known,
    as_list,
    as_mapping,
    as_number,
    bounded,
    encode,
    is_known,
    is_open,
    text,
)


def _concat(*lists: Any) -> list[Any]:
    """What is not known of the lists stands for their elements."""
    return bounded([item for part in lists for item in ([part] if is_open(part) else as_list(part))])


def _flatten(value: Any) -> list[Any]:
    out: list[Any] = []
    left = [*reversed(as_list(value))]
    while left:
        item = left.pop()
        if isinstance(item, list):
            left += reversed(item)
        else:
            out.append(item)
    return bounded(out)


def _distinct(value: Any) -> list[Any]:
    out: list[Any] = []
    seen = set()
    for item in as_list(value):
        key = json.dumps(item, sort_keys=True, default=id)
        if key not in seen:
            seen.add(key)
            out.append(item)
    return out


def _merge(*values: Any) -> dict[str, Any]:
    return {key: item for part in values if part is not None for key, item in as_mapping(part).items()}


def _lookup(value: Any, key: Any, *default: Any) -> Any:
    known = as_mapping(value)
    key = as_known(key)
    if key in known:
        return known[key]
    if not default:
        raise Failed("no such key")
    return default[0]


def _element(value: Any, index: Any) -> Any:
    items = as_list(value)
    if not items:
        raise Failed("an empty list")
    return items[int(as_number(as_known(index))) % len(items)]


def _coalesce(*values: Any) -> Any:
    for value in values:
        if is_open(value):
            raise NotKnown
        if value is not None and value != "":
            return value
    raise Failed("no value")


def _coalescelist(*values: Any) -> Any:
    return next((one for one in values if as_list(one)), [])


def _compact(value: Any) -> list[Any]:
    return [item for item in as_list(value) if item is not None and item != ""]


def _contains(value: Any, item: Any) -> bool:
    return as_known(item) in as_known(as_list(value))


def _join(sign: Any, *lists: Any) -> str:
    items = [text(item) for part in lists for item in ([part] if is_open(part) else as_list(part))]
    return joined(glued(as_known(text(sign)), items))


def _length(value: Any) -> int:
    if isinstance(value, (list, Mapping)):
        return len(value)
    return len(as_known(text(value)))


def _range(*limits: Any) -> list[Any]:
    numbers = [as_number(as_known(one)) for one in limits]
    start, end = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    step = numbers[2] if len(numbers) > 2 else (1 if end >= start else -1)
    if not step or abs((end - start) / step) > MAX_ELEMENTS:
        raise NotKnown
    return [start + step * index for index in range(max(0, math.ceil((end - start) / step)))]


def _slice(value: Any, start: Any, end: Any) -> list[Any]:
    return as_list(value)[int(as_number(as_known(start))) : int(as_number(as_known(end)))]


def _sort(value: Any) -> list[Any]:
    return sorted(text(item) for item in as_known(as_list(value)))


def _substr(value: Any, start: Any, size: Any) -> str:
    given, start, size = as_known(text(value)), int(as_number(as_known(start))), int(as_number(as_known(size)))
    return str(given[start:] if size < 0 else given[start:][:size])


def _setproduct(*lists: Any) -> list[Any]:
    out: list[list[Any]] = [[]]
    for part in lists:
        items = as_list(part)
        if len(out) * len(items) > MAX_ELEMENTS:
            raise NotKnown
        out = [[*head, item] for head in out for item in items]
    return out


def _tobool(value: Any) -> Any:
    known = {"true": True, "false": False}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and as_known(value) in known:
        return known[value]
    raise Failed("no boolean")


def _zipmap(keys: Any, values: Any) -> dict[str, Any]:
    return dict(zip((as_known(text(key)) for key in as_list(keys)), as_list(values), strict=False))


def _decode(value: Any) -> Any:
    try:
        return json.loads(as_known(text(value)))
    except (ValueError, RecursionError):
        raise Failed("no JSON") from None


def _encode64(value: Any) -> str:
    return base64.b64encode(as_known(text(value)).encode("utf-8", "surrogatepass")).decode("ascii")


def _decode64(value: Any) -> str:
    try:
        return base64.b64decode(as_known(text(value)), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Failed("no Base64") from None


def _of_text(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of texts that are known."""
    return lambda *values: function(*(as_known(text(value)) for value in values))


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: function(*(as_number(as_known(value)) for value in values))


def _digest(name: str) -> Callable[..., str]:
    def digest(value: Any) -> str:
        return hashlib.new(
            name, as_known(text(value)).encode("utf-8", "surrogatepass"), usedforsecurity=False
        ).hexdigest()

    return digest


def _same(value: Any) -> Any:
    return value


#: The functions by name; what they do not have, and what depends on the time or chance, is not known.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": _of_numbers(abs),
    "alltrue": lambda value: all(_tobool(item) for item in as_known(as_list(value))),
    "anytrue": lambda value: any(_tobool(item) for item in as_known(as_list(value))),
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
    "format": text_functions.format_text,
    "formatlist": text_functions.format_list,
    "index": lambda value, item: as_known(as_list(value)).index(as_known(item)),
    "join": _join,
    "jsondecode": _decode,
    "jsonencode": encode,
    "keys": lambda value: sorted(as_mapping(value)),
    "length": _length,
    "lookup": _lookup,
    "lower": _of_text(str.lower),
    "max": _of_numbers(max),
    "md5": _digest("md5"),
    "merge": _merge,
    "min": _of_numbers(min),
    "nonsensitive": _same,
    "one": lambda value: next(iter(as_list(value)), None) if value is not None else None,
    "range": _range,
    "regex": text_functions.find,
    "regexall": text_functions.find_all,
    "replace": text_functions.replace,
    "reverse": lambda value: as_list(value)[::-1],
    "sensitive": _same,
    "setproduct": _setproduct,
    "setunion": lambda *lists: _distinct(_concat(*lists)),
    "sha1": _digest("sha1"),
    "sha256": _digest("sha256"),
    "slice": _slice,
    "sort": _sort,
    "split": text_functions.split,
    "startswith": _of_text(lambda value, begin: value.startswith(begin)),
    "strcontains": _of_text(lambda value, part: part in value),
    "substr": _substr,
    "sum": lambda value: sum(as_number(item) for item in as_known(as_list(value))),
    "title": _of_text(lambda value: re.sub(r"\b[a-z]", lambda found: found[0].upper(), value)),
    "tobool": _tobool,
    "tolist": lambda value: as_list(value) if value is not None else None,
    "tomap": _same,
    "tonumber": lambda value: None if value is None else as_number(as_known(value)),
    "toset": lambda value: _distinct(value) if value is not None else None,
    "tostring": lambda value: None if value is None else text(value),
    "trim": _of_text(lambda value, signs: value.strip(signs)),
    "trimprefix": _of_text(lambda value, begin: value.removeprefix(begin)),
    "trimspace": _of_text(str.strip),
    "trimsuffix": _of_text(lambda value, end: value.removesuffix(end)),
    "upper": _of_text(str.upper),
    "values": as_list,
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
