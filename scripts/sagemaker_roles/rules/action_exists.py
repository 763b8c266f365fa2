"""Every action exists in the Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Problem
from .context import Context, problem


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each unknown action, with the nearest that exists."""
    reference = context.reference
    for item in [*context.statements()]:
        for index, action in enumerate(item.actions):
            if reference.action(action) is not None:
                continue
            nearest = reference.nearest_action(action)
            hint = f"; did you mean {nearest!r}?" if nearest else ""
            prefix, _, name = action.partition(":")
            if reference.is_operation(prefix, name):
                hint = f": {name} is an API operation, but no IAM action of that name exists{hint}"
            yield problem("action-exists", f"there is no action {action!r}{hint}", item.data, "Action", index)
    for name in sorted(context.catalog.data["trust"]):
        trust = context.catalog.trust(name)
        for index, action in enumerate(trust.actions):
            if reference.action(action) is None:
                yield problem("action-exists", f"there is no action {action!r}", trust.data, "Action", index)
