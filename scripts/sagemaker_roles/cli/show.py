"""The command `show`: one policy of one operation, with placeholders."""

from __future__ import annotations

from typing import Any

import click

from ..canonical import canonical, quoted
from ..engine.companions import DELEGATION
from ..engine.compose import Request, compose, grantees_of
from ..engine.resource_access import LEVELS, Limits, Work, kinds_of, running, working_with
from ..errors import UnknownAddOn, UnknownName, UnknownRole
from ..outputs.choices import COMPANION_PARTS, PARTS
from ..outputs.operation_json import call_record, record
from ..session import ORGANIZATION, companions_json, organization_json
from .common import Command, examples, fail, find_operation, load_catalog, moved, pairs, several, suggest
from .completion import complete_operation, complete_role
from .input_options import print_notice


@click.command(
    "show",
    cls=Command,
    short_help="Prints a policy of one operation, or for a kind of resource, as JSON.",
    epilog=examples(
        "show CreateTrainingJob --addon vpc",
        "show CreateTrainingJob --part trust",
        "show --on training-job --access write",
    ),
)
@click.argument("operation", shell_complete=complete_operation, required=False)
@click.option("--role", shell_complete=complete_role, help="ID of the role; default: the first role of the operation.")
@click.option("--scope", type=click.Choice(["scoped", "broad"]), default="scoped", show_default=True)
@several("--addon", "addons", "ID", "Add-on to include")
@click.option("--all-addons", is_flag=True, help="Include every add-on.")
@click.option(
    "--part",
    type=click.Choice([*PARTS, "record", *COMPANION_PARTS]),
    default="policy",
    show_default=True,
)
@several("--on", "kinds", "KIND", "Kind of resource to work with")
@click.option("--persona", metavar="ID", help="Persona whose kinds of resources to work with.")
@click.option("--access", type=click.Choice([*LEVELS]), help="Access that --on prints.  [default: read]")
@several("--name", "names", "NAME", "Name or pattern of the resources")
@several("--tag", "tags", "KEY=VALUE", "Tag of the resources")
@click.option("--domain", default="", metavar="ID", help="ID of the Studio domain.")
def command(operation: str | None, **options: Any) -> None:
    """Prints a policy of OPERATION as JSON, with ${Placeholders} for values that only you know.

    For an operation that works with no role, it prints the caller policy, and --all-addons includes what only some
    requests need. --part record prints the whole record of the operation: every statement with its reason and
    sources. --part companions and its kinds print what else must allow what the role does, as compose does.

    --on prints the policy of a caller that works with a kind of resource, such as training-job, endpoint, or space.
    --access read shows and lists, write also creates, changes, and deletes, and all also tags and shares.
    --persona data-scientist or mlops-engineer chooses several kinds, and sagemaker-compute
    is the role of their jobs. --name, --tag, and --domain narrow the policy.
    """
    role, scope, addons, part = (options[name] for name in ("role", "scope", "addons", "part"))
    is_plain = role is None and not addons and not options["all_addons"] and scope == "scoped"
    limits = Limits(options["names"], pairs("--tag", "KEY=VALUE", options["tags"]), options["domain"])
    if options["kinds"] or options["persona"]:
        if operation or not is_plain or part != "policy":
            fail("--on and --persona exclude an operation and its options; give one")
        _print_work(options["kinds"], options["persona"], options["access"] or "read", limits)
        return
    if not operation or options["access"] or limits != Limits():
        fail("give an operation, or a kind of resource with --on; --access, --name, --tag, and --domain are for --on")
    catalog = load_catalog()
    name = find_operation(catalog, operation)
    is_call = not catalog.has_record(name)
    if is_call and (role is not None or part not in ("policy", "caller", "record")):
        fail(f"{name} accepts no role; its caller policy and its record are all there is")
    part = "caller" if is_call and part == "policy" else part
    if part == "record":
        if not is_plain:
            fail("--part record prints the whole record; leave --role, --scope, --addon and --all-addons out")
        click.echo(canonical(call_record(catalog, catalog.calls[name]) if is_call else record(catalog, name)), nl=False)
        return
    record_of = catalog.operation(name)
    if role is None and part != "caller" and not record_of.roles:
        fail(f"{name} accepts no role; it works with the role of {', '.join(record_of.uses_role_of)}", 1)
    requests, roles = [Request(name)], [] if role is None else [role]
    grantees = [grantee for _, grantee in grantees_of(catalog, requests, roles)]
    every = [addon.id for grantee in grantees for addon in grantee.addons]
    listing = f"sagemaker-roles list {name}"
    try:
        result = compose(catalog, requests, roles, scope=scope, addons=every if options["all_addons"] else addons)
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
        if part == DELEGATION:
            fail("--part delegation is for the path of a role; use compose with a request that passes it")
        whole = organization_json(catalog, result) if part == ORGANIZATION else companions_json(result, part)
        click.echo(canonical(whole), nl=False)
        return
    document = {"policy": result.policy, "trust": result.trust, "caller": result.caller}[part]
    if not document.statements:
        print_notice("note", part, f"it contains no statement: {name} needs something only with an add-on")
    click.echo(canonical(document.to_json()), nl=False)


def _print_work(kinds: tuple[str, ...], persona: str | None, access: Any, limits: Limits) -> None:
    """Print the policy for working with kinds of resources."""
    catalog = load_catalog()
    works = [Work(kind, access) for kind in kinds]
    if persona:
        known = catalog.personas
        if persona not in known:
            fail(f"unknown persona {quoted(persona)}{suggest(persona, [*known])}; expected one of {', '.join(known)}")
        if "runs" in known[persona]:
            if kinds or limits != Limits():
                fail(f"{persona} is the role of jobs; it takes no --on, --name, --tag, or --domain")
            click.echo(canonical(running(catalog, known[persona]).to_json()), nl=False)
            return
        works += kinds_of(known[persona])
    try:
        document = working_with(catalog, works, limits)
    except UnknownName as error:
        fail(f"{error}{'' if 'did you mean' in str(error) else '; such as training-job, endpoint, or space'}")
    click.echo(canonical(document.to_json()), nl=False)
