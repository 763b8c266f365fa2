"""Prepares the index of first answers: which operations need an action, and how messages name the layers that deny."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .published import Published

#: How many operations that need an action are in the index: more are never shown.
_MOST = 8


def index(published: Published) -> dict[str, Any]:
    """What the page knows of messages before the engine is there.

    Returns:
        ``needed``: service and name of an action to the roles that need it, each an operation with the ID of the role;
        first those that always do, and that most people use. ``layers``: pattern, title, and cure by ID. ``sessions``:
        names of sessions of services.
    """
    order = [name for _, names in published.groups for name in names]
    uses = sorted(published.uses(), key=lambda use: (bool(use.addon), order.index(use.operation)))
    needed: defaultdict[str, defaultdict[str, dict[tuple[str, str], None]]] = defaultdict(lambda: defaultdict(dict))
    for use in uses:
        for action in use.statement["Action"]:
            service, _, name = action.partition(":")
            if "*" not in name:
                needed[service][name][use.operation, use.grantee] = None
    catalog = published.catalog
    return {
        "needed": {
            service: {name: [[*one] for one in places][:_MOST] for name, places in names.items()}
            for service, names in needed.items()
        },
        "layers": {
            name: {"pattern": layer["pattern"], "title": layer["title"], "cure": layer.get("cure", "allow")}
            for name, layer in catalog.get("layers", {}).items()
        },
        "sessions": [one["sessions"] for one in catalog.get("apis", {}).values() if "sessions" in one],
    }
