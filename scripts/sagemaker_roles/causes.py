"""Puts problems into the order in which they are mended: the records' own faults first, with what follows from each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .problems import Problem

#: Rules whose faults are words that are wrong in themselves. What other rules find beside one may follow from it.
_WORDS = ("action-exists", "accepts", "file-name", "names-exist", "operation-exists", "schema", "yaml")
#: Of those, the faults from which nothing follows.
_ALONE = ("file-name",)
#: Of exceptions that nothing needs: they follow from whatever else is wrong.
_LAST = "exceptions"


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
    are grouped by their first action. A name that is missing in many places is one fault. If there is only one wrong
    word, all else is counted as its consequence; exceptions that nothing needs come last.

    Args:
        problems: all that was found.

    Returns:
        Wrong words in order of their places, other faults, then the groups without a fault, the largest first.
    """
    problems = sorted(problems)
    own = [problem for problem in problems if not problem.follows and problem.rule != _LAST]
    own.sort(key=lambda problem: problem.rule not in _WORDS)
    words = [frozenset(re.findall(r"[A-Za-z0-9-]+:[A-Za-z0-9*]+", problem.message)) for problem in own]
    of_fault: dict[Problem, list[Problem]] = {}
    first: dict[tuple[str, str], Problem] = {}
    for problem in own:
        same = first.setdefault((problem.rule, problem.message), problem)
        # A name that is not there is one cause, however often it is used; values of a wrong form are mended one by one.
        if same is not problem and same.rule in _WORDS and same.rule != "schema":
            of_fault[same].append(problem)
        else:
            of_fault[problem] = []
    wrong = [problem for problem in of_fault if problem.rule in _WORDS]
    if len(wrong) == 1 and wrong[0].rule not in _ALONE:
        seen = {wrong[0], *of_fault[wrong[0]]}
        return [Cause(wrong[0], (*of_fault[wrong[0]], *(problem for problem in problems if problem not in seen)))]
    without: dict[str, list[Problem]] = {}
    for problem in (problem for problem in problems if problem.follows):
        fault = next((own[at] for at, named in enumerate(words) if not named.isdisjoint(problem.follows)), None)
        if fault is not None:
            of_fault[first[fault.rule, fault.message]].append(problem)
        else:
            without.setdefault(problem.follows[0], []).append(problem)
    groups = sorted(without.items(), key=lambda item: (-len(item[1]), item[0]))
    last = tuple(problem for problem in problems if not problem.follows and problem.rule == _LAST)
    return [
        *(Cause(fault, tuple(several)) for fault, several in of_fault.items()),
        *(Cause(None, tuple(several)) for _, several in groups),
        *([Cause(None, last)] if last else []),
    ]
