"""Puts problems into the order in which they are mended: the records' own faults first, with what follows from each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .problems import Problem


@dataclass(frozen=True, slots=True)
class Cause:
    """Problems that are mended together.

    Attributes:
        problem: a record's own fault; None if no rule found one and the problems only have an action in common.
        consequences: what follows from it, sorted.
    """

    problem: Problem | None
    consequences: tuple[Problem, ...] = ()


def by_cause(problems: Iterable[Problem]) -> list[Cause]:
    """Groups problems by their cause.

    A consequence belongs to the first fault whose message names one of its actions. Consequences without such a fault
    are grouped by their first action.

    Args:
        problems: all that was found.

    Returns:
        Faults in order of their places, then the groups without a fault, the largest first.
    """
    own = sorted(problem for problem in problems if not problem.follows)
    words = [frozenset(re.findall(r"[A-Za-z0-9-]+:[A-Za-z0-9*]+", problem.message)) for problem in own]
    of_fault: dict[Problem, list[Problem]] = {problem: [] for problem in own}
    without: dict[str, list[Problem]] = {}
    for problem in sorted(problem for problem in problems if problem.follows):
        fault = next((own[at] for at, named in enumerate(words) if not named.isdisjoint(problem.follows)), None)
        if fault is None:
            without.setdefault(problem.follows[0], []).append(problem)
        else:
            of_fault[fault].append(problem)
    groups = sorted(without.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        *(Cause(fault, tuple(found)) for fault, found in of_fault.items()),
        *(Cause(None, tuple(found)) for _, found in groups),
    ]
