"""A drawn slice of the proof with Python alone: our own evaluator answers for the simulator."""

from __future__ import annotations

import pytest

from . import evaluator, scenarios
from . import proof as proving
from .proof import Proof


@pytest.mark.parametrize("operation", scenarios.operations())
def test_a_slice_of_the_proof(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "ask_all", evaluator.ask_all)
    one = Proof(operation, share=4 * proving.SHARE)
    for result in (one.sufficient(), one.sufficient("broad"), one.tight, one.minimal):
        assert result.count and not result.unexcused()
