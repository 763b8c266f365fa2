"""What policies for platform teams deny: every answer that the build relies on is asked of the simulator too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from iam.calls import Case
from iam.simulator import simulated
from kb.aws.reference import aws_reference
from kb.publish import guardrails
from kb.publish.guardrails import KEY, Guardrails, is_denied
from sagemaker_roles.iam.evaluation import AccessRequest
from sagemaker_roles.iam.size import size
from support import document, drawn, loaded, published

OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

#: Keys with several values, which the simulator takes as lists only.
LISTS = {"aws:TagKeys", "kms:ResourceAliases", "sagemaker:InstanceTypes", "sagemaker:VpcSubnets"}

#: Keys that AWS does not list for an action, so that the simulator leaves them out.
UNLISTED = {"sagemaker:DomainId", "sagemaker:UserProfileName"}


def case(policy: Mapping[str, Any], kind: str, call: AccessRequest) -> Case:
    layers: dict[str, Any] = {"identity": [OPEN]}
    if kind == "scp":
        layers["scps"] = [[OPEN], [dict(policy)]]
    elif kind == "boundary":
        layers["boundary"] = [dict(policy)]
    else:
        layers["identity"] = [dict(policy)]
    resource_policy = KEY if call.action.startswith("kms:") else None
    return Case(
        principal=call.principal,
        action=call.action,
        resource=call.resource,
        account="111122223333",
        context={key: [value] if key in LISTS else value for key, value in call.context.values.items()},
        resource_policy=resource_policy,
        **layers,
    )


@pytest.mark.xdist_group("simulator")
def test_the_lists_are_what_the_simulator_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[tuple[str, str, str, str, str], tuple[Case, bool]] = {}

    def denied(policy: Mapping[str, Any], kind: str, call: AccessRequest) -> bool:
        ours = is_denied(policy, kind, call)
        key = (str(policy), kind, call.action, call.resource, str(sorted(call.context.values.items())))
        asked.setdefault(key, (case(policy, kind, call), ours))
        return ours

    monkeypatch.setattr(guardrails, "is_denied", denied)
    limits = Guardrails(loaded().catalog.guardrails, aws_reference())
    for path in published():
        if path.endswith("/operation.json"):
            limits.look(document(path))
    listed = limits.listed(loaded().catalog.sources)
    assert listed["guardrails"] == document("guardrails.json")["guardrails"]
    every = list(asked.values())
    some = drawn(every, 600)
    cases = [one for one, _ in some]
    answers = simulated(cases)
    # The simulator knows some actions not yet, and asks for a type where the pattern of a statement shows none.
    unknown = [one for one in answers if one.startswith("error") and ("no.resource.types" in one or "invalid" in one)]
    assert len(unknown) < len(answers) / 5
    differing = [
        f"{one.action} on {one.resource} {one.context}: {answer}, ours {ours}"
        for (one, ours), answer in zip(some, answers, strict=True)
        if answer not in unknown and (answer == "denied") is not ours and not UNLISTED & set(one.context)
    ]
    assert len(cases) > 500 and not differing, f"{len(differing)} of {len(cases)}:\n" + "\n".join(differing[:20])


def test_they_fit_where_they_are_attached() -> None:
    limits = {"scp": 5120, "boundary": 6144, "permission-set": 10240}
    for one in document("guardrails.json")["guardrails"]:
        assert size(one["policy"]) <= limits[one["kind"]], one["id"]
        assert {row["statement"] for row in one["denied"]} <= {
            "",
            *(item["Sid"] for item in one["policy"]["Statement"]),
        }
