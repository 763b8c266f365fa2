"""Patterns cannot take unbounded time: every repetition has an end, repeated groups begin with a separator."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..canonical import quoted
from ..problems import Problem
from .context import Context, problem

RULE = "kind-patterns"

#: A pattern's parts: an escaped character, a class, the opening of a group, a repetition, any other character.
_PART = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:<[A-Za-z0-9]+>|:))?|[*+?]|\{[0-9]*,?[0-9]*\}|.", re.DOTALL
)
#: A partition that no field holds.
_UNNAMED = re.compile(r"arn:(?!\(\?<Partition>)")
_BOUNDS = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each pattern of a kind or partition that can backtrack without bound."""
    for kind in context.kinds:
        for name, field in kind.fields.items():
            for message in faults(field.pattern):
                yield problem(RULE, message, kind.data, "fields", name, "pattern")
        for index, form in enumerate(kind.forms):
            for message in faults(form.pattern):
                yield problem(RULE, message, kind.data, "forms", index, "pattern")
            if _UNNAMED.search(form.pattern):
                message = "a partition must be a field, so that it is checked: arn:(?<Partition>aws[a-z-]{0,10}):"
                yield problem(RULE, message, kind.data, "forms", index, "pattern")
    partitions = context.loaded.catalog.partitions
    for name, partition in partitions.items():
        for message in faults(partition["region_pattern"]):
            yield problem(RULE, message, partitions, name, "region_pattern")


def faults(pattern: str) -> list[str]:
    """What is wrong with a pattern, in words."""
    messages: list[str] = []
    # Of each open group: its parts so far, and whether something in it is repeated a varying number of times.
    groups: list[tuple[list[str], bool]] = [([], False)]
    closed: tuple[list[str], bool] | None = None
    for part in _PART.findall(pattern):
        bounds = _bounds(part)
        if bounds is not None:
            least, most = bounds
            if most is None:
                messages.append(f"{quoted(part)} has no end; write a number of characters, such as {{1,64}}")
            if closed is not None and closed[1] and (most is None or most > 1) and not _separated(closed[0]):
                messages.append(
                    f"the group before {quoted(part)} contains a repetition and is repeated: begin it with a separator "
                    "that nothing else in it matches"
                )
            groups[-1] = (groups[-1][0], groups[-1][1] or least != most)
            closed = None
            continue
        closed = None
        if part.startswith("(") and len(part) != 2:
            groups.append(([], False))
        elif part == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1] = (groups[-1][0] + closed[0], groups[-1][1] or closed[1])
        else:
            groups[-1][0].append(part)
    return list(dict.fromkeys(messages))


def _bounds(part: str) -> tuple[int, int | None] | None:
    """How often a repetition repeats at least and at most (None: without end); None for any other part."""
    if part in ("*", "+", "?"):
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[part]
    match = _BOUNDS.fullmatch(part)
    if not match or not (match[1] or match[3]):
        return None
    least = int(match[1] or 0)
    return least, (int(match[3]) if match[3] else None) if match[2] else least


def _separated(parts: list[str]) -> bool:
    """Whether the first part of a group is a character that no other part matches."""
    if not parts or parts[0].startswith("[") or "|" in parts:
        return False
    separator = parts[0].removeprefix("\\")
    return not any(re.fullmatch(part, separator) for part in parts[1:] if part not in ("(", ")"))
