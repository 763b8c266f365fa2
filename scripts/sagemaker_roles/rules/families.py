"""Every operation with a record is in one group of data/site/families.yaml, and each group names what exists."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Position, Problem
from .context import Context, at, nearest

RULE = "families"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each operation that is in no group or in two, and each name without a record."""
    families = context.loaded.catalog.families
    if not families:
        return
    seen: dict[str, str] = {}
    for family, record in families.items():
        for place, name in enumerate(record["operations"]):
            if name in seen:
                yield Problem(at(record, "operations", place), RULE, f"{name} is in {seen[name]} already; name it once")
            elif not context.exists("operations", name):
                hint = nearest(name, context.loaded.catalog.operations)
                yield Problem(at(record, "operations", place), RULE, f"unknown operation {name}{hint}")
            seen.setdefault(name, family)
    for operation in context.operations:
        if operation.name not in seen and "data/site/families.yaml" not in context.unread:
            message = f"{operation.name} is in no group; name it in one, where its readers look for it"
            yield Problem(Position("data/site/families.yaml"), RULE, message)
