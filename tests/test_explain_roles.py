"""Explaining a denied call against the request that it belongs to, and the role that made it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from sagemaker_roles.cli.main import cli
from support import output_schema

ROLE = "arn:aws:iam::111122223333:role/R"
REQUEST = {
    "TrainingJobName": "j",
    "RoleArn": ROLE,
    "AlgorithmSpecification": {
        "TrainingImage": "111122223333.dkr.ecr.us-west-2.amazonaws.com/abc:1",
        "TrainingInputMode": "File",
    },
    "InputDataConfig": [
        {
            "ChannelName": "t",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://amzn-s3-demo-bucket/in/"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/out/"},
}
MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/R/SageMaker is not authorized to perform: s3:GetObject on resource: "
    "arn:aws:s3:::amzn-s3-demo-bucket/in/a.csv because no identity-based policy allows the s3:GetObject action"
)


def explained(folder: Path, statements: list[dict[str, Any]] | None, *more: str) -> dict[str, Any]:
    """The best cause, with the request and, unless it is None, a role with these statements."""
    options = ["--request", str(folder / "request.json"), "--operation", "CreateTrainingJob", "--format", "json", *more]
    (folder / "request.json").write_text(json.dumps(REQUEST), "utf-8")
    if statements is not None:
        (folder / "policy.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}), "utf-8")
        options += ["--policy", str(folder / "policy.json")]
    done = CliRunner().invoke(cli, ["explain", *options, MESSAGE])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    Draft202012Validator(output_schema("explanation")).validate(found)
    return dict(found["causes"][0])


def test_the_member_that_asks_for_it(tmp_path: Path) -> None:
    cause = explained(tmp_path, None)
    assert (cause["operation"], cause["role"]) == ("CreateTrainingJob", "execution")
    assert cause["asked"] == ["CreateTrainingJob: InputDataConfig[].DataSource.S3DataSource.S3Uri"]
    assert "short" not in cause


ALLOW = {"Sid": "One", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ({**ALLOW, "Resource": "arn:aws:s3:::other/*"}, "is about other resources (arn:aws:s3:::other/*)"),
        ({**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}, "has a condition that the call fails"),
        ({**ALLOW, "Condition": {"StringEquals": {"aws:SourceVpce": "v"}}}, "StringEquals aws:SourceVpce v"),
        ({**ALLOW, "Effect": "Deny"}, "denies the call"),
        (ALLOW, "the given policies allow the call"),
        ({**ALLOW, "Action": "s3:Put*"}, "no statement of this layer allows s3:GetObject"),
        (
            {"Sid": "One", "Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::amzn-s3-demo-bucket/*"},
            "excludes the resource",
        ),
    ],
)
def test_by_what_a_statement_falls_short(tmp_path: Path, statement: dict[str, Any], why: str) -> None:
    (short,) = explained(tmp_path, [statement])["short"]
    assert why in short["why"]
    assert short["layer"] == "identity"
    if statement["Action"] != "s3:Put*":
        assert (short["document"], short["statement"]) == (str(tmp_path / "policy.json"), "One")


def test_a_boundary_that_does_not_allow_it(tmp_path: Path) -> None:
    limits = {"Sid": "Limits", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"}
    (tmp_path / "boundary.json").write_text(json.dumps({"Statement": [limits]}), "utf-8")
    (short,) = explained(tmp_path, [ALLOW], "--boundary", str(tmp_path / "boundary.json"))["short"]
    assert (short["layer"], short["statement"]) == ("boundary", "Limits")


def test_the_text_has_both(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text(json.dumps(REQUEST), "utf-8")
    (tmp_path / "policy.json").write_text(
        json.dumps({"Statement": [{**ALLOW, "Resource": "arn:aws:s3:::o/*"}]}), "utf-8"
    )
    options = ["--request", str(tmp_path / "request.json"), "--policy", str(tmp_path / "policy.json")]
    done = CliRunner().invoke(cli, ["explain", *options, "--operation", "CreateTrainingJob", MESSAGE])
    assert "Required by:\n  - CreateTrainingJob: InputDataConfig[]" in done.stdout
    assert "The role:\n  - One is about other resources (arn:aws:s3:::o/*)" in done.stdout
