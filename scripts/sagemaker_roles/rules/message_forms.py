"""The forms of messages can be read in bounded time, each example has its form, and what a form names exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..canonical import quoted
from ..diagnosing.clues import compiled, first_form
from ..problems import Problem
from .context import Context, nearest, problem
from .kind_patterns import faults

RULE = "message-forms"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each pattern, example, action, operation, add-on, and layer that is wrong."""
    forms = context.loaded.catalog.messages
    layers = context.loaded.catalog.layers
    clues = context.loaded.catalog.clues
    for part in (forms, layers, clues):
        for record in part.values():
            for message in faults(record.get("pattern", "")):
                yield problem(RULE, message, record, "pattern")
    for name, form in forms.items():
        yield from _examples(forms, name, form)
        yield from _names(context, layers, form)
    for clue in clues.values():
        yield from _actions(context, clue)
        yield from _shown(context, clue)


def _examples(forms: Mapping[str, Any], name: str, form: Any) -> Iterator[Problem]:
    for index, example in enumerate(form["examples"]):
        taken = first_form(forms, example)
        if taken != name:
            message = (
                f"the example has the form {taken}, which is tried first" if taken else "the pattern does not match"
            )
            yield problem(RULE, message, form, "examples", index)


def _shown(context: Context, clue: Any) -> Iterator[Problem]:
    for index, example in enumerate(clue["examples"]):
        if not compiled(clue["pattern"]).search(example):
            yield problem(RULE, "the pattern does not match", clue, "examples", index)
    yield from _operations(context, clue)
    known = {addon for name in context.loaded.catalog.operations for addon in _addons(context, name)}
    for index, addon in enumerate(clue.get("addons", ())):
        if addon not in known and not context.unread:
            yield problem(
                RULE, f"no operation has an add-on {quoted(addon)}{nearest(addon, known)}", clue, "addons", index
            )


def _actions(context: Context, record: Any) -> Iterator[Problem]:
    named = [("Action", index, action) for index, action in enumerate(record.get("Action", ()))]
    for key, at, action in [*named, *(("calls", call, action) for call, action in record.get("calls", {}).items())]:
        if context.reference.action(action) is None:
            yield problem(RULE, f"unknown action {quoted(action)}", record, key, at)


def _operations(context: Context, record: Any) -> Iterator[Problem]:
    for index, operation in enumerate(record.get("operations", ())):
        if not context.exists("operations", operation):
            hint = nearest(operation, context.loaded.catalog.operations)
            yield problem(RULE, f"there is no operation {quoted(operation)}{hint}", record, "operations", index)


def _addons(context: Context, operation: str) -> set[str]:
    record = context.catalog.operation(operation)
    return {addon.id for grantee in record.grantees() for addon in grantee.addons}


def _names(context: Context, layers: Mapping[str, Any], form: Any) -> Iterator[Problem]:
    yield from _actions(context, form)
    yield from _operations(context, form)
    for index, usual in enumerate(form.get("usual", ())):
        if not context.exists("operations", usual["operation"]):
            hint = nearest(usual["operation"], context.loaded.catalog.operations)
            yield problem(
                RULE, f"there is no operation {quoted(usual['operation'])}{hint}", form, "usual", index, "operation"
            )
        elif "addon" in usual and usual["addon"] not in (known := _addons(context, usual["operation"])):
            hint = nearest(usual["addon"], known)
            yield problem(
                RULE, f"{usual['operation']} has no add-on {quoted(usual['addon'])}{hint}", form, "usual", index
            )
    if form.get("layer", next(iter(layers), "")) not in layers and not context.unread:
        yield problem(RULE, f"there is no layer {quoted(form['layer'])}{nearest(form['layer'], layers)}", form, "layer")
