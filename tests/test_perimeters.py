"""Policies of organizations: which of a role's calls the well-known ones deny."""

from __future__ import annotations

import json
from typing import Any

import pytest

from composing import compiled, compose
from sagemaker_roles import Request
from sagemaker_roles.engine.compose import compose as composed
from sagemaker_roles.engine.perimeters import checks

OURS = "111122223333"
ROLE = f"arn:aws:iam::{OURS}:role/TrainingRole"
VPC = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}


def key(account: str) -> str:
    return f"arn:aws:kms:us-west-2:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def broken(perimeter: str, **members: Any) -> dict[str, str]:
    """Action to whether it is denied, of those that are or may be."""
    request = {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/out"}, **members}
    one = composed(compiled(), [Request("CreateTrainingJob", request)], values={"Region": "us-west-2"})
    found = {item["perimeter"]: item["statements"] for item in checks(compiled(), one.policy, one.companions)}
    return {action: item["breaks"] for item in found[perimeter] for action in item["actions"]}


def image(account: str) -> dict[str, Any]:
    uri = f"{account}.dkr.ecr.us-west-2.amazonaws.com/team/churn:3"
    return {"TrainingImage": uri, "TrainingInputMode": "File"}


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (OURS, None),
        ("444455556666", "depends"),
        ("763104351884", None),  # an exception of the policy
        ("306415355426", "yes"),  # a registry of AWS that is none
    ],
)
def test_resources_outside_of_the_organization(account: str, expected: str | None) -> None:
    found = broken("trusted-resources", AlgorithmSpecification=image(account))
    assert found.get("ecr:BatchGetImage") == expected
    assert found["s3:PutObject"] == "depends", "the name of a bucket does not show its account"
    assert "ecr:GetAuthorizationToken" not in found


def test_a_role_of_the_organization_is_a_trusted_identity() -> None:
    assert broken("trusted-identities", VpcConfig=VPC) == {}


def test_what_the_service_does_itself_does_not_come_from_the_own_network() -> None:
    members = {"AlgorithmSpecification": image(OURS), "ResourceConfig": {"VolumeKmsKeyId": key(OURS)}}
    members["OutputDataConfig"] = {"S3OutputPath": "s3://amzn-s3-demo-bucket/out", "KmsKeyId": key(OURS)}
    inside, outside = broken("expected-networks", VpcConfig=VPC, **members), broken("expected-networks", **members)
    assert set(inside.values()) == set(outside.values()) == {"yes"}
    assert "s3:PutObject" in outside and "s3:PutObject" not in inside
    for action in ("ecr:BatchGetImage", "logs:PutLogEvents", "kms:CreateGrant"):
        assert action in inside and action in outside
    assert "kms:GenerateDataKey" not in inside, "Amazon S3 makes this call"


def test_the_command_prints_each_policy_and_is_a_check_only() -> None:
    text = json.dumps(
        {"RoleArn": ROLE, "VpcConfig": VPC, "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-b/o"}}
    )
    options = ("CreateTrainingJob", "--request", "-", "--region", "us-west-2", "--part", "organization")
    done = compose(*options, stdin=text)
    assert done.code == 0, done.err
    assert {item["perimeter"]: item["breaks"] for item in done.document} == {
        "trusted-resources": "depends",
        "trusted-identities": "no",
        "expected-networks": "yes",
    }
    assert compose(*options, "--format", "cli", stdin=text).code == 2
