"""Sids are unique in each policy with all add-ons in it, so that no statement merges with another or is renamed."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog import Entry, Grantee, Operation
from ..problems import Position, Problem
from .context import Context, at

RULE = "sid-unique"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each Sid that another statement of the same policy has already."""
    for operation, grantee in context.grantees():
        yield from _policy(context, operation, grantee)
        yield from _trust(context, operation, grantee)


def _policy(context: Context, operation: Operation, grantee: Grantee) -> Iterator[Problem]:
    seen: dict[str, Position] = {}
    for _, entry in grantee.all_entries():
        if context.unfound(entry):
            continue
        for index, statement in enumerate(entry.statements):
            sid = entry.prefix + statement.sid
            place = at(entry.data, "use" if entry.use else "Sid")
            if sid in seen:
                message = f"the Sid {sid} stands already at line {seen[sid].line} of {operation.name}'s {grantee.id}"
                yield Problem(place, RULE, f"{message}; {_advice(entry, index)}")
            seen.setdefault(sid, place)


def _advice(entry: Entry, index: int) -> str:
    if any(other.sid == entry.statements[index].sid for other in entry.statements[:index]):
        return "its own statement set has it twice: rename one"
    return "give `as` another prefix" if entry.prefix else "give it a prefix by `as`"


def _trust(context: Context, operation: Operation, grantee: Grantee) -> Iterator[Problem]:
    named = [(name, grantee.data, index) for index, name in enumerate(grantee.trust)]
    named += [(name, addon.data, index) for addon in grantee.addons for index, name in enumerate(addon.trust)]
    seen: dict[str, str] = {}
    for name, data, index in named:
        if name not in context.loaded.catalog.data["trust"]:
            continue
        sid = context.catalog.trust(name).sid
        if sid in seen:
            message = (
                f"{name} stands twice in the trust of {operation.name}'s {grantee.id}; remove the duplicate"
                if seen[sid] == name
                else f"{name} has the Sid {sid} of {seen[sid]}, which is in the same trust policy; rename one"
            )
            yield Problem(at(data, "trust", index), RULE, message)
        seen.setdefault(sid, name)
