"""The command `compose`: from what a user already has to the policies to attach."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from .. import session
from ..canonical import quoted, some
from ..catalog import Catalog
from ..errors import InputError, NothingToCompose, PatchError, SeveralRoles, UnknownName, UnknownPlaceholder
from ..inputs import Reading
from ..inputs.requests import INPUT_FORMATS
from ..outputs.choices import COMPANION_PARTS, FORMATS, PARTS, CompanionPart, Part
from ..registry import EXTRAS, registered
from ..session import Choice, Result
from .common import Command, examples, fail, find_operation, form_option, load_catalog, print_message, several, suggest
from .completion import complete_operation, complete_role
from .input_options import (
    add_code_files,
    choice_of,
    code_option,
    framework_option,
    framework_reading,
    generalize_option,
    observed_option,
    print_notice,
    print_notices,
    read_requests,
    region_option,
    request_option,
    settings_option,
    split_arguments,
    values_in,
)

#: Names of roles (IAM API Reference, CreateRole).
_ROLE_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")


#: What to give for one role of several.
_CHOICES = "For one, give --role ARN; for one role that does it all, --merge"


#: The options in the help, by what they are about.
_GROUPS = {
    "Input": (
        "names",
        "script",
        "code",
        "framework",
        "observed",
        "as_role",
        "input_format",
        "manifests",
        "region",
        "settings",
    ),
    "Roles": ("role", "each", "merge", "role_name"),
    "Policies": ("addons", "without", "scope", "generalize", "source_account", "patch_name"),
    "Other policies": ("owner", "require_sse_kms", "service_pull"),
    "Output": ("part", "form", "explain", "show_values", "strict", "allow_placeholders"),
}


@click.command(
    "compose",
    cls=Command,
    groups=_GROUPS,
    epilog=examples(
        "compose request.json --part all",
        "compose template.yaml --format cloudformation",
        "compose CreateTrainingJob train.py --region us-west-2",
    ),
)
@click.argument("given", shell_complete=complete_operation, nargs=-1, metavar="[OPERATION] [PATH]...")
@request_option
@click.option(
    "--run",
    "script",
    metavar="SCRIPT",
    help="Python script, with arguments, to run with canned answers of AWS; the requests that it sends count.",
)
@code_option
@observed_option
@framework_option
@click.option("--as-role", is_flag=True, help="The script of --run runs with the role, as in a container.")
@click.option(
    "--input-format", type=click.Choice(INPUT_FORMATS), help="Format of the requests, if it is not recognized."
)
@click.option(
    "--role",
    "role",
    metavar="ID|ARN",
    shell_complete=complete_role,
    help="Role of the record, or ARN of the role whose requests count.",
)
@click.option("--each", is_flag=True, help="Print the documents of all roles that the requests pass, as one JSON.")
@click.option("--merge", is_flag=True, help="Compose one role for all requests, even if they pass several.")
@click.option("--role-name", metavar="NAME", help="Name of the role to write; default: the name in the request.")
@region_option
@settings_option
@click.option(
    "--manifest-bucket",
    "manifests",
    multiple=True,
    metavar="S3URI",
    help="Location of the objects that manifests name.",
)
@several("--addon", "addons", "ID", "Add-on to include")
@several("--no-addon", "without", "ID", "Add-on to exclude")
@generalize_option
@click.option(
    "--source-account",
    is_flag=True,
    help="Require aws:SourceAccount of services that AWS documents without a condition. Untested: a service that does "
    "not send the key cannot assume the role.",
)
@click.option(
    "--require-sse-kms", is_flag=True, help="Add a statement to bucket policies that denies uploads without SSE-KMS."
)
@click.option(
    "--service-pull",
    is_flag=True,
    help="Add a statement to repository policies for the pull by SageMaker AI itself, if a message of CreateModel "
    "requires it.",
)
@click.option("--owner", metavar="ACCOUNT", help="Print only policies of resources that this account owns or can own.")
@click.option("--scope", type=click.Choice(["scoped", "broad"]), default="scoped", show_default=True)
@click.option(
    "--part",
    type=click.Choice([*PARTS, "all", *COMPANION_PARTS]),
    help="Document to print; all is policy, trust and caller.  [default: policy, without a role caller, with --each "
    "all]",
)
@form_option(*FORMATS)
@click.option("--explain", is_flag=True, help="Show the reason of each statement on standard error.")
@click.option(
    "--show-values",
    is_flag=True,
    help="Show values of hyperparameters, environment variables, and arguments in notes and reasons.",
)
@click.option("--patch", "patch_name", metavar="FILE", help="RFC 6902 patch of your own, applied last.")
@click.option("--strict", is_flag=True, help="Exit 1 if nothing known uses a resource that a request names.")
@click.option("--allow-placeholders", is_flag=True, help="Exit 0 even if placeholders have no value.")
def command(given: tuple[str, ...], **options: Any) -> None:
    """Prints the narrowest policy for real requests.

    PATH is a file or folder. A request is the input of an API call in JSON or YAML. The command also reads AWS
    CloudTrail logs, CloudFormation templates, Terraform plans, folders of Terraform configuration, manifests of the ACK
    controller, and definitions of SageMaker pipelines. It reads notebooks, Python and shell scripts, Markdown pages
    with code blocks, and archives of code. One line shows what PATH is read as. Different inputs are composed together.

    OPERATION names the operation of an API request whose members do not show it, or of the job that runs the code of
    PATH. For other inputs, it selects the requests of this operation. Without it, code runs with the execution role of
    a notebook. Roles that the calls of the code pass get policies of their own.

    --request reads no code in a folder.

    --run runs a Python script that uses boto3 or a SageMaker Python SDK, in a process without credentials. It answers
    the requests of the script, and of the Python processes below it, and sends none. Exits 1 if some are lost. Calls of
    other services are the caller's, or with --as-role the role's.

    --code adds what your own code needs that runs with the role. The code is parsed and never run. A value that it does
    not show becomes a placeholder, whose meaning names file and line.

    The definition of a pipeline counts as its CreatePipeline request and the requests of its steps. --role pipeline
    excludes the needs of the steps.

    Each role ARN that the requests pass is its own role. Templates and commands contain all roles. For JSON, select
    one with --role, or compose one role for everything with --merge; else JSON has all of them, as with --each.

    Standard output contains only the document. Problems, notes, and placeholders without a value are on standard
    error. Exits 0 if the document is complete, 1 if a value is missing or unreadable, and 2 for wrong usage.

    Hyperparameters, environment variables, and arguments of containers can contain secrets. Notes and reasons name them
    without their values, unless you give --show-values.

    Limits: 64 MiB for an input, also when unpacked, and 100 levels of nesting. A YAML document can have 8 million
    characters and 200,000 values, and each use of an alias counts. References in a template or pipeline can create
    texts of 1 MiB each and 8 MiB in total, through about 100 other references. Equal events of logs are kept once;
    memory grows by 6 to 20 kB with each different one. For more than 100,000, use fleet, whose memory does not grow.
    """
    catalog = load_catalog()
    operation, options["paths"] = split_arguments(catalog, given)
    _check_usage({**options, "operation": operation})
    names = [*options["names"], *options["paths"]]
    if not names and not operation and options["script"] is None and options["framework"] is None:
        fail("say what to compose for: a file or folder, --run SCRIPT, --framework ID, or an operation")
    role_name = options["role_name"]
    if role_name is not None and not _ROLE_NAME.fullmatch(role_name):
        fail(f"--role-name: {quoted(role_name)} is not a valid name of a role; expected a value like MyTrainingRole")
    name = operation and find_operation(catalog, operation, is_path=True)
    choice = choice_of(catalog, options)
    if options["part"] == "caller" and not (options["each"] or options["role"]):
        choice = choice._replace(merge=True)  # who calls it all has one policy, whatever roles the calls pass
    if options["framework"] is not None:
        reading, choice = framework_reading(catalog, options["framework"], choice)
    elif options["script"] is not None:
        reading = _run(catalog, options["script"], choice, options["as_role"])
    else:
        reading = read_requests(catalog, name, options, choice) if names else session.placeholders_of(str(name))
    add_code_files(catalog, reading, options)
    result = _composed(catalog, reading, choice)
    is_bad = print_notices(result.notices)
    is_bad |= options["strict"] and any(
        item.outcome == "note" for role in result.roles for item in role.composition.account
    )
    companion = options["part"] if options["part"] in COMPANION_PARTS else None
    is_one = options["each"] or companion or options["patch_name"] or options["role_name"]
    if len(result.roles) > 1 and options["form"] == "json" and not is_one:
        options = {**options, "each": True}
        print_message(f"these requests use {len(result.roles)} roles; all are printed (--each). {_CHOICES}:")
        for line in _listed(result):
            print_message(line)
    wanted = options["part"] or ("all" if options["each"] else session.default_part(result))
    parts = tuple(part for part in PARTS if wanted in ("all", part))
    if options["explain"]:
        for line in session.explain(catalog, result, parts, companion, show_values=options["show_values"]):
            print_message(line)
    is_bad |= _print(catalog, result, parts, companion, options)
    sys.exit(int(is_bad))


def _check_usage(options: Mapping[str, Any]) -> None:
    others = ("names", "paths", "operation", "input_format")
    if options["script"] is not None and any(options[name] for name in others):
        fail("--run excludes files, --request, --input-format, and an operation; give one kind of input")
    if options["framework"] is not None and (options["script"] is not None or any(options[name] for name in others)):
        fail("--framework excludes files, --request, --input-format, --run, and an operation; give one kind of input")
    if options["as_role"] and options["script"] is None:
        fail("--as-role is for --run; give a script")
    if options["each"] and options["merge"]:
        fail("--each and --merge exclude each other; give one")
    if options["each"] and options["form"] != "json":
        fail(f"--each is for JSON; --format {options['form']} contains all roles")
    if options["part"] == "organization" and options["form"] != "json":
        fail("--part organization is a check, so it has --format json only")
    of_resources = [name for name in ("owner", "require-sse-kms", "service-pull") if options[name.replace("-", "_")]]
    if of_resources and options["part"] not in COMPANION_PARTS:
        fail(f"--{of_resources[0]} is for policies of resources; give --part companions or one of its kinds")
    if options["owner"] and not re.fullmatch("[0-9]{12}", options["owner"]):
        fail(f"--owner: {quoted(options['owner'])} is not a valid account ID; expected a value like 111122223333")
    if (part := options["part"]) in COMPANION_PARTS and (options["patch_name"] or options["role_name"]):
        fail(f"--patch and --role-name have no use with --part {part}; remove them")


def _run(catalog: Catalog, script: str, choice: Choice, as_role: bool) -> Reading:
    run = registered(EXTRAS)["run"].load()
    region = choice.values.get("Region", "") or choice.region
    try:
        captured = run(script, region=region, account=choice.values.get("Account", ""))
    except (InputError, ImportError) as error:
        fail(f"--run: {error}", 1)
    except ValueError as error:
        fail(f"--set {str(error).replace('account', 'Account', 1)}")
    reading: Reading = captured.reading(catalog, choice.values, as_role=as_role)
    return reading


def _composed(catalog: Catalog, reading: Reading, choice: Choice) -> Result:
    try:
        return session.compose_reading(catalog, reading, choice)
    except NothingToCompose as error:
        if print_notices(reading.notices):
            sys.exit(1)  # what cannot be read is the cause
        fail(str(error), 1)
    except UnknownName as error:
        if isinstance(error, UnknownPlaceholder):
            if not error.known:
                fail(f"{error}, so --manifest-bucket has no use")
            raise
        operations = sorted({request.operation for request in reading.requests})
        fail(f"{error}{suggest(error.name, error.known, f'sagemaker-roles list {operations[0]}')}")


def _print(
    catalog: Catalog,
    result: Result,
    parts: Sequence[Part],
    companion: CompanionPart | None,
    options: Mapping[str, Any],
) -> bool:
    """Print the documents, and on standard error what is open in them; whether something is wrong."""
    form, each = options["form"], options["each"]
    try:
        if companion:
            written = session.write_companions(
                catalog, result, companion, form, each=each, owner=options["owner"] or ""
            )
        else:
            patch = _patch(options["patch_name"]) if options["patch_name"] else None
            written = session.write(result, parts, form, each=each, role_name=options["role_name"] or "", patch=patch)
    except PatchError as error:
        fail(f"{options['patch_name']}: {error}", 1)
    except SeveralRoles as error:
        fail(f"{error}. {_CHOICES}{', or --each' if companion else ''}:", details=_listed(result))
    is_bad = print_notices(written.notices)
    is_bad |= _say_open(result, written.placeholders, options["allow_placeholders"])
    if companion and not written.text:
        print_notice("note", companion, "it contains no command: nothing is needed")
    for part in parts:
        if not any(getattr(role.composition, part).statements for role in result.roles):
            is_bad |= _say_empty(catalog, result, part)
    click.echo(written.text, nl=False)
    return is_bad


def _say_empty(catalog: Catalog, result: Result, part: str) -> bool:
    """Say of a part without a statement whether that is the answer; tells whether it is not."""
    if any(notice.kind == "problem" for notice in result.notices):
        return False  # a problem was reported, and nobody knows whether something is needed
    calls = [name for role in result.roles for name in role.operations if not catalog.has_record(name)]
    if part == "policy" and calls:
        message = f"it contains no statement, as {some(calls, 5)} passes no role; choose --part caller for its policy"
        print_notice("problem", part, message)
        return True
    print_notice("note", part, "it contains no statement: nothing is needed")
    return False


def _listed(result: Result) -> list[str]:
    """The roles with their operations, one a line."""
    return [
        f"  {role.chosen.arn or 'requests that pass no role'}: {', '.join(role.operations)}" for role in result.roles
    ]


def _patch(name: str) -> Any:
    values = values_in("--patch", name)
    if len(values) != 1:
        fail(f"--patch: {name} must contain one patch")
    return values[0]


def _say_open(result: Result, names: Sequence[str], is_accepted: bool) -> bool:
    """List the placeholders without a value; whether that is wrong."""
    texts = result.texts()
    for name in names:
        print_message(f"placeholder: ${{{name}}}: {texts.get(name, 'not known')}")
    if any(name in result.meanings and result.meanings[name].values_in == "manifest" for name in names):
        print_notice(
            "note", "policy", "what a manifest names is not in the request: --manifest-bucket says where it lies"
        )
    if not names or is_accepted:
        return False
    print_message(
        f"{len(names)} placeholder{'s stay' if len(names) > 1 else ' stays'} open: give --set NAME=VALUE,"
        " or --allow-placeholders to accept them"
    )
    return True
