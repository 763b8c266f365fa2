"""Prepares the page of what containers do: the keys that they read out of a request, and the statements for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import templates
from .published import Published


def page(published: Published) -> str:
    """The page that lists containers, each with its keys."""
    catalog = published.catalog
    records: Mapping[str, Any] = catalog.get("containers", {})
    containers = [
        {"id": name, **record, "reads": [_read(catalog, read) for read in record["reads"]]}
        for name, record in sorted(records.items())
    ]
    cited = {
        key for item in containers for read in item["reads"] for entry in read["entries"] for key in entry["sources"]
    }
    sources = catalog["sources"]
    return templates.page(
        "containers.md.j2", containers=containers, sources=sources, cited=[sources[key] for key in sorted(cited)]
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
