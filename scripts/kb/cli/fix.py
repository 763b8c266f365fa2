"""The command `fix`: keys and lists of the records in canonical order, each file swapped in whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sagemaker_roles.cli.common import counted, examples, fail

from .common import Command, data_option
from .problems import print_problems

if TYPE_CHECKING:
    from sagemaker_roles.errors.problems import Problem


@click.command(
    "fix",
    cls=Command,
    short_help="Puts keys and lists of the records in order.",
    epilog=examples("fix", "fix data/operations/CreateModel.yaml"),
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a file is not in order.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; show the changes.")
@click.option(
    "--deviations", is_flag=True, help="Write nothing; show the entries that data/aws/documented needs after a change."
)
@data_option
def command(paths: tuple[Path, ...], only_check: bool, show_diff: bool, deviations: bool, data: Path) -> None:
    """Puts keys and sorted lists of the records into canonical order, and adds the line for editors.

    PATHS are records or folders of records; default: all of data/. Comments and blank lines move with their entry. A
    file that is in order stays as it is. If a file has an error, the command reports it and does not change the file.
    """
    from sagemaker_roles.errors.problems import DataError

    from ..records.order import in_order
    from ..records.schema import load

    root = data.resolve()
    files = _chosen(root, paths)
    if deviations:
        _offer(data)
        return
    problems: list[Problem] = []
    moved = 0
    schemas = load(root / "schema")
    for file, name in files.items():
        path = f"{root.name}/{file.relative_to(root).as_posix()}"
        try:
            raw, text = _read(file, path)
            new = in_order(text, path, name, schemas)
            if new == text:
                continue
            moved += 1
            if show_diff:
                click.echo(_difference(text, new, path), nl=False)
            elif only_check:
                click.echo(f"{path} is not in order")
            else:
                _swap(root, file, path, raw, new)
                click.echo(f"{path} is put in order", err=True)
        except DataError as error:
            problems += error.problems
    print_problems(sorted(problems), "text")
    writes = not (only_check or show_diff)
    if problems:
        what = "left alone" if writes else "cannot be put in order"
        click.echo(f"{counted(len({item.position.path for item in problems}), 'file')} {what}", err=True)
    elif not moved:
        click.echo(f"{counted(len(files), 'file')} in order", err=True)
    elif only_check:
        click.echo(f"{counted(moved, 'file')} not in order; run `sagemaker-roles fix`", err=True)
    sys.exit(1 if problems or (only_check and moved) else 0)


def _offer(data: Path) -> None:
    """Prints the deviations that follow from a change, for a person to complete and put in."""
    import json

    from ..aws.reference import aws_reference
    from ..records import loading
    from ..records.locations import path_of
    from ..rules.context import Context
    from ..rules.printed_policies import offers

    offered = [*offers(Context(loading.load(data), aws_reference()))]
    last = ""
    for name, entry in offered:
        if name != last:
            click.echo(f"# {data}/{path_of('documented', name)}, under deviations:")
            last = name
        lines = [f"{key}: {value if isinstance(value, str) else json.dumps(value)}" for key, value in entry.items()]
        lines += ["reason: decide why ours differs", "sources: []  # decide which pages show that ours is right"]
        click.echo("\n".join(f"{'    ' if at else '  - '}{line}" for at, line in enumerate(lines)))
    what = counted(len(offered), "deviation") if offered else "no deviations"
    click.echo(f"{what} to add{'; if a record is wrong, correct it instead' if offered else ''}", err=True)


def _chosen(root: Path, paths: tuple[Path, ...]) -> dict[Path, str]:
    """The files to put in order, with the schema of each; ends the program for a path that holds no record."""
    from ..records.locations import FOLDERS, MAPPINGS

    known = {file: part for part, (folder, _) in FOLDERS.items() for file in sorted((root / folder).glob("*.yaml"))}
    known |= {root / path: part for part, path in MAPPINGS.items() if (root / path).exists()}
    if not known:
        fail(f"{root} contains no records; give --data")
    if not paths:
        return known
    chosen: dict[Path, str] = {}
    for path in paths:
        if not path.exists() and not path.is_symlink():
            fail(f"cannot find {path}; give a file or folder")
        absolute = path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()
        inside = {file: name for file, name in known.items() if file.is_relative_to(absolute)}
        if not inside:
            fail(f"{path} is not a record or a folder of records in {root.name}/")
        chosen |= inside
    return chosen


def _read(file: Path, path: str) -> tuple[bytes, str]:
    """A file's bytes and text, if it is a file that may be written and sound YAML."""
    from sagemaker_roles.errors.problems import DataError, Position, Problem

    from ..records.strict_yaml import read_yaml

    _, problems = read_yaml(file, path)
    if problems:
        raise DataError(problems)
    try:
        raw = file.read_bytes()
        return raw, raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError([Problem(Position(path), "file", f"cannot be read: {error}")]) from None


def _swap(root: Path, file: Path, path: str, old: bytes, new: str) -> None:
    """Puts a new text in a file's place at once; owner and mode stay."""
    from sagemaker_roles.errors.problems import DataError, Position, Problem
    from sagemaker_roles.files import writing
    from sagemaker_roles.files.ownership import RefusedError

    def refuse(message: str) -> DataError:
        return DataError([Problem(Position(path), "file", message)])

    if file.is_symlink():
        raise refuse(f"is a symbolic link, which would be lost; put {file.readlink()} in order where it lies")
    try:
        if not os.access(file, os.W_OK):
            raise refuse("cannot be written: it is read-only")
        # Beside the folders of records, so that a hidden file is not taken for a record.
        with writing.lock(root):
            writing.sweep_files(root)
            if file.read_bytes() != old:
                raise refuse("was changed by another program meanwhile; run fix again")
            writing.replace_file(file, new.encode(), root)
    except RefusedError as error:
        raise refuse(f"cannot be written: {error}") from None
    except OSError as error:
        raise refuse(f"cannot be written: {error.strerror}") from None


def _difference(old: str, new: str, path: str) -> str:
    """A unified diff that `patch` and `git apply` take."""
    import difflib

    lines = difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
