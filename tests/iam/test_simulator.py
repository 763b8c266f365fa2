"""Whole sets of policies, all layers: what we say against what the simulator says. `soak.py` asks a million more."""

from __future__ import annotations

from collections import Counter

from .calls import Maker
from .simulator import REASONS, differences, reason

#: Questions of the slice that every run asks.
QUESTIONS = 2000


def test_every_difference_from_the_simulator_has_a_name() -> None:
    maker = Maker("slice")
    cases = [maker.case() for _ in range(QUESTIONS)]
    named: Counter[str | None] = Counter()
    for case, decision, theirs in differences(cases):
        name = reason(case, decision)
        assert name, f"we say {decision}, the simulator {theirs}: {case}"
        named[name] += 1
    assert sum(named.values()) < QUESTIONS * 0.02, named


#: For each reason the seed of a case in which it alone explains a difference.
EXAMPLES = {
    "no trust policy": 62,
    "session policy and direct grant": 388,
    "session not known": 422,
    "escape in StringEquals": 933,
    "variable without a value": 1095,
    "IfExists with ForAnyValue": 1139,
    "NotPrincipal in part": 1714,
    "variable in the place of a type": 4662,
}


def test_every_reason_explains_something() -> None:
    assert set(EXAMPLES) == set(REASONS)
    for name, seed in EXAMPLES.items():
        found = list(differences([Maker(seed).case()]))
        assert len(found) == 1, f"no difference any more: {name}"
        case, decision, _ = found[0]
        applying = [other for other, (has, says) in REASONS.items() if decision.outcome in says and has(case)]
        assert applying == [name]
