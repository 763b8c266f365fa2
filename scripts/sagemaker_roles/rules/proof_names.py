"""What the proof and the comparison speak of exists: operations, exceptions, peers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..problems import Problem
from .context import Context, key_at, nearest

RULE = "proof-names"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each operation without a record, exception without a reason, and peer without a title."""
    data = context.catalog.data
    for part, inner, other, remedy in (
        ("proof-counts", "exceptions", "proof-exceptions", "run `make proof`"),
        ("proof-comparison", "peers", "proof-peers", "run `make compare`"),
    ):
        listed: Any = data.get(part, {})
        for name, item in listed.items():
            if not context.exists("operations", name):
                message = f"no record is of {name!r}{nearest(name, data['operations'])}; {remedy}"
                yield Problem(key_at(listed, name), RULE, message)
            for key in item[inner]:
                if not context.exists(other, key):
                    message = f"{other}.yaml has no {key!r}{nearest(key, data[other])}; {remedy}"
                    yield Problem(key_at(item[inner], key), RULE, message)
        if any(path.endswith(f"/{part}.yaml") for path in context.unread):
            continue  # what the entries that cannot be read use is not known
        used = {key for item in listed.values() for key in item[inner]}
        for key in data.get(other, {}):
            if key not in used:
                yield Problem(key_at(data[other], key), RULE, f"{part}.yaml does not use {key!r}; {remedy}")
