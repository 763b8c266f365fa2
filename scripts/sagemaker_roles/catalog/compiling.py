"""Compiles a catalog: resolved, and cut into the private files that the package reads, one of each operation.

The published catalog.json is the contract with others; these files are for the package of the same version only. They
need nothing but what catalog.json holds, so that a wheel of a released version can be made from it. The build backend
runs this module where no library is installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from . import FORMAT
from .resolving import SHARED, Resolver, call, handled_by, passed, reader

#: The compiled file with the documents of AWS managed policies.
MANAGED = "managed.json"

#: The parts of a catalog that only requests with members, or companions, need.
_LATE = ("containers", "named_resources", "no_permission", "endpoints", "networks", "perimeters")

#: What only an audit needs.
_AUDIT = ("escalations", "actions", "passed")

#: What only messages are explained with.
_MESSAGES = ("messages", "layers", "clues")

#: What only the policy of a reader of logs needs.
_READERS = "readers"

#: What callers of any operation need.
_CALLS = ("calls", "call_shapes", "personas")

#: What only the calls of a user's code need.
_CODE = "code"


def compiled_files(data: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The files of a compiled catalog.

    Yields:
        ``index.json`` (what is not of single operations, and by whom requests of others are handled), ``late.json``
        (what only requests with members need), ``audit.json`` (what only audits need), ``readers.json`` (what only the
        policies of readers of logs need), ``calls.json`` (what callers of any operation need), ``code.json`` (what
        calls of a user's code need), ``messages.json`` (what only messages are explained with), and for each operation
        ``<Operation>.json``: its record. Each comes with the
        shared parts that it refers to.
    """
    resolver, references = Resolver(data), _References(data)
    inputs, types = data["shapes"]["inputs"], data["shapes"]["types"]
    index = {
        "format": FORMAT,
        **{part: data[part] for part in ("schema_version", "data_version", "reference", "partitions", "moved")},
        "inputs": data.get("inputs", {}),
        # Released catalogs up to 1.0.0 have none.
        "companions": data.get("companions", {}),
        "operations": sorted(data["operations"]),
        "shared": list(SHARED),
        "late": {
            **dict.fromkeys(_LATE, "late"),
            **dict.fromkeys(_AUDIT, "audit"),
            **dict.fromkeys(_MESSAGES, "messages"),
            _READERS: _READERS,
            **dict.fromkeys(_CALLS, "calls"),
            _CODE: _CODE,
        },
        "handled_by": handled_by(data["operations"]),
        "apis": data.get("apis", {}),
        # By their members, requests tell which operation they are for.
        "shapes": {
            "inputs": inputs,
            "types": {shape: types[shape] for shape in sorted(inputs.values()) if shape in types},
        },
        # Requests of any operation pass roles.
        **_items(resolver, {"resources": {"iam-role": data["resources"]["iam-role"]}}),
        "sources": _cited(data, ["companions"]),
    }
    yield "index.json", _compact(index)
    late = {part: data.get(part, {}) for part in _LATE}
    containers = _items(resolver, {"containers": late["containers"]})
    yield "late.json", _compact({**late, **containers, **_items(resolver, references.of(late))})
    audit = {**{part: data.get(part, {}) for part in _AUDIT}, "passed": passed(data)}
    yield "audit.json", _compact({**audit, "sources": _cited(data, ["escalations"])})
    messages = {part: data.get(part, {}) for part in _MESSAGES}
    yield "messages.json", _compact({**messages, "sources": _cited(data, _MESSAGES)})
    readers = data.get(_READERS, {})
    engines = {name: _record(resolver, reader(name, item)) for name, item in readers.items()}
    yield f"{_READERS}.json", _compact({_READERS: engines, **_items(resolver, references.of(readers))})
    calls = {part: data.get(part, {}) for part in _CALLS}
    shared = references.of([*map(call, calls["calls"].values()), calls["personas"]])
    yield "calls.json", _compact({**calls, **_items(resolver, shared)})
    yield f"{_CODE}.json", _compact({_CODE: data.get(_CODE, {})})
    for name in sorted({*data["operations"], *inputs}):
        yield f"{name}.json", _compact(_chunk(resolver, references, data, name))


def managed_file(data: Path) -> tuple[str, bytes]:
    """The file with the documents of AWS managed policies, by name: ``arn``, ``version``, ``changed``, ``document``."""
    files = sorted((data / "managed-documents").glob("*.json"))
    return MANAGED, _compact({file.stem: json.loads(file.read_bytes()) for file in files})


def _cited(data: Mapping[str, Any], parts: Iterable[str]) -> dict[str, Any]:
    """The pages that the items of some parts cite."""
    cited = {name for part in parts for item in data.get(part, {}).values() for name in item["sources"]}
    return {name: data["sources"][name] for name in sorted(cited)}


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _record(resolver: Resolver, item: Mapping[str, Any]) -> dict[str, Any]:
    """An operation's record, with what a value can be given for in its policies."""
    record = resolver.operations(item)
    return {**record, "placeholders": resolver.placeholders(record), "names": resolver.names(record)}


def _items(resolver: Resolver, parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Parts of a catalog with their items resolved, sorted."""
    return {
        part: {name: items[name] if part == "sources" else resolver.resolved(part, name) for name in sorted(items)}
        for part, items in parts.items()
    }


def _chunk(resolver: Resolver, references: _References, data: Mapping[str, Any], name: str) -> dict[str, Any]:
    record = data["operations"].get(name)
    chunk: dict[str, Any] = {
        "record": None if record is None else _record(resolver, record),
        "types": _types(data, name),
    }
    if record is None:
        return chunk
    chunk["condition_keys"] = data["condition_keys"].get(name, [])
    chunk["documented"] = data["documented"].get(name)
    return {**chunk, **_items(resolver, references.of([record, chunk["documented"]]))}


class _References:
    """Finds what records share of a catalog; what a shared part refers to itself is looked for once."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._known: dict[tuple[str, str], list[tuple[str, str]]] = {}

    def of(self, value: Any) -> dict[str, dict[str, Any]]:
        """The shared parts that some records refer to, and those that these refer to."""
        shared: dict[str, dict[str, Any]] = {part: {} for part in SHARED}
        left = [*_references(value)]
        while left:
            part, key = left.pop()
            if key in self._data[part] and key not in shared[part]:
                shared[part][key] = self._data[part][key]
                if (part, key) not in self._known:
                    self._known[part, key] = [*_references(shared[part][key])]
                left += self._known[part, key]
        return shared


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """The shared parts that a record refers to, as part and id; a text that is none of its ids does no harm."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                if key == "use":
                    yield "statements", inner
                elif key == "parameters" and isinstance(inner, dict):
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
