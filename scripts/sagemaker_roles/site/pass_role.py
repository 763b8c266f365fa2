"""Prepares the matrix of operations and role parameters against AWS's own lists of operations that pass a role."""

from __future__ import annotations

from . import templates
from .published import Data, Published, cited


def passed_services(record: Data) -> list[str]:
    """Services an operation's caller may pass a role to, out of its iam:PassRole statements."""
    caller = record["caller"]
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


def page(published: Published) -> str:
    """The page, from ``pass_role`` of catalog.json and the callers' statements."""
    facts: Data = published.catalog["pass_role"]
    operations = published.operations
    rows = [
        {**item, "services": passed_services(operations[item["operation"]]) if item["operation"] in operations else []}
        for item in facts["operations"]
    ]
    return templates.page(
        "pass-role.md.j2",
        published=published,
        counts=facts["counts"],
        lists=facts["lists"],
        rows=rows,
        cited=cited(published.catalog["sources"], facts["lists"]),
        botocore=published.manifest["reference"].get("botocore", ""),
    )
