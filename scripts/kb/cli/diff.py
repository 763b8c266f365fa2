"""The command `diff`: what changed between two built versions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sagemaker_roles.canonical import quoted
from sagemaker_roles.cli.common import examples, fail, form_option, suggest

from .common import Command, builds_option

if TYPE_CHECKING:
    from ..publish.changes.built_version import Built
    from ..publish.changes.comparison import Comparison


@click.command(
    "diff",
    cls=Command,
    short_help="Shows what changed between two versions.",
    epilog=examples("diff 1.0.0 next --format markdown"),
)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@form_option("text", "markdown", "json")
@click.option("--exit-code", is_flag=True, help="Exit 1 if anything differs.")
@builds_option
def command(old: str, new: str, form: str, exit_code: bool, builds: Path) -> None:
    """Shows the permissions that version B adds to or removes from version A, widened permissions first.

    A and B are released versions (1.0.0), `next`, folders of built versions, archives of released ones, or git
    revisions (of which build/v1/next is read).
    """
    from sagemaker_roles.canonical import canonical

    from ..publish.changes.comparison import compare
    from ..publish.changes.grants import expansion

    one, two = (_built(name, builds) for name in (old, new))
    comparison = compare(one, two, expansion(_actions))
    output = canonical(comparison.to_json()).decode("ascii") if form == "json" else comparison_text(comparison, form)
    click.echo(output, nl=False)
    sys.exit(int(exit_code and comparison.bump != "none"))


def _actions(prefix: str) -> Sequence[str]:
    """The actions of a service, if AWS's data is installed; the policies here have no wildcards that need it."""
    try:
        from ..aws.reference import aws_reference

        return aws_reference().actions(prefix)
    except ImportError:
        return ()


def _built(name: str, builds: Path) -> Built:
    """The built version that a user names."""
    from ..publish import archives
    from ..publish.built_folders import files_of_checkout
    from ..publish.changes.built_version import BuiltError, commit_of, from_git, from_path
    from ..publish.releases.seals import VERSION, released_versions

    built = None
    known = released_versions(builds)
    version = name.removeprefix("v")
    try:
        if builds.is_dir() and name == "next":
            built = from_path(builds / name, name)
        elif version in known:
            built = _released(archives.place(builds, version))
        elif name.endswith(archives.SUFFIX) and Path(name).is_file():
            built = _released(Path(name).resolve())
        elif (Path(name) / "index.json").is_file() or files_of_checkout(Path(name)) is not None:
            built = from_path(Path(name), name)
        elif builds.is_dir() and (commit := commit_of(name, builds)):
            built = from_git(commit, builds, name)
    except BuiltError as error:
        fail(str(error))
    if built is None and not builds.is_dir() and (name == "next" or VERSION.fullmatch(version)):
        fail(f"no folder {builds} with built versions; run this from the project's root, or give --builds")
    if built is None:
        close = suggest(name, ["next", *known])
        hint = f"; released versions: {', '.join(known)}" if VERSION.fullmatch(version) and known else close
        fail(f"{quoted(name)} is not a version, a folder of a built version, or a git revision{hint}")
    return built


def _released(archive: Path) -> Built:
    """The version in an archive; in a folder of releases only one that versions.json lists."""
    from ..publish import archives
    from ..publish.changes.built_version import BuiltError, from_path

    try:
        if archive.parent.name == archives.RELEASES:
            version = archive.name.removesuffix(archives.SUFFIX)
            if version not in archives.digests(archive.parents[1]):
                raise BuiltError(f"{archive}: versions.json does not list this version; restore versions.json with git")
    except archives.ArchiveError as error:
        raise BuiltError(str(error)) from None
    return from_path(archive)


_MEANS = {
    "major": "permissions, IDs, or placeholders were removed or narrowed",
    "minor": "nothing was removed or narrowed",
    "patch": "no policy changed, other files did",
    "none": "nothing changed",
    "first": "no previous version",
}


def comparison_text(comparison: Comparison, form: str) -> str:
    """What changed, as text or Markdown."""
    from ..publish.changes import rendering

    changes = [change.to_json() for change in comparison.changes]
    start = comparison.old.name if comparison.old else "nothing"
    head = f"{comparison.bump}: {_MEANS[comparison.bump]}"
    if comparison.not_compared:
        head += f"; a commit has no {', '.join(comparison.not_compared)}, so these were not compared"
    if form == "markdown":
        body = rendering.markdown(changes)
        return f"## Changes from `{start}` to `{comparison.new.name}`\n\n{head}\n" + (f"\n{body}" if body else "")
    body = rendering.text(changes)
    return f"From {start} to {comparison.new.name}: {head}\n" + (f"\n{body}" if body else "")
