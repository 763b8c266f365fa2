"""Runs every benchmark beside this file (`*_bench.py`), or those named, each in a process of its own.

One that fails, or takes longer than it may, hides none of the others; what became of each stands at the end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

#: Seconds that one may take.
MOST = int(os.environ.get("BENCH_SECONDS", "3600"))


def outcome(file: Path) -> str:
    """Runs one; gives what became of it."""
    # In a group of its own, so that what it started ends with it.
    with subprocess.Popen([sys.executable, str(file)], start_new_session=True) as run:
        try:
            code = run.wait(MOST)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            return f"STOPPED after {MOST} s"
        except BaseException:
            os.killpg(run.pid, signal.SIGKILL)
            raise
    return "ok" if code == 0 else f"MISSED or failed ({code})"


def main(names: list[str]) -> int:
    """Runs them in order of name; returns how many missed a target."""
    found = {}
    for file in sorted(Path(__file__).parent.glob("*_bench.py")):
        name = file.stem.removesuffix("_bench")
        if names and name not in names:
            continue
        print(f"== {name}", flush=True)
        start = time.perf_counter()
        found[name] = f"{outcome(file)}, {time.perf_counter() - start:.0f} s"
    print("== all", *(f"{name}: {what}" for name, what in found.items()), sep="\n", flush=True)
    return sum(not what.startswith("ok") for what in found.values())


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
