"""Which files of a folder a build wrote: of the published files, their schemas, and the compiled catalog."""

from __future__ import annotations

import re
from pathlib import Path

from sagemaker_roles.catalog import ACTIONS
from sagemaker_roles.files.ownership import RefusedError, listed_files, read_manifest, read_object

#: What was measured. It and the file of each operation that reviewers read are committed; every build makes the rest.
PROOF = "proof.json"
OPERATIONS = "operations/"

#: The file of an operation that reviewers read.
_REVIEWED = re.compile(rf"{OPERATIONS}[^/]+\.json")

#: The files of a compiled catalog that are of no operation; those of versions up to 3.1.1 had a review.json.
_COMPILED = ("index", "actions", "late", "audit", "calls", "code", "managed", "messages", "readers", "lines", "review")


def is_committed(path: str) -> bool:
    """Whether a file of ``next`` is committed: what a reviewer reads. Every build makes the rest."""
    return path == PROOF or is_reviewed(path)


def is_reviewed(path: str) -> bool:
    """Whether a file has the policies of one operation for reviewers; it is in a checkout only, and in no manifest."""
    return _REVIEWED.fullmatch(path) is not None


def files_of_next(folder: Path) -> set[str] | None:
    """The files of ``next``: those that its manifest lists, those that are committed, and the actions of AWS.

    Raises:
        RefusedError: it is a released version.
    """
    manifest, committed = read_manifest(folder), files_of_checkout(folder)
    if manifest is None or "data_version" not in manifest:
        return committed
    if manifest["data_version"] != "next":
        raise RefusedError(
            f"{folder}: is version {manifest['data_version']}, which never changes; name a new or empty folder"
        )
    return listed_files(manifest) | {ACTIONS} | (committed or set())


def files_of_checkout(folder: Path) -> set[str] | None:
    """The files of ``next`` as it is committed, without a manifest."""
    proof = read_object(folder / PROOF)
    if proof.get("data_version") != "next" or "operations" not in proof:
        return None
    reviewed = (file for file in folder.glob(f"{OPERATIONS}*.json") if "roles" in read_object(file))
    return {PROOF, *(f"{OPERATIONS}{file.name}" for file in reviewed)}


def files_of_schemas(folder: Path) -> set[str] | None:
    """The schemas in a folder of JSON Schemas."""
    return {file.name for file in folder.glob("*.schema.json") if "$schema" in read_object(file)} or None


def files_of_compiled(folder: Path) -> set[str] | None:
    """The files of a compiled catalog: those of the operations that its index lists."""
    index = read_object(folder / "index.json")
    if not {"operations", "shapes", "handled_by"} <= index.keys():
        return None
    return {f"{name}.json" for name in (*_COMPILED, *index["operations"], *index["shapes"]["inputs"])}
