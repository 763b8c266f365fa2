"""Every resource of a statement is one of every action beside it, in the format AWS gives for it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from ..model import Entry, Statement
from ..problems import Problem
from ..reference import Action, Reference
from .arns_of import Named, fitting, named, resource_types, service_formats
from .context import Context, problem

RULE = "resource-fits"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each template and each scope's ARN that no resource type of an action beside it fits."""
    for entry in context.authored:
        for statement in entry.statements:
            for name, _, message in _misfits(context, entry, statement):
                yield problem(RULE, message, statement.data, *name.place)
    for entry in context.uses:
        # The set itself was looked at above: what a use changes are the constants and the forms.
        if entry.constants or "accepts" in entry.data:
            yield from _use(context, entry)
    yield from _condition_values(context)


def _use(context: Context, entry: Entry) -> Iterator[Problem]:
    shared = next((item for item in context.authored if item.use == entry.use), None)
    for statement in entry.statements:
        known = {(name.place, action) for name, action, _ in _misfits(context, shared, statement)} if shared else set()
        for name, action, message in _misfits(context, entry, statement):
            if (name.place, action) not in known:
                known.add((name.place, action))
                key = "with" if entry.constants else "accepts"
                yield problem(RULE, f"in {statement.sid}: {message}", entry.data, key)


def _misfits(context: Context, entry: Entry, statement: Statement) -> Iterator[tuple[Named, str, str]]:
    for name in named(context, entry, statement):
        if name.arn == "*":
            continue
        for action_name in statement.actions:
            action = context.reference.action(action_name)
            if action is None or fitting(context.reference, action, name.arn):
                continue
            yield name, action_name, _message(context.reference, name, action)


def _message(reference: Reference, name: Named, action: Action) -> str:
    subject = f"{name.template} is no resource of {action.name}"
    if name.form:
        subject = f"gives {name.template} for a value in the form {name.form}, which is no resource of {action.name}"
    formats = {item.arn: item.name for item in resource_types(reference, action)}
    if not formats:
        return f'{subject}: it has no resource type; give it "*" in a statement of its own'
    close = difflib.get_close_matches(name.template, formats, 2, 0) or list(formats)
    right = " or ".join(f"{arn} ({formats[arn]})" for arn in close[:2])
    more = f", or {len(formats) - 2} other resource types" if len(formats) > 2 else ""
    return f"{subject}; right would be {right}{more}"


def _condition_values(context: Context) -> Iterator[Problem]:
    """Looks at the ARNs in conditions: such a resource must exist in some service."""
    for data, inside, condition in context.conditions():
        for operator, keys in condition.items():
            for key, values in keys.items():
                for index, value in enumerate(values):
                    wrong = service_formats(context.reference, value) if "Arn" in operator else ""
                    if wrong:
                        yield problem(RULE, f"{value} {wrong}", data, *inside, operator, key, index)
