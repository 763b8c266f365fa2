"""Reading takes time in proportion to the input: of four times as much, at most six times as long, in both engines."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from conformance.answers import reading, whole
from conformance.node import javascript
from sagemaker_roles.engine import account
from sagemaker_roles.inputs.text import Source, unpacked

ROLE = "arn:aws:iam::111122223333:role/R"

#: Four times as much may take six times as long, plus what a run of this many seconds may err by.
FACTOR, NOISE = 6.0, 0.03


def model(number: int, **more: Any) -> dict[str, Any]:
    return {"ModelName": f"m{number}", "ExecutionRoleArn": ROLE, **more}


def resource(number: int, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::SageMaker::Model", "Properties": model(number, **more)}


def template(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections}, indent=1)


def doubling(size: int) -> str:
    """Parameters of each other: each mapping, condition and bucket names the one before twice."""
    conditions = {"C0": {"Fn::Equals": ["a", "a"]}}
    resources: dict[str, Any] = {"B0": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "x"}}}
    for number in range(1, size):
        before = f"C{number - 1}"
        conditions[f"C{number}"] = {"Fn::And": [{"Condition": before}, {"Condition": before}]}
        name = {"Fn::Sub": f"${{B{number - 1}}}${{B{number - 1}}}"}
        resources[f"B{number}"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}
    resources["M"] = resource(
        1, Tags=[{"Key": {"Ref": f"B{size - 1}"}, "Value": {"Fn::If": [f"C{size - 1}", "a", "b"]}}]
    )
    return template(resources, Conditions=conditions)


def pipeline(size: int) -> str:
    """Steps of which each has the outputs of the one before as its inputs."""
    steps = []
    for number in range(size):
        before = (
            {"Get": f"Steps.S{number - 1}.OutputDataConfig.S3OutputPath"} if number else "s3://amzn-s3-demo-bucket/a"
        )
        glued = {"Std:Join": {"On": "/", "Values": [before, before]}} if number % 50 else "s3://amzn-s3-demo-bucket/a"
        arguments = {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": glued}}
        steps.append({"Name": f"S{number}", "Type": "Training", "Arguments": arguments})
    return json.dumps({"Version": "1", "Steps": steps})


def plan(size: int) -> str:
    resources = [
        {"address": f"module.m{number}.aws_sagemaker_model.this", "type": "aws_sagemaker_model", "name": "this",
         "values": {"name": f"m{number}", "bad": 1}}
        for number in range(size)
    ]  # fmt: skip
    changes = [
        {"address": item["address"], "change": {"after_unknown": {"execution_role_arn": True}}} for item in resources
    ]
    return json.dumps(
        {
            "format_version": "1.2",
            "planned_values": {"root_module": {"resources": resources}},
            "resource_changes": changes,
        }
    )


def manifests(size: int) -> str:
    head = "apiVersion: sagemaker.services.k8s.aws/v1alpha1\nkind: Model\n"
    one = head + "metadata: {{name: m{0}}}\nspec: {{modelName: m{0}, bad: x}}\n"
    return "---\n".join(one.format(number) for number in range(size))


def tagged(number: int, key: Any, value: Any) -> dict[str, Any]:
    return resource(number, Tags=[{"Key": key, "Value": value}])


def unknowns(size: int) -> str:
    return template({f"M{i}": tagged(i, {"Fn::Base64": i}, {"Ref": f"P{i}"}) for i in range(size)})


def loops(size: int) -> str:
    made = {"M${I}": tagged(0, {"Ref": "I"}, "x")}
    return template({"Fn::ForEach::L": ["I", [f"a{i}" for i in range(size)], made]})


def undecided(size: int) -> str:
    resources = {f"M{i}": tagged(i, "k", {"Fn::If": ["C", "a", "b"]}) for i in range(size)}
    return template(resources, Conditions={"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}})


def log(size: int) -> str:
    events = [
        {"eventSource": "sagemaker.amazonaws.com", "eventName": "CreateModel", "awsRegion": "nowhere",
         "requestParameters": {"modelName": f"m{number}", "executionRoleArn": ROLE, "bad": number}}
        for number in range(size)
    ]  # fmt: skip
    return json.dumps({"Records": events}, indent=1)


INPUTS: dict[str, tuple[int, Callable[[int], str]]] = {
    "requests with faults": (300, lambda n: json.dumps([{"CreateModel": model(i, bad=i)} for i in range(n)], indent=1)),
    "a request a line": (300, lambda n: "\n".join(json.dumps({"CreateModel": model(i, bad=i)}) for i in range(n))),
    "keys": (1000, lambda n: json.dumps({"CreateModel": {f"k{i}-{i}": i for i in range(n)}}, indent=1)),
    "yaml keys": (1000, lambda n: "CreateModel:\n" + "".join(f"  key{i}: {i}\n" for i in range(n))),
    "yaml documents": (200, manifests),
    "log": (300, log),
    "template": (300, lambda n: template({f"M{i}": resource(i, Bad=i) for i in range(n)})),
    "template of doubles": (60, doubling),
    "template of unknowns": (200, unknowns),
    "template of loops": (200, loops),
    "open references": (20_000, lambda n: template({"M": tagged(0, {"Fn::Sub": "${" * n}, "{{resolve:" * n)})),
    "undecided conditions": (100, undecided),
    "plan": (200, plan),
    "pipeline": (200, pipeline),
    "open brackets": (20_000, lambda n: "[" * n),
    "quotes": (20_000, lambda n: '{"a": "' + '\\"' * n),
    "spaces": (100_000, lambda n: '{"a":' + " " * n + "x"),
    "long text": (300_000, lambda n: json.dumps({"CreateModel": model(0, Tags=[{"Key": "k", "Value": "x\\" * n}])})),
}  # fmt: skip


def case(name: str, times: int) -> dict[str, Any]:
    size, make = INPUTS[name]
    text = make(size * times)
    return {"inputs": [{"name": "x.json" if text.lstrip()[:1] in "{[" else "x.yaml", "text": text}]}


@pytest.mark.parametrize("name", INPUTS)
def test_python_reads_in_proportion(name: str) -> None:
    def took(times: int) -> float:
        one, best = case(name, times), float("inf")
        for _ in range(3):
            start = time.process_time()
            reading(one)
            best = min(best, time.process_time() - start)
        return best

    reading(case(name, 1))
    first, fourth = took(1), took(4)
    assert fourth <= FACTOR * first + NOISE, (first, fourth)


def test_the_page_reads_in_proportion() -> None:
    asked = [case(name, times) for name in INPUTS for times in (1, 1, 4)]
    answers = javascript(asked, "time")
    assert all(isinstance(answer, float | int) for answer in answers), answers
    slow = {
        name: (answers[3 * index + 1], answers[3 * index + 2])
        for index, name in enumerate(INPUTS)
        if answers[3 * index + 2] > FACTOR * answers[3 * index + 1] + NOISE
    }
    assert not slow


def repeated(size: int, subnet: str = "subnet-0123456789abcdef0") -> dict[str, Any]:
    """One name in many places of a request."""
    members = model(0, VpcConfig={"Subnets": [subnet] * size, "SecurityGroupIds": ["sg-0123456789abcdef0"]})
    return {"name": "x", "inputs": [{"name": "x.json", "text": json.dumps({"CreateModel": members})}], "choice": {}}


def test_python_composes_in_proportion() -> None:
    def took(size: int) -> float:
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            whole(repeated(size))
            best = min(best, time.process_time() - start)
        return best

    first, fourth = took(1000), took(4000)
    assert fourth <= FACTOR * first + NOISE, (first, fourth)


def carried(size: int) -> dict[str, Any]:
    """A pipeline whose steps name things of their own, of which the definition shows only the beginning."""
    definition = {
        "Version": "2020-12-01",
        "Steps": [
            {
                "Name": f"S{number}",
                "Type": "Training",
                "Arguments": {
                    "RoleArn": ROLE,
                    "OutputDataConfig": {"S3OutputPath": f"s3://amzn-s3-demo-bucket/{number}"},
                    "HyperParameters": {"path": {"Std:Join": {"On": "/", "Values": [f"s3://b-{number}", "x"]}}},
                },
            }
            for number in range(size)
        ],
    }
    members = {
        "PipelineName": "p",
        "ClientRequestToken": "x" * 32,
        "RoleArn": ROLE,
        "PipelineDefinition": json.dumps(definition),
    }
    return {"name": "x", "inputs": [{"name": "x.json", "text": json.dumps({"CreatePipeline": members})}], "choice": {}}


def test_the_account_compares_only_texts_that_begin_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    is_in = account._is_in

    def counting(names: Sequence[str], longer: Sequence[str]) -> bool:
        compared.append(names)
        return is_in(names, longer)

    monkeypatch.setattr(account, "_is_in", counting)
    whole(carried(100))
    assert 0 < len(compared) <= 2000  # each with each would be 40,000


def test_the_page_composes_long_lists() -> None:
    """More items than a call takes arguments."""
    (answer,) = javascript([repeated(130_000)], "digested")
    assert "crash" not in answer


def test_empty_gzip_members_are_passed_over_in_proportion() -> None:
    def took(count: int) -> float:
        raw = gzip.compress(b"") * count + gzip.compress(b"{}")
        start = time.process_time()
        assert unpacked(Source("f", raw)) == b"{}"
        return time.process_time() - start

    took(1000)
    assert took(40_000) <= FACTOR * took(10_000) + NOISE
