"""The command `verify`: asks AWS itself about a role and its work, with the caller's own credentials."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...canonical import canonical, quoted, visible
from ...cli.audit import fail_on_option, print_report, report_option, verbose_option
from ...cli.common import Command, Line, examples, fail, find_operation, load_catalog, several
from ...cli.completion import complete_operation
from ...cli.input_options import (
    choice_of,
    print_notices,
    read_requests,
    region_option,
    request_option,
    settings_option,
    split_arguments,
)
from ...files import writing
from .planned_calls import CALLS, FREE, policy_of

if TYPE_CHECKING:
    from .planned_calls import Call
    from .verification import Verified

_OF_RESOURCES = [name for name, kind in CALLS.items() if kind.why.startswith("reads the policy of")]
_CALLS = (
    f"{', '.join(name for name in CALLS if name not in _OF_RESOURCES)}.\n\n"
    f"And for the policies of resources that the work names: {', '.join(_OF_RESOURCES)}."
)

_HELP = f"""Asks AWS whether a role allows its work, and nothing else.

OPERATION, FILE, or --request says what the role is for, as for `audit`. The role is the one that the request passes,
or --role. It needs the extra `aws`, and it uses your own credentials.

The command reads the role and the policies of its resources, and audits them. It asks the policy simulator of IAM about
every call of the work and about calls next to it. It asks IAM Access Analyzer whether each document is valid, and
whether a policy allows more than the composed one. Where AWS and this project differ, the report shows both answers.
If you cannot read something, a note says so, and
the rest continues. Without a role, it asks about the composed policy.

It makes only these calls, which all read, and changes nothing:

{_CALLS}

--plan prints the calls and makes none. With --format json it also prints the policy that allows them. {FREE} requires
no permission.

Exits as `audit` does: 0 if nothing of --fail-on is found, 1 if something is, 2 for wrong usage.
"""


@click.command(
    "verify",
    epilog=examples("verify request.json --role ARN"),
    cls=Command,
    help=_HELP,
    short_help="Asks AWS itself whether a role allows its work and nothing else.",
)
@click.argument("given", shell_complete=complete_operation, nargs=-1, metavar="[OPERATION] [FILE]...")
@request_option
@click.option("--role", metavar="ARN", help="Role of the account.")
@several("--addon", "addons", "ID", "Add-on that the work needs")
@several("--no-addon", "without", "ID", "Add-on to exclude")
@region_option
@settings_option
@click.option("--profile", metavar="NAME", help="Profile of your AWS configuration.")
@click.option("--plan", is_flag=True, help="Print the calls and make none.")
@click.option(
    "--reference-policy",
    "reference",
    type=click.Path(dir_okay=False, path_type=Path),
    help="New file for the composed policy, for checks of cfn-policy-validator and tf-policy-validator.",
)
@report_option
@verbose_option
@fail_on_option("missing,depends,trust,excess")
def command(given: tuple[str, ...], **options: Any) -> None:  # noqa: D103 - its text is the help
    from ...outputs.audit_json import render_role
    from ...session import placeholders_of
    from .client import Asker, AwsMissing, clients
    from .verification import role_alone, verify

    catalog = load_catalog()
    operation, paths = split_arguments(catalog, given)
    names = (*options["names"], *paths)
    arn = options["role"] or ""
    if arn and not arn.startswith("arn:"):
        fail(f"--role: {quoted(arn)} is not an ARN; expected a value like arn:aws:iam::111122223333:role/MyRole")
    if not (operation or names or arn):
        fail("say what to verify: an operation, a request, or --role")
    if options["reference"] and options["reference"].exists():
        fail(f"--reference-policy: {options['reference']} exists; name a new file")
    choice = choice_of(catalog, options)
    name = operation and find_operation(catalog, operation, is_path=True)
    try:
        client = None if options["plan"] else clients(options["profile"], choice.values.get("Region", choice.region))
    except (AwsMissing, ValueError) as error:
        fail(str(error))
    with Line() as line:
        asker = Asker(client, lambda call: line.show(f"{len(asker.calls)} calls; {call}"))
        if operation or names:
            reading = read_requests(catalog, name, {**options, "paths": paths}, choice) if names else None
            found = verify(catalog, reading or placeholders_of(str(name)), choice, asker)
        else:
            found = role_alone(catalog, arn, asker)
    is_bad = print_notices(found.notices)
    if options["reference"]:
        _keep(options["reference"], found)
    if options["plan"]:
        _plan(asker.calls.values(), options["form"])
        return
    pieces = [render_role(options["form"], one.to_json(), verbose=options["verbose"]) for one in found.roles]
    print_report(catalog, options["form"], pieces)
    if is_bad or {one.kind for role in found.roles for one in role.findings} & options["fail_on"]:
        sys.exit(1)


def _keep(file: Path, found: Verified) -> None:
    if len(found.composed) != 1:
        fail(f"--reference-policy: there are {len(found.composed)} roles; choose one with --role")
    writing.create_file(file, canonical(found.composed[0]), file.parent)


def _plan(calls: Iterable[Call], form: str) -> None:
    """The calls, and as JSON the policy that allows them."""
    if form == "json":
        listed = [{"action": one.action, "resource": one.resource, "about": one.about} for one in calls]
        click.echo(canonical({"calls": listed, "policy": policy_of(calls)}).decode(), nl=False)
        return
    for one in calls:
        click.echo(visible(str(one)))
