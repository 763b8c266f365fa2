"""Reading takes work in proportion to the input, counted as calls of functions."""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from composing import compiled
from made.answers import reading, whole
from sagemaker_roles.diagnosing.clues import read_messages
from sagemaker_roles.inputs.roles import read_roles
from sagemaker_roles.inputs.text import Source, unpacked

ROLE = "arn:aws:iam::111122223333:role/R"

#: Four times as much may take five times as many calls. Where no call is made for each part, a search that goes back
#: again and again would take minutes: no input here may take this many seconds of the processor.
CALLS, MOST = 5, 30.0


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
    planned = {"root_module": {"resources": resources}}
    return json.dumps({"format_version": "1.2", "planned_values": planned, "resource_changes": changes})


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


# --- readers of roles and of messages ----------------------------------------------------------------------------

ALLOWED = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
TRUSTED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
POLICY = "arn:aws:iam::111122223333:policy/"


def account_details(size: int) -> str:
    roles = [
        {"RoleName": f"R{i}", "Arn": f"{ROLE}{i}", "Path": "/", "AssumeRolePolicyDocument": TRUSTED,
         "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": ALLOWED}],
         "AttachedManagedPolicies": [{"PolicyName": f"P{i}", "PolicyArn": f"{POLICY}P{i}"}]}
        for i in range(size)
    ]  # fmt: skip
    policies = [
        {"PolicyName": f"P{i}", "Arn": f"{POLICY}P{i}", "DefaultVersionId": "v1",
         "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": ALLOWED}]}
        for i in range(size)
    ]  # fmt: skip
    return json.dumps({"RoleDetailList": roles, "Policies": policies}, indent=1)


def roles_of_template(size: int) -> str:
    resources: dict[str, Any] = {}
    for i in range(size):
        role = {"AssumeRolePolicyDocument": TRUSTED, "ManagedPolicyArns": [{"Ref": f"M{i}"}]}
        own = {"PolicyName": "x", "Roles": [{"Ref": f"R{i}"}], "PolicyDocument": ALLOWED}
        resources[f"R{i}"] = {"Type": "AWS::IAM::Role", "Properties": role}
        resources[f"P{i}"] = {"Type": "AWS::IAM::Policy", "Properties": own}
        resources[f"M{i}"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": ALLOWED}}
    return template(resources)


def roles_of_conditions(size: int) -> str:
    """Each condition is made of all before it, and each role depends on one."""
    conditions: dict[str, Any] = {"C0": {"Fn::Equals": [{"Ref": "P"}, "x"]}}
    resources = {}
    for i in range(size):
        conditions[f"C{i + 1}"] = {"Fn::Or": [{"Condition": f"C{i}"}, {"Condition": f"C{i}"}]}
        document = {"Version": "2012-10-17", "Statement": [{"Fn::If": [f"C{i}", ALLOWED["Statement"][0], "x"]}]}
        own = {"AssumeRolePolicyDocument": TRUSTED, "Policies": [{"PolicyName": "p", "PolicyDocument": document}]}
        resources[f"R{i}"] = {"Type": "AWS::IAM::Role", "Properties": own}
    return template(resources, Conditions=conditions, Parameters={"P": {"Type": "String"}})


def roles_of_plan(size: int) -> str:
    resources, blocks, changes = [], [], []

    def add(kind: str, name: str, values: dict[str, Any], **references: str) -> None:
        one = {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name}
        resources.append({**one, "values": values})
        refers = {key: {"references": [f"{to}.id", to]} for key, to in references.items()}
        blocks.append({**one, "expressions": refers})
        changes.append({"address": one["address"], "change": {"after_unknown": dict.fromkeys(references, True)}})

    for i in range(size):
        add("aws_iam_role", f"r{i}", {"name": f"r{i}", "assume_role_policy": json.dumps(TRUSTED)})
        add("aws_iam_policy", f"m{i}", {"name": f"m{i}", "policy": json.dumps(ALLOWED)})
        own = {"name": "p", "policy": json.dumps(ALLOWED)}
        add("aws_iam_role_policy", f"p{i}", own, role=f"aws_iam_role.r{i}")
        links = {"role": f"aws_iam_role.r{i}", "policy_arn": f"aws_iam_policy.m{i}"}
        add("aws_iam_role_policy_attachment", f"a{i}", {}, **links)
    known = {"planned_values": {"root_module": {"resources": resources}}, "resource_changes": changes}
    return json.dumps({"format_version": "1.2", **known, "configuration": {"root_module": {"resources": blocks}}})


def policy(size: int) -> str:
    statements = [{"Effect": "Allow", "Action": f"s3:Get{i}", "Resource": "*", "Bad": i} for i in range(size)]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)


def denied(number: int) -> str:
    training = f"arn:aws:sagemaker:us-west-2:111122223333:training-job/x{number}"
    return (
        "An error occurred (AccessDeniedException) when calling the CreateTrainingJob operation: "
        "User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: sagemaker:CreateTrainingJob "
        f"on resource: {training} because no identity-based policy allows the sagemaker:CreateTrainingJob action"
    )


def denied_events(size: int) -> str:
    error = {"eventName": "CreateModel", "eventSource": "sagemaker.amazonaws.com", "errorCode": "AccessDenied"}
    return json.dumps([{**error, "errorMessage": denied(0), "eventID": number} for number in range(size)])


ROLES: dict[str, tuple[int, Callable[[int], str]]] = {
    "account": (100, account_details),
    "answers": (
        200,
        lambda n: "\n".join(
            json.dumps({"PolicyName": f"p{i}", "RoleName": f"R{i}", "PolicyDocument": ALLOWED}) for i in range(n)
        ),
    ),
    "template": (50, roles_of_template),
    "conditions": (50, roles_of_conditions),
    "plan": (50, roles_of_plan),
    "policy": (1000, policy),
    "encoded policy": (
        500,
        lambda n: json.dumps({"PolicyName": "p", "RoleName": "R", "PolicyDocument": quote(policy(n))}),
    ),
}
MESSAGES: dict[str, tuple[int, Callable[[int], str]]] = {
    "one message again and again": (200, lambda n: "\n".join([denied(0)] * n)),
    "messages in a line": (200, lambda n: " ".join([denied(0)] * n)),
    "events": (300, denied_events),
    "no message": (10_000, lambda n: "nothing here\n" * n),
    "beginnings": (5_000, lambda n: "User: arn:aws:" * n),
    "middles": (5_000, lambda n: "is not authorized to perform: " * n),
    "ends": (5_000, lambda n: "with an explicit deny in a " * n),
    "words": (20_000, lambda n: "aB3-" * n),
    "open braces": (20_000, lambda n: "{" * n),
}


def case(name: str, times: int) -> dict[str, Any]:
    size, make = INPUTS[name]
    text = make(size * times)
    return {"inputs": [{"name": "x.json" if text.lstrip()[:1] in "{[" else "x.yaml", "text": text}]}


def proportionate(read: Callable[[int], Any]) -> None:
    """Reads something that is as long as a factor says, and compares the calls for one and for four."""

    def work(factor: int) -> int:
        calls = 0

        def count(_frame: Any, event: str, _what: Any) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            read(factor)
        finally:
            sys.setprofile(before)
        return calls

    read(1)
    start = time.process_time()
    calls, more = work(1), work(4)
    assert more <= CALLS * calls + 1000, (calls, more)
    assert time.process_time() - start < MOST


@pytest.mark.parametrize("name", INPUTS)
def test_python_reads_in_proportion(name: str) -> None:
    cases = {times: case(name, times) for times in (1, 4)}
    proportionate(lambda times: reading(cases[times]))


@pytest.mark.parametrize("name", ROLES)
def test_roles_are_read_in_proportion(name: str) -> None:
    size, make = ROLES[name]
    held = {times: Source("x", make(size * times).encode()) for times in (1, 4)}
    assert read_roles(compiled(), [held[1]]).roles
    proportionate(lambda times: read_roles(compiled(), [held[times]]))


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_are_read_in_proportion(name: str) -> None:
    size, make = MESSAGES[name]
    held = {times: make(size * times) for times in (1, 4)}
    proportionate(lambda times: read_messages(compiled(), held[times]))


def repeated(size: int) -> dict[str, Any]:
    """One name in many places of a request."""
    subnets = {"Subnets": ["subnet-0123456789abcdef0"] * size, "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    text = json.dumps({"CreateModel": model(0, VpcConfig=subnets)})
    return {"name": "x", "inputs": [{"name": "x.json", "text": text}], "choice": {}}


def carried(size: int) -> dict[str, Any]:
    """A pipeline whose steps name things of their own, of which the definition shows only the beginning."""
    steps = []
    for number in range(size):
        path = {"Std:Join": {"On": "/", "Values": [f"s3://b-{number}", "x"]}}
        output = {"S3OutputPath": f"s3://amzn-s3-demo-bucket/{number}"}
        arguments = {"RoleArn": ROLE, "OutputDataConfig": output, "HyperParameters": {"path": path}}
        steps.append({"Name": f"S{number}", "Type": "Training", "Arguments": arguments})
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps})
    members = {"PipelineName": "p", "ClientRequestToken": "x" * 32, "RoleArn": ROLE, "PipelineDefinition": definition}
    return {"name": "x", "inputs": [{"name": "x.json", "text": json.dumps({"CreatePipeline": members})}], "choice": {}}


@pytest.mark.parametrize(("make", "size"), [(repeated, 1000), (carried, 25)])
def test_composing_takes_work_in_proportion(make: Callable[[int], dict[str, Any]], size: int) -> None:
    proportionate(lambda times: whole(make(size * times)))


def test_empty_gzip_members_are_passed_over_in_proportion() -> None:
    texts = {times: gzip.compress(b"") * 2_000 * times + gzip.compress(b"{}") for times in (1, 4)}
    proportionate(lambda times: unpacked(Source("f", texts[times])))
