"""The written comparison fits the scenarios of today; the peers themselves are asked by ``make compare`` only."""

from __future__ import annotations

import pytest

from . import compare, scenarios
from .peers import PEERS
from .proof import catalog

OPERATIONS = [name for name in scenarios.operations() if catalog().operation(name).roles]


def test_it_holds_every_operation_with_a_role() -> None:
    written = compare.read()
    assert list(written["operations"]) == OPERATIONS, "run `make compare`"
    assert written["peers"] == {name: title for name, (title, _) in PEERS.items()}


@pytest.mark.parametrize("operation", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in OPERATIONS])
def test_our_own_row_is_not_stale(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {name: peer for name, peer in PEERS.items() if name.startswith("ours")}
    monkeypatch.setattr(compare, "PEERS", own)
    written = compare.read()["operations"][operation]
    assert {name: written[name] for name in own} == compare.of(operation), "run `make compare`"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_ours_does_what_is_needed_and_lets_the_least_through(operation: str) -> None:
    rows = compare.read()["operations"][operation]
    ours = rows["ours"]
    assert ours["steps_allowed"] == ours["steps"]
    others = [row for name, row in rows.items() if name != "ours" and row["steps_allowed"] == row["steps"]]
    # Whoever allows less than is needed may also let less through.
    assert all(ours["near_misses_let_through"] <= row["near_misses_let_through"] for row in others)
    assert others


def test_actions_are_expanded() -> None:
    assert "ecr:BatchGetImage" in compare.expanded("ecr:Batch*")
    assert compare.expanded("fsx:DescribeFileSystem") == frozenset()
    policy = {
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "ec2:DescribeVpcs"], "Resource": ["*"]},
            {"Effect": "Deny", "Action": ["s3:PutObject"], "Resource": ["*"]},
        ]
    }
    assert compare.granted(policy) == ({"s3:GetObject", "ec2:DescribeVpcs"}, {"s3:GetObject"})
