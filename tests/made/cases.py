"""Inputs that readers once misread, broke on, or passed over (cases.yaml), and those too long to be written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROLE = "arn:aws:iam::111122223333:role/R"
IMAGE = "111122223333.dkr.ecr.us-west-2.amazonaws.com/serve:3"


def resource(**properties: Any) -> dict[str, Any]:
    """A model of a template."""
    return {"Type": "AWS::SageMaker::Model", "Properties": {"ExecutionRoleArn": ROLE, **properties}}


def step(name: str, kind: str, arguments: Any = None, **more: Any) -> dict[str, Any]:
    """A step of a definition."""
    return {"Name": name, "Type": kind, **({} if arguments is None else {"Arguments": arguments}), **more}


def training(**arguments: Any) -> dict[str, Any]:
    """The arguments of a training step."""
    return {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/models/"}, **arguments}


def text_of(case: Mapping[str, Any]) -> str:
    """The text of a kept input."""
    return str(case["text"]) if "text" in case else json.dumps(case["value"], indent=case.get("indent"))


_KEPT = yaml.load(Path(__file__).with_suffix(".yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
_DEEP = {
    f"P{number}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": f"P{number + 1}"}}}
    for number in range(500)
}
_CONDITIONS = {f"C{i}": {"Fn::Not": [{"Condition": f"C{i + 1}"}]} for i in range(500)}
_LOOP = [
    *("I", [str(number) for number in range(9000)]),
    {"M${I}": resource(ModelName="x", Tags=[{"Key": "k", "Value": "v"}])},
]
_CHOICE = {"M": resource(ModelName={"Fn::If": ["C0", "a", "b"]})}
_FOLLOWED = [step(f"S{number}", "Training", training(X={"Get": f"Steps.S{number + 1}.X"})) for number in range(500)]
_LONG = {
    "a loop without an end": ("t.json", {"Resources": {"Fn::ForEach::X": _LOOP}}),
    "references one after the other": ("t.json", {"Resources": {**_DEEP, "M": resource(ModelName={"Ref": "P0"})}}),
    "conditions one after the other": ("t.json", {"Conditions": _CONDITIONS, "Resources": _CHOICE}),
    "properties one after the other": ("d.json", {"Version": "2020-12-01", "Steps": _FOLLOWED}),
}
_LISTS = '{"Records": [{"eventSource": "sagemaker", "eventName": "CreateModel", "x": ' + "[" * 983 + "]" * 983 + "}]}"

#: Name to file name, text and values for parameters.
MISREAD: dict[str, tuple[str, str, dict[str, str]]] = {
    **{name: (case["file"], text_of(case), case.get("given", {})) for name, case in _KEPT["misread"].items()},
    **{name: (file, json.dumps(value, indent=1), {}) for name, (file, value) in _LONG.items()},
    "events in many lists": ("log.json", _LISTS, {}),
}

#: Templates with lists whose length is not known: name to text and values for parameters.
LISTED: dict[str, tuple[str, dict[str, str]]] = {
    name: (text_of(case), case.get("given", {})) for name, case in _KEPT["listed"].items()
}

#: File name to text.
CURIOUS: dict[str, str] = {
    **_KEPT["curious"],
    "big.json": '{"CreateModel": {"ModelName": 12345678901234567890, "ExecutionRoleArn": "' + "é" * 3000 + '"}}',
}
BROKEN: dict[str, str] = {
    **_KEPT["broken"],
    "digits.json": '{"a": ' + "1" * 4400 + "}",
    "deep.json": "[" * 5000 + "]" * 5000,
    "deep.yaml": "a: " + "[" * 3000,
}

#: Requests whose hyperparameters, environment and arguments name resources, of which nothing known uses some.
SECRETS = "\n".join(json.dumps({name: members}) for name, members in _KEPT["secrets"].items())
