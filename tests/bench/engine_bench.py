"""How soon the engine answers on the home page, files from a cold cache on loopback, and its sizes."""

from __future__ import annotations

import functools
import http.server
import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "site"), str(TESTS.parent / "scripts")]

from browsers import FLAGS, executable  # noqa: E402
from built import Site, build  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

#: Seconds: from the worker's start to the first answer, a further request, and a large policy.
FIRST, FURTHER, REVIEW = 2.5, 0.1, 1.0
ROUNDS = 5

#: Types a text into a field, and gives the seconds until the page shows the answer.
TYPED = """async ([field, text]) => {
    const box = document.querySelector(field), root = document.querySelector("#box");
    box.value = text;
    const start = performance.now();
    box.dispatchEvent(new Event("input"));
    while (root.hasAttribute("aria-busy")) await new Promise((done) => setTimeout(done));
    return (performance.now() - start) / 1000;
}"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}  # noqa: RUF012

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@contextmanager
def opened(browser: Browser, address: str, fragment: str) -> Iterator[Page]:
    """The home page in a new context, so that nothing is cached."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}#{fragment}")
    page.wait_for_selector("#answer.is-ready", state="attached", timeout=120_000)
    yield page
    context.close()


def first(browser: Browser, address: str) -> float:
    """Seconds from the worker's start to the first answer that is shown."""
    text = (TESTS / "inputs" / "aws" / "training-job.json").read_text("utf-8")
    with opened(browser, address, "") as page:
        took: float = page.evaluate(TYPED, ["#box-text", text])
    return took


def main() -> int:
    """Prints the figures; returns how many miss their target."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as tool:
        folder = Path(name)
        build(folder)
        site = Site(folder)
        (engine,) = (site.folder / "engine").iterdir()
        for file in sorted(engine.iterdir()):
            packed = site.compressed(f"engine/{engine.name}/{file.name}")
            print(f"{file.name}: {file.stat().st_size:,} bytes, {packed:,} as gzip", flush=True)
        browser = tool.chromium.launch(executable_path=executable(), args=FLAGS)
        with served(site.folder) as address:
            missed = measured(browser, address)
        browser.close()
    return missed


def measured(browser: Browser, address: str) -> int:
    request = json.loads((TESTS / "inputs" / "aws" / "training-job.json").read_text("utf-8"))
    policy = (TESTS / "fixtures" / "AmazonSageMakerFullAccess.json").read_text("utf-8")
    missed = _said("first answer", median(first(browser, address) for _ in range(ROUNDS)), FIRST)
    with opened(browser, address, "operation=CreateTrainingJob") as page:
        texts = [json.dumps({**request, "TrainingJobName": f"job-{number}"}) for number in range(ROUNDS)]
        took = [page.evaluate(TYPED, ["#box-text", text]) for text in texts]
        missed += _said("a further training request", median(took), FURTHER)
    with opened(browser, address, "operation=CreateModel") as page:
        reviewed = page.evaluate(TYPED, ["#box-text", policy])
        missed += _said("AmazonSageMakerFullAccess, the first review", reviewed, REVIEW)
    return missed


def _said(what: str, value: float, target: float) -> int:
    """Prints a figure with its target; returns whether it misses it."""
    print(f"{what}: {value:.2f} s, target {target}  {'ok' if value <= target else 'MISSED'}", flush=True)
    return int(value > target)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
