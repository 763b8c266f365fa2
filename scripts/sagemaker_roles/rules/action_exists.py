"""Every action exists in the Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterator

from ..aws.reference import Reference
from ..canonical import quoted
from ..problems import Problem
from .context import Context, problem

RULE = "action-exists"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each unknown action, with the nearest that exists; exceptions name the action."""
    held = [(item.data, item.actions) for item in context.statements()]
    held += [(trust.data, trust.actions) for trust in context.trusts()]
    for data, actions in held:
        for index, action in enumerate(actions):
            if context.reference.action(action) is None and not context.excepted(RULE, action):
                yield problem(RULE, _message(context.reference, action), data, "Action", index)


def _message(reference: Reference, action: str) -> str:
    nearest = reference.nearest_action(action)
    hint = f"; did you mean {quoted(nearest)}?" if nearest else ""
    prefix, _, name = action.partition(":")
    if reference.is_operation(prefix, name):
        return f"there is no action {quoted(action)}: {name} is an API operation, but has no action of its name"
    return f"there is no action {quoted(action)}{hint}"
