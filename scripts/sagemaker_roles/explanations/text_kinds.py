"""Tells what a text is for: requests to compose for, a role to review, or a denial; page and command share it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..catalog import Catalog
from ..errors import InputError
from ..inputs.input_kinds import is_python
from ..inputs.requests.commands import is_script
from ..inputs.roles.policy_documents import is_policy
from ..inputs.text import json_document
from .clues import UNCLEAR, read_messages

#: Members in which answers of IAM have a role, or what a role has.
_HELD = ("RoleDetailList", "AssumeRolePolicyDocument", "PolicyDocument", "PolicyVersion", "AttachedPolicies", "Role")
#: Members in which answers and events have a failure.
_FAILED = ("FailureReason", "errorCode", "errorMessage")
#: Words of a denial, and the beginning of YAML.
_DENIED = re.compile(r"not authorized|access ?denied|unauthorizedoperation|forbidden|\b403\b", re.IGNORECASE)
_YAML = re.compile(r"\s*(---|#|[A-Za-z][A-Za-z0-9]*:)\s*($|\n| \S)")
#: How much of a text is looked at for a message.
_MOST = 20_000


def kind_of(catalog: Catalog, text: str) -> str:
    """What a text is for: ``compose``, ``review``, ``denied``, or "" if nothing tells."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            documents = json_document.parse(text, "text")
        except InputError:
            if is_python(text):
                return "compose"
            is_cut = re.search('"(Not)?Action"', text) and '"Statement"' in text
            is_log = text.lstrip().startswith("[") and _is_message(catalog, text)
            return "review" if is_cut else "denied" if is_log else "compose"
        return _of_value(documents[0].value)
    if _YAML.match(text) and "\n" in text and not _DENIED.search(text[:_MOST]):
        return "compose"
    if is_script(text) and not _DENIED.search(text[:_MOST]):
        return "compose"
    if _is_message(catalog, text):
        return "denied"
    return "compose" if is_python(text) else ""


def _is_message(catalog: Catalog, text: str) -> bool:
    return bool(_DENIED.search(text[:_MOST])) or any(
        message.form != UNCLEAR for message in read_messages(catalog, text[:_MOST], "text")
    )


def _of_value(value: Any) -> str:
    first = value[0] if isinstance(value, list) and value else value
    if is_policy(first) or (
        isinstance(first, Mapping) and any(name in first for name in _HELD) and "eventName" not in first
    ):
        return "review"
    one = value.get("detail", value) if isinstance(value, Mapping) else value
    has_failed = isinstance(one, Mapping) and any(isinstance(one.get(name), str) for name in _FAILED)
    return "denied" if has_failed else "compose"
