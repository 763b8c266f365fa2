"""The page's review and explanations: both engines answer the committed cases as written, and the audit agrees."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sagemaker_roles.auditing.role import Work, audit_role
from sagemaker_roles.inputs.held import HeldPolicy, HeldRole

from .answers import ROOT, catalog
from .pages import FOLDER, ROLE, composed, explained, layers_of, messages, patterns, reviewed, reviews

_VARIABLE = re.compile(r"\$\{[a-z0-9-]+:")

#: Cases of which the audit says too little: it asks about a need with a wildcard as about one resource of that name.
_AS_ONE = ("one character of a prefix", "all but a part of a prefix")

AGAIN = "if that is meant, `make conformance` writes the answers anew"


@cache
def parsed(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_bytes())


def test_python_reviews_as_committed() -> None:
    cases, documents = reviews()
    kept = parsed("review")
    assert documents == kept["documents"], AGAIN
    assert len(cases) == len(kept["cases"])
    for case, one in zip(cases, kept["cases"], strict=True):
        assert {**case, "expected": reviewed(case, documents)} == one, f"{case['name']}; {AGAIN}"


def test_python_explains_as_committed() -> None:
    kept = parsed("explain")["cases"]
    assert [{**case, "expected": explained(case)} for case in messages()] == kept, AGAIN


def test_python_compares_patterns_as_committed() -> None:
    made = list(patterns())
    assert made == parsed("patterns")["cases"], AGAIN
    assert {one[3] for one in made} == {one[4] for one in made} == {True, False, None}


def test_the_cases_are_many_and_of_every_outcome() -> None:
    answers = [case["expected"] for case in parsed("review")["cases"]]
    assert len(answers) >= 150
    verdicts = Counter(answer.get("verdict", "broken") for answer in answers)
    assert all(verdicts[name] >= 5 for name in ("missing", "depends", "sufficient", "broken")), verdicts
    states = Counter(one["state"] for answer in answers for some in answer.get("statements", ()) for one in some)
    assert set(states) == {"needed", "wide", "unneeded", "denies", "limits"}
    assert len({case["name"] for case in parsed("review")["cases"]}) == len(answers)


def test_the_pages_engine_answers_as_committed() -> None:
    test = Path(__file__).parent / "page.test.mjs"
    done = subprocess.run(["node", "--test", test], cwd=ROOT, text=True, capture_output=True, timeout=500)
    assert done.returncode == 0, done.stdout[-6000:]


@pytest.mark.parametrize("name", _AS_ONE)
def test_a_part_of_a_need_is_missing(name: str) -> None:
    (case,) = [one for one in parsed("review")["cases"] if one["name"] == name]
    found = {(one["outcome"], one["action"], one["part"]) for one in case["expected"]["needs"]}
    assert ("missing", "s3:PutObject", True) in found


@pytest.mark.parametrize("number", range(4))
def test_the_audit_agrees(number: int) -> None:
    """What a review calls allowed the audit never calls missing, and the other way round; statements alike."""
    kept = parsed("review")
    for case in kept["cases"][number::4]:
        answer = case["expected"]
        if (
            "faults" in answer
            or not (case["policies"] or "resources" in case)
            or not case.get("role")
            or case["name"] in _AS_ONE
        ):
            continue  # without a role's ARN the audit takes the one that a request passes
        held = [HeldPolicy(str(place), "file", kept["documents"][name]) for place, name in enumerate(case["policies"])]
        others = [
            HeldPolicy(part, part, kept["documents"][case[part]]) if part in case else None
            for part in ("boundary", "trust")
        ]
        role = HeldRole(case["role"], policies=tuple(held), boundary=others[0], trust=others[1])
        one = composed(case)
        report = audit_role(Work(catalog(), one.composition, one.operations), role, layers_of(case, kept["documents"]))
        found = {
            kind: {(one.action, one.principal or one.resource) for one in report.of(kind)}
            for kind in ("missing", "depends", "excess")
        }
        judged = {
            name: {(one["action"], one["resource"]) for one in answer["needs"] if one["outcome"] == name}
            for name in ("missing", "depends")
        }
        name = case["name"]
        assert judged["missing"] <= found["missing"] | found["depends"], name
        assert found["missing"] <= judged["missing"] | judged["depends"], name
        # The audit may take a policy variable in a need as unknown text; here it is the same in need and policy. And it
        # may ask for the policies of what AWS publishes for everyone.
        open_too = {one for one in found["depends"] if not _VARIABLE.search(one[1]) and not one[0].startswith("ecr:")}
        assert open_too <= judged["missing"] | judged["depends"], name
        if case["role"] == ROLE and "boundary" not in case:
            wide = {(one.document, one.statement) for one in report.of("excess")}
            for place, some in enumerate(answer["statements"]):
                for used in some:
                    if used["state"] == "needed":
                        assert (str(place), used["name"]) not in wide, f"{name}: {used['name']}"
