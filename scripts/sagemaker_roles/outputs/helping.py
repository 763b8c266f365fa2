"""Where the site explains a finding of an audit: the addresses that reports of scanners point to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Kinds of findings that have a page of their own (data/site/fixes.yaml).
KINDS = ("trust", "excess", "escalation")

_WHOLE = re.compile(r"(?:[a-z0-9-]+:)?\*")


def address(site: str, page: str) -> str:
    """The address of a page; "" if the site is not known."""
    return f"{site.rstrip('/')}/fix/{page}/" if site and page else ""


def page_of(kind: str, finding: Mapping[str, Any]) -> str:
    """The page of a finding, "" for what no scanner reports."""
    action = str(finding.get("action", "")).lower()
    if kind == "excess" and _WHOLE.fullmatch(action):
        return "full-access"
    if kind == "excess" and action == "iam:passrole":
        return "pass-role"
    return kind if kind in KINDS else ""


def helped(role: Mapping[str, Any], site: str) -> Mapping[str, Any]:
    """A role of a report with ``help`` in each finding that has a page."""
    found = {kind: [{**one, "help": address(site, page_of(kind, one))} for one in role[kind]] for kind in KINDS if site}
    return {**role, **found}
