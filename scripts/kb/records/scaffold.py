"""Writes the skeleton of a record out of botocore: what the request tells, and comments on what is left to decide."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_roles.errors import UnknownOperation

from ..aws.reference import Reference
from .editor_schemas import modeline
from .locations import path_of

MAX_DEPTH = 8

#: What a member's name says of its value; the first that fits counts.
_LOOKS_LIKE = tuple(
    (what, re.compile(pattern, re.IGNORECASE))  # services begin members with a small letter, too
    for what, pattern in (
        ("kms", r"Kms.*Key|KmsKey|KeyArn$"),
        ("image", r"(Image|ImageUri)$"),
        (
            "s3-write",
            r"(Output|Destination|Artifact|Upload|Failure).*(S3|Uri|Path|Location)|S3Output(Path|Location|Uri)$",
        ),
        ("s3-read", r"S3[A-Za-z]*(Uri|Path|Location)$|ModelDataUrl$|PayloadUrl$"),
        ("topic", r"TopicArn$|SnsTopic|SuccessTopic|ErrorTopic"),
        ("function", r"Lambda.*Arn$|FunctionArn$"),
        ("file-system", r"FileSystemId$"),
        ("model-package", r"ModelPackage(Version)?(Arn|Name)$"),
        ("log", r"LogGroup"),
    )
)


@dataclass(frozen=True, slots=True)
class GuessedMember:
    """A request member: its JMESPath and what it looks like."""

    path: str
    looks_like: str


def members(reference: Reference, shape: str) -> list[GuessedMember]:
    """The members of a request that look as if a role needed something for them, in the order of the shape."""
    return list(_walk(reference, shape, "", ()))


def looks_like(path: str) -> str:
    """What the text at a path of a request looks like, as ``kms``; "" if nothing that a role would need."""
    if path.lower().endswith(("name", "localpath")):  # a path in the container
        return ""
    return next((what for what, pattern in _LOOKS_LIKE if pattern.search(path.replace("[]", ""))), "")


def _walk(reference: Reference, kind: str, path: str, seen: tuple[str, ...]) -> Iterator[GuessedMember]:
    shape = reference.types.get(kind)
    if shape is None or kind in seen or len(seen) > MAX_DEPTH:
        return
    if "member" in shape:
        yield from _walk(reference, shape["member"], path + "[]", (*seen, kind))
        return
    if "value" in shape:
        yield from _walk(reference, shape["value"], path + ".*", (*seen, kind))
        return
    inner = shape.get("members", {})
    if {"subnets", "securitygroupids"} <= {name.lower() for name in inner}:
        yield GuessedMember(path, "vpc")
        return
    for name, member in inner.items():
        below = f"{path}.{name}" if path else name
        if member == "string":
            if what_is := looks_like(below):
                yield GuessedMember(below, what_is)
        else:
            yield from _walk(reference, member, below, (*seen, kind))


def skeleton(reference: Reference, operation: str) -> str:
    """A record for an operation, in canonical order, that has the form the schema asks for.

    Args:
        operation: name of an operation that accepts a role.

    Returns:
        YAML text. What has to be decided stands in comments that begin with ``decide``.

    Raises:
        UnknownOperation: no service has an operation of that name, or it accepts no role.
    """
    service = next((name for name, inputs in reference.inputs.items() if operation in inputs), "")
    roles = [item.path for item in reference.role_parameters if item.operation == operation]
    if not service or not roles:
        fault = "accepts no role" if service else "is not an operation of a known service"
        known = sorted({item.operation for item in reference.role_parameters})
        raise UnknownOperation(f"{operation} {fault}", operation, known)
    shape = reference.inputs[service][operation]
    needed = members(reference, shape)
    inner = reference.types[shape].get("members", {})
    named = next(
        (
            name
            for name in inner
            if name.lower().endswith("name") and name in reference.types[shape].get("required", ())
        ),
        "",
    )
    lines = [
        modeline(f"data/{path_of('operations', operation)}", "operations"),
        f"operation: {operation}",
        f"service: {service}",
        f"summary: What {operation} does with the role, in one sentence.  # decide",
        "documentation: none  # decide: full, partial or none, by what AWS says of the role",
        "roles:",
    ]
    for path in roles:
        lines += _role(service, path, len(roles) == 1, needed)
    lines += _caller(operation, named, "tags" in map(str.lower, inner))
    lines += [
        "pitfalls:",
        "  - What a user of this operation stumbles over.  # decide; take the key out if there is nothing",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text) if re.search(r"[\[\]{}*&!|>%@`:#,]", text) else text


def _from(paths: list[str]) -> str:
    return f"from: [{', '.join(_quoted(path) for path in paths)}]"


def _role(service: str, path: str, alone: bool, members: list[GuessedMember]) -> list[str]:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", path.replace("[]", ""))
    role = "execution" if alone else "-".join(word.lower() for word in words if word not in ("Arn", "ARN", "Arns"))
    lines = [
        f"  - id: {role}  # decide: a short name",
        "    title: Execution role",
        f"    parameters: [{_quoted(path)}]",
        f"    trust: [{service}]  # decide: the principal, and the condition if AWS documents one",
        "    statements:  # decide: what every request needs, and its evidence",
        "      - use: job-logs",
        f"        with: {{LogGroup: /aws/{service}/Jobs}}  # decide: the group, or take the entry out",
    ]
    by_kind: dict[str, list[str]] = {}
    for member in members:
        by_kind.setdefault(member.looks_like, []).append(member.path)
    if images := by_kind.get("image"):
        lines += ["      - use: ecr-login", f"        {_from(images)}"]
        lines += ["      - use: ecr-pull", "        as: Image", f"        {_from(images)}"]
    if reads := by_kind.get("s3-read"):
        lines += [
            "      - use: s3-read-prefix  # decide: one object (s3-read-object) or all below",
            "        as: Input",
        ]
        lines += [f"        {_from(reads)}"]
    if writes := by_kind.get("s3-write"):
        lines += ["      - use: s3-write-below", "        as: Output", f"        {_from(writes)}"]
    addons: list[str] = []
    for index, vpc in enumerate(by_kind.get("vpc", ())):
        addons += _addon(f"vpc{index + 1 if index else ''}", "Amazon VPC", vpc)
        addons += ["          - use: vpc-network-interfaces"]
        addons += ["            as: Vpc" + str(index + 1)] if index else []
        addons += [f"            {_from([vpc + '.{SubnetId: Subnets, SecurityGroupId: SecurityGroupIds}'])}"]
    for key in by_kind.get("kms", ()):
        use, title = ("kms-volume", "Storage volume") if "Volume" in key else ("kms-write-s3", "Output")
        words = re.findall(r"[A-Za-z0-9]+", re.sub("[Kk]msKey(Id)?", "", key))
        prefix = "".join(word[0].upper() + word[1:] for word in words) or "Key"
        addons += _addon(
            "kms-" + "-".join(re.findall(r"[A-Z][a-z0-9]*", prefix)).lower(),
            f"{title} encrypted with a customer managed key ({key})",
            key,
        )
        addons += [
            f"          - use: {use}  # decide: reading, writing or a volume",
            f"            as: {prefix}",
            f"            {_from([key])}",
        ]
    for what, use in (
        ("topic", "sns-publish"),
        ("function", "lambda-function"),
        ("file-system", "efs-describe"),
        ("model-package", "model-package-read"),
    ):
        for member_path in by_kind.get(what, ()):
            addons += [f"      # decide: {member_path} looks like a {what}; see the statement set or kind {use}"]
    if any(not line.lstrip().startswith("#") for line in addons):
        lines += ["    addons:", *addons]
    else:
        lines += addons
    return lines


def _addon(identity: str, title: str, when: str) -> list[str]:
    return [
        f"      - id: {identity}",
        f"        title: {title}",
        f"        when: {_quoted(when)}",
        "        statements:",
    ]


def _caller(operation: str, named: str, tags: bool) -> list[str]:
    words = re.findall(r"[A-Z][a-z0-9]*", re.sub(r"^(Create|Update|Start)", "", operation))
    resource = f"{'-'.join(words).lower()}/{'${' + named + '}' if named else '*'}"
    return [
        "caller:",
        f"  resource: {resource if named else json.dumps(resource)}  # decide: the resource type of the action",
        *([] if named else ["  unscoped: The service chooses the ID.  # decide"]),
        *(["  tags: true"] if tags and named else []),
    ]
