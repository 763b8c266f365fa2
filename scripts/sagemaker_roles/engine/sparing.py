"""Which resources that a request names need no permission of the role, as data/no-permission.yaml says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..catalog import Catalog
from .documents import Request
from .named import Named


def spared(catalog: Catalog, request: Request, named: Named, *, is_where: bool = False) -> str:
    """Why a resource needs no permission; "" if no record says so.

    Args:
        request: the request that names it.
        named: the resource.
        is_where: whether only reasons count that hold because of another member of the request.
    """
    for entry in catalog.no_permission.values():
        if (not is_where or "where" in entry) and _holds(entry, request, named):
            return str(entry["why"])
    return ""


def _holds(entry: Mapping[str, Any], request: Request, named: Named) -> bool:
    """Whether a reason is about a resource."""
    return (
        named.kind in entry.get("resources", (named.kind,))
        and is_about(entry, request.operation, named.names, is_where=True)
        and ("where" not in entry or any(_is_set(around, entry["where"]) for around in around(request, named)))
    )


def is_about(entry: Mapping[str, Any], operation: str, names: Sequence[str], *, is_where: bool = False) -> bool:
    """Whether a reason is about a member of an operation's request, by the names on its path.

    Args:
        is_where: whether it may hold because of another member only.
    """
    return (
        operation in entry.get("operations", (operation,))
        and (is_where or "where" not in entry)
        and (
            any(follow(member.split("."), (operation, *names), at_end=True) for member in entry.get("members", ()))
            or any(follow(member.split("."), names) for member in entry.get("below", ()))
        )
    )


def around(request: Request, named: Named) -> Iterator[Any]:
    """The mappings and lists that a resource is in, from the request on."""
    value: Any = request.members
    for step in named.steps:
        yield value
        if not isinstance(value, (Mapping, list)):
            return
        inner: Any = value
        value = inner[step]


def _is_set(value: Any, paths: Sequence[str]) -> bool:
    """Whether a mapping has a member with the value true at one of some paths."""
    for path in paths:
        inner = value
        for name in path.split("."):
            inner = inner.get(name) if isinstance(inner, Mapping) else None
        if inner is True:
            return True
    return False


def follow(names: Sequence[str], longer: Sequence[str], *, at_end: bool = False) -> bool:
    """Whether some names follow one another anywhere among longer ones, or at their end."""
    last = len(longer) - len(names)
    return any([*longer[at : at + len(names)]] == [*names] for at in range(max(last, 0) if at_end else 0, last + 1))
