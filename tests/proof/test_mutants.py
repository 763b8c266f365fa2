"""Breaks the composer in every way of mutants.py: the proof of a few scenarios notices each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import pytest

from .mutants import MUTANTS
from .proof import Case, Proof

#: A few scenarios in which every part of the composer has work to do.
_SCENARIOS = ("keys-by-alias", "vpc", "keys", "forms", "china", "hub")


class _Small(Proof):
    def __init__(self, scenario: str) -> None:
        super().__init__("CreateTrainingJob")
        (self.scenario,) = (item for item in self.scenarios if item.id == scenario)

    @cached_property
    def cases(self) -> list[Case]:
        return [Case.of(self.scenario, self.catalog)]


def _failures() -> Iterator[str]:
    proofs = [_Small(scenario) for scenario in _SCENARIOS]
    for proof in proofs:
        for scope in ("scoped", "broad"):
            yield from proof.sufficient(scope).unexcused()
    for proof in proofs:
        yield from proof.tight.unexcused()


@pytest.mark.xdist_group("mutants")
def test_the_composer_as_it_is_passes() -> None:
    assert not [*_failures()]


@pytest.mark.parametrize("name", MUTANTS)
@pytest.mark.xdist_group("mutants")
def test_a_broken_composer_is_noticed(name: str) -> None:
    with MUTANTS[name]():
        assert next(_failures(), None)
