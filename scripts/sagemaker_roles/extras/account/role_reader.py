"""Reads the role and the policies of resources that are in force, with the caller's own rights."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ...audits.required_calls import Need
from ...audits.role_audit import Work
from ...inputs.reader import Notice
from ...inputs.roles.existing_roles import ExistingPolicy, ExistingRole
from .client import Asker
from .planned_calls import HELD, Call, Held, region_of


def role(asker: Asker, arn: str) -> ExistingRole | None:
    """The role of an ARN with all its policies; None if it cannot be read, or there is none."""
    name = arn.rpartition("/")[2]
    _, partition, _, _, account, *_ = [*arn.split(":"), *[""] * 5]
    answer = asker.ask(Call("iam:GetRole", arn, arguments={"RoleName": name}))
    if answer is None or not (answer or asker.is_plan):
        return None
    found = answer.get("Role", {})
    policies: list[ExistingPolicy] = []
    unknown: list[str] = []
    for action, of in (("iam:ListRolePolicies", "PolicyNames"), ("iam:ListAttachedRolePolicies", "AttachedPolicies")):
        listed = asker.ask(Call(action, arn, arguments={"RoleName": name}))
        if listed is None:
            unknown.append("the policies of the role cannot be listed")
            continue
        for item in listed.get(of, ()):
            if of == "PolicyNames":
                label, arguments = item, {"RoleName": name, "PolicyName": item}
                inline = asker.ask(Call("iam:GetRolePolicy", arn, "", item, arguments))
                one = ExistingPolicy(item, "inline", _document(inline["PolicyDocument"])) if inline else None
            else:
                # The ARNs of a plan have placeholders.
                label, named = item["PolicyName"], item["PolicyArn"].replace("${Partition}", partition)
                one = _managed(asker, label, named.replace("${Account}", account))
            if one is None:
                unknown.append(f"the policy {label} cannot be read")
            else:
                policies.append(one)
    boundary = None
    if limit := found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"):
        boundary = _managed(asker, limit.rpartition("/")[2], limit, "boundary")
        if boundary is None:
            unknown.append("the permissions boundary cannot be read")
    trust = found.get("AssumeRolePolicyDocument")
    return ExistingRole(
        arn,
        name,
        policies=tuple(policies),
        boundary=boundary,
        trust=ExistingPolicy("trust policy", "trust", _document(trust)) if trust else None,
        unknown=tuple(dict.fromkeys(unknown)),
        hidden=frozenset({"identity"} if unknown else ()),
    )


def _managed(asker: Asker, name: str, arn: str, kind: Any = "attached") -> ExistingPolicy | None:
    answer = asker.ask(Call("iam:GetPolicy", arn, arguments={"PolicyArn": arn}))
    version = (answer or {}).get("Policy", {}).get("DefaultVersionId", "")
    if answer is None:
        return None
    arguments = {"PolicyArn": arn, "VersionId": version}
    answer = asker.ask(Call("iam:GetPolicyVersion", arn, "", version, arguments))
    if not answer:
        return None
    return ExistingPolicy(name, kind, _document(answer["PolicyVersion"]["Document"]))


def _document(value: Any) -> Mapping[str, Any]:
    """A document, which boto3 decodes for IAM's operations and other services give as a text."""
    if isinstance(value, str):
        value = json.loads(unquote(value) if value.startswith("%") else value)
    return dict(value)


# --- policies of resources --------------------------------------------------------------------------------------------


_UNREAD = "it can have a policy of its own, which this command does not read"
_NAMELESS = "its policy is not read, since its name is not known or has wildcards"
_BUCKET = "the policy of the bucket behind the access point decides too, and is not read"


def resources(asker: Asker, work: Work) -> tuple[dict[str, ExistingPolicy], list[Notice]]:
    """The policies in force of the resources of a role's work, by ARN, and what could not be looked at."""
    found: dict[str, ExistingPolicy] = {}
    notices: list[Notice] = []
    answers: dict[str, Any] = {}
    for arn, (held, fields, need) in _owners(work).items():
        if arn in work.owned or any(arn.startswith(f"{name}/") for name in work.owned):
            continue
        calls = [*_calls(asker, arn, held, fields, need)] if held.action else []
        if calls and held.action == "s3:GetAccessPointPolicy":
            notices.append(Notice("note", arn, _BUCKET))
        elif not calls:
            notices.append(Notice("note", arn, _NAMELESS if held.action else _UNREAD))
        for call in calls:
            key = f"{call} {call.arguments}"
            if key not in answers:
                answers[key] = asker.ask(call)
            if text := _policy_in(answers[key] or {}):
                found[arn] = ExistingPolicy(f"policy of {arn}", "file", _document(text))
    return found, notices


def _owners(work: Work) -> dict[str, tuple[Held, Mapping[str, str], Need]]:
    """The resources that can have a policy, each once with its kind and a need of it."""
    owners: dict[str, tuple[Held, Mapping[str, str], Need]] = {}
    for need in work.needs:
        head, partition, rest = [*need.resource.split(":", 2), "", ""][:3]
        for held in HELD:
            if head == "arn" and (match := re.fullmatch(held.arn, rest, re.DOTALL)):
                owners.setdefault(f"arn:{partition}:{match['own']}", (held, match.groupdict(), need))
    return owners


def _calls(asker: Asker, arn: str, held: Held, fields: Mapping[str, str], need: Need) -> Iterator[Call]:
    """The calls that read the policy of a resource; none where its name is not known."""
    region, on = region_of(arn), arn
    if held.action == "kms:GetKeyPolicy" and arn.endswith(":key/*"):
        for key in _aliased(asker, arn, need):
            yield Call(held.action, key, region, arguments={"KeyId": key, "PolicyName": "default"})
        return
    arguments = {name: text.format(**fields, arn=arn) for name, text in held.arguments.items()}
    if held.action == "glue:GetResourcePolicy":
        on = f"{arn.rpartition(':')[0]}:catalog"
    elif "*" in arn or "?" in arn:
        return
    if "${" in on:
        return
    if held.action == "sqs:GetQueueAttributes":
        owner = {"QueueName": fields["name"], "QueueOwnerAWSAccountId": fields["account"]}
        answer = asker.ask(Call("sqs:GetQueueUrl", arn, region, arguments=owner))
        if answer:
            named = {"QueueUrl": answer["QueueUrl"], "AttributeNames": ["Policy"]}
            yield Call(held.action, arn, region, arguments=named)
        return
    yield Call(held.action, on, region, arguments=arguments)


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
    texts = (answer.get(name) for name in ("Policy", "policyText", "ResourcePolicy", "PolicyInJson"))
    return next((one for one in texts if one), None) or answer.get("Attributes", {}).get("Policy")
