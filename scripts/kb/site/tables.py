"""Prepares the pages that are one list each: operations, containers, role parameters, managed policies by operation."""

from __future__ import annotations

from typing import Any

from sagemaker_roles.audits.coverage_table import table
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.iam.evaluation import PolicyDocument, document

from . import templates
from .published import Data, Published, cited

#: Most actions of an add-on that are shown by name.
_SHOWN = 3


def calls(published: Published) -> str:
    """The page; empty tables if this version has no such file."""
    known = published.optional("operations.json") or {"services": [], "operations": []}
    kinds: dict[str, list[dict[str, Any]]] = {}
    for item in known["operations"]:
        kinds.setdefault(item["kind"], []).append({**item, "resources": _resources_of(item), "needs": _more(item)})
    keys = {key for item in known["operations"] for one in item["statements"] for key in one["sources"]}
    sources = published.catalog["sources"]
    return templates.page(
        "calls.md.j2",
        published=published,
        # What has no resource type comes last.
        kinds=sorted(kinds.items(), key=lambda item: (not item[0], item[0])),
        total=len(known["operations"]),
        cited=[sources[key] for key in sorted(keys)],
    )


def _resources_of(item: dict[str, Any]) -> list[str]:
    always = [one["statement"]["Resource"][0] for one in item["statements"] if _is_the_call(item, one)]
    prefix = item["statements"][0]["statement"]["Action"][0].partition(":")[0]
    return [one.removeprefix(f"arn:${{Partition}}:{prefix}:${{Region}}:${{Account}}:") for one in always]


def _is_the_call(item: dict[str, Any], one: dict[str, Any]) -> bool:
    """Whether a statement is of the call itself, and not of what else its caller needs."""
    return not one["addon"] and one["statement"]["Action"] == item["statements"][0]["statement"]["Action"]


def _more(item: dict[str, Any]) -> list[str]:
    """What else the caller needs: actions, with the member or the add-on that calls for them."""
    needs: dict[str, list[str]] = {}
    for one in item["statements"]:
        if not _is_the_call(item, one):
            needs.setdefault(one["when"] or one["addon"], []).extend(one["statement"]["Action"])
    return [
        text
        for when, actions in needs.items()
        for text in (
            [f"{when}: {len(actions)} actions"]
            if when and len(actions) > _SHOWN
            else [f"{action}: {when}" if when else action for action in actions]
        )
    ]


def passed_services(record: Data | None) -> list[str]:
    """Services an operation's caller may pass a role to, out of its iam:PassRole statements; none without a record."""
    caller = record and record["caller"]
    if not caller:
        return []
    statements = [item["statement"] for holder in [caller, *caller["addons"]] for item in holder["statements"]]
    return sorted(
        {
            value
            for statement in statements
            if "iam:PassRole" in statement["Action"]
            for keys in statement.get("Condition", {}).values()
            for value in keys.get("iam:PassedToService", ())
        }
    )


FULL_ACCESS = "AmazonSageMakerFullAccess"
#: How many policies a row names beside it.
_BEST = 3


def managed_by_operation(published: Published) -> str:
    """What each operation's role lacks with AmazonSageMakerFullAccess, and which other policies allow most of it."""
    data = published.optional("managed-policies.json") or {"policies": [], "sources": {}}
    policies = {
        item["name"]: _document(item)
        for item in data["policies"]
        if item["product"] == "sagemaker-ai" and item["kind"] != "service-linked"
    }
    rows = []
    for operation, held in table(Catalog(published.catalog), policies) if published.catalog.get("actions") else ():
        full = next((one for one in held if one.policy == FULL_ACCESS), None)
        others = [one for one in held if one.policy != FULL_ACCESS and one.allowed]
        best = sorted(others, key=lambda one: (-one.allowed, len(one.lacks), one.policy))
        rows.append((operation, full, best[:_BEST]))
    enough = sum(full is not None and full.allowed == full.calls for _, full, _ in rows)
    used = [item for item in data["policies"] if item["name"] == FULL_ACCESS]
    return templates.page(
        "audited.md.j2",
        rows=rows,
        number=len(policies),
        enough=enough,
        full_access=FULL_ACCESS,
        published=published,
        cited=cited(data["sources"], used),
    )


def _document(item: Data) -> PolicyDocument:
    statements = [
        {"Effect": "Allow", **{key: value for key, value in grant.items() if key != "Sid"}}
        for service in item["services"]
        for grant in service["grants"]
    ]
    return document(item["name"], {"Version": "2012-10-17", "Statement": statements})
