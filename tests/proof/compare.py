"""Compares what others grant for the requests of our scenarios: ``make compare`` writes it into proof.json.

For each operation and each way to get a policy it counts, over the scenarios of the first role: actions granted,
actions on "*" that have a resource type, steps of the service that are allowed, and near misses that are let through.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from kb.aws.reference import aws_reference
from sagemaker_roles.errors.problems import DataError
from sagemaker_roles.iam.size import size

from . import code_scripts, scenarios, written
from .oracle import OracleMissing, Policy
from .peers import PEERS
from .proof import Case, Proof, catalog
from .scenarios import Scenario


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
    return compared(Proof(operation))


def compared(one: Proof) -> dict[str, Any]:
    """The comparison for the operation of a proof, of which a slice counts what of the slice is let through."""
    wanted = _of_first_role(one.operation)
    cases = [case for case in one.cases if case.scenario in wanted and case.steps("policy")]
    found = {}
    for name, peer in PEERS.items():
        pairs = [(case, policy) for case in cases if (policy := peer.make(case)) is not None]
        if pairs:
            scope = {"ours": "scoped", "ours-broad": "broad"}.get(name, "")
            found[name] = _row(one, pairs, scope)
    return found


def _row(one: Proof, pairs: Iterable[tuple[Case, Policy]], scope: str) -> dict[str, int]:
    """The counts over some scenarios; ``scope`` is the scope of our own policy, or "" for that of others."""
    actions: set[str] = set()
    star: set[str] = set()
    sums = {"scenarios": 0, "steps": 0, "steps_allowed": 0, "near_misses": 0, "near_misses_let_through": 0}
    characters = 0
    for case, policy in pairs:
        more, wide = granted(policy)
        actions |= more
        star |= wide
        characters = max(characters, size(policy))
        steps, misses = case.steps("policy"), one.near_misses(case, "policy")
        sums["scenarios"] += 1
        sums["steps"] += len(steps)
        about_steps = case.about_steps("policy", scope) if scope else case.ask("policy", policy, steps)
        about_misses = case.ask("policy", policy, misses)
        sums["steps_allowed"] += sum(answer.outcome == "allowed" for answer in about_steps)
        sums["near_misses"] += len(case.near_misses("policy"))
        sums["near_misses_let_through"] += sum(answer.outcome == "allowed" for answer in about_misses)
    return {"actions": len(actions), "actions_on_star": len(star), "longest_policy": characters, **sums}


def operations() -> list[str]:
    """The operations that are compared: those in whose scenarios the service works with the first role."""
    return [name for name in scenarios.operations() if any(item.steps for item in _of_first_role(name))]


def _of_first_role(operation: str) -> list[Scenario]:
    roles = catalog().operation(operation).roles
    return [item for item in scenarios.of(operation) if roles and item.role in ("", roles[0].id)]


def peers() -> dict[str, Any]:
    """Whose policies are compared, as proof.json holds it."""
    return {name: {"title": peer.title, "from": peer.read_from(), "told": peer.told} for name, peer in PEERS.items()}


def main(arguments: list[str]) -> int:
    """Compares the operations named, or all that have scenarios and are proved."""
    try:
        names = written.chosen(arguments, operations(), "comparison")
        before = written.read()
        found = before["operations"]
        if unproved := ", ".join(name for name in names if name not in found):
            raise scenarios.ScenarioError(f"run `make proof` first; nothing is proved of {unproved}")
        read_from = peers()
        code = code_scripts.measured()
        with ProcessPoolExecutor(2) as pool:
            for number, (name, rows) in enumerate(zip(names, pool.map(of, names), strict=True), 1):
                on = {**found[name].get("measured_on", {}), "comparison": written.digests()[name]}
                found[name] |= {"comparison": {peer: rows.get(peer) for peer in PEERS}, "measured_on": on}
                told = f"[{number:2}/{len(names)}] {name}: {len(rows)} of {len(PEERS)} peers"
                print(told, file=sys.stderr, flush=True)
        for item in found.values():  # of a peer that came since, the others have no row
            item["comparison"] = item["comparison"] and {peer: item["comparison"].get(peer) for peer in PEERS}
        written.write(found, before["exceptions"], read_from, code)
    except (OracleMissing, scenarios.ScenarioError, DataError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    for name in PEERS:
        rows = [row for item in found.values() if (row := item["comparison"].get(name))]
        keys = ("steps", "steps_allowed", "near_misses", "near_misses_let_through")
        sums = {key: sum(row[key] for row in rows) for key in keys}
        print(
            f"{name:16} {len(rows):3} operations {sums['steps_allowed']:5} of {sums['steps']:5} steps allowed"
            f" {sums['near_misses_let_through']:6} of {sums['near_misses']:6} near misses let through"
        )
    for one in code["sets"].values():
        for reader, counts in one["readers"].items():
            print(f"{one['title']}, {reader}: {counts}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
