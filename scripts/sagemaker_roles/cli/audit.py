"""The command `audit`: what a role lacks, and what it has too much of."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import click

from ..api.roles import (
    InvalidPolicy,
    PolicyInput,
    RoleInputs,
    read_existing_roles,
    read_layers,
    read_policies,
)
from ..audits import baseline
from ..audits.audit import Audits
from ..audits.report import Report
from ..audits.role_audit import risks
from ..audits.role_matching import Pairs, paired
from ..canonical import quoted, visible
from ..catalog import Catalog
from ..errors import InputError, InvalidValue, NothingToCompose
from ..explanations.text_kinds import kind_of
from ..iam.layers import Layers
from ..inputs import Notice, Reading
from ..inputs.roles.existing_roles import ExistingPolicy, ExistingRole, Kind
from ..inputs.text.content import sources, unpacked
from ..outputs.audit_json import Form, Piece, assemble_report, render_role
from ..outputs.audit_text import risk_lines
from ..session import Choice, placeholders_of
from ..version import package_version
from .account_access import print_access
from .common import (
    GIVEN,
    Command,
    Line,
    examples,
    fail,
    find_operation,
    form_option,
    load_catalog,
    pairs,
    several,
    suggest,
)
from .completion import complete_operation
from .input_options import (
    add_code_files,
    choice_of,
    code_option,
    framework_option,
    framework_reading,
    observed_option,
    print_notices,
    read_requests,
    region_option,
    request_option,
    settings_option,
    site_option,
    split_arguments,
    values_in,
)

F = TypeVar("F", bound=Callable[..., Any])

_KINDS = ("missing", "depends", "trust", "excess", "escalation")


def _kinds(_: click.Context, __: click.Parameter, text: str) -> frozenset[str]:
    """The kinds of findings that make the command fail."""
    names = {name for part in text.split(",") if (name := part.strip())}
    for name in sorted(names.difference(_KINDS, ("any", "none"))):
        hint = suggest(name, [*_KINDS, "any", "none"], "sagemaker-roles audit -h")
        fail(f"--fail-on: unknown kind {quoted(name)}{hint}")
    return frozenset(_KINDS if "any" in names else names - {"none"})


def fail_on_option(default: str) -> Callable[[F], F]:
    """The option of the kinds of findings that make a command fail."""
    return click.option(
        "--fail-on",
        "fail_on",
        metavar="KINDS",
        default=default,
        show_default=True,
        callback=_kinds,
        help="Kinds of findings that make the exit code 1: missing, depends, trust, excess, escalation, any, none.",
    )


report_option = form_option("text", "json", "sarif", "junit", "markdown")

verbose_option = click.option(
    "--verbose", is_flag=True, help="Show all findings with their details and patches, as text."
)


@click.command(
    "audit",
    cls=Command,
    short_help="Shows what a role lacks and what it has too much of.",
    epilog=examples(
        "audit template.yaml",
        "audit request.json --policy policy.json --trust trust.json",
        "audit CreateTrainingJob --managed AmazonSageMakerFullAccess",
        "audit --who --account-details account.json --role MyTrainingRole",
    ),
)
@click.argument("given", shell_complete=complete_operation, nargs=-1, metavar="[OPERATION] [PATH]...")
@request_option
@framework_option
@code_option
@observed_option
@several("--addon", "addons", "ID", "Add-on that the work needs")
@several("--no-addon", "without", "ID", "Add-on that the work does not need")
@several("--policy", "policies", "FILE", "Policy of the role")
@several("--managed", "managed", "NAME|ARN", "AWS managed policy of the role")
@click.option("--trust", "trust", metavar="FILE", type=GIVEN, help="Trust policy of the role.")
@several(
    "--account-details",
    "details",
    "FILE",
    "Answer of get-account-authorization-details, of get-role and similar calls, a template, plan, or state with roles",
)
@click.option("--role", "role", metavar="NAME|ARN", help="Only role to audit.")
@click.option("--who", is_flag=True, help="List who can pass, assume, and change the roles of an account.")
@click.option("--caller", is_flag=True, help="The policies belong to the caller of the operations.")
@click.option("--boundary", metavar="FILE", type=GIVEN, help="Permissions boundary of the role.")
@several("--scp", "scps", "[LEVEL=]FILE", "Service control policy")
@several("--rcp", "rcps", "FILE", "Resource control policy")
@several("--session-policy", "sessions", "FILE", "Session policy")
@several("--endpoint-policy", "endpoints", "FILE", "VPC endpoint policy")
@several("--resource-policy", "resources", "ARN=FILE", "Policy of a key, bucket, repository, or other resource")
@region_option
@settings_option
@report_option
@verbose_option
@fail_on_option("missing,depends,trust")
@click.option(
    "--allow-broad", is_flag=True, help="Exit 0 for whole services and escalations that the work does not need."
)
@click.option(
    "--baseline", metavar="FILE", type=GIVEN, help="JSON or YAML list of accepted findings, each with a reason."
)
@site_option
@click.option("--if-any", is_flag=True, help="Exit 0 if there is no role or no request to audit, as in a hook.")
def command(given: tuple[str, ...], **options: Any) -> None:
    """Compares an existing role with what its work needs.

    PATH, a file or folder, says what the role is for: anything that `compose` reads, such as a request, template, or
    notebook. OPERATION with --addon says it without a file.

    The role comes from --policy and --managed, or from --account-details. A PATH that is a policy, or an answer of IAM
    with roles, counts as such too. A role alone is judged by its risks, as text. A template or plan can contain the
    roles: then each role in it is compared with everything that passes it. All inputs of --request count together, and
    each PATH by itself.

    The report has five lists: permissions that are missing, permissions that depend on something unknown, and excess,
    which the work does not need. Trust lists who else can assume the role, and escalation how its holder can gain
    permissions. `sufficient` and `minimal` are said only if they follow from the given policies. Write --scp
    LEVEL=FILE, with any names, if the policies are attached to several levels of the organization. Without levels, a
    call depends if only some of the files allow it. A policy can have at most 65,536 characters without white space,
    twice the largest that AWS accepts.

    With --who, the report lists which users and roles of an account can pass a role to Amazon SageMaker AI, assume it,
    or change it. Each answer names the statements, and depends if a condition key or a policy is not known. Without
    --role, the report lists each role that the service can assume.

    Nothing is sent anywhere. Exits 0 if nothing is found of the kinds of --fail-on, 1 if something is, 2 for wrong
    usage. Permissions for a whole service and escalations that the work does not need also exit 1, unless you give
    --allow-broad or --fail-on none.
    """
    kinds = {*options["fail_on"]}
    if kinds and not options["allow_broad"]:
        kinds.add("broad")
    catalog = load_catalog()
    operation, files = split_arguments(catalog, given)
    files, options["details"] = _roles_apart(catalog, files, options)
    if options["who"]:
        if operation or files:
            fail(f"--who excludes {operation or files[0]}; it is about the account, whatever the work is")
        print_access(catalog, options, _layers(options))
        return
    inputs = [{"names": options["names"], "paths": ()}] if options["names"] or not files else []
    inputs += [{"names": (), "paths": (file,)} for file in files]
    _check_usage(operation, files, options)
    if not (operation or files or options["names"] or options["framework"]):
        _print_risks(catalog, options, kinds)
        return
    name = operation and find_operation(catalog, operation, is_path=True)
    entries = _baseline(options["baseline"])
    choice = choice_of(catalog, options)
    layers = _layers(options)
    every = [_paired(catalog, name, {**options, **one}, choice) for one in inputs]
    is_bad = print_notices(notice for one in every for notice in one.notices)
    pairs = [pair for one in every for pair in one.pairs]
    form, verbose, site = options["form"], options["verbose"], options["site"]
    audits = Audits(pairs, lambda one: render_role(form, one.to_json(), verbose=verbose, site=site), layers, entries)
    line = Line()
    pieces = audits.each(lambda done, of: line.show(f"{done:,} of {of:,} roles"), processes=None)
    print_report(catalog, form, pieces, audits, site, line.end)
    is_damaged = print_notices(audits.notices)
    if not audits.count and not options["if_any"] and not is_bad:
        fail("no role was audited; see the notes above", 1)
    if is_bad or is_damaged or audits.kinds & kinds:
        sys.exit(1)


def _check_usage(operation: str | None, files: Sequence[str], options: Mapping[str, Any]) -> None:
    is_bare = not files and not options["names"] and operation is None
    if options["framework"] is not None and not is_bare:
        fail("--framework excludes files, --request, and an operation; give one kind of work")
    has_role = options["policies"] or options["managed"] or options["details"]
    is_risks = has_role and options["form"] == "text" and not options["baseline"]
    if is_bare and options["framework"] is None and not is_risks:
        fail("say what the role is for: a file or folder, --framework ID, or an operation")
    own = bool(options["policies"] or options["managed"])
    if own and options["details"]:
        fail("--policy and --managed exclude --account-details; give one kind of role")
    if options["trust"] and not own:
        fail("--trust requires --policy or --managed; other inputs contain the trust policies of their roles")


def _print_risks(catalog: Catalog, options: Mapping[str, Any], kinds: Collection[str]) -> None:
    """Print what roles open whatever their work is; end the program with 1 for what is dangerously broad."""
    held, notices = given_roles(catalog, Reading(), choice_of(catalog, options), options)
    unnamed = Notice("note", "role", "only its risks are judged; say what it is for, too, to see what it lacks")
    is_bad = print_notices([*notices, unnamed])
    reports = [risks(catalog, one) for one in held]
    for report in reports:
        for line in risk_lines(report.to_json(), verbose=options["verbose"]):
            click.echo(visible(line))
    found = {"broad" for one in reports if one.broad} | {one.kind for report in reports for one in report.findings}
    if is_bad or found & (set(kinds) - {"excess"}):
        sys.exit(1)


def _roles_apart(catalog: Catalog, files: Sequence[str], options: Mapping[str, Any]) -> tuple[list[str], Sequence[str]]:
    """The files without those that are roles or policies, and the files that give roles, with these."""
    if options["policies"] or options["managed"]:
        return [*files], options["details"]
    roles = [file for file in files if file != "-" and os.path.isfile(file) and _is_role(catalog, file)]
    return [file for file in files if file not in roles], (*options["details"], *roles)


def _is_role(catalog: Catalog, file: str) -> bool:
    """Whether a file is an answer of IAM with roles, or a policy."""
    try:
        (source,) = sources(file)
        return kind_of(catalog, unpacked(source).decode("utf-8", "replace")) == "review"
    except InputError:
        return False  # which its reader says


def _paired(catalog: Catalog, operation: str | None, options: Mapping[str, Any], choice: Choice) -> Pairs:
    """The roles of some inputs, each with its work; ends the program for what is wrong with the options."""
    names = [*options["names"], *options["paths"]]
    if options["framework"] is not None:
        reading, choice = framework_reading(catalog, options["framework"], choice)
    else:
        reading = read_requests(catalog, operation, options, choice) if names else placeholders_of(str(operation))
    add_code_files(catalog, reading, options)
    held, notices = given_roles(catalog, reading, choice, options)
    nothing = Pairs((), (*reading.notices, *notices))
    # What cannot be read is the cause of all that is not there.
    is_bad = any(one.kind == "problem" for one in nothing.notices)
    if not held:
        if not options["if_any"] and not is_bad:
            print_notices(nothing.notices)
            fail(_NO_ROLE_IN if names else _NO_ROLE)
        return nothing
    try:
        pairs = paired(catalog, reading, choice, held, options["caller"])
    except NothingToCompose as error:
        if options["if_any"] or is_bad:
            return nothing
        print_notices(nothing.notices)
        fail(str(error), 1)
    return Pairs(pairs.pairs, (*notices, *pairs.notices))


def print_report(
    catalog: Catalog,
    form: Form,
    pieces: Iterable[Piece],
    audits: Audits[Piece] | None = None,
    site: str = "",
    before: Callable[[], None] = lambda: None,
) -> None:
    """Print what is found about each role when it is there.

    Args:
        audits: what accepts findings, if anything does.
        before: is called before each part that is printed.
    """

    def accepted() -> Mapping[str, Any]:
        return {"accepted": audits.accepted, "unused": [*audits.unused]} if audits else empty["baseline"]

    empty = Report(catalog.data_version, ()).to_json()
    for text in assemble_report(form, empty, pieces, accepted, package_version() if form == "sarif" else "", site):
        before()
        click.echo(text, nl=False)


_NO_ROLE = "say which role to audit: --policy FILE, --managed NAME, or --account-details FILE"
_NO_ROLE_IN = (
    "the requests contain no role; give its policies with --policy or --managed, or the roles of the account with "
    "--account-details"
)


def given_roles(
    catalog: Catalog, reading: Reading, choice: Choice, options: Mapping[str, Any]
) -> tuple[list[ExistingRole], list[Notice]]:
    """Read the roles that the options give, and what to know of them; end the program for an option that is wrong."""
    given = RoleInputs(boundary=options["boundary"])
    if options["policies"] or options["managed"]:
        arn = options["role"] if (options["role"] or "").startswith("arn:") else ""
        for name in options["managed"]:
            if catalog.managed_policy(name) is None:
                hint = suggest(name, sorted(catalog.data.get("managed_documents", {})))
                fail(f"--managed: no AWS managed policy {quoted(name)} is known{hint}")
        own = {"policies": options["policies"], "managed": options["managed"], "trust": options["trust"]}
        return read_existing_roles(catalog, given._replace(arn=arn, **own), reading, choice, read=_policies)
    is_quiet = not options["details"]
    names = [*options["names"], *options.get("paths", ())]
    if is_quiet and "-" in names:
        return [], []
    given = given._replace(details=options["details"] or names)
    return read_existing_roles(catalog, given, reading, choice, read=_policies, is_quiet=is_quiet)


#: The options of policies by the members of a call, where these are not their names.
_OPTIONS = {"policies": "policy", "scps": "scp", "rcps": "rcp", "session": "session-policy"}
_OPTIONS |= {"endpoint": "endpoint-policy", "resources": "resource-policy"}


def _policies(given: PolicyInput, member: str, kind: Kind) -> list[ExistingPolicy]:
    """Read the policies of a file; end the program if they are not valid, or several where one is meant."""
    option = f"--{_OPTIONS.get(member, member)}"
    try:
        return read_policies(given, member, kind)
    except InvalidPolicy as error:
        fail(f"{option}: {error.where}: not a valid policy:", details=[f"  {fault}" for fault in error.faults])
    except (InputError, InvalidValue) as error:
        fail(f"{option}: {error}")


def _layers(options: Mapping[str, Any]) -> Layers:
    resources = pairs("--resource-policy", "ARN=FILE", options["resources"])
    if wrong := [arn for arn, name in resources.items() if not (arn.startswith("arn:") and name)]:
        fail(f"--resource-policy needs ARN=FILE, not {quoted(f'{wrong[0]}={resources[wrong[0]]}')}")
    scps: dict[str, list[str]] = {}
    for item in options["scps"]:
        level, sign, name = item.partition("=")
        level, name = (level, name) if sign and not os.path.exists(item) else ("", item)
        scps.setdefault(level, []).append(name)
    if "" in scps and len(scps) > 1:
        fail("--scp: some files have a level and some do not; write LEVEL=FILE for all of them")
    others = {"session": options["sessions"], "endpoint": options["endpoints"]}
    return read_layers(RoleInputs(scps=scps, rcps=options["rcps"], resources=resources, **others), _policies)


def _baseline(name: str | None) -> list[Mapping[str, str]]:
    if name is None:
        return []
    values = values_in("--baseline", name)
    entries = values[0] if len(values) == 1 else values
    if wrong := baseline.faults(entries):
        fail(f"--baseline: {name}: not a valid baseline:", details=[f"  {fault}" for fault in wrong])
    return list(entries)
