"""The AWS managed policies: all there, their actions exist, and FullAccess is explained service by service."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import Any

import pytest

from sagemaker_roles.aws.reference import aws_reference
from sagemaker_roles.catalog import Catalog, Compiled
from sagemaker_roles.catalog.compiling import compiled_files, managed_file
from sagemaker_roles.iam.statements import statements
from sagemaker_roles.rules.context import Context
from sagemaker_roles.rules.policies import managed_policy_actions
from support import DATA, document, loaded, published

#: What the 2021 page explains of AmazonSageMakerFullAccess, in its order and words.
SEED = [
    "application-autoscaling",
    "aws-marketplace",
    "cloudwatch",
    "codecommit",
    "cognito",
    "ec2",
    "ec2:DescribeVpcs",
    "ecr",
    "elastic-inference",
    "glue",
    "groundtruthlabeling",
    "iam:ListRoles",
    "kms",
    "logs",
]


def policies() -> Any:
    return loaded().catalog.managed_policies


def full_access() -> Any:
    return policies()["AmazonSageMakerFullAccess"]


def grants(policy: Any) -> list[Any]:
    return [grant for part in ("services", "notable") for item in policy.get(part, ()) for grant in item["grants"]]


def test_all_policies_are_there() -> None:
    assert Counter(item["product"] for item in policies().values()) == {
        "sagemaker-ai": 51,
        "unified-studio": 26,
        "related": 15,
    }
    # Two are named in AWS's documentation only: no document, so no version, no grants, and a note that says so.
    bare = [name for name, item in policies().items() if "version" not in item]
    assert bare == ["AmazonSageMakerTrainingSessionAccess", "AmazonSageMakerTrainingSessionFullAccess"]
    for name, item in policies().items():
        assert item["arn"].endswith("/" + name)
        assert item["purpose"].endswith(".")
        assert name in bare or "services" in item or "prefixes" in item
        assert name not in bare or item["notes"]


def test_the_path_in_the_arn_fits_the_kind() -> None:
    paths = {
        "attachable": "policy/",
        "service-role": "policy/service-role/",
        "job-function": "policy/job-function/",
        "service-linked": "policy/aws-service-role/",
    }
    for name, item in policies().items():
        assert item["arn"] == "arn:${Partition}:iam::aws:" + paths[item["kind"]] + name


def test_grants_by_service_are_the_whole_policy() -> None:
    compared = 0
    for name, item in policies().items():
        if "services" not in item:
            continue
        actions = {action for grant in grants(item) for action in grant["Action"]}
        assert len(actions) == item["actions"], name
        for service in item["services"]:
            assert all(
                action.startswith(service["service"] + ":") for grant in service["grants"] for action in grant["Action"]
            ), name
            for grant in service["grants"]:
                assert ("Resource" in grant) != ("NotResource" in grant), name
        assert [entry["service"] for entry in item["services"]] == sorted(
            entry["service"] for entry in item["services"]
        )
        compared += 1
    assert compared >= 50


def test_full_access_has_44_statements_and_189_actions() -> None:
    assert (full_access()["statements"], full_access()["actions"]) == (44, 189)
    assert len({grant["Sid"] for grant in grants(full_access())}) == 44
    assert len(full_access()["services"]) == 31
    assert all(item["reason"].endswith(".") for item in full_access()["services"])


def test_full_access_is_explained_by_both_pages() -> None:
    old = [name for item in full_access()["services"] for name in item["explained"].get("sagemaker-roles-2021", ())]
    new = {name for item in full_access()["services"] for name in item["explained"].get("awsmanpol", ())}
    assert sorted(old) == SEED and len(SEED) == 14
    assert len(new) == 29
    unexplained = [item["service"] for item in full_access()["services"] if "awsmanpol" not in item["explained"]]
    assert unexplained == ["elastic-inference"]


def test_what_the_facts_about_full_access_rest_on() -> None:
    services = {item["service"]: item["grants"] for item in full_access()["services"]}
    passing = [grant for grant in services["iam"] if grant["Action"] == ["iam:PassRole"]]
    assert {tuple(grant["Resource"]) for grant in passing} == {
        ("arn:aws:iam::*:role/*",),
        ("arn:aws:iam::*:role/*AmazonSageMaker*",),
    }
    keys = {action for grant in services["kms"] for action in grant["Action"]}
    assert keys == {"kms:DescribeKey", "kms:ListAliases"}
    everything = next(grant for grant in services["sagemaker"] if "NotResource" in grant)
    assert "arn:aws:sagemaker:*:*:domain/*" in everything["NotResource"]


def check(name: str, change: Any) -> list[str]:
    policy = json.loads(json.dumps(policies()[name]))
    change(policy)
    catalog = Catalog({**loaded().catalog.data, "managed_policies": {name: policy}})
    context = Context(dataclasses.replace(loaded(), catalog=catalog), aws_reference())
    return [problem.message for problem in managed_policy_actions(context)]


def test_every_granted_action_exists_or_is_said_to_be_gone() -> None:
    context = Context(loaded(), aws_reference())
    assert [str(problem) for problem in managed_policy_actions(context)] == []
    gone = {action for item in policies().values() for action in item.get("gone", {})}
    assert gone == {
        "elastic-inference:Connect",
        "sagemaker-groundtruth-synthetic:*",
        "sagemaker-groundtruth-synthetic:Get*",
        "sagemaker-groundtruth-synthetic:List*",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda policy: policy.pop("gone"), 'there is no action "elastic-inference:Connect"'),
        (
            lambda policy: policy["gone"].update({"s3:GetObject": "Not so."}),
            "s3:GetObject exists or is not granted here",
        ),
        (
            lambda policy: policy["services"][0]["grants"][0]["Action"].append("s3:GetObjekt"),
            'there is no action "s3:GetObjekt"; did you mean "s3:GetObject"?',
        ),
        (
            lambda policy: policy["services"][0]["grants"][0]["Action"].append("s3:Nothing*"),
            'there is no action "s3:Nothing*"',
        ),
    ],
)
def test_an_unknown_action_is_found(change: Any, message: str) -> None:
    assert any(message in found for found in check("AmazonSageMakerFullAccess", change))


def test_the_published_file_has_every_policy_with_every_key() -> None:
    published = document("managed-policies.json")
    assert [item["name"] for item in published["policies"]] == sorted(policies())
    assert len({tuple(item) for item in published["policies"]}) == 1
    read_only = next(item for item in published["policies"] if item["name"] == "AmazonSageMakerReadOnly")
    assert read_only["prefixes"] == [
        "application-autoscaling",
        "aws-marketplace",
        "cloudwatch",
        "cognito-idp",
        "ecr",
        "sagemaker",
    ]
    assert {name for item in published["policies"] for name in item["sources"]} <= set(published["sources"])


def test_the_published_mistakes_have_every_key() -> None:
    published = document("page-mistakes.json")
    assert [item["id"] for item in published["mistakes"]] == list(loaded().catalog.page_mistakes)
    assert len({tuple(item["handled"]) for item in published["mistakes"]}) == 1
    assert {name for item in published["mistakes"] for name in item["sources"]} <= set(published["sources"])


# --- their documents ----------------------------------------------------------------------------------------------


DOCUMENTS = DATA / "managed-documents"


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


def test_the_grants_that_are_described_are_those_of_the_document() -> None:
    known = documents()
    compared = 0
    for name, item in policies().items():
        if "services" not in item:
            continue
        allowed = {
            action
            for statement in known[name]["document"]["Statement"]
            if statement["Effect"] == "Allow"
            for action in _listed(statement.get("Action", []))
        }
        assert {action for grant in grants(item) for action in grant["Action"]} == allowed, name
        compared += 1
    assert compared >= 50


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_every_document_is_a_policy_of_aws() -> None:
    known = documents()
    assert len(known) >= 141
    for name, item in known.items():
        assert sorted(item) == ["arn", "changed", "document", "version"], name
        assert item["arn"].startswith("arn:aws:iam::aws:policy/") and item["arn"].endswith(f"/{name}"), name
        assert statements(item["document"]), name


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    folder = tmp_path_factory.mktemp("compiled")
    for name, content in [*compiled_files(json.loads(published()["catalog.json"])), managed_file(DATA)]:
        (folder / name).write_bytes(content)
    return Catalog(Compiled(folder))


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
def test_a_document_is_found_by_name_or_arn(catalog: Catalog, name: str, is_known: bool) -> None:
    found = catalog.managed_policy(name)
    assert (found is not None) == is_known
    if found is not None:
        assert documents()[found.arn.rpartition("/")[2]] == found._asdict()


def test_documents_are_read_when_one_is_asked_for(catalog: Catalog) -> None:
    folder = catalog.data._folder  # type: ignore[attr-defined]
    fresh = Catalog(Compiled(folder))
    assert "managed_documents" not in fresh.data._parts  # type: ignore[attr-defined]
    assert fresh.managed_policy("AdministratorAccess") is not None
    assert Catalog({}).managed_policy("AdministratorAccess") is None
