"""The closing line of the tests, which adds up what was proved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from support import proved


def _report(**recorded: Any) -> SimpleNamespace:
    return SimpleNamespace(user_properties=[(name.replace("_", " "), value) for name, value in recorded.items()])


def test_it_adds_up_what_tests_of_all_workers_recorded() -> None:
    reports = [_report(scenarios=2, steps=9), _report(steps=1, near_misses=1200, mutations=5), SimpleNamespace()]
    assert proved(reports) == "proof: 2 scenarios, 10 steps, 1,200 near misses, 5 mutations"


def test_it_is_silent_if_nothing_was_proved() -> None:
    assert not proved([_report(linted_documents=3)])
