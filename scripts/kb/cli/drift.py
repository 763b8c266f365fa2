"""The command `drift`: what changed at AWS since the records were read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sagemaker_roles.canonical import quoted
from sagemaker_roles.cli.common import examples, fail, several

from .common import Command, data_option

#: What can be compared, in this order.
_PARTS = ("packages", "sdk", "sitemap", "pages", "policies")


@click.command(
    "drift", cls=Command, short_help="Compares what was read with what AWS has now.", epilog=examples("drift")
)
@click.option("--only", "parts", multiple=True, type=click.Choice(_PARTS), help="Compare only this part; repeatable.")
@several("--host", "hosts", "HOST=ADDRESS", "Ask ADDRESS in place of https://HOST, such as a mirror")
@click.option("--interval", type=click.FloatRange(0), default=1.0, show_default=True, help="Seconds between requests.")
@click.option("--timeout", type=click.FloatRange(0.1), default=20.0, show_default=True, help="Seconds for an answer.")
@data_option
def command(parts: tuple[str, ...], hosts: tuple[str, ...], interval: float, timeout: float, data: Path) -> None:
    """Compares pages, managed policies, packages, and the roles of the SDK with what the records were read from.

    The command asks docs.aws.amazon.com, pypi.org, and raw.githubusercontent.com, and prints each address before it
    does. It changes nothing. It ends with 1 if something differs; pages that nobody has
    read are listed and do not count.
    """
    from ..aws.reference import aws_reference
    from ..drift import comparison
    from ..drift.fetch import Fetcher
    from ..records import loading

    others = {}
    for item in hosts:
        host, _, address = item.partition("=")
        others[host] = address.rstrip("/")
        if not host or not address.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            fail(f"--host: {quoted(item)} is not HOST=ADDRESS; ADDRESS begins with https://")
    records = loading.require(loading.load(data)).data
    fetcher = Fetcher(others, interval, timeout)
    wanted = parts or _PARTS
    drift = comparison.compare(records, aws_reference(), fetcher, wanted, lambda url: click.echo(url, err=True))
    click.echo(comparison.markdown(drift))
    if drift.changes() or (drift.asked and len(drift.unread) == drift.asked):
        sys.exit(1)
