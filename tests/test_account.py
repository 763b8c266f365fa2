"""The account of a composition: every resource that a request names ends in it, wherever it stands."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composing import compiled
from made.requests import make
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.compose import Composition, Partial, Request, Unknown
from sagemaker_roles.engine.compose import compose as composed
from sagemaker_roles.engine.named_resources import _shown, finder, follow
from sagemaker_roles.engine.resource_coverage import Accounted, ways

ROLE = "arn:aws:iam::111122223333:role/ExecutionRole"
OPERATIONS = compiled().operations

#: Resources of each way of naming that no generated request has.
PLANTED = (
    "s3://amzn-s3-demo-planted/data/one",
    "https://amzn-s3-demo-planted.s3.us-west-2.amazonaws.com/two",
    "https://sqs.us-west-2.amazonaws.com/111122223333/planted",
    "arn:aws:secretsmanager:us-west-2:111122223333:secret:planted-AbCdEf",
    "arn:aws:dynamodb:us-west-2:111122223333:table/planted",
    "444455556666.dkr.ecr.us-west-2.amazonaws.com/planted:1",
    "subnet-0aaaaaaaaaaaaaaa1",
    "sg-0aaaaaaaaaaaaaaa2",
    "vpc-0aaaaaaaaaaaaaaa3",
    "fs-0aaaaaaaaaaaaaaa4",
    "j-PLANTED123456",
    "public.ecr.aws/planted/image:1",
    "planted.abcdefghijkl.us-west-2.rds.amazonaws.com",
)

#: How a resource stands in a text.
FORMS: tuple[Callable[[str], str], ...] = (
    lambda name: name,
    lambda name: json.dumps(name),
    lambda name: json.dumps({"outer": [1, None, {"inner": name}]}),
    lambda name: json.dumps(json.dumps([name])),
    lambda name: f"python run.py --input {name} --epochs 3",
    lambda name: f"--input={name}",
    lambda name: f"first,{name},last",
    lambda name: f"{{not json: '{name}'}}",
    lambda name: base64.b64encode(f"input: {name} # planted".ljust(90).encode()).decode(),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a request where a text can be put: a mapping or list, and its key."""
    found: list[tuple[Any, Any]] = []
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, str):
            found.append((value, key))
        elif isinstance(item, (dict, list)):
            found += places(item)
    if isinstance(value, dict):
        found.append((value, "Planted"))
    return found


def lines(composition: Composition, value: str) -> list[Accounted]:
    return [item for item in composition.account if item.value == value]


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(seed=st.integers(min_value=0, max_value=10**9), planted=st.sampled_from(PLANTED), form=st.sampled_from(FORMS))
def test_a_planted_resource_is_in_the_account(
    operation: str, seed: int, planted: str, form: Callable[[str], str]
) -> None:
    chance = random.Random(seed)  # noqa: S311
    request = make(operation, chance, chance.choice([0.2, 0.6]))
    holder, key = chance.choice(places(request))
    holder[key] = form(planted)
    result = composed(compiled(), [Request(operation, request)])
    found = lines(result, planted)
    assert found, (operation, holder, key)
    for item in found:
        assert item.reason
        assert item.operation == operation
        if item.outcome == "note":
            assert any(finding.message == item.reason for finding in result.findings), item
        if item.outcome == "statement":
            assert re.fullmatch(r"((policy|caller|trust) \w+( \(named by .*\))?(, )?)+", item.reason), item


def account(operation: str, request: Any, **options: Any) -> dict[str, tuple[str, str]]:
    result = composed(compiled(), [Request(operation, request)], **options)
    return {item.path: (item.outcome, item.reason) for item in result.account}


# --- what becomes of a resource -----------------------------------------------------------------------------------


def test_a_reason_can_be_for_one_member_of_one_operation() -> None:
    one = {"members": ["CreateTrainingJob.Environment.PLACE"], "why": "a reason"}
    catalog = Catalog({**compiled().data, "no_permission": {"one": one}})
    place = {"Environment": {"PLACE": "s3://amzn-s3-demo-bucket/place"}}
    for operation, request, outcome in (
        ("CreateTrainingJob", place, "no-permission"),
        ("CreateProcessingJob", place, "note"),
        ("CreateHyperParameterTuningJob", {"TrainingJobDefinition": place}, "note"),
    ):
        (item,) = composed(catalog, [Request(operation, request)]).account
        assert (operation, item.outcome) == (operation, outcome)


@pytest.mark.parametrize("key", ["arn:aws:kms:us-west-2:111122223333:key/none", Partial([Unknown("Key"), "/x"])])
def test_what_a_statement_cannot_read_is_a_note(key: str) -> None:
    result = composed(compiled(), [Request("CreateTrainingJob", {"OutputDataConfig": {"KmsKeyId": key}})])
    assert [item.outcome for item in result.account] == ["note"][: len(result.account)]
    assert all(not reason.values for one in result.policy.statements for reason in one.reasons if "Key" in one.sid)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (0, 2, "ab"),
        (1, 2, "b"),
        (1, 3, "b${X}"),
        (2, 3, "${X}"),
        (3, 5, "cd"),
        (4, 9, "d"),
        (0, 9, "ab${X}cd"),
        (2, 2, ""),
    ],
)
def test_what_a_partly_known_text_shows_of_a_span(start: int, end: int, text: str) -> None:
    assert _shown(Partial(["ab", Unknown("X"), "cd"]), start, end) == text


def test_names_that_are_partly_unknown_are_accounted_for() -> None:
    value = Partial(['"s3://', Unknown("CodeBucket"), '/code/sourcedir.tar.gz"'])
    request = {"HyperParameters": {"sagemaker_submit_directory": value}}
    result = composed(compiled(), [Request("CreateTrainingJob", request)])
    (line,) = result.account
    assert (line.value, line.outcome) == ("s3://${CodeBucket}/code/sourcedir.tar.gz", "statement")
    read = next(item for item in result.policy.statements if item.sid == "SourceCodeRead")
    assert read.resources == ("arn:${Partition}:s3:::${CodeBucket}/code/sourcedir.tar.gz",)


@pytest.mark.parametrize(
    ("names", "longer", "inside", "at_end"),
    [
        ("b", "abc", True, False),
        ("bc", "abcd", True, False),
        ("a", "abc", False, False),
        ("c", "abc", False, True),
        ("b", "ab", False, True),
        ("bc", "abc", False, True),
        ("x", "abc", False, False),
        ("abc", "abc", False, False),
        ("abcd", "abc", False, False),
    ],
)
def test_where_names_of_members_stand_in_longer_ones(names: str, longer: str, inside: bool, at_end: bool) -> None:
    assert (follow(names, longer[1:-1]), follow(names, longer[1:], at_end=True)) == (inside, at_end)


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("A.B[].C_d", [("A", "B", "C_d")]),
        ("A[?b == 'x'].C", [("A", "C")]),
        ("A[].[b_1, c.d][]", [("A", "b_1"), ("A", "c", "d")]),
        ("[A.B || ''][?contains(@, ':x/')]", [("A", "B")]),
        ("A[].[B || C || ''].D", [("A", "B", "D"), ("A", "C", "D")]),
        ("", [()]),
    ],
)
def test_ways_of_an_expression(member: str, expected: list[tuple[str, ...]]) -> None:
    assert [*ways(member)] == expected


@pytest.mark.parametrize("name", ["kms_key_id", "kms-key-id", "KmsKeyId", "output_kms-key"])
def test_a_key_that_has_only_its_id_is_found_by_the_name_of_its_member(name: str) -> None:
    key = "1234abcd-12ab-34cd-56ef-1234567890ab"
    (named,) = finder(compiled()).named({"Environment": {name: key}})
    assert (named.kind, named.text) == ("kms-key-id", key)
    assert not finder(compiled()).named({"Environment": {"other": key}})
