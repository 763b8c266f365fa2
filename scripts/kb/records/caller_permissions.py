"""What the caller of each operation of a service needs, worked out of botocore and the Service Authorization Reference.

An action's resource types have ARNs with variables; a request's members fill them. What AWS's data do not say stands in
data/services/apis. Operations with a record have more than that, and are only named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sagemaker_roles.catalog import GLOBALS, Catalog
from sagemaker_roles.catalog.operation_names import api_name, names
from sagemaker_roles.engine.values import names_in
from sagemaker_roles.iam.actions import single_level
from sagemaker_roles.outputs.operation_json import call_record

from ..aws.reference import Action, Reference

FILE = "operations.json"

#: More resource types than any call works with: the call is about tags, and its request has the ARN.
_MANY = 8

#: Operations that make what they name, or whose ID the service chooses.
_CREATES = re.compile(r"(Create|Import|Register|Start)(?!Presigned)")


class _Resource(NamedTuple):
    """A resource of a call: its ARN, the members that fill it, and the member that must be there, if it is optional."""

    arn: str
    members: Mapping[str, str]
    when: str = ""
    about: str = ""
    kind: str = ""


class Request(NamedTuple):
    """The members of an operation's request, and those that every request has."""

    members: Sequence[str]
    required: frozenset[str]


def calls(services: Mapping[str, Any], reference: Reference, recorded: Sequence[str]) -> dict[str, Any]:
    """What the caller of each operation needs, by operation.

    Args:
        services: data/services/apis by name.
        recorded: names of the operations that have a record.
    """
    requests = {service: reference.requests(service) for service in services}
    every = {
        name: {
            "operation": name,
            "service": service,
            "has_record": name in recorded,
            **described(said, reference, api_name(name), Request(*requests[service][api_name(name)])),
        }
        for service, said in services.items()
        for name in reference.inputs[service]
        if api_name(name) in requests[service]
    }
    # Kinds have the name of the service where others have them, too, as operations have.
    found = {
        service: {one["kind"] for one in every.values() if one["service"] == service} - {""} for service in services
    }
    kinds = names(found, {service: "qualified" in said for service, said in services.items()})
    for item in every.values():
        item["kind"] = kinds[item["service"]].get(item["kind"], "")
    return dict(sorted(every.items()))


def listed(catalog: Catalog, services: Mapping[str, Any]) -> dict[str, Any]:
    """What operations.json holds.

    Args:
        catalog: the knowledge base with all calls.
        services: data/services/apis by name.
    """
    return {
        "services": [{key: service[key] for key in ("service", "title", "prefix")} for service in services.values()],
        "operations": [call_record(catalog, item) for item in catalog.data["calls"].values()],
    }


def described(service: Mapping[str, Any], reference: Reference, name: str, request: Request) -> dict[str, Any]:
    """What the caller of an operation needs, and what there is to know of it.

    Args:
        service: what data/services/apis, or data/services/calls, says of the service.
        reference: AWS's data.
        name: the operation, or the action that it needs.
        request: the members of its request.
    """
    said: Mapping[str, Any] = service.get("operations", {}).get(name, {})
    actions = [f"{service['prefix']}:{one}" for one in said.get("actions", [name])]
    action = reference.action(actions[0])
    types = list(action.resource_types) if action else []
    found = [*_resources(service, reference, action, name, request, said)]
    evidence = "documented" if action else "inferred"
    unlisted = "" if action else " Inferred: the Service Authorization Reference does not list the {} yet."
    statements = []
    for place, one in enumerate(found):
        statement = {"Sid": name + str(place + 1) * (len(found) > 1), "Effect": "Allow", "Action": actions}
        statements.append(
            {
                "statement": {**statement, "Resource": [one.arn]},
                "when": one.when,
                "addon": one.kind if one.when else "",
                "why": said.get("why", f"Calls the operation.{unlisted.format('action')}{one.about}"),
                "evidence": said.get("evidence", evidence),
                "sources": said.get("sources", [service["source"] if action else "botocore"]),
                **_named(service, one, request),
            }
        )
    made = _tagged(name, found)
    own = said.get("tagged", made.arn if made else "")
    tagging = service.get("tagging", {})
    if tagging.get("member") in request.members and own and name != tagging["operation"]:
        condition = {"StringEquals": {tagging["key"]: [name]}}
        needed = [f"{service['prefix']}:{tagging['operation']}"]
        tag = {"Sid": f"{name}Tags", "Effect": "Allow", "Action": needed, "Resource": [own]}
        why = "Tags the resource on creation. The condition allows tags at creation only."
        statements.append(
            {
                "statement": {**tag, "Condition": condition},
                "when": tagging["member"],
                "addon": "tags",
                "why": why + unlisted.format("resource"),
                "evidence": evidence,
                "sources": [*tagging["sources"]],
            }
        )
    filled = {name: member for one in found for name, member in one.members.items()}
    members: Mapping[str, str] = said.get("members", {})
    return {
        "access_level": single_level(action.access_level) if action else said.get("access_level", _level(name)),
        "kind": said.get("kind") or _kind(service, reference, name, types),
        "resource_types": sorted(types),
        "condition_keys": _keys(service, reference, action) if action else [],
        "statements": statements,
        "placeholders": [{"name": key, "member": members.get(key, filled[key])} for key in sorted(filled)],
        "caller": {
            part: several
            for part in ("statements", "addons")
            if (several := [*service.get("caller", {}).get(part, ()), *said.get("caller", {}).get(part, ())])
        },
    }


def _named(service: Mapping[str, Any], one: _Resource, request: Request) -> dict[str, Any]:
    """The member that has the name of a resource whose ARN ends in an ID, or that ARN itself."""
    said = service.get("named", {}).get(one.arn.removesuffix("/*").rpartition(":")[2], {})
    return {"named": said} if one.arn.endswith("/*") and {*said.get("from", "-")} <= {*request.members} else {}


def _level(name: str) -> str:
    """The access level of an action that the reference does not list, by its verb."""
    return "List" if name.startswith("List") else "Read" if name.startswith(("Describe", "Get")) else "Write"


def _kind(service: Mapping[str, Any], reference: Reference, name: str, types: Sequence[str]) -> str:
    """The resource type that an operation is about: the one that its name has, else its first; "" if it is any."""
    if len(types) > _MANY:
        return ""
    # Lists have no resource type, and have the kind in their name.
    known = types or [*reference.resource_types(service["prefix"]), *service.get("kinds", ())]
    named = [one for one in known if _plain(one) in _plain(name)]
    return max(named, key=len, default=types[0] if types else "")


def _keys(service: Mapping[str, Any], reference: Reference, action: Action) -> list[str]:
    """The condition keys that the call can be limited with, those of its resources included."""
    of_types = [reference.resource_type(service["prefix"], one) for one in action.resource_types]
    if len(of_types) > _MANY:
        of_types = of_types[:1]
    keys = {*action.condition_keys, *(key for one in of_types if one for key in one.condition_keys)}
    return sorted({*keys, *(key for one in action.resource_types.values() for key in one)}, key=str.lower)


def _tagged(name: str, found: Sequence[_Resource]) -> _Resource | None:
    """The resource that an operation makes, and tags."""
    noun = _plain(_CREATES.sub("", name))
    made = [one for one in found if noun == _plain(one.kind) or f"{noun}name" in map(_plain, one.members)]
    return next(iter([*made, *(one for one in found if not one.when)]), None)


def _resources(
    service: Mapping[str, Any],
    reference: Reference,
    action: Action | None,
    name: str,
    request: Request,
    said: Mapping[str, Any],
) -> Iterator[_Resource]:
    """The resources of a call, each with what fills its ARN."""
    if "resources" in said:
        for arn in said["resources"]:
            yield _Resource(arn, {item: item for item in _variables(arn)})
        return
    if "arns" in said:
        for member in said["arns"]:
            called = re.sub(r"\W", "", member.rpartition(".")[2])
            yield _Resource(f"${{{called}}}", {called: member})
        return
    if action is None or not action.resource_types:
        yield _Resource("*", {})
        return
    types = list(action.resource_types)
    if len(types) > _MANY:
        yield _Resource("${ResourceArn}", {"ResourceArn": "ResourceArn"})
        return
    for kind in types:
        resource = reference.resource_type(service["prefix"], kind)
        is_needed = kind in action.required or len(types) == 1
        if resource is not None and (one := _filled(service, resource.arn, kind, request, name, is_needed)):
            yield one


def _filled(
    service: Mapping[str, Any], arn: str, kind: str, request: Request, name: str, is_needed: bool
) -> _Resource | None:
    """The ARN of a resource type with the names of members in place of its variables; None if nothing calls for it."""
    names = {_plain(member): member for member in request.members}
    filled: dict[str, str] = {}
    variables = _variables(arn)
    for variable in variables:
        stem = re.sub(r"(Name|Id)$", "", variable)
        own = [member for member in service.get("variables", {}).get(variable, ()) if _first(member) in request.members]
        # An ID is not the name: a member with the name does not tell the ARN.
        near = [variable, f"{stem}Id", f"{kind}Id"]
        near += [] if variable.endswith("Id") else [f"{stem}Name", stem, f"{kind}Name"]
        known = [*(names[_plain(one)] for one in near if _plain(one) in names), *own]
        if known:
            filled[variable] = known[0]
    optional = [member for member in filled.values() if _first(member) not in request.required]
    if len(filled) < len(variables):
        stems = [kind, *(re.sub(r"(Name|Id)$", "", variable) for variable in variables)]
        wholes = [names[_plain(f"{stem}Arn")] for stem in stems if _plain(f"{stem}Arn") in names]
        wholes += [names[one] for one in ("arn", "resourcearn") if one in names]
        if wholes:
            return _Resource(f"${{{_called(wholes[0])}}}", {_called(wholes[0]): wholes[0]}, kind=kind)
        if not is_needed:
            return None
    about = ""
    for variable in variables:
        given = filled.get(variable)
        missing = f"${{{variable}}}"
        if not given and _CREATES.match(name):
            missing, about = "*", " The service chooses the ID in the ARN."
        elif not given and variable.endswith("Id") and _plain(f"{variable[:-2]}Name") in names:
            missing, about = "*", " The ARN ends in an ID, which the name in the request does not show."
        arn = arn.replace(f"${{{variable}}}", f"${{{_called(given)}}}" if given else missing)
    when = optional[0] if optional and not is_needed else ""
    return _Resource(arn, {_called(item): item for item in filled.values()}, when, about, kind)


def _variables(arn: str) -> list[str]:
    return [name for name in names_in(arn) if name not in GLOBALS]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _first(member: str) -> str:
    return re.split(r"[\[.]", member, maxsplit=1)[0]


def _called(member: str) -> str:
    """The placeholder of a member: its last name."""
    name = re.sub(r"\W", "", member.rpartition(".")[2])
    return name[:1].upper() + name[1:]
