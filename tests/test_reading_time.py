"""Reading takes work in proportion to the input, counted as calls of functions."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from composing import compiled, compose
from crossing import FORMATS
from sagemaker_roles.explanations.clues import read_messages
from sagemaker_roles.inputs.reading import Reader
from sagemaker_roles.inputs.roles import read_roles
from sagemaker_roles.inputs.text.content import Source, unpacked
from support import calls_of

ROLE = "arn:aws:iam::111122223333:role/R"

#: Four times as much may take five times as many calls. Where no call is made for each part, a search that goes back
#: again and again would take minutes: no input here may take this many seconds of the processor.
CALLS, MOST = 5, 30.0


def each(size: int, one: Any) -> list[Any]:
    """Copies of a value, with their numbers in place of each #, and those before in place of each @."""
    text = json.dumps(one)
    return [json.loads(text.replace("#", str(i)).replace("@", str(i - 1))) for i in range(1, size + 1)]


def keyed(size: int, one: Mapping[str, Any]) -> dict[str, Any]:
    """What copies of a mapping have, in one."""
    return {key: value for copy in each(size, one) for key, value in copy.items()}


def lines(size: int, one: Any) -> str:
    return "\n".join(map(json.dumps, each(size, one)))


def template(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections}, indent=1)


def tagged(key: Any = "k", value: Any = "x") -> dict[str, Any]:
    """A model of a template."""
    properties = {**MODEL, "Bad": "#", "Tags": [{"Key": key, "Value": value}]}
    return {"M#": {"Type": "AWS::SageMaker::Model", "Properties": properties}}


def planned(resources: list[Any], changes: list[Any], **more: Any) -> str:
    root = {"root_module": {"resources": resources}}
    return json.dumps({"format_version": "1.2", "planned_values": root, "resource_changes": changes, **more})


def steps(size: int, members: Mapping[str, Any]) -> str:
    arguments = {"RoleArn": ROLE, **members}
    return json.dumps({"Version": "1", "Steps": each(size, {"Name": "S#", "Type": "Training", "Arguments": arguments})})


def doubling(size: int) -> str:
    """Each condition and bucket names the one before twice."""
    before = {"Condition": "C@"}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "x${B@}${B@}"}}}
    last = tagged({"Ref": f"B{size}"}, {"Fn::If": [f"C{size}", "a", "b"]})
    first = {"C0": {"Fn::Equals": ["a", "a"]}}
    conditions = first | keyed(size, {"C#": {"Fn::And": [before, before]}})
    return template(keyed(size, {"B#": bucket}) | keyed(1, last), Conditions=conditions)


def plan(size: int) -> str:
    address = "module.m#.aws_sagemaker_model.this"
    one = {"address": address, "type": "aws_sagemaker_model", "name": "this", "values": {"name": "m#", "bad": 1}}
    change = {"address": address, "change": {"after_unknown": {"execution_role_arn": True}}}
    return planned(each(size, one), each(size, change))


def undecided(size: int) -> str:
    conditions = {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}}
    return template(keyed(size, tagged("k", {"Fn::If": ["C", "a", "b"]})), Conditions=conditions)


MODEL = {"ModelName": "m#", "ExecutionRoleArn": ROLE}
REQUEST = {"CreateModel": {**MODEL, "bad": "#"}}
EVENT = {"eventSource": "sagemaker.amazonaws.com", "eventName": "CreateModel", "awsRegion": "nowhere"}
EVENT |= {"requestParameters": {"modelName": "m#", "executionRoleArn": ROLE, "bad": "#"}}
MANIFEST = {"apiVersion": "sagemaker.services.k8s.aws/v1alpha1", "kind": "Model", "metadata": {"name": "m#"}}
MANIFEST |= {"spec": {"modelName": "m#", "bad": "x"}}
LOOP = keyed(1, {"M${I}": tagged({"Ref": "I"})["M#"]})
PATH = {"Get": "Steps.S@.OutputDataConfig.S3OutputPath"}
DOUBLED = {"OutputDataConfig": {"S3OutputPath": {"Std:Join": {"On": "/", "Values": [PATH, PATH]}}}}

INPUTS: dict[str, tuple[int, Callable[[int], str]]] = {
    "requests with faults": (300, lambda n: json.dumps(each(n, REQUEST), indent=1)),
    "a request a line": (300, lambda n: lines(n, REQUEST)),
    "keys": (1000, lambda n: json.dumps({"CreateModel": keyed(n, {"k#-#": "#"})}, indent=1)),
    "yaml keys": (1000, lambda n: "CreateModel:\n" + "".join(f"  key{i}: {i}\n" for i in range(n))),
    "yaml documents": (200, lambda n: "---\n" + lines(n, MANIFEST).replace("\n", "\n---\n")),
    "log": (300, lambda n: json.dumps({"Records": each(n, EVENT)}, indent=1)),
    "template": (300, lambda n: template(keyed(n, tagged()))),
    "template of doubles": (40, doubling),
    "template of unknowns": (200, lambda n: template(keyed(n, tagged({"Fn::Base64": "#"}, {"Ref": "P#"})))),
    "template of loops": (200, lambda n: template({"Fn::ForEach::L": ["I", each(n, "a#"), LOOP]})),
    "open references": (20_000, lambda n: template(tagged({"Fn::Sub": "${" * n}, "{{resolve:" * n))),
    "undecided conditions": (100, undecided),
    "plan": (200, plan),
    "pipeline": (200, lambda n: steps(n, DOUBLED)),
    "open brackets": (20_000, lambda n: "[" * n),
    "quotes": (20_000, lambda n: '{"a": "' + '\\"' * n),
    "spaces": (100_000, lambda n: '{"a":' + " " * n + "x"),
    "long text": (300_000, lambda n: json.dumps({"CreateModel": {**MODEL, "ModelName": "x\\" * n}})),
}


# --- readers of roles and of messages ----------------------------------------------------------------------------


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*statements]}


ALLOWED = policy({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"})
SERVICE = {"Service": "sagemaker.amazonaws.com"}
TRUSTED = {"AssumeRolePolicyDocument": policy({"Effect": "Allow", "Principal": SERVICE, "Action": "sts:AssumeRole"})}
OWN = {"PolicyName": "p", "PolicyDocument": ALLOWED}
ANSWER = {"RoleName": "R#", **OWN}


def account_details(size: int) -> str:
    arn = "arn:aws:iam::111122223333:policy/P#"
    attached = {"RolePolicyList": [OWN], "AttachedManagedPolicies": [{"PolicyName": "P#", "PolicyArn": arn}]}
    role = {"RoleName": "R#", "Arn": f"{ROLE}#", **TRUSTED, **attached}
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": ALLOWED}
    one = {"PolicyName": "P#", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}
    return json.dumps({"RoleDetailList": each(size, role), "Policies": each(size, one)}, indent=1)


def roles_of_template(size: int) -> str:
    kinds = {
        "Role": {**TRUSTED, "ManagedPolicyArns": [{"Ref": "ManagedPolicy#"}]},
        "Policy": {**OWN, "Roles": [{"Ref": "Role#"}]},
        "ManagedPolicy": {"PolicyDocument": ALLOWED},
    }
    one = {f"{kind}#": {"Type": f"AWS::IAM::{kind}", "Properties": own} for kind, own in kinds.items()}
    return template(keyed(size, one))


def roles_of_conditions(size: int) -> str:
    """Each condition is made of all before it, and each role depends on one."""
    conditions = {"C0": {"Fn::Equals": [{"Ref": "P"}, "x"]}} | keyed(
        size, {"C#": {"Fn::Or": [{"Condition": "C@"}] * 2}}
    )
    document = policy({"Fn::If": ["C#", ALLOWED["Statement"][0], "x"]})
    own = {**TRUSTED, "Policies": [{"PolicyName": "p", "PolicyDocument": document}]}
    roles = keyed(size, {"R#": {"Type": "AWS::IAM::Role", "Properties": own}})
    return template(roles, Conditions=conditions, Parameters={"P": {"Type": "String"}})


def roles_of_plan(size: int) -> str:
    allowed = json.dumps(ALLOWED)
    kinds: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "role": ({"name": "r#", "assume_role_policy": json.dumps(TRUSTED["AssumeRolePolicyDocument"])}, {}),
        "policy": ({"name": "m#", "policy": allowed}, {}),
        "role_policy": ({"name": "p", "policy": allowed}, {"role": "role"}),
        "role_policy_attachment": ({}, {"role": "role", "policy_arn": "policy"}),
    }
    resources, blocks, changes = [], [], []
    for kind, (values, links) in kinds.items():
        one = {"address": f"aws_iam_{kind}.x#", "mode": "managed", "type": f"aws_iam_{kind}", "name": "x#"}
        refers = {key: {"references": [f"aws_iam_{to}.x#.id", f"aws_iam_{to}.x#"]} for key, to in links.items()}
        resources += each(size, {**one, "values": values})
        blocks += each(size, {**one, "expressions": refers})
        changes += each(size, {**one, "change": {"after_unknown": dict.fromkeys(links, True)}})
    return planned(resources, changes, configuration={"root_module": {"resources": blocks}})


def large(size: int) -> str:
    allowed = each(size, {"Effect": "Allow", "Action": "s3:Get#", "Resource": "*", "Bad": "#"})
    return json.dumps(policy(*allowed), indent=1)


DENIED = (
    "An error occurred (AccessDeniedException) when calling the CreateTrainingJob operation: "
    "User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: sagemaker:CreateTrainingJob "
    "on resource: arn:aws:sagemaker:us-west-2:111122223333:training-job/x because no identity-based policy allows the "
    "sagemaker:CreateTrainingJob action"
)
DENIED_EVENT = {**EVENT, "errorCode": "AccessDenied", "errorMessage": DENIED, "eventID": "#"}

ROLES: dict[str, tuple[int, Callable[[int], str]]] = {
    "account": (100, account_details),
    "answers": (200, lambda n: lines(n, ANSWER)),
    "template": (50, roles_of_template),
    "conditions": (50, roles_of_conditions),
    "plan": (50, roles_of_plan),
    "policy": (1000, large),
    "encoded policy": (500, lambda n: json.dumps({**ANSWER, "PolicyDocument": quote(large(n))})),
}
MESSAGES: dict[str, tuple[int, Callable[[int], str]]] = {
    "one message again and again": (60, lambda n: "\n".join([DENIED] * n)),
    "messages in a line": (60, lambda n: " ".join([DENIED] * n)),
    "events": (100, lambda n: json.dumps(each(n, DENIED_EVENT))),
    "no message": (10_000, lambda n: "nothing here\n" * n),
    "beginnings": (5_000, lambda n: "User: arn:aws:" * n),
    "middles": (5_000, lambda n: "is not authorized to perform: " * n),
    "ends": (5_000, lambda n: "with an explicit deny in a " * n),
    "words": (20_000, lambda n: "aB3-" * n),
    "open braces": (20_000, lambda n: "{" * n),
}


def read(text: str) -> None:
    reader = Reader(compiled())
    reader.take(Source("x.json" if text.lstrip()[:1] in "{[" else "x.yaml", text.encode()))
    reader.finish()


def composed(text: str) -> None:
    for part, form in (*(("all", form) for form in FORMATS), ("companions", "json")):
        assert compose("--request", "-", "--part", part, "--format", form, "--allow-placeholders", stdin=text).out


def proportionate(work_of: Callable[[int], Any]) -> None:
    """Reads something that is as long as a factor says, and compares the calls for one and for four."""
    work_of(1)
    start = time.process_time()
    calls, more = (calls_of(partial(work_of, factor)) for factor in (1, 4))
    assert more <= CALLS * calls + 1000, (calls, more)
    assert time.process_time() - start < MOST


@pytest.mark.parametrize("name", INPUTS)
def test_python_reads_in_proportion(name: str) -> None:
    size, make = INPUTS[name]
    texts = {times: make(size * times) for times in (1, 4)}
    proportionate(lambda times: read(texts[times]))


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


def repeated(size: int) -> str:
    """One name in many places of a request."""
    subnets = {"Subnets": ["subnet-0123456789abcdef0"] * size, "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    return json.dumps({"CreateModel": {**MODEL, "VpcConfig": subnets}})


def carried(size: int) -> str:
    """A pipeline whose steps name things of their own, of which the definition shows only the beginning."""
    path = {"Std:Join": {"On": "/", "Values": ["s3://b-#", "x"]}}
    output = {"S3OutputPath": "s3://amzn-s3-demo-bucket/#"}
    definition = steps(size, {"OutputDataConfig": output, "HyperParameters": {"path": path}})
    members = {"PipelineName": "p", "ClientRequestToken": "x" * 32, "RoleArn": ROLE, "PipelineDefinition": definition}
    return json.dumps({"CreatePipeline": members})


@pytest.mark.parametrize(("make", "size"), [(repeated, 300), (carried, 15)])
def test_composing_takes_work_in_proportion(make: Callable[[int], str], size: int) -> None:
    texts = {times: make(size * times) for times in (1, 4)}
    proportionate(lambda times: composed(texts[times]))


def test_empty_gzip_members_are_passed_over_in_proportion() -> None:
    texts = {times: gzip.compress(b"") * 2_000 * times + gzip.compress(b"{}") for times in (1, 4)}
    proportionate(lambda times: unpacked(Source("f", texts[times])))
