"""Values of variables: as their type takes them, out of a text that the user gives, and with optional attributes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..requests.member_names import elements_of
from .expressions import evaluate
from .scopes import Scope
from .syntax import Expression
from .value_types import Failed


def given(value: str, kind: Expression | None) -> Any:
    """A value that the user gives as text, for a variable of a type."""
    word = kind.written() if kind is not None else "string"
    if word == "bool" or word == "number":
        try:
            return json.loads(value)
        except ValueError:
            return value
    if word in ("string", ""):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return elements_of(value) if word.startswith(("list", "set", "tuple")) else value


def converted(value: Any, kind: Expression | None, scope: Scope) -> Any:
    """A value as a type takes it: objects have all their optional attributes.

    A type that is not read leaves the value as it is.
    """
    if kind is None or not hasattr(kind.tree, "data"):
        return value
    return _converted(value, kind, kind.tree, scope, 0)


def _converted(value: Any, kind: Expression, tree: Any, scope: Scope, level: int) -> Any:
    name, arguments = _call(tree)
    if level > 20 or not arguments or not isinstance(value, (list, Mapping)):
        return value
    (inner, *_) = arguments
    if name in ("list", "set") and isinstance(value, list):
        return [_converted(item, kind, inner, scope, level + 1) for item in value]
    if name == "map" and isinstance(value, Mapping):
        return {key: _converted(item, kind, inner, scope, level + 1) for key, item in value.items()}
    if name == "optional":
        return _converted(value, kind, inner, scope, level + 1)
    if name == "object" and isinstance(value, Mapping):
        return _object(value, kind, inner, scope, level)
    return value


def _object(value: Mapping[str, Any], kind: Expression, tree: Any, scope: Scope, level: int) -> dict[str, Any]:
    made = dict(value)
    while tree.data == "expr_term" and len(tree.children) == 1:
        (tree,) = tree.children
    for element in tree.children if tree.data == "object" else ():
        if getattr(element, "data", "") != "object_elem":
            continue
        key, inner = (child for child in element.children if hasattr(child, "data"))
        name = kind.written(key).strip('"')
        of, arguments = _call(inner)
        if made.get(name) is None and of == "optional":
            made[name] = None
            if len(arguments) > 1:
                try:
                    made[name] = evaluate(kind._replace(tree=arguments[1]), scope)
                except Failed:
                    continue
        if name in made:
            made[name] = _converted(made[name], kind, inner, scope, level + 1)
    return made


def _call(tree: Any) -> tuple[str, list[Any]]:
    """The name and arguments of a call, such as ``list(string)``; "" for anything else."""
    while getattr(tree, "data", "") == "expr_term" and len(tree.children) == 1:
        (tree,) = tree.children
    if getattr(tree, "data", "") != "function_call":
        return "", []
    name, *rest = (
        child for child in tree.children if getattr(child, "data", "new_line_or_comment") != "new_line_or_comment"
    )
    arguments = [child for part in rest for child in part.children if hasattr(child, "data")]
    return str(name.children[0]), [one for one in arguments if one.data != "new_line_or_comment"]
