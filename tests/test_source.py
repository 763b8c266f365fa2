"""The YAML loader: what it reads, where it says things are, and that no text or bytes make it fail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kb.records.strict_yaml import MAX_BYTES, Map, Seq, Text, parse_yaml, read_yaml, where
from sagemaker_roles.errors.problems import Position, Problem
from support import calls_of


def read(text: str) -> tuple[Any, list[str]]:
    value, problems = parse_yaml(text, "x.yaml")
    return value, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b\n", {"a": "b"}),
        ("a: b", {"a": "b"}),
        ("a: true\nb: false\n", {"a": True, "b": False}),
        ("a: 12\nb: -3\nc: 0\n", {"a": 12, "b": -3, "c": 0}),
        ("a: [b, c]\n", {"a": ["b", "c"]}),
        ("a:\n- b\n- c\n", {"a": ["b", "c"]}),
        ("a: {}\nb: []\n", {"a": {}, "b": []}),
        ('a: "2012-10-17"\n', {"a": "2012-10-17"}),
        ("a: 'no'\n", {"a": "no"}),
        ('a: "null"\nb: "~"\nc: ""\n', {"a": "null", "b": "~", "c": ""}),
        ("a: s3:GetObject\n", {"a": "s3:GetObject"}),
        ("a: arn:${Partition}:s3:::${Bucket}/*\n", {"a": "arn:${Partition}:s3:::${Bucket}/*"}),
        ("'on': x\n", {"on": "x"}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("a: >-\n  one\n  two\n", {"a": "one two"}),
        ("# said before\na: b # said after\n", {"a": "b"}),
        ("---\na: b\n", {"a": "b"}),
        ("a: b\r\nc: d\r\n", {"a": "b", "c": "d"}),
        ("a: zażółć 東京 🚀\n", {"a": "zażółć 東京 🚀"}),
        ("a: 1.2.3\nb: v1\nc: 12ab\n", {"a": "1.2.3", "b": "v1", "c": "12ab"}),
    ],
)
def test_it_reads(text: str, value: Any) -> None:
    assert read(text) == (value, [])


@pytest.mark.parametrize("word", ["yes", "No", "on", "OFF", "True", "FALSE", "y"])
def test_words_that_yaml_takes_for_booleans(word: str) -> None:
    _, problems = read(f"a: {word}\n")
    resolved = yaml.safe_load(word)
    expected = [f'x.yaml:1:4: yaml-plain: YAML reads {word} as a boolean; write "{word}" if it is text']
    assert problems == (expected if isinstance(resolved, bool) else [])


@pytest.mark.parametrize(
    "word",
    [
        "2012-10-17",
        "2012-10-17 10:00:00",
        "010",
        "0o10",
        "0x1F",
        "0b1",
        "1_000",
        "1.5",
        "1e3",
        ".inf",
        "-.INF",
        ".nan",
        "9" * 5000,
    ],
)
def test_words_that_yaml_takes_for_dates_and_numbers(word: str) -> None:
    value, problems = read(f"a: {word}\n")
    if len(word) < 5000 and isinstance(yaml.safe_load(word), str):
        assert (value, problems) == ({"a": word}, [])
    else:
        assert [line.split(": ")[1] for line in problems] == ["yaml-plain"]


def test_everything_knows_where_it_stands() -> None:
    value, problems = parse_yaml("a:\n  - b: [x, 1]\n    'c d': true\n", "x.yaml")
    assert problems == []
    assert isinstance(value, Map)
    assert value.key_at == {"a": Position("x.yaml", 1, 1)}
    inner = value["a"]
    assert isinstance(inner, Seq)
    assert inner.item_at == [Position("x.yaml", 2, 5)]
    assert inner[0].key_at == {"b": Position("x.yaml", 2, 5), "c d": Position("x.yaml", 3, 5)}
    assert inner[0]["b"].item_at == [Position("x.yaml", 2, 9), Position("x.yaml", 2, 12)]
    assert isinstance(inner[0]["b"][0], Text)
    assert inner[0]["b"][0].at == Position("x.yaml", 2, 9)
    assert where(1, Position("y.yaml")) == Position("y.yaml")


def test_columns_count_characters() -> None:
    value, _ = parse_yaml("é東🚀: [ü, x]\n", "x.yaml")
    assert value["é東🚀"].item_at[1] == Position("x.yaml", 1, 10)
    _, problems = read("é: \x07")
    assert problems == ["x.yaml:1:4: yaml-character: the character U+0007 is not allowed in YAML; take it out"]


def test_all_faults_of_a_text_are_told() -> None:
    _, problems = read("a: no\nb: &x 1\na: 2\nc: 2020-01-01\n<<: {}\n")
    assert [line.split(": ")[:2] for line in problems] == [
        ["x.yaml:1:4", "yaml-plain"],
        ["x.yaml:2:4", "yaml-alias"],
        ["x.yaml:3:1", "yaml-duplicate-key"],
        ["x.yaml:4:4", "yaml-plain"],
        ["x.yaml:5:1", "yaml-merge"],
    ]


def test_the_first_of_two_equal_keys_stays() -> None:
    assert read("a: 1\na: 2\n")[0] == {"a": 1}


def test_what_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert read_yaml(tmp_path / "x.yaml", "x.yaml") == (
        None,
        [Problem(Position("x.yaml"), "file", "cannot be read: No such file or directory")],
    )
    os.mkfifo(tmp_path / "pipe.yaml")
    for other in (tmp_path, tmp_path / "pipe.yaml"):
        message = "is not a file; only files can be here"
        assert read_yaml(other, "x.yaml") == (None, [Problem(Position("x.yaml"), "file", message)])


def test_size_is_looked_at_before_reading(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"a" * MAX_BYTES)
    assert read_yaml(file, "x.yaml")[1] == []
    with file.open("r+b") as handle:
        handle.truncate(1 << 40)  # a hole: it takes no room
    with mock.patch.object(Path, "read_bytes") as reading:
        assert [problem.rule for problem in read_yaml(file, "x.yaml")[1]] == ["yaml-size"]
    reading.assert_not_called()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x]\n" + "".join(f"{b}: &{b} [{f'*{a},' * 9}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        *(text * 5000 for text in ("[", "{a: ", "- ", "? ", "a: ", "!!map ")),
        "\n" * 100000,
        '"' + "\\x41" * 100000,
        "a: |\n" + "  x\n" * 100000,
        "#" * 500000,
        "&a " * 2000,
    ],
    ids=lambda text: text[:8],
)
def test_texts_made_to_be_slow_are_not(text: str) -> None:
    assert 10 < calls_of(lambda: read(text)) < 10_000


_WORDS = "a : - ? { } [ ] , *a ! # ' \" \\ % << yes null ~ 2020-01-01 0x1 1.5 {{ > é 🚀 @ ` = . 0 9999999999999999999 |"
_SPACED = [": ", "- ", "? ", "&a ", "!!str ", "!!int ", "!t ", "\n", "\n  ", "\r\n", "\r", "\t", " ", "%YAML 1.1\n"]
_SPACED += ["---\n", "...\n", ">-\n", "| \n", "|2-\n", "\ufeff", "\x85", "\u2028", "\x00", "\x07"]
PIECES = st.sampled_from([*_WORDS.split(), *_SPACED])


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(), st.text(st.characters()), st.lists(PIECES, max_size=30).map("".join)))
@example("\ud800")
@example("a: \udfff")
@example("\ufeffa: b")
@example("a: b\n...\nc: d")
@example("!!binary x")
@example("? [a]\n: b")
@example("? {a: b}\n: c")
def test_any_text_gives_a_value_or_problems(text: str) -> None:
    value, problems = parse_yaml(text, "x.yaml")
    assert value is not None or problems
    lines = text.splitlines() or [""]
    for problem in problems:
        assert problem.position.path == "x.yaml"
        assert 1 <= problem.position.line <= len(lines) + 1
        assert problem.position.column >= 1
        assert problem.rule.startswith("yaml-")
        assert problem.message == problem.message.strip()
        assert "\n" not in problem.message
    assert problems == sorted(problems)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(),
        st.text().map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.text(st.characters(codec="utf-16")).map(lambda text: text.encode("utf-16")),
    )
)
@example(b"\xff\xfea\x00")
@example(b"\xef\xbb\xbf")
@example(b"a: \xc3\x28")
@example(b"a: \xed\xa0\x80")
def test_any_bytes_give_a_value_or_problems(content: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(content)
        file.flush()
        value, problems = read_yaml(Path(file.name), "x.yaml")
    assert value is not None or problems


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.one_of(
            st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])),
            st.booleans(),
            st.integers(-(10**17), 10**17),
        ),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.text("abcdef ü", max_size=5), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_what_pyyaml_writes_is_read_back(value: Any) -> None:
    """Sound YAML with quoted texts comes back as it was."""
    text = yaml.safe_dump(value, default_style=None, allow_unicode=True)
    found, problems = parse_yaml(text, "x.yaml")
    if not any(problem.rule == "yaml-alias" for problem in problems):
        assert problems == []
        assert found == value
