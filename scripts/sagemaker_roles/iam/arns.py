"""Patterns of ARNs in ``Resource`` elements and conditions, and which formats of AWS's reference an ARN can name."""

from __future__ import annotations

import re
from functools import lru_cache

from .arn_parts import PARTS
from .patterns import ANY, EVERYTHING, ONE, Pattern, inside, literal, of_parts, pattern, symbols_of


@lru_cache(maxsize=65536)
def resource(text: str, variables: bool = True) -> Pattern:
    """Compiles a value of ``Resource`` or ``NotResource``.

    A wildcard stays within its part of the ARN, but a ``*`` at the end of a part may reach beyond the colon; in the
    last part wildcards stand for colons too (IAM User Guide, "IAM JSON policy elements: Resource"). Where a pattern has
    all six parts, reaching beyond one would need an ARN with the name of a service in the place of an account, so
    that it counts only in patterns with fewer parts (``arn:aws:s3*``).
    """
    if text == ANY:
        return EVERYTHING
    whole = condition(text, variables)
    if whole is not None or not text.startswith("arn:"):
        return whole or pattern(text, variables=variables)
    ends = [(part, ANY if part.endswith(ANY) else "") for part in symbols_of(text).split(":")]
    return Pattern(":".join(inside(part.removesuffix(ANY)) + end for part, end in ends))


@lru_cache(maxsize=65536)
def condition(text: str, variables: bool = True) -> Pattern | None:
    """Compiles a value of ``ArnLike`` or ``ArnEquals``, which do the same; None if it can match nothing.

    Each of the six parts is compared by itself (IAM User Guide, "Amazon Resource Name (ARN) condition operators").
    """
    # A policy variable has colons in its own name.
    parts = symbols_of(text if variables else text.replace("$", "${$}")).split(":", PARTS - 1)
    return of_parts([_part(part) for part in parts]) if len(parts) == PARTS else None


@lru_cache(maxsize=16384)
def _part(symbols: str) -> Pattern:
    return Pattern(symbols)


def named(text: str) -> Pattern:
    """Compiles a resource or another ARN as a call names it: each character is itself, ``${Name}`` is not known."""
    symbols = literal(text).symbols
    parts = symbols.split(":", PARTS - 1)
    return of_parts([_part(part) for part in parts]) if len(parts) == PARTS else Pattern(symbols)


# --- formats of the Service Authorization Reference --------------------------------------------------------------

#: A format or template as tokens: a character stands for itself; a frozenset for one character that is not in it; a
#: tuple of such a frozenset for any number of them.
_Excluded = frozenset[str]
_Token = str | _Excluded | tuple[_Excluded]

_ALL: _Excluded = frozenset()
_VARIABLE = re.compile(r"\$\{[^}]*\}|\*")


@lru_cache(maxsize=4096)
def _format_tokens(arn: str) -> tuple[_Token, ...]:
    """An ARN format as tokens: a variable has a character at least, and ends before the one that follows it."""
    tokens: list[_Token] = []
    place = 0
    for variable in _VARIABLE.finditer(arn):
        tokens += arn[place : variable.start()]
        place = variable.end()
        excluded = frozenset(arn[place : place + 1])
        tokens += [excluded, (excluded,)]
    return (*tokens, *arn[place:])


@lru_cache(maxsize=4096)
def _written(arn: str) -> re.Pattern[str]:
    """An ARN format as a regular expression: a variable may be empty, and ends before the character after it."""
    first, *others = _VARIABLE.split(arn)
    ends = (f"[^{re.escape(other[0])}]*" if other else ".*" for other in others)
    written = "".join(end + re.escape(other) for end, other in zip(ends, others, strict=True))
    return re.compile(re.escape(first) + written, re.DOTALL)


@lru_cache(maxsize=4096)
def _template_tokens(template: str) -> tuple[_Token, ...]:
    """A template as tokens: a wildcard or a placeholder that is still in it may stand for anything."""
    tokens: list[_Token] = []
    place = 0
    for variable in _VARIABLE.finditer(template):
        tokens += template[place : variable.start()]
        tokens.append((_ALL,))
        place = variable.end()
    tokens += template[place:]
    return tuple(_ALL if part == ONE else part for part in tokens)


def _meet(one: _Token, other: _Token) -> bool:
    """Whether some character fits both tokens."""
    one = one[0] if isinstance(one, tuple) else one
    other = other[0] if isinstance(other, tuple) else other
    if isinstance(one, str):
        return other == one if isinstance(other, str) else one not in other
    return other not in one if isinstance(other, str) else True


@lru_cache(maxsize=65536)
def _part_fits(part: str, arn: str) -> bool:
    """Whether a part of a template can be the same part of a format, each variable with one character or more."""
    return _walk(_template_tokens(part), _format_tokens(arn))


def _walk(one: tuple[_Token, ...], other: tuple[_Token, ...]) -> bool:
    """Whether some text fits both: a walk over pairs of places in them."""
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
    return _written(arn).fullmatch(template) is not None


@lru_cache(maxsize=4096)
def _narrower_than(arn: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """Those of other formats that are of parts of what a format names."""
    return tuple(other for other in others if _narrower(other, arn))


def _narrower(arn: str, than: str) -> bool:
    """Whether a format is that of a part of what another one names, as an object is of a bucket.

    A format that adds ``:${Qualifier}`` only is a version of the same thing (Lambda functions), not a part of it.
    """
    if arn.startswith(than) and re.fullmatch(r":\$\{[^}]*\}", arn[len(than) :]):
        return False
    filled = _VARIABLE.sub("x", arn)
    return _within(filled, than) and not _within(_VARIABLE.sub("x", than), arn)


@lru_cache(maxsize=65536)
def fits(template: str, arn: str, others: tuple[str, ...] = ()) -> bool:
    """Whether a template can name a resource of an ARN format.

    Args:
        template: an ARN with wildcards; placeholders that are still in it may stand for anything.
        arn: the format, as ``arn:${Partition}:s3:::${BucketName}``.
        others: the formats of the service's other resource types: what fits one that is this format and something
            more (``…:::${BucketName}/${ObjectName}``) is not of this one.
    """
    if template == ANY:
        return True
    # A wildcard stays within its part of the ARN; only the last part has colons of its own.
    parts, wanted = _VARIABLE.sub(ANY, template).split(":", PARTS - 1), arn.split(":", PARTS - 1)
    if len(parts) != len(wanted):
        return False
    if not all(_part_fits(part, one) for part, one in zip(parts, wanted, strict=True)):
        return False
    return not any(_within(template, other) for other in _narrower_than(arn, others))


@lru_cache(maxsize=16384)
def covers_all(template: str, arn: str) -> bool:
    """Whether a template names every resource of a format (of some partition, Region and account).

    Formats without a variable name one resource: nothing covers all of them.
    """
    if template == ANY:
        return True
    parts, wanted = template.split(":", PARTS - 1), arn.split(":", PARTS - 1)
    if len(parts) < PARTS or len(wanted) < PARTS or not _VARIABLE.search(wanted[-1]):
        return False
    # What no template has in it stands for the names of resources: only a wildcard fits it.
    named = _VARIABLE.sub("\0", wanted[-1])
    written = ".*".join(map(re.escape, parts[-1].split(ANY)))
    return re.fullmatch(written, named, re.DOTALL) is not None
