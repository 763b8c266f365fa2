"""How many independent origins saw each composed statement in use (data/attestations). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

FILE = "attestations.json"


def counted(attestations: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What attestations.json holds: statements that were seen, and calls that were denied and that no statement allows.

    An origin counts once, whatever it sends; calls that failed or were denied show no use of a statement.
    """
    origins: dict[tuple[str, ...], set[str]] = {}
    for one in attestations:
        for row in one["seen"]:
            statement = row.get("statement", "")
            if (row["outcome"] == "allowed") is bool(statement) and row["outcome"] != "failed":
                key = (row["operation"], row.get("role", ""), row.get("addon", ""), statement, row["action"])
                origins.setdefault(key, set()).add(one["id"])
    names = ("operation", "role", "addon", "statement", "action")
    rows = [{**dict(zip(names, key, strict=True)), "origins": len(ids)} for key, ids in sorted(origins.items())]
    return {"seen": [one for one in rows if one["statement"]], "lacking": [one for one in rows if not one["statement"]]}
