"""The rules: functions that yield problems, run in the order of their IDs."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from functools import cache

from sagemaker_roles.errors.problems import Problem

from .context import RULES, Check, Context

#: What holds a record against AWS's data; there is none yet for an operation that is newer (``availability: new``).
_OF_AWS = frozenset(
    (
        "action-exists",
        "condition-keys",
        "coverage",
        "members-accounted",
        "operation-exists",
        "paths-resolve",
        "required-types",
        "resource-fits",
        "role-parameters",
    )
)

#: What compares records with each other: of a part that cannot be read it finds that it is missing.
_COMPARING = frozenset(
    (
        "caller",
        "carried-over",
        "documentation",
        "members-accounted",
        "message-forms",
        "printed-policies",
        "required-types",
    )
)


@cache
def all_rules() -> dict[str, Check]:
    """Every rule by its ID, in alphabetical order."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(RULES.items()))


def run(context: Context) -> list[Problem]:
    """Runs every rule and returns all problems, sorted, each once; an exception nobody needed is one."""
    rules = all_rules()
    problems = {
        # Without its exceptions, a rule reports what they let off.
        replace(problem, follows=(*context.unread_exceptions(name), *_unread(context, name, problem), *problem.follows))
        for name, check in rules.items()
        for problem in check(context)
        if not (name in _OF_AWS and problem.position.path in context.newer)
    }
    return sorted({*problems, *context.unneeded_exceptions(set(rules))})


def _unread(context: Context, name: str, problem: Problem) -> frozenset[str]:
    """The files without whose content a rule that compares records may have found a problem."""
    return context.unread_below(problem.position.path) if name in _COMPARING else frozenset()
