"""Evaluates JMESPath expressions over requests: parsed by the jmespath library, compiled to closures for speed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

Evaluate = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part of a text that is not known yet, as a placeholder.

    Attributes:
        name: the placeholder's name; one of :data:`~sagemaker_roles.model.GLOBALS` is that global.
        stands_for: what such a part looks like, where the name of the field it falls into does not tell it.
    """

    name: str
    stands_for: str = ""

    @property
    def shown(self) -> str:
        """The part in a template: its placeholder, or ``*`` for :data:`ANY`."""
        return "*" if self is ANY else "${" + self.name + "}"


#: A name that a service gives at run time, so that whatever it is has to be allowed: no placeholder, but ``*``.
ANY = Unknown("*", "x")


class Partial(str):
    """A text of which parts are not known yet (a reference in a template, say).

    As a string it is what is known, with ``${Name}`` for the rest. The composer keeps the placeholders where the value
    can still be told apart into its fields, and never reads ``${Name}`` in a plain string as one.

    Attributes:
        parts: texts and unknown parts, in order.
    """

    __slots__ = ("parts",)
    parts: tuple[str | Unknown, ...]

    def __new__(cls, parts: Iterable[str | Unknown]) -> Partial:
        """Makes it of its parts."""
        kept = tuple(part for part in parts if part != "")
        made = super().__new__(cls, "".join(p if isinstance(p, str) else p.shown for p in kept))
        made.parts = kept
        return made


def joined(parts: Iterable[str | Unknown]) -> str:
    """A text of parts: a plain string where all of them are known."""
    flat: list[str | Unknown] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Partial) else (part,))
    if any(isinstance(part, Unknown) for part in flat):
        return Partial(flat)
    return "".join(str(part) for part in flat)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression.

    Attributes:
        evaluate: gives its value for a request; raises ``JMESPathError`` where a function is given what it cannot take.
        roots: members of the request of which at least one must be there for it to find anything; None if it may find
            something in any request.
    """

    evaluate: Evaluate
    roots: frozenset[str] | None


@lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """The compiled form of an expression.

    Raises:
        jmespath.exceptions.ParseError: it is none.
    """
    node = jmespath.compile(text).parsed
    return Expression(_compile(node), _roots(node))


def search(text: str, members: Mapping[str, Any]) -> Any:
    """Evaluates an expression over a request; None where a function in it is given what it cannot take."""
    return evaluated(expression(text), members)


def evaluated(compiled: Expression, members: Mapping[str, Any]) -> Any:
    """As :func:`search`, for a compiled expression."""
    try:
        return compiled.evaluate(members)
    except JMESPathError:
        return None


def is_true(value: Any) -> bool:
    """JMESPath's truth: empty strings, lists and mappings, false and null are false; 0 is true."""
    return bool(value) or (value == 0 and value is not False)


# --- compilation: each kind of node as the library's own interpreter evaluates it ---------------------------------


def _compile(node: Mapping[str, Any]) -> Evaluate:
    return _COMPILERS[node["type"]](node)


def _children(node: Mapping[str, Any]) -> list[Evaluate]:
    return [_compile(child) for child in node["children"]]


def _field(node: Mapping[str, Any]) -> Evaluate:
    name = node["value"]

    def field(value: Any) -> Any:
        try:
            return value.get(name)
        except AttributeError:
            return None

    return field


def _fields(node: Mapping[str, Any]) -> list[str] | None:
    """The names of a path that is nothing but members (``A.B.C``), or None."""
    if node["type"] == "field":
        return [node["value"]]
    if node["type"] != "subexpression":
        return None
    names = [_fields(child) for child in node["children"]]
    return [name for part in names if part for name in part] if all(names) else None


def _path(names: Sequence[str]) -> Evaluate:
    """Walks through members; written out for the lengths that nearly all paths have."""
    if len(names) == 2:
        first, second = names

        def of_two(value: Any) -> Any:
            try:
                return value.get(first).get(second)
            except AttributeError:
                return None

        return of_two
    if len(names) == 3:
        first, second, third = names

        def of_three(value: Any) -> Any:
            try:
                return value.get(first).get(second).get(third)
            except AttributeError:
                return None

        return of_three

    def path(value: Any) -> Any:
        try:
            for name in names:
                value = value.get(name)
        except AttributeError:
            return None
        return value

    return path


def _chain(node: Mapping[str, Any]) -> Evaluate:
    names = _fields(node)
    if names is not None:
        return _path(names)
    steps = _children(node)
    if len(steps) == 2:
        first, second = steps

        def two(value: Any) -> Any:
            return second(first(value))

        return two

    def chain(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return chain


def _identity(_: Mapping[str, Any]) -> Evaluate:
    return lambda value: value


def _literal(node: Mapping[str, Any]) -> Evaluate:
    literal = node["value"]
    return lambda _: literal


def _index(node: Mapping[str, Any]) -> Evaluate:
    index = node["value"]

    def at(value: Any) -> Any:
        if not isinstance(value, list):
            return None
        try:
            return value[index]
        except IndexError:
            return None

    return at


def _slice(node: Mapping[str, Any]) -> Evaluate:
    part = slice(*node["children"])
    return lambda value: value[part] if isinstance(value, list) else None


def _flatten(node: Mapping[str, Any]) -> Evaluate:
    (base,) = _children(node)

    def flatten(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        merged: list[Any] = []
        for element in found:
            if isinstance(element, list):
                merged.extend(element)
            else:
                merged.append(element)
        return merged

    return flatten


def _projection(node: Mapping[str, Any]) -> Evaluate:
    base, project = _children(node)

    def projection(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        return [item for item in map(project, found) if item is not None]

    return projection


def _filter(node: Mapping[str, Any]) -> Evaluate:
    base, project, condition = _children(node)

    if _is_boolean(node["children"][2]):

        def selection(value: Any) -> Any:
            found = base(value)
            if not isinstance(found, list):
                return None
            kept = [project(element) for element in found if condition(element)]
            return [item for item in kept if item is not None]

        return selection

    def projection(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        kept = (project(element) for element in found if is_true(condition(element)))
        return [item for item in kept if item is not None]

    return projection


def _values(node: Mapping[str, Any]) -> Evaluate:
    base, project = _children(node)

    def projection(value: Any) -> Any:
        try:
            found = base(value).values()
        except AttributeError:
            return None
        return [item for item in map(project, found) if item is not None]

    return projection


def _mapping(node: Mapping[str, Any]) -> Evaluate:
    pairs = [(child["value"], _compile(child["children"][0])) for child in node["children"]]
    return lambda value: None if value is None else {name: step(value) for name, step in pairs}


def _list(node: Mapping[str, Any]) -> Evaluate:
    steps = _children(node)
    return lambda value: None if value is None else [step(value) for step in steps]


def _is_boolean(node: Mapping[str, Any]) -> bool:
    """Whether a node gives nothing but true and false, for which Python's own truth is JMESPath's."""
    if node["type"] in ("or_expression", "and_expression"):
        return all(_is_boolean(child) for child in node["children"])
    return node["type"] == "not_expression" or (node["type"] == "comparator" and node["value"] in ("eq", "ne"))


def _or(node: Mapping[str, Any]) -> Evaluate:
    first, second = _children(node)
    if _is_boolean(node):
        return lambda value: first(value) or second(value)

    def either(value: Any) -> Any:
        found = first(value)
        return found if is_true(found) else second(value)

    return either


def _and(node: Mapping[str, Any]) -> Evaluate:
    first, second = _children(node)
    if _is_boolean(node):
        return lambda value: first(value) and second(value)

    def both(value: Any) -> Any:
        found = first(value)
        return second(value) if is_true(found) else found

    return both


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _not(node: Mapping[str, Any]) -> Evaluate:
    (inner,) = _children(node)

    def negated(value: Any) -> Any:
        found = inner(value)
        return False if _is_number(found) and found == 0 else not found

    return negated


def _equals(first: Any, second: Any) -> bool:
    # Python takes True for 1; JMESPath does not.
    return isinstance(first, bool) == isinstance(second, bool) and bool(first == second)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "gt": operator.gt,
    "lte": operator.le,
    "gte": operator.ge,
}


def _comparator(node: Mapping[str, Any]) -> Evaluate:
    first, second = _children(node)
    name = node["value"]
    right = node["children"][1]
    if right["type"] == "literal" and isinstance(right["value"], str):
        # Only with numbers and booleans does Python see an equality that JMESPath does not.
        text = right["value"]
        if name == "eq":
            return lambda value: first(value) == text
        if name == "ne":
            return lambda value: first(value) != text
    if name == "eq":
        return lambda value: _equals(first(value), second(value))
    if name == "ne":
        return lambda value: not _equals(first(value), second(value))
    order = _ORDER[name]

    def compare(value: Any) -> Any:
        left, right = first(value), second(value)
        # The library compares text with text too, though the specification only knows numbers here.
        same = (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str))
        return order(left, right) if same else None

    return compare


def _function(node: Mapping[str, Any]) -> Evaluate:
    from jmespath.functions import Functions
    from jmespath.visitor import TreeInterpreter, _Expression

    name = node["value"]
    functions = Functions()
    steps: list[Evaluate] = []
    for child in node["children"]:
        if child["type"] == "expref":
            reference = _Expression(child["children"][0], TreeInterpreter())
            steps.append(lambda _, reference=reference: reference)  # type: ignore[misc]
        else:
            steps.append(_compile(child))

    def call(value: Any) -> Any:
        arguments = [step(value) for step in steps]
        if name == "starts_with" and type(arguments[0]) is str and type(arguments[1]) is str:
            return arguments[0].startswith(arguments[1])
        if name == "contains" and type(arguments[0]) is str and type(arguments[1]) is str:
            return arguments[1] in arguments[0]
        if name == "join" and _are_texts(arguments[1]):
            glue: list[str] = []
            for index, item in enumerate(arguments[1]):
                glue += [arguments[0], item] if index else [item]
            return joined(glue)
        return functions.call_function(name, [_known(argument) for argument in arguments])

    return call


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _known(value: Any) -> Any:
    """A value as the library's functions take it: they look at the type's name."""
    if isinstance(value, Partial):
        return str.__str__(value)
    if isinstance(value, list):
        return [_known(item) for item in value]
    return value


def _reference(_: Mapping[str, Any]) -> Evaluate:
    raise NotImplementedError("an expression reference stands only as the argument of a function")


_COMPILERS: dict[str, Callable[[Mapping[str, Any]], Evaluate]] = {
    "and_expression": _and,
    "comparator": _comparator,
    "current": _identity,
    "expref": _reference,
    "field": _field,
    "filter_projection": _filter,
    "flatten": _flatten,
    "function_expression": _function,
    "identity": _identity,
    "index": _index,
    "index_expression": _chain,
    "literal": _literal,
    "multi_select_dict": _mapping,
    "multi_select_list": _list,
    "not_expression": _not,
    "or_expression": _or,
    "pipe": _chain,
    "projection": _projection,
    "slice": _slice,
    "subexpression": _chain,
    "value_projection": _values,
}


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
        case "or_expression":
            both = [_roots(child) for child in children]
            return frozenset().union(*both) if all(item is not None for item in both) else None  # type: ignore[arg-type]
        case _:
            return None
