"""The site in a real browser: search, copying, tabs, links, keyboard, accessibility, narrow screens, print."""

from __future__ import annotations

import functools
import http.server
import itertools
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import axe
import pytest
from built import Site
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from field.messages import failures
from sagemaker_roles.canonical import canonical
from support import drawn

#: A page of every type.
TYPES = [
    "",
    "composer/",
    "composer/#operation=CreateTrainingJob&addons=vpc,kms-output",
    "composer/#tab=review&operation=CreateTrainingJob",
    "composer/#tab=denied",
    "reference/",
    "reference/CreateTrainingJob/",
    "reference/CreateDomain/",
    "reference/CreateDomain/emr-access/",
    "reference/actions/",
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


MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/R/SageMaker is not authorized to perform: ecr:BatchGetImage "
    "on resource: arn:aws:ecr:us-west-2:111122223333:repository/r"
)


def opened(page: Page, address: str, path: str) -> None:
    """Opens a page and waits until its scripts have run."""
    page.goto("about:blank")
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    if path.startswith("composer/"):
        page.wait_for_selector("#composer-app.is-ready")


@pytest.mark.parametrize("path", TYPES)
def test_no_violation_of_accessibility(browser: Browser, address: str, path: str) -> None:
    """`make axe` asks about every page at all widths."""
    answers = list(axe.asked(browser, address, [path], axe.SCHEMES, axe.WIDTHS[::2]))
    assert len(answers) == 4
    assert not [f"{scheme}, {width} px: {fault}" for _, scheme, width, faults in answers for fault in faults]


def test_no_page_has_a_violation_of_accessibility(browser: Browser, site: Site, address: str) -> None:
    """A slice of the pages, each at one width and in one scheme."""
    ways = list(itertools.product(axe.SCHEMES, axe.WIDTHS))
    paths = drawn(sorted(set(site.pages) - set(TYPES)), 2 * len(ways))
    found = [
        answer
        for number, (scheme, width) in enumerate(ways)
        for answer in axe.asked(browser, address, paths[number :: len(ways)], [scheme], [width])
    ]
    assert len(found) == len(paths) > 12
    assert not [answer for answer in found if answer[3]]


def test_no_page_scrolls_sideways(page: Page, address: str) -> None:
    """On the smallest phone; the tests of accessibility look at other widths."""
    page.set_viewport_size({"width": 320, "height": 800})
    for path in TYPES:
        opened(page, address, path)
        wide = page.evaluate(
            """() => [...document.querySelectorAll("article *")]
                .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("pre, .md-nav, [hidden]"))
                .map(e => e.outerHTML.slice(0, 120))"""
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path}: {wide[:3]}"


#: Words of tables that stand on two lines, with all folded parts open. A hash is no word.
_BROKEN = """() => {
    for (const part of document.querySelectorAll("article details")) part.open = true;
    const found = [];
    const texts = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (texts.nextNode()) {
        const node = texts.currentNode;
        if (!node.parentElement.closest("td, th") || node.parentElement.closest(".hash")) continue;
        for (const { 0: word, index } of node.data.matchAll(/[A-Za-z0-9]{3,}/g)) {
            range.setStart(node, index);
            range.setEnd(node, index + word.length);
            const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
            if (lines.size > 1) found.push(word);
        }
    }
    return [found.length, ...found.slice(0, 5)];
}"""


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
    opened(page, address, path)
    for width in [390, 768, 1280, *([320, 360, 375] if path in ("", "reference/") else [])]:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(_BROKEN) == [0], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_policy_above_the_roles_fades_as_long_as_there_is_more(page: Page, address: str) -> None:
    opened(page, address, "reference/CreateDomain/")
    code = page.locator("h2 + .policy pre > code")
    expect(code).to_have_css("--cut", "80px")
    code.evaluate("(code) => { code.scrollTop = code.scrollHeight; }")
    expect(code).to_have_css("--cut", "0px")


#: Most pixels of an operation's page that is 1280 wide, as it opens.
FOLDED = 6000
#: Height of a phone.
SCREEN = 844


def test_pages_of_operations_are_short_and_their_policies_begin_soon(page: Page, site: Site, address: str) -> None:
    """A policy begins within two screens of a phone."""
    paths = [path for path, built in site.pages.items() if path.startswith("reference/") and _shows(built.source)]
    assert len(paths) > len(site.operations())
    wrong = {}
    for path in drawn(paths, 30):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(address + path, wait_until="load")
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": 390, "height": SCREEN})
        begin = page.evaluate(
            "(e => e ? scrollY + e.getBoundingClientRect().top : 0)(document.querySelector('.policy .highlight'))"
        )
        if height > FOLDED or begin >= 2 * SCREEN:
            wrong[path] = height, begin
    assert not wrong


def _shows(source: str) -> bool:
    return 'class="picture' in source or 'class="policy"' in source


def test_the_picture_names_the_services_of_the_role_and_lights_those_of_add_ons(
    page: Page, site: Site, address: str
) -> None:
    opened(page, address, "reference/CreateProcessingJob/")
    description = page.locator(".picture figcaption").text_content() or ""
    names = {item["prefix"]: item["name"] for item in site.json("v1/next/index.json")["services"]}
    record = site.json("v1/next/operations/CreateProcessingJob/operation.json")
    for role in record["roles"]:
        for holder in [role, *role["addons"]]:
            for item in holder["statements"]:
                for action in item["statement"]["Action"]:
                    assert names[action.split(":")[0]] in description
    network = page.locator(".picture [data-role=execution] .svc", has_text="Amazon VPC").last
    assert "hot" not in (network.get_attribute("class") or "")
    page.get_by_label("Amazon VPC", exact=True).first.check()
    assert "hot" in (network.get_attribute("class") or "")


def test_the_search_asks_for_its_index_when_somebody_goes_to_it(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, address, "reference/CreateTrainingJob/")
    late = re.compile("search_index|workers/search|finder")
    assert not [url for url in asked if late.search(url)]
    with page.expect_request("**/search_index.json"), page.expect_request("**/workers/search.*.js"):
        page.locator(".md-search__input").click()


@pytest.mark.parametrize(
    ("text", "first", "then"),
    [
        ("CreateProcessingJob", "CreateProcessingJob", "reference/CreateProcessingJob/"),
        ("kms:creategrant", "kms:CreateGrant", "reference/services/kms/#kms-CreateGrant"),
        (MESSAGE, "Explain this message", "composer/#tab=denied"),
    ],
)
def test_the_search_answers_itself_before_its_results(
    page: Page, address: str, text: str, first: str, then: str
) -> None:
    opened(page, address, "guides/")
    page.locator(".md-search__input").click()
    page.keyboard.insert_text(text)
    expect(page.locator(".md-search-result .found a").first).to_have_text(first)
    expect(page.locator(".md-search-result__meta")).not_to_contain_text("Initializing")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}{then}")
    if text == MESSAGE:
        expect(page.locator("#denied-message")).to_have_value(text)


def test_reported_messages_lead_to_their_explanation(page: Page, address: str) -> None:
    opened(page, address, "")
    texts = [failure.text for failure in failures() if failure.text]
    assert len(texts) > 100
    script = """async ([finder, texts]) => {
        const { places } = await import(finder);
        const found = await Promise.all(texts.map(places));
        return texts.filter((text, index) => !found[index][0]?.href.endsWith("composer/#tab=denied"));
    }"""
    assert page.evaluate(script, [f"{address}assets/finder.js", texts]) == []


class _AtRoot(http.server.SimpleHTTPRequestHandler):
    """Serves the site from the root of a host, with its page for missing addresses."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        content = (Path(self.directory) / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def root(site: Site) -> Iterator[str]:
    """Address of the site at the root of a host."""
    handler = functools.partial(_AtRoot, directory=str(site.folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def test_the_page_for_missing_addresses_names_what_is_near(browser: Browser, root: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
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
    context.close()


FOUND_FIRST = {
    "VPC": "guides/vpc/",
    "kms:CreateGrant": "reference/services/kms/#kms-CreateGrant",
    "CreateTrainingJob": "reference/CreateTrainingJob/",
    "CreateModel": "reference/CreateModel/",
    "PassRole": "guides/pass-role/",
    "iam:PassRole": "guides/pass-role/",
    "AccessDenied": "guides/troubleshooting/",
    "KMS": "guides/kms/",
    "confused deputy": "guides/confused-deputy/",
    "AmazonSageMakerFullAccess": "reference/full-access/",
}


def test_search_finds_the_right_page_first(page: Page, address: str) -> None:
    opened(page, address, "")
    for query, first in FOUND_FIRST.items():
        page.locator(".md-search__input").click()
        page.keyboard.press("Control+A")
        page.keyboard.type(query)
        expect(page.locator(".md-search-result__meta")).to_contain_text(re.compile("[0-9]"))
        path, _, anchor = first.partition("#")
        # Results follow the typing: those of the first letters come first.
        result = page.locator(".md-search-result__list > li:first-child")
        wanted = re.compile(rf"^(.*/)?{re.escape(path)}(\?h=[^#]*)?(#|$)")
        expect(result.locator("a").first).to_have_attribute("href", wanted)
        if anchor:
            expect(result.locator(f'a[href$="#{anchor}"]').first).to_be_attached()


def test_search_is_usable_by_keyboard(page: Page, address: str) -> None:
    opened(page, address, "guides/")
    page.keyboard.press("/")
    page.keyboard.type("CreateProcessingJob")
    # Results follow the typing: those of the first letters come first.
    expect(page.locator(".md-search-result__item").first.locator("a").first).to_have_attribute(
        "href", re.compile(r"reference/CreateProcessingJob/\?h=create\+processing\+job")
    )
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("reference/CreateProcessingJob/"))


def test_copy_gives_the_artifact(page: Page, site: Site, address: str) -> None:
    opened(page, address, "reference/CreateTrainingJob/")
    block = page.locator(".language-json.highlight").first
    block.hover()
    block.get_by_role("button", name="Copy to clipboard").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    expected = site.bytes("v1/next/operations/CreateTrainingJob/execution/policy.json").decode()
    assert copied.strip() == expected.strip()
    assert json.loads(copied)["Version"] == "2012-10-17"


def test_downloads_are_the_artifacts_bytes(page: Page, site: Site, address: str) -> None:
    opened(page, address, "reference/CreateTrainingJob/")
    with page.expect_download() as waiting:
        page.locator("a[download]").first.click()
    name = waiting.value.suggested_filename
    assert name == "CreateTrainingJob-execution-policy.json"
    expected = site.bytes("v1/next/operations/CreateTrainingJob/execution/policy.json")
    assert Path(waiting.value.path()).read_bytes() == expected
    page.get_by_text("VPC and KMS", exact=True).first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").first.click()
    assert waiting.value.suggested_filename == "CreateTrainingJob-VPC-and-KMS.json"
    whole = json.loads(Path(waiting.value.path()).read_bytes())
    base = json.loads(expected)
    assert whole["Statement"][: len(base["Statement"])] == base["Statement"]
    assert len(whole["Statement"]) > len(base["Statement"]) + 3
    page.locator("#execution-addons-fold > summary").click()
    addon = page.locator("details.addon").first
    addon.locator("summary").click()
    with page.expect_download() as waiting:
        addon.get_by_role("button", name="Download").click()
    assert waiting.value.suggested_filename == f"CreateTrainingJob-{addon.get_attribute('id')}.json"


def test_from_home_to_the_policy_with_vpc_and_kms_in_two_clicks(page: Page, address: str) -> None:
    opened(page, address, "")
    page.get_by_role("link", name="CreateProcessingJob").first.click()
    page.wait_for_load_state("networkidle")
    page.get_by_text("VPC and KMS", exact=True).first.click()
    shown = page.locator(".tabbed-block:visible .highlight code").first.inner_text()
    actions = {action for statement in json.loads(shown)["Statement"] for action in statement["Action"]}
    assert {"ec2:CreateNetworkInterface", "kms:Decrypt", "kms:GenerateDataKey", "s3:GetObject"} <= actions


#: Words of JSON that stand on two lines.
_BROKEN_JSON = """() => {
    const range = document.createRange();
    const found = [];
    for (const line of document.querySelectorAll(".line")) {
        const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const node = texts.currentNode;
            for (const { 0: word, index } of node.data.matchAll(/[A-Za-z0-9${}]+/g)) {
                range.setStart(node, index);
                range.setEnd(node, index + word.length);
                if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push(word);
            }
        }
    }
    return [document.querySelectorAll(".line").length > 20, ...found.slice(0, 5)];
}"""


@pytest.mark.parametrize(
    "path", ["reference/CreateDomain/execution/", "reference/CreateTrainingJob/", "composer/#operation=CreateModel"]
)
def test_no_word_of_a_policy_stands_on_two_lines(page: Page, address: str, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, address, path)
    if "#" in path:
        page.wait_for_selector("#composer-app .line")
    assert page.evaluate(_BROKEN_JSON) == [True]


def text_of(code: Locator) -> str:
    """The JSON of a live policy, without the reasons."""
    return "".join(code.locator(".part").all_text_contents())


def test_toggles_put_add_ons_into_the_policy_and_the_address(page: Page, site: Site, address: str) -> None:
    folder = "v1/next/operations/CreateProcessingJob/execution"
    base = site.json(f"{folder}/policy.json")
    vpc, kms = (site.json(f"{folder}/addons/{name}.patch.json") for name in ("vpc", "kms-output"))
    opened(page, address, "reference/CreateProcessingJob/")
    code = page.locator(".language-json.highlight code").first
    assert text_of(code) == site.bytes(f"{folder}/policy.json").decode()
    page.get_by_label("Amazon VPC", exact=True).first.check()
    page.get_by_label("Output encrypted with a customer managed key", exact=True).first.check()
    wanted = canonical({**base, "Statement": [*base["Statement"], *(step["value"] for step in [*kms, *vpc])]}).decode()
    shown = text_of(code)
    assert sorted(shown.splitlines()) == sorted(wanted.splitlines())
    expect(page).to_have_url(re.compile(r"\?execution=[a-z-]+,[a-z-]+$"))
    expect(page.get_by_role("status").first).to_contain_text("of 6,144 characters")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").first.click()
    assert Path(waiting.value.path()).read_text("utf-8") == shown
    page.locator(".language-json.highlight").first.hover()
    page.get_by_role("button", name="Copy to clipboard").first.click()
    assert page.evaluate("navigator.clipboard.readText()").strip() == shown.strip()
    opened(page, "", page.url)
    assert text_of(code) == shown
    sid = code.locator(".part a").first
    target = sid.get_attribute("href")
    sid.click()
    expect(page.locator(f"tr[id='{(target or '')[1:]}']")).to_be_in_viewport()
    page.get_by_label("Amazon VPC", exact=True).first.uncheck()
    page.get_by_label("Output encrypted with a customer managed key", exact=True).first.uncheck()
    assert text_of(code) == site.bytes(f"{folder}/policy.json").decode()
    assert "execution=" not in page.url


def test_add_ons_that_change_the_trust_policy_show_it(page: Page, site: Site, address: str) -> None:
    folder = "v1/next/operations/CreateTrainingJob/execution"
    opened(page, address, "reference/CreateTrainingJob/")
    page.locator(".toggles summary").first.click()
    page.get_by_label("Session tags passed to the job", exact=True).first.check()
    expect(page.get_by_role("status").first).to_contain_text("The trust policy changes too")
    patch = site.json(f"{folder}/addons/session-tags.trust.patch.json")
    base = site.json(f"{folder}/trust-policy.json")
    wanted = canonical({**base, "Statement": [*base["Statement"], *(step["value"] for step in patch)]}).decode()
    code = page.locator("#execution-trust-fold .highlight code").first
    assert code.text_content() == wanted
    page.get_by_label("Session tags passed to the job", exact=True).first.uncheck()
    assert code.text_content() == site.bytes(f"{folder}/trust-policy.json").decode()


def test_the_choice_of_a_tab_is_in_the_address(page: Page, address: str) -> None:
    opened(page, address, "reference/CreateTrainingJob/")
    page.get_by_text("Broad", exact=True).first.click()
    expect(page).to_have_url(re.compile(r"\?show=execution-broad"))
    opened(page, "", page.url)
    expect(page.locator(".policy .tabbed-set > input").nth(1)).to_be_checked()


def test_long_lines_of_json_continue_indented(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, address, "reference/CreateTrainingJob/")
    long = page.locator(".reasoned .line", has_text="log-group:").first
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


def test_the_choice_of_a_tab_stays_on_its_page(page: Page, address: str) -> None:
    opened(page, address, "reference/CreateTrainingJob/")
    page.locator(".tabbed-labels > label", has_text="Broad").first.click()
    opened(page, address, "reference/CreateProcessingJob/")
    expect(page.locator(".tabbed-set > input").first).to_be_checked()


def test_deep_links_open_their_add_on_and_their_statement(page: Page, address: str) -> None:
    opened(page, address, "reference/CreateTrainingJob/#execution-addon-kms-volume")
    addon = page.locator("#execution-addon-kms-volume")
    expect(addon).to_have_attribute("open", "")
    expect(addon.locator(".highlight code")).to_contain_text("kms:CreateGrant")
    opened(page, address, "reference/CreateTrainingJob/#execution-InputRead")
    expect(page.locator("#execution-InputRead")).to_be_in_viewport()
    for anchor, sid, action in (
        ("execution-InputRead", "InputRead", "s3:GetObject"),
        ("execution-trust-TagSession", "TagSession", "sts:TagSession"),
    ):
        opened(page, address, f"reference/CreateTrainingJob/#{anchor}")
        statement = json.loads(page.locator(f"#{anchor} .statement code").text_content() or "")
        assert statement["Sid"] == sid
        assert action in statement["Action"]
    opened(page, address, "reference/CreateProcessingJob/#redshift-cluster-addon-redshift-kms")
    expect(page.locator("#redshift-cluster-fold")).to_have_attribute("open", "")
    opened(page, address, "reference/services/kms/#kms-CreateGrant")
    expect(page.locator("#kms-CreateGrant")).to_be_in_viewport()


def test_a_statement_shows_its_reason_beside_it_and_below_it_on_a_phone(page: Page, site: Site, address: str) -> None:
    record = site.json("v1/next/operations/CreateTrainingJob/operation.json")
    opened(page, address, "reference/CreateTrainingJob/")
    code = page.locator(".policy[data-grantee=execution] .reasoned code").first
    wanted = [item["why"] for item in record["roles"][0]["statements"]]
    assert code.locator(".why-text").all_text_contents() == wanted
    for width, is_beside in ((1280, True), (390, False)):
        page.set_viewport_size({"width": width, "height": 900})
        part, reason = (code.locator(css).nth(at).bounding_box() for css, at in ((".part", 1), (".reason", 0)))
        assert part and reason
        assert (reason["y"] < part["y"] + part["height"] - 1) is is_beside
    whole = page.locator(".policy[data-grantee=execution] button.whole")
    whole.click()
    expect(whole).to_be_hidden()
    assert code.evaluate("e => e.scrollHeight <= e.clientHeight + 1")


def test_links_into_a_role_lead_to_its_own_page(page: Page, address: str) -> None:
    opened(page, address, "reference/CreateDomain/#space-execution-trust")
    expect(page).to_have_url(f"{address}reference/CreateDomain/space-execution/#space-execution-trust")
    expect(page.locator("#space-execution-trust")).to_be_in_viewport()


def test_tabs_by_keyboard(page: Page, address: str) -> None:
    opened(page, address, "reference/CreateTrainingJob/")
    page.locator(".tabbed-set > input").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tabbed-set > input").nth(1)).to_be_checked()
    assert "every resource" in page.locator(".tabbed-block:visible").first.inner_text()
    outline = page.locator(".tabbed-labels > label").nth(1).evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"


def test_focus_is_visible_on_links_and_buttons(page: Page, address: str) -> None:
    opened(page, address, "")
    seen = 0
    for _ in range(40):
        page.keyboard.press("Tab")
        style = page.evaluate(
            """() => { const e = document.activeElement; if (!e || e === document.body) return null;
            const s = getComputedStyle(e);
            return [e.outerHTML.slice(0, 90), s.outlineStyle, s.outlineWidth]; }"""
        )
        if style is None or "md-toggle" in style[0] or "__palette" in style[0]:
            continue
        seen += 1
        assert style[1] != "none" and style[2] != "0px", style[0]
    assert seen > 15


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("create-training-job", "reference/CreateTrainingJob/"),
        ("processing", "reference/CreateProcessingJob/"),
        ("kms:CreateGrant", "reference/services/kms/#kms-CreateGrant"),
        (MESSAGE, "composer/#tab=denied"),
        ("An error occurred (AccessDenied) when calling the operation", "composer/#tab=denied"),
        (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
            "composer/#tab=review",
        ),
        ('{"CreateTrainingJob": {"RoleArn": "arn:aws:iam::111122223333:role/R"}}', "composer/"),
    ],
)
def test_the_box_on_the_home_page_leads_to_the_right_place(page: Page, address: str, text: str, first: str) -> None:
    opened(page, address, "")
    box = page.get_by_label("Operation, action, error message, policy, or request")
    box.fill(text)
    expect(page.locator("#find li a").first).to_have_attribute("href", f"{address}{first}")
    box.press("Enter")
    expect(page).to_have_url(f"{address}{first}")
    if first == "composer/":
        expect(page.locator("#composer-read")).to_contain_text("Read as API request: CreateTrainingJob")
        page.reload()
        expect(page.locator("#composer-read")).to_be_empty()
    elif first.startswith("composer/"):
        expect(page.locator("#denied-message, #review-policy").locator("visible=true")).to_have_value(text)


def test_the_filter_of_operations(page: Page, address: str) -> None:
    opened(page, address, "")
    page.get_by_label("Filter operations").fill("trainingjob")
    rows = page.locator("table.operations tr[data-facts]:visible")
    expect(rows.first).to_contain_text("CreateTrainingJob")
    assert rows.count() < page.locator("table.operations tr[data-facts]").count()
    assert page.locator("table.operations .group:visible").count() == 1
    page.get_by_label("Filter operations").fill("")
    button = page.get_by_role("button", name="Several roles")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert all(int(number) > 1 for number in rows.locator("td:nth-of-type(1)").all_inner_texts())
    button.click()
    assert rows.count() == page.locator("table.operations tr[data-facts]").count()


def test_the_filter_of_an_index(page: Page, address: str) -> None:
    opened(page, address, "reference/actions/")
    page.get_by_label("Filter this index").fill("batchgetimage")
    assert page.locator("article ul.names li:visible").all_inner_texts() == ["ecr:BatchGetImage"]
    assert page.locator("article h2:visible").first.inner_text().startswith("ecr")
    page.get_by_label("Filter this index").fill("")
    assert not page.locator("article ul.names li:visible").count()
    opened(page, address, "reference/services/ecr/")
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
    opened(page, address, f"reference/{old}")
    expect(page).to_have_url(f"{address}reference/services/{new}")
    expect(page.locator(f"[id='{new.split('#')[1]}']")).to_be_in_viewport()


def test_the_json_of_a_service_is_copied(page: Page, site: Site, address: str) -> None:
    opened(page, address, "reference/services/kms/")
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
    opened(page, address, "reference/CreateTrainingJob/")
    page.get_by_text("Broad", exact=True).first.click()
    page.emulate_media(media="print")
    blocks = page.locator(".tabbed-set").first.locator("> .tabbed-content > .tabbed-block")
    assert [index for index in range(blocks.count()) if blocks.nth(index).is_visible()] == [1]
    code = blocks.nth(1).locator(".highlight code").first
    assert code.evaluate("e => e.scrollHeight <= e.clientHeight + 1 && e.scrollWidth <= e.clientWidth + 1")
    assert not page.locator(".md-header").is_visible()


def test_reduced_motion_is_respected(page: Page, address: str) -> None:
    opened(page, address, "")
    running = page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length")
    assert running == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.md-tabs__link')).transitionDuration") == "0s"


def test_pages_can_be_read_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}reference/CreateTrainingJob/")
    assert '"Version"' in page.locator(".tabbed-block .highlight code").first.inner_text()
    page.locator("#execution-addons-fold > summary").click()
    addon = page.locator("#execution-addon-vpc")
    addon.locator("summary").click()
    expect(addon.locator(".highlight", has_text="ec2:CreateNetworkInterface")).to_be_visible()
    page.goto(f"{address}composer/")
    expect(page.get_by_text("The composer needs JavaScript")).to_be_visible()
    context.close()


def test_both_colour_schemes_can_be_chosen_and_stay(context: BrowserContext, page: Page, address: str) -> None:
    opened(page, address, "")
    scheme = "document.body.getAttribute('data-md-color-scheme')"
    assert page.evaluate(scheme) == "default"
    page.locator("label.md-header__button[title='Switch to dark colors']").click()
    assert page.evaluate(scheme) == "slate"
    opened(page, address, "guides/")
    assert page.evaluate(scheme) == "slate"
