"""`audit` of an account of 10,000 roles with the shapes of AWS's managed policies, and of one role, cold."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from start_up_bench import BARE, ROOT, medians

ROLES = 10_000
#: Seconds and MiB that the account may take, and times of a bare Python with click that one cold audit may take.
SECONDS, MEMORY, COLD = 60, 1024, 2.5
ACCOUNT = "111122223333"
AUDIT = [str(Path(sys.executable).with_name("sagemaker-roles")), "audit"]
REQUEST = ROOT / "tests" / "inputs" / "aws" / "training-job.json"


def shapes() -> list[list[dict[str, Any]]]:
    """The statements of each managed policy."""
    data = json.loads((ROOT / "build" / "v1" / "next" / "managed-policies.json").read_text("utf-8"))
    return [
        [{"Effect": "Allow", **grant} for service in one["services"] for grant in service["grants"]]
        for one in data["policies"]
    ]


def account(roles: int, seed: int = 5) -> dict[str, Any]:
    """The answer of `get-account-authorization-details`: each role has policies of its own and attached ones."""
    choose = random.Random(seed)  # noqa: S311
    whole = [[_cleaned(one) for one in some] for some in shapes()]
    attached = [
        {
            "PolicyName": f"team-{number}",
            "Arn": f"arn:aws:iam::{ACCOUNT}:policy/team-{number}",
            "DefaultVersionId": "v1",
            "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": _policy(some)}],
        }
        for number, some in enumerate(whole)
    ]
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    details = []
    for number in range(roles):
        mine = [_own(one, number, choose) for one in choose.choice(whole)[:12]]
        some = choose.sample(attached, choose.randint(0, 2))
        role = {"Path": "/", "RoleName": f"role-{number}", "RoleId": f"AROA{number:016}", "InstanceProfileList": []}
        role |= {"Arn": f"arn:aws:iam::{ACCOUNT}:role/role-{number}", "AssumeRolePolicyDocument": _policy([trust])}
        links = [{"PolicyName": one["PolicyName"], "PolicyArn": one["Arn"]} for one in some]
        own = [{"PolicyName": "own", "PolicyDocument": _policy(mine)}]
        details.append({**role, "RolePolicyList": own, "AttachedManagedPolicies": links, "Tags": []})
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": details, "Policies": attached}


def _policy(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _cleaned(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement without what the published list adds to it."""
    names = ("Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")
    return {name: statement[name] for name in names if name in statement}


def _own(statement: dict[str, Any], number: int, choose: random.Random) -> dict[str, Any]:
    """A statement that is narrowed to a team's resources, as people do."""
    changed = dict(statement)
    if "Resource" in changed and choose.random() < 0.5:
        changed["Resource"] = [
            f"arn:aws:s3:::team-{number}/*"
            if one == "*" and choose.random() < 0.3
            else one.replace("*:*:", f"*:{ACCOUNT}:")
            for one in changed["Resource"]
        ]
    return changed


def measure(file: Path, request: Path) -> tuple[float, float, float, int]:
    """Seconds, seconds of the processors, MiB of the largest process, and bytes of the report."""
    out = file.with_suffix(".out")
    command = [*AUDIT, "--request", str(request), "--account-details", str(file), "--format", "json"]
    start = time.perf_counter()
    with out.open("wb") as target:
        process = subprocess.Popen(command, stdout=target, stderr=subprocess.PIPE)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        print(process.stderr.read().decode() if process.stderr else "")
        raise SystemExit(1)
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.stat().st_size


def main() -> int:
    """Prints what was measured; returns 1 if a target is missed."""
    missed = 0
    # As an installation has it: modules are compiled once.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "account.json"
        file.write_text(json.dumps(account(ROLES)))
        request = Path(folder) / "request.json"
        asked = json.loads(REQUEST.read_text("utf-8"))
        # Without the role all roles of the account are held against it.
        request.write_text(json.dumps({name: value for name, value in asked.items() if name != "RoleArn"}))
        seconds, busy, memory, size = measure(file, request)
        # Other work on the machine lengthens the seconds, and hardly those of the processors.
        good = min(seconds, busy / 2) <= SECONDS and memory <= MEMORY
        missed += not good
        print(
            f"{ROLES:,} roles in {file.stat().st_size / 1e6:.0f} MB: {seconds:.1f} s, {busy:.1f} s of the "
            f"processors, so {busy / 2:.1f} s on two (at most {SECONDS}), {memory:.0f} "
            f"MiB (at most {MEMORY}), report of {size / 1e6:.0f} MB {'ok' if good else 'MISSED'}",
            flush=True,
        )
        policy = Path(folder) / "policy.json"
        policy.write_text(json.dumps(_policy([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])))
        one = [*AUDIT, "--request", str(REQUEST), "--policy", str(policy), "--fail-on", "none"]
        found = medians({"audit": one, "bare": BARE})
        ratio = found["audit"] / found["bare"]
        missed += ratio > COLD
        print(
            f"one role, cold: {found['audit'] * 1000:.0f} ms, bare python and click {found['bare'] * 1000:.0f} "
            f"ms, ratio {ratio:.2f} (at most {COLD:.2f}) {'ok' if ratio <= COLD else 'MISSED'}"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
