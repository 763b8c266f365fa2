"""Writes AWS CLI commands that merge statements into policies that are there: read, merge by Sid, show the difference.

No command here replaces a policy: the one that would is a comment, to be run once the difference was read.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..engine.companions import BOUNDARY, DELEGATION, Companion
from ..engine.delegation import boundary_of
from ..engine.endpoints import KINDS


class _Commands(NamedTuple):
    """How the policy of a kind of resource is read and written; ``{file}`` is the file that is written."""

    read: str
    write: str


#: A VPC has one endpoint of a service at most that serves its subnets; the shell variable says which VPC.
_ENDPOINT = _Commands(
    'aws ec2 describe-vpc-endpoints --filters "Name=vpc-id,Values=${{VPC_ID:?}}" Name=service-name,Values={service}'
    " --query 'VpcEndpoints[0].PolicyDocument' --output text",
    'aws ec2 modify-vpc-endpoint --vpc-endpoint-id "${{VPC_ENDPOINT_ID:?}}" --policy-document file://{file}',
)

#: By kind of data/companions. Commands of the AWS CLI Command Reference.
_COMMANDS: Mapping[str, _Commands] = {
    "access-point-policy": _Commands(
        "aws s3control get-access-point-policy --account-id {account} --name {name} --query Policy --output text",
        "aws s3control put-access-point-policy --account-id {account} --name {name} --policy file://{file}",
    ),
    "bucket-policy": _Commands(
        "aws s3api get-bucket-policy --bucket {name} --query Policy --output text",
        "aws s3api put-bucket-policy --bucket {name} --policy file://{file}",
    ),
    "function-policy": _Commands(
        "aws lambda get-policy --function-name {arn} --query Policy --output text",
        "aws lambda add-permission --function-name {arn} ..., once for each new statement of {file}",
    ),
    "gateway-endpoint-policy": _ENDPOINT,
    "interface-endpoint-policy": _ENDPOINT,
    "key-policy": _Commands(
        "aws kms get-key-policy --key-id {key} --policy-name default --query Policy --output text",
        "aws kms put-key-policy --key-id {key} --policy-name default --policy file://{file}",
    ),
    "queue-policy": _Commands(
        "aws sqs get-queue-attributes --queue-url {url} --attribute-names Policy --query Attributes.Policy"
        " --output text",
        "aws sqs set-queue-attributes --queue-url {url} --attributes \"$(jq '{{Policy: tojson}}' {file})\"",
    ),
    "repository-policy": _Commands(
        "aws ecr get-repository-policy --registry-id {account} --repository-name {name} --query policyText"
        " --output text",
        "aws ecr set-repository-policy --registry-id {account} --repository-name {name} --policy-text file://{file}",
    ),
    "secret-policy": _Commands(
        "aws secretsmanager get-resource-policy --secret-id {arn} --query ResourcePolicy --output text",
        "aws secretsmanager put-resource-policy --secret-id {arn} --resource-policy file://{file}",
    ),
    "topic-policy": _Commands(
        "aws sns get-topic-attributes --topic-arn {arn} --query Attributes.Policy --output text",
        "aws sns set-topic-attributes --topic-arn {arn} --attribute-name Policy --attribute-value file://{file}",
    ),
}

#: Keeps every statement but those whose Sid is among the new ones, which come last.
_MERGE = (
    ".Statement = [[.Statement] | flatten | .[] | select(.Sid as $sid | $new[0].Statement | any(.Sid == $sid) | not)]"
    " + $new[0].Statement"
)


def text(companions: Iterable[Companion]) -> str:
    """The commands, for a POSIX shell with jq; what needs no policy is a comment."""
    lines: list[str] = []
    number = 0
    for one in companions:
        lines += [_comment(f"{one.kind} of {one.resource} (needed: {one.needed})"), _comment(one.why)]
        lines += [_comment(note) for note in one.notes]
        if one.document.statements and one.kind == BOUNDARY:
            lines += _boundary(one)
        elif one.document.statements and one.kind == DELEGATION:
            document = shlex.quote(json.dumps(one.document.to_json()))
            lines.append(f"aws iam create-policy --policy-name sagemaker-role-creators --policy-document {document}")
        elif one.document.statements:
            number += 1
            lines += _merge(one, f"{one.kind}-{number}")
        lines.append("")
    return "\n".join(lines)


def _merge(one: Companion, stem: str) -> Iterator[str]:
    new, now, merged = (f"{stem}.{state}.json" for state in ("new", "now", "merged"))
    values = _values(one)
    read, write = (command.format(**values, file=merged) for command in _COMMANDS[one.kind])
    yield f"cat > {new} <<'END'"
    yield json.dumps(one.document.to_json(), indent=2)
    yield "END"
    yield f"{read} > {now}"
    yield _comment(f'If there is no policy yet: echo \'{{"Version": "2012-10-17", "Statement": []}}\' > {now}')
    yield f"jq --slurpfile new {new} {shlex.quote(_MERGE)} {now} > {merged}"
    yield f"jq . {now} | diff -u - {merged} || true"
    yield _comment("When the difference is what you want:")
    yield _comment(write)


def _values(one: Companion) -> dict[str, str]:
    if one.kind in KINDS.values():
        return {"service": shlex.quote(one.resource)}
    name = one.resource.split(":", 5)[5]
    if one.kind != "bucket-policy":
        name = name.partition("/")[2]
    arn = shlex.quote(one.resource)
    key = arn
    if ":alias/" in one.resource:
        # The policy of a key is not read by its alias.
        key = f'"$(aws kms describe-key --key-id {arn} --query KeyMetadata.Arn --output text)"'
    # The name of a queue, in a URL that the AWS CLI accepts for any account.
    _, _, _, region, _, last = one.resource.split(":", 5)
    url = shlex.quote(f"https://sqs.{region}.amazonaws.com/{one.account}/{last}")
    return {"url": url, "arn": arn, "key": key, "name": shlex.quote(name), "account": shlex.quote(one.account)}


def _boundary(one: Companion) -> Iterator[str]:
    _, partition, _, _, account, resource = one.resource.split(":", 5)
    role = resource.rpartition("/")[2]
    name = boundary_of(one.resource).rpartition("/")[2]
    document: Any = json.dumps(one.document.to_json())
    yield f"aws iam create-policy --policy-name {shlex.quote(name)} --policy-document {shlex.quote(document)}"
    yield _comment("A role has one boundary. See whether it has one that this would replace:")
    yield f"aws iam get-role --role-name {shlex.quote(role)} --query Role.PermissionsBoundary"
    yield _comment("Then:")
    arn = f"arn:{partition}:iam::{account}:policy/{name}"
    to = f"--role-name {shlex.quote(role)} --permissions-boundary {shlex.quote(arn)}"
    yield _comment(f"aws iam put-role-permissions-boundary {to}")


def _comment(line: str) -> str:
    return f"# {' '.join(line.split())}"
