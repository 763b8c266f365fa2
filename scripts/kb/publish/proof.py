"""What was measured of the policies: proof.json, which `make proof` and `make compare` write and a build carries on."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sagemaker_roles.errors.problems import DataError, Position, Problem

from .built_folders import PROOF

Data = Mapping[str, Any]

#: What the file holds besides its versions where nothing was measured; `make proof` writes what was.
NOTHING: Data = {
    "total": dict.fromkeys(("operations", "scenarios", "steps", "near_misses", "mutations"), 0),
    **{part: {} for part in ("exceptions", "peers", "operations")},
}

#: What is measured of an operation: the member that is filled then, and the target of make that does it.
MEASURED = {
    "proof": ("scenarios", "proof"),
    "layers": ("layers", "proof"),
    "comparison": ("comparison", "compare"),
}
TARGETS = {"proof": "proof", "compare": "comparison"}

#: Names in one message at most.
_MOST = 5


def read(*folders: Path) -> dict[str, Any]:
    """What was measured, from the first of some folders of a version that has it; of nothing if none has it.

    Raises:
        DataError: the file is not what was written there.
    """
    file = next((folder / PROOF for folder in folders if (folder / PROOF).is_file()), None)
    if file is None:
        return {**NOTHING}
    try:
        proof = json.loads(file.read_bytes())
        return {key: dict(proof[key]) for key in (*NOTHING, *(key for key in ("code",) if key in proof))}
    except (OSError, ValueError, KeyError, TypeError):
        message = "is not what `make proof` writes; restore it from the last commit"
        raise DataError([Problem(Position(file.as_posix()), "proof", message)]) from None


def digests(manifest: Data) -> dict[str, str]:
    """The digest of each operation's policies, trust policies and patches, from the manifest of a version.

    Records and companions are left out: their words change without a permission.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    for item in manifest["files"]:
        top, _, path = item["path"].partition("/")
        name, _, inner = path.partition("/")
        if top == "operations" and inner != "operation.json" and not inner.endswith("companions.json"):
            lines[name].append(f"{item['sha256']}  {inner}\n")
    return {name: hashlib.sha256("".join(sorted(texts)).encode("ascii")).hexdigest() for name, texts in lines.items()}


def stale(proof: Data, manifest: Data) -> Iterator[str]:
    """What of the measured is not of the policies that a manifest lists, and what to do."""
    current = digests(manifest)
    if gone := sorted(proof["operations"].keys() - current.keys()):
        yield f"{PROOF}: no record is of {_listed(gone)}; run `make proof`"
    found = behind(proof, current)
    for target, title in TARGETS.items():
        names = [name for name, left in found.items() if any(MEASURED[what][1] == target for what in left)]
        if names:
            number = f"{len(names)} operations" if len(names) > 1 else "an operation"
            command = f'make {target} OPERATIONS="{" ".join(names)}"'
            yield f"{PROOF}: the {title} of {number} is of earlier policies; run `{command}`"


def behind(proof: Data, current: Mapping[str, str]) -> dict[str, list[str]]:
    """The operations of which something was measured on other policies than those of now, and what.

    Args:
        proof: what was measured.
        current: digests of the policies, as :func:`digests` gives them.
    """
    left = {
        name: [
            what
            for what, (member, _) in MEASURED.items()
            if item.get(member) and item.get("measured_on", {}).get(what) != current[name]
        ]
        for name, item in proof["operations"].items()
        if name in current
    }
    return {name: what for name, what in left.items() if what}


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST} more" if len(names) > _MOST else "")
