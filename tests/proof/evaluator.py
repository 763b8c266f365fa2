"""A second oracle: a small evaluator of Allow statements of our own, to compare the simulator with.

It knows what this project's policies use: actions, resources with wildcards and policy variables for ``*``, ``?`` and
``$``, and the condition operators that the records name. It knows no Deny, no NotAction and no resource policies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from .oracle import Policy, Question

_TOKEN = re.compile(r"\$\{([*?$])\}|([*?])|\$\{([^}]*)\}")


def allows(policy: Policy, question: Question) -> bool:
    """Whether a policy allows a call: one of its statements has the action, the resource and the conditions."""
    return any(_statement(statement, question) for statement in policy["Statement"])


def understands(policy: Policy, question: Question) -> bool:
    """Whether a question can be answered from Allow statements of the kind known here, which others need not use."""
    for statement in policy["Statement"]:
        if "Action" not in statement or not ("Resource" in statement or "Principal" in statement):
            return False
        named = any(_like(action.lower(), question.action.lower(), {}) for action in statement["Action"])
        if named and statement["Effect"] != "Allow":
            return False
    return True


def _statement(statement: Mapping[str, Any], question: Question) -> bool:
    if statement["Effect"] != "Allow":
        return False
    if not any(_like(action.lower(), question.action.lower(), {}) for action in statement["Action"]):
        return False
    context = {key.lower(): value for key, value in question.context.items()}
    if question.kind == "resource":
        principals = [value for values in statement["Principal"].values() for value in values]
        if question.principal not in principals:
            return False
    elif not any(_like(resource, question.resource, context) for resource in statement["Resource"]):
        return False
    return all(
        _condition(operator, key, values, context)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _condition(operator: str, key: str, wanted: list[str], context: Mapping[str, Any]) -> bool:
    name = operator.partition(":")[2] or operator
    if_exists = name.endswith("IfExists")
    test = _OPERATORS[name.removesuffix("IfExists")]
    given = context.get(key.lower())
    if name == "Null":
        return (given is None) == (wanted == ["true"])
    if given is None:
        return if_exists or operator.startswith("ForAllValues:")
    values = given if isinstance(given, list) else [given]
    matches = [any(test(pattern, value, context) for pattern in wanted) for value in values]
    return all(matches) if operator.startswith("ForAllValues:") else any(matches)


def _equals(pattern: str, value: str, context: Mapping[str, Any]) -> bool:
    return _literal(pattern, context) == value


def _equals_ignoring_case(pattern: str, value: str, context: Mapping[str, Any]) -> bool:
    wanted = _literal(pattern, context)
    return wanted is not None and wanted.lower() == value.lower()


def _arn(pattern: str, value: str, context: Mapping[str, Any]) -> bool:
    """Compares ARNs part by part: a wildcard does not reach over a colon, but in the last part."""
    ours, theirs = pattern.split(":", 5), value.split(":", 5)
    return len(ours) == len(theirs) and all(
        _like(mine, other, context) for mine, other in zip(ours, theirs, strict=True)
    )


def _like(pattern: str, value: str, context: Mapping[str, Any]) -> bool:
    return (
        _regex(pattern, tuple(sorted((k, v) for k, v in context.items() if isinstance(v, str)))).fullmatch(value)
        is not None
    )


@cache
def _regex(pattern: str, context: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    known = dict(context)
    made, end = [], 0
    for token in _TOKEN.finditer(pattern):
        made.append(re.escape(pattern[end : token.start()]))
        end = token.end()
        if token[1]:
            made.append(re.escape(token[1]))
        elif token[2]:
            made.append(".*" if token[2] == "*" else ".")
        else:
            made.append(re.escape(known[token[3].lower()]) if token[3].lower() in known else r"(?!)")
    return re.compile("".join([*made, re.escape(pattern[end:])]), re.DOTALL)


def _literal(text: str, context: Mapping[str, Any]) -> str | None:
    """The text with its policy variables filled in; None if the call lacks one, so that nothing equals it."""
    known = {key: value for key, value in context.items() if isinstance(value, str)}
    names = [token[3].lower() for token in _TOKEN.finditer(text) if token[3]]
    if not all(name in known for name in names):
        return None
    return _TOKEN.sub(lambda token: token[1] or token[2] or known[token[3].lower()], text)


_OPERATORS: Mapping[str, Callable[[str, str, Mapping[str, Any]], bool]] = {
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": _equals_ignoring_case,
    "Null": _equals,
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": _like,
}
