"""Pages stay where they are while scripts add to them, and are styled once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from test_answer import give, opened

from composing import INPUTS

#: The heaviest pages.
HEAVY = [
    "",
    "reference/CreateTrainingJob/",
    "reference/CreateDomain/",
    "reference/CreateDomain/execution/",
]


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


#: Adds up what moves in a page, from its start on.
WATCH_MOVES = """globalThis.moved = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) moved += entry.value;
    }).observe({type: "layout-shift", buffered: true});"""


@pytest.mark.parametrize("width", [390, 970, 1280])
def test_nothing_moves_when_scripts_add_to_a_page(page: Page, address: str, width: int) -> None:
    page.add_init_script(WATCH_MOVES)
    page.set_viewport_size({"width": width, "height": 900})
    moved = {}
    for path in [*HEAVY, "reference/"]:
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        moved[path] = page.evaluate("moved")
    assert not {path: value for path, value in moved.items() if value > 0.05}


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_when_scripts_come_late(page: Page, address: str, width: int) -> None:
    page.add_init_script(WATCH_MOVES)
    page.set_viewport_size({"width": width, "height": 900})
    held: list[Route] = []
    page.route("**/composer.js", lambda route: held.append(route))
    moved = {}
    for path in ("reference/CreateImage/", "reference/CreateEndpointConfig/", "reference/CreateDomain/emr-access/"):
        page.goto(address + path, wait_until="commit")
        below = page.locator("#answer ~ :not(.plain)").first
        below.wait_for(state="attached")
        assert not below.is_visible()
        while not held:
            page.wait_for_timeout(50)
        held.pop().continue_()
        page.wait_for_selector(".arranged")
        page.wait_for_load_state("networkidle")
        assert below.is_visible()
        moved[path] = page.evaluate("moved")
    assert not {path: value for path, value in moved.items() if value > 0.05}


def test_a_page_is_drawn_although_its_script_does_not_come(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.route("**/composer.js", lambda route: route.abort())
    page.goto(f"{address}reference/CreateImage/")
    expect(page.locator("#answer ~ *").first).to_be_visible()
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_when_a_request_is_pasted(page: Page, address: str, width: int) -> None:
    page.add_init_script(WATCH_MOVES)
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, address)
    give(page, (INPUTS / "aws" / "processing-job.yaml").read_text("utf-8"))
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("moved") <= 0.05
