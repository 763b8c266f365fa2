"""Each input format: what is read, what stays unknown, what is told."""

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
from made import answers
from made.cases import MISREAD
from sagemaker_roles.engine.partial import Partial, Unknown, joined
from sagemaker_roles.inputs import read_files, read_value
from sagemaker_roles.inputs.pipeline import _parts
from sagemaker_roles.inputs.reading import Reader, camel, recognised, unknown_in
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


MODEL = {"ModelName": "m", "ExecutionRoleArn": ROLE}


@pytest.mark.parametrize(
    "value",
    [
        event(),
        {"Records": [event()]},
        [event()],
        {"Events": [{"EventId": "1", "EventName": "CreateModel", "CloudTrailEvent": json.dumps(event())}]},
        {"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": event()},
    ],
    ids=["event", "log", "list", "lookup-events", "eventbridge"],
)
def test_every_way_to_write_an_event(tmp_path: Path, value: Any) -> None:
    assert recognised(value) == "cloudtrail"
    found = reading(tmp_path, json.dumps(value, indent=1))
    assert only(found) == MODEL
    assert found.facts == {"Region": "us-west-2", "Account": "111122223333"}
    assert only(reading(tmp_path, gzip.compress(json.dumps(value).encode()), "trail.json.gz")) == MODEL
    assert only(reading(tmp_path, "\n".join([json.dumps(event())] * 2))) == MODEL, "an event a line"


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


def test_denied_events_count_and_hidden_requests_keep_placeholders(tmp_path: Path) -> None:
    denied = event(errorCode="AccessDenied")
    assert only(reading(tmp_path, json.dumps(denied))) == MODEL
    hidden = event(errorCode="AccessDenied", requestParameters=None)
    found = reading(tmp_path, json.dumps(hidden))
    assert [item.members for item in found.requests] == [None]
    assert (
        found.notices[0].message == "CreateModel: the request's members are not shown here, so every placeholder stays"
    )
    assert only(reading(tmp_path, json.dumps([hidden, denied]))) == MODEL, "a request that is shown says more"


def test_members_cloudtrail_left_out(tmp_path: Path) -> None:
    omitted = event(requestParameters={"omitted": True, "originalSize": 200000, "reason": "too large"})
    found = reading(tmp_path, json.dumps(omitted))
    assert problems(found) == ["request.json: CloudTrail left the request's members out because they are too large"]
    parameters = {"trainingJobName": "t", "environment": "HIDDEN_DUE_TO_SECURITY_REASONS", "roleArn": ROLE}
    shown = reading(tmp_path, json.dumps(event("CreateTrainingJob", requestParameters=parameters)))
    assert only(shown) == {"TrainingJobName": "t", "RoleArn": ROLE}
    assert not shown.notices


def test_events_of_calls_that_are_not_known_are_told_if_they_stand_alone(tmp_path: Path) -> None:
    assert only(reading(tmp_path, json.dumps(event("DescribeModel")))) == {"ModelName": "m"}
    found = reading(tmp_path, json.dumps(event("RenewModel")))
    assert not found.requests
    assert found.notices[0].message == "RenewModel passes no role, as far as is known here"


def test_regions_that_differ_stay_open(tmp_path: Path) -> None:
    found = reading(
        tmp_path,
        json.dumps([event(), event("CreateImage", awsRegion="eu-west-1", requestParameters={"roleArn": ROLE})]),
    )
    assert found.facts == {"Account": "111122223333"}
    assert found.notices[0].message == "the inputs disagree about Region (eu-west-1, us-west-2)"


@pytest.mark.parametrize("indent", [None, 1], ids=["one line", "lines"])
@pytest.mark.parametrize("between", ["", "\n\n"], ids=["alone", "behind another log"])
def test_a_member_of_an_event_has_its_place_in_the_log(tmp_path: Path, indent: int | None, between: str) -> None:
    """Only the text of the events that matter is kept."""
    wrong = event(requestParameters={"modelName": "m", "executionRoleArn": ROLE, "nonesuch": 1})
    other = {"eventSource": "s3.amazonaws.com", "eventName": "GetObject"}
    log = json.dumps({"Records": [other, event(), wrong]}, indent=indent)
    text = f"{json.dumps({'Records': [other]}, indent=indent)}{between}{log}" if between else log
    (notice,) = reading(tmp_path, text).notices
    before = text[: text.index('"nonesuch"')]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    assert notice.where.endswith(f":{line}:{column}")


# --- CloudFormation -----------------------------------------------------------------------------------------------


def template(resource: str, head: str = "", **values: str) -> str:
    return (
        textwrap.dedent(head)
        + "\nResources:\n  X:\n    Type: AWS::SageMaker::Model\n    Properties:\n"
        + textwrap.indent(textwrap.dedent(resource).strip(), "      ")
    )


def model(tmp_path: Path, resource: str, head: str = "", **values: str) -> Any:
    found = reading(tmp_path, template(resource, head), "t.yaml", values=values)
    return only(found), found


HEAD = """
    Parameters:
      Bucket: {Type: String, Default: amzn-s3-demo-bucket}
      Open: {Type: String}
      Ids: {Type: CommaDelimitedList, Default: "subnet-0123456789abcdef0, subnet-0123456789abcdef1"}
      Ssm: {Type: "AWS::SSM::Parameter::Value<String>", Default: /my/bucket}
      On: {Type: String, Default: "true"}
      Region: {Type: String}
    Mappings:
      ByRegion: {us-west-2: {Bucket: amzn-s3-demo-bucket2}}
    Conditions:
      IsOn: !Equals [!Ref On, "true"]
      IsOff: !Not [!Condition IsOn]
      Both: !And [!Condition IsOn, !Condition IsOff]
      Either: !Or [!Condition IsOn, !Condition IsOff]
      Unclear: !Equals [!Ref Open, x]
      Loop: !Not [!Condition Loop]
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Bucket", "amzn-s3-demo-bucket"),
        ("!Ref Open", "${Open}"),
        ("!Ref Ssm", "${Ssm}"),
        ("!Ref Missing", "${Missing}"),
        ("!Ref Region", "${RegionParameter}"),
        ("!Ref AWS::Region", "${Region}"),
        ("!Ref AWS::AccountId", "${Account}"),
        ("!Ref AWS::StackName", "${StackName}"),
        ("!Sub 's3://${Bucket}/${Open}/x'", "s3://amzn-s3-demo-bucket/${Open}/x"),
        ("!Sub 's3://${!Bucket}/${AWS::Partition}'", "s3://${Bucket}/${Partition}"),
        ("!Sub ['s3://${A}/${Bucket}', {A: !Ref Open}]", "s3://${Open}/amzn-s3-demo-bucket"),
        ("!Sub '${Missing.Arn}'", "${MissingArn}"),
        ("!Join ['/', ['s3:/', !Ref Bucket, x]]", "s3://amzn-s3-demo-bucket/x"),
        ("!Join ['', !Ref Open]", "${Join}"),
        ("!Join [',', !Ref Ids]", "subnet-0123456789abcdef0,subnet-0123456789abcdef1"),
        ("!Select [1, !Ref Ids]", "subnet-0123456789abcdef1"),
        ("!Select [7, !Ref Ids]", "${Select}"),
        ("!Select [1, !Split [':', 'a:b']]", "b"),
        ("!Split [':', !Ref Open]", "${Split}"),
        ("!FindInMap [ByRegion, us-west-2, Bucket]", "amzn-s3-demo-bucket2"),
        ("!FindInMap [ByRegion, !Ref 'AWS::Region', Bucket]", "${ByRegionBucket}"),
        ("!ImportValue shared-bucket", "${SharedBucket}"),
        ("!If [IsOn, yes, no]", "yes"),
        ("!If [IsOff, yes, no]", "no"),
        ("!If [Both, yes, no]", "no"),
        ("!If [Either, yes, no]", "yes"),
        ("!GetAtt Missing.Arn", "${MissingArn}"),
        ("!GetAtt X.ModelArn", "${XModelArn}"),
        ("!Base64 x", "${Base64}"),
        ("!Cidr [a, b, c]", "${Cidr}"),
        ("'{{resolve:ssm:/my/name}}'", "${MyName}"),
        ("'s3://{{resolve:ssm:/my/name:3}}/x'", "s3://${MyName3}/x"),
        ("'{{resolve:secretsmanager:my-secret:SecretString:bucket}}'", "${MySecretBucket}"),
        ("!ToJsonString {a: [1, !Ref Bucket]}", '{"a": [1, "amzn-s3-demo-bucket"]}'),
        ("!ToJsonString {a: !Ref Open}", "${ToJsonString}"),
        ("!Transform {Name: x}", "${Transform}"),
    ],
)
def test_functions(tmp_path: Path, expression: str, expected: str) -> None:
    members, found = model(tmp_path, f"ModelName: {expression}\n", HEAD)
    assert members == {"ModelName": expected}
    for name in set(_NAMES.findall(expected)) - {"Partition", "Region", "Account"}:
        assert name in found.unknown or "${!" in expression


def test_values_for_parameters(tmp_path: Path) -> None:
    resource = "ModelName: !Sub '${Open}-${Bucket}-${AWS::Region}-${AWS::Partition}-${AWS::URLSuffix}'\n"
    members, found = model(tmp_path, resource, HEAD, Open="o", Bucket="b", Region="cn-north-1")
    assert members == {"ModelName": "o-b-cn-north-1-aws-cn-amazonaws.com.cn"}
    assert found.taken == {"Open", "Bucket", "Region"}


def test_values_that_are_not_there_and_conditions_that_cannot_be_told(tmp_path: Path) -> None:
    members, found = model(
        tmp_path, "ModelName: x\nVpcConfig: !If [IsOff, {Subnets: [a]}, !Ref 'AWS::NoValue']\n", HEAD
    )
    assert (members, problems(found)) == ({"ModelName": "x"}, [])
    assert model(tmp_path, "ModelName: !If [Both, a, !If [IsOn, b, c]]\n", HEAD)[0] == {"ModelName": "b"}
    assert model(tmp_path, "VpcConfig: !If [Unclear, {Subnets: [a]}, {Subnets: [b]}]\n", HEAD, Open="x")[0] == {
        "VpcConfig": {"Subnets": ["a"]}
    }


def test_references_to_resources_of_the_template(tmp_path: Path) -> None:
    resources = """
          Data: {Type: "AWS::S3::Bucket"}
          Named: {Type: "AWS::S3::Bucket", Properties: {BucketName: amzn-s3-demo-bucket}}
          Self: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Ref Self}}
          Role: {Type: "AWS::IAM::Role", Properties: {RoleName: my-role, Path: /a/b/}}
          Key: {Type: "AWS::KMS::Key"}
          Repository: {Type: "AWS::ECR::Repository", Properties: {RepositoryName: team/images}}
          Net: {Type: "AWS::EC2::Subnet"}
    """
    for expression, expected in {
        "!Ref Data": "${Data}",
        "!GetAtt Data.Arn": "arn:${Partition}:s3:::${Data}",
        "!Ref Named": "amzn-s3-demo-bucket",
        "!Ref Self": "${Self}",
        "!GetAtt Role.Arn": "arn:${Partition}:iam::${Account}:role/a/b/my-role",
        "!Ref Role": "my-role",
        "!GetAtt Key.Arn": "arn:${Partition}:kms:${Region}:${Account}:key/${Key}",
        "!Ref Key": "${Key}",
        "!GetAtt Repository.RepositoryUri": "${Account}.dkr.ecr.${Region}.${UrlSuffix}/team/images",
        "!Ref Net": "${Net}",
        "!GetAtt Net.AvailabilityZone": "${NetAvailabilityZone}",
    }.items():
        text = template(f"ModelName: {expression}\n") + "\n" + textwrap.indent(textwrap.dedent(resources), "  ")
        assert only(reading(tmp_path, text, "t.yaml")) == {"ModelName": expected}, expression


def test_several_references_to_one_resource(tmp_path: Path) -> None:
    members = "ModelName: !Ref Role\nExecutionRoleArn: !GetAtt Role.Arn\n"
    resources = '\n  Role: {Type: "AWS::IAM::Role", Properties: {RoleName: !Sub "${AWS::StackName}"}}\n'
    role = "arn:${Partition}:iam::${Account}:role/${StackName}"
    assert only(reading(tmp_path, template(members) + resources, "t.yaml")) == {
        "ModelName": "${StackName}",
        "ExecutionRoleArn": role,
    }


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


def test_resources_that_pass_no_role_or_are_left_out(tmp_path: Path) -> None:
    text = """
    Conditions: {Never: !Equals [a, b]}
    Resources:
      Endpoint: {Type: "AWS::SageMaker::Endpoint", Properties: {EndpointConfigName: x}}
      Bucket: {Type: "AWS::S3::Bucket"}
      Odd: 12
      Off: {Type: "AWS::SageMaker::Model", Condition: Never, Properties: {ModelName: m}}
      Broken: {Type: "AWS::SageMaker::Model", Properties: [1]}
      Picture:
        Type: AWS::SageMaker::Image
        Properties: {ImageName: i, ImageRoleArn: "arn:aws:iam::111122223333:role/R"}
    """
    found = reading(tmp_path, textwrap.dedent(text), "t.yaml")
    assert [(item.operation, item.members) for item in found.requests] == [
        ("CreateImage", {"ImageName": "i", "RoleArn": ROLE})
    ]
    assert [item.message for item in found.notices] == [
        "Off is ignored: its condition Never is false",
        "the Properties of Broken must be a mapping",
    ]


def test_a_pipeline_in_a_template(tmp_path: Path) -> None:
    definition = {"Version": "2020-12-01", "Steps": [{"Name": "T", "Type": "Training", "Arguments": {"RoleArn": ROLE}}]}
    resource = {
        "Type": "AWS::SageMaker::Pipeline",
        "Properties": {
            "PipelineName": "p",
            "RoleArn": ROLE,
            "PipelineDefinition": {"PipelineDefinitionBody": json.dumps(definition)},
        },
    }
    found = reading(tmp_path, json.dumps(resource))
    operations = [item.operation for item in found.requests]
    assert "CreateTrainingJob" in operations
    if "CreatePipeline" in compiled().operations:
        assert operations[0] == "CreatePipeline"
        assert found.requests[0].members == {
            "PipelineName": "p",
            "RoleArn": ROLE,
            "PipelineDefinition": json.dumps(definition),
        }


# --- ACK ----------------------------------------------------------------------------------------------------------


def test_manifests(tmp_path: Path) -> None:
    text = """
    apiVersion: v1
    kind: List
    items:
    - apiVersion: sagemaker.services.k8s.aws/v1alpha1
      kind: Model
      metadata:
        name: m
        annotations: {services.k8s.aws/region: eu-west-1, services.k8s.aws/owner-account-id: "111122223333"}
      spec:
        modelName: m
        executionRoleRef: {from: {name: my-role}}
        vpcConfig:
          subnetRefs: [{from: {name: net-a}}, {from: {name: net-b}}]
          securityGroupIDs: [sg-0123456789abcdef0]
    - apiVersion: sagemaker.services.k8s.aws/v1alpha1
      kind: Endpoint
      spec: {endpointName: e}
    - apiVersion: sagemaker.services.k8s.aws/v1alpha1
      kind: TrainingJob
    """
    found = reading(tmp_path, textwrap.dedent(text), "m.yaml")
    request = found.requests[0]
    assert request.label.startswith("Model m of ")
    assert found.facts == {"Region": "eu-west-1", "Account": "111122223333"}
    assert any(one.endswith("the TrainingJob  has no spec") for one in problems(found))
    assert request.members is not None
    assert request.members["VpcConfig"] == {
        "Subnets": ["${NetA}", "${NetB}"],
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
    }


# --- Terraform ----------------------------------------------------------------------------------------------------


def plan(kind: str, values: Mapping[str, Any], unknown: Mapping[str, Any] | None = None) -> str:
    address = f"{kind}.this"
    resource = {"address": address, "mode": "managed", "type": kind, "name": "this", "values": values}
    change = {"address": address, "change": {"actions": ["create"], "after_unknown": unknown or {}}}
    return json.dumps(
        {
            "format_version": "1.2",
            "planned_values": {"root_module": {"resources": [resource]}},
            "resource_changes": [change],
            "configuration": {"provider_config": {"aws": {"expressions": {"region": {"constant_value": "eu-west-1"}}}}},
        }
    )


def test_names_that_terraform_has_otherwise(tmp_path: Path) -> None:
    values = {
        "name": "n",
        "role_arn": ROLE,
        "security_groups": ["sg-1"],
        "subnet_id": "subnet-1",
        "volume_size": 5,
        "url": "x",
    }
    found = reading(tmp_path, plan("aws_sagemaker_notebook_instance", values))
    assert only(found) == {
        "NotebookInstanceName": "n",
        "RoleArn": ROLE,
        "SecurityGroupIds": ["sg-1"],
        "SubnetId": "subnet-1",
        "VolumeSizeInGB": 5,
    }
    assert found.facts == {"Region": "eu-west-1"}
    assert not found.notices


def test_what_is_known_only_after_apply(tmp_path: Path) -> None:
    values = {
        "name": "m",
        "vpc_config": [{"subnets": ["subnet-0123456789abcdef0"]}],
        "primary_container": [{"image": "i"}],
    }
    unknown = {
        "arn": True,
        "execution_role_arn": True,
        "primary_container": [{"model_data_url": True}],
        "vpc_config": [{"security_group_ids": True, "subnets": [False, True]}],
    }
    found = reading(tmp_path, plan("aws_sagemaker_model", values, unknown))
    assert only(found) == {
        "ModelName": "m",
        "ExecutionRoleArn": "${ThisExecutionRoleArn}",
        "PrimaryContainer": {"Image": "i", "ModelDataUrl": "${ThisModelDataUrl}"},
        "VpcConfig": {
            "Subnets": ["subnet-0123456789abcdef0", "${ThisSubnets}"],
            "SecurityGroupIds": ["${ThisSecurityGroupIds}"],
        },
    }
    assert (
        found.unknown["ThisExecutionRoleArn"]
        == "execution_role_arn of aws_sagemaker_model.this, known only after apply"
    )


def test_a_state_and_resources_that_pass_no_role(tmp_path: Path) -> None:
    state = json.loads(plan("aws_sagemaker_model", {"name": "m", "execution_role_arn": ROLE, "arn": "x", "id": "m"}))
    state["values"] = state.pop("planned_values")
    del state["resource_changes"]
    assert only(reading(tmp_path, json.dumps(state))) == {"ModelName": "m", "ExecutionRoleArn": ROLE}
    for kind in ("aws_sagemaker_endpoint", "aws_s3_bucket", "aws_sagemaker_nonsense"):
        assert not reading(tmp_path, plan(kind, {"name": "m"})).requests
    found = reading(tmp_path, '{"format_version": "1.2", "planned_values": {}}')
    assert "no planned_values or values" in problems(found)[0]


# --- pipelines ----------------------------------------------------------------------------------------------------


def test_references_in_pipelines(tmp_path: Path) -> None:
    arguments = {
        "RoleArn": {"Get": "Parameters.Role"},
        "TrainingJobName": {"Std:Join": {"On": "-", "Values": [{"Get": "Execution.PipelineName"}, "x", 1]}},
        "OutputDataConfig": {"S3OutputPath": {"Get": "Parameters.Missing"}},
        "CheckpointConfig": {"S3Uri": {"Get": "Steps.Other.OutputDataConfig.S3OutputPath"}},
        "DebugHookConfig": {"S3OutputPath": {"Get": "Steps.Train.DebugHookConfig.S3OutputPath"}},
        "TensorBoardOutputConfig": {"S3OutputPath": {"Std:JsonGet": {"PropertyFile": {}, "Path": "x"}}},
    }
    other = {
        "Name": "Other",
        "Type": "Training",
        "Arguments": {"OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/o"}},
    }
    definition = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "Role", "Type": "String", "DefaultValue": ROLE}],
        "Steps": [
            {"Name": "Train", "Type": "Training", "Arguments": arguments},
            other,
            {"Name": "Call", "Type": "Lambda"},
        ],
    }
    found = reading(tmp_path, json.dumps(definition))
    assert [(item.operation, item.by_service) for item in found.requests] == [
        ("CreatePipeline", False),
        ("CreateTrainingJob", True),
        ("CreateTrainingJob", True),
    ]
    assert found.requests[0].members == {"PipelineDefinition": json.dumps(definition)}
    assert found.requests[1].members == {
        "RoleArn": ROLE,
        "TrainingJobName": "${ExecutionPipelineName}-x-1",
        "OutputDataConfig": {"S3OutputPath": "${Missing}"},
        "CheckpointConfig": {"S3Uri": "s3://amzn-s3-demo-bucket/o"},
        "DebugHookConfig": {"S3OutputPath": "${StepsTrainDebugHookConfigS3OutputPath}"},
        "TensorBoardOutputConfig": {"S3OutputPath": "${JsonGet}"},
    }
    given = reading(tmp_path, json.dumps(definition), values={"Role": "r", "Missing": "s3://amzn-s3-demo-bucket/m"})
    assert given.requests[1].members is not None
    assert given.requests[1].members["OutputDataConfig"] == {"S3OutputPath": "s3://amzn-s3-demo-bucket/m"}


def test_a_part_is_a_list_only_where_it_is_one_everywhere() -> None:
    whole, part = Partial([Unknown("P", is_list=True)]), Partial(["a/", Unknown("P")])
    assert unknown_in([whole, {"a": whole}]) == {"P": True}
    assert unknown_in([whole, {"a": part}]) == unknown_in([part, {"a": whole}]) == {"P": False}


def test_names_of_each_run_are_any_name_in_keys_of_amazon_s3_alone(tmp_path: Path) -> None:
    def path(*values: Any) -> dict[str, Any]:
        return {"Std:Join": {"On": "/", "Values": list(values)}}

    run = {"Get": "Execution.PipelineExecutionId"}
    arguments = {
        "RoleArn": path("arn:aws:iam::111122223333:role", run),
        "OutputDataConfig": {"S3OutputPath": path("s3:/", "amzn-s3-demo-bucket", "runs", run, "models")},
        "CheckpointConfig": {"S3Uri": path("s3:/", {"Std:Join": {"On": "-", "Values": ["acme", run]}}, run)},
        "Environment": {"A": path("see s3:/", "amzn-s3-demo-bucket", "x or", run), "B": run},
    }
    model = {
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {
            "Image": "111122223333.dkr.ecr.us-west-2.amazonaws.com/team/churn:3",
            "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"},
        },
    }
    text = json.dumps(
        {
            "Version": "2020-12-01",
            "Steps": [
                {"Name": "Train", "Type": "Training", "Arguments": arguments},
                {"Name": "Model", "Type": "Model", "Arguments": model},
            ],
        }
    )
    found = reading(tmp_path, text)
    assert found.requests[1].members == {
        "RoleArn": "arn:aws:iam::111122223333:role/${ExecutionPipelineExecutionId}",
        "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/runs/*/models"},
        "CheckpointConfig": {"S3Uri": "s3://acme-${ExecutionPipelineExecutionId}/*"},
        "Environment": {
            "A": "see s3://amzn-s3-demo-bucket/x or/${ExecutionPipelineExecutionId}",
            "B": "${ExecutionPipelineExecutionId}",
        },
    }
    members = found.requests[2].members
    assert members is not None
    url = members["PrimaryContainer"]["ModelDataUrl"]
    assert url == "s3://amzn-s3-demo-bucket/runs/*/models/*/output/model.tar.gz"
    (tmp_path / "pipeline.json").write_text(text, "utf-8")
    done = compose("--request", tmp_path / "pipeline.json", "--role", ROLE)
    assert '"arn:aws:s3:::amzn-s3-demo-bucket/runs/*/models/*/output/model.tar.gz"' in done.out, done.err
    given = reading(tmp_path, text, values={"ExecutionPipelineExecutionId": "abc"})
    assert given.requests[1].members is not None
    assert given.requests[1].members["OutputDataConfig"] == {"S3OutputPath": "s3://amzn-s3-demo-bucket/runs/abc/models"}


def test_the_steps_of_a_definition_alone(tmp_path: Path) -> None:
    definition = (INPUTS / "aws" / "pipeline.json").read_text("utf-8")
    found = reading(tmp_path, definition, operation="CreateTrainingJob")
    assert {(item.operation, item.by_service) for item in found.requests} == {("CreateTrainingJob", False)}
    whole, named = reading(tmp_path, definition), reading(tmp_path, definition, operation="CreatePipeline")
    assert whole.requests == named.requests


def test_a_pipeline_whose_definition_cannot_be_read(tmp_path: Path) -> None:
    if "CreatePipeline" not in compiled().operations:
        pytest.fail("there is no record of CreatePipeline")
    for definition, message in (
        ("{", "the pipeline's definition cannot be read: PipelineDefinition of"),
        ('{"Steps": 1}', "no pipeline definition; it must have a list of Steps"),
    ):
        request = {"PipelineName": "p", "RoleArn": ROLE, "PipelineDefinition": definition, "ClientRequestToken": "x"}
        found = reading(tmp_path, json.dumps(request), operation="CreatePipeline")
        assert len(found.requests) == 1
        assert message in problems(found)[0]


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


def both_ways(tmp_path: Path, resource: str, **values: str) -> tuple[list[Mapping[str, Any]], list[str]]:
    """What a resource is composed for where its conditions are not decided, and what is said of it."""
    found = reading(tmp_path, template(resource, HEAD), "t.yaml", values=values)
    return [item.members or {} for item in found.requests], [f"{item.kind}: {item.message}" for item in found.notices]


def test_a_condition_that_cannot_be_decided_is_composed_both_ways(tmp_path: Path) -> None:
    optional = "ModelName: x\nVpcConfig: !If [Unclear, {Subnets: [a]}, !Ref 'AWS::NoValue']\n"
    members, notices = both_ways(tmp_path, optional)
    assert members == [{"ModelName": "x", "VpcConfig": {"Subnets": ["a"]}}, {"ModelName": "x"}]
    assert notices == [
        "note: X is composed for both ways that the condition Unclear can turn out, which differ in VpcConfig; "
        "a value for Open decides"
    ]
    assert both_ways(tmp_path, optional, Open="x") == (members[:1], [])
    assert both_ways(tmp_path, "ModelName: !If [Unclear, x, x]\n") == ([{"ModelName": "x"}], [])
    members, notices = both_ways(tmp_path, "ModelName: !If [Loop, a, b]\n")
    assert members == [{"ModelName": "a"}, {"ModelName": "b"}]
    assert notices[0].endswith("nothing in the template decides")
    members, notices = both_ways(tmp_path, "ModelName: !If [Absent, a, b]\n")
    assert notices[0].endswith("the template has no condition Absent")


def test_too_many_conditions_that_cannot_be_decided_are_a_problem(tmp_path: Path) -> None:
    names = [f"C{number}" for number in range(8)]
    text = json.dumps(
        {
            "Parameters": {name: {"Type": "String"} for name in names},
            "Conditions": {f"Is{name}": {"Fn::Equals": [{"Ref": name}, "x"]} for name in names},
            "Resources": {
                "X": {
                    "Type": "AWS::SageMaker::Model",
                    "Properties": {
                        "Tags": [{"Key": name, "Value": {"Fn::If": [f"Is{name}", "a", "b"]}} for name in names]
                    },
                }
            },
        }
    )
    found = reading(tmp_path, text)
    assert 2 <= len(found.requests) <= 16
    assert "too many conditions of X cannot be decided, IsC" in problems(found)[0]


def test_a_resource_whose_condition_is_undecided_is_composed_and_named(tmp_path: Path) -> None:
    text = template("ModelName: !If [Unclear, a, b]\n", HEAD).replace(
        "Properties:", "Condition: Unclear\n    Properties:"
    )
    found = reading(tmp_path, text, "t.yaml")
    assert only(found) == {"ModelName": "a"}
    assert [item.message for item in found.notices] == [
        "X is composed, though its condition Unclear might be false; a value for Open decides"
    ]


# --- inputs that were misread once (tests/made/cases.yaml) --------------


def known(tmp_path: Path, name: str) -> Any:
    """What is read of a known input, and that it is read within a second or two."""
    file, text, values = MISREAD[name]
    return reading(tmp_path, text, file if file not in ("-", "x", "main") else "x", values=values)


def artifacts_of(found: Any) -> list[str]:
    return [
        str(item.members["PrimaryContainer"]["ModelDataUrl"]) for item in found.requests if "Model" in item.operation
    ]


def test_loops_of_a_template_are_expanded(tmp_path: Path) -> None:
    def names(case: str) -> list[str]:
        return [item.members["ModelName"] for item in known(tmp_path, case).requests]

    assert names("a loop over a list parameter") == ["a", "b"]
    assert names("a loop over a given parameter") == ["c"]
    assert names("a loop in a loop") == ["x-1", "x-2", "y-1", "y-2"]
    assert known(tmp_path, "a loop in properties").requests[0].members["PrimaryContainer"]["Image"]
    for case, message in {
        "a loop over a parameter without a value": "t.json:8:3: the collection of Fn::ForEach::Models is not known",
        "a loop that is none": "Fn::ForEach::X must be a list of an identifier, a collection and a mapping",
        "a loop without an end": "Fn::ForEach::X makes more than 50000 values",
    }.items():
        assert message in problems(known(tmp_path, case))[0]


def test_what_a_template_keeps_elsewhere_is_named(tmp_path: Path) -> None:
    found = known(tmp_path, "nested stacks, modules and macros")
    assert [item.kind for item in found.notices] == ["note"] * 6
    told = " ".join(item.message for item in found.notices)
    for words in (
        "macro MyMacro",
        "macro Other",
        "Fn::Transform",
        "Net is a nested stack",
        "App is a nested",
        "Mod is a module",
    ):
        assert words in told
    assert "LanguageExtensions" not in told


INCLUDE = {"Name": "AWS::Include", "Parameters": {"Location": "s3://amzn-s3-demo-bucket/part.yaml"}}
BARE_MODEL = {"Type": "AWS::SageMaker::Model", "Properties": {"ExecutionRoleArn": "arn:aws:iam::111122223333:role/R"}}


@pytest.mark.parametrize(
    "template",
    [
        {"Resources": {"M": BARE_MODEL, "Fn::Transform": INCLUDE}},
        {"Resources": {"M": BARE_MODEL, "Fn::Transform": [INCLUDE, INCLUDE]}},
        {"Resources": {"M": BARE_MODEL, "Fn::Transform": None}},
        {"Resources": {"M": {**BARE_MODEL, "Fn::Transform": INCLUDE}}},
        {"Resources": {"M": BARE_MODEL, "N": {"Fn::Transform": INCLUDE}}},
        {"Resources": {"M": {**BARE_MODEL, "Properties": {"Fn::Transform": INCLUDE}}}},
        {"Resources": {"M": BARE_MODEL}, "Fn::Transform": INCLUDE},
        {"Resources": {"M": BARE_MODEL, "Fn::ForEach::L": ["I", ["a", "b"], {"Fn::Transform": INCLUDE}]}},
        {
            "Resources": {
                "M": BARE_MODEL,
                "Fn::ForEach::L": ["I", ["a"], {"N${I}": {**BARE_MODEL, "Properties": {"Fn::Transform": INCLUDE}}}],
            }
        },
        {"Resources": {"M": BARE_MODEL, "B": {"Type": "AWS::S3::Bucket", "Properties": {"Fn::Transform": INCLUDE}}}},
    ],
)
def test_what_a_transform_adds_is_named(template: dict[str, Any]) -> None:
    text = json.dumps(template, indent=1)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "Fn::Transform" in one)
    case = {"name": "x", "inputs": [{"name": "t.json", "text": text}]}
    message = "what Fn::Transform makes is not read; give the processed template to have that read"
    assert [
        one
        for one in answers.read(case)["notices"]
        if one.startswith(f"note: t.json:{line}:") and one.endswith(message)
    ]


def test_no_two_parts_share_a_placeholder(tmp_path: Path) -> None:
    assert set(known(tmp_path, "two modules with one name").unknown) == {"AThisSubnets", "BThisSubnets"}
    assert set(known(tmp_path, "two keys of one resource").unknown) == {"ThisASubnets", "ThisBSubnets"}
    assert set(known(tmp_path, "two unknown results of one function").unknown) == {"Base64", "Base642"}
    assert set(known(tmp_path, "a parameter called as a placeholder").unknown) == {"ModelBucketParameter"}
    _, text, _ = MISREAD["a parameter called as a placeholder"]
    given = compose("--request", "-", "--set", "ModelBucket=amzn-s3-demo-bucket", "--region", "us-west-2", stdin=text)
    assert "arn:aws:s3:::amzn-s3-demo-bucket/m.tar.gz" in given.out
    assert given.code == 0


def test_what_earlier_steps_write_is_known(tmp_path: Path) -> None:
    assert artifacts_of(known(tmp_path, "the artifact of a training step")) == [
        "s3://amzn-s3-demo-bucket/models/*/output/model.tar.gz"
    ]
    assert artifacts_of(known(tmp_path, "the best model of a tuning step")) == [
        "s3://amzn-s3-demo-bucket/tuned/*/output/model.tar.gz"
    ]
    assert artifacts_of(known(tmp_path, "the outputs of processing and transform steps")) == [
        "s3://amzn-s3-demo-bucket/features",
        "s3://amzn-s3-demo-bucket/scored",
    ]
    _, text, _ = MISREAD["the artifact of a training step"]
    done = compose("--request", "-", "--region", "us-west-2", "--allow-placeholders", stdin=text)
    assert (done.code, done.statements()["ModelRead"]["Resource"]) == (
        0,
        ["arn:aws:s3:::amzn-s3-demo-bucket/models/*/output/model.tar.gz"],
    )


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
    ("name", "message"),
    [
        ("an IAM policy", "an IAM policy is not a request; give what the role is to do"),
        ("a role of IAM", "an IAM policy is not a request"),
        (
            "an account's answer of IAM",
            "an answer of IAM about roles is not a request; give it to `sagemaker-roles audit`",
        ),
        ("an answer of get-role", "an answer of IAM about roles is not a request"),
        ("a configuration of Terraform", "Terraform configuration (HCL) is not read; give what `terraform show -json`"),
        ("a message", "a message is not a request; give the request of the call"),
        ("an archive", "a ZIP archive is not read; unpack it"),
        ("events in many lists", "nested deeper than 100 levels"),
    ],
)
def test_what_is_no_input_is_named_with_what_to_give(tmp_path: Path, name: str, message: str) -> None:
    found = known(tmp_path, name)
    assert not found.requests
    assert message in problems(found)[0]


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


def test_events_are_found_however_they_are_written(tmp_path: Path) -> None:
    assert only(known(tmp_path, "a source in escapes")) == MODEL
    assert known(tmp_path, "two logs").read == 2
    assert only(known(tmp_path, "keys after the events")) == MODEL


def test_an_empty_name_and_closed_input_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    done = compose("CreateModel", "--request", "")
    assert (done.code, done.out) == (2, "")
    assert "--request is empty; give a file, a folder, or - for standard input" in done.err
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


def test_files_that_functions_read_and_roles_of_clusters_are_handed_on(tmp_path: Path) -> None:
    found = known(tmp_path, "files that functions read, and roles of clusters")
    assert found.given["PropertyFileS3Uri"] == [
        "s3://amzn-s3-demo-bucket/reports/a/report.json",
        "s3://amzn-s3-demo-bucket/r.json",
    ]
    assert (found.given["EmrServiceRole"], found.given["EmrInstanceRole"]) == (["EmrService"], ["Instances"])
    assert found.given["ServerlessSubnetId"] == ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    unread = [item.message for item in found.notices if "does not say where" in item.message]
    assert len(unread) == 3
    assert "Steps.P.PropertyFiles.Other" in unread[0]


def test_steps_in_loops_are_read_and_what_steps_delete_is_handed_on(tmp_path: Path) -> None:
    found = known(tmp_path, "loops, and steps that delete outputs")
    assert [item.operation for item in found.requests] == ["CreatePipeline", "CreateTrainingJob"]
    assert [str(value) for value in found.given["CleanupS3Uri"]] == [
        "s3://amzn-s3-demo-bucket/models/*",
        "s3://amzn-s3-demo-bucket/a",
        "s3://amzn-s3-demo-bucket/b",
    ]
    unread = [item.message for item in found.notices if "does not say where" in item.message]
    assert unread == [
        "the definition does not say where the step A writes, whose outputs the step D deletes",
        "the definition does not say where another step writes, whose outputs the step D deletes",
        "the definition does not say where another step writes, whose outputs the step D deletes",
        "the definition does not say where the step Z writes, whose outputs the step without a name deletes",
    ]


def test_a_definition_in_amazon_s3_is_a_problem_unless_it_is_given(tmp_path: Path) -> None:
    found = known(tmp_path, "a definition in Amazon S3")
    assert [message for message in problems(found) if "give the definition as well" in message]
    request, definition = tmp_path / "t.json", tmp_path / "d.json"
    definition.write_text(MISREAD["what SDKs write into steps"][1])
    both = read_files(compiled(), [str(request), str(definition)])
    assert not [message for message in problems(both) if "give the definition as well" in message]


def test_a_definition_knows_the_name_of_its_pipeline(tmp_path: Path) -> None:
    found = known(tmp_path, "the name of the pipeline in its definition")
    (model,) = [item.members for item in found.requests if item.operation == "CreateModel"]
    assert model["PrimaryContainer"]["ModelDataUrl"] == "s3://amzn-s3-demo-bucket/churn"


def test_what_services_of_steps_read_with_roles_of_their_own_needs_no_permission() -> None:
    done = compose("CreatePipeline", "--request", "-", "--allow-placeholders", "--explain", stdin=json.dumps(EMR))
    assert "is known to be needed" not in done.err
    assert "with the role of the instance profile" in done.err
    assert "with its own runtime role" in done.err
    assert done.statements()["ServerlessReadImage"]["Resource"] == [
        "arn:aws:ecr:us-west-2:111122223333:repository/serve"
    ]
    assert not re.search(r"\$\{\w*Role", done.out)


EMR = {
    "PipelineName": "churn",
    "RoleArn": "arn:aws:iam::111122223333:role/R",
    "PipelineDefinition": json.dumps(
        {
            "Version": "2020-12-01",
            "Steps": [
                {
                    "Name": "E",
                    "Type": "EMR",
                    "ClusterConfig": {
                        "ServiceRole": "EmrService",
                        "JobFlowRole": "arn:aws:iam::111122223333:instance-profile/EmrInstances",
                        "LogUri": "s3://amzn-s3-demo-logs/emr",
                        "Instances": {"Ec2SubnetId": "subnet-0123456789abcdef0"},
                        "Configurations": [{"Properties": {"spark.eventLog.dir": "s3://amzn-s3-demo-logs/spark"}}],
                    },
                    "StepConfig": {
                        "HadoopJarStep": {
                            "Jar": "s3://amzn-s3-demo-bucket/a.jar",
                            "Args": ["s3://amzn-s3-demo-bucket/in"],
                        }
                    },
                },
                {
                    "Name": "S",
                    "Type": "EMRServerless",
                    "Arguments": {
                        "ExecutionRoleArn": "arn:aws:iam::111122223333:role/Spark",
                        "ApplicationConfig": {
                            "imageConfiguration": {"imageUri": "111122223333.dkr.ecr.us-west-2.amazonaws.com/serve:3"}
                        },
                        "JobConfig": {"jobDriver": {"sparkSubmit": {"entryPoint": "s3://amzn-s3-demo-bucket/a.py"}}},
                    },
                },
            ],
        }
    ),
}


def test_what_one_resource_supposes_of_a_condition_does_not_hold_for_the_next(tmp_path: Path) -> None:
    found = known(tmp_path, "a condition of one resource and of the next")
    assert [item.members["ModelName"] for item in found.requests] == ["a", "b", "c"]
    assert not [item.message for item in found.notices if "left out" in item.message]


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


#: Inputs with a fault, and all that is said of each.
SAID: dict[str, tuple[Any, list[str]]] = {
    "infinity": ('{"CreateModel": {"ModelName": Infinity}}', ["problem: 1:18: Infinity is not JSON; give a number"]),
    "minus infinity": ('{"CreateModel": {"a": -Infinity}}', ["problem: 1:18: -Infinity is not JSON; give a number"]),
    "no number": ('{"CreateModel": {"a": NaN}}', ["problem: 1:18: NaN is not JSON; give a number"]),
    "large": ('{"CreateModel": {"a": 1e999}}', ["problem: 1:18: the number 1e999 is too large; give a smaller one"]),
    "twice": ('{"CreateModel": {"a": 1, "a": 2}}', ['problem: 1:26: the key "a" stands twice; remove the duplicate']),
    "twice in a list": (
        '{"CreateModel": {"Tags": [{"Key": "a", "Key": "b"}]}}',
        ['problem: 1:40: the key "Key" stands twice; remove the duplicate'],
    ),
    "a member in two spellings": (
        {"CreateModel": {"ModelName": "m", "modelName": "n"}},
        ["problem: 1:36: modelName and ModelName are the same member; remove the duplicate"],
    ),
    "unknown members": (
        {"CreateModel": {"ModelNam": "m", "Zzzz": 1}},
        [
            'problem: 1:18: the request has no member "ModelNam"; did you mean ModelName?',
            'note: 1:35: the request has no member "Zzzz"; it is ignored',
        ],
    ),
    "an unknown member with a long name": (
        {"CreateModel": {"ModelName" * 12: "m"}},
        [f'note: 1:18: the request has no member "{("ModelName" * 12)[:77]}..."; it is ignored'],
    ),
    "wrong types": (
        {"CreateTrainingJob": {"TrainingJobName": {"a": 1}, "RoleArn": [1], "HyperParameters": {"a": [1]}}},
        [
            "problem: 1:24: CreateTrainingJob.TrainingJobName must be text, not a mapping; it is ignored",
            "problem: 1:53: CreateTrainingJob.RoleArn must be text, not a list; it is ignored",
            "problem: 1:89: CreateTrainingJob.HyperParameters.a must be text, not a list; it is ignored",
        ],
    ),
    "a step without arguments": (
        {"Version": "2020-12-01", "Steps": [{"Name": "S", "Type": "Training"}]},
        [
            "problem: 1:37: the step S has no Arguments",
            "note: the pipeline's own role is not in it; its CreatePipeline request names it",
        ],
    ),
    "no template": (
        {"AWSTemplateFormatVersion": "2010-09-09"},
        ["problem: 1:1: no template; it has no Resources"],
    ),
    "loops that cannot be read": (
        {"Resources": {"Fn::ForEach::L": ["I", {"Ref": "X"}, {"M": {}}], "Fn::ForEach::K": "x"}},
        [
            "problem: 1:16: the collection of Fn::ForEach::L is not known, so what it creates is ignored: give its "
            "parameter a value",
            "problem: 1:66: Fn::ForEach::K must be a list of an identifier, a collection and a mapping; it is ignored",
        ],
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_wrong_with_an_input_is_said_and_where(name: str) -> None:
    value, said = SAID[name]
    text = value if isinstance(value, str) else json.dumps(value)
    case = {"name": "x", "inputs": [{"name": "x.json", "text": text}]}
    assert [
        notice.replace("x.json:1:", "1:").replace("x.json: ", "") for notice in answers.read(case)["notices"]
    ] == said


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


@pytest.mark.parametrize("value", [[1, 2, "x"], [{"eventName": "CreateModel", "eventSource": "sagemaker.x"}, 1]])
def test_what_is_no_event_is_no_event(value: Any) -> None:
    found = read_value(compiled(), value, input_format="cloudtrail", name="e")
    (notice,) = found.notices
    assert notice.kind == "problem" and "an element is not an event" in notice.message
    assert not found.requests and not found.read


def test_what_the_default_of_a_parameter_leaves_out_is_named(tmp_path: Path) -> None:
    text = """
    Parameters: {Own: {Type: String, Default: "no"}}
    Conditions: {IsOwn: !Equals [!Ref Own, "yes"]}
    Resources:
      Model:
        Type: AWS::SageMaker::Model
        Properties:
          ExecutionRoleArn: arn:aws:iam::111122223333:role/R
          PrimaryContainer:
            ModelDataUrl: !If [IsOwn, s3://own/m.tar.gz, s3://shared/m.tar.gz]
            Environment: {TOKEN: !If [IsOwn, hidden-value, other-value]}
          VpcConfig: !If [IsOwn, {Subnets: [subnet-0123456789abcdef0]}, !Ref AWS::NoValue]
          EnableNetworkIsolation: !If [IsOwn, !Ref AWS::NoValue, true]
      Other: {Type: AWS::SageMaker::Model, Condition: IsOwn, Properties: {ModelName: o}}
    """
    messages = [one.message for one in reading(tmp_path, textwrap.dedent(text), "t.yaml").notices]
    said = "the condition IsOwn is false by the default of Own, so"
    assert f'{said} "s3://own/m.tar.gz" is ignored' in messages and f"{said} Subnets is ignored" in messages
    assert f"{said} a text is ignored" in messages and not any("hidden" in one for one in messages)
    assert not any(one.startswith(f"{said} Ref") for one in messages)
    assert "Other is ignored: its condition IsOwn is false by the default of Own" in messages
    given = reading(tmp_path, textwrap.dedent(text), "t.yaml", values={"Own": "no"}).notices
    assert not any("by the default" in one.message for one in given)
