"""Processor time of a whole build of the reference site, and how long its heaviest pages keep a slow browser busy."""

from __future__ import annotations

import functools
import http.server
import resource
import sys
import tempfile
import threading
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "site"))
from browsers import FLAGS, executable
from built import build

#: Seconds of processor time for the build.
TARGET = 20
#: By what the browser divides its speed, and milliseconds until a page may then answer, and for one task of it.
SLOWED = 4
ANSWER, TASK = 1000, 200
PAGES = ("CreateDomain", "CreateDomain/execution", "CreateProcessingJob", "CreateTrainingJob")
WIDTHS = (390, 1280)
RUNS = 5


#: Collects the tasks of 50 ms and more, which keep a reader waiting, from the start of a page on.
_WATCH = """
    globalThis.tasks = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({type: "longtask", buffered: true});
"""
#: When the page answers: it is drawn, and the last such task has ended; and the longest such task.
_BUSY = """[Math.max(
    ...performance.getEntriesByName("first-contentful-paint").map((paint) => paint.startTime),
    ...tasks.map((task) => task.startTime + task.duration),
), Math.max(0, ...tasks.map((task) => task.duration))]"""


def busy(browser: Browser, url: str, width: int) -> tuple[float, float]:
    """Milliseconds until a page answers in a slowed browser with a fresh profile, and those of its longest task."""
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(_WATCH)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.goto(url)
    page.wait_for_load_state("networkidle")
    interactive, longest = page.evaluate(_BUSY)
    context.close()
    return interactive, longest


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


def main() -> int:
    """Builds the site in a copy of the checkout and opens its pages; returns how many targets are missed."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = used.ru_utime + used.ru_stime
        missed = _said("whole site", seconds, TARGET, "s of processor time")
        handler = functools.partial(_Quiet, directory=str(Path(folder) / "site"))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as tool:
            browser = tool.chromium.launch(executable_path=executable(), args=FLAGS)
            for name in PAGES:
                for width in WIDTHS:
                    url = f"http://127.0.0.1:{server.server_port}/reference/{name}/"
                    interactive, longest = zip(*(busy(browser, url, width) for _ in range(RUNS)), strict=True)
                    place = f"{name}, {width} px, speed divided by {SLOWED}"
                    missed += _said(f"{place}: interactive", median(interactive), ANSWER, "ms")
                    missed += _said(f"{place}: longest task", median(longest), TASK, "ms")
            browser.close()
        server.shutdown()
    return missed


def _said(what: str, value: float, target: float, unit: str) -> int:
    """Prints a figure with its target; returns whether it misses it."""
    print(f"{what}: {value:.1f} {unit}, target {target}  {'ok' if value <= target else 'MISSED'}")
    return int(value > target)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
