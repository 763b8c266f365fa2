"""Checks JMESPath expressions against the shape of a request: does the path exist, and what does it give?"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import jmespath

#: A type is the name of a shape in the table, a scalar's name (text with a fixed set of values is a ``Choice``),
#: "any", "null", or one of these tuples: ("list", T), ("dict", {name: T}), ("either", (T, T, …)).
Type = Any

NUMBERS = frozenset({"integer", "long", "float", "double"})
SCALARS = NUMBERS | {"string", "boolean", "timestamp", "blob"}
ANY = "any"
NULL = "null"


class Choice(str):
    """The type "string" with the values AWS lets it have."""

    __slots__ = ("values",)
    values: tuple[str, ...]

    def __new__(cls, values: Iterable[str]) -> Choice:
        """Makes the type of texts that are one of these values."""
        made = super().__new__(cls, "string")
        made.values = tuple(values)
        return made


#: The nodes (as text) that cannot be null where something is evaluated.
Known = frozenset[str]
NOTHING_KNOWN: Known = frozenset()

#: Put among them where the value that is looked into may itself be null.
MAYBE_NULL: Known = frozenset({"null"})


class PathError(Exception):
    """A path that the request's shape does not have; the message says what would be right."""


_EXPRESSION = "an expression that begins with &"
_LIST, _TEXT, _MAPPING, _NUMBER = ("a list",), ("text",), ("a mapping",), ("a number",)
_COMPARABLE = ("a list of numbers", "a list of texts")
_OF_ONE_TYPE = frozenset({"a list of numbers", "a list of texts"})
_ANYTHING: tuple[str, ...] = ()

#: The functions of JMESPath: what each argument may be, and the type they give or a function that tells it of the
#: types of the arguments.
_FUNCTIONS: dict[str, tuple[tuple[tuple[str, ...], ...], Type | Callable[[Paths, Sequence[Type]], Type]]] = {
    "abs": ((_NUMBER,), "double"),
    "avg": ((("a list of numbers",),), "double"),
    "ceil": ((_NUMBER,), "double"),
    "contains": ((_LIST + _TEXT, _ANYTHING), "boolean"),
    "ends_with": ((_TEXT, _TEXT), "boolean"),
    "floor": ((_NUMBER,), "double"),
    "join": ((_TEXT, ("a list of texts",)), "string"),
    "keys": ((_MAPPING,), ("list", "string")),
    "length": ((_LIST + _MAPPING + _TEXT,), "integer"),
    "map": (((_EXPRESSION,), _LIST), lambda paths, kinds: ("list", kinds[0])),
    "max": ((_COMPARABLE,), lambda paths, kinds: paths.element(kinds[0], "max()")),
    "max_by": ((_LIST, (_EXPRESSION,)), lambda paths, kinds: paths.element(kinds[0], "max_by()")),
    "merge": ((_MAPPING,), ANY),
    "min": ((_COMPARABLE,), lambda paths, kinds: paths.element(kinds[0], "min()")),
    "min_by": ((_LIST, (_EXPRESSION,)), lambda paths, kinds: paths.element(kinds[0], "min_by()")),
    "not_null": ((_ANYTHING,), lambda paths, kinds: either(kinds)),
    "reverse": ((_LIST + _TEXT,), lambda paths, kinds: kinds[0]),
    "sort": ((_COMPARABLE,), lambda paths, kinds: kinds[0]),
    "sort_by": ((_LIST, (_EXPRESSION,)), lambda paths, kinds: kinds[0]),
    "starts_with": ((_TEXT, _TEXT), "boolean"),
    "sum": ((("a list of numbers",),), "double"),
    "to_array": ((_ANYTHING,), lambda paths, kinds: ("list", paths.flattened(kinds[0]))),
    "to_number": ((_ANYTHING,), "double"),
    "to_string": ((_ANYTHING,), "string"),
    "type": ((_ANYTHING,), "string"),
    "values": ((_MAPPING,), lambda paths, kinds: ("list", paths.value(kinds[0]))),
}

#: The functions that take their one argument any number of times.
_VARIADIC = frozenset({"merge", "not_null"})

_ORDER = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def either(kinds: Iterable[Type]) -> Type:
    """The type of a value that has one of several types; nothing (null) counts for none."""
    found: list[Type] = []
    for kind in kinds:
        for item in options(kind):
            if item == ANY:
                return ANY
            if item == NULL:
                continue
            if item not in found:
                found.append(item)
            elif getattr(item, "values", None) != getattr(known := found[found.index(item)], "values", None):
                found[found.index(known)] = "string"
    if not found:
        return NULL
    return found[0] if len(found) == 1 else ("either", tuple(found))


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

    def result(self, expression: str, shape: str) -> Type:
        """The type an expression gives for a request of a shape.

        Raises:
            PathError: a member in it does not exist, an operator or function does not fit the type it is used on, a
                function is called on a member that may be absent (JMESPath then fails as a whole), or a member is
                compared with a value it cannot have.
            jmespath.exceptions.ParseError: not an expression.
        """
        return self._visit(jmespath.compile(str(expression)).parsed, shape)

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

    def value(self, kind: Type) -> Type:
        """The type of the values of a structure or map.

        Raises:
            PathError: the type is neither.
        """
        if kind == ANY:
            return ANY
        found: list[Type] = []
        for item in options(kind):
            shape = self._shape(item)
            if isinstance(item, tuple) and item[0] == "dict":
                found += item[1].values()
            elif "value" in shape:
                found.append(self._scalar(f"{item}.value", shape["value"]))
            elif "members" in shape:
                found += [self._scalar(f"{item}.{name}", member) for name, member in shape["members"].items()]
            else:
                raise PathError(f"* needs a mapping, and this is {self.describe(item)}")
        return either(found)

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
        return Choice(self.enums[place]) if place in self.enums else kind

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
            raise PathError(f"{name!r} is looked for in {self.describe(kind)}{hint}")
        if name not in members:
            close = difflib.get_close_matches(name, members, 1, 0.5)
            raise PathError(
                f"there is no member {name!r}"
                + (f"; did you mean {close[0]!r}?" if close else f" among {', '.join(sorted(members)[:12])}")
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
            case "subexpression" | "pipe" | "index_expression":
                for child in children:
                    present = self._present(child, kind, known)
                    kind = self._visit(child, kind, known)
                    known = NOTHING_KNOWN if present else MAYBE_NULL
                return kind
            case "index":
                return self.element(kind, f"[{node['value']}]")
            case "slice":
                return ("list", self.element(kind, "[:]"))
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
            case "value_projection":
                inner = self._visit(children[0], kind, known)
                made = any(isinstance(item, tuple) for item in options(inner))
                return ("list", self._visit(children[1], self.value(inner), MAYBE_NULL if made else NOTHING_KNOWN))
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
        raise PathError(f"{node['type']} is not understood")

    def _false(self, kind: Type) -> Type:
        """What is left of a type where its value is false: false itself, the empty text, the empty list."""
        if kind == ANY:
            return NULL
        left = ("list", NULL)
        return either(
            left if self.is_list(item) else item if item in ("boolean", "string") else NULL for item in options(kind)
        )

    def _compare(self, node: Mapping[str, Any], kind: Type, known: Known) -> Type:
        sides = [self._visit(child, kind, known) for child in node["children"]]
        operator = _ORDER.get(node["value"])
        if operator:
            for side in sides:
                if side != ANY and not all(_is_number(item) for item in options(side)):
                    raise PathError(f"{operator} compares numbers, and this is {self.describe(side)}")
        elif all(side not in (ANY, NULL) for side in sides):
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
        if not isinstance(kind, Choice) or node["type"] != "literal" or not isinstance(node["value"], str):
            return
        if node["value"] not in kind.values:
            close = difflib.get_close_matches(node["value"], kind.values, 1, 0.5)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise PathError(f"{node['value']!r} is none of its values {_listed(kind.values)}{hint}")

    def _call(self, name: str, children: Sequence[Mapping[str, Any]], kind: Type, known: Known) -> Type:
        if name not in _FUNCTIONS:
            close = difflib.get_close_matches(name, _FUNCTIONS, 1, 0.5)
            raise PathError(f"there is no function {name}()" + (f"; did you mean {close[0]}()?" if close else ""))
        wanted, gives = _FUNCTIONS[name]
        if name in _VARIADIC and children:
            wanted = wanted * len(children)
        if len(wanted) != len(children):
            raise PathError(f"{name}() takes {len(wanted)} argument{'s' * (len(wanted) > 1)}, not {len(children)}")
        # What an expression argument looks at are the elements of the call's list, wherever that stands.
        lists = [child for child, want in zip(children, wanted, strict=True) if want is _LIST]
        kinds: list[Type] = []
        for child, want in zip(children, wanted, strict=True):
            if child["type"] == "expref":
                if want != (_EXPRESSION,):
                    raise PathError(f"{name}() takes {' or '.join(want) or 'a value'} and not {_EXPRESSION}")
                element = self.element(self._visit(lists[0], kind, known), f"{name}()")
                elements = MAYBE_NULL if self._holds_null(lists[0], kind, known) else NOTHING_KNOWN
                kinds.append(self._visit(child["children"][0], element, elements))
                if name.endswith("_by"):
                    self._check_sortable(name, child["children"][0], element, kinds[-1], elements)
                continue
            if want == (_EXPRESSION,):
                raise PathError(f"{name}() takes {_EXPRESSION} there")
            given = self._visit(child, kind, known)
            if want and given != ANY and not all(self._fits(item, want) for item in options(given)):
                raise PathError(f"{name}() takes {' or '.join(want)}, and this is {self.describe(given)}")
            if want and not self._present(child, kind, known):
                text = _text(child)
                raise PathError(f"{name}() fails where {text} is absent; write {text} && {name}(…)")
            if any(word in _OF_ONE_TYPE for word in want) and self._holds_null(child, kind, known):
                raise PathError(f"{name}() fails where an element of its list is absent")
            kinds.append(given)
        if name == "contains" and "string" in options(kinds[0]):
            if kinds[1] != "string" or not self._present(children[1], kind, known):
                raise PathError("contains() looks for text in text, and what it looks for is none")
        elif name == "contains" and kinds[0] != ANY:
            self._check_choice(self.element(kinds[0], "contains()"), children[1])
        return gives(self, kinds) if callable(gives) else gives

    def _check_sortable(self, name: str, node: Mapping[str, Any], element: Type, kind: Type, known: Known) -> None:
        """Refuses to sort by what is not all text or all numbers, or may be absent."""
        if {self._family(item) for item in options(kind)} not in ({"string"}, {"number"}, {ANY}):
            raise PathError(f"{name}() sorts by text or a number, and this is {self.describe(kind)}")
        if not self._present(node, element, known):
            raise PathError(f"{name}() fails where {_text(node)} is absent")

    def _fits(self, kind: Type, wanted: Iterable[str]) -> bool:
        element = self.element(kind, "") if self.is_list(kind) else "none"
        fits = {
            "a number": _is_number(kind),
            "text": kind == "string",
            "a list": self.is_list(kind),
            "a mapping": self.is_mapping(kind),
            "a list of numbers": element in (ANY, NULL) or _is_number(element),
            "a list of texts": element in (ANY, NULL, "string"),
        }
        return any(fits[word] for word in wanted)

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
            case "projection" | "filter_projection" | "value_projection" | "flatten":
                return self._present(children[0], kind, known)
            case "index_expression":
                return children[1]["type"] == "slice" and self._present(children[0], kind, known)
            case "or_expression":  # gives the right side where the left one is false, be it there or not
                return self._present(children[1], kind, _and(known, _present_if(children[0], False)))
            case "and_expression":
                return all(self._present(child, kind, known) for child in children)
            case "literal":
                return node["value"] is not None
            case "function_expression" if node["value"] == "not_null":
                return any(self._present(child, kind, known) for child in children)
            case "function_expression":
                return node["value"] not in ("max", "max_by", "min", "min_by", "to_number")
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
            case "index_expression":
                return children[1]["type"] == "slice" and self._holds_null(children[0], kind, known)
            case "subexpression" | "pipe":
                return self._holds_null(children[1], self._visit(children[0], kind, known), MAYBE_NULL)
            case "or_expression" | "and_expression":
                return any(self._holds_null(child, kind, known) for child in children)
            case "function_expression":
                if node["value"] in ("map", "values"):
                    return True
                return any(
                    self._holds_null(child, kind, known) or not self._present(child, kind, known) for child in children
                )
            case "literal":
                return isinstance(node["value"], list) and None in node["value"]
            case "field" | "current":
                # A part that a multiselect made: what it holds is not followed.
                return any(isinstance(item, tuple) for item in options(self._visit(node, kind, known)))
        return False


def _makes_list(node: Mapping[str, Any]) -> bool:
    """Whether an expression makes lists of its own, by a multiselect or a function."""
    return node["type"] in ("multi_select_list", "multi_select_dict", "function_expression") or any(
        _makes_list(child) for child in node["children"] if isinstance(child, dict)
    )


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
    return ", ".join(values[:20]) + (f" and {len(values) - 20} more" if len(values) > 20 else "")


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
