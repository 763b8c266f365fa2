"""Accessibility by axe: ``python tests/site/axe.py [FOLDER]`` asks about all pages at all widths in both schemes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from built import COMPOSER, FLAGS, ROOT, Site, executable, served
from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = (390, 768, 1280, 1920)
SCHEMES = ("light", "dark")

#: The rules that look at colors. The others look at elements and places, which both schemes have in common.
_COLORS = ("color-contrast", "link-in-text-block")


def opened(page: Page, address: str) -> None:
    """Opens a page and waits until its scripts have run."""
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if page.locator("#answer").count():
        page.wait_for_selector("#answer.is-ready", state="attached")


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds in the page as it is, by all rules or some, and whether it scrolls sideways."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate((COMPOSER / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    # Nothing is preloaded: that is for media and for a rule that is not among the usual ones.
    options = {"resultTypes": ["violations"], "selectors": False, "preload": False}
    found = page.evaluate(
        "(options) => axe.run(document, options)", options | ({"runOnly": list(rules)} if rules else {})
    )
    assert found["passes"] if rules else len(found["passes"]) > 10, "axe did not look at the page"
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [
        f"{item['id']}: {item['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for item in found["violations"]
        for node in item["nodes"][:3]
    ] + ([f"scrolls sideways by {wide} px"] if wide > 0 else [])


def asked(
    browser: Browser, address: str, paths: Sequence[str], schemes: Sequence[str], widths: Sequence[int]
) -> Iterator[tuple[str, str, int, list[str]]]:
    """Opens each page once, and yields what is wrong with it in each scheme and at each width.

    In the first scheme it asks all rules, in others those that look at colors.
    """
    context = browser.new_context(color_scheme=schemes[0], reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    for path in paths:
        opened(page, address + path)
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for width in widths:
                page.set_viewport_size({"width": width, "height": 900})
                rules = _COLORS if scheme != schemes[0] else ()
                faults = violations(page, rules)
                if faults:  # of a layout or a color that is not settled yet, or to stay
                    page.wait_for_timeout(1000)
                    faults = violations(page, rules)
                yield path, scheme, width, faults
    context.close()


def main(folder: Path) -> int:
    """Asks about all pages of a built site, prints what is wrong, and returns how many answers had a fault."""
    site = Site(folder.parent)
    site.folder = folder
    runs = wrong = 0
    with served(folder) as address, sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=executable(), args=FLAGS)
        for path, scheme, width, faults in asked(browser, address, list(site.pages), SCHEMES, WIDTHS):
            runs += 1
            wrong += bool(faults)
            for fault in faults:
                print(f"{path or 'home'} ({scheme}, {width} px): {fault}", flush=True)
        browser.close()
    print(f"{len(site.pages)} pages, {runs} answers, {wrong} with faults")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site")))
