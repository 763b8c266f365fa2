"""The command `build`: from the records to the published files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from .authoring import data_option, examine, print_problems
from .common import counted, fail


@click.command("build", short_help="Builds the policy files from the records.")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if the output is out of date.")
@click.option(
    "--out",
    "given",
    type=click.Path(path_type=Path),
    help="Folder to write instead of build/v1/next: new, empty, or from an earlier build. The JSON "
    "Schemas go into its subfolder schema.",
)
@data_option
def command(only_check: bool, given: Path | None, data: Path) -> None:
    """Builds the policy files from the records."""
    from ..aws.reference import aws_reference
    from ..problems import DataError
    from ..publish import artifacts, places, proof, tree
    from ..publish.compiled import compiled_files, managed_file
    from ..records import editor
    from ..records.loading import released

    out = Path("build/v1/next") if given is None else given
    of_next = places.of_version("next")
    if not only_check:
        try:  # before anything that takes time
            if data.exists() and places.absolute(out).is_relative_to(data.resolve()):
                raise places.RefusedError(f"{out}: is in the folder of the records; name a folder outside")
            places.refuse_folder(places.absolute(out), of_next)
        except places.RefusedError as error:
            fail(f"cannot write {error}")
        except OSError as error:
            fail(f"cannot write {error.filename or out}: {error.strerror}; the previous output is unchanged", 1)

    loaded, problems = examine(data)
    if problems:
        print_problems(problems, "text")
        click.echo(f"{counted(len(problems), 'problem')}; nothing was written", err=True)
        sys.exit(1)
    for_editors = [*editor.json_schemas(loaded)]
    catalog = released(loaded)
    schemas = artifacts.json_schemas()
    beside = schemas if given is None else {}
    inside = {f"schema/{name}": content for name, content in schemas.items() if given is not None}
    try:
        if not only_check and out.parent.is_dir():
            tree.settle(out)
        measured = proof.read(out, data.resolve().parent / "build" / "v1" / "next")
    except DataError as error:
        print_problems(error.problems, "text")
        fail("the output cannot be built; nothing was written", 1)
    except OSError as error:
        fail(f"cannot write {error.filename or out}: {error.strerror}; the previous output is unchanged", 1)
    rendered = artifacts.render(catalog, aws_reference(), more=inside, measured=measured)
    stale = artifacts.difference(for_editors, data / editor.FOLDER)
    if only_check:
        manifest: list[bytes] = []
        lines = [*artifacts.difference(_with_last(rendered, manifest), out), *stale]
        if beside:
            lines += artifacts.difference(beside.items(), out.parent / "schema")
        if lines:
            click.echo("\n".join(lines))
            fail("the output is not what the data gives; run `make build` and commit the result", 1)
        if figures := [*proof.stale(measured, json.loads(manifest[-1]))]:
            fail("\n".join(figures), 1)
        click.echo(f"{out.parent if beside else out} contains what the data gives", err=True)
        return
    try:
        if beside:
            places.refuse_folder(places.absolute(out.parent / "schema"), places.of_schemas, beside)
        if stale:
            editors = {name for name, _ in for_editors}
            places.refuse_folder(places.absolute(data / editor.FOLDER), places.of_schemas, editors)
        changed = tree.replace_tree(out, rendered, of_next)
        if beside:
            changed = tree.replace_tree(out.parent / "schema", beside.items(), places.of_schemas) or changed
            own = json.loads((out / "catalog.json").read_bytes())
            files = [*compiled_files(own), managed_file(data)]
            tree.replace_tree(out.parents[1] / "compiled", files, places.of_compiled)
        if stale:  # seldom; where nothing is to be written, data/ may be read-only
            changed = tree.replace_tree(data / editor.FOLDER, for_editors, places.of_schemas) or changed
    except places.RefusedError as error:
        fail(f"cannot write {error}")
    except OSError as error:
        fail(f"cannot write {error.filename or out}: {error.strerror}; the previous output is unchanged", 1)
    for figure in proof.stale(measured, json.loads((out / places.MANIFEST).read_bytes())):
        click.echo(figure, err=True)
    count = counted(len(catalog.operations), "operation")
    click.echo(f"{count} {'written to' if changed else 'up to date in'} {out}", err=True)


def _with_last(files: Iterator[tuple[str, bytes]], last: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Passes files on, and keeps the bytes of the last one, the manifest."""
    content = b""
    for path, content in files:
        yield path, content
    last.append(content)
