"""What attestations name exists: the operation, the role, the add-on, the statement, and the action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..canonical import quoted
from ..catalog import Grantee
from ..problems import Problem
from .context import Context, nearest, problem

RULE = "attestations"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each name in data/attestations that the records, or AWS's data, do not have."""
    for attestation in context.loaded.catalog.attestations.values():
        for index, row in enumerate(attestation["seen"]):
            for key, what, known in _known(context, row):
                name = row[key]
                if name not in known:
                    message = f"unknown {what} {quoted(name)}{nearest(name, known)}"
                    yield problem(RULE, message, attestation, "seen", index, key)
                    break
            if context.reference.action(row["action"]) is None:
                yield problem(RULE, f"unknown action {quoted(row['action'])}", attestation, "seen", index, "action")


def _known(context: Context, row: Mapping[str, Any]) -> Iterator[tuple[str, str, Iterable[str]]]:
    """Of each name of a row: its key, what it is, and the names that there are; the next needs the one before."""
    yield "operation", "operation", context.loaded.catalog.operations
    roles = {role.id: role for role in context.catalog.operation(row["operation"]).roles}
    if "role" not in row:
        return
    yield "role", "role", roles
    role: Grantee = roles[row["role"]]
    if "addon" in row:
        yield "addon", "add-on", [addon.id for addon in role.addons]
    if "statement" in row:
        yield (
            "statement",
            "statement",
            sorted(
                {
                    entry.prefix + statement.sid
                    for addon, entry in role.all_entries()
                    if not context.unfound(entry) and (addon.id if addon else "") == row.get("addon", "")
                    for statement in entry.statements
                }
            ),
        )
