"""Writes Terraform configuration (HCL) with the role, its policies and the callers' policy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .forms import Role, own_names, pieces

_GLOBAL = {
    "Partition": ("aws_partition", "partition"),
    "Region": ("aws_region", "id"),
    "Account": ("aws_caller_identity", "account_id"),
}

#: Names that Terraform keeps for itself where variables of a module are set.
_RESERVED = frozenset({"count", "depends_on", "for_each", "lifecycle", "locals", "providers", "source", "version"})


def text(role: Role) -> str:
    """The configuration: placeholders are variables; partition, Region and account come from the provider."""
    names = role.placeholders()
    blocks = [f'data "{_GLOBAL[name][0]}" "current" {{}}' for name in _GLOBAL if name in names]
    for name in own_names(names):
        lines = ["  type        = string"]
        if meaning := role.meanings.get(name):
            lines.append(f"  description = {_quoted(meaning)}")
        blocks.append("\n".join([f'variable "{_variable(name)}" {{', *lines, "}"]))
    if role.trust is not None:
        lines = ["", f"  name               = {_quoted(role.name)}"]
        if role.path != "/":
            lines.append(f"  path               = {_quoted(role.path)}")
        lines.append(f"  assume_role_policy = jsonencode({_value(role.trust, 1)})")
        blocks.append('resource "aws_iam_role" "this" {' + "\n".join(lines) + "\n}")
    if role.policies is not None:
        if len(role.policies) == 1:
            blocks.append(
                'resource "aws_iam_role_policy" "permissions" {\n'
                '  name   = "permissions"\n'
                "  role   = aws_iam_role.this.id\n"
                f"  policy = jsonencode({_value(role.policies[0], 1)})\n}}"
            )
        else:
            for number, policy in enumerate(role.policies, 1):
                blocks += _managed(f"permissions_{number}", f"{role.name}-{number}", policy)
                blocks.append(
                    f'resource "aws_iam_role_policy_attachment" "permissions_{number}" {{\n'
                    "  role       = aws_iam_role.this.name\n"
                    f"  policy_arn = aws_iam_policy.permissions_{number}.arn\n}}"
                )
    caller: Sequence[Mapping[str, Any]] = role.caller or ()
    for number, policy in enumerate(caller, 1):
        suffix = f"-{number}" if len(caller) > 1 else ""
        blocks += _managed("caller" + suffix.replace("-", "_"), f"{role.name}-caller{suffix}", policy)
    return "\n\n".join(blocks) + "\n"


def _managed(label: str, name: str, policy: Mapping[str, Any]) -> list[str]:
    return [
        f'resource "aws_iam_policy" "{label}" {{\n'
        f"  name   = {_quoted(name)}\n"
        f"  policy = jsonencode({_value(policy, 1)})\n}}"
    ]


def _variable(name: str) -> str:
    """A placeholder's name as Terraform writes variables: ``InputS3Bucket`` is ``input_s3_bucket``."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)).lower()
    return f"{text}_value" if text in _RESERVED else text


def _value(value: Any, depth: int) -> str:
    """A JSON value as an HCL expression."""
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, Mapping):
        lines = [f"{inner}{_quoted(key)} = {_value(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + "\n".join(lines) + f"\n{outer}}}" if lines else "{}"
    if isinstance(value, (list, tuple)):
        items = [_value(item, depth + 1) for item in value]
        if len(items) == 1 and "\n" not in items[0]:
            return f"[{items[0]}]"
        return "[\n" + "".join(f"{inner}{item},\n" for item in items) + f"{outer}]" if items else "[]"
    if isinstance(value, str):
        return _quoted(value, True)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


#: What opens a template: the last sign of a run is doubled, and the others are written as templates of their own.
_OPENING = re.compile(r"([$%])\1*\{")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _quoted(value: str, with_placeholders: bool = False) -> str:
    """A text as an HCL string; its placeholders become references if wanted, all else stays as it is."""
    out = ""
    for kind, part in pieces(value):
        if kind == "name" and with_placeholders:
            source = _GLOBAL.get(part)
            # "$" before a reference would make it plain text.
            bare = out.rstrip("$")
            out = bare + '${"$"}' * (len(out) - len(bare))
            out += "${" + (f"data.{source[0]}.current.{source[1]}" if source else f"var.{_variable(part)}") + "}"
        else:
            out += _escaped(part if kind == "text" else "${" + part + "}")
    return f'"{out}"'


def _escaped(text: str) -> str:
    out = ""
    for character in text:
        code = ord(character)
        if character in _ESCAPES:
            out += _ESCAPES[character]
        elif code < 0x20 or 0x7F <= code <= 0xFFFF:
            out += f"\\u{code:04x}"
        else:
            out += character if code < 0x7F else f"\\U{code:08x}"
    return _OPENING.sub(lambda run: f'${{"{run[1]}"}}' * (len(run[0]) - 2) + run[1] * 2 + "{", out)
