"""The inputs of every format give just the documents and messages kept in golden/compose, and the same in partitions.

After a change that is meant: `make update` (or `GOLDEN=write pytest tests/test_compose_golden.py`); see what differs.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from composing import GOLDEN, INPUTS, PARTITIONS, compose

REGIONS = dict(zip(PARTITIONS, ("us-west-2", "cn-north-1", "us-gov-west-1"), strict=True))
FILES = [file for partition in PARTITIONS for file in sorted((INPUTS / partition).iterdir())]

#: Inputs that pass more than one role.
SEVERAL_ROLES = ("trail",)


def results(file: Path) -> dict[str, str]:
    """What is kept of an input: the documents, and what is told about them, by ending of the file's name."""
    options = ["--region", REGIONS[file.parent.name], "--part", "all", "--allow-placeholders"]
    options += ["--each"] if file.stem in SEVERAL_ROLES else []
    done = compose("--request", file, *options)
    assert done.code == 0
    return {".json": done.out, ".txt": done.err.replace(f"{file.parent}/", "")}


def kept(file: Path, ending: str) -> Path:
    return GOLDEN / file.parent.name / f"{file.stem}{ending}"


@pytest.mark.parametrize("file", [file for file in FILES if file.parent.name == "aws"], ids=lambda file: file.name)
def test_an_input_gives_what_is_kept(file: Path) -> None:
    for ending, text in results(file).items():
        path = kept(file, ending)
        if os.environ.get("GOLDEN") == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        assert path.read_text("utf-8") == text


def test_nothing_is_kept_that_no_input_gives() -> None:
    assert len(FILES) == 25
    expected = {kept(file, ending) for file in (INPUTS / "aws").iterdir() for ending in (".json", ".txt")}
    assert {path for path in GOLDEN.rglob("*") if path.is_file()} == expected


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if file.parent.name != "aws"],
    ids=lambda file: f"{file.parent.name}-{file.name}",
)
def test_the_partitions_differ_in_nothing_but_their_names(file: Path) -> None:
    def plain(text: str) -> str:
        return text.replace(f"arn:{file.parent.name}:", "arn:aws:").replace(REGIONS[file.parent.name], "us-west-2")

    for ending, text in results(file).items():
        theirs = kept(INPUTS / "aws" / file.name, ending).read_text("utf-8")
        if file.parent.name == "aws-cn":
            # In China services have the suffix of the partition where the records say so.
            text, theirs = (one.replace("amazonaws.com.cn", "amazonaws.com") for one in (text, theirs))
        assert plain(text) == theirs, ending
