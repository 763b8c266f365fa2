"""What ``Resource`` is in the policy of a resource: its kind in data/companions says it."""

from __future__ import annotations

from collections.abc import Sequence

from ..catalog import Catalog, CompanionKind


def element(kind: CompanionKind, resources: Sequence[str]) -> tuple[str, ...]:
    """``Resource`` in a policy of a kind for what a statement of a role names."""
    return {"all": ("*",), "none": (), "arns": tuple(resources)}[kind.element]


def element_of_service(catalog: Catalog, service: str, resources: Sequence[str]) -> tuple[str, ...]:
    """The same for a resource of a service; what is named, if no kind is of the service."""
    kind = next((kind for kind in catalog.companions if service in kind.services), None)
    return element(kind, resources) if kind else tuple(resources)
