"""Policies that are made to take long: an answer or a clear error, in bounded time and memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composing import training
from iam.calls import allow, deny, policy
from sagemaker_roles.audits.role_audit import MOST_CHARACTERS, oversize
from sagemaker_roles.iam import budget
from sagemaker_roles.iam.size import LIMITS

from . import roles, slow
from .test_command import audit

#: Seconds of the processor, on a machine that does nothing else, and MiB that the process may grow by.
SECONDS, MEMORY = 30, 500


def hostile() -> Iterator[tuple[str, Any]]:
    """Policies below the limit, each bad for one part of the comparison."""
    yield "statements", policy(*(allow(f"s3:Get{n % 50}*", f"arn:aws:s3:::b{n}/*") for n in range(500)))
    yield "denials", policy(allow("*"), *(deny("s3:*", f"arn:aws:s3:::b{n}/*") for n in range(500)))
    yield "denials of all kinds", policy(allow("*"), *(deny(f"s3:Get{n}*", f"arn:aws:s3:::b{n}/*") for n in range(400)))
    yield "stars in actions and resources", policy(allow("s3:*" + "a*" * 200, "arn:aws:s3:::" + "a*" * 3000))
    many = ["arn:aws:s3:::data/" + "*" * n + "a*b*" * 40 for n in range(50)]
    none = ["arn:aws:s3:::" + "a*b?" * n for n in range(1, 60)]
    yield "stars in NotResource", policy(allow("s3:*", many), {"Effect": "Deny", "Action": "*", "NotResource": none})
    yield "a long name", policy(allow("s3:*", "arn:aws:s3:::" + "x" * 60_000))
    yield "resources", policy(allow("s3:GetObject", [f"arn:aws:s3:::b-{n}/*" for n in range(1_000)]))
    keys = {f"aws:PrincipalTag/{n}": ["*a*b*"] * 5 for n in range(500)}
    yield "condition keys", policy(allow("*", Condition={"StringLike": keys}))
    values = {"StringLike": {"aws:PrincipalTag/x": [f"*a*b{n}*" for n in range(200)]}}
    yield (
        "values",
        policy(
            *(allow("*", Condition=values) for _ in range(9)),
            *(deny("*", Condition={"StringLike": {"aws:PrincipalTag/x": [f"*a*b{n}*"]}}) for n in range(20)),
        ),
    )
    yield "NotAction", policy({"Effect": "Allow", "NotAction": [f"svc{n}:*" for n in range(2_000)], "Resource": "*"})
    rest = [f"arn:aws:s3:::b{n}*x*" for n in range(1_000)]
    yield "NotResource", policy({"Effect": "Allow", "Action": "*", "NotResource": rest})
    yield "actions", policy(allow([f"s3:*{n}*a?" for n in range(1_000)]))


@pytest.mark.parametrize(("name", "document"), list(hostile()), ids=[name for name, _ in hostile()])
def test_bounded_time_and_memory(tmp_path: Path, name: str, document: Any) -> None:
    assert not oversize(document), f"{name} has an answer, not the error of what is too large"
    file, request = tmp_path / "policy.json", tmp_path / "request.json"
    file.write_text(json.dumps(document))
    request.write_text(training())
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    done = audit("--request", request, "--policy", file, "--format", "json", "--region", "us-west-2")
    assert time.process_time() - start < SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / scale < MEMORY
    assert done.code in (0, 1) and done.document["roles"]


@pytest.mark.parametrize(
    "option", ["--policy", "--trust", "--boundary", "--scp", "--endpoint-policy", "--resource-policy"]
)
@pytest.mark.parametrize(
    "document", [policy(allow("*", [f"arn:aws:s3:::b{n}" for n in range(60_000)])), policy(*[allow("*")] * 10_000)]
)
def test_what_aws_would_not_take_is_refused(tmp_path: Path, option: str, document: Any) -> None:
    file, own = tmp_path / "policy.json", tmp_path / "own.json"
    file.write_text(json.dumps(document))
    own.write_text(json.dumps(policy(allow("*"))))
    first = [] if option == "--policy" else ["--policy", own]
    name = f"arn:aws:s3:::data={file}" if option == "--resource-policy" else file
    start = time.process_time()
    done = audit("CreateModel", *first, option, name)
    assert time.process_time() - start < 5
    assert done.code == 2 and "the policy has" in done.err and "65,536" in done.err


def test_one_such_role_of_an_account_is_told_and_the_others_are_audited(tmp_path: Path) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}

    def role(name: str, document: Any) -> Any:
        return {
            "Path": "/",
            "RoleName": name,
            "RoleId": name,
            "Arn": f"arn:aws:iam::111122223333:role/{name}",
            "AssumeRolePolicyDocument": policy(trust),
            "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document}],
            "AttachedManagedPolicies": [],
        }

    details = [
        role("large", policy(*[allow("*")] * 3_000)),
        role("odd", policy({"Effect": "x"})),
        role("small", policy(allow("*"))),
    ]
    file = tmp_path / "account.json"
    file.write_text(
        json.dumps({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": details, "Policies": []})
    )
    done = audit("CreateModel", "--account-details", file, "--format", "json")
    assert done.code == 1
    assert [one["role"].rpartition("/")[2] for one in done.document["roles"]] == ["small"]
    assert "problem: arn:aws:iam::111122223333:role/large: own: the policy has" in done.err
    assert "problem: arn:aws:iam::111122223333:role/odd: " in done.err


def test_the_limit_is_above_all_that_aws_accepts() -> None:
    assert MOST_CHARACTERS == 65_536 == 2 * max(one.most for one in LIMITS.values())


def test_roles_within_the_sizes_of_iam_take_no_two_seconds() -> None:
    """A slice of what `tests.audits.slow` searches."""
    assert max(one.seconds for one in slow.search(30, "slice")) < slow.SECONDS


@pytest.mark.parametrize("steps", [0, 100, 1_000, 10_000])
def test_what_is_beyond_the_budget_depends(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    what = roles.work("CreateModel", {"ModelName": "x", "ExecutionRoleArn": roles.ROLE})
    own = roles.enough(what)
    for one in (own, policy(allow("*")), policy(allow("s3:GetObject"), deny("*", "arn:aws:s3:::x/*"))):
        role = roles.held(one, trust=roles.trust_of(what), boundary=policy(allow("*")))
        monkeypatch.setattr(budget, "STEPS", 1_000_000)
        whole = roles.audited(what, role)
        monkeypatch.setattr(budget, "STEPS", steps)
        brief = roles.audited(what, role)
        assert brief == whole or any(one.kind == "depends" and budget.SPENT in one.why for one in brief.findings)
        assert {one.why for one in brief.of("missing")} <= {one.why for one in whole.of("missing")}
        assert brief.verdict in ("depends", whole.verdict)
