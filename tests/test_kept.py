"""What is kept from one run to the next: files that keep their schema are asked once, and anything else again."""

from __future__ import annotations

from pathlib import Path

import pytest

from sagemaker_roles.records import kept, loading, schema
from sagemaker_roles.records.loading import Loaded
from small import change, copy


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files, or of their records, that Cerberus was asked about."""
    names: list[str] = []
    check = schema.Schemas.check

    def noting(self: schema.Schemas, name: str, value: object, position: object) -> object:
        names.append(name)
        return check(self, name, value, position)  # type: ignore[arg-type]

    monkeypatch.setattr(schema.Schemas, "check", noting)
    return names


def found(data: Path) -> Loaded:
    schema.load.cache_clear()
    return loading.load(data)


def test_only_a_file_that_changed_is_asked_again(asked: list[str], tmp_path: Path) -> None:
    data = copy(tmp_path)
    first = found(data)
    assert {"operation", "statements", "sources"} <= {*asked}
    del asked[:]
    again = found(data)
    assert (asked, again.catalog.data, again.problems) == ([], first.catalog.data, [])
    change(data, {"change": {"statements/thing-write.yaml": [["title: Write things\n", "titel: Write things\n"]]}})
    for _ in range(2):  # what is wrong is told each time
        assert [problem.message for problem in found(data).problems][:1] == [
            'unknown key "titel"; did you mean "title"?'
        ]
    assert asked == ["statements"] * 2
    name = next(iter(first.catalog.data["sources"]))
    change(data, {"change": {"sources.yaml": [[f"{name}:\n  url:", f"{name}:\n  uri:"]]}})
    for _ in range(2):
        assert name not in found(data).catalog.data["sources"]


@pytest.mark.parametrize("what", ["schema", "code", "damage", "none"])
def test_all_is_asked_again_where_nothing_is_known(
    what: str, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = copy(tmp_path)
    found(data)
    every, list_ = sorted(asked), data / "schema" / ".kept"
    if what == "schema":
        (data / "schema" / "definitions.yaml").open("a").write("# changed\n")
    elif what == "code":
        (tmp_path / "other.py").write_text("")
        monkeypatch.setattr(kept, "PACKAGE", tmp_path)
    elif what == "damage":
        list_.write_bytes(b"\xff" + list_.read_bytes())
    else:  # nor can one be written
        list_.unlink()
        list_.mkdir()
    for _ in range(2 if what == "none" else 1):
        del asked[:]
        assert found(data).problems == []
        assert sorted(asked) == every
    assert [file.name for file in (data / "schema").glob(".kept*")] == [".kept"]
