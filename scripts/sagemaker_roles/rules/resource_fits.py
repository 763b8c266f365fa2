"""Every resource of a statement is one of every action beside it, in the format AWS gives for it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from ..aws.reference import Action, Reference
from ..catalog import Entry, Statement
from ..problems import Problem
from .arns_of import NamedArn, fitting, named, resource_types, service_formats
from .context import Context, problem

RULE = "resource-fits"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each template and each scope's ARN that no resource type of an action beside it fits.

    The subjects of exceptions are the action and the template, as ``s3:GetObject arn:${Partition}:s3:::${Bucket}``.
    """
    for entry in context.authored:
        if not entry.data.get("accepts", {}).keys() <= entry.parameters.keys():
            continue  # which forms it accepts is not known (another rule reports that)
        for statement in entry.statements:
            for misfit in _misfits(context, entry, statement):
                yield problem(RULE, misfit.message(context.reference), statement.data, *misfit.name.place)
    for entry in context.uses:
        # The set itself was looked at above: what a use changes are the constants and the forms.
        if entry.constants or "accepts" in entry.data:
            yield from _use(context, entry)
    yield from _condition_values(context)


def _use(context: Context, entry: Entry) -> Iterator[Problem]:
    shared = next((item for item in context.authored if item.use == entry.use), None)
    for statement in entry.statements:
        known = {misfit.name.place for misfit in _misfits(context, shared, statement)} if shared else set()
        for misfit in _misfits(context, entry, statement):
            if misfit.name.place not in known:
                message = f"in {statement.sid}: {misfit.message(context.reference)}"
                yield problem(RULE, message, entry.data, "with" if entry.constants else "accepts")


@dataclass(frozen=True, slots=True)
class _Misfit:
    """A resource and the actions it is none of, which all have the same resource types."""

    name: NamedArn
    actions: tuple[Action, ...]

    def message(self, reference: Reference) -> str:
        actions = ", ".join(action.name for action in self.actions)
        subject = f"{self.name.template} is not a resource of {actions}"
        if self.name.form:
            subject = (
                f"gives {self.name.template} for a value in the form {self.name.form}, "
                f"which is not a resource of {actions}"
            )
        formats = {item.arn: item.name for item in resource_types(reference, self.actions[0])}
        if not formats:
            return f'{subject}: no resource type exists for it; give it "*" in a statement of its own'
        close = difflib.get_close_matches(self.name.template, formats, 2, 0)
        right = " or ".join(f"{arn} ({formats[arn]})" for arn in close)
        more = f", or {len(formats) - 2} other resource types" if len(formats) > 2 else ""
        return f"{subject}; right would be {right}{more}"


def _misfits(context: Context, entry: Entry, statement: Statement) -> Iterator[_Misfit]:
    """What a statement names wrongly, each template of each form once."""
    actions = [action for action in map(context.reference.action, statement.actions) if action is not None]
    reported: set[tuple[str, str]] = set()
    for name in named(context, entry, statement):
        if name.arn == "*" or (name.template, name.form) in reported:
            continue
        wrong = [
            action
            for action in actions
            if not fitting(context.reference, action, name.arn)
            and not context.excepted(RULE, f"{action.name} {name.template}")
        ]
        groups: dict[tuple[str, ...], list[Action]] = {}
        for action in wrong:
            groups.setdefault(tuple(action.resource_types), []).append(action)
            reported.add((name.template, name.form))
        for group in groups.values():
            yield _Misfit(name, tuple(group))


def _condition_values(context: Context) -> Iterator[Problem]:
    """Looks at the ARNs in conditions: such a resource must exist in some service."""
    for data, inside, condition in context.conditions():
        for operator, keys in condition.items():
            for key, values in keys.items():
                for index, value in enumerate(values):
                    wrong = service_formats(context.reference, value) if "Arn" in operator else ""
                    if wrong:
                        yield problem(RULE, f"{value} {wrong}", data, *inside, operator, key, index)
