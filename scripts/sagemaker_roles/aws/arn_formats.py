"""Tells which ARN templates can name a resource of which format of the Service Authorization Reference."""

from __future__ import annotations

import re
from functools import lru_cache

#: A pattern is a tuple of tokens: a character stands for itself; a frozenset for one character that is not in it; a
#: tuple of such a frozenset for any number of them.
_Excluded = frozenset[str]
_Token = str | _Excluded | tuple[_Excluded]

_ALL: _Excluded = frozenset()
_VARIABLE = re.compile(r"\$\{[^}]*\}|\*")


@lru_cache(maxsize=4096)
def _format_tokens(arn: str, at_least: int) -> tuple[_Token, ...]:
    """An ARN format as a pattern: a variable ends before the character that follows it, the last one anywhere."""
    tokens: list[_Token] = []
    place = 0
    for found in _VARIABLE.finditer(arn):
        tokens += arn[place : found.start()]
        place = found.end()
        excluded = frozenset(arn[place : place + 1])
        tokens += [excluded] * at_least
        tokens.append((excluded,))
    return (*tokens, *arn[place:])


@lru_cache(maxsize=4096)
def _template_tokens(template: str) -> tuple[_Token, ...]:
    """A template as a pattern: a wildcard or a placeholder that is still in it may stand for anything."""
    tokens: list[_Token] = []
    place = 0
    for found in _VARIABLE.finditer(template):
        tokens += template[place : found.start()]
        tokens.append((_ALL,))
        place = found.end()
    tokens += template[place:]
    return tuple(_ALL if part == "?" else part for part in tokens)


def _meet(one: _Token, other: _Token) -> bool:
    """Whether some character fits both tokens."""
    one = one[0] if isinstance(one, tuple) else one
    other = other[0] if isinstance(other, tuple) else other
    if isinstance(one, str):
        return other == one if isinstance(other, str) else one not in other
    return other not in one if isinstance(other, str) else True


def _intersect(one: tuple[_Token, ...], other: tuple[_Token, ...]) -> bool:
    """Whether some text fits both patterns: a walk over pairs of places in them."""
    left = [(0, 0)]
    seen = {(0, 0)}
    while left:
        i, j = left.pop()
        if i == len(one) and j == len(other):
            return True
        following = []
        if i < len(one) and isinstance(one[i], tuple):
            following.append((i + 1, j))
        if j < len(other) and isinstance(other[j], tuple):
            following.append((i, j + 1))
        if i < len(one) and j < len(other) and _meet(one[i], other[j]):
            following.append((i + (not isinstance(one[i], tuple)), j + (not isinstance(other[j], tuple))))
        for pair in following:
            if pair not in seen:
                seen.add(pair)
                left.append(pair)
    return False


@lru_cache(maxsize=65536)
def _within(template: str, arn: str) -> bool:
    """Whether all that a template names has a format, taking its wildcards as values of the format's variables."""
    return _intersect(tuple(template), _format_tokens(arn, 0))


@lru_cache(maxsize=65536)
def _narrower(arn: str, than: str) -> bool:
    """Whether a format is that of a part of what another one names, as an object is of a bucket.

    A format that adds ``:${Qualifier}`` only is a version of the same thing (Lambda functions), not a part of it.
    """
    if arn.startswith(than) and re.fullmatch(r":\$\{[^}]*\}", arn[len(than) :]):
        return False
    filled = _VARIABLE.sub("x", arn)
    return _within(filled, than) and not _within(_VARIABLE.sub("x", than), arn)


def fits(template: str, arn: str, others: tuple[str, ...] = ()) -> bool:
    """Whether a template can name a resource of an ARN format.

    Args:
        template: an ARN with wildcards; placeholders that are still in it may stand for anything.
        arn: the format, as ``arn:${Partition}:s3:::${BucketName}``.
        others: the formats of the service's other resource types: what fits one that is this format and something
            more (``…:::${BucketName}/${ObjectName}``) is not of this one.
    """
    if template == "*":
        return True
    # A wildcard stays within its part of the ARN; only the last part has colons of its own.
    parts, wanted = _VARIABLE.sub("*", template).split(":", 5), arn.split(":", 5)
    if len(parts) != len(wanted):
        return False
    pairs = zip(parts, wanted, strict=True)
    if not all(_intersect(_template_tokens(part), _format_tokens(one, 1)) for part, one in pairs):
        return False
    return not any(_within(template, other) for other in others if _narrower(other, arn))


@lru_cache(maxsize=16384)
def covers_all(template: str, arn: str) -> bool:
    """Whether a template names every resource of a format (of some partition, Region and account).

    Formats without a variable name one resource: nothing covers all of them.
    """
    parts, wanted = template.split(":", 5), arn.split(":", 5)
    if template == "*":
        return True
    if len(parts) < 6 or len(wanted) < 6 or not _VARIABLE.search(wanted[5]):
        return False
    # What no template has in it stands for the names of resources: only a wildcard fits it.
    named = _VARIABLE.sub("\0", wanted[5])
    pattern = "".join(".*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", parts[5]))
    return re.fullmatch(pattern, named, re.DOTALL) is not None
