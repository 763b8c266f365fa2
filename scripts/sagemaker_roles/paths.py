"""Checks JMESPath expressions against the shape of a request: does the path exist, and what does it give?"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import jmespath

#: A type is the name of a shape in the table, a scalar's name, "any", or one of these tuples:
#: ("list", T), ("dict", {name: T}).
Type = Any

SCALARS = frozenset({"string", "integer", "long", "float", "double", "boolean", "timestamp", "blob"})
ANY = "any"

_BOOLEAN_FUNCTIONS = {"contains", "starts_with", "ends_with"}
_LIST_FUNCTIONS = {"keys": ("list", "string"), "sort": None, "reverse": None, "to_array": None}


class PathError(Exception):
    """A path that the request's shape does not have; the message says what would be right."""


class Paths:
    """Expressions over one table of shapes.

    Args:
        types: shape name to ``{"members": {...}}``, ``{"member": T}`` (list) or ``{"value": T}`` (map).
    """

    def __init__(self, types: Mapping[str, Any]) -> None:
        self.types = types

    def result(self, expression: str, shape: str) -> Type:
        """The type an expression gives for a request of a shape.

        Raises:
            PathError: a member in it does not exist, or an operator does not fit the type it is used on.
            jmespath.exceptions.ParseError: not an expression.
        """
        return self._visit(jmespath.compile(str(expression)).parsed, shape)

    def _describe(self, kind: Type) -> str:
        if isinstance(kind, tuple):
            return "a list" if kind[0] == "list" else "a mapping"
        if kind in self.types:
            shape = self.types[kind]
            return "a list" if "member" in shape else "a map" if "value" in shape else "a structure"
        return f"a {kind}"

    def _element(self, kind: Type, operator: str) -> Type:
        if kind == ANY:
            return ANY
        if isinstance(kind, tuple) and kind[0] == "list":
            return kind[1]
        if isinstance(kind, str) and "member" in self.types.get(kind, {}):
            return self.types[kind]["member"]
        raise PathError(f"{operator} needs a list, and this is {self._describe(kind)}")

    def _field(self, kind: Type, name: str) -> Type:
        if kind == ANY:
            return ANY
        if isinstance(kind, tuple) and kind[0] == "dict":
            members = kind[1]
        else:
            shape = self.types.get(kind, {}) if isinstance(kind, str) else {}
            if "value" in shape:
                return shape["value"]
            members = shape.get("members")
            if members is None:
                hint = f"; write []{'.' + name} to look into its elements" if self._is_list(kind) else ""
                raise PathError(f"{name!r} is looked for in {self._describe(kind)}{hint}")
        if name not in members:
            close = difflib.get_close_matches(name, members, 1, 0.5)
            raise PathError(
                f"there is no member {name!r}"
                + (f"; did you mean {close[0]!r}?" if close else f" among {', '.join(sorted(members)[:12])}")
            )
        return members[name]

    def _is_list(self, kind: Type) -> bool:
        return (isinstance(kind, tuple) and kind[0] == "list") or (
            isinstance(kind, str) and "member" in self.types.get(kind, {})
        )

    def _visit(self, node: Mapping[str, Any], kind: Type) -> Type:
        children = node["children"]
        match node["type"]:
            case "field":
                return self._field(kind, node["value"])
            case "current" | "identity":
                return kind
            case "subexpression" | "pipe" | "index_expression":
                for child in children:
                    kind = self._visit(child, kind)
                return kind
            case "index":
                return self._element(kind, f"[{node['value']}]")
            case "slice":
                return ("list", self._element(kind, "[:]"))
            case "flatten":
                inner = self._visit(children[0], kind)
                element = self._element(inner, "[]")
                return ("list", self._element(element, "[]") if self._is_list(element) else element)
            case "projection":
                inner = self._visit(children[0], kind)
                return ("list", self._visit(children[1], self._element(inner, "[*]")))
            case "filter_projection":
                inner = self._visit(children[0], kind)
                element = self._element(inner, "[?…]")
                self._visit(children[2], element)
                return ("list", self._visit(children[1], element))
            case "value_projection":
                inner = self._visit(children[0], kind)
                value = self.types.get(inner, {}).get("value", ANY) if isinstance(inner, str) else ANY
                return ("list", self._visit(children[1], value))
            case "multi_select_dict":
                return ("dict", {child["value"]: self._visit(child["children"][0], kind) for child in children})
            case "multi_select_list":
                found = [self._visit(child, kind) for child in children]
                return ("list", found[0] if found and all(item == found[0] for item in found) else ANY)
            case "or_expression":
                kinds = [self._visit(child, kind) for child in children]
                return kinds[0]
            case "and_expression":
                return [self._visit(child, kind) for child in children][-1]
            case "not_expression":
                self._visit(children[0], kind)
                return "boolean"
            case "comparator":
                for child in children:
                    self._visit(child, kind)
                return "boolean"
            case "literal":
                value = node["value"]
                return "string" if isinstance(value, str) else ANY
            case "function_expression":
                kinds = [self._visit(child, kind) for child in children]
                if node["value"] in _BOOLEAN_FUNCTIONS:
                    return "boolean"
                if node["value"] == "keys":
                    return ("list", "string")
                if node["value"] == "join":
                    return "string"
                if node["value"] in ("sort", "reverse", "not_null"):
                    return kinds[0]
                return ANY
            case _:
                return ANY
