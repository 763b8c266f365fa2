"""Problems are ordered by cause: one wrong word in a shared statement is one fault, with a count of what follows."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kb.cli.common import examine
from kb.cli.problems import print_problems
from kb.rules.causes import by_cause
from sagemaker_roles.errors.problems import Position, Problem
from support import DATA, ROOT, drawn, run


def fault(path: str, message: str, *follows: str) -> Problem:
    return Problem(Position(path), "rule", message, follows)


FAULT = fault("shared/statements/a.yaml", 'there is no action "s3:GetObjekt"; did you mean "s3:GetObject"?')
OTHER = fault("shared/statements/b.yaml", 'there is no action "s3:GetObjects"')
EXTRA = [fault(f"aws/documented/{name}.yaml", "ours also has s3:GetObjekt", "s3:GetObjekt") for name in "abcdef"]
LACKING = [fault(f"aws/documented/{name}.yaml", "ours lacks s3:GetObject", "s3:GetObject") for name in "abcdef"]


def test_consequences_follow_the_fault_that_names_their_action() -> None:
    first, second = by_cause([*EXTRA, *LACKING, OTHER, FAULT])
    assert (first.problem, second.problem) == (FAULT, OTHER)
    assert set(first.consequences) == {*EXTRA, *LACKING}
    assert second.consequences == ()


def test_nothing_is_lost_and_nothing_is_there_twice() -> None:
    problems = [*LACKING[:2], FAULT, *EXTRA, OTHER, fault("x", "ours lacks b:B", "b:B")]
    causes = by_cause(problems)
    listed = [item for cause in causes for item in (*([cause.problem] if cause.problem else []), *cause.consequences)]
    assert sorted(listed) == sorted(problems)
    assert by_cause([]) == []


@pytest.mark.parametrize("form", ["text", "github", "json"])
def test_what_is_printed(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_problems([*LACKING, *EXTRA, FAULT], form)
    out = capsys.readouterr().out
    if form == "json":
        assert [row["path"] for row in json.loads(out)][:2] == ["shared/statements/a.yaml", "aws/documented/a.yaml"]
        assert len(json.loads(out)) == 13
        return
    lines = out.splitlines()
    assert len(lines) == 2
    assert "GetObjekt" in lines[0]
    assert "12 consequences in 6 files; `sagemaker-roles check --all` shows all" in lines[1]
    assert lines[1].startswith("::error file=shared/statements/a.yaml," if form == "github" else "    12 ")


def test_problems_that_have_only_an_action_in_common(capsys: pytest.CaptureFixture[str]) -> None:
    print_problems(LACKING, "text")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[-1] == "    3 more problems in 3 files; `sagemaker-roles check --all` shows all"
    print_problems(LACKING, "text", everything=True)
    assert len(capsys.readouterr().out.splitlines()) == 6


READ = "shared/statements/s3-read-prefix.yaml"
GONE = 'operations/CreateAlgorithm.yaml:22:14: names-exist: there is no statement set "ecr-pull"; did you mean'
#: File, a word of it, a wrong one (None: the file is gone), and the beginning of what is said.
ONE_WORD: list[tuple[str, str, str | None, str]] = [
    (
        READ,
        "parameters: {S3Uri:",
        "parameters: {S3Url:",
        f'{READ}:5:11: accepts: there is no parameter "S3Uri"; did you',
    ),
    (READ, "s3:ListBucket", "s3:ListBuket", f'{READ}:8:14: action-exists: there is no action "s3:ListBuket"; did you'),
    ("shared/statements/ecr-pull.yaml", "", None, GONE),
    ("operations/CreateModel.yaml", "n: full\n", "n: ful\n", 'operations/CreateModel.yaml:5:16: schema: "ful" is none'),
]


#: Files whose parts others compare themselves with, so that what is missing follows from them; they differ from commit
#: to commit, but for two.
UNREAD = [
    *("shared/addons/notebook-code.yaml", "shared/resources/redshift-cluster.yaml"),
    *drawn(
        [
            f"{folder}/{path.name}"
            for folder in ("shared/addons", "operations", "shared/resources", "shared/statements", "shared/trust")
            for path in sorted((DATA / folder).iterdir())
        ],
        2,
    ),
]
CASES = [*drawn(ONE_WORD, 2), *((path, "", "unknown_key: 1\n", 'schema: unknown key "unknown_key"') for path in UNREAD)]


@pytest.mark.test_all
@pytest.mark.parametrize(("path", "old", "new", "first"), CASES, ids=[one[0] for one in CASES])
def test_one_wrong_word_and_a_file_that_cannot_be_read_are_one_problem(
    tmp_path: Path, path: str, old: str, new: str | None, first: str
) -> None:
    shutil.copytree(DATA, tmp_path / "data")
    file = tmp_path / "data" / path
    if new is None:
        file.unlink()
    else:
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new) if old else text + new)
    lines = run("check", "--data", tmp_path / "data").stdout.splitlines()
    (said,) = [line for line in lines if line.startswith("data/")]
    assert said.startswith("data/" if not new or old else f"data/{path}:") and first in said
    assert not (old or new is None) or re.fullmatch(r" {4}[0-9]+ consequences? in .*", lines[1])


#: Words that are wrong in different ways, each with what it was before.
WRONG = [
    (READ, "s3:GetObjekt", "s3:GetObject"),
    (READ, "[prefx]", "[prefix]"),
    (READ, "{S3Url: s3-uri}", "{S3Uri: s3-uri}"),
    (READ, "{S3Uri: s3-url}", "{S3Uri: s3-uri}"),
    ("operations/CreateModel.yaml", "trust: [sagemaker-inferense]", "trust: [sagemaker-inference]"),
]
EXCEPTION = "    CreateTrainingJob/execution/all:"
NEEDLESS = "    CreateDeviceFleet/execution/base: The base is small enough.\n"
#: Faults that have nothing to do with them, some in records that use what is broken.
UNRELATED = [
    ("operations/CreateTrainingJob.yaml", "ResourceConfig.VolumeKmsKeyId", "ResourceConfig.VolumeKmsKeyIt"),
    ("shared/statements/job-metrics.yaml", "evidence: documented", "evidence: observed"),
    ("shared/statements/ecr-login.yaml", "ecr:GetAuthorizationToken", "ecr:DescribeRegistry"),
    (
        "shared/exceptions.yaml",
        "    CreateTrainingJob/execution/all:",
        NEEDLESS + "    CreateTrainingJob/execution/all:",
    ),
]


@pytest.mark.test_all
def test_what_is_folded_vanishes_with_its_cause_and_nothing_else_is_folded(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "data")

    def change(path: str, old: str, new: str) -> None:
        file = tmp_path / "data" / path
        text = file.read_text()
        assert old in text, (path, old)
        file.write_text(text.replace(old, new, 1))

    for path, old, new in UNRELATED:
        change(path, old, new)
    unrelated = examine(tmp_path / "data")[1]
    assert {"paths-resolve", "printed-policies"} < {item.rule for item in unrelated}
    seen = {item for item in unrelated if not item.follows and item.rule != "exceptions"}
    for path, bad, good in drawn(WRONG, 2):
        change(path, good, bad)
        causes = by_cause(examine(tmp_path / "data")[1])
        change(path, bad, good)
        own = [one for one in causes if one.problem and one.problem.position.path == f"data/{path}"]
        assert not {item for cause in own for item in cause.consequences}.intersection(unrelated)
        assert seen <= {cause.problem for cause in causes}


@pytest.mark.test_all
def test_removing_a_shared_action_names_the_statement_that_lost_it(tmp_path: Path) -> None:
    """The build beside the records still has it."""
    shutil.copytree(DATA, tmp_path / "data")
    (tmp_path / "build/v1/next").mkdir(parents=True)
    shutil.copy(ROOT / "build/v1/next/catalog.json", tmp_path / "build/v1/next")
    file = tmp_path / "data/shared/statements/s3-read-prefix.yaml"
    file.write_text(file.read_text().replace("s3:GetObject", "s3:GetObjectTagging"))
    record = tmp_path / "data/operations/CreateTrainingJob.yaml"
    before, _, rest = record.read_text().partition("      - use: job-logs\n")
    record.write_text(before + "      - use" + rest.partition("      - use")[2])
    said = run("check", "--data", tmp_path / "data").stdout
    assert (
        "data/shared/statements/s3-read-prefix.yaml:15:13: changed: Read no longer has s3:GetObject and now has "
        "s3:GetObjectTagging, unlike build/v1/next; take the change back, or fix what follows"
    ) in said
    assert "data/operations/CreateTrainingJob.yaml:2:1: changed: job-logs no longer has logs:CreateLogGroup" in said
    assert re.search(r"\n {4}[0-9]+ consequences in .*", said)
    (tmp_path / "build/v1/next/catalog.json").write_text("{")
    assert "changed:" not in run("check", "--data", tmp_path / "data").stdout


def test_exceptions_that_nothing_needs_come_last() -> None:
    needless = Problem(Position("a.yaml"), "exceptions", "x keeps the rule policy-size; take the exception out")
    causes = by_cause([needless, OTHER, *LACKING])
    assert [(cause.problem, len(cause.consequences)) for cause in causes] == [(OTHER, 0), (None, 6), (None, 1)]


def test_every_pattern_of_the_schemas_has_words() -> None:
    """A message says what a value must be, and shows no regular expression."""

    def patterns(value: Any) -> Iterator[str]:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if key == "regex" and isinstance(item, str):
                yield item
            elif isinstance(item, dict | list):
                yield from patterns(item)

    folder = DATA / "schema"
    used = {one for file in folder.rglob("*.yaml") for one in patterns(yaml.safe_load(file.read_text("utf-8")))}
    forms = yaml.safe_load((folder / "definitions.yaml").read_text("utf-8"))["forms"]
    assert set(forms) == used
    assert not [words for words in forms.values() if re.search(r"[\\^|+]|\[|\*\.", words)]


def test_the_offered_deviations_are_those_that_are_missing(tmp_path: Path) -> None:
    """With each put in, with a reason and a source, nothing is said of what ours lacks or has in addition."""
    shutil.copytree(DATA, tmp_path / "data")
    file = tmp_path / "data" / "shared/statements" / "s3-read-prefix.yaml"
    file.write_text(file.read_text().replace("s3:GetObject", "s3:GetObjectTagging"))
    done = run("fix", "--deviations", cwd=tmp_path)
    assert done.returncode == 0
    assert re.fullmatch(r"[0-9]+ deviations to add; if a record is wrong, correct it instead\n", done.stderr)
    for part in done.stdout.split("# data/aws/documented/")[1:]:
        head, _, entries = part.partition("\n")
        record = tmp_path / "data" / "aws/documented" / head.partition(",")[0]
        entries = entries.replace("decide why ours differs", "Tags are read, and nothing else is.")
        entries = re.sub(r"sources: \[\].*", "sources: [sagemaker-roles]", entries)
        text = record.read_text()
        if "\ndeviations:\n" in text:
            text = text.replace("\ndeviations:\n", f"\ndeviations:\n{entries}")
        else:
            text += f"deviations:\n{entries}"
        record.write_text(text)
    done = run("check", "--all", cwd=tmp_path)
    assert "ours lacks" not in done.stdout
    assert "printed-policies: broad" not in done.stdout
    assert "ours also has" not in done.stdout
    assert "yaml" not in {line.split(": ")[1] for line in done.stdout.splitlines() if ": " in line}
