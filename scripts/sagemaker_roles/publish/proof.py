"""Describes what was proved of each operation's policies, and what others grant instead, as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Data = Mapping[str, Any]

#: What is counted of each operation, and summed up.
COUNTS = ("scenarios", "steps", "near_misses", "mutations")


def proof(data: Data) -> dict[str, Any]:
    """What proof.json holds: counts by operation, exceptions with their reasons, and the comparison.

    Args:
        data: all of data/ by part; the proof's parts may be missing.

    Returns:
        Every part with every key. An operation of which nothing was proved is absent; a peer that has no policy for
        an operation is null there.
    """
    counts: Data = data.get("proof-counts", {})
    peers: Data = data.get("proof-peers", {})
    compared: Data = data.get("proof-comparison", {})
    exceptions = {
        name: {
            "near_miss": item.get("near_miss", ""),
            "actions": list(item.get("actions", ())),
            "mutation": item.get("mutation", ""),
            "reason": item["reason"],
        }
        for name, item in sorted(data.get("proof-exceptions", {}).items())
    }
    operations = {}
    for name, item in sorted(counts.items()):
        rows = compared.get(name, {}).get("peers", {})
        operations[name] = {
            **{key: item[key] for key in COUNTS},
            "exceptions": dict(sorted(item["exceptions"].items())),
            "comparison": {peer: dict(rows[peer]) if peer in rows else None for peer in peers} if rows else {},
        }
    return {
        "total": {"operations": len(counts), **{key: sum(item[key] for item in counts.values()) for key in COUNTS}},
        "exceptions": exceptions,
        "peers": {name: dict(item) for name, item in peers.items()},
        "operations": operations,
    }
