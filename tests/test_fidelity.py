"""Our policies against those that AWS prints: equal but for the recorded deviations, and the page's mistakes proven."""

from __future__ import annotations

import dataclasses
import fnmatch
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from sagemaker_roles.aws.paths import PathError, Paths
from sagemaker_roles.aws.reference import aws_reference
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.compose import Request, compose
from sagemaker_roles.errors.problems import Problem
from sagemaker_roles.rules import all_rules
from sagemaker_roles.rules.context import Context
from sagemaker_roles.rules.printed_policies import printed_policies
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


def actions(statements: Iterable[Any]) -> set[str]:
    return {action for statement in statements for action in statement["Action"]}


@cache
def ours(operation: str, policy: str, scope: Any = "scoped", named: bool = True) -> list[Any]:
    """The statements of our policy of that id, with the example names that AWS prints."""
    record = documented(operation)
    names = record["names"] if named else {}

    def composed(scope: Any, addons: tuple[str, ...] = ()) -> Any:
        return compose(
            loaded().catalog, [Request(operation)], [record["role"]], scope=scope, addons=addons, values=names
        )

    if policy in ("broad", "scoped"):
        return list(composed(policy).policy.to_json()["Statement"])
    if policy == "trust":
        return list(composed(scope).trust.to_json()["Statement"])
    base = {statement["Sid"] for statement in composed(scope).policy.to_json()["Statement"]}
    added = composed(scope, (policy,)).policy.to_json()["Statement"]
    return [statement for statement in added if statement["Sid"] not in base]


# --- ours equals what is printed, but for the deviations ----------------------------------------------------------


def check(catalog: Catalog) -> list[Problem]:
    return list(printed_policies(Context(dataclasses.replace(loaded(), catalog=catalog), aws_reference())))


def test_no_difference_is_unexplained_and_no_deviation_unneeded() -> None:
    assert [str(problem) for problem in check(loaded().catalog)] == []


def changed(operation: str, record: Any) -> Catalog:
    data = dict(loaded().catalog.data)
    return Catalog({**data, "documented": {operation: record}})


@pytest.mark.parametrize(
    ("kind", "action", "more", "message"),
    [
        ("added", "s3:DeleteObject", {}, "ours lacks s3:DeleteObject"),
        ("added", "s3:GetObject", {}, "s3:GetObject is printed"),
        ("removed", "s3:GetObject", {}, "s3:GetObject is in ours too"),
        ("removed", "s3:GetBucketAcl", {}, "s3:GetBucketAcl is not printed"),
        ("narrowed", "s3:ListBucket", {}, "s3:ListBucket is allowed as printed"),
        ("corrected", "s3:ListBucket", {}, "the resource of s3:ListBucket is as printed or within it"),
        ("moved", "s3:GetObject", {"to": ["vpc"]}, "the add-on vpc has none of it"),
        ("moved", "s3:GetObject", {"to": ["nothing"]}, "the role has no add-on nothing"),
        ("moved", "s3:GetObject", {}, "`to` names the add-ons"),
        ("added", "s3:GetObject", {"policy": "nothing"}, "nothing is not printed"),
        ("added", "s3:GetObject", {"policy": "algorithm", "editions": [OLD]}, f"{OLD} does not print algorithm"),
    ],
)
def test_a_deviation_that_is_none_is_found(kind: str, action: str, more: Any, message: str) -> None:
    record = json.loads(json.dumps(documented("CreateTrainingJob")))
    one = {"policy": "scoped", "kind": kind, "actions": [action], "reason": "A test.", "sources": [NEW]}
    record["deviations"].append({**one, **more})
    assert any(message in problem.message for problem in check(changed("CreateTrainingJob", record)))


def test_a_broken_record_of_facts_is_told() -> None:
    record = json.loads(json.dumps(documented("CreateTrainingJob")))
    broken = [
        ({**record, "role": "nobody"}, 'has no role "nobody"'),
        ({**record, "printed": [{**record["printed"][0], "editions": ["no-page"]}]}, 'no source "no-page"'),
        ({**record, "printed": [record["printed"][0]] * 2}, "already above"),
        ({**record, "printed": [{**record["printed"][0], "cut": ["no-page"]}]}, "is not among the editions"),
        ({**record, "printed": [{**record["printed"][0], "policy": "no-addon"}]}, 'has no add-on "no-addon"'),
    ]
    for value, message in broken:
        assert any(message in problem.message for problem in check(changed("CreateTrainingJob", value))), message
    assert "no record of CreateNothing" in check(changed("CreateNothing", record))[0].message


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


def test_printed_ecr_arns_match_no_repository() -> None:
    repository = re.compile(r"arn:[a-z-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/.+")
    old, new = (
        [arn for _, _, item in statements_of(edition) for arn in item.get("Resource", ()) if ":ecr:" in arn]
        for edition in (OLD, NEW)
    )
    assert len(old) == len(new) == 8
    assert not any(repository.fullmatch(arn) for arn in old)
    assert all(repository.fullmatch(arn) for arn in new)
    for operation in ("CreateTrainingJob", "CreateModel"):
        mine = [arn for item in ours(operation, "scoped") for arn in item["Resource"] if ":ecr:" in arn]
        assert mine and all(repository.fullmatch(arn) for arn in mine)


def test_printed_fragments_lack_a_resource_and_ours_do_not() -> None:
    bare = [
        (block["operation"], block["policy"])
        for block in seed()
        for item in block["statements"]
        if "Resource" not in item and "Principal" not in item
    ]
    assert len(bare) == 13
    assert Counter(policy for _, policy in bare) == {"vpc": 4, "kms-input": 3, "kms-output": 3, "kms-volume": 3}
    for operation, policy in bare:
        assert ours(operation, policy) and all(item["Resource"] for item in ours(operation, policy))


def test_printed_actions_exist_but_for_one() -> None:
    unknown = {
        (edition, action)
        for edition in (OLD, NEW)
        for _, _, item in statements_of(edition)
        for action in item["Action"]
        if "*" not in action and aws_reference().action(action) is None
    }
    assert unknown == {(OLD, "fsx:DescribeFileSystem")}
    assert aws_reference().action("fsx:DescribeFileSystems")


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


JOBS = ("CreateHyperParameterTuningJob", "CreateProcessingJob", "CreateTrainingJob")


def allowed(statements: Iterable[Any], action: str) -> set[str]:
    return {arn for item in statements if action in item["Action"] for arn in item.get("Resource", ())}


def covers(patterns: Iterable[str], arn: str) -> bool:
    return any(fnmatch.fnmatchcase(arn, pattern) for pattern in patterns)


@pytest.mark.parametrize("operation", JOBS)
def test_printed_object_arns_do_not_match_what_jobs_read_and_write(operation: str) -> None:
    written = "arn:aws:s3:::outputbucket/path/job-1/output/model.tar.gz"
    read = "arn:aws:s3:::inputbucket/object/part-00000"
    for edition in (OLD, NEW):
        page = [item for found, policy, item in statements_of(edition) if (found, policy) == (operation, "scoped")]
        assert allowed(page, "s3:PutObject")
        assert not covers(allowed(page, "s3:PutObject"), written)
        assert not covers(allowed(page, "s3:GetObject"), read)
    assert covers(allowed(ours(operation, "scoped"), "s3:PutObject"), written)
    assert covers(allowed(ours(operation, "scoped"), "s3:GetObject"), read)


@pytest.mark.parametrize("operation", JOBS)
def test_ours_does_not_write_the_input_or_read_the_output(operation: str) -> None:
    mine = ours(operation, "scoped")
    assert not covers(allowed(mine, "s3:PutObject"), "arn:aws:s3:::inputbucket/object")
    assert not covers(allowed(mine, "s3:GetObject"), "arn:aws:s3:::outputbucket/path/job-1/output/model.tar.gz")
    for edition in (OLD, NEW):
        page = [item for found, policy, item in statements_of(edition) if (found, policy) == (operation, "scoped")]
        assert covers(allowed(page, "s3:PutObject"), "arn:aws:s3:::inputbucket/object")


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
    assert doubled(ours("CreateModel", "scoped")) == []


def test_ours_has_the_same_actions_scoped_and_broad() -> None:
    catalog = loaded().catalog
    compared = 0
    for name in catalog.operations:
        for role in catalog.operation(name).roles:
            addons = [addon.id for addon in role.addons]
            scoped, broad = (
                compose(catalog, [Request(name)], [role.id], scope=scope, addons=addons).policy.to_json()["Statement"]
                for scope in ("scoped", "broad")
            )
            assert actions(scoped) == actions(broad), f"{name}/{role.id}"
            compared += 1
    assert compared >= len(FIVE)


def test_the_printed_tightened_notebook_policy_lacks_actions() -> None:
    for edition in (OLD, NEW):
        page = [(policy, item) for found, policy, item in statements_of(edition) if found == "CreateNotebookInstance"]
        broad, scoped = (actions(item for policy, item in page if policy == wanted) for wanted in ("broad", "scoped"))
        assert scoped < broad
        assert {"ecr:PutImage", "codecommit:GitPull", "s3:CreateBucket", "cloudwatch:GetMetricData"} <= broad - scoped


def test_ours_names_no_partition() -> None:
    for operation in FIVE:
        text = json.dumps(ours(operation, "scoped", named=False) + ours(operation, "trust", named=False))
        assert "arn:${Partition}:" in text
        assert not re.search(r"arn:aws[a-z-]*:", text)


def test_sources_are_https() -> None:
    urls = [source["url"] for source in loaded().catalog.sources.values()]
    assert urls and all(url.startswith(("https://", "pkg:")) for url in urls)


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
    faults = yaml.safe_load((HERE / "scenarios" / "faults.yaml").read_text("utf-8"))["faults"]
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
