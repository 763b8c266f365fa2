"""The tabs Review and Denied? in a real browser: answers, tabs, what leads where, what stays in the page, keyboard."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from built import COMPOSER, ROOT
from playwright.sync_api import Browser, Page, expect

from auditing.test_command import audit
from composing import INPUTS, compose

#: On one line: filling in a text is an event for each line, pasting one only.
FULL_ACCESS = json.dumps(
    json.loads((ROOT / "tests" / "fixtures" / "AmazonSageMakerFullAccess.json").read_text("utf-8"))
)
REQUEST = (INPUTS / "aws" / "training-job.json").read_text("utf-8")
MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/MyRole/SageMaker is not authorized to perform: s3:GetObject on "
    "resource: arn:aws:s3:::amzn-s3-demo-bucket/secret-name because no identity-based policy allows the s3:GetObject "
    "action"
)


def opened(page: Page, address: str, fragment: str) -> None:
    page.goto("about:blank")
    page.goto(f"{address}composer/#{fragment}")
    page.wait_for_selector("#composer-app.is-ready")


def composed() -> dict[str, Any]:
    """The policy that the request needs."""
    done = compose("--request", INPUTS / "aws" / "training-job.json")
    document: dict[str, Any] = json.loads(done.out)
    return document


def unfolded(page: Page) -> None:
    """Unfolds the request, where the form folds it."""
    folded = page.locator("details.composer-request:not([open]) > summary")
    if folded.count():
        folded.click()


def with_request(page: Page, address: str) -> None:
    opened(page, address, "tab=review")
    expect(page.get_by_label("Policy or role")).to_be_visible()
    unfolded(page)
    page.get_by_label("Request", exact=True).fill(REQUEST)


def test_the_verdict_comes_first_then_what_is_missing_and_the_statements(page: Page, address: str) -> None:
    with_request(page, address)
    box = page.get_by_label("Policy or role")
    policy = composed()
    status = page.get_by_role("status").locator("visible=true")
    removed = policy["Statement"].pop()
    extra = {"Sid": "Extra", "Effect": "Allow", "Action": "glue:*", "Resource": "*"}
    box.fill(json.dumps({**policy, "Statement": [*policy["Statement"], extra]}))
    expect(status).to_contain_text("Not enough")
    expect(status).to_contain_text("1 of")
    missing = page.get_by_role("region", name="Missing")
    expect(missing).to_contain_text(removed["Action"][0])
    added = json.loads(missing.locator("pre code").text_content() or "")
    assert [one["Action"] for one in added] == [removed["Action"]]
    assert [one["Resource"] for one in added] == [removed["Resource"]]
    states = page.locator(".review-state").all_inner_texts()
    assert states == ["Needed"] * len(policy["Statement"]) + ["Not needed"]
    box.fill(json.dumps({**policy, "Statement": [*policy["Statement"], removed]}))
    expect(status).not_to_contain_text("Not enough")
    expect(page.get_by_role("region", name="Missing")).to_have_count(0)


def test_other_layers_decide_too(page: Page, address: str) -> None:
    with_request(page, address)
    page.get_by_label("Policy or role").fill(json.dumps(composed()))
    status = page.get_by_role("status").locator("visible=true")
    expect(status).to_contain_text("Enough: all")
    page.get_by_text("Other policies that decide").click()
    deny = {"Sid": "NoWrites", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    scps = page.get_by_label("Service control policies (SCPs)")
    scps.fill(json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    expect(status).to_contain_text("Not enough")
    missing = page.get_by_role("region", name="Missing")
    expect(missing).to_contain_text("NoWrites of the service control policies")
    expect(missing.locator("pre code")).to_have_count(0)
    scps.fill("")
    expect(status).to_contain_text("Enough: all")
    session = page.get_by_label("Session policies")
    session.fill('{"a": 1}')
    expect(status).to_contain_text("Session policies is not a policy document")
    session.fill("")
    page.get_by_role("button", name="Add a resource policy").click()
    page.get_by_label("Policy of resource 1").fill(json.dumps({"Statement": [{**deny, "Principal": "*"}]}))
    expect(status).to_contain_text("needs the ARN of its resource")
    page.get_by_label("ARN of resource 1").fill("arn:aws:s3:::amzn-s3-demo-bucket2")
    expect(missing).to_contain_text("NoWrites of the resource's policy")


def test_the_review_has_what_the_command_finds(
    page: Page, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excess, ways to escalate, the policy that would be enough, and the report in each form."""
    monkeypatch.chdir(tmp_path)
    Path("policy").write_text(FULL_ACCESS)
    opened(page, address, "tab=review&operation=CreateModel")
    page.get_by_label("Policy or role").fill(FULL_ACCESS)
    expect(page.locator(".review-state")).to_have_count(44)
    report = json.loads(audit("CreateModel", "--policy", "policy", "--format", "json").out)
    (role,) = report["roles"]
    expect(page.get_by_role("region", name="Escalation").locator("ul > li")).to_have_count(len(role["escalation"]))
    expect(page.get_by_role("status").locator("visible=true")).to_contain_text(f"{len(role['escalation'])} ways")
    expect(page.get_by_role("region", name="Excess").locator("ul > li").first).to_be_visible()
    enough = page.locator("h2:has-text('The policy that would be enough') ~ .highlight code").first
    assert json.loads(enough.text_content() or "") == role["policy"]
    for form in ("text", "markdown", "sarif"):
        page.get_by_label("Report as").select_option(form)
        verbose = ["--verbose"] if form == "text" else []
        expected = audit("CreateModel", "--policy", "policy", "--format", form, *verbose).out
        page.wait_for_selector("#composer-app:not([aria-busy])")
        assert page.locator(".composer-side .highlight code:visible").text_content() == expected


def test_the_json_of_a_role_is_read_with_its_trust_policy(page: Page, address: str) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = {
        "RoleName": "Held",
        "Arn": "arn:aws:iam::111122223333:role/Held",
        "AssumeRolePolicyDocument": quote(json.dumps(trust)),
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": composed()}],
        "AttachedManagedPolicies": [{"PolicyName": "Other", "PolicyArn": "arn:aws:iam::aws:policy/Other"}],
    }
    with_request(page, address)
    page.get_by_label("Policy or role").fill(
        json.dumps({"RoleDetailList": [role, {**role, "Arn": "arn:aws:iam::1:role/B"}]})
    )
    expect(page.get_by_label("Which role").locator("option")).to_have_count(2)
    expect(page.get_by_role("region", name="Trust")).to_contain_text("confused deputy")
    expect(page.locator(".composer-notices:visible")).to_contain_text("its document was not given")
    expect(page.get_by_role("heading", name="Statement by statement: own")).to_be_visible()


@pytest.mark.parametrize(
    ("tab", "text", "lead", "leads_to"),
    [
        ("review", MESSAGE, "Explain it", "denied"),
        ("review", REQUEST, "Compose for it", "compose"),
        ("denied", FULL_ACCESS, "Review it", "review"),
        ("compose", FULL_ACCESS, "Review it", "review"),
        ("compose", MESSAGE, "Explain it", "denied"),
        # No word of it shows what it is: the forms of messages are loaded for it.
        ("review", "Unable to locate credentials", "Explain it", "denied"),
        ("compose", "Unable to locate credentials", "Explain it", "denied"),
    ],
)
def test_a_text_in_the_wrong_tab_leads_to_the_right_one(
    page: Page, address: str, tab: str, text: str, lead: str, leads_to: str
) -> None:
    opened(page, address, f"tab={tab}&operation=CreateTrainingJob")
    if tab == "compose":
        unfolded(page)
    box = {"review": "#review-policy", "denied": "#denied-message", "compose": "#composer-request"}
    page.locator(box[tab]).fill(text)
    page.get_by_role("button", name=lead).click()
    expect(page.locator(box[leads_to])).to_have_value(text)
    expect(page.locator(f"#composer-tab-{leads_to}")).to_have_attribute("aria-selected", "true")


def test_a_message_is_explained_as_by_the_command(page: Page, address: str) -> None:
    opened(page, address, "tab=denied")
    page.get_by_label("Error message").fill(MESSAGE)
    facts = page.locator(".denied-facts")
    expect(facts).to_contain_text("s3:GetObject on arn:aws:s3:::amzn-s3-demo-bucket/secret-name")
    expect(facts).to_contain_text("the identity-based policy")
    statement = json.loads(facts.locator("pre code").text_content() or "")
    assert statement["Resource"] == ["arn:aws:s3:::amzn-s3-demo-bucket/secret-name"]
    page.get_by_label("Operation that failed, if you know it").select_option("CreateProcessingJob")
    expect(facts.locator("dd li").first).to_contain_text("CreateProcessingJob")
    page.get_by_label("Error message").fill("the quick brown fox")
    expect(page.get_by_role("status").locator("visible=true")).to_contain_text("Not known")


def test_nothing_pasted_leaves_the_page_or_enters_the_address(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url} {request.post_data or ''}"))
    opened(page, address, "tab=denied")
    page.get_by_label("Error message").fill(MESSAGE)
    expect(page.locator(".denied-facts")).to_contain_text("secret-name")
    page.get_by_role("tab", name="Review").click()
    page.get_by_label("Policy or role").fill(FULL_ACCESS.replace("s3:GetObject", "s3:SecretAction"))
    page.get_by_label("Operation", exact=True).select_option("CreateModel")
    expect(page.locator(".review-state").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("location.hash") == "#tab=review&operation=CreateModel"
    assert not [item for item in asked if "ecret" in item or not item.startswith("GET ")]
    page.go_back()
    page.go_back()
    expect(page.get_by_role("tab", name="Denied?")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("Error message")).to_have_value(MESSAGE)


def test_the_tabs_by_keyboard(page: Page, address: str) -> None:
    opened(page, address, "operation=CreateTrainingJob")
    page.get_by_role("tab", name="Compose").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Review")).to_be_focused()
    expect(page).to_have_url(re.compile("tab=review"))
    expect(page.get_by_label("Policy or role")).to_be_visible()
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert "composer-operation" in reached
    assert "review-policy" in reached
    page.get_by_role("tab", name="Review").focus()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Denied?")).to_be_focused()
    expect(page.get_by_label("Error message")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Error message")).to_be_focused()
    page.get_by_role("tab", name="Denied?").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".composer-grid[data-part='policy']")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_answers_have_no_violation_of_accessibility(browser: Browser, address: str, scheme: str, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    opened(page, address, "tab=review&operation=CreateModel")
    page.get_by_label("Policy or role").fill(FULL_ACCESS)
    expect(page.locator(".review-state").first).to_be_visible()
    told = violations(page)
    page.get_by_role("tab", name="Denied?").click()
    page.get_by_label("Error message").fill(MESSAGE)
    expect(page.locator(".denied-facts")).to_be_visible()
    told += violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert not told, told


def violations(page: Page) -> list[str]:
    page.evaluate((COMPOSER / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{item['id']}: {node['html'][:160]}" for item in found["violations"] for node in item["nodes"][:3]]


def test_hostile_text_never_becomes_markup(page: Page, address: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    opened(page, address, "tab=review&operation=CreateTrainingJob")
    bad = "<img src=x onerror=alert(1)>"
    statement = {"Sid": bad, "Effect": "Allow", "Action": f"s3:{bad}", "Resource": [bad, "*" * 300 + "a"]}
    several = [{**statement, "Sid": f"{bad}{number}"} for number in range(50)]
    page.get_by_label("Policy or role").fill(json.dumps({"Version": "2012-10-17", "Statement": several}))
    expect(page.locator(".review-state").first).to_be_visible()
    page.get_by_role("tab", name="Denied?").click()
    page.get_by_label("Error message").fill(MESSAGE.replace("secret-name", bad))
    expect(page.locator(".denied-facts")).to_be_visible()
    assert page.locator("#composer-app :is(img, script, svg, iframe)").count() == 0


def test_the_name_of_a_source_breaks_between_its_words_on_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, address, "tab=review&operation=CreateModel&addons=vpc")
    page.get_by_label("Policy or role").fill('{"Version": "2012-10-17", "Statement": []}')
    expect(page.locator(".composer-reason").first).to_be_attached()
    long = page.get_by_role("link", name="SageMakerStudioProjectRoleMachineLearningPolicy", include_hidden=True)
    assert long.count()
    parts, broken = page.evaluate(
        """() => {
            for (const part of document.querySelectorAll("#composer-app details")) part.open = true;
            const range = document.createRange();
            let parts = 0;
            const broken = [];
            for (const link of document.querySelectorAll("#composer-app .composer-reason a"))
                for (const node of link.childNodes)
                    for (const { 0: word, index } of (node.data ?? "").matchAll(/[A-Za-z]{3,}/g)) {
                        range.setStart(node, index);
                        range.setEnd(node, index + word.length);
                        parts += 1;
                        const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
                        if (lines.size > 1) broken.push(word);
                    }
            return [parts, broken];
        }"""
    )
    assert parts > 20 and not broken
