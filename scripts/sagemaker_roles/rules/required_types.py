"""An action is allowed on every resource type that each of its requests names."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog import Entry, Grantee
from ..problems import Position, Problem
from .arns_of import fitting, named
from .context import Context, at, problem

RULE = "required-types"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each resource type that AWS requires for an action and that no statement of a role has.

    The subjects of exceptions are an action, an action and a type, as ``sagemaker:CreateTrial experiment``, and
    ``Operation/role/action``.
    """
    seen: set[tuple[Position, str]] = set()
    for operation, grantee in context.grantees():
        for place, action, lacking in _lacking(context, grantee):
            if (key := (at(place.data), action)) in seen:
                continue  # a twin takes it over
            seen.add(key)
            types = [name for name in lacking if not context.excepted(RULE, f"{action} {name}")]
            whole = (action, f"{operation.name}/{grantee.id}/{action}")
            if types and not any(context.excepted(RULE, subject) for subject in whole):
                message = f"{action} requires the resource types {', '.join(types)} too; add their ARNs"
                yield problem(RULE, message, place.data, "use" if place.use else "Action", follows=[action])


def _lacking(context: Context, grantee: Grantee) -> Iterator[tuple[Entry, str, list[str]]]:
    """Each action of a grantee with the types that it lacks, and the first entry that has it."""
    first: dict[str, Entry] = {}
    arns: dict[str, set[str]] = {}
    for _, entry in grantee.all_entries():
        for statement in entry.statements:
            here = {name.arn for name in named(context, entry, statement)}
            for action in statement.actions:
                first.setdefault(action, entry)
                arns.setdefault(action, set()).update(here)
    for name, entry in first.items():
        known = context.reference.action(name)
        if known is None or not known.required or not arns[name] or "*" in arns[name]:
            continue
        has = {item.name for item in fitting(context.reference, known, *arns[name])}
        if lacking := sorted(known.required - has):
            yield entry, name, lacking
