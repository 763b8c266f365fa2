"""Which ARN templates name resources of which type, with the formats of the real Service Authorization Reference."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.aws.reference import aws_reference
from kb.rules.resource_kinds import faults
from sagemaker_roles.iam.arns import covers_all, fits


def formats(prefix: str) -> dict[str, str]:
    reference = aws_reference()
    found = {name: reference.resource_type(prefix, name) for name in reference.resource_types(prefix)}
    assert found
    return {name: item.arn for name, item in found.items() if item}


def names(template: str, prefix: str) -> set[str]:
    """The resource types of a service that a template can name."""
    known = formats(prefix)
    return {name for name, arn in known.items() if fits(template, arn, tuple(known.values()))}


@pytest.mark.parametrize(
    ("template", "prefix", "types"),
    [
        ("arn:aws:s3:::my-bucket", "s3", {"bucket"}),
        ("arn:aws:s3:::my-bucket/*", "s3", {"object"}),
        ("arn:aws:s3:::my-bucket/data/*", "s3", {"object"}),
        ("arn:aws:s3:::my-bucket*", "s3", {"bucket", "object"}),
        ("arn:${Partition}:s3:::${Bucket}", "s3", {"bucket", "object"}),  # an unknown name may hold a slash
        ("arn:aws:s3:us-west-2:111122223333:accesspoint/mine", "s3", {"accesspoint"}),
        ("arn:aws:s3:us-west-2:111122223333:accesspoint/mine/object/*", "s3", {"accesspointobject"}),
        ("arn:aws:kms:us-west-2:111122223333:key/*", "kms", {"key"}),
        ("arn:aws:kms:us-west-2:111122223333:alias/mine", "kms", {"alias"}),
        ("arn:*:kms:*:*:key/*", "kms", {"key"}),
        ("arn:aws:logs:us-west-2:1:log-group:/aws/sagemaker/Jobs", "logs", {"log-group"}),
        ("arn:aws:logs:us-west-2:1:log-group:/aws/sagemaker/Jobs:*", "logs", {"log-group", "log-stream"}),
        ("arn:aws:logs:us-west-2:1:log-group:/aws/sagemaker/Jobs:log-stream:*", "logs", {"log-stream"}),
        ("arn:aws:iam::111122223333:role/service-role/Mine", "iam", {"role"}),
        ("arn:aws:iam:us-west-2:111122223333:role/Mine", "iam", set()),
        ("arn:aws:sagemaker:us-west-2:1:device-fleet/a/device/b", "sagemaker", {"device"}),
        ("arn:aws:sagemaker:us-west-2:1:device-fleet/a", "sagemaker", {"device-fleet"}),
        ("arn:aws:sagemaker:us-west-2:1:training-jobs/a", "sagemaker", set()),
        ("arn:aws:ec2:us-west-2:*:subnet/subnet-1", "ec2", {"subnet"}),
        ("my-bucket", "s3", set()),
    ],
)
def test_a_template_names_these_types(template: str, prefix: str, types: set[str]) -> None:
    assert names(template, prefix) == types


@pytest.mark.parametrize(
    ("template", "prefix", "name", "all_of_it"),
    [
        ("*", "s3", "object", True),
        ("arn:aws:s3:::*", "s3", "object", True),
        ("arn:aws:s3:::*/*", "s3", "object", True),
        ("arn:aws:s3:::my-bucket/*", "s3", "object", False),
        ("arn:aws:s3:::sagemaker-*", "s3", "bucket", False),
        ("arn:aws:kms:us-west-2:1:key/*", "kms", "key", True),
        ("arn:aws:kms:us-west-2:1:key/1234*", "kms", "key", False),
        ("arn:aws:glue:us-west-2:1:table/*", "glue", "table", True),
        ("arn:aws:glue:us-west-2:1:table/mine/*", "glue", "table", False),
        ("arn:aws:glue:us-west-2:1:catalog", "glue", "catalog", False),
        ("arn:*", "s3", "object", False),
        ("arn:aws:logs:us-west-2:1:log-group:*:log-stream:*", "logs", "log-stream", True),
        ("arn:aws:logs:us-west-2:1:log-group:/aws/sagemaker/*:log-stream:*", "logs", "log-stream", False),
    ],
)
def test_what_names_all_of_a_type(template: str, prefix: str, name: str, all_of_it: bool) -> None:
    assert covers_all(template, formats(prefix)[name]) is all_of_it


def test_nothing_names_all_of_what_is_one() -> None:
    assert covers_all("*", "arn:${Partition}:x:::root") and not covers_all("arn:*:x:::*", "arn:${Partition}:x:::root")
    assert not covers_all("arn:*:x:::*", "${Name}") and not covers_all("x:*", "arn:${Partition}:x:::${Name}")


def test_formats_and_templates_agree_with_brute_force() -> None:
    """A template can name what a format is for where some text fits both; a variable ends before what follows it."""
    texts = ["".join(word) for length in range(6) for word in itertools.product("xy/", repeat=length)]

    def fitting(form: str) -> frozenset[str]:
        return frozenset(filter(re.compile(form).fullmatch, texts))

    tokens = [word for length in range(1, 4) for word in itertools.product(["x", "/", "${V}"], repeat=length)]
    formats_of = {}
    for word in tokens:
        following = [*word[1:], ""]
        one = [
            (f"[^{after[0]}]+" if after and after != "${V}" else "[^$]+") if part == "${V}" else part
            for part, after in zip(word, following, strict=True)
        ]
        formats_of["".join(word)] = fitting("".join(one))
    templates = ["".join(word) for length in range(1, 4) for word in itertools.product("xy/*?", repeat=length)]
    known = {text: fitting(text.replace("*", ".*").replace("?", ".")) for text in templates}
    for form, template in itertools.product(formats_of, templates):
        both = bool(formats_of[form] & known[template])
        assert fits(f"arn:p:s:r:a:{template}", f"arn:p:s:r:a:{form}") is both, (template, form)


@given(st.text(alphabet="ab:/*?${}", max_size=30))
def test_any_text_is_answered(text: str) -> None:
    for arn in formats("s3").values():
        assert fits(text, arn) in (True, False)
        if covers_all(text, arn):
            assert text == "*" or ":" in text


def test_every_format_fits_its_own_examples() -> None:
    """Filled with a word, a format names a resource of its own type, in every service there is."""
    count = 0
    for prefix in aws_reference().prefixes():
        for arn in aws_reference().resource_types(prefix):
            found = aws_reference().resource_type(prefix, arn)
            assert found
            assert fits(re.sub(r"\$\{[^}]*\}", "word", found.arn), found.arn), found.arn
            count += 1
    assert count > 2000


ENDING = ["[a-z]{1,64}", "a{3}", "(?<Name>[^/]{1,64})/(?:x|y)?", "aws(-[a-z]{1,10}){0,2}", "[*+]{1,3}", r"\*\+\{"]
ENDING += ["(?:[a-z]{8}){1,2}", r"(?:\.[a-z]{1,9}){0,4}", "[]a]{1,2}"]
ENDLESS = [
    "[a-z]+",
    "a*",
    "[a-z]{2,}",
    "(?:[a-z]{1,9}){1,9}",
    "(?:a|[a-z]{1,2}){0,9}",
    "(?:-[a-z-]{1,9}){1,9}",
    "(x?)*",
]


def test_patterns_have_an_end() -> None:
    assert not [pattern for pattern in ENDING if faults(pattern)]
    assert all(faults(pattern) for pattern in ENDLESS)
