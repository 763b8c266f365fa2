"""What no scenario plays yet: add-ons and members of a record, and the lines to write for them."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker_roles.catalog import AddOn, Entry, Grantee
from sagemaker_roles.engine.expressions import expression

from . import scenarios
from .proof import catalog, proof


def addons(operation: str) -> list[tuple[str, AddOn]]:
    """The add-ons of an operation that are in no scenario, with whose they are."""
    active = {
        (grantee, addon)
        for case in proof(operation).cases
        for (name, grantee), active_addons in case.scoped.addons.items()
        if name == operation
        for addon in active_addons
    }
    record = catalog().operation(operation)
    return [(one.id, addon) for one in record.grantees() for addon in one.addons if (one.id, addon.id) not in active]


def every_entry(operation: str) -> Iterator[tuple[Grantee, AddOn | None, Entry]]:
    """The entries of an operation's record, with whose they are and the add-on that brings them."""
    for grantee in catalog().operation(operation).grantees():
        for addon, entry in grantee.all_entries():
            yield grantee, addon, entry


def entries(operation: str) -> list[str]:
    """The entries of an operation's record, and the members that fill them, which no scenario has."""
    seen = {
        (reason.grantee, reason.addon, reason.use, statement.sid.rstrip("0123456789"), member)
        for case in proof(operation).cases
        for document in (case.scoped.policy, case.scoped.caller)
        for statement in document.statements
        for reason in statement.reasons
        for member in (reason.members or ("",))
        if reason.operation == operation
    }
    missing = []
    for grantee, addon, entry in every_entry(operation):
        for member in entry.members or ("",):
            sids = {(entry.prefix + statement.sid).rstrip("0123456789") for statement in entry.statements}
            shown = expression(member).shown
            keys = {(grantee.id, addon.id if addon else "", entry.use, sid, shown) for sid in sids}
            if not keys & seen:
                where = f"{grantee.id}/{addon.id if addon else 'base'}"
                missing.append(f"{where}: {entry.use or ', '.join(sorted(sids))} from {member or 'no member'}")
    return missing


def lines(operation: str) -> Iterator[str]:
    """What to write into the file of an operation's scenarios, so that each add-on and each entry is in one."""
    file = f"data/scenarios/{operation}.yaml"
    if operation not in scenarios.operations():
        yield f"{file}: there is none; data/scenarios/README.md shows the form"
        return
    first = next(iter(scenarios.of(operation))).id
    without = addons(operation)
    for grantee, addon in without:
        chosen = [f"  addons: [{addon.id}]"] if addon.usage else [f"  request: …  # with {addon.when or 'its members'}"]
        role = [] if grantee in ("caller", catalog().operation(operation).grantees()[0].id) else [f"  role: {grantee}"]
        yield f"{file}: no scenario has the add-on {grantee}/{addon.id}; add one with what the service then does:"
        yield from (f"- id: {addon.id}", f"  title: {addon.title}", f"  like: {first}", *role, *chosen)
        yield from (
            f"  {'caller' if grantee == 'caller' else 'steps'}:",
            "  - call: … on …",
            "    why: …",
        )
    known = {f"{grantee}/{addon.id}: " for grantee, addon in without}
    for text in entries(operation):
        if not any(text.startswith(begin) for begin in known):
            yield f"{file}: no scenario has {text}; add the member to a request, and the step"
