"""Pages answer soon and stay where they are: against a page of known work in the same browser, so on any machine."""

from __future__ import annotations

import pytest
from busy import busy
from playwright.sync_api import Browser, Page

#: The heaviest pages.
HEAVY = [
    "",
    "composer/",
    "reference/CreateTrainingJob/",
    "reference/CreateDomain/",
    "reference/CreateDomain/execution/",
]


def test_no_page_is_busier_than_plain_work(browser: Browser, address: str) -> None:
    # The pages take a quarter to a half of it; the least of two, since others use the machine.
    witness = min(busy(browser, "").all for _ in range(2))
    took = {path: min(busy(browser, address + path).all for _ in range(2)) for path in HEAVY}
    assert not {path: time / witness for path, time in took.items() if time > 1.5 * witness}


@pytest.mark.parametrize("width", [390, 970, 1280])
def test_nothing_moves_when_scripts_add_to_a_page(page: Page, address: str, width: int) -> None:
    page.add_init_script(
        """globalThis.moved = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) moved += entry.value;
        }).observe({type: "layout-shift", buffered: true});"""
    )
    page.set_viewport_size({"width": width, "height": 900})
    moved = {}
    for path in HEAVY:
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        moved[path] = page.evaluate("moved")
    assert not {path: value for path, value in moved.items() if value > 0.05}
