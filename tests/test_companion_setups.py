"""The most common set-ups: their companions are kept, templates read by others, and made in moto and read back.

Golden documents: after a change that is meant, `GOLDEN=write pytest tests/test_companion_setups.py`; see what differs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import cfnlint.api
import hcl2
import pytest
from moto import mock_aws

from composing import compose

GOLDEN = Path(__file__).parent / "golden" / "companion-setups"
REGION = "us-west-2"
OURS, THEIRS = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{OURS}:role/service-role/TrainingRole"
NETWORK = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}


def key(account: str) -> str:
    return f"arn:aws:kms:{REGION}:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def image(account: str) -> str:
    return f"{account}.dkr.ecr.{REGION}.amazonaws.com/team/churn:3"


def training(**members: Any) -> dict[str, Any]:
    base = {
        "TrainingJobName": "churn",
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-out/models"},
    }
    return {"CreateTrainingJob": {**base, **members}}


def channel(uri: str) -> list[Any]:
    return [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}]


SETUPS: dict[str, dict[str, Any]] = {
    "bucket": training(InputDataConfig=channel("s3://amzn-s3-demo-in/data/")),
    "image": training(AlgorithmSpecification={"TrainingImage": image(THEIRS), "TrainingInputMode": "File"}),
    "key-of-output": training(
        OutputDataConfig={"S3OutputPath": "s3://amzn-s3-demo-out/models", "KmsKeyId": key(THEIRS)}
    ),
    "key-of-volume": training(ResourceConfig={"VolumeKmsKeyId": key(OURS)}),
    "network": training(VpcConfig=NETWORK, InputDataConfig=channel("s3://amzn-s3-demo-in/data/")),
    "model": {
        "CreateModel": {
            "ModelName": "churn",
            "ExecutionRoleArn": ROLE,
            "PrimaryContainer": {"Image": image(THEIRS), "ModelDataUrl": "s3://amzn-s3-demo-in/models/model.tar.gz"},
        }
    },
    "processing": {
        "CreateProcessingJob": {
            "ProcessingJobName": "churn",
            "RoleArn": ROLE,
            "AppSpecification": {"ImageUri": image(THEIRS)},
            "NetworkConfig": {"VpcConfig": NETWORK},
            "ProcessingResources": {"ClusterConfig": {"VolumeKmsKeyId": key(THEIRS)}},
            "ProcessingInputs": [{"InputName": "in", "S3Input": {"S3Uri": "s3://amzn-s3-demo-in/data"}}],
            "ProcessingOutputConfig": {
                "KmsKeyId": key(THEIRS),
                "Outputs": [{"OutputName": "out", "S3Output": {"S3Uri": "s3://amzn-s3-demo-out/report"}}],
            },
        }
    },
    "aliases-and-access-points": training(
        AlgorithmSpecification={"TrainingImage": image(OURS), "TrainingInputMode": "File"},
        InputDataConfig=channel(f"s3://arn:aws:s3:{REGION}:{THEIRS}:accesspoint/training-data/data/"),
        OutputDataConfig={
            "S3OutputPath": "s3://amzn-s3-demo-out/models",
            "KmsKeyId": key(THEIRS).replace(REGION, "eu-west-1"),
        },
        ResourceConfig={"VolumeKmsKeyId": f"arn:aws:kms:{REGION}:{THEIRS}:alias/volume"},
    ),
    "everything-elsewhere": training(
        AlgorithmSpecification={"TrainingImage": image(THEIRS), "TrainingInputMode": "File"},
        InputDataConfig=channel("s3://amzn-s3-demo-in/data/"),
        OutputDataConfig={"S3OutputPath": "s3://amzn-s3-demo-out/models", "KmsKeyId": key(THEIRS)},
        ResourceConfig={"VolumeKmsKeyId": key(THEIRS)},
        VpcConfig=NETWORK,
    ),
}


@cache
def written(name: str, form: str = "json", owner: str = "") -> str:
    options = ["--region", REGION, "--part", "companions", "--format", form, *(["--owner", owner] if owner else [])]
    done = compose("--request", "-", *options, stdin=json.dumps(SETUPS[name]))
    assert done.code == 0, done.err
    return done.out


@pytest.mark.parametrize("name", SETUPS)
def test_a_setup_gives_what_is_kept(name: str) -> None:
    path = GOLDEN / f"{name}.json"
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(name), "utf-8")
    assert written(name) == path.read_text("utf-8")


def test_nothing_is_kept_that_no_setup_gives() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(SETUPS)


@pytest.mark.parametrize("name", SETUPS)
def test_templates_are_read_by_the_tools_for_them(name: str) -> None:
    assert hcl2.loads(written(name, "terraform"))["data"]
    for owner in (OURS, THEIRS):
        assert not cfnlint.api.lint(written(name, "cloudformation", owner), regions=[REGION])


# --- made in moto and read back ----------------------------------------------------------------------------------


def bucket(one: Any, policy: str) -> Any:
    s3, name = boto3.client("s3", REGION), one["resource"].rpartition(":")[2]
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket=name, Policy=policy)
    return json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])


def of_key(one: Any, policy: str) -> Any:
    kms = boto3.client("kms", REGION)
    made = kms.create_key(Policy=policy, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
    return json.loads(kms.get_key_policy(KeyId=made, PolicyName="default")["Policy"])


def repository(one: Any, policy: str) -> Any:
    ecr, name = boto3.client("ecr", REGION), one["resource"].partition(":repository/")[2]
    ecr.create_repository(repositoryName=name)
    ecr.set_repository_policy(repositoryName=name, policyText=policy)
    return json.loads(ecr.get_repository_policy(repositoryName=name)["policyText"])


def endpoint(one: Any, policy: str) -> Any:
    ec2 = boto3.client("ec2", REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    kind = "Gateway" if one["kind"].startswith("gateway") else "Interface"
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=one["resource"], VpcEndpointType=kind, PolicyDocument=policy
    )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"]
    return json.loads(found["PolicyDocument"])


def boundary(one: Any, policy: str) -> Any:
    iam = boto3.client("iam", REGION)
    made = iam.create_policy(PolicyName="boundary", PolicyDocument=policy)["Policy"]["Arn"]
    return iam.get_policy_version(PolicyArn=made, VersionId="v1")["PolicyVersion"]["Document"]


def access_point(one: Any, policy: str) -> Any:
    control, name = boto3.client("s3control", REGION), one["resource"].rpartition("/")[2]
    control.create_access_point(AccountId=THEIRS, Name=name, Bucket="amzn-s3-demo-in")
    control.put_access_point_policy(AccountId=THEIRS, Name=name, Policy=policy)
    return json.loads(control.get_access_point_policy(AccountId=THEIRS, Name=name)["Policy"])


MAKERS: dict[str, Callable[[Any, str], Any]] = {
    "bucket-policy": bucket,
    "access-point-policy": access_point,
    "key-policy": of_key,
    "repository-policy": repository,
    "gateway-endpoint-policy": endpoint,
    "interface-endpoint-policy": endpoint,
    "boundary": boundary,
}


@pytest.mark.parametrize("name", SETUPS)
def test_a_setup_is_made_and_read_back_equal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")
    made = 0
    with mock_aws():
        for one in json.loads(written(name)):
            if one["policy"]:
                assert MAKERS[one["kind"]](one, json.dumps(one["policy"])) == one["policy"], one["resource"]
                made += 1
    assert made >= 2
