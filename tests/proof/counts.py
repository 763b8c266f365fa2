"""Proves operations and writes into proof.json how much was proved: ``make proof``, for some with OPERATIONS="…".

``--layers`` proves what must allow their work beside the role's policy.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from kb.publish.built_folders import PROOF
from sagemaker_roles.errors.problems import DataError

from . import exceptions, scenarios, written
from .layers import Layers
from .oracle import OracleMissing
from .proof import Proof
from .written import COUNTS, LAYERS


def reasons(operations: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The exceptions that some operation needs, as proof.json holds them."""
    used = {name for item in operations.values() for name in item["exceptions"]}
    found: dict[str, Any] = {}
    for item in exceptions.listed("tight"):
        said = item.data
        found[item.id] = {"near_miss": said["near_miss"], "actions": said["actions"], "mutation": ""}
    for item in exceptions.listed("minimal"):
        what = f"{item.data['kind']} {item.data['what']} of {item.data['sid']}"
        found[item.id] = {"near_miss": "", "actions": [], "mutation": what}
    texts = {item.id: item.data["reason"] for kind in ("tight", "minimal") for item in exceptions.listed(kind)}
    return {name: {**found[name], "reason": texts[name]} for name in sorted(used)}


def of(operation: str) -> tuple[dict[str, Any], list[str]]:
    """The counts of one operation, and what of it is not proved."""
    one = Proof(operation)
    looks = [one.sufficient(), one.tight, one.agreed, one.minimal]
    if one.catalog.operation(operation).roles:
        looks.append(one.sufficient("broad"))
    return one.counts(), [text for look in looks for text in look.unexcused()]


def beside(operation: str) -> tuple[dict[str, Any], list[str]]:
    """The counts of one operation's companions, and what of them is not proved."""
    found = Layers(operation).result
    return found.to_json(), found.failures


def told(counted: Mapping[str, Any], keys: Sequence[str] = COUNTS) -> str:
    """Counts as text."""
    return ", ".join(f"{counted[key]:,} {key.replace('_', ' ')}" for key in keys)


def _proved(was: Mapping[str, Any], counted: Mapping[str, Any], digest: str) -> dict[str, Any]:
    on = {**was.get("measured_on", {}), "proof": digest}
    kept = {"layers": was["layers"]} if "layers" in was else {}
    return {**counted, "comparison": was.get("comparison", {}), **kept, "measured_on": on}


def _beside(was: Mapping[str, Any], counted: Mapping[str, Any], digest: str) -> dict[str, Any]:
    return {**was, "layers": counted, "measured_on": {**was.get("measured_on", {}), "layers": digest}}


def main(arguments: list[str]) -> int:
    """Proves the operations named, or all, and writes the counts of those that are proved; 1 if one is not."""
    layers = "--layers" in arguments
    arguments = [name for name in arguments if name != "--layers"]
    look, put, keys = (beside, _beside, LAYERS) if layers else (of, _proved, COUNTS)
    failures: list[str] = []
    proved: set[str] = set()
    try:
        names = written.chosen(arguments, scenarios.operations(), "layers" if layers else "proof")
        before = written.read()
        operations = {name: item for name, item in before["operations"].items() if arguments or name in names}
        if layers:  # which are of operations whose own policies are proved
            names = [name for name in names if name in operations]
        with ProcessPoolExecutor(2) as pool:
            for number, (name, (counted, faults)) in enumerate(zip(names, pool.map(look, names), strict=True), 1):
                failures += faults
                if not faults:  # else what was counted stays, of the policies that it was counted for
                    proved.add(name)
                    operations[name] = put(operations.get(name, {}), counted, written.digests()[name])
                print(f"[{number:2}/{len(names)}] {name}: {told(counted, keys)}", file=sys.stderr, flush=True)
        written.write(operations, reasons(operations), before["peers"])
    except (OracleMissing, scenarios.ScenarioError, DataError) as error:
        print(f"proof: {error}", file=sys.stderr)
        return 1
    total = written.read()["total"]
    print(f"{PROOF}: {total['operations']} operations, {told(total.get('layers', {}) if layers else total, keys)}")
    if failures:
        lacking = ", ".join(sorted({*names} - proved))
        print("\n".join([*failures, f"proof: {len(failures)} failures; counts unchanged: {lacking}"]), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
