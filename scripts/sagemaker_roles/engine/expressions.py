"""JMESPath over requests; the library is loaded when the first expression is evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any

_PARSED = re.compile(r"parsed\(([A-Za-z]+)\)")
#: A path of members, through lists and filters; its first member decides whether it finds anything.
_PATH = re.compile(r"([A-Za-z]\w*)(?:\.[A-Za-z]\w*|\[\]|\[\?[^\]]+\])*", re.ASCII)


class Expression:
    """An expression of a record, parsed when it is first evaluated.

    Attributes:
        text: as the record has it.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def parsed(self) -> Any:
        """As the library has it.

        Raises:
            jmespath.exceptions.ParseError: it is not one.
        """
        from .jmespath_functions import parse

        return parse(self.text)

    @cached_property
    def _search(self) -> Callable[[Any, Mapping[str, Any]], Any]:
        from .jmespath_functions import search

        return search

    @cached_property
    def roots(self) -> frozenset[str] | None:
        """Members of the request of which at least one must be there for it to find anything, or None."""
        # Most are paths, and are not parsed where the request lacks the member.
        paths = [match[1] for text in self.text.split(" || ") if (match := _PATH.fullmatch(text))]
        return frozenset(paths) if len(paths) == self.text.count(" || ") + 1 else _roots(self.parsed)

    @cached_property
    def shown(self) -> str:
        """As reasons and messages have it, where texts that are read as JSON are members like others."""
        return _PARSED.sub(r"\1", self.text)

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """Members of the request whose text it reads as JSON."""
        return tuple(_PARSED.findall(self.text))

    def search(self, members: Mapping[str, Any]) -> Any:
        """Its value for a request; None where a function in it is given what it cannot take."""
        if self.roots is not None and self.roots.isdisjoint(members):
            return None
        return self._search(self.parsed, members)


@lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """An expression; the same text gives the same one."""
    return Expression(text)


def search(text: str, members: Mapping[str, Any]) -> Any:
    """Evaluates an expression over a request; None where a function in it is given what it cannot take."""
    return expression(text).search(members)


def is_true(value: Any) -> bool:
    """JMESPath's truth: empty strings, lists and mappings, false and null are false; 0 is true."""
    return bool(value) or (value == 0 and value is not False)


def any_of(roots: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Members of which one must be there for any of several expressions to find something; None if none must."""
    union: frozenset[str] = frozenset()
    for one in roots:
        if one is None:
            return None
        union |= one
    return union


#: Nodes that find nothing where their first child finds nothing.
_FIRST_DECIDES = frozenset(
    {
        "and_expression",
        "filter_projection",
        "flatten",
        "index_expression",
        "pipe",
        "projection",
        "subexpression",
        "value_projection",
    }
)


def _roots(node: Mapping[str, Any]) -> frozenset[str] | None:
    children = node.get("children", ())
    if node["type"] in _FIRST_DECIDES:
        return _roots(children[0])
    match node["type"]:
        case "field":
            return frozenset({node["value"]})
        case "function_expression" if node["value"] == "parsed":
            return _roots(children[0])
        case "or_expression":
            return any_of(map(_roots, children))
        case _:
            return None
