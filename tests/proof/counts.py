"""Proves every operation and writes to data/ how much was proved: ``make proof``.

``data/proof-counts.yaml`` holds the counts by operation, ``data/proof-exceptions.yaml`` the reasons of the exceptions
that they name.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from . import exceptions, scenarios, written
from .oracle import OracleMissing
from .proof import proof

COUNTS, EXCEPTIONS = "proof-counts", "proof-exceptions"
KEYS = ("scenarios", "steps", "near_misses", "mutations")


def total(operations: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The sums over all operations."""
    return {key: sum(item[key] for item in operations.values()) for key in KEYS}


def reasons(operations: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The exceptions that some operation needs, as data/proof-exceptions.yaml holds them."""
    used = {name for item in operations.values() for name in item["exceptions"]}
    found: dict[str, Any] = {}
    for item in exceptions.listed("tight"):
        found[item.id] = {key: item.data[key] for key in ("near_miss", "actions", "reason")}
    for item in exceptions.listed("minimal"):
        what = f"{item.data['kind']} {item.data['what']} of {item.data['sid']}"
        found[item.id] = {"mutation": what, "reason": item.data["reason"]}
    return {name: found[name] for name in sorted(used)}


def of(operation: str) -> tuple[dict[str, Any], list[str]]:
    """The counts of one operation, and what of it is not proved."""
    one = proof(operation)
    looks = [one.sufficient(), one.tight, one.minimal]
    if one.catalog.operation(operation).roles:
        looks.append(one.sufficient("broad"))
    return one.counts(), [text for look in looks for text in look.unexcused()]


def told(counted: Mapping[str, Any]) -> str:
    """Counts as text."""
    return ", ".join(f"{counted[key]:,} {key.replace('_', ' ')}" for key in KEYS)


def main() -> int:
    """Proves every operation and writes the counts of those that are proved; 1 if one is not."""
    names = scenarios.operations()
    failures: list[str] = []
    operations: dict[str, Any] = {}
    try:
        with ProcessPoolExecutor(2) as pool:
            for number, (name, (counted, faults)) in enumerate(zip(names, pool.map(of, names), strict=True), 1):
                failures += faults
                if not faults:
                    operations[name] = counted
                print(f"[{number:2}/{len(names)}] {name}: {told(counted)}", file=sys.stderr, flush=True)
    except (OracleMissing, scenarios.ScenarioError) as error:
        print(f"proof: {error}", file=sys.stderr)
        return 1
    written.write(COUNTS, "Written by `make proof`: how much was proved of each operation's policies.", operations)
    comment = "Written by `make proof` from tests/scenarios/exceptions.yaml: what may go unnoticed, and why."
    written.write(EXCEPTIONS, comment, reasons(operations))
    print(f"data/{COUNTS}.yaml: {len(operations)} operations, {told(total(operations))}")
    if failures:
        lacking = ", ".join(sorted({*names} - {*operations}))
        print("\n".join([*failures, f"proof: {len(failures)} failures; left out: {lacking}"]), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
