"""What is granted for the same thing is granted alike: no "*" beside ARNs, no two conditions of one name."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog import Statement
from ..problems import Problem
from .arns_of import named
from .context import Context, problem

RULE = "same-grants"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each action on "*" that other statements limit, and each Sid with two conditions.

    The subjects of exceptions are the action, and the Sid.
    """
    limited: dict[str, str] = {}
    wide: dict[str, list[Statement]] = {}
    keys_of: dict[tuple[str, tuple[str, ...]], frozenset[str]] = {}
    for entry in context.authored:
        for statement in entry.statements:
            arns = {name.arn for name in named(context, entry, statement)}
            for action in _typed(context, statement):
                if "*" in arns and statement.unscoped:
                    wide.setdefault(action, []).append(statement)
                elif "*" not in arns and arns:
                    limited.setdefault(action, statement.sid)
            keys = frozenset(key for pairs in statement.condition.values() for key in pairs)
            known = keys if entry.use else keys_of.setdefault((statement.sid, statement.actions), keys)
            if known != keys and not context.excepted(RULE, statement.sid):
                message = (
                    f"{statement.sid} has other condition keys for the same actions elsewhere; "
                    "make them equal, or give it another Sid"
                )
                yield problem(RULE, message, statement.data, "Sid", follows=statement.actions)
    for action, statements in sorted(wide.items()):
        if action in limited and not context.excepted(RULE, action):
            message = f'{action} is on "*" here and has ARNs in {limited[action]}; limit it too'
            for statement in statements:
                yield problem(RULE, message, statement.data, "Resource", follows=[action])


def _typed(context: Context, statement: Statement) -> Iterator[str]:
    """The actions of a statement that have resource types."""
    for action in map(context.reference.action, statement.actions):
        if action is not None and action.resource_types:
            yield action.name
