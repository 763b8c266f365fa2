"""The command check: everything that is wrong, at once, for people and for machines."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kb.aws import reference
from reference import SmallReference
from sagemaker_roles.cli.main import cli
from small import change, copy
from support import run


@pytest.fixture(autouse=True)
def small_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command looks things up in the small reference."""
    monkeypatch.setattr(reference, "aws_reference", SmallReference)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return copy(tmp_path)


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["check", *map(str, arguments)])


#: A record broken in its form, by a rule about its own content, and by one about others.
THREE = {
    "change": {
        "shared/statements/thing-write.yaml": [
            ["title: Write things\n", "titel: Write things\n"],
            ["store:PutThing", "store:PutThings"],
            ["[toy-guide, toy-forum]", "[toy-guide, toy-forun]"],
        ],
        "operations/RunJob.yaml": [
            ["trust: [toy-job]", "trust: [toy-jobs]"],
            ["from: [OutputUri]", "from: [OutputUrl]"],
            ["{Shelf: logs}", "{Shelve: logs}"],
        ],
    }
}


def test_sound_data(data: Path) -> None:
    done = check("--data", data)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "17 files, no problems\n")


def test_a_record_broken_in_three_ways_tells_all_three(data: Path) -> None:
    change(data, THREE)
    done = check("--data", data)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        'data/operations/RunJob.yaml:9:13: names-exist: there is no trust statement "toy-jobs"; '
        'did you mean "toy-job"?',
        "    1 consequence in 1 file; `sagemaker-roles check --all` shows all",
        'data/shared/statements/thing-write.yaml:1:1: schema: the key "title" is missing',
        "    2 consequences in 2 files; `sagemaker-roles check --all` shows all",
        'data/shared/statements/thing-write.yaml:2:1: schema: unknown key "titel"; did you mean "title"?',
        'data/shared/statements/thing-write.yaml:7:14: action-exists: there is no action "store:PutThings"; '
        'did you mean "store:PutThing"?',
        'data/shared/statements/thing-write.yaml:11:26: names-exist: there is no source "toy-forun"; '
        'did you mean "toy-forum"?',
        "    1 consequence in 1 file; `sagemaker-roles check --all` shows all",
        "data/operations/RunJob.yaml:12:15: constants: the constant Shelf has no value; add `with: {Shelf: …}`",
        'data/operations/RunJob.yaml:12:16: constants: Shelve is not a constant of it; did you mean "Shelf"?',
        'data/operations/RunJob.yaml:18:16: paths-resolve: OutputUrl: there is no member "OutputUrl"; '
        'did you mean "OutputUri"? (in RunJob)',
        'data/operations/RunJob.yaml:18:16: paths-resolve: OutputUrl: there is no member "OutputUrl"; '
        'did you mean "OutputUri"? (in UpdateJob)',
    ]
    assert done.stderr == "13 problems in 5 files\n"


def test_paths_limit_what_is_told(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(data, THREE)
    everything = check("--all", "--data", data).stdout.splitlines()
    parts = [check("--all", "--data", data, data / part) for part in ("operations", "aws/sources.yaml", "shared")]
    assert sorted(line for part in parts for line in part.stdout.splitlines()) == sorted(everything)
    assert [part.exit_code for part in parts] == [1, 1, 1]
    both = check("--all", "--data", data, data / "operations", data / "shared/trust")
    assert sorted(both.stdout.splitlines()) == sorted(
        line for line in everything if "/statements/" not in line and "/sources" not in line
    )
    assert both.stderr == "8 problems in 3 files\n"
    assert check("--data", data, data / "shared/resources").exit_code == 0
    assert check("--all", "--data", data, data).stdout.splitlines() == everything
    monkeypatch.chdir(data.parent)
    assert check("--all", "data/shared/../operations").stdout == parts[0].stdout
    assert check("--all", ".").stdout.splitlines() == everything


def test_other_formats_tell_the_same(data: Path) -> None:
    assert check("--data", data, "--format", "github").stdout == ""
    change(data, THREE)
    lines = check("--all", "--data", data).stdout.splitlines()
    rows: list[dict[str, Any]] = json.loads(check("--data", data, "--format", "json").stdout)
    assert [list(row) for row in rows] == [["path", "line", "column", "rule", "message"]] * len(rows)
    assert ["{path}:{line}:{column}: {rule}: {message}".format(**row) for row in rows] == lines
    done = check("--all", "--data", data, "--format", "github")
    assert done.exit_code == 1
    found = []
    for line in done.stdout.splitlines():
        parts = re.fullmatch(r"::error file=([^,]+),line=(\d+),col=(\d+),title=([a-z-]+)::(.+)", line)
        assert parts, line
        found.append("{}:{}:{}: {}: {}".format(*parts.groups()).replace("%25", "%"))
    assert found == lines


def test_github_annotations_escape_what_would_end_them(data: Path) -> None:
    (data / "shared/trust" / "a,b:c%d.txt").write_text("")
    done = check("--data", data, "--format", "github")
    assert "file=data/shared/trust/a%2Cb%3Ac%25d.txt,line=1,col=1,title=file-name::only" in done.stdout


def test_a_name_that_is_no_text(data: Path) -> None:
    (data / "operations" / os.fsdecode(b"\xff.yaml")).write_bytes(b"\xff")
    for form in ("text", "json", "github"):
        done = run("check", "--data", data, "--format", form, data / "operations" / os.fsdecode(b"\xff.yaml"))
        assert done.returncode == 1
        assert "yaml-encoding" in done.stdout
        assert "Traceback" not in done.stderr


def test_a_faulty_schema_is_told_in_the_format_asked_for(data: Path) -> None:
    (data / "schema" / "shared" / "trust.yaml").write_text("id: [\n")
    done = check("--data", data, "--format", "json")
    assert done.exit_code == 1
    assert [row["rule"] for row in json.loads(done.stdout)] == ["yaml-syntax"]
    (data / "schema" / "shared" / "trust.yaml").write_text("id: {type: strin}\n")
    done = check("--data", data)
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit)
    assert done.stdout.startswith("data/schema/shared/trust.yaml:1:1: schema: is not a Cerberus schema")


def test_schemas_that_are_not_there(data: Path) -> None:
    shutil.rmtree(data / "schema")
    done = check("--data", data)
    assert done.exit_code == 1 and "data/schema" in done.stdout
