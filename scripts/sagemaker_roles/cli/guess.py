"""What a call without a command means: the command that is run, guessed as the box on the site guesses."""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
from itertools import takewhile

import click

from ..canonical import quoted
from ..catalog import Catalog, CatalogError
from ..catalog.finding import found
from ..errors import InputError, meant
from ..explanations.text_kinds import kind_of
from ..inputs.code import ARCHIVES
from ..inputs.input_kinds import kind_of_input
from ..inputs.text.content import sources, unpacked
from .common import fail, print_message

#: Longest argument that is shown whole.
_SHOWN = 60


def guess_command(context: click.Context, given: list[str], commands: tuple[str, ...]) -> list[str]:
    """The command and its arguments for files, a message, a request, or operations; it is named on standard error."""
    first = given[0]
    is_text = first.lstrip()[:1] in ("{", "[") or len(first.split()) > 1 or "\n" in first
    files = [*takewhile(lambda one: one == "-" or os.path.exists(one), given)]
    try:
        catalog = Catalog.load()
    except (OSError, CatalogError):
        if files or is_text:
            raise
        catalog = None
    asked = [*takewhile(lambda one: not one.startswith("-"), given)]
    if catalog and not files and _is_found(catalog, " ".join(asked), commands):
        command = ["list", "--find", " ".join(asked), *given[len(asked) :]]
    elif catalog and (files or is_text):
        command = _of_files(catalog, files, given[len(files) :]) if files else _of_text(catalog, first, given[1:])
    else:
        names = catalog.named if catalog else lambda _: ""
        operations = [*filter(None, map(names, takewhile(lambda one: names(one), given)))]
        if not operations:
            if "." in first or "/" in first:
                fail(f"cannot find {quoted(first)}; give a file that exists")
            near = meant(first, [*commands, *(catalog.operations if catalog else ())], 0.6)
            hint = f"; did you mean {quoted(near)}?" if near else "; give a command, a file, a message, or an operation"
            context.fail(f"unknown command {quoted(first)}{hint}")
        command = ["show" if len(operations) == 1 else "list", *operations, *given[len(operations) :]]
    shown = [one if len(one) <= _SHOWN else f"{one[:_SHOWN]}..." for one in command]
    print_message(f"command: {shlex.join(['sagemaker-roles', *shown])}")
    return command


def _is_found(catalog: Catalog, text: str, commands: tuple[str, ...]) -> bool:
    """Whether a text is an action, or words that an operation or add-on has, and no message."""
    words = text.split()
    is_name = text[:1] not in "{[/." and not any(map(catalog.named, words))
    is_message = len(words) > 3 or "\n" in text or re.search("access ?denied|not authorized|unauthorized", text, re.I)
    if not is_name or is_message or (len(words) == 1 and meant(text, commands, 0.6)):
        return False
    return any(found(catalog, text, catalog.operations))


def _of_files(catalog: Catalog, files: list[str], rest: list[str]) -> list[str]:
    """The command for files: a role among them is audited, a denial explained, and requests are composed."""
    kinds: dict[str, str] = {}
    for file in files:
        is_named = os.path.isdir(file) or file.endswith((".tf", *ARCHIVES)) or kind_of_input(file, "")
        kinds[file] = "compose" if is_named else kind_of(catalog, _read(file))
        if not kinds[file]:
            fail(f"{quoted(file)} does not show what it is for; give a command, such as compose, audit, or explain")
    roles, denials = ([file for file, kind in kinds.items() if kind == wanted] for wanted in ("review", "denied"))
    denials = [] if roles else denials[:1]
    paths = [file for file in files if file not in (*roles, *denials)]
    requests = [one for file in paths for one in ("--request", file)]
    if roles:
        return ["audit", *requests, *(one for file in roles for one in ("--account-details", file)), *rest]
    return ["explain", *denials, *requests, *rest] if denials else ["compose", *paths, *rest]


def _of_text(catalog: Catalog, text: str, rest: list[str]) -> list[str]:
    """The command for a text: a request or role becomes standard input, all else is a message."""
    if kind_of(catalog, text) not in ("compose", "review"):
        return ["explain", text, *rest]
    _give_back(text.encode("utf-8", "surrogateescape"))
    return _of_files(catalog, ["-"], rest)


def _read(file: str) -> str:
    """The text of a file; standard input can be read again."""
    try:
        (source,) = sources(file)
        raw = unpacked(source)
    except InputError as error:
        fail(str(error))
    if file == "-":
        _give_back(source.raw)
    return raw.decode("utf-8", "replace")


def _give_back(raw: bytes) -> None:
    sys.stdin = io.TextIOWrapper(io.BytesIO(raw), "utf-8")
