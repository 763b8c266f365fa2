"""The composer's page in a real browser: choices, requests, links, back and forward, keyboard, speed, hostile text."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from built import ROOT, Site
from playwright.sync_api import Page, Route, expect

from composing import INPUTS, compose
from support import drawn

#: A job whose image and keys are of other accounts than its role.
ELSEWHERE = {
    "TrainingJobName": "churn",
    "RoleArn": "arn:aws:iam::111122223333:role/Training",
    "AlgorithmSpecification": {
        "TrainingImage": "444455556666.dkr.ecr.us-west-2.amazonaws.com/team/churn:3",
        "TrainingInputMode": "File",
    },
    "OutputDataConfig": {
        "S3OutputPath": "s3://amzn-s3-demo-bucket/out/",
        "KmsKeyId": "arn:aws:kms:us-west-2:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    },
    "ResourceConfig": {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 10,
        "VolumeKmsKeyId": "arn:aws:kms:us-west-2:777788889999:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    },
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    "VpcConfig": {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]},
}


def opened(page: Page, address: str, state: str = "") -> None:
    """Opens the composer with a state and waits until it shows a result."""
    page.goto("about:blank")
    page.goto(f"{address}composer/" + (f"#{state}" if state else ""))
    page.wait_for_selector("#composer-app.is-ready")


def settled(page: Page) -> Page:
    """The page, once the engine has answered."""
    page.wait_for_selector("#composer-app:not([aria-busy])")
    return page


def shown(page: Page, part: str = "policy") -> str:
    """The text of a document as the page shows it, once the engine has answered."""
    cells = settled(page).locator(f".composer-grid[data-part='{part}'] pre code")
    return "".join(cells.all_text_contents())


def printed(*arguments: str | Path, part: str = "policy") -> str:
    """What the command line prints for the same."""
    return compose(*arguments, "--part", part, "--allow-placeholders").out


def state(page: Page) -> Mapping[str, str]:
    found: Mapping[str, str] = page.evaluate("Object.fromEntries(new URLSearchParams(location.hash.slice(1)))")
    return found


def test_an_operation_with_add_ons_and_values(page: Page, address: str) -> None:
    opened(page, address)
    expect(page.get_by_role("status")).to_contain_text("Choose an operation")
    page.get_by_label("Operation", exact=True).select_option("CreateTrainingJob")
    page.wait_for_selector(".composer-grid[data-part='policy']")
    assert shown(page) == printed("CreateTrainingJob")
    assert shown(page, "trust") == printed("CreateTrainingJob", part="trust")
    assert shown(page, "caller") == printed("CreateTrainingJob", part="caller")
    page.locator("#composer-addon-vpc").check()
    page.locator("#composer-addon-kms-output").check()
    page.get_by_label("InputBucket", exact=True).fill("amzn-s3-demo-bucket")
    chosen = [
        "CreateTrainingJob",
        "--addon",
        "vpc",
        "--addon",
        "kms-output",
        "--set",
        "InputBucket=amzn-s3-demo-bucket",
    ]
    assert shown(page) == printed(*chosen)
    page.get_by_label("Broad: the same actions on every resource").check()
    assert shown(page) == printed(*chosen, "--scope", "broad")
    expect(page).to_have_url(re.compile("scope=broad"))
    assert state(page) == {
        "operation": "CreateTrainingJob",
        "scope": "broad",
        "addons": "vpc,kms-output",
        "InputBucket": "amzn-s3-demo-bucket",
    }


def test_operations_are_listed_by_group_and_use(page: Page, site: Site, address: str) -> None:
    opened(page, address)
    listed = page.locator("#composer-operation option").evaluate_all("all => all.map(e => e.value).filter(Boolean)")
    assert listed[:2] == ["CreateTrainingJob", "CreateProcessingJob"]
    assert sorted(listed) == sorted(site.operations())
    assert page.locator("#composer-operation optgroup").count() > 5


def test_a_link_reproduces_the_state_and_back_and_forward_walk_through_it(page: Page, address: str) -> None:
    opened(page, address, "operation=CreateTrainingJob&addons=vpc")
    first = shown(page)
    assert first == printed("CreateTrainingJob", "--addon", "vpc")
    page.locator("#composer-addon-vpc").uncheck()
    expect(page).not_to_have_url(re.compile("vpc"))
    assert shown(page) == printed("CreateTrainingJob")
    page.go_back()
    expect(page.locator("#composer-addon-vpc")).to_be_checked()
    assert shown(page) == first
    page.go_forward()
    expect(page.locator("#composer-addon-vpc")).not_to_be_checked()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("#composer-app.is-ready")
    assert shown(page) == printed("CreateTrainingJob")


# That the engine gives what the package gives, for every input and format, is for tests/test_engine.py.
@pytest.mark.parametrize("name", ["processing-job.yaml", "pipeline.json"])
def test_a_pasted_request_stays_out_of_the_address(page: Page, address: str, name: str) -> None:
    file = INPUTS / "aws" / name
    opened(page, address)
    page.get_by_label("Request", exact=True).fill(file.read_text("utf-8"))
    page.wait_for_selector(".composer-grid[data-part='policy']")
    for part in ("policy", "trust", "caller"):
        expected = printed("--request", file, part=part)
        if expected.strip() and json.loads(expected).get("Statement"):
            assert shown(page, part) == expected
    expect(page.locator("#composer-read")).to_contain_text("Read as")
    page.locator("#composer-format").select_option("terraform")
    expect(page).to_have_url(re.compile("#format=terraform$"))
    page.go_back()
    expect(page.locator("#composer-format")).to_have_value("json")
    assert page.get_by_label("Request", exact=True).input_value() == file.read_text("utf-8"), "the request stays"


def test_every_role_that_the_requests_pass_is_listed(page: Page, address: str) -> None:
    file = INPUTS / "aws" / "trail.json"
    opened(page, address)
    page.get_by_label("Request", exact=True).fill(file.read_text("utf-8"))
    page.wait_for_selector(".composer-grid[data-part='policy']")
    roles = compose("--request", file, "--each").document["roles"]
    assert [item["arn"] for item in roles] == page.locator("#composer-result h2 code").all_text_contents()
    grids = page.locator(".composer-grid[data-part='policy']")
    for index, item in enumerate(roles):
        cells = grids.nth(index).locator("pre code").all_text_contents()
        assert json.loads("".join(cells)) == item["policy"]
    page.get_by_label("Role", exact=True).select_option(roles[1]["arn"])
    assert shown(page) == printed("--request", file, "--role", roles[1]["arn"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "arn" not in link and "arn" not in page.url, "the ARN is out of the request"


def test_a_failure_of_the_page_leaves_no_earlier_result(page: Page, address: str) -> None:
    opened(page, address, "operation=CreateTrainingJob")
    assert shown(page)
    page.evaluate(
        """() => {
            Number.prototype.toLocaleString = () => { throw new TypeError("broken"); };
            addEventListener("unhandledrejection", (event) => event.preventDefault());
        }"""
    )
    page.get_by_label("Operation", exact=True).select_option("CreateImage")
    expect(page.get_by_role("status")).to_contain_text("there is no result")
    assert page.locator(".composer-grid").count() == 0


def test_an_add_on_of_the_request_can_be_left_out_and_put_back(page: Page, address: str) -> None:
    opened(page, address)
    file = INPUTS / "aws" / "training-job.json"
    page.get_by_label("Request", exact=True).fill(file.read_text("utf-8"))
    page.wait_for_selector(".composer-grid[data-part='policy']")
    box = page.locator("#composer-addon-vpc")
    expect(box).to_be_checked()
    box.uncheck()
    expect(page.locator(".composer-grid[data-part='policy']")).not_to_contain_text("DescribeVpc")
    assert shown(page) == printed("--request", file, "--no-addon", "vpc")
    expect(page).to_have_url(re.compile("without=vpc"))
    box.check()
    expect(page.locator(".composer-grid[data-part='policy']")).to_contain_text("DescribeVpc")
    assert shown(page) == printed("--request", file)


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_can_be_opened(page: Page, address: str, tmp_path: Path, packed: bool) -> None:
    text = (INPUTS / "aws" / "training-job.json").read_bytes()
    file = tmp_path / ("request.json.gz" if packed else "request.json")
    file.write_bytes(gzip.compress(text) if packed else text)
    opened(page, address)
    page.get_by_label("Open files").set_input_files(file)
    page.wait_for_selector(".composer-grid[data-part='policy']")
    assert shown(page) == printed("--request", INPUTS / "aws" / "training-job.json")


def test_other_forms_are_the_command_lines_text(page: Page, address: str) -> None:
    form = "terraform"
    opened(page, address, "operation=CreateTrainingJob&addons=kms-volume")
    page.get_by_label("Format").select_option(form)
    expected = compose(
        "CreateTrainingJob", "--addon", "kms-volume", "--format", form, "--part", "all", "--allow-placeholders"
    ).out
    assert settled(page).locator("#composer-result pre code").text_content() == expected
    page.get_by_role("button", name="Copy", exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()") == expected
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    assert Path(waiting.value.path()).read_text("utf-8") == expected


def companions(*arguments: str | Path, form: str = "json") -> str:
    return compose(*arguments, "--part", "companions", "--format", form, "--allow-placeholders").out


def opened_fold(page: Page, name: str) -> Any:
    """The fold of a kind, opened."""
    fold = page.locator(f"#result-companions details[data-kind='{name}']")
    fold.locator("summary").click()
    return fold


def test_what_else_must_allow_it_is_one_entry_a_resource(page: Page, address: str) -> None:
    request = json.dumps({"CreateTrainingJob": ELSEWHERE})
    entries = json.loads(compose("CreateTrainingJob", "--request", "-", "--part", "companions", stdin=request).out)
    opened(page, address)
    page.get_by_label("Request", exact=True).fill(request)
    page.locator("#result-companions > summary").click()
    for kind in {entry["kind"] for entry in entries}:
        own = [entry for entry in entries if entry["kind"] == kind]
        fold = opened_fold(page, kind)
        sections = fold.locator("section")
        expect(sections).to_have_count(len(own))
        for number, entry in enumerate(own):
            section = sections.nth(number)
            expect(section.locator("h3")).to_have_text(entry["resource"])
            expect(section).to_contain_text(entry["why"])
            text = "".join(section.locator("pre code").all_text_contents())
            assert (json.loads(text) if text else None) == entry["policy"], entry["resource"]
            assert section.get_by_role("button", name="Copy").count() == (entry["policy"] is not None)
    expect(opened_fold(page, "organization")).to_contain_text("Only resources of the organization (SCP)")
    assert state(page)["part"] == "companions"


def test_other_forms_of_what_else_must_allow_it_are_the_command_lines(page: Page, address: str) -> None:
    form = "cli"
    values = "&RoleAccount=444455556666&Region=us-west-2"
    opened(
        page,
        address,
        f"operation=CreateTrainingJob&addons=vpc&part=companions&asked=require-sse-kms&format={form}{values}",
    )
    expected = companions(
        "CreateTrainingJob", "--addon", "vpc", "--require-sse-kms",
        "--set", "RoleAccount=444455556666", "--set", "Region=us-west-2", form=form,
    )  # fmt: skip
    expect(page.locator("#result-companions .highlight code")).to_have_text(expected, use_inner_text=False)
    page.get_by_label("require-sse-kms").uncheck()
    expect(page).not_to_have_url(re.compile("asked"))
    expect(page.locator("#result-companions .highlight code")).not_to_contain_text("RequireSseKms")


def test_a_stack_of_several_accounts_is_for_one_of_them(page: Page, address: str) -> None:
    opened(page, address, "part=companions&format=cloudformation")
    page.get_by_label("Request", exact=True).fill(json.dumps({"CreateTrainingJob": ELSEWHERE}))
    fold = page.locator("#result-companions")
    expect(fold.locator(".is-problem")).to_contain_text("choose one below Resources of")
    fold.get_by_label("Resources of").select_option("777788889999")
    expect(fold.locator(".highlight code")).to_contain_text("AWS::KMS::Key")
    assert state(page)["owner"] == "777788889999"


def test_copy_and_download_of_each_document(page: Page, address: str) -> None:
    opened(page, address, "operation=CreateTrainingJob")
    for index, (part, name) in enumerate(
        [("policy", "policy"), ("trust", "trust-policy"), ("caller", "caller-policy")]
    ):
        expected = printed("CreateTrainingJob", part=part)
        page.get_by_role("button", name="Copy", exact=True).first.wait_for()
        page.locator(".composer-buttons").nth(index).get_by_role("button").first.click()
        assert page.evaluate("navigator.clipboard.readText()") == expected
        with page.expect_download() as waiting:
            page.locator(".composer-buttons").nth(index).get_by_role("button", name="Download").click()
        assert waiting.value.suggested_filename == f"CreateTrainingJob-{name}.json"
        assert Path(waiting.value.path()).read_text("utf-8") == expected


def test_a_policy_too_long_is_copied_in_parts(page: Page, address: str) -> None:
    catalog = json.loads((ROOT / "build" / "v1" / "next" / "catalog.json").read_bytes())
    ids = [addon["id"] for role in catalog["operations"]["CreateModel"]["roles"] for addon in role.get("addons", ())]
    opened(page, address, f"operation=CreateModel&addons={','.join(ids)}")
    page.locator(".composer-buttons").first.get_by_role("button", name="Copy").click()
    expected = printed("CreateModel", *(part for item in ids for part in ("--addon", item)))
    assert isinstance(json.loads(expected), list)
    assert page.evaluate("navigator.clipboard.readText()") == expected
    expect(page.get_by_text("Too long for one managed policy")).to_be_visible()


def test_reasons_stand_beside_the_statements(page: Page, address: str) -> None:
    opened(page, address, "operation=CreateTrainingJob")
    rows = page.locator(".composer-grid[data-part='policy'] .composer-row")
    document = json.loads(printed("CreateTrainingJob"))
    assert rows.count() == len(document["Statement"]) + 2
    for index, statement in enumerate(document["Statement"], 1):
        row = rows.nth(index)
        assert f'"Sid": "{statement["Sid"]}"' in (row.locator("pre").text_content() or "")
        assert row.locator(".composer-reason .evidence").count() >= 1
        assert row.locator(".composer-reason a[href^='https://']").count() >= 1


def test_faults_are_told_where_they_are(page: Page, address: str) -> None:
    opened(page, address)
    request = page.get_by_label("Request", exact=True)
    request.fill('{"CreateTrainingJob": {\n  "RoleArn": "arn:aws:iam::111122223333:role/R",\n  "RoleArn": "x"}}')
    expect(page.locator("#composer-result .composer-notices")).to_contain_text(
        'request:3:3 the key "RoleArn" stands twice'
    )
    request.fill('{"Foo": 1}')
    expect(page.get_by_role("status")).to_contain_text("do not show which operation")
    request.fill("a: [1")
    expect(page.locator("#composer-result .composer-notices")).to_contain_text("not YAML")
    request.fill('{"CreateTrainingJob": {"OutputDataConfig": {"S3OutputPath": "s3://*/x"}}}')
    expect(page.locator("#composer-result li.is-problem")).to_contain_text("is not a valid Amazon S3 URI")
    assert "s3:::*" not in shown(page)


def test_a_wrong_value_is_marked(page: Page, address: str) -> None:
    opened(page, address, "operation=CreateTrainingJob")
    field = page.get_by_label("Account", exact=True)
    field.fill("12")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".composer-fault", has_text="is not a valid id of the account")).to_be_visible()
    field.fill("111122223333")
    expect(field).not_to_have_attribute("aria-invalid", "true")


HOSTILE = (
    '{"CreateTrainingJob": {"RoleArn": "arn:aws:iam::111122223333:role/<img src=x onerror=alert(1)>",'
    '"OutputDataConfig": {"S3OutputPath": "s3://bucket/<script>alert(2)</script>/${InputBucket}*"},'
    '"<svg onload=alert(3)>": 1, "__proto__": {"polluted": 1}}}'
)


def test_hostile_text_never_becomes_markup(page: Page, address: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    opened(page, address)
    page.get_by_label("Request", exact=True).fill(HOSTILE)
    page.wait_for_selector(".composer-grid[data-part='policy']")
    policy = shown(page)
    assert "<script>alert(2)</script>/${$}{InputBucket}${*}" in policy
    json.loads(policy)
    assert page.locator("#composer-app :is(img, script, svg, iframe)").count() == 0
    assert page.evaluate("({}).polluted") is None
    assert page.evaluate("location.hash") == ""


@pytest.mark.parametrize(
    "fragment",
    drawn(
        [
            "operation=<img src=x onerror=alert(1)>",
            "operation=__proto__",
            "operation=CreateTrainingJob&role=constructor",
            "operation=CreateTrainingJob&addons=nothing,<b>",
            "operation=CreateTrainingJob&request=AAAA",
            "request=%%%",
            f"operation=CreateTrainingJob&InputBucket={'x' * 5000}",
            "operation=CreateTrainingJob&format=exe&scope=all",
            "operation=CreateTrainingJob&Constructor=x&InputBucket=${*}",
            "%00&&==&",
        ],
        4,
    ),
)
def test_a_broken_link_breaks_nothing(page: Page, address: str, fragment: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    opened(page, address, fragment)
    if "CreateTrainingJob" in fragment:
        assert json.loads(shown(page))["Statement"]
    else:
        expect(page.get_by_role("status")).to_contain_text("Choose an operation")


def test_values_in_a_link_are_checked_as_the_command_checks_them(page: Page, address: str) -> None:
    opened(page, address, "operation=CreateTrainingJob&Region=us-west-2:999999999999:x&InputBucket=*")
    problems = page.locator("#composer-result li.is-problem")
    expect(problems).to_have_count(2)
    expect(problems.first).to_contain_text("is not a valid AWS Region")
    assert "999999999999" not in shown(page)


def test_nothing_leaves_the_browser(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url.removeprefix(address)}"))
    opened(page, address)
    before = len(asked)
    page.get_by_label("Request", exact=True).fill("CreateTrainingJob:\n  RoleArn: arn:aws:iam::111122223333:role/R\n")
    page.wait_for_selector(".composer-grid[data-part='policy']")
    page.get_by_label("Region", exact=True).fill("us-secret-1")
    # The region is in the result: whatever follows from typing it was done before.
    expect(page.locator(".composer-grid[data-part='policy']")).to_contain_text("us-secret-1")
    page.wait_for_load_state("networkidle")
    later = [item for item in asked[before:] if "favicon" not in item]
    assert all(item.startswith(("GET engine/", "GET blob:")) for item in later), later
    assert not any(" engine/" in item for item in asked[:before])
    # With the snapshot, nothing is loaded for a start without it.
    names = sorted(item.rpartition("/")[2] for item in later if " engine/" in item)
    assert names == ["nothing.zip", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide.mjs", "snapshot.bin"]
    assert not any("secret" in item for item in asked)


def test_other_pages_load_nothing_of_the_engine(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("", "reference/CreateTrainingJob/", "guides/kms/"):
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
    assert not any("catalog.json" in url or "engine/" in url or "composer.js" in url for url in asked)


def test_all_of_it_by_keyboard(page: Page, address: str) -> None:
    opened(page, address)
    page.get_by_label("Operation", exact=True).focus()
    page.keyboard.type("CreateTrainingJob")
    expect(page.get_by_label("Operation", exact=True)).to_have_value("CreateTrainingJob")
    # Each letter chose an operation; the fields of the last one are there a moment after.
    expect(page.locator("#composer-value-InputBucket")).to_be_visible()
    reached: dict[str, Any] = {}
    for _ in range(160):
        page.keyboard.press("Tab")
        active = page.evaluate("[document.activeElement.id, document.activeElement.textContent.slice(0, 20)]")
        reached[active[0] or active[1]] = True
        if active[0] == "composer-addon-vpc":
            page.keyboard.press("Space")
        if active[1] == "Copy":
            break
    assert "composer-scoped" in reached
    assert "composer-addon-kms-output" in reached
    assert "composer-value-InputBucket" in reached
    assert "composer-format" in reached
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == printed("CreateTrainingJob", "--addon", "vpc")


def test_typing_keeps_the_focus(page: Page, address: str) -> None:
    opened(page, address, "operation=CreateTrainingJob&addons=vpc,kms-input,kms-output,kms-volume,efs")
    field = page.get_by_label("InputBucket", exact=True)
    box = page.locator("#composer-addon-vpc").element_handle()
    field.focus()
    page.keyboard.type("my-bucket")
    expect(field).to_be_focused()
    assert "arn:${Partition}:s3:::my-bucket/" in shown(page)
    assert box.evaluate("e => e.isConnected"), "the form is not made anew"
    text = (INPUTS / "aws" / "training-job.json").read_text("utf-8")
    request = page.get_by_label("Request", exact=True)
    request.fill(text)
    expect(page.locator("#composer-read")).to_contain_text("Read as")
    request.fill(text.replace("TrainingRole", "OtherRole"))
    assert "role/service-role/OtherRole" in shown(page, "caller")


def test_start_over_and_the_example(page: Page, address: str) -> None:
    opened(page, address, "operation=CreateTrainingJob&addons=vpc&InputBucket=x")
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_role("status")).to_contain_text("Choose an operation")
    page.get_by_role("button", name="CreateTrainingJob").click()
    page.wait_for_selector(".composer-grid[data-part='policy']")
    request = json.loads(page.get_by_label("Request", exact=True).input_value())
    assert list(request) == ["CreateTrainingJob"]
    assert '"Sid": "InputRead"' in shown(page)
    assert not page.locator("#composer-result li.is-problem").count()


# --- how the engine starts ------------------------------------------------------------------------------------------


def test_an_engine_that_cannot_be_loaded_is_told_and_tried_again(context: Any, address: str) -> None:
    """Such as a page that a browser kept, whose engine is another one by now."""
    page = context.new_page()
    page.route("**/engine/**", lambda route: route.fulfill(status=404))
    page.goto(f"{address}composer/#operation=CreateTrainingJob")
    expect(page.get_by_role("status")).to_contain_text("could not be loaded")
    expect(page.get_by_role("status")).to_contain_text("Reload the page, or use the command line")
    assert page.locator(".composer-grid").count() == 0
    page.unroute("**/engine/**")
    page.get_by_label("Broad: the same actions on every resource").check()
    assert shown(page) == printed("CreateTrainingJob", "--scope", "broad")


def damaged(route: Route) -> None:
    """A snapshot of another runtime: a word of what tells so is another."""
    body = bytearray(gzip.decompress(route.fetch().body()))
    body[20] ^= 1
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
    opened(page, address, "operation=CreateTrainingJob&addons=vpc")
    assert shown(page) == printed("CreateTrainingJob", "--addon", "vpc")
    assert not faults


def test_files_that_a_browser_kept_of_another_engine_are_not_used(context: Any, address: str) -> None:
    """The name of the folder is the digest of all that is in it, and the page says which it is."""
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/engine/0000000000000000/**", lambda route: route.fulfill(status=200, body=b"kept"))
    opened(page, address, "operation=CreateTrainingJob")
    folder = page.locator("#composer-app").get_attribute("data-engine") or ""
    assert re.fullmatch(r"\.\./engine/[0-9a-f]{16}/", folder)
    assert {url.rpartition("/")[0] + "/" for url in asked if "/engine/" in url} == {
        address + folder.removeprefix("../")
    }


def test_without_webassembly_the_page_says_so_and_names_the_command(context: Any, address: str) -> None:
    page = context.new_page()
    page.add_init_script("delete globalThis.WebAssembly")
    opened(page, address, "operation=CreateTrainingJob")
    expect(page.get_by_role("status")).to_contain_text("WebAssembly is switched off in this browser")
    expect(page.get_by_role("status")).to_contain_text("use the command sagemaker-roles")


def large(size: int) -> str:
    """A request of so many characters, of which each part is another."""
    channels = [
        {"ChannelName": f"c{n}", "DataSource": {"S3DataSource": {"S3Uri": f"s3://amzn-s3-demo-bucket{n}/data"}}}
        for n in range(size // 100)
    ]
    return json.dumps({"CreateTrainingJob": {"TrainingJobName": "t", "InputDataConfig": channels}})


def test_a_paste_of_five_megabytes_leaves_the_page_alive_and_can_be_stopped(page: Page, address: str) -> None:
    opened(page, address, "operation=CreateTrainingJob")
    page.get_by_label("Request", exact=True).evaluate(
        """(field, text) => {
            field.value = text;
            const start = performance.now();
            field.dispatchEvent(new Event("input"));
            globalThis.took = performance.now() - start;
        }""",
        large(5_000_000),
    )
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    assert page.evaluate("took") < 2000, "the page itself reads nothing of it"
    stop.click()
    expect(page.get_by_role("status")).to_contain_text("Stopped. Change the input to try again.")
    assert page.locator(".composer-grid").count() == 0
    page.get_by_label("Request", exact=True).fill("")
    assert shown(page) == printed("CreateTrainingJob")


# --- what only the command had --------------------------------------------------------------------------------------


def test_several_files_count_together(page: Page, address: str, tmp_path: Path) -> None:
    files = [INPUTS / "aws" / "training-job.json", INPUTS / "aws" / "processing-job.yaml"]
    opened(page, address)
    page.get_by_label("Open files").set_input_files(files)
    page.wait_for_selector(".composer-grid[data-part='policy']")
    arguments = [part for file in files for part in ("--request", file)]
    roles = compose(*arguments, "--each").document["roles"]
    assert [item["arn"] for item in roles] == page.locator("#composer-result h2 code").all_text_contents()
    page.get_by_role("button", name="Remove processing-job.yaml").click()
    assert shown(page) == printed("--request", files[0])


def test_names_that_differ_with_every_run_become_patterns(page: Page, address: str) -> None:
    jobs = [f"s3://amzn-s3-demo-bucket/run-2026-01-0{n}/data" for n in range(1, 6)]
    members = {"InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": one}}} for one in jobs]}
    text = json.dumps({"CreateTrainingJob": members})
    opened(page, address, "generalize=3")
    page.get_by_label("Request", exact=True).fill(text)
    expected = compose("--request", "-", "--generalize", "3", "--allow-placeholders", stdin=text).out
    assert shown(page) == expected
    page.get_by_label("One pattern for so many names or more").fill("")
    assert shown(page) == compose("--request", "-", "--allow-placeholders", stdin=text).out != expected
    expect(page).not_to_have_url(re.compile("generalize"))
