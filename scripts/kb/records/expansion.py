"""Writes out what records say in short: add-ons that several share, and what of a caller follows from the operation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog.operation_names import action_of, api_name
from sagemaker_roles.errors.problems import Position, Problem

from .strict_yaml import Map, Seq, Text, where
from .twins import copied

#: What the short form of a caller says of the call itself.
OF_CALL = ("unscoped", "why", "sources", "notes")

RULE = "schema"

_NAME = re.compile(r"\$\{([A-Za-z0-9]+)\}")
_WHY = "Calls the operation."


def placed(value: Any, at: Position) -> Any:
    """A value as if it had been written at a position; what was written elsewhere keeps its own."""
    if isinstance(value, (Map, Seq, Text)):
        return value
    if isinstance(value, dict):
        mapping = Map({key: placed(item, at) for key, item in value.items()})
        mapping.at, mapping.key_at = at, dict.fromkeys(value, at)
        return mapping
    if isinstance(value, list):
        items = Seq(placed(item, at) for item in value)
        items.at = at
        return items
    text = Text(value)
    text.at = at
    return text


def with_shared_addons(record: Map, shared: Mapping[str, Map], problems: list[Problem]) -> Map:
    """A record whose roles and caller have the add-ons that they ``use``, each set at its place.

    An add-on of its own with the ID of a shared one stands in its place.

    Args:
        record: an operation as written.
        shared: the sets of data/shared/addons, by ID.
        problems: takes uses of sets that do not exist, and of add-ons that a set does not have.
    """

    def expanded(grantee: Map) -> Map:
        if not any("use" in addon for addon in grantee.get("addons", ())):
            return grantee
        changed = copied(grantee)
        changed["addons"] = placed([], grantee["addons"].at)
        changed["addons"].extend(_addons(grantee["addons"], shared, problems))
        return changed

    changed = copied(record)
    if "roles" in record:
        changed["roles"] = placed([], record["roles"].at)
        changed["roles"].extend(map(expanded, record["roles"]))
    if "caller" in record:
        changed["caller"] = expanded(record["caller"])
    return changed


def _addons(addons: Seq, shared: Mapping[str, Map], problems: list[Problem]) -> Iterator[Map]:
    own = {addon["id"]: addon for addon in addons if "id" in addon}
    sets = [shared[addon["use"]]["addons"] for addon in addons if addon.get("use") in shared]
    known = {item["id"] for items in sets for item in items}
    for addon in addons:
        if "use" not in addon:
            if addon["id"] not in known:
                yield addon
            continue
        if addon["use"] not in shared:
            continue  # another rule reports it
        items = shared[addon["use"]]["addons"]
        for name in addon.get("omit", ()):
            if name not in {item["id"] for item in items}:
                message = f"{addon['use']} has no add-on {quoted(name)} to omit"
                problems.append(Problem(where(name, addon.at), "names-exist", message))
        yield from (own.get(item["id"], item) for item in items if item["id"] not in addon.get("omit", ()))


def with_caller(record: Map, trust: Mapping[str, Map], services: Mapping[str, Map], problems: list[Problem]) -> Map:
    """A record whose caller has the statements that follow: the call, the roles that it passes, and tags.

    Args:
        record: an operation with all that it takes over from another.
        trust: the trust policies, by ID; their principals are the services that roles are passed to.
        services: data/services/apis, by the name of botocore.
        problems: takes what nothing follows from.
    """
    caller = record["caller"]
    if "resource" not in caller:
        alone = [key for key in (*OF_CALL, "tags") if key in caller]
        if alone or "statements" not in caller:
            message = f"has {alone[0]}, so it needs `resource`" if alone else "needs `resource` or statements"
            problems.append(Problem(caller.at, RULE, message))
        return record
    changed = copied(record)
    written = changed["caller"] = Map()
    written.at, written.key_at = caller.at, caller.key_at
    at = where(caller["resource"], caller.at)
    authored, addons = caller.get("statements", ()), caller.get("addons", ())
    entries = [*authored, *(entry for addon in addons for entry in addon.get("statements", ()))]
    passed = {entry.get("as") for entry in entries if "PassRole" in (entry.get("Sid"), _sid(entry))}
    written["statements"] = placed([_call(record, caller, services)], at)
    for role in record.get("roles", ()):
        is_passed = role.get("parameters") and "not_passed" not in role and _camel(role["id"]) not in passed
        if is_passed and role["trust"][0] in trust:
            passing = services.get(record["service"], Map()).get("passing")
            written["statements"].append(placed(_pass_role(role, trust[role["trust"][0]], passing), at))
    written["statements"].extend(authored)
    if addons or "tags" in caller:
        written["addons"] = placed([], at)
        written["addons"].extend(addons)
    if "tags" in caller and not _NAME.search(caller["resource"]):
        message = "tags follow from a resource with a placeholder only; write the add-on tags out"
        problems.append(Problem(caller.key_at["tags"], RULE, message))
    elif "tags" in caller:
        at = caller.key_at["tags"]
        if tagging := services.get(record["service"], Map()).get("tagging"):
            written["addons"].append(placed(_tags(record, caller, action_of(services, record), tagging), at))
        else:
            message = f"data/services/apis has no `tagging` of {record['service']}; add it, or write out the add-on"
            problems.append(Problem(at, RULE, message))
    return changed


def _sid(entry: Mapping[str, Any]) -> str:
    return "PassRole" if entry.get("use") == "pass-role" else ""


def _call(record: Map, caller: Map, services: Mapping[str, Map]) -> dict[str, Any]:
    action, name = action_of(services, record), _NAME.search(caller["resource"])
    prefix, member = action.partition(":")[0], name[1] if name else ""
    parameter = member[:1].upper() + member[1:]
    resource = caller["resource"].replace(f"${{{member}}}", f"${{{parameter}}}")
    service: Mapping[str, Any] = services.get(record["service"], {})
    return {
        "Sid": api_name(record["operation"]),
        **({"from": [member], "parameters": {parameter: "resource-name"}} if name else {}),
        "Action": [action],
        "Resource": ["*" if resource == "*" else f"arn:${{Partition}}:{prefix}:${{Region}}:${{Account}}:{resource}"],
        "why": _WHY,
        "evidence": "documented",
        "sources": [service.get("source", f"service-authorization-{prefix}")],
        **{key: caller[key] for key in OF_CALL if key in caller},
    }


def _pass_role(role: Map, trust: Map, passing: Any) -> dict[str, Any]:
    return {
        "use": "pass-role",
        "as": _camel(role["id"]),
        "from": list(role["parameters"]),
        "with": {"Service": trust["Principal"]["Service"][0]},
        **({"sources": passing} if passing else {}),
    }


def _tags(record: Map, caller: Map, action: str, tagging: Mapping[str, Any]) -> dict[str, Any]:
    kind, _, name = caller["resource"].partition("/")
    member, prefix = name[2:-1], action.partition(":")[0]
    entry = {
        "Sid": "TagOnCreate",
        "as": member.removesuffix("Name"),
        "from": [member],
        "parameters": {"Name": "resource-name"},
        "Action": [f"{prefix}:{tagging['operation']}"],
        "Resource": [f"arn:${{Partition}}:{prefix}:${{Region}}:${{Account}}:{kind}/${{Name}}"],
        "Condition": {"StringEquals": {tagging["key"]: [api_name(record["operation"])]}},
        "why": "Tags the resource when it is created. The condition allows tags at creation only.",
        "evidence": "documented",
        "sources": [*tagging["sources"]],
    }
    return {"id": "tags", "title": "Tags", "when": tagging["member"], "statements": [entry]}


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in words.split("-"))
