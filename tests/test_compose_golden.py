"""The inputs of every format give just the documents and messages kept in golden/compose, and the same in partitions.

fixtures/compose-cases.yaml has inputs and options of one kind each; what they give stands in golden/compose-cases.txt.
After a change that is meant: `make update` (or `GOLDEN=write pytest tests/test_compose_golden.py`); see what differs.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from composing import GOLDEN, INPUTS, PARTITIONS, compose
from damage import is_kept
from made.cases import MISREAD, text_of

REGIONS = dict(zip(PARTITIONS, ("us-west-2", "cn-north-1", "us-gov-west-1"), strict=True))
FILES = [file for partition in PARTITIONS for file in sorted((INPUTS / partition).iterdir())]

CASES = INPUTS.parent / "fixtures" / "compose-cases.yaml"

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


def shown(document: Any, where: str = "") -> Iterator[str]:
    """A document as lines, one for each statement; its actions, and prose, follow from the record that has its Sid."""
    if isinstance(document, dict) and "Effect" in document:
        yield f"{where} {json.dumps({key: value for key, value in document.items() if key != 'Action'})}"
    elif isinstance(document, (dict, list)) and document:
        items = document.items() if isinstance(document, dict) else (("", item) for item in document)
        for key, item in items:
            yield from shown(item, f"{where}.{key}" if key else where) if key.lower() not in ("why", "notes") else ()
    else:
        yield f"{where} {json.dumps(document)}"


def test_each_case_gives_what_is_kept() -> None:
    found = []
    for name, case in yaml.load(CASES.read_text("utf-8"), Loader=yaml.CSafeLoader).items():
        text = MISREAD[case["misread"]][1] if "misread" in case else ""
        text = text_of(case) if {"text", "value"} & {*case} else text.replace(*case.get("change", ("", "")))
        options = [option.format(inputs=INPUTS) for option in shlex.split(case["options"])]
        done = compose(*options, stdin=text, env=case.get("env"))
        told = [line for line in done.err.splitlines() if not line.startswith(("  why: ", "  evidence: "))]
        lines = [f"# {name}", f"ends with {done.code}", *shown(done.document if done.out else None), *told]
        found.append("\n".join(lines).replace(f"{INPUTS}/", ""))
    assert is_kept(GOLDEN.with_name("compose-cases.txt"), "\n\n".join(found) + "\n")


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
