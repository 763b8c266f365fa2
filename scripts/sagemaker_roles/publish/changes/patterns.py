"""Tells whether one IAM pattern names everything that another one names; a placeholder stands for itself only."""

from __future__ import annotations

import re
from functools import lru_cache

#: A token is a character, a wildcard, or a whole ``${…}``: what that is is not known, but the same everywhere.
_TOKEN = re.compile(r"\$\{[^}]*\}|.", re.DOTALL)
#: IAM's way to write a character that would be a wildcard.
_LITERAL = {"${*}": "\0*", "${?}": "\0?", "${$}": "$"}

_ANY, _ONE = "*", "?"


@lru_cache(maxsize=65536)
def tokens(pattern: str) -> tuple[str, ...]:
    """A pattern's tokens; a run of wildcards has one order (``?`` first, one ``*``), so that equal ones look equal."""
    found: list[str] = []
    run: list[str] = []
    for token in _TOKEN.findall(pattern):
        if token in (_ANY, _ONE):
            run.append(token)
            continue
        found += _ordered(run)
        run = []
        found.append(_LITERAL.get(token, token))
    return (*found, *_ordered(run))


def _ordered(run: list[str]) -> list[str]:
    return [_ONE] * run.count(_ONE) + [_ANY] * (_ANY in run)


@lru_cache(maxsize=262144)
def _inside(inner: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    """Whether ``outer`` matches ``inner`` read as text in which only a wildcard fits a wildcard."""
    reached = {0}
    for token in outer:
        if token == _ANY:
            reached = set(range(min(reached), len(inner) + 1))
            continue
        reached = {
            at + 1
            for at in reached
            if at < len(inner) and (inner[at] == token or (token == _ONE and _is_one_character(inner[at])))
        }
        if not reached:
            return False
    return len(inner) in reached


def _is_one_character(token: str) -> bool:
    return token != _ANY and not token.startswith("${")


def within(inner: str, outer: str) -> bool:
    """Whether everything that ``inner`` matches is matched by ``outer``.

    Both are texts with ``*`` and ``?``. A ``${Name}`` equals only the same ``${Name}``, and only ``*`` covers it.
    """
    return inner == outer or outer == "*" or _inside(tokens(inner), tokens(outer))


def arn_within(inner: str, outer: str) -> bool:
    """As :func:`within`, for ARNs, part by part; the parts lie between colons, and the last one may have more of them.

    IAM lets a ``*`` at the end of a part run on beyond it (IAM User Guide, "IAM JSON policy elements: Resource").
    What is covered part by part is covered then too. What does not have six parts is covered only by itself and ``*``.
    """
    if inner == outer or outer == "*":
        return True
    one, other = _parts(tokens(inner)), _parts(tokens(outer))
    return len(one) == len(other) == 6 and all(map(_inside, one, other))


def _parts(found: tuple[str, ...]) -> list[tuple[str, ...]]:
    parts: list[tuple[str, ...]] = []
    start = 0
    for place, part in enumerate(found):
        if part == ":" and len(parts) < 5:
            parts.append(found[start:place])
            start = place + 1
    return [*parts, found[start:]]
