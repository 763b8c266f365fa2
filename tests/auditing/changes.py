"""Looks at every change of one composed role of each operation, and says what came out.

python -m tests.auditing.changes [OPERATION]...; ends with 1 if something is not as it must be. `make soak` takes the
roles of all scenarios.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from auditing.soak import changes
from proof import scenarios


def first(operation: str) -> tuple[int, int, int, list[str]]:
    """Of the first scenario: changes, those that change nothing, findings without a question; and faults."""
    found = changes(scenarios.of(operation)[:1])
    return found.count, found.equal, found.unasked, found.faults


def main(names: Sequence[str]) -> int:
    """Prints the counts of each operation, its faults, and the sums."""
    operations = names or scenarios.operations()
    sums, faults = [0, 0, 0], 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for operation, (*counts, wrong) in zip(operations, pool.map(first, operations), strict=True):
            print(f"{operation}: {_said(counts)}: {len(wrong)} faults", flush=True)
            for line in wrong:
                print(f"  {line}", flush=True)
            sums = [one + other for one, other in zip(sums, counts, strict=True)]
            faults += len(wrong)
    print(f"{len(operations)} operations: {_said(sums)}: {faults} faults")
    return 1 if faults else 0


def _said(counts: Sequence[int]) -> str:
    count, equal, unasked = counts
    return f"{count:,} changes, {equal:,} that change nothing, {unasked:,} findings without a question"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
