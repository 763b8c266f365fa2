"""What several commands share: clear endings, hints, problems as they are printed, and the catalog."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn, Self, TypeVar

import click

from ..canonical import quoted, visible
from ..catalog import Catalog
from ..errors import Failure, InputError, InvalidValue, NothingToCompose, UnknownName, Unwritable, meant
from ..files.ownership import RefusedError
from .completion import complete_addon

F = TypeVar("F", bound=Callable[..., Any])

#: How many names a message gives at most.
_NAMED = 5
#: Colors of what a line on standard error begins with.
_COLORS = {"sagemaker-roles": "red", "problem": "red", "placeholder": "yellow", "note": "cyan", "command": "green"}


class Command(click.Command):
    """A command that ends with one clear line for what a person can get wrong, whatever part of it finds that out."""

    def __init__(self, *args: Any, groups: Mapping[str, Sequence[str]] = MappingProxyType({}), **options: Any) -> None:
        """A command of click.

        Args:
            groups: titles of the groups of its options in the help, each with the names of some; the rest come last.
        """
        super().__init__(*args, **options)
        self.groups = groups

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, in their groups."""
        if not self.groups:
            super().format_options(ctx, formatter)
            return
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        rows = {param.name: row for param in options if (row := param.get_help_record(ctx))}
        for title, names in {**self.groups, "Other options": [*rows]}.items():
            if some := [rows.pop(name) for name in names if name in rows]:
                with formatter.section(title):
                    formatter.write_dl(some)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (LookupError, RuntimeError, ValueError) as error:
            self.end(error, ctx)
            raise

    def end(self, error: Exception, ctx: click.Context) -> None:
        """End the program for an error that a person can cause; return for any other."""
        _end(error)


def _end(error: Exception) -> None:
    """End the program for an exception that says what is wrong with what a person gave; return for any other."""
    if isinstance(error, UnknownName):
        fail(f"{error}{suggest(error.name, error.known)}")
    for kind, before in ((InvalidValue, "--set "), (RefusedError, "cannot write "), (InputError, "")):
        if isinstance(error, kind):
            fail(f"{before}{error}")
    if isinstance(error, (Failure, NothingToCompose, Unwritable)):
        fail(str(error), 1)


def pairs(option: str, form: str, given: Iterable[str]) -> dict[str, str]:
    """What an option that is given as NAME=VALUE says, by name."""
    found = {}
    for item in given:
        name, sign, value = item.partition("=")
        if not (name and sign):
            fail(f"{option} needs {form}, not {quoted(item)}")
        found[name] = value
    return found


class _Given(click.ParamType):  # type: ignore[type-arg]
    """A text that is not empty, as a variable of a shell can be."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text; ends the program if it is empty."""
        if not value.strip() and param:
            name = param.opts[0] if param.opts[0].startswith("-") else param.opts[0].upper()
            fail(f"{name} is empty; give a value, or leave it out")
        return value


GIVEN = _Given()


def examples(*lines: str) -> str:
    """Examples as the end of a command's help, one a line."""
    return "\b\nExamples:\n" + "\n".join(f"  sagemaker-roles {line}" for line in lines)


def several(option: str, name: str, metavar: str, text: str) -> Callable[[F], F]:
    """An option that can be repeated, which its help says."""
    complete = complete_addon if metavar == "ID" else None
    text = f"{text}; repeatable."
    return click.option(option, name, multiple=True, metavar=metavar, type=GIVEN, shell_complete=complete, help=text)


def form_option(*forms: str) -> Callable[[F], F]:
    """The option of the form in which a command prints; the first is the default."""
    return click.option("--format", "form", type=click.Choice(forms), default=forms[0], show_default=True)


def is_terminal() -> bool:
    """Whether a person sees standard error."""
    return sys.stderr is not None and sys.stderr.isatty()


def print_message(line: str) -> None:
    """Print a line on standard error; a terminal gets it in color, unless NO_COLOR is set, and within its width."""
    line = visible(line)
    if is_terminal():
        width = shutil.get_terminal_size().columns
        line = textwrap.fill(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        head, colon, rest = line.partition(":")
        if head in _COLORS and not os.environ.get("NO_COLOR"):
            line = click.style(f"{head}{colon}", fg=_COLORS[head], bold=True) + rest
    click.echo(line, err=True)


class Line:
    """The line of progress on standard error: on a terminal only, after a second, and ten times a second at most.

    As a context it ends with the block, before the message of an error in it is printed.
    """

    def __init__(self) -> None:
        self.begin = time.monotonic()
        self._next = self.begin + 1 if is_terminal() else float("inf")
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def show(self, text: str) -> None:
        """Show how far the command is."""
        if (now := time.monotonic()) < self._next:
            return
        self._next, self._is_open = now + 0.1, True
        click.echo(f"\r\x1b[K{visible(text)[: shutil.get_terminal_size().columns - 1]}", nl=False, err=True)

    def end(self) -> None:
        """Remove the line, before anything else is printed."""
        if self._is_open:
            click.echo("\r\x1b[K", nl=False, err=True)
        self._is_open = False


def fail(message: str, code: int = 2, details: Iterable[str] = ()) -> NoReturn:
    """End the program with a message on standard error; nothing in it moves the cursor or hides a part."""
    for line in (f"sagemaker-roles: {message}", *details):
        print_message(line)
    sys.exit(code)


def suggest(name: str, known: Sequence[str], listing: str = "") -> str:
    """A hint which of the known names was probably meant.

    Args:
        listing: the command that lists all of them. With it, some are named where none is close.
    """
    if close := meant(name, known):
        return f"; did you mean {quoted(close)}?"
    if not known or not listing:
        return ""
    if len(known) > _NAMED:
        return f"; known are {', '.join(known[:_NAMED])}, and {len(known) - _NAMED} more ({listing})"
    return f"; known {'is' if len(known) == 1 else 'are'} {', '.join(known)}"


def load_catalog() -> Catalog:
    """The catalog of the installed package, or of the checkout the package runs from."""
    try:
        catalog = Catalog.load()
    except FileNotFoundError:
        fail("the catalog is missing; run `make build` first", 1)
    except OSError as error:
        fail(f"the catalog cannot be read: {error}; run `make build` again", 1)
    return catalog


def moved(catalog: Catalog, *names: str) -> str:
    """What became of an id that a release had (operation, role, add-on), as a sentence; "" if nothing is known."""
    wanted = "/".join(names).lower()
    for name, item in catalog.moved.items():
        if name.lower() == wanted:
            return f"{name} is {'now ' + item['to'] if item['to'] else 'gone'}: {item['why']}"
    return ""


def find_operation(catalog: Catalog, name: str, *, is_path: bool = False) -> str:
    """The operation of that name in any spelling; ends the program with a hint if there is none.

    Args:
        is_path: whether the name of a file or folder could be in its place.
    """
    if known := catalog.named(name):
        if others := catalog.others_named(known) if ":" not in name else ():
            print_message(f"note: {name}: taken as {catalog.service_of(known)}:{known}; others are {', '.join(others)}")
        return known
    if message := moved(catalog, name):
        fail(message)
    every = [*catalog.operations, *catalog.calls]
    no_file = ", and there is no such file or folder" if is_path else ""
    fail(f"unknown operation {quoted(name)}{no_file}{suggest(name, every, 'sagemaker-roles list')}")


def counted(number: int, thing: str) -> str:
    """A number with what is counted, in the plural if need be."""
    return f"{number} {thing}{'s' * (number != 1)}"
