"""The site in a real browser: search, copying, tabs, links, keyboard, accessibility, narrow screens, print."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import quote

import axe
import pytest
from axe import opened
from built import Site, served
from playwright.sync_api import Browser, BrowserContext, Page, expect

from support import drawn

#: A page of every type.
TYPES = [
    "",
    "reference/",
    "reference/CreateTrainingJob/",
    "reference/CreateDomain/",
    "reference/CreateDomain/emr-access/",
    "reference/actions/",
    "reference/calls/",
    "reference/condition-keys/",
    "reference/addons/",
    "reference/services/s3/",
    "reference/services/sagemaker-addons/",
    "reference/trust/",
    "reference/pass-role/",
    "reference/managed-policies/",
    "reference/full-access/",
    "reference/compared/",
    "reference/mistakes/",
    "reference/sources/",
    "reference/changelog/",
    "reference/versions/",
    "guides/",
    "guides/troubleshooting/",
    "guides/get-execution-role/",
    "library/",
]


def test_no_violation_of_accessibility(browser: Browser, address: str) -> None:
    """Each in both schemes, half of them on the smallest phone; `make axe` asks about every page at all widths."""
    halves = ((TYPES[::2], (320,)), (TYPES[1::2], (1280,)))
    answers = [one for paths, widths in halves for one in axe.asked(browser, address, paths, axe.SCHEMES, widths)]
    assert len(answers) == 2 * len(TYPES)
    assert not [answer for answer in answers if answer[3]]


def test_no_page_has_a_violation_of_accessibility(browser: Browser, site: Site, address: str) -> None:
    """A slice of the pages, each at one width and in one scheme."""
    ways = list(itertools.product(axe.SCHEMES, axe.WIDTHS))
    paths = drawn(sorted(set(site.pages) - set(TYPES)), len(ways))
    found = [
        answer
        for number, (scheme, width) in enumerate(ways)
        for answer in axe.asked(browser, address, paths[number :: len(ways)], [scheme], [width])
    ]
    assert len(found) == len(paths) >= len(ways)
    assert not [answer for answer in found if answer[3]]


#: Words within some elements that stand on two lines, with all folded parts open. A hash is no word.
_BROKEN = """([where, letters]) => {
    for (const part of document.querySelectorAll("article details")) part.open = true;
    const found = [];
    const texts = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (texts.nextNode()) {
        const node = texts.currentNode;
        if (!node.parentElement.closest(where) || node.parentElement.closest(".hash")) continue;
        for (const { 0: word, index } of node.data.matchAll(new RegExp(letters, "g"))) {
            range.setStart(node, index);
            range.setEnd(node, index + word.length);
            const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
            if (lines.size > 1) found.push(word);
        }
    }
    return [document.querySelectorAll(where).length > 10, ...found.slice(0, 5)];
}"""
_OF_TABLES, _OF_JSON = ["td, th", "[A-Za-z0-9]{3,}"], [".line", "[A-Za-z0-9${}]+"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "reference/",
        "reference/CreateDomain/execution/",
        "reference/CreateProcessingJob/",
        "reference/condition-keys/",
        "reference/containers/",
        "reference/managed-by-operation/",
        "reference/managed-policies/",
        "reference/mistakes/",
        "reference/pass-role/",
        "reference/services/s3/",
        "reference/sources/",
        "reference/versions/",
        "library/",
    ],
)
def test_no_word_of_a_table_stands_on_two_lines(page: Page, address: str, path: str) -> None:
    """Nor does the name of an operation on the smallest phones."""
    opened(page, address + path)
    for width in [390, 768, 1280, *([320, 360, 375] if path in ("", "reference/") else [])]:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(_BROKEN, _OF_TABLES)[1:] == [], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_for_missing_addresses_names_what_is_near(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    with served(site.folder) as root:
        for path, first in (
            ("reference/CreateTrainingJobs/", "CreateTrainingJob"),
            ("reference/createprocesingjob", "CreateProcessingJob"),
            ("docs/create-model", "CreateModel"),
        ):
            page.goto(root + path)
            expect(page.locator("#near a").first).to_have_text(first)
        assert not axe.violations(page)
        page.locator("#near a").first.click()
        expect(page).to_have_url(f"{root}reference/CreateModel/")
        page.goto(f"{root}zzzz/")
        expect(page.locator("#near")).to_be_hidden()


@pytest.mark.parametrize(
    "path", ["reference/CreateDomain/execution/", "reference/CreateTrainingJob/", "#operation=CreateModel"]
)
def test_no_word_of_a_policy_stands_on_two_lines(page: Page, address: str, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, address + path)
    if "#" in path:
        page.wait_for_selector("#answer .line")
    assert page.evaluate(_BROKEN, _OF_JSON) == [True]


def test_long_lines_of_json_continue_indented(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, address + "reference/CreateTrainingJob/")
    long = page.locator("#answer .line", has_text="log-group:").first
    lefts = long.evaluate(
        """line => {
            const range = document.createRange();
            range.selectNodeContents(line);
            return [...range.getClientRects()].filter(box => box.width > 1).map(box => box.left);
        }"""
    )
    start = long.evaluate("line => line.getBoundingClientRect().left")
    assert min(left - start for left in lefts) >= 0
    tops = long.evaluate("line => line.getClientRects()[0].height / parseFloat(getComputedStyle(line).lineHeight)")
    assert tops > 1.5, "it is too long for a phone"
    assert long.evaluate("line => parseFloat(getComputedStyle(line).paddingLeft)") > 40


def test_deep_links_open_their_add_on_and_their_statement(page: Page, address: str) -> None:
    opened(page, address + "reference/CreateTrainingJob/#execution-addon-kms-volume")
    addon = page.locator("#execution-addon-kms-volume")
    expect(addon).to_have_attribute("open", "")
    expect(addon.locator(".highlight code")).to_contain_text("kms:CreateGrant")
    opened(page, address + "reference/CreateProcessingJob/#redshift-cluster-addon-redshift-kms")
    expect(page.locator("#redshift-cluster-fold")).to_have_attribute("open", "")
    opened(page, address + "reference/services/kms/#kms-CreateGrant")
    expect(page.locator("#kms-CreateGrant")).to_be_in_viewport()


def test_links_into_a_role_lead_to_its_own_page(page: Page, address: str) -> None:
    opened(page, address + "reference/CreateDomain/#space-execution-trust")
    expect(page).to_have_url(f"{address}reference/CreateDomain/space-execution/#space-execution-trust")
    expect(page.locator("#space-execution-trust")).to_be_in_viewport()


def test_tabs_by_keyboard(page: Page, address: str) -> None:
    opened(page, address + "reference/CreateTrainingJob/")
    page.locator("#use-fold > summary").click()
    page.locator("#use-fold .tabbed-set > input").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#use-fold .tabbed-set > input").nth(1)).to_be_checked()
    outline = page.locator("#use-fold .tabbed-labels > label").nth(1).evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"


def test_code_to_copy_has_the_address_of_the_site(page: Page, site: Site, address: str) -> None:
    opened(page, address + "reference/CreateModel/")
    page.locator("#use-fold > summary").click()
    code = page.locator("#use-fold code").first.inner_text()
    base = code.splitlines()[0].removeprefix("base=")
    assert site.json(f"{base.removeprefix(address)}/policy.json")["Statement"]


def test_focus_is_visible_on_links_and_buttons(page: Page, address: str) -> None:
    opened(page, address)
    seen = 0
    for _ in range(40):
        page.keyboard.press("Tab")
        style = page.evaluate(
            """() => { const e = document.activeElement; if (!e || e === document.body) return null;
            const s = getComputedStyle(e);
            return [e.outerHTML.slice(0, 90), s.outlineStyle, s.outlineWidth]; }"""
        )
        if style is None or "md-toggle" in style[0]:
            continue
        seen += 1
        assert style[1] != "none" and style[2] != "0px", style[0]
    assert seen > 15


def test_the_filter_of_operations(page: Page, address: str) -> None:
    opened(page, address + "reference/")
    page.get_by_label("Filter operations").fill("trainingjob")
    rows = page.locator("table.operations tr[data-facts]:visible")
    expect(rows.first).to_contain_text("CreateTrainingJob")
    assert rows.count() < page.locator("table.operations tr[data-facts]").count()
    assert page.locator("table.operations .group:visible").count() == 1
    page.get_by_label("Filter operations").fill("")
    button = page.get_by_role("button", name="Several roles")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert all(int(number) > 1 for number in rows.locator("td:nth-of-type(2)").all_inner_texts())
    button.click()
    assert rows.count() == page.locator("table.operations tr[data-facts]").count()


def test_the_filter_of_an_index(page: Page, address: str) -> None:
    opened(page, address + "reference/actions/")
    page.get_by_label("Filter this index").fill("batchgetimage")
    assert page.locator("article ul.names li:visible").all_inner_texts() == ["ecr:BatchGetImage"]
    assert page.locator("article h2:visible").first.inner_text().startswith("ecr")
    page.get_by_label("Filter this index").fill("")
    assert not page.locator("article ul.names li:visible").count()
    opened(page, address + "reference/services/ecr/")
    page.get_by_label("Filter this index").fill("batchgetimage")
    assert [name.split("¶")[0].strip() for name in page.locator("article h3:visible").all_inner_texts()] == [
        "ecr:BatchGetImage"
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("actions/#kms-CreateGrant", "kms/#kms-CreateGrant"),
        ("addons/#vpc", "ec2/#addon-vpc"),
        ("services/sagemaker/#addon-algorithm", "sagemaker-addons/#addon-algorithm"),
    ],
)
def test_addresses_of_whole_indexes_lead_to_the_pages_of_services(page: Page, address: str, old: str, new: str) -> None:
    opened(page, address + f"reference/{old}")
    expect(page).to_have_url(f"{address}reference/services/{new}")
    expect(page.locator(f"[id='{new.split('#')[1]}']")).to_be_in_viewport()


def test_the_json_of_a_service_is_copied(page: Page, site: Site, address: str) -> None:
    opened(page, address + "reference/services/kms/")
    page.get_by_role("button", name="Copy JSON").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    index = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert index == site.json("reference/services/kms.json")
    places = index["actions"]["kms:CreateGrant"]
    record = site.json("v1/next/operations/CreateTrainingJob/operation.json")
    addons = [
        addon["id"]
        for addon in record["roles"][0]["addons"]
        for item in addon["statements"]
        if "kms:CreateGrant" in item["statement"]["Action"]
    ]
    assert {"operation": "CreateTrainingJob", "grantee": "execution", "addons": addons} in places


def test_print_shows_the_chosen_policy_whole(page: Page, address: str) -> None:
    opened(page, address + "reference/CreateTrainingJob/")
    page.emulate_media(media="print")
    code = page.locator("#answer-panel pre code")
    assert code.evaluate("e => e.scrollHeight <= e.clientHeight + 1 && e.scrollWidth <= e.clientWidth + 1")
    assert not page.locator(".md-header").is_visible()


def test_reduced_motion_is_respected(page: Page, address: str) -> None:
    opened(page, address)
    running = page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length")
    assert running == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.md-tabs__link')).transitionDuration") == "0s"


def test_pages_can_be_read_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}reference/CreateTrainingJob/")
    assert '"Version"' in page.locator(".plain .highlight code").first.inner_text()
    page.locator("#execution-fold > summary").click()
    page.locator("#execution-addons-fold > summary").click()
    addon = page.locator("#execution-addon-vpc")
    addon.locator("summary").click()
    expect(addon.locator(".highlight", has_text="ec2:CreateNetworkInterface")).to_be_visible()
    page.goto(address)
    page.get_by_role("link", name="CreateModel", exact=True).click()
    expect(page.locator(".plain .highlight")).to_be_visible()
    page.goto(f"{address}composer/")
    page.get_by_role("link", name="the box on the home page").click()
    expect(page).to_have_url(address)
    context.close()


def test_both_colour_schemes_can_be_chosen_and_stay(context: BrowserContext, page: Page, address: str) -> None:
    opened(page, address)
    scheme = "document.body.getAttribute('data-md-color-scheme')"
    assert page.evaluate(scheme) == "default"
    page.get_by_role("button", name="Switch colors").click()
    assert page.evaluate(scheme) == "slate"
    opened(page, address + "guides/")
    assert page.evaluate(scheme) == "slate"


#: Markup in the place of any text that a person, a document or an address gives.
MARKUP = "\"'><img src=x onerror=window.ran=1 data-attack><script data-attack>window.ran=1</script>${X}javascript:ran=1"
_ARN = f"arn:aws:iam::111122223333:role/{MARKUP}"
_POLICY = {"Statement": [{"Sid": MARKUP, "Effect": "Allow", "Action": ["s3:*", MARKUP], "Resource": [MARKUP, "*"]}]}
_TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": MARKUP}, "Action": "sts:AssumeRole"}]}
_ROLE = {"RoleName": MARKUP, "Arn": _ARN, "AssumeRolePolicyDocument": _TRUST}
_MODEL: dict[str, Any] = {
    "ExecutionRoleArn": _ARN,
    "PrimaryContainer": {"Image": MARKUP, "Environment": {MARKUP: MARKUP}},
}
PASTED = [
    json.dumps({"CreateModel": {**_MODEL, "ModelName": MARKUP, MARKUP: MARKUP}}),
    json.dumps({"Resources": {MARKUP: {"Type": "AWS::SageMaker::Model", "Properties": _MODEL}}}),
    json.dumps({"Records": [{"eventName": "CreateModel", "requestParameters": {"executionRoleArn": _ARN}}]}),
    json.dumps(_POLICY),
    json.dumps({"RoleDetailList": [{**_ROLE, "RolePolicyList": [{"PolicyName": MARKUP, "PolicyDocument": _POLICY}]}]}),
    f"when calling the ../../{MARKUP} operation: User: arn:aws:sts::111122223333:assumed-role/{MARKUP}/S is not"
    f" authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/{MARKUP} because no policy allows it",
    f"a: {MARKUP}",
    MARKUP,
]
_QUOTED = quote(MARKUP)
ADDRESSES = [
    f"#operation={_QUOTED}",
    f"#operation=CreateModel&role={_QUOTED}&addons={_QUOTED}&without={_QUOTED}&asked={_QUOTED}&owner={_QUOTED}&at={_QUOTED}"
    f"&ModelBucket={_QUOTED}&{_QUOTED}={_QUOTED}&part=others&generalize=1e309",
    "#operation=constructor&__proto__=x&constructor=y&%E0%A4%A",
    f"reference/CreateModel/?role={_QUOTED}&addons={_QUOTED},vpc&part=others#{_QUOTED}",
]
#: Has the page nothing of the markup as elements, no script ran, and no link leads to one.
_HARMLESS = """() => !window.ran && !document.querySelector("[data-attack]") &&
    [...document.querySelectorAll("a[href]")].every(({protocol}) => /^https?:$/.test(protocol))"""
_SETTLED = """() => !document.querySelector("#answer[aria-busy]") && !document.querySelector("#box[aria-busy]")"""
_PUT = """([text]) => {
    const field = document.querySelector("#box-text");
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
}"""
_DROP = """(files) => {
    const dataTransfer = new DataTransfer();
    for (const [name, text] of files) dataTransfer.items.add(new File([text], name));
    document.querySelector("#box").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
}"""
#: What no worker of the page sends, at its window.
_FORGED = """([text]) => {
    const made = [{ text }, { failed: text }, { ended: true }, { isReady: true }, { call: { do: "list" } }, text, null];
    for (const data of made) dispatchEvent(new MessageEvent("message", { data }));
}"""


def settled(page: Page, wait: int = 400) -> None:
    """Waits until the answer is there, opens what is folded, and looks for markup."""
    page.wait_for_timeout(wait)
    page.wait_for_function(_SETTLED, timeout=60_000)
    page.evaluate("() => { for (const part of document.querySelectorAll('details')) part.open = true; }")
    assert page.evaluate(_HARMLESS)


def test_no_text_becomes_markup(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate(_FORGED, [MARKUP])
    for text in PASTED:
        page.evaluate(_PUT, [text])
        settled(page)
    page.evaluate(_PUT, [""])
    page.evaluate(_DROP, [[f"{MARKUP}.json", PASTED[0]], [f"{MARKUP}\n.py", "import boto3"]])
    settled(page)
    expect(page.locator("#box [role=status]")).to_contain_text("<img src=x")
    for path in ADDRESSES:
        page.goto("about:blank")
        page.goto(address + path)
        settled(page)
    texts = ("{broken", "null", "5", '{"text": 5, "files": 5}', json.dumps({"text": PASTED[0], "files": []}))
    for text in texts:  # what another tab, or an earlier version, left in the browser
        page.evaluate(
            "text => { sessionStorage['sagemaker-roles'] = localStorage['sagemaker-roles-colors'] = text }", text
        )
        page.goto("about:blank")
        page.goto(address)
        settled(page)
    expect(page.locator(".a-verdict")).to_contain_text("CreateModel")


def test_what_ends_the_engine_does_not_end_the_page(context: BrowserContext, site: Site, address: str) -> None:
    """The page waited for ever; and a malformed address ended the script of the page for missing addresses."""
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    page.evaluate(_PUT, ["[" * 200_000])
    expect(page.locator(".a-verdict")).to_contain_text("too large, or nested too deeply")
    page.evaluate(_PUT, [PASTED[0]])
    expect(page.locator(".a-verdict")).to_contain_text("CreateModel")
    with served(site.folder) as top:  # where the page for missing addresses finds its script
        page.goto(f"{top}x/%E0%A4%A/CreateModle")
        expect(page.locator("#near")).to_contain_text("CreateModel")
    assert not faults
