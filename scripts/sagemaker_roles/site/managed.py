"""Prepares the pages of AWS managed policies: the list, and AmazonSageMakerFullAccess by service."""

from __future__ import annotations

from . import templates
from .published import Data, Published, cited

FULL_ACCESS = "AmazonSageMakerFullAccess"
_PRODUCTS = {
    "sagemaker-ai": "SageMaker AI",
    "unified-studio": "SageMaker Unified Studio",
    "related": "Policies of neighbouring services",
}
_KINDS = {
    "attachable": "attach it yourself",
    "service-role": "for a service's role",
    "service-linked": "service-linked, not yours to attach",
    "job-function": "for a person's job",
}


def described(published: Published) -> Data:
    """The AWS managed policies and their sources; none in a version that does not describe them."""
    return published.optional("managed-policies.json") or {"policies": [], "sources": {}}


def overview(published: Published) -> str:
    """All AWS managed policies for SageMaker."""
    data = described(published)
    policies: list[Data] = data["policies"]
    products = {
        product: (title, [item for item in policies if item["product"] == product])
        for product, title in _PRODUCTS.items()
    }
    return templates.page(
        "managed-policies.md.j2",
        number=len(policies),
        products=products,
        full_access=FULL_ACCESS,
        kinds=_KINDS,
        cited=cited(data["sources"], policies),
    )


def full_access(published: Published) -> str:
    """AmazonSageMakerFullAccess, service by service."""
    data = described(published)
    policy: Data = next((item for item in data["policies"] if item["name"] == FULL_ACCESS), {})
    return templates.page("full-access.md.j2", policy=policy, cited=cited(data["sources"], [policy] if policy else []))
