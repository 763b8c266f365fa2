"""Forms and scopes that statements ask for exist in the kinds of their parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..canonical import quoted
from ..catalog import Entry, Statement
from ..problems import Problem
from .context import Context, at, key_at, nearest, problem

RULE = "accepts"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each form that does not exist or needs no permission, and each scope a form lacks.

    What is wrong in a shared statement is its own fault; where it is used, the rest follows from it.
    """
    own = [problem for entry in context.authored for problem in _problems(context, entry)]
    yield from own
    faulty = {problem.position.path for problem in own}
    for entry in context.uses:
        for wrong in _problems(context, entry, is_use=True):
            shared = {at(statement.data).path for statement in entry.statements}
            yield replace(wrong, follows=tuple(sorted(shared & faulty)))


def _problems(context: Context, entry: Entry, *, is_use: bool = False) -> Iterator[Problem]:
    yield from _forms(context, entry)
    if is_use and "accepts" not in entry.data:
        return
    for statement in entry.statements:
        yield from _scopes(context, entry, statement, f"in {statement.sid}: " if is_use else "")


def _forms(context: Context, entry: Entry) -> Iterator[Problem]:
    for parameter, forms in entry.data.get("accepts", {}).items():
        if parameter not in entry.parameters:
            message = f"there is no parameter {quoted(parameter)}{nearest(parameter, entry.parameters)}"
            yield Problem(key_at(entry.data, "accepts", parameter), RULE, message)
            continue
        kind = context.kind(entry.parameters[parameter])
        if kind is None:
            if entry.parameters[parameter] == "constant":
                message = f"{parameter} is a constant; only values of a kind have forms"
                yield Problem(key_at(entry.data, "accepts", parameter), RULE, message)
            continue
        for index, name in enumerate(forms):
            form = kind.form(name)
            if form is None:
                known = [item.id for item in kind.forms if not item.no_permission]
                message = f"{kind.id} has no form {quoted(name)}{nearest(name, known)}"
                yield problem(RULE, message, entry.data, "accepts", parameter, index)
            elif form.no_permission:
                message = f"the form {name} of {kind.id} needs no permission, so no statement is for it; take it out"
                yield problem(RULE, message, entry.data, "accepts", parameter, index)


def _scopes(context: Context, entry: Entry, statement: Statement, before: str) -> Iterator[Problem]:
    kinds = {name: context.kind(kind_id) for name, kind_id in entry.parameters.items() if kind_id != "constant"}
    if any(kind is None for kind in kinds.values()):
        return
    for index, scope in enumerate(statement.scopes):
        place = (statement.data, "scope", index) if not before else (entry.data, "accepts")
        owners = [
            (name, kind) for name, kind in kinds.items() if kind and any(scope in form.scopes for form in kind.forms)
        ]
        if not owners:
            known = {item for kind in kinds.values() if kind for form in kind.forms for item in form.scopes}
            message = f"{before}no parameter has the scope {quoted(scope)}{nearest(scope, known)}"
            yield problem(RULE, message, *place)
        for name, kind in owners:
            lacking = [form.id for form in entry.forms(name, kind) if scope not in form.scopes]
            if lacking:
                message = (
                    f"{before}{kind.id} has no scope {scope} in the form {', '.join(lacking)}; "
                    f"leave that out of the forms of {name} in `accepts`"
                )
                yield problem(RULE, message, *place)
