"""Every operation and service that a record names exists in botocore."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..canonical import quoted
from ..catalog import Data
from ..problems import Problem
from .context import Context, at, is_new, nearest, problem

RULE = "operation-exists"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each unknown service or operation, with the nearest that exists."""
    inputs = context.reference.inputs
    having = Counter(name for known in inputs.values() for name in known)
    for service, said in context.loaded.catalog.data.get("apis", {}).items():
        if shared := sorted(name for name in inputs.get(service, ()) if having[name] > 1):
            message = f"another service has {shared[0]}, too; let one of them be `qualified`"
            yield problem(RULE, message, said, "service")
    for name, record in sorted(context.loaded.authored.items()):
        service = record["service"]
        if service not in inputs:
            yield problem(RULE, f"there is no service {quoted(service)}{nearest(service, inputs)}", record, "service")
        elif name not in inputs[service]:
            own = f"{service}-{name}"  # its name where another service has one of the same
            elsewhere = [other for other in inputs if name in inputs[other]]
            hint = f"; {elsewhere[0]} has it" if elsewhere else nearest(name, inputs[service])
            hint = f"; it is called {quoted(own)} here" if own in inputs[service] else hint
            yield problem(RULE, f"{service} has no operation {quoted(name)}{hint}", record, "operation")
        elif is_new(record):
            message = f"botocore has {name} now; remove the availability and run `check` again"
            yield problem(RULE, message, record, "availability", "status")
        for other, inside in _named(record):
            known = {item for operations in inputs.values() for item in operations}
            if other not in known:
                yield problem(RULE, f"there is no operation {quoted(other)}{nearest(other, known)}", record, *inside)
        if "roles" not in record and "uses_role_of" not in record and "like" not in record:
            message = "says of no role what it needs: give `roles`, or `uses_role_of` if another operation's role works"
            yield Problem(at(record), RULE, message)


def _named(record: Data) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The operations a record names, and where."""
    for index, name in enumerate(record.get("uses_role_of", ())):
        yield name, ("uses_role_of", index)
    for step, names in record.get("steps", {}).items():
        for index, name in enumerate(names):
            yield name, ("steps", step, index)
    holders: list[tuple[Data, tuple[str | int, ...]]] = [
        (role, ("roles", index)) for index, role in enumerate(record.get("roles", ()))
    ]
    if "caller" in record:
        holders.append((record["caller"], ("caller",)))
    for holder, inside in holders:
        for index, addon in enumerate(holder.get("addons", ())):
            if "request" in addon:
                yield addon["request"], (*inside, "addons", index, "request")
