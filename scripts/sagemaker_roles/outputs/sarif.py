"""Write what an audit finds as SARIF 2.1.0, for tools that show findings at their place in files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from .audit_text import use

#: The rules: kind of a finding to its name, what it means, and how serious it is.
RULES = {
    "missing": ("MissingPermission", "A call that the role's work makes is denied.", "error"),
    "depends": ("UnknownPermission", "Whether a call that the role's work makes is allowed is not known.", "warning"),
    "trust": ("TrustPolicy", "Someone can assume the role who need not, or nothing ties a service to it.", "warning"),
    "excess": ("ExcessPermission", "The role allows more than its work needs.", "note"),
    "escalation": ("PrivilegeEscalation", "Anyone who can use the role can gain permissions with it.", "note"),
    "unused": ("UnusedStatement", "No session of the role used the statement in the days of the log.", "note"),
}


def sarif(report: Mapping[str, Any], version: str, site: str = "") -> dict[str, Any]:
    """A SARIF log with one run; its rules point to the site if its address is known."""
    rules = [
        {
            "id": kind,
            "name": name,
            "shortDescription": {"text": text},
            "defaultConfiguration": {"level": level},
            **({"helpUri": address(site, kind)} if site and kind in KINDS else {}),
        }
        for kind, (name, text, level) in RULES.items()
    ]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "sagemaker-roles", "version": version, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": [one for role in report["roles"] for one in results(role)],
            }
        ],
    }


def results(role: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The results of one role."""
    for number, kind in enumerate(RULES):
        for finding in role[kind] if kind != "unused" else _unused(role):
            yield _result(role, kind, number, finding)


def _unused(role: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Statements that no session used in the days of a log, as findings."""
    found = role.get("observed", {"statements": []})
    for one in found["statements"]:
        if one["status"] == "not seen":
            path, why = f"{one['document']} {one['statement']}", f"{one['statement']}: {use(found, one)}"
            yield {**one, "path": path, "why": why}


def _result(role: Mapping[str, Any], kind: str, number: int, finding: Mapping[str, Any]) -> dict[str, Any]:
    what = " on ".join(finding[name] for name in ("action", "resource") if finding.get(name))
    name = role["role"] or "The role"
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}]}
    place = finding.get("place") or role.get("place")
    places = [{"physicalLocation": _physical(place)}] if place else []
    # What the code needs is shown beside the code, where a pull request changes it.
    code = [one for text in finding.get("code", ()) if (one := _of_code(text))]
    if code:
        places = [*({"physicalLocation": _physical(one)} for one in code[1:]), *places]
        place = code[0]
    if place:
        location["physicalLocation"] = _physical(place)
    told = [name, kind, *(str(finding.get(key, "")) for key in ("action", "resource", "layer", "principal", "path"))]
    fingerprint = sha256("\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    related = [{"id": at, **one} for at, one in enumerate(places, 1)] if code else []
    return {
        "ruleId": kind,
        "ruleIndex": number,
        "level": RULES[kind][2],
        "message": {"text": f"{name}: {what}: {finding['why']}" if what else f"{name}: {finding['why']}"},
        "locations": [location],
        **({"relatedLocations": related} if related else {}),
        **({"properties": {"help": finding["help"]}} if "help" in finding else {}),
        "partialFingerprints": {"finding/v1": fingerprint},
    }


def _physical(place: Mapping[str, Any]) -> dict[str, Any]:
    # A file's name is a URI reference (SARIF 2.1.0, section 3.4.3).
    uri = quote(place["file"].replace("\\", "/"), safe="/", errors="surrogateescape")
    return {
        "artifactLocation": {"uri": uri},
        "region": {"startLine": place["line"], "startColumn": place["column"]},
    }


def _of_code(text: str) -> dict[str, Any] | None:
    """The place of a line of code; a cell of a notebook is the notebook's beginning."""
    name, _, line = text.rpartition(":")
    file, is_cell, _ = name.partition(" cell ")
    return {"file": file, "line": 1 if is_cell else int(line), "column": 1} if line.isdigit() else None


# --- where the site explains a finding --------------------------------------------------------------------------------

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
