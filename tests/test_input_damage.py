"""What each member of an input decides: without it, or with another value, the requests and notices differ as kept.

golden/inputs has, for each input, what its requests are, and the lines that differ for each damage. After a change that
is meant: `GOLDEN=write pytest tests/test_input_damage.py`, and look at the difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from composing import INPUTS, compiled
from damage import decides, is_kept, own, value_of
from made.cases import MISREAD, text_of
from sagemaker_roles.inputs.reading import Reader
from sagemaker_roles.inputs.text.content import Source

KEPT = Path(__file__).parent / "golden" / "inputs"
FIXTURES = Path(__file__).parent / "fixtures" / "inputs"
FILES = [*sorted(FIXTURES.iterdir()), INPUTS / "aws" / "trail.json", INPUTS / "aws" / "resource.json"]


CASES = Path(__file__).parent / "fixtures" / "input-cases.yaml"
SHORT = {name: case for name, case in MISREAD.items() if len(case[1]) < 10_000}


def leaves(value: Any, path: str) -> Iterator[str]:
    """The texts and numbers of a value with their paths, a line each."""
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if not inner:
        yield f"{path}: {value if isinstance(value, str) else json.dumps(value)}"
    for key, item in inner or ():
        yield from leaves(item, f"{path}.{key}")


def read(value: Any) -> list[str]:
    """What the readers make of a value, a line each; a place of the text ends its line."""
    return described("input", json.dumps(value, indent=1), values={"Region": "us-west-2"})


def described(name: str, text: str, **given: Any) -> list[str]:
    """What they make of a text with what they are given."""
    reader = Reader(compiled(), **given)
    reader.take(Source(name, text.encode()))
    found = reader.finish()
    lines = [f"{found.read} read"]
    for number, request in enumerate(found.requests):
        by = " by a service" if request.by_service else ""
        lines.append(f"request {number}: {request.operation} of {request.label}{by} for {request.roles or 'all'}")
        # The text of a definition is the input once more.
        members = {key: item for key, item in (request.members or {}).items() if key != "PipelineDefinition"}
        lines += leaves(members, f"request {number}")
    lines += [f"{name} is {value}" for name, value in sorted(found.facts.items())]
    lines += [f"{name} stands for {value}" for name, value in sorted(found.unknown.items())]
    lines += [f"{name} is a list" for name in sorted(found.lists)]
    lines += [f"{name} is taken" for name in sorted(found.taken)]
    lines += [f"{name} is given {', '.join(values)}" for name, values in sorted(found.given.items())]
    lines += [f"{one.kind}: {one.message} at {one.where}" for one in found.notices]
    return lines


def same(line: str) -> str:
    """A line without its place: other lines move it."""
    return re.sub(r" at input:\d+:\d+$", " at input", line)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_member_decides_what_is_kept(file: Path) -> None:
    assert decides(KEPT / f"{file.name}.txt", value_of(file), read, same=same)


def test_what_is_read_of_each_case_is_kept() -> None:
    found = {f"misread: {name}": described(file, text, values=given) for name, (file, text, given) in SHORT.items()}
    for name, case in yaml.load(CASES.read_text("utf-8"), Loader=yaml.CSafeLoader).items():
        more = {key: case[key] for key in ("values", "operation", "input_format") if key in case}
        found[name] = described(case["file"], text_of(case), **more)
    blocks = ["\n".join([f"# {name}", *lines]) for name, lines in found.items()]
    assert is_kept(KEPT / "cases.txt", own("\n\n".join(blocks)) + "\n")
