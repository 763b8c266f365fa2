"""How the browser of the tests is started."""

from __future__ import annotations

import os

#: Without a sandbox, which containers do not allow, and without anything that asks another host.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str:
    """Debian's Chromium, or the one that the environment names."""
    return os.environ.get("CHROMIUM", "/usr/bin/chromium")
