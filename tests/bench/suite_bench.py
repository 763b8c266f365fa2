"""How long `make quick` takes, and with SUITE=1 in the environment `make test` as well."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Most seconds on two cores.
TARGETS = {"quick": 60, "test": 15 * 60}


def main() -> int:
    """Prints the seconds of each; returns 1 if one fails or takes longer than it may."""
    missed = 0
    for name in TARGETS if os.environ.get("SUITE") else ("quick",):
        start = time.perf_counter()
        run = subprocess.run(["make", name], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        took = time.perf_counter() - start
        good = run.returncode == 0 and took <= TARGETS[name]
        missed += not good
        print(f"make {name}: {took:.0f} s (at most {TARGETS[name]}) {'ok' if good else 'MISSED'}")
        if run.returncode:
            print("\n".join(run.stdout.splitlines()[-5:]))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
