"""Writes an AWS CloudFormation template (JSON) with roles, their policies and the callers' policies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..canonical import canonical, quoted
from ..errors import Unwritable
from .forms import Role, label, labels, mapped, meaning_of, own_names, pieces, placeholders_in

#: How long a parameter's description may be (AWS CloudFormation User Guide, "Parameters").
_MAX_DESCRIPTION = 4000

_PSEUDO = {"Partition": "AWS::Partition", "Region": "AWS::Region", "Account": "AWS::AccountId"}


def text(*roles: Role) -> str:
    """The template: placeholders are its parameters, partition, Region and account its pseudo parameters.

    Raises:
        Unwritable: a text holds a dynamic reference, which AWS CloudFormation would replace wherever it stands
            (AWS CloudFormation User Guide, "Get values stored in other services using dynamic references").
    """
    parameters = {name: parameter(meaning_of(roles, name)) for name in own_names(placeholders_in(roles))}
    stems = [""] if len(roles) == 1 else labels([role.name or "Other" for role in roles], label)
    resources: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    for role, stem in zip(roles, stems, strict=True):
        written, results = _resources(role)
        # A parameter and a resource may not have the same name.
        ids = _ids(written, stem, {*parameters, *resources})
        resources.update((ids[name], _renamed(item, ids)) for name, item in written.items())
        outputs.update((f"{ids[name]}Arn", _renamed(item, ids)) for name, item in results.items())
    names = "; ".join(role.description for role in roles)
    template: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09", "Description": names[:1024]}
    if parameters:
        template["Parameters"] = parameters
    template["Resources"] = resources
    template["Outputs"] = outputs
    return canonical(template).decode("ascii")


def _ids(names: Iterable[str], stem: str, taken: Collection[str]) -> dict[str, str]:
    """Names of a role's resources to those that they have in the template."""
    own = list(names)
    return dict(zip(own, labels(own, lambda name: stem + name, taken), strict=True))


def _resources(role: Role) -> tuple[dict[str, Any], dict[str, Any]]:
    """The resources of a role and the values that it outputs, by the names that they have where it is the only one."""
    resources: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    if role.trust is not None:
        resources["Role"] = {"Type": "AWS::IAM::Role", "Properties": _properties(role, role.trust)}
        outputs["Role"] = {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}
    if role.policies is not None and len(role.policies) > 1:
        for number, policy in enumerate(role.policies, 1):
            properties = {"Roles": [{"Ref": "Role"}], "PolicyDocument": mapped(policy, substituted)}
            resources[f"Permissions{number}"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
    for number, policy in enumerate(role.caller or (), 1):
        name = "CallerPolicy" if len(role.caller or ()) == 1 else f"CallerPolicy{number}"
        properties = {"PolicyDocument": mapped(policy, substituted)}
        resources[name] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
        outputs[name] = {"Value": {"Ref": name}}
    return resources, outputs


def _properties(role: Role, trust: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if role.name:
        properties["RoleName"] = role.name
    if role.path != "/":
        properties["Path"] = role.path
    properties["AssumeRolePolicyDocument"] = mapped(trust, substituted)
    if role.policies is not None and len(role.policies) == 1:
        document = mapped(role.policies[0], substituted)
        properties["Policies"] = [{"PolicyName": "Permissions", "PolicyDocument": document}]
    return properties


def _renamed(resource: dict[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """A resource or an output that refers to resources by the names that they have in the template."""
    value = resource.get("Value")
    if value is not None:
        (function, of), *_ = value.items()
        return {"Value": {function: ids[of] if function == "Ref" else [ids[of[0]], *of[1:]]}}
    properties = resource["Properties"]
    if "Roles" not in properties:
        return resource
    return {**resource, "Properties": {**properties, "Roles": [{"Ref": ids["Role"]}]}}


def parameter(meaning: str) -> dict[str, Any]:
    """A parameter of the template, described by what it stands for."""
    return {"Type": "String", "Description": _described(meaning)} if meaning else {"Type": "String"}


def _described(text: str) -> str:
    """A text as a description may be: in one line, not too long, without what looks like a dynamic reference."""
    plain = "".join(character if character.isprintable() else "?" for character in text)
    return plain.replace("{{resolve:", "{ {resolve:")[:_MAX_DESCRIPTION]


def substituted(value: str) -> Any:
    """A text as the template needs it: ``Fn::Sub`` if it has placeholders, and then IAM's variables escaped.

    Raises:
        Unwritable: it holds a dynamic reference, for which there is no escape.
    """
    if "{{resolve:" in value:
        message = f"{quoted(value)} would be replaced in a template, as a dynamic reference; write another format"
        raise Unwritable(message)
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
