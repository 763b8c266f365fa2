"""VPC endpoints: their actions exist, are of their services, and every service that roles call has one or a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..canonical import quoted
from ..problems import Problem
from .context import Context, key_at, nearest, problem

RULE = "endpoints"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each wrong action or neighbor, each service without an entry, each operation named twice."""
    endpoints: Mapping[str, Any] = context.loaded.catalog.endpoints
    for name, one in endpoints.items():
        if ("service" in one) != ("type" in one):
            yield problem(RULE, "give service and type, or neither", endpoints, name)
        for index, action in enumerate(one.get("actions", ())):
            if action.partition(":")[0] not in one["prefixes"]:
                message = f"{action} is of none of the services {', '.join(one['prefixes'])}"
                yield problem(RULE, message, one, "actions", index)
            elif context.reference.action(action) is None:
                yield problem(RULE, f"there is no action {quoted(action)}", one, "actions", index)
        for item in one.get("aws_owned", ()):
            if item["with"] not in endpoints:
                message = f"there is not a valid endpoint {quoted(item['with'])}{nearest(item['with'], endpoints)}"
                yield problem(RULE, message, item, "with")
            for index, action in enumerate(item["Action"]):
                if context.reference.action(action) is None:
                    yield problem(RULE, f"there is no action {quoted(action)}", item, "Action", index)
    if endpoints:
        yield from _without(context, endpoints)
    yield from _twice(context)


def _without(context: Context, endpoints: Mapping[str, Any]) -> Iterator[Problem]:
    """Services that policies of roles name, and no endpoint does."""
    known = {prefix for one in endpoints.values() for prefix in one["prefixes"]}
    called = {
        action.partition(":")[0]
        for name in context.catalog.operations
        for role in context.catalog.operation(name).roles
        for _, entry in role.all_entries()
        for statement in entry.statements
        for action in statement.actions
    }
    for prefix in sorted(called - known):
        message = f"roles call {prefix}, for which there is no entry; add its endpoint, or why there is none"
        yield Problem(key_at(endpoints, next(iter(endpoints))), RULE, message)


def _twice(context: Context) -> Iterator[Problem]:
    networks: Mapping[str, Any] = context.loaded.catalog.networks
    seen: dict[str, str] = {}
    for name, one in networks.items():
        for index, operation in enumerate(one["operations"]):
            if operation in seen:
                yield problem(
                    RULE, f"{operation} is in {seen[operation]} too; remove the duplicate", one, "operations", index
                )
            seen.setdefault(operation, name)
