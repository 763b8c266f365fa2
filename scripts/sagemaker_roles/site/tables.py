"""Prepares the pages that are one list each: operations, containers, role parameters, managed policies by operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..auditing.table import Coverage, table
from ..catalog import Catalog
from ..iam.evaluation import PolicyDocument, document
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
    cited = {key for item in known["operations"] for one in item["statements"] for key in one["sources"]}
    sources = published.catalog["sources"]
    return templates.page(
        "calls.md.j2",
        published=published,
        # What has no resource type comes last.
        kinds=sorted(kinds.items(), key=lambda item: (not item[0], item[0])),
        total=len(known["operations"]),
        cited=[sources[key] for key in sorted(cited)],
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


def containers(published: Published) -> str:
    """The page that lists containers, each with its keys."""
    catalog = published.catalog
    records: Mapping[str, Any] = catalog.get("containers", {})
    listed = [
        {"id": name, **record, "reads": [_read(catalog, read) for read in record["reads"]]}
        for name, record in sorted(records.items())
    ]
    cited = {key for item in listed for read in item["reads"] for entry in read["entries"] for key in entry["sources"]}
    sources = catalog["sources"]
    return templates.page(
        "containers.md.j2", containers=listed, sources=sources, cited=[sources[key] for key in sorted(cited)]
    )


def _read(catalog: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Any]:
    """What a container does because of some keys: actions, reason, evidence and sources of each set of statements."""
    entries = []
    for entry in read.get("statements", ()):
        # Statements that records share, or one of the container's own.
        statements = catalog["statements"][entry["use"]]["statements"] if "use" in entry else [entry]
        entries.append(
            {
                "actions": [action for item in statements for action in item["Action"]],
                "why": entry.get("why") or " ".join(item["why"] for item in statements),
                "evidence": ", ".join(dict.fromkeys(entry.get("evidence") or item["evidence"] for item in statements)),
                "sources": entry.get("sources") or dict.fromkeys(key for item in statements for key in item["sources"]),
            }
        )
    if "no_permission" in read:
        why = f"Nothing. {read['no_permission']}"
        entries.append({"actions": [], "why": why, "evidence": read["evidence"], "sources": read["sources"]})
    return {**read, "entries": entries}


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


def pass_role(published: Published) -> str:
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


FULL_ACCESS = "AmazonSageMakerFullAccess"
#: How many policies a row names beside it.
_BEST = 3


def managed_by_operation(published: Published) -> str:
    """What each operation's role lacks with AmazonSageMakerFullAccess, and which other policies allow most of it."""
    data = published.optional("managed-policies.json") or {"policies": [], "sources": {}}
    policies = {item["name"]: _document(item) for item in data["policies"] if _is_for_roles(item)}
    rows = []
    for operation, held in table(Catalog(published.catalog), policies) if published.catalog.get("actions") else ():
        full = next((one for one in held if one.policy == FULL_ACCESS), None)
        others = [one for one in held if one.policy != FULL_ACCESS and one.allowed]
        rows.append((operation, full, sorted(others, key=_most)[:_BEST]))
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


def _is_for_roles(item: Data) -> bool:
    return bool(item["product"] == "sagemaker-ai" and item["kind"] != "service-linked")


def _most(one: Coverage) -> tuple[int, int, str]:
    return -one.allowed, len(one.lacks), one.policy


def _document(item: Data) -> PolicyDocument:
    statements = [
        {"Effect": "Allow", **{key: value for key, value in grant.items() if key != "Sid"}}
        for service in item["services"]
        for grant in service["grants"]
    ]
    return document(item["name"], {"Version": "2012-10-17", "Statement": statements})
