"""The requests among the calls that code makes: those of operations that are known here, with their members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...catalog import Catalog
from ...engine.code_permissions import CodeCall, Several
from ...engine.documents import Request

#: How many requests one call gives at most, where its members have several values.
MOST = 12


def requests_of(catalog: Catalog, calls: Iterable[CodeCall]) -> Iterator[Request]:
    """The requests of calls; a call whose members can have several values gives one for each.

    Values that belong together, as those of a loop over pairs, are at the same place among their alternatives.
    """
    for call in calls:
        operation = catalog.named(call.operation, call.service) if call.service in catalog.services else ""
        if not operation:
            continue
        given = {name: value for name, value in call.members.items() if name[:1].isupper()}
        for place in range(min(_choices(given), MOST)):
            yield Request(operation, _chosen(given, place), call.place)


def _choices(value: Any) -> int:
    """How many alternatives the value has that has the most."""
    if isinstance(value, Several):
        return max([len(value), *map(_choices, value)])
    inner: Iterable[Any] = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return max([1, *map(_choices, inner)])


def _chosen(value: Any, place: int) -> Any:
    """A value with one of its alternatives."""
    if isinstance(value, Several):
        return _chosen(value[place % len(value)], place) if value else None
    if isinstance(value, Mapping):
        return {key: _chosen(item, place) for key, item in value.items()}
    return [_chosen(item, place) for item in value] if isinstance(value, list) else value
