"""From bytes to values: JSON and YAML with positions, encodings, gzip, folders, bounds."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from sagemaker_roles.inputs.text import content as text
from sagemaker_roles.inputs.text import json_document, yaml_reader
from sagemaker_roles.inputs.text.content import InputError, Source, decoded, sources, unpacked
from sagemaker_roles.inputs.text.places import Path as Way

# --- JSON ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("[" * 10_000 + "]" * 10_000, "f:1:102"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "f:1:502"),
        ('{"a": ' + "1" * 5000 + "}", "f:1:2"),
        ("[" * 102 + "]" * 102, "f:1:102"),
    ],
)
def test_json_without_end_is_refused_at_its_limit(content: str, place: str) -> None:
    with pytest.raises(InputError, match=f"^{place}: (nested deeper than 100 levels|a number of too many digits)"):
        json_document.parse(content, "f")
    assert json_document.parse("[" * 101 + "]" * 101, "f")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES, st.sampled_from([None, 2]))
def test_json_is_read_as_the_standard_library_reads_it(value: object, indent: int | None) -> None:
    content = json.dumps(value, indent=indent)
    assert [one.value for one in json_document.parse(content, "f")] == [json.loads(content)]


def each(value: object, path: Way = ()) -> Iterator[tuple[Way, object]]:
    """Every value within a value, with the way to it."""
    yield path, value
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from each(inner, (*path, key))


@given(_VALUES)
def test_every_json_value_is_found_where_it_stands(value: object) -> None:
    content = json.dumps(value, indent=1)
    lines = content.splitlines()
    (document,) = json_document.parse(content, "f")
    for path, item in each(value):
        at = document.position(path)
        rest = lines[at.line - 1][at.column - 1 :]
        if path and isinstance(path[-1], str):
            assert rest.startswith(json.dumps(path[-1]) + ":")
        elif not isinstance(item, (list, dict)):
            assert rest.startswith(json.dumps(item))


# --- YAML ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["[" * 10_000, "- " * 10_000, "{a: " * 10_000, "? " * 10_000])
def test_yaml_of_any_depth_is_refused(content: str) -> None:
    with pytest.raises(InputError, match=r"deep|depth"):
        yaml_reader.parse(content, "f")


def test_yaml_aliases_are_bounded() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    with pytest.raises(InputError, match="more than 200000 values, aliases counted as often as they are used"):
        yaml_reader.parse(bomb, "f")
    with pytest.raises(InputError, match="longer than 8 million characters"):
        yaml_reader.parse("a: " + "x" * (9 << 20), "f")


def test_yaml_without_libyaml_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    content = "a: !Sub 'x'\nb: [1, {c: &x yes}]\nd: *x\n"
    (expected,) = yaml_reader.parse(content, "f")
    monkeypatch.delattr(yaml, "CSafeLoader")
    (read,) = yaml_reader.parse(content, "f")
    assert read.value == expected.value
    for path, _ in each(read.value):
        assert read.position(path) == expected.position(path)


@given(_VALUES.filter(lambda value: isinstance(value, (dict, list)) and value))
def test_every_yaml_value_is_found_where_it_stands(value: object) -> None:
    content = json.dumps(value, indent=1)
    assume(all(len(line) < 1000 for line in content.splitlines()))  # YAML allows keys of 1,024 characters
    try:
        (read,) = yaml_reader.parse(content, "f")
    except InputError as error:
        # YAML knows no pairs of surrogates, two keys of JSON may be one in YAML, and some characters are not allowed.
        assert any(word in str(error) for word in ("invalid Unicode", "already", "not allowed"))
        return
    (in_json,) = json_document.parse(content, "f")
    for path, item in each(read.value):
        at = read.position(path)
        assert at.line, path
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
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(192)), packer.flush()])
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
