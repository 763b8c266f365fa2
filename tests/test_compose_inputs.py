"""Inputs: how formats are recognised, folders, functions of templates, and what becomes of a reading.

What is read of each kind of input is kept: see tests/test_input_damage.py.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from composing import INPUTS, compiled, compose, problems, reading, small
from made.cases import MISREAD
from sagemaker_roles.cli.main import cli
from sagemaker_roles.engine.partial import Partial, Unknown, joined
from sagemaker_roles.inputs import read_files
from sagemaker_roles.inputs.reader import camel, unknown_in
from sagemaker_roles.inputs.reading import Reader, recognized
from sagemaker_roles.inputs.requests import INPUT_FORMATS
from sagemaker_roles.inputs.requests.pipeline import _parts
from sagemaker_roles.inputs.template import _between

ROLE = "arn:aws:iam::111122223333:role/R"


def only(found: Any) -> Mapping[str, Any]:
    (request,) = found.requests
    members: Mapping[str, Any] = request.members
    return members


def test_every_input_of_the_tests_is_recognised_and_read_alike_when_its_format_is_named() -> None:
    formats = {
        "deploy.sh": "commands",
        "manifests.yaml": "ack",
        "pipeline.json": "pipeline",
        "plan.json": "terraform",
        "processing-job.yaml": "api",
        "resource.json": "cloudformation",
        "template.yaml": "cloudformation",
        "trail.json": "cloudtrail",
        "training-job.json": "api",
    }
    files = sorted((INPUTS / "aws").iterdir())
    assert [file.name for file in files] == sorted(formats)
    # Of Terraform configuration there are folders (test_terraform_configuration.py).
    assert {*formats.values(), "terraform_configuration"} == set(INPUT_FORMATS)
    for file in files:
        found = read_files(compiled(), [str(file)])
        assert found.requests, file
        assert not problems(found), file
        assert read_files(compiled(), [str(file)], input_format=formats[file.name]).requests == found.requests


@pytest.mark.parametrize("name", INPUT_FORMATS)
def test_an_input_of_another_format_than_named_is_told(tmp_path: Path, name: str) -> None:
    for text in ('{"foo": {"bar": 1}}', "[1, 2]", '"text"', "{}", "null", "[]", '{"Resources": 1}', '{"Steps": 1}'):
        found = reading(tmp_path, text, input_format=name, operation="CreateTrainingJob")
        assert not any(item.members for item in found.requests)


@pytest.mark.parametrize("value", [{"format_version": "1"}, {"values": {}}, {"Type": "X"}, {"Events": [{}]}, {}])
def test_half_of_what_tells_a_format_tells_none(value: Any) -> None:
    assert recognized(value) is None and recognized({**value, "terraform_version": "1"}) == "terraform"


# --- CloudTrail ---------------------------------------------------------------------------------------------------


def event(name: str = "CreateModel", **more: Any) -> dict[str, Any]:
    return {
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-west-2",
        "recipientAccountId": "111122223333",
        "requestParameters": {"modelName": "m", "executionRoleArn": ROLE},
        **more,
    }


def test_a_folder_of_logs_gives_each_request_once(tmp_path: Path) -> None:
    for number in range(5):
        log = {
            "Records": [
                event(),
                event("DescribeModel", requestParameters={"modelName": "m"}),
                event("CreateTrainingJob", requestParameters={"roleArn": ROLE}),
            ]
        }
        (tmp_path / f"{number}.json.gz").write_bytes(gzip.compress(json.dumps(log).encode()))
    other = {"Records": [{"eventSource": "s3.amazonaws.com", "eventName": "GetObject"}] * 3}
    (tmp_path / "other.json").write_text(json.dumps(other))
    found = read_files(compiled(), [str(tmp_path)])
    assert sorted(item.operation for item in found.requests) == ["CreateModel", "CreateTrainingJob", "DescribeModel"]
    assert found.read == 18
    assert not found.notices
    assert [item.operation for item in read_files(compiled(), [str(tmp_path)], operation="CreateModel").requests] == [
        "CreateModel"
    ]


# --- pipelines ----------------------------------------------------------------------------------------------------


def test_a_part_is_a_list_only_where_it_is_one_everywhere() -> None:
    whole, part = Partial([Unknown("P", is_list=True)]), Partial(["a/", Unknown("P")])
    assert unknown_in([whole, {"a": whole}]) == {"P": True}
    assert unknown_in([whole, {"a": part}]) == unknown_in([part, {"a": whole}]) == {"P": False}


def test_the_steps_of_a_definition_alone(tmp_path: Path) -> None:
    definition = (INPUTS / "aws" / "pipeline.json").read_text("utf-8")
    found = reading(tmp_path, definition, operation="CreateTrainingJob")
    assert {(item.operation, item.by_service) for item in found.requests} == {("CreateTrainingJob", False)}
    whole, named = reading(tmp_path, definition), reading(tmp_path, definition, operation="CreatePipeline")
    assert whole.requests == named.requests


def test_placeholders_have_names_of_one_form() -> None:
    assert [camel(text) for text in ("data-bucket.arn", "myBucket", "1st", "a/b:c", "", "ü", "AWS::X")] == [
        "DataBucketArn",
        "MyBucket",
        "P1st",
        "ABC",
        "",
        "",
        "AWSX",
    ]


# --- inputs that were misread once (tests/made/cases.yaml) --------------


def known(tmp_path: Path, name: str) -> Any:
    """What is read of a known input, and that it is read within a second or two."""
    file, text, values = MISREAD[name]
    return reading(tmp_path, text, file if file not in ("-", "x", "main") else "x", values=values)


def test_every_parameter_that_steps_hand_on_to_is_one_of_the_record() -> None:
    entries = [
        entry for grantee in compiled().operation("CreatePipeline").grantees() for _, entry in grantee.all_entries()
    ]
    known_names = {entry.prefix + name for entry in entries for name in entry.parameters}
    pipeline = compiled().inputs["pipeline"]
    handed = {rule["parameter"] for rule in pipeline["handed_on"]} | set(pipeline["file_functions"].values())
    assert handed <= known_names


@pytest.mark.parametrize(
    "raw",
    [
        b"BZh91AY",
        b"\xfd7zXZ\0\0",
        b"\x28\xb5\x2f\xfd",
        b"7z\xbc\xaf\x27\x1c",
        b"x" * 257 + b"ustar",
        gzip.compress(b"PK\x03\x04", mtime=0),
    ],
)
def test_archives_are_named(tmp_path: Path, raw: bytes) -> None:
    assert "is not read; unpack it, and give the file or folder" in problems(reading(tmp_path, raw))[0]


def test_an_empty_name_and_closed_input_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    done = compose("CreateModel", "--request", "")
    assert (done.code, done.out) == (2, "")
    assert "--request is empty; give a value" in done.err
    monkeypatch.setattr("sys.stdin", None)
    assert problems(read_files(compiled(), ["-"])) == ["-: standard input is closed; give a file"]
    assert "an empty name" in problems(read_files(compiled(), [""]))[0]


def test_no_chain_of_references_ends_in_a_fault(tmp_path: Path) -> None:
    for name in ("references one after the other", "conditions one after the other", "properties one after the other"):
        assert known(tmp_path, name).requests


def test_a_limit_of_what_references_make_up(tmp_path: Path) -> None:
    doubled = {"B0": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "x" * 1000}}}
    for number in range(1, 40):
        name = {"Fn::Sub": f"${{B{number - 1}}}${{B{number - 1}}}"}
        doubled[f"B{number}"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}
    doubled["M"] = {"Type": "AWS::SageMaker::Model", "Properties": {"ModelName": {"Ref": "B39"}}}
    found = reading(tmp_path, json.dumps({"Resources": doubled}))
    assert len(str(only(found)["ModelName"])) < 1 << 21


def test_a_definition_in_amazon_s3_is_a_problem_unless_it_is_given(tmp_path: Path) -> None:
    found = known(tmp_path, "a definition in Amazon S3")
    assert [message for message in problems(found) if "give the definition as well" in message]
    request, definition = tmp_path / "t.json", tmp_path / "d.json"
    definition.write_text(MISREAD["what SDKs write into steps"][1])
    both = read_files(compiled(), [str(request), str(definition)])
    assert not [message for message in problems(both) if "give the definition as well" in message]


def test_a_part_has_a_name_that_no_other_part_has() -> None:
    reader = Reader(compiled(), None, None, {})
    names = ["net2", "net", "net", "net", "region", "", "9"]
    parts = [reader.part(name, f"part {number}") for number, name in enumerate(names)]
    shown = [part.name if isinstance(part, Unknown) else part for part in parts]
    assert shown == ["Net2", "Net", "Net3", "Net4", "RegionParameter", "Unknown", "P9"]
    assert reader.part("net", "part 2") == parts[2]


def test_the_parts_of_a_path_in_a_definition() -> None:
    assert _parts("Outputs['XaX'].S3Output[0]") == ["Outputs", "XaX", "S3Output", "0"]
    assert _parts('A["b c"]..D') == ["A", "b c", "D"]


def test_the_parts_of_a_text_between_two_offsets() -> None:
    unknown = Unknown("X")
    size = len(unknown.shown)
    text = joined(["ab", unknown, "cd"])

    def between(start: int, end: int) -> list[str | Unknown]:
        return [part for part in _between(text, start, end) if part != ""]

    assert between(0, 2) == ["ab"]
    assert between(0, 3) == ["ab", unknown]
    assert between(2, 2 + size) == [unknown]
    assert between(3, 2 + size) == []
    assert between(1, 3 + size) == ["b", unknown, "c"]
    assert between(2 + size, 4 + size) == ["cd"]
    assert _between("abc", 1, 2) == ["b"]


# --- paths --------------------------------------------------------------------------------------------------------

_IMAGE = "111122223333.dkr.ecr.us-west-2.amazonaws.com/own:1"
_CALL = (
    "client.create_model(ModelName='m', ExecutionRoleArn='arn:aws:iam::111122223333:role/Model',\n"
    f"    PrimaryContainer={{'Image': '{_IMAGE}'}}, EnableNetworkIsolation=False)\n"
)
_SCRIPT = (
    f"import boto3\nboto3.client('s3').get_object(Bucket='b', Key='k')\nclient = boto3.client('sagemaker')\n{_CALL}"
)
_COMMAND = (
    "aws sagemaker create-model --model-name m --execution-role-arn arn:aws:iam::111122223333:role/Model"
    f" --primary-container Image={_IMAGE}\n"
)
_NOTEBOOK = json.dumps({"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": _SCRIPT}]})
_PAGE = f"# Model\n\n```bash\n$ {_COMMAND}```\n\n```python\n{_SCRIPT}```\n\n```\nplain text\n```\n"
_TEMPLATE = json.dumps(
    {
        "Resources": {
            "Model": {
                "Type": "AWS::SageMaker::Model",
                "Properties": {
                    "ExecutionRoleArn": "arn:aws:iam::111122223333:role/Model",
                    "PrimaryContainer": {"Image": _IMAGE},
                },
            }
        }
    }
)


def _archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("src/run.py")
        member.size = len(_SCRIPT)
        archive.addfile(member, io.BytesIO(_SCRIPT.encode()))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind", "operations"),
    [
        ("r.json", f'{{"CreateModel": {{"ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::111122223333:role/Model",'
         f' "PrimaryContainer": {{"Image": "{_IMAGE}"}}}}}}', "an API request", [["CreateModel"]]),
        ("t.json", _TEMPLATE, "a CloudFormation template", [["CreateModel"]]),
        ("run.sh", f"#!/bin/bash\n{_COMMAND}", "a shell script", [["CreateModel"]]),
        ("run.bash", f"# Once\nif [ -z $DONE ]; then\n  out=$({_COMMAND.strip()})\nfi\n", "a shell script",
         [["CreateModel"]]),
        ("nb.ipynb", _NOTEBOOK, "a notebook", [["CreateNotebookInstance"], ["CreateModel"]]),
        ("run.py", _SCRIPT, "a Python file", [["CreateNotebookInstance"], ["CreateModel"]]),
        ("src.tar.gz", _archive(), "a code archive", [["CreateNotebookInstance"], ["CreateModel"]]),
        ("README.md", _PAGE, "1 Markdown page, 1 shell script", [["CreateNotebookInstance"], ["CreateModel"]]),
        ("app.py", "from aws_cdk import aws_sagemaker as sm\nsm.CfnModel(self, 'M', execution_role_arn=role.role_arn,\n"
         f"    primary_container=sm.CfnModel.ContainerDefinitionProperty(image='{_IMAGE}'))\n", "a Python file",
         [["CreateModel"]]),
        ("call.txt", _CALL, "a Python file", [["CreateModel"]]),
        ("dict.txt", "request = {'ModelName': f'{stage}-m', 'ExecutionRoleArn': role, 'PrimaryContainer':"
         f" {{'Image': '{_IMAGE}'}}, 'EnableNetworkIsolation': False}}", "an API request", [["CreateModel"]]),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 12 else "",
)  # fmt: skip
def test_a_path_of_any_kind_is_composed(
    tmp_path: Path, name: str, content: str | bytes, kind: str, operations: list[list[str]]
) -> None:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = compose(file, "--each", "--allow-placeholders")
    assert (done.code, done.err.splitlines()[0]) == (0, f"note: {file}: read as {kind}")
    assert [one["operations"] for one in done.document["roles"]] == operations
    policies = [json.dumps(one["policy"]) for one in done.document["roles"]]
    # What the code reads is of the role that runs it, and what the model reads of the model's role.
    hosts = [one[0] == "CreateNotebookInstance" for one in operations]
    assert ["arn:${Partition}:s3:::b/k" in one for one in policies] == hosts
    assert ["repository/own" in one for one in policies] == [not is_host for is_host in hosts]


def test_inputs_of_several_kinds_in_a_folder_are_composed_together(tmp_path: Path) -> None:
    for name, text in {
        "t.json": _TEMPLATE,
        "src/run.py": _SCRIPT,
        "node_modules/x.py": "import",
        ".git/y.py": "(",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = compose(tmp_path, "--allow-placeholders")
    assert done.code == 0
    assert f"note: {tmp_path}: read as 1 Python file, 1 CloudFormation template" in done.err
    assert "the code runs with the role of the other inputs (CreateModel)" in done.err
    assert "s3:::b/k" in done.out
    assert "s3:::b/k" not in compose("--request", tmp_path, "--allow-placeholders").out


def test_an_operation_names_the_job_that_runs_code(tmp_path: Path) -> None:
    file = tmp_path / "run.py"
    file.write_text(_SCRIPT)
    of_job = compose("CreateProcessingJob", file, "--each", "--allow-placeholders").document["roles"]
    assert {tuple(one["operations"]): "s3:::b/k" in json.dumps(one["policy"]) for one in of_job} == {
        ("CreateProcessingJob",): True,
        ("CreateModel",): False,
    }
    # Of an operation that the code calls, only its requests count, and who runs the code is their caller.
    (own,) = compose("CreateModel", file, "--each", "--allow-placeholders").document["roles"]
    assert own["operations"] == ["CreateModel"] and "s3:::b/k" not in json.dumps(own["policy"])
    assert "s3:::b/k" in json.dumps(own["caller"])


def test_code_passes_the_role_that_runs_it(tmp_path: Path) -> None:
    file = tmp_path / "run.py"
    file.write_text(
        "import boto3, sagemaker\nclient = boto3.client('sagemaker')\n"
        + _CALL.replace("'arn:aws:iam::111122223333:role/Model'", "sagemaker.get_execution_role()")
    )
    (role,) = compose(file, "--each", "--allow-placeholders").document["roles"]
    assert role["operations"] == ["CreateNotebookInstance", "CreateModel"]
    assert role["arn"] == "arn:${Partition}:iam::${Account}:role/${CodeExecutionRole}"
    (tmp_path / "job.json").write_text(small())
    done = compose("--request", tmp_path / "job.json", file, "--each", "--allow-placeholders")
    (given,) = done.document["roles"]
    assert given["arn"] == "arn:aws:iam::111122223333:role/R"


@pytest.mark.parametrize(
    ("argument", "code", "message"),
    [
        ("none.json", 1, "none.json: there is no such file or folder"),
        ("folder/none", 1, "there is no such file or folder"),
        ("NoSuchThing", 2, 'unknown operation "NoSuchThing", and there is no such file or folder'),
    ],
)
def test_a_path_that_is_not_there_is_called_that(argument: str, code: int, message: str) -> None:
    done = compose(argument)
    assert done.code == code and message in done.err
    audited = CliRunner().invoke(cli, ["audit", argument, "--managed", "AmazonSageMakerFullAccess"])
    assert message in audited.stderr


def test_code_without_calls_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text("print(1)\n")
    done = compose(tmp_path / "run.py")
    assert done.code == 1 and "problem: " in done.err and "makes no call of AWS" in done.err


@pytest.mark.parametrize("option", ["--policy", "--account-details", ""])
def test_a_role_is_audited_for_the_code_that_runs_with_it(tmp_path: Path, option: str) -> None:
    (tmp_path / "nb.ipynb").write_text(_NOTEBOOK)
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/other"}
    (tmp_path / "role.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    given = [str(tmp_path / "nb.ipynb"), *filter(None, [option]), str(tmp_path / "role.json")]
    done = CliRunner().invoke(cli, ["audit", *given, "--format", "json"])
    (role,) = json.loads(done.stdout)["roles"]
    assert done.exit_code == 1 and role["operations"] == ["CreateNotebookInstance"]
    assert [one["resource"] for one in role["missing"] if one["action"] == "s3:GetObject"] == ["arn:aws:s3:::b/k"]
    assert [one["action"] for one in role["excess"]] == ["s3:GetObject"]


_ROLELESS = {
    "t.json": {"Resources": {
        "Group": {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": {"ModelPackageGroupName": "g"}},
        "Other": {"Type": "AWS::SageMaker::NoSuchType"},
        "Bucket": {"Type": "AWS::S3::Bucket"},
    }},
    "plan.json": {"format_version": "1.2", "planned_values": {"root_module": {"resources": [
        {"address": "a.g", "type": "aws_sagemaker_model_package_group", "name": "g", "mode": "managed",
         "values": {"model_package_group_name": "g", "tags_all": {}}},
        {"address": "a.o", "type": "aws_sagemaker_no_such_type", "name": "o", "mode": "managed", "values": {}},
    ]}}},
}  # fmt: skip


@pytest.mark.parametrize("name", _ROLELESS)
def test_a_resource_without_a_role_gives_the_policy_of_its_caller(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(json.dumps(_ROLELESS[name]))
    done = compose(tmp_path / name, "--allow-placeholders")
    (statement,) = done.document["Statement"]
    assert statement["Action"] == ["sagemaker:CreateModelPackageGroup"]
    assert statement["Resource"][0].endswith(":model-package-group/g")
    # A type that is skipped is a problem, but not one of another service.
    (problem,) = [line for line in done.err.splitlines() if line.startswith("problem: ")]
    assert done.code == 1 and "it is not known which call creates" in problem


def test_a_call_that_takes_no_role_is_only_of_the_role_that_runs_the_code(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        "import boto3\nsm = boto3.client('sagemaker')\nsm.create_endpoint(EndpointName='e', EndpointConfigName='c')\n"
    )
    (tmp_path / "t.json").write_text(json.dumps(_ROLELESS["t.json"]))
    for given in ([tmp_path / "run.py"], ["CreateProcessingJob", tmp_path / "run.py"]):
        (role,) = compose(*given, "--each", "--allow-placeholders").document["roles"]
        assert "sagemaker:CreateEndpoint" in json.dumps(role["policy"])
    # Nor does code run with the role of inputs that have none.
    (first, *_) = compose(tmp_path, "--each", "--allow-placeholders").document["roles"]
    assert "CreateNotebookInstance" in first["operations"]
    assert "sagemaker:CreateEndpoint" in json.dumps(first["policy"])
