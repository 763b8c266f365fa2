"""Write AWS CLI commands: those that create roles, their policies and the callers' policies; and for companions."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

from ..catalog import Catalog, CompanionKind
from ..engine.companions import BOUNDARY, DELEGATION, boundary_of
from ..engine.documents import Companion
from ..engine.vpc_endpoints import KINDS
from ..iam.arn_parts import parse, parts_of
from ..iam.size import LIMITS
from .forms import Role, meaning_of, own_names, pieces, placeholders_in

#: How a shell finds out what every ARN has.
_FOUND = {
    "Partition": "$(aws sts get-caller-identity --query Arn --output text | cut -d: -f2)",
    "Region": "${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}",
    "Account": "$(aws sts get-caller-identity --query Account --output text)",
}


def text(*roles: Role) -> str:
    """The commands for a POSIX shell, to be pasted as they are.

    They begin with the values of the placeholders as variables. The shell finds out those of account and Region, and
    the reader fills in the others. Without a value of one, AWS gets an empty document, and refuses it.
    """
    lines = [line for role in roles for line in _lines(role)]
    names = placeholders_in(roles)
    found = [f"{name}={value}" for name, value in _FOUND.items() if name in names]
    own = own_names(names)
    asked = [f"{name}=  {_comment(meaning_of(roles, name))}" for name in own]
    head = [*found, *([_comment("Fill in:"), *asked] if asked else [])]
    return "".join(f"{line}\n" for line in [*head, *([""] if head else []), *lines])


def _lines(role: Role) -> Iterator[str]:
    name = shlex.quote(role.name)
    if role.trust and role.trust["Statement"]:  # a call that passes no role has none
        path = f" --path {shlex.quote(role.path)}" if role.path != "/" else ""
        yield f"aws iam create-role{path} --role-name {name} --assume-role-policy-document {_document(role.trust)}"
    policies, caller = ([one for one in some or () if one["Statement"]] for some in (role.policies, role.caller))
    if len(policies) == 1:
        policy = _document(policies[0])
        yield f"aws iam put-role-policy --role-name {name} --policy-name permissions --policy-document {policy}"
    for number, one in enumerate(policies if len(policies) > 1 else (), 1):
        yield f"arn=$({_created(f'{role.name}-{number}', one)} --query Policy.Arn --output text)"
        yield f'aws iam attach-role-policy --role-name {name} --policy-arn "$arn"'
    for number, one in enumerate(caller, 1):
        suffix = f"-{number}" if len(caller) > 1 else ""
        yield _created(f"{role.name}-caller{suffix}", one)


def _created(name: str, policy: Any) -> str:
    return f"aws iam create-policy --policy-name {shlex.quote(name)} --policy-document {_document(policy)}"


def _document(document: Any) -> str:
    """A document as an argument: its lines as they are read, in which the shell only replaces variables."""
    taken = {"name": "${%s:?}", "variable": r"\${%s}", "text": "%s"}
    lines = "".join(
        taken[kind] % (re.sub(r"[\\$`]", r"\\\g<0>", piece) if kind == "text" else piece)
        for kind, piece in pieces(json.dumps(document, indent=2))
    )
    return f'"$(cat <<END\n{lines}\nEND\n)"'


# --- companions --------------------------------------------------------------------------------------------------

#: Keeps every statement but those whose Sid is among the new ones, which come last.
_MERGE = (
    ".Statement = [[.Statement] | flatten | .[] | select(.Sid as $sid | $new[0].Statement | any(.Sid == $sid) | not)]"
    " + $new[0].Statement"
)


def companions(catalog: Catalog, some: Iterable[Companion], *_: object) -> str:
    """Commands that merge statements into policies that are there, for a POSIX shell with jq.

    They read, merge by Sid, and show the difference. No command here replaces a policy: the one that would is a
    comment, to be run once the difference was read. What needs no policy is a comment, too.
    """
    lines: list[str] = []
    kinds = {kind.id: kind for kind in catalog.companions}
    number = 0
    for one in some:
        lines += [_comment(f"{one.kind} of {one.resource} (needed: {one.needed})"), _comment(one.why)]
        lines += [_comment(note) for note in one.notes]
        if one.document.statements and one.kind == BOUNDARY:
            lines += _boundary(one)
        elif one.document.statements and one.kind == DELEGATION:
            document = shlex.quote(json.dumps(one.document.to_json()))
            lines.append(f"aws iam create-policy --policy-name sagemaker-role-creators --policy-document {document}")
        elif one.document.statements:
            number += 1
            lines += _merge(one, f"{one.kind}-{number}", kinds[one.kind])
        lines.append("")
    return "\n".join(lines)


def _merge(one: Companion, stem: str, kind: CompanionKind) -> Iterator[str]:
    new, now, before, merged = (f"{stem}.{state}.json" for state in ("new", "now", "before", "merged"))
    values, region, limit = {**_values(one), "file": merged}, _region(one), LIMITS[kind.limit]
    read, write = (
        _in_region(re.sub(r"<([a-z]+)>", lambda name: values[name[1]], kind.commands.get(what, "")), region)
        for what in ("read", "write")
    )
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
    for command in (write,) if write else _granted(one, region):
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
    name = arn.resource.partition("/")[2] or arn.resource
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
