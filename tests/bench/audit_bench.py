"""`audit` of an account of 10,000 roles with the shapes of AWS's managed policies."""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring import REQUEST, ROOT, TOOL, spent, told

ROLES = 10_000
#: Seconds and MiB that the account may take.
SECONDS, MEMORY = 60, 1024
ACCOUNT = "111122223333"


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


def main() -> int:
    """Prints what was measured; returns 1 if a target is missed."""
    # As an installation has it: modules are compiled once.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        file, request = Path(folder, "account.json"), Path(folder, "request.json")
        file.write_text(json.dumps(account(ROLES)))
        asked = json.loads(REQUEST.read_text("utf-8"))
        # Without the role all roles of the account are held against it.
        request.write_text(json.dumps({name: value for name, value in asked.items() if name != "RoleArn"}))
        given = ["--request", str(request), "--account-details", str(file), "--format", "json"]
        found = spent([TOOL, "audit", *given], (0, 1))
        what = f"{ROLES:,} roles in {file.stat().st_size / 1e6:.0f} MB"
    # Other work on the machine lengthens the seconds, and hardly those of the processors.
    good = [told(f"{what}, on two cores", min(found.seconds, found.busy / 2), SECONDS, "s")]
    good.append(told(f"{what}, memory", found.memory, MEMORY, "MiB"))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
