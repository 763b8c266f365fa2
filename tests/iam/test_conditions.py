"""Conditions: examples out of the IAM User Guide, implications by hand, and implications against random calls."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_roles.iam import conditions
from sagemaker_roles.iam.conditions import (
    ALWAYS,
    RequestContext,
    When,
    implies,
    judge,
    key_matches,
    operator,
    read,
    to_json,
)
from sagemaker_roles.iam.prefix_coverage import is_weaker

from .calls import Maker

K = "aws:Example"


def holds(condition: dict[str, Any], **context: Any) -> bool | None:
    return judge(
        read(condition), RequestContext({"aws:Example": context["value"]} if context else {}, complete=True)
    ).holds


@pytest.mark.parametrize(
    ("name", "wanted", "value", "passes"),
    [
        ("StringEquals", "a", "a", True),
        ("stringequals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEqualsIgnoreCase", "aB", "Ab", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringLike", "a*", "ab", True),
        ("StringLike", "a${*}", "ab", False),
        ("StringNotLike", "a?", "ab", False),
        ("NumericLessThan", "10", "9.5", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericGreaterThanEquals", 10, "10", True),
        ("NumericNotEquals", "10", "10.0", False),
        ("NumericEquals", "10", "ten", None),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
        ("DateGreaterThan", "2026-01-01T00:00:00+02:00", "2025-12-31T22:30:00Z", True),
        ("DateEquals", "2026-01-01T00:00:00+02:30", "2025-12-31T21:30:00Z", True),
        ("DateEquals", "2026-01-01T00:00:00-02:30", "2026-01-01T02:30:00Z", True),
        ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
        ("DateEquals", "2026-01", "2026-01-01", True),
        ("DateEquals", "tomorrow", "2026-01-01", None),
        ("Bool", "true", "True", True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QQ==", "QQ==", True),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", ["203.0.113.0/24", "2001:DB8::/32"], "2001:db8::1", True),
        ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
        ("ArnEquals", "arn:aws:s3:::a*", "arn:aws:s3:::ab:c", True),
        ("ArnLike", "arn:aws:sagemaker:*:111122223333:*", "arn:aws:sagemaker:eu-west-1:111122223333:model/x", True),
        ("ArnLike", "arn:aws:*", "arn:aws:s3:::a", False),
        ("ArnLike", "arn:aws:s*:::a", "arn:aws:s3:x:y:a", False),
        ("ArnNotLike", "arn:aws:s3:::a*", "arn:aws:s3:::b", True),
        ("Null", "true", "x", False),
        ("Null", "false", "x", True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", ["a"], [], True),
        ("ForAnyValue:StringEquals", ["a"], ["a", "c"], True),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "c"], True),
        ("ForAnyValue:StringNotEquals", ["a"], ["a"], False),
        ("ForAllValues:StringNotEquals", ["a"], ["a", "c"], False),
        ("StringEquals", "a", ["a", "b"], None),
        ("StringAlike", "a", "a", None),
    ],
)
def test_a_test_on_a_value(name: str, wanted: Any, value: Any, passes: bool | None) -> None:
    assert holds({name: {"AWS:example": wanted}}, value=value) is passes


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("NotIpAddress", True),
        ("NumericLessThan", False),
        ("Bool", False),
        ("ForAllValues:StringLike", True),
        ("ForAnyValue:StringLike", False),
        ("ForAnyValue:StringNotLike", False),
        ("ForAnyValue:StringLikeIfExists", True),
    ],
)
def test_a_test_on_an_absent_key(name: str, passes: bool) -> None:
    assert holds({name: {K: "1"}}) is passes


def test_a_condition_is_written_as_it_is_read() -> None:
    condition = {
        "StringEquals": {"aws:PrincipalTag/Team": ["a", "b"], "s3:prefix": ["x"]},
        "Null": {"aws:Key": ["true"]},
    }
    assert to_json(read(condition)) == condition
    bare = tuple(replace(test, shown="") for test in read(condition))
    assert {test.key for test in bare} == {key for keys in to_json(bare).values() for key in keys}


@pytest.mark.parametrize("family", ["Numeric", "Date"])
def test_comparisons_are_those_of_numbers(family: str) -> None:
    compared = {
        "Equals": lambda one, other: one == other,
        "NotEquals": lambda one, other: one != other,
        "LessThan": lambda one, other: one < other,
        "LessThanEquals": lambda one, other: one <= other,
        "GreaterThan": lambda one, other: one > other,
        "GreaterThanEquals": lambda one, other: one >= other,
    }
    for name, compare in compared.items():
        for value, wanted in itertools.product(range(-2, 3), repeat=2):
            assert holds({f"{family}{name}": {K: str(wanted)}}, value=str(value)) is compare(value, wanted)
            # Whatever passes one comparison passes another, by trying all numbers that are between and around them.
        for other, beside in compared.items():
            for first, second in itertools.product(range(2), repeat=2):
                some = read({f"{family}{name}": {K: str(first)}})
                others = (read({f"{family}{other}": {K: str(second)}}),)
                points = [half / 2 for half in range(-4, 7)]
                expected = all(beside(point, second) for point in points if compare(point, first))
                assert implies(some, others).holds is expected, (name, first, other, second)


def test_null_and_every_operator() -> None:
    assert holds({"Null": {K: "true"}}) is True and holds({"Null": {K: "false"}}) is False
    compared = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    every = [f"{family}{name}" for family in ("Numeric", "Date") for name in compared]
    every += [f"String{name}" for name in ("Equals", "NotEquals", "Like", "NotLike")]
    every += [
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "ArnEquals",
        "ArnNotEquals",
        "ArnLike",
        "ArnNotLike",
    ]
    every += ["Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"]
    for name in every:
        assert operator(name) and operator(name.upper())
        assert (operator(f"{name}IfExists") is None) is (name == "Null")
    assert operator("Strings") is None and operator("ForSomeValues:StringLike") is None


def test_what_is_not_known_is_said() -> None:
    verdict = judge(read({"StringEquals": {"aws:SourceVpce": "vpce-1", "aws:PrincipalOrgID": "o-1"}}), RequestContext())
    assert verdict.holds is None and verdict.keys == ("aws:principalorgid", "aws:sourcevpce")
    known = RequestContext({"aws:SourceVpce": "vpce-2"})
    assert (
        judge(read({"StringEquals": {"aws:SourceVpce": "vpce-1", "aws:PrincipalOrgID": "o-1"}}), known).holds is False
    )
    assert judge(read({"StringLike": {K: "a*"}}), RequestContext({K: "${Name}"})).holds is None
    assert judge(read({"StringLike": {K: "a*"}}), RequestContext({K: "b${Name}"})).holds is False
    assert judge(read({"StringLike": {K: "a*"}}), RequestContext({K: "a${Name}"})).holds is True
    assert judge(read({"StringEquals": {K: "${Name}"}}), RequestContext({K: "${Name}"})).holds is True


@pytest.mark.parametrize(
    ("condition", "values", "why"),
    [
        ({"StringAlike": {K: "a"}}, {K: "a"}, "the operator StringAlike is not known"),
        ({"StringEquals": {K: "a"}}, {}, "the call's aws:Example is not known"),
        (
            {"StringEquals": {K: "a"}},
            {K: ["a", "b"]},
            "aws:Example has several values, which StringEquals is not made for",
        ),
        ({"NumericEquals": {K: "1"}}, {K: "x"}, '"x" cannot be read as a number'),
        ({"DateEquals": {K: "soon"}}, {K: "2026"}, '"soon" cannot be read as a date'),
        ({"IpAddress": {K: "10.0.0.0/33"}}, {K: "10.0.0.1"}, '"10.0.0.0/33" cannot be read as an IP address'),
        ({"StringLike": {K: "a*"}}, {K: "${Name}"}, "whether ${Name} matches a* hangs on what is not known"),
    ],
)
def test_why_a_test_is_not_decided(condition: dict[str, Any], values: dict[str, Any], why: str) -> None:
    assert judge(read(condition), RequestContext(values)) == (None, why, ("aws:example",))


def test_a_list_with_one_value_or_none_is_one_value_or_none() -> None:
    assert holds({"StringEquals": {K: "a"}}, value=["a"]) is True
    assert holds({"StringEquals": {K: "a"}}, value=[]) is False
    assert holds({"StringNotEquals": {K: "a"}}, value=[]) is True


@pytest.mark.parametrize(
    ("some", "others", "why"),
    [
        ({"StringEquals": {K: "1"}}, [{"NumericEquals": {K: 1}}], "aws:Example is compared as number and as text"),
        ({"StringAlike": {K: "1"}}, [{"StringLike": {K: "1"}}], "the operator StringAlike is not known"),
        ({"Bool": {K: "true"}}, [{"Bool": {K: "${a:b}"}}], "a truth value is compared with a policy variable"),
        ({"NumericEquals": {K: "x"}}, [{"NumericEquals": {K: "1"}}], "a value cannot be read as a number"),
        ({"DateEquals": {K: "x"}}, [{"DateEquals": {K: "2026"}}], "a value cannot be read as a date"),
        ({"IpAddress": {K: "x"}}, [{"IpAddress": {K: "::/0"}}], "a value cannot be read as an IP address"),
        (
            {"StringEquals": {K: "a"}, "ForAnyValue:StringEquals": {K: "b"}},
            [{"StringEquals": {"aws:b": "c"}}],
            "aws:Example is tested as one value and as several",
        ),
    ],
)
def test_why_an_implication_is_not_decided(some: dict[str, Any], others: list[dict[str, Any]], why: str) -> None:
    assert implies(read(some), tuple(map(read, others))) == (None, why, {})


def test_why_an_implication_fails() -> None:
    answer = implies(read({"StringEquals": {K: ["b", "a"]}}), (read({"Null": {"aws:Key": "false"}}),))
    assert answer == (False, "aws:Example a; aws:Key absent", {"aws:Example": "a", "aws:Key": None})


@pytest.mark.parametrize(
    ("some", "others", "witness"),
    [
        ({"NumericLessThan": "5"}, [{"NumericEquals": "7"}], "4"),
        ({"NumericGreaterThan": "5"}, [{"NumericEquals": "7"}], "6"),
        ({"NumericGreaterThan": "5"}, [{"NumericGreaterThanEquals": "7"}, {"NumericEquals": "6"}], "5.5"),
        ({"DateLessThan": "2026-01-01"}, [{"DateEquals": "2025-01-01"}], "1751457600"),
        ({"DateGreaterThan": "61"}, [{"DateGreaterThanEquals": "62"}], "61.5"),
        ({"IpAddress": "10.0.0.0/29"}, [{"IpAddress": ["10.0.0.0/30", "10.0.0.6/31"]}], "10.0.0.4"),
        ({"IpAddress": "10.0.0.0/30"}, [{"IpAddress": ["10.0.0.0/31", "10.0.0.2"]}], "10.0.0.3"),
        ({"IpAddress": "2001:db8::/126"}, [{"IpAddress": ["2001:db8::/127", "2001:db8::3"]}], "2001:db8::2"),
        ({"IpAddress": "255.255.255.0/24"}, [{"IpAddress": "255.255.255.0/25"}], "255.255.255.128"),
        ({"NotIpAddress": ["0.0.0.0/1", "::/0"]}, [{"StringEquals": "x"}], None),
        ({"NotIpAddress": ["0.0.0.0/1", "::/0"]}, [{"Null": "true"}], "128.0.0.0"),
        ({"IpAddress": ["0.0.0.0/0", "::/0"]}, [{"IpAddress": ["0.0.0.0/1", "::/1"]}], "128.0.0.0"),
        ({"IpAddress": "::/0"}, [{"IpAddress": "::/1"}], "8000::"),
        ({"IpAddress": "255.255.255.254/31"}, [{"IpAddress": "255.255.255.254"}], "255.255.255.255"),
        ({"StringLike": "a${*}${?}${$}"}, [{"StringEquals": "x"}], "a*?$"),
        ({"NumericEquals": "5"}, [{"StringEquals": "${aws:username}"}], "5"),
        ({"Bool": ["true", "false"]}, [{"Bool": "true"}], "false"),
        ({"Null": "false"}, [], "x"),
        ({"Null": "true"}, [], None),
        ({"ForAllValues:StringEquals": "a", "Null": "false"}, [], ["a"]),
        ({"ForAnyValue:StringLike": ["a*", "b"]}, [{"ForAnyValue:StringEquals": "b"}], ["a"]),
        ({"ForAnyValue:StringEquals": ["a", "b"]}, [{"ForAllValues:StringEquals": "a"}], ["a", ""]),
    ],
)
def test_which_value_shows_that_an_implication_fails(some: Any, others: list[Any], witness: Any) -> None:
    def of(tests: dict[str, Any]) -> conditions.Tests:
        return read({name: {K: values} for name, values in tests.items()})

    answer = implies(of(some), tuple(map(of, others)))
    assert (answer.holds, answer.witness) == (False, {K: witness})


def test_more_combinations_than_can_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the limits there is an answer, and beyond them there is none."""

    def alternatives(count: int, name: str) -> tuple[conditions.Tests, ...]:
        return tuple(read({"StringEquals": {f"{name}:{n}": "x", f"{name}:y{n}": "x"}}) for n in range(count))

    some = read({"StringEquals": {"a:own": "x", "a:two": "x"}})
    monkeypatch.setattr(conditions, "_MOST_DEEP", 4)
    assert implies(some, alternatives(4, "deep")).holds is False
    beyond = implies(some, alternatives(5, "deep"))
    assert (beyond.holds, beyond.why) == (None, "more combinations of conditions than can be tried")
    assert implies(some, (*alternatives(5, "same"), some)).holds is True
    monkeypatch.setattr(conditions, "MOST_STEPS", 4)
    assert implies(some, alternatives(3, "step")).holds is False
    assert implies(some, alternatives(4, "step")).holds is None
    values = {K: [f"{n}*" for n in range(4)]}
    assert implies(read({"StringLike": values}), (read({"StringLike": {K: ["0*", "1*", "2*"]}}),)).holds is False
    more = implies(read({"StringLike": {K: [f"{n}*" for n in range(5)]}}), (read({"StringLike": values}),))
    assert more == (None, "more than 4 combinations of values", {})


def test_an_opaque_part_of_an_arn_is_compared_within_its_part() -> None:
    for name in ("ArnLike", "ArnEquals"):
        assert holds({name: {K: "arn:aws:s3:*:1:x"}}, value="arn:aws:s3:${Region}:1:x") is True
        assert holds({name: {K: "arn:aws:s3:*:1:x"}}, value="arn:aws:s3:*:1:x") is True
        assert holds({name: {K: "arn:aws:s3:a:1:x"}}, value="arn:aws:s3:*:1:x") is False


def test_a_condition_is_shown_as_it_is_written() -> None:
    tests = read({"StringLike": {"aws:PrincipalTag/Team": ["b*", "a"]}, "Bool": {K: True}})
    assert str(When(tests)) == "Bool aws:Example true; StringLike aws:PrincipalTag/Team a, b*"
    assert str(When(tests[:1], (tests[1:],))) == (
        "Bool aws:Example true and not (StringLike aws:PrincipalTag/Team a, b*)"
    )
    assert str(When((), (tests[:1],))) == "not (Bool aws:Example true)"
    assert str(ALWAYS) == "always"


@pytest.mark.parametrize(
    ("wanted", "context", "passes"),
    [
        ("${aws:username}", {K: "ada", "aws:Username": "ada"}, True),
        ("${AWS:USERNAME}", {K: "bob", "aws:username": "ada"}, False),
        ("${aws:username}", {K: "a*", "aws:username": "a*"}, True),
        ("${aws:username}", {K: "ab", "aws:username": "a*"}, False),
        ("${aws:username}", {K: "ada"}, False),
        ("${aws:username, 'guest'}", {K: "guest"}, True),
        ("${aws:username, ''}", {K: ""}, True),
        ("${aws:username, '}", {K: ""}, False),
        ("${aws:username, guest}", {K: "guest"}, False),
        ("${aws:username,'a*'}", {K: "ab"}, False),
        ("a-${aws:username}-b", {K: "a-ada-b", "aws:username": "ada"}, True),
        ("${Name}", {K: "ada", "Name": "ada"}, None),
        ("${aws:TagKeys}", {K: "a", "aws:TagKeys": ["a"]}, False),
    ],
)
def test_policy_variables(wanted: str, context: dict[str, Any], passes: bool | None) -> None:
    assert judge(read({"StringLike": {K: wanted}}), RequestContext(context, complete=True)).holds is passes
    turned = None if passes is None else not passes
    assert judge(read({"StringNotLike": {K: wanted}}), RequestContext(context, complete=True)).holds is turned


def test_variables_mean_nothing_in_the_first_version() -> None:
    old = read({"StringEquals": {K: "${aws:username}"}}, variables=False)
    assert judge(old, RequestContext({K: "${$}{aws:username}", "aws:username": "ada"}, complete=True)).holds is False
    assert judge(old, RequestContext({K: "ada", "aws:username": "ada"}, complete=True)).holds is False


IMPLIED: list[tuple[dict[str, Any], list[dict[str, Any]], bool | None]] = [
    ({"StringEquals": {K: "a"}}, [{}], True),
    ({}, [{"StringEquals": {K: "a"}}], False),
    ({"StringEquals": {"AWS:EXAMPLE": "1"}}, [{"StringLike": {K: ["1", "2*"]}}], True),
    ({"StringLike": {K: ["x*", "y"]}}, [{"StringEquals": {K: "y"}}, {"StringLike": {K: "x*"}}], True),
    ({"StringLike": {K: ["x*", "y"]}}, [{"StringLike": {K: "x*"}}], False),
    ({"StringEquals": {K: "x"}}, [{"StringEqualsIfExists": {K: "x"}}], True),
    ({"StringEqualsIfExists": {K: "x"}}, [{"StringEquals": {K: "x"}}], False),
    ({"StringEqualsIfExists": {K: "x"}}, [{"StringEquals": {K: "x"}}, {"Null": {K: "true"}}], True),
    ({"StringNotEquals": {K: ["x", "y"]}}, [{"StringNotEquals": {K: "x"}}], True),
    ({"StringNotEquals": {K: "x"}}, [{"StringNotEquals": {K: ["x", "y"]}}], False),
    ({"StringLike": {K: "a*"}}, [{"StringNotLike": {K: "b*"}}], True),
    ({"Bool": {K: "true"}}, [{"StringNotEquals": {K: "false"}}], True),
    ({}, [{"Bool": {K: "true"}}, {"Bool": {K: "false"}}, {"Null": {K: "true"}}], True),
    ({"Bool": {K: "true"}}, [{"Bool": {K: "TRUE"}}], True),
    ({"Bool": {K: "${a:b}"}}, [{"Bool": {K: "false"}}], None),
    ({"NumericLessThan": {K: "5"}}, [{"NumericLessThanEquals": {K: "5.0"}}], True),
    ({"NumericLessThanEquals": {K: "5"}}, [{"NumericLessThan": {K: "5"}}, {"NumericEquals": {K: 5}}], True),
    ({"NumericLessThanEquals": {K: "5"}}, [{"NumericLessThan": {K: "5"}}], False),
    ({"NumericGreaterThan": {K: "5"}, "NumericLessThan": {K: "5"}}, [{"StringEquals": {K: "x"}}], True),
    ({"IpAddress": {K: "10.0.0.0/24"}}, [{"IpAddress": {K: ["10.0.0.0/25", "10.0.0.128/25"]}}], True),
    ({"IpAddress": {K: "10.0.0.0/24"}}, [{"NotIpAddress": {K: "10.1.0.0/16"}}], True),
    ({"IpAddress": {K: "255.0.0.0/8"}}, [{"IpAddress": {K: ["255.0.0.0/9", "255.128.0.0/9"]}}], True),
    ({"IpAddress": {K: "ffff::/16"}}, [{"IpAddress": {K: ["ffff::/17", "ffff:8000::/17"]}}], True),
    ({"IpAddress": {K: "10.0.0.0/8"}}, [{"IpAddress": {K: "10.0.0.0/9"}}], False),
    ({"DateLessThan": {K: "2024-01-01T00:00:00Z"}}, [{"DateLessThan": {K: "2024-01-01T00:00:01Z"}}], True),
    ({"ForAllValues:StringEquals": {K: "x"}}, [{"ForAllValues:StringEquals": {K: ["x", "y"]}}], True),
    ({"ForAnyValue:StringEquals": {K: "x"}}, [{"ForAnyValue:StringEquals": {K: ["x", "y"]}}], True),
    ({"ForAnyValue:StringEquals": {K: "x"}}, [{"ForAllValues:StringEquals": {K: ["x", "y"]}}], False),
    ({"ArnLike": {K: "arn:aws:s3:::a*"}}, [{"ArnLike": {K: "arn:*:s3:::*"}}], True),
    ({"ArnLike": {K: "arn:aws:s3:::a*"}}, [{"StringLike": {K: "arn:aws:s3:*"}}], True),
    ({"StringLike": {K: "arn:aws:s3:::a*"}}, [{"ArnLike": {K: "arn:*:s3:::*"}}], True),
    ({"ArnLike": {K: "arn:aws:s3:*:${Account}:*"}}, [{"ArnLike": {K: "arn:*:s3:*:${Account}:*"}}], True),
    ({"ArnLike": {K: "arn:aws:s3:*:${Account}:*"}}, [{"ArnLike": {K: "arn:*:s3:*:1:*"}}], False),
    ({"StringEquals": {K: "X"}}, [{"StringEqualsIgnoreCase": {K: "x"}}], True),
    ({"StringEqualsIgnoreCase": {K: "x"}}, [{"StringEquals": {K: ["x", "X"]}}], True),
    ({"StringEqualsIgnoreCase": {K: "x"}}, [{"StringEquals": {K: "x"}}], False),
    ({"StringEquals": {K: "1", "a:b": "2"}}, [{"StringEquals": {"a:b": "2"}}], True),
]


@pytest.mark.parametrize(("some", "others", "implied"), IMPLIED)
def test_implications(some: dict[str, Any], others: list[dict[str, Any]], implied: bool | None) -> None:
    answer = implies(read(some), tuple(map(read, others)))
    assert answer.holds is implied, answer
    assert implied is True or answer.why
    if implied is False and "${" not in str(answer.witness):
        context = RequestContext(answer.witness, complete=True)
        assert judge(read(some), context).holds is True
        assert not any(judge(read(one), context).holds for one in others)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_implications_hold_in_random_calls(seed: int) -> None:
    """True: no call speaks against it. False: the witness does. None is rare."""
    maker = Maker(seed)
    some, others = read(maker.condition()), tuple(read(maker.condition()) for _ in range(maker.random.randint(1, 3)))
    if maker.chance(0.5):
        others = (*others, tuple(maker.some(some)))
    answer = implies(some, others)
    if answer.holds is False:
        # A policy variable stands for any text there, not for the value that the witness gives its key.
        if "${aws" not in str((some, others)):
            context = RequestContext(answer.witness, complete=True)
            assert judge(some, context).holds is not False
            assert not any(judge(one, context).holds is True for one in others)
        return
    for _ in range(60):
        context = RequestContext(maker.context(), complete=True)
        if answer.holds and judge(some, context).holds:
            assert any(judge(one, context).holds is not False for one in others), (some, others, context)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_a_difference_of_conditions_is_what_one_has_and_the_other_has_not(seed: int) -> None:
    maker = Maker(seed)
    one = When(read(maker.condition()), (read(maker.condition()),) if maker.chance(0.3) else ())
    other = When(read(maker.condition()), (read(maker.condition()),) if maker.chance(0.3) else ())
    pieces = one.minus(other)
    for _ in range(30):
        context = RequestContext(maker.context(), complete=True)
        first, second = one.judge(context).holds, other.judge(context).holds
        left = [piece.judge(context).holds for piece in pieces]
        if None not in (first, second, *left):
            assert any(left) == (bool(first) and not second)
    assert one.minus(ALWAYS) == []


#: Conditions with few operators, keys and values, so that two often have some in common.
FEW = st.dictionaries(
    st.sampled_from(["StringEquals", "StringNotLike", "Null", "ForAllValues:StringLike", "ForAnyValue:StringEquals"]),
    st.dictionaries(
        st.sampled_from(["aws:a", "aws:b"]), st.sampled_from([["true"], ["x*"], ["true", "x*"]]), min_size=1
    ),
    max_size=2,
)


@given(condition=FEW, other=FEW)
def test_what_composing_takes_for_weaker_follows(condition: dict[str, Any], other: dict[str, Any]) -> None:
    if is_weaker(condition, other):
        assert implies(read(other), (read(condition),)).holds is not False
    both = {name: {**condition.get(name, {}), **other.get(name, {})} for name in {**condition, **other}}
    assert is_weaker(other, both)


def test_many_conditions_are_answered_in_bounded_time() -> None:
    some = read({"StringLike": {f"a:k{n}": "a*" * 50 for n in range(30)}})
    others = tuple(
        read({"StringLike": {f"a:k{n % 30}": "*a" * 20 + str(n), f"a:k{(n + 7) % 30}": "b*" * 20}}) for n in range(2000)
    )
    assert implies(some, others).holds in (False, None)
    wide = read({"StringLike": {K: [f"{n}*" for n in range(5000)]}})
    assert implies(wide, (read({"StringLike": {K: [f"{n}*" for n in range(10)]}}),)).holds is True


@pytest.mark.parametrize(
    ("listed", "used", "same"),
    [
        ("aws:RequestTag/${TagKey}", "aws:requesttag/team", True),
        ("aws:RequestTag/${TagKey}", "aws:RequestTag/", False),
        ("kms:EncryptionContext:<key>", "kms:EncryptionContext:aws:s3:arn", True),
        ("s3:prefix", "s3:Prefix", True),
        ("s3:prefix", "s3:prefixes", False),
    ],
)
def test_keys_as_aws_lists_them(listed: str, used: str, same: bool) -> None:
    assert key_matches(listed, used) is same


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T05:30:00+05:30", 0),
        ("1970-01-01T00:00:00-05:30", 5 * 3600 + 30 * 60),
        ("1970-01-02", 86_400),
        ("1970-02", 31 * 86_400),
        ("1970-01-01T00:01:01.5Z", 61.5),
        ("1970", 1970),
        ("+61", 61),
        ("1970-13", None),
        ("now", None),
    ],
)
def test_dates_in_seconds(text: str, seconds: float | None) -> None:
    assert conditions._seconds(text) == seconds
