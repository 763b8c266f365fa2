"""Inputs: how formats are recognised, folders, functions of templates, and what becomes of a reading.

What is read of each kind of input is kept: see tests/test_input_damage.py.
"""

from __future__ import annotations

import gzip
import json
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from composing import INPUTS, compiled, compose, problems, reading
from made.cases import MISREAD
from sagemaker_roles.engine.partial import Partial, Unknown, joined
from sagemaker_roles.errors import AmbiguousOperation
from sagemaker_roles.inputs import read_files
from sagemaker_roles.inputs.interfaces import camel
from sagemaker_roles.inputs.pipeline import _parts
from sagemaker_roles.inputs.reading import Reader, recognised, unknown_in
from sagemaker_roles.inputs.template import _between
from sagemaker_roles.outputs.choices import INPUT_FORMATS

_NAMES = re.compile(r"\$\{([A-Z][A-Za-z0-9]*)\}")
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
    assert set(formats.values()) == set(INPUT_FORMATS)
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


#: What a value has to have to be of a format, and what is short of it.
RECOGNISED: list[tuple[Any, str | None]] = [
    ({"apiVersion": "v1", "kind": "x"}, "ack"),
    ({"kind": "x"}, None),
    ({"apiVersion": "v1"}, None),
    ({"apiVersion": 1, "kind": "x"}, None),
    ([{"eventName": "x"}], "cloudtrail"),
    ([{}], None),
    ([1], None),
    ([], None),
    ({"eventName": "x", "eventSource": "y"}, "cloudtrail"),
    ({"eventName": "x"}, None),
    ({"eventSource": "y"}, None),
    ({"detail": {"eventName": "x", "eventSource": "y"}}, "cloudtrail"),
    ({"detail": {"eventName": "x"}}, None),
    ({"Records": []}, "cloudtrail"),
    ({"Records": {}}, None),
    ({"Events": [{}, {"CloudTrailEvent": "{}"}]}, "cloudtrail"),
    ({"Events": [{}]}, None),
    ({"terraform_version": "1"}, "terraform"),
    ({"format_version": "1", "values": {}}, "terraform"),
    ({"format_version": "1", "planned_values": {}}, "terraform"),
    ({"format_version": "1"}, None),
    ({"values": {}}, None),
    ({"Type": "AWS::X"}, "cloudformation"),
    ({"Type": "X"}, None),
    ({"Type": 1}, None),
    ({"AWSTemplateFormatVersion": "x"}, "cloudformation"),
    ({"Resources": {"A": {"Type": "x"}}}, "cloudformation"),
    ({"Resources": {"Fn::ForEach::L": []}}, "cloudformation"),
    ({"Resources": {"A": {}}}, None),
    ({"Resources": []}, None),
    ({"Steps": [], "Version": "x"}, "pipeline"),
    ({"Steps": []}, None),
    ({"Steps": {}, "Version": "x"}, None),
    ("x", None),
    ("aws sagemaker list-models", "commands"),
    ("# A note.\n$ aws sagemaker list-models", "commands"),
    ("NAME=x\nexport B=y\naws sagemaker list-models", "commands"),
    ("NAME=x", None),
    ("run: |\n  aws sagemaker list-models", None),
    ("awsome x", None),
]


@pytest.mark.parametrize(("value", "name"), RECOGNISED)
def test_a_value_tells_its_format(value: Any, name: str | None) -> None:
    assert recognised(value) == name


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


# --- CloudFormation -----------------------------------------------------------------------------------------------


def template(resource: str, head: str = "", **values: str) -> str:
    return (
        textwrap.dedent(head)
        + "\nResources:\n  X:\n    Type: AWS::SageMaker::Model\n    Properties:\n"
        + textwrap.indent(textwrap.dedent(resource).strip(), "      ")
    )


def test_unknown_parts_reach_the_policy_as_placeholders(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        template(
            """
            ExecutionRoleArn: arn:aws:iam::111122223333:role/R
            PrimaryContainer:
              Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/team/${Team}:${Tag}"
              ModelDataUrl: !Sub "s3://${Data}/models/${AWS::Region}/${Version}/model.tar.gz"
            VpcConfig: {Subnets: [!Ref Net], SecurityGroupIds: [!GetAtt Group.GroupId]}
            """
        )
    )
    done = compose("--request", tmp_path / "t.yaml", "--region", "us-west-2", "--allow-placeholders")
    assert done.code == 0
    text = done.out
    assert "arn:aws:ecr:us-west-2:111122223333:repository/team/${Team}" in text
    assert "arn:aws:s3:::${Data}/models/us-west-2/${Version}/model.tar.gz" in text
    assert "arn:aws:ec2:us-west-2:*:subnet/${Net}" in text
    assert "${Tag}" not in text, "a tag is no part of a repository's ARN"
    for line in (
        "placeholder: ${Data}: Data, which is not in the template, in",
        "placeholder: ${GroupGroupId}: Group.GroupId, which is not in the template, in",
    ):
        assert line in done.err


def test_a_value_of_which_nothing_is_known_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        template(
            """
            ExecutionRoleArn: arn:aws:iam::111122223333:role/R
            PrimaryContainer: {Image: !Ref Image, ModelDataUrl: !Ref Url}
            """
        )
    )
    done = compose("--request", tmp_path / "t.yaml", "--region", "us-west-2")
    assert done.code == 1
    assert '"${Image}" is not known enough to be read as container image in Amazon ECR' in done.err
    opened = set(_NAMES.findall(done.err.partition("placeholder: ")[2]))
    assert {"ModelImageRegistryAccount", "ModelImageRepository"} <= opened
    again = compose(
        "--request",
        tmp_path / "t.yaml",
        "--region",
        "us-west-2",
        "--set",
        "Image=111122223333.dkr.ecr.us-west-2.amazonaws.com/mine:1",
        "--set",
        "Url=s3://amzn-s3-demo-bucket/model.tar.gz",
    )
    assert (again.code, again.err) == (0, "")
    assert "repository/mine" in again.out


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


def test_a_parameter_called_as_a_placeholder_is_given_by_its_own_name() -> None:
    _, text, _ = MISREAD["a parameter called as a placeholder"]
    given = compose("--request", "-", "--set", "ModelBucket=amzn-s3-demo-bucket", "--region", "us-west-2", stdin=text)
    assert "arn:aws:s3:::amzn-s3-demo-bucket/m.tar.gz" in given.out
    assert given.code == 0


def test_a_wildcard_of_an_input_stays_literal_beside_one_of_a_step() -> None:
    _, text, _ = MISREAD["the artifact of a training step"]
    hostile = text.replace("s3://amzn-s3-demo-bucket/models/", "s3://amzn-s3-demo-bucket/*?$/")
    done = compose("--request", "-", "--region", "us-west-2", stdin=hostile)
    assert done.statements()["ModelRead"]["Resource"] == [
        "arn:aws:s3:::amzn-s3-demo-bucket/${*}${?}${$}/*/output/model.tar.gz"
    ]


def test_what_steps_name_outside_a_request_is_handed_on() -> None:
    _, text, _ = MISREAD["what steps name outside a request"]
    done = compose("--request", "-", "--region", "us-west-2", "--allow-placeholders", stdin=text)
    statements = {sid: item["Resource"] for sid, item in done.statements().items()}
    assert statements["CallFunction"] == [
        "arn:aws:lambda:us-west-2:111122223333:function:notify",
        "arn:aws:lambda:us-west-2:111122223333:function:other",
    ]
    assert statements["SendCallback"] == ["arn:aws:sqs:us-west-2:111122223333:my-queue"]
    assert statements["RunEmrStep"][0].endswith(":cluster/j-1ABCDEFGHIJKL")
    assert statements["StartServerlessJob"][0].endswith(":/applications/00f1r2xexampleid")
    assert statements["ServerlessJobPassRole"] == [ROLE]
    assert statements["OwnServerlessJobPassRole"] == ["arn:aws:iam::${Account}:role/${OwnServerlessJobRoleName}"]
    assert statements["LogToMlflowApp"] == ["arn:aws:sagemaker:us-west-2:111122223333:mlflow-app/app-ABCDEFGH1234"]


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


def test_what_services_of_steps_read_with_roles_of_their_own_needs_no_permission() -> None:
    done = compose(
        "CreatePipeline",
        "--request",
        "-",
        "--allow-placeholders",
        "--explain",
        stdin=MISREAD["steps of services with roles of their own"][1],
    )
    assert "is known to be needed" not in done.err
    assert "with the role of the instance profile" in done.err
    assert "with its own runtime role" in done.err
    assert done.statements()["ServerlessReadImage"]["Resource"] == [
        "arn:aws:ecr:us-west-2:111122223333:repository/serve"
    ]
    assert not re.search(r"\$\{\w*Role", done.out)


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


# --- calls that failed ----------------------------------------------------------------------------------------------


def _event(bucket: str, error: str = "") -> dict[str, Any]:
    output = {"S3OutputPath": f"s3://{bucket}/out"}
    members = {"TrainingJobName": "j", "RoleArn": "arn:aws:iam::111122223333:role/R", "OutputDataConfig": output}
    event = {"eventSource": "sagemaker.amazonaws.com", "eventName": "CreateTrainingJob", "requestParameters": members}
    return {**event, **({"errorCode": error} if error else {})}


@pytest.mark.parametrize("as_log", [True, False])
def test_calls_that_failed_ask_for_nothing(as_log: bool) -> None:
    events = [_event("theirs", "ValidationException"), _event("ours"), _event("wanted", "AccessDeniedException")]
    text = json.dumps({"Records": events} if as_log else events)
    done = compose("--request", "-", "--region", "us-west-2", "--part", "policy", stdin=text)
    assert "theirs" not in done.out and "ours" in done.out and "wanted" in done.out
    assert "calls that failed are passed over, as they need no permission: 1 ValidationException" in done.err
    assert "policy: only calls that were denied require permissions in OutputWrite;" in done.err
    again = json.dumps([*events, _event("wanted")])
    assert "denied" not in compose("--request", "-", "--region", "us-west-2", stdin=again).err, "it was allowed later"


@pytest.mark.parametrize(
    ("request_text", "message", "candidates"),
    [
        ('{"RoleArn": "x"}', "the request might be for ", True),
        ('{"RoleArn": "x", "TrainingJobNam": "x", "InputDataConfig": []}', "name it (such as ", True),
        ('{"foo": 1}', "the members do not show which operation the request is for; name it", False),
        ("{}", "the members do not show which operation the request is for; name it", False),
    ],
)
def test_an_operation_that_cannot_be_told_is_asked_for(
    tmp_path: Path, request_text: str, message: str, candidates: bool
) -> None:
    with pytest.raises(AmbiguousOperation) as error:
        reading(tmp_path, request_text)
    assert message in error.value.message
    assert bool(error.value.candidates) is candidates
    assert reading(tmp_path, request_text, operation="CreateTrainingJob").requests
