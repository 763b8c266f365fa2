"""What people give that is no input: how it is recognized, what it is, and what to give in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_RUN = "run its code with `sagemaker-roles compose --run`, or give the requests that it makes"

#: Texts that are no input, as regular expressions: compiled when a text has to be told from them.
_TEXTS = (
    (r"\s*<[!?A-Za-z]", "an HTML or XML document is not read; give the JSON or YAML that it shows"),
    (
        r"(?:\s|#[^\n]*\n)*(?:import\s+[\w.]+[ \t]*(?:$|[\n,]|as\b)|from\s+[\w.]+\s+import\b"
        r"|def\s+\w+\(|@\w+|class\s+\w+[(:])",
        f"Python code is not read; {_RUN}",
    ),
    (
        r"(?:\s|//[^\n]*\n)*(?:import\s[^\n]*\bfrom\s*[\"']|(?:const|let|var)\s[^\n]*=|export\s)",
        "JavaScript and TypeScript code is not read; give the template that it makes, as `cdk synth` prints it",
    ),
    (
        r"\"?[A-Za-z][\w .-]*\"?(?:[,;\t]\"?[A-Za-z][\w .-]*\"?)+\r?(?:\n|$)",
        "a table (CSV) is not read; give the events or requests as JSON",
    ),
    (
        r"[^{}\[\]]*(?:is not authorized to perform|An error occurred \(|AccessDenied|ValidationException)",
        "a message is not a request; give the request of the call that it is about, or the call's CloudTrail event",
    ),
)


def text_is(text: str) -> str:
    """What a text is and what to give in its place; "" if it may be an input."""
    head = text[:4000]
    return next((message for pattern, message in _TEXTS if re.match(pattern, head)), "")


def value_is(value: Any) -> str:
    """What a value is and what to give in its place; "" if it may be an input."""
    if isinstance(value, list) and value and all(map(_is_statement, value)):
        return _POLICY
    if not isinstance(value, Mapping):
        return ""
    if isinstance(value.get("cells"), list) and "nbformat" in value:
        return f"a notebook is not read; {_RUN}"
    if _shows_roles(value):
        return (
            "an answer of IAM about roles is not a request; give it to `sagemaker-roles audit` with --account-details"
        )
    statements = value.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if isinstance(statements, list) and (not statements or any(map(_is_statement, statements))):
        return _POLICY
    inner = value.get("PolicyDocument") or value.get("AssumeRolePolicyDocument")
    return _POLICY if len(value) <= 4 and isinstance(inner, Mapping) and "Statement" in inner else ""


def _shows_roles(value: Mapping[str, Any]) -> bool:
    """Whether a value is an answer of get-account-authorization-details, get-role, list-roles, or the like."""
    if any(isinstance(value.get(key), list) for key in ("RoleDetailList", "UserDetailList", "GroupDetailList")):
        return True
    roles = value.get("Roles")
    several = [value.get("Role"), *(roles if isinstance(roles, list) else ())]
    return any(isinstance(one, Mapping) and "AssumeRolePolicyDocument" in one for one in several)


_POLICY = "an IAM policy is not a request; give what the role is to do, such as the API request or its CloudTrail event"


def _is_statement(value: Any) -> bool:
    return isinstance(value, Mapping) and "Effect" in value and ("Action" in value or "NotAction" in value)
