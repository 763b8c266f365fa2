"""`fix`: records get into canonical order, nothing else moves, and what cannot be done safely is refused."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.cli import fix
from kb.records import schema
from kb.records.editor_schemas import modeline
from kb.records.locations import MAPPINGS
from kb.records.order import in_order, rewritten
from kb.records.strict_yaml import parse_yaml
from sagemaker_roles.errors.problems import DataError
from small import copy, examine
from support import DATA, ROOT, loaded

SCHEMAS = schema.load(DATA / "schema")
PATH = "data/shared/statements/x.yaml"
LINE = modeline(PATH, "statements") + "\n"


def fixed(text: str, name: str = "statements", path: str = PATH) -> str:
    return in_order(text, path, name, SCHEMAS)


def body(text: str) -> str:
    """A set of statements put in order, without the line for editors."""
    result = fixed(text)
    assert result.startswith(LINE)
    assert fixed(result) == result
    return result.removeprefix(LINE)


def refusal(text: str, name: str = "statements", path: str = PATH) -> list[str]:
    with pytest.raises(DataError) as caught:
        fixed(text, name, path)
    return [str(problem) for problem in caught.value.problems]


# --- what moves, and what does not --------------------------------------------------------------------------------


#: How a text is written, and how it is written in order.
ORDERED = yaml.safe_load((ROOT / "tests" / "fixtures" / "ordered.yaml").read_text("utf-8"))


@pytest.mark.parametrize("name", ORDERED)
def test_what_moves_and_what_does_not(name: str) -> None:
    text, wanted = ORDERED[name]["text"], ORDERED[name]["wanted"]
    assert body(text) == wanted
    assert fixed(text.replace("\n", "\r\n")) == f"{LINE}{wanted}".replace("\n", "\r\n")


def test_mappings_of_many_and_the_line_for_editors() -> None:
    sources = "# on all sources\nb:\n  url: u\na:\n  title: t\n  url: u\n"
    wanted = "\n# on all sources\na:\n  url: u\n  title: t\nb:\n  url: u\n"
    assert fixed(sources, "sources", "data/aws/sources.yaml") == modeline("data/aws/sources.yaml", "sources") + wanted
    exceptions = "# all\nb: {subjects: {}}\na: {subjects: {}}\n"
    assert fixed(exceptions, "exceptions", "data/shared/exceptions.yaml").endswith(exceptions)
    assert body("# yaml-language-server: $schema=elsewhere.json\ntitle: T\nid: x\n") == "id: x\ntitle: T\n"


LOSES = (
    "data/shared/statements/x.yaml:1:1: order: is not in order, and cannot be put in order without losing something; "
    "move the lines by hand"
)


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: [a\n", "data/shared/statements/x.yaml:2:1: yaml-syntax: "),
        ("id: &a x\ntitle: *a\n", "data/shared/statements/x.yaml:1:5: yaml-alias: "),
        ("id: x\nid: y\n", "data/shared/statements/x.yaml:2:1: yaml-duplicate-key: "),
        ("id: x\n\ttitle: T\n", "data/shared/statements/x.yaml:2:"),
        ("", "data/shared/statements/x.yaml:1:1: yaml-empty: "),
        ("accepts: {A: [a]}\nstatements: [{why: W,  # c\n  Sid: A}]\n", f"{LOSES}\n"),
        ("statements: [{ # c\n  why: W, Sid: A}]\n", f"{LOSES}\n"),
    ],
)
def test_what_is_not_safe_is_refused_with_its_place(text: str, line: str) -> None:
    assert f"{refusal(text)[0]}\n".startswith(line)


def test_a_change_of_meaning_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for new in ("id: x\ntitle: U\n", "id: x\n", "id: x\ntitle: T # c\n", "title: T\nid: x\n", "id: ["):
        monkeypatch.setattr("kb.records.order.rewritten", lambda *_, new=new: new)
        assert refusal("title: T\nid: x\n") == [LOSES]


# --- any record, shuffled ---------------------------------------------------------------------------------------------


def test_every_record_is_in_order_and_names_its_schema() -> None:
    for path, (name, _) in loaded().files.items():
        text = (DATA.parent / path).read_text("utf-8")
        assert text.startswith(modeline(path, name) + "\n"), f"{path}: run `sagemaker-roles fix`"
        assert (DATA.parent / path).parent.joinpath(modeline(path, name).partition("=")[2]).is_file()
        assert fixed(text, name, path) == text, f"{path}: run `sagemaker-roles fix`"


def shuffled(text: str, name: str, order: random.Random) -> str:
    """A record with the keys of its mappings, and its sorted lists, in any order; the top of the file stays."""

    def shuffle(value: Any, place: tuple[str | int, ...]) -> None:
        for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
            if isinstance(item, (dict, list)):
                shuffle(item, (*place, key))
        if isinstance(value, dict):
            known = SCHEMAS.schema_at(name, place[mapping:])
            if name == "sources" if mapping and not place else known:
                for key in order.sample(list(value), len(value)):
                    value.move_to_end(key)  # type: ignore[attr-defined]
        elif (SCHEMAS.rule_at(name, place[mapping:]) or {}).get("check_with") == "sorted_unique":
            value[:] = order.sample(list(value), len(value))

    mapping = name in MAPPINGS
    return rewritten(text, lambda value: shuffle(value, ()))


def order_free(value: Any) -> Any:
    """A value whose lists compare equal in any order."""
    if isinstance(value, dict):
        return {key: order_free(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(json.dumps(order_free(item), sort_keys=True) for item in value)
    return value


RECORDS = sorted(loaded().files, key=lambda path: (DATA.parent / path).stat().st_size)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(RECORDS), st.randoms(use_true_random=False))
def test_a_shuffled_record_comes_back_byte_for_byte(path: str, order: random.Random) -> None:
    name, value = loaded().files[path]
    text = (DATA.parent / path).read_text("utf-8")
    mixed = shuffled(text, name, order)
    assert order_free(parse_yaml(mixed, path)[0]) == order_free(value)
    assert fixed(mixed, name, path) == text


# --- the command ------------------------------------------------------------------------------------------------

STATEMENTS = "shared/statements/thing-read.yaml"


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = copy(tmp_path_factory.mktemp("ordered"))
    assert fix_with("--data", root).exit_code == 0
    assert [str(problem) for problem in examine(root)] == []
    return root


@pytest.fixture
def data(ordered: Path, tmp_path: Path) -> Path:
    shutil.copytree(ordered.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / ordered.name


def fix_with(*arguments: str | Path) -> Any:
    return CliRunner().invoke(fix.command, [str(one) for one in arguments])


def disorder(file: Path) -> str:
    """Moves a record's first key behind its second; returns the text it should get again."""
    text = file.read_text("utf-8")
    head, first, second, *rest = text.splitlines(keepends=True)
    file.write_text("".join([head, second, first, *rest]), "utf-8")
    return text


def left(root: Path) -> list[str]:
    return [path.name for path in root.rglob(".sagemaker-roles.*")]


def test_fix_writes_and_then_has_nothing_to_do(data: Path) -> None:
    text = disorder(data / STATEMENTS)
    (data / STATEMENTS).chmod(0o640)
    told = fix_with("--check", "--data", data)
    assert (told.exit_code, told.stdout) == (1, f"data/{STATEMENTS} is not in order\n")
    assert told.stderr == "1 file not in order; run `sagemaker-roles fix`\n"
    done = fix_with("--data", data)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"data/{STATEMENTS} is put in order\n")
    assert (data / STATEMENTS).read_text("utf-8") == text
    assert stat.S_IMODE((data / STATEMENTS).stat().st_mode) == 0o640
    again = fix_with("--check", "--data", data)
    assert (again.exit_code, again.stdout, "files in order" in again.stderr) == (0, "", True)
    assert left(data) == []


def test_a_diff_can_be_applied_and_writes_nothing(data: Path) -> None:
    text = disorder(data / STATEMENTS)
    mixed = (data / STATEMENTS).read_bytes()
    done = fix_with("--diff", "--data", data)
    assert (done.exit_code, fix_with("--diff", "--check", "--data", data).exit_code) == (0, 1)
    assert (data / STATEMENTS).read_bytes() == mixed
    (data.parent / "change.patch").write_text(done.stdout, "utf-8")
    subprocess.run(["git", "apply", "--unsafe-paths", "change.patch"], cwd=data.parent, check=True)
    assert (data / STATEMENTS).read_text("utf-8") == text


def test_paths_limit_what_is_put_in_order(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disorder(data / STATEMENTS)
    other = data / "shared/statements" / "thing-write.yaml"
    text = disorder(other)
    assert fix_with(other, "--data", data).exit_code == 0
    assert other.read_text("utf-8") == text
    assert fix_with(data / "operations", "--data", data, "--check").exit_code == 0
    monkeypatch.chdir(data)
    assert fix_with("shared/statements", "--check", "--data", ".").stdout == f"data/{STATEMENTS} is not in order\n"
    (data.parent / "README.md").write_text("x", "utf-8")
    for path in ("schema/operations.yaml", "nowhere.yaml", "../README.md", "schema"):
        done = fix_with(data / path, "--data", data)
        assert (done.exit_code, done.stdout) == (2, ""), path
    assert fix_with("--data", data / "nothing").exit_code == 2


def test_a_broken_record_is_told_and_the_others_are_put_in_order(data: Path) -> None:
    broken, linked = data / "shared/statements" / "thing-write.yaml", data / "shared/trust" / "toy-job.yaml"
    broken.write_text("id: thing-write\ntitle: [\n", "utf-8")
    text = disorder(data / STATEMENTS)
    disorder(linked)
    shutil.move(linked, data.parent / "elsewhere.yaml")
    linked.symlink_to("../../../elsewhere.yaml")
    mixed = linked.read_bytes()
    done = fix_with("--data", data)
    assert done.exit_code == 1
    assert done.stdout.startswith("data/shared/statements/thing-write.yaml:3:1: yaml-syntax: ")
    assert "data/shared/trust/toy-job.yaml:1:1: file: is a symbolic link" in done.stdout
    assert done.stderr == f"data/{STATEMENTS} is put in order\n2 files left alone\n"
    assert (data / STATEMENTS).read_text("utf-8") == text
    assert (broken.read_text("utf-8"), linked.is_symlink()) == ("id: thing-write\ntitle: [\n", True)
    assert linked.read_bytes() == mixed


@pytest.mark.parametrize(
    ("name", "error", "told"),
    [
        ("replace", OSError(1, "Permission denied"), "cannot be written: Permission denied"),
        ("fsync", OSError(1, "No space left on device"), "cannot be written: No space left on device"),
        ("access", None, "read-only"),
        ("", None, "changed by another program"),
    ],
)
def test_what_the_system_refuses_is_told_and_loses_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: OSError | None, told: str
) -> None:
    def refuse(*_: Any) -> Any:
        if error:
            raise error
        return False

    file = data / STATEMENTS
    before = file.read_bytes()
    if name:
        monkeypatch.setattr(os, name, refuse)
    with pytest.raises(DataError, match=told):
        fix._swap(data, file, f"data/{STATEMENTS}", before if name else b"what was read", "new")
    assert (file.read_bytes(), left(data)) == (before, [])
