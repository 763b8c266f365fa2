"""Each operation's policies, asked of the simulator: sufficient, tight, minimal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from . import counts, evaluator, exceptions, scenarios, written
from . import proof as proving
from .oracle import Answer, Question, oracle
from .proof import ALL, Proof, Result, catalog, known_answer, proof
from .scenarios import Step
from .written import COUNTS

OPERATIONS = scenarios.operations()

#: The tests of one operation run in one worker, which proves it once.
by_operation = pytest.mark.parametrize(
    "operation", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in OPERATIONS]
)

#: What is asked of an operation, and how.
LOOKS: dict[str, Callable[[Proof], Result]] = {
    "every step is allowed": lambda one: one.sufficient(),
    "every step is allowed by the broad policy": lambda one: one.sufficient("broad"),
    "every near miss is denied": lambda one: one.tight,
    "nothing can be left out": lambda one: one.minimal,
    "a second evaluator says the same": lambda one: one.agreed,
}


@by_operation
@pytest.mark.parametrize("look", LOOKS)
def test_the_policies(operation: str, look: str) -> None:
    result = LOOKS[look](proof(operation))
    failures = result.unexcused()
    assert not failures, "\n".join(["", *failures[:40], f"{len(failures)} in all"])
    assert result.count


@by_operation
def test_counts_are_not_stale(operation: str) -> None:
    if not written.is_current(operation, "proof"):
        return
    kept = written.read()["operations"].get(operation, {})
    now = proof(operation).counts()
    assert {key: kept.get(key) for key in COUNTS} == {key: now[key] for key in COUNTS}, "run `make proof`"
    if ALL:
        assert kept["exceptions"] == now["exceptions"], "run `make proof`"
    else:
        assert Counter(now["exceptions"]) <= Counter(kept["exceptions"]), "run `make proof`"


def test_counts_hold_just_the_records() -> None:
    found = written.read()
    assert list(found["operations"]) == OPERATIONS, "run `make proof`"
    assert found["exceptions"] == counts.reasons(found["operations"]), "run `make proof`"


def test_every_exception_is_needed() -> None:
    found = {name: item for name, item in written.read()["operations"].items() if written.is_current(name, "proof")}
    used = {name for item in found.values() for name in item["exceptions"]}
    every = [item for kind in ("tight", "minimal") for item in exceptions.listed(kind)]
    assert len(every) == len({item.id for item in every}), "two exceptions have one id"
    for item in every:
        # Of what was changed since it was proved, the next `make proof` tells.
        operations = item.data.get("operations", OPERATIONS)
        if {*operations} <= found.keys():
            assert item.id in used, "the exception is no longer needed; take it out"
        for operation in item.data.get("operations", ()):
            if operation in found:
                assert item.id in found[operation]["exceptions"], f"{operation} does not need {item.id} any more"


def test_a_slice_is_drawn_by_the_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    one, items = Proof(OPERATIONS[0], share=6), range(601)
    drawn = one._slice(items, "policy")
    assert len({*drawn}) == 101 and drawn == one._slice(items, "policy") != one._slice(items, "caller")
    monkeypatch.setattr(proving, "_digests", lambda: {OPERATIONS[0]: "of other policies"})
    assert drawn != one._slice(items, "policy") and Proof(OPERATIONS[0])._slice(items) == [*items]


def test_a_loss_that_only_the_last_call_shows_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Proof(OPERATIONS[0]).cases[0]
    calls = [Step("s3:GetObject", f"arn:aws:s3:::b/{number}", {}, "", "x") for number in range(50)]
    loss, other = (proving._Loss("policy", "A", sid, "action", "s3:GetObject") for sid in ("Read", "Other"))
    document = {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/49"]}]}
    mutation = proving._Mutation("action", "Read", "s3:GetObject", document, calls, "allowed")
    first, rest = (replace(mutation, calls=some) for some in (calls[:-1], calls[-1:]))
    asked: list[int] = []

    def ask_all(groups: Any) -> list[list[Answer]]:
        asked.append(sum(len(questions) for _, questions in groups))
        return evaluator.ask_all(groups)

    monkeypatch.setattr(proving, "ask_all", ask_all)
    both = [(case, "policy", one) for one in (first, rest)]
    assert proving._unnoticed({loss: both, other: both[:1]}) == [other]
    assert sum(asked) == 99, "no call is asked about twice"
    assert asked[0] < 10, "a few calls come first"


def test_the_simulator_tells_three_outcomes_apart() -> None:
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


def test_the_evaluator_answers_for_what_the_simulator_does_not_know() -> None:
    session = "arn:aws:sagemaker:us-west-2:111122223333:training-session/"
    policy = {"Statement": [{"Effect": "Allow", "Action": ["sagemaker:*"], "Resource": [f"{session}tutor"]}]}
    unknown = Answer("error", '{"message":"invalid.action"}', ())

    def ask(action: str, resource: str, **context: str) -> tuple[str, tuple[str, ...]]:
        answer = known_answer(
            policy, Question("arn:aws:iam::111122223333:role/R", action, resource, "111122223333", context), unknown
        )
        return answer.outcome, answer.ignored

    assert ask("sagemaker:CreateTrainingSession", f"{session}tutor") == ("allowed", ())
    assert ask("sagemaker:CreateTrainingSession", f"{session}other") == ("denied", ())
    assert ask("sagemaker:CreateTrainingSession", session[:-9]) == ("error", ())
    assert ask("sagemaker:CreateTrainingSesion", f"{session}tutor") == ("error", ())
    assert ask("sagemaker:CreateTrainingSession", f"{session}tutor", **{"kms:ViaService": "x"})[1] == (
        "kms:ViaService",
    )
    key = "arn:aws:kms:us-west-2:111122223333:key/1"
    condition = {"Null": {"kms:EncryptionContext:aws:s3:arn": "false"}}
    statement = {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": "*", "Condition": condition}
    for context, wanted in (({"kms:EncryptionContext:aws:s3:arn": "b"}, "allowed"), ({}, "denied")):
        question = Question("arn:aws:iam::111122223333:role/R", "kms:Decrypt", key, "111122223333", context)
        ignoring = Answer("denied", "", tuple(context))
        assert known_answer({"Statement": [statement]}, question, ignoring).outcome == wanted
    known = Answer("denied", "", ())
    assert (
        known_answer(policy, Question("arn:aws:iam::111122223333:role/R", "s3:GetObject", f"{session}tutor", ""), known)
        is known
    )


@pytest.mark.parametrize("engine", catalog().readers.operations)
def test_what_a_reader_of_logs_does_is_allowed_and_nothing_else(engine: str) -> None:
    """Two evaluators agree, and nothing of the policy can be left out."""
    one = Proof(engine, catalog().readers)
    for result in (one.sufficient(), one.tight, one.minimal, one.agreed):
        assert result.count > 20
        assert result.unexcused() == []
