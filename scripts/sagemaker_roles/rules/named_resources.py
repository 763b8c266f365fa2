"""Ways of naming resources recognize their examples, each as itself, and name kinds that read these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..canonical import quoted
from ..engine.named import Finder
from ..engine.values import match, pattern
from ..problems import Problem
from .context import Context, at, nearest, problem

RULE = "named-resources"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each pattern with groups, each kind that is not there, and each example not recognized."""
    ways: dict[str, Any] = context.loaded.catalog.named_resources
    sound = True
    for name, way in ways.items():
        if pattern(way["pattern"]).groups:
            sound = False
            yield problem(RULE, "has a group; write (?: … )", ways, name, "pattern")
        for index, kind in enumerate(way.get("kinds", ())):
            if not context.exists("resources", kind):
                known = context.loaded.catalog.data["resources"]
                message = f"there is no resource kind {quoted(kind)}{nearest(kind, known)}"
                yield problem(RULE, message, ways, name, "kinds", index)
    if not sound:
        return
    finder = Finder(context.catalog)
    for name, way in ways.items():
        for index, example in enumerate(way["examples"]):
            member = way.get("member_ends", ["example"])[0]
            resources = finder.named({member: example})
            if [(item.kind, item.text) for item in resources] != [(name, example)]:
                shown = ", ".join(f"{item.kind} {quoted(item.text)}" for item in resources) or "nothing"
                message = f"{quoted(example)} is not recognized; {shown} is"
                yield Problem(at(ways, name, "examples", index), RULE, message)
                continue
            kinds = [kind for item in way.get("kinds", ()) if (kind := context.kind(item))]
            if kinds and not any(match(kind, finder.readable(resources[0])) for kind in kinds):
                message = f"{quoted(example)} is read by none of its kinds: {', '.join(kind.id for kind in kinds)}"
                yield Problem(at(ways, name, "examples", index), RULE, message)
