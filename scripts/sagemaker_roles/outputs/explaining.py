"""Explains composed documents: per statement why it is there, how well that is known, and what asked for it."""

from __future__ import annotations

from collections.abc import Iterator

from ..compose import ComposedStatement, Document, Reason
from ..model import Catalog

_SHOWN = 8


def explained(catalog: Catalog, part: str, document: Document) -> Iterator[str]:
    """Lines that explain each statement of a document.

    Args:
        catalog: for the titles of sources and add-ons.
        part: what the document is called.
        document: the document.
    """
    for statement in document.statements:
        yield f"{part}: {statement.sid}"
        reasons: dict[tuple[str, str, tuple[str, ...]], list[Reason]] = {}
        for reason in statement.reasons:
            reasons.setdefault((reason.why, reason.evidence, reason.sources), []).append(reason)
        for (why, evidence, sources), same in reasons.items():
            yield f"  why: {why}"
            cited = "; ".join(f"{catalog.sources[name]['title']} <{catalog.sources[name]['url']}>" for name in sources)
            yield f"  evidence: {evidence} ({cited})"
            for asker in dict.fromkeys((reason.operation, reason.addon) for reason in same):
                yield f"  for: {asker[0]}" + (f", add-on {asker[1]}" if asker[1] else "")
            yield from _causes(same)
            for note in dict.fromkeys(note for reason in same for note in reason.notes):
                yield f"  note: {note}"
        yield from _prefixes(statement)


def _causes(reasons: list[Reason]) -> Iterator[str]:
    causes = list(
        dict.fromkeys(
            (", ".join(reason.members), value)
            for reason in reasons
            for value in reason.values or ("",)
            if reason.members
        )
    )
    for members, value in causes[:_SHOWN]:
        yield f"  because of: {members}" + (f" = {value}" if value else " (not given: placeholders)")
    if len(causes) > _SHOWN:
        yield f"  because of: {len(causes) - _SHOWN} more"


def _prefixes(statement: ComposedStatement) -> Iterator[str]:
    """What a prefix without a slash at its end also covers."""
    for resource in statement.resources:
        is_object = ":s3:::" in resource or ":accesspoint/" in resource
        base = resource.removesuffix("*")
        if is_object and resource.endswith("*") and "/" in base.partition(":::")[2] and not base.endswith("/"):
            last = base.rsplit("/", 1)[-1]
            yield f"  note: {resource} also covers keys that only begin alike, such as {last}2 beside {last}"
