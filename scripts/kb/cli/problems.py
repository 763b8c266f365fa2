"""Print problems of the data as text, as JSON, or as commands for GitHub's log."""

from __future__ import annotations

import json
import re

import click

from sagemaker_roles.canonical import visible
from sagemaker_roles.cli.common import counted
from sagemaker_roles.errors.problems import Problem

from ..rules.causes import by_cause

#: Of problems that have only an action in common, how many are printed.
_SHOWN = 3


def print_problems(problems: list[Problem], form: str, everything: bool = False) -> None:
    """Prints problems as text, as JSON, or as commands for GitHub's log; the records' own faults come first.

    Args:
        everything: whether consequences are printed too, not only how many there are. JSON has all of them always.
    """
    groups = [(cause, [cause.problem] if cause.problem else []) for cause in by_cause(problems)]
    if form == "json":
        every = (item for cause, own in groups for item in (*own, *cause.consequences))
        rows = [{**item.position._asdict(), "rule": item.rule, "message": item.message} for item in every]
        click.echo(json.dumps(rows, indent=2))
        return
    for cause, own in groups:
        shown = len(cause.consequences) if everything else 0 if own else _SHOWN
        for item in (*own, *cause.consequences[:shown]):
            _print_problem(item, form)
        if folded := cause.consequences[shown:]:
            files = counted(len({item.position.path for item in folded}), "file")
            what = "consequence" if cause.problem else "more problem"
            text = f"{counted(len(folded), what)} in {files}; `sagemaker-roles check --all` shows all"
            if form == "github":
                first = cause.problem or cause.consequences[0]
                _print_problem(Problem(first.position, first.rule, text), form)
            else:
                click.echo(f"    {text}")


def _print_problem(item: Problem, form: str) -> None:
    if form == "github":
        place = f"file={_escaped(item.position.path, True)},line={item.position.line},col={item.position.column}"
        click.echo(f"::error {place},title={_escaped(item.rule, True)}::{_escaped(item.message)}")
    else:
        click.echo(visible(str(item)))


def _escaped(text: str, in_property: bool = False) -> str:
    """Escapes text for a GitHub workflow command."""
    return re.sub(r"[%\r\n:,]" if in_property else r"[%\r\n]", lambda one: f"%{ord(one[0]):02X}", text)
