"""--source-account: the account as a condition for services that AWS documents without one, and what says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from composing import compiled, compose
from sagemaker_roles.engine.compose import Request
from sagemaker_roles.engine.compose import compose as composed

ROLE = "arn:aws:iam::111122223333:role/R"
ACCOUNT = {"StringEquals": {"aws:SourceAccount": ["111122223333"]}}


def trust(operation: str, *, source_account: bool, role: str = "", **members: Any) -> list[dict[str, Any]]:
    """The statements of a trust policy."""
    roles = [role] if role else []
    values = {"Account": "111122223333", "Region": "us-west-2", "Partition": "aws"}
    request = Request(operation, members) if members else Request(operation)
    found = composed(compiled(), [request], roles, values=values, source_account=source_account)
    statements: list[dict[str, Any]] = found.trust.to_json()["Statement"]
    return statements


@pytest.mark.parametrize(
    ("operation", "role"), [("CreateJob", ""), ("CreateNotebookInstance", ""), ("CreateProject", "cloudformation")]
)
def test_services_without_a_condition_get_the_account(operation: str, role: str) -> None:
    before = trust(operation, source_account=False, role=role)
    after = trust(operation, source_account=True, role=role)
    assert [{**item, "Condition": ACCOUNT} for item in before] == after
    assert before != after


@pytest.mark.parametrize("operation", ["CreateTrainingJob", "CreateModel", "CreatePipeline"])
def test_documented_conditions_stay(operation: str) -> None:
    assert trust(operation, source_account=True) == trust(operation, source_account=False)


def test_roles_that_assume_a_role_stay() -> None:
    settings = {"JupyterLabAppSettings": {"EmrSettings": {"AssumableRoleArns": [ROLE]}}}
    members = {"DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::111122223333:role/U", **settings}}
    found = trust("CreateDomain", source_account=True, role="emr-access", **members)
    assert any("AWS" in item["Principal"] for item in found)
    assert all("AWS" not in item["Principal"] or "Condition" not in item for item in found)


def test_the_command_says_that_it_is_untested(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps({"NotebookInstanceName": "n", "InstanceType": "ml.t3.medium", "RoleArn": ROLE}), "utf-8")
    arguments = ["CreateNotebookInstance", "--request", file, "--part", "trust", "--region", "us-west-2"]
    plain, narrow = compose(*arguments), compose(*arguments, "--source-account")
    assert "aws:SourceAccount" not in plain.out + plain.err
    assert json.loads(narrow.out)["Statement"][0]["Condition"] == ACCOUNT
    assert "note: trust: AssumeRole requires aws:SourceAccount, and no source shows that" in narrow.err
    documented = compose("CreateTrainingJob", "--request", "-", "--source-account", stdin=json.dumps({"RoleArn": ROLE}))
    assert "no source shows" not in documented.err
