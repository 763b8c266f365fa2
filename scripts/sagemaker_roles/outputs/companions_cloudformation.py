"""Writes companions as an AWS CloudFormation template, for resources that a stack owns: it replaces what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..canonical import canonical
from ..catalog import Catalog
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


def text(catalog: Catalog, companions: Iterable[Companion], meanings: Mapping[str, str]) -> str:
    """The template; what a stack cannot own is ignored.

    Raises:
        Unwritable: a stack can own none of it, it is of several accounts, or a text holds a dynamic reference.
    """
    stacks = {kind.id: kind.stack for kind in catalog.companions if kind.stack}
    written = [one for one in companions if one.document.statements and one.kind in stacks]
    if not written:
        kinds = ", ".join(sorted(stacks))
        raise Unwritable(f"there is no policy to write as a resource of a stack, which can be {kinds}; use json or cli")
    _of_one_account(written)
    names = sorted({name for one in written for name in one.placeholders()})
    parameters: dict[str, Any] = {name: parameter(meanings.get(name, "")) for name in own_names(names)}
    resources: dict[str, Any] = {}
    ids = labels([one.kind for one in written], label, parameters)
    for name, one in zip(ids, written, strict=True):
        properties = _properties(one, stacks[one.kind])
        about = {"Needed": one.needed, "Why": one.why}
        resources[name] = {"Type": stacks[one.kind]["type"], "Metadata": about, "Properties": properties}
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


def _properties(one: Companion, stack: Mapping[str, str]) -> dict[str, Any]:
    """The properties of the resource that has a policy."""
    document = mapped(one.document.to_json(), substituted)
    properties: dict[str, Any] = {}
    if one.kind in KINDS.values():
        properties = {"VpcId": {"Ref": "VpcId"}, stack["name"]: substituted(one.resource)}
        if one.kind == KINDS["gateway"]:
            properties |= {"VpcEndpointType": "Gateway", "RouteTableIds": {"Ref": "RouteTableIds"}}
        else:
            properties |= {"VpcEndpointType": "Interface", "PrivateDnsEnabled": True}
            properties |= {name: {"Ref": name} for name in ("SubnetIds", "SecurityGroupIds")}
    elif "name" in stack:
        last = parts_of(one.resource).resource
        properties[stack["name"]] = substituted(last.partition("/")[2] or last)
    elif one.kind == "key-policy":
        document = {**document, "Statement": [_OWNER, *document["Statement"]]}
    return {**properties, stack["policy"]: document}
