"""CONTRIBUTING's ten-minute path on a copy: one action of a record edited, put in order, checked, built, and seen."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from unittest import mock

import pytest

import update
from support import ROOT, git, run

RECORD = "data/operations/CreateInferenceExperiment.yaml"
POLICY = "build/v1/next/operations/CreateInferenceExperiment.json"
BEFORE = (
    'Action: ["sagemaker:DescribeEndpoint", "sagemaker:UpdateEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities"]'
)
AFTER = 'Action: ["sagemaker:DescribeEndpoint", "sagemaker:UpdateEndpoint"]'
GONE = "sagemaker:UpdateEndpointWeightsAndCapacities"


def path() -> list[str]:
    """The commands of the path, as CONTRIBUTING prints them."""
    found = re.search(r"<!-- path -->\n```sh\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    assert found
    return found[1].splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the records and what was built of them."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "data", root / "data")
    # The build replaces files and writes into none.
    shutil.copytree(ROOT / "build/v1", root / "build/v1", copy_function=os.link)
    shutil.copy(ROOT / ".gitignore", root)
    git("init", "-q", "-b", "main", cwd=root)
    git("add", "-A", cwd=root)
    git("commit", "-qm", "as it was", cwd=root)
    return root


def test_the_path_leads_from_an_edit_to_its_policies(checkout: Path) -> None:
    record = checkout / RECORD
    text = record.read_text("utf-8")
    assert text.count(BEFORE) == 1

    # Out of order on purpose, and one action less.
    record.write_text(
        text.replace(BEFORE, AFTER).replace("service: sagemaker\n", "", 1) + "service: sagemaker\n",
        "utf-8",
    )
    (checkout / "data" / "schema" / "json" / "operations.schema.json").write_text("{}\n", "utf-8")
    said = {}
    for line in path():
        program, _, rest = line.partition(" ")
        if program == "git":
            said[line] = git("--no-pager", *rest.split(), cwd=checkout)
            continue
        assert line == "make update" or program == ".venv/bin/sagemaker-roles"
        said[line] = ""
        # What `make update` runs of the package; `build` checks too.
        for arguments in [["fix"], ["build"]] if program == "make" else [rest.split()]:
            done = run(*arguments, cwd=checkout)
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
            said[line] += done.stdout + done.stderr

    assert said["make update"].startswith(f"{RECORD} is put in order\n")
    assert record.read_text("utf-8") == text.replace(BEFORE, AFTER)
    changed = set(git("diff", "--name-only", cwd=checkout).split())
    assert {RECORD, POLICY} <= changed
    outside = {name for name in changed if "CreateInferenceExperiment" not in name}
    assert not [name for name in outside if name.startswith("build/")], "the edit changes files of other operations"
    assert RECORD in said["git diff --stat -- data build"]
    role = json.loads((checkout / POLICY).read_text())["roles"][0]
    actions = [action for item in role["policy"] for action in item["Action"]]
    assert "sagemaker:DescribeEndpoint" in actions
    assert GONE not in actions
    assert GONE in said[".venv/bin/sagemaker-roles diff HEAD next"]
    assert git("status", "--porcelain", "data/schema", cwd=checkout) == "", "the build puts a stale JSON Schema right"


@pytest.mark.parametrize(
    ("built", "golden", "renewed"),
    [([], [], False), ([POLICY], [], True), ([], ["tests/golden/compose/aws/a.json"], True)],
)
def test_what_an_edit_left_that_was_taken_back_is_renewed(
    built: list[str], golden: list[str], renewed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Expected documents of a killed or withdrawn edit stayed, because nothing in build/v1 differed any more."""
    renew = mock.Mock(return_value=0)
    monkeypatch.setattr(update, "command", lambda *_: 0)
    monkeypatch.setattr(update, "changed", lambda path: golden if "golden" in path else built)
    monkeypatch.setattr(update, "renew", renew)
    monkeypatch.setattr(update, "_missing", lambda _: [])
    assert update.main() == 0
    assert renew.called == renewed
