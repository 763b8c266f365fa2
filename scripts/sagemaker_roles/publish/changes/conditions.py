"""Tells whether one condition of a statement is at least as strict as another.

A condition is a set of tests that must all hold. Where several values of a test are alternatives, :func:`alternatives`
takes them apart, so that a test has one value; other tests keep their list. What operators, ``IfExists`` and a key that
is absent mean is as the IAM User Guide says ("IAM JSON policy elements: Condition operators").
"""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .patterns import arn_within, within


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a condition.

    Attributes:
        operator: as written, quantifier included.
        key: in small letters, as IAM does not mind the case of keys.
        values: what it is compared with.
        shown: the key as written; does not count.
    """

    operator: str
    key: str
    values: frozenset[str]
    shown: str = field(default="", compare=False)


Tests = frozenset[Test]

#: More alternatives than this in one statement are not taken apart; they are then compared list by list.
_MOST = 256

_NEGATED = frozenset(
    {"StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike", "NotIpAddress"}
)
#: Operators that compare one value; an ARN is a pattern for ArnEquals too.
_ARN = frozenset({"ArnEquals", "ArnLike"})
_ORDER = {
    "NumericLessThan": -1,
    "NumericLessThanEquals": -1,
    "NumericGreaterThan": 1,
    "NumericGreaterThanEquals": 1,
}


def alternatives(condition: Mapping[str, Mapping[str, Any]]) -> Iterator[Tests]:
    """The condition as alternatives of which one must hold, each a set of tests."""
    choices: list[list[Test]] = []
    number = 1
    for operator, keys in condition.items():
        quantifier, _, name = operator.rpartition(":")
        listed = quantifier == "ForAllValues" or name.removesuffix("IfExists") in _NEGATED
        for key, given in keys.items():
            values = [str(value) for value in (given if isinstance(given, list) else [given])]
            apart = not listed and len(values) > 1 and number * len(values) <= _MOST
            number *= len(values) if apart else 1
            tests = [[value] for value in dict.fromkeys(values)] if apart else [values]
            choices.append([Test(operator, key.lower(), frozenset(value), key) for value in tests])
    for choice in itertools.product(*choices):
        yield frozenset(choice)


def as_strict(tests: Tests, others: Tests) -> bool:
    """Whether a request that passes ``tests`` passes ``others`` too, as far as can be told."""
    return all(other in tests or any(_implies(test, other) for test in tests) for other in others)


def _implies(test: Test, other: Test) -> bool:
    if test.key != other.key:
        return False
    one, two = _read(test.operator), _read(other.operator)
    if one.quantifier != two.quantifier or (one.if_exists and not two.if_exists):
        return False
    if one.name in _NEGATED or two.name in _NEGATED:
        # None of these: the longer list is the stricter one.
        return one.name == two.name and other.values <= test.values
    return all(any(_value_implies(one.name, value, two.name, whole) for whole in other.values) for value in test.values)


class _Operator(NamedTuple):
    quantifier: str
    name: str
    if_exists: bool


def _read(operator: str) -> _Operator:
    quantifier, _, name = operator.rpartition(":")
    return _Operator(quantifier, name.removesuffix("IfExists"), name.endswith("IfExists"))


def _value_implies(name: str, value: str, other: str, whole: str) -> bool:
    """Whether what compares well with one value by one operator does so with another value by another operator."""
    if name == other and value == whole:
        return True
    if name in _ARN and other in _ARN:
        return arn_within(value, whole)
    if name == "StringLike" and other == "StringLike":
        return within(value, whole)
    if name == "StringEquals" and other == "StringLike":
        return within(_literal(value), whole)
    if name in ("StringEquals", "StringEqualsIgnoreCase") and other == "StringEqualsIgnoreCase":
        return "${" not in value + whole and value.lower() == whole.lower()
    if name == other == "Bool":
        return value.lower() == whole.lower()
    if name == other == "IpAddress":
        with contextlib.suppress(ValueError, TypeError):
            inner, outer = (ipaddress.ip_network(text, strict=False) for text in (value, whole))
            return inner.subnet_of(outer)  # type: ignore[arg-type]
    if name == other and name in _ORDER:
        with contextlib.suppress(ValueError):
            return (float(whole) - float(value)) * _ORDER[name] <= 0
    return False


def _literal(value: str) -> str:
    """A value of StringEquals as a pattern: a wildcard in it is just a character."""
    return value.replace("*", "${*}").replace("?", "${?}") if "${" not in value else value
