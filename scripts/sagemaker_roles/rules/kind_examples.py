"""Examples of a resource kind are read as the form they stand for, and counterexamples as none."""

from __future__ import annotations

from collections.abc import Iterator

from ..canonical import quoted
from ..catalog import GLOBALS, Kind
from ..engine import values
from ..engine.compose import parse
from ..problems import Problem
from .context import Context, problem

RULE = "kind-examples"

#: What the fields that all ARNs share look like; forms may read them out of a value.
_GLOBALS = {
    "Partition": "aws(-[a-z]{1,10}){0,2}",
    "Region": "[a-z]{2,4}-[a-z-]{3,24}-[0-9]{1,2}",
    "Account": "[0-9]{12}",
}


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each example that another form takes, and each counterexample that one takes."""
    for kind in context.kinds:
        yield from _forms(kind)
        for index, text in enumerate(kind.data["counterexamples"]):
            if parsed := parse(kind, text):
                message = f"{quoted(text)} is read as {parsed[0].id}; mend that pattern or take the counterexample out"
                yield problem(RULE, message, kind.data, "counterexamples", index)
        for name, field in kind.fields.items():
            if not _whole(field.pattern, field.example):
                message = f"{quoted(field.example)} does not fit the pattern of {name}; correct one of them"
                yield problem(RULE, message, kind.data, "fields", name, "example")


def _forms(kind: Kind) -> Iterator[Problem]:
    for index, form in enumerate(kind.forms):
        for number, text in enumerate(form.examples):
            place = ("forms", index, "examples", number)
            parsed = parse(kind, text)
            if parsed is None:
                why = f"is longer than {kind.max_length}" if len(text) > kind.max_length else "does not fit its pattern"
                yield problem(RULE, f"{quoted(text)} {why}", kind.data, *place)
            elif parsed[0].id != form.id:
                message = (
                    f"{quoted(text)} is read as the form {parsed[0].id}, which is tried earlier; reorder the forms"
                )
                yield problem(RULE, message, kind.data, *place)
            else:
                for name, value in parsed[1].items():
                    pattern = (
                        _GLOBALS[name] if name in GLOBALS else kind.fields[name].pattern if name in kind.fields else ""
                    )
                    if pattern and not _whole(pattern, value):
                        message = f"gives {name} the value {quoted(value)}, which does not fit the pattern of {name}"
                        yield problem(RULE, message, kind.data, *place)


def _whole(pattern: str, text: str) -> bool:
    return values.pattern(pattern).fullmatch(text) is not None
