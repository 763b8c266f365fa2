"""Frameworks: what each sends is allowed by what is composed for it, and nothing next to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

from composing import compose
from proof.evaluator import allows
from proof.oracle import Question
from sagemaker_roles.cli import audit
from sagemaker_roles.engine.code_permissions import needs_of_code
from sagemaker_roles.session import Choice, Result, compose_reading, framework_of
from support import compiled

NAMES = sorted(compiled().frameworks)
ROLE = "arn:aws:iam::111122223333:role/Caller"
VALUES = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}


def filled(value: object) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: VALUES.get(found[1], found[1].lower()), json.dumps(value))


def composed(name: str) -> Result:
    return compose_reading(compiled(), *framework_of(compiled(), name, Choice()))


def questions(name: str, part: str) -> Iterator[Question]:
    """The calls that a framework makes, in examples: its operations, the role that it passes, and its other calls."""
    framework, catalog = compiled().frameworks[name], compiled()
    reading, _ = framework_of(catalog, name, Choice())
    if part == "caller":
        for operation in framework["operations"]:
            resource = "*" if operation.startswith("List") else ""
            kind = re.sub(r"(?<!^)(?=[A-Z])", "-", re.sub("^(Create|Describe|Stop|Update)", "", operation)).lower()
            thing = "".join(re.findall("[a-z]+", kind))
            resource = resource or f"arn:aws:sagemaker:us-west-2:111122223333:{kind}/{thing}name"
            yield Question(ROLE, f"sagemaker:{operation}", resource, "111122223333")
        passed = "arn:aws:iam::111122223333:role/executionrolename"
        context = {"iam:PassedToService": "sagemaker.amazonaws.com"}
        yield Question(ROLE, "iam:PassRole", passed, "111122223333", context)
    for need in needs_of_code(catalog, [call for call in reading.code if call.part == part], {}):
        resource = json.loads(filled(need.resource))
        yield Question(ROLE, need.action, resource, "111122223333")


@pytest.mark.parametrize("part", ["caller", "policy"])
@pytest.mark.parametrize("name", NAMES)
def test_its_calls_are_allowed_and_the_same_calls_on_other_resources_are_not(name: str, part: str) -> None:
    (role,) = composed(name).roles
    policy = json.loads(filled(getattr(role.composition, part).to_json()))
    asked = [*questions(name, part)]
    assert asked or part == "policy"
    for question in asked:
        assert allows(policy, question), question
        if question.resource != "*":
            other = Question(ROLE, question.action, f"{question.resource}-x/y", question.account, question.context)
            assert not allows(policy, other), other


def test_the_role_is_passed_to_the_service_only() -> None:
    for name in NAMES:
        (role,) = composed(name).roles
        policy = json.loads(filled(role.composition.caller.to_json()))
        for context in ({}, {"iam:PassedToService": "ec2.amazonaws.com"}):
            passed = "arn:aws:iam::111122223333:role/executionrolename"
            assert not allows(policy, Question(ROLE, "iam:PassRole", passed, "111122223333", context))


def test_six_frameworks_have_their_source_at_a_commit() -> None:
    """All but Step Functions, whose source AWS does not publish."""
    sources = compiled().sources
    commits = [
        name
        for name in NAMES
        if any(re.search(r"/blob/[0-9a-f]{40}/", sources[one]["url"]) for one in compiled().frameworks[name]["sources"])
    ]
    assert len(commits) >= 6 and {*NAMES} - {*commits} == {"step-functions-training"}


def test_the_command_prints_the_caller_and_the_role() -> None:
    done = compose("--framework", "wandb-launch", "--part", "all", "--allow-placeholders")
    assert done.code == 0, done.err
    assert {"policy", "trust", "caller"} <= json.loads(done.out).keys()
    assert "sagemaker:StopTrainingJob" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--framework", "wandb"), '--framework: unknown framework "wandb"; expected one of ack-controller, '),
        (("CreateModel", "--framework", "wandb-launch"), "--framework excludes files, --request, "),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], message: str) -> None:
    done = compose(*arguments)
    assert done.code == 2 and message in done.err, done.err


def test_what_its_documentation_attaches_is_audited(tmp_path: Path) -> None:
    """W&B documents DescribeLogStreams on a resource of SageMaker, and its code reads the events of the stream too."""
    (attached,) = compiled().frameworks["wandb-launch"]["attach"]
    statements = [{"Effect": "Allow", **one} for one in attached["allows"] if one["Action"] != ["kms:CreateGrant"]]
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": json.loads(filled(statements))}))
    options = [f"--set={name}={value}" for name, value in {**VALUES, "ExecutionRoleName": "executionrolename"}.items()]
    with mock.patch.object(audit, "load_catalog", compiled):
        arguments = ["--framework", "wandb-launch", "--caller", "--policy", str(policy), "--format", "json", *options]
        done = CliRunner().invoke(audit.command, arguments, catch_exceptions=False)
    missing = {one["action"] for role in json.loads(done.stdout)["roles"] for one in role["missing"]}
    assert done.exit_code == 1
    assert missing == {"logs:DescribeLogStreams", "logs:GetLogEvents", "sagemaker:StopTrainingJob"}, done.stdout
