"""Asks the simulator about random roles, then about all changes of composed roles, in all processors.

python -m tests.audits.soak [PAIRS [SEED]]; ends with 1 if something is not as it must be, and prints what.
With fewer pairs than 100,000, the changes are those of as large a part of the operations, drawn with the seed.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from audits import fuzz
from audits.mutations import Outcome, answered, judge, mutations
from audits.roles import enough, work_of
from proof import scenarios

_BATCH = 2000
#: From how many pairs on all operations have their turn.
_ALL = 100_000


def pairs(seeds: range) -> fuzz.Outcome:
    """Compares random roles."""
    return fuzz.compare(seeds)


def changes(some: Sequence[scenarios.Scenario]) -> Outcome:
    """Looks at every change of the composed role of each scenario."""
    outcome = Outcome()
    for scenario in some:
        judge(scenario, [*mutations(enough(work_of(scenario)))], outcome)
        answered(outcome)
        outcome.asked.clear()
    return outcome


def main(count: int, seed: int) -> int:
    """Does both; prints what came out."""
    faults: list[str] = []
    kinds: Counter[str] = Counter()
    named: Counter[str] = Counter()
    asked = hidden = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        batches = [range(start, min(start + _BATCH, seed + count)) for start in range(seed, seed + count, _BATCH)]
        for one in pool.map(pairs, batches):
            faults += one.faults
            kinds += one.kinds
            named += one.named
            asked += one.asked
            hidden += one.hidden
        print(f"{count:,} pairs of role and need from seed {seed}, {asked:,} questions: {len(faults)} faults")
        print(f"  {hidden:,} questions are about roles of which the audit did not see all policies")
        print(f"  {dict(kinds)}, differences with a reason: {dict(named)}", flush=True)
        total = Outcome()
        names = sorted(scenarios.operations())
        names = random.Random(seed).sample(names, min(len(names), -(-len(names) * count // _ALL)))  # noqa: S311
        for found in pool.map(changes, map(scenarios.of, names)):
            total.count += found.count
            total.equal += found.equal
            total.unasked += found.unasked
            total.faults += found.faults
    print(
        f"{total.count:,} changes of the composed roles of {len(names)} operations, {total.equal:,} that change "
        f"nothing, {total.unasked:,} findings without a question: {len(total.faults)} faults"
    )
    faults += total.faults
    for line in faults[:50]:
        print(f"  {line}")
    return 1 if faults else 0


if __name__ == "__main__":
    numbers = [int(argument.replace("_", "")) for argument in sys.argv[1:3]]
    many = numbers[0] if numbers else 1_000_000
    sys.exit(main(many, numbers[1] if len(numbers) > 1 else random.SystemRandom().randrange(10**9)))
