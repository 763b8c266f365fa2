"""The mistakes of the page this project began from: the page's statement fails where ours works, and the reverse."""

from __future__ import annotations

from typing import Any

import pytest

from . import scenarios
from .proof import Case, catalog
from .scenarios import LISTS, Step, read

FAULTS = read(LISTS / "faults.yaml", "faults")["faults"]


@pytest.mark.parametrize("fault", [pytest.param(item, id=item["id"]) for item in FAULTS])
def test_the_page_fails_where_ours_works(fault: dict[str, Any]) -> None:
    operation, _, name = fault["scenario"].partition("/")
    scenario = next(item for item in scenarios.of(operation) if item.id == name)
    case = Case.of(scenario, catalog())
    call = Step(
        fault["call"]["action"], fault["call"]["resource"], fault["call"].get("context", {}), "", fault["title"]
    )
    page = {"Version": "2012-10-17", "Statement": fault["statements"]}
    assert case.ask(fault["part"], page, [call])[0].outcome == fault["page"]
    answer = case.ask(fault["part"], case.document(fault["part"]), [call])[0]
    assert (answer.outcome, answer.ignored) == (fault["ours"], ())


def test_every_mistake_that_a_simulator_can_show_has_a_fault() -> None:
    mistakes = catalog().page_mistakes
    shown = {item["number"] for item in mistakes.values() if "number" in item and "faults" in item["handled"]}
    # The others are misprints, cut JSON, wrong names of members, and advice that is no policy.
    assert shown == {1, 2, 4, 9, 10, 11, 12, 13, 14, 17, 19, 20, 21, 22}
    assert {name for item in mistakes.values() for name in item["handled"].get("faults", ())} == {
        fault["id"] for fault in FAULTS
    }
