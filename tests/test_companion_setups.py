"""The most common set-ups: their companions are kept, and templates of them are read by the tools for them.

Golden documents: after a change that is meant, `GOLDEN=write pytest tests/test_companion_setups.py`; see what differs.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import hcl2
import pytest

from cfn_lint import lint
from composing import channel, compose

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


SETUPS: dict[str, dict[str, Any]] = {
    "bucket": training(InputDataConfig=[channel("s3://amzn-s3-demo-in/data/")]),
    "image": training(AlgorithmSpecification={"TrainingImage": image(THEIRS), "TrainingInputMode": "File"}),
    "key-of-output": training(
        OutputDataConfig={"S3OutputPath": "s3://amzn-s3-demo-out/models", "KmsKeyId": key(THEIRS)}
    ),
    "key-of-volume": training(ResourceConfig={"VolumeKmsKeyId": key(OURS)}),
    "network": training(VpcConfig=NETWORK, InputDataConfig=[channel("s3://amzn-s3-demo-in/data/")]),
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
        InputDataConfig=[channel(f"s3://arn:aws:s3:{REGION}:{THEIRS}:accesspoint/training-data/data/")],
        OutputDataConfig={
            "S3OutputPath": "s3://amzn-s3-demo-out/models",
            "KmsKeyId": key(THEIRS).replace(REGION, "eu-west-1"),
        },
        ResourceConfig={"VolumeKmsKeyId": f"arn:aws:kms:{REGION}:{THEIRS}:alias/volume"},
    ),
    "everything-elsewhere": training(
        AlgorithmSpecification={"TrainingImage": image(THEIRS), "TrainingInputMode": "File"},
        InputDataConfig=[channel("s3://amzn-s3-demo-in/data/")],
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
        assert not lint(written(name, "cloudformation", owner), REGION)
