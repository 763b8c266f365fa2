"""Cuts a catalog into the private files that an installed package reads: one of each operation, and an index.

The published catalog.json is the contract with others; these files are for the package of the same version only. They
need nothing but what catalog.json holds, so that a wheel of a released version can be made from it; and this module
imports nothing of the package, since the build backend runs it where the package's libraries are not installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: The compiled file with the documents of AWS managed policies.
MANAGED = "managed.json"

#: The parts of a catalog that records share, and refer to by id.
SHARED = ("statements", "resources", "trust", "sources")

#: What messages are explained with.
MESSAGES = ("messages", "layers", "clues")


def _always(data: Mapping[str, Any]) -> dict[str, set[str]]:
    """What every process needs, whatever the operation: the kind of the roles that requests pass, cited pages."""
    parts = ("companions", *MESSAGES)
    cited = {name for part in parts for item in data.get(part, {}).values() for name in item["sources"]}
    return {"resources": {"iam-role"}, "sources": cited}


#: The parts of a catalog that only requests with members, or companions, need.
_LATE = ("containers", "named_resources", "no_permission", "endpoints", "networks", "perimeters")

#: What only an audit needs.
_AUDIT = ("escalations", "actions", "passed")

#: What only the policy of a reader of logs needs.
_READERS = "readers"


def compiled_files(data: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The files of a compiled catalog.

    Args:
        data: what catalog.json holds.

    Yields:
        ``index.json`` (what is not of single operations, and by whom requests of others are handled), ``late.json``
        (what only requests with members need), ``audit.json`` (what only audits need), ``readers.json`` (what only the
        policies of readers of logs need), ``review.json`` (what of audits the page's Review needs), and for each
        operation ``<Operation>.json``: its record. Each comes with the shared parts that it refers to.
    """
    inputs, types = data["shapes"]["inputs"], data["shapes"]["types"]
    index = {
        **{part: data[part] for part in ("schema_version", "data_version", "reference", "partitions", "moved")},
        "inputs": data.get("inputs", {}),
        # Released catalogs up to 1.0.0 have none.
        **{part: data.get(part, {}) for part in ("companions", *MESSAGES)},
        "operations": sorted(data["operations"]),
        "shared": list(SHARED),
        "late": {**dict.fromkeys(_LATE, "late"), **dict.fromkeys(_AUDIT, "audit"), _READERS: _READERS},
        "handled_by": _handled_by(data["operations"]),
        # By their members, requests tell which operation they are for.
        "shapes": {
            "inputs": inputs,
            "types": {shape: types[shape] for shape in sorted(inputs.values()) if shape in types},
        },
        **{part: {name: data[part][name] for name in sorted(names)} for part, names in _always(data).items()},
    }
    yield "index.json", _compact(index)
    late = {part: data.get(part, {}) for part in _LATE}
    yield "late.json", _compact({**late, **_shared(data, [late])})
    audit = {**{part: data.get(part, {}) for part in _AUDIT}, "passed": _passed(data)}
    cited = {name for item in audit["escalations"].values() for name in item["sources"]}
    yield "audit.json", _compact({**audit, "sources": {name: data["sources"][name] for name in sorted(cited)}})
    readers = {_READERS: data.get(_READERS, {})}
    yield f"{_READERS}.json", _compact({**readers, **_shared(data, [readers])})
    yield "review.json", _compact({"without_resources": _without_resources(data)})
    for name in sorted({*data["operations"], *inputs}):
        yield f"{name}.json", _compact(_chunk(data, name))


def managed_file(data: Path) -> tuple[str, bytes]:
    """The file with the documents of AWS managed policies, by name: ``arn``, ``version``, ``changed``, ``document``.

    Args:
        data: the data folder.
    """
    files = sorted((data / "managed-documents").glob("*.json"))
    return MANAGED, _compact({file.stem: json.loads(file.read_bytes()) for file in files})


def records_file(data: Mapping[str, Any]) -> bytes:
    """All records in one file, with what they share: what the page needs to explain a message, which can be of any."""
    parts = {part: data[part] for part in ("operations", *SHARED)}
    return _compact({**parts, "inputs": sorted(data["shapes"]["inputs"]), "types": data["shapes"]["types"]})


def _without_resources(data: Mapping[str, Any]) -> list[str]:
    """The actions of records, in small letters, that have no resource types or that are not known."""
    levels = data.get("actions", {})
    known = {
        f"{prefix}:{name}".lower()
        for prefix, some in levels.items()
        for level, names in some.items()
        if level != "without_resources"
        for name in names.split()
    }
    without = {
        f"{prefix}:{name}".lower()
        for prefix, some in levels.items()
        for name in some.get("without_resources", "").split()
    }
    used = {
        action.lower() for action in _actions_in([data["operations"], data["statements"], data.get("containers", {})])
    }
    return sorted(name for name in used if name in without or name not in known)


def _actions_in(left: list[Any]) -> Iterator[str]:
    """The values of every ``Action`` in some data, however deep."""
    while left:
        item = left.pop()
        if isinstance(item, Mapping):
            actions = item.get("Action")
            yield from actions if isinstance(actions, list) else ()
            left += item.values()
        elif isinstance(item, list):
            left += item


def _handled_by(records: Mapping[str, Any]) -> dict[str, list[str]]:
    """Operations whose requests decide over add-ons of others, to these others."""
    handled: dict[str, dict[str, None]] = {}
    for host in sorted(records):
        record = records[host]
        for grantee in [*record.get("roles", ()), record.get("caller", {})]:
            for addon in grantee.get("addons", ()):
                if "request" in addon:
                    handled.setdefault(addon["request"], {})[host] = None
    return {name: list(hosts) for name, hosts in handled.items()}


def _passed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Operations that a role is passed to, with the services that can assume the role, as `Catalog.passed` says."""
    passed = {}
    for name, record in sorted(data["operations"].items()):
        trusts = [
            data["trust"][one]
            for role in record.get("roles", ())
            if not role.get("not_passed")
            for one in role["trust"]
        ]
        if services := {service for one in trusts for service in one["Principal"].get("Service", ())}:
            passed[name] = {"action": f"{record['service']}:{name}", "services": sorted(services)}
    return passed


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _chunk(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    record = data["operations"].get(name)
    chunk: dict[str, Any] = {"record": record, "types": _types(data, name)}
    if record is None:
        return chunk
    chunk["condition_keys"] = data["condition_keys"].get(name, [])
    chunk["documented"] = data["documented"].get(name)
    return {**chunk, **_shared(data, [record, chunk["documented"]])}


def _shared(data: Mapping[str, Any], left: list[Any]) -> dict[str, Any]:
    """The shared parts that some records refer to, and those that these refer to."""
    shared: dict[str, dict[str, Any]] = {part: {} for part in SHARED}
    while left:
        for part, key in _references(left.pop()):
            known = data[part].get(key)
            if known is not None and key not in shared[part]:
                shared[part][key] = known
                left.append(known)
    return {part: dict(sorted(items.items())) for part, items in shared.items()}


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """The shared parts that a record refers to, as part and id; a text that is none of its ids does no harm."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, Mapping):
            for key, inner in item.items():
                if key == "use":
                    yield "statements", inner
                elif key == "parameters" and isinstance(inner, Mapping):
                    yield from (("resources", kind) for kind in inner.values())
                elif key == "kinds" and isinstance(inner, list):  # of a named resource
                    yield from (("resources", kind) for kind in inner)
                elif key in ("trust", "sources", "editions") and isinstance(inner, list):
                    yield from (("trust" if key == "trust" else "sources", name) for name in inner)
                left.append(inner)
        elif isinstance(item, list):
            left += item


def _types(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The shapes of an operation's request, by name."""
    types = data["shapes"]["types"]
    reached: dict[str, Any] = {}
    left = [data["shapes"]["inputs"].get(name, "")]
    while left:
        shape = left.pop()
        if shape in types and shape not in reached:
            reached[shape] = types[shape]
            left += [*types[shape].get("members", {}).values(), types[shape].get("member"), types[shape].get("value")]
    return dict(sorted(reached.items()))
