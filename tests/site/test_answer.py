"""The box and the answer in a real browser: on the home page, and on an operation's page, where it is preset."""

from __future__ import annotations

import gzip
import json
import re
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import axe
import pytest
from built import ROOT, Site
from playwright.sync_api import Browser, Page, Route, expect

from audits.test_command import audit
from composing import INPUTS, compose
from field.messages import failures

LABEL = "Error, request, template, role, or name"
#: On one line: filling in a text is an event for each line, pasting one only.
FULL_ACCESS = json.dumps(
    json.loads((ROOT / "tests" / "fixtures" / "AmazonSageMakerFullAccess.json").read_text("utf-8"))
)
TRAINING = INPUTS / "aws" / "training-job.json"
MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/MyRole/SageMaker is not authorized to perform: s3:GetObject on "
    "resource: arn:aws:s3:::amzn-s3-demo-bucket/secret-name because no identity-based policy allows the s3:GetObject "
    "action"
)
#: A job whose image and keys are of other accounts than its role.
ELSEWHERE = {
    "RoleArn": "arn:aws:iam::111122223333:role/Training",
    "AlgorithmSpecification": {"TrainingImage": "444455556666.dkr.ecr.us-west-2.amazonaws.com/team/churn:3"},
    "OutputDataConfig": {
        "S3OutputPath": "s3://amzn-s3-demo-bucket/out/",
        "KmsKeyId": "arn:aws:kms:us-west-2:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    },
    "ResourceConfig": {"VolumeKmsKeyId": "arn:aws:kms:us-west-2:777788889999:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
}


def settled(page: Page) -> Page:
    """The page, once what was asked is answered."""
    page.wait_for_selector("#answer.is-ready:not([aria-busy])", state="attached")
    page.wait_for_selector("#box:not([aria-busy])" if page.locator("#box").count() else "#answer")
    return page


def opened(page: Page, address: str, path: str = "") -> None:
    page.goto("about:blank")
    page.goto(address + path)
    settled(page)


def give(page: Page, text: str) -> None:
    """Pastes a text into the box, and waits for the answer."""
    page.get_by_label(LABEL).fill(text)
    page.wait_for_selector("#box:not([aria-busy])")
    settled(page)


def shown(page: Page) -> str:
    """The text of the document in the open tab."""
    return "".join(settled(page).locator("#answer-panel > pre .a-part").all_text_contents())


def shows(page: Page, expected: str | object) -> None:
    """Waits for a document, given as text or parsed: until it is there the answer before it stands."""

    def found() -> object:
        return shown(page) if isinstance(expected, str) else json.loads(shown(page) or "null")

    end = time.monotonic() + 30
    while found() != expected and time.monotonic() < end:
        page.wait_for_timeout(100)
    assert found() == expected


def whole(page: Page) -> str:
    """The text of another format."""
    return settled(page).locator("#answer-panel pre code").text_content() or ""


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    settled(page)


def tick(page: Page, name: str, on: bool = True) -> None:
    """Ticks what the situation is, where it is folded too."""
    box = page.locator(f".a-situation input[value='{name}']")
    if not box.is_visible():
        page.locator(".a-situation details > summary").click()
    box.set_checked(on)
    settled(page)


def verdict(page: Page) -> Any:
    return expect(page.locator(".a-verdict"))


def printed(*arguments: str | Path, part: str = "policy") -> str:
    """What the command line prints for the same."""
    return compose(*arguments, "--part", part, "--allow-placeholders").out


def copied(page: Page) -> str:
    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


def state(page: Page) -> Mapping[str, str]:
    found: Mapping[str, str] = page.evaluate(
        "Object.fromEntries(new URLSearchParams(location.hash.slice(1) || location.search))"
    )
    return found


# --- an operation's page --------------------------------------------------------------------------------------------


def test_an_operation_is_the_answer_preset_as_the_command_prints_it(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, address, "reference/CreateTrainingJob/")
    for name, part in (("Trust", "trust"), ("Caller", "caller"), ("Role", "policy")):
        tab(page, name)
        shows(page, printed("CreateTrainingJob", part=part))
    tick(page, "vpc")
    tick(page, "efs")
    ticked = ["CreateTrainingJob", "--addon", "vpc", "--addon", "efs"]
    shows(page, json.loads(printed(*ticked)))
    assert page.locator(".a-part.is-new").count() > 0
    assert state(page) == {"addons": "vpc,efs"}
    tab(page, "Caller")
    # One situation for all tabs.
    shows(page, json.loads(printed(*ticked, part="caller")))
    assert not [url for url in asked if "/engine/" in url]
    tab(page, "Role")
    page.locator(".a-values summary").click()
    # What people know is asked for, not each placeholder in it.
    page.get_by_label("Input S3 URI").fill("s3://amzn-s3-demo-bucket/data/")
    page.get_by_label("Output S3 URI").fill("s3://amzn-s3-demo-bucket/out/")
    page.get_by_label("Training image URI").fill("444455556666.dkr.ecr.eu-west-1.amazonaws.com/team/churn:3")
    expect(page.locator("#answer-panel")).to_contain_text("repository/team/churn")
    values = {
        "InputBucket": "amzn-s3-demo-bucket", "InputPrefix": "data/", "OutputBucket": "amzn-s3-demo-bucket",
        "OutputPrefix": "out", "TrainingImageRegistryAccount": "444455556666", "Partition": "aws",
        "TrainingImageRegistryRegion": "eu-west-1", "TrainingImageRepository": "team/churn",
    }  # fmt: skip
    given = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    shows(page, printed(*ticked, *given))
    expect(page.get_by_label("Training image URI")).to_be_focused()
    left = re.search(r"(\d+) values? to fill in", page.locator(".a-verdict").inner_text())
    assert left and page.locator(".a-values summary").inner_text() == f"Fill in {left[1]} values"
    page.get_by_label("Training image URI").fill("churn")
    expect(page.locator(".a-fault").filter(has_text="is not such a URI")).to_be_visible()
    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(page.get_by_role("button", name="Copied: ")).to_contain_text("to fill in")


def test_a_link_reproduces_the_state_and_back_walks_through_it(page: Page, address: str) -> None:
    opened(page, address, "reference/CreateProcessingJob/?addons=vpc")
    first = shown(page)
    assert first == printed("CreateProcessingJob", "--addon", "vpc")
    tick(page, "vpc", on=False)
    shows(page, printed("CreateProcessingJob"))
    page.go_back()
    expect(page.locator(".a-situation input[value='vpc']")).to_be_checked()
    shows(page, first)
    # Addresses of earlier versions had the add-ons by role.
    opened(page, address, "reference/CreateProcessingJob/?execution=vpc")
    shows(page, first)


def test_a_statement_has_its_reason_and_an_address(page: Page, site: Site, address: str) -> None:
    record = site.json("v1/next/operations/CreateTrainingJob/operation.json")
    opened(page, address, "reference/CreateTrainingJob/#execution-OutputWrite")
    (item,) = [one for one in record["roles"][0]["statements"] if one["statement"]["Sid"] == "OutputWrite"]
    why = page.locator(".a-why")
    expect(why).to_contain_text(item["why"])
    expect(why.locator(".evidence")).to_have_text(item["evidence"])
    assert (why.locator("a").first.get_attribute("href") or "").startswith("https://")
    page.locator("a.sid", has_text="EcrLogin").click()
    expect(page).to_have_url(re.compile("at=EcrLogin"))
    expect(why.locator("h2")).to_have_text("EcrLogin")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".a-part[data-sid=EcrLogin] + .a-why")).to_be_visible()


def test_roles_of_operations_with_many_are_chosen_in_place(page: Page, address: str) -> None:
    opened(page, address, "reference/CreateDomain/")
    shows(page, json.loads(printed("CreateDomain")))
    page.get_by_label("Which role", exact=True).select_option("emr-access")
    shows(page, json.loads(printed("CreateDomain", "--role", "emr-access")))
    opened(page, address, "reference/CreateDomain/emr-access/")
    shows(page, json.loads(printed("CreateDomain", "--role", "emr-access")))


@pytest.mark.parametrize("form", ["cloudformation", "terraform", "cli"])
def test_other_forms_are_the_command_lines_text(page: Page, address: str, form: str) -> None:
    opened(page, address, "reference/CreateTrainingJob/?addons=kms-volume")
    page.get_by_label("Format", exact=True).select_option(form)
    expected = compose(
        "CreateTrainingJob", "--addon", "kms-volume", "--format", form, "--part", "all", "--allow-placeholders"
    ).out
    expect(page.locator("#answer-panel pre code")).to_have_text(expected, use_inner_text=False)
    assert copied(page) == expected
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    assert Path(waiting.value.path()).read_text("utf-8") == expected


def test_a_policy_too_long_is_copied_in_parts(page: Page, address: str) -> None:
    catalog = json.loads((ROOT / "build" / "v1" / "next" / "catalog.json").read_bytes())
    ids = [addon["id"] for role in catalog["operations"]["CreateModel"]["roles"] for addon in role.get("addons", ())]
    # The engine splits; what was left out asks for it.
    opened(page, address, f"#operation=CreateModel&addons={','.join(ids)}")
    expected = printed("CreateModel", *(part for item in ids for part in ("--addon", item)))
    assert isinstance(json.loads(expected), list)
    assert copied(page) == expected
    expect(page.get_by_text("Too long for one managed policy")).to_be_visible()


# --- the box --------------------------------------------------------------------------------------------------------


#: What is typed, and where the first result leads.
FIRST = {
    "hyperpod": "reference/CreateCluster/",
    "jumpstart": "reference/CreateTrainingJob/?role=execution&addons=jumpstart",
    "ListBuckets": "reference/services/s3/#s3-ListAllMyBuckets",
    "CreateGrant": "reference/services/kms/#kms-CreateGrant",
    "ecr pull denied": "reference/CreateTrainingJob/",
    "canvas": "guides/studio-domains/",
    "vpc": "guides/vpc/",
    "feature store": "reference/CreateFeatureGroup/",
    "pass role": "guides/pass-role/",
    "PassRole": "guides/pass-role/",
    "iam:PassRole": "guides/pass-role/",
    "KMS grant": "guides/kms/",
    "KMS": "guides/kms/",
    "studio": "guides/studio-domains/",
    "AccessDenied": "guides/troubleshooting/",
    "confused deputy": "guides/confused-deputy/",
    "AmazonSageMakerFullAccess": "reference/full-access/",
    "kms:creategrant": "reference/services/kms/#kms-CreateGrant",
    "create_training_job": "reference/CreateTrainingJob/",
    "CreateModel": "reference/CreateModel/",
    "processing": "reference/CreateProcessingJob/",
    "creat trainning job": "reference/CreateTrainingJob/",
}


def test_names_lead_to_the_right_page_first(page: Page, address: str) -> None:
    opened(page, address)
    for text, first in FIRST.items():
        give(page, text)
        expect(page.locator("#box li a").first, text).to_have_attribute("href", f"{address}{first}")


def test_what_is_found_says_why_and_is_reached_by_arrow_keys(page: Page, address: str) -> None:
    opened(page, address)
    give(page, "ecr pull denied")
    expect(page.locator("#box li").first).to_contain_text("has ecr, pull")
    give(page, "jumpstart")
    first, second = (page.locator("#box li a").nth(number) for number in (0, 1))
    expect(first).to_contain_text("CreateTrainingJob › ")
    page.get_by_label(LABEL).press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    expect(page.get_by_label(LABEL)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer.is-ready")
    expect(page.locator(".a-situation input[value=jumpstart]")).to_be_checked()


#: What is no request of SageMaker, with what is said of it.
REFUSED = {
    '{"TrainingJobName": "x", ': "This is not whole JSON: it ends or breaks in line 1, column 26.",
    "Resources:\n  B:\n    Type: AWS::S3::Bucket\n": "This is for another service (S3)",
    "aws lambda create-function --function-name x": "This is for another service (lambda)",
    "{}": "There is nothing in this request.",
    '{"Bucket": "x"}': "The members do not show which operation of SageMaker this is for.",
}


def test_what_is_no_request_is_told_with_the_next_step_and_without_options(page: Page, address: str) -> None:
    opened(page, address)
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("#box [role=status]")).to_contain_text("Paste an error, a request, a template, or a role")
    for text, said in REFUSED.items():
        give(page, text)
        verdict(page).to_contain_text(said)
        assert " --" not in page.locator("#answer").inner_text()
    page.get_by_label("Which operation is it for").select_option("CreateModel")
    verdict(page).to_contain_text("CreateModel: ")


def test_the_box_in_the_header_by_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}guides/kms/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("/")
    page.keyboard.type("CreateProcessingJob")
    expect(page.locator("#header-box li a").first).to_have_text("CreateProcessingJob")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}reference/CreateProcessingJob/")
    page.wait_for_selector("#answer.is-ready")
    page.get_by_role("link", name="Paste or search").click()
    page.get_by_role("dialog").get_by_label(LABEL).fill(MESSAGE)
    expect(page).to_have_url(address)
    verdict(page).to_contain_text("Denied")
    expect(page.get_by_label(LABEL)).to_have_value(MESSAGE)


def test_what_the_box_cannot_answer_it_says_and_what_to_run(page: Page, address: str) -> None:
    opened(page, address)
    give(page, 'resource "aws_sagemaker_model" "this" {\n  name = var.name\n}')
    expect(page.locator("#box pre")).to_contain_text("terraform show -json plan | sagemaker-roles compose")
    give(page, 'import boto3\nboto3.client("sagemaker").create_model(**members)')
    expect(page.locator("#box pre")).to_contain_text("sagemaker-roles compose --run")
    give(page, "qqzzy")
    expect(page.locator("#box [role=status]")).to_contain_text("No match")


def test_reported_messages_are_explained(page: Page, address: str) -> None:
    texts = [failure.text for failure in failures() if failure.text and " " in failure.text.strip()]
    assert len(texts) > 100
    opened(page, address)
    refused = []
    for text in texts[::12]:
        give(page, "")
        give(page, text)
        if page.locator("#box li a").count():
            refused.append(text)
    assert not refused


# --- a request ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["training-job.json", "template.yaml", "manifests.yaml", "plan.json", "pipeline.json"])
def test_a_request_is_composed_as_by_the_command_and_stays_out_of_the_address(
    page: Page, address: str, name: str
) -> None:
    file = INPUTS / "aws" / name
    opened(page, address)
    give(page, file.read_text("utf-8"))
    for title, part in (("Role", "policy"), ("Trust", "trust"), ("Caller", "caller")):
        roles = compose("--request", file, "--each", "--part", part, "--allow-placeholders").document["roles"]
        if not (roles[0][part] or {}).get("Statement"):
            continue
        tab(page, title)
        shows(page, roles[0][part])
    expect(page.locator("#answer > .a-small").first).to_contain_text("Read as")
    page.get_by_label("Format", exact=True).select_option("terraform")
    expect(page).to_have_url(re.compile("format=terraform$"))
    assert not page.evaluate("location.search")


def test_every_role_that_the_requests_pass_is_listed(page: Page, address: str) -> None:
    file = INPUTS / "aws" / "trail.json"
    opened(page, address)
    give(page, file.read_text("utf-8"))
    roles = compose("--request", file, "--each").document["roles"]
    verdict(page).to_contain_text(f"for {len(roles)} roles")
    choice = page.get_by_label("Which role", exact=True)
    for item in [one for one in roles if one["policy"]["Statement"]]:
        choice.select_option(item["arn"])
        shows(page, item["policy"])
    assert "arn" not in page.url, "the ARN is out of the request"


def test_what_was_found_can_be_left_out_and_put_back(page: Page, address: str) -> None:
    opened(page, address)
    give(page, TRAINING.read_text("utf-8"))
    found = page.locator(".a-situation label", has=page.locator("input[value=vpc]"))
    expect(found).to_contain_text("found")
    tick(page, "vpc", on=False)
    shows(page, printed("--request", TRAINING, "--no-addon", "vpc"))
    expect(page).to_have_url(re.compile("without=vpc"))
    tick(page, "vpc")
    shows(page, printed("--request", TRAINING))


@pytest.mark.parametrize("packed", [False, True])
def test_files_can_be_opened(page: Page, address: str, tmp_path: Path, packed: bool) -> None:
    text = TRAINING.read_bytes()
    file = tmp_path / ("request.json.gz" if packed else "request.json")
    file.write_bytes(gzip.compress(text) if packed else text)
    opened(page, address)
    page.get_by_label("open files").set_input_files(file)
    expect(page.locator("#answer-panel pre")).to_be_visible()
    shows(page, printed("--request", TRAINING))
    several = [TRAINING, INPUTS / "aws" / "processing-job.yaml"]
    opened(page, address)
    page.get_by_label("open files").set_input_files(several)
    verdict(page).to_contain_text("for 2 roles")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_code_counts_with_its_request(browser: Browser, address: str, tmp_path: Path, width: int, scheme: Any) -> None:
    code = tmp_path / "train.py"
    code.write_text(
        "import boto3\nboto3.client('sns').publish(TopicArn='arn:aws:sns:us-west-2:111122223333:t')\n", "utf-8"
    )
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened(page, address)
    page.get_by_label("open files").set_input_files(code)
    verdict(page).to_contain_text("CreateNotebookInstance, role ${CodeExecutionRole}")
    page.get_by_label("open files").set_input_files([TRAINING, code])
    expect(page.locator("#answer-panel pre")).to_contain_text("CodeSnsPublish")
    shows(page, printed("--request", TRAINING, "--code", code))
    expect(page.locator("#answer")).to_contain_text("Read as API request, code:")
    page.locator("#answer-panel pre").get_by_text("CodeSnsPublish").click()
    expect(page.locator("#answer")).to_contain_text("train.py:2")
    expect(page.locator("#answer")).to_contain_text("your code")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_what_else_must_allow_it_is_one_entry_a_resource(page: Page, address: str) -> None:
    request = json.dumps({"CreateTrainingJob": ELSEWHERE})
    entries = json.loads(compose("--request", "-", "--part", "companions", stdin=request).out)
    opened(page, address)
    give(page, request)
    tab(page, "Other policies")
    for kind in {entry["kind"] for entry in entries}:
        own = [entry for entry in entries if entry["kind"] == kind]
        fold = page.locator(f"#answer-panel details[data-kind='{kind}']")
        fold.locator("summary").click()
        sections = fold.locator("section")
        expect(sections).to_have_count(len(own))
        for number, entry in enumerate(own):
            section = sections.nth(number)
            expect(section.locator("h3")).to_have_text(entry["resource"])
            expect(section).to_contain_text(entry["why"])
            text = "".join(section.locator(".a-part").all_text_contents())
            assert (json.loads(text) if text else None) == entry["policy"], entry["resource"]
    organization = page.locator("#answer-panel details[data-kind=organization]")
    organization.locator("summary").click()
    expect(organization).to_contain_text("Only resources of the organization (SCP)")
    page.get_by_label("Format", exact=True).select_option("cloudformation")
    expect(page.locator(".is-problem")).to_contain_text("choose one below Resources of")
    page.get_by_label("Resources of").select_option("777788889999")
    expect(page.locator("#answer-panel pre code")).to_contain_text("AWS::KMS::Key")


def test_other_forms_of_what_else_must_allow_it_are_the_command_lines(page: Page, address: str) -> None:
    values = "&RoleAccount=444455556666&Region=us-west-2"
    opened(
        page, address, f"#operation=CreateTrainingJob&addons=vpc&part=others&asked=require-sse-kms&format=cli{values}"
    )
    expected = compose(
        "CreateTrainingJob", "--addon", "vpc", "--require-sse-kms", "--set", "RoleAccount=444455556666",
        "--set", "Region=us-west-2", "--part", "companions", "--format", "cli", "--allow-placeholders",
    ).out  # fmt: skip
    assert whole(page) == expected


def test_names_that_differ_with_every_run_become_patterns(page: Page, address: str) -> None:
    jobs = [f"s3://amzn-s3-demo-bucket/run-2026-01-0{n}/data" for n in range(1, 6)]
    members = {"InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": one}}} for one in jobs]}
    text = json.dumps({"CreateTrainingJob": members})
    opened(page, address)
    give(page, text)
    shows(page, compose("--request", "-", "--allow-placeholders", stdin=text).out)
    page.locator(".a-situation details > summary").click()
    page.get_by_label("One pattern for so many names or more").fill("3")
    expect(page.locator("#answer-panel")).not_to_contain_text("run-2026-01-03")
    expected = compose("--request", "-", "--generalize", "3", "--allow-placeholders", stdin=text).out
    shows(page, expected)
    page.get_by_label("Every resource").check()
    shows(page, compose("--request", "-", "--scope", "broad", "--allow-placeholders", stdin=text).out)


def test_faults_are_told_where_they_are(page: Page, address: str) -> None:
    opened(page, address)
    give(page, '{"CreateTrainingJob": {\n  "RoleArn": "arn:aws:iam::111122223333:role/R",\n  "RoleArn": "x"}}')
    expect(page.locator(".a-notices").first).to_contain_text('request:3:3 the key "RoleArn" stands twice')
    give(page, '{"Foo": 1}')
    verdict(page).to_contain_text("do not show which operation")
    give(page, '{"CreateTrainingJob": {"OutputDataConfig": {"S3OutputPath": "s3://*/x"}}}')
    expect(page.locator("li.is-problem")).to_contain_text("is not a valid Amazon S3 URI")
    assert "s3:::*" not in shown(page)
    page.locator(".a-values summary").click()
    field = page.get_by_label("Account", exact=True)
    field.fill("12")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("111122223333")
    expect(field).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(
    "fragment",
    [
        "operation=<img src=x onerror=alert(1)>",
        "operation=CreateTrainingJob&role=constructor",
        "operation=CreateTrainingJob&addons=nothing,<b>",
        "request=%%%",
        f"operation=CreateTrainingJob&InputBucket={'x' * 5000}",
        "operation=CreateTrainingJob&format=exe&scope=all&tab=review",
        "operation=CreateTrainingJob&Constructor=x&InputBucket=${*}",
        "operation=CreateTrainingJob&Region=us-west-2:999999999999:x",
    ],
)
def test_a_broken_link_breaks_nothing(page: Page, address: str, fragment: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    opened(page, address, f"#{fragment}")
    if "CreateTrainingJob" in fragment:
        assert json.loads(shown(page))["Statement"]
        assert "999999999999" not in shown(page)
    else:
        assert not page.locator(".a-part").count()


# --- a role, and a message ------------------------------------------------------------------------------------------


def needed() -> dict[str, Any]:
    """The policy that the request needs."""
    document: dict[str, Any] = json.loads(compose("--request", TRAINING).out)
    return document


def test_a_request_without_a_role_opens_the_policy_of_the_caller(page: Page, address: str) -> None:
    opened(page, address)
    give(page, '{"CreateEndpoint": {"EndpointName": "churn", "EndpointConfigName": "churn"}}')
    expect(page.get_by_role("tab", name="Caller")).to_have_attribute("aria-selected", "true")
    assert json.loads(shown(page))["Statement"]


def test_a_role_without_its_work_is_judged_by_its_risk(page: Page, address: str) -> None:
    opened(page, address)
    give(page, '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}')
    verdict(page).to_have_text("Far too much: s3:* on *. What is the role for?")


def review(page: Page, role: str) -> None:
    """Pastes a role, then the request that it is for."""
    give(page, role)
    page.get_by_label(re.compile("What is the role for")).fill(TRAINING.read_text("utf-8"))
    expect(page.locator(".a-verdict")).not_to_contain_text("What is the role for?")
    settled(page)


def test_what_a_role_lacks_and_has_too_much_of(page: Page, address: str) -> None:
    opened(page, address)
    policy = needed()
    removed = policy["Statement"].pop()
    extra = {"Sid": "Extra", "Effect": "Allow", "Action": "glue:*", "Resource": "*"}
    review(page, json.dumps({**policy, "Statement": [*policy["Statement"], extra]}))
    verdict(page).to_contain_text("Far too much")
    verdict(page).to_contain_text("1 of 17 statements to narrow or remove")
    verdict(page).to_contain_text("Not enough")
    missing = page.get_by_role("region", name="The work is denied")
    added = json.loads(missing.locator("pre code").text_content() or "")
    assert [(one["Action"], one["Resource"]) for one in added] == [(removed["Action"], removed["Resource"])]
    states = page.locator(".review-state").all_inner_texts()
    assert states == ["Keep"] * len(policy["Statement"]) + ["Drop"]


def test_a_review_is_in_the_order_in_which_people_act(page: Page, address: str) -> None:
    opened(page, address)
    policy = needed()
    (wide,) = (one for one in policy["Statement"] if one["Sid"] == "InputRead")
    (only,) = wide["Resource"]
    wide["Resource"] = ["*"]
    extra = {"Sid": "Extra", "Effect": "Allow", "Action": ["iam:PutRolePolicy"], "Resource": ["*"]}
    review(page, json.dumps({**policy, "Statement": [*policy["Statement"], extra]}))
    heads = [one.removesuffix("Copy").strip() for one in page.locator("#answer h2").all_text_contents()]
    kept = len(policy["Statement"]) - 1
    assert heads[0] == f"policy: keep {kept}, narrow 1, drop 1"
    assert heads[1:4] == ["The better policy", "What it opens beyond the work", "How its holder can gain permissions"]
    assert page.locator(".a-at").all_text_contents() == ['"*"', '"iam:PutRolePolicy"']
    row = page.locator(".a-row", has_text="InputRead")
    expect(row).to_contain_text(f"s3:GetObject: The job needs it only on {only}, ")
    expect(row).to_contain_text("; this allows it everywhere.")


def test_other_layers_decide_too(page: Page, address: str) -> None:
    opened(page, address)
    review(page, json.dumps(needed()))
    verdict(page).to_contain_text("allowed, and nothing more")
    page.get_by_text("Other policies that decide").click()
    deny = {"Sid": "NoWrites", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    scps = page.get_by_label("Service control policies (SCPs)")
    scps.fill(json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    verdict(page).to_contain_text("Not enough")
    expect(page.get_by_role("region", name="The work is denied")).to_contain_text(
        "NoWrites of the service control policies"
    )
    expect(scps).to_be_focused()


def test_the_review_has_what_the_command_finds(
    page: Page, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy").write_text(FULL_ACCESS)
    opened(page, address)
    give(page, FULL_ACCESS)
    page.get_by_label("or choose an operation").select_option("CreateModel")
    expect(page.locator(".review-state")).to_have_count(44)
    (role,) = json.loads(audit("CreateModel", "--policy", "policy", "--format", "json").out)["roles"]
    expect(page.get_by_role("region", name="How its holder can gain permissions").locator("ul > li")).to_have_count(
        len(role["escalation"])
    )
    verdict(page).to_contain_text(re.compile("^Far too much"))
    assert json.loads(copied(page)) == role["policy"]
    page.get_by_label("Format", exact=True).select_option("markdown")
    expected = audit("CreateModel", "--policy", "policy", "--format", "markdown").out
    expect(page.locator("pre.a-code code").first).to_have_text(expected, use_inner_text=False)


def test_the_json_of_a_role_is_read_with_its_trust_policy(page: Page, address: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {
        "RoleName": "Held",
        "Arn": "arn:aws:iam::111122223333:role/Held",
        "AssumeRolePolicyDocument": quote(json.dumps({"Version": "2012-10-17", "Statement": [trust]})),
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": needed()}],
        "AttachedManagedPolicies": [{"PolicyName": "Other", "PolicyArn": "arn:aws:iam::aws:policy/Other"}],
    }
    opened(page, address)
    review(page, json.dumps({"RoleDetailList": [role, {**role, "Arn": "arn:aws:iam::1:role/B"}]}))
    expect(page.get_by_label("Which role of them").locator("option")).to_have_count(2)
    expect(page.get_by_role("region", name="Who else can assume it")).to_contain_text("confused deputy")
    page.get_by_text("more notes").click()
    expect(page.locator(".a-notices").last).to_contain_text("its document was not given")


# --- what stays, and what leaves ------------------------------------------------------------------------------------


def test_hostile_text_never_becomes_markup(page: Page, address: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    opened(page, address)
    give(
        page,
        '{"CreateTrainingJob": {"RoleArn": "arn:aws:iam::111122223333:role/<img src=x onerror=alert(1)>",'
        '"OutputDataConfig": {"S3OutputPath": "s3://bucket/<script>alert(2)</script>/${InputBucket}*"},'
        '"<svg onload=alert(3)>": 1, "__proto__": {"polluted": 1}}}',
    )
    policy = shown(page)
    assert "<script>alert(2)</script>/${$}{InputBucket}${*}" in policy
    json.loads(policy)
    bad = "<img src=x onerror=alert(1)>"
    statement = {"Sid": bad, "Effect": "Allow", "Action": f"s3:{bad}", "Resource": [bad, "*" * 300 + "a"]}
    review(page, json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    give(page, MESSAGE.replace("secret-name", bad))
    give(page, bad)
    assert page.locator("article :is(#answer, #box) :is(img, script, svg, iframe)").count() == 0
    assert page.evaluate("({}).polluted") is None


def test_nothing_leaves_the_browser(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url.removeprefix(address)}"))
    opened(page, address)
    page.wait_for_load_state("networkidle")
    before = len(asked)
    assert not any("engine/" in item for item in asked)
    give(page, "CreateTrainingJob:\n  RoleArn: arn:aws:iam::111122223333:role/secret\n")
    give(page, FULL_ACCESS.replace("s3:GetObject", "s3:SecretAction"))
    give(page, MESSAGE)
    page.wait_for_load_state("networkidle")
    later = [item for item in asked[before:] if "favicon" not in item]
    known = ("GET engine/", "GET blob:", "GET compiled/", "GET assets/composer/later.js")
    assert all(item.startswith(known) for item in later), later
    # With the snapshot, nothing is loaded for a start without it.
    names = sorted(item.rpartition("/")[2] for item in later if " engine/" in item)
    runtime = ["nothing.zip", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide.mjs", "snapshot.bin"]
    assert names == ["actions.json", *runtime]
    assert not any("ecret" in item for item in asked)
    assert "ecret" not in page.url


def test_text_and_answer_survive_a_reload_and_back_without_the_engine(page: Page, context: Any, address: str) -> None:
    opened(page, address)
    give(page, TRAINING.read_text("utf-8"))
    tick(page, "vpc", on=False)
    page.get_by_label("Format", exact=True).select_option("terraform")
    expected = whole(page)
    page.route("**/engine/**", lambda route: pytest.fail(route.request.url))
    for leave in (page.reload, lambda: page.goto(f"{address}guides/kms/") and page.go_back()):
        leave()
        expect(page.get_by_label(LABEL)).to_have_value(TRAINING.read_text("utf-8"))
        assert (whole(page), state(page)["without"]) == (expected, "vpc")
    page.unroute("**/engine/**")
    review(page, json.dumps(needed()))
    found = page.locator(".a-verdict").text_content() or ""
    page.reload()
    verdict(page).to_have_text(found)
    expect(page.get_by_label("What is the role for")).to_have_value(TRAINING.read_text("utf-8"))
    give(page, "vpc key")
    page.reload()
    expect(page.get_by_label(LABEL)).to_have_value("vpc key")
    expect(page.locator("#box li a").first).to_be_visible()
    another = context.new_page()
    opened(another, address)
    expect(another.get_by_label(LABEL)).to_have_value("")


def test_the_role_of_several_and_the_form_of_a_review_are_in_the_address(page: Page, address: str) -> None:
    opened(page, address)
    give(page, (INPUTS / "aws" / "trail.json").read_text("utf-8"))
    choice = page.get_by_label("Which role", exact=True)
    chosen = choice.locator("option").nth(1).get_attribute("value")
    choice.select_option(chosen)
    expected = shown(page)
    page.reload()
    assert (shown(page), state(page)["role"]) == (expected, "2")
    expect(choice).to_have_value(chosen or "")
    review(page, json.dumps(needed()))
    page.get_by_label("Format", exact=True).select_option("markdown")
    expect(page).to_have_url(re.compile("format=markdown"))
    page.reload()
    expect(page.get_by_label("Format", exact=True)).to_have_value("markdown")


@pytest.mark.parametrize("text", [MESSAGE, TRAINING.read_text("utf-8")], ids=["message", "request"])
def test_a_link_carries_the_input_only_on_request_and_never_to_a_server(
    page: Page, browser: Browser, address: str, text: str
) -> None:
    opened(page, address)
    give(page, text)
    assert "input=" not in page.url
    page.get_by_role("button", name="Copy a link with the input").click()
    expect(page.get_by_text("Everyone who gets it can read the input")).to_be_visible()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    assert link.startswith(f"{address}#") and re.fullmatch("[A-Za-z0-9_-]+", link.partition("input=")[2])
    other = browser.new_page()
    asked: list[str] = []
    other.on("request", lambda request: asked.append(f"{request.url} {request.post_data}"))
    other.goto(link)
    verdict(other).to_have_text(page.locator(".a-verdict").text_content() or "")
    expect(other.get_by_label(LABEL)).to_have_value(page.get_by_label(LABEL).input_value())
    assert not [one for one in asked if "input=" in one]
    other.goto("about:blank")
    other.goto(f"{link[:-20]}AAAA")
    verdict(other).to_contain_text("The input in this link is damaged")
    other.close()


def test_only_an_exact_name_leaves_the_page(page: Page, address: str) -> None:
    opened(page, address)
    for text in ("processing", "kms key", "CreateTrainingJo"):
        give(page, text)
        page.get_by_role("button", name="Answer").click()
        expect(page.locator("#box li a").first).to_be_focused()
        expect(page).to_have_url(re.compile(f"^{re.escape(address)}#?$"))
    give(page, "create_processing_job")
    page.get_by_label(LABEL).press("Enter")
    expect(page).to_have_url(f"{address}reference/CreateProcessingJob/")


def test_a_message_has_its_statement_before_the_engine_is_there(page: Page, address: str) -> None:
    held: list[Route] = []
    page.route("**/engine/**", lambda route: held.append(route))
    opened(page, address)
    page.get_by_label(LABEL).fill(MESSAGE)
    verdict(page).to_contain_text(
        "Denied by the identity-based policy: s3:GetObject. Add to a policy of the execution role."
    )
    early = json.loads(copied(page))
    assert early["Resource"] == ["arn:aws:s3:::amzn-s3-demo-bucket/secret-name"]
    expect(page.locator("#answer")).to_contain_text("The engine is being loaded")
    page.route("**/engine/**", lambda route: route.continue_())
    for route in held:
        route.continue_()
    settled(page)
    verdict(page).to_contain_text(
        "Denied by the identity-based policy: s3:GetObject. Add to a policy of the execution role."
    )
    expect(page.locator("#answer")).not_to_contain_text("The engine is being loaded")
    assert (json.loads(copied(page))["Action"], json.loads(copied(page))["Resource"]) == (
        early["Action"],
        early["Resource"],
    )


def test_without_the_engine_the_first_answer_stays(context: Any, address: str) -> None:
    page = context.new_page()
    page.route("**/engine/**", lambda route: route.fulfill(status=404))
    opened(page, address)
    give(page, MESSAGE)
    verdict(page).to_contain_text("Denied by the identity-based policy: s3:GetObject.")
    expect(page.locator(".a-notices").first).to_contain_text("could not be loaded")


# --- how the engine starts ------------------------------------------------------------------------------------------


def test_an_engine_that_cannot_be_loaded_is_told_and_tried_again(context: Any, address: str) -> None:
    """Such as a page that a browser kept, whose engine is another one by now."""
    page = context.new_page()
    page.route("**/engine/**", lambda route: route.fulfill(status=404))
    opened(page, address, "#operation=CreateTrainingJob")
    verdict(page).to_contain_text("could not be loaded")
    assert page.locator(".a-part").count() == 0
    page.unroute("**/engine/**")
    give(page, TRAINING.read_text("utf-8"))
    shows(page, printed("--request", TRAINING))


def test_actions_that_cannot_be_loaded_are_told_and_tried_again(context: Any, address: str) -> None:
    """Never a review that finds less without them."""
    page = context.new_page()
    page.route("**/actions.json", lambda route: route.fulfill(status=404))
    opened(page, address, "#operation=CreateTrainingJob")
    give(page, FULL_ACCESS)
    verdict(page).to_contain_text("actions.json: cannot be loaded; reload the page")
    page.unroute("**/actions.json")
    give(page, FULL_ACCESS + " ")
    verdict(page).not_to_contain_text("cannot be loaded")


def damaged(route: Route) -> None:
    """A snapshot of another runtime: a word of what tells so is another."""
    body = bytearray(gzip.decompress(route.fetch().body()))
    ranges, pages = struct.unpack("<2I", body[:8])
    body[16 * (1 + -(-(2 * ranges + pages) // 4)) + 20] ^= 1
    route.fulfill(status=200, body=gzip.compress(bytes(body), 1))


@pytest.mark.parametrize("snapshot", ["missing", "damaged", "no gzip"])
def test_without_its_snapshot_the_engine_starts_too_and_says_nothing(context: Any, address: str, snapshot: str) -> None:
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda one: one.type == "error" and "404" not in one.text and faults.append(one.text))
    ways = {
        "missing": lambda route: route.fulfill(status=404),
        "damaged": damaged,
        "no gzip": lambda route: route.fulfill(status=200, body=b"x" * 1000),
    }
    page.route("**/snapshot.bin", ways[snapshot])
    page.set_default_timeout(180_000)
    opened(page, address, "#operation=CreateTrainingJob&addons=vpc")
    shows(page, printed("CreateTrainingJob", "--addon", "vpc"))
    assert not faults


def test_without_webassembly_the_page_says_so_and_names_the_command(context: Any, address: str) -> None:
    page = context.new_page()
    page.add_init_script("delete globalThis.WebAssembly")
    opened(page, address, "#operation=CreateTrainingJob")
    verdict(page).to_contain_text("WebAssembly is switched off in this browser")
    verdict(page).to_contain_text("use the command sagemaker-roles")
    opened(page, address, "reference/CreateTrainingJob/?addons=vpc")
    shows(page, json.loads(printed("CreateTrainingJob", "--addon", "vpc")))


def test_a_paste_of_five_megabytes_leaves_the_page_alive_and_can_be_stopped(page: Page, address: str) -> None:
    channels = [
        {"ChannelName": f"c{n}", "DataSource": {"S3DataSource": {"S3Uri": f"s3://amzn-s3-demo-bucket{n}/data"}}}
        for n in range(50_000)
    ]
    opened(page, address, "#operation=CreateTrainingJob")
    page.get_by_label(LABEL).evaluate(
        """(field, text) => {
            field.value = text;
            const start = performance.now();
            field.dispatchEvent(new Event("input"));
            globalThis.took = performance.now() - start;
        }""",
        json.dumps({"CreateTrainingJob": {"TrainingJobName": "t", "InputDataConfig": channels}}),
    )
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    assert page.evaluate("took") < 2000, "the page itself reads nothing of it"
    stop.click()
    verdict(page).to_contain_text("Stopped. Change the input to try again.")
    assert page.locator(".a-part").count() == 0


# --- the bars -------------------------------------------------------------------------------------------------------

SIZES = {1280: 800, 390: 844}
#: The operations of the longest pages, and the most used.
LONG = ("CreateDomain", "CreateLabelingJob", "CreatePipeline", "CreateProcessingJob", "CreateTrainingJob")
_WORDS = """(root) => {
    const range = document.createRange();
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    let count = 0;
    while (texts.nextNode()) {
        if (!texts.currentNode.parentElement.checkVisibility()) continue;
        range.selectNodeContents(texts.currentNode);
        const seen = range.getBoundingClientRect();
        const box = texts.currentNode.parentElement.closest("pre code")?.getBoundingClientRect();
        if (!seen.width || (box && seen.top > box.bottom)) continue;
        count += (texts.currentNode.data.match(/[A-Za-z0-9]+/g) ?? []).length;
    }
    return count;
}"""


@pytest.mark.parametrize("width", SIZES)
def test_pages_are_short_and_of_few_words_and_the_policy_is_on_the_first_screen(
    page: Page, site: Site, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    opened(page, address)
    # Home shows an example, each operation by situation, and three figures below the box.
    assert page.evaluate("document.documentElement.scrollHeight") < {1280: 4200, 390: 6000}[width]
    assert page.locator("article").evaluate(_WORDS) <= 480
    most = {1280: 3500, 390: 5600}[width]  # with the picture of who needs what, which is open
    for path in [f"reference/{name}/" for name in LONG]:
        opened(page, address, path)
        assert page.evaluate("document.documentElement.scrollHeight") < most, path
        top = page.locator("#answer-panel pre").bounding_box()
        assert top and top["y"] < SIZES[width] - 80, path
        if path.endswith("CreateTrainingJob/"):
            assert page.locator("article").evaluate(_WORDS) <= 700


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_answers_have_no_violation_of_accessibility(browser: Browser, address: str, width: int, scheme: Any) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    opened(page, address)
    told: list[str] = []
    for text in (MESSAGE, TRAINING.read_text("utf-8"), FULL_ACCESS):
        give(page, text)
        if text == FULL_ACCESS:
            page.get_by_label("or choose an operation").select_option("CreateModel")
            expect(page.locator(".review-state").first).to_be_visible()
        told += axe.violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    opened(page, address, "reference/CreateTrainingJob/?addons=vpc,kms-output&part=others")
    told += axe.violations(page)
    context.close()
    assert not told, told
