"""The command line: check, build, list, show, new. Exit codes: 0 ok, 1 problems found, 2 wrong usage."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .cli_common import (
    counted,
    data_option,
    examine,
    fail,
    find_operation,
    load_catalog,
    moved,
    print_problems,
    suggest,
)

if TYPE_CHECKING:
    from .model import Grantee, Operation


#: Commands with a module of their own, and what they are called there.
_ELSEWHERE = {
    "compose": ("cli_compose", "compose_command"),
    "diff": ("cli_release", "diff_command"),
    "fix": ("cli_fix", "fix_command"),
    "release": ("cli_release", "release_command"),
}


class _Commands(click.Group):
    """The commands. Those with a module of their own are loaded when they are asked for, as `show` has to be quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; None if there is none."""
        if cmd_name in _ELSEWHERE and cmd_name not in self.commands:
            module, name = _ELSEWHERE[cmd_name]
            self.add_command(getattr(import_module(f".{module}", __package__), name))
        return super().get_command(ctx, cmd_name)


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from .numbering import package_version

        click.echo(f"sagemaker-roles, version {package_version()}")
        context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version.",
)
def cli() -> None:
    """What the IAM roles of Amazon SageMaker need, operation by operation."""


# --- check and build ------------------------------------------------------------------------------------------


@cli.command(short_help="Checks the records.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "github", "json"]), default="text", show_default=True)
@click.option(
    "--base",
    "bases",
    multiple=True,
    metavar="REVISION",
    help="Compare released versions with those of this git revision and of all tags; may be given several times.",
)
@click.option("--all", "everything", is_flag=True, help="Print the consequences of each fault too, not only how many.")
@data_option
def check(paths: tuple[Path, ...], form: str, bases: tuple[str, ...], everything: bool, data: Path) -> None:
    """Checks the records: form, and every rule against AWS's own data. Checks that released versions did not change.

    PATHS limit what is reported to these files and folders; everything is checked all the same.
    """
    for path in paths:
        if not path.exists():
            fail(f"there is no file or folder {path}")
    loaded, problems = examine(data, form, bases=bases)
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
        click.echo(f"{len(loaded.files)} files, no problems", err=True)


@cli.command(short_help="Builds the policy files from the records.")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 if the output is not what the data gives."
)
@click.option(
    "--out",
    "given",
    type=click.Path(path_type=Path),
    help="Write into this folder instead of build/v1/next: new, empty, or written by an earlier build. Their JSON "
    "Schemas go into its subfolder schema.",
)
@data_option
def build(only_check: bool, given: Path | None, data: Path) -> None:
    """Builds the policy files from the records."""
    from . import artifacts, editor, places, tree
    from .catalog import released
    from .reference import aws_reference

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
    rendered = artifacts.render(catalog, aws_reference(), more=inside)
    stale = artifacts.difference(for_editors, data / editor.FOLDER)
    if only_check:
        lines = [*artifacts.difference(rendered, out), *stale]
        if beside:
            lines += artifacts.difference(beside.items(), out.parent / "schema")
        if lines:
            click.echo("\n".join(lines))
            fail("the output is not what the data gives; run `make build` and commit the result", 1)
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
        if stale:  # seldom; where nothing is to be written, data/ may be read-only
            changed = tree.replace_tree(data / editor.FOLDER, for_editors, places.of_schemas) or changed
    except places.RefusedError as error:
        fail(f"cannot write {error}")
    except OSError as error:
        fail(f"cannot write {error.filename or out}: {error.strerror}; the previous output is unchanged", 1)
    count = counted(len(catalog.operations), "operation")
    click.echo(f"{count} {'written to' if changed else 'up to date in'} {out}", err=True)


# --- list and show --------------------------------------------------------------------------------------------


@cli.command(name="list", short_help="Lists operations, roles and add-ons.")
@click.argument("operations", nargs=-1, metavar="[OPERATION]...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_command(operations: tuple[str, ...], form: str) -> None:
    """Lists operations, their roles, and the add-ons of each: all of them, or those named.

    Beside each add-on stands what decides that it is needed: a member of the request, a request of another operation
    that works with the same role, or you, by what you use the role for.
    """
    catalog = load_catalog()
    names = sorted({find_operation(catalog, name) for name in operations}) or catalog.operations
    rows = [_listed(catalog.operation(name)) for name in names]
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    lines: list[str] = []
    for row in rows:
        lines += [*([""] if lines else []), row["operation"], f"  {row['summary']}"]
        grantees = [*row["roles"], *([row["caller"]] if row["caller"] and row["caller"]["addons"] else [])]
        addons = [addon for grantee in grantees for addon in grantee["addons"]]
        table = iter(_aligned([[item["id"], _decider(item, row["operation"]), item["title"]] for item in addons]))
        for grantee in grantees:
            members = ", ".join(grantee["parameters"])
            lines.append(f"  {grantee['id']}{': ' if members else ''}{members}")
            lines += islice(table, len(grantee["addons"]))
    click.echo("\n".join(lines))


def _listed(operation: Operation) -> dict[str, Any]:
    """What `list` tells of an operation."""
    from .output import addon_summary

    def grantee(item: Grantee) -> dict[str, Any]:
        return {
            "id": item.id,
            "title": item.title,
            "parameters": list(item.parameters),
            "addons": [addon_summary(operation, addon) for addon in item.addons],
        }

    return {
        "operation": operation.name,
        "service": operation.service,
        "summary": operation.summary,
        "roles": [grantee(role) for role in operation.roles],
        "caller": grantee(operation.caller) if operation.caller else None,
    }


def _decider(addon: dict[str, Any], operation: str) -> str:
    if addon["activation"] == "usage":
        return "you"
    return "request" if addon["request"] == operation else str(addon["request"])


def _aligned(rows: list[list[str]], indent: str = "    ") -> list[str]:
    """Rows of text as lines with their columns below each other."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


@cli.command(short_help="Prints a policy of one operation as JSON.")
@click.argument("operation")
@click.option("--role", help="Id of the role; the operation's first one if left out.")
@click.option("--scope", type=click.Choice(["scoped", "broad"]), default="scoped", show_default=True)
@click.option("--addon", "addons", multiple=True, metavar="ID", help="Add-on to put in; may be given several times.")
@click.option("--all-addons", is_flag=True, help="Put every add-on in.")
@click.option("--part", type=click.Choice(["policy", "trust", "caller", "record"]), default="policy", show_default=True)
def show(operation: str, role: str | None, scope: Any, addons: tuple[str, ...], all_addons: bool, part: str) -> None:
    """Prints a policy of OPERATION as JSON, with ${Placeholders} for what only you know.

    --part record prints all that is known of the operation: every statement with its reason and sources.
    """
    from .compose import Request, compose
    from .output import canonical, record

    catalog = load_catalog()
    name = find_operation(catalog, operation)
    record_of = catalog.operation(name)
    if part == "record":
        if role is not None or addons or all_addons or scope != "scoped":
            fail("--part record prints the whole record; leave --role, --scope, --addon and --all-addons out")
        click.echo(canonical(record(catalog, name)), nl=False)
        return
    if role is not None and record_of.role(role) is None:
        known = [item.id for item in record_of.roles]
        if told := moved(catalog, name, role):
            fail(told)
        fail(f"{name} has no role {role!r}; it has {', '.join(known) or 'none'}{suggest(role, known)}")
    if part != "caller" and not record_of.roles:
        fail(f"{name} takes no role of its own; it works with the role of {', '.join(record_of.uses_role_of)}", 1)
    grantee = record_of.role(role) if role else (record_of.roles[0] if record_of.roles else None)
    known = sorted({addon.id for item in (grantee, record_of.caller) if item for addon in item.addons})
    for addon in addons:
        if addon not in known:
            holders = [item.id for item in (grantee, record_of.caller) if item]
            if told := next(filter(None, (moved(catalog, name, holder, addon) for holder in holders)), ""):
                fail(told)
            fail(f"{name} has no add-on {addon!r}{suggest(addon, known)}; it has {', '.join(known) or 'none'}")
    result = compose(catalog, [Request(name)], role, scope=scope, addons=known if all_addons else addons)
    document = {"policy": result.policy, "trust": result.trust, "caller": result.caller}[part]
    click.echo(canonical(document.to_json()), nl=False)


@cli.command(short_help="Writes the skeleton of a new record.")
@click.argument("operation")
@data_option
def new(operation: str, data: Path) -> None:
    """Writes the skeleton of a record for OPERATION from its API: roles, and members that look like resources.

    The file has the form the schema asks for; comments that begin with "decide" tell what is left to find out.
    """
    from . import tree
    from .reference import aws_reference
    from .scaffold import skeleton

    reference = aws_reference()
    known = sorted({item.operation for item in reference.role_parameters})
    if operation not in known:
        exists = any(operation in inputs for inputs in reference.inputs.values())
        what = "takes no role" if exists else "is no operation of a service we know"
        fail(f"{operation} {what}{suggest(operation, known)}")
    if not (data / "operations").is_dir():
        fail(f"there is no folder {data / 'operations'}; run this from the project's root or give --data")
    file = data / "operations" / f"{operation}.yaml"
    try:
        with tree.lock(data):
            tree.sweep_files(data)
            tree.create_file(file, skeleton(reference, operation).encode(), data)
    except FileExistsError:
        fail(f"{file} is there already; edit it, or move it away first", 1)
    except OSError as error:
        fail(f"cannot write {file}: {error.strerror}", 1)
    click.echo(f'{file} is written; look for "decide" in it, then run `sagemaker-roles check {file}`', err=True)


def main() -> None:
    """Runs the command line and turns what a user can cause into one clear line."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that stops (`| head`) ends us, as any command
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer cannot be written either
        fail(f"cannot write: {error.strerror}", 1)
