"""Accessibility by axe: ``python tests/site/axe.py [FOLDER]`` asks about all pages at all widths in both schemes."""

from __future__ import annotations

import functools
import http.server
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from browsers import FLAGS, executable
from built import COMPOSER, ROOT, Site
from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = (390, 768, 1280, 1920)
SCHEMES = ("light", "dark")


def opened(page: Page, address: str) -> None:
    """Opens a page and waits until its scripts have run."""
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if "composer/" in address:
        page.wait_for_selector("#composer-app.is-ready")


def violations(page: Page) -> list[str]:
    """What axe finds in the page as it is, and whether it scrolls sideways."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate((COMPOSER / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 10, "axe did not look at the page"
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [
        f"{item['id']}: {item['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for item in found["violations"]
        for node in item["nodes"][:3]
    ] + ([f"scrolls sideways by {wide} px"] if wide > 0 else [])


def asked(
    browser: Browser, address: str, paths: Sequence[str], scheme: str, widths: Sequence[int]
) -> Iterator[tuple[str, int, list[str]]]:
    """Opens each page in a scheme, and yields what is wrong with it at each width."""
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    for path in paths:
        opened(page, address + path)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            faults = violations(page)
            if faults:  # of a layout that is not settled yet, or to stay
                page.wait_for_load_state("networkidle")
                faults = violations(page)
            yield path, width, faults
    context.close()


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


def main(folder: Path) -> int:
    """Asks about all pages of a built site, prints what is wrong, and returns how many answers had a fault."""
    site = Site(folder.parent)
    site.folder = folder
    handler = functools.partial(_Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    runs = wrong = 0
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=executable(), args=FLAGS)
        for scheme in SCHEMES:
            for path, width, faults in asked(browser, address, list(site.pages), scheme, WIDTHS):
                runs += 1
                wrong += bool(faults)
                for fault in faults:
                    print(f"{path or 'home'} ({scheme}, {width} px): {fault}", flush=True)
        browser.close()
    print(f"{len(site.pages)} pages, {runs} answers, {wrong} with faults")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site")))
