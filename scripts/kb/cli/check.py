"""The command `check`: the form of the records, and every rule."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sagemaker_roles.cli.common import counted, examples, fail, form_option, several

from .common import Command, data_option, examine
from .problems import print_problems


@click.command(
    "check",
    cls=Command,
    short_help="Checks the records.",
    epilog=examples("check", "check data/operations/CreateModel.yaml"),
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@form_option("text", "github", "json")
@several("--base", "bases", "REVISION", "Compare released versions with this git revision and all tags")
@click.option(
    "--all", "everything", is_flag=True, help="List the consequences of each problem instead of their number."
)
@data_option
def command(paths: tuple[Path, ...], form: str, bases: tuple[str, ...], everything: bool, data: Path) -> None:
    """Checks the form of the records, every rule against the AWS data, and that released versions did not change.

    PATHS limit the report to these files and folders. The command still checks everything.
    """
    for path in paths:
        if not path.exists():
            fail(f"cannot find {path}; give a file or folder")
    context, problems = examine(data, bases=bases)
    if paths:
        root = data.resolve().parent
        wanted = [path.resolve() for path in paths]
        problems = [
            item
            for item in problems
            if any((root / item.position.path).resolve().is_relative_to(path) for path in wanted)
        ]
    print_problems(problems, form, everything)
    if problems:
        files = len({item.position.path for item in problems})
        click.echo(f"{counted(len(problems), 'problem')} in {counted(files, 'file')}", err=True)
        sys.exit(1)
    if form == "text":
        click.echo(f"{len(context.loaded.files)} files, no problems", err=True)
