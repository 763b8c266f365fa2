"""The command `build`: from the records to the published files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from .common import counted, data_option, examine, fail, print_problems


@click.command("build", short_help="Builds the policy files from the records.")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 if the output is not what the data gives."
)
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/v1/next"), show_default=True)
@data_option
def command(only_check: bool, out: Path, data: Path) -> None:
    """Builds the policy files from the records."""
    from ..aws.reference import aws_reference
    from ..publish import artifacts, tree
    from ..publish.compiled import compiled_files
    from ..records import editor
    from ..records.loading import released

    loaded, problems = examine(data)
    if problems:
        print_problems(problems, "text")
        click.echo(f"{counted(len(problems), 'problem')}; nothing was written", err=True)
        sys.exit(1)
    for_editors = [*editor.json_schemas(loaded)]
    catalog = released(loaded)
    rendered = artifacts.render(catalog, aws_reference())
    schemas = artifacts.json_schemas().items()
    stale = artifacts.difference(for_editors, data / editor.FOLDER)
    if only_check:
        lines = [*artifacts.difference(rendered, out), *artifacts.difference(schemas, out.parent / "schema"), *stale]
        if lines:
            click.echo("\n".join(lines))
            fail("the output is not what the data gives; run `make build` and commit the result", 1)
        click.echo(f"{out.parent} holds what the data gives", err=True)
        return
    try:
        changed = tree.replace_tree(out, rendered)
        changed = tree.replace_tree(out.parent / "schema", schemas) or changed
        own = json.loads((out / "catalog.json").read_bytes())
        tree.replace_tree(out.parents[1] / "compiled", compiled_files(own))
        if stale:  # seldom; where nothing is to be written, data/ may be read-only
            changed = tree.replace_tree(data / editor.FOLDER, for_editors) or changed
    except OSError as error:
        fail(f"cannot write {error.filename or out}: {error.strerror}; the previous output is untouched", 1)
    count = counted(len(catalog.operations), "operation")
    click.echo(f"{count} {'written to' if changed else 'up to date in'} {out}", err=True)
