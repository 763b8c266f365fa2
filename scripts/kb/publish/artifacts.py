"""Turns a catalog into the published files: canonical bytes, a manifest, and a tree that is swapped in whole."""

from __future__ import annotations

import difflib
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import ACTIONS, Catalog
from sagemaker_roles.files.ownership import entries
from sagemaker_roles.iam.actions import single_level
from sagemaker_roles.outputs.operation_json import SCHEMA_VERSION, operation_files, readers

from ..aws.reference import Reference
from ..records import caller_permissions
from . import guardrails, proof
from .built_folders import OPERATIONS, PROOF
from .code_calls import code
from .collections import ATTESTATIONS, DOCUMENTATION, counted, documentation, managed_policies, matrix, page_mistakes
from .reviewed_operation import reviewed

#: What the composer needs of a service.
_OF_SERVICE = frozenset({"title", "types", "principal", "sessions", "tagging", "qualified", "prefix"})
#: The parts of the records that are published as they are written.
AS_WRITTEN = (
    *("operations", "statements", "resources", "trust", "containers", "named_resources", "no_permission", "companions"),
    *("endpoints", "networks", "perimeters", "escalations", "sources", "partitions", "inputs", "messages", "layers"),
    *("clues", "mentions", "readers", "personas", "frameworks"),
)


def compiled(catalog: Catalog, reference: Reference, data_version: str = "next") -> Catalog:
    """The catalog with what the composer needs of AWS's data: request shapes and versions."""
    wanted = set(catalog.operations)
    for name in catalog.operations:
        operation = catalog.operation(name)
        wanted.update(addon.request for grantee in operation.grantees() for addon in grantee.addons if addon.request)
        wanted.update(item for names in operation.steps.values() for item in names)
    # The lists that AWS prints are of the operations of SageMaker.
    others = {name for name, said in catalog.data.get("apis", {}).items() if said.get("qualified")}
    of_lists = [one for one in reference.role_parameters if one.service not in others]
    inputs: dict[str, str] = {}
    types: dict[str, Any] = {}
    for service in sorted(reference.inputs):
        for name in sorted(wanted & set(reference.inputs[service])):
            inputs[name] = reference.inputs[service][name]
            _gather(inputs[name], reference.types, types)
    return catalog._beside(
        {
            "schema_version": SCHEMA_VERSION,
            "data_version": data_version,
            "reference": dict(sorted(reference.versions.items())),
            **{part: catalog.data.get(part, {}) for part in AS_WRITTEN},
            "documented": {
                name: {"deviations": [dict(item) for item in record.get("deviations", ())]}
                for name, record in catalog.documented.items()
            },
            "condition_keys": condition_keys(catalog, reference),
            "pass_role": matrix(catalog.pass_role, of_lists),
            "moved": moved(catalog),
            "actions": hashlib.sha256(actions_file(reference)).hexdigest(),
            **called(catalog, reference),
            "code": code(catalog.data, reference),
            "shapes": {"inputs": inputs, "types": dict(sorted(types.items()))},
        }
    )


def called(catalog: Catalog, reference: Reference) -> dict[str, Any]:
    """What callers of all operations need, and the shapes of the requests that have no record."""
    services = catalog.data.get("apis", {})
    known = caller_permissions.calls(services, reference, catalog.operations)
    inputs: dict[str, str] = {}
    types: dict[str, Any] = {}
    for name, item in known.items():
        if not item["has_record"]:
            inputs[name] = reference.inputs[item["service"]][name]
            _gather(inputs[name], reference.types, types)
    apis = {
        service: {
            **{key: value for key, value in said.items() if key in _OF_SERVICE},
            "names": [name for name, item in known.items() if item["service"] == service],
        }
        for service, said in services.items()
    }
    return {"apis": apis, "calls": known, "call_shapes": {"inputs": inputs, "types": dict(sorted(types.items()))}}


def _gather(name: str, table: Mapping[str, Any], gathered: dict[str, Any]) -> None:
    if name in gathered or name not in table:
        return
    gathered[name] = shape = table[name]
    for inner in [*shape.get("members", {}).values(), shape.get("member", ""), shape.get("value", "")]:
        _gather(inner, table, gathered)


def condition_keys(catalog: Catalog, reference: Reference) -> dict[str, list[str]]:
    """The condition keys a caller's permission for each operation can be limited with."""
    keys = {}
    for name in catalog.operations:
        action = reference.action(catalog.action_of(name))
        keys[name] = sorted(set(action.condition_keys), key=lambda key: (key.lower(), key)) if action else []
    return keys


@cache
def actions_file(reference: Reference) -> bytes:
    """All actions of AWS by service prefix and access level, as names in one text; and those without resource types.

    All versions that were made of the same data have the same; no manifest lists it, as the site has it once for them.
    """
    by_prefix: dict[str, dict[str, str]] = {}
    for prefix in sorted(reference.prefixes()):
        levels: dict[str, list[str]] = {}
        for name, access_level, has_resources in sorted(reference.access_levels(prefix)):
            levels.setdefault(single_level(access_level), []).append(name)
            if not has_resources:
                levels.setdefault("without_resources", []).append(name)
        if levels:
            by_prefix[prefix] = {level: " ".join(names) for level, names in sorted(levels.items())}
    return _compact({"actions": by_prefix})


def moved(catalog: Catalog) -> dict[str, dict[str, str]]:
    """The ids that are gone (data/shared/moved.yaml): what took their place, "" for nothing, and why."""
    return {name: {"to": item.get("to", ""), "why": item["why"]} for name, item in catalog.moved.items()}


def render(
    catalog: Catalog,
    reference: Reference,
    data_version: str = "next",
    more: Mapping[str, bytes] | None = None,
    measured: Mapping[str, Any] | None = None,
    for_review: bool = False,
) -> Iterator[tuple[str, bytes]]:
    """All published files of one version, one by one, so that memory holds one operation's files at a time.

    Args:
        catalog: a catalog without problems.
        reference: AWS's data, for shapes, versions and condition keys.
        data_version: SemVer of the data, or ``next``.
        more: further files of the version, for the manifest to list.
        measured: what was measured of the policies, as :mod:`proof` reads it; nothing if None.
        for_review: whether the files for reviewers are among them, one an operation. No manifest lists them.

    Yields:
        Path below the version's folder and the file's bytes; the manifest comes last.
    """
    whole = compiled(catalog, reference, data_version)
    versions = {"schema_version": SCHEMA_VERSION, "data_version": data_version}
    listed: list[dict[str, Any]] = []

    def published(path: str, content: bytes) -> tuple[str, bytes]:
        listed.append({"path": path, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)})
        return path, content

    operations = []
    limits = guardrails.Guardrails(catalog.guardrails, reference)
    for name in whole.operations:
        files: dict[str, bytes] = {}
        described, summary = operation_files(whole, name, files)
        operations.append(summary)
        limits.look(described)
        whole._forget(name)
        for path in sorted(files):
            yield published(path, files[path])
        if for_review:
            yield f"{OPERATIONS}{name}.json", canonical(reviewed(described, partial(_parsed, files)))
    yield published(PROOF, canonical({**versions, **(measured or proof.NOTHING)}))
    yield ACTIONS, actions_file(reference)
    yield published("catalog.json", _compact(whole.data))
    for path, said in _collections(catalog, whole, limits):
        yield published(path, canonical({**versions, **said}))
    yield published("index.json", canonical({**versions, **_index(catalog, operations)}))
    for path, content in (more or {}).items():
        yield published(path, content)
    manifest: dict[str, Any] = {
        **versions,
        "reference": dict(sorted(reference.versions.items())),
        "files": sorted(listed, key=lambda item: str(item["path"])),
    }
    yield "manifest.json", canonical(manifest)


def _parsed(files: Mapping[str, bytes], path: str) -> Any:
    return json.loads(files[path])


def _collections(
    catalog: Catalog, whole: Catalog, limits: guardrails.Guardrails
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the files hold that are of no single operation, by path."""
    yield "managed-policies.json", managed_policies(catalog.managed_policies, catalog.sources)
    yield "page-mistakes.json", page_mistakes(catalog.page_mistakes, catalog.sources)
    yield DOCUMENTATION, documentation(catalog.documentation, catalog.guides)
    yield caller_permissions.FILE, caller_permissions.listed(whole, catalog.data.get("apis", {}))
    yield "readers.json", readers(whole)
    yield guardrails.FILE, limits.listed(catalog.sources)
    yield ATTESTATIONS, counted(catalog.attestations.values())


def _index(catalog: Catalog, operations: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "operations": operations,
        "families": [{"id": key, **family} for key, family in catalog.families.items()],
        "fixes": [{"id": key, **fix} for key, fix in catalog.fixes.items()],
        "services": [{"prefix": key, **item} for key, item in catalog.data.get("services", {}).items()],
        "moved": moved(catalog),
        "links": {
            "attestations": ATTESTATIONS,
            "catalog": "catalog.json",
            "documented_pages": DOCUMENTATION,
            "guardrails": guardrails.FILE,
            "managed_policies": "managed-policies.json",
            "manifest": "manifest.json",
            "operations": caller_permissions.FILE,
            "page_mistakes": "page-mistakes.json",
            "proof": PROOF,
            "readers": "readers.json",
        },
    }


def _compact(data: Mapping[str, Any]) -> bytes:
    """A catalog's JSON without white space, made record by record so that memory holds it only once as text."""
    # Its getvalue() gives the buffer itself: this is the largest file by far, and a copy would double it.
    content = io.BytesIO()
    for place, (part, value) in enumerate(data.items()):
        content.write(f"{',' if place else '{'}{json.dumps(part)}:".encode("ascii"))
        if not isinstance(value, Mapping) or not value:
            content.write(json.dumps(value, separators=(",", ":")).encode("ascii"))
            continue
        for index, (name, item) in enumerate(value.items()):
            record = json.dumps(item, separators=(",", ":"))
            content.write(f"{',' if index else '{'}{json.dumps(name)}:{record}".encode("ascii"))
        content.write(b"}")
    content.write(b"}\n")
    return content.getvalue()


def difference(
    expected: Iterable[tuple[str, bytes]],
    folder: Path,
    limit: int = 40,
    compared: Callable[[str], bool] = lambda path: True,
) -> list[str]:
    """How a folder differs from the files it should hold.

    Args:
        expected: path to bytes.
        folder: the folder.
        limit: lines of one file at most.
        compared: tells of a path whether it is looked at.

    Returns:
        Readable lines, at most ``limit`` a file; empty if nothing differs.
    """
    lines: list[str] = []
    there = entries(folder) if folder.is_dir() else {}
    left = {path: file for path, file in there.items() if compared(path) and file.is_file()}
    for path, content in expected:
        if not compared(path):
            continue
        file = left.pop(path, None)
        if file is None:
            lines.append(f"missing: {path}")
            continue
        committed = file.read_bytes()
        if committed != content:
            old, new = (side.decode("utf-8", "replace").splitlines() for side in (committed, content))
            diff = list(difflib.unified_diff(old, new, f"committed/{path}", f"from the data/{path}", "", "", 1, ""))
            lines += [line if len(line) <= 200 else line[:197] + "..." for line in diff[:limit]]
            lines += [f"... {len(diff) - limit} more lines"] if len(diff) > limit else []
    return lines + [f"not from the data: {path}" for path in sorted(left)]
