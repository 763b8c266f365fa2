"""Reads and writes what was measured: build/v1/next/proof.json, which `sagemaker-roles build` carries on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from kb.aws.reference import aws_reference
from kb.publish import artifacts, proof
from sagemaker_roles.canonical import canonical
from sagemaker_roles.files import writing
from sagemaker_roles.outputs.operation_json import SCHEMA_VERSION

from . import scenarios
from .proof import catalog
from .scenarios import ROOT

FOLDER = ROOT / "build" / "v1" / "next"

Data = Mapping[str, Any]

#: What is counted of each operation, and summed up.
COUNTS = ("scenarios", "steps", "near_misses", "mutations")

#: What is counted of the companions of each operation, and summed up.
LAYERS = ("documents", "steps", "near_misses", "mutations", "second_opinions")


def read() -> dict[str, Any]:
    """What was measured so far.

    Raises:
        DataError: the file is not what was written there.
    """
    return proof.read(FOLDER)


def measured(operations: Data, exceptions: Data, peers: Data, code: Data | None = None) -> dict[str, Any]:
    """What proof.json holds besides its versions.

    Args:
        operations: by name the counts, the exceptions by id, the comparison by peer, and the digest of the policies
            that each was measured on.
        exceptions: by id what is excepted and why.
        peers: by id whose policies were compared.
        code: what readers of code find in scripts.
    """
    total: dict[str, Any] = {key: sum(item[key] for item in operations.values()) for key in COUNTS}
    if beside := [item["layers"] for item in operations.values() if "layers" in item]:
        total["layers"] = {key: sum(item[key] for item in beside) for key in LAYERS}
    return {
        "total": {"operations": len(operations), **total},
        "exceptions": dict(sorted(exceptions.items())),
        "peers": dict(peers),
        **({"code": dict(code)} if code else {}),
        "operations": dict(sorted(operations.items())),
    }


def write(
    operations: Mapping[str, Any],
    exceptions: Mapping[str, Any],
    peers: Mapping[str, Any],
    code: Mapping[str, Any] | None = None,
) -> None:
    """Writes what was measured, without ``code`` what was known of that; the manifest follows with the next build."""
    versions = {"schema_version": SCHEMA_VERSION, "data_version": "next"}
    found = measured(operations, exceptions, peers, code or read().get("code", {}))
    writing.replace_file(FOLDER / proof.PROOF, canonical({**versions, **found}))


@cache
def digests() -> dict[str, str]:
    """The digest of each operation's policies, as the records of now give them."""
    *_, (_, manifest) = artifacts.render(catalog(), aws_reference())
    return proof.digests(json.loads(manifest))


def is_current(operation: str, target: str) -> bool:
    """Whether what a target of make measured of an operation is of its policies of now.

    Where it is not, the build names the operation, its page says so, and a release refuses.
    """
    measured = read()
    return operation in measured["operations"] and not any(
        proof.MEASURED[what][1] == target for what in proof.behind(measured, digests()).get(operation, ())
    )


def chosen(arguments: list[str], known: list[str], target: str) -> list[str]:
    """The operations that a command names, all without a name; with ``changed`` those to measure anew.

    Args:
        arguments: the names.
        known: what can be named.
        target: what is measured, by its name in proof.json.

    Raises:
        ScenarioError: there are no scenarios of one.
    """
    if arguments == ["changed"]:
        measured = read()
        behind = proof.behind(measured, digests())
        return [name for name in known if name not in measured["operations"] or target in behind.get(name, ())]
    if unknown := sorted({*arguments} - {*known}):
        raise scenarios.ScenarioError(f"no scenario is of {', '.join(unknown)}")
    return [name for name in known if not arguments or name in arguments]
