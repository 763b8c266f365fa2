"""JMESPath over requests: the jmespath library, with functions that take texts of which parts are not known yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.functions import Functions, signature
from jmespath.visitor import TreeInterpreter


class Unknown(NamedTuple):
    """A part of a text that is not known yet, as a placeholder.

    Attributes:
        name: the placeholder's name; one of :data:`~sagemaker_roles.catalog.GLOBALS` is that global.
        stands_for: what such a part looks like, where the name of the field it falls into does not tell it.
        is_list: whether it stands for a whole list, of which nothing is known, not even how long it is.
    """

    name: str
    stands_for: str = ""
    is_list: bool = False

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
        """Joins the parts to a text."""
        kept = tuple(part for part in parts if part != "")
        text = super().__new__(cls, "".join(p if isinstance(p, str) else p.shown for p in kept))
        text.parts = kept
        return text


def joined(parts: Iterable[str | Unknown]) -> str:
    """A text of parts: a plain string where all of them are known."""
    flat: list[str | Unknown] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Partial) else (part,))
    if any(isinstance(part, Unknown) for part in flat):
        return Partial(flat)
    return "".join(str(part) for part in flat)


#: The functions that records may use; both engines have them.
FUNCTIONS = ("contains", "join")


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


#: The library makes one for each search; it holds nothing of a search.
_INTERPRETER = TreeInterpreter(jmespath.Options(custom_functions=_Functions()))


class Expression(NamedTuple):
    """An expression of a record, parsed.

    Attributes:
        text: as the record has it.
        roots: members of the request of which at least one must be there for it to find anything; None if it may find
            something in any request.
        parsed: as the library has it.
    """

    text: str
    roots: frozenset[str] | None
    parsed: Any

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
    """An expression, parsed.

    Raises:
        jmespath.exceptions.ParseError: it is not one.
    """
    parsed = jmespath.compile(text).parsed
    return Expression(text, _roots(parsed), parsed)


def search(text: str, members: Mapping[str, Any]) -> Any:
    """Evaluates an expression over a request; None where a function in it is given what it cannot take."""
    return expression(text).search(members)


def is_true(value: Any) -> bool:
    """JMESPath's truth: empty strings, lists and mappings, false and null are false; 0 is true."""
    return bool(value) or (value == 0 and value is not False)


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
            return None if None in both else frozenset[str]().union(*(item for item in both if item is not None))
        case _:
            return None
