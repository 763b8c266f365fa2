"""The part of covering that composing takes, and the page has too: a ``*`` at the end covers what begins alike.

What is covered here is covered by :func:`sagemaker_roles.iam.patterns.covers` too, and what is weaker here follows by
:func:`sagemaker_roles.iam.conditions.implies`; the page's engine answers the same
(scripts/composer/iam/prefixes.js), so this does not see more.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence


class LongList(Sequence[str]):
    """Reduced resources, sorted, that memory does not hold."""

    @abstractmethod
    def covers(self, other: str) -> bool:
        """Whether a resource is among these, or begins like one of these with a trailing ``*``."""

    @abstractmethod
    def anew(self, resources: Iterable[str]) -> Sequence[str]:
        """Other resources, reduced and sorted; where they are many, as these are."""


def anew(like: Sequence[str], resources: Iterable[str]) -> Sequence[str]:
    """Resources, reduced and sorted; where they are many and memory does not hold some others, not in memory."""
    return like.anew(resources) if isinstance(like, LongList) else reduced(tuple(resources))


def reduced(resources: tuple[str, ...]) -> tuple[str, ...]:
    """Sorts resources and drops those that a shorter one with a trailing ``*`` covers."""
    wanted = {*resources}
    if len(wanted) < 2:
        return (*wanted,)
    kept: list[str] = []
    star: str | None = None
    # What a prefix covers follows it in this order without a gap, so the last prefix kept is the only one to ask.
    for base, _, resource in sorted([(r[:-1], 0, r) if r.endswith("*") else (r, 1, r) for r in wanted]):
        if star is not None and base.startswith(star):
            continue
        if resource.endswith("*"):
            star = base
        kept.append(resource)
    kept.sort()
    return tuple(kept)


def covers(resources: Sequence[str], others: Sequence[str]) -> bool:
    """Whether each of some resources is among reduced ones, or begins like one of these with a trailing ``*``."""
    return next(_uncovered(resources, others), None) is None


def uncovered(resources: Sequence[str], others: Sequence[str]) -> Sequence[str]:
    """Those of some reduced resources that other reduced ones do not cover, as :func:`covers` has it."""
    return anew(others, _uncovered(resources, others))


def _uncovered(resources: Sequence[str], others: Iterable[str]) -> Iterator[str]:
    is_covered = resources.covers if isinstance(resources, LongList) else _covering(resources)
    return (other for other in others if not is_covered(other))


def _covering(resources: Sequence[str]) -> Callable[[str], bool]:
    """What says whether reduced resources cover another."""
    whole = {*resources}
    beginnings = sorted([resource[:-1] for resource in whole if resource.endswith("*")])

    def is_covered(other: str) -> bool:
        base = other.removesuffix("*")
        # None of them begins another, so one that begins the text is the last that is not behind it.
        place = bisect_right(beginnings, base)
        return other in whole or (place > 0 and base.startswith(beginnings[place - 1]))

    return is_covered


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
