"""Statements that cancel others: the ones that are looked at are all that matter."""

from __future__ import annotations

from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from sagemaker_roles.engine import documents
from sagemaker_roles.engine.documents import ComposedStatement, Document, Reason, without_cancelled

VALUES = st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True).map(tuple)
KEYS = st.dictionaries(st.sampled_from(["k1", "k2"]), VALUES, min_size=1, max_size=2)
CONDITIONS = st.dictionaries(st.sampled_from(["StringEquals", "StringNotEquals"]), KEYS, max_size=2)
STATEMENTS = st.builds(
    lambda actions, resources, condition, name: (actions, resources, condition, name),
    st.lists(st.sampled_from(["s:A", "s:B"]), min_size=1, max_size=2, unique=True).map(
        lambda found: tuple(sorted(found))
    ),
    st.sampled_from([("*",), ("arn:x/1",), ("arn:x/*",), ("arn:x/1", "arn:y/2")]),
    CONDITIONS,
    st.sampled_from(["CreateModel", "CreateTrainingJob"]),
)


@given(st.lists(STATEMENTS, max_size=8), st.booleans())
def test_what_is_not_looked_at_is_never_cancelled(several: list[Any], is_broad: bool) -> None:
    document = Document(
        tuple(
            ComposedStatement(f"S{number}", actions, resources, condition, (Reason(operation, *["x"] * 5, ()),))
            for number, (actions, resources, condition, operation) in enumerate(several)
        )
    )
    with mock.patch.object(documents, "_candidates", lambda *_: range(len(several))):
        expected = without_cancelled(document, is_broad=is_broad)
    assert without_cancelled(document, is_broad=is_broad) == expected


def test_conditions_with_values_in_another_order_are_alike() -> None:
    one, other = (
        ComposedStatement(sid, ("s:A",), ("arn:x/1",), {"StringEquals": {"k1": values}}, (Reason(operation=sid),))
        for sid, values in (("A", ("a", "b")), ("B", ("b", "a")))
    )
    document = Document((one, other))
    assert without_cancelled(document) == (document, []), "neither is wider; without_duplicates joins them"
