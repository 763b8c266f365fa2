"""The option `--who` of `audit`: who can pass, assume, and change the roles of an account."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from ..audits.role_access import SCHEMA_VERSION, AccountAccess, RoleAccessReport, is_whole, service_of_roles
from ..canonical import pieces, quoted, visible
from ..catalog import Catalog
from ..iam.layers import Layers
from ..inputs import Notice
from ..inputs.roles import read_roles
from ..inputs.roles.existing_roles import ExistingRole
from ..outputs.access_text import lines
from .common import Line, fail, suggest
from .input_options import print_notices

#: The options that say nothing about who can act on a role, by their names in the call.
_OTHERS = {
    "names": "--request",
    "framework": "--framework",
    "code": "--code",
    "observed": "--observed",
    "addons": "--addon",
    "without": "--no-addon",
    "policies": "--policy",
    "managed": "--managed",
    "trust": "--trust",
    "caller": "--caller",
    "boundary": "--boundary",
    "sessions": "--session-policy",
    "endpoints": "--endpoint-policy",
    "resources": "--resource-policy",
    "baseline": "--baseline",
}


def print_access(catalog: Catalog, options: Mapping[str, Any], layers: Layers) -> None:
    """Print who can act on roles of an account; end the program for wrong options, and with 1 for a damaged input."""
    _check_usage(options)
    reading = read_roles(catalog, options["details"], with_users=True)
    notices = [*reading.notices]
    if not reading.users:
        notices.append(Notice("note", "account", "the input lists no users; the answers are about roles only"))
    is_bad = print_notices(notices)
    access = AccountAccess(service_of_roles(catalog), reading.roles, reading.users, layers)
    roles = _chosen(reading.roles, access, options["role"])
    if not roles and not options["if_any"] and not is_bad:
        fail(f"no role of the input can be assumed by {access.service}; name one with --role", 1)
    reports = (one.to_json() for one in _reports(roles, access))
    if options["form"] == "json":
        head = {"schema_version": SCHEMA_VERSION, "data_version": catalog.data_version, "service": access.service}
        for piece in pieces({**head, "roles": reports, "assumptions": access.assumptions()}):
            click.echo(piece, nl=False)
    else:
        for text in (text for one in reports for text in lines(one, verbose=options["verbose"])):
            click.echo(visible(text))
        for text in access.assumptions() if options["verbose"] else ():
            click.echo(f"assumed: {text}")
    if print_notices(access.notices) or is_bad:
        sys.exit(1)


def _check_usage(options: Mapping[str, Any]) -> None:
    if wrong := [option for name, option in _OTHERS.items() if options.get(name)]:
        fail(f"--who excludes {wrong[0]}; give --account-details, and policies of the organization")
    if not options["details"]:
        fail("--who requires --account-details FILE, the answer of get-account-authorization-details")
    if options["form"] not in ("text", "json"):
        fail(f"--who has no --format {options['form']}; expected text or json")


def _chosen(roles: Sequence[ExistingRole], access: AccountAccess, name: str | None) -> list[ExistingRole]:
    """The role of a name or ARN, else each that the service can assume."""
    whole = [one for one in roles if is_whole(one.arn)]
    if name is None:
        return [one for one in whole if access.is_assumable(one)]
    found = [one for one in whole if name in (one.arn, one.name)]
    if not found:
        fail(f"--role: unknown role {quoted(name)}{suggest(name, [one.name for one in whole])}")
    return found


def _reports(roles: Sequence[ExistingRole], access: AccountAccess) -> Iterator[RoleAccessReport]:
    """The report about each role, with a line of progress that ends before anything is printed."""
    line = Line()
    for number, one in enumerate(roles, 1):
        line.show(f"{number:,} of {len(roles):,} roles")
        report = access.report(one)
        line.end()
        yield report
