"""Member names: any spelling is the API's, what is unknown or wrong is told and left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from composing import compiled, problems, reading
from sagemaker_roles.errors import AmbiguousOperation
from sagemaker_roles.inputs.names import Names, Style, plain

ROLE = "arn:aws:iam::111122223333:role/R"


def names() -> Names:
    return Names(compiled())


def match(given: Mapping[str, Any], style: Style | None = None, operation: str = "CreateTrainingJob") -> Any:
    return names().match(operation, given, style or Style())


@pytest.mark.parametrize(
    "given",
    [
        {"RoleArn": ROLE, "VpcConfig": {"SecurityGroupIds": ["sg-1"]}},
        {"roleArn": ROLE, "vpcConfig": {"securityGroupIDs": ["sg-1"]}},
        {"role_arn": ROLE, "vpc_config": {"security_group_ids": ["sg-1"]}},
        {"role-arn": ROLE, "VPC_CONFIG": {"SECURITY-GROUP-IDS": ["sg-1"]}},
        {"ROLEARN": ROLE, "vpcconfig": {"securitygroupids": ["sg-1"]}},
    ],
)
def test_any_spelling_is_the_apis(given: Mapping[str, Any]) -> None:
    assert match(given) == ({"RoleArn": ROLE, "VpcConfig": {"SecurityGroupIds": ["sg-1"]}}, [])


def test_keys_of_maps_stay_as_they_are() -> None:
    given = {"hyper_parameters": {"max_depth": "3", "Max-Depth": "4"}, "environment": {"role_arn": "x"}}
    maps = {"HyperParameters": given["hyper_parameters"], "Environment": given["environment"]}
    assert match(given)[0] == maps


def test_unknown_members_are_left_out_with_a_hint() -> None:
    members, faults = match({"RoleArns": ROLE, "OutputDataConfig": {"S3OutputPth": "s3://b/k", "Zzzzzz": 1}})
    assert members == {}
    assert [(fault.kind, fault.path, fault.message) for fault in faults] == [
        ("problem", ("RoleArns",), 'the request has no member "RoleArns"; did you mean RoleArn?'),
        (
            "problem",
            ("OutputDataConfig", "S3OutputPth"),
            'the request has no member "S3OutputPth"; did you mean S3OutputPath?',
        ),
        ("note", ("OutputDataConfig", "Zzzzzz"), 'the request has no member "Zzzzzz"; it is ignored'),
    ]


def test_wrong_types_are_problems() -> None:
    given = {
        "RoleArn": {"a": 1},
        "VpcConfig": "vpc-1",
        "InputDataConfig": {"ChannelName": "x"},
        "HyperParameters": ["x"],
    }
    given |= {"TrainingJobName": 12, "EnableNetworkIsolation": [True]}
    members, faults = match(given)
    assert members == {"TrainingJobName": "12"}
    assert [f"{fault.kind}: {fault.message}" for fault in faults] == [
        "problem: RoleArn must be text, not a mapping; it is ignored",
        "problem: VpcConfig must be a mapping, not text; it is ignored",
        "problem: InputDataConfig must be a list, not a mapping; it is ignored",
        "problem: HyperParameters must be a mapping, not a list; it is ignored",
        'note: TrainingJobName must be text; it is read as "12"',
        "problem: EnableNetworkIsolation must be a boolean, not a list; it is ignored",
    ]


def test_empty_texts_and_nulls_are_not_given() -> None:
    skeleton = {
        "TrainingJobName": "",
        "RoleArn": None,
        "VpcConfig": {"SecurityGroupIds": [""], "Subnets": ["", ""]},
        "InputDataConfig": [{"ChannelName": "", "DataSource": {"S3DataSource": {"S3Uri": ""}}}],
        "HyperParameters": {"KeyName": ""},
        "OutputDataConfig": {},
        "EnableNetworkIsolation": True,
    }
    assert match(skeleton) == ({"EnableNetworkIsolation": True}, [])


def test_one_member_in_two_spellings() -> None:
    assert match({"role_arn": ROLE, "RoleArn": ROLE})[1] == []
    members, (fault,) = match({"role_arn": "a", "RoleArn": "b"})
    assert members == {"RoleArn": "b"}
    assert (fault.kind, fault.message) == ("problem", "RoleArn and role_arn are the same member; remove the duplicate")
    assert match({"RoleArn": "b", "role_arn": "a"})[0] == {"RoleArn": "b"}


def test_blocks_of_terraform() -> None:
    style = Style(blocks=True)
    given = {
        "container": [{"image": "i", "image_config": []}],
        "primary_container": [{"image": "p", "multi_model_config": [{"model_cache_setting": "Enabled"}]}],
        "vpc_config": [],
        "tags": {"team": "ml"},
    }
    assert match(given, style, "CreateModel") == (
        {
            "Containers": [{"Image": "i"}],
            "PrimaryContainer": {"Image": "p", "MultiModelConfig": {"ModelCacheSetting": "Enabled"}},
            "Tags": [{"Key": "team", "Value": "ml"}],
        },
        [],
    )
    assert match({"container": []}, Style(), "CreateModel")[1][0].message.startswith("the request has no member")


def test_names_of_operations_in_any_spelling() -> None:
    for text in ("CreateTrainingJob", "create-training-job", "create_training_job", "sagemaker:CreateTrainingJob"):
        assert compiled().named(text) == "CreateTrainingJob"
    assert compiled().named("createtrainingjobs") == ""
    assert plain("Create-Training_Job") == "createtrainingjob"


# --- which operation ----------------------------------------------------------------------------------------------


def test_the_members_tell_the_operation(tmp_path: Path) -> None:
    request = {"AlgorithmSpecification": {"TrainingInputMode": "File"}, "RoleArn": ROLE, "TrainingJobName": "x"}
    request |= {"ResourceConfig": {"InstanceCount": 1}, "StoppingCondition": {"MaxRuntimeInSeconds": 1}}
    assert [item.operation for item in reading(tmp_path, json.dumps(request)).requests] == ["CreateTrainingJob"]
    snake = {"training_job_name": "x", "hyper_parameters": {"a": "b"}, "role_arn": ROLE, "resource_config": {}}
    assert [item.operation for item in reading(tmp_path, json.dumps(snake)).requests] == ["CreateTrainingJob"]


def test_a_request_under_its_operations_name(tmp_path: Path) -> None:
    found = reading(tmp_path, json.dumps({"create-model": {"ExecutionRoleArn": ROLE}}))
    assert [(item.operation, item.members) for item in found.requests] == [("CreateModel", {"ExecutionRoleArn": ROLE})]
    two = [{"CreateModel": {"ExecutionRoleArn": ROLE}}, {"CreateImage": {"RoleArn": ROLE}}]
    found = reading(tmp_path, json.dumps(two))
    assert [item.operation for item in found.requests] == ["CreateModel", "CreateImage"]


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


def test_what_is_no_request_is_named(tmp_path: Path) -> None:
    for text in ("[1]", '"text"', "[[]]"):
        found = reading(tmp_path, text, operation="CreateModel")
        assert not found.requests
        assert problems(found)[0].endswith(("not a number", "not text", "not a list"))
