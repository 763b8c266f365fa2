"""The command `release`: makes the next version out of what is committed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sagemaker_roles.cli.common import counted, examples, fail

from .common import Command, builds_option, data_option, examine
from .diff import comparison_text
from .problems import print_problems

if TYPE_CHECKING:
    from ..publish.releases.planning import ReleasePlan


@click.command(
    "release", cls=Command, short_help="Releases the next version from the commit.", epilog=examples("release")
)
@click.option("--dry-run", is_flag=True, help="Show the next version and the changes only.")
@data_option
@builds_option
def command(dry_run: bool, data: Path, builds: Path) -> None:
    """Releases the next version, with a number that follows from the changes since the last one.

    Writes build/v1/releases/<version>.tar.xz, build/v1/versions.json, and CHANGELOG.md, for you to commit. Before a
    release, commit everything, solve all problems of `check`, and run `build`. If a run is interrupted, the next one
    completes it.
    """
    from sagemaker_roles.files import writing

    from ..publish.changes.built_version import BuiltError
    from ..publish.releases import planning
    from ..publish.schemas import json_schemas
    from ..records import editor_schemas

    context, problems = examine(data, sealed=False)  # the plan looks closer at them
    if problems:
        print_problems(problems, "text")
        fail(f"{counted(len(problems), 'problem')}; nothing was released", 1)
    from ..aws.reference import aws_reference

    root, folder = data.resolve().parent, builds.resolve()
    if not folder.is_dir() or not folder.is_relative_to(root):
        fail(f"cannot find the folder {builds} below {root}; run `make build` first, or give --builds")
    try:
        with writing.lock(folder, wait=False):
            schemas = json_schemas(dict(editor_schemas.json_schemas(context.loaded)))
            plan = planning.plan(root, folder, context.loaded.catalog, aws_reference(), schemas)
            _release(plan, dry_run, builds)
    except (BuiltError, planning.ReleaseError) as error:
        message, *details = str(error).split("\n")
        fail(message, 1, details)
    except BlockingIOError:
        fail("another release or build is running here; wait until it is done", 1)
    except OSError as error:
        fail(
            f"cannot write {error.filename or folder}: {error.strerror}; released versions are untouched, and the same "
            "command completes this one",
            1,
        )


def _release(plan: ReleasePlan, dry_run: bool, builds: Path) -> None:
    from ..publish import archives
    from ..publish.releases import planning

    name = f"{archives.place(builds, plan.version)}"
    if not plan.files:
        click.echo(f"nothing changed since {plan.version}; there is nothing to release", err=True)
        return
    commit = f"commit {builds} and CHANGELOG.md, and tag the commit v{plan.version}"
    if plan.written:
        click.echo(f"{name} is written already; {commit}", err=True)
        return
    click.echo(comparison_text(plan.comparison, "text"), nl=False)
    if dry_run:
        click.echo(f"this would be {plan.version}; nothing was written", err=True)
        return
    planning.write(plan)
    click.echo(f"{name} is written; {commit}", err=True)
