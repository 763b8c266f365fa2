"""The policies that AWS prints: the facts are those of the page, and what handles each of its mistakes is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from kb.aws.reference import aws_reference
from kb.aws.request_paths import PathError, Paths
from kb.rules import all_rules
from sagemaker_roles.engine.compose import Request, compose
from support import ROOT, loaded

HERE = Path(__file__).parent
OLD, NEW = "sagemaker-roles-2021", "sagemaker-roles"
#: The operations that the 2021 page has a section on.
_FIVE = ("HyperParameterTuningJob", "Model", "NotebookInstance", "ProcessingJob", "TrainingJob")
FIVE = tuple(f"Create{name}" for name in _FIVE)
OPERATIONS = tuple(sorted(loaded().catalog.documented))


@cache
def documented(operation: str) -> Any:
    """What AWS prints for an operation, as plain values."""
    return json.loads(json.dumps(loaded().catalog.documented[operation]))


def printed_policies_of(operation: str) -> list[tuple[str, str, Any]]:
    """Every printed policy of an operation: edition, id, facts."""
    return [
        (edition, item["policy"], item) for item in documented(operation)["printed"] for edition in item["editions"]
    ]


# --- the facts are those of the page ------------------------------------------------------------------------------


@cache
def seed() -> Any:
    """The policies of the 2021 page, as facts; tests/fixtures/README.md says how they were read."""
    return json.loads((HERE / "fixtures" / "seed-policies.json").read_text("utf-8"))


def test_the_2021_page_has_24_policies_three_of_them_cut_off() -> None:
    assert len(seed()) == 24
    cut = [(block["operation"], block["policy"]) for block in seed() if block["repaired"]]
    assert cut == [("CreateProcessingJob", "vpc"), ("CreateTrainingJob", "vpc"), ("CreateModel", "vpc")]
    recorded = {
        (operation, item["policy"])
        for operation in FIVE
        for item in documented(operation)["printed"]
        if OLD in item.get("cut", ())
    }
    assert recorded == set(cut)


def test_the_recorded_facts_are_those_of_the_2021_page() -> None:
    compared = 0
    for operation in FIVE:
        theirs = [block for block in seed() if block["operation"] in (operation, "")]
        mine = [item for edition, _, item in printed_policies_of(operation) if edition == OLD]
        assert [(item["policy"], item["form"]) for item in mine] == [(item["policy"], item["form"]) for item in theirs]
        for item, block in zip(mine, theirs, strict=True):
            sorted_blocks = [{**value, "Action": sorted(value["Action"])} for value in block["statements"]]
            assert item["statements"] == sorted_blocks
            compared += len(sorted_blocks)
    assert compared == 45


# --- the page's mistakes ------------------------------------------------------------------------------------------


def statements_of(edition: str) -> Iterator[tuple[str, str, Any]]:
    for operation in FIVE:
        for found, policy, item in printed_policies_of(operation):
            if found == edition:
                for statement in item["statements"]:
                    yield operation, policy, statement


_URI = "DataSource.S3DataSource.S3Uri"


@pytest.mark.parametrize(
    ("operation", "printed", "right"),
    [
        ("TrainingJob", "AlgorithSpecifications.TrainingImage", "AlgorithmSpecification.TrainingImage"),
        ("TrainingJob", "AlgorithmSpecification.AlgorithmArn", "AlgorithmSpecification.AlgorithmName"),
        ("Model", "SuplementalContainers.ModelDataUrl", "Containers[].ModelDataUrl"),
        ("Model", "SecondaryContainer.Image", "Containers[].Image"),
        ("TrainingJob", f"InputDataConfig.{_URI}", f"InputDataConfig[].{_URI}"),
        ("HyperParameterTuningJob", f"InputDataConfig.{_URI}", f"TrainingJobDefinitions[].InputDataConfig[].{_URI}"),
        (
            "HyperParameterTuningJob",
            "AlgorithmSpecification.TrainingImage",
            "TrainingJobDefinition.AlgorithmSpecification.TrainingImage",
        ),
        ("ProcessingJob", "ProcessingInputs.S3Input.S3Uri", "ProcessingInputs[].S3Input.S3Uri"),
    ],
)
def test_printed_parameters_do_not_exist(operation: str, printed: str, right: str) -> None:
    paths, shape = Paths(aws_reference().types), aws_reference().inputs["sagemaker"][f"Create{operation}"]
    with pytest.raises(PathError):
        paths.result(printed, shape)
    assert paths.result(right, shape)


def test_printed_resources_stand_once_in_ours() -> None:
    def doubled(statements: Iterable[Any]) -> list[str]:
        lists = [item.get("Resource", []) for item in statements]
        return sorted({arn for arns in lists for arn in arns if arns.count(arn) > 1})

    old, new = (
        doubled(item for operation, _, item in statements_of(edition) if operation == "CreateModel")
        for edition in (OLD, NEW)
    )
    assert old == ["arn:aws:ecr:::repository/my-repo", "arn:aws:s3:::inputbucket/object"]
    assert new == ["arn:aws:ecr:us-east-1:111122223333:repository/my-repo"]
    record = documented("CreateModel")
    mine = compose(loaded().catalog, [Request("CreateModel")], [record["role"]], values=record["names"])
    assert doubled(mine.policy.to_json()["Statement"]) == []


# --- every mistake is accounted for -------------------------------------------------------------------------------


def mistakes() -> Any:
    return loaded().catalog.page_mistakes


def test_all_23_mistakes_of_the_2021_page_are_accounted_for() -> None:
    numbers = [item["number"] for item in mistakes().values() if "number" in item]
    assert numbers == list(range(1, 24))
    assert all(OLD in item["editions"] for item in mistakes().values() if "number" in item)
    assert len(mistakes()) > len(numbers)


@pytest.mark.parametrize("name", list(mistakes()))
def test_what_handles_a_mistake_exists(name: str) -> None:
    catalog = loaded().catalog
    item = mistakes()[name]
    handled = item["handled"]
    faults = yaml.safe_load((HERE / "proof" / "faults.yaml").read_text("utf-8"))["faults"]
    known = {
        "rules": set(all_rules()),
        "statements": set(catalog.data["statements"]),
        "resources": set(catalog.data["resources"]),
        "trust": set(catalog.data["trust"]),
        "deviations": {f"{op}/{one['policy']}" for op in OPERATIONS for one in documented(op)["deviations"]},
        "addons": {
            f"{op}/{addon.id}"
            for op in catalog.operations
            for role in catalog.operation(op).roles
            for addon in role.addons
        },
        "pitfalls": {op for op in catalog.operations if catalog.operation(op).pitfalls},
        "faults": {fault["id"] for fault in faults},
        "files": {file for file in handled.get("files", ()) if (ROOT / file).is_file()},
        "tests": {test for test in handled.get("tests", ()) if has_test(test)},
    }
    assert handled
    for kind, names in handled.items():
        assert set(names) <= known[kind], f"{kind}: {sorted(set(names) - known[kind])}"
    assert set(item["editions"]) <= set(item["sources"])
    assert set(item["editions"]) <= {OLD, NEW}


def has_test(name: str) -> bool:
    file, _, function = name.partition("::")
    path = HERE / file
    return path.is_file() and f"def {function}(" in path.read_text("utf-8")
