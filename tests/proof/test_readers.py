"""The policies of readers of logs, asked of the simulator as the policies of operations are."""

from __future__ import annotations

import pytest

from .proof import Proof, catalog
from .scenarios import FOLDER

ENGINES = catalog().readers.operations


@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_reader_does_is_allowed_and_nothing_else(engine: str) -> None:
    """Two evaluators agree, and nothing of the policy can be left out."""
    proof = Proof(engine, catalog().readers)
    for result in (proof.sufficient(), proof.tight, proof.minimal, proof.agreed):
        assert result.count > 20
        assert result.unexcused() == []


def test_each_engine_has_scenarios() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} >= {*ENGINES}
