"""Puts problems into the order in which they are mended: the records' own faults first, with what follows from each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sagemaker_roles.errors.problems import Position, Problem

#: Rules whose faults are words that are wrong in themselves: what the records around them give is not known either.
_WORDS = ("accepts", "action-exists", "file-name", "names-exist", "operation-exists", "schema")
#: Of those, the faults from which nothing follows, and those from which only what shows the same name, or a size, does.
_ALONE = "file-name"
_BY_NAME = "action-exists"
#: Of exceptions that nothing needs: they follow from whatever else is wrong.
_LAST = "exceptions"


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems that are mended together.

    Attributes:
        problem: a record's own fault; None if no rule found one and the problems only have an action in common.
        consequences: what follows from it, sorted.
    """

    problem: Problem | None
    consequences: tuple[Problem, ...] = ()


def by_cause(problems: Iterable[Problem]) -> list[ProblemGroup]:
    """Groups problems by their cause.

    A consequence belongs to the first fault at its places or whose message shows one of its names, or else to the first
    wrong word in a file from which it was worked out. Other consequences are grouped by their first action. A name that
    is missing in many places is one fault; exceptions that nothing needs come last.

    Args:
        problems: all that was found.

    Returns:
        Wrong words in order of their places, other faults, then the groups without a fault, the largest first.
    """
    problems = sorted(problems)
    own = [problem for problem in problems if not problem.follows and problem.rule != _LAST]
    own.sort(key=lambda problem: not _is_word(problem))
    of_fault: dict[Problem, list[Problem]] = {}
    first: dict[tuple[str, str], Problem] = {}
    by_name: dict[str | Position, Problem] = {}
    by_file: dict[str | Position, Problem] = {}
    any_by_file: dict[str | Position, Problem] = {}
    for problem in own:
        fault = problem
        # A name that is not there is one cause, however often it is used; values of a wrong form are mended one by one.
        if _is_word(problem) and problem.rule != "schema":
            fault = first.setdefault((problem.rule, problem.message), problem)
        if fault is not problem:
            of_fault[fault].append(problem)
        else:
            of_fault[problem] = []
        by_name.setdefault(problem.position, fault)
        for name in _names(problem.message):
            by_name.setdefault(name, fault)
        if _is_word(problem) and problem.rule != _ALONE:
            any_by_file.setdefault(problem.position.path, fault)
            if problem.rule != _BY_NAME:
                by_file.setdefault(problem.position.path, fault)
    without: dict[str, list[Problem]] = {}
    last = []
    for problem in (problem for problem in problems if problem.follows or problem.rule == _LAST):
        actions = actions_of(problem)
        maps = (by_name, by_file if actions else any_by_file)
        faults = [known[name] for known in maps for name in problem.follows if name in known]
        if faults:
            of_fault[faults[0]].append(problem)
        elif problem.rule == _LAST:
            last.append(problem)
        elif actions:
            without.setdefault(actions[0], []).append(problem)
        else:
            of_fault[problem] = []
    groups = sorted(without.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        *(ProblemGroup(fault, tuple(several)) for fault, several in of_fault.items()),
        *(ProblemGroup(None, tuple(several)) for _, several in groups),
        *([ProblemGroup(None, tuple(last))] if last else []),
    ]


def actions_of(problem: Problem) -> list[str]:
    """The actions that a consequence is about."""
    return [name for name in problem.follows if isinstance(name, str) and ":" in name]


def _is_word(problem: Problem) -> bool:
    """Whether a word is wrong in itself, or the file that has it is not YAML as records are."""
    return problem.rule in _WORDS or problem.rule.startswith("yaml-")


def _names(message: str) -> Iterable[str]:
    """The actions that a message shows, and what stands in quotation marks."""
    return (*re.findall(r"[A-Za-z0-9-]+:[A-Za-z0-9*]+", message), *re.findall(r'"([^"]+)"', message))
