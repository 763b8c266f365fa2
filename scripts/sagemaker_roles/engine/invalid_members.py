"""What the API does not take of a request: members that it does not have, and values of another type. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..catalog import Catalog
from ..errors import meant
from .documents import Finding, Request
from .partial import Partial

#: How alike a name must be to one of the API for it to be taken as misspelled; others may be newer than the catalog.
MISSPELLED = 0.8


def unfit(catalog: Catalog, request: Request) -> Iterator[Finding]:
    """A finding for each member whose value composing would pass over in silence.

    Names are compared as the API spells them; what reads inputs has matched other spellings before.
    """
    types = catalog.shapes_of(request.operation)
    left: list[tuple[Any, str, str]] = [(request.members, catalog.input_of(request.operation), "")]
    while left:
        value, shape, path = left.pop()
        entry = types.get(shape)
        if value is None or isinstance(value, Partial) or not shape:
            continue
        is_list, is_mapping = isinstance(value, (list, tuple)), isinstance(value, Mapping)
        wanted = "one value" if entry is None else "a list" if "member" in entry else "a mapping"
        # A list in place of one value is read as several.
        if is_mapping != (wanted == "a mapping") or (entry and is_list != (wanted == "a list")):
            yield Finding("problem", request.operation, path, "", f"must be {wanted}; it is ignored", request.label)
        elif entry and is_list:
            left.extend((item, entry["member"], f"{path}[{number}]") for number, item in enumerate(value))
        elif entry:
            members = entry.get("members")
            for key, item in value.items():
                below = f"{path}.{key}" if path else str(key)
                if members is None or key in members:
                    left.append((item, entry["value"] if members is None else members[key], below))
                elif item is not None:
                    near = meant(str(key), [*members], MISSPELLED)
                    hint = f"; did you mean {near}?" if near else ", as far as is known here; it is ignored"
                    kind = "problem" if near else "note"
                    message = f"the request has no such member{hint}"
                    yield Finding(kind, request.operation, below, "", message, request.label)  # type: ignore[arg-type]
