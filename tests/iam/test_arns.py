"""ARNs: which pattern covers, meets and matches which, part by part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_roles.iam import arns, prefix_coverage
from sagemaker_roles.iam.arn_parts import parse
from sagemaker_roles.iam.patterns import covers, intersects
from sagemaker_roles.iam.text_sets import union


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ("*", "arn:aws:s3:::a", True),
        ("arn:aws:s3:::a*", "arn:aws:s3:::a/b:c", True),
        ("arn:aws:s3:::a", "arn:aws:s3:::a*", False),
        ("arn:*:s3:::a", "arn:aws:s3:::a", True),
        ("arn:*:s3:::a", "arn:${Partition}:s3:::a", True),
        ("arn:aws:s3:::a", "arn:${Partition}:s3:::a", False),
        ("arn:aws:sagemaker:*:*:model/*", "arn:aws:sagemaker:${Region}:${Account}:model/${Name}", True),
        ("arn:aws:sagemaker:us-*:1:*", "arn:aws:sagemaker:us-east-1:1:model/a", True),
        ("arn:aws:sagemaker:us-*-1:1:*", "arn:aws:sagemaker:us-${Zone}-1:1:model/a", True),
        ("arn:aws:sagemaker:us-*:1:*", "arn:aws:sagemaker:*:1:model/a", False),
        ("arn:aws:s*:::a", "arn:aws:s3:::a", True),
        ("arn:aws:s*:b:a", "arn:aws:s3:x:b:a", True),
        ("arn:aws:s*3:b:a", "arn:aws:s:3:b:a", False),
        ("arn:aws:s3*", "arn:aws:s3:::a", True),  # fewer than six parts: the star reaches on
        ("arn:aws:s3*", "arn:aws:s3:eu-*:1:a", True),
        ("arn:*", "arn:aws-cn:s3:::a", True),
        ("arn:aws:s3", "arn:aws:s3:::a", False),
        ("arn:aws:s3:::${*}", "arn:aws:s3:::a", False),
        ("arn:aws:s3:::a${?}*", "arn:aws:s3:::a${?}b", True),
        ("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::${aws:Username}/x", True),
        ("arn:aws:iam::1:role/?*", "arn:aws:iam::1:role/a*", True),
    ],
)
def test_what_covers(outer: str, inner: str, covered: bool) -> None:
    assert covers(arns.resource(outer), arns.resource(inner)) is covered


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("arn:*:s3:::*", "arn:aws:sagemaker:*:*:*", False),
        ("arn:${Partition}:s3:::${Bucket}", "arn:aws:sagemaker:*:*:*", False),
        ("arn:${Partition}:s3:::${Bucket}", "arn:aws-cn:s3:::a/b", True),
        ("arn:aws:s3:::a*b", "arn:aws:s3:::*c", False),
        ("arn:aws:s3:::a*b", "arn:aws:s3:::*ab", True),
        ("arn:aws:s3*", "arn:aws:s3:::a", True),
        ("arn:aws:kms:*:1:key/*", "arn:aws:kms:*:2:key/*", False),
    ],
)
def test_what_meets(one: str, other: str, meet: bool) -> None:
    assert intersects(arns.resource(one), arns.resource(other)) is meet
    assert intersects(arns.resource(other), arns.resource(one)) is meet
    assert union([arns.resource(one)]).meets(union([arns.resource(other)])) is meet


def test_what_both_name() -> None:
    both = union([arns.resource("arn:*:s3:::a*")]).meet(union([arns.resource("arn:aws:s3:::*/x")]))
    assert str(both) == "arn:aws:s3:::a*/x"


def test_conditions_compare_all_six_parts() -> None:
    assert arns.condition("*") is None and arns.condition("arn:aws:s3*") is None
    one = arns.condition("arn:aws:s3:::a*")
    assert one is not None and covers(one, arns.named("arn:aws:s3:::a*")) and not covers(one, arns.named("a"))


def test_parts() -> None:
    arn = parse("arn:aws:logs:us-east-1:1:log-group:x:*")
    assert arn and (arn.service, arn.account, arn.resource) == ("logs", "1", "log-group:x:*")
    assert parse("s3://a:b:c:d:e:f") is None and parse("arn:aws:s3") is None


@given(st.lists(st.text(alphabet="a:/*?", max_size=8).map("arn:aws:s3:".__add__), min_size=1, max_size=4))
def test_what_composing_covers_is_covered(texts: list[str]) -> None:
    kept = prefix_coverage.reduced(tuple(texts))
    for text in texts:
        assert any(covers(arns.resource(one), arns.resource(text)) for one in kept)
        assert prefix_coverage.covers(kept, (text,))
