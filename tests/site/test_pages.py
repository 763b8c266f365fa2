"""The built pages: links, anchors, the artifacts' own bytes, form, sizes, the policy for scripts."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qsl, unquote, urldefrag, urljoin, urlsplit

import jsonschema
import pytest
from built import ELSEWHERE, HOSTILE, LINKED, MOVED, REPOSITORY, ROOT, Page, Site, some_operations, two_versions
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator as Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from kb.publish.built_folders import is_reviewed
from kb.publish.record_lines import LINES
from kb.site import templates, text
from kb.site.html_parts import apart
from kb.site.published import Published, grantees, schema
from kb.site.versions import add_versions
from kb.site.write import _INDEXES, place_of, write
from kb.site.write import Site as Source
from sagemaker_roles.canonical import canonical
from sagemaker_roles.engine.documents import Needed
from sagemaker_roles.files.ownership import RefusedError

#: What one page may weigh as sent, with all it loads at once, in bytes (search index and composer's catalog apart).
PAGE_LIMIT = 150_000
COMPOSER_LIMIT = 15_100
#: Characters of a managed policy, white space not counted.
POLICY_LIMIT = 6144

_BASE = "https://site.example/below/"


def resolved(page: str, link: str) -> str:
    """A link's target as a path below the site with its fragment; full addresses stay."""
    target = urljoin(_BASE + page, link)
    return target.removeprefix(_BASE) if target.startswith(_BASE) else target


def links(page: Page) -> list[tuple[str, str]]:
    """Every address in a page with the element's name."""
    found = []
    for element in page.root.all("a", "link", "script", "img", "iframe", "form", "source"):
        for name in ("href", "src", "action"):
            if element[name]:
                found.append((element.tag, element[name]))
    return found


def test_there_is_a_page_for_every_operation_and_all_indexes(site: Site) -> None:
    names = [item["operation"] for item in site.json("v1/next/index.json")["operations"]]
    assert len(names) > 5
    expected = {f"reference/{name}/" for name in names} | {
        f"reference/{path[:-3]}/" for path in _INDEXES if path.endswith(".md") and path != "index.md"
    }
    expected |= {f"fix/{name}/" for name in ("full-access", "pass-role", "excess", "trust", "escalation")}
    expected |= {f"guides/{file.stem}/" for file in (ROOT / "docs" / "guides").glob("*.md") if file.stem != "index"}
    expected |= {"", "composer/", "reference/", "reference/changelog/", "reference/versions/", "guides/"}
    assert expected <= set(site.pages)


def test_every_internal_link_and_anchor_leads_somewhere(site: Site) -> None:
    checked = 0
    broken = []
    for path, page in site.pages.items():
        for tag, link in links(page):
            target, fragment = urldefrag(resolved(path, link))
            if urlsplit(target).scheme:
                assert tag == "a", f"{path}: {tag} {link} is on another host"
                continue
            checked += 1
            assert not link.startswith("/"), f"{path}: {link} does not work below another path"
            target = target.partition("?")[0]
            file = site.folder / unquote(target) / "index.html" if target.endswith("/") or not target else None
            file = file or site.folder / unquote(target)
            if not file.is_file():
                broken.append(f"{path}: {link}")
            elif (
                fragment
                and target in site.pages
                and not target.startswith("composer")
                and unquote(fragment) not in site.pages[target].ids
            ):
                broken.append(f"{path}: {link} (anchor)")
    assert checked > 1000
    assert not broken, "\n".join(broken[:20])


def test_links_to_add_ons_name_what_exists(site: Site) -> None:
    operations = site.json("v1/next/catalog.json")["operations"]
    checked = 0
    for path, page in site.pages.items():
        for _, link in links(page):
            target = urlsplit(resolved(path, link))
            if "addons=" not in target.query:
                continue
            state = dict(parse_qsl(target.query))
            record = operations[target.path.split("/")[1]]
            assert {"role", "addons"} >= set(state)
            roles = {role["id"]: role for role in record.get("roles", ())}
            role = roles[state["role"]] if "role" in state else next(iter(roles.values()), {})
            known = {addon["id"] for holder in (role, record.get("caller", {})) for addon in holder.get("addons", ())}
            assert set(state["addons"].split(",")) <= known, link
            checked += 1
    assert checked > 50


def blocks(page: Page) -> list[str]:
    """The JSON in a page's code blocks."""
    return [next(element.all("code")).text for element in page.article.all("div") if "language-json" in element.classes]


def test_every_json_on_an_operation_page_is_the_artifacts_bytes(site: Site) -> None:
    compared = 0
    records = {name: site.json(f"v1/next/operations/{name}/operation.json") for name in site.operations()}
    for name, record in records.items():
        expected: list[bytes] = []
        has_role_pages = f"reference/{name}/{record['roles'][0]['id']}/" in site.pages if record["roles"] else False
        for role in [*record["roles"], *([record["caller"]] if record["caller"] else [])]:
            links_of = role["links"]
            patches = {addon["id"]: site.json(f"v1/next/{addon['links']['patch']}") for addon in role["addons"]}
            patches = {key: patch for key, patch in patches.items() if patch}
            if role is record["caller"] and has_role_pages:
                # The page of the operation begins with the policy of its first role.
                expected.append(site.bytes(f"v1/next/{record['roles'][0]['links']['policy']}"))
            expected.append(site.bytes(f"v1/next/{links_of['policy']}"))
            empty = {"Version": "2012-10-17", "Statement": []}
            expected += [canonical(added(empty, [patch])) for patch in patches.values()]
            if "trust_policy" in links_of:
                trust = site.json(f"v1/next/{links_of['trust_policy']}")
                expected.append(site.bytes(f"v1/next/{links_of['trust_policy']}"))
                for addon in role["addons"]:
                    if "trust_patch" in addon["links"]:
                        patch = site.json(f"v1/next/{addon['links']['trust_patch']}")
                        expected.append(canonical(added(trust, [patch])))
            if "companions" in links_of:
                beside = site.json(f"v1/next/{links_of['companions']}")
                expected += [
                    canonical(one["policy"])
                    for kind in beside["kinds"]
                    for one in beside["companions"]
                    if one["kind"] == kind and not one["addon"] and one["policy"]
                ]
        pages = dict.fromkeys(site.parts(name).values())
        found = [block for page in pages for block in blocks(page)]
        assert sorted(item.encode() for item in found) == sorted(expected), name
        compared += len(found)
    assert compared > 200


def added(document: dict[str, object], patches: list[list[dict[str, object]]]) -> dict[str, object]:
    """A policy with what patches add at its end."""
    statements = list(document["Statement"])  # type: ignore[call-overload]
    for patch in patches:
        for step in patch:
            assert (step["op"], step["path"]) == ("add", "/Statement/-")
            statements.append(step["value"])
    return {**document, "Statement": statements}


def test_links_lead_to_the_latest_release_with_the_sum_and_schema_of_the_file(site: Site) -> None:
    sums = {item["path"]: item["sha256"] for item in site.json("v1/next/manifest.json")["files"]}
    latest = site.json("v1/versions.json")["latest"]
    seen = set()
    for path, page in site.pages.items():
        for element in page.article.all("p"):
            if "artifact" not in element.classes:
                continue
            link = next(a for a in element.all("a") if "download" in a.attributes)
            address = resolved(path, link["href"])
            assert link.text == address
            target = re.sub(r"^v1/[^/]+/", "", address)
            assert address == f"v1/{latest if (site.folder / f'v1/{latest}/{target}').is_file() else 'next'}/{target}"
            digest = hashlib.sha256(site.bytes(address)).hexdigest()
            assert digest in element.text
            others = {a["class"]: resolved(path, a["href"]) for a in element.all("a")}
            assert ("next" in others) == (digest != sums[target])
            assert others.get("next", f"v1/next/{target}") == f"v1/next/{target}"
            assert not Validator(site.json(others["schema"])).is_valid([])
            seen.add(target)
    policies = {path for path in sums if re.search(r"/(policy|trust-policy|caller-policy)\.json$", path)}
    assert policies
    assert policies <= seen


def test_every_published_file_has_a_schema_also_for_editors_that_know_draft_07_only(site: Site) -> None:
    schemas = {file.name: json.loads(file.read_bytes()) for file in (site.folder / "v1/schema/draft-07").iterdir()}
    known = Registry().with_resources((name, DRAFT7.create_resource(one)) for name, one in schemas.items())
    kinds = {}
    for item in site.json("v1/next/manifest.json")["files"]:
        kinds.setdefault(schema(item["path"]), item["path"])
    for name in ("manifest.json", "index.json"):
        kinds[schema(name)] = name
    assert len(kinds) > 10
    for path, file in kinds.items():
        draft = schemas[path.rpartition("/")[2]]
        jsonschema.Draft7Validator.check_schema(draft)
        jsonschema.Draft7Validator(draft, registry=known).validate(site.json(f"v1/next/{file}"))
        assert "$defs" not in json.dumps(draft)


def test_statement_tables_hold_every_statement_with_its_reason(site: Site) -> None:
    counted = 0
    for name in site.operations():
        record = site.json(f"v1/next/operations/{name}/operation.json")
        parts = site.parts(name)
        for role in [*record["roles"], *([record["caller"]] if record["caller"] else [])]:
            rows = {element["id"]: element for element in parts[role["id"]].root.all("tr")}
            for holder in [role, *role["addons"]]:
                for part in ("statements", "trust"):
                    for item in holder[part]:
                        prefix = f"{role['id']}-{'trust-' * (part == 'trust')}"
                        row = rows[text.anchor(prefix + item["statement"]["Sid"])]
                        said = " ".join(row.text.split())
                        for wanted in [item["why"], item["evidence"], *item["members"], *item["statement"]["Action"]]:
                            assert " ".join(wanted.split()) in said, f"{name}: {wanted}"
                        for key in item["sources"]:
                            source = record["sources"][key]
                            assert source["title"] in said
                            assert f"as of {source['as_of']}" in said
                        counted += 1
    assert counted > 100


def test_without_a_repository_a_statement_names_the_line_of_its_record(site: Site) -> None:
    page = site.pages["reference/CreateTrainingJob/"]
    row = page.one("tr", id="execution-InputRead")
    (place,) = [element.text for element in row.all("code") if "record" in element.classes]
    file, _, line = place.partition(":")
    assert "InputRead".endswith((ROOT / file).read_text("utf-8").splitlines()[int(line) - 1].partition("Sid: ")[2])


def test_every_page_has_title_description_and_sources(site: Site) -> None:
    titles: dict[str, str] = {}
    for path, page in site.pages.items():
        title = next(page.root.all("title")).text.strip()
        assert title, path
        assert title not in titles, f"{path} and {titles[title]} have one title"
        titles[title] = path
        description = page.one("meta", name="description")["content"]
        assert 40 <= len(description) <= 220, f"{path}: {len(description)} characters: {description}"
        assert len(list(page.article.all("h1"))) == 1, path
        assert "sources" in page.ids or path == "reference/sources/", f"{path} names no sources"


def test_headings_are_in_order_and_ids_are_unique(site: Site) -> None:
    for path, page in site.pages.items():
        levels = [int(h.tag[1]) for h in page.article.all("h1", "h2", "h3", "h4", "h5", "h6")]
        assert all(second <= first + 1 for first, second in itertools.pairwise(levels)), path
        twice = {item for item in page.ids if page.ids.count(item) > 1}
        assert not twice, f"{path}: {sorted(twice)[:5]}"


def test_tabs_are_no_more_than_the_style_sheet_knows(site: Site) -> None:
    style = site.bytes("assets/extra.css").decode()
    known = max(int(number) for number in re.findall(r"input:nth-child\((\d+)\):checked\s*~\s*\.tabbed-content", style))
    most = max(
        sum(child.tag == "input" for child in element.children if not isinstance(child, str))
        for page in site.pages.values()
        for element in page.root.all("div")
        if "tabbed-set" in element.classes
    )
    assert most <= known


def test_a_policy_for_scripts_heads_every_page(site: Site) -> None:
    pages = {**site.pages, "404.html": Page("404.html", site.bytes("404.html").decode())}
    for path, page in pages.items():
        metas = [e for e in page.root.all("meta") if e["http-equiv"] == "Content-Security-Policy"]
        (meta,) = metas
        rules = dict(rule.strip().split(" ", 1) for rule in meta["content"].split(";"))
        assert rules["default-src"] == "'self'"
        assert rules["object-src"] == "'none'"
        # Only the composer's page runs WebAssembly, in a worker that is made of a text.
        runs = "data-engine=" in page.source
        assert ("'wasm-unsafe-eval'" in rules["script-src"]) == ("blob:" in meta["content"]) == runs
        assert "unsafe" not in rules["script-src"].replace("'wasm-unsafe-eval'", "")
        assert rules.get("worker-src") == ("'self' blob:" if runs else None)
        assert "http" not in meta["content"]
        assert page.source.index("Content-Security-Policy") < page.source.index("<script"), path
        assert all(script["src"] for script in page.root.all("script")), path
        for element in page.root.all():
            assert not any(name.startswith("on") for name in element.attributes), f"{path}: {element.attributes}"
            assert not element["href"].startswith("javascript:")


def test_what_a_page_loads_is_asked_for_at_once(site: Site) -> None:
    # Behind a policy in the page itself, a browser would ask for each script when the one before has run.
    for path, page in site.pages.items():
        asked = {e["href"] for e in page.root.all("link") if e["rel"] in ("preload", "modulepreload")}
        late = {e["src"] for e in page.root.all("script") if "early.js" not in e["src"]}
        assert asked == late, path
        assert len(late) == 2
        assert page.source.rindex("preload") < page.source.index("<script"), path


def test_heads_link_the_json(site: Site) -> None:
    for name, page in site.operations().items():
        (link,) = [e for e in page.root.all("link") if e["type"] == "application/json"]
        assert resolved(f"reference/{name}/", link["href"]) == site.latest(f"operations/{name}/operation.json")


def test_pages_are_light(site: Site) -> None:
    for path, page in site.pages.items():
        loaded = {f"{path}index.html"}
        for element in page.root.all("script", "link"):
            if element["src"] or element["rel"] == "stylesheet":
                loaded.add(resolved(path, element["src"] or element["href"]))
        weight = {name: site.compressed(name) for name in loaded}
        assert sum(weight.values()) < PAGE_LIMIT, f"{path}: {weight}"


def test_the_composers_script_is_light_and_one(site: Site) -> None:
    assert not re.search(r'(?:from|import)\s*\(?"\.', site.bytes("assets/composer/composer.js").decode())
    assert site.compressed("assets/composer/composer.js") < COMPOSER_LIMIT


def test_the_table_of_operations_leads_to_vpc_and_kms_and_lists_closed_ones_last(site: Site) -> None:
    index = site.json("v1/next/index.json")
    records, families = {item["operation"]: item for item in index["operations"]}, index["families"]
    rows = next(t for t in site.pages["reference/"].article.all("table") if "operations" in t.classes)
    names = [next(row.all("a")).text for row in rows.all("tr") if list(row.all("td"))]
    assert sorted(names) == sorted(records)
    closed = [records[name]["availability"] != "available" for name in names]
    assert closed == sorted(closed)
    groups = [row.text.strip() for row in rows.all("tr") if "group" in row.classes]
    wanted = [
        item["title"]
        for item in families
        if any(records[name]["availability"] == "available" for name in item["operations"])
    ]
    assert groups == [*wanted, "Closed to new customers or deprecated"]
    found = {a["href"].rpartition("-addon-")[2] for a in rows.all("a") if "-addon-" in a["href"]}
    assert "vpc" in found
    assert any(name.startswith("kms") for name in found)


def test_roles_of_operations_with_many_have_pages_that_the_operation_links(site: Site) -> None:
    seen = 0
    for name, own in site.operations().items():
        for role, page in site.parts(name).items():
            if page is own:
                continue
            (link,) = [a for a in own.article.all("a") if "role-page" in a.classes and a["href"] == f"{role}/"]
            assert link.text
            assert role in own.ids, "links of old lead to the role's heading"
            assert any(resolved(f"{page.path}/", a["href"]) == f"reference/{name}/" for a in page.article.all("a"))
            seen += 1
    assert seen > 10


def test_llms_txt_lists_every_operation(site: Site) -> None:
    listed = site.bytes("llms.txt").decode()
    targets = re.findall(r"\]\(([^)]+)\)", listed)
    assert len(targets) > 10
    for target in targets:
        file = site.folder / target
        assert file.is_file() or (file / "index.html").is_file(), target
    for name in site.operations():
        assert f"[{name}]({site.latest(f'operations/{name}/operation.json')})" in listed


def test_the_published_files_are_the_built_ones(site: Site) -> None:
    """But for those of reviewers, which the repository has for its pull requests."""
    folder = ROOT / "build" / "v1"
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert len(files) > 50
    for file in files:
        content, path = file.read_bytes(), file.relative_to(folder).as_posix()
        if path.startswith("next/") and is_reviewed(path.removeprefix("next/")):
            assert not (site.folder / "v1" / path).exists()
            continue
        path = f"actions/{hashlib.sha256(content).hexdigest()}.json" if path == "next/actions.json" else path
        assert site.bytes(f"v1/{path}") == content
    assert (site.folder / "v1/actions" / f"{site.json('v1/next/catalog.json')['actions']}.json").is_file()


def test_hostile_text_in_a_record_stays_text(hostile: Site) -> None:
    name = hostile.json("v1/next/index.json")["operations"][0]["operation"]
    wanted = " ".join(HOSTILE.split())
    seen = 0
    for path, page in hostile.pages.items():
        for element in page.article.all():
            assert element.tag not in ("img", "iframe", "object"), path
            assert element.tag != "script" or element["src"], path
            assert not any(key.startswith("on") for key in element.attributes), path
            assert not element["href"].startswith("javascript"), path
            assert element["class"] != "class", path
        seen += wanted in " ".join(page.article.text.split())
    assert seen >= 4
    page = hostile.pages[f"reference/{name}/"]
    record = hostile.json(f"v1/next/operations/{name}/operation.json")
    assert " ".join(page.article.text.split()).count(wanted) > len(record["roles"]) * 3


def test_versions_have_a_page_with_the_addresses_of_their_files(hostile: Site) -> None:
    page = hostile.pages["reference/versions/"]
    targets = [resolved("reference/versions/", element["href"]) for element in page.article.all("a")]
    for version in ("1.1.0", "1.0.0"):
        for name in ("index", "manifest", "changes"):
            assert f"v1/{version}/{name}.json" in targets
            assert (hostile.folder / "v1" / version / f"{name}.json").is_file()
        assert f"v1/releases/{version}.tar.xz" in targets
        assert (hostile.folder / "v1" / "releases" / f"{version}.tar.xz").is_file()
    assert page.article.text.index("1.1.0") < page.article.text.index("1.0.0")
    archive = hostile.bytes("v1/releases/1.1.0.tar.xz")
    assert "0" * 64 in page.article.text and hashlib.sha256(archive).hexdigest() in page.article.text
    for name, item in MOVED.items():
        (row,) = [row for row in page.article.all("tr") if row["id"] == name.replace("/", "-")]
        assert all(text in row.text for text in (name, item["to"] or "nothing", item["why"]))


def test_the_history_of_an_operation_lists_what_releases_changed(site: Site) -> None:
    seen = 0
    changed: dict[str, Counter[str]] = {}
    for entry in site.json("v1/versions.json")["versions"]:
        changes = site.json(f"v1/{entry['version']}/changes.json")
        told_of = [change["operation"] for change in changes["changes"]] if changes["from"] else []
        changed[f"{entry['version']} ({entry['date']})"] = Counter(told_of)
    for name, page in site.operations().items():
        folds = [element for element in page.article.all("details") if element["id"] == "history-fold"]
        told = folds[0].text if folds else ""
        for version, count in changed.items():
            number = count[name]
            assert (f"{version}, {number:,} change" in told) is (number > 0), f"{name}: {version}"
            seen += number > 0
    assert seen > 10


def test_the_changelog_tells_the_changes_of_each_version(hostile: Site) -> None:
    page = hostile.pages["reference/changelog/"]
    assert "v1.1.0" in page.ids
    assert "v1.0.0" not in page.ids, "the first version changes nothing"
    text = " ".join(page.article.text.split())
    assert "2 changes since 1.0.0" in text
    told = " ".join(HOSTILE.split())
    assert f"s3:GetObject on arn {told}: {LINKED[0]} execution (statement InputRead)".replace("`", "'") in text
    assert f"before {told}: {LINKED[0]} execution" in text


def test_the_page_of_an_operation_that_is_gone_leads_to_what_took_its_place(hostile: Site) -> None:
    for name, target in (("CreateOldJob", f"reference/{LINKED[0]}/"), ("CreateGoneJob", "reference/versions/#moved")):
        page = Page(name, hostile.bytes(f"reference/{name}/index.html").decode())
        refresh = next(e for e in page.root.all("meta") if e["http-equiv"] == "refresh")["content"]
        link = next(page.root.all("a"))["href"]
        assert refresh == f"0; url={link}"
        assert resolved(f"reference/{name}/", link) == target
        assert not link.startswith("/"), "works below any address"
        assert name in next(page.root.all("title")).text
        assert " ".join(HOSTILE.split()) in " ".join(page.root.text.split())
        assert not list(page.root.all("script", "img"))
    assert "moved" in hostile.pages["reference/versions/"].ids


def test_the_address_of_the_site_makes_canonical_links_and_a_sitemap(hostile: Site) -> None:
    name = LINKED[0]
    assert f"<loc>{ELSEWHERE}reference/{name}/</loc>" in hostile.bytes("sitemap.xml").decode()
    assert f"]({ELSEWHERE}v1/next/operations/{name}/operation.json)" in hostile.bytes("llms.txt").decode()
    page = hostile.pages[f"reference/{name}/"]
    assert page.one("link", rel="canonical")["href"] == f"{ELSEWHERE}reference/{name}/"
    change = f"{REPOSITORY}/edit/main/data/operations/{name}.yaml"
    assert any(element["href"] == change for element in page.article.all("a"))


# --- the writer ----------------------------------------------------------------------------------------------------

FEW = LINKED[:2]


def test_the_writer_changes_only_what_changed(tmp_path: Path) -> None:
    some_operations(tmp_path / "v1", FEW)
    site = Source(tmp_path / "v1", tmp_path / "docs", ROOT / "CHANGELOG.md")
    assert write(site) > 50
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "docs").rglob("*") if path.is_file()}
    assert write(site) == 0
    assert {path: path.stat().st_mtime_ns for path in times} == times
    page, gone = (tmp_path / "docs" / "reference" / f"{name}.md" for name in FEW)
    page.write_text("changed by hand")
    assert write(site) == 1
    assert page.read_text().startswith("---\n")
    file = tmp_path / "v1" / "next" / "operations" / FEW[0] / "operation.json"
    file.write_bytes(canonical({**json.loads(file.read_text()), "pitfalls": ["A new one."]}))
    assert write(site) == 2, "the file and its page"
    assert "A new one" in page.read_text()
    index = tmp_path / "v1" / "next" / "index.json"
    known = json.loads(index.read_text())
    kept = [item for item in known["operations"] if item["operation"] != FEW[1]]
    index.write_bytes(canonical({**known, "operations": kept, "fixes": []}))
    shutil.rmtree(tmp_path / "v1" / "next" / "operations" / FEW[1])
    assert write(site) > 20
    assert page.is_file()
    assert not gone.exists()
    assert not (tmp_path / "docs" / "v1" / "next" / "operations" / FEW[1]).exists()
    gone.write_text("not generated")
    with pytest.raises(RefusedError, match="was not generated"):
        write(site)


def test_the_site_tool_sees_one_version_and_older_ones_are_served_as_archives_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_operations(tmp_path / "v1", FEW)
    two_versions(tmp_path / "v1")
    monkeypatch.setattr("kb.site.versions.UNPACKED", 1)
    docs = tmp_path / "docs"
    write(Source(tmp_path / "v1", docs, tmp_path / "CHANGELOG.md"))
    assert {path.name for path in (docs / "v1").iterdir()} == {"actions", "next", "versions.json"}
    page = (docs / "reference" / "versions.md").read_text()
    assert "../../v1/1.1.0/index.json" in page
    assert "../../v1/1.0.0/" not in page
    assert "../../v1/releases/1.0.0.tar.xz" in page
    (docs / "v1" / "next" / "index.json").write_text("built")
    for _ in range(2):
        add_versions(tmp_path / "v1", docs)
    names = {path.name for path in (docs / "v1").iterdir()}
    assert names == {"actions", "next", "versions.json", "1.1.0", "releases"}
    assert (docs / "v1" / "1.1.0" / "index.json").is_file()
    assert [len([*(docs / "v1").glob(f"{name}/*ctions*")]) for name in ("next", "1.1.0")] == [0, 0]
    assert len([*(docs / "v1" / "actions").iterdir()]) == 1, "once for all versions that have the same"
    assert len([*(docs / "v1" / "releases").iterdir()]) == 2
    assert not [path for path in docs.rglob(".*") if path.name != ".sagemaker-roles.json"]
    assert (docs / "v1" / "next" / "index.json").read_text() == "built"


def test_the_navigation_has_the_titles_of_pages(tmp_path: Path) -> None:
    # Without them, a site tool that builds one page only names all others "None".
    some_operations(tmp_path / "v1", FEW)
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text('---\ntitle: The "home" page\n---\n')
    listed = ["index.md", {"Named": "index.md"}, "missing.md", {"Part": ["reference/actions.md"]}, "OPERATIONS"]
    (docs / "navigation.json").write_text(json.dumps(listed))
    write(Source(tmp_path / "v1", docs, tmp_path / "no changelog"))
    *pages, operations = json.loads((docs / "reference" / "parts" / "site.json").read_text())["nav"]
    part = {"Part": [{"Find by action": "reference/actions.md"}]}
    assert pages == [{'The "home" page': "index.md"}, {"Named": "index.md"}, "missing.md", part]
    assert operations["Operations"][0] == {"Operations": "reference/index.md"}
    named = [page for item in operations["Operations"][1:] for group in item.values() for page in group]
    assert {FEW[0]: f"reference/{FEW[0]}.md"} in named


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "a*b*c _d_ `e` [f](g) <h> &i; |j| ~k~ ^l^ =m= {n} $o$ :p: @q #r !s",
        "1. first",
        "- item",
        "+ item",
        "# h",
        "a\nb",
    ],
)
def test_text_in_markdown_is_text(value: str) -> None:
    from markdown import markdown

    extensions = ["tables", "attr_list", "md_in_html", "pymdownx.superfences", "pymdownx.tabbed", "admonition"]
    page = Page("", markdown(text.md(value), extensions=extensions))
    assert page.root.text == " ".join(value.split())
    assert {element.tag for element in page.root.all()} == {"p"}


def test_templates_put_in_nothing_unescaped_but_markup_of_their_own() -> None:
    folder = ROOT / "scripts" / "kb" / "site" / "templates"
    unescaped = {
        expression.strip()
        for file in folder.rglob("*.j2")
        for expression in re.findall(r"[{][{]-?([^{}]*?)\|safe", file.read_text("utf-8"))
    }
    # The link before a file, the changelog, and what publish.changes writes as Markdown.
    assert unescaped == {"before", "body", "item.text"}
    assert templates.page("moved.html.j2", name="<b>", to="", why="a & b").count("&lt;b&gt; is gone") == 2


def test_a_fence_holds_its_text_whatever_it_is() -> None:
    from markdown import markdown

    content = "```\n`````\n<b>\n"
    page = Page("", markdown(text.fence(content, "text"), extensions=["pymdownx.superfences"]))
    assert next(page.root.all("code")).text == content


def test_every_need_of_another_policy_has_words() -> None:
    words: Any = templates._PAGES.get_template("grantee.j2").module
    assert set(words.needs) == set(get_args(Needed))


def test_long_names_have_places_for_breaks_and_other_text_has_none() -> None:
    assert text.code("s3:GetObject") == "<code>s3&#58;GetObject</code>"
    wanted = "<code>sagemaker&#58;Create<wbr>TrainingJob</code>"
    assert text.code("sagemaker:CreateTrainingJob") == wanted
    assert text.prose("Attach a_b AmazonSageMakerFullAccess to it.").count("<wbr>") == 1
    assert text.prose("Attach a_b to *.") == "Attach a&#95;b to &#42;."
    assert text.paths("operations/<b/policy.json") == "operations/&lt;b/<wbr>policy.json"


@given(st.lists(st.sampled_from(["Create", "Training", "s3:", "arn:", "a/", "B.", "Xyz"]), max_size=12).map("".join))
def test_no_piece_of_a_name_is_longer_than_it_must_be(name: str) -> None:
    pieces = re.sub(r"</?code>", "", text.code(name)).replace("&#58;", ":").split("<wbr>")
    assert "".join(pieces) == name
    assert all(len(piece) <= 18 for piece in pieces)
    assert all(len(one) + len(other) > 18 for one, other in itertools.pairwise(pieces)), "a break that nothing needs"


def test_what_a_site_tool_need_not_read_stands_in_the_front_matter() -> None:
    policy = text.policy('{\n  "a<": "${B}"\n}\n')
    table = '<table class="rows" data-search-exclude="">\n<tr><td>*a*</td></tr>\n</table>\n'
    tab = '=== "One"\n\n' + "".join(f"    {line}\n" for line in policy.splitlines())
    body = f"Text.\n\n{table}\n{tab}\n<table>\n<tr><td>found</td></tr>\n</table>\n"
    head, _, rest = apart(f'---\ntitle: "T"\n---\n{body}').removeprefix("---\n").partition("\n---\n")
    title, parts = head.split("\n")
    assert title == 'title: "T"'
    first, second = json.loads(parts.removeprefix("parts: "))
    assert first == table.strip().replace(' data-search-exclude=""', "")
    assert second == policy.strip().replace(' data-search-exclude=""', "")
    assert rest.count('<wbr id="part-') == 2
    assert "<table>\n<tr><td>found" in rest
    assert apart(body) == body, "without front matter there is no place for it"


def test_every_part_is_back_in_its_place(site: Site) -> None:
    assert not [path for path, page in site.pages.items() if '<wbr id="part-' in page.source]


def test_sources_are_listed_by_where_they_are(site: Site) -> None:
    page = site.pages["reference/sources/"]
    numbers = [int(note.text.split()[0]) for note in page.article.all("small")]
    assert numbers[:-1] == sorted(numbers[:-1], reverse=True)
    assert sum(numbers) == len(list(page.article.all("tr"))) - len(numbers)


# --- lines of records -------------------------------------------------------------------------------------------------


WRITTEN = json.loads((ROOT / "build" / "compiled" / LINES).read_bytes())


def test_statements_lead_to_the_line_with_their_sid() -> None:
    published = Published(ROOT / "build" / "v1")
    places = exact = 0
    for name in published.names:
        for grantee in grantees(published.operations[name]):
            for holder in [grantee, *grantee["addons"]]:
                for item in holder["statements"]:
                    file, _, line = place_of(WRITTEN, name, grantee["id"], item).partition("#L")
                    assert (ROOT / file).is_file(), (name, item["statement"]["Sid"])
                    places += 1
                    if line:
                        written = (ROOT / file).read_text("utf-8").splitlines()[int(line) - 1]
                        own = written.partition("Sid: ")[2]
                        # The statement of a call follows from its resource, and that of its tags from `tags`.
                        key = written.partition(":")[0].strip()
                        own = own or {"resource": name.rpartition("-")[2], "tags": "TagOnCreate"}[key]
                        assert item["statement"]["Sid"].endswith(own)
                        exact += 1
    # Others come from the record of a step or job that the operation starts.
    assert exact > 0.9 * places > 3000


def test_a_role_has_its_own_line_of_a_sid_that_several_have() -> None:
    published = Published(ROOT / "build" / "v1")
    record = published.operations["CreateNotebookInstance"]
    item = next(item for item in record["caller"]["statements"] if item["statement"]["Sid"] == "CreateNotebookInstance")
    place = place_of(WRITTEN, "CreateNotebookInstance", "caller", item)
    lines = (ROOT / "data/operations/CreateNotebookInstance.yaml").read_text("utf-8").splitlines()
    assert int(place.partition("#L")[2]) > lines.index("caller:")
