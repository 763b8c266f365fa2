"""What is kept from one run to the next: what was found sound is asked once, and again if anything changed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reference import SmallReference
from sagemaker_roles import rules
from sagemaker_roles.aws import reference
from sagemaker_roles.cli.authoring import examine
from sagemaker_roles.records import kept, schema
from small import change, copy
from support import ROOT


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The schemas that were asked about a file or a record of it, and "rules"."""
    names: list[str] = []
    check, run = schema.Schemas.check, rules.run

    def checking(self: schema.Schemas, name: str, *arguments: Any) -> Any:
        names.append(name)
        return check(self, name, *arguments)

    def running(context: Any) -> Any:
        names.append("rules")
        return run(context)

    monkeypatch.setattr(reference, "aws_reference", SmallReference)
    monkeypatch.setattr(schema.Schemas, "check", checking)
    monkeypatch.setattr(rules, "run", running)
    return names


def found(data: Path) -> list[str]:
    schema.load.cache_clear()
    return [problem.message for problem in examine(data)[1]]


def test_only_what_changed_is_asked_again(asked: list[str], tmp_path: Path) -> None:
    data = copy(tmp_path)
    assert found(data) == []
    assert {"operation", "statements", "sources", "rules"} <= {*asked}
    del asked[:]
    assert (found(data), asked) == ([], [])
    wrong = {"statements/thing-write.yaml": [["title: Write things\n", "titel: Write things\n"]]}
    change(data, {"change": wrong})
    first = found(data)
    assert 'unknown key "titel"; did you mean "title"?' in first
    assert found(data) == first
    assert asked == ["statements", "rules"] * 2
    change(data, {"change": {name: [[new, old] for old, new in pairs] for name, pairs in wrong.items()}})
    del asked[:]
    assert (found(data), found(data), asked) == ([], [], ["statements", "rules"])
    # Each record is as its schema says, and a rule finds fault.
    change(data, {"change": {"statements/thing-write.yaml": [["store:PutThing", "store:PutThings"]]}})
    del asked[:]
    assert found(data) == found(data) != []
    assert asked == ["statements", "rules", "rules"]


def test_a_file_that_is_gone_or_has_another_name_is_missed(asked: list[str], tmp_path: Path) -> None:
    data = copy(tmp_path)
    assert found(data) == []
    (data / "statements" / "thing-write.yaml").rename(data / "statements" / "thing-writes.yaml")
    assert any("the name of the file" in message for message in found(data))
    (data / "statements" / "thing-writes.yaml").unlink()
    assert any("thing-write" in message for message in found(data))


@pytest.mark.parametrize("what", ["schema", "code", "damage", "emptiness", "data of AWS", "none"])
def test_all_is_asked_again_where_nothing_is_known(
    what: str, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = copy(tmp_path)
    assert found(data) == []
    every, list_ = sorted(asked), data / "schema" / ".kept"
    if what == "schema":
        (data / "schema" / "definitions.yaml").open("a").write("# changed\n")
    elif what == "code":
        (tmp_path / "other.py").write_text("")
        monkeypatch.setattr(kept, "PACKAGE", tmp_path)
    elif what == "damage":
        list_.write_bytes(b"\xff" + list_.read_bytes())
    elif what == "emptiness":
        list_.write_text(" " * 64)
    elif what == "data of AWS":
        every = ["rules"]
        newer = SmallReference()
        newer.versions = {"toy": "2"}
        monkeypatch.setattr(reference, "aws_reference", lambda: newer)
    else:  # nor can one be written
        list_.unlink()
        list_.mkdir()
    for _ in range(2 if what == "none" else 1):
        del asked[:]
        assert found(data) == []
        assert sorted(asked) == every
    assert [file.name for file in (data / "schema").glob(".kept*")] == [".kept"]


def test_names_of_files_decide_too(asked: list[str], tmp_path: Path) -> None:
    data = copy(tmp_path)
    documents = data / "managed-documents"
    documents.mkdir(exist_ok=True)
    (documents / "A.json").write_text('{"version": "v1", "document": {"Statement": []}}', "utf-8")
    decided = kept.deciding(data / "schema")
    (documents / "A.json").rename(documents / "B.json")
    assert kept.deciding(data / "schema") != decided
    # A name that is no UTF-8 is a name.
    (data / "statements" / "thing-write.yaml").rename(data / "statements" / os.fsdecode(b"\xff.yaml"))
    assert 'id must be "\\udcff", the name of the file' in found(data)


def test_none_is_committed() -> None:
    # What somebody else says is sound would be taken for sound.
    assert not subprocess.check_output(["git", "ls-files", "data/schema/.*"], cwd=ROOT)
