"""Expressions give what the jmespath library gives, know which members they need, and take partly known texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from composing import compiled
from sagemaker_roles.engine.expressions import expression, is_true, search
from sagemaker_roles.engine.partial import Partial, Unknown, document, inside, joined

_NAMES = st.sampled_from(["A", "B", "C"])
_SCALARS = st.sampled_from([None, True, False, 0, 1, 2.5, "", "x", "s3://b/k", "1"])
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3), max_leaves=12
)
_EXPRESSIONS = ["A", "A.B.C", "A[].B", "A[*].B.C", "A[?B=='x'].C", "A[?B!='x' && C].B", "A[?!B].C", "A[0].B", "A[-1]"]
_EXPRESSIONS += ["A[5]", "A[:1].B", "A[::-1]", "A.*.B", "A || B", "A && B", "!A", "A == B", "A != `true`", "A == `1`"]
_EXPRESSIONS += [
    "A < B",
    "A >= `1`",
    "A.{x: B, y: C.A}",
    "A[].{x: B, y: C}",
    "A.[B, C]",
    "A | B",
    "A[].B | [0]",
    "A[][]",
]
_EXPRESSIONS += ["@", "A.B || 'default'", "`[1, 2]`", "contains(A, 'x')", "A[?contains(@, 'x')]", "join('/', [A, B])"]
_EXPRESSIONS += ["join('/', A)"]


@pytest.mark.parametrize("text", _EXPRESSIONS)
@given(value=st.dictionaries(_NAMES, _VALUES, max_size=3))
@settings(max_examples=60)
def test_the_same_as_the_library(text: str, value: dict[str, Any]) -> None:
    try:
        expected = jmespath.search(text, value)
    except (JMESPathError, TypeError):
        expected = None  # a function was given what it cannot take
    roots = expression(text).roots
    if roots is not None and roots.isdisjoint(value):
        assert search(text, value) is None
        assert not is_true(expected)
    else:
        assert search(text, value) == expected


def every_expression() -> Iterator[str]:
    for name in compiled().operations:
        for grantee in compiled().operation(name).grantees():
            yield from grantee.parameters
            for addon, entry in grantee.all_entries():
                yield from entry.members
                if addon and addon.when:
                    yield addon.when


def test_most_expressions_tell_their_members() -> None:
    found = sorted({*every_expression(), *_EXPRESSIONS})
    assert len([text for text in found if expression(text).roots is None]) < len(found) / 4


def test_partly_known_texts_stay_so() -> None:
    text = Partial(["s3://", Unknown("Bucket"), "/data"])
    assert text == "s3://${Bucket}/data"
    assert search("A[].B", {"A": [{"B": text}]})[0].parts == text.parts
    glued = search("join('/', [A, 'x'])", {"A": text})
    assert glued.parts == ("s3://", Unknown("Bucket"), "/data", "/", "x")
    assert search("contains(A, 'data')", {"A": text}) is True
    assert type(joined(["a", "b"])) is str
    assert joined(["a", Partial(["b", Unknown("C")])]).parts == ("a", "b", Unknown("C"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"A": [{"B": "s3://b/k"}, {"C": 1}]}', ["s3://b/k"]),
        (' \t\r\n{"A": []}', []),
        ('{"A": "B"}', None),
        ('[{"A": 1}]', None),
        ('"{}"', None),
        ("{A: 1}", None),
        ('{"A": NaN}', None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_texts_are_read_as_json(text: str, found: Any) -> None:
    assert search("parsed(D).A[].B", {"D": text}) == found


def test_what_is_not_known_stays_within_a_text_that_is_read_as_json() -> None:
    text = Partial(['{"A": "s3://', Unknown("Bucket"), '/k", "B": {"C": ["', Unknown("Name"), '"]}}'])
    assert search("parsed(D).A", {"D": text}).parts == ("s3://", Unknown("Bucket"), "/k")
    assert search("parsed(D).B.C[0]", {"D": text}).parts == (Unknown("Name"),)
    assert search("parsed(D).A", {"D": Partial(['{"A": ', Unknown("Whole"), "}"])}) is None
    assert search("parsed(D).A", {"E": "{}"}) is None


def test_what_is_nested_too_deep_holds_no_object() -> None:
    for depth, is_read in ((3, True), (100_000, False)):
        text = Partial(['{"a":' * depth + '"x', Unknown("Open"), '"' + "}" * depth])
        assert (document(text) is not None) is is_read
    assert document(Partial(['{"a": ["', Unknown("One"), '-", 5, "', Unknown("Two"), '"]}'])) == {
        "a": ["${One}-", 5, "${Two}"]
    }
    assert document(Partial(['["', Unknown("One"), '"]'])) is None
    assert inside('{"a": 1}') == {"a": 1} and inside(Partial(['{"a": "', Unknown("One"), '"}'])) is None
