"""Compares what others grant for the requests of our scenarios: ``make compare`` writes data/proof/comparison.json.

For each operation and each way to get a policy it counts, over the scenarios of the first role: actions granted,
actions on "*" that have a resource type, steps of the service that are allowed, and near misses that are let through.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from sagemaker_roles.reference import aws_reference

from . import scenarios
from .oracle import OracleMissing, Policy
from .peers import PEERS
from .proof import Case, catalog, proof
from .scenarios import ROOT

PATH = ROOT / "data" / "proof" / "comparison.json"


@cache
def expanded(pattern: str) -> frozenset[str]:
    """The actions a pattern stands for."""
    prefix, _, name = pattern.lower().partition(":")
    if pattern == "*":
        return frozenset().union(*(expanded(f"{item}:*") for item in aws_reference().prefixes()))
    return frozenset(
        f"{prefix}:{action}" for action in aws_reference().actions(prefix) if fnmatchcase(action.lower(), name)
    )


def granted(policy: Policy) -> tuple[set[str], set[str]]:
    """All actions a policy grants, and those it grants on every resource although they have a resource type."""
    every: set[str] = set()
    star: set[str] = set()
    for statement in policy["Statement"]:
        if statement["Effect"] != "Allow":
            continue
        actions = {action for pattern in statement["Action"] for action in expanded(pattern)}
        every |= actions
        if "*" in statement.get("Resource", ()) or "NotResource" in statement:
            star |= {name for name in actions if (known := aws_reference().action(name)) and known.resource_types}
    return every, star


def of(operation: str) -> dict[str, Any]:
    """The comparison for one operation: by way to get a policy, the counts over its scenarios."""
    record = catalog().operation(operation)
    first = record.roles[0].id if record.roles else ""
    cases = [case for case in proof(operation).cases if (case.scenario.role or first) == first and case.steps("policy")]
    found = {}
    for name, (_, make) in PEERS.items():
        pairs = [(case, policy) for case in cases if (policy := make(case)) is not None]
        if pairs:
            scope = {"ours": "scoped", "ours-broad": "broad"}.get(name, "")
            found[name] = _row(pairs, scope)
    return found


def _row(pairs: Iterable[tuple[Case, Policy]], scope: str) -> dict[str, int]:
    """The counts over some scenarios; ``scope`` is the scope of our own policy, or "" for that of others."""
    actions: set[str] = set()
    star: set[str] = set()
    sums = {"scenarios": 0, "steps": 0, "steps_allowed": 0, "near_misses": 0, "near_misses_let_through": 0}
    characters = 0
    for case, policy in pairs:
        more, wide = granted(policy)
        actions |= more
        star |= wide
        characters = max(characters, len(json.dumps(policy, separators=(",", ":"))))
        steps, misses = case.steps("policy"), case.near_misses("policy")
        sums["scenarios"] += 1
        sums["steps"] += len(steps)
        about_steps = case.about_steps("policy", scope) if scope else case.ask("policy", policy, steps)
        about_misses = case.about_near_misses("policy", scope) if scope else case.ask("policy", policy, misses)
        sums["steps_allowed"] += sum(answer.outcome == "allowed" for answer in about_steps)
        sums["near_misses"] += len(misses)
        sums["near_misses_let_through"] += sum(answer.outcome == "allowed" for answer in about_misses)
    return {
        "actions": len(actions),
        "actions_on_star": len(star),
        "longest_policy": characters,
        **sums,
    }


def read() -> dict[str, Any]:
    """What was written last."""
    return json.loads(PATH.read_text("utf-8"))  # type: ignore[no-any-return]


def main() -> int:
    """Compares every operation that has scenarios."""
    names = [name for name in scenarios.operations() if catalog().operation(name).roles]
    try:
        with ProcessPoolExecutor(2) as pool:
            operations = dict(zip(names, pool.map(of, names), strict=True))
    except OracleMissing as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    titles: Mapping[str, str] = {name: title for name, (title, _) in PEERS.items()}
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps({"peers": titles, "operations": operations}, indent=2) + "\n", "utf-8")
    for operation, rows in operations.items():
        for name, row in rows.items():
            print(
                f"{operation:32} {name:16} {row['actions']:5} actions {row['actions_on_star']:4} on *"
                f" {row['steps_allowed']:4}/{row['steps']:<4} steps"
                f" {row['near_misses_let_through']:6}/{row['near_misses']} near misses let through"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
