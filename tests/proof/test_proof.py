"""Each operation's policies, asked of the simulator: sufficient, tight, minimal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sagemaker_roles.publish.proof import COUNTS

from . import counts, evaluator, exceptions, scenarios, written
from .near_misses import NearMiss
from .proof import PARTS, Result, oracle, proof
from .scenarios import Step

OPERATIONS = scenarios.operations()

#: The tests of one operation run in one worker, which proves it once.
by_operation = pytest.mark.parametrize(
    "operation", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in OPERATIONS]
)

Record = Callable[[str, Any], None]


def check(result: Result, what: str, record: Record) -> None:
    record(what, result.count)
    failures = result.unexcused()
    more = f"\n... and {len(failures) - 40} more" if len(failures) > 40 else ""
    assert not failures, "\n".join(["", *failures[:40]]) + more
    assert result.count


@by_operation
def test_every_step_is_allowed(operation: str, record_property: Record) -> None:
    record_property("scenarios", len(proof(operation).scenarios))
    check(proof(operation).sufficient(), "steps", record_property)


@by_operation
def test_every_step_is_allowed_by_the_broad_policy(operation: str, record_property: Record) -> None:
    check(proof(operation).sufficient("broad"), "steps of broad policies", record_property)


@by_operation
def test_every_near_miss_is_denied(operation: str, record_property: Record) -> None:
    check(proof(operation).tight, "near misses", record_property)


@by_operation
def test_nothing_can_be_left_out(operation: str, record_property: Record) -> None:
    check(proof(operation).minimal, "mutations", record_property)


@by_operation
def test_a_second_evaluator_says_the_same(operation: str) -> None:
    differ = []
    asked = 0
    for case in proof(operation).cases:
        for part in PARTS:
            document = case.document(part)
            calls: list[Step | NearMiss] = [*case.steps(part), *case.near_misses(part)]
            answers = [*case.about_steps(part), *case.about_near_misses(part)]
            asked += len(calls)
            for call, answer in zip(calls, answers, strict=True):
                if answer.outcome == "error":
                    continue
                ours = evaluator.allows(document, case.question(part, call))
                if ours != (answer.outcome == "allowed"):
                    differ.append(f"{case.scenario}, {part}: {answer.outcome}, we say {ours}: {call}")
    assert not differ, "\n".join(["", *differ[:40]])
    assert asked


@by_operation
def test_counts_are_not_stale(operation: str) -> None:
    found = written.read()["operations"].get(operation, {})
    assert {key: found.get(key) for key in (*COUNTS, "exceptions")} == proof(operation).counts(), "run `make proof`"


def test_counts_hold_just_the_records() -> None:
    found = written.read()
    assert list(found["operations"]) == OPERATIONS, "run `make proof`"
    assert found["exceptions"] == counts.reasons(found["operations"]), "run `make proof`"


def test_every_exception_is_needed() -> None:
    found = written.read()["operations"]
    used = {name for item in found.values() for name in item["exceptions"]}
    listed = [item.id for kind in ("tight", "minimal") for item in exceptions.listed(kind)]
    assert len(listed) == len(set(listed)), "two exceptions have one id"
    assert not set(listed) - used, "these exceptions are no longer needed; take them out"
    for kind in ("tight", "minimal"):
        for item in exceptions.listed(kind):
            for operation in item.data.get("operations", ()):
                assert item.id in found[operation]["exceptions"], f"{operation} does not need {item.id} any more"


def test_the_simulator_tells_three_outcomes_apart() -> None:
    from .oracle import Question

    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/k"]}],
    }
    who = "arn:aws:sts::111122223333:assumed-role/Role/session"

    def ask(action: str, resource: str, **context: str) -> tuple[str, tuple[str, ...]]:
        question = Question(who, action, resource, "111122223333", context)
        answer = oracle().ask(policy, [question])[0]
        return answer.outcome, answer.ignored

    assert ask("s3:GetObject", "arn:aws:s3:::b/k") == ("allowed", ())
    assert ask("s3:GetObject", "arn:aws:s3:::b/other") == ("denied", ())
    assert ask("s3:GetObjekt", "arn:aws:s3:::b/k")[0] == "error"
    assert ask("s3:GetObject", "arn:aws:sqs:us-west-2:111122223333:queue")[0] == "error"
    assert ask("s3:GetObject", "arn:aws:s3:::b/k", **{"kms:ViaService": "x"}) == ("allowed", ("kms:ViaService",))


def test_the_evaluator_answers_for_actions_that_the_simulator_does_not_know() -> None:
    from .oracle import Answer, Question
    from .proof import of_new_action

    session = "arn:aws:sagemaker:us-west-2:111122223333:training-session/"
    policy = {"Statement": [{"Effect": "Allow", "Action": ["sagemaker:*"], "Resource": [f"{session}tutor"]}]}
    unknown = Answer("error", '{"message":"invalid.action"}', ())

    def ask(action: str, resource: str, **context: str) -> tuple[str, tuple[str, ...]]:
        answer = of_new_action(policy, Question("", action, resource, "111122223333", context), unknown)
        return answer.outcome, answer.ignored

    assert ask("sagemaker:CreateTrainingSession", f"{session}tutor") == ("allowed", ())
    assert ask("sagemaker:CreateTrainingSession", f"{session}other") == ("denied", ())
    assert ask("sagemaker:CreateTrainingSession", session[:-9]) == ("error", ())
    assert ask("sagemaker:CreateTrainingSesion", f"{session}tutor") == ("error", ())
    assert ask("sagemaker:CreateTrainingSession", f"{session}tutor", **{"kms:ViaService": "x"})[1] == (
        "kms:ViaService",
    )
    policy["Statement"].append({"Effect": "Allow", "Action": ["sagemaker:*"], "NotResource": [f"{session}tutor"]})
    assert ask("sagemaker:CreateTrainingSession", f"{session}tutor") == ("error", ())
    known = Answer("denied", "", ())
    assert of_new_action(policy, Question("", "s3:GetObject", f"{session}tutor", ""), known) is known
