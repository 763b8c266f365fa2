"""The command `list`: operations, roles and add-ons."""

from __future__ import annotations

import json
import os
import shutil
import sys
from itertools import islice, zip_longest
from typing import Any

import click

from ..canonical import quoted
from ..catalog import Grantee, Operation
from ..catalog.finding import found
from ..outputs.operation_json import addon_summary
from .common import examples, fail, find_operation, form_option, load_catalog
from .completion import complete_operation

#: How many add-ons of a role a line shows.
_ADDONS = 4


@click.command(
    "list",
    short_help="Lists operations, roles, and add-ons.",
    epilog=examples("list CreateTrainingJob", "list --find s3:GetObject"),
)
@click.argument("operations", shell_complete=complete_operation, nargs=-1, metavar="[OPERATION]...")
@click.option("--all", "is_full", is_flag=True, help="Show roles and add-ons of all operations on a terminal too.")
@click.option(
    "--find", "wanted", metavar="TEXT", help="Operations, roles, and add-ons with an action, or with some words."
)
@form_option("text", "json")
def command(operations: tuple[str, ...], is_full: bool, wanted: str | None, form: str) -> None:
    """Lists operations with their roles and add-ons; default: all operations.

    --find takes an action (s3:GetObject), a call (ListBuckets), or words (kms grant), as the box on the site does.

    Without OPERATION, a terminal shows the names in columns. --all shows everything there, as in a pipe.

    The last column shows when you need an add-on. A member of the request decides it, a request of another operation
    with the same role, or your use of the role.
    """
    catalog = load_catalog()
    names = sorted({find_operation(catalog, name) for name in operations}) or catalog.operations
    if wanted is not None:
        _print_found([*found(catalog, wanted, names)], wanted, is_full, form)
        return
    if not (operations or is_full) and form == "text" and sys.stdout.isatty():
        _print_names([catalog.operation(name) for name in names], len(catalog.calls))
        return
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


def _print_found(rows: list[dict[str, Any]], text: str, is_full: bool, form: str) -> None:
    """What was found: a screen of it, unless all is wanted."""
    if not rows:
        fail(f"no action, operation, role, or add-on has {quoted(text)}; sagemaker-roles list names the operations", 1)
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    shown = rows if is_full or not sys.stdout.isatty() else rows[: max(5, shutil.get_terminal_size().lines - 4)]
    table = [
        [
            one["operation"],
            one["role"],
            ", ".join(f"--addon {id}" if id else "always" for id in one["addons"][:_ADDONS]),
        ]
        for one in shown
    ]
    for line, one in zip(_aligned(table, ""), shown, strict=True):
        more = len(one["addons"]) - _ADDONS
        click.echo(f"{line}, {more} more" if more > 0 else line)
    if len(shown) < len(rows):
        click.echo(f"{len(rows) - len(shown)} more: --all")
    if ":" in text:
        service, _, name = text.partition(":")
        click.echo(f"Page: {os.environ.get('SITE_URL', '')}reference/services/{service}/#{service}-{name}")


def _print_names(operations: list[Operation], calls: int) -> None:
    """The names in columns that fit the terminal, and how to see more."""
    groups = {
        "Accept a role": [one.name for one in operations if one.roles],
        "Work with the role of another operation": [one.name for one in operations if not one.roles],
    }
    for title, names in groups.items():
        for height in range(1, len(names) + 1):
            columns = [names[start : start + height] for start in range(0, len(names), height)]
            lines = _aligned([[*row] for row in zip_longest(*columns, fillvalue="")], "  ")
            if max(map(len, lines)) < shutil.get_terminal_size().columns:
                break
        click.echo("\n".join([title, *lines]))
    click.echo(f"{calls} more work with no role: sagemaker-roles show NAME")
    click.echo("Roles and add-ons: sagemaker-roles list OPERATION, or --all")


def _listed(operation: Operation) -> dict[str, Any]:
    """What `list` tells of an operation."""

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
