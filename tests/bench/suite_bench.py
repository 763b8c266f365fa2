"""Time `make quick`, and with SUITE=1 in the environment `make test` and `make test-all` as well."""

from __future__ import annotations

import os
import sys

from measuring import spent, told

#: Most seconds on two cores.
TARGETS = {"quick": 60, "test": 4 * 60, "test-all": 12 * 60}

if __name__ == "__main__":
    names = TARGETS if os.environ.get("SUITE") else ("quick",)
    missed = [name for name in names if not told(f"make {name}", spent(["make", name]).seconds, TARGETS[name], "s")]
    sys.exit(1 if missed else 0)
