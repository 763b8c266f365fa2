"""The command `attest`: what CloudTrail shows of the composed statements, without a name, to give back."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from ...canonical import quoted
from ...cli.common import Command, examples, fail, load_catalog
from ...cli.input_options import print_notice
from ...files import writing


@click.command(
    "attest",
    cls=Command,
    short_help="Counts which composed statements CloudTrail shows, without any name.",
    epilog=examples("attest logs/ --out counts.json"),
)
@click.argument("logs", nargs=-1, required=True, metavar="LOGS...", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("attestation.yaml"),
    show_default=True,
    help="New file to write.",
)
@click.option(
    "--origin",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with your random number; default: sagemaker-roles/attestation in your configuration folder.",
)
@click.option("--yes", is_flag=True, help="Write the file without a question.")
def command(logs: tuple[Path, ...], out: Path, origin: Path | None, yes: bool) -> None:
    """Reads CloudTrail logs and writes which statements sessions of roles used.

    LOGS are files or folders, as `fleet` reads them. A call counts if a request in the same logs passes its role. The
    output contains operations, statements, actions, kinds of resources, outcomes, months, and counts. It contains no
    account, name, ARN, address, time, or ID. The command shows all of it before it writes the file.

    A random number separates the attestations of one origin from others. It is made once, stays in your configuration
    folder, and is derived from nothing. Nothing is sent anywhere.
    """
    import yaml

    from .attestation import attest, document

    files = _files(logs, out)
    catalog = load_catalog()
    found = attest(catalog, files, lambda name, error: print_notice("note", name, f"not read: {error}"))
    if not found:
        fail("no call of a role whose request is in the logs; include the events of the jobs and of their requests", 1)
    written = str(yaml.safe_dump(document(catalog, found, _origin(origin)), sort_keys=False, width=1000))
    click.echo(written, nl=False)
    if out.exists():
        fail(f"--out: {quoted(str(out))} exists; name a new file")
    if not yes and not click.confirm(f"Write this to {out}?", err=True):
        return
    writing.create_file(out, written.encode(), out.parent)


def _files(logs: tuple[Path, ...], out: Path) -> list[str]:
    """The files of CloudTrail in what is given, as `fleet` lists them."""
    from ..fleet.log_files import Listing, Range

    listing = Listing([str(log) for log in logs], Range(), out)
    files = [file.name for file in listing]
    for name, fault in listing.faults.items():
        print_notice("note", name, f"not read: {fault}")
    if not files:
        fail("there is no log in what was given; give CloudTrail logs")
    return files


def _origin(file: Path | None) -> str:
    place = file or Path(click.get_app_dir("sagemaker-roles")) / "attestation"
    if place.is_file():
        return place.read_text("ascii", "replace").strip()  # what is no such number is refused
    number = secrets.token_hex(16)
    content = f"{number}\n".encode("ascii")
    if place.parent.exists():
        writing.create_file(place, content, place.parent.parent)
    else:
        writing.new_folder(place.parent, {place.name: content})
    return number
