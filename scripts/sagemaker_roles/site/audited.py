"""Prepares the page that holds the AWS managed policies against every operation."""

from __future__ import annotations

from ..auditing.table import Coverage, table
from ..catalog import Catalog
from ..iam.evaluation import PolicyDocument, document
from . import templates
from .managed import FULL_ACCESS, described
from .published import Data, Published, cited

#: How many policies a row names beside AmazonSageMakerFullAccess.
_BEST = 3


def page(published: Published) -> str:
    """What each operation's role lacks with AmazonSageMakerFullAccess, and which other policies allow most of it."""
    data = described(published)
    policies = {item["name"]: _document(item) for item in data["policies"] if _is_for_roles(item)}
    rows = []
    for operation, held in table(Catalog(published.catalog), policies) if published.catalog.get("actions") else ():
        full = next((one for one in held if one.policy == FULL_ACCESS), None)
        others = [one for one in held if one.policy != FULL_ACCESS and one.allowed]
        rows.append((operation, full, sorted(others, key=_most)[:_BEST]))
    enough = sum(full is not None and full.allowed == full.calls for _, full, _ in rows)
    used = [item for item in data["policies"] if item["name"] == FULL_ACCESS]
    return templates.page(
        "audited.md.j2",
        rows=rows,
        number=len(policies),
        enough=enough,
        full_access=FULL_ACCESS,
        published=published,
        cited=cited(data["sources"], used),
    )


def _is_for_roles(item: Data) -> bool:
    return bool(item["product"] == "sagemaker-ai" and item["kind"] != "service-linked")


def _most(one: Coverage) -> tuple[int, int, str]:
    return -one.allowed, len(one.lacks), one.policy


def _document(item: Data) -> PolicyDocument:
    statements = [
        {"Effect": "Allow", **{key: value for key, value in grant.items() if key != "Sid"}}
        for service in item["services"]
        for grant in service["grants"]
    ]
    return document(item["name"], {"Version": "2012-10-17", "Statement": statements})
