"""From bytes to values: JSON and YAML with positions, encodings, gzip, folders, bounds."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from sagemaker_roles.inputs import json_text, text, yaml_text
from sagemaker_roles.inputs.places import Lines, Places
from sagemaker_roles.inputs.reading import documents
from sagemaker_roles.inputs.text import InputError, Source, decoded, sources, unpacked

# --- JSON ---------------------------------------------------------------------------------------------------------

BAD_JSON = {
    '{"a": 1': 'f:1:8: not JSON: expected "," delimiter',
    '{"a": 1,\n  "b" 2}': 'f:2:7: not JSON: expected ":" delimiter',
    '{"a": 1}\n{"b": 2} x': "f:2:10: something follows the JSON value; take it out",
    '{"a": 1} {"b": 2}': "f:1:10: something follows the JSON value; take it out",
    "nope": "f:1:1: not JSON: expected value",
    '{"a": NaN}': "f:1:2: NaN is not JSON; give a number",
    '{"a": [1, -Infinity]}': "f:1:11: -Infinity is not JSON; give a number",
    '{"a": 1,\n "b": 2,\n "a": 3}': 'f:3:2: the key "a" stands twice; remove the duplicate',
    '{"x": {"a": 1}, "y": [{"b": 1, "b": 2}]}': 'f:1:32: the key "b" stands twice; remove the duplicate',
    '{"a": {"\\u0062": 1, "b": 2}}': 'f:1:21: the key "b" stands twice; remove the duplicate',
    '{"a": "x\ny"}': "f:1:9: not JSON: invalid control character at",
    "": "f:1:1: empty; give JSON or YAML",
    "  \n ": "f:1:1: empty; give JSON or YAML",
    "[" * 10_000 + "]" * 10_000: "f:1:102: nested deeper than 100 levels",
    '{"a":' * 10_000 + "1" + "}" * 10_000: "f:1:502: nested deeper than 100 levels",
    '{"a": ' + "1" * 5000 + "}": "f:1:2: a number of too many digits",
    "[" * 102 + "]" * 102: "f:1:102: nested deeper than 100 levels",
}


@pytest.mark.parametrize("content", BAD_JSON, ids=range(len(BAD_JSON)))
def test_json_faults_have_a_place(content: str) -> None:
    with pytest.raises(InputError) as error:
        json_text.parse(content, "f")
    assert str(error.value) == BAD_JSON[content]


def test_json_lines_are_several_values() -> None:
    assert json_text.parse('{"a": 1}\n[2]\n', "f") == [{"a": 1}, [2]]
    assert json_text.parse("[" * 101 + "]" * 101, "f")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES, st.sampled_from([None, 2]))
def test_json_is_read_as_the_standard_library_reads_it(value: object, indent: int | None) -> None:
    content = json.dumps(value, indent=indent)
    assert json_text.parse(content, "f") == [json.loads(content)]


def each(value: object, path: json_text.Path = ()) -> Iterator[tuple[json_text.Path, object]]:
    """Every value within a value, with the way to it."""
    yield path, value
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from each(inner, (*path, key))


@given(_VALUES)
def test_every_json_value_is_found_where_it_stands(value: object) -> None:
    content = json.dumps(value, indent=1)
    lines = content.splitlines()
    places = Places(Lines(content, "f"))
    for path, item in each(value):
        at = places.position(path)
        assert at is not None
        rest = lines[at.line - 1][at.column - 1 :]
        if path and isinstance(path[-1], str):
            assert rest.startswith(json.dumps(path[-1]) + ":")
        elif not isinstance(item, (list, dict)):
            assert rest.startswith(json.dumps(item))


# --- YAML ---------------------------------------------------------------------------------------------------------

BAD_YAML = {
    "a: [1": 'f:2:1: not YAML: while parsing a flow sequence did not find expected "," or "]"',
    "a: 1\na: 2\n": 'f:2:1: the key "a" stands already at line 1; remove the duplicate',
    "a: !!python/object/apply:os.system [x]": "f:1:4: the tag !!python/object/apply:os.system is not known",
    "a: !Unknown x": "f:1:4: the tag !Unknown is not known; write the value without it",
    "? [a]\n: 1": "f:1:3: a key must be text",
    "a: &x {b: *x}": "f:1:11: the alias *x contains itself",
    "a: *none": "f:1:4: there is no anchor &none before this alias",
    "a: \x07b": "f:1:4: the character U+0007 is not allowed in YAML",
    "": "f:1:1: empty; give JSON or YAML",
    "[" * 150 + "]" * 150: "f:1:101: nested deeper than 100 levels",
    "a:\n  - b\n c: d\n": "f:3:2: not YAML: while parsing a block mapping",
    "\tb: 1": "f:1:1: not YAML: while scanning for the next token found character that cannot start any token",
    "a: 1\n<<: 3": "f:2:5: the merge key << needs a mapping or a list of mappings",
}


@pytest.mark.parametrize("content", BAD_YAML, ids=range(len(BAD_YAML)))
def test_yaml_faults_have_a_place(content: str) -> None:
    with pytest.raises(InputError) as error:
        yaml_text.parse(content, "f")
    assert str(error.value).startswith(BAD_YAML[content])


@pytest.mark.parametrize("content", ["[" * 10_000, "- " * 10_000, "{a: " * 10_000, "? " * 10_000])
def test_yaml_of_any_depth_is_refused(content: str) -> None:
    with pytest.raises(InputError, match=r"deep|depth"):
        yaml_text.parse(content, "f")


def test_yaml_aliases_are_bounded() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    with pytest.raises(InputError, match="more than 200000 values, aliases counted as often as they are used"):
        yaml_text.parse(bomb, "f")
    with pytest.raises(InputError, match="longer than 8 million characters"):
        yaml_text.parse("a: " + "x" * (9 << 20), "f")


def test_yaml_values_do_not_change_on_the_way() -> None:
    content = (
        "account: 012345670123\nyes: no\ndate: 2012-10-17\nbig: 1_000\nhex: 0x1F\nnumber: 12\nreal: 1.5\n"
        "truth: true\nnothing: null\nempty:\nquoted: '12'\ntime: 12:30\n"
    )
    texts = {
        "account": "012345670123",
        "yes": "no",
        "date": "2012-10-17",
        "big": "1_000",
        "hex": "0x1F",
        "quoted": "12",
    }
    others = {"number": 12, "real": 1.5, "truth": True, "nothing": None, "empty": None, "time": "12:30"}
    assert yaml_text.parse(content, "f") == [{**texts, **others}]


def test_short_tags_are_their_long_forms() -> None:
    content = (
        "a: !Ref X\nb: !Sub 's3://${X}'\nc: !GetAtt X.Arn\nd: !Join [/, [a, !Ref B]]\n"
        "e: !If [C, 1, !Ref 'AWS::NoValue']\n"
        "f: !Select [0, !Split [',', x]]\ng: !ImportValue y\nh: !Condition Z\ni: !GetAtt [X, Y.Z]\n"
        "j: !Sub\n  - '${A}'\n  - {A: !Ref B}\n"
    )
    assert yaml_text.parse(content, "f") == [
        {
            "a": {"Ref": "X"},
            "b": {"Fn::Sub": "s3://${X}"},
            "c": {"Fn::GetAtt": ["X", "Arn"]},
            "d": {"Fn::Join": ["/", ["a", {"Ref": "B"}]]},
            "e": {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]},
            "f": {"Fn::Select": [0, {"Fn::Split": [",", "x"]}]},
            "g": {"Fn::ImportValue": "y"},
            "h": {"Condition": "Z"},
            "i": {"Fn::GetAtt": ["X", "Y.Z"]},
            "j": {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]},
        }
    ]


def test_anchors_merge_keys_and_several_documents() -> None:
    content = "base: &b {x: 1, y: 2}\nitem: {<<: *b, y: 3}\nlist: {<<: [*b, {z: 4}]}\n---\nsecond: true\n"
    assert yaml_text.parse(content, "f") == [
        {"base": {"x": 1, "y": 2}, "item": {"y": 3, "x": 1}, "list": {"x": 1, "y": 2, "z": 4}},
        {"second": True},
    ]


def test_yaml_without_libyaml_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    content = "a: !Sub 'x'\nb: [1, {c: &x yes}]\nd: *x\n"
    expected = yaml_text.parse(content, "f")
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert yaml_text.parse(content, "f") == expected


@given(_VALUES.filter(lambda value: isinstance(value, (dict, list)) and value))
def test_every_yaml_value_is_found_where_it_stands(value: object) -> None:
    content = json.dumps(value, indent=1)
    assume(all(len(line) < 1000 for line in content.splitlines()))  # YAML allows keys of 1,024 characters
    try:
        (read,) = yaml_text.parse(content, "f")
    except InputError as error:
        # YAML knows no pairs of surrogates, two keys of JSON may be one in YAML, and some characters are not allowed.
        assert any(word in str(error) for word in ("invalid Unicode", "already", "not allowed"))
        return
    places, in_json = Places(Lines(content, "f"), is_yaml=True), Places(Lines(content, "f"))
    for path, item in each(read):
        at = places.position(path)
        assert at is not None, path
        if not isinstance(item, (list, dict)):
            assert at == in_json.position(path)


# --- bytes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_encodings_are_told_apart(encoding: str) -> None:
    assert decoded('{"ä": "ж"}'.encode(encoding), "f") == '{"ä": "ж"}'


def test_bytes_that_are_no_text_are_named() -> None:
    with pytest.raises(InputError, match=r"^f:2:4: not UTF-8 text; save the file as UTF-8$"):
        decoded('{"ä":\n"é\xff'.encode("latin-1").replace(b"\xe4", "ä".encode()).replace(b"\xe9", b"xx"), "f")
    with pytest.raises(InputError, match="not UTF-16-LE text"):
        decoded(b"\xff\xfe{\0\0\xd8", "f")


def test_gzip_is_unpacked_in_bounds(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"a"') + gzip.compress(b": 1}")
    assert unpacked(Source("f", packed)) == b'{"a": 1}'
    assert unpacked(Source("f", b"{}")) == b"{}"
    for broken, message in [
        (packed[:20], "f: the gzip data ends too early; fetch the file again"),
        (packed[:-6], "f: the gzip data ends too early; fetch the file again"),
        (b"\x1f\x8b" + b"x" * 40, "f: broken gzip data; fetch the file again"),
        (gzip.compress(b"{}") + b"trailing", "f: something that is not gzip follows the gzip data"),
    ]:
        with pytest.raises(InputError) as error:
            unpacked(Source("f", broken))
        assert str(error.value) == message


def test_members_of_gzip_may_end_anywhere_in_what_is_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(b'{"a"') + bytes(3) + gzip.compress(b": 1}") + bytes(2)
    for size in range(2, len(packed) + 1):
        monkeypatch.setattr(text, "_CHUNK", size)
        assert unpacked(Source("f", packed)) == b'{"a": 1}', size


def test_a_gzip_bomb_is_stopped() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(1024)), packer.flush()])
    assert len(bomb) < 2 << 20
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="unpacks to more than 64 MiB"):
            unpacked(Source("bomb.gz", bomb))
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


def test_large_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_BYTES", 1 << 20)
    file = tmp_path / "large.json"
    for raw in (b"x" * (1 << 20), gzip.compress(b"x" * (1 << 20))):
        file.write_bytes(raw)
        assert [len(unpacked(source)) for source in sources(str(file))] == [1 << 20]
    for raw, message in (
        (b"x" * ((1 << 20) + 1), f"{file}: larger than 1 MiB; give a smaller file"),
        (gzip.compress(b"x" * ((1 << 20) + 1)), f"{file}: unpacks to more than 1 MiB; give a smaller file"),
    ):
        file.write_bytes(raw)
        with pytest.raises(InputError) as error:
            [unpacked(source) for source in sources(str(file))]
        assert str(error.value) == message


def test_folders_are_read_in_order_without_digests(tmp_path: Path) -> None:
    for name in ("b.json", "a.json.gz", "sub/c.yaml", "CloudTrail-Digest/d.json.gz", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    names = [Path(source.name).relative_to(tmp_path).as_posix() for source in sources(str(tmp_path))]
    assert names == ["a.json.gz", "b.json", "sub/c.yaml"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="the folder has no file to read"):
        list(sources(str(tmp_path / "empty")))
    for name in (str(tmp_path / "missing.json"), "bad\0name", "x" * 5000):
        with pytest.raises(InputError, match=r"no such file|cannot be read"):
            list(sources(name))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"a": 1}')))
    assert [source.raw for source in sources("-")] == [b'{"a": 1}']


def test_json_or_yaml() -> None:
    assert [item.value for item in documents("-", ' {"a": 1}')] == [{"a": 1}]
    assert [item.value for item in documents("-", "a: 1")] == [{"a": 1}]
    assert [item.value for item in documents("x.yaml", "{a: 1}")] == [{"a": 1}]
    assert [item.value for item in documents("x.yaml", "a: 1\n---\n---\nb: 2")] == [{"a": 1}, {"b": 2}]
    for name, content in (("x.json", "a: 1"), ("X.JSON.GZ", "a: 1"), ("-", "{a: 1}")):
        with pytest.raises(InputError, match="not JSON"):
            list(documents(name, content))
