"""The AWS managed policies: all there, their actions exist, and FullAccess is explained service by service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kb.aws.reference import aws_reference
from kb.rules.context import Context
from kb.rules.managed_policies import managed_policy_actions
from kb.site import tables
from kb.site.published import Published
from sagemaker_roles.audits.coverage_table import Coverage, table
from sagemaker_roles.audits.required_calls import needs_of
from sagemaker_roles.catalog import Catalog, Compiled
from sagemaker_roles.iam.evaluation import document
from sagemaker_roles.iam.statements import statements
from sagemaker_roles.session import Choice, compose_reading, placeholders_of
from support import DATA, ROOT, loaded, stored


def policies() -> Any:
    return loaded().catalog.managed_policies


def grants(policy: Any) -> list[Any]:
    return [grant for part in ("services", "notable") for item in policy.get(part, ()) for grant in item["grants"]]


def test_all_policies_are_there() -> None:
    # Two are named in AWS's documentation only: no document, so no version, no grants, and a note that says so.
    bare = [name for name, item in policies().items() if "version" not in item]
    assert bare == ["AmazonSageMakerTrainingSessionAccess", "AmazonSageMakerTrainingSessionFullAccess"]
    for name, item in policies().items():
        path = {"attachable": "", "service-linked": "aws-service-role/"}.get(item["kind"], f"{item['kind']}/")
        assert item["arn"] == "arn:${Partition}:iam::aws:policy/" + path + name
        assert name in bare or "services" in item or "prefixes" in item
        assert name not in bare or item["notes"]


def test_grants_by_service_are_those_of_the_document() -> None:
    known = documents()
    for name, item in policies().items():
        if "services" not in item:
            continue
        allowed = {
            action
            for statement in known[name]["document"]["Statement"]
            if statement["Effect"] == "Allow"
            for action in _listed(statement.get("Action", []))
        }
        granted = {action for grant in grants(item) for action in grant["Action"]}
        assert granted == allowed and len(granted) == item["actions"], name
        for service in item["services"]:
            for grant in service["grants"]:
                assert all(action.startswith(service["service"] + ":") for action in grant["Action"]), name
                assert ("Resource" in grant) != ("NotResource" in grant), name


def test_every_granted_action_exists_or_is_said_to_be_gone() -> None:
    context = Context(loaded(), aws_reference())
    assert [str(problem) for problem in managed_policy_actions(context)] == []
    gone = {action for item in policies().values() for action in item.get("gone", {})}
    assert {action.partition(":")[0] for action in gone} == {"elastic-inference", "sagemaker-groundtruth-synthetic"}


# --- their documents ----------------------------------------------------------------------------------------------


DOCUMENTS = DATA / "aws/managed-documents"


def documents() -> dict[str, Any]:
    return {file.stem: json.loads(file.read_bytes()) for file in sorted(DOCUMENTS.iterdir())}


def test_every_described_policy_has_its_document_of_the_same_version() -> None:
    known = documents()
    for name, item in policies().items():
        if "version" not in item:
            assert name not in known
            continue
        assert (known[name]["version"], known[name]["changed"]) == (item["version"], item["changed"]), name
        assert known[name]["arn"] == item["arn"].replace("${Partition}", "aws"), name
        assert len(known[name]["document"]["Statement"]) == item["statements"], name


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_every_document_is_a_policy_of_aws() -> None:
    known = documents()
    assert len(known) >= 141
    for name, item in known.items():
        assert sorted(item) == ["arn", "changed", "document", "version"], name
        assert item["arn"].startswith("arn:aws:iam::aws:policy/") and item["arn"].endswith(f"/{name}"), name
        assert statements(item["document"]), name


@pytest.mark.parametrize(
    ("name", "is_known"),
    [
        ("AmazonSageMakerFullAccess", True),
        ("arn:aws:iam::aws:policy/AmazonSageMakerFullAccess", True),
        ("arn:${Partition}:iam::aws:policy/service-role/AWSGlueServiceRole", True),
        ("AWSGlueServiceRole", True),
        ("arn:aws:iam::aws:policy/AWSGlueServiceRole", False),  # it has a path
        ("arn:aws-cn:iam::aws:policy/AmazonSageMakerFullAccess", False),  # its text there may differ
        ("arn:aws:iam::111122223333:policy/AmazonSageMakerFullAccess", False),  # a policy of the account
        ("amazonsagemakerfullaccess", False),
        ("", False),
    ],
)
def test_a_document_is_found_by_name_or_arn(name: str, is_known: bool) -> None:
    found = Catalog(Compiled(stored())).managed_policy(name)
    assert (found is not None) == is_known
    if found is not None:
        assert documents()[found.arn.rpartition("/")[2]] == found._asdict()


# --- held against every operation, as the site shows them -------------------------------------------------------------


FULL = "AmazonSageMakerFullAccess"


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Coverage]]:
    catalog = Catalog.load()
    found = catalog.managed_policy(FULL)
    assert found is not None
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    policies = {
        FULL: document(FULL, found.document),
        "everything": document("everything", everything),
        "nothing": document("nothing", {"Version": "2012-10-17", "Statement": []}),
    }
    return {name: {one.policy: one for one in held} for name, held in table(catalog, policies)}


def test_everything_and_nothing(rows: dict[str, dict[str, Coverage]]) -> None:
    assert len(rows) > 50
    for name, held in rows.items():
        assert held["everything"].allowed == held["everything"].calls > 0, name
        assert not held["everything"].lacks
        assert held["nothing"].allowed == 0
        assert held["nothing"].lacks or held["nothing"].depends


def test_full_access_writes_only_where_sagemaker_is_in_the_name(rows: dict[str, dict[str, Coverage]]) -> None:
    held = rows["CreateTrainingJob"][FULL]
    assert not held.lacks
    assert held.depends == ("s3:GetObject", "s3:PutObject"), "the bucket can have sagemaker in its name"
    assert 0 < held.allowed < held.calls


def test_an_inferred_need_that_a_policy_lacks_depends(rows: dict[str, dict[str, Coverage]]) -> None:
    catalog = Catalog.load()
    for operation, by_policy in rows.items():
        role = compose_reading(catalog, placeholders_of(operation), Choice()).roles[0]
        needs = needs_of(role.composition.policy)
        inferred = {need.action for need in needs if need.evidence == "inferred"}
        known = {need.action for need in needs if need.evidence != "inferred"}
        assert {*by_policy["nothing"].lacks} == known, operation
        assert {*by_policy["nothing"].depends} >= inferred - known, operation


def test_the_page_has_a_row_for_each_operation(rows: dict[str, dict[str, Coverage]]) -> None:
    text = tables.managed_by_operation(Published(ROOT / "build" / "v1"))
    for name, held in rows.items():
        assert f'<tr id="{name}">' in text
        assert f"{held[FULL].allowed} of {held[FULL].calls}</td>" in text
