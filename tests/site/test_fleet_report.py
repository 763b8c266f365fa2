"""The HTML report of `fleet` in a real browser: accessible, sorted, filtered, and without any network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import organizations
from sagemaker_roles.extras.fleet.report import report
from support import ROOT
from test_fleet import fleet, index

AXE = ROOT / "scripts" / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    organizations.write(folder / "logs")
    fleet(folder / "logs", out=folder / "out")
    return folder / "out"


def test_it_is_small_and_asks_nobody(out: Path) -> None:
    text = (out / "report.html").read_text("utf-8")
    assert len(text) < 20_000
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", text)
    assert not re.search(r"@[A-Z]+@", text)
    for item in index(out)["roles"]:
        assert (out / item["path"]).is_file()
        assert f'href="{item["path"]}"' in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(out: Path, browser: Browser, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 360, "height": 700}, bypass_csp=True)
    page = context.new_page()
    page.goto((out / "report.html").as_uri())
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(item["id"], item["nodes"][0]["html"]) for item in found["violations"]] == []
    context.close()


def test_sorting_and_filters(out: Path, browser: Browser) -> None:
    roles = index(out)["roles"]
    context = browser.new_context()
    page = context.new_page()
    problems: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((out / "report.html").as_uri())
    shown = page.locator("[aria-labelledby=roles] tbody tr:visible")
    status = page.get_by_role("status")
    expect(status).to_have_text(f"{len(roles)} of {len(roles)} roles")
    page.get_by_role("button", name="Events").click()
    expect(page.locator("[aria-labelledby=roles] th", has_text="Events")).to_have_attribute("aria-sort", "ascending")
    counts = [int(text) for text in page.locator("[aria-labelledby=roles] tbody td:nth-child(5)").all_inner_texts()]
    assert counts == sorted(item["events"] for item in roles)
    page.get_by_role("button", name="Events").press("Enter")
    counts = [int(text) for text in page.locator("[aria-labelledby=roles] tbody td:nth-child(5)").all_inner_texts()]
    assert counts == sorted((item["events"] for item in roles), reverse=True)
    page.get_by_label("Role, account, or Region").fill("TEAM/")
    expect(shown).to_have_count(sum("team/" in item["role"] for item in roles))
    page.get_by_label("Role, account, or Region").fill("")
    page.get_by_label("Account", exact=True).select_option(roles[0]["account"])
    expect(shown).to_have_count(sum(item["account"] == roles[0]["account"] for item in roles))
    page.get_by_label("With denied calls").check()
    fitting = [item for item in roles if item["account"] == roles[0]["account"] and item["denied"]]
    expect(shown).to_have_count(len(fitting))
    expect(status).to_have_text(f"{len(fitting)} of {len(roles)} roles")
    assert problems == []
    assert asked == [(out / "report.html").as_uri()]
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_width(out: Path, browser: Browser, tmp_path: Path, width: int) -> None:
    """Tables scroll by themselves; no name is too long for the page."""
    name = f"{'x' * 64}-without-a-place-to-break"
    files = {**index(out)["files"], "damaged": [{"path": f"logs/{name}.json.gz", "message": "empty"}]}
    whole = {**index(out), "files": files, "unused": [f"arn:aws:iam::111122223333:role/{name}"]}
    (tmp_path / "report.html").write_bytes(report(whole))
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.goto((tmp_path / "report.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_without_scripts_it_is_a_table(out: Path, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((out / "report.html").as_uri())
    expect(page.locator("[aria-labelledby=roles] tbody tr:visible")).to_have_count(len(index(out)["roles"]))
    expect(page.locator("form")).to_be_hidden()
    context.close()
