"""Condition operators fit the type of their key and the values they compare it with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..aws.reference import Reference
from ..canonical import quoted
from ..catalog import Condition
from ..iam.parts import has_wildcard
from ..problems import Problem
from .context import Context, key_at, problem

RULE = "condition-operators"

#: Type of a key to the families of operators that compare it, the right one first. IAM compares the text of ARNs with
#: string operators too, but then a wildcard runs across the ARN's parts.
_FAMILIES = {
    "String": ("String",),
    "ARN": ("Arn",),
    "Bool": ("Bool",),
    "Numeric": ("Numeric",),
    "Date": ("Date", "Numeric"),
    "IPAddress": ("IpAddress",),
}
_VALUES = {
    "Bool": (re.compile("true|false"), "true or false"),
    "Null": (re.compile("true|false"), "true or false"),
    "Numeric": (re.compile(r"-?[0-9]+(\.[0-9]+)?"), "a number"),
}
#: Operators that compare whole texts, in which a wildcard is a character like others.
_WHOLE_TEXTS = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each operator that does not fit the key or its values."""
    for data, inside, condition in context.conditions():
        for operator, keys in condition.items():
            for key, values in keys.items():
                for message in _key(context.reference, condition, operator, key):
                    yield Problem(key_at(data, *inside, operator, key), RULE, message)
                for index, value in enumerate(values):
                    if message := _value(operator, value):
                        yield problem(RULE, message, data, *inside, operator, key, index)


def _key(reference: Reference, condition: Condition, operator: str, key: str) -> Iterator[str]:
    known = reference.condition_key(key)
    quantifier, _, name = operator.rpartition(":")
    family = _family(name)
    if known is None or family == "Null":
        return
    several = known.type.startswith("ArrayOf")
    if several and not quantifier:
        yield f"{key} has several values: write ForAnyValue:{name} or ForAllValues:{name}"
    if quantifier and not several:
        yield f"{key} has one value: write {name} without {quantifier}"
    if quantifier == "ForAllValues" and "false" not in condition.get("Null", {}).get(key, ()):
        yield f'ForAllValues is also true of a request without {key}: add Null: {{"{key}": ["false"]}}'
    wanted = _FAMILIES.get(known.type.removeprefix("ArrayOf"), ())
    # A key that AWS calls text may well hold an ARN.
    arns = family == "Arn" and all(value.startswith(("arn:", "${")) for value in condition[operator][key])
    if wanted and family not in wanted and not (arns and "String" in wanted):
        right = name.replace(family, wanted[0], 1) if {family, wanted[0]} <= {"String", "Arn"} else wanted[0]
        yield f"{key} is of the type {known.type}: compare it by {right}, not by {name}"


def _family(name: str) -> str:
    name = name.removeprefix("Not")
    return next(
        family
        for family in ("String", "Arn", "Bool", "Numeric", "Date", "IpAddress", "Null")
        if name.startswith(family)
    )


def _value(operator: str, value: str) -> str:
    name = operator.rpartition(":")[2].removesuffix("IfExists")
    text = _PLACEHOLDER.sub("", value)
    if name in _WHOLE_TEXTS and has_wildcard(text):
        return f"{name} takes * and ? for themselves; write {name.split('Equals')[0]}Like"
    family = _family(name)
    if family in _VALUES and value == text and not _VALUES[family][0].fullmatch(value):
        return f"{name} compares with {_VALUES[family][1]}, not with {quoted(value)}"
    return ""
