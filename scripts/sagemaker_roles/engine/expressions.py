"""JMESPath over requests, with the functions that records use, for texts of which parts are not known yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.functions import Functions, signature
from jmespath.visitor import TreeInterpreter

from .partial import document, joined

_PARSED = re.compile(r"parsed\(([A-Za-z]+)\)")

#: The functions that records may use.
FUNCTIONS = ("contains", "join", "parsed")


class _Functions(Functions):  # type: ignore[misc]  # the library has no types
    """The functions of records. The library's own look at the name of a value's type and refuse a :class:`Partial`."""

    @signature({"types": []}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_contains(self, subject: Any, wanted: Any) -> bool:
        if not isinstance(subject, (str, list)) or (isinstance(subject, str) and not isinstance(wanted, str)):
            raise JMESPathTypeError("contains", subject, type(subject).__name__, ["array", "string"])
        return wanted in subject

    @signature({"types": []}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_join(self, glue: Any, texts: Any) -> str:
        if not isinstance(glue, str) or not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise JMESPathTypeError("join", texts, type(texts).__name__, ["array-string"])
        parts = [part for text in texts for part in (glue, text)]
        return joined(parts[1:])

    @signature({"types": []})  # type: ignore[untyped-decorator]
    def _func_parsed(self, text: Any) -> dict[str, Any] | None:
        return document(text) if isinstance(text, str) else None


#: The library makes one for each search; it holds nothing of a search.
_INTERPRETER = TreeInterpreter(jmespath.Options(custom_functions=_Functions()))


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
        return jmespath.compile(self.text).parsed

    @cached_property
    def roots(self) -> frozenset[str] | None:
        """Members of the request of which at least one must be there for it to find anything, or None."""
        return _roots(self.parsed)

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
        try:
            return _INTERPRETER.visit(self.parsed, members)
        except (JMESPathError, TypeError):  # TypeError: the library compares a number with text
            return None


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


def functions(node: Mapping[str, Any]) -> Iterator[str]:
    """The names of the functions in a parsed expression."""
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node.get("children", ()):
        if isinstance(child, Mapping):
            yield from functions(child)
