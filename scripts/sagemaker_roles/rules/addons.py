"""Roles and add-ons have ids of their own that mean the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from ..canonical import quoted
from ..catalog import Operation
from ..problems import Problem
from .context import Context, problem

RULE = "addons"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each id that comes twice or means two things, and each thing that has two ids."""
    ids_of: dict[str, str] = {}
    for operation in context.operations:
        seen: set[str] = set()
        for role in operation.roles:
            if role.id == "caller":
                yield problem(RULE, "the caller has this ID; give the role another one", role.data, "id")
            elif role.id in seen:
                yield problem(RULE, f"{operation.name} has a role {role.id} already; rename one", role.data, "id")
            seen.add(role.id)
        for grantee in operation.grantees():
            own: set[str] = set()
            for addon in grantee.addons:
                if addon.id in own:
                    message = f"{operation.name}'s {grantee.id} has an add-on {addon.id} already; rename one"
                    yield problem(RULE, message, addon.data, "id")
                own.add(addon.id)
                known = ids_of.setdefault(addon.title.lower(), addon.id)
                if known != addon.id:
                    message = (
                        f"{quoted(addon.title)} is called {known} elsewhere; the same thing has the same ID everywhere"
                    )
                    yield problem(RULE, message, addon.data, "id")
        yield from _alike(operation)


def _alike(operation: Operation) -> Iterator[Problem]:
    """Compares the add-ons of roles with the caller's: one id chooses both, so the same must decide on them."""
    for role in operation.roles:
        for addon in operation.caller.addons if operation.caller else ():
            other = role.addon(addon.id)
            if other is None:
                continue
            for key in ("usage", "request"):
                if getattr(addon, key) != getattr(other, key):
                    message = f"the role {role.id} has another `{key}` for {addon.id}, chosen with it; make them equal"
                    yield problem(RULE, message, addon.data, key if key in addon.data else "id")
