"""How long a page keeps the browser busy until it can be used, beside a page of known work in the same browser."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Browser

#: Collects the tasks of 50 ms and more, which keep a reader waiting, from the start of a page on.
_WATCH = """
    globalThis.tasks = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({type: "longtask", buffered: true});
"""
#: The longest such task; and when the page answers: it is drawn, and the last such task has ended.
_LONGEST = "Math.max(0, ...tasks.map((task) => task.duration))"
_INTERACTIVE = """Math.max(
    ...performance.getEntriesByName("first-contentful-paint").map((paint) => paint.startTime),
    ...tasks.map((task) => task.startTime + task.duration),
)"""
#: A page of plain work: a table of 4,000 rows, made by a script and laid out twice.
WITNESS = """<!doctype html><title>Witness</title><table></table><script>
    const table = document.querySelector("table");
    for (let row = 0; row < 4000; row += 1) {
        const cells = table.insertRow();
        for (let cell = 0; cell < 5; cell += 1) cells.insertCell().textContent = `row ${row}, cell ${cell}`;
    }
    table.offsetHeight;
    table.style.fontSize = "0.9em";
    table.offsetHeight;
</script>"""


@dataclass(frozen=True, slots=True)
class Busy:
    """Milliseconds that the main thread of a page was busy.

    Attributes:
        all: all its work; longest: the longest task that could keep a reader waiting, 0 if none took 50 ms.
        interactive: from the start until something is drawn and the last such task has ended.
    """

    all: float
    longest: float
    interactive: float


def busy(browser: Browser, url: str, width: int = 1280, slowed: int = 1) -> Busy:
    """Opens a page until it is at rest, and returns how long it was busy.

    Args:
        browser: opens it with a fresh profile.
        url: the page; WITNESS if empty.
        width: of the window.
        slowed: by what the browser divides its own speed.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(_WATCH)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    if url:
        page.goto(url)
    else:
        page.route("**/witness", lambda route: route.fulfill(body=WITNESS, content_type="text/html"))
        page.goto("http://localhost/witness")
    page.wait_for_load_state("networkidle")
    metrics = {item["name"]: item["value"] for item in session.send("Performance.getMetrics")["metrics"]}
    longest, interactive = page.evaluate(_LONGEST), page.evaluate(_INTERACTIVE)
    context.close()
    return Busy(1000 * metrics["TaskDuration"], longest, interactive)
