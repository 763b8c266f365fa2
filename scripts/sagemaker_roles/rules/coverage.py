"""Every operation and role parameter that botocore knows has a record, or an exception with a reason."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Position, Problem
from .context import Context, at, problem

RULE = "coverage"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each operation without a record and each role parameter no role covers."""
    records = {operation.name: operation for operation in context.operations}
    carriers = {(parameter.operation, parameter.path) for parameter in context.reference.role_parameters}
    missing: dict[str, list[str]] = {}
    for parameter in context.reference.role_parameters:
        operation = records.get(parameter.operation)
        if operation is None:
            missing.setdefault(parameter.operation, []).append(parameter.path)
            continue
        covered = {path for role in operation.roles for path in role.parameters}
        subject = f"{parameter.operation}.{parameter.path}"
        if parameter.path not in covered and not context.excepted(RULE, subject):
            message = f"no role covers the role parameter {parameter.path} of {operation.name}"
            # One of those that carry no role ARN may be meant for it.
            others = [
                at(role.data, "parameters", index)
                for role in operation.roles
                for index, path in enumerate(role.parameters)
                if (operation.name, path) not in carriers
            ]
            yield problem(RULE, message, operation.data, "roles", follows=others)
    for name, paths in sorted(missing.items()):
        if context.exists("operations", name) or context.excepted(RULE, name):
            continue
        yield Problem(
            Position("data/operations"),
            RULE,
            f"{name} accepts a role ({', '.join(paths)}) and has no record; write data/operations/{name}.yaml",
        )
