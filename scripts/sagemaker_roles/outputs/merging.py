"""Writes AWS CLI commands that merge statements into policies that are there: read, merge by Sid, show the difference.

No command here replaces a policy: the one that would is a comment, to be run once the difference was read.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..catalog import Catalog
from ..engine.companions import BOUNDARY, DELEGATION
from ..engine.delegation import boundary_of
from ..engine.documents import Companion
from ..engine.endpoints import KINDS
from ..iam.parts import parse, parts_of
from ..iam.size import LIMITS, Limit


class _Commands(NamedTuple):
    """How the policy of a kind of resource is read and written; ``{file}`` is the file that is written.

    Each gets the Region of the resource, so that the commands work wherever they run.
    """

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
    "directory-bucket-policy": _Commands(
        "aws s3api get-bucket-policy --bucket {name} --query Policy --output text",
        "aws s3api put-bucket-policy --bucket {name} --policy file://{file}",
    ),
    "function-policy": _Commands("aws lambda get-policy --function-name {arn} --query Policy --output text", ""),
    "gateway-endpoint-policy": _ENDPOINT,
    "interface-endpoint-policy": _ENDPOINT,
    "key-policy": _Commands(
        "aws kms get-key-policy --key-id {key} --policy-name default --query Policy --output text",
        "aws kms put-key-policy --key-id {key} --policy-name default --policy file://{file}",
    ),
    "queue-policy": _Commands(
        "aws sqs get-queue-attributes --queue-url {queue} --attribute-names Policy --query Attributes.Policy"
        " --output text",
        "aws sqs set-queue-attributes --queue-url {queue} --attributes \"$(jq '{{Policy: tojson}}' {file})\"",
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


def text(catalog: Catalog, companions: Iterable[Companion]) -> str:
    """The commands, for a POSIX shell with jq; what needs no policy is a comment."""
    lines: list[str] = []
    limits = {kind.id: LIMITS[kind.limit] for kind in catalog.companions if kind.limit}
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
            lines += _merge(one, f"{one.kind}-{number}", limits[one.kind])
        lines.append("")
    return "\n".join(lines)


def _merge(one: Companion, stem: str, limit: Limit) -> Iterator[str]:
    new, now, before, merged = (f"{stem}.{state}.json" for state in ("new", "now", "before", "merged"))
    values, region = _values(one), _region(one)
    read, write = (_in_region(command.format(**values, file=merged), region) for command in _COMMANDS[one.kind])
    if one.account:
        yield _comment(f"Run this in the account {one.account}.")
    yield f"cat > {new} <<'END'"
    yield json.dumps(one.document.to_json(), indent=2)
    yield "END"
    yield f"{read} > {now}"
    yield _comment(f'If there is no policy yet: echo \'{{"Version": "2012-10-17", "Statement": []}}\' > {now}')
    # As it is stored, since white space counts for most kinds.
    yield f"jq -c --slurpfile new {new} {shlex.quote(_MERGE)} {now} > {merged}"
    yield f"jq . {now} > {before}; jq . {merged} | diff -u {before} - || true"
    count = f"wc -{'c' if limit.counts_bytes else 'm'} < {merged}"
    yield f'[ "$({count})" -le {limit.most} ] || echo "{merged} is longer than the {limit.most:,} that AWS accepts" >&2'
    if limit.statements:
        yield (
            f"[ \"$(jq '.Statement | length' {merged})\" -le {limit.statements} ] ||"
            f' echo "{merged} has more than {limit.statements} statements" >&2'
        )
    yield _comment("When the difference is what you want:")
    for command in _granted(one, region) if one.kind == "function-policy" else (write,):
        yield _comment(command)


def _granted(one: Companion, region: str) -> Iterator[str]:
    """AWS Lambda adds one action of one principal at a time, to a function, a version, or an alias."""
    for statement in one.document.statements:
        for action in statement.actions:
            sid = statement.sid + (action.partition(":")[2] if len(statement.actions) > 1 else "")
            for principal in (name for names in statement.principal.values() for name in names):
                options = f"--statement-id {sid} --action {action} --principal {shlex.quote(principal)}"
                yield _in_region(
                    f"aws lambda add-permission --function-name {shlex.quote(one.resource)} {options}", region
                )


def _region(one: Companion) -> str:
    """The Region of a resource or endpoint service; "" for a bucket, whose name does not show it."""
    if arn := parse(one.resource):
        return arn.region
    match = re.search(r"\.([a-z]{2,4}-[a-z-]+-[0-9]+|\$\{Region\})\.", one.resource)
    return match[1] if match else ""


def _in_region(command: str, region: str) -> str:
    """A command with the Region behind the operation of each call."""
    return (
        re.sub(r"\baws [a-z0-9]+ [a-z-]+", lambda call: f"{call[0]} --region {shlex.quote(region)}", command)
        if region
        else command
    )


def _values(one: Companion) -> dict[str, str]:
    if one.kind in KINDS.values():
        return {"service": shlex.quote(one.resource)}
    arn = parts_of(one.resource)
    name = arn.resource
    if one.kind != "bucket-policy":
        name = name.partition("/")[2]
    key = text = shlex.quote(one.resource)
    if ":alias/" in one.resource:
        # The policy of a key is not read by its alias.
        key = f'"$(aws kms describe-key --key-id {text} --query KeyMetadata.Arn --output text)"'
    # The URL of a queue differs by partition, so Amazon SQS says it.
    last, account = shlex.quote(arn.resource), shlex.quote(one.account)
    owner = f"--queue-name {last} --queue-owner-aws-account-id {account}"
    queue = f'"$(aws sqs get-queue-url {owner} --query QueueUrl --output text)"'
    return {"queue": queue, "arn": text, "key": key, "name": shlex.quote(name), "account": account}


def _boundary(one: Companion) -> Iterator[str]:
    partition, _, _, account, resource = parts_of(one.resource)
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
