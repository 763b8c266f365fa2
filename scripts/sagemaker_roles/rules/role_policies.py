"""Where AWS made a managed policy for the same role, every action only one of the two has is listed with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..aws.reference import Reference
from ..canonical import quoted
from ..catalog import Catalog, Grantee, Operation
from ..engine.compose import Request, compose
from ..iam.actions import KnownActions
from ..problems import Problem
from .context import Context, nearest, problem

RULE = "role-policies"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each unexplained difference, and for each explanation that explains nothing."""
    for name, record in sorted(context.catalog.role_policies.items()):
        policy = context.catalog.managed_policies.get(name)
        if policy is None:
            if not context.exists("managed-policies", name):  # one that is not sound is reported as such
                yield problem(RULE, f"there is no record of the managed policy {name}", name)
            continue
        if record["operation"] not in context.catalog.operations:
            if not context.exists("operations", record["operation"]):
                yield problem(RULE, f"there is no record of {record['operation']}", record, "operation")
            continue
        operation = context.catalog.operation(record["operation"])
        if not context.composable(operation):
            continue
        role = operation.role(record["role"])
        if role is None:
            yield problem(RULE, f"{operation.name} has no role {quoted(record['role'])}", record, "operation")
            continue
        known = {addon.id for grantee in (role, operation.caller) if grantee for addon in grantee.addons}
        if unknown := [addon for addon in record.get("addons", ()) if addon not in known]:
            for addon in unknown:
                yield problem(RULE, f"{operation.name} has no add-on {quoted(addon)}{nearest(addon, known)}", addon)
            continue
        ours, added = _ours(context.catalog, operation, role, record.get("addons"))
        theirs = _theirs(context.reference, policy)
        yield from _explained(record, "theirs", theirs - ours, f"only {name} grants")
        yield from _explained(record, "ours", added - theirs, "only ours grants")


def _ours(
    catalog: Catalog, operation: Operation, role: Grantee, named: Sequence[str] | None
) -> tuple[set[str], set[str]]:
    """Our actions with the add-ons, and those that count as ours alone: without the base where add-ons are named."""

    def actions(addons: Sequence[str]) -> set[str]:
        composed = compose(catalog, [Request(operation.name)], [role.id], addons=addons)
        return {action for statement in composed.policy.statements for action in statement.actions}

    if named is None:
        every = actions([addon.id for addon in role.addons])
        return every, every
    every = actions(named)
    return every, every - actions(())


def _theirs(reference: Reference, policy: Mapping[str, Any]) -> set[str]:
    """The actions a managed policy grants, patterns expanded to those that exist."""
    services: set[str] = set()
    for service in policy.get("services", ()):
        for grant in service["grants"]:
            for pattern in grant["Action"]:
                services.update(reference.known(pattern.partition(":")[0]).matching(pattern))
    return services


def _explained(record: Mapping[str, Any], side: str, actions: set[str], what: str) -> Iterator[Problem]:
    left, known = set(actions), KnownActions(actions)
    for entry in record.get(side, ()):
        for index, pattern in enumerate(entry["actions"]):
            hit = known.matching(pattern)
            left.difference_update(hit)
            if not hit:
                message = f"not needed: {what} no {pattern}"
                yield problem(RULE, message, entry, "actions", index, follows=(pattern,))
    if left:
        message = f"{what} {', '.join(sorted(left))}; list them under `{side}` with the reason"
        yield problem(RULE, message, record, side, follows=sorted(left))
