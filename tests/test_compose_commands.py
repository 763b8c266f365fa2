"""Commands of the AWS CLI as requests: words of a shell, options, and the shorthand syntax."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from composing import compiled
from sagemaker_roles.engine.partial import Partial
from sagemaker_roles.inputs import Reading, read_files
from support import run


def reading(folder: Path, text: str) -> Reading:
    (folder / "input").write_text(text, "utf-8")
    return read_files(compiled(), [str(folder / "input")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aws sagemaker create-model --model-name m", {"ModelName": "m"}),
        ("$ sudo /usr/bin/aws --region us-east-1 sagemaker create-model --model-name=m", {"ModelName": "m"}),
        ("N=m; export K=n\naws sagemaker create-model --model-name $N-${K} # a note", {"ModelName": "m-n"}),
        ('aws sagemaker create-model --model-name \'a b\'"c\\"d"e\\ f', {"ModelName": 'a bc"de f'}),
        ("aws sagemaker create-model \\\n  --enable-network-isolation", {"EnableNetworkIsolation": True}),
        ("aws sagemaker create-model --no-enable-network-isolation", {"EnableNetworkIsolation": False}),
        (
            "aws sagemaker create-model --primary-container 'Image=i,Environment={A=1,B=\"x,y\"},ModelDataUrl=s3://b/k'",
            {"PrimaryContainer": {"Image": "i", "Environment": {"A": "1", "B": "x,y"}, "ModelDataUrl": "s3://b/k"}},
        ),
        (
            "aws sagemaker create-model --vpc-config Subnets=a,b,SecurityGroupIds=[c]",
            {"VpcConfig": {"Subnets": ["a", "b"], "SecurityGroupIds": ["c"]}},
        ),
        (
            "aws sagemaker create-model --vpc-config Subnets=a --tags Key=k,Value=v Key=l,Value=",
            {"VpcConfig": {"Subnets": ["a"]}, "Tags": [{"Key": "k", "Value": "v"}, {"Key": "l"}]},
        ),
        (
            """aws sagemaker create-model --containers '[{"Image": "i"}]' --tags '{"Key": "k", "Value": "v"}'""",
            {"Containers": [{"Image": "i"}], "Tags": [{"Key": "k", "Value": "v"}]},
        ),
        (
            """aws sagemaker create-model --cli-input-json '{"ModelName": "m"}' --query ModelArn > out && echo done""",
            {"ModelName": "m"},
        ),
    ],
)
def test_a_command_is_a_request(tmp_path: Path, text: str, expected: dict[str, Any]) -> None:
    found = reading(tmp_path, text + "\n")
    assert [(item.operation, item.members) for item in found.requests] == [("CreateModel", expected)]
    assert not [notice for notice in found.notices if notice.kind == "problem"]


def test_commands_of_every_service_with_data_are_read_and_others_are_counted(tmp_path: Path) -> None:
    called = {
        "sagemaker list-models": "ListModels",
        "sagemaker-runtime invoke-endpoint --endpoint-name e out.json": "InvokeEndpoint",
        "sagemaker-featurestore-runtime get-record --feature-group-name f": "GetRecord",
        "datazone create-project --domain-identifier d --name n": "datazone-CreateProject",
        "datazone get-connection --domain-identifier d --identifier c": "GetConnection",
    }
    assert {one.partition(" ")[0] for one in called} <= {*compiled().services}
    found = reading(tmp_path, "".join(f"aws {one}\n" for one in (*called, "s3 ls", "s3 cp a b", "sagemaker wait x")))
    assert [item.operation for item in found.requests] == [*called.values()]
    assert [str(notice.message) for notice in found.notices] == [
        "aws sagemaker wait is not a call of the API; it is passed over",
        "commands of services that are not known here need permissions of their own: 2 of s3",
    ]


def test_what_a_script_does_not_tell_is_a_placeholder(tmp_path: Path) -> None:
    text = "aws sagemaker create-model --model-name m-$(date +%s) --primary-container ModelDataUrl=s3://$BUCKET/x\n"
    found = reading(tmp_path, text + "aws sagemaker create-model --model-name $BUCKET --containers file://c.json")
    one, two = (item.members for item in found.requests)
    assert (one["ModelName"], one["PrimaryContainer"]["ModelDataUrl"]) == ("m-${DateS}", "s3://${Bucket}/x")
    assert isinstance(two["ModelName"], Partial) and two["ModelName"] == "${Bucket}"
    assert found.unknown == {"Bucket": "$BUCKET", "DateS": "$(date +%s)"}
    assert [notice.message for notice in found.notices] == [
        "Containers[0] is not known yet (${Containers}), so it is ignored: give it a value"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aws s3 ls", "no command that is read here"),
        ("#!/bin/sh\necho x", "no command that is read here"),
        ("aws sagemaker create-model --primary-container Image", "neither JSON nor Key=value"),
        ("aws sagemaker create-model --primary-container " + "A={" * 500, "neither JSON nor Key=value"),
        ("aws sagemaker create-model --cli-input-json file://m.json", "give it as --request"),
        ("aws sagemaker create-model --region x", "Region"),
    ],
)
def test_what_cannot_be_read_of_a_command_is_told(tmp_path: Path, text: str, message: str) -> None:
    found = reading(tmp_path, text)
    assert [notice for notice in found.notices if notice.kind == "problem" and message in notice.message]


def test_a_command_alone_is_composed_and_one_with_its_error_is_explained() -> None:
    done = run("aws sagemaker delete-app --domain-id d-1 --space-name s --app-type JupyterLab --app-name default")
    assert "command: sagemaker-roles compose" in done.stderr
    assert ":app/d-1/s/" in done.stdout
    text = "$ aws sagemaker create-app --app-name a\nAn error occurred (AccessDeniedException): not authorized"
    assert "Denied:  sagemaker:CreateApp" in run(text).stdout
