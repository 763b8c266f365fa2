"""Every JMESPath (role parameters, `from`, `when`) resolves in the shape of the request it is evaluated on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from jmespath.exceptions import JMESPathError

from ..aws.paths import ANY, PathError
from ..canonical import quoted
from ..catalog import AddOn, Entry, Operation
from ..problems import Problem
from .context import Context, problem

RULE = "paths-resolve"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each expression that names a member which does not exist or gives the wrong type."""
    for operation in context.operations:
        for grantee in operation.grantees():
            for index, path in enumerate(grantee.parameters):
                for wrong in _path(context, operation, path, "a role ARN", grantee.data, "parameters", index):
                    yield replace(wrong, follows=(wrong.position,))
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
        return  # another rule reports it
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
    if wanted and any(leaf not in ("string", ANY) for leaf in leaves(context, kind)):
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
    if context.unfound(entry):
        return
    for leaf in leaves(context, kind):
        if isinstance(leaf, tuple):
            yield from _parts(context, entry, path, index, free, leaf[1])
            continue
        if len(free) != 1:
            named = ", ".join(f"{name}: …" for name in free) or "none"
            yield problem(RULE, f"gives one value, but the parameters are {{{named}}}", entry.data, "from", index)
        if leaf not in ("string", ANY):
            message = f"{path} gives {context.paths.describe(leaf)}, not text"
            yield problem(RULE, message, entry.data, "from", index)


def _parts(
    context: Context, entry: Entry, path: str, index: int, free: list[str], parts: Mapping[str, Any]
) -> Iterator[Problem]:
    """Looks at a multiselect hash: each parameter must get a text, or texts, of its own."""
    for name, kind in parts.items():
        if name not in free:
            message = f"{quoted(name)} is not a parameter; there are {', '.join(free) or 'none'}"
            yield problem(RULE, message, entry.data, "from", index)
        for leaf in leaves(context, kind):
            if leaf not in ("string", ANY):
                message = f"{name} in {path} is {context.paths.describe(leaf)}, not text"
                yield problem(RULE, message, entry.data, "from", index)
    for name in free:
        if name not in parts:
            yield problem(RULE, f"gives no value for the parameter {quoted(name)}", entry.data, "from", index)


def leaves(context: Context, kind: Any) -> list[Any]:
    """What a type gives one by one: the elements of lists, however deep, and each possibility."""
    scalars: list[Any] = []
    left = [kind]
    while left:
        item = left.pop()
        if isinstance(item, tuple) and item[0] == "either":
            left += reversed(item[1])
        elif context.paths.is_list(item):
            left.append(context.paths.element(item, "[]"))
        elif item not in scalars:
            scalars.append(item)
    return scalars


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
