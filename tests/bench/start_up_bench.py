"""How much processor time cold commands take: of users beside policy_sentry and a bare Python, and of contributors."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import REQUEST, ROOT, TOOL, medians, spent, told
from training_jobs import full_training_job

BARE = [sys.executable, "-c", "import json, click"]
RIVAL = str(ROOT / "build" / "bench" / "policy_sentry" / "bin" / "policy_sentry")
#: Most that commands may take, as a part of policy_sentry's time for the same actions, and of a bare Python with click.
TARGETS = {"show": (1 / 4, 1.6), "compose": (1 / 4, 2.2), "audit": (None, 2.5)}
#: Most seconds of processor time that commands of contributors may take.
AUTHORING = {"build --check": 5.0, "check": 5.0}


def main() -> int:
    """Prints the medians and ratios; returns 1 if a target is missed."""
    good = []
    with tempfile.TemporaryDirectory() as name:
        request, policy, actions = (Path(name) / file for file in ("request.json", "policy.json", "actions.yml"))
        request.write_text(json.dumps(full_training_job(0)))
        allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
        bucket = "s3://amzn-s3-demo-bucket/images/"  # where the objects lie that the manifest in the request names
        commands = {
            "show": ["CreateTrainingJob"],
            "compose": ["CreateTrainingJob", "--request", str(request), "--manifest-bucket", bucket],
            "audit": ["--request", str(REQUEST), "--policy", str(policy), "--fail-on", "none"],
        }
        for command, arguments in commands.items():
            own, (of_rival, of_bare) = [TOOL, command, *arguments], TARGETS[command]
            several = {"own": own, "bare": BARE}
            if of_rival:
                printed = json.loads(subprocess.run(own, check=True, capture_output=True).stdout)
                policies = printed if isinstance(printed, list) else [printed]
                needed = {
                    action for one in policies for statement in one["Statement"] for action in statement["Action"]
                }
                actions.write_text(json.dumps({"mode": "actions", "name": "", "actions": sorted(needed)}))
                several["rival"] = [RIVAL, "write-policy", "--input-file", str(actions)]
            found = medians(several)
            print(command, *(f"{name}: {seconds * 1000:.0f} ms" for name, seconds in found.items()))
            if of_rival:
                good.append(told(f"{command}, beside policy_sentry", found["own"] / found["rival"], of_rival))
            good.append(told(f"{command}, beside a bare Python", found["own"] / found["bare"], of_bare))
    for text, target in AUTHORING.items():
        took = min(spent([TOOL, *text.split()]).busy for _ in range(3))
        good.append(told(f"{text}, least of 3", took, target, "s"))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
