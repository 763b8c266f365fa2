"""Explains composed documents: per statement why it is there, how well that is known, and what asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..catalog import Catalog
from ..engine.compose import ComposedStatement, Document, Finding, Reason, Request
from ..engine.values import short

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
            for operation, grantee, addon in dict.fromkeys(reason[:3] for reason in same):
                yield f"  for: {operation}{_addon(catalog, operation, grantee, addon)}"
            yield from _causes(same)
            for note in dict.fromkeys(note for reason in same for note in reason.notes):
                yield f"  note: {note}"
        yield from _prefixes(statement)


def _causes(reasons: list[Reason]) -> Iterator[str]:
    causes = list(
        dict.fromkeys(
            (", ".join(map(unfiltered, reason.members)), value)
            for reason in reasons
            for value in reason.values or ("",)
            if reason.members
        )
    )
    for members, value in causes[:_SHOWN]:
        yield f"  because of: {members}" + (f" = {short(value)}" if value else " (not given: placeholders)")
    if len(causes) > _SHOWN:
        yield f"  because of: {len(causes) - _SHOWN} more"


def _addon(catalog: Catalog, operation: str, grantee: str, addon_id: str) -> str:
    found = next((item for item in catalog.operation(operation).grantees() if item.id == grantee), None)
    addon = found.addon(addon_id) if found else None
    return f", add-on {addon_id}: {addon.title}" if addon else ""


def unfiltered(member: str) -> str:
    """A path without the conditions in it: ``Inputs[?Type=='S3'].Uri`` is ``Inputs[].Uri``."""
    return re.sub(r"\[\?[^\]]*\]", "[]", member)


def placed(requests: Iterable[Request], finding: Finding) -> str:
    """The one member of a request that a finding is about: ``Inputs[2].Uri``.

    Where its path cannot be followed to the value (a function made it, or the value is the user's), it is the path
    without conditions, ``Inputs[].Uri``.
    """
    names = re.findall(r"[A-Za-z][A-Za-z0-9]*", unfiltered(finding.member))
    for request in requests:
        if (request.operation, request.label) == (finding.operation, finding.label):
            found = _place(request.members, names, finding.value)
            if found:
                return found
    return unfiltered(finding.member)


def _place(members: Any, names: Sequence[str], value: str) -> str:
    """Where a value stands below members of some names, which come in this order; "" if it does not."""
    left: list[tuple[str, Any, int]] = [("", members, 0)]
    while left:
        path, item, after = left.pop()
        if isinstance(item, Mapping):
            inner = [(name, names.index(name, after) + 1) for name in item if name in names[after:]]
            # The first member must be the expression's own; below it, some names only stand for what is picked.
            inner = [(name, place) for name, place in inner if path or place == 1]
            left += [(f"{path}.{name}" if path else name, item[name], place) for name, place in reversed(inner)]
        elif isinstance(item, list):
            left += [(f"{path}[{index}]", item[index], after) for index in reversed(range(len(item)))]
        elif path and item is not None and short(item) == value:
            return path
    return ""


def _prefixes(statement: ComposedStatement) -> Iterator[str]:
    """What a prefix without a slash at its end also covers."""
    for resource in statement.resources:
        is_object = ":s3:::" in resource or ":accesspoint/" in resource
        base = resource.removesuffix("*")
        if is_object and resource.endswith("*") and "/" in base.partition(":::")[2] and not base.endswith("/"):
            last = base.rsplit("/", 1)[-1]
            yield f"  note: {resource} also covers keys that only begin alike, such as {last}2 beside {last}"
