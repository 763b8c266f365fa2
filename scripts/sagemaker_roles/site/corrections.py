"""Prepares what AWS's pages say of permissions: which were read, and what the execution role page gets wrong."""

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


def documentation(published: Published) -> str:
    """The pages that are known, counted, and those about permissions with what carries them."""
    pages = (published.optional("documentation.json") or {"pages": []})["pages"]
    states = {state: sum(page["state"] == state for page in pages) for state in ("read", "unread", "refused")}
    rows = [(page, section) for page in pages for section in page["sections"]]
    about = len({page["page"] for page, _ in rows})
    return templates.page("documentation.html.j2", rows=rows, about=about, **states)
