"""Every service whose actions a statement allows has a name in data/site/services.yaml, and no other has one."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Position, Problem
from .context import Context, key_at

RULE = "services"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each service without a name, and for each name that no statement needs."""
    services = context.loaded.catalog.data.get("services", {})
    if not services or context.unread:
        return  # which services the files that cannot be read name is not known
    used = {action.partition(":")[0] for statement in context.statements() for action in statement.actions}
    for prefix in sorted(set(services) - used):
        yield Problem(key_at(services, prefix), RULE, f"no statement has an action of {prefix}; remove the name")
    for prefix in sorted(used - set(services)):
        yield Problem(
            Position("data/site/services.yaml"), RULE, f"{prefix} has no name; add the one that pictures show"
        )
