"""The commands `diff` and `release`: what changed between two built versions, and making the next one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .cli_common import counted, data_option, examine, fail, print_problems, suggest

if TYPE_CHECKING:
    from .changes import Built, Comparison
    from .releases import Plan

_builds_option = click.option(
    "--builds",
    type=click.Path(path_type=Path),
    default=Path("build/v1"),
    show_default=True,
    help="Folder of all built versions.",
)


@click.command(name="diff", short_help="Shows what changed between two versions.")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option("--exit-code", is_flag=True, help="Exit 1 if anything differs.")
@_builds_option
def diff_command(old: str, new: str, form: str, exit_code: bool, builds: Path) -> None:
    """Shows what version B allows that A does not, and the other way round, by meaning; widened permissions first.

    A and B are released versions (1.0.0), `next`, folders of built versions, or git revisions (of which build/v1/next
    is read).
    """
    from .changes import BuiltError, compare
    from .changes.meaning import expansion
    from .output import canonical

    one, two = (_built(name, builds) for name in (old, new))
    try:
        found = compare(one, two, expansion(_actions))
        output = canonical(found.to_json()).decode("ascii") if form == "json" else _told(found, form)
    except BuiltError as error:
        fail(str(error), 1)
    click.echo(output, nl=False)
    sys.exit(int(exit_code and found.bump != "none"))


def _actions(prefix: str) -> Sequence[str]:
    """The actions of a service, if AWS's data is installed; the policies here have no wildcards that need it."""
    try:
        from .reference import aws_reference

        return aws_reference().actions(prefix)
    except ImportError:
        return ()


def _built(name: str, builds: Path) -> Built:
    """The built version that a user names."""
    from .changes import BuiltError, from_folder, from_git
    from .changes.built import commit_of
    from .releases.verifying import VERSION, released_folders

    found = None
    known = released_folders(builds) if builds.is_dir() else []
    version = name.removeprefix("v")
    try:
        if name == "next" or (VERSION.fullmatch(version) and version in known):
            found = from_folder(builds / version, version)
        elif (Path(name) / "index.json").is_file():
            found = from_folder(Path(name), name)
        elif builds.is_dir() and (commit := commit_of(name, builds)):
            found = from_git(commit, builds, name)
    except BuiltError as error:
        fail(str(error))
    if found is None:
        close = suggest(name, ["next", *known])
        hint = f"; released are {', '.join(known)}" if VERSION.fullmatch(version) and known else close
        fail(f"{name!r} is no version, no folder of a built version and no git revision{hint}")
    return found


_MEANS = {
    "major": "permissions, ids or placeholders went or were narrowed",
    "minor": "nothing went or was narrowed",
    "patch": "no policy changed, other files did",
    "none": "nothing changed",
    "first": "there is no version before",
}


def _told(found: Comparison, form: str) -> str:
    from .changes import telling

    changes = [change.to_json() for change in found.changes]
    start = found.old.name if found.old else "nothing"
    head = f"{found.bump}: {_MEANS[found.bump]}"
    if form == "markdown":
        body = telling.markdown(changes)
        return f"## Changes from `{start}` to `{found.new.name}`\n\n{head}\n" + (f"\n{body}" if body else "")
    body = telling.text(changes)
    return f"From {start} to {found.new.name}: {head}\n" + (f"\n{body}" if body else "")


@click.command(name="release", short_help="Makes the next version out of what is committed.")
@click.option("--dry-run", is_flag=True, help="Only tell which version it would be, and what changed.")
@data_option
@_builds_option
def release_command(dry_run: bool, data: Path, builds: Path) -> None:
    """Makes the next version: its number follows from what changed since the last one.

    Writes build/v1/<version>, build/v1/versions.json and CHANGELOG.md, for you to commit. Everything must be committed
    before, `check` without problems, and build/v1/next up to date. A run that was killed is completed by the next one.
    """
    from . import places, releases
    from .changes import BuiltError

    loaded, problems = examine(data, sealed=False)  # the plan looks closer at them
    if problems:
        print_problems(problems, "text")
        fail(f"{counted(len(problems), 'problem')}; nothing was released", 1)
    from .reference import aws_reference

    root, folder = data.resolve().parent, builds.resolve()
    if not folder.is_dir() or not folder.is_relative_to(root):
        fail(f"there is no folder {builds} below {root}; run `make build` first, or give --builds")
    try:
        with releases.lock(folder):
            plan = releases.plan(root, folder, loaded.catalog, aws_reference())
            _release(plan, dry_run, builds)
    except (BuiltError, releases.ReleaseError) as error:
        fail(f"{error}", 1)
    except places.RefusedError as error:
        fail(f"cannot write {error}")
    except OSError as error:
        fail(
            f"cannot write {error.filename or folder}: {error.strerror}; released versions are untouched, and the same "
            "command completes this one",
            1,
        )


def _release(plan: Plan, dry_run: bool, builds: Path) -> None:
    from . import releases

    name = f"{builds / plan.version}"
    if not plan.files:
        click.echo(f"nothing changed since {plan.version}; there is nothing to release", err=True)
        return
    commit = f"commit {builds} and CHANGELOG.md, and tag the commit v{plan.version}"
    if plan.written:
        click.echo(f"{name} is written already; {commit}", err=True)
        return
    click.echo(_told(plan.comparison, "text"), nl=False)
    if dry_run:
        click.echo(f"this would be {plan.version}; nothing was written", err=True)
        return
    releases.write(plan)
    click.echo(f"{name} is written; {commit}", err=True)
