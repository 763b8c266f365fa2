"""Every composed document, with examples for its placeholders: what the linters and the escalation check look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sagemaker_roles.catalog import Catalog, Grantee, Operation
from sagemaker_roles.engine.compose import Composition, Request, compose
from sagemaker_roles.engine.placeholders import meanings

from .oracle import Policy

Part = Literal["policy", "trust", "caller", "resource", "scp"]


@dataclass(frozen=True)
class Composed:
    """One document.

    Attributes:
        name: operation, role or caller, scope, and "base" or "all add-ons".
        policy: what IAM would get.
        template: the same with the placeholders left in; as ``policy`` if it has none.
    """

    name: str
    operation: str
    part: Part
    scope: Literal["scoped", "broad"]
    policy: Policy
    template: Policy


def of(catalog: Catalog, name: str) -> Iterator[Composed]:
    """The documents of an operation: scoped and broad, without and with all add-ons, for every role and the caller."""
    operation = catalog.operation(name)
    for index, role in enumerate(operation.roles or (None,)):
        grantees = [item for item in (role, operation.caller) if item is not None]
        every = tuple(dict.fromkeys(addon.id for item in grantees for addon in item.addons))
        for scope in ("scoped", "broad"):
            for label, addons in [("base", ()), *([("all add-ons", every)] if every else [])]:
                ready = filled(catalog, operation, role, scope, addons)
                named = compose(
                    catalog, [Request(name)], [role.id] if role is not None else (), scope=scope, addons=addons
                )
                parts: list[tuple[str, Part]] = []
                if role is not None:
                    parts.append((f"{role.id} {scope}", "policy"))
                if scope == "scoped" and role is not None:
                    parts.append((f"{role.id} trust", "trust"))
                if scope == "scoped" and index == 0 and operation.caller is not None:
                    parts.append(("caller", "caller"))
                for title, part in parts:
                    policy, template = getattr(ready, part).to_json(), getattr(named, part).to_json()
                    yield Composed(f"{name}/{title} {label}", name, part, scope, policy, template)


def filled(
    catalog: Catalog,
    operation: Operation,
    role: Grantee | None,
    scope: Literal["scoped", "broad"],
    addons: tuple[str, ...],
) -> Composition:
    """Composes with the records' own examples as values of the placeholders."""

    def made(values: dict[str, str]) -> Composition:
        chosen = [role.id] if role is not None else []
        return compose(catalog, [Request(operation.name)], chosen, scope=scope, addons=addons, values=values)

    known = meanings(catalog, [operation.name])
    examples = {name: known[name].example for name in made({}).placeholders if name in known}
    for name in made(examples).placeholders:
        # What only a trust policy names.
        examples[name] = "444455556666" if name.endswith("Account") else f"Example{name}"
    return made(examples)
