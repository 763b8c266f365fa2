"""Partition and account: those of the composed role, and of the roles that callers pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.compose import Request, compose
from sagemaker_roles.engine.roles import only_of_arn
from sagemaker_roles.records import loading as catalogs
from support import ROOT

MEMBERS = {
    "DefaultUserSettings": {
        "ExecutionRole": "arn:aws:iam::111122223333:role/Users",
        "JupyterLabAppSettings": {"EmrSettings": {"AssumableRoleArns": ["arn:aws:iam::444455556666:role/EmrAccess"]}},
    }
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return catalogs.load(Path(ROOT) / "data").catalog


def accounts(document: Any) -> set[str]:
    texts = [item for statement in document.to_json()["Statement"] for item in statement["Resource"]]
    return {text.split(":")[4] for text in texts if text.count(":") > 4} - {"", "*"}


def test_roles_of_other_accounts_do_not_hide_the_account(catalog: Catalog) -> None:
    found = compose(catalog, [Request("CreateDomain", MEMBERS)], ["execution"])
    assert accounts(found.policy) == {"111122223333", "444455556666"}
    assert accounts(found.caller) == {"111122223333"}
    assert "Account" not in found.placeholders


def test_the_account_is_that_of_the_composed_role(catalog: Catalog) -> None:
    found = compose(catalog, [Request("CreateDomain", MEMBERS)], ["emr-access"])
    assert accounts(found.policy) == {"444455556666"}
    assert accounts(found.caller) == {"111122223333"}


def test_a_role_that_the_request_does_not_name_is_in_the_account_of_those_that_are_passed(catalog: Catalog) -> None:
    found = compose(catalog, [Request("CreateDomain", MEMBERS)], ["space-execution"])
    assert accounts(found.policy) == {"111122223333"}


def test_roles_of_two_accounts_leave_the_account_open(catalog: Catalog) -> None:
    roles = ["arn:aws:iam::444455556666:role/EmrAccess", "arn:aws:iam::777788889999:role/EmrAccess"]
    settings = {"JupyterLabAppSettings": {"EmrSettings": {"AssumableRoleArns": roles}}}
    found = compose(catalog, [Request("CreateDomain", {"DefaultUserSettings": settings})], ["emr-access"])
    assert accounts(found.policy) == {"${Account}"}
    assert "Account" in found.placeholders


def test_placeholders_of_trust_policies_are_filled_and_have_a_meaning(catalog: Catalog) -> None:
    values = {"StudioAccount": "111122223333", "StudioRoleName": "Users"}
    found = compose(catalog, [Request("CreateDomain", MEMBERS)], ["emr-access"], values=values)
    assert found.trust.to_json()["Statement"][0]["Principal"] == {"AWS": ["arn:aws:iam::111122223333:role/Users"]}
    role = catalog.operation("CreateDomain").role("emr-access")
    assert role is not None
    parameters = {parameter for entry in catalog.fillable(role) for parameter in entry.parameters}
    assert "StudioRole" in parameters


def test_an_operation_whose_role_another_one_passes_is_the_callers(catalog: Catalog) -> None:
    """An endpoint configuration without a role of its own works with the model's, which its caller does not pass."""
    own = "arn:aws:iam::111122223333:role/Model"
    requests = [Request("CreateModel", {"ExecutionRoleArn": own}, "m"), Request("CreateEndpointConfig", {}, "e")]
    chosen = only_of_arn(catalog, requests, own)
    assert [(one.operation, one.roles) for one in chosen.requests] == [
        ("CreateModel", ("execution",)),
        ("CreateEndpointConfig", ("caller",)),
    ]
