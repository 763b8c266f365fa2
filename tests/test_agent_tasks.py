"""The plugin for coding agents: twenty tasks on the answers of the server's tools, and the layouts of marketplaces."""

from __future__ import annotations

import json
from typing import Any

import jmespath
import yaml

import agent_plugin
from sagemaker_roles.cli.main import COMMANDS
from support import ROOT
from test_serving import served

TASKS = yaml.safe_load((ROOT / "tests" / "agent" / "tasks.yaml").read_text("utf-8"))


def test_the_tasks_are_answered() -> None:
    async def ask(client: Any) -> list[Any]:
        return [await client.call_tool(one["tool"], one.get("with", {})) for one in TASKS]

    assert len(TASKS) == 20
    wrong = []
    for task, result in zip(TASKS, served(ask), strict=True):
        if "error" in task:
            is_right = result.is_error and task["error"] in result.content[0].text
        else:
            is_right = not result.is_error and jmespath.search(task["holds"], result.structured_content) is True
        if not is_right:
            wrong.append(f"{task['task']} {str(result.content)[:300]}")
    assert not wrong, "\n".join(wrong)


def test_the_layouts_start_the_server_and_have_the_skill() -> None:
    found = dict(agent_plugin.content(ROOT))
    skill = found["skills/sagemaker-roles/SKILL.md"].decode("utf-8")
    assert skill == (ROOT / "docs" / "examples" / "agent" / "SKILL.md").read_text("utf-8")
    assert all(f"`{name}`" in skill for name in ("compose", "audit", "explain", "verify"))
    assert "AmazonSageMakerFullAccess" in skill and "Never fill one with `*`" in skill
    for name in (".mcp.json", "gemini-extension.json"):
        server = json.loads(found[name])["mcpServers"]["sagemaker-roles"]
        assert server == {"command": "sagemaker-roles", "args": ["mcp"]} and server["args"][0] in COMMANDS
    plugin, market = (json.loads(found[f".claude-plugin/{name}.json"]) for name in ("plugin", "marketplace"))
    assert plugin["name"] == market["plugins"][0]["name"] and plugin["version"]
