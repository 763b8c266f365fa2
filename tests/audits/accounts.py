"""Accounts as get-account-authorization-details shows them, and what the answer about them is read to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from composing import compiled
from sagemaker_roles.audits.role_access import AccountAccess, RoleAccess, RoleAccessReport, Way
from sagemaker_roles.iam.evaluation import document
from sagemaker_roles.iam.layers import Layers
from sagemaker_roles.inputs.roles import read_roles
from sagemaker_roles.inputs.roles.existing_roles import RoleReading
from sagemaker_roles.inputs.text.content import Source

from .roles import ACCOUNT, SERVICE, Json, assume

SAGEMAKER = SERVICE["Service"]

#: A trust policy of an execution role.
TRUST = {"Version": "2012-10-17", "Statement": [assume(SERVICE)]}


def arn(kind: str, name: str, account: str = ACCOUNT) -> str:
    """The ARN of a user, role, group or policy."""
    return f"arn:aws:iam::{account}:{kind}/{name}"


def statement(action: Any, resource: Any = "*", effect: str = "Allow", **rest: Any) -> Json:
    """A statement."""
    return {"Effect": effect, "Action": action, "Resource": resource, **rest}


def policy(*statements: Json) -> Json:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": [*statements]}


def _inline(policies: Sequence[Json]) -> list[Json]:
    return [{"PolicyName": f"p{n}", "PolicyDocument": one} for n, one in enumerate(policies, 1)]


def _attached(arns: Sequence[str]) -> list[Json]:
    return [{"PolicyName": one.rpartition("/")[2], "PolicyArn": one} for one in arns]


def _bounded(boundary: str) -> Json:
    return {"PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else {}


def user(
    name: str,
    *policies: Json,
    groups: Sequence[str] = (),
    attached: Sequence[str] = (),
    boundary: str = "",
    owner: str = ACCOUNT,
) -> Json:
    """A user with inline policies ``p1``, ``p2`` and so on."""
    own = {"UserName": name, "Arn": arn("user", name, owner), "UserPolicyList": _inline(policies)}
    lists = {"GroupList": [*groups], "AttachedManagedPolicies": _attached(attached)}
    return {**own, **lists, **_bounded(boundary)}


def group(name: str, *policies: Json, attached: Sequence[str] = ()) -> Json:
    """A group of users."""
    own = {"GroupName": name, "Arn": arn("group", name), "GroupPolicyList": _inline(policies)}
    return {**own, "AttachedManagedPolicies": _attached(attached)}


def role(
    name: str,
    *policies: Json,
    trust: Json = TRUST,
    attached: Sequence[str] = (),
    boundary: str = "",
    path: str = "",
    owner: str = ACCOUNT,
) -> Json:
    """A role."""
    own = {"RoleName": name, "Arn": arn("role", f"{path}{name}", owner), "RolePolicyList": _inline(policies)}
    lists = {"AssumeRolePolicyDocument": trust, "AttachedManagedPolicies": _attached(attached)}
    return {**own, **lists, **_bounded(boundary)}


def managed(name: str, text: Json, owner: str = ACCOUNT) -> Json:
    """A managed policy, with a version that is not the default one."""
    versions = [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": policy(statement("*"))},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": text},
    ]
    own = {"PolicyName": name, "Arn": arn("policy", name, owner), "DefaultVersionId": "v2"}
    return {**own, "PolicyVersionList": versions}


def account(*items: Json) -> Json:
    """The answer of get-account-authorization-details with users, groups, roles and policies."""
    lists: dict[str, list[Json]] = {
        "UserDetailList": [one for one in items if "UserName" in one],
        "GroupDetailList": [one for one in items if "GroupName" in one],
        "RoleDetailList": [one for one in items if "RoleName" in one],
        "Policies": [one for one in items if "PolicyVersionList" in one],
    }
    return {**lists, "IsTruncated": False}


def read(*details: Json) -> RoleReading:
    """What is read of an account."""
    given = [Source(f"account-{n}.json", json.dumps(one).encode()) for n, one in enumerate(details, 1)]
    return read_roles(compiled(), given, with_users=True)


def report(details: Json, name: str = "Target", layers: Layers | None = None) -> RoleAccessReport:
    """Who can do what with a role of an account."""
    reading = read(details)
    access = AccountAccess(SAGEMAKER, reading.roles, reading.users, layers)
    return access.report(next(one for one in reading.roles if one.name == name))


def scps(*policies: Json) -> Layers:
    """Service control policies."""
    return Layers(scps=tuple(document(f"scp{n}", one) for n, one in enumerate(policies, 1)))


def answers(found: RoleAccessReport, way: Way) -> Mapping[str, str]:
    """The answer about each principal and action of one way; principals by their names."""
    return {_key(one, way): one.answer for one in found.access[way]}


def _key(one: RoleAccess, way: Way) -> str:
    name = one.principal.rpartition("/")[2]
    return f"{name} {one.action.partition(':')[2]}" if way == "change" else name
