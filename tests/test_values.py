"""Values of requests: read as the forms of their kinds wherever a part is not known, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composing import INPUTS, compiled
from composing import compose as run
from sagemaker_roles.catalog import Form, Kind
from sagemaker_roles.engine.code_permissions import CodeCall
from sagemaker_roles.engine.compose import Request, compose
from sagemaker_roles.engine.partial import Partial, Unknown
from sagemaker_roles.engine.values import cause, filled, folded, formatted, match, parse, pattern
from sagemaker_roles.inputs.reading import Reader
from sagemaker_roles.inputs.text.content import Source

KEY = "key/1234abcd-12ab-34cd-56ef-1234567890ab"
KINDS = sorted(compiled().data["resources"])


def examples() -> Iterator[tuple[Kind, Form, str]]:
    """The examples of all forms that are read as the form that they are of."""
    for name in KINDS:
        kind = compiled().kind(name)
        for form in kind.forms:
            for text in form.examples:
                read = parse(kind, text)
                if read is not None and read[0].id == form.id:
                    yield kind, form, text


def _straddles(form: Form, text: str, start: int, end: int) -> bool:
    """Whether a part of a text is partly in a field of a form and partly not."""
    read = pattern(form.pattern).fullmatch(text)
    assert read
    spans = [read.span(name) for name in read.groupdict() if read[name] is not None]
    return any(start < last and first < end and not first <= start <= end <= last for first, last in spans)


@pytest.mark.parametrize("name", KINDS)
def test_a_part_that_is_not_known_stays_in_the_field_that_it_is_in(name: str) -> None:
    """With what it stands for in its place, the fields are those of the whole value."""
    for kind, form, text in [one for one in examples() if one[0].id == name]:
        whole = match(kind, text)
        assert whole is not None
        bounds = [*range(0, len(text), 1 + len(text) // 25), len(text)]
        for start, end in [(start, end) for start in bounds for end in bounds if start < end]:
            part = text[start:end]
            if "$" in part or "*" in part or "?" in part:
                continue
            pieces = [text[:start], Unknown("Open", part), text[end:]]
            read = match(kind, Partial([piece for piece in pieces if piece]))
            if read is not None and read.form.id == form.id:
                assert {key: value.replace("${Open}", part) for key, value in read.fields.items()} == whole.fields
                assert not _straddles(form, text, start, end)
            elif form.id == kind.forms[0].id and not form.no_permission:
                assert _straddles(form, text, start, end), (text, part)


@pytest.mark.parametrize("name", KINDS)
def test_a_value_of_which_nothing_is_known_is_read_only_where_it_has_one_form(name: str) -> None:
    kind = compiled().kind(name)
    read = match(kind, Partial([Unknown("Open")]))
    assert read is None or (len(kind.forms) == 1 and "${Open}" in read.fields.values())


@pytest.mark.parametrize(
    ("kind", "parts", "form", "fields"),
    [
        ("s3-uri", [Unknown("A")], None, {}),
        ("s3-uri", [Unknown("A", "s3://amzn-s3-demo-bucket/x")], None, {}),
        ("s3-uri", ["s3://", Unknown("B"), "/x"], "key", {"Bucket": "${B}", "Prefix": "x"}),
        (
            "s3-uri",
            ["s3://b-", Unknown("B"), "-c/x*/", Unknown("P")],
            "key",
            {"Bucket": "b-${B}-c", "Prefix": "x${*}/${P}"},
        ),
        ("s3-uri", ["s3://", Unknown("B"), Unknown("C"), "/k"], "key", {"Bucket": "${B}${C}", "Prefix": "k"}),
        ("s3-uri", ["s3", Unknown("B")], None, {}),
        ("s3-uri", ["s3://", *[Unknown("A", "abc")] * 4, "/k"], "key", {"Bucket": "${A}" * 4, "Prefix": "k"}),
        ("s3-uri", ["s3://", *[Unknown("A", "abc")] * 5, "/k"], None, {}),
        ("kms-key", ["alias/", Unknown("K")], "alias", {"AliasName": "${K}"}),
        (
            "kms-key",
            ["arn:aws:kms:", Unknown("Region"), ":", Unknown("Account"), ":key/", Unknown("K")],
            "key-arn",
            {"KeyId": "${K}", "Partition": "aws", "Region": "${Region}", "Account": "${Account}"},
        ),
        ("kms-key", ["arn:aws-cn:kms:us-west-2:111122223333:alias/", Unknown("K")], None, {}),
        ("iam-role", ["arn:aws:iam::111122223333:role", Unknown("P"), "R"], None, {}),
        ("subnet-id", [Unknown("S")], "id", {"Value": "${S}"}),
        ("security-group-id", [Unknown("S", "sg-0123456789abcdef0")], "id", {"Value": "${S}"}),
    ],
)
def test_values_of_which_parts_are_not_known(
    kind: str, parts: list[Any], form: str | None, fields: dict[str, str]
) -> None:
    read = match(compiled().kind(kind), Partial(parts))
    assert (read and read.form.id) == form
    assert {key: value for key, value in (read.fields if read else {}).items() if value} == fields


@pytest.mark.parametrize(
    ("kind", "value", "names"),
    [
        ("s3-uri", "s3://b/models", '"b"'),
        ("s3-uri", "s3://amzn-s3-demo-bucket/models", ""),
        ("s3-uri", "s3://B_/x", '"B_"'),
        ("s3-uri", "x" * 3000, ""),
        ("kms-key", "arn:aws:kms:us-west-2:111122223333:key/a b", '"a b"'),
        ("kms-key", "alias/a b", '"a b"'),
        ("iam-role", "arn:aws:iam::111122223333:role/R!x", '"R!x"'),
        ("kms-key", f"arn:aws:kms:xx-west-2:111122223333:{KEY}", '"xx-west-2"'),
        ("kms-key", f"arn:aws-xx:kms:us-west-2:111122223333:{KEY}", '"aws-xx"'),
        ("kms-key", f"arn:aws-cn:kms:us-west-2:111122223333:{KEY}", '"us-west-2"'),
    ],
)
def test_the_part_that_is_wrong_is_named(kind: str, value: str, names: str) -> None:
    said = cause(compiled().kind(kind), value)
    assert said.startswith((names, f"the Region {names}")) if names else said == "", said


def test_templates_are_filled() -> None:
    texts = {"A": "x/", "B": "", "C": "100%"}
    assert formatted("${A}/${C}/%", texts) == "x//100%/%"
    assert folded("${A}/${C}", texts) == "x/100%" and folded("${B}/${C}", texts) == "/100%"
    assert folded("a/${A}/${B}/b", texts) == "a/x/b" and folded("a//${C}", texts) == "a//100%"
    assert filled("${A}${D}-${aws:x}", texts) == "x/${D}-${aws:x}"


# --- characters that no name has ----------------------------------------------------------------------------------

#: Control characters, a half of a pair, and what becomes one when percent-encoding is taken away.
UNWRITABLE = [
    "\0",
    "\t",
    "\n",
    "\r",
    "\x1f",
    "\x7f",
    "\ud800",
    "%00",
    "%0A",
    "%0d",
    "%1F",
    "%7f",
    "%FF",
    "%ED%A0%80",
    "%C0%80",
]
_CONTROL = re.compile("[\0-\x1f\x7f\ud800-\udfff\ufffd]")
HOST = "https://amzn-s3-demo-bucket.s3.us-west-2.amazonaws.com/"
FILES = sorted(file for file in [*(Path(__file__).parent / "fixtures/inputs").iterdir(), *(INPUTS / "aws").iterdir()])


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    for one in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from texts(one)


@pytest.mark.parametrize("name", KINDS)
def test_no_value_gives_a_character_that_no_name_has(name: str) -> None:
    for kind, _, text in [one for one in examples() if one[0].id == name]:
        for at in {0, len(text), *(at + 1 for at, sign in enumerate(text) if sign in "/:-"), len(text) - 1}:
            for sign in UNWRITABLE:
                for value in (text[:at] + sign + text[at:], Partial([text[:at], sign, Unknown("Open"), text[at:]])):
                    read = match(kind, value)
                    assert not read or not _CONTROL.search("".join(read.fields.values())), (value, read)


@pytest.mark.parametrize("value", [HOST + "a" + sign for sign in UNWRITABLE if sign[0] == "%"])
def test_what_percent_encoding_hides_is_told_with_its_place(value: str) -> None:
    composed = compose(compiled(), [Request("CreateModel", {"PrimaryContainer": {"ModelDataUrl": value}})])
    (problem,) = [one for one in composed.findings if one.kind == "problem"]
    assert problem.member.endswith("ModelDataUrl") and "decoded, it has" in problem.message


def test_what_the_rules_of_the_name_forbid_is_no_name_when_decoded() -> None:
    assert match(compiled().kind("s3-uri"), HOST + "a%20b%E2%80%A8") == (
        match(compiled().kind("s3-uri"), HOST + "a b\u2028")
    )
    call = CodeCall("s3", "GetObject", {"Bucket": "amzn-s3-demo-bucket", "Key": "a\nb"}, place="train.py:2")
    (key,) = compose(compiled(), [], code=[call]).findings
    assert (key.kind, key.member, key.label) == ("problem", "GetObject.Key", "train.py:2")


@pytest.mark.parametrize("given", ["CodeKey=a\nb", "InputBucket=a\0b", "Region=us-west-2\n"])
def test_no_value_for_a_placeholder_has_one(given: str) -> None:
    done = run("CreateTrainingJob", "--set", given)
    assert done.code in (1, 2) and not _CONTROL.search(done.out.replace("\n", "")), done.err


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
@pytest.mark.parametrize(
    "hidden",
    ["s3://{}/\\u0000", "s3://{}/\\u007f", "https://{}.s3.amazonaws.com/%00", "https://{}.s3.amazonaws.com/a%0A"],
)
def test_no_reader_gives_a_character_that_no_name_has(file: Path, hidden: str) -> None:
    reader = Reader(compiled(), values={"Region": "us-west-2"})
    text = re.sub(r"s3://([a-z0-9][a-z0-9.-]+)/", lambda found: hidden.format(found[1]), file.read_text("utf-8"))
    reader.take(Source(file.name, text.encode()))
    found = reader.finish()
    composed = compose(compiled(), found.requests, values=found.facts, code=found.code)
    documents = [
        composed.policy,
        composed.trust,
        composed.caller,
        *(one.document for one in composed.companions.values()),
    ]
    for document in documents:
        assert not [one for one in texts(document.to_json()) if _CONTROL.search(one)]
