"""`make soak`: the property tests again and again, each round with a random seed; prints the seeds that fail.

With --total, all parts of `make soak` in that many minutes, each as often as fits into its share.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: The parts that take a count and a seed, and how much of each is one round.
COUNTED = {"tests.iam.soak": 5_000, "tests.audits.soak": 1_000, "tests.audits.slow": 200}
#: What is asked whole here: every answer of guardrails of the simulator, every script of tests/code in moto, and every
#: option with every role and add-on.
WHOLE = ("tests/test_guardrails.py", "tests/test_code_runs.py", "tests/test_fuzz.py::test_no_option_breaks")
SOAKS = {"HYPOTHESIS_PROFILE": "soak"}
#: In fewer minutes than this, a round of the property tests is only the fuzzing of readers and options.
SHORT, FUZZING = 5.0, ("tests/test_fuzz.py",)


def main() -> int:
    """Runs rounds until the time is over; exits 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=30, help="begin no round after this many minutes (default: 30)"
    )
    parser.add_argument("--total", type=float, help="all parts of `make soak` in about this many minutes")
    parser.add_argument("--seed", type=int, help="one round with this seed")
    parser.add_argument("tests", nargs="*", help="files or tests (default: all)")
    options = parser.parse_args()
    share = None if options.total is None else options.total / (len(COUNTED) + 2)
    failed = [] if share is None else others(share)
    options.minutes = options.minutes if share is None else share
    end = time.monotonic() + options.minutes * 60
    rounds = 0
    while True:
        seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
        rounds += 1
        failed += one_round(seed, options.tests or (() if options.minutes >= SHORT else FUZZING))
        print(f"round {rounds}, seed {seed}: {len(failed)} failures so far", flush=True)
        if options.seed is not None or time.monotonic() >= end:
            break
    for line in failed:
        print(line)
    return 1 if failed else 0


def others(minutes: float) -> list[str]:
    """Runs the other parts, each for some minutes; returns for each that fails how to run it again."""
    failed: list[str] = []
    for module, count in COUNTED.items():
        end, rounds = time.monotonic() + minutes * 60, 0
        while not rounds or time.monotonic() < end:
            seed = random.SystemRandom().randrange(2**32)
            command = ["-m", module, str(count), str(seed)]
            rounds += 1
            if subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode:
                failed.append(f".venv/bin/python {' '.join(command)}")
        print(f"{module}: {rounds} rounds of {count:,}", flush=True)
    command = ["-m", "pytest", "-q", "-n", "0", *WHOLE]
    if subprocess.run([sys.executable, *command], cwd=ROOT, env={**os.environ, **SOAKS}, check=False).returncode:
        failed.append(f"HYPOTHESIS_PROFILE=soak .venv/bin/python {' '.join(command)}")
    return failed


def one_round(seed: int, tests: Sequence[str]) -> list[str]:
    """Runs every property with one seed; returns for each that fails how to run it again."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--dist", "loadgroup", "-m", "hypothesis"]
    done = subprocess.run(
        [*command, f"--hypothesis-seed={seed}", *tests],
        cwd=ROOT,
        env={**os.environ, **SOAKS},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return []
    print(done.stdout, done.stderr, sep="\n")
    names = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    again = f"HYPOTHESIS_PROFILE=soak .venv/bin/pytest --hypothesis-seed={seed}"
    return [f"{again} '{name}'" for name in names] or [
        f"{again} -m hypothesis  # pytest itself ended with {done.returncode}"
    ]


if __name__ == "__main__":
    sys.exit(main())
