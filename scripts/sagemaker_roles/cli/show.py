"""The command `show`: one policy of one operation, with placeholders."""

from __future__ import annotations

from typing import Any

import click

from ..canonical import canonical, quoted
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

    For an operation that works with no role, it prints the caller policy, and --all-addons includes what only some
    requests need. --part record prints the whole record of the operation: every statement with its reason and
    sources. --part companions and its kinds print what else must allow what the role does, as compose does.
    """
    from ..engine.compose import Request, compose, grantees_of
    from ..errors import UnknownAddOn, UnknownRole

    catalog = load_catalog()
    name = find_operation(catalog, operation)
    is_call = name not in catalog.data["operations"]
    if is_call and (role is not None or part not in ("policy", "caller", "record")):
        fail(f"{name} accepts no role; its caller policy and its record are all there is")
    part = "caller" if is_call and part == "policy" else part
    if part == "record":
        if role is not None or addons or all_addons or scope != "scoped":
            fail("--part record prints the whole record; leave --role, --scope, --addon and --all-addons out")
        from ..publish.operations import record

        click.echo(canonical(catalog.calls[name] if is_call else record(catalog, name)), nl=False)
        return
    record_of = catalog.operation(name)
    if role is None and part != "caller" and not record_of.roles:
        fail(f"{name} accepts no role; it works with the role of {', '.join(record_of.uses_role_of)}", 1)
    requests, roles = [Request(name)], [] if role is None else [role]
    grantees = [grantee for _, grantee in grantees_of(catalog, requests, roles)]
    every = [addon.id for grantee in grantees for addon in grantee.addons]
    listing = f"sagemaker-roles list {name}"
    try:
        result = compose(catalog, requests, roles, scope=scope, addons=every if all_addons else addons)
    except UnknownRole as error:
        hint = suggest(error.name, error.known, listing)
        fail(moved(catalog, name, error.name) or f"{name} has no role {quoted(error.name)}{hint}")
    except UnknownAddOn as error:
        if message := next(filter(None, (moved(catalog, name, item.id, error.name) for item in grantees)), ""):
            fail(message)
        if error.role:
            fail(f"{name}: the add-on {quoted(error.name)} is one of the role {error.role}; give --role {error.role}")
        fail(f"{name} has no add-on {quoted(error.name)}{suggest(error.name, error.known, listing)}")
    if part in COMPANION_PARTS:
        from ..engine.companions import DELEGATION
        from ..session import ORGANIZATION, companions_json, organization_json

        if part == DELEGATION:
            fail("--part delegation is for the path of a role; use compose with a request that passes it")
        whole = organization_json(catalog, result) if part == ORGANIZATION else companions_json(result, part)
        click.echo(canonical(whole), nl=False)
        return
    document = {"policy": result.policy, "trust": result.trust, "caller": result.caller}[part]
    click.echo(canonical(document.to_json()), nl=False)
