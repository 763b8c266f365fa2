"""Whole sets of policies, all layers: what we say against what the simulator says. `soak.py` asks a million more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from .calls import Maker
from .simulator import REASONS, Simulator, differences, reason

#: Questions of the slice that every run asks.
QUESTIONS = 3000


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    one = Simulator()
    yield one
    one.close()


def test_every_difference_from_the_simulator_has_a_name(simulator: Simulator) -> None:
    maker = Maker("slice")
    cases = [maker.case() for _ in range(QUESTIONS)]
    named: Counter[str | None] = Counter()
    for case, decision, theirs in differences(cases, simulator):
        name = reason(case, decision)
        assert name, f"we say {decision}, the simulator {theirs}: {case}"
        named[name] += 1
    assert sum(named.values()) < QUESTIONS * 0.02, named


def test_every_name_is_of_some_difference(simulator: Simulator) -> None:
    """A name that explains nothing goes; those of rare cases are held by a case of their own."""
    assert set(REASONS) <= {name for name, _ in _EXAMPLES}
    for name, case in _EXAMPLES:
        (found,) = list(differences([case], simulator)) or [None]
        assert found, f"no difference any more: {name}"
        assert REASONS[name][0](found[0]) and found[1].outcome in REASONS[name][1], name


def _examples() -> Iterator[tuple[str, object]]:
    """A case for each name, searched once and the same in every run."""
