"""Pages answer soon and stay where they are: against a page of known work in the same browser, so on any machine."""

from __future__ import annotations

import json
from pathlib import Path

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


def test_the_style_of_a_page_is_worked_out_once(browser: Browser, address: str, tmp_path: Path) -> None:
    # The theme changed what is above all elements four times when a page opened.
    page = browser.new_page()
    browser.start_tracing(page=page, path=tmp_path / "trace.json", categories=["devtools.timeline"])
    page.goto(address + "reference/sources/")
    page.wait_for_load_state("networkidle")
    elements = page.evaluate("document.querySelectorAll('*').length")
    browser.stop_tracing()
    page.close()
    events = json.loads((tmp_path / "trace.json").read_bytes())["traceEvents"]
    styled = [event["args"].get("elementCount", 0) for event in events if event["name"] == "UpdateLayoutTree"]
    assert max(styled) > 100, "the browser does not say what it styles"
    assert sum(styled) < 1.5 * elements


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
