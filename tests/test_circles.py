"""No module imports one that imports it, by whatever way and in functions neither."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from importing import graph


def circle(edges: Mapping[str, set[str]]) -> list[str]:
    """One circle of a graph, or nothing."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_circle() -> None:
    edges = graph()
    assert sum(map(len, edges.values())) > 100
    assert {name for some in edges.values() for name in some} <= {*edges}
    assert circle(edges) == []


@pytest.mark.parametrize(
    ("edges", "expected"), [({"a": {"b"}, "b": {"a"}}, {"a", "b"}), ({"a": {"b"}, "b": set()}, set())]
)
def test_a_circle_is_found(edges: Mapping[str, set[str]], expected: set[str]) -> None:
    assert {*circle(edges)} == expected
