"""Size and splitting: nothing is lost or added, and each document fits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sagemaker_roles.iam import splitting
from sagemaker_roles.iam.grants import difference
from sagemaker_roles.iam.size import LIMITS, size, size_as
from sagemaker_roles.iam.splitting import split

from .calls import read

_RESOURCES = st.lists(st.integers(0, 999).map(lambda n: f"arn:aws:s3:::bucket-{n:03}"), min_size=1, max_size=30)
_STATEMENTS = st.lists(
    st.builds(
        lambda name, resources: {"Sid": name, "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": resources},
        st.sampled_from(["A", "B", "C"]),
        _RESOURCES,
    ),
    min_size=1,
    max_size=8,
)


def test_white_space_does_not_count_in_iam_but_elsewhere() -> None:
    assert size({"a": "b c"}) == len('{"a":"bc"}')
    assert size_as("managed", '{ "a": 1 }') == 7 and size_as("endpoint", '{ "a": 1 }') == 10
    assert size_as("key", "ä") == 2 and size_as("session", "ä") == 1
    assert all(limit.kind == kind and limit.source for kind, limit in LIMITS.items())


@settings(deadline=None)
@given(_STATEMENTS, st.integers(200, 900))
def test_splitting_keeps_what_is_granted(some: list[dict[str, Any]], limit: int) -> None:
    document = {"Version": "2012-10-17", "Statement": some}
    documents = split(document, limit)
    assert all(size(one) <= limit for one in documents) and split(document, limit) == documents
    before, after = read([document]).allowed, read(documents).allowed
    assert not difference(before, after) and not difference(after, before)
    for one in documents:
        sids = [item["Sid"] for item in one["Statement"]]
        assert len(documents) == 1 or len(set(sids)) == len(sids)


def test_what_cannot_be_cut_is_said() -> None:
    large = {"Sid": "Large", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["x" * 400]}
    with pytest.raises(ValueError, match="Large"):
        split({"Version": "2012-10-17", "Statement": [large]}, 300)
    assert json.dumps(split({"Version": "2012-10-17", "Statement": [large]}, 6144))


def test_a_statement_that_just_fits_is_left_whole() -> None:
    resources = [f"arn:aws:s3:::bucket-{number}" for number in range(4)]
    large = {"Sid": "Large", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": resources}
    small = {"Sid": "Small", "Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": ["*"]}
    limit = size({"Version": "2012-10-17", "Statement": [large]})
    found = split({"Version": "2012-10-17", "Statement": [large, small]}, limit)
    assert [one["Statement"] for one in found] == [[large], [small]]


def test_a_part_fits_with_its_own_sid() -> None:
    """The parts of a statement have longer Sids than the statement."""
    resources = [f"arn:aws:s3:::bucket-{number:03}" for number in range(60)]
    statement = {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": resources}
    for limit in range(200, 260):
        documents = split({"Version": "2012-10-17", "Statement": [statement]}, limit)
        assert all(size(one) <= limit for one in documents)
        assert [name for one in documents for name in one["Statement"][0]["Resource"]] == resources


def test_a_long_list_is_measured_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work grows with the list, and not with its square."""
    measured = 0

    def counting(value: Any) -> int:
        nonlocal measured
        number = size(value)
        measured += number
        return number

    monkeypatch.setattr(splitting, "size", counting)
    resources = [f"arn:aws:s3:::amzn-s3-demo-bucket/{number}/*" for number in range(20_000)]
    document = {"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow", "Resource": resources}]}
    documents = splitting.split(document)
    assert [name for one in documents for name in one["Statement"][0]["Resource"]] == resources
    assert len({one["Statement"][0]["Sid"] for one in documents}) == len(documents) > 100
    assert measured < 8 * size(document)


def test_values_of_a_condition_are_cut_where_that_changes_nothing() -> None:
    """Alternatives go into several statements; what must not match, or must match all, has to stand in each."""
    values = [f"value-{number:02}" for number in range(30)]
    own = {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}

    def cut(operator: str, *also: str) -> list[list[str]]:
        condition = {operator: {"aws:a": values, "aws:b": [*also]}}
        statement = {**own, "Condition": condition}
        documents = split({"Version": "2012-10-17", "Statement": [statement]}, 300)
        assert all(one["Statement"][0]["Condition"][operator]["aws:b"] == [*also] for one in documents)
        return [one["Statement"][0]["Condition"][operator]["aws:a"] for one in documents]

    for operator in ("StringEquals", "ForAnyValue:StringLike"):
        parts = cut(operator, "x")
        assert len(parts) == 3 and [value for part in parts for value in part] == values
    for operator in ("StringNotEquals", "ForAllValues:StringEquals", "ForAnyValue:StringNotLike"):
        with pytest.raises(ValueError, match="the statement A alone is larger than a policy can be"):
            cut(operator, "x")


def test_the_longest_list_is_cut_and_each_part_is_as_large_as_can_be() -> None:
    short, long = [f"s{number}" for number in range(5)], [f"long-{number:02}" for number in range(40)]
    condition = {"StringLike": {"aws:short": short}, "StringEquals": {"aws:long": long}}
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"], "Condition": condition}
    frame = {"Version": "2012-10-17", "Statement": [statement]}
    documents = split(frame, 330)
    parts = [one["Statement"][0]["Condition"]["StringEquals"]["aws:long"] for one in documents]
    assert [value for part in parts for value in part] == long
    assert all(one["Statement"][0]["Condition"]["StringLike"]["aws:short"] == short for one in documents)
    assert all("Sid" not in one["Statement"][0] for one in documents)
    for one in documents[:-1]:
        assert size(one) <= 330 < size(one) + len('"long-00",')


#: Hundredths of a document: first-fit-decreasing needs three documents for these, and two are enough.
BETTER_THAN_FIRST_FIT = (50, 25, 25, 34, 33, 33)


def numbered(number: int, length: int) -> dict[str, Any]:
    return {"Sid": f"S{number}", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["r" * length]}


ROOM, BASE = 600 - size({"Version": "2012-10-17", "Statement": []}) + 1, size(numbered(1, 0)) + 1


@given(st.lists(st.integers(1, 400), min_size=1, max_size=14))
@example([part * ROOM // 100 - BASE for part in BETTER_THAN_FIRST_FIT])
@settings(max_examples=150, deadline=None)
def test_splitting_keeps_the_order_of_statements_and_is_as_small_as_can_be(lengths: list[int]) -> None:
    statements = [numbered(number, length) for number, length in enumerate(lengths)]
    parts = split({"Version": "2012-10-17", "Statement": statements}, 600)
    numbers = [[int(item["Sid"][1:]) for item in part["Statement"]] for part in parts]
    assert sorted(number for part in numbers for number in part) == [*range(len(lengths))]
    assert all(part == sorted(part) for part in numbers) and numbers == sorted(numbers)
    assert all(size(part) <= 600 for part in parts)
    assert len(parts) == fewest([size(item) + 1 for item in statements], ROOM)


def fewest(weights: list[int], room: int) -> int:
    """The fewest bins for weights, by trying every way."""
    best = len(weights)

    def place(index: int, free: list[int]) -> None:
        nonlocal best
        if len(free) >= best:
            return
        if index == len(weights):
            best = len(free)
            return
        for number in range(len(free)):
            if free[number] >= weights[index] and free[number] not in free[:number]:
                place(index + 1, [*free[:number], free[number] - weights[index], *free[number + 1 :]])
        place(index + 1, [*free, room - weights[index]])

    weights.sort(reverse=True)
    place(0, [])
    return best


def test_a_sid_that_is_taken_is_not_given_to_a_part() -> None:
    resources = [f"arn:aws:s3:::bucket-{number:03}" for number in range(20)]
    statement = {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": resources}
    taken = {"Sid": "A2", "Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": ["*"]}
    documents = split({"Version": "2012-10-17", "Statement": [statement, taken]}, 300)
    sids = sorted(one["Sid"] for document in documents for one in document["Statement"])
    assert sids == ["A", "A2", "A3", "A4"]
