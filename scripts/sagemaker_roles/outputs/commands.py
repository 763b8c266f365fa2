"""Writes the AWS CLI commands that create the role, its policies and the callers' policy."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from .forms import Role


def text(*roles: Role) -> str:
    """The commands, one a line or two, for a POSIX shell; every argument is quoted so that the shell takes it as is."""
    return "".join(f"{line}\n" for role in roles for line in _lines(role))


def _lines(role: Role) -> list[str]:
    lines: list[str] = []
    if role.trust is not None:
        path = ["--path", role.path] if role.path != "/" else []
        lines.append(
            _command("create-role", *path, "--role-name", role.name, "--assume-role-policy-document", role.trust)
        )
    if role.policies is not None and len(role.policies) == 1:
        lines.append(
            _command(
                "put-role-policy",
                "--role-name",
                role.name,
                "--policy-name",
                "permissions",
                "--policy-document",
                role.policies[0],
            )
        )
    elif role.policies is not None:
        for number, policy in enumerate(role.policies, 1):
            created = _command("create-policy", "--policy-name", f"{role.name}-{number}", "--policy-document", policy)
            lines.append(
                f"aws iam attach-role-policy --role-name {shlex.quote(role.name)}"
                f' --policy-arn "$({created} --query Policy.Arn --output text)"'
            )
    caller: Sequence[Mapping[str, Any]] = role.caller or ()
    for number, policy in enumerate(caller, 1):
        suffix = f"-{number}" if len(caller) > 1 else ""
        lines.append(
            _command("create-policy", "--policy-name", f"{role.name}-caller{suffix}", "--policy-document", policy)
        )
    return lines


def _command(*arguments: Any) -> str:
    texts = [item if isinstance(item, str) else json.dumps(item) for item in arguments]
    return " ".join(["aws", "iam", *map(shlex.quote, texts)])
