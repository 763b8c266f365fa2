"""The blocks of a policy document of Terraform (``aws_iam_policy_document``), as statements of IAM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..engine.partial import Partial
from .reader import mappings

#: Blocks of a policy document of Terraform, and the elements of a statement that they are.
_ELEMENTS = {
    "sid": "Sid",
    "effect": "Effect",
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}


def statements_of_blocks(blocks: list[Any], lost: Callable[[int], Any]) -> list[Any]:
    """The statements that blocks make.

    Args:
        lost: gives what stands for a statement of which nothing is known, by its number.
    """
    made = []
    for number, block in enumerate(blocks, 1):
        statement = statement_of_block(block)
        made.append(lost(number) if statement is None else statement)
    return made


def _variables(values: Any) -> Any:
    """Texts with IAM's policy variables, which a data source writes as ``&{…}``."""
    if isinstance(values, Partial):
        return Partial(part.replace("&{", "${") if isinstance(part, str) else part for part in values.parts)
    if isinstance(values, list):
        return [_variables(one) for one in values]
    return values.replace("&{", "${") if isinstance(values, str) else values


def _listed(value: Any) -> Any:
    """A list; one that is not known stands for its elements."""
    return [value] if isinstance(value, Partial) else value


def statement_of_block(block: Any) -> dict[str, Any] | None:
    """The statement that a block of a data source makes; None if nothing of it is known."""
    if not isinstance(block, Mapping):
        return None
    statement: dict[str, Any] = {}
    for key, element in _ELEMENTS.items():
        if block.get(key):
            statement[element] = _variables(block[key]) if "resources" in key else block[key]
    statement.setdefault("Effect", "Allow")
    for key, element in _PRINCIPALS.items():
        given = block.get(key)
        if not given:
            continue
        if not isinstance(given, list):
            return None
        types: dict[str, list[Any]] = {}
        for item in mappings(given):
            identifiers = _listed(item.get("identifiers"))
            if not isinstance(item.get("type"), str) or not isinstance(identifiers, list):
                return None
            types.setdefault(item["type"], []).extend(_variables(identifiers))
        statement[element] = "*" if types == {"*": ["*"]} else types
    conditions = block.get("condition")
    if conditions:
        if not isinstance(conditions, list):
            return None
        tests: dict[str, dict[str, list[Any]]] = {}
        for item in mappings(conditions):
            test, variable, values = item.get("test"), item.get("variable"), _listed(item.get("values"))
            if not (isinstance(test, str) and isinstance(variable, str) and isinstance(values, list)):
                return None
            if hasattr(test, "parts") or hasattr(variable, "parts"):
                return None
            tests.setdefault(test, {}).setdefault(variable, []).extend(_variables(values))
        statement["Condition"] = tests
    return statement
