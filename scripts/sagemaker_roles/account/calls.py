"""The calls of `verify`: what each asks, what it takes to make it, and what a plan supposes that it answers.

Sources: the access levels and resource types of the Service Authorization Reference, which tests compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ..iam.parts import parse

_NOTHING: Mapping[str, Any] = MappingProxyType({})

#: A policy that a plan supposes: what it says does not matter.
_SOME = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


class Kind(NamedTuple):
    """A call that `verify` can make.

    Attributes:
        service: name of the service in boto3; method: name of the method of its client.
        why: what the call is for, a verb and its object.
        planned: what a plan supposes that it answers, so that the calls that follow from it are in the plan.
    """

    service: str
    method: str
    why: str
    planned: Mapping[str, Any] = _NOTHING


#: IAM action to the call. GetCallerIdentity requires no permission (AWS STS API Reference), the others their own.
CALLS: Mapping[str, Kind] = {
    "sts:GetCallerIdentity": Kind("sts", "get_caller_identity", "names the account"),
    "iam:GetRole": Kind("iam", "get_role", "reads the trust policy and the boundary"),
    "iam:ListAttachedRolePolicies": Kind(
        "iam",
        "list_attached_role_policies",
        "lists the managed policies",
        {
            "AttachedPolicies": [
                {"PolicyName": "*", "PolicyArn": f"arn:${{Partition}}:iam::{owner}:policy/*"}
                for owner in ("${Account}", "aws")
            ]
        },
    ),
    "iam:ListRolePolicies": Kind("iam", "list_role_policies", "lists the inline policies", {"PolicyNames": ["*"]}),
    "iam:GetRolePolicy": Kind("iam", "get_role_policy", "reads an inline policy", {"PolicyDocument": _SOME}),
    "iam:GetPolicy": Kind("iam", "get_policy", "finds the version of a managed policy that is in force"),
    "iam:GetPolicyVersion": Kind(
        "iam", "get_policy_version", "reads a managed policy", {"PolicyVersion": {"Document": _SOME}}
    ),
    "iam:SimulatePrincipalPolicy": Kind("iam", "simulate_principal_policy", "asks about the policies of the role"),
    "iam:SimulateCustomPolicy": Kind("iam", "simulate_custom_policy", "asks about the composed policy"),
    "access-analyzer:ValidatePolicy": Kind("accessanalyzer", "validate_policy", "checks each document"),
    "access-analyzer:CheckNoNewAccess": Kind(
        "accessanalyzer", "check_no_new_access", "compares the role with the composed policy"
    ),
    "access-analyzer:CheckAccessNotGranted": Kind(
        "accessanalyzer", "check_access_not_granted", "asks about out-of-scope calls"
    ),
    "kms:DescribeKey": Kind(
        "kms", "describe_key", "finds the key of an alias", {"KeyMetadata": {"Arn": "arn:${Partition}:kms:::key/*"}}
    ),
    **{
        action: Kind(service, method, f"reads the policy of {what}", {"QueueUrl": "*"} if "Url" in action else _NOTHING)
        for action, service, method, what in (
            ("kms:GetKeyPolicy", "kms", "get_key_policy", "a key"),
            ("s3:GetBucketPolicy", "s3", "get_bucket_policy", "a bucket"),
            ("s3:GetAccessPointPolicy", "s3control", "get_access_point_policy", "an access point"),
            ("s3express:GetBucketPolicy", "s3", "get_bucket_policy", "a directory bucket"),
            ("ecr:GetRepositoryPolicy", "ecr", "get_repository_policy", "a repository"),
            ("secretsmanager:GetResourcePolicy", "secretsmanager", "get_resource_policy", "a secret"),
            ("sns:GetTopicAttributes", "sns", "get_topic_attributes", "a topic"),
            ("sqs:GetQueueUrl", "sqs", "get_queue_url", "a queue, of which it finds the URL"),
            ("sqs:GetQueueAttributes", "sqs", "get_queue_attributes", "a queue"),
            ("lambda:GetPolicy", "lambda", "get_policy", "a function"),
            ("dynamodb:GetResourcePolicy", "dynamodb", "get_resource_policy", "a table"),
            ("kinesis:GetResourcePolicy", "kinesis", "get_resource_policy", "a stream"),
            ("events:DescribeEventBus", "events", "describe_event_bus", "an event bus"),
            ("elasticfilesystem:DescribeFileSystemPolicy", "efs", "describe_file_system_policy", "a file system"),
            ("glue:GetResourcePolicy", "glue", "get_resource_policy", "the Data Catalog"),
        )
    },
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
