"""Functions of Terraform's language about texts: formats, patterns, and parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...engine.partial import Partial, Unknown, joined
from ..functions import MAX_TEXT
from .value_types import Failed, NotKnown, as_known, as_number, bounded, encode, is_open, text

#: Widths and precisions in formats: none that makes a text of a million spaces.
_FORMAT = re.compile(r"%(?:\[(\d)\])?([-+ 0#]*)(\d{0,2})(?:\.(\d{1,2}))?([%a-zA-Z])")
#: What a regular expression may not have: repeated groups, which can take forever.
_SLOW = re.compile(r"\)[*+{]|[*+}]\??[*+{]")
_MAX_PATTERN, _MAX_SEARCHED = 200, 1000


def format_text(spec: Any, *values: Any) -> str:
    """A text by a format of Terraform; what is not known of the values stays.

    Raises:
        Failed: the format has no such verb, or no value for one.
        NotKnown: a value that is not known would change on the way.
    """
    out: list[Any] = []
    at = number = 0
    for match in _FORMAT.finditer(as_known(text(spec))):
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
    as_known(value)
    spec = "%" + flags + width + ("" if precision is None else f".{precision}")
    if verb == "s":
        return (spec + "s") % text(value)
    if verb == "t":
        return text(value)
    if verb in "dboxXeEfFgG":
        plain = as_number(value)
        if verb == "b":
            return format(int(plain), f"{flags}{width}b".replace("#", ""))
        return (spec + verb) % (int(plain) if verb in "doxX" else plain)
    raise Failed(f"no verb {verb}")


def format_list(spec: Any, *values: Any) -> list[str]:
    """Texts by a format, one for each element of the lists among the values; the raises of :func:`format_text`."""
    size = max((len(one) for one in values if isinstance(one, list)), default=1)
    each = [one if isinstance(one, list) else [one] * size for one in values]
    if any(is_open(one) for one in values) or any(len(one) != size for one in each):
        raise NotKnown
    return [format_text(spec, *items) for items in zip(*each, strict=True)] if each else [format_text(spec)]


def _pattern(pattern: Any, searched: str) -> re.Pattern[str]:
    written = as_known(text(pattern))
    if len(written) > _MAX_PATTERN or len(searched) > _MAX_SEARCHED or _SLOW.search(written):
        raise NotKnown
    try:
        return re.compile(re.sub(r"\$$", r"\\Z", written))
    except (re.error, OverflowError, RecursionError):
        raise Failed("no regular expression") from None


def replace(value: Any, old: Any, new: Any) -> str:
    """A text with another in place of a part, or of what a pattern in slashes finds."""
    given, old, new = as_known(text(value)), as_known(text(old)), as_known(text(new))
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        pattern = _pattern(old[1:-1], given)
        return pattern.sub(re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", new.replace("\\", "\\\\")), given)
    if not old or len(given) * (1 + len(new)) > MAX_TEXT:
        raise NotKnown
    return str(given.replace(old, new))


def find(pattern: Any, value: Any) -> Any:
    """What a pattern finds in a text; Failed if it is nothing."""
    given = as_known(text(value))
    match = _pattern(pattern, given).search(given)
    if match is None:
        raise Failed("no match")
    return match.groupdict() or ([*match.groups()] if match.groups() else match[0])


def find_all(pattern: Any, value: Any) -> list[Any]:
    """Everything that a pattern finds in a text."""
    given = as_known(text(value))
    return [list(one) if isinstance(one, tuple) else one for one in _pattern(pattern, given).findall(given)]


def split(sign: Any, value: Any) -> list[str]:
    """The parts of a text between signs."""
    if isinstance(value, Partial) and value.startswith("arn:") and sign in ("/", ":"):
        return _split_parts(sign, value)
    sign, given = as_known(text(sign)), as_known(text(value))
    return bounded([*given] if not sign else given.split(sign))


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
