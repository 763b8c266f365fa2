"""The part of covering that composing takes: a ``*`` at the end covers what begins alike.

What is covered here is covered by :func:`sagemaker_roles.iam.patterns.covers` too, and what is weaker here follows by
:func:`sagemaker_roles.iam.conditions.implies`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence


def reduced(resources: tuple[str, ...]) -> tuple[str, ...]:
    """Sorts resources and drops those that a shorter one with a trailing ``*`` covers."""
    wanted = {*resources}
    if len(wanted) < 2:
        return (*wanted,)
    kept, star = [], None
    for base, is_whole in sorted(map(_key, wanted)):
        if star is not None and base.startswith(star):
            continue
        if not is_whole:
            star = base
        kept.append(base if is_whole else f"{base}*")
    return tuple(kept)


def _key(resource: str) -> tuple[str, bool]:
    """What resources are ordered by to be reduced: the text without a ``*`` at the end, and whether there is none.

    What a prefix covers follows it in this order without a gap. Then nothing that is left of reduced ones begins with
    another's prefix, so this is the order of the texts too.
    """
    base = resource.removesuffix("*")
    return base, base == resource


def covers(resources: Sequence[str], others: Sequence[str]) -> bool:
    """Whether each of some resources is among reduced ones, or begins like one of these with a trailing ``*``."""
    return next(_uncovered(resources, others), None) is None


def uncovered(resources: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Those of some reduced resources that other reduced ones do not cover, as :func:`covers` has it."""
    return reduced(tuple(_uncovered(resources, others)))


def _uncovered(resources: Sequence[str], others: Iterable[str]) -> Iterator[str]:
    return (other for other in others if not _is_covered(resources, _key(other)))


def _is_covered(resources: Sequence[str], key: tuple[str, bool]) -> bool:
    place = bisect_right(resources, key[0], key=lambda resource: _key(resource)[0])
    # No other prefix among reduced resources can begin the text.
    last = _key(resources[place - 1]) if place else ("", True)
    return place > 0 and (last == key or (not last[1] and key[0].startswith(last[0])))


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
