"""The jmespath library with the functions that records use, for texts of which parts are not known yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.functions import Functions, signature
from jmespath.visitor import TreeInterpreter

from .partial import document, joined

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


class _Interpreter(TreeInterpreter):  # type: ignore[misc]  # the library has no types
    """The interpreter of the library, which looks for the method of a node once."""

    def __init__(self) -> None:
        super().__init__(jmespath.Options(custom_functions=_Functions()))
        names = [name for name in dir(self) if name.startswith("visit_")]
        self._methods = {name.removeprefix("visit_"): getattr(self, name) for name in names}

    def visit(self, node: Mapping[str, Any], value: Any) -> Any:
        return self._methods[node["type"]](node, value)


#: The library makes one for each search; it holds nothing of a search.
_INTERPRETER = _Interpreter()


def parse(text: str) -> Any:
    """An expression as the library has it.

    Raises:
        jmespath.exceptions.ParseError: it is not one.
    """
    return jmespath.compile(text).parsed


def functions(node: Mapping[str, Any]) -> Iterator[str]:
    """The names of the functions in a parsed expression."""
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node.get("children", ()):
        if isinstance(child, Mapping):
            yield from functions(child)


def search(parsed: Any, members: Mapping[str, Any]) -> Any:
    """The value of a parsed expression; None where a function in it is given what it cannot take."""
    try:
        return _INTERPRETER.visit(parsed, members)
    except (JMESPathError, TypeError):  # TypeError: the library compares a number with text
        return None
