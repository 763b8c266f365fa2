"""Writes how much was proved, by operation, to data/proof/counts.json: ``python -m tests.proof.counts``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from . import scenarios
from .proof import proof
from .scenarios import ROOT

PATH = ROOT / "data" / "proof" / "counts.json"


def read() -> dict[str, Any]:
    """What was written last; empty if nothing was."""
    return json.loads(PATH.read_text("utf-8")) if PATH.exists() else {"operations": {}, "total": {}}


def total(operations: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The sums over all operations."""
    keys = ("scenarios", "steps", "near_misses", "mutations")
    return {"operations": len(operations), **{key: sum(item[key] for item in operations.values()) for key in keys}}


def of(operation: str) -> dict[str, Any]:
    """The counts of one operation."""
    return proof(operation).counts()


def main() -> int:
    """Proves every operation and writes the counts; 1 if something is not proved."""
    names = scenarios.operations()
    with ProcessPoolExecutor(2) as pool:
        operations = dict(zip(names, pool.map(of, names), strict=True))
    text = json.dumps({"total": total(operations), "operations": operations}, indent=2) + "\n"
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(text, "utf-8")
    print(f"{PATH.relative_to(ROOT)}: {total(operations)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
