"""What names every resource of a type has a reason: an action without resource types, a condition, or `unscoped`."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog import Entry, Statement
from ..problems import Problem
from .arns_of import fitting, named, names_all, resource_types
from .context import Context, key_at, problem

RULE = "wildcards"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each "*" or ``type/*`` without a reason, and each reason without need.

    A bare "*" needs ``unscoped`` unless no action beside it has a resource type. An ARN that names every resource of
    its type needs ``unscoped`` or a condition. A wildcard inside a name needs nothing.
    """
    for entry in context.authored:
        for statement in entry.statements:
            yield from _statement(context, entry, statement)
    for entry in context.uses:
        for name, value in entry.constants.items():
            if ("*" in value or "?" in value) and "notes" not in entry.data and "why" not in entry.data:
                message = f"{value} has a wildcard: say in `notes` or `why` what makes it necessary"
                yield problem(RULE, message, entry.data, "with", name)


def _statement(context: Context, entry: Entry, statement: Statement) -> Iterator[Problem]:
    actions = [item for item in map(context.reference.action, statement.actions) if item is not None]
    typed = [item for item in actions if item.resource_types]
    needed = False
    if "*" in statement.resources:
        index = statement.resources.index("*")
        if len(statement.resources) > 1:
            yield problem(
                RULE, '"*" covers the other resources; take one or the others out', statement.data, "Resource"
            )
        if typed:
            needed = True
            if not statement.unscoped:
                formats = resource_types(context.reference, typed[0])
                untyped = [item.name for item in actions if not item.resource_types]
                apart = f", which belongs apart from {', '.join(untyped)}," if untyped else ""
                message = (
                    f'"*" though {typed[0].name}{apart} can be limited to {formats[0].arn if formats else "an ARN"}; '
                    "write the Resource so, or say in `unscoped` why not"
                )
                yield problem(RULE, message, statement.data, "Resource", index)
    for name in named(context, entry, statement):
        if name.template == "*":
            continue
        if not any(names_all(name.template, fitting(context.reference, item, name.arn)) for item in typed):
            continue
        if statement.condition or name.condition:
            continue
        needed = True
        if not statement.unscoped:
            message = (
                f"{name.template} names every such resource; narrow it, add a Condition, "
                "or say in `unscoped` why it cannot be narrower"
            )
            yield problem(RULE, message, statement.data, *name.place)
    unknown = any(kind != "constant" and context.kind(kind) is None for kind in entry.parameters.values())
    if statement.unscoped and not needed and not unknown:
        names = list(named(context, entry, statement))
        if not any(name.template != "*" and ("*" in name.template or "?" in name.template) for name in names):
            message = "nothing here is wider than the actions allow; take `unscoped` out"
            if "*" in statement.resources:
                message = f'{", ".join(statement.actions)}: no resource type exists, so "*" needs no reason'
            yield Problem(key_at(statement.data, "unscoped"), RULE, message)
