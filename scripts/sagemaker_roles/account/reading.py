"""Reads the role and the policies of resources that are in force, with the caller's own rights."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ..auditing.needs import Need
from ..auditing.role import Work
from ..iam.parts import parse
from ..inputs.held import HeldPolicy, HeldRole
from ..inputs.interfaces import Notice
from .asking import Asker
from .calls import Call, region_of


def role(asker: Asker, arn: str) -> HeldRole | None:
    """The role of an ARN with all its policies; None if it cannot be read."""
    name = arn.rpartition("/")[2]
    answer = asker.ask(Call("iam:GetRole", arn, arguments={"RoleName": name}))
    if answer is None:
        return None
    found = answer.get("Role", {})
    policies: list[HeldPolicy] = []
    unknown: list[str] = []
    for action, of in (("iam:ListRolePolicies", "PolicyNames"), ("iam:ListAttachedRolePolicies", "AttachedPolicies")):
        listed = asker.ask(Call(action, arn, arguments={"RoleName": name}))
        if listed is None:
            unknown.append("the policies of the role cannot be listed")
            continue
        for item in listed.get(of, ()):
            if asker.is_plan and of == "AttachedPolicies":
                item = {**item, "PolicyArn": _filled(item["PolicyArn"], arn)}
            one = _inline(asker, arn, item) if of == "PolicyNames" else _managed(asker, item)
            if one is None:
                label = item if of == "PolicyNames" else item["PolicyName"]
                unknown.append(f"the policy {label} cannot be read")
            else:
                policies.append(one)
    boundary = None
    if limit := found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"):
        boundary = _managed(asker, {"PolicyName": limit.rpartition("/")[2], "PolicyArn": limit}, "boundary")
        if boundary is None:
            unknown.append("the permissions boundary cannot be read")
    trust = found.get("AssumeRolePolicyDocument")
    return HeldRole(
        arn,
        name,
        policies=tuple(policies),
        boundary=boundary,
        trust=HeldPolicy("trust policy", "trust", _document(trust)) if trust else None,
        unknown=tuple(dict.fromkeys(unknown)),
        hidden=frozenset({"identity"} if unknown else ()),
    )


def _filled(planned: str, arn: str) -> str:
    """An ARN of a plan, with partition and account of the role."""
    mine = parsed.account if (parsed := parse(arn)) else ""
    return planned.replace("${Partition}", arn.split(":")[1]).replace("${Account}", mine)


def _inline(asker: Asker, arn: str, name: str) -> HeldPolicy | None:
    arguments = {"RoleName": arn.rpartition("/")[2], "PolicyName": name}
    answer = asker.ask(Call("iam:GetRolePolicy", arn, "", name, arguments))
    if not answer:
        return None
    return HeldPolicy(name, "inline", _document(answer["PolicyDocument"]))


def _managed(asker: Asker, item: Mapping[str, str], kind: Any = "attached") -> HeldPolicy | None:
    arn = item["PolicyArn"]
    answer = asker.ask(Call("iam:GetPolicy", arn, arguments={"PolicyArn": arn}))
    version = (answer or {}).get("Policy", {}).get("DefaultVersionId", "")
    if answer is None:
        return None
    arguments = {"PolicyArn": arn, "VersionId": version}
    answer = asker.ask(Call("iam:GetPolicyVersion", arn, "", version, arguments))
    if not answer:
        return None
    return HeldPolicy(item["PolicyName"], kind, _document(answer["PolicyVersion"]["Document"]))


def _document(value: Any) -> Mapping[str, Any]:
    """A document, which boto3 decodes for IAM's operations and other services give as a text."""
    if isinstance(value, str):
        value = json.loads(unquote(value) if value.startswith("%") else value)
    return dict(value)


# --- policies of resources --------------------------------------------------------------------------------------------


def resources(asker: Asker, work: Work) -> tuple[dict[str, HeldPolicy], list[Notice]]:
    """The policies in force of the resources of a role's work, by ARN, and what could not be looked at."""
    found: dict[str, HeldPolicy] = {}
    notices: list[Notice] = []
    for arn, need in _owners(work).items():
        if arn in work.owned or any(arn.startswith(f"{name}/") for name in work.owned):
            continue
        for name, call in _calls(asker, arn, need):
            if call is None:
                notices.append(
                    Notice("note", arn, "its policy is not read, since its name is not known or has wildcards")
                )
                continue
            answer = asker.ask(call)
            text = _policy_in(answer or {})
            if text:
                found[name] = HeldPolicy(f"policy of {name}", "file", _document(text))
    return found, notices


def _owners(work: Work) -> dict[str, Need]:
    """The resources that can have a policy, each once with a need of it: of objects, their bucket."""
    owners: dict[str, Need] = {}
    for need in work.needs:
        parts = parse(need.resource)
        if parts is None:
            continue
        arn = need.resource
        if parts.service == "s3" and not parts.region:
            arn = f"arn:{parts.partition}:s3:::{parts.resource.partition('/')[0]}"
        if parts.service in ("s3", "ecr", "secretsmanager", "sns", "lambda") or _is_key(parts.service, parts.resource):
            owners.setdefault(arn, need)
    return owners


def _is_key(service: str, resource: str) -> bool:
    return service == "kms" and resource.startswith("key/")


def _calls(asker: Asker, arn: str, need: Need) -> Iterator[tuple[str, Call | None]]:
    """The calls that read the policy of a resource, and the ARN that the policy is for; None where it has no name."""
    parts = parse(arn)
    if parts is None:
        return
    region, name = region_of(arn), parts.resource.rpartition("/")[2]
    if parts.service == "kms" and name == "*":
        for key in _aliased(asker, arn, need):
            arguments = {"KeyId": key, "PolicyName": "default"}
            yield arn, Call("kms:GetKeyPolicy", key, region, arguments=arguments)
        return
    if "${" in arn or "*" in parts.resource or "?" in parts.resource or (parts.service == "s3" and parts.region):
        yield arn, None
        return
    calls = {
        "kms": ("kms:GetKeyPolicy", {"KeyId": arn, "PolicyName": "default"}),
        "s3": ("s3:GetBucketPolicy", {"Bucket": name}),
        "ecr": (
            "ecr:GetRepositoryPolicy",
            {"registryId": parts.account, "repositoryName": parts.resource.partition("/")[2]},
        ),
        "secretsmanager": ("secretsmanager:GetResourcePolicy", {"SecretId": arn}),
        "sns": ("sns:GetTopicAttributes", {"TopicArn": arn}),
        "lambda": ("lambda:GetPolicy", {"FunctionName": arn}),
    }
    action, arguments = calls[parts.service]
    yield arn, Call(action, arn, region, arguments=arguments)


def _aliased(asker: Asker, arn: str, need: Need) -> Iterator[str]:
    """The keys of the aliases that a need names (``kms:ResourceAliases``)."""
    head = arn.removesuffix("key/*")
    for test in need.tests:
        for value in test.values if test.key == "kms:resourcealiases" else ():
            answer = asker.ask(Call("kms:DescribeKey", arn, region_of(arn), value, {"KeyId": f"{head}{value}"}))
            if answer:
                yield answer["KeyMetadata"]["Arn"] if not asker.is_plan else arn


def _policy_in(answer: Mapping[str, Any]) -> Any:
    """The policy in the answer of any of the calls; None if there is none."""
    texts = (answer.get(name) for name in ("Policy", "policyText", "ResourcePolicy"))
    return next((one for one in texts if one), None) or answer.get("Attributes", {}).get("Policy")
