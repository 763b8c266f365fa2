"""Prepares the page of what AWS's execution role page gets wrong."""

from __future__ import annotations

from . import templates
from .published import Published, cited


def mistakes(published: Published) -> str:
    """AWS's page, mistake by mistake, with what is right and where the records do better."""
    data = published.optional("page-mistakes.json") or {"mistakes": [], "sources": {}}
    return templates.page(
        "mistakes.md.j2",
        published=published,
        mistakes=data["mistakes"],
        sources=data["sources"],
        cited=cited(data["sources"], data["mistakes"]),
    )
