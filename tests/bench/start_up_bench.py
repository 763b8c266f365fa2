"""How much processor time a cold `show`, `compose`, `build`, and `check` take, and the first beside others."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROUNDS = 15
ROOT = Path(__file__).parents[2]
SHOW = [str(Path(sys.executable).with_name("sagemaker-roles")), "show", "CreateTrainingJob"]
BARE = [sys.executable, "-c", "import json, click"]
RIVAL = str(ROOT / "build" / "bench" / "policy_sentry" / "bin" / "policy_sentry")

#: Most that `show` may take, as a multiple of the other command.
TARGETS = {"policy_sentry write-policy": 1 / 4, "python -c 'import json, click'": 1.6}
#: Most seconds of processor time that commands of contributors may take.
AUTHORING = {"build --check": 2.5, "check": 2.0}


def verdict(good: bool) -> str:
    """How a line of a report ends."""
    return "ok" if good else "MISSED"


def template(actions: Sequence[str]) -> str:
    """The input file that makes policy_sentry write a policy of these actions."""
    return json.dumps({"mode": "actions", "name": "", "actions": list(actions)})


def seconds(command: Sequence[str]) -> float:
    """Processor time of a command and its children.

    Raises:
        CalledProcessError: it fails.
    """
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, list(command))
    return usage.ru_utime + usage.ru_stime


def medians(commands: Mapping[str, list[str]]) -> dict[str, float]:
    """Median seconds of processor time of each command, run in turns so that a busy machine is so for all."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS + 1):
        for name, command in commands.items():
            times[name].append(seconds(command))
    return {name: statistics.median(found[1:]) for name, found in times.items()}


def main() -> int:
    """Prints the medians and ratios; returns 1 if a target is missed."""
    policy = json.loads(subprocess.run(SHOW, check=True, capture_output=True).stdout)
    actions = sorted({action for statement in policy["Statement"] for action in statement["Action"]})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "actions.yml"
        file.write_text(template(actions))
        found = medians(
            {
                "sagemaker-roles show": SHOW,
                "policy_sentry write-policy": [RIVAL, "write-policy", "--input-file", str(file)],
                "python -c 'import json, click'": BARE,
            }
        )
    own = found["sagemaker-roles show"]
    print(f"sagemaker-roles show CreateTrainingJob: {own * 1000:.0f} ms ({len(actions)} actions, {ROUNDS} rounds)")
    missed = 0
    for name, target in TARGETS.items():
        ratio = own / found[name]
        missed += ratio > target
        print(
            f"{name}: {found[name] * 1000:.0f} ms, ratio {ratio:.2f} (at most {target:.2f}) {verdict(ratio <= target)}"
        )
    for name, target in AUTHORING.items():
        took = min(seconds([SHOW[0], *name.split()]) for _ in range(3))
        missed += took > target
        print(f"{name}: {took:.2f} s (least of 3; at most {target:.1f}) {verdict(took <= target)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
