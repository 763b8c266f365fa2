"""The command `mcp`: serves coding agents over standard input and output."""

from __future__ import annotations

import click

from ..version import install_command
from .common import examples, fail


@click.command(
    "mcp",
    short_help="Serves coding agents over the Model Context Protocol.",
    epilog=examples("mcp  # Configure it in your agent as the command of a server."),
)
def command() -> None:
    """Serves coding agents over standard input and output.

    The server speaks the Model Context Protocol (MCP). Its tools look up operations, compose policies, audit roles, and
    explain error messages. It reads no files and sends nothing anywhere.
    """
    try:
        from .agent_server import server
    except ModuleNotFoundError:
        fail(f"mcp needs the package mcp, which is not installed; install it with: {install_command('mcp')}", 1)
    server().run("stdio")
