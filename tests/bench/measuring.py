"""What the benchmarks share: what a command takes, and how a figure is said beside its target."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROUNDS = 15
ROOT = Path(__file__).parents[2]
TOOL = str(Path(sys.executable).with_name("sagemaker-roles"))
REQUEST = ROOT / "tests" / "inputs" / "aws" / "training-job.json"


class Spent(NamedTuple):
    """Seconds of a command, those of the processors with its children, and MiB of its largest process."""

    seconds: float
    busy: float
    memory: float


def spent(command: Sequence[str], codes: tuple[int, ...] = (0,)) -> Spent:
    """Runs a command, whose output is not looked at.

    Raises:
        CalledProcessError: it ends with another code.
    """
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in codes:
        raise subprocess.CalledProcessError(child.returncode, list(command))
    memory = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Spent(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, memory)


def medians(commands: Mapping[str, list[str]]) -> dict[str, float]:
    """Median seconds of processor time of each command, run in turns so that a busy machine is so for all."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS + 1):
        for name, command in commands.items():
            times[name].append(spent(command).busy)
    return {name: statistics.median(found[1:]) for name, found in times.items()}


def told(what: str, value: float, target: float, unit: str = "", *, is_least: bool = False) -> bool:
    """Prints a figure with the most, or the least, that it may be; returns whether it is."""
    good = value >= target if is_least else value <= target
    text, limit = (f"{number:,.2f}".rstrip("0").rstrip(".") for number in (value, target))
    bound = "least" if is_least else "most"
    print(f"{what}: {text} {unit} (at {bound} {limit}) {'ok' if good else 'MISSED'}", flush=True)
    return good
