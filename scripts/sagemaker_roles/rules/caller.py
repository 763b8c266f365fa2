"""A caller may call the operation and pass each role that the request carries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..catalog import Grantee, Operation
from ..problems import Problem
from .context import Context, at, problem

RULE = "caller"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each caller that lacks the operation's own action, or iam:PassRole on a role."""
    for operation in context.operations:
        if operation.caller is None:
            continue
        yield from _calls(context, operation, operation.caller)
        yield from _passes(operation, operation.caller)


def _calls(context: Context, operation: Operation, caller: Grantee) -> Iterator[Problem]:
    own = context.catalog.action_of(operation.name)
    if context.reference.action(own) is None:
        return  # an operation without an action of its name
    granted = {action for entry in caller.entries for item in entry.statements for action in item.actions}
    if own not in granted and not any(context.unfound(entry) for entry in caller.entries):
        yield Problem(at(operation.data, "caller"), RULE, f"the caller needs {own}, the operation itself")


def _passes(operation: Operation, caller: Grantee) -> Iterator[Problem]:
    passed = {
        _members(path)
        for _, entry in caller.all_entries()
        for path in entry.members
        if any("iam:PassRole" in item.actions for item in entry.statements)
    }
    for role in operation.roles:
        for index, path in enumerate(role.parameters):
            is_passed = _members(path) in passed
            if role.not_passed and is_passed:
                yield problem(RULE, f"the caller passes {path}, so `not_passed` is not true", role.data, "not_passed")
            elif not role.not_passed and not is_passed:
                message = (
                    f"the caller lacks iam:PassRole with `from: [{path}]`; add it, "
                    "or say in the role's `not_passed` why it is not passed"
                )
                place = at(role.data, "parameters", index)
                yield Problem(place, RULE, message, (place,))


def _members(path: str) -> str:
    """A path without its filters: `X[?A].B` walks through the same members as `X[].B`."""
    return re.sub(r"\[\?[^\]]*\]", "[]", path)
