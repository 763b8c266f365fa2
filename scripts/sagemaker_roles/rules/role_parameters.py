"""Role parameters are request members that carry a role ARN, each of one role."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Problem
from .context import Context, nearest, problem

RULE = "role-parameters"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each parameter that carries no role ARN, and each that two roles claim."""
    known: dict[tuple[str, str], list[str]] = {}
    for parameter in context.reference.role_parameters:
        known.setdefault((parameter.service, parameter.operation), []).append(parameter.path)
    for operation in context.operations:
        if operation.name not in context.reference.inputs.get(operation.service, ()):
            continue  # another rule reports it
        carriers = known.get((operation.service, operation.name), [])
        owners: dict[str, str] = {}
        for role in operation.roles:
            for index, path in enumerate(role.parameters):
                subject = f"{operation.name}.{path}"
                if path not in carriers and not context.excepted(RULE, subject):
                    message = (
                        f"{path} is not a member of {operation.name} that carries a role ARN{nearest(path, carriers)}"
                    )
                    yield problem(RULE, message, role.data, "parameters", index)
                if path in owners and owners[path] != role.id:
                    message = f"{path} stands already with the role {owners[path]}; remove the duplicate"
                    yield problem(RULE, message, role.data, "parameters", index)
                owners.setdefault(path, role.id)
