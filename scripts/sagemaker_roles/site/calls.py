"""Prepares the page of all API operations: what the caller of each needs, by kind of resource."""

from __future__ import annotations

from typing import Any

from . import templates
from .published import Published


def page(published: Published) -> str:
    """The page; empty tables if this version has no such file."""
    known = published.optional("operations.json") or {"services": [], "operations": []}
    kinds: dict[str, list[dict[str, Any]]] = {}
    for item in known["operations"]:
        kinds.setdefault(item["kind"], []).append({**item, "resources": _resources(item), "needs": _more(item)})
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


def _resources(item: dict[str, Any]) -> list[str]:
    always = [one["statement"]["Resource"][0] for one in item["statements"] if not one["addon"]]
    prefix = item["statements"][0]["statement"]["Action"][0].partition(":")[0]
    return [one.removeprefix(f"arn:${{Partition}}:{prefix}:${{Region}}:${{Account}}:") for one in always]


def _more(item: dict[str, Any]) -> list[str]:
    needs: dict[str, None] = {}
    for one in item["statements"]:
        if one["addon"]:
            needs[f"{one['statement']['Action'][0]}: {one['when'] or one['addon']}"] = None
    return [*needs]
