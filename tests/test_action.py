"""The GitHub Action and the pre-commit hook, run as a runner and pre-commit would run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
TOOL = Path(sys.executable).with_name("sagemaker-roles")

TEMPLATE = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: sagemaker.amazonaws.com}
            Action: sts:AssumeRole
            Condition: {StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}}
      Policies:
        - PolicyName: work
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: Data
                Effect: Allow
                Action: s3:GetObject
                Resource: arn:aws:s3:::amzn-s3-demo-bucket/*
  Model:
    Type: AWS::SageMaker::Model
    Properties:
      ExecutionRoleArn: !GetAtt Role.Arn
      PrimaryContainer:
        Image: 111122223333.dkr.ecr.us-west-2.amazonaws.com/abc:1
        ModelDataUrl: s3://amzn-s3-demo-bucket/model.tar.gz
"""


def run(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The step `audit` of the action, with its environment as a runner fills it in."""
    (step,) = [one for one in ACTION["runs"]["steps"] if one.get("id") == "audit"]
    given = {name: str(item.get("default", "")) for name, item in ACTION["inputs"].items()} | inputs
    environment = {
        name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda one: given[one[1]], value)
        for name, value in step["env"].items()
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            **environment,
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "RUNNER_TEMP": str(folder / "temp"),
            "SAGEMAKER_ROLES": str(inputs.get("SAGEMAKER_ROLES", TOOL)),
        },
    )


def test_the_action_reports_at_the_line(tmp_path: Path) -> None:
    (tmp_path / "template with spaces.yaml").write_text(TEMPLATE, "utf-8")
    done = run(tmp_path, files="\n  template with spaces.yaml\n\n")
    assert done.returncode == 1, done.stderr
    assert "missing" in done.stdout
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text("utf-8").splitlines())
    assert set(outputs) == set(ACTION["outputs"])
    results = json.loads(Path(outputs["sarif"]).read_bytes())["runs"][0]["results"]
    missing = [one for one in results if one["ruleId"] == "missing"]
    found = [one["locations"][0]["physicalLocation"] for one in missing]
    places = {(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in found}
    lines = TEMPLATE.splitlines()
    assert all(name == "template%20with%20spaces.yaml" for name, _ in places)
    assert places
    assert all("PolicyDocument:" in lines[line - 1] for _, line in places), places
    report = json.loads(Path(outputs["report"]).read_bytes())
    assert [role["verdict"] for role in report["roles"]] == ["missing"]
    assert "| missing |" in (tmp_path / "summary.md").read_text("utf-8")


def test_what_passes_and_what_fails(tmp_path: Path) -> None:
    (tmp_path / "none.yaml").write_text("Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n", "utf-8")
    assert run(tmp_path, files="none.yaml").returncode == 0
    assert run(tmp_path, files="").returncode == 2
    (tmp_path / "template.yaml").write_text(TEMPLATE, "utf-8")
    (tmp_path / "accepted.yaml").write_text("- {role: '*', action: '*', reason: known}\n", "utf-8")
    done = run(tmp_path, files="template.yaml", baseline="accepted.yaml")
    assert done.returncode == 0 and "baseline: accepts" in done.stdout, done.stdout + done.stderr
    done = run(tmp_path, files="template.yaml", arguments="--set\nAccount=111122223333\n--region=us-west-2\n")
    assert done.returncode == 1 and "arn:aws:logs:us-west-2:111122223333" in done.stdout, done.stderr


def test_the_hook_audits_the_files_it_is_given(tmp_path: Path) -> None:
    (hook,) = HOOKS
    good, bad = tmp_path / "network-template.yaml", tmp_path / "model.template"
    good.write_text("Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n", "utf-8")
    bad.write_text(TEMPLATE, "utf-8")
    assert all(re.search(hook["files"], file.name) for file in (good, bad))
    entry = [*hook["entry"].split(), *hook["args"]]
    assert entry[0] == TOOL.name
    done = subprocess.run([TOOL, *entry[1:], good], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([TOOL, *entry[1:], good, bad], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    line = 1 + TEMPLATE.splitlines().index("          PolicyDocument:")
    assert f"missing: {bad}:{line}: " in done.stdout, "as SARIF has it"


@pytest.mark.parametrize("name", ["-x-template.yaml", "--fail-on=none-template.yaml", "--help-template.yaml"])
def test_no_name_of_a_file_is_an_option_of_the_hook(tmp_path: Path, name: str) -> None:
    (hook,) = HOOKS
    assert re.search(hook["files"], name)
    (tmp_path / name).write_text(TEMPLATE, "utf-8")
    command = [TOOL, *hook["entry"].split()[1:], *hook["args"], name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"missing: {name}:" in done.stdout


def test_the_action_runs_nothing_that_lies_in_the_workspace(tmp_path: Path) -> None:
    """With a package that cannot be installed: by then, a virtual environment and pip were run."""
    (step,) = [one for one in ACTION["runs"]["steps"] if one["name"] == "Install"]
    workspace, root = tmp_path / "workspace", tmp_path / "action"
    for name in ("venv.py", "ensurepip.py", "json.py", "pip/__init__.py", "pip/__main__.py"):
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text("raise SystemExit('code of the pull request runs')\n", "utf-8")
    (root / "requirements").mkdir(parents=True)
    (root / "requirements" / "build.txt").write_text("", "utf-8")
    (root / "scripts").mkdir()
    (root / "scripts" / "action.sh").write_text(SCRIPTS["action.sh"], "utf-8")
    named = {"GITHUB_ACTION_PATH": str(root), "RUNNER_TEMP": str(tmp_path / "temp")}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=workspace,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **named, "PYTHON": sys.executable, "PIP_NO_INDEX": "1"},
    )
    assert "code of the pull request" not in done.stdout + done.stderr
    assert "Neither 'setup.py' nor 'pyproject.toml' found" in done.stderr
    assert sorted(path.name for path in workspace.rglob("__pycache__")) == []


def test_the_runner_takes_no_line_of_a_report_for_a_command(tmp_path: Path) -> None:
    """Between `stop-commands` and a word that nobody knows before, a runner prints lines as they are."""
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\necho '::add-mask::a'\necho '::error::b' >&2\nexit 2\n", "utf-8")
    tool.chmod(0o755)
    words = set()
    for _ in range(2):
        done = run(tmp_path, SAGEMAKER_ROLES=str(tool), files="a.yaml")
        assert done.returncode == 2
        first, *report, last = done.stdout.splitlines()
        assert report == ["::add-mask::a", "::error::b"]
        assert re.fullmatch("::stop-commands::[0-9a-f]{32}", first)
        assert last == f"::{first.rpartition('::')[2]}::"
        words.add(last)
    assert len(words) == 2


#: What bash 3.2 of macOS, or the tools of BSD, do not have, and what Windows has elsewhere.
FOREIGN = {
    "bash 4": r"\b(readarray|mapfile|coproc)\b|\b(local|declare|typeset) +-[a-zA-Z]*[nAgul]|&>>"
    r"|\$\{[^}]*(\^|,,|@[A-Za-z])[^}]*\}|\|&|\bwait +-n|printf +-v +\S+\[|\[\[ +-v",
    "GNU": r"\bsed +(-[a-hj-zA-Z]+ +)*-i|\bdate +(-d|--)|\bgrep +-[a-zA-Z]*P|\breadlink +-f|\brealpath\b|\bxargs +-r"
    r"|\bstat +(-c|--)|\b(head|tail) +-[nc] +-[0-9]|\b(cp|mv|ln|mktemp|sort|base64|touch|head) +--|\bsort +-V"
    r"|\btimeout +[0-9]",
    "one folder of programs": r"/venv/bin/",
}
SCRIPTS = {
    "action.sh": (ROOT / "scripts" / "action.sh").read_text("utf-8"),
    **{f"step {number}": step["run"] for number, step in enumerate(ACTION["runs"]["steps"]) if "run" in step},
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_action_runs_on_macos_and_windows(name: str) -> None:
    text = re.sub(r"(?m)(^|\s)#.*$", "", SCRIPTS[name])
    assert [what for what, pattern in FOREIGN.items() if re.search(pattern, text)] == []


def test_the_programs_of_a_virtual_environment_of_windows_are_found(tmp_path: Path) -> None:
    """Without options: an array without elements."""
    scripts = tmp_path / "temp" / "sagemaker-roles" / "venv" / "Scripts"
    scripts.mkdir(parents=True)
    (scripts / "sagemaker-roles").write_text('#!/bin/sh\necho "called: $*"\n', "utf-8")
    (scripts / "sagemaker-roles").chmod(0o755)
    done = run(tmp_path, SAGEMAKER_ROLES="", files="  a b.yaml  \n\n c.json")
    assert done.returncode == 0, done.stderr
    assert "called: audit --fail-on missing,depends,trust --if-any -- a b.yaml c.json\n" in done.stdout
