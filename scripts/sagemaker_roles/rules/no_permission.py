"""Members that need no permission exist in requests, of the operations named, and ways of naming do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..canonical import quoted
from ..problems import Problem
from .context import Context, nearest, problem

RULE = "no-permission"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each path of members that no request has, each unknown operation and way of naming.

    A path that begins with an operation is the whole path in its requests.
    """
    reasons: dict[str, Any] = context.loaded.catalog.no_permission
    ways = context.loaded.catalog.named_resources
    inputs = {name: shape for shapes in context.reference.inputs.values() for name, shape in shapes.items()}
    for name, reason in reasons.items():
        for index, operation in enumerate(reason.get("operations", ())):
            if not context.exists("operations", operation):
                known = context.loaded.catalog.data["operations"]
                message = f"there is no record of {quoted(operation)}{nearest(operation, known)}"
                yield problem(RULE, message, reasons, name, "operations", index)
        for index, way in enumerate(reason.get("resources", ())):
            if way not in ways:
                message = f"there is no way of naming {quoted(way)}{nearest(way, ways)}"
                yield problem(RULE, message, reasons, name, "resources", index)
        shapes = [inputs[item] for item in reason.get("operations", inputs) if item in inputs]
        reached = _reached(context, shapes)
        for index, path in enumerate(reason.get("members", ())):
            first, *rest = path.split(".")
            if first in inputs:
                if not rest or not _leads(context, inputs[first], rest):
                    message = f"no request of {first} has {'.'.join(rest) or 'a member without a name'}"
                    yield problem(RULE, message, reasons, name, "members", index)
                elif first not in reason.get("operations", (first,)):
                    yield problem(RULE, f"{first} is not one of `operations`", reasons, name, "members", index)
            elif not any(_leads(context, shape, [first, *rest]) for shape in reached):
                message = f"no request has {path}; name the end of a member's path"
                yield problem(RULE, message, reasons, name, "members", index)


def _reached(context: Context, shapes: list[str]) -> set[str]:
    """The shapes of some requests, with all that are in them."""
    types = context.reference.types
    reached: set[str] = set()
    left = list(shapes)
    while left:
        shape = left.pop()
        if shape in types and shape not in reached:
            reached.add(shape)
            left += [*types[shape].get("members", {}).values(), types[shape].get("member"), types[shape].get("value")]
    return reached


def _leads(context: Context, shape: str, names: list[str]) -> bool:
    """Whether members of some names lead on from a shape; lists on the way have no name."""
    types = context.reference.types
    for name in names:
        while "member" in types.get(shape, {}):
            shape = types[shape]["member"]
        members = types.get(shape, {}).get("members", {})
        if name not in members:
            return False
        shape = members[name]
    return True
