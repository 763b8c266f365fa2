"""What the commands share that read requests: choices, values and Region, reading, and notices on standard error."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ..api import call
from ..canonical import quoted
from ..catalog import Catalog
from ..engine.compose import partition_of
from ..engine.roles import arns_of
from ..errors import AmbiguousOperation, InputError, UnknownName
from ..inputs import Notice, Reading, read_files
from ..inputs.code import code_files, named_code
from ..inputs.code.autopilot import add_foreign
from ..inputs.input_kinds import TITLES
from ..inputs.reading import add_code, documents
from ..inputs.requests.observed_calls import add_observed
from ..inputs.text.content import decoded, sources, unpacked
from ..session import Choice, framework_of
from .common import counted, fail, pairs, print_message, several

request_option = several("--request", "names", "FILE|DIR|-", "Input that shows what the role does")

region_option = click.option(
    "--region", metavar="REGION", help="Region; default: AWS_REGION, AWS_DEFAULT_REGION, or ARNs in the request."
)

code_option = click.option(
    "--code",
    "code",
    multiple=True,
    is_flag=False,
    flag_value="",
    metavar="[FILE|DIR]",
    help="Code that runs with the role: Python, notebooks, folders, or archives. It is only read. Without a value: the "
    "code that the requests name, if it is next to them. Repeatable.",
)

observed_option = several(
    "--observed",
    "observed",
    "FILE|DIR",
    "CloudTrail logs with the sessions of the role; what they called counts as the role's work",
)

framework_option = click.option(
    "--framework", metavar="ID", help="Framework whose requests and calls count, such as wandb-launch."
)

settings_option = several("--set", "settings", "NAME=VALUE", "Value for a placeholder")

generalize_option = click.option(
    "--generalize",
    type=click.IntRange(min=2),
    metavar="COUNT",
    help="Use one pattern for COUNT or more names that differ only in what changes with every run.",
)


def _address(_: click.Context, __: click.Parameter, site: str) -> str:
    if site and not site.startswith(("https://", "http://")):
        fail(f"--site: {quoted(site)} is not an address; expected one like https://docs.example.com/roles/")
    return site


site_option = click.option(
    "--site",
    metavar="ADDRESS",
    envvar="SAGEMAKER_ROLES_SITE",
    default="",
    callback=_address,
    help="Address of the site, for what names its pages; default: SAGEMAKER_ROLES_SITE.",
)


def choice_of(catalog: Catalog, options: Mapping[str, Any]) -> Choice:
    """Make the choice of a command's options, with the Region of the environment where none gives one."""
    values = settings_of(catalog, options["settings"], options["region"])
    asked = [name for kind in catalog.companions for name in kind.on_request if options.get(name.replace("-", "_"))]
    region = "" if "Region" in values else _environment(catalog)
    return call.choice_of({**options, "asked": asked, "region": region})._replace(values=values)


def settings_of(catalog: Catalog, given: Iterable[str], region: str | None = None) -> dict[str, str]:
    """The values that --set and --region give; ends the program if one cannot be right."""
    settings = pairs("--set", "NAME=VALUE", given)
    if region is not None:
        if settings.get("Region", region) != region:
            fail("--region and --set Region differ; give one")
        settings["Region"] = region
    if "Region" in settings and not _is_region(catalog, settings["Region"]):
        fail(f"{quoted(settings['Region'])} is not a valid AWS Region; expected a value like us-west-2")
    return settings


def _environment(catalog: Catalog) -> str:
    """The Region of the environment, if it holds one."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        value = os.environ.get(name, "")
        if value and _is_region(catalog, value):
            return value
        if value:
            print_notice("note", name, f"{quoted(value)} is not a valid AWS Region; it is not used")
    return ""


def _is_region(catalog: Catalog, name: str) -> bool:
    return bool(partition_of(catalog.regions, name))


def read_requests(catalog: Catalog, operation: str | None, options: Mapping[str, Any], choice: Choice) -> Reading:
    """Read the requests of --request and of paths; end the program if an input does not tell its operation.

    What paths are read as is printed on standard error.
    """
    values = {**({"Region": choice.region} if choice.region else {}), **choice.values}
    paths = options.get("paths", ())
    try:
        reading = read_files(
            catalog,
            options["names"],
            operation=operation,
            input_format=options.get("input_format"),
            values=values,
            paths=paths,
        )
    except AmbiguousOperation as error:
        fail(f"{error.position.path}: {error.message}: sagemaker-roles compose OPERATION FILE")
    if reading.foreign:
        add_foreign(catalog, reading, reading.foreign)
    if paths and reading.formats:
        _print_kinds(paths, reading)
    return reading


def _print_kinds(paths: Sequence[str], reading: Reading) -> None:
    """Print in one line what paths are read as."""
    titles = {TITLES.get(kind, kind): number for kind, number in reading.formats.items()}
    kinds = ", ".join(counted(number, title) for title, number in titles.items())
    if sum(titles.values()) == 1:
        kinds = f"{'an' if kinds[2] in 'AEIOU' else 'a'} {kinds[2:]}"
    print_notice("note", ", ".join(paths), f"read as {kinds}")


def framework_reading(catalog: Catalog, name: str, choice: Choice) -> tuple[Reading, Choice]:
    """The requests of --framework, and the choice with their add-ons; end the program if there is no such framework."""
    try:
        return framework_of(catalog, name, choice)
    except UnknownName as error:
        fail(f"--framework: {error}")


def split_arguments(catalog: Catalog, given: Sequence[str]) -> tuple[str | None, list[str]]:
    """The operation and the paths of what is given: a name that has a dot or a slash, or exists, is a path."""
    paths = [one for one in given if is_path(catalog, one)]
    others = [one for one in given if one not in paths]
    if len(others) > 1:
        fail(f"{quoted(others[1])} is not a file, and one operation is enough; give files or folders that exist")
    return (others[0] if others else None), paths


def is_path(catalog: Catalog, name: str) -> bool:
    """Whether an argument is the path of a file or folder, and not the name of an operation."""
    return name == "-" or "." in name or "/" in name or (Path(name).exists() and not catalog.named(name))


def values_in(option: str, name: str) -> list[Any]:
    """The values of one file; ends the program if it cannot be read, or is a folder of several."""
    try:
        (source, *others) = sources(name)
        values = [one.value for one in documents(name, decoded(unpacked(source), name))]
    except InputError as error:
        fail(f"{option}: {error}")
    if others:
        fail(f"{option}: {name} must be one file")
    return values


def add_code_files(catalog: Catalog, reading: Reading, options: Mapping[str, Any]) -> None:
    """Read the code of --code and the logs of --observed into a reading; end the program if there are none."""
    if options["observed"]:
        named = options["role"] or ""
        roles = [named] if named.startswith("arn:") else arns_of(catalog, reading.requests)
        if not roles:
            fail("--observed requires the role whose sessions count; give --role ARN, or a request that passes it")
        try:
            add_observed(catalog, reading, options["observed"], roles)
        except InputError as error:
            fail(f"--observed: {error}", 1)
    if not (names := options["code"]):
        return
    if "" in names:
        named = named_code(reading)
        names = [*filter(None, names), *named]
        if not names:
            print_notices(reading.notices)
            fail("--code: the requests name no code next to them; give a file or folder", 1)
    try:
        others = add_code(catalog, reading, [file for name in names for file in code_files(name)])
    except InputError as error:
        fail(f"--code: {error}", 1)
    if others:
        add_foreign(catalog, reading, others)


def print_notices(notices: Iterable[Notice]) -> bool:
    """Print notices, each once; whether one is a problem."""
    kinds = set()
    for notice in dict.fromkeys(notices):
        kinds.add(notice.kind)
        print_notice(notice.kind, notice.where, notice.message)
    return "problem" in kinds


def print_notice(kind: str, where: str, message: str) -> None:
    """Print one line on standard error."""
    print_message(f"{kind}: {where}: {message}")
