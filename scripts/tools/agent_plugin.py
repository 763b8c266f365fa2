"""Makes the plugin for coding agents: the skill and the start of the server, in the layouts of marketplaces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from npm_package import semver
from sagemaker_roles.version import checkout_version

#: How the server starts where the package is installed. The one-line start from an index, uvx --from
#: sagemaker-roles[mcp] sagemaker-roles mcp, comes with the name there: no text may point to a name that is not ours.
_SERVER = {"mcpServers": {"sagemaker-roles": {"command": "sagemaker-roles", "args": ["mcp"]}}}
_ABOUT = "Writes, reviews, and repairs IAM roles for Amazon SageMaker AI."


def content(root: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the plugin."""
    plugin = {"name": "sagemaker-roles", "version": semver(checkout_version(root)), "description": _ABOUT}
    market = {
        "name": "sagemaker-roles",
        "owner": {"name": "sagemaker-roles"},
        "plugins": [{"name": "sagemaker-roles", "source": "./", "description": _ABOUT}],
    }
    skill = (root / "docs" / "examples" / "agent" / "SKILL.md").read_bytes()
    made = {
        ".claude-plugin/plugin.json": {**plugin, "license": "Apache-2.0"},
        ".claude-plugin/marketplace.json": market,
        ".mcp.json": _SERVER,
        "gemini-extension.json": {**plugin, **_SERVER, "contextFileName": "skills/sagemaker-roles/SKILL.md"},
    }
    for name, value in made.items():
        yield name, json.dumps(value, indent=2).encode("ascii") + b"\n"
    yield "skills/sagemaker-roles/SKILL.md", skill
    yield "LICENSE", (root / "LICENSE").read_bytes()
