"""Wrong usage: one exit code, nothing on standard output, and what would be right, for each command of a list."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from sagemaker_roles.cli.main import cli
from support import MODEL, ROOT

CASES = yaml.load((ROOT / "tests" / "fixtures" / "usage.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["command"][:60])
def test_what_is_wrong_is_said_and_nothing_else_happens(case: dict[str, Any], tmp_path: Path) -> None:
    texts = {
        "request": json.dumps({"CreateModel": MODEL}),
        "policy": json.dumps(EVERYTHING),
        "trust": json.dumps({"Version": "2012-10-17", "Statement": [TRUST]}),
        "given": case.get("given", ""),
    }
    names = {"root": ROOT, "missing": "/nonexistent.json", "training": ROOT / "tests/inputs/aws/training-job.json"}
    names["out"] = tmp_path / "written.out"
    for name, text in texts.items():
        names[name] = tmp_path / f"{name}.json"
        names[name].write_text(text)
    names["listed"] = names["given"].rename(tmp_path / "given.yaml") if "{listed}" in case["command"] else ""
    arguments = [one.format(**names) if "{" in one else one for one in shlex.split(case["command"])]
    done = CliRunner().invoke(cli, arguments, input="", env={"AWS_REGION": None, "AWS_DEFAULT_REGION": None})
    assert isinstance(done.exception, SystemExit), done.exception
    assert (done.exit_code, done.stdout) == (case.get("code", 2), "")
    said = case["said"]
    in_full = isinstance(said, list)
    assert done.stderr.splitlines() == said if in_full else said.replace("{given}", f"{names['given']}") in done.stderr
    assert "Traceback" not in done.stderr and not [*tmp_path.glob("*.out")]
