"""Write an AWS CloudFormation template (JSON): roles, their policies and the callers' policies; or companions."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..canonical import canonical, quoted
from ..catalog import Catalog
from ..engine.companions import BOUNDARY, DELEGATION
from ..engine.documents import Companion
from ..engine.vpc_endpoints import KINDS
from ..errors import Unwritable
from ..iam.arn_parts import parts_of
from .forms import (
    ANY_VALUE,
    WIDENING,
    Role,
    created_roles,
    label,
    labels,
    list_placeholder,
    map_texts,
    meaning_of,
    named_in,
    own_names,
    pattern_of,
    pieces,
    placeholders_in,
    texts_in,
)

#: How long a parameter's description may be (AWS CloudFormation User Guide, "Parameters").
_MAX_DESCRIPTION = 4000

_PSEUDO = {"Partition": "AWS::Partition", "Region": "AWS::Region", "Account": "AWS::AccountId"}


def text(*roles: Role) -> str:
    """The template: placeholders are its parameters, partition, Region and account its pseudo parameters.

    What has an element of a list of unknown length is in policies of its own, which a loop makes for each element: no
    function puts a text that holds ``AWS::Region`` before each element of a list (AWS CloudFormation User Guide,
    "Fn::Join": the delimiter is a plain text).

    A placeholder that stands for a resource of the template that gives the work is a reference to it, and no parameter.

    Raises:
        Unwritable: a text holds a dynamic reference, which AWS CloudFormation would replace wherever it stands
            (AWS CloudFormation User Guide, "Get values stored in other services using dynamic references"); or a
            statement cannot be taken apart by element.
    """
    lists = {name for role in roles for name in role.lists}
    references = {name: text for role in roles for name, text in role.references.items()}
    names = [name for name in own_names(placeholders_in(roles)) if name not in references]
    taken = {text.partition(".")[0] for text in references.values()}
    parameters = {name: parameter(meaning_of(roles, name), pattern_of(roles, name), name in lists) for name in names}
    stems = [""] if len(roles) == 1 else labels([role.logical or role.name or "Other" for role in roles], label)
    own = created_roles(roles)
    ids_of: dict[str, str] = {}
    resources: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    for role, stem in zip(roles, stems, strict=True):
        of_role = _added(role, stem, own, {*parameters, *taken}, resources, outputs)
        ids_of |= {name: of_role for name, one in own.items() if one is role}
        for name in own_names(role.placeholders()):
            if name in role.lists and (loop := _loop(role, name, stem, of_role, {*parameters, *resources})):
                resources[f"Fn::ForEach::{loop[0]}"] = loop
    description = "; ".join(role.description for role in roles)
    template: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09", "Description": description[:1024]}
    if any(name.startswith("Fn::ForEach::") for name in resources):
        template["Transform"] = "AWS::LanguageExtensions"
    if parameters:
        template["Parameters"] = parameters
    template["Resources"] = _referring(resources, ids_of, references)
    template["Outputs"] = outputs
    return canonical(template).decode("ascii")


def _referring(value: Any, ids: Mapping[str, str], references: Mapping[str, str]) -> Any:
    """Parts of a template in which the names of roles that it creates, and of other resources, are references."""
    if isinstance(value, Mapping):
        text = value.get("Fn::Sub")
        if isinstance(text, str) and (ids or references):
            if name := ids.get(named_in(re.sub(r"\$\{AWS::\w+\}", "", text))):
                return {"Fn::GetAtt": [name, "Arn"]}
            known = {**references, **ids}
            pieces_of = (f"${{{known.get(part, part)}}}" if kind != "text" else part for kind, part in pieces(text))
            return {"Fn::Sub": "".join(pieces_of)}
        return {key: _referring(item, ids, references) for key, item in value.items()}
    return [_referring(item, ids, references) for item in value] if isinstance(value, (list, tuple)) else value


def _added(
    role: Role,
    stem: str,
    own: Collection[str],
    taken: Collection[str],
    resources: dict[str, Any],
    outputs: dict[str, Any],
) -> str:
    """Add the resources of a role, and the values that it outputs; give the name of the role in the template."""

    def put(name: str, kind: str, properties: dict[str, Any]) -> str:
        wanted = role.logical if role.logical and name == "Role" else stem + name
        # A parameter and a resource may not have the same name.
        (name,) = labels([wanted], str, {*taken, *resources})
        resources[name] = {"Type": f"AWS::IAM::{kind}", "Properties": properties}
        return name

    # What has an element of a list is in a loop.
    policies, caller = (
        [{**one, "Statement": kept} for one in some or () if (kept := _with(one, role.lists)) or not one["Statement"]]
        for some in (role.policies, role.caller)
    )
    names = role._replace(trust=None, caller=None, policies=policies).placeholders()
    # Resources of their own if there are several, if they name a role that is created, or if what they name needs the
    # role: AWS CloudFormation refuses resources that wait for each other.
    apart = policies if len(policies) > 1 or role.is_needed or not {*own}.isdisjoint(names) else []
    of_role = ""
    if role.trust is not None:
        of_role = put("Role", "Role", _properties(role, role.trust, [] if apart else policies))
        outputs[f"{of_role}Arn"] = {"Value": {"Fn::GetAtt": [of_role, "Arn"]}}
    for number, policy in enumerate(apart, 1):
        properties = {"Roles": [{"Ref": of_role}], "PolicyDocument": map_texts(policy, substituted)}
        put(f"Permissions{number}", "ManagedPolicy", properties)
    for number, policy in enumerate(caller, 1):
        name = "CallerPolicy" if len(caller) == 1 else f"CallerPolicy{number}"
        name = put(name, "ManagedPolicy", {"PolicyDocument": map_texts(policy, substituted)})
        outputs[f"{name}Arn"] = {"Value": {"Ref": name}}
    return of_role


def _properties(role: Role, trust: Mapping[str, Any], inline: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if role.name:
        properties["RoleName"] = role.name
    if role.path != "/":
        properties["Path"] = role.path
    properties["AssumeRolePolicyDocument"] = _with_keys(trust)
    if any(_apart(item, role.lists) != [((), item)] for item in trust["Statement"]):
        raise Unwritable("the trust policy has an element of a list of unknown length; write JSON")
    if inline:
        document = map_texts(inline[0], substituted)
        properties["Policies"] = [{"PolicyName": "Permissions", "PolicyDocument": document}]
    return properties


def _with_keys(trust: Mapping[str, Any]) -> Any:
    """A trust policy; as one text if a condition's key has a placeholder, because no function can stand in a key.

    The resource takes its policy as a text too (AWS CloudFormation Template Reference, "AWS::IAM::Role").
    """
    keys = (key for one in trust["Statement"] for keys in one.get("Condition", {}).values() for key in keys)
    if not any("${" in key for key in keys):
        return map_texts(trust, substituted)
    return substituted(canonical(trust).decode("ascii").rstrip())


# --- lists of unknown length -----------------------------------------------------------------------------------


def _loop(role: Role, name: str, stem: str, of_role: str, taken: Collection[str]) -> list[Any]:
    """The loop over a list with the policies for each of its elements, for the role and for the callers."""
    (element,) = labels([f"{stem}{name}Element"], str, taken)
    loop: dict[str, Any] = {}

    def of_element(text: str) -> Any:
        return substituted(text.replace(f"${{{name}}}", f"${{{element}}}"))

    for kind, policies in (("Permissions", role.policies), ("CallerPolicy", role.caller)):
        statements = [item for one in policies or () for item in _with(one, role.lists, (name,))]
        if not statements:
            continue
        sids = labels([item.get("Sid", "Element") for item in statements], str)
        own = [{**item, "Sid": sid} for item, sid in zip(statements, sids, strict=True)]
        document = map_texts({**(policies or ())[0], "Statement": own}, of_element)
        properties: dict[str, Any] = {"PolicyDocument": document}
        if is_of_role := kind == "Permissions":
            own_name = {"Fn::Sub": f"{name}-${{{element}}}"}
            properties = {"PolicyName": own_name, "Roles": [{"Ref": of_role}], **properties}
        loop[f"{stem}{kind}{name}&{{{element}}}"] = {
            "Type": "AWS::IAM::Policy" if is_of_role else "AWS::IAM::ManagedPolicy",
            "Properties": properties,
        }
    return [element, {"Ref": name}, loop] if loop else []


def _with(policy: Mapping[str, Any], lists: Collection[str], wanted: tuple[str, ...] = ()) -> list[Mapping[str, Any]]:
    """What a policy's statements have with an element of these lists of unknown length, and of no others."""
    return [item for one in policy["Statement"] for names, item in _apart(one, lists) if names == wanted]


def _apart(statement: Mapping[str, Any], lists: Collection[str]) -> list[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """A statement in parts that together allow the same: each with the lists of which it has an element."""
    parts: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [((), statement)]
    if not lists:
        return parts
    for path, values in _alternatives(statement):
        groups: dict[str, list[Any]] = {}
        for value in values:
            groups.setdefault(list_placeholder(value, lists), []).append(value)
        if [*groups] != [""]:
            parts = [
                ((*names, name) if name else names, _put(item, path, some))
                for names, item in parts
                for name, some in groups.items()
            ]
    for names, item in parts:
        held = {list_placeholder(text, lists) for text in texts_in(item)}
        if len(names) > 1 or held - {"", *names}:
            message = f"the statement {quoted(item.get('Sid', ''))} needs elements of lists together; write JSON"
            raise Unwritable(message)
    return parts


def _alternatives(statement: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """The lists of a statement that are alternatives, so that each value may be in a statement of its own."""
    if isinstance(statement.get("Resource"), list):
        yield ("Resource",), statement["Resource"]
    for operator, keys in statement.get("Condition", {}).items():
        if "Not" not in operator and "ForAllValues" not in operator:
            yield from (
                (("Condition", operator, key), values) for key, values in keys.items() if isinstance(values, list)
            )


def _put(value: Mapping[str, Any], path: Sequence[str], some: list[Any]) -> Mapping[str, Any]:
    """A mapping with another value at a path."""
    first, *rest = path
    return {**value, first: _put(value[first], rest, some) if rest else some}


def parameter(meaning: str, pattern: str, is_list: bool = False) -> dict[str, Any]:
    """A parameter of the template, described by what it stands for, that takes no value that widens a policy.

    ``AllowedPattern`` is for the whole value, or for each of a list (AWS CloudFormation User Guide, "Parameters").
    """
    kind = "CommaDelimitedList" if is_list else "String"
    # In one line, not too long, without what looks like a dynamic reference.
    plain = "".join(character if character.isprintable() else "?" for character in meaning)
    described = plain.replace("{{resolve:", "{ {resolve:")[:_MAX_DESCRIPTION]
    return {
        "Type": kind,
        **({"Description": described} if meaning else {}),
        "AllowedPattern": f"(?!.*[{WIDENING}])(?:{pattern or ANY_VALUE})",
        "ConstraintDescription": "of the form that the description shows, without *, ?, or $",
    }


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


# --- companions --------------------------------------------------------------------------------------------------

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


def companions(
    catalog: Catalog, some: Iterable[Companion], meanings: Mapping[str, str], patterns: Mapping[str, str]
) -> str:
    """Companions as a template, for resources that a stack owns: it replaces the policies that are there.

    What a stack cannot own is ignored.

    Raises:
        Unwritable: a stack can own none of it, it is of several accounts, or a text holds a dynamic reference.
    """
    stacks = {kind.id: kind.stack for kind in catalog.companions if kind.stack}
    written = [one for one in some if one.document.statements and one.kind in stacks]
    if not written:
        kinds = ", ".join(sorted(stacks))
        raise Unwritable(f"there is no policy to write as a resource of a stack, which can be {kinds}; use json or cli")
    _of_one_account(written)
    names = sorted({name for one in written for name in one.placeholders()})
    parameters: dict[str, Any] = {
        name: parameter(meanings.get(name, ""), patterns.get(name, "")) for name in own_names(names)
    }
    resources: dict[str, Any] = {}
    ids = labels([one.kind for one in written], label, parameters)
    for name, one in zip(ids, written, strict=True):
        properties = _owned(one, stacks[one.kind])
        about = {"Needed": one.needed, "Why": one.why}
        resources[name] = {"Type": stacks[one.kind]["type"], "Metadata": about, "Properties": properties}
        if one.kind not in (BOUNDARY, DELEGATION):
            resources[name]["Metadata"]["Note"] = _REPLACES
        if one.kind == "key-policy":
            resources[name].update(DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    text = json.dumps(resources)
    parameters |= {
        name: {"Type": kind, "Description": meaning}
        for name, (kind, meaning) in _NETWORK.items()
        if f'{{"Ref": "{name}"}}' in text
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


def _owned(one: Companion, stack: Mapping[str, str]) -> dict[str, Any]:
    """The properties of the resource that has a policy."""
    document = map_texts(one.document.to_json(), substituted)
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
