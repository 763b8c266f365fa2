"""What GitHub and pre-commit read: sound by their own schemas and by zizmor, pinned, with few rights, and true."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import agent_plugin
import npm_package
from sagemaker_roles.cli.main import cli
from support import ROOT, git

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(file for file in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if file.name != "config.yml")
OURS = re.compile(r"(?:^|\s|\()\.venv/bin/(\S+)([^\n|;>]*)")


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))


def jobs() -> list[tuple[str, str, Any]]:
    return [(file.name, name, job) for file in WORKFLOWS for name, job in read(file)["jobs"].items()]


def steps() -> list[tuple[str, Any]]:
    return [(f"{file}:{name}", step) for file, name, job in jobs() for step in job.get("steps", ())]


def scripts() -> list[tuple[str, str]]:
    return [(place, step["run"]) for place, step in steps() if "run" in step]


def ran(*command: str | Path, code: int = 0, **options: Any) -> str:
    """What a command prints, which ends with a code."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == code, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def scripted(script: str, folder: Path, code: int = 0, **env: str) -> str:
    """What a step's script prints in a folder, whose programs come first; as GitHub runs it."""
    env["PATH"] = f"{folder}/bin:/usr/bin:/bin"
    return ran("bash", "-e", "-c", script, code=code, cwd=folder, env=env)


# --- linters ---------------------------------------------------------------


def test_zizmor_finds_nothing() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    told = ran(zizmor, "--offline", "--pedantic", "--no-progress", GITHUB, ROOT / "action.yml")
    assert told.count("completed") == len(WORKFLOWS) + 2, told


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.github-actions", [ROOT / "action.yml"]),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
        ("vendor.github-issue-forms", FORMS),
        ("vendor.github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
    ],
)
def test_files_have_the_form_that_github_reads(name: str, files: list[Path]) -> None:
    ran(sys.executable, "-m", "check_jsonschema", "--builtin-schema", name, *files)


# --- what the linters leave to us ---------------------------------------------------------------


def test_actions_are_pinned_to_one_commit_each_and_say_their_version() -> None:
    pins: dict[str, set[str]] = {}
    for file in WORKFLOWS:
        for line in file.read_text("utf-8").splitlines():
            if "uses:" in line and "uses: $/.github/workflows/" not in line:
                found = re.fullmatch(
                    r"\s*(?:- )?uses: ((?:actions|pypa)/[a-z-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)", line
                )
                assert found, f"{file.name}: {line.strip()}: write owner/action@commit # v1.2.3"
                pins.setdefault(found[1], set()).add(f"{found[2]} {found[3]}")
    assert pins
    assert {name: pin for name, pin in pins.items() if len(pin) > 1} == {}


def test_a_token_can_do_no_more_than_its_job_needs() -> None:
    for file in WORKFLOWS:
        assert read(file)["permissions"] == {}, f"{file.name}: give rights to single jobs"
    may_write = {}
    for file, name, job in jobs():
        rights = job["permissions"]
        assert set(rights.values()) <= {"read", "write"}
        writes = sorted(right for right, level in rights.items() if level == "write")
        if writes:
            may_write[f"{file}:{name}"] = writes
            if "uses" in job:
                continue  # what it calls may do no more than the jobs there, which are looked at
            text = " ".join(step.get("run", "") for step in job["steps"])
            # Uploading what another job made runs nothing of it.
            text = text.replace("npm publish ./dist/", "") if "--ignore-scripts" in text else text
            assert not re.search(r"\bmake\b|\.venv|pip|npm", text), f"{file}:{name} can write and runs other code"
            assert not any("checkout" in step.get("uses", "") for step in job["steps"])
    assert may_write == {
        "checks.yml:pages": ["id-token", "pages"],
        "pages.yml:deploy": ["id-token", "pages"],
        "reference.yml:tell": ["issues"],
        "release.yml:npm": ["id-token"],
        "release.yml:publish": ["attestations", "contents", "id-token"],
        "release.yml:pypi": ["id-token"],
    }


def test_a_pull_request_is_checked_without_rights_or_secrets() -> None:
    text = (GITHUB / "workflows" / "checks.yml").read_text("utf-8")
    assert "secrets" not in text
    assert "pull_request_target" not in "".join(file.read_text("utf-8") for file in WORKFLOWS)
    checks = read(GITHUB / "workflows" / "checks.yml")
    assert set(checks[True]) == {"pull_request", "push", "workflow_dispatch"}  # YAML 1.1 reads `on` as true
    assert "github.event_name != 'pull_request'" in checks["jobs"]["pages"]["if"], (
        "no right to write, whatever it asks for"
    )


def test_pages_are_deployed_only_from_a_commit_whose_checks_passed() -> None:
    assert set(read(GITHUB / "workflows" / "pages.yml")[True]) == {"workflow_call"}, "nothing else starts it"
    calls = {f"{file}:{name}": job for file, name, job in jobs() if job.get("uses") == "$/.github/workflows/pages.yml"}
    assert list(calls) == ["checks.yml:pages"]
    every = read(GITHUB / "workflows" / "checks.yml")["jobs"]
    assert set(calls["checks.yml:pages"]["needs"]) == set(every) - {"pages"}
    assert "github.ref == 'refs/heads/main'" in calls["checks.yml:pages"]["if"]


def test_released_versions_are_compared_with_the_base_branch_and_the_tags() -> None:
    records = read(GITHUB / "workflows" / "checks.yml")["jobs"]["records"]["steps"]
    assert records[0]["with"]["fetch-depth"] == 0, "a clone without history has no tags"
    (check,) = [step for step in records if "sagemaker-roles check" in step.get("run", "")]
    assert '--base "$BASE"' in check["run"]
    assert "HEAD^1" in check["env"]["BASE"] and "github.event.before" in check["env"]["BASE"]


def test_no_script_holds_an_expression() -> None:
    for place, text in scripts():
        assert "${{" not in text, f"{place}: put it into env"


def test_scripts_are_sound_and_every_command_exists() -> None:
    for place, text in scripts():
        ran("bash", "-n", "-c", text)
        for target in re.findall(r"^\s*make ([^\n]+)$", text, re.MULTILINE):
            ran("make", "--no-print-directory", "-n", *target.split(), cwd=ROOT)
        for program, rest in OURS.findall(text):
            check_command(place, program, rest)
        for script in re.findall(r"(?:^|\s)(\.ci/\S+|tests/\S+\.sh)", text):
            assert (ROOT / script).is_file(), f"{place}: {script}"


def check_command(place: str, program: str, rest: str) -> None:
    """Holds that a program of .venv exists, and for our own also the subcommand and its options."""
    if program == ".build":  # a target of make
        return
    assert (Path(sys.executable).parent / program).exists(), f"{place}: there is no {program} in .venv"
    if program != "sagemaker-roles":
        return
    name, *arguments = shlex.split(rest)
    command = cli.get_command(click.Context(cli), name)
    assert command, f"{place}: there is no command {name}"
    options = {option for item in command.params for option in item.opts if isinstance(item, click.Option)}
    for argument in arguments:
        if argument.startswith("--"):
            assert argument in options, f"{place}: {name} has no option {argument}"


def stand_in(folder: Path, text: str) -> None:
    """A program that stands in for that of GitHub."""
    (folder / "bin").mkdir()
    (folder / "bin" / "gh").write_text(f"#!/bin/sh\n{text}")
    (folder / "bin" / "gh").chmod(0o755)


@pytest.mark.parametrize(
    ("findings", "issue", "told"),
    [
        ("data/x.yaml:1:1: action-exists: gone", "", ["issue create --title"]),
        ("data/x.yaml:1:1: action-exists: gone", "7", ["issue edit 7 --body-file body.md"]),
        ("", "7", ["issue close 7 --comment"]),
        ("", "", []),
    ],
)
def test_the_daily_job_opens_edits_and_closes_one_issue(
    findings: str, issue: str, told: list[str], tmp_path: Path
) -> None:
    (step,) = [step for place, step in steps() if place == "reference.yml:tell" and "run" in step]
    report, log = tmp_path / "report", tmp_path / "log"
    report.mkdir()
    (report / "findings.txt").write_text(findings)
    (report / "versions.txt").write_text("botocore==99.0.0\n")
    stand_in(tmp_path, '[ "$2" = list ] && { printf %s "$ISSUE"; exit 0; }\necho "$*" >> "$LOG"\n')
    scripted(step["run"], tmp_path, LOG=str(log), ISSUE=issue, TITLE=step["env"]["TITLE"])
    lines = log.read_text().splitlines() if log.exists() else []
    assert len(lines) == len(told)
    assert all(line.startswith(start) for line, start in zip(lines, told, strict=True))
    if findings:
        body = (tmp_path / "body.md").read_text()
        assert findings in body
        assert "botocore==99.0.0" in body


@pytest.mark.parametrize(
    ("answer", "code", "ends", "kept"),
    [("| a |", 1, 0, True), ("none", 0, 0, False), ("", 1, 1, True), ("", 2, 1, True)],
)
def test_a_comparison_without_an_answer_is_no_good_news(
    answer: str, code: int, ends: int, kept: bool, tmp_path: Path
) -> None:
    (run,) = [run for place, run in scripts() if place == "reference.yml:try" and "drift" in run]
    command = tmp_path / ".venv" / "bin" / "sagemaker-roles"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\nprintf '{answer}'\nexit {code}\n")
    command.chmod(0o755)
    (tmp_path / "report").mkdir()
    scripted(run, tmp_path, ends, GITHUB_STEP_SUMMARY=str(tmp_path / "summary"))
    assert (tmp_path / "report" / "drift.md").exists() is kept


@pytest.mark.parametrize("ticks", [0, 3, 9])
def test_nothing_of_a_report_leaves_its_fence(ticks: int, tmp_path: Path) -> None:
    """New packages run in the job that writes it: what they write is neither a mention nor a link in the issue."""
    (step,) = [step for place, step in steps() if place == "reference.yml:tell" and "run" in step]
    (tmp_path / "report").mkdir()
    names = ("findings.txt", "versions.txt", "changed.txt", "drift.md")
    text = f"{'`' * ticks}\n@somebody {'`' * max(ticks - 1, 0)} x\n\n{'`' * ticks}"
    for name in names:
        (tmp_path / "report" / name).write_text(text)
    stand_in(tmp_path, "")
    scripted(step["run"], tmp_path, TITLE=step["env"]["TITLE"])
    body = (tmp_path / "body.md").read_text()
    fence = "`" * max(3, ticks + 1)
    assert body.count(f"\n{fence}\n{text}\n{fence}\n") == len(names)
    assert body.count("@somebody") == len(names)


@pytest.mark.parametrize("merged", [True, False])
def test_only_a_tag_on_main_is_released(merged: bool, tmp_path: Path) -> None:
    script = next(run for place, run in scripts() if place == "release.yml:dist" and "merge-base" in run)

    git("init", "--quiet", "--initial-branch=main", cwd=tmp_path)
    git("commit", "--quiet", "--allow-empty", "--message=on main", cwd=tmp_path)
    git("update-ref", "refs/remotes/origin/main", "HEAD", cwd=tmp_path)
    if not merged:
        git("commit", "--quiet", "--allow-empty", "--message=elsewhere", cwd=tmp_path)
    told = scripted(script, tmp_path, 1, GITHUB_REF_NAME="v1.0.0")  # no version is committed there
    assert ("the tag is not on main" in told) is not merged


def test_an_index_gets_files_only_once_its_name_is_ours() -> None:
    every = read(GITHUB / "workflows" / "release.yml")["jobs"]
    for name in ("pypi", "npm"):
        assert every[name]["if"] == f"contains(vars.PUBLISH_TO, '{name}')" and every[name]["needs"] == "publish"
        assert "secrets" not in yaml.safe_dump(every[name]), "trusted publishing needs none"


def test_the_plugin_goes_to_its_own_branch(tmp_path: Path) -> None:
    script = next(run for place, run in scripts() if place == "release.yml:publish" and "plugin" in run)
    (tmp_path / "dist").mkdir()
    file = tmp_path / "dist" / "sagemaker-roles-plugin-1.0.0.tar.gz"
    npm_package.packed(file, "sagemaker-roles", agent_plugin.content(ROOT), 0)
    git("init", "--quiet", "--bare", "own/repository", cwd=tmp_path)
    script = script.replace('"${GITHUB_SERVER_URL/:\\/\\//://x-access-token:$GH_TOKEN@}/', '"$GITHUB_SERVER_URL/')
    env = {"HOME": str(tmp_path), "GITHUB_REF_NAME": "v1.0.0", "GITHUB_SERVER_URL": str(tmp_path)}
    scripted(script, tmp_path, GH_REPO="own/repository", **env)
    listed = git("ls-tree", "-r", "--name-only", "plugin", cwd=tmp_path / "own" / "repository")
    assert {name for name, _ in agent_plugin.content(ROOT)} == set(listed.split())
