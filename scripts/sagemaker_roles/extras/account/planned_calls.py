"""The calls of `verify`: what each asks, what it takes to make it, and what a plan supposes that it answers.

Sources: the access levels and resource types of the Service Authorization Reference, which tests compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ...iam.arn_parts import parse

_NOTHING: Mapping[str, Any] = MappingProxyType({})

#: A policy that a plan supposes: what it says does not matter.
_SOME = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


class Held(NamedTuple):
    """A kind of resource that can have a policy.

    Attributes:
        arn: pattern of its ARN after the partition: of what is in it too. The group ``own`` is the resource itself.
        action: the call that reads the policy, "" where this project does not read it; what: what it is, for people.
        arguments: those of the call; fields are groups of the pattern, and ``arn`` is the resource's own.
    """

    arn: str
    action: str = ""
    what: str = ""
    arguments: Mapping[str, str] = _NOTHING


#: Of Amazon S3 the policy of a bucket is for its objects, of AWS Glue one policy is for the whole catalog.
HELD: tuple[Held, ...] = tuple(
    one._replace(arn=one.arn.replace("@", ":(?P<region>[^:]*):(?P<account>[^:]*):"))
    for one in (
        Held("(?P<own>kms@key/.+)", "kms:GetKeyPolicy", "a key", {"KeyId": "{arn}", "PolicyName": "default"}),
        Held("(?P<own>s3:::(?P<name>[^/]+))(/.*)?", "s3:GetBucketPolicy", "a bucket", {"Bucket": "{name}"}),
        Held(
            "(?P<own>s3@accesspoint/(?P<name>[^/]+))(/.*)?",
            "s3:GetAccessPointPolicy",
            "an access point",
            {"AccountId": "{account}", "Name": "{name}"},
        ),
        Held(
            "(?P<own>s3express@bucket/(?P<name>[^/]+))(/.*)?",
            "s3express:GetBucketPolicy",
            "a directory bucket",
            {"Bucket": "{name}"},
        ),
        Held(
            "(?P<own>ecr@repository/(?P<name>.+))",
            "ecr:GetRepositoryPolicy",
            "a repository",
            {"registryId": "{account}", "repositoryName": "{name}"},
        ),
        Held(
            "(?P<own>secretsmanager@secret:.+)", "secretsmanager:GetResourcePolicy", "a secret", {"SecretId": "{arn}"}
        ),
        Held("(?P<own>sns@[^:/]+)", "sns:GetTopicAttributes", "a topic", {"TopicArn": "{arn}"}),
        Held("(?P<own>sqs@(?P<name>[^:/]+))", "sqs:GetQueueAttributes", "a queue"),
        Held("(?P<own>lambda@function:[^:]+)(:.*)?", "lambda:GetPolicy", "a function", {"FunctionName": "{arn}"}),
        Held("(?P<own>dynamodb@table/[^/]+)(/.*)?", "dynamodb:GetResourcePolicy", "a table", {"ResourceArn": "{arn}"}),
        Held("(?P<own>kinesis@stream/[^/]+)(/.*)?", "kinesis:GetResourcePolicy", "a stream", {"ResourceARN": "{arn}"}),
        Held("(?P<own>events@event-bus/.+)", "events:DescribeEventBus", "an event bus", {"Name": "{arn}"}),
        Held(
            "(?P<own>elasticfilesystem@file-system/(?P<name>[^/]+))",
            "elasticfilesystem:DescribeFileSystemPolicy",
            "a file system",
            {"FileSystemId": "{name}"},
        ),
        Held("(?P<own>glue@(catalog|database/.+|table/.+))", "glue:GetResourcePolicy", "the Data Catalog"),
        Held("(?P<own>ssm@parameter/.+)"),
        Held("(?P<own>sagemaker@model-package(-group)?/[^/]+)(/.*)?"),
        Held("(?P<own>bedrock@(custom-model|guardrail|knowledge-base)/.+)"),
        Held("(?P<own>codeartifact@(domain|repository|package)/.+)"),
    )
)


class Kind(NamedTuple):
    """A call that `verify` can make.

    Attributes:
        why: what the call is for, a verb and its object.
        planned: what a plan supposes that it answers, so that the calls that follow from it are in the plan.
    """

    why: str
    planned: Mapping[str, Any] = _NOTHING


#: IAM action to the call. GetCallerIdentity requires no permission (AWS STS API Reference), the others their own.
CALLS: Mapping[str, Kind] = {
    "sts:GetCallerIdentity": Kind("names the account"),
    "iam:GetRole": Kind("reads the trust policy and the boundary"),
    "iam:ListAttachedRolePolicies": Kind(
        "lists the managed policies",
        {
            "AttachedPolicies": [
                {"PolicyName": "*", "PolicyArn": f"arn:${{Partition}}:iam::{owner}:policy/*"}
                for owner in ("${Account}", "aws")
            ]
        },
    ),
    "iam:ListRolePolicies": Kind("lists the inline policies", {"PolicyNames": ["*"]}),
    "iam:GetRolePolicy": Kind("reads an inline policy", {"PolicyDocument": _SOME}),
    "iam:GetPolicy": Kind("finds the version of a managed policy that is in force"),
    "iam:GetPolicyVersion": Kind("reads a managed policy", {"PolicyVersion": {"Document": _SOME}}),
    "iam:SimulatePrincipalPolicy": Kind("asks about the policies of the role"),
    "iam:SimulateCustomPolicy": Kind("asks about the composed policy"),
    "access-analyzer:ValidatePolicy": Kind("checks each document"),
    "access-analyzer:CheckNoNewAccess": Kind("compares the role with the composed policy"),
    "access-analyzer:CheckAccessNotGranted": Kind("asks about out-of-scope calls"),
    "kms:DescribeKey": Kind("finds the key of an alias", {"KeyMetadata": {"Arn": "arn:${Partition}:kms:::key/*"}}),
    "sqs:GetQueueUrl": Kind("reads the policy of a queue, of which it finds the URL", {"QueueUrl": "*"}),
    **{one.action: Kind(f"reads the policy of {one.what}") for one in HELD if one.action},
}

#: Where boto3 names a service otherwise than its actions do.
_CLIENTS = {
    "access-analyzer": "accessanalyzer",
    "elasticfilesystem": "efs",
    "s3express": "s3",
    "s3:GetAccessPointPolicy": "s3control",
}

#: Needs no permission (AWS STS API Reference, GetCallerIdentity).
FREE = "sts:GetCallerIdentity"


class Call(NamedTuple):
    """A call that is made, or planned.

    Attributes:
        action: a key of :data:`CALLS`; resource: the ARN that the permission is for, or ``*``.
        region: the Region that is asked, "" for the one of the environment.
        about: what of the role's work it is about, for people.
        arguments: the arguments of the method.
    """

    action: str
    resource: str = "*"
    region: str = ""
    about: str = ""
    arguments: Mapping[str, Any] = _NOTHING

    @property
    def client(self) -> tuple[str, str]:
        """The service and the method of its client, as boto3 names them."""
        service, _, name = self.action.partition(":")
        method = re.sub("(?<=.)(?=[A-Z])", "_", name).lower()
        return _CLIENTS.get(self.action, _CLIENTS.get(service, service)), method

    def __str__(self) -> str:
        where = "" if self.resource == "*" else f" on {self.resource}"
        about = f" ({self.about})" if self.about else ""
        return f"{self.action}{where}: {CALLS[self.action].why}{about}"


def policy_of(calls: Iterable[Call]) -> dict[str, Any]:
    """The policy that some calls need, a statement for the actions of a service on the same resources."""
    resources: dict[str, set[str]] = {}
    for call in calls:
        if call.action != FREE:
            resources.setdefault(call.action, set()).add(call.resource)
    grouped: dict[tuple[str, ...], list[str]] = {}
    for action, names in sorted(resources.items()):
        grouped.setdefault((action.partition(":")[0], *sorted(names)), []).append(action)
    statements = [
        {"Sid": f"{service.title().replace('-', '')}{number}", "Effect": "Allow", "Action": actions, "Resource": names}
        for number, ((service, *names), actions) in enumerate(sorted(grouped.items()), 1)
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def region_of(arn: str) -> str:
    """The Region in an ARN, or ""."""
    found = parse(arn)
    return found.region if found and "$" not in found.region else ""
