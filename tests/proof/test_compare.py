"""The written comparison fits the scenarios of today; the peers themselves are asked by ``make compare`` only."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from . import compare, written
from .peers import ACTIVITIES, PEERS, SDK_TYPES
from .proof import ALL, catalog, proof

OPERATIONS = compare.operations()


@cache
def rows() -> dict[str, Any]:
    """The written comparison by operation and peer, without the peers that have no policy for it."""
    return {
        name: {peer: row for peer, row in item["comparison"].items() if row}
        for name, item in written.read()["operations"].items()
        if item["comparison"]
    }


def test_it_holds_every_operation_with_a_role() -> None:
    assert list(rows()) == OPERATIONS, "run `make compare`"
    assert written.read()["peers"] == compare.peers(), "run `make compare`"


def test_peers_are_asked_where_they_have_a_policy() -> None:
    assert {*SDK_TYPES, *ACTIVITIES} <= set(catalog().operations)
    for name, found in rows().items():
        assert {"ours", "ours-broad", "full-access"} <= set(found) <= set(PEERS)
        assert ("sdk" in found) == (name in SDK_TYPES)
        assert ("role-manager" in found) == (name in ACTIVITIES)
    for peer in PEERS:
        assert any(peer in found for found in rows().values()), f"{peer} is compared nowhere"


@pytest.mark.parametrize("operation", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in OPERATIONS])
def test_our_own_row_is_not_stale(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not written.is_current(operation, "compare"):
        return
    own = {name: peer for name, peer in PEERS.items() if name.startswith("ours")}
    monkeypatch.setattr(compare, "PEERS", own)
    asked = compare.compared(proof(operation))
    for name in own:
        kept, let_through = dict(rows()[operation][name]), asked[name].pop("near_misses_let_through")
        total = kept.pop("near_misses_let_through")
        assert kept == asked[name], "run `make compare`"
        assert let_through == total if ALL else let_through <= total, "run `make compare`"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_ours_does_what_is_needed_and_lets_the_least_through(operation: str) -> None:
    found = rows()[operation]
    ours = found["ours"]
    assert ours["steps_allowed"] == ours["steps"]
    others = [row for name, row in found.items() if name != "ours" and row["steps_allowed"] == row["steps"]]
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
