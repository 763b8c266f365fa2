"""Checks JMESPath expressions against the shape of a request: does the path exist, and what does it give?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sagemaker_roles.canonical import quoted, some
from sagemaker_roles.engine.expressions import FUNCTIONS, expression

#: A type is the name of a shape in the table, a scalar's name (text with a fixed set of values is a ``StringEnum``),
#: "any", "null", or one of these tuples: ("list", T), ("dict", {name: T}), ("either", (T, T, …)). Inside an expression
#: there is also ("maybe", T), the type of what may be null.
Type = Any

NUMBERS = frozenset({"integer", "long", "float", "double"})
ANY = "any"
NULL = "null"

#: The type of the elements of a list that has none.
_NEVER: Type = ("either", ())


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
    kind = present(kind)
    return kind[1] or (NULL,) if isinstance(kind, tuple) and kind[0] == "either" else (kind,)


def present(kind: Type) -> Type:
    """The type of a value where it is not null."""
    return kind[1] if isinstance(kind, tuple) and kind[0] == "maybe" else kind


def _is_maybe(kind: Type) -> bool:
    return kind == NULL or (isinstance(kind, tuple) and kind[0] == "maybe")


def _maybe(kind: Type, is_null: bool = True) -> Type:
    """A type whose values may be null as well."""
    return ("maybe", kind) if is_null and not _is_maybe(kind) else kind


def _one_of(kinds: Sequence[Type]) -> Type:
    """The type of one of several values, null where one of them is; of no value the type that nothing has."""
    is_null = any(map(_is_maybe, kinds))
    kind = either(kinds)
    return _maybe(kind, is_null) if is_null or kind != NULL else _NEVER


def _shown(kind: Type) -> Type:
    """A type without what may be null."""
    kind = present(kind)
    if not isinstance(kind, tuple):
        return kind
    name, inner = kind
    if name == "dict":
        return name, {key: _shown(one) for key, one in inner.items()}
    return (name, _shown(inner)) if name == "list" else either(map(_shown, inner))


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
        return _shown(self._visit(expression(str(text)).parsed, shape))

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
        return _one_of([self._one_element(item, operator) for item in options(kind)])

    def describe(self, kind: Type) -> str:
        """A type in words."""
        kind = present(kind)
        if isinstance(kind, tuple):
            if kind[0] == "either":
                return " or ".join(map(self.describe, options(kind)))
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
        if kind == ANY:
            return ANY
        if isinstance(kind, tuple) and kind[0] == "list":
            return kind[1]
        shape = self._shape(kind)
        if "member" in shape:
            return self._scalar(f"{kind}.member", shape["member"])
        raise PathError(f"{operator} needs a list, and this is {self.describe(kind)}")

    def _field(self, kind: Type, name: str) -> Type:
        return _maybe(_one_of([self._one_field(item, name) for item in options(kind)]), _is_maybe(kind))

    def _one_field(self, kind: Type, name: str) -> Type:
        if kind == ANY:
            return _maybe(ANY)
        shape = self._shape(kind)
        if "value" in shape:
            return _maybe(self._scalar(f"{kind}.value", shape["value"]))
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
        if not shape:
            return members[name]
        return _maybe(self._scalar(f"{kind}.{name}", members[name]), name not in shape.get("required", ()))

    # nodes

    def _visit(self, node: Mapping[str, Any], kind: Type, known: Known = NOTHING_KNOWN) -> Type:
        """The type a node gives on a value of a type."""
        given = self._given(node, kind, known)
        return present(given) if known and repr(node) in known else given

    def _given(self, node: Mapping[str, Any], kind: Type, known: Known) -> Type:
        children = node["children"]
        match node["type"]:
            case "field":
                return self._field(kind, node["value"])
            case "current" | "identity":
                return kind
            case "subexpression" | "pipe":
                for child in children:
                    kind, known = self._visit(child, kind, known), NOTHING_KNOWN
                return kind
            case "flatten":
                base = self._visit(children[0], kind, known)
                element = self.element(base, "[]")
                inner = [self.element(item, "[]") if self.is_list(item) else item for item in options(element)]
                return _maybe(("list", _maybe(_one_of(inner), _is_maybe(element))), _is_maybe(base))
            case "projection":
                base = self._visit(children[0], kind, known)
                return _projected(base, self._visit(children[1], self.element(base, "[*]")))
            case "filter_projection":
                base = self._visit(children[0], kind, known)
                element = self.element(base, "[?…]")
                self._visit(children[2], element)
                return _projected(base, self._where(children[2], True, children[1], element))
            case "multi_select_dict":
                # On null it gives null without looking at its parts.
                parts = {child["value"]: child["children"][0] for child in children}
                types = {name: self._visit(part, present(kind), known) for name, part in parts.items()}
                return _maybe(("dict", types), _is_maybe(kind))
            case "multi_select_list":
                several = [self._visit(child, present(kind), known) for child in children]
                return _maybe(("list", _one_of(several)), _is_maybe(kind))
            case "or_expression":  # gives the right side where the left one is false, be it there or not
                left = self._visit(children[0], kind, known)
                right = self._where(children[0], False, children[1], kind, known)
                return _maybe(either([left, right]), _is_maybe(right))
            case "and_expression":
                left = self._visit(children[0], kind, known)
                right = self._where(children[0], True, children[1], kind, known)
                return _maybe(either([right, self._false(left)]), _is_maybe(left) or _is_maybe(right))
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

    def _where(
        self, test: Mapping[str, Any], true: bool, node: Mapping[str, Any], kind: Type, known: Known = NOTHING_KNOWN
    ) -> Type:
        """The type a node gives where a test is true, or false; where a part of a value is present, so is the value."""
        more = _present_if(test, true)
        return self._visit(node, present(kind) if more else kind, known | more)

    def _false(self, kind: Type) -> Type:
        """What is left of a type where its value is false: false itself, the empty text, the empty list."""
        left = ("list", _NEVER)
        return either(
            left if self.is_list(item) else item if item in ("boolean", "string") else NULL for item in options(kind)
        )

    def _compare(self, node: Mapping[str, Any], kind: Type, known: Known) -> Type:
        if node["value"] not in ("eq", "ne"):
            raise PathError("records do without comparisons by size")
        sides = [present(self._visit(child, kind, known)) for child in node["children"]]
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
        kind = present(kind)
        if not isinstance(kind, StringEnum) or node["type"] != "literal" or not isinstance(node["value"], str):
            return
        if node["value"] not in kind.values:
            close = difflib.get_close_matches(node["value"], kind.values, 1, 0.5)
            hint = f"; did you mean {quoted(close[0])}?" if close else ""
            raise PathError(f"{quoted(node['value'])} is none of its values {some(kind.values, 20)}{hint}")

    def _call(self, name: str, children: Sequence[Mapping[str, Any]], kind: Type, known: Known) -> Type:
        if name not in FUNCTIONS:
            raise PathError(f"records use the functions {', '.join(FUNCTIONS)} only, not {name}")
        if name == "parsed":
            if [child["type"] for child in children] != ["field"]:
                raise PathError("parsed() takes a member of the request")
            if present(taken := self._visit(children[0], kind, known)) != "string":
                raise PathError(f"parsed() takes text, and this is {self.describe(taken)}")
            return _maybe(ANY)
        if len(children) != 2:
            raise PathError(f"{name}() takes 2 arguments, not {len(children)}")
        kinds = [self._visit(child, kind, known) for child in children]
        # contains(where, what) and join(glue, texts): the first argument of the one is the second of the other.
        place = 0 if name == "contains" else 1
        wanted = "a list or text" if name == "contains" else "a list of texts"
        if not all(self._fits(item, name) for item in options(kinds[place])):
            raise PathError(f"{name}() takes {wanted}, and this is {self.describe(kinds[place])}")
        if name == "join" and present(kinds[0]) not in ("string", ANY):
            raise PathError(f"join() takes text, and this is {self.describe(kinds[0])}")
        if _is_maybe(kinds[place]):
            text = _text(children[place])
            raise PathError(f"{name}() fails where {text} is absent; write {text} && {name}(…)")
        if name == "join" and _is_maybe(self.element(kinds[1], "[]")):
            raise PathError("join() fails where an element of its list is absent")
        if name == "join":
            return "string"
        if "string" in options(kinds[0]):
            if kinds[1] != "string":
                raise PathError("contains() looks for text in text, and what it looks for is none")
        elif kinds[0] != ANY:
            self._check_choice(self.element(kinds[0], "contains()"), children[1])
        return "boolean"

    def _fits(self, kind: Type, name: str) -> bool:
        """Whether contains() can look into values of a type, or join() joins them."""
        if kind == ANY or name == "contains":
            return kind in (ANY, "string") or self.is_list(kind)
        return self.is_list(kind) and all(one in (ANY, NULL, "string") for one in options(self.element(kind, "[]")))


def _projected(base: Type, element: Type) -> Type:
    """The list that a projection of a list gives: without what is null."""
    return _maybe(("list", _NEVER if element == NULL else present(element)), _is_maybe(base))


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


#: The types of literals that are no list and no mapping.
_LITERALS = {type(None): NULL, bool: "boolean", str: "string", int: "integer", float: "double"}


def _literal(value: Any) -> Type:
    if isinstance(value, list):
        return ("list", _one_of([_literal(item) for item in value]))
    if isinstance(value, dict):
        return ("dict", {key: _literal(item) for key, item in value.items()})
    return _LITERALS[type(value)]
