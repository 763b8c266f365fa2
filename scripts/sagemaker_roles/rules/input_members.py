"""What data/inputs.yaml moves and renames goes to members that the requests have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..aws.paths import PathError
from ..problems import Problem
from ..records.strict_yaml import Map
from .context import Context, at, nearest

RULE = "input-members"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each operation and each member that AWS's API does not have."""
    inputs = {name: shape for known in context.reference.inputs.values() for name, shape in known.items()}
    members = {name for shape in context.reference.types.values() for name in shape.get("members", ())}
    for style in context.loaded.catalog.inputs.values():
        for kind, known in style.get("types", {}).items():
            name = known.get("operation") or f"Create{kind.rpartition('::')[2]}"
            if name in inputs:
                yield from _moved(context, name, inputs[name], known.get("members", Map()))
            else:
                place = at(known, "operation") if "operation" in known else at(style, "types", kind)
                yield Problem(place, RULE, f"there is no operation {name}{nearest(name, inputs)}")
        for other, name in style.get("members", {}).items():
            if name not in members:
                place = at(style, "members", other)
                yield Problem(place, RULE, f"no request has a member {name}{nearest(name, members)}")


def _moved(context: Context, operation: str, shape: str, table: Any) -> Iterator[Problem]:
    """A problem for each path of a type that leads to no member of its operation's request."""
    for source, target in table.items():
        try:
            context.paths.result(target, shape)
        except PathError as error:
            yield Problem(at(table, source), RULE, f"{target} is not a member of {operation}: {error}")
