"""Uses fill each constant of a statement set with `with`, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from ..engine.compose import names_in
from ..problems import Problem
from .context import Context, at, key_at, nearest, problem

RULE = "constants"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each constant without a value, and each value that is for no constant."""
    for entry in [*context.uses, *(entry for entry in context.authored if not entry.use)]:
        if context.unfound(entry):
            continue
        constants = [name for name, kind in entry.parameters.items() if kind == "constant"]
        for name in constants:
            if name not in entry.constants:
                message = f"the constant {name} has no value; add `with: {{{name}: …}}`"
                yield Problem(at(entry.data, "with"), RULE, message)
        for name, value in entry.constants.items():
            if name not in constants:
                kind = entry.parameters.get(name, "")
                hint = f"; a value of the kind {kind} comes from a request member (`from`)" if kind else ""
                message = f"{name} is not a constant of it{hint or nearest(name, constants)}"
                yield Problem(key_at(entry.data, "with", name), RULE, message)
            for placeholder in names_in(value):
                message = f"${{{placeholder}}} in a constant is never filled; write the value out"
                yield problem(RULE, message, entry.data, "with", name)
