"""`fix`: records get into canonical order, nothing else moves, and what cannot be done safely is refused."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sagemaker_roles.cli import fix
from sagemaker_roles.problems import DataError
from sagemaker_roles.records import schema
from sagemaker_roles.records.editor import modeline
from sagemaker_roles.records.loading import MAPPINGS
from sagemaker_roles.records.order import in_order, rewritten
from sagemaker_roles.records.strict_yaml import parse_yaml
from small import copy, examine
from support import DATA, loaded, run

SCHEMAS = schema.load(DATA / "schema")
PATH = "data/statements/x.yaml"
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


def test_keys_move_and_nothing_else() -> None:
    assert body("title: 'T'\nid: \"x\"\n") == "id: \"x\"\ntitle: 'T'\n"


def test_what_is_in_order_stays_as_it_is_written_and_what_is_not_is_laid_out_anew() -> None:
    text = "id:  \"x\" \n\ntitle:   'T'\nstatements:\n- {Sid: A,  why: 'two\n  lines' }\n"
    assert body(text) == text
    assert body("title:   'T'\nid:  \"x\ny\" \n") == "id: \"x y\"\ntitle: 'T'\n"


def test_lists_that_the_schema_wants_sorted_are_sorted_others_not() -> None:
    text = "statements:\n  - Sid: A\n    Action: ['s3:PutObject', \"s3:GetObject\"]\n    sources: [b, a]\n"
    assert body(text) == text.replace("'s3:PutObject', \"s3:GetObject\"", "\"s3:GetObject\", 's3:PutObject'")
    block = "statements:\n  - Action:\n      # writes\n      - s3:PutObject  # w\n      # reads\n      - s3:GetObject\n"
    assert body(block) == (
        "statements:\n  - Action:\n      # reads\n      - s3:GetObject\n      # writes\n      - s3:PutObject  # w\n"
    )


def test_lists_without_indentation_and_nested_lists() -> None:
    assert body("statements:\n- Action:\n  - b:B\n  - a:A\n  Sid: S\nid: x\n") == (
        "id: x\nstatements:\n  - Sid: S\n    Action:\n      - a:A\n      - b:B\n"
    )


def test_comments_move_with_the_entry_they_stand_above_or_behind() -> None:
    text = "# on the title\n#   goes on\ntitle: T  # behind\n# on the id\nid: x\n"
    assert body(text) == "# on the id\nid: x\n# on the title\n#   goes on\ntitle: T  # behind\n"


def test_comments_indented_deeper_belong_to_what_is_above() -> None:
    text = "statements:\n  - Sid: A\n    # deeper, at the end\n  # of the list\nid: x\n# at the end\n"
    assert body(text) == "id: x\nstatements:\n  - Sid: A\n    # deeper, at the end\n  # of the list\n# at the end\n"


def test_a_comment_above_an_entry_that_gets_first_in_a_list_item_goes_above_the_item() -> None:
    text = "statements:\n  - why: W  # w\n    # on the Sid\n\n    # more\n    Sid: A\n"
    assert body(text) == "statements:\n  # on the Sid\n\n  # more\n  - Sid: A\n    why: W  # w\n"


def test_blank_lines_stay_above_the_entry_they_stand_above_and_none_opens_the_record() -> None:
    assert body("title: T\n\nid: x\n\n\naccepts: {A: [b]}\nparameters: {A: c}\n") == (
        "id: x\ntitle: T\nparameters: {A: c}\n\n\naccepts: {A: [b]}\n"
    )


def test_comments_on_the_file_stay_at_its_top() -> None:
    text = "# on the file\n\n# on the title\ntitle: T\nid: x\n"
    assert body(text) == "# on the file\n\nid: x\n# on the title\ntitle: T\n"
    sources = "# on all sources\nb:\n  url: u\na:\n  title: t\n  url: u\n"
    result = fixed(sources, "sources", "data/sources.yaml")
    assert result == (
        modeline("data/sources.yaml", "sources") + "\n# on all sources\na:\n  url: u\n  title: t\nb:\n  url: u\n"
    )
    exceptions = "# all\nb: {subjects: {}}\na: {subjects: {}}\n"
    assert fixed(exceptions, "exceptions", "data/exceptions.yaml").endswith(exceptions)


def test_entries_in_brackets_change_places() -> None:
    assert body("{title:  T,\n  id: x , accepts: {B: [z, y],A: [x]}}\n") == (
        "{id: x, title: T, accepts: {B: [z, y], A: [x]}}\n"
    )


def test_texts_over_several_lines_move_whole() -> None:
    text = 'title: >-\n  a\n\n  b # no comment\n\nid: "x y"\nstatements: []\n'
    assert body(text) == 'id: "x y"\ntitle: >-\n  a\n\n  b # no comment\n\nstatements: []\n'


def test_an_unknown_key_stays_behind_the_key_it_follows() -> None:
    assert body("zzz: 1\nstatements: []\nyyy: 2\nid: x\n") == "zzz: 1\nid: x\nstatements: []\nyyy: 2\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_breaks_stay(end: str) -> None:
    text = "title: T\n# c\nid: x\nstatements:\n  - why: W\n    Sid: A\n".replace("\n", end)
    wanted = LINE + "# c\nid: x\ntitle: T\nstatements:\n  - Sid: A\n    why: W\n"
    assert fixed(text) == wanted.replace("\n", end)


def test_a_file_without_a_last_line_break_gets_none() -> None:
    assert body("title: T\nid: x") == "id: x\ntitle: T"
    assert fixed("title: T\r\nid: x  # c") == LINE.replace("\n", "\r\n") + "id: x  # c\r\ntitle: T"
    assert body("title: T\nid: |\n  x") == "id: |-\n  x\ntitle: T"  # its text has no line break either


def test_a_document_line_stays_first() -> None:
    assert body("---  # d\n# on the title\ntitle: T\nid: x\n...\n") == "---  # d\nid: x\n# on the title\ntitle: T\n"


def test_letters_beyond_ascii_do_not_shift_anything() -> None:
    assert body("title: Größe 🙂 für  # ü\nid: x\n") == "id: x\ntitle: Größe 🙂 für  # ü\n"


def test_the_line_for_editors_is_put_right_and_stays_first() -> None:
    text = "# yaml-language-server: $schema=elsewhere.json\ntitle: T\nid: x\n"
    assert fixed(text) == LINE + "id: x\ntitle: T\n"
    assert fixed(LINE + "# on the title\ntitle: T\nid: x\n") == LINE + "id: x\n# on the title\ntitle: T\n"


LOSES = (
    "data/statements/x.yaml:1:1: order: is not in order, and cannot be put in order without losing something; "
    "move the lines by hand"
)


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: [a\n", "data/statements/x.yaml:2:1: yaml-syntax: "),
        ("id: &a x\ntitle: *a\n", "data/statements/x.yaml:1:5: yaml-alias: "),
        ("id: x\nid: y\n", "data/statements/x.yaml:2:1: yaml-duplicate-key: "),
        ("id: x\n\ttitle: T\n", "data/statements/x.yaml:2:"),
        ("", "data/statements/x.yaml:1:1: yaml-empty: "),
        ("accepts: {A: [a]}\nstatements: [{why: W,  # c\n  Sid: A}]\n", f"{LOSES}\n"),
        ("statements: [{ # c\n  why: W, Sid: A}]\n", f"{LOSES}\n"),
    ],
)
def test_what_is_not_safe_is_refused_with_its_place(text: str, line: str) -> None:
    assert f"{refusal(text)[0]}\n".startswith(line)


def test_a_key_behind_a_question_mark_moves_as_any_other() -> None:
    assert body("? title\n: T\nid: x\n") == "id: x\ntitle: T\n"


def test_comments_in_brackets_that_are_in_order_do_no_harm() -> None:
    text = "id: x\nstatements: [{Sid: A,  # c\n  why: W}]\n"
    assert body(text) == text


def test_a_change_of_meaning_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for new in ("id: x\ntitle: U\n", "id: x\n", "id: x\ntitle: T # c\n", "title: T\nid: x\n", "id: ["):
        monkeypatch.setattr("sagemaker_roles.records.order.rewritten", lambda *_, new=new: new)
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

    mapping = name in MAPPINGS.values()
    return rewritten(text, lambda value: shuffle(value, ()))


def order_free(value: Any) -> Any:
    """A value whose lists compare equal in any order."""
    if isinstance(value, dict):
        return {key: order_free(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(json.dumps(order_free(item), sort_keys=True) for item in value)
    return value


RECORDS = sorted(loaded().files)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(RECORDS), st.randoms(use_true_random=False))
def test_a_shuffled_record_comes_back_byte_for_byte(path: str, order: random.Random) -> None:
    name, value = loaded().files[path]
    text = (DATA.parent / path).read_text("utf-8")
    mixed = shuffled(text, name, order)
    assert order_free(parse_yaml(mixed, path)[0]) == order_free(value)
    assert fixed(mixed, name, path) == text


#: A record as a tree: entries with their key, comments above, comment behind, and value; the test writes it itself, so
#: that the code under test has no part in the mixing.
Entry = tuple[str, list[str], str, Any]
_texts = st.sampled_from(["x", '"a: # b"', "'it''s'", "ü 🙂", "|\n{i}  block\n{i}  text", ">-\n{i}  fold\n\n{i}  ed"])
_comments = st.lists(st.sampled_from(["# one", "#two: {", "# - three"]), max_size=2)
_behind = st.sampled_from(["", "  # behind", " #b"])


@st.composite
def entries(draw: Any, keys: tuple[str, ...], comments_first: bool) -> list[Entry]:
    chosen = sorted(draw(st.sets(st.sampled_from(range(len(keys))), min_size=1)))
    made = []
    for index in chosen:
        key = keys[index]
        value: Any = draw(_texts)
        if key == "statements":
            value = [
                (draw(_comments), draw(entries(("Sid", "Action", "why", "evidence"), False)))
                for _ in range(draw(st.integers(1, 3)))
            ]
        elif key == "Action":
            value = sorted(draw(st.sets(st.sampled_from(["a:A", "b:B", "c:C", "d:D"]), min_size=1)))
            value = (draw(st.booleans()), [(draw(_comments), item) for item in value])
        above = draw(_comments) if comments_first else []
        plain = isinstance(value, str) and "\n" not in value
        made.append((key, above, draw(_behind) if plain else "", value))
    return made


def written(
    record: list[Entry], mix: Callable[[list[Any]], list[Any]], column: int = 0, first: str = ""
) -> Iterator[str]:
    """The lines of a mapping; ``first`` stands before its first key instead of the indentation."""
    for number, (key, above, behind, value) in enumerate(mix(record)):
        indent = " " * column
        yield from (f"{indent}{comment}" for comment in above)
        begin = first if first and not number else indent
        if isinstance(value, str):
            yield (
                f"{begin}{key}: {value.format(i=indent)}{behind}"
                if "{i}" in value
                else f"{begin}{key}: {value}{behind}"
            )
        elif isinstance(value, tuple):
            brackets, items = value
            items = mix(items)
            if brackets:
                yield f"{begin}{key}: [{', '.join(item for _, item in items)}]"
                continue
            yield f"{begin}{key}:"
            for comments, item in items:
                yield from (f"{indent}  {comment}" for comment in comments)
                yield f"{indent}  - {item}"
        else:
            yield f"{begin}{key}:"
            for comments, inner in value:
                yield from (f"{indent}  {comment}" for comment in comments)
                yield from written(inner, mix, column + 4, f"{indent}  - ")


@settings(max_examples=100, deadline=None)
@given(entries(("id", "title", "statements"), True), st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_a_made_up_record_comes_back_byte_for_byte(
    record: list[Entry], order: random.Random, crlf: bool, final: bool
) -> None:
    def text(mix: Callable[[list[Any]], list[Any]]) -> str:
        made = "\n".join([LINE.strip(), *written(record, mix)]) + ("\n" if final else "")
        return made.replace("\n", "\r\n") if crlf else made

    wanted = text(list)
    assume(final or "|" not in wanted)  # such a text's value depends on whether a line break follows
    assert fixed(wanted) == wanted
    assert fixed(text(lambda items: order.sample(items, len(items)))) == wanted


# --- the command ------------------------------------------------------------------------------------------------

STATEMENTS = "statements/thing-read.yaml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = copy(tmp_path)
    assert run("fix", "--data", root).returncode == 0
    return root


def disorder(file: Path) -> str:
    """Moves a record's first key behind its second; returns the text it should get again."""
    text = file.read_text("utf-8")
    head, first, second, *rest = text.splitlines(keepends=True)
    file.write_text("".join([head, second, first, *rest]), "utf-8")
    return text


def left(root: Path) -> list[str]:
    return [path.name for path in root.rglob(".sagemaker-roles.*")]


def test_fix_writes_and_then_has_nothing_to_do(data: Path) -> None:
    assert [str(problem) for problem in examine(data)] == []
    text = disorder(data / STATEMENTS)
    told = run("fix", "--check", "--data", data)
    assert (told.returncode, told.stdout) == (1, f"data/{STATEMENTS} is not in order\n")
    assert told.stderr == "1 file not in order; run `sagemaker-roles fix`\n"
    done = run("fix", "--data", data)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"data/{STATEMENTS} is put in order\n")
    assert (data / STATEMENTS).read_text("utf-8") == text
    again = run("fix", "--data", data)
    assert (again.returncode, again.stdout) == (0, "")
    assert "files in order" in again.stderr
    assert run("fix", "--check", "--data", data).returncode == 0
    assert left(data) == []


def test_a_diff_can_be_applied_and_writes_nothing(data: Path) -> None:
    file = data / STATEMENTS
    text = disorder(file)
    mixed = file.read_bytes()
    done = run("fix", "--diff", "--data", data)
    assert done.returncode == 0
    assert run("fix", "--diff", "--check", "--data", data).returncode == 1
    assert file.read_bytes() == mixed
    (data.parent / "change.patch").write_text(done.stdout, "utf-8")
    subprocess.run(["git", "apply", "--unsafe-paths", "change.patch"], cwd=data.parent, check=True)
    assert file.read_text("utf-8") == text


def test_paths_limit_what_is_put_in_order(data: Path) -> None:
    disorder(data / STATEMENTS)
    other = data / "statements" / "thing-write.yaml"
    text = disorder(other)
    assert run("fix", other, "--data", data).returncode == 0
    assert other.read_text("utf-8") == text
    assert run("fix", data / "operations", "--data", data, "--check").returncode == 0
    assert run("fix", "statements", "--check", "--data", ".", cwd=data).stdout == f"data/{STATEMENTS} is not in order\n"


@pytest.mark.parametrize("path", ["schema/operation.yaml", "nowhere.yaml", "../README.md", "schema"])
def test_a_path_without_a_record_is_wrong_usage(data: Path, path: str) -> None:
    (data.parent / "README.md").write_text("x", "utf-8")
    done = run("fix", data / path, "--data", data)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_without_a_folder_of_records_it_is_wrong_usage(tmp_path: Path) -> None:
    assert run("fix", "--data", tmp_path / "nothing").returncode == 2


def test_a_broken_record_is_told_and_the_others_are_put_in_order(data: Path) -> None:
    broken = data / "statements" / "thing-write.yaml"
    broken.write_text("id: thing-write\ntitle: [\n", "utf-8")
    text = disorder(data / STATEMENTS)
    done = run("fix", "--data", data)
    assert done.returncode == 1
    assert done.stdout.startswith("data/statements/thing-write.yaml:3:1: yaml-syntax: ")
    assert done.stderr == f"data/{STATEMENTS} is put in order\n1 file left alone\n"
    assert (data / STATEMENTS).read_text("utf-8") == text
    assert broken.read_text("utf-8") == "id: thing-write\ntitle: [\n"


def test_rights_stay(data: Path) -> None:
    file = data / STATEMENTS
    disorder(file)
    file.chmod(0o640)
    assert run("fix", "--data", data).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_link_is_not_replaced(data: Path) -> None:
    file, other = data / STATEMENTS, data.parent / "elsewhere.yaml"
    disorder(file)
    shutil.move(file, other)
    file.symlink_to("../../elsewhere.yaml")
    mixed = other.read_bytes()
    done = run("fix", "--data", data)
    assert done.returncode == 1
    assert done.stdout.startswith(f"data/{STATEMENTS}:1:1: file: is a symbolic link")
    assert file.is_symlink()
    assert other.read_bytes() == mixed


def test_a_file_that_changes_meanwhile_is_left_alone(data: Path) -> None:
    file = data / STATEMENTS
    with pytest.raises(DataError, match="changed by another program"):
        fix._swap(data, file, f"data/{STATEMENTS}", b"what was read", "new")
    assert left(data) == []


@pytest.mark.parametrize(("name", "error"), [("open", "Permission denied"), ("fsync", "No space left on device")])
def test_what_the_system_refuses_is_told_and_loses_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: str
) -> None:
    allowed = getattr(os, name)

    def refuse(*arguments: Any, **options: Any) -> Any:
        if name == "open" and not arguments[1] & os.O_CREAT:  # the lock of the folder
            return allowed(*arguments, **options)
        raise OSError(1, error)

    monkeypatch.setattr(os, name, refuse)
    file = data / STATEMENTS
    before = file.read_bytes()
    with pytest.raises(DataError, match=f"cannot be written: {error}"):
        fix._swap(data, file, f"data/{STATEMENTS}", before, "new")
    assert (file.read_bytes(), left(data)) == (before, [])


def test_a_read_only_file_is_told(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(DataError, match="read-only"):
        fix._swap(data, data / STATEMENTS, f"data/{STATEMENTS}", (data / STATEMENTS).read_bytes(), "new")
