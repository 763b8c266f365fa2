"""Describes as JSON what else must allow what a grantee does: companions.json of each role and of the caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..catalog import Catalog
from ..engine.companions import Companions
from ..engine.documents import ComposedStatement, Document

#: Statements of a policy by the add-on that brings them; "" for those that are always there.
ByAddOn = Mapping[str, Sequence[ComposedStatement]]


def entries(whole: Companions, statements: ByAddOn, *, caller: bool) -> list[dict[str, Any]]:
    """The companions of a grantee, without add-ons and of each add-on alone.

    Args:
        whole: companions of the same role; tells whose they are.
        statements: the grantee's statements.
        caller: whether the grantee is the caller, which has no boundary here.

    Returns:
        For each companion what ``compose --part companions`` prints, without the notes of its kind, and the add-on.
    """
    return [
        {"addon": addon, **{key: value for key, value in companion.to_json().items() if key != "notes"}}
        for addon, own in statements.items()
        for companion in _of(whole, own, caller=caller, is_base=not addon)
    ]


def kinds(catalog: Catalog, some: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Title and notes of the kinds that some companions are of, by ID."""
    used = {one["kind"] for one in some}
    return {kind.id: {"title": kind.title, "notes": list(kind.notes)} for kind in catalog.companions if kind.id in used}


def _of(whole: Companions, own: Iterable[ComposedStatement], *, caller: bool, is_base: bool) -> Iterator[Any]:
    document, nothing = Document(tuple(own)), Document(())
    part = whole.of(nothing, document) if caller else whole.of(document, nothing)
    # A role has one boundary: that of an add-on alone would be none for the role.
    yield from part.values() if is_base else part.besides_boundary()
