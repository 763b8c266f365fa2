"""Breaks the composer in every way of mutants.py: the proof of a few scenarios notices each."""

from __future__ import annotations

from functools import cached_property

import pytest

from .mutants import MUTANTS
from .proof import Case, Proof

#: A few scenarios in which every part of the composer has work to do.
_SCENARIOS = {"vpc", "keys", "keys-by-alias", "forms", "china", "hub"}


class _Small(Proof):
    @cached_property
    def cases(self) -> list[Case]:
        return [Case.of(item, self.catalog) for item in self.scenarios if item.id in _SCENARIOS]


def _failures() -> list[str]:
    proof = _Small("CreateTrainingJob")
    assert len(proof.cases) == len(_SCENARIOS)
    for scope in ("scoped", "broad"):
        if found := proof.sufficient(scope).unexcused():
            return found
    return proof.tight.unexcused()


@pytest.mark.xdist_group("mutants")
def test_the_composer_as_it_is_passes() -> None:
    assert not _failures()


@pytest.mark.parametrize("name", MUTANTS)
@pytest.mark.xdist_group("mutants")
def test_a_broken_composer_is_noticed(name: str) -> None:
    with MUTANTS[name]():
        assert _failures(), MUTANTS[name].__doc__


def test_there_are_twenty_ways() -> None:
    assert len(MUTANTS) >= 20
