"""Bad records: each case of tests/bad breaks the small knowledge base and pins every finding, to the character."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from kb.aws import reference
from kb.cli import common
from kb.records import schema
from kb.rules import all_rules
from reference import SmallReference
from sagemaker_roles.inputs.text import yaml_reader
from small import TESTS, change, copy, examine, linked
from support import SCRIPTS

CASES = sorted((TESTS / "bad").glob("*/*.yaml"))


def test_the_small_knowledge_base_is_sound(tmp_path: Path) -> None:
    assert [str(problem) for problem in examine(copy(tmp_path))] == []


@pytest.mark.parametrize("file", CASES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_findings_are_exactly_these(file: Path, tmp_path: Path) -> None:
    case = yaml.safe_load(file.read_text("utf-8"))
    root = linked(tmp_path)
    change(root, case)
    found = [str(problem) for problem in examine(root)]
    assert found == case["expect"]
    assert any(f": {file.parent.name}: " in line for line in found), "the case does not show the fault of its folder"


def test_a_check_leaves_nothing_that_a_later_one_could_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "aws_reference", SmallReference)
    data = copy(tmp_path)
    before = {file: file.stat().st_mtime_ns for file in data.rglob("*")}
    assert common.examine(data)[1] == []
    assert {file: file.stat().st_mtime_ns for file in data.rglob("*")} == before


def kinds() -> set[str]:
    """Every rule's id, and every id that the loader and the schemas give to a problem."""
    found = set(all_rules())
    for module in (
        "sagemaker_roles/inputs/text/yaml_reader",
        "kb/records/strict_yaml",
        "kb/records/schema",
        "kb/records/loading",
        "kb/records/expansion",
        "kb/rules/context",
    ):
        for node in ast.walk(ast.parse((SCRIPTS / f"{module}.py").read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and re.search("problem|fault", ast.unparse(node.func).lower())
                and len(node.args) > 2
            ):
                if isinstance(node.args[1], ast.Constant):
                    found.add(node.args[1].value)
                elif ast.unparse(node.args[1]) == "RULE":
                    found.add(schema.RULE)
    return found - {""}


def test_every_kind_of_problem_has_a_case() -> None:
    assert {"schema", "file", "file-name", "like", "exceptions", "yaml-syntax", "yaml-duplicate-key"} <= kinds()
    assert {file.parent.name for file in CASES} == kinds()


def test_the_quick_loader_of_yaml_is_there() -> None:
    assert yaml_reader.loader().__name__ == "CSafeLoader"
