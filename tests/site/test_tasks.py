"""What people come for, each in as few steps as it shall take: a paste, a choice, or a click is a step."""

from __future__ import annotations

import functools
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import hcl2
import pytest
from built import ROOT, Site, build
from playwright.sync_api import Browser, Page, expect
from test_answer import copied, give, opened, verdict
from test_pages import some_operations

from composing import INPUTS, compose

MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/MyRole/SageMaker is not authorized to perform: s3:GetObject on "
    "resource: arn:aws:s3:::amzn-s3-demo-bucket/data/part because no identity-based policy allows the s3:GetObject "
    "action"
)
REPOSITORY = "https://github.example/owner/project"


def test_from_a_message_to_the_statement_in_one_paste_and_one_tap(page: Page, address: str) -> None:
    opened(page, address)
    give(page, MESSAGE)
    statement = json.loads(copied(page))
    assert (statement["Action"], statement["Resource"]) == (
        ["s3:GetObject"],
        ["arn:aws:s3:::amzn-s3-demo-bucket/data/part"],
    )


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


def test_from_a_template_to_terraform_in_one_paste_and_one_choice(page: Page, address: str) -> None:
    template = INPUTS / "aws" / "template.yaml"
    opened(page, address)
    give(page, template.read_text("utf-8"))
    page.get_by_label("Format", exact=True).select_option("terraform")
    expected = compose("--request", template, "--format", "terraform", "--part", "all", "--allow-placeholders").out
    assert hcl2.loads(expected)["resource"]
    # The page calls the pasted text "request", and the command by its file.
    expected = expected.replace(str(template), "request")
    expect(page.locator("#answer-panel pre code")).to_have_text(expected, use_inner_text=False)


def test_a_role_is_reviewed_in_two_pastes_and_the_better_one_copied_in_one_tap(page: Page, address: str) -> None:
    request = INPUTS / "aws" / "training-job.json"
    needed = json.loads(compose("--request", request).out)
    opened(page, address)
    give(page, '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}')
    page.get_by_label(re.compile("What is the role for")).fill(request.read_text("utf-8"))
    verdict(page).to_contain_text("Far too much")
    assert json.loads(copied(page)) == needed


def test_the_fixed_address_of_a_policy_with_its_schema_in_two_taps(page: Page, site: Site, address: str) -> None:
    opened(page, address)
    page.get_by_role("link", name="CreateTrainingJob", exact=True).click()
    page.wait_for_selector("#answer.is-ready")
    schema = page.locator("#answer-panel a", has_text="schema").get_attribute("href") or ""
    assert site.bytes(schema.removeprefix(address))
    fixed = page.locator("#answer-panel a[href$='policy.json']").first.get_attribute("href") or ""
    assert re.search(r"/v1/[^/]+/operations/CreateTrainingJob/execution/policy\.json$", fixed)
    assert site.json(fixed.removeprefix(address))["Statement"]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def with_repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a site of some operations that knows its repository."""
    folder = tmp_path_factory.mktemp("with-repository")
    some_operations(folder / "v1")
    server, _, repository = REPOSITORY.rpartition("/")
    server, _, owner = server.rpartition("/")
    build(folder, folder / "v1", GITHUB_SERVER_URL=server, GITHUB_REPOSITORY=f"{owner}/{repository}")
    handler = functools.partial(_Quiet, directory=str(folder / "site"))
    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}/"
    serving.shutdown()


def test_from_a_statement_to_the_line_of_its_record_in_one_click(browser: Browser, with_repository: str) -> None:
    page = browser.new_page()
    page.route(f"{REPOSITORY}/**", lambda route: route.fulfill(body="the record", content_type="text/plain"))
    page.goto(f"{with_repository}reference/CreateTrainingJob/#execution-InputRead")
    page.locator(".a-why a.record").click()
    page.wait_for_url(f"{REPOSITORY}/**")
    file, _, line = page.url.removeprefix(f"{REPOSITORY}/blob/main/").partition("#L")
    page.close()
    text = Path(ROOT, file).read_text("utf-8").splitlines()[int(line) - 1]
    assert text.strip().removeprefix("- ").startswith("Sid: ")
    assert "InputRead".endswith(text.rpartition(" ")[2])
