"""Checks JMESPath expressions against the shape of a request: does the path exist, and what does it give?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..canonical import quoted, some
from ..engine.expressions import expression
from ..engine.interpreter import FUNCTIONS

#: A type is the name of a shape in the table, a scalar's name (text with a fixed set of values is a ``Choice``),
#: "any", "null", or one of these tuples: ("list", T), ("dict", {name: T}), ("either", (T, T, …)).
Type = Any

NUMBERS = frozenset({"integer", "long", "float", "double"})
ANY = "any"
NULL = "null"


class StringEnum(str):
    """The type "string" with the values AWS lets it have."""

    __slots__ = ("values",)
    values: tuple[str, ...]

    def __new__(cls, values: Iterable[str]) -> StringEnum:
        """Makes the type of texts that are one of these values."""
        choice = super().__new__(cls, "string")
        choice.values = tuple(values)
        return choice


#: The nodes (as text) that cannot be null where something is evaluated.
Known = frozenset[str]
NOTHING_KNOWN: Known = frozenset()

#: Put among them where the value that is looked into may itself be null.
MAYBE_NULL: Known = frozenset({"null"})


#: Parts of JMESPath that no record needs, in words.
_UNUSED = {"index_expression": "indexes and slices", "value_projection": "*", "expref": "expressions that begin with &"}


class PathError(ValueError):
    """A path that the request's shape does not have; the message says what would be right."""


def either(kinds: Iterable[Type]) -> Type:
    """The type of a value that has one of several types; nothing (null) counts for none."""
    types: list[Type] = []
    for kind in kinds:
        for item in options(kind):
            if item == ANY:
                return ANY
            if item == NULL:
                continue
            if item not in types:
                types.append(item)
            elif getattr(item, "values", None) != getattr(known := types[types.index(item)], "values", None):
                types[types.index(known)] = "string"
    if not types:
        return NULL
    return types[0] if len(types) == 1 else ("either", tuple(types))


def options(kind: Type) -> tuple[Type, ...]:
    """The types a value may have: those of an ``either``, else the one."""
    return kind[1] if isinstance(kind, tuple) and kind[0] == "either" else (kind,)


class Paths:
    """Expressions over one table of shapes.

    Args:
        types: shape name to ``{"members": {...}}``, ``{"member": T}`` (list) or ``{"value": T}`` (map).
        enums: "Shape.Member" to the values that member may have.
    """

    def __init__(self, types: Mapping[str, Any], enums: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.types = types
        self.enums = enums or {}

    def result(self, text: str, shape: str) -> Type:
        """The type an expression gives for a request of a shape.

        Raises:
            PathError: a member in it does not exist, an operator or function does not fit the type it is used on, a
                function is called on a member that may be absent (JMESPath then fails as a whole), or a member is
                compared with a value it cannot have.
            jmespath.exceptions.ParseError: not an expression.
        """
        return self._visit(expression(str(text)).parsed, shape)

    # types

    def is_list(self, kind: Type) -> bool:
        """Whether values of a type are lists."""
        return (isinstance(kind, tuple) and kind[0] == "list") or "member" in self._shape(kind)

    def is_mapping(self, kind: Type) -> bool:
        """Whether values of a type are structures or maps."""
        shape = self._shape(kind)
        return (isinstance(kind, tuple) and kind[0] == "dict") or "members" in shape or "value" in shape

    def element(self, kind: Type, operator: str) -> Type:
        """The type of a list's elements.

        Raises:
            PathError: the type is no list.
        """
        if kind == ANY:
            return ANY
        return either(self._one_element(item, operator) for item in options(kind))

    def flattened(self, kind: Type) -> Type:
        """A type, or where it is a list that of its elements."""
        return either(self.element(item, "[]") if self.is_list(item) else item for item in options(kind))

    def describe(self, kind: Type) -> str:
        """A type in words."""
        if isinstance(kind, tuple):
            if kind[0] == "either":
                return " or ".join(self.describe(item) for item in kind[1])
            return "a list" if kind[0] == "list" else "a mapping"
        shape = self._shape(kind)
        if shape:
            return "a list" if "member" in shape else "a map" if "value" in shape else "a structure"
        if _is_number(kind):
            return "a number"
        return {"string": "text", NULL: "nothing", ANY: "anything"}.get(str(kind), f"a {kind}")

    def _shape(self, kind: Type) -> Mapping[str, Any]:
        return self.types.get(kind, {}) if isinstance(kind, str) else {}

    def _scalar(self, place: str, kind: Type) -> Type:
        return StringEnum(self.enums[place]) if place in self.enums else kind

    def _one_element(self, kind: Type, operator: str) -> Type:
        if isinstance(kind, tuple) and kind[0] == "list":
            return kind[1]
        shape = self._shape(kind)
        if "member" in shape:
            return self._scalar(f"{kind}.member", shape["member"])
        raise PathError(f"{operator} needs a list, and this is {self.describe(kind)}")

    def _field(self, kind: Type, name: str) -> Type:
        if kind == ANY:
            return ANY
        return either(self._one_field(item, name) for item in options(kind))

    def _one_field(self, kind: Type, name: str) -> Type:
        shape = self._shape(kind)
        if "value" in shape:
            return self._scalar(f"{kind}.value", shape["value"])
        members = kind[1] if isinstance(kind, tuple) and kind[0] == "dict" else shape.get("members")
        if members is None:
            hint = f"; write []{'.' + name} to look into its elements" if self.is_list(kind) else ""
            raise PathError(f"{quoted(name)} is looked for in {self.describe(kind)}{hint}")
        if name not in members:
            close = difflib.get_close_matches(name, members, 1, 0.5)
            raise PathError(
                f"there is no member {quoted(name)}"
                + (f"; did you mean {quoted(close[0])}?" if close else f" among {', '.join(sorted(members)[:12])}")
            )
        return self._scalar(f"{kind}.{name}", members[name]) if shape else members[name]

    # nodes

    def _visit(self, node: Mapping[str, Any], kind: Type, known: Known = NOTHING_KNOWN) -> Type:
        """The type a node gives on a value of a type."""
        children = node["children"]
        match node["type"]:
            case "field":
                return self._field(kind, node["value"])
            case "current" | "identity":
                return kind
            case "subexpression" | "pipe":
                for child in children:
                    present = self._present(child, kind, known)
                    kind = self._visit(child, kind, known)
                    known = NOTHING_KNOWN if present else MAYBE_NULL
                return kind
            case "flatten":
                return ("list", self.flattened(self.element(self._visit(children[0], kind, known), "[]")))
            case "projection":
                inner = self._visit(children[0], kind, known)
                elements = MAYBE_NULL if self._holds_null(children[0], kind, known) else NOTHING_KNOWN
                return ("list", self._visit(children[1], self.element(inner, "[*]"), elements))
            case "filter_projection":
                element = self.element(self._visit(children[0], kind, known), "[?…]")
                elements = MAYBE_NULL if self._holds_null(children[0], kind, known) else NOTHING_KNOWN
                self._visit(children[2], element, elements)
                return ("list", self._visit(children[1], element, _and(elements, _present_if(children[2], True))))
            case "multi_select_dict":
                # On null it gives null without looking at its parts.
                parts = {child["value"]: child["children"][0] for child in children}
                return ("dict", {name: self._visit(part, kind, known - MAYBE_NULL) for name, part in parts.items()})
            case "multi_select_list":
                return ("list", either([self._visit(child, kind, known - MAYBE_NULL) for child in children]))
            case "or_expression":
                left = self._visit(children[0], kind, known)
                return either([left, self._visit(children[1], kind, _and(known, _present_if(children[0], False)))])
            case "and_expression":
                left = self._visit(children[0], kind, known)
                right = self._visit(children[1], kind, _and(known, _present_if(children[0], True)))
                return either([right, self._false(left)])
            case "not_expression":
                self._visit(children[0], kind, known)
                return "boolean"
            case "comparator":
                return self._compare(node, kind, known)
            case "literal":
                return _literal(node["value"])
            case "function_expression":
                return self._call(node["value"], children, kind, known)
        # What records do not need, neither engine's checks have to know.
        raise PathError(f"records do without {_UNUSED.get(node['type'], node['type'])}")

    def _false(self, kind: Type) -> Type:
        """What is left of a type where its value is false: false itself, the empty text, the empty list."""
        if kind == ANY:
            return NULL
        left = ("list", NULL)
        return either(
            left if self.is_list(item) else item if item in ("boolean", "string") else NULL for item in options(kind)
        )

    def _compare(self, node: Mapping[str, Any], kind: Type, known: Known) -> Type:
        if node["value"] not in ("eq", "ne"):
            raise PathError("records do without comparisons by size")
        sides = [self._visit(child, kind, known) for child in node["children"]]
        if all(side not in (ANY, NULL) for side in sides):
            families = [{self._family(item) for item in options(side)} for side in sides]
            if not families[0] & families[1]:
                raise PathError(f"{self.describe(sides[0])} never equals {self.describe(sides[1])}")
            for side, child in ((sides[0], node["children"][1]), (sides[1], node["children"][0])):
                self._check_choice(side, child)
        return "boolean"

    def _family(self, kind: Type) -> str:
        """What a type can be equal to, as one word."""
        if _is_number(kind):
            return "number"
        return "list" if self.is_list(kind) else "mapping" if self.is_mapping(kind) else str(kind)

    def _check_choice(self, kind: Type, node: Mapping[str, Any]) -> None:
        """Refuses a literal that is none of the values a text may have."""
        if not isinstance(kind, StringEnum) or node["type"] != "literal" or not isinstance(node["value"], str):
            return
        if node["value"] not in kind.values:
            close = difflib.get_close_matches(node["value"], kind.values, 1, 0.5)
            hint = f"; did you mean {quoted(close[0])}?" if close else ""
            raise PathError(f"{quoted(node['value'])} is none of its values {_listed(kind.values)}{hint}")

    def _call(self, name: str, children: Sequence[Mapping[str, Any]], kind: Type, known: Known) -> Type:
        if name not in FUNCTIONS:
            raise PathError(f"records use the functions {', '.join(FUNCTIONS)} only, not {name}")
        if name == "parsed":
            if [child["type"] for child in children] != ["field"]:
                raise PathError("parsed() takes a member of the request")
            if (taken := self._visit(children[0], kind, known)) != "string":
                raise PathError(f"parsed() takes text, and this is {self.describe(taken)}")
            return ANY
        if len(children) != 2:
            raise PathError(f"{name}() takes 2 arguments, not {len(children)}")
        kinds = [self._visit(child, kind, known) for child in children]
        # contains(where, what) and join(glue, texts): the first argument of the one is the second of the other.
        place = 0 if name == "contains" else 1
        wanted = "a list or text" if name == "contains" else "a list of texts"
        if kinds[place] != ANY and not all(self._fits(item, name) for item in options(kinds[place])):
            raise PathError(f"{name}() takes {wanted}, and this is {self.describe(kinds[place])}")
        if name == "join" and kinds[0] not in ("string", ANY):
            raise PathError(f"join() takes text, and this is {self.describe(kinds[0])}")
        for child in children[place:] if name == "join" else children[:1]:
            if not self._present(child, kind, known):
                text = _text(child)
                raise PathError(f"{name}() fails where {text} is absent; write {text} && {name}(…)")
        if name == "join" and self._holds_null(children[1], kind, known):
            raise PathError("join() fails where an element of its list is absent")
        if name == "join":
            return "string"
        if "string" in options(kinds[0]):
            if kinds[1] != "string" or not self._present(children[1], kind, known):
                raise PathError("contains() looks for text in text, and what it looks for is none")
        elif kinds[0] != ANY:
            self._check_choice(self.element(kinds[0], "contains()"), children[1])
        return "boolean"

    def _fits(self, kind: Type, name: str) -> bool:
        """Whether contains() can look into values of a type, or join() joins them."""
        if name == "contains":
            return kind == "string" or self.is_list(kind)
        return self.is_list(kind) and self.element(kind, "[]") in (ANY, NULL, "string")

    def _present(self, node: Mapping[str, Any], kind: Type, known: Known) -> bool:
        """Whether a node gives a value, and not null, for every request that has its required members."""
        children = node["children"]
        if repr(node) in known:
            return True
        match node["type"]:
            case "field":
                needed = all(node["value"] in self._shape(item).get("required", ()) for item in options(kind))
                return needed and not known & MAYBE_NULL
            case "current" | "identity" | "multi_select_dict" | "multi_select_list":
                return not known & MAYBE_NULL
            case "subexpression" | "pipe":
                present = self._present(children[0], kind, known)
                inner = self._visit(children[0], kind, known)
                return self._present(children[1], inner, NOTHING_KNOWN if present else MAYBE_NULL)
            case "projection" | "filter_projection" | "flatten":
                return self._present(children[0], kind, known)
            case "or_expression":  # gives the right side where the left one is false, be it there or not
                return self._present(children[1], kind, _and(known, _present_if(children[0], False)))
            case "and_expression":
                return all(self._present(child, kind, known) for child in children)
            case "literal":
                return node["value"] is not None
            case "function_expression" if node["value"] == "parsed":
                return False
        return True

    def _holds_null(self, node: Mapping[str, Any], kind: Type, known: Known) -> bool:
        """Whether the list that a node gives may have null among its elements. Lists of a request never do."""
        children = node["children"]
        match node["type"]:
            case "multi_select_list":
                return not all(self._present(child, kind, known - MAYBE_NULL) for child in children)
            case "flatten":
                inner = children[0]["children"] if children[0]["type"] == "multi_select_list" else children
                # What lists inside of lists hold is not followed: where an expression makes one, it may be null.
                return self._holds_null(children[0], kind, known) or any(_makes_list(child) for child in inner)
            case "subexpression" | "pipe":
                return self._holds_null(children[1], self._visit(children[0], kind, known), MAYBE_NULL)
            case "or_expression" | "and_expression":
                return any(self._holds_null(child, kind, known) for child in children)
            case "literal":
                return isinstance(node["value"], list) and None in node["value"]
            case "field" | "current":
                # A part that a multiselect made: what it holds is not followed.
                return any(isinstance(item, tuple) for item in options(self._visit(node, kind, known)))
        return False


def _makes_list(node: Mapping[str, Any]) -> bool:
    """Whether an expression makes lists of its own, by a multiselect."""
    return node["type"].startswith("multi_select") or any(_makes_list(child) for child in node["children"])


def _and(known: Known, more: Known) -> Known:
    """Adds what is known; where any part of the value is present, so is the value."""
    return (known - MAYBE_NULL if more else known) | more


def _present_if(node: Mapping[str, Any], true: bool) -> Known:
    """The nodes that cannot be null where a node is true (or, with ``true`` unset, false)."""
    children = node["children"]
    match node["type"]:
        case "and_expression" if true:
            return _present_if(children[0], True) | _present_if(children[1], True)
        case "or_expression" if not true:
            return _present_if(children[0], False) | _present_if(children[1], False)
        case "not_expression":
            return _present_if(children[0], not true)
        case "comparator" if true and node["value"] == "eq":
            literals = [child["type"] == "literal" and child["value"] is not None for child in children]
            return frozenset(repr(child) for child in children) if any(literals) else frozenset()
        case "field" | "current" if true:
            return frozenset({repr(node)})
        case "subexpression" if true:
            return frozenset({repr(node)}) | _present_if(children[0], True)
    return frozenset()


def _text(node: Mapping[str, Any]) -> str:
    """A node as its author wrote it, if it is a chain of members."""
    if node["type"] == "field":
        return str(node["value"])
    if node["type"] == "subexpression":
        return ".".join(_text(child) for child in node["children"])
    return "its argument"


def _is_number(kind: Type) -> bool:
    return isinstance(kind, str) and kind in NUMBERS


def _listed(values: Sequence[str]) -> str:
    return some(values, 20)


def _literal(value: Any) -> Type:
    match value:
        case None:
            return NULL
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case float():
            return "double"
        case list():
            return ("list", either([_literal(item) for item in value]))
        case _:
            return ("dict", {key: _literal(item) for key, item in value.items()})
