"""Every statement that a command or a page prints is one that IAM accepts in a document of its kind."""

from __future__ import annotations

import html
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import hcl2
import jsonpatch
import pytest
from click.testing import CliRunner

import organizations
from audits.roles import Json, audited, enough, held, trust_of, work_of
from composing import compiled, compose, resolved
from kb.cli import diff
from kb.site.published import Published
from kb.site.write import Site, render
from proof import linters, scenarios
from sagemaker_roles.audits.report import Report, RoleReport
from sagemaker_roles.cli import show
from sagemaker_roles.extras.fleet.run import Job, run
from sagemaker_roles.iam.grammar import GRAMMARS, faults
from sagemaker_roles.outputs import audit_text
from sagemaker_roles.outputs.sarif import sarif
from support import ROOT, drawn
from terraform import Module

#: The kinds of documents of an identity, of a role's trust, and of resources.
IDENTITY = ("managed", "inline-role", "boundary", "scp")
TRUST = ("trust",)
RESOURCES = tuple(kind for kind, grammar in GRAMMARS.items() if grammar.principal == "required" and kind != "trust")
ANY = tuple(GRAMMARS)


def documents_in(value: Any) -> Iterator[Json]:
    """The policies in a JSON value; a statement alone is one of its own. One without statements is there to be read."""
    if isinstance(value, dict) and "Statement" in value:
        if value["Statement"]:
            yield value
    elif isinstance(value, dict) and value.get("Effect") in ("Allow", "Deny"):
        yield {"Version": "2012-10-17", "Statement": [value]}
    else:
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from documents_in(item)


def documents_in_text(text: str) -> Iterator[Json]:
    """The policies in the JSON values of a text, with line breaks or without."""
    at = 0
    while (begin := re.compile(r'[{\[]\s*[{"]').search(text, at)) is not None:
        try:
            value, at = json.JSONDecoder().raw_decode(text, begin.start())
        except ValueError:
            at = begin.start() + 1
            continue
        yield from documents_in(value)


def wrong(documents: Iterable[Json], kinds: Iterable[str]) -> list[tuple[Json, list[str]]]:
    """The policies that are of none of some kinds, with why not.

    One that a report has whole, where `compose` splits it, can be larger than a policy: its statements are valid.
    """
    found = []
    for one in documents:
        texts = {kind: [text for text in faults(one, kind) if "the most are" not in text] for kind in kinds}
        fitting = next((kind for kind, said in texts.items() if not said), None)
        if fitting is None:
            found.append((one, next(iter(texts.values()))))
        else:
            _READ.add((fitting, json.dumps(one)))
    return found


#: The policies that a test read, each with its kind.
_READ: set[tuple[str, str]] = set()

#: What two linters say of roles that people have, which a report repeats, and of the size that `compose` splits.
_OF_DOCUMENTS = {"resource_mismatch", "invalid_condition_key", "policy_size_exceeded"}


@pytest.fixture(autouse=True)
def _linted() -> Iterator[None]:
    """What a test read has no fault of form for two linters either."""
    _READ.clear()
    yield
    found = linters.faults_of_form((kind, json.loads(text)) for kind, text in sorted(_READ))
    assert [one for one in found if not any(f" {name}: " in one for name in _OF_DOCUMENTS)] == []


# --- compose ----------------------------------------------------------------------------------------------------------

#: Scenarios of the proof, each of which is a request; the others are asked in `make soak`.
SCENARIOS = [one for name in scenarios.operations() for one in scenarios.of(name)]

#: Each part with the kinds of its documents.
PARTS = {"all": (*IDENTITY, *TRUST), "companions": (*IDENTITY, *RESOURCES), "organization": ("scp", "rcp")}


class _Named(defaultdict[str, Any]):
    """A value for each name: the placeholder that it stands for."""

    def __missing__(self, name: str) -> str:
        return f"${{{name}}}"


def _of_terraform(text: str) -> Iterator[Json]:
    """The policies of a Terraform file: texts of JSON, and data sources whose blocks are statements."""
    account = {
        "aws_partition": {"current": {"partition": "${Partition}"}},
        "aws_region": {"current": {"id": "${Region}"}},
        "aws_caller_identity": {"current": {"account_id": "${Account}"}},
    }
    parsed = hcl2.loads(text)
    module = Module({"locals": ()}, {"var": _Named(), "data": account, "aws_iam_role": _Named()})
    for block in parsed.get("resource", ()):
        for kind in block.values():
            for resource in kind.values():
                for name in ("policy", "assume_role_policy"):
                    if "jsonencode" in str(resource.get(name)):
                        yield from documents_in(json.loads(module.value(resource[name])))
    for block in parsed.get("data", ()):
        for own in block.get('"aws_iam_policy_document"', {}).values():
            if own.get("statement"):
                yield {"Version": "2012-10-17", "Statement": [_of_block(module.value(one)) for one in own["statement"]]}


def _of_block(block: Json) -> Json:
    names = {"sid": "Sid", "effect": "Effect", "actions": "Action", "not_actions": "NotAction"}
    names |= {"resources": "Resource", "not_resources": "NotResource"}
    statement = {name: block[key] for key, name in names.items() if key in block}
    if principals := {one["type"]: one["identifiers"] for one in block.get("principals", ())}:
        statement["Principal"] = principals
    condition: dict[str, dict[str, Any]] = defaultdict(dict)
    for one in block.get("condition", ()):
        condition[one["test"]][one["variable"]] = one["values"]
    return {**statement, **({"Condition": condition} if condition else {})}


def _composed(form: str, text: str) -> Iterator[Json]:
    """The policies of what `compose` printed in a form."""
    if form == "terraform":
        return _of_terraform(text)
    if form == "cli":
        # A comment has what stands for no policy at all, to which the statements are added.
        return documents_in_text(re.sub("(?m)^#.*", "", text).replace("'\\''", "'"))
    value = json.loads(text)
    return documents_in(value if form == "json" else resolved(value["Resources"], _Named()))


@pytest.mark.parametrize("form", ["json", "cloudformation", "terraform", "cli"])
def test_compose(form: str) -> None:
    count = 0
    for one in drawn(SCENARIOS, 12):
        for part, kinds in PARTS.items():
            if part == "organization" and form != "json":
                continue
            options = ["--part", part, "--format", form, "--region", one.region, "--allow-placeholders"]
            options += [argument for name in one.addons for argument in ("--addon", name)]
            done = compose(one.operation, "--request", "-", *options, stdin=json.dumps(one.request))
            found = [*_composed(form, done.out)] if done.out else []
            assert not wrong(found, kinds), (str(one), part)
            count += len(found)
    assert count > 40


# --- show and diff ----------------------------------------------------------------------------------------------------


def _printed(command: Any, *arguments: str) -> str:
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code in (0, 1), done.output
    return done.stdout


def test_show() -> None:
    kinds = {"policy": IDENTITY, "caller": IDENTITY, "record": (*IDENTITY, *TRUST), "trust": TRUST}
    kinds |= dict.fromkeys(("companions", "boundary"), (*IDENTITY, *RESOURCES))
    with mock.patch.object(show, "load_catalog", compiled):
        for name in drawn(compiled().operations, 10):
            parts = kinds if compiled().operation(name).roles else {"caller": IDENTITY}
            for part, some in parts.items():
                for more in ([], ["--all-addons"], ["--scope", "broad"])[: 1 if part == "record" else 3]:
                    text = _printed(show.command, name, "--part", part, *more)
                    assert not wrong(documents_in_text(text), some), (name, part, more)
        for persona in compiled().personas:
            for access in ("read", "write", "all"):
                found = [*documents_in_text(_printed(show.command, "--persona", persona, "--access", access))]
                assert found and not wrong(found, IDENTITY), (persona, access)


@pytest.mark.parametrize("form", ["json", "text", "markdown"])
def test_diff(form: str) -> None:
    old = json.loads((ROOT / "build" / "v1" / "versions.json").read_bytes())["versions"][-1]["version"]
    text = _printed(diff.command, old, "next", "--builds", str(ROOT / "build" / "v1"), "--format", form)
    found = [*documents_in_text(text)]
    assert (form != "json" or found) and not wrong(found, ANY)


# --- fleet ------------------------------------------------------------------------------------------------------------


def test_fleet(tmp_path: Path) -> None:
    organizations.write(tmp_path / "logs")
    run(compiled(), Job((str(tmp_path / "logs"),), tmp_path / "out"), lambda _: None)
    found = {}
    for file in (tmp_path / "out").rglob("*"):
        if file.suffix in (".json", ".html", ".md", ".csv") and "schema" not in file.parts:
            found[file.name] = [*documents_in_text(html.unescape(file.read_text("utf-8")))]
            assert not wrong(found[file.name], (*IDENTITY, *TRUST, *RESOURCES)), file
    assert sum(map(len, found.values())) > 20


# --- audit ------------------------------------------------------------------------------------------------------------


def _patched(role: Json, given: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    """The documents of a report of a role with each patch, and the kind that each is of."""
    patches = [*role["patches"]["mend"], *role["patches"]["narrow"]]
    patches += [one for kind in ("missing", "depends", "trust") for one in role[kind] if "patch" in one]
    for one in patches:
        name = one.get("document", "")
        if name.startswith("policy of "):
            yield "resource", {"Version": "2012-10-17", "Statement": [step["value"] for step in one["patch"]]}
            continue
        changed = jsonpatch.apply_patch(given.get(name, {"Version": "2012-10-17", "Statement": []}), one["patch"])
        if changed["Statement"]:  # a policy whose last statement is removed is deleted
            yield "trust" if name == "trust" else "identity", changed


def _roles(seed: str, whole: Json, trust: Json) -> Iterator[tuple[Json, Json]]:
    """Policies and trust policies that lack something, or that allow too much."""
    choose = random.Random(seed)  # noqa: S311
    statements = whole["Statement"]
    wide = {"Effect": "Allow", "Action": choose.choice(["*", "s3:*", "s3:Get*"]), "Resource": "*"}
    less = [one for one in statements if choose.random() < 0.7]
    open_trust = {**trust, "Statement": [{**one, "Condition": {}} for one in trust["Statement"]]}
    other = {
        **trust,
        "Statement": [{**one, "Principal": {"Service": "ec2.amazonaws.com"}} for one in trust["Statement"]],
    }
    for own in (
        [],
        [wide],
        less,
        [*less, wide],
        [wide | {"Action": statements[0]["Action"]}] if statements else [wide],
    ):
        yield {**whole, "Statement": own}, choose.choice([trust, open_trust, other])


def test_audit() -> None:
    kinds = {"trust": TRUST, "identity": IDENTITY, "resource": RESOURCES}
    counts = dict.fromkeys(kinds, 0)
    for one in drawn(SCENARIOS, 25):
        what = work_of(one)
        for own, trust in _roles(str(one), enough(what), trust_of(what)):
            found: RoleReport = audited(what, held(own, trust=trust))
            report = Report("next", (found,)).to_json()
            role = json.loads(json.dumps(report["roles"][0]))
            parts = [role["policy"]] if found.policy["Statement"] else []
            assert not wrong(parts, IDENTITY), str(one)
            for kind, document in _patched(role, {"p1": own, "trust": trust}):
                assert not wrong([document], kinds[kind]), (str(one), kind)
                counts[kind] += 1
            texts = [*audit_text.lines(role, verbose=True), *audit_text.section(role), json.dumps(sarif(report, "1"))]
            for text in map(html.unescape, texts):
                assert not wrong(documents_in_text(text), (*IDENTITY, *TRUST, *RESOURCES)), str(one)
    assert min(counts["trust"], counts["identity"]) > 3, counts


# --- the site ---------------------------------------------------------------------------------------------------------


def test_pages(tmp_path: Path) -> None:
    engine = tmp_path / ("0" * 16)
    engine.mkdir()
    (engine / "snapshot.bin").write_bytes(b"")
    with mock.patch.object(Site, "engine", engine):
        site = Site(ROOT / "build" / "v1", tmp_path, ROOT / "CHANGELOG.md")
        pages = render(Published(site.versions, site.version), site)
    found = {path: [*documents_of_page(text)] for path, text in pages.items()}
    assert {path: bad for path, some in found.items() if (bad := wrong(some, ANY))} == {}
    assert sum(map(len, found.values())) > 500


def documents_of_page(text: str) -> Iterator[Json]:
    """The policies in the blocks of JSON of a page, some of which are in its front matter."""
    parts = [text, *(part for line in re.findall("(?m)^parts: (.*)$", text) for part in json.loads(line))]
    for block in re.findall(r'<div class="language-json highlight".*?<code>(.*?)</code>', "\n".join(parts), re.DOTALL):
        yield from documents_in_text(html.unescape(re.sub("<[^>]*>", "", block)))
