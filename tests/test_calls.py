"""All API operations: what follows from AWS's data for their callers, held against what the records say."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kb.aws.reference import aws_reference
from kb.records import loading
from kb.site import finder, tables
from kb.site.published import Published
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.explanations.explanation import explain_message
from sagemaker_roles.inputs import read_value
from sagemaker_roles.session import Choice, compose_reading, default_part
from support import DATA, ROOT, published, run

OWN = "arn:aws:sagemaker:us-west-2:111122223333:"
OPEN = re.compile(r"\$\{(?!Partition|Region|Account)(\w+)\}")


@cache
def built() -> Catalog:
    return Catalog.load()


@cache
def operations() -> dict[str, dict[str, Any]]:
    listed = json.loads(published()["operations.json"])["operations"]
    known = {item["operation"]: item for item in listed}
    assert len(known) == len(listed) > 650, "two services have an operation of one name"
    return known


def resources(statements: list[dict[str, Any]]) -> set[str]:
    return {OPEN.sub("${X}", arn) for one in statements for arn in one["Resource"]}


def test_every_operation_of_the_services_is_there() -> None:
    services = {*loading.load(DATA).catalog.data["apis"]}
    assert {"sagemaker", "sagemaker-runtime", "sagemaker-featurestore-runtime", "sagemaker-metrics"} <= services
    assert {*operations()} == {name for service in services for name in aws_reference().inputs[service]}


#: Records that read more out of the ARN in the request, and an action that AWS's data do not have yet.
BETTER = {"CreateGlobalInferenceGateway", "ExportEarthObservationJob", "ExportVectorEnrichmentJob", "GetTile"}


def test_the_records_say_the_same_of_the_call() -> None:
    """Records were written by hand, from AWS's pages; what is worked out was not written for them."""
    compared = 0
    for name, item in operations().items():
        path = f"operations/{name}/caller-policy.json"
        if path not in published() or name in BETTER:
            continue
        always = [one["statement"] for one in item["statements"] if not one["when"]]
        action = always[0]["Action"][0]
        ours = [one for one in json.loads(published()[path])["Statement"] if action in one["Action"]]
        assert resources(always) == resources(ours), name
        compared += 1
    assert compared >= 50


def test_few_variables_of_an_arn_are_filled_by_no_member() -> None:
    left = {
        (name, variable)
        for name, item in operations().items()
        for one in item["statements"]
        if one["statement"]["Sid"].startswith(name)  # what follows from AWS's data; the rest is written
        for arn in one["statement"]["Resource"]
        for variable in OPEN.findall(arn)
        if variable not in {filled["name"] for filled in item["placeholders"]}
    }
    assert left == {("BatchPutMetrics", "TrainingJobName"), ("DisassociateTrialComponent", "ProcessingJobName")}


def test_show_prints_the_policy_of_any_caller() -> None:
    done = run("show", "invokeendpoint")
    assert done.returncode == 0
    (statement,) = json.loads(done.stdout)["Statement"]
    assert statement["Action"] == ["sagemaker:InvokeEndpoint"]
    assert len(json.loads(run("show", "InvokeEndpoint", "--all-addons").stdout)["Statement"]) == 3
    assert json.loads(run("show", "ListDomains", "--part", "record").stdout) == operations()["ListDomains"]


@pytest.mark.parametrize(
    ("operation", "request_", "resource"),
    [
        ("InvokeEndpoint", {"EndpointName": "mine"}, "endpoint/mine"),
        ("PutRecord", {"FeatureGroupName": f"{OWN}feature-group/fg"}, "feature-group/fg"),
        ("DeleteSpace", {"DomainId": "d-1", "SpaceName": "s"}, "space/d-1/s"),
        ("UpdateEndpoint", {"EndpointName": "mine"}, "endpoint-config/${EndpointConfigName}"),
        ("ListDomains", {}, ""),
    ],
)
def test_the_request_of_any_operation_is_composed(operation: str, request_: dict[str, Any], resource: str) -> None:
    values = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}
    result = compose_reading(built(), read_value(built(), request_, operation=operation), Choice(values=values))
    granted = {arn for one in result.roles[0].composition.caller.statements for arn in one.resources}
    assert (f"{OWN}{resource}" if resource else "*") in granted
    assert default_part(result) == "caller"


def test_jobs_and_the_calls_that_wait_for_them_are_one_policy_of_a_caller(tmp_path: Path) -> None:
    jobs = {"CreateTrainingJob": "A", "CreateProcessingJob": "B"}
    asked: dict[str, Any] = {name: {"roleArn": f"arn:aws:iam::111122223333:role/{own}"} for name, own in jobs.items()}
    asked |= {"DescribeTrainingJob": {"trainingJobName": "j"}, "ListDomains": None}
    source = {"eventSource": "sagemaker.amazonaws.com"}
    events = [{**source, "eventName": name, "requestParameters": members} for name, members in asked.items()]
    (tmp_path / "log.json").write_text(json.dumps({"Records": events}), "utf-8")
    done = run("compose", "--request", str(tmp_path / "log.json"), "--part", "caller", "--allow-placeholders")
    granted = {action for one in json.loads(done.stdout)["Statement"] for action in one["Action"]}
    assert granted >= {f"sagemaker:{name}" for name in asked} | {"iam:PassRole"}


def test_a_denial_of_any_operation_is_explained() -> None:
    arn, user = f"{OWN}endpoint/mine", "arn:aws:iam::111122223333:user/me"
    text = f"User: {user} is not authorized to perform: sagemaker:InvokeEndpoint on resource: {arn}"
    cause = explain_message(built(), text).causes[0]
    assert (cause.operation, cause.page) == ("InvokeEndpoint", "reference/calls.md")
    assert cause.statement is not None and cause.statement["Resource"] == [arn]


def test_the_box_leads_to_each_operation_without_a_page_and_the_page_has_its_row() -> None:
    published_ = Published(ROOT / "build" / "v1")
    entries = {entry[0]: entry[1] for entry in finder.index(published_, ROOT / "docs", {})["entries"]}
    text = tables.calls(published_)
    for name, item in operations().items():
        assert entries[name] == (f"reference/{name}/" if item["has_record"] else f"reference/calls/#{name}")
        assert f'<tr id="{name}">' in text
