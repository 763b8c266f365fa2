"""The command `build`: from the records to the published files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from sagemaker_roles.cli.common import counted, examples, fail
from sagemaker_roles.files import ownership, writing

from ..publish import built_folders
from .common import Command, data_option, examine
from .problems import print_problems

Files = Iterator[tuple[str, bytes]]
Texts = Mapping[str, bytes]


@click.command(
    "build",
    cls=Command,
    short_help="Builds the policy files from the records.",
    epilog=examples("build", "build --check"),
)
@click.option("--check", "only_check", is_flag=True, help="Write no output; exit 1 if it is out of date.")
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
    from sagemaker_roles.catalog import ACTIONS

    from ..aws.reference import aws_reference
    from ..publish import artifacts, proof
    from ..publish.compiled_catalog import compiled_files, managed_file
    from ..publish.record_lines import lines_file
    from ..publish.schemas import json_schemas
    from ..records import editor_schemas
    from ..records.loading import released

    out = Path("build/v1/next") if given is None else given
    with _faults_shown(out):
        if not only_check:  # before anything that takes time
            _refuse(out, data)
    context, problems = examine(data)
    if problems:
        print_problems(problems, "text")
        click.echo(f"{counted(len(problems), 'problem')}; nothing was written", err=True)
        sys.exit(1)
    editors = dict(editor_schemas.json_schemas(context.loaded))
    beside = [] if only_check else [managed_file(data), lines_file(context.catalog)]
    own = given is not None
    catalog = released(context.loaded)
    with _faults_shown(out):
        if not only_check and out.parent.is_dir():
            writing.settle(out)
        measured = proof.read(out, data.resolve().parent / "build" / "v1" / "next")
    schemas = json_schemas(editors)
    inside = {f"schema/{name}": content for name, content in schemas.items() if own}
    kept = dict.fromkeys(("catalog.json", ACTIONS, ownership.MANIFEST), b"")
    files = artifacts.render(catalog, aws_reference(), more=inside, measured=measured, for_review=not own)
    rendered = _keeping(files, kept)
    if only_check:
        _check(out, rendered, {} if own else schemas)
    else:
        with _faults_shown(out):
            changed = _write(out, data, rendered, {} if own else schemas, editors)
            if not own:
                compiled = [*compiled_files(json.loads(kept["catalog.json"])), (ACTIONS, kept[ACTIONS]), *beside]
                writing.replace_tree(out.parents[1] / "compiled", compiled, built_folders.files_of_compiled)
    for figure in proof.stale(measured, json.loads(kept[ownership.MANIFEST])):  # which a pull request's checks measure
        click.echo(figure, err=True)
    if only_check:
        click.echo(f"{out if own else out.parent} contains what the data gives", err=True)
        return
    count = counted(len(catalog.operations), "operation")
    click.echo(f"{count} {'written to' if changed else 'up to date in'} {out}", err=True)


@contextmanager
def _faults_shown(out: Path) -> Iterator[None]:
    """Ends the program with what keeps the output from being written."""
    try:
        yield
    except OSError as error:
        fail(f"cannot write {error.filename or out}: {error.strerror}; the previous output is unchanged", 1)


def _refuse(out: Path, data: Path) -> None:
    """Refuses a folder that is not for output."""
    place = ownership.absolute(out)
    if data.exists() and place.is_relative_to(data.resolve()):
        raise ownership.RefusedError(f"{out}: is in the folder of the records; name a folder outside")
    if inside := [parent for parent in place.parents if built_folders.files_of_checkout(parent) is not None]:
        raise ownership.RefusedError(f"{out}: is inside {inside[0]}, a built version; name a folder outside")
    ownership.refuse_folder(place, built_folders.files_of_next)


def _check(out: Path, rendered: Files, schemas: Texts) -> None:
    """Ends the program if the output is not what the data gives."""
    from ..publish import artifacts

    # In the checkout only what is committed is compared: a clean clone has nothing else.
    compared = built_folders.is_committed if schemas else lambda path: True
    lines = artifacts.difference(rendered, out, compared=compared)
    if schemas:
        lines += artifacts.difference(schemas.items(), out.parent / "schema")
    if lines:
        click.echo("\n".join(lines))
        fail("the output is not what the data gives; run `make build` and commit the result", 1)


def _write(out: Path, data: Path, rendered: Files, schemas: Texts, editors: Texts) -> bool:
    """Writes the output, and whether anything changed."""
    from ..publish import artifacts
    from ..records import editor_schemas

    places = {out.parent / "schema": schemas} if schemas else {}
    # Seldom; where nothing is to be written, data/ may be read-only.
    if artifacts.difference(editors.items(), data / editor_schemas.FOLDER):
        places[data / editor_schemas.FOLDER] = editors
    own = built_folders.files_of_schemas
    for folder, texts in places.items():
        ownership.refuse_folder(ownership.absolute(folder), own, texts)
    changed = writing.replace_tree(out, rendered, built_folders.files_of_next)
    return any([changed, *(writing.replace_tree(folder, texts.items(), own) for folder, texts in places.items())])


def _keeping(files: Files, kept: dict[str, bytes]) -> Files:
    """Passes files on, and keeps the bytes of some."""
    for path, content in files:
        if path in kept:
            kept[path] = content
        yield path, content
