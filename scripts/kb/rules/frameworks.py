"""Frameworks that send requests to SageMaker for their users."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Data
from sagemaker_roles.errors.problems import Problem

from ..aws.reference import Reference
from .context import Context, problem, rule, unknown


@rule
def frameworks(context: Context) -> Iterator[Problem]:
    """What a framework sends exists, and so does what its documentation allows, but for the listed `no_actions`."""
    for framework in context.loaded.catalog.frameworks.values():
        known = [*context.callers.operations, *context.callers.calls]
        yield from unknown("there is no operation", known, framework, "operations")
        operations = [context.callers.operation(name) for name in framework["operations"] if name in known]
        grantees = [one for operation in operations for one in operation.grantees()]
        addons = {addon.id for grantee in grantees for addon in grantee.addons}
        yield from unknown("none of its operations has the add-on", addons, framework, "addons")
        for call in framework.get("calls", ()):
            if not _has_call(context, call):
                message = f"{call['service']} has no operation or function {quoted(call['operation'])}"
                yield problem(message, call, "operation")
        for attached in framework.get("attach", ()):
            yield from _printed(context.reference, attached)
            yield from unknown(
                "there is no document of the AWS managed policy", context.loaded.documents, attached, "managed"
            )


def _has_call(context: Context, call: Data) -> bool:
    functions = context.loaded.catalog.code.get(call["service"], {}).get("functions", {})
    return call["operation"] in functions or call["operation"] in context.reference.operations(call["service"])


def _printed(reference: Reference, attached: Data) -> Iterator[Problem]:
    """Yields a problem for each printed action that does not exist and is not listed, and each listed that is wrong."""
    listed, wrong = attached.get("no_actions", ()), set()
    for statement in attached.get("allows", ()):
        for index, name in enumerate(statement["Action"]):
            if reference.action(name) is None and "*" not in name:
                wrong.add(name)
                if name not in listed:
                    nearest = reference.nearest_action(name)
                    hint = f"; did you mean {quoted(nearest)}?" if nearest else ""
                    message = f"there is no action {quoted(name)}; if the page shows it, add it to no_actions{hint}"
                    yield problem(message, statement, "Action", index)
    for index, name in enumerate(listed):
        if name not in wrong:
            message = f"{quoted(name)} is an action, or is not printed; remove it from no_actions"
            yield problem(message, attached, "no_actions", index)
