"""The JSON Schemas: every published file is valid, broken ones are refused, and every field is described."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kb.publish import archives
from sagemaker_roles.canonical import canonical
from sagemaker_roles.outputs.operation_json import SCHEMA_VERSION
from support import ROOT, document, json_schemas, published, schema_of, validator

NAMES = [
    *(
        "actions",
        "attestations",
        "catalog",
        "changes",
        "companions",
        "guardrails",
        "index",
        "managed-policies",
        "manifest",
    ),
    *("operation", "operations", "page-mistakes", "documentation", "patch", "policy", "proof", "readers"),
    *("trust-policy", "versions"),
]
#: Of these a version has none before it is released; tests/test_release.py validates them.
RELEASED = {"changes.schema.json", "versions.schema.json"}
STATEMENT = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}
POLICY = {"Version": "2012-10-17", "Statement": [STATEMENT]}


def test_there_is_a_schema_for_every_kind_of_file() -> None:
    assert sorted(json_schemas()) == sorted(f"{name}.schema.json" for name in NAMES)
    assert {schema_of(path) for path in published()} | RELEASED == set(json_schemas())


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_sound_closed_and_described(name: str) -> None:
    file = f"{name}.schema.json"
    schema = json_schemas()[file]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == file, "relative, so that a copy of the folder works"
    assert schema["title"] and schema["description"]
    root = validator(file)
    for part in walk(schema):
        if "$ref" in part:
            other, _, pointer = part["$ref"].partition("#/$defs/")
            assert pointer in json_schemas()[other or file]["$defs"]
        if part.get("type") == "object":
            assert {"additionalProperties", "$ref"} & part.keys(), part
        if "properties" in part:
            assert (part["type"], part["additionalProperties"]) == ("object", False), part
        for field, inner in part.get("properties", {}).items():
            assert inner.get("description") or "$ref" in inner, f"{field} is not described"
        own = root.evolve(schema={**part, "$id": file, "$defs": schema.get("$defs", {})})
        for example in part.get("examples", ()):
            own.validate(example)


def walk(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every subschema of a schema."""
    yield schema
    for key, value in schema.items():
        inner = [*value.values()] if key in ("properties", "$defs") else [value] if isinstance(value, dict) else value
        if key in ("properties", "$defs", "items", "additionalProperties", "oneOf", "anyOf") and inner is not True:
            for part in inner or ():
                yield from walk(part)


def test_every_published_file_is_valid() -> None:
    assert len(published()) > 10
    wrong = [
        f"{path}: {error.json_path}: {error.message[:300]}"
        for path in published()
        for error in validator(schema_of(path)).iter_errors(document(path))
    ]
    assert not wrong, "\n".join(wrong[:20])


def test_published_files_are_canonical() -> None:
    for path, content in published().items():
        if path in ("actions.json", "catalog.json"):
            compact = json.dumps(json.loads(content), separators=(",", ":")).encode("ascii") + b"\n"
            assert content == compact
        else:
            assert content == canonical(json.loads(content)), path


# --- broken files are refused -------------------------------------------------------------------------------------


#: Members that a document may lack, by its kind: earlier versions have no families, and a finding has only the scanners
#: that report it.
OPTIONAL = {
    "companions": "Condition Principal Resource",
    "index": "attestations caller_policy checkov cnspec documented_pages families fixes guardrails links observed "
    "operations prowler readers security_hub services",
    "manifest": "",
    "operation": "broad_patch broad_policy companions notes observed trust_patch trust_policy",
    "policy": "Condition",
    "trust-policy": "AWS Condition Federated Service",
}


@pytest.mark.parametrize("name", OPTIONAL)
def test_a_missing_key_is_refused_everywhere(name: str) -> None:
    parts = [*walk(json_schemas()[f"{name}.schema.json"])]
    lacking = {key for part in parts for key in part.get("properties", {}) if key not in part.get("required", ())}
    assert lacking == {*OPTIONAL[name].split()}


def stated(**changes: Any) -> Any:
    """A policy whose statement differs; a member that is None is gone."""
    whole = {**STATEMENT, **changes}
    return {**POLICY, "Statement": [{key: value for key, value in whole.items() if value is not None}]}


BROKEN: list[tuple[str, Any]] = [
    ("policy", {**POLICY, "Version": "2008-10-17"}),
    ("policy", stated(Effect="Deny")),
    ("policy", stated(Sid="Read-1")),
    *(("policy", stated(Action=actions)) for actions in ("s3:GetObject", ["s3:*"], [])),
    ("policy", stated(Resource=["bucket"])),
    *(("policy", stated(Condition=condition)) for condition in ({}, {"StringEquals": {"aws:a": "x"}})),
    ("policy", stated(Principal={"Service": ["a"]})),
    ("policy", {**POLICY, "Statement": STATEMENT}),
    ("policy", []),
    ("trust-policy", POLICY),
    ("trust-policy", {**POLICY, "Statement": []}),
    ("patch", POLICY),
    ("patch", [{"op": "add", "path": "/Statement/0", "value": STATEMENT}]),
    ("patch", [{"op": "remove", "path": "/Statement/-"}]),
    ("patch", [{"op": "add", "path": "/Statement/-", "value": {**STATEMENT, "Sid": ""}}]),
]


@pytest.mark.parametrize(("name", "broken"), BROKEN)
def test_nonsense_is_refused(name: str, broken: Any) -> None:
    assert validator("policy.schema.json").is_valid(POLICY)
    assert not validator(f"{name}.schema.json").is_valid(broken)


def test_a_broken_manifest_is_refused() -> None:
    manifest = document("manifest.json")
    check = validator("manifest.schema.json")
    assert check.is_valid(manifest)
    wrong = {"path": ["/etc/passwd.json ", "a.txt"], "sha256": ["A" * 64, "a" * 63], "size": [-1, "3"]}
    for key, values in wrong.items():
        for value in values:
            entry = {**manifest["files"][0], key: value}
            assert not check.is_valid({**manifest, "files": [entry]}), (key, value)


def test_a_broken_catalog_is_refused() -> None:
    """Looked at with one record of each kind."""
    records = ("operations", "statements", "resources", "trust", "sources", "partitions")
    whole, check = document("catalog.json"), validator("catalog.schema.json")
    whole |= {part: dict([*whole[part].items()][:1]) for part in records}
    assert check.is_valid(whole)
    for part in records:
        ((name, record),) = whole[part].items()
        last = sorted({*record} - {"notes", "default", "like"})[-1]
        lacking = {key: value for key, value in record.items() if key != last}
        for broken in ({**record, "surprise": 1}, lacking):
            assert not check.is_valid({**whole, part: {name: broken}}), part
        assert not check.is_valid({key: value for key, value in whole.items() if key != part})


def members_of(value: Any, path: str = "") -> set[str]:
    """The members of a document and of what its lists hold, by path; what is in a mapping has names of its own."""
    if isinstance(value, list):
        return {one for item in value for one in members_of(item, f"{path}[]")}
    if not isinstance(value, dict):
        return set()
    inner = (members_of(item, f"{path}.{key}") for key, item in value.items() if isinstance(item, list))
    return {f"{path}.{key}" for key in value}.union(*inner)


def test_added_members_raise_the_minor_of_the_schema_version() -> None:
    """Consumers tell by it whether a member can be there; the rule is on the site's page of versions."""
    release = json.loads((ROOT / "build" / "v1" / "versions.json").read_bytes())["versions"][0]
    last = archives.files(ROOT / "build" / "v1" / "releases" / f"{release['version']}.tar.xz")
    looked = {path for path in {*published(), *last} if "/" not in path or path.endswith("Model/operation.json")}
    here, there = (
        {
            path + one
            for path in looked - {"changes.json"} & files.keys()
            if path.endswith(".json")
            for one in ("", *members_of(json.loads(files[path])))
        }
        for files in (published(), last)
    )
    major, minor, _ = map(int, release["schema_version"].split("."))
    expected = (major + 1, 0) if there - here else (major, minor + bool(here - there))
    assert tuple(map(int, SCHEMA_VERSION.split(".")[:2])) == expected, (here - there, there - here)
