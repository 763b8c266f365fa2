"""The command line: the group of commands, each loaded when it is asked for. Exit codes: 0 ok, 1 problems, 2 usage."""

from __future__ import annotations

import io
import os
import signal
import sys

import click

from .. import registry
from ..canonical import quoted
from ..catalog import CatalogError
from ..iam.patterns import TooComplex
from ..registry import is_installed, registered
from ..version import package_version
from .common import fail

#: How the names of the modules of this package begin.
_PACKAGE = f"{__name__.partition('.')[0]}."

#: Those that the help lists first, in this order; the others follow by name.
_FIRST = ("compose", "explain", "audit", "show", "list")

#: The commands that this installation has, and those that only a clone of the project has.
COMMANDS = {name: point for name, point in registered(registry.COMMANDS).items() if is_installed(point)}
ABSENT = frozenset(registered(registry.COMMANDS)) - COMMANDS.keys()


class _Commands(click.Group):
    """The commands, loaded one by one, as `show` has to be quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; None if there is none."""
        point = COMMANDS.get(cmd_name)
        command: click.Command | None = point.load() if point else None
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the arguments; without one, what a file, a message, or an operation is for."""
        if args[0] in ABSENT:
            fail(f"{quoted(args[0])} needs the records; run it in a clone of the project, after `make build`")
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            from .guess import guess_command

            args = guess_command(ctx, args, tuple(COMMANDS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands in two groups: of the package, and of the records."""
        names = sorted(COMMANDS, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
        for title, is_own in (("Commands", True), ("Commands for contributors", False)):
            some = [name for name in names if COMMANDS[name].module.startswith(_PACKAGE) is is_own]
            commands = ((name, self.get_command(ctx, name)) for name in some)
            rows = [(name, one.get_short_help_str(200)) for name, one in commands if one]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="COMMAND|FILE|MESSAGE|OPERATION [ARGUMENTS]...",
)
@click.version_option(package_version(), prog_name="sagemaker-roles", help="Show the version.")
def cli() -> None:
    """Shows, composes, and builds the IAM policies that Amazon SageMaker AI operations need.

    Without a command, a file, a message, a request, or an operation decides what runs. Standard error names the
    command.

    \b
    Examples:
      sagemaker-roles request.json             # The policy that it needs.
      sagemaker-roles "... is not authorized"  # The statement that fixes it.
      sagemaker-roles role.json request.json   # What the role is missing for it.
      sagemaker-roles CreateTrainingJob        # The policy of the operation.
    """  # noqa: D301 - the mark of click that keeps lines


def main() -> None:
    """Run the command line and turn what a user can cause into one clear line."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that stops (`| head`) ends us, as any command
    if sys.stdout is None:
        fail("cannot write: standard output is closed", 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except CatalogError as error:
        fail(f"the catalog cannot be read: {error}; run `make build` again", 1)
    except RuntimeError as error:
        if not isinstance(error, TooComplex):
            raise
        fail(str(error), 1)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer cannot be written either
        fail(f"{error.filename}: {error.strerror}" if error.filename else f"cannot write: {error.strerror}", 1)
