"""Help for editors: JSON Schemas made from the Cerberus schemas, and the line by which a record names its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .loading import REQUIRED, REQUIRED_OF_ROLE, Loaded
from .locations import MAPPINGS, SCHEMAS
from .schema import NOT_WITH_USE, STATEMENT, Schemas

#: Folder of the JSON Schemas, in data/.
FOLDER = "schema/json"

_TYPES = {"string": "string", "list": "array", "dict": "object", "integer": "integer", "boolean": "boolean"}
_EITHER = {"oneOf": [{"required": ["Resource"]}, {"required": ["scope"]}]}

_TEMPLATE = r"^([^$]|\$\{[A-Z][A-Za-z0-9]*\}|\$\{[a-z][a-z0-9-]*:[A-Za-z0-9:/_.-]+\})*$"
#: What of this project's own checks a JSON Schema can say.
_CHECKS: dict[str, dict[str, Any]] = {
    "unique": {"uniqueItems": True},
    "sorted_unique": {"uniqueItems": True},
    "one_line": {"pattern": r"^\S(.*\S)?$"},
    "sentence": {"pattern": "^\\S.*[.!?][)`\"']?$"},
    "template": {"pattern": _TEMPLATE, "not": {"pattern": r"^arn:[^$*:]+:"}},
    "template_of_one_partition": {"pattern": _TEMPLATE},
    "resource_or_scope": _EITHER,
    "entry": {
        "if": {"required": ["use"]},
        "then": {"not": {"anyOf": [{"required": [key]} for key in NOT_WITH_USE]}},
        "else": {"required": list(STATEMENT), **_EITHER},
    },
    "read": {
        "oneOf": [
            {"required": ["no_permission", "evidence", "sources"], "not": {"required": ["statements"]}},
            {
                "required": ["statements"],
                "not": {"anyOf": [{"required": [key]} for key in ("no_permission", "evidence", "sources")]},
            },
        ]
    },
    "activation": {
        "if": {"required": ["use"]},
        "then": {"propertyNames": {"enum": ["use", "omit"]}},
        "else": {
            "required": ["id", "title"],
            "not": {"anyOf": [{"required": ["usage", other]} for other in ("when", "usage_without")]},
            "anyOf": [{"required": ["statements"]}, {"required": ["trust"]}],
        },
    },
}

#: Checks that only `sagemaker-roles check` makes.
ONLY_CHECKED = frozenset({"jmespath", "library_template", "portable_pattern"})


def modeline(path: str, name: str) -> str:
    """The first line of a record: which JSON Schema the YAML language server reads for it.

    Args:
        path: the file, from the data folder on with that folder's name: ``data/operations/CreateImage.yaml``.
        name: the schema of its kind.
    """
    return f"# yaml-language-server: $schema={'../' * (path.count('/') - 1)}{FOLDER}/{name}.schema.json"


def json_schemas(loaded: Loaded) -> Iterator[tuple[str, bytes]]:
    """The JSON Schema (2020-12) of each kind of file, made from the Cerberus schemas.

    Where a key names other records (``meta: {names: sources}``) their ids are examples, which editors offer. They are
    no more than that: a record written a minute ago is right, too.

    Yields:
        File name and bytes, in order of the names.
    """
    schemas = loaded.schemas
    ids = {part.replace("_", "-"): sorted(records) for part, records in loaded.catalog.data.items()}
    ids["addons"] = sorted(loaded.addons)
    for name in sorted(SCHEMAS):
        writer = _Writer(schemas, ids)
        record = writer.keys(schemas.raw(name))
        if name == "operations":
            record |= _unless_twin()
        if name in MAPPINGS:
            record = {"type": "object", "additionalProperties": record}
        about = schemas.definitions.get("files", {}).get(name)
        document = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$comment": f"Made by `make build` from data/{SCHEMAS[name]}; change it there.",
            "title": f"{name} of sagemaker-roles",
            **({"description": about} if about else {}),
            **record,
            **({"$defs": dict(sorted(writer.definitions.items()))} if writer.definitions else {}),
        }
        yield f"{name}.schema.json", (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _unless_twin() -> dict[str, Any]:
    """What an operation's record must say itself if it is not ``like`` another one."""
    role = {"items": {"required": list(REQUIRED_OF_ROLE)}}
    return {"if": {"not": {"required": ["like"]}}, "then": {"required": list(REQUIRED), "properties": {"roles": role}}}


def _listed(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


class _Writer:
    """Turns Cerberus rules into JSON Schema and gathers the named parts they use."""

    def __init__(self, schemas: Schemas, ids: Mapping[str, list[str]]) -> None:
        self.named: Mapping[str, Any] = schemas.definitions
        self.ids = ids
        self.definitions: dict[str, Any] = {}

    def keys(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """A mapping with fixed keys."""
        rules = {key: {} if isinstance(value, str) else value for key, value in schema.items()}
        required = [key for key, said in rules.items() if said.get("required")]
        return {
            "type": "object",
            "properties": {key: self.rules(value) for key, value in schema.items()},
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    def reference(self, name: str) -> dict[str, Any]:
        """A mapping with fixed keys that other schemas use by its name."""
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self.keys(self.named["schemas"][name])
        return {"$ref": f"#/$defs/{name}"}

    def known(self, part: str) -> dict[str, Any]:
        """The ids of a part of the catalog, as examples."""
        self.definitions[f"ids-of-{part}"] = {"examples": self.ids[part]}
        return {"$ref": f"#/$defs/ids-of-{part}"}

    def rules(self, rules: Any) -> dict[str, Any]:
        """What is said of one value."""
        rules = self.named["rules"][rules] if isinstance(rules, str) else rules
        kinds = rules["type"]
        kind = kinds if isinstance(kinds, str) else ""
        schema: dict[str, Any] = {}
        if "description" in rules.get("meta", {}):
            schema["description"] = rules["meta"]["description"]
        schema["type"] = _TYPES[kind] if kind else [_TYPES[one] for one in kinds]
        schema |= self.inside(rules, kind)
        if (part := rules.get("meta", {}).get("names")) in self.ids:
            inner = {"array": "items", "object": "additionalProperties"}.get(schema["type"])
            (schema[inner] if inner else schema).update(self.known(part))
        size = {"string": "minLength", "list": "minItems", "dict": "minProperties"}.get(kind, "")
        if rules.get("empty") is False:
            schema[size] = 1
        for rule, word in {"minlength": size, "allowed": "enum", "min": "minimum", "max": "maximum"}.items():
            if rule in rules:
                schema[word] = rules[rule]
        if "maxlength" in rules:
            schema[size.replace("min", "max")] = rules["maxlength"]
        if "regex" in rules:
            schema["pattern"] = f"^({rules['regex']})$"
        for check in _listed(rules.get("check_with", ())):
            if check in ONLY_CHECKED:
                continue
            said = _CHECKS[check]
            if schema.keys() & said.keys():
                schema.setdefault("allOf", []).append(said)
            else:
                schema |= said
        return schema

    def inside(self, rules: Mapping[str, Any], kind: str) -> dict[str, Any]:
        inner = rules.get("schema")
        if kind == "list":
            return {} if inner is None else {"items": self.rules(inner)}
        if kind != "dict":
            return {}
        if isinstance(inner, str):
            return self.reference(inner)
        if inner is not None:
            return self.keys(inner)
        schema = {}
        if "keysrules" in rules:
            schema["propertyNames"] = self.rules(rules["keysrules"])
        if "valuesrules" in rules:
            schema["additionalProperties"] = self.rules(rules["valuesrules"])
        return schema
