"""Runs every benchmark beside this file (`*_bench.py`), each in a process of its own; fails if a target is missed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Runs them in order of name; returns how many missed a target."""
    failed = 0
    for file in sorted(Path(__file__).parent.glob("*_bench.py")):
        print(f"== {file.stem.removesuffix('_bench').replace('_', ' ')}", flush=True)
        failed += subprocess.run([sys.executable, str(file)], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
