"""Prepares a page for each finding of scanners and of `audit`, at the address that these point to."""

from __future__ import annotations

from collections.abc import Iterator

from . import templates
from .published import Data, Published, cited, grantees
from .recipes import recipes

#: The recipes that a page has next to the policy itself.
_FORMATS = ("CloudFormation", "Terraform")


def pages(published: Published) -> dict[str, str]:
    """Path below docs to text, from ``fixes`` of index.json; versions up to 3.1.1 have none."""
    return {f"fix/{fix['id']}.md": _page(published, fix) for fix in published.index.get("fixes", ())}


def _page(published: Published, fix: Data) -> str:
    record = published.operations[fix["example"]["operation"]]
    (grantee,) = (one for one in grantees(record) if one["id"] == fix["example"]["grantee"])
    return templates.page(
        "fix.md.j2",
        published=published,
        fix=fix,
        grantee=grantee,
        formats=list(_formats(published, record, grantee, fix["example"]["policy"])),
        cited=cited(published.catalog["sources"], [fix]),
    )


def _formats(published: Published, record: Data, grantee: Data, policy: str) -> Iterator[tuple[str, str, str]]:
    yield "JSON", "json", published.text(grantee["links"][policy])
    for label, language, text in recipes(published, record, grantee):
        if label in _FORMATS:
            yield label, language, text
