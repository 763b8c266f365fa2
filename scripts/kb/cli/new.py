"""The command `new`: the skeleton of a record out of the API."""

from __future__ import annotations

from pathlib import Path

import click

from sagemaker_roles.cli.common import examples, fail

from .common import Command, data_option


@click.command(
    "new", cls=Command, short_help="Writes the skeleton of a new record.", epilog=examples("new CreateModel")
)
@click.argument("operation")
@data_option
def command(operation: str, data: Path) -> None:
    """Writes the skeleton of a record for OPERATION from its API: roles, and members that look like resources.

    The file has the form that the schema requires. Comments that begin with "decide" show what you have to find out.
    """
    from sagemaker_roles.files import writing

    from ..aws.reference import aws_reference
    from ..records.locations import path_of
    from ..records.scaffold import skeleton

    text = skeleton(aws_reference(), operation)
    file = data / path_of("operations", operation)
    try:
        with writing.lock(data):
            writing.sweep_files(data)
            writing.create_file(file, text.encode(), data)
    except FileExistsError:
        fail(f"{file} is there already; edit it, or move it away first", 1)
    except OSError as error:
        fail(f"cannot write {file}: {error.strerror}", 1)
    click.echo(f'{file} is written; look for "decide" in it, then run `sagemaker-roles check {file}`', err=True)
