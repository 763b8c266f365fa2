"""The skeletons of records: every operation that takes a role gives one that the schema accepts."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from kb.aws.reference import aws_reference
from kb.records import loading, schema
from kb.records.order import in_order
from kb.records.scaffold import members, skeleton
from kb.records.strict_yaml import parse_yaml
from sagemaker_roles.errors import UnknownOperation
from sagemaker_roles.errors.problems import Position
from support import ROOT, run

OPERATIONS = sorted({item.operation for item in aws_reference().role_parameters})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_skeleton_has_the_form_of_a_record(operation: str) -> None:
    text = skeleton(aws_reference(), operation)
    value, problems = parse_yaml(text, "new.yaml")
    assert not problems
    assert not schema.load(ROOT / "data" / "schema").check("operations", value, Position("new.yaml"))
    parameters = {path for role in value["roles"] for path in role["parameters"]}
    assert parameters == {item.path for item in aws_reference().role_parameters if item.operation == operation}
    assert "# decide" in text
    schemas = schema.load(ROOT / "data" / "schema")
    assert in_order(text, f"data/operations/{operation}.yaml", "operations", schemas) == text


def test_members_are_recognised_in_any_case_of_letters() -> None:
    types = {
        "In": {"members": {"jobName": "string", "outputS3Uri": "string", "network": "Net", "kmsKeyId": "string"}},
        "Net": {"members": {"subnets": "Texts", "securityGroupIds": "Texts"}},
        "Texts": {"member": "string"},
    }
    found = {item.path: item.looks_like for item in members(SimpleNamespace(types=types), "In")}  # type: ignore[arg-type]
    assert found == {"outputS3Uri": "s3-write", "network": "vpc", "kmsKeyId": "kms"}


def test_members_are_recognised() -> None:
    reference = aws_reference()
    found = {
        item.path: item.looks_like for item in members(reference, reference.inputs["sagemaker"]["CreateTrainingJob"])
    }
    assert found["AlgorithmSpecification.TrainingImage"] == "image"
    assert found["InputDataConfig[].DataSource.S3DataSource.S3Uri"] == "s3-read"
    assert found["OutputDataConfig.S3OutputPath"] == "s3-write"
    assert found["ResourceConfig.VolumeKmsKeyId"] == "kms"
    assert found["VpcConfig"] == "vpc"
    assert found["InputDataConfig[].DataSource.FileSystemDataSource.FileSystemId"] == "file-system"


@pytest.mark.parametrize(
    ("name", "message"),
    [("CreateTransformJob", "accepts no role"), ("CreateNothing", "is not an operation of a known service")],
)
def test_an_operation_without_a_role_gives_no_skeleton(name: str, message: str) -> None:
    with pytest.raises(UnknownOperation, match=message) as error:
        skeleton(aws_reference(), name)
    assert "CreateTrainingJob" in error.value.known


def test_the_command_writes_a_file_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(ROOT / "data", data)
    (data / "operations" / "CreateImage.yaml").unlink()
    done = run("new", "CreateImage", "--data", str(data))
    assert done.returncode == 0
    assert not done.stdout
    found = [item for item in loading.load(data).problems if "CreateImage.yaml" in item.position.path]
    text = (data / "operations" / "CreateImage.yaml").read_text()
    assert {item.rule for item in found} == {"undecided"}, "the form is right, and check fails until it is decided"
    assert [item.position.line for item in found] == [
        n for n, line in enumerate(text.split("\n"), 1) if "# decide" in line
    ]
    again = run("new", "CreateImage", "--data", str(data))
    assert again.returncode == 1
    assert "is there already" in again.stderr
