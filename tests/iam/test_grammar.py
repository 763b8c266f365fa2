"""The grammar of each kind of policy document, and every published statement held by it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sagemaker_roles.iam.grammar import GRAMMARS, faults
from sagemaker_roles.iam.size import LIMITS
from support import ROOT, compiled, document, published

ALLOW = {"Effect": "Allow", "Action": ["s3:GetObject"]}
ROLE = {"Principal": {"AWS": ["arn:aws:iam::111122223333:role/R"]}}
ALL = {"Resource": ["*"]}
TRUST = {"Effect": "Allow", "Action": ["sts:AssumeRole"], **ROLE}


def of(*several: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*several], **more}


def test_each_kind_that_has_a_size_has_a_grammar() -> None:
    assert GRAMMARS.keys() == LIMITS.keys()


@pytest.mark.parametrize(
    ("kind", "policy"),
    [
        ("managed", of({**ALLOW, **ALL})),
        ("scp", of({**ALLOW, **ALL}, {"Effect": "Deny", "NotAction": ["s3:*"], "NotResource": ["*"]})),
        ("trust", of(TRUST)),
        ("bucket", of({**ALLOW, **ALL, **ROLE})),
        ("repository", of({**ALLOW, **ROLE})),
        ("rcp", of({"Effect": "Deny", "Principal": "*", "Action": ["s3:*"], **ALL})),
    ],
)
def test_what_is_valid_has_no_fault(kind: str, policy: dict[str, Any]) -> None:
    assert faults(policy, kind) == []


@pytest.mark.parametrize(
    ("kind", "policy", "fault"),
    [
        ("managed", of({**ALLOW, **ALL, **ROLE}), "Statement[0].Principal: not allowed in such a policy; remove it"),
        ("session", of(ALLOW), "Statement[0].Resource: a statement of such a policy needs Resource or NotResource"),
        ("boundary", of({**ALLOW, "Resource": []}), "Statement[0].Resource: expected a text or a list of texts"),
        ("scp", of({**ALLOW, **ALL, "NotAction": ["*"]}), "has Action or NotAction, not both"),
        ("trust", of({**TRUST, **ALL}), "Statement[0].Resource: not allowed in such a policy; remove it"),
        ("trust", of({**TRUST, "Action": ["iam:GetRole"]}), "Statement[0].Action: must be of sts"),
        (
            "endpoint",
            of({**ALLOW, **ALL}),
            "Statement[0].Principal: a statement of such a policy needs Principal or NotPrincipal",
        ),
        ("repository", of({**ALLOW, **ROLE, **ALL}), "Statement[0].Resource: not allowed in such a policy; remove it"),
        ("rcp", of({**ALLOW, **ALL, "Principal": "*"}), "Statement[0].Effect: must be Deny"),
        ("rcp", of({**ALLOW, **ALL, **ROLE, "Effect": "Deny"}), 'Statement[0].Principal: must be "*"'),
        (
            "key",
            of(*[{**ALLOW, **ROLE, **ALL, "Sid": "A"}] * 2),
            'Statement[1].Sid: Statement[0] has "A" too; IAM wants each Sid once',
        ),
        ("managed", of({**ALLOW, **ALL, "Sid": "a-b"}), "Statement[0].Sid: other characters than letters and digits"),
        ("managed", of(), "Statement: a policy needs a statement"),
        ("managed", of({**ALLOW, **ALL}, Version="2020-01-01"), "is not a version"),
        ("managed", of({**ALLOW, "Resource": ["x" * 6144]}), "the most are 6,144"),
        ("queue", of(*[{**ALLOW, **ROLE, **ALL}] * 21), "21 statements; the most are 20"),
    ],
)
def test_what_a_service_refuses_is_a_fault(kind: str, policy: dict[str, Any], fault: str) -> None:
    assert fault in "\n".join(faults(policy, kind))


# --- what is published --------------------------------------------------------------------------------------------


def printed(path: str) -> Iterator[tuple[str, Any]]:
    """The kinds and documents of a published file; a patch's statements are documents of their own."""
    name = path.rpartition("/")[2]
    if name.endswith(".patch.json"):
        kind = "trust" if name.endswith(".trust.patch.json") else "managed"
        values = [step["value"] for step in document(path) if "value" in step]
        yield from ((kind, of(value)) for value in values if isinstance(value, dict) and "Effect" in value)
    elif name == "trust-policy.json":
        yield "trust", document(path)
    elif name in ("policy.json", "policy.broad.json", "caller-policy.json"):
        # A role's policy that is too large is written in parts.
        yield from (("managed", of(one)) for one in document(path)["Statement"])
    elif name == "companions.json":
        limits = {kind.id: kind.limit for kind in compiled().companions}
        yield from ((limits[one["kind"]], one["policy"]) for one in document(path)["companions"] if one.get("policy"))
    elif path == "guardrails.json":
        kinds = {"scp": "scp", "boundary": "boundary"}
        yield from ((kinds.get(one["kind"], "managed"), one["policy"]) for one in document(path)["guardrails"])
    elif path == "readers.json":
        yield from (("managed", one["policy"]) for one in document(path)["readers"])


def test_every_published_statement_is_one_of_its_kind() -> None:
    every = [(path, kind, policy) for path in published() for kind, policy in printed(path)]
    assert {kind for _, kind, _ in every} >= {"managed", "trust", "scp", "boundary", "key", "bucket", "endpoint"}
    assert [(path, kind, wrong) for path, kind, policy in every if (wrong := faults(policy, kind))] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_every_policy_of_a_page_is_one_of_a_kind(page: Any) -> None:
    for block in re.findall(r"```json\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        try:
            value = json.loads(block)
        except ValueError:
            continue
        if isinstance(value, dict) and "Statement" in value:
            assert any(not faults(value, kind) for kind in GRAMMARS), block
