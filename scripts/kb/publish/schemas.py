"""The JSON Schemas of the artifacts; that of the catalog has what data/schema says of each kind of record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

#: Definition in the schema of the catalog to the schema of such a record, or of a mapping of them.
_RECORDS = {
    "clue": "clues",
    "companion": "companions",
    "container": "containers",
    "endpoint": "endpoints",
    "escalation": "escalations",
    "input": "inputs",
    "kind": "resources",
    "layer": "layers",
    "mention": "mentions",
    "message": "messages",
    "named_resource": "named-resources",
    "network": "networks",
    "no_permission": "no-permission",
    "operation": "operations",
    "partition": "partitions",
    "perimeter": "perimeters",
    "reader": "readers",
    "statement_set": "statements",
    "trust": "trust",
}

#: What says how a record takes over from another, or what follows; the catalog has the outcome.
AUTHORING = {
    "operation": {"omit_addons", "omit_members", "can_lack", "members"},
    "addon": {"use", "omit"},
    "caller": {"resource", "unscoped", "why", "sources", "notes", "tags"},
}

#: What a catalog has of a record whether or not the record says it itself.
_OUTCOME = {"operation": ("summary", "documentation", "caller"), "role": ("title", "trust", "statements")}

_KEPT = ("description", "type", "properties", "required", "additionalProperties")


def json_schemas(records: Mapping[str, bytes]) -> dict[str, bytes]:
    """The JSON Schemas of the artifacts, by file name.

    Args:
        records: those of the records, as :mod:`~..records.editor` makes them of data/schema.
    """
    folder = resources.files(__package__).joinpath("artifact_schemas")
    files = {item.name: item.read_bytes() for item in folder.iterdir() if item.name.endswith(".json")}
    catalog = json.loads(files["catalog.schema.json"])
    catalog["$defs"] = dict(sorted({**catalog["$defs"], **dict(_definitions(records))}.items()))
    files["catalog.schema.json"] = f"{json.dumps(catalog, indent=2, ensure_ascii=False)}\n".encode()
    return dict(sorted(files.items()))


def _definitions(records: Mapping[str, bytes]) -> Iterator[tuple[str, Any]]:
    for name, kind in _RECORDS.items():
        schema = _without_ids(json.loads(records[f"{kind}.schema.json"]))
        one = schema if "properties" in schema else {**schema, **schema["additionalProperties"]}
        for key, part in {**schema.get("$defs", {}), name: one}.items():
            if not key.startswith("ids-of-"):
                yield key, _outcome(key, {member: part[member] for member in _KEPT if member in part})


def _outcome(name: str, record: dict[str, Any]) -> dict[str, Any]:
    left = AUTHORING.get(name, set())
    required = sorted({*record.get("required", ()), *_OUTCOME.get(name, ())} - left)
    properties = {key: value for key, value in record["properties"].items() if key not in left}
    return {**record, "properties": properties, **({"required": required} if required else {})}


def _without_ids(value: Any) -> Any:
    """A schema without the IDs that there are now, which change with every record."""
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_ids(item) for key, item in value.items() if key != "$ref" or "#/$defs/ids-of-" not in str(item)
    }


def draft_07(schema: Any) -> Any:
    """A JSON Schema as editors read it that know draft-07 only, where what stands beside ``$ref`` has no effect."""
    if isinstance(schema, list):
        return [draft_07(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {"definitions" if key == "$defs" else key: draft_07(value) for key, value in schema.items()}
    if "$schema" in made:
        made["$schema"] = "http://json-schema.org/draft-07/schema#"
    if isinstance(target := made.get("$ref"), str):
        made["$ref"] = target.replace("#/$defs/", "#/definitions/")
        if len(made) > 1:
            made["allOf"] = [*made.get("allOf", ()), {"$ref": made.pop("$ref")}]
    return made
