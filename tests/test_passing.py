"""The lists of operations that pass a role: as AWS prints them, and against botocore."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kb.aws.reference import aws_reference
from kb.publish import collections
from support import document


@pytest.fixture(scope="module")
def result() -> Any:
    return document("catalog.json")["pass_role"]


def test_botocore_knows_53_operations_and_92_role_parameters(result: Any) -> None:
    assert aws_reference().versions["botocore"] == "1.44.8"
    assert result["counts"] == {"operations": 53, "parameters": 92}
    assert len(result["operations"]) == 53
    services = [item["service"] for item in result["operations"]]
    assert (services.count("sagemaker"), services.count("sagemaker-geospatial")) == (48, 5)
    domain = next(item for item in result["operations"] if item["operation"] == "CreateDomain")
    assert len(domain["parameters"]) == 11


def test_what_the_printed_lists_hold_and_lack(result: Any) -> None:
    lists = {item["id"]: item for item in result["lists"]}
    old, new, table = (lists[name] for name in ("sagemaker-roles-2021", "sagemaker-roles", "api-permissions"))
    assert (len(old["printed"]), len(old["operations"]), len(old["missing"])) == (13, 12, 41)
    assert (len(new["printed"]), len(new["operations"]), len(new["missing"])) == (17, 17, 36)
    assert (len(table["operations"]), len(table["missing"])) == (17, 36)
    assert not any(item["without_role"] for item in lists.values())
    assert set(old["operations"]) < set(new["operations"])
    assert sorted(set(table["operations"]) - set(new["operations"])) == [
        "CreateAutoMLJobV2",
        "CreateInferenceRecommendationsJob",
        "CreatePipeline",
        "UpdatePipeline",
    ]
    assert [item["operation"] for item in result["operations"] if not item["listed"]][:2] == [
        "CreateAIBenchmarkJob",
        "CreateAIRecommendationJob",
    ]


def test_misprints_are_put_right_and_kept_as_printed(result: Any) -> None:
    old = result["lists"][0]
    assert "CreateFlowDefiniton" in old["printed"] and "CreateFlowDefiniton" not in old["operations"]
    assert old["printed"].count("CreateModel") == 2 and old["operations"].count("CreateModel") == 1
    known = set(aws_reference().inputs["sagemaker"])
    for item in result["lists"]:
        wrong = {name for name in item["printed"] if name not in known}
        repeated = {name for name in item["printed"] if item["printed"].count(name) > 1}
        assert wrong | repeated == {misprint["printed"] for misprint in item["misprints"]}, item["id"]
        assert set(item["operations"]) <= known


def test_an_operation_without_a_role_is_told() -> None:
    lists = {"page": {"title": "A page", "printed": ["CreateThing", "CreateOther"], "sources": ["page"]}}
    parameters = [SimpleNamespace(service="sagemaker", operation="CreateThing", path="RoleArn")]
    (found,) = collections.matrix(lists, parameters)["lists"]
    assert (found["missing"], found["without_role"]) == ([], ["CreateOther"])
