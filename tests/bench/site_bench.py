"""Processor time of a whole build of the site, how busy its heaviest pages are, and how soon the engine answers."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "site"), str(TESTS.parent / "scripts")]

from built import FLAGS, Site, build, executable, served  # noqa: E402
from measuring import REQUEST, told  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

#: Seconds of processor time for the build.
TARGET = 20
#: By what the browser divides its speed, and milliseconds until a page may then answer, and for one task of it.
SLOWED = 4
ANSWER, TASK = 1000, 200
PAGES = ("CreateDomain", "CreateDomain/execution", "CreateProcessingJob", "CreateTrainingJob")
WIDTHS = (390, 1280)
RUNS = 5
#: Seconds from the start of the engine to its first answer, and for a further request, and a large policy.
FIRST, FURTHER, REVIEW = 2.5, 0.1, 1.0

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


#: Types a text into the field of the home page, and gives the seconds until the page shows the answer.
_TYPED = """async (text) => {
    const box = document.querySelector("#box-text"), root = document.querySelector("#box");
    box.value = text;
    const start = performance.now();
    box.dispatchEvent(new Event("input"));
    while (root.hasAttribute("aria-busy")) await new Promise((done) => setTimeout(done));
    return (performance.now() - start) / 1000;
}"""


@contextmanager
def opened(browser: Browser, address: str, fragment: str = "") -> Iterator[Page]:
    """The home page in a new context, so that nothing is cached."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}#{fragment}")
    page.wait_for_selector("#answer.is-ready", state="attached", timeout=120_000)
    yield page
    context.close()


def first(browser: Browser, address: str) -> float:
    """Seconds from the start of the engine to the first answer that is shown."""
    with opened(browser, address) as page:
        took: float = page.evaluate(_TYPED, REQUEST.read_text("utf-8"))
    return took


def answers(browser: Browser, address: str) -> Iterator[bool]:
    """Whether the engine answers as soon as it may."""
    yield told("first answer", median(first(browser, address) for _ in range(RUNS)), FIRST, "s")
    request = json.loads(REQUEST.read_text("utf-8"))
    with opened(browser, address, "operation=CreateTrainingJob") as page:
        texts = (json.dumps({**request, "TrainingJobName": f"job-{number}"}) for number in range(RUNS))
        took = median(page.evaluate(_TYPED, text) for text in texts)
    yield told("a further training request", took, FURTHER, "s")
    policy = (TESTS / "fixtures" / "AmazonSageMakerFullAccess.json").read_text("utf-8")
    with opened(browser, address, "operation=CreateModel") as page:
        yield told("AmazonSageMakerFullAccess, the first review", page.evaluate(_TYPED, policy), REVIEW, "s")


def pages(browser: Browser, address: str) -> Iterator[bool]:
    """Whether the heaviest pages keep a slow browser as little busy as they may."""
    for name, width in ((name, width) for name in PAGES for width in WIDTHS):
        several = (busy(browser, f"{address}reference/{name}/", width) for _ in range(RUNS))
        interactive, longest = zip(*several, strict=True)
        place = f"{name}, {width} px, speed divided by {SLOWED}"
        yield told(f"{place}: interactive", median(interactive), ANSWER, "ms")
        yield told(f"{place}: longest task", median(longest), TASK, "ms")


def main() -> int:
    """Builds the site in a copy of the checkout and opens its pages; returns 1 if a target is missed."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as tool:
        build(Path(folder))
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        good = [told("whole site", used.ru_utime + used.ru_stime, TARGET, "s of processor time")]
        site = Site(Path(folder))
        (engine,) = (site.folder / "engine").iterdir()
        for file in sorted(engine.iterdir()):
            packed = site.compressed(f"engine/{engine.name}/{file.name}")
            print(f"{file.name}: {file.stat().st_size:,} bytes, {packed:,} as gzip", flush=True)
        browser = tool.chromium.launch(executable_path=executable(), args=FLAGS)
        with served(site.folder) as address:
            good += [*pages(browser, address), *answers(browser, address)]
        browser.close()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
