"""What people come for, each in as few steps as it shall take: a paste, a choice, or a click is a step."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from built import REPOSITORY, ROOT, Site, served
from playwright.sync_api import Browser, Page, expect
from test_answer import MESSAGE, copied, give, opened, verdict


def test_from_a_message_to_the_statement_in_one_paste_and_one_tap(page: Page, address: str) -> None:
    opened(page, address)
    give(page, MESSAGE)
    verdict(page).to_contain_text("Denied by the identity-based policy: s3:GetObject.")
    resource = "arn:aws:s3:::amzn-s3-demo-bucket/secret-name"
    expect(page.locator(".a-facts")).to_contain_text(f"s3:GetObject on {resource}")
    statement = json.loads(copied(page))
    assert (statement["Action"], statement["Resource"]) == (["s3:GetObject"], [resource])
    give(page, "the quick brown fox is denied: access denied")
    verdict(page).not_to_contain_text("s3:GetObject")


@pytest.mark.parametrize("width", [390, 1280])
def test_vpc_and_an_output_key_in_two_taps_then_copied(page: Page, site: Site, address: str, width: int) -> None:
    folder = "v1/next/operations/CreateProcessingJob/execution"
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, address, "reference/CreateProcessingJob/")
    for name in ("Amazon VPC", "Output encrypted with a customer managed key"):
        page.get_by_role("checkbox", name=name).check()
        expect(page.locator(".a-part.is-new").first).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0, "the policy is in sight while ticking"
    statements = json.loads(copied(page))["Statement"]
    wanted = site.json(f"{folder}/policy.json")["Statement"]
    for addon in ("vpc", "kms-output"):
        wanted += [step["value"] for step in site.json(f"{folder}/addons/{addon}.patch.json")]
    assert sorted(map(json.dumps, statements)) == sorted(map(json.dumps, wanted))


def test_the_fixed_address_of_a_policy_with_its_schema_in_two_taps(page: Page, site: Site, address: str) -> None:
    opened(page, address)
    page.get_by_role("link", name="CreateTrainingJob", exact=True).click()
    page.wait_for_selector("#answer.is-ready")
    panel = page.locator("#answer-panel")
    schema = site.json((panel.get_by_text("schema").get_attribute("href") or "").removeprefix(address))
    link = panel.locator("a[href$='policy.json']").first
    fixed = (link.get_attribute("href") or "").removeprefix(address)
    assert fixed == site.latest("operations/CreateTrainingJob/execution/policy.json")
    assert not re.match("v1/next/", fixed)
    jsonschema.validate(page.request.get(f"{address}{fixed}").json(), schema)


def test_one_switch_of_versions_moves_the_links_of_every_page(page: Page, site: Site, address: str) -> None:
    file = "operations/CreateTrainingJob/execution/policy.json"
    for version in ("next", site.json("v1/versions.json")["versions"][1]["version"]):
        page.goto(f"{address}guides/")
        page.get_by_label("Version of linked files").select_option(version)
        page.wait_for_load_state("networkidle")
        opened(page, address, "reference/CreateTrainingJob/")
        expect(page.locator("#answer-panel a[href$='policy.json']").first).to_have_text(f"v1/{version}/{file}")
        links = page.eval_on_selector_all("a[href*='/v1/']:not([href*='/schema/'])", "all => all.map(({href}) => href)")
        held = {item["path"] for item in site.json(f"v1/{version}/manifest.json")["files"]}
        moved = [link.removeprefix(address).split("/", 2)[1:] for link in links]
        assert len(moved) > 40
        assert {at for at, path in moved if path in held} <= {version, "next"}
        assert sum(at == version for at, path in moved) > 40
        sums = {item["path"]: item["sha256"] for item in site.json(f"v1/{version}/manifest.json")["files"]}
        assert sums[file] in (page.locator(".plain .artifact").text_content() or "")
        page.locator("#use-fold > summary").click()
        assert f"{address}v1/{version}/" in page.locator("#use-fold code").first.inner_text()


def test_from_a_statement_to_the_line_of_its_record_in_one_click(browser: Browser, hostile: Site) -> None:
    page = browser.new_page()
    page.route(f"{REPOSITORY}/**", lambda route: route.fulfill(body="the record", content_type="text/plain"))
    with served(hostile.folder) as address:
        page.goto(f"{address}reference/CreateTrainingJob/#execution-InputRead")
        page.locator(".a-why a.record").click()
        page.wait_for_url(f"{REPOSITORY}/**")
    file, _, line = page.url.removeprefix(f"{REPOSITORY}/blob/main/").partition("#L")
    page.close()
    text = Path(ROOT, file).read_text("utf-8").splitlines()[int(line) - 1]
    assert text.strip().removeprefix("- ").startswith("Sid: ")
    assert "InputRead".endswith(text.rpartition(" ")[2])
