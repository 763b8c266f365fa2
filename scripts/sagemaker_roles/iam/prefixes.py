"""The part of covering that composing takes, and the page has too: a ``*`` at the end covers what begins alike.

What is covered here is covered by :func:`sagemaker_roles.iam.patterns.covers` too; the page's engine answers the same
(``reduced`` in scripts/composer/engine/statements.js), so this does not see more.
"""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1024)
def reduced(resources: tuple[str, ...]) -> tuple[str, ...]:
    """Sorts resources and drops those that a shorter one with a trailing ``*`` covers."""
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


@lru_cache(maxsize=1024)
def covers(resources: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether each of some resources is among reduced ones, or begins like one of these with a trailing ``*``."""
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
