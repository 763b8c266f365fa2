"""What the commands of contributors share: the folders they work in, and what is wrong there."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sagemaker_roles.cli import common
from sagemaker_roles.cli.common import fail
from sagemaker_roles.errors.problems import DataError

if TYPE_CHECKING:
    from sagemaker_roles.errors.problems import Problem

    from ..rules.context import Context


class Command(common.Command):
    """A command on records: problems in the data end it too, printed one by one."""

    def end(self, error: Exception, ctx: click.Context) -> None:
        """Ends the program for an error that a person can cause; returns for any other."""
        if isinstance(error, DataError):
            from .problems import print_problems

            print_problems(error.problems, ctx.params.get("form", "text"))
            sys.exit(1)
        super().end(error, ctx)


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

    loaded = loading.load(data)
    reference = aws_reference()
    context = Context(loaded, reference)
    problems = {*loaded.problems, *rules.run(context)}
    if not loaded.problems:
        from ..publish.releases import retired_ids

        problems.update(
            retired_ids.problems(data.resolve().parent / "build" / "v1", context.catalog, data.resolve().name)
        )
    if sealed:
        from ..publish.changes.built_version import BuiltError
        from ..publish.releases import seals as seal

        try:
            problems.update(seal.problems(data.resolve().parent, bases=bases))
        except BuiltError as error:
            fail(str(error))
    if unexplained := _unexplained(problems):
        from ..publish import lost_actions

        problems.update(lost_actions.problems(data.resolve().parent, loaded.catalog, unexplained))
    return context, sorted(problems)


def _unexplained(problems: Iterable[Problem]) -> set[str]:
    """The actions of consequences of which no fault is known."""
    from ..rules.causes import actions_of, by_cause

    groups = (cause.consequences for cause in by_cause(problems) if cause.problem is None)
    return {name for group in groups for problem in group for name in actions_of(problem)}
