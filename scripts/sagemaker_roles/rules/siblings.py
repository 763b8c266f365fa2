"""Roles of one operation that share add-ons are siblings: an add-on of one exists for the others, or is excepted."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Problem
from .context import Context, problem

RULE = "siblings"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each add-on that a sibling of a role has and the role lacks.

    The subjects of exceptions are ``Operation/role/add-on`` for the role that lacks it, and ``Operation/role/word-*``
    for all add-ons that begin so.
    """
    for kind, record in context.loaded.files.values():
        name = record.get("operation", "") if kind == "operation" else ""
        if name not in context.loaded.authored or name not in context.catalog.operations:
            continue
        sharing: dict[str, list[str]] = {}
        for role in record.get("roles", ()):
            for addon in role.get("addons", ()):
                if "use" in addon:
                    sharing.setdefault(addon["use"], []).append(role["id"])
        for ids in sharing.values():
            roles = [role for role in context.catalog.operation(name).roles if role.id in ids]
            every = {addon.id: role.id for role in roles for addon in role.addons}
            for role in roles:
                for addon in sorted(every.keys() - {addon.id for addon in role.addons}):
                    subjects = (addon, f"{addon.partition('-')[0]}-*")
                    if not any(context.excepted(RULE, f"{name}/{role.id}/{item}") for item in subjects):
                        message = f"the role {every[addon]} has the add-on {addon} and this one does not; add it too"
                        yield problem(RULE, message, role.data, "id")
