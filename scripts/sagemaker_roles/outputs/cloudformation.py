"""Writes an AWS CloudFormation template (JSON) with the role, its policies and the callers' policy."""

from __future__ import annotations

from typing import Any

from ..canonical import canonical
from .forms import Role, mapped, own_names, pieces

_PSEUDO = {"Partition": "AWS::Partition", "Region": "AWS::Region", "Account": "AWS::AccountId"}


def text(role: Role) -> str:
    """The template: placeholders are its parameters, partition, Region and account its pseudo parameters."""
    resources: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    if role.trust is not None:
        properties: dict[str, Any] = {}
        if role.name:
            properties["RoleName"] = role.name
        if role.path != "/":
            properties["Path"] = role.path
        properties["AssumeRolePolicyDocument"] = mapped(role.trust, _substituted)
        if role.policies is not None and len(role.policies) == 1:
            document = mapped(role.policies[0], _substituted)
            properties["Policies"] = [{"PolicyName": "Permissions", "PolicyDocument": document}]
        resources["Role"] = {"Type": "AWS::IAM::Role", "Properties": properties}
        outputs["RoleArn"] = {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}
    if role.policies is not None and len(role.policies) > 1:
        for number, policy in enumerate(role.policies, 1):
            resources[f"Permissions{number}"] = {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"Roles": [{"Ref": "Role"}], "PolicyDocument": mapped(policy, _substituted)},
            }
    for number, policy in enumerate(role.caller or (), 1):
        name = "CallerPolicy" if len(role.caller or ()) == 1 else f"CallerPolicy{number}"
        resources[name] = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": mapped(policy, _substituted)},
        }
        outputs[f"{name}Arn"] = {"Value": {"Ref": name}}
    template: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09", "Description": role.description}
    parameters = {name: _parameter(role, name) for name in own_names(role.placeholders())}
    if parameters:
        template["Parameters"] = parameters
    template["Resources"] = resources
    template["Outputs"] = outputs
    return canonical(template).decode("ascii")


def _parameter(role: Role, name: str) -> dict[str, Any]:
    parameter = {"Type": "String"}
    if meaning := role.meanings.get(name):
        parameter["Description"] = meaning
    return parameter


def _substituted(value: str) -> Any:
    """A text as the template needs it: ``Fn::Sub`` if it has placeholders, and then IAM's variables escaped."""
    parts = pieces(value)
    if not any(kind == "name" for kind, _ in parts):
        return value
    out = ""
    for kind, part in parts:
        if kind == "name":
            out += "${" + _PSEUDO.get(part, part) + "}"
        else:
            out += "${!" + part + "}" if kind == "variable" else part
    return {"Fn::Sub": out}
