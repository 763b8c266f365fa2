"""Callers against AWS's table of operations: the actions of each, and the services that roles are passed to."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Data, Entry, Grantee
from sagemaker_roles.catalog.operation_names import api_name
from sagemaker_roles.engine.values import filled
from sagemaker_roles.errors.problems import Problem

from .context import Context, key_problem, problem, rule

_ACTION = "iam:PassRole"
_KEY = "iam:PassedToService"


@rule
def operation_actions(context: Context) -> Iterator[Problem]:
    """Each caller has the actions of data/aws/operation-actions.yaml, and passes roles to the services there.

    The subjects of exceptions are ``Operation/action`` and ``Operation/service``. An operation that the table of its
    service does not name passes no role.
    """
    tables = context.loaded.catalog.operation_actions
    for service, table in tables.items():
        known = context.reference.operations(service)
        if not known:
            yield key_problem(f"botocore has no service {quoted(service)}", tables, service)
            continue
        rows: Data = table["operations"]
        for name in rows:
            if name not in known:
                yield key_problem(f"{service} has no operation {quoted(name)}", table, "operations", name)
            for action in {*rows[name].get("some", ())} - {*rows[name].get("actions", ())}:
                yield problem(f"{action} is not among the actions of {name}; add it there", table, "operations", name)
        for name, call in context.callers.data["calls"].items():
            if call["service"] == service and not context.is_unread(name):
                yield from _caller(context, table, name)


def _caller(context: Context, table: Data, name: str) -> Iterator[Problem]:
    row: Data = table["operations"].get(api_name(name), {})
    operation = context.callers.operation(name)
    caller = operation.caller
    if caller is None or not context.composable(operation):
        return  # other rules report it
    has_record = context.callers.has_record(name)
    place = (context.loaded.authored[name], "caller") if has_record else (table, "operations", api_name(name))
    granted = {action for _, entry in caller.all_entries() for item in entry.statements for action in item.actions}
    services = dict(_passed(caller))
    wanted = [*row.get("actions", ()), *((_ACTION,) if "passed_to" in row else ())]
    for action in wanted:
        if action not in granted and not context.excepted("operation-actions", f"{name}/{action}"):
            yield problem(f"AWS checks {name} for {action}, and the caller lacks it; add it", *place)
    for service in row.get("passed_to", ()) if _ACTION in granted else ():
        if service not in services and not context.excepted("operation-actions", f"{name}/{service}"):
            yield problem(f"AWS checks {name} for {_KEY} {service}, and the caller passes none to it", *place)
    for service, entry in services.items():
        if service not in row.get("passed_to", ()) and not context.excepted("operation-actions", f"{name}/{service}"):
            expected = " or ".join(row.get("passed_to", ())) or "none"
            message = f"passes a role to {service}, and the table of AWS has {expected} for {name}"
            yield problem(message, entry.data if has_record else place[0], *(() if has_record else place[1:]))


def _passed(caller: Grantee) -> Iterator[tuple[str, Entry]]:
    """The services that a caller passes roles to, each with an entry that allows it."""
    for _, entry in caller.all_entries():
        for statement in entry.statements:
            if _ACTION in statement.actions:
                for values in (keys.get(_KEY, ()) for keys in statement.condition.values()):
                    for value in values:
                        yield filled(value, entry.constants), entry
