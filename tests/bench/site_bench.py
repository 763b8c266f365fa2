"""Processor time of a whole build of the reference site."""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "site"))
from built import build

#: Seconds.
TARGET = 30


def main() -> int:
    """Builds the site in a copy of the checkout; returns 1 if that takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    print(f"whole site: {seconds:.1f} s of processor time, target {TARGET} s")
    return int(seconds > TARGET)


if __name__ == "__main__":
    sys.exit(main())
