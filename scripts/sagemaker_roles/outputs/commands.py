"""Writes the AWS CLI commands that create the role, its policies and the callers' policy."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

from .forms import Role


def text(*roles: Role) -> str:
    """The commands, one a line or two, for a POSIX shell; every argument is quoted so that the shell takes it as is."""
    return "".join(f"{line}\n" for role in roles for line in _lines(role))


def _lines(role: Role) -> Iterator[str]:
    if role.trust is not None:
        path = {"path": role.path} if role.path != "/" else {}
        yield _command("create-role", **path, role_name=role.name, assume_role_policy_document=role.trust)
    policies, caller = role.policies or (), role.caller or ()
    if len(policies) == 1:
        named = {"role_name": role.name, "policy_name": "permissions"}
        yield _command("put-role-policy", **named, policy_document=policies[0])
    for number, policy in enumerate(policies if len(policies) > 1 else (), 1):
        created = _command("create-policy", policy_name=f"{role.name}-{number}", policy_document=policy)
        yield (
            f"aws iam attach-role-policy --role-name {shlex.quote(role.name)}"
            f' --policy-arn "$({created} --query Policy.Arn --output text)"'
        )
    for number, policy in enumerate(caller, 1):
        suffix = f"-{number}" if len(caller) > 1 else ""
        yield _command("create-policy", policy_name=f"{role.name}-caller{suffix}", policy_document=policy)


def _command(name: str, **options: Any) -> str:
    words = ["aws", "iam", name]
    for option, value in options.items():
        words += [f"--{option.replace('_', '-')}", value if isinstance(value, str) else json.dumps(value)]
    return shlex.join(words)
