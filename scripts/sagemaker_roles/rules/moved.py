"""What data/moved.yaml says is gone is gone, and what took its place is there and of the same kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..canonical import quoted
from ..catalog import Catalog
from ..problems import Problem
from .context import Context, at, key_at, nearest

RULE = "moved"

_ID = re.compile(r"([a-z][a-z0-9-]*-)?[A-Z][A-Za-z0-9]*(/[a-z0-9]+(-[a-z0-9]+)*){0,2}")
_KINDS = ("operation", "role", "add-on")


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each id that is still there, and each successor that is not."""
    moved = context.loaded.catalog.moved
    if not moved or context.unread:
        return  # what the files that cannot be read hold is not known
    known = ids(context.catalog)
    for name, record in moved.items():
        kind = _KINDS[min(name.count("/"), 2)]
        if not _ID.fullmatch(name):
            yield Problem(
                key_at(moved, name),
                RULE,
                f"{quoted(name)} is not an Operation, Operation/role or Operation/role/add-on",
            )
        elif name in known:
            yield Problem(key_at(moved, name), RULE, f"the {kind} {name} is still there; take the entry out")
        if "to" not in record:
            continue
        other = _KINDS[record["to"].count("/")]
        if record["to"] not in known:
            hint = nearest(record["to"], [item for item in known if item.count("/") == record["to"].count("/")])
            yield Problem(at(record, "to"), RULE, f"there is no {other} {record['to']}{hint}")
        elif other != kind:
            yield Problem(at(record, "to"), RULE, f"{record['to']} names one {other}, and {name} one {kind}")


def ids(catalog: Catalog) -> set[str]:
    """The ids of all operations, roles and add-ons, as data/moved.yaml writes them."""
    names = set()
    for name in catalog.operations:
        names.add(name)
        for grantee in catalog.operation(name).grantees():
            names.add(f"{name}/{grantee.id}")
            names.update(f"{name}/{grantee.id}/{addon.id}" for addon in grantee.addons)
    return names
