"""Patterns for names that differ with every run: they cover every need, stay in their bucket, and come when told."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composing import compiled
from composing import compose as command
from sagemaker_roles import Composition, Request, compose
from sagemaker_roles.engine.documents import PROPOSED
from sagemaker_roles.engine.name_patterns import generalized, widenings
from sagemaker_roles.iam.patterns import covers, matches, pattern
from sagemaker_roles.iam.size import POLICY_LIMIT, size

ROLE = "arn:aws:iam::111122223333:role/Training"


def run_at(number: int) -> str:
    """A time stamp as an SDK writes it, another for every number."""
    return f"2026-{1 + number % 12:02}-{1 + number % 28:02}-{number % 24:02}-{number % 60:02}-11-{number:03}"


def job(name: str, output: str = "acme-out", **members: Any) -> dict[str, Any]:
    source = f"s3://sagemaker-us-west-2-111122223333/{name}/source/sourcedir.tar.gz"
    return {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": "683313688378.dkr.ecr.us-west-2.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
        },
        "HyperParameters": {"sagemaker_submit_directory": json.dumps(source)},
        "CheckpointConfig": {"S3Uri": f"s3://{output}/{name}/checkpoints"},
        "OutputDataConfig": {"S3OutputPath": f"s3://{output}/{name}"},
        **members,
    }


def composed(jobs: list[dict[str, Any]]) -> Composition:
    requests = [Request("CreateTrainingJob", members, f"job {number}") for number, members in enumerate(jobs)]
    return compose(compiled(), requests, values={"Region": "us-west-2"})


def patterns_of(*resources: str, least: int = 2) -> list[str]:
    """The patterns for the keys of some outputs."""
    jobs = [job("n", OutputDataConfig={"S3OutputPath": f"s3://acme-out/{one}"}) for one in resources]
    found = widenings(composed(jobs).policy, least)
    return [one.pattern.removeprefix("arn:aws:s3:::acme-out/") for one in found if one.sid == "OutputWrite"]


# --- the example ----------------------------------------------------------------------------------------------------


def test_a_thousand_jobs_fit_into_one_policy() -> None:
    plain = composed([job(f"churn-{run_at(number)}") for number in range(1000)])
    assert size(plain.policy.to_json()) > 40 * POLICY_LIMIT
    result = generalized(plain, PROPOSED)
    assert size(result.composition.policy.to_json()) < POLICY_LIMIT
    assert size(result.composition.caller.to_json()) < POLICY_LIMIT
    assert {one.pattern for one in result.widenings["policy"]} == {
        "arn:aws:s3:::acme-out/churn-*/*",
        "arn:aws:s3:::acme-out/churn-*/checkpoints*",
        "arn:aws:s3:::acme-out/churn-*/checkpoints/*",
        "arn:aws:s3:::sagemaker-us-west-2-111122223333/churn-*/source/sourcedir.tar.gz",
    }
    (name,) = result.widenings["caller"]
    assert name.pattern == "arn:aws:sagemaker:us-west-2:111122223333:training-job/churn-*"
    assert len(name.resources) == 1000
    before, after = result.sizes["policy"]
    assert (before, after) == (size(plain.policy.to_json()), size(result.composition.policy.to_json()))
    # Another model's jobs, and another bucket, stay closed.
    texts = [text for one in result.composition.policy.statements for text in one.resources]
    allowed = [pattern(text) for text in texts if ":s3:" in text]
    assert any(matches(text, "arn:aws:s3:::acme-out/churn-2027-01-01-00-00-00-000/model.tar.gz") for text in allowed)
    for other in ("acme-out/fraud-2026-01-01-00-00-00-000/model.tar.gz", "acme-other/churn-1/model.tar.gz"):
        assert not any(matches(text, f"arn:aws:s3:::{other}") for text in allowed)


# --- what a pattern is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resources", "patterns"),
    [
        (["churn-2026-11-26-10-11-12-123", "churn-2026-11-27-10-11-12-123"], ["churn-*/*"]),
        (["churn-261126-1011", "churn-261126-1012"], ["churn-*/*"]),
        (["churn/20261126T101112Z", "churn/20261127T101112Z"], ["churn/*/*"]),
        (["runs/run-1/out", "runs/run-2/out"], ["runs/run-*/out/*"]),
        (["p/pipelines-a1b2c3d4e5f6-Train-0a1b2c3d4e", "p/pipelines-a1b2c3d4e5f7-Train-1a1b2c3d4e"],
         ["p/pipelines-*-Train-*/*"]),
        (["x/123e4567-e89b-12d3-a456-426614174000", "x/123e4567-e89b-12d3-a456-426614174001"], []),
        (["ab/123e4567-e89b-12d3-a456-426614174000", "ab/123e4567-e89b-12d3-a456-426614174001"], ["ab/*/*"]),
        # The whole bucket is never meant.
        (["2026-11-26", "2026-11-27"], []),
        # Names that do not look made for a run stay.
        (["churn-alpha", "churn-beta"], []),
        (["v1-churn", "v2-churn"], []),
        # What is the same in all of them stays.
        (["model-7/churn-1", "model-7/churn-2"], ["model-7/churn-*/*"]),
        # What has enough by itself is not joined with others.
        (["model-7/churn-1", "model-7/churn-2", "model-8/churn-1", "model-8/churn-2"],
         ["model-7/churn-*/*", "model-8/churn-*/*"]),
        (["model-7/churn-1", "model-8/churn-2"], ["model-*/churn-*/*"]),
        # A star in a request stays a character.
        (["churn-*-1", "churn-*-2"], ["churn-${*}-*/*"]),
        (["*-1", "*-2"], []),
    ],
)  # fmt: skip
def test_patterns(resources: list[str], patterns: list[str]) -> None:
    assert patterns_of(*resources) == patterns


def test_only_objects_and_names_of_sagemaker_have_patterns() -> None:
    """Keys, subnets, security groups and repositories never have one, however many there are."""
    jobs = [
        job(
            "churn",
            OutputDataConfig={
                "S3OutputPath": "s3://acme-out/churn",
                "KmsKeyId": f"arn:aws:kms:us-west-2:111122223333:key/12345678-1234-1234-1234-1234567890{number:02}",
            },
            AlgorithmSpecification={"TrainingImage": f"111122223333.dkr.ecr.us-west-2.amazonaws.com/churn-{number}:1"},
            VpcConfig={"Subnets": [f"subnet-0123456789abcde{number:02}"], "SecurityGroupIds": ["sg-0123456789abcdef0"]},
        )
        for number in range(20)
    ]
    plain = composed(jobs)
    assert sum(len(one.resources) >= 20 for one in plain.policy.statements) >= 3
    assert not widenings(plain.policy, 2)


# --- what holds of every policy -------------------------------------------------------------------------------------

BASES = st.sampled_from(["churn", "ab", "fraud-model", "team a", "x*y", "a?b", "$c", "${Region}", "7", "m5"])
RUNS = st.one_of(
    st.integers(0, 10**13).map(str),
    st.integers(0, 999).map(run_at),
    st.uuids().map(str),
    st.text("0123456789abcdef", min_size=6, max_size=12),
    st.sampled_from(["alpha", "", "*", "2026-11-26T10:11:12Z"]),
)
NAMES = st.tuples(BASES, st.sampled_from(["-", "/", "_"]), RUNS, st.sampled_from(["", "/out", "-b", "/7/c"])).map(
    "".join
)


def source(uri: str) -> dict[str, Any]:
    return {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}


JOBS = st.lists(
    st.builds(
        lambda name, key, bucket: job(
            re.sub("[^a-zA-Z0-9]+", "-", name).strip("-")[:60] or "n",
            bucket,
            OutputDataConfig={"S3OutputPath": f"s3://{bucket}/{key}"},
            InputDataConfig=[{"ChannelName": "c", "DataSource": source(f"s3://{bucket}/{name}")}],
        ),
        NAMES,
        NAMES,
        st.sampled_from(["acme-out", "acme-out2", "acme-2026-11-26", "acme-2026-11-27"]),
    ),
    min_size=1,
    max_size=12,
)


def within(resource: str) -> str:
    """The bucket, or the kind of resource."""
    found = re.match(r"arn:[^:]+:s3:::([^/]+)|(arn:[^:]+:[^:]+:[^:]*:[^:]*:[^/:]+)", resource)
    return found[0] if found else resource


@given(JOBS, st.integers(2, 5))
@settings(deadline=None, max_examples=150)
def test_every_need_is_covered_and_nothing_elsewhere(jobs: list[dict[str, Any]], least: int) -> None:
    plain = composed(jobs)
    result = generalized(plain, least)
    for part in ("policy", "caller"):
        before, after = getattr(plain, part), getattr(result.composition, part)
        for statement in before.statements:
            for action in statement.actions:
                granting = [
                    text
                    for one in after.statements
                    if action in one.actions and one.condition in (statement.condition, {})
                    for text in one.resources
                ]
                for resource in statement.resources:
                    assert any(covers(pattern(text), pattern(resource)) for text in granting), (action, resource)
        known = {
            (action, within(text)) for one in before.statements for action in one.actions for text in one.resources
        }
        for statement in after.statements:
            for action in statement.actions:
                assert {(action, within(text)) for text in statement.resources} <= known
        for one in result.widenings[part]:
            assert len(one.resources) >= least
            beginning = one.pattern.replace("${*}", "\0").partition("*")[0].replace("\0", "${*}")
            assert all(resource.startswith(beginning) for resource in one.resources)
            assert len(beginning) > len(within(one.pattern)) + 2
    again = generalized(result.composition, least)
    assert again.composition.policy == result.composition.policy, "patterns have no patterns"


# --- the command ----------------------------------------------------------------------------------------------------


def text_of(count: int) -> str:
    return json.dumps([{"CreateTrainingJob": job(f"churn-{run_at(number)}")} for number in range(count)])


def run(text: str, *options: str) -> Any:
    return command("--request", "-", "--region", "us-west-2", *options, stdin=text)


def test_patterns_are_proposed_and_used_when_told() -> None:
    assert "--generalize" not in run(text_of(PROPOSED - 1)).err
    proposed = run(text_of(40))
    assert (proposed.code, "churn-*" in proposed.out) == (0, False), proposed.err
    assert "arn:aws:s3:::acme-out/churn-*/* " in proposed.err and f"--generalize {PROPOSED}" in proposed.err
    used = run(text_of(40), "--generalize", str(PROPOSED))
    assert (used.code, "arn:aws:s3:::acme-out/churn-*/*" in used.out) == (0, True), used.err
    assert "arn:aws:s3:::acme-out/churn-*/* " in used.err
    assert run(text_of(40), "--generalize", "41").out == proposed.out
    assert run(text_of(2), "--generalize", "1").code == 2
    broad = run(text_of(40), "--generalize", "10", "--scope", "broad")
    assert (broad.code, "churn" in broad.out + broad.err) == (0, False), broad.err


def test_what_else_must_allow_it_has_the_patterns() -> None:
    done = run(text_of(40), "--generalize", "10", "--part", "boundary")
    assert (done.code, "churn-*" in done.out) == (0, True), done.err
