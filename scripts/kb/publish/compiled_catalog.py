"""Compiles a catalog: resolved, and cut into the private files that the package reads, one of each operation.

The published catalog.json is the contract with others; these files are for the package of the same version only. They
need nothing but what catalog.json holds, so that a wheel of a released version can be made from it. The build backend
runs this module where no library is installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sagemaker_roles.catalog import FORMAT
from sagemaker_roles.catalog.entries import SHARED, Resolver, call, handled_by, passed, reached, reader

from ..records.locations import MANAGED_DOCUMENTS

#: The files that are read late, with their parts of the catalog: for requests with members and for companions, for
#: audits, for what messages mean, for the policies of readers of logs, for callers of any operation, and for code.
FILES = {
    "late": ("containers", "named_resources", "no_permission", "endpoints", "networks", "perimeters"),
    "audit": ("escalations", "passed"),
    "messages": ("messages", "layers", "clues", "mentions"),
    "readers": ("readers",),
    "calls": ("calls", "call_shapes", "personas", "frameworks"),
    "code": ("code",),
}
#: Those that are made of other data than the records: each with one part.
BESIDE = {"actions": "actions", "managed": "managed_documents"}


def compiled_files(data: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The files of a compiled catalog, but for those of :data:`BESIDE`.

    Yields:
        ``index.json`` (what is not of single operations, and by whom requests of others are handled), those of
        :data:`FILES`, and for each operation ``<Operation>.json``: its record. Each comes with the shared parts that it
        refers to.
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
        "late": {part: file for file, parts in FILES.items() for part in parts}
        | {BESIDE[file]: file for file in BESIDE},
        "actions_sha256": data["actions"],
        "handled_by": handled_by(data["operations"]),
        "apis": data.get("apis", {}),
        # By their members, requests tell which operation they are for.
        "shapes": {
            "inputs": inputs,
            "types": {shape: types[shape] for shape in sorted(inputs.values()) if shape in types},
        },
        # Requests of any operation pass roles.
        **_items(resolver, {"resources": {"iam-role": data["resources"]["iam-role"]}}),
        "sources": references.of(data.get("companions", {}))["sources"],
    }
    yield "index.json", _compact(index)
    late = {**{part: data.get(part, {}) for parts in FILES.values() for part in parts}, "passed": passed(data)}
    referring = {**late, "calls": [*map(call, late["calls"].values())], "code": {}}
    late |= _items(resolver, {"containers": late["containers"]})
    late["readers"] = {name: _record(resolver, reader(name, item)) for name, item in late["readers"].items()}
    for file, parts in FILES.items():
        shared = _items(resolver, references.of([referring[part] for part in parts]))
        yield f"{file}.json", _compact({**{part: late[part] for part in parts}, **shared})
    for name in sorted({*data["operations"], *inputs}):
        yield f"{name}.json", _compact(_chunk(resolver, references, data, name))


def managed_file(data: Path) -> tuple[str, bytes]:
    """The file with the documents of AWS managed policies, by name: ``arn``, ``version``, ``changed``, ``document``."""
    files = sorted((data / MANAGED_DOCUMENTS).glob("*.json"))
    documents = {file.stem: json.loads(file.read_bytes()) for file in files}
    return "managed.json", _compact({BESIDE["managed"]: documents})


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
        "types": dict(sorted(reached(data["shapes"]["types"], data["shapes"]["inputs"].get(name, "")).items())),
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
