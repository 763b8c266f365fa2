"""What tests share cannot be changed by one of them; its copies can."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from frozen import frozen
from support import compiled

VALUE = {"a": [1, {"b": 2}], "c": {}}


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.update(a=1),
        lambda value: value.pop("a"),
        lambda value: value.__setitem__("a", 1),
        lambda value: value["a"].append(1),
        lambda value: value["a"][1].clear(),
        lambda value: value["a"].__setitem__(0, 2),
    ],
)
def test_a_change_is_refused(change: Any) -> None:
    value = frozen(VALUE)
    with pytest.raises(TypeError, match="change a copy"):
        change(value)
    assert value == VALUE


def test_copies_can_be_changed() -> None:
    value = frozen(VALUE)
    for one in (copy.deepcopy(value), pickle.loads(pickle.dumps(value)), {**value}, json.loads(json.dumps(value))):  # noqa: S301
        one["c"] = 1
        assert one["a"] == VALUE["a"]
    copied = copy.deepcopy(value)
    copied["a"][1]["b"] = 3
    assert value == VALUE


def test_the_catalog_of_the_tests_is_one_of_them() -> None:
    with pytest.raises(TypeError, match="change a copy"):
        compiled().data["operations"]["CreateModel"]["roles"].clear()
