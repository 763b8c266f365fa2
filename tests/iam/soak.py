"""Asks the simulator a million questions about whole sets of policies: python -m tests.iam.soak [QUESTIONS [SEED]].

Each process has a simulator of its own. Ends with 1 if a difference has no name, and prints the seed of its case.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from iam.calls import Maker
from iam.simulator import differences, reason

_BATCH = 2000


def ask(seeds: range) -> tuple[Counter[str], list[str]]:
    """Asks about one batch of cases, each made of its own seed."""
    cases = [Maker(seed).case() for seed in seeds]
    named: Counter[str] = Counter()
    unnamed = []
    places = {id(case): seed for case, seed in zip(cases, seeds, strict=True)}
    for case, decision, theirs in differences(cases):
        name = reason(case, decision)
        if name:
            named[name] += 1
        else:
            unnamed.append(f"seed {places[id(case)]}: we say {decision.outcome} ({decision.layer}), they {theirs}")
    return named, unnamed


def main(questions: int, seed: int) -> int:
    """Asks all questions; prints what came out."""
    named: Counter[str] = Counter()
    unnamed: list[str] = []
    starts = range(seed, seed + questions, _BATCH)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        batches = [range(start, min(start + _BATCH, seed + questions)) for start in starts]
        for number, (some, others) in enumerate(pool.map(ask, batches), 1):
            named += some
            unnamed += others
            if sys.stderr.isatty():
                print(f"\r{min(number * _BATCH, questions):,} of {questions:,}", end="", file=sys.stderr)
    print(f"{questions:,} questions from seed {seed}: {len(unnamed)} differences without a name, with one:")
    for name, count in named.most_common():
        print(f"  {count:8,}  {name}")
    for line in unnamed[:50]:
        print(f"  {line}")
    return 1 if unnamed else 0


if __name__ == "__main__":
    numbers = [int(argument.replace("_", "")) for argument in sys.argv[1:3]]
    asked = numbers[0] if numbers else 1_000_000
    sys.exit(main(asked, numbers[1] if len(numbers) > 1 else random.SystemRandom().randrange(10**9)))
