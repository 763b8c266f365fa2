"""Known ways to gain privileges, held against every policy: none but those that are needed, narrowed and warned of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from kb.aws.reference import aws_reference

from . import documents
from .documents import Composed
from .proof import catalog
from .scenarios import LISTS, read


@cache
def listed() -> dict[str, Any]:
    return read(LISTS / "escalation.yaml", "escalation")


@cache
def policies() -> tuple[Composed, ...]:
    """Every permissions policy that is composed; a trust policy grants nothing to its holder."""
    return tuple(
        item for name in catalog().operations for item in documents.of(catalog(), name) if item.part != "trust"
    )


def paths_in(item: Composed) -> Iterator[str]:
    """Ids of the paths whose permissions a policy holds all."""
    granted = {action for statement in item.policy["Statement"] for action in statement["Action"]}
    assert not [action for action in granted if "*" in action], f"{item.name}: an action with a wildcard hides paths"
    for name, path in catalog().data["escalations"].items():
        if granted.issuperset(path["actions"]):
            yield name


@cache
def found() -> frozenset[tuple[str, str, str]]:
    return frozenset((path, item.operation, item.part) for item in policies() for path in paths_in(item))


def _needed() -> set[tuple[str, str, str]]:
    return {(item["path"], name, item["part"]) for item in listed()["needed"] for name in item["operations"]}


def test_the_paths_name_actions_that_exist() -> None:
    reference = aws_reference()
    actions = {action for path in catalog().data["escalations"].values() for action in path["actions"]}
    assert len(catalog().data["escalations"]) > 50
    assert not [action for action in sorted(actions) if reference.action(action) is None]


def test_no_policy_holds_a_path_but_those_needed() -> None:
    surplus = sorted(found() - _needed())
    assert not surplus, "these policies hold a known way to gain privileges; say in escalation.yaml why, or narrow them"
    assert policies()


def test_every_needed_path_is_still_there() -> None:
    gone = sorted(_needed() - found())
    assert not gone, "these policies hold the path no longer; take them out of escalation.yaml"


@pytest.mark.parametrize("name", sorted({operation for _, operation, _ in _needed()}))
def test_the_record_warns(name: str) -> None:
    pitfalls = catalog().operation(name).pitfalls
    assert any("privileges" in text for text in pitfalls), (
        f"{name} has a known way to gain privileges and does not say so"
    )


def _statements(action: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in policies():
        for statement in item.policy["Statement"]:
            if action in statement["Action"]:
                yield item.name, statement


#: Names that a service chooses for the roles that it creates, and so only their beginning is known.
CHOSEN_BY_SERVICE = (
    ":role/datazone_usr_role_*",
    ":role/AmazonBedrockLambdaExecutionRole*",
    ":role/AmazonBedrockServiceRole*",
)


def test_roles_are_passed_by_name_and_to_one_service() -> None:
    seen = 0
    for name, statement in _statements("iam:PassRole"):
        seen += 1
        services = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService", [])
        assert services, f"{name}: a role is passed to any service"
        assert not [service for service in services if "*" in service], name
        if " broad " not in name:
            named = (arn for arn in statement["Resource"] if not arn.endswith(CHOSEN_BY_SERVICE))
            assert not [arn for arn in named if "*" in arn], f"{name}: any role is passed"
    assert seen


def test_roles_are_taken_by_name() -> None:
    for name, statement in _statements("sts:AssumeRole"):
        if " broad " not in name:
            assert not [arn for arn in statement["Resource"] if "*" in arn], f"{name}: any role is taken"
