"""Every operation and role parameter that botocore knows has a record, or an exception with a reason."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Position, Problem
from .context import Context, at

RULE = "coverage"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each operation without a record and each role parameter no role covers."""
    records = {operation.name: operation for operation in context.operations}
    missing: dict[str, list[str]] = {}
    for parameter in context.reference.role_parameters:
        operation = records.get(parameter.operation)
        if operation is None:
            missing.setdefault(parameter.operation, []).append(parameter.path)
            continue
        covered = {path for role in operation.roles for path in role.parameters}
        subject = f"{parameter.operation}.{parameter.path}"
        if parameter.path not in covered and not context.excepted(RULE, subject):
            yield Problem(
                at(operation.data, "roles"),
                RULE,
                f"no role covers the role parameter {parameter.path} of {operation.name}",
            )
    for name, paths in sorted(missing.items()):
        if context.exists("operations", name) or context.excepted(RULE, name):
            continue
        yield Problem(
            Position("data/operations"),
            RULE,
            f"{name} accepts a role ({', '.join(paths)}) and has no record; write data/operations/{name}.yaml",
        )
