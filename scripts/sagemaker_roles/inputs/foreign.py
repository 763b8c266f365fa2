"""What people give that is no input: how it is recognised, what it is, and what to give in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TEXTS = (
    (
        re.compile(
            r"(?:\s|(?:#|//)[^\n]*\n)*"
            r"(?:resource|variable|module|provider|terraform|data|locals|output|import|moved)\b[ \t\"\w-]*\{"
        ),
        "Terraform configuration (HCL) is not read; give what `terraform show -json` prints for a plan or a state",
    ),
    (
        re.compile(
            r"[^{}\[\]]*(?:is not authorized to perform|An error occurred \(|AccessDenied|ValidationException)",
        ),
        "a message is not a request; give the request of the call that it is about, or the call's CloudTrail event",
    ),
)


def text_is(text: str) -> str:
    """What a text is and what to give in its place; "" if it may be an input."""
    head = text[:4000]
    return next((message for pattern, message in _TEXTS if pattern.match(head)), "")


def value_is(value: Any) -> str:
    """What a value is and what to give in its place; "" if it may be an input."""
    if isinstance(value, list) and value and all(map(_is_statement, value)):
        return _POLICY
    if not isinstance(value, Mapping):
        return ""
    statements = value.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if isinstance(statements, list) and (not statements or any(map(_is_statement, statements))):
        return _POLICY
    inner = value.get("PolicyDocument") or value.get("AssumeRolePolicyDocument")
    return _POLICY if len(value) <= 4 and isinstance(inner, Mapping) and "Statement" in inner else ""


_POLICY = "an IAM policy is not a request; give what the role is to do, such as the API request or its CloudTrail event"


def _is_statement(value: Any) -> bool:
    return isinstance(value, Mapping) and "Effect" in value and ("Action" in value or "NotAction" in value)
