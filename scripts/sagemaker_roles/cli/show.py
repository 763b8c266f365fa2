"""The command `show`: one policy of one operation, with placeholders."""

from __future__ import annotations

from typing import Any

import click

from ..canonical import quoted
from ..parts import COMPANION_PARTS, PARTS
from .common import fail, find_operation, load_catalog, moved, suggest


@click.command("show", short_help="Prints a policy of one operation as JSON.")
@click.argument("operation")
@click.option("--role", help="ID of the role; default: the first role of the operation.")
@click.option("--scope", type=click.Choice(["scoped", "broad"]), default="scoped", show_default=True)
@click.option("--addon", "addons", multiple=True, metavar="ID", help="Add-on to include; repeatable.")
@click.option("--all-addons", is_flag=True, help="Include every add-on.")
@click.option(
    "--part",
    type=click.Choice([*PARTS, "record", *COMPANION_PARTS]),
    default="policy",
    show_default=True,
)
def command(operation: str, role: str | None, scope: Any, addons: tuple[str, ...], all_addons: bool, part: Any) -> None:
    """Prints a policy of OPERATION as JSON, with ${Placeholders} for values that only you know.

    --part record prints the whole record of the operation: every statement with its reason and sources. --part
    companions and its kinds print what else must allow what the role does, as compose does.
    """
    from ..canonical import canonical
    from ..engine.compose import Request, compose

    catalog = load_catalog()
    name = find_operation(catalog, operation)
    record_of = catalog.operation(name)
    if part == "record":
        if role is not None or addons or all_addons or scope != "scoped":
            fail("--part record prints the whole record; leave --role, --scope, --addon and --all-addons out")
        from ..publish.operations import record

        click.echo(canonical(record(catalog, name)), nl=False)
        return
    if role is not None and record_of.role(role) is None:
        known = [item.id for item in record_of.roles]
        if message := moved(catalog, name, role):
            fail(message)
        fail(f"{name} has no role {quoted(role)}{suggest(role, known, f'sagemaker-roles list {name}')}")
    if part != "caller" and not record_of.roles:
        fail(f"{name} accepts no role; it works with the role of {', '.join(record_of.uses_role_of)}", 1)
    grantee = record_of.role(role) if role else (record_of.roles[0] if record_of.roles else None)
    known = sorted({addon.id for item in (grantee, record_of.caller) if item for addon in item.addons})
    for addon in addons:
        if addon not in known:
            holders = [item.id for item in (grantee, record_of.caller) if item]
            if message := next(filter(None, (moved(catalog, name, holder, addon) for holder in holders)), ""):
                fail(message)
            if owner := next((item.id for item in record_of.roles if item.addon(addon)), ""):
                fail(f"{name}: the add-on {quoted(addon)} is one of the role {owner}; give --role {owner}")
            fail(f"{name} has no add-on {quoted(addon)}{suggest(addon, known, f'sagemaker-roles list {name}')}")
    result = compose(
        catalog, [Request(name)], [role] if role else (), scope=scope, addons=known if all_addons else addons
    )
    if part in COMPANION_PARTS:
        from ..session import ORGANIZATION, companions_json, organization_json

        whole = organization_json(catalog, result) if part == ORGANIZATION else companions_json(result, part)
        click.echo(canonical(whole), nl=False)
        return
    document = {"policy": result.policy, "trust": result.trust, "caller": result.caller}[part]
    click.echo(canonical(document.to_json()), nl=False)
