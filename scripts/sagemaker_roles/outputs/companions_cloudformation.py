"""Writes companions as an AWS CloudFormation template, for resources that a stack owns: it replaces what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..canonical import canonical
from ..engine.companions import BOUNDARY, DELEGATION
from ..engine.documents import Companion
from ..engine.endpoints import KINDS
from ..errors import Unwritable
from ..iam.parts import parts_of
from .cloudformation import parameter, substituted
from .forms import label, labels, mapped, own_names

_REPLACES = "Replaces the policy that the resource has. Only for a resource that this stack owns."

#: What the owner of a key keeps: without it, no identity of the account could manage the key (AWS KMS Developer Guide,
#: "Default key policy").
_OWNER = {
    "Sid": "EnableIAMPolicies",
    "Effect": "Allow",
    "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
    "Action": ["kms:*"],
    "Resource": ["*"],
}

_NETWORK: Mapping[str, tuple[str, str]] = {
    "VpcId": ("AWS::EC2::VPC::Id", "VPC of the endpoints"),
    "RouteTableIds": ("List<String>", "Route tables of the subnets, for gateway endpoints"),
    "SubnetIds": ("List<AWS::EC2::Subnet::Id>", "Subnets of the jobs, for interface endpoints"),
    "SecurityGroupIds": ("List<AWS::EC2::SecurityGroup::Id>", "Security groups that allow port 443 from the subnets"),
}

_Made = tuple[str, dict[str, Any]]
_Maker = Callable[[Companion, Any], _Made]


def text(companions: Iterable[Companion], meanings: Mapping[str, str]) -> str:
    """The template; what a stack cannot own is ignored.

    Raises:
        Unwritable: a stack can own none of it, it is of several accounts, or a text holds a dynamic reference.
    """
    written = [one for one in companions if one.document.statements and one.kind in _MAKERS]
    if not written:
        kinds = ", ".join(sorted(_MAKERS))
        raise Unwritable(f"there is no policy to write as a resource of a stack, which can be {kinds}; use json or cli")
    _of_one_account(written)
    names = sorted({name for one in written for name in one.placeholders()})
    parameters: dict[str, Any] = {name: parameter(meanings.get(name, "")) for name in own_names(names)}
    resources: dict[str, Any] = {}
    ids = labels([one.kind for one in written], label, parameters)
    for name, one in zip(ids, written, strict=True):
        kind, properties = _MAKERS[one.kind](one, mapped(one.document.to_json(), substituted))
        resources[name] = {"Type": kind, "Metadata": {"Needed": one.needed, "Why": one.why}, "Properties": properties}
        if one.kind not in (BOUNDARY, DELEGATION):
            resources[name]["Metadata"]["Note"] = _REPLACES
        if one.kind == "key-policy":
            resources[name].update(DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    used = {
        item["Ref"]
        for one in resources.values()
        for item in one["Properties"].values()
        if isinstance(item, dict) and set(item) == {"Ref"}
    }
    parameters |= {
        name: {"Type": kind, "Description": meaning} for name, (kind, meaning) in _NETWORK.items() if name in used
    }
    template: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09", "Description": _REPLACES}
    if parameters:
        template["Parameters"] = parameters
    template["Resources"] = resources
    return canonical(template).decode("ascii")


def _of_one_account(written: Iterable[Companion]) -> None:
    """A stack creates resources of its own account only."""
    kinds: dict[str, dict[str, None]] = {}
    for one in written:
        if one.account and "$" not in one.account:
            kinds.setdefault(one.account, {})[one.kind] = None
    if len(kinds) > 1:
        owners = "; ".join(f"{account} ({', '.join(own)})" for account, own in sorted(kinds.items()))
        raise Unwritable(f"one stack is of one account, and these resources are of {owners}; give --owner ACCOUNT")


def _name(one: Companion) -> Any:
    """The name of a resource, from its ARN."""
    last = parts_of(one.resource).resource
    return substituted(last.partition("/")[2] or last)


def _key(one: Companion, document: Any) -> _Made:
    return "AWS::KMS::Key", {"KeyPolicy": {**document, "Statement": [_OWNER, *document["Statement"]]}}


def _managed(one: Companion, document: Any) -> _Made:
    return "AWS::IAM::ManagedPolicy", {"PolicyDocument": document}


def _named(kind: str, name: str = "Bucket", policy: str = "PolicyDocument") -> _Maker:
    """What makes a resource out of a name and a policy."""
    return lambda one, document: (kind, {name: _name(one), policy: document})


def _endpoint(one: Companion, document: Any) -> _Made:
    network = {"VpcId": {"Ref": "VpcId"}, "ServiceName": substituted(one.resource)}
    if one.kind == KINDS["gateway"]:
        network |= {"VpcEndpointType": "Gateway", "RouteTableIds": {"Ref": "RouteTableIds"}}
    else:
        network |= {
            "VpcEndpointType": "Interface",
            "PrivateDnsEnabled": True,
            "SubnetIds": {"Ref": "SubnetIds"},
            "SecurityGroupIds": {"Ref": "SecurityGroupIds"},
        }
    return "AWS::EC2::VPCEndpoint", {**network, "PolicyDocument": document}


_MAKERS: Mapping[str, _Maker] = {
    "bucket-policy": _named("AWS::S3::BucketPolicy"),
    "directory-bucket-policy": _named("AWS::S3Express::BucketPolicy"),
    "key-policy": _key,
    "repository-policy": _named("AWS::ECR::Repository", "RepositoryName", "RepositoryPolicyText"),
    BOUNDARY: _managed,
    DELEGATION: _managed,
    **dict.fromkeys(KINDS.values(), _endpoint),
}

#: Kinds that a stack can own.
OWNED = frozenset(_MAKERS)
