"""The pages of findings: each that `audit` can point to is there, and shows what is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from click.testing import CliRunner

from kb.site.published import Published
from kb.site.write import fixes
from sagemaker_roles.cli.main import cli
from sagemaker_roles.outputs.sarif import KINDS
from support import ROOT, document, output_schema

SITE = "https://roles.example/below"

TRUST = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
POLICY = [
    {"Effect": "Allow", "Action": ["s3:*", "sqs:SendMessage"], "Resource": "*"},
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
    {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
]


def audit(folder: Path, form: str, *options: str) -> Any:
    for name, statements in (("policy", POLICY), ("trust", [TRUST])):
        (folder / f"{name}.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    given = ["--policy", str(folder / "policy.json"), "--trust", str(folder / "trust.json"), "--fail-on", "none"]
    done = CliRunner().invoke(cli, ["audit", "CreateTrainingJob", *given, "--format", form, *options])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_findings_point_to_pages_that_are_there(tmp_path: Path) -> None:
    pages = {f"{SITE}/{path.removesuffix('.md')}/" for path in fixes(Published(ROOT / "build" / "v1"))}
    report = audit(tmp_path, "json", "--site", SITE)
    jsonschema.validate(report, output_schema("audit"))
    found = {kind: {one.get("help") for one in report["roles"][0][kind]} for kind in ("missing", *KINDS)}
    assert found["missing"] <= {None}
    assert set().union(*(found[kind] for kind in KINDS)) == pages
    (run,) = audit(tmp_path, "sarif", "--site", f"{SITE}/")["runs"]
    rules = {rule["id"]: rule.get("helpUri") for rule in run["tool"]["driver"]["rules"]}
    assert {kind for kind, address in rules.items() if address} == {*KINDS} and {*rules.values()} - {None} <= pages
    assert {one["properties"]["help"] for one in run["results"] if one["ruleId"] in KINDS} == pages


def test_without_a_site_nothing_points_anywhere(tmp_path: Path) -> None:
    assert "/fix/" not in json.dumps([audit(tmp_path, form) for form in ("json", "sarif")])


def test_a_page_shows_what_is_published_in_three_formats() -> None:
    published = Published(ROOT / "build" / "v1")
    listed = {fix["id"]: fix["example"] for fix in published.index["fixes"]}
    for path, page in fixes(published).items():
        example = listed[Path(path).stem]
        folder = f"operations/{example['operation']}"
        name = f"{example['policy'].replace('_', '-')}.json"
        policy = f"caller-{name}" if example["grantee"] == "caller" else f"{example['grantee']}/{name}"
        blocks = {}
        for block in page.split("\n    ```")[1::2]:
            language, _, text = block.partition("\n")
            blocks[language.split()[0]] = "\n".join(line[4:] for line in text.splitlines())
        assert json.loads(blocks["json"]) == document(f"{folder}/{policy}")
        assert f"{name}" in blocks["hcl"]
        # Every Sid of the policy is in the template, which is YAML with CloudFormation's tags.
        template = yaml.compose(blocks["yaml"], Loader=yaml.CSafeLoader)
        assert template and all(one["Sid"] in blocks["yaml"] for one in document(f"{folder}/{policy}")["Statement"])
