"""The command `explain`: what an error message means, and the statement to add."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from ..audits.denied_calls import against_requests, against_role
from ..canonical import canonical, visible
from ..catalog import Catalog
from ..errors import InputError, NothingToCompose
from ..explanations.causes import Cause
from ..explanations.explanation import explain_message
from ..explanations.rendering import to_json, to_text
from ..iam.layers import Layers
from ..iam.statements import PolicyError
from ..inputs import Reading
from ..inputs.text.content import Source, decoded, sources, unpacked
from ..session import Choice, placeholders_of
from .audit import given_roles
from .common import GIVEN, Command, examples, fail, find_operation, form_option, load_catalog, several
from .input_options import print_notices, read_requests, site_option


@click.command(
    "explain",
    cls=Command,
    short_help="Explains an AccessDenied message or a failed job.",
    epilog=examples('explain "AccessDenied ... kms:GenerateDataKey"', "explain message.txt --request request.json"),
)
@click.argument("message", nargs=-1, metavar="[MESSAGE|FILE|-]...")
@click.option("--operation", metavar="NAME", help="Operation that failed, if you know it.")
@several("--request", "names", "FILE|DIR|-", "Request that failed, as for compose")
@several("--policy", "policies", "FILE", "Policy of the role")
@several("--managed", "managed", "NAME|ARN", "AWS managed policy of the role")
@several("--account-details", "details", "FILE", "Input with the roles, as for audit")
@click.option("--boundary", metavar="FILE", type=GIVEN, help="Permissions boundary of the role.")
@form_option("text", "json")
@site_option
def command(message: tuple[str, ...], operation: str | None, form: str, site: str, **options: Any) -> None:
    """Explains an error: what was denied, to whom, by which layer, and the statement to add.

    MESSAGE is the text of an error, the name of a file, or - for standard input, which is also read without MESSAGE.
    A file can be a log, a CloudTrail event or log file, or the JSON answer of a Describe... operation of a job.

    With the request, the explanation names the member that requires the call. With the role, it names the statements
    that fall short, and by what.

    Exits 0 if there is a clue in it, 1 if there is none, 2 for wrong usage. Nothing is sent anywhere.
    """
    catalog = load_catalog()
    name = find_operation(catalog, operation) if operation is not None else ""
    text, called = _text(message)
    explanation = explain_message(catalog, text, operation=name, name=called)
    causes = _held_against(catalog, explanation.causes, name, options)
    if form == "json":
        click.echo(canonical(to_json(causes, explanation.look)), nl=False)
    else:
        for line in to_text(catalog, causes, explanation.look, site):
            click.echo(visible(line))
    if not explanation.is_known:
        sys.exit(1)


def _held_against(
    catalog: Catalog, causes: Sequence[Cause], operation: str, options: Mapping[str, Any]
) -> Sequence[Cause]:
    """The causes, held against the requests and the role that are given."""
    reading = placeholders_of(operation) if operation else Reading()
    if options["names"]:
        reading = read_requests(catalog, operation or None, options, Choice())
        is_bad = print_notices(reading.notices)
        try:
            causes = against_requests(catalog, causes, reading)
        except NothingToCompose as error:
            if is_bad:
                sys.exit(1)  # what cannot be read is the cause
            fail(f"--request: {error}", 1)
    if options["policies"] or options["managed"] or options["details"]:
        roles, notices = given_roles(catalog, reading, Choice(), {"trust": None, "role": None, **options})
        if print_notices(notices) and not roles:
            sys.exit(1)
        try:
            causes = against_role(causes, roles, Layers())
        except PolicyError as error:
            fail("a policy of the role is not valid:", 1, [f"  {fault}" for fault in error.faults])
    return causes


def _text(message: tuple[str, ...]) -> tuple[str, str]:
    """The text to explain, and what errors call it."""
    if not message and sys.stdin is not None and sys.stdin.isatty():
        fail("say what to explain: a message, a file, or - for standard input")
    given = message or ("-",)
    if len(given) == 1 and (given[0] == "-" or os.path.isfile(given[0])):  # False for what is no name at all
        (source,) = sources(given[0])
        if not isinstance(source, Source) or not source.raw.strip():
            fail(f"{given[0]}: empty; give a file or text with an error message")
        raw = unpacked(source)
        try:
            return decoded(raw, source.name), source.name
        except InputError:  # a log can hold a few bytes of anything; the message in it can still be read
            return raw.decode("utf-8", "replace"), source.name
    text = " ".join(given)
    if not text.strip():
        fail("the message is empty; give its text, a file, or - for standard input")
    return text, "message"
