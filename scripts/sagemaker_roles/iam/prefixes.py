"""The part of covering that composing takes: a ``*`` at the end covers what begins alike.

What is covered here is covered by :func:`sagemaker_roles.iam.patterns.covers` too, and what is weaker here follows by
:func:`sagemaker_roles.iam.conditions.implies`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import AnyStr


def reduced(resources: tuple[str, ...]) -> tuple[str, ...]:
    """Sorts resources and drops those that a shorter one with a trailing ``*`` covers."""
    wanted = {*resources}
    if len(wanted) < 2:
        return (*wanted,)
    keys = sorted(map(key_of, wanted))
    idle = {*idle_keys(keys)}
    return tuple(text_of(*key) for key in keys if key not in idle)


def key_of(resource: str) -> tuple[str, int]:
    """What resources are ordered by to be reduced: the text without a ``*`` at the end, and whether there is none.

    What a prefix covers follows it in this order without a gap. Then nothing that is left of reduced ones begins with
    another's prefix, so this is the order of the texts too.
    """
    base = resource.removesuffix("*")
    return base, int(base == resource)


def text_of(base: str, is_whole: int) -> str:
    """The resource of a key."""
    return base if is_whole else f"{base}*"


def idle_keys(keys: Iterable[tuple[AnyStr, int]]) -> Iterator[tuple[AnyStr, int]]:
    """Those of some keys, in order, that the prefix of another covers."""
    star: AnyStr | None = None
    for base, is_whole in keys:
        if star is not None and base.startswith(star):
            yield base, is_whole
        elif not is_whole:
            star = base


def has(last: tuple[AnyStr, int], key: tuple[AnyStr, int]) -> bool:
    """Whether reduced resources cover another.

    Args:
        last: the key of the last of them whose text without a ``*`` at the end is not behind that of the other. No
            other prefix of them can begin the text.
        key: the key of the other.
    """
    return last == key or (not last[1] and key[0].startswith(last[0]))


def covers(resources: Sequence[str], others: Sequence[str]) -> bool:
    """Whether each of some resources is among reduced ones, or begins like one of these with a trailing ``*``."""
    return next(_uncovered(resources, others), None) is None


def uncovered(resources: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Those of some reduced resources that other reduced ones do not cover, as :func:`covers` has it."""
    return reduced(tuple(_uncovered(resources, others)))


def _uncovered(resources: Sequence[str], others: Iterable[str]) -> Iterator[str]:
    return (other for other in others if not _is_covered(resources, key_of(other)))


def _is_covered(resources: Sequence[str], key: tuple[str, int]) -> bool:
    place = bisect_right(resources, key[0], key=lambda resource: key_of(resource)[0])
    return place > 0 and has(key_of(resources[place - 1]), key)


def is_weaker(
    condition: Mapping[str, Mapping[str, Collection[str]]], other: Mapping[str, Mapping[str, Collection[str]]]
) -> bool:
    """Whether whatever meets the other condition meets this one, as far as operators, keys and values show."""
    for operator, keys in condition.items():
        for key, values in keys.items():
            others = other.get(operator, {}).get(key)
            if others is None:
                return False
            is_negative = "Not" in operator or operator.startswith("ForAllValues")
            if set(others) != set(values) if is_negative else not set(others) <= set(values):
                return False
    return True
