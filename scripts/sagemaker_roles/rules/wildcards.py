"""What names every resource of a type has a reason: an action without resource types, a condition, or `unscoped`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..aws.reference import Action
from ..catalog import Entry, Statement
from ..iam.parts import has_wildcard
from ..problems import Problem
from .arns_of import NamedArn, fitting, named, names_all, resource_types
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
            if has_wildcard(value) and "notes" not in entry.data and "why" not in entry.data:
                message = f"{value} has a wildcard: say in `notes` or `why` what makes it necessary"
                yield problem(RULE, message, entry.data, "with", name)


def _statement(context: Context, entry: Entry, statement: Statement) -> Iterator[Problem]:
    actions = [item for item in map(context.reference.action, statement.actions) if item is not None]
    typed = [item for item in actions if item.resource_types]
    names = list(named(context, entry, statement))
    wide = [
        name
        for name in names
        if name.template != "*"
        and not (statement.condition or name.condition)
        and any(names_all(name.template, fitting(context.reference, item, name.arn)) for item in typed)
    ]
    is_star = "*" in statement.resources
    if is_star and len(statement.resources) > 1:
        yield problem(RULE, '"*" covers the other resources; take one or the others out', statement.data, "Resource")
    if not statement.unscoped:
        if is_star and typed:
            yield _star(context, statement, actions, typed[0])
        for name in wide:
            message = (
                f"{name.template} names every such resource; narrow it, add a Condition, "
                "or say in `unscoped` why it cannot be narrower"
            )
            yield problem(RULE, message, statement.data, *name.place)
    elif not wide and not (is_star and typed):
        yield from _without_need(context, entry, statement, names)


def _star(context: Context, statement: Statement, actions: Sequence[Action], typed: Action) -> Problem:
    formats = resource_types(context.reference, typed)
    untyped = [item.name for item in actions if not item.resource_types]
    apart = f", which belongs apart from {', '.join(untyped)}," if untyped else ""
    message = (
        f'"*" though {typed.name}{apart} can be limited to {formats[0].arn if formats else "an ARN"}; '
        "write the Resource so, or say in `unscoped` why not"
    )
    return problem(RULE, message, statement.data, "Resource", statement.resources.index("*"))


def _without_need(context: Context, entry: Entry, statement: Statement, names: Sequence[NamedArn]) -> Iterator[Problem]:
    """A problem for a reason where nothing asks for one; a kind that is not known might."""
    if any(kind != "constant" and context.kind(kind) is None for kind in entry.parameters.values()):
        return
    if any(name.template != "*" and has_wildcard(name.template) for name in names):
        return
    message = "nothing here is wider than the actions allow; take `unscoped` out"
    if "*" in statement.resources:
        message = f'{", ".join(statement.actions)}: no resource type exists, so "*" needs no reason'
    yield Problem(key_at(statement.data, "unscoped"), RULE, message)
