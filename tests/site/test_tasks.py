"""What people come for, each in as few steps as it shall take: a paste, a choice, or a click is a step."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from built import ROOT, Site, build
from playwright.sync_api import Browser, Page, expect
from test_pages import some_operations

from composing import INPUTS, compose

MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/MyRole/SageMaker is not authorized to perform: s3:GetObject on "
    "resource: arn:aws:s3:::amzn-s3-demo-bucket/data/part because no identity-based policy allows the s3:GetObject "
    "action"
)
REPOSITORY = "https://github.example/owner/project"


def test_from_a_message_to_the_statement_in_one_paste(page: Page, address: str) -> None:
    page.goto(f"{address}composer/#tab=denied")
    page.get_by_label("Error message").fill(MESSAGE)
    statement = json.loads(page.locator(".denied-facts pre code").text_content() or "")
    assert (statement["Action"], statement["Resource"]) == (
        ["s3:GetObject"],
        ["arn:aws:s3:::amzn-s3-demo-bucket/data/part"],
    )


def test_vpc_and_an_output_key_in_two_taps_then_copied(page: Page, site: Site, address: str) -> None:
    folder = "v1/next/operations/CreateProcessingJob/execution"
    page.goto(f"{address}reference/CreateProcessingJob/")
    page.wait_for_load_state("networkidle")
    for name in ("Amazon VPC", "Output encrypted with a customer managed key"):
        page.get_by_label(name, exact=True).first.check()
    page.locator(".language-json.highlight").first.hover()
    page.get_by_role("button", name="Copy to clipboard").first.click()
    statements = json.loads(page.evaluate("navigator.clipboard.readText()"))["Statement"]
    wanted = site.json(f"{folder}/policy.json")["Statement"]
    for addon in ("vpc", "kms-output"):
        wanted += [step["value"] for step in site.json(f"{folder}/addons/{addon}.patch.json")]
    assert sorted(map(json.dumps, statements)) == sorted(map(json.dumps, wanted))


def test_from_a_template_to_terraform_in_one_paste_and_one_choice(page: Page, address: str) -> None:
    template = INPUTS / "aws" / "template.yaml"
    page.goto(f"{address}composer/")
    page.get_by_label("Request", exact=True).fill(template.read_text("utf-8"))
    expect(page.locator("#composer-read")).to_contain_text("Read as CloudFormation")
    page.get_by_label("Format").select_option("terraform")
    expected = compose("--request", template, "--format", "terraform", "--part", "all", "--allow-placeholders").out
    assert 'resource "aws_iam_role"' in expected
    shown = page.locator("#composer-result pre code").first
    # The page calls the pasted text "request", and the command by its file.
    expect(shown).to_have_text(expected.replace(str(template), "request"), use_inner_text=False)


def test_a_role_is_reviewed_in_two_pastes(page: Page, address: str) -> None:
    request = INPUTS / "aws" / "training-job.json"
    policy = json.loads(compose("--request", request).out)
    removed = policy["Statement"].pop()
    page.goto(f"{address}composer/#tab=review")
    page.get_by_label("Policy or role").fill(json.dumps(policy))
    page.get_by_label("Request", exact=True).fill(request.read_text("utf-8"))
    expect(page.get_by_role("status").locator("visible=true")).to_contain_text("Not enough")
    missing = json.loads(page.get_by_role("region", name="Missing").locator("pre code").text_content() or "")
    assert [one["Action"] for one in missing] == [removed["Action"]]


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
    page.locator("#execution-InputRead a.record").click()
    page.wait_for_url(f"{REPOSITORY}/**")
    file, _, line = page.url.removeprefix(f"{REPOSITORY}/blob/main/").partition("#L")
    page.close()
    text = Path(ROOT, file).read_text("utf-8").splitlines()[int(line) - 1]
    assert text.strip().removeprefix("- ").startswith("Sid: ")
    assert "InputRead".endswith(text.rpartition(" ")[2])
