"""Every JMESPath (role parameters, `from`, `when`) resolves in the shape of the request it is evaluated on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jmespath.exceptions import JMESPathError

from ..model import AddOn, Entry, Grantee, Operation
from ..paths import ANY, PathError
from ..problems import Problem
from .context import Context, problem

RULE = "paths-resolve"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each expression that names a member which does not exist or gives the wrong type."""
    for operation in context.operations:
        for grantee in operation.grantees():
            for index, path in enumerate(grantee.parameters):
                yield from _path(context, operation, path, "a role ARN", grantee.data, "parameters", index)
            for addon in grantee.addons:
                yield from _addon(context, operation, addon)
            for addon_or_none, entry in grantee.all_entries():
                request = addon_or_none.request if addon_or_none else ""
                for index, path in enumerate(entry.members):
                    yield from _entry(context, operation, request, entry, path, index)


def _shape(context: Context, operation: Operation, request: str) -> str | None:
    if request:
        return next((inputs[request] for inputs in context.reference.inputs.values() if request in inputs), None)
    return context.reference.inputs.get(operation.service, {}).get(operation.name)


def _addon(context: Context, operation: Operation, addon: AddOn) -> Iterator[Problem]:
    if addon.request and _shape(context, operation, addon.request) is None:
        yield problem(RULE, f"there is no operation {addon.request!r}", addon.data, "request")
        return
    if addon.when:
        yield from _path(context, operation, addon.when, "", addon.data, "when", request=addon.request)
    if not addon.when and not addon.usage and not any(entry.members for entry in addon.entries):
        yield problem(
            RULE,
            "nothing says when it is needed: give `when`, `usage`, or `from` in one of its statements",
            addon.data,
            "id",
        )


def _path(
    context: Context, operation: Operation, path: str, wanted: str, data: Any, *inside: str | int, request: str = ""
) -> Iterator[Problem]:
    shape = _shape(context, operation, request)
    if not shape:
        return
    try:
        kind = context.paths.result(path, shape)
    except (PathError, JMESPathError) as error:
        yield problem(RULE, f"{path}: {_one_line(error)} (in {request or operation.name})", data, *inside)
        return
    if wanted and kind not in ("string", ("list", "string"), ANY):
        yield problem(RULE, f"{path} does not give {wanted}", data, *inside)


def _entry(
    context: Context, operation: Operation, request: str, entry: Entry, path: str, index: int
) -> Iterator[Problem]:
    shape = _shape(context, operation, request)
    if not shape:
        return
    try:
        kind = context.paths.result(path, shape)
    except (PathError, JMESPathError) as error:
        yield problem(RULE, f"{path}: {_one_line(error)} (in {request or operation.name})", entry.data, "from", index)
        return
    free = [name for name in entry.parameters if name not in entry.constants]
    while isinstance(kind, tuple) and kind[0] == "list":
        kind = kind[1]
    while isinstance(kind, str) and "member" in context.reference.types.get(kind, {}):
        kind = context.reference.types[kind]["member"]
    if isinstance(kind, tuple):
        unknown = [name for name in kind[1] if name not in free]
        for name in unknown:
            yield problem(
                RULE, f"{name!r} is no parameter; there are {', '.join(free) or 'none'}", entry.data, "from", index
            )
        for name in free:
            if name not in kind[1]:
                yield problem(RULE, f"gives no value for the parameter {name!r}", entry.data, "from", index)
        return
    if len(free) != 1:
        named = ", ".join(f"{name}: …" for name in free) or "none"
        yield problem(RULE, f"gives one value, but the parameters are {{{named}}}", entry.data, "from", index)
    if kind not in ("string", ANY):
        yield problem(RULE, f"{path} gives no text", entry.data, "from", index)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def parameters_of(grantee: Grantee) -> tuple[str, ...]:
    """The request members that carry the grantee's role."""
    return grantee.parameters
