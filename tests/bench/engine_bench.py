"""How soon the engine answers on the home page, files from a cold cache on loopback, and its sizes."""

from __future__ import annotations

import functools
import http.server
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "site"), str(TESTS.parent / "scripts")]

from browsers import FLAGS, executable  # noqa: E402
from built import Site, build  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

#: Seconds: from the worker's start to the first answer, the same slowed, a further request, and a large policy.
FIRST, THROTTLED, FURTHER, REVIEW = 2.5, 10.0, 0.1, 1.0
ROUNDS, SLOWED = 5, 4

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


def renderers() -> list[int]:
    """The processes of the browser that this one began which run pages and their workers."""
    parents, found = {}, []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if b"--type=renderer" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))

    def is_own(pid: int) -> bool:
        while pid > 1 and pid != os.getpid():
            pid = parents.get(pid, 0)
        return pid == os.getpid()

    return [pid for pid in found if is_own(pid)]


@contextmanager
def slowed(by: int) -> Iterator[None]:
    """Lets the browser's pages and workers run in one part of the time only: its own way slows no workers."""
    end = threading.Event()

    def beat() -> None:
        known: list[int] = []
        looked = 0.0
        while not end.is_set():
            if time.monotonic() > looked + 0.2:
                known, looked = renderers(), time.monotonic()
            for sign, part in ((signal.SIGSTOP, by - 1), (signal.SIGCONT, 1)):
                for pid in known:
                    with suppress(ProcessLookupError):
                        os.kill(pid, sign)
                time.sleep(0.01 * part)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


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
    with slowed(SLOWED):
        took = [first(browser, address) for _ in range(ROUNDS)]
    return missed + _said(f"first answer, speed divided by {SLOWED}", median(took), THROTTLED)


def _said(what: str, value: float, target: float) -> int:
    """Prints a figure with its target; returns whether it misses it."""
    print(f"{what}: {value:.2f} s, target {target}  {'ok' if value <= target else 'MISSED'}", flush=True)
    return int(value > target)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
