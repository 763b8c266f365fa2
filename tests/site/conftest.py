"""The site as its tests need it: built once, served below a sub-path, opened in a real browser."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from built import ELSEWHERE, FLAGS, REPOSITORY, Site, build, executable, hostile_site, served
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

# On a machine that others use too, what is right can take longer than the five seconds that are usual.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker, and one browser, has the tests of the site: it is built once, and no other waits for it."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("site"))


#: The site is served from here, because it must work below any path.
PREFIX = "/some/where/"


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first worker that needs it fills."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            make(folder)
            (folder / "done").touch()
    return folder


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The built site of this checkout."""
    return Site(_once(tmp_path_factory, "reference-site", build))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site of some operations that knows its address and repository, with hostile text wherever prose may stand."""
    server, owner, name = REPOSITORY.rsplit("/", 2)
    known = {"SITE_URL": ELSEWHERE, "GITHUB_SERVER_URL": server, "GITHUB_REPOSITORY": f"{owner}/{name}"}
    return Site(_once(tmp_path_factory, "hostile-site", lambda folder: hostile_site(folder, **known)))


@pytest.fixture(scope="session")
def address(site: Site) -> Iterator[str]:
    """Address of the site, below a sub-path."""
    with served(site.folder, PREFIX) as at:
        yield at


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as tool:
        running = tool.chromium.launch(executable_path=executable(), args=FLAGS)
        yield running
        running.close()


class Watch:
    """What went wrong in a page, and whom it asked."""

    def __init__(self, page: Page, address: str) -> None:
        self.faults: list[str] = []
        page.on("console", lambda message: message.type in ("error", "warning") and self.faults.append(message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("requestfailed", self._failed)
        page.on(
            "response", lambda answer: answer.status >= 400 and self.faults.append(f"{answer.status}: {answer.url}")
        )
        page.on("request", lambda asked: self._asked(asked.url, address))

    def _failed(self, request: Request) -> None:
        # A page that is left while its icon is still on the way cancels the request.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"failed: {request.url}: {request.failure}")

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith((address, "blob:", "data:")):
            self.faults.append(f"asked another host: {url}")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile that may use the clipboard."""
    made = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    """A page; its test fails if the console shows an error, a request fails, or another host is asked."""
    made = context.new_page()
    watch = Watch(made, address)
    yield made
    assert not watch.faults, "\n".join(watch.faults[:10])
