"""What the commands of contributors share: the folders they work in, and the problems they print."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..canonical import visible
from .common import counted, fail

if TYPE_CHECKING:
    from ..errors.problems import Problem
    from ..rules.context import Context


def _records(context: click.Context, _: click.Parameter, data: Path) -> Path:
    if not data.is_dir() and not context.resilient_parsing:
        fail(f"cannot find the folder {data}; run the command in the root of the project, or give --data")
    return data


data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("data"),
    show_default=True,
    callback=_records,
    help="Folder of the records.",
)


builds_option = click.option(
    "--builds",
    type=click.Path(path_type=Path),
    default=Path("build/v1"),
    show_default=True,
    help="Folder of all built versions.",
)


def examine(data: Path, sealed: bool = True, bases: tuple[str, ...] = ()) -> tuple[Context, list[Problem]]:
    """Loads a data folder and runs every rule over it.

    Raises:
        DataError: it cannot be loaded.
    """
    from .. import rules
    from ..aws.reference import aws_reference
    from ..records import loading
    from ..rules.context import Context

    gc.disable()  # all records, their positions, and AWS's data are loaded, and stay
    loaded = loading.load(data)
    context = Context(loaded, aws_reference())
    problems = {*loaded.problems, *rules.run(context)}
    if not loaded.problems:
        from ..publish.releases import retiring

        problems.update(retiring.problems(data.resolve().parent / "build" / "v1", context.catalog, data.resolve().name))
    if sealed:
        from ..publish.changes.built import BuiltError
        from ..publish.releases import sealed as seal

        try:
            problems.update(seal.problems(data.resolve().parent, bases=bases))
        except BuiltError as error:
            fail(str(error))
    if unexplained := _unexplained(problems):
        from ..publish import gone

        problems.update(gone.problems(data.resolve().parent, loaded.catalog, unexplained))
    return context, sorted(problems)


def _unexplained(problems: Iterable[Problem]) -> set[str]:
    """The actions of consequences of which no fault is known."""
    from ..rules.causes import actions_of, by_cause

    groups = (cause.consequences for cause in by_cause(problems) if cause.problem is None)
    return {name for group in groups for problem in group for name in actions_of(problem)}


#: Of problems that have only an action in common, how many are printed.
_SHOWN = 3


def print_problems(problems: list[Problem], form: str, everything: bool = False) -> None:
    """Prints problems as text, as JSON, or as commands for GitHub's log; the records' own faults come first.

    Args:
        everything: whether consequences are printed too, not only how many there are. JSON has all of them always.
    """
    from ..errors.problems import Problem
    from ..rules.causes import by_cause

    causes = by_cause(problems)
    problems = [item for cause in causes for item in (*([cause.problem] if cause.problem else []), *cause.consequences)]
    if form == "json":
        rows = [{**item.position._asdict(), "rule": item.rule, "message": item.message} for item in problems]
        click.echo(json.dumps(rows, indent=2))
        return
    for cause in causes:
        shown = len(cause.consequences) if everything else 0 if cause.problem else _SHOWN
        folded = cause.consequences[shown:]
        for item in (*([cause.problem] if cause.problem else []), *cause.consequences[:shown]):
            _print_problem(item, form)
        if folded:
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
    for character, code in [
        ("%", "%25"),
        ("\r", "%0D"),
        ("\n", "%0A"),
        *([(":", "%3A"), (",", "%2C")] if in_property else []),
    ]:
        text = text.replace(character, code)
    return text
