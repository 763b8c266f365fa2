"""How long a cold `sagemaker-roles show` takes, beside policy_sentry and a bare Python with click."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROUNDS = 15
ROOT = Path(__file__).parents[2]
SHOW = [str(Path(sys.executable).with_name("sagemaker-roles")), "show", "CreateTrainingJob"]
BARE = [sys.executable, "-c", "import json, click"]
RIVAL = str(ROOT / "build" / "bench" / "policy_sentry" / "bin" / "policy_sentry")

#: Most that `show` may take, as a multiple of the other command.
TARGETS = {"policy_sentry write-policy": 1 / 3, "python -c 'import json, click'": 2.5}


def template(actions: Sequence[str]) -> str:
    """The input file that makes policy_sentry write a policy of these actions."""
    return json.dumps({"mode": "actions", "name": "", "actions": list(actions)})


def medians(commands: Mapping[str, list[str]]) -> dict[str, float]:
    """Median seconds of each command, run in turns so that what else the machine does hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - start)
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
        good = ratio <= target
        missed += not good
        verdict = "ok" if good else "MISSED"
        print(f"{name}: {found[name] * 1000:.0f} ms, ratio {ratio:.2f} (at most {target:.2f}) {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
