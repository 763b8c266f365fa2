"""The command line: the group of commands, each loaded when it is asked for. Exit codes: 0 ok, 1 problems, 2 usage."""

from __future__ import annotations

import io
import os
import signal
import sys
from importlib import import_module

import click

from ..catalog import CatalogError
from .common import fail

#: Commands by those whom they are for, in the order of the help; each is the ``command`` of the module of its name.
GROUPS = {
    "Commands": ("compose", "explain", "audit", "show", "list", "fleet", "verify", "attest", "diff", "mcp"),
    "Commands for contributors": ("new", "check", "fix", "build", "drift", "release"),
}
COMMANDS = tuple(name for names in GROUPS.values() for name in names)


class _Commands(click.Group):
    """The commands, loaded one by one, as `show` has to be quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f".{cmd_name}", __package__).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the arguments; without one, what a file, a message, or an operation is for."""
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            from .guess import guessed

            args = guessed(ctx, args, COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands in their groups."""
        for title, names in GROUPS.items():
            with formatter.section(title):
                commands = ((name, self.get_command(ctx, name)) for name in names)
                formatter.write_dl([(name, one.get_short_help_str(200)) for name, one in commands if one])


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from ..version import package_version

        click.echo(f"sagemaker-roles, version {package_version()}")
        context.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="COMMAND|FILE|MESSAGE|OPERATION [ARGUMENTS]...",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version.",
)
def cli() -> None:
    """Shows, composes, and builds the IAM policies that Amazon SageMaker AI operations need.

    Without a command, a file, a message, a request, or an operation decides what runs. Standard error names the
    command.

    \b
    Examples:
      sagemaker-roles request.json             # The policy that it needs.
      sagemaker-roles "... is not authorized"  # The statement that cures it.
      sagemaker-roles role.json request.json   # What the role lacks for it.
      sagemaker-roles CreateTrainingJob        # The policy of the operation.
    """  # noqa: D301 - the mark of click that keeps lines


def main() -> None:
    """Runs the command line and turns what a user can cause into one clear line."""
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
        from ..iam.patterns import TooComplex

        if not isinstance(error, TooComplex):
            raise
        fail(str(error), 1)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer cannot be written either
        fail(f"{error.filename}: {error.strerror}" if error.filename else f"cannot write: {error.strerror}", 1)
