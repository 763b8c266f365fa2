"""The part of covering that composing takes, and the page has too: a ``*`` at the end covers what begins alike.

What is covered here is covered by :func:`sagemaker_roles.iam.patterns.covers` too, and what is weaker here follows by
:func:`sagemaker_roles.iam.conditions.implies`; the page's engine answers the same (``reduced`` and ``isWeaker`` in
scripts/composer/engine/statements.js), so this does not see more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

#: Resources of a list that is remembered; memory would keep many of longer ones.
_REMEMBERED = 100


def reduced(resources: tuple[str, ...]) -> tuple[str, ...]:
    """Sorts resources and drops those that a shorter one with a trailing ``*`` covers."""
    return _remembered(resources) if len(resources) <= _REMEMBERED else _reduced(resources)


def _reduced(resources: tuple[str, ...]) -> tuple[str, ...]:
    wanted = set(resources)
    if len(wanted) == 1:
        return tuple(wanted)
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


_remembered = lru_cache(maxsize=1024)(_reduced)


def covers(resources: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether each of some resources is among reduced ones, or begins like one of these with a trailing ``*``."""
    is_short = len(resources) <= _REMEMBERED and len(others) <= _REMEMBERED
    return (_covers_remembered if is_short else _covers)(resources, others)


def _covers(resources: tuple[str, ...], others: tuple[str, ...]) -> bool:
    for other in others:
        if other in resources:
            continue
        base = other.removesuffix("*")
        for resource in resources:
            if resource.endswith("*") and base.startswith(resource[:-1]):
                break
        else:
            return False
    return True


_covers_remembered = lru_cache(maxsize=1024)(_covers)


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
