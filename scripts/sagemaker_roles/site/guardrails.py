"""Prepares the page of policies for platform teams, each with what it denies."""

from __future__ import annotations

from ..canonical import canonical
from . import templates
from .published import Published


def page(published: Published) -> str:
    """The page, from guardrails.json; what a policy denies has a row an operation."""
    data = published.optional("guardrails.json") or {"guardrails": [], "sources": {}}
    return templates.page(
        "guardrails.md.j2",
        guardrails=[{**one, "text": canonical(one["policy"]).decode("ascii")} for one in data["guardrails"]],
        published=published,
        cited=list(data["sources"].values()),
    )
