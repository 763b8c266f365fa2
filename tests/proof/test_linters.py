"""Three linters over every composed document: no finding but those listed with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from kb.aws.reference import aws_reference

from . import documents, linters
from .documents import Composed
from .linters import Finding
from .proof import catalog
from .scenarios import LISTS, read

LINTERS = {"iam-policy-validator": linters.validator, "parliament": linters.parliament, "cfn-lint": linters.cfn_lint}


@cache
def listed() -> list[dict[str, Any]]:
    return list(read(LISTS / "linters.yaml", "linters")["exceptions"])


@cache
def composed() -> tuple[Composed, ...]:
    return tuple(item for name in catalog().operations for item in documents.of(catalog(), name))


@cache
def findings(linter: str) -> tuple[Finding, ...]:
    return tuple(LINTERS[linter](composed()))


def excuse(finding: Finding) -> str:
    for item in listed():
        if (
            fnmatchcase(finding.linter, item["linter"])
            and finding.rule in item["rules"]
            and fnmatchcase(finding.document, item["documents"])
            and any(fnmatchcase(finding.about, pattern) for pattern in item["about"])
            and _holds(item.get("when", ""), finding)
        ):
            return str(item["id"])
    return ""


@cache
def _resources() -> dict[tuple[str, str], set[str]]:
    """The resources on which a document grants an action."""
    found: dict[tuple[str, str], set[str]] = {}
    for item in composed():
        for statement in item.policy["Statement"]:
            for action in statement["Action"]:
                found.setdefault((item.name, action), set()).update(statement.get("Resource", ["*"]))
    return found


@cache
def _mismatches() -> set[tuple[str, str]]:
    return {(item.document, item.about) for item in findings("iam-policy-validator") if "mismatch" in item.rule}


def _holds(when: str, finding: Finding) -> bool:
    """Whether what an exception takes for granted is so: the action exists, its resources are named, ..."""
    if when == "known":
        return aws_reference().action(finding.about) is not None
    if when == "named":
        resources = _resources().get((finding.document, finding.about), {"*"})
        return "*" not in resources
    if when == "other-linter-silent":
        return (finding.document, finding.about) not in _mismatches()
    return True


@pytest.mark.parametrize("linter", LINTERS)
@pytest.mark.xdist_group("linters")
def test_no_findings(linter: str) -> None:
    unexcused = sorted({str(finding) for finding in findings(linter) if not excuse(finding)})
    assert not unexcused, "\n".join(["", *unexcused[:60], f"{len(unexcused)} in all"])


@pytest.mark.xdist_group("linters")
def test_every_document_is_linted() -> None:
    for name in catalog().operations:
        operation, names = catalog().operation(name), [one.name for one in documents.of(catalog(), name)]
        kinds = {f"{role.id} {kind}" for role in operation.roles for kind in ("scoped", "broad", "trust")}
        kinds |= {"caller"} if operation.roles and operation.caller is not None else set()
        assert len(names) == len({*names}), name
        assert {f"{name}/{kind} base" for kind in kinds} <= {*names}, name


@pytest.mark.xdist_group("linters")
def test_every_exception_is_needed() -> None:
    used = {excuse(finding) for linter in LINTERS for finding in findings(linter)}
    assert not {item["id"] for item in listed()} - used, "these exceptions match nothing any more; take them out"


def _faulty(action: Any, resource: Any = "*", **rest: Any) -> Composed:
    statement = {"Effect": "Allow", "Action": action, **({"Resource": resource} if resource else {}), **rest}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return Composed("faulty", "Faulty", "policy", "scoped", policy, policy)


@pytest.mark.parametrize(
    ("linter", "document", "rule"),
    [
        ("iam-policy-validator", _faulty(["fsx:DescribeFileSystem"]), "invalid_action"),
        ("iam-policy-validator", _faulty(["ecr:BatchGetImage"], ["arn:aws:ecr:::repository/x"]), "resource_mismatch"),
        ("iam-policy-validator", _faulty(["s3:GetObject"], None), "missing_resource"),
        ("parliament", _faulty(["fsx:DescribeFileSystem"]), "UNKNOWN_ACTION"),
        ("parliament", _faulty(["ecr:BatchGetImage"], ["arn:aws:ecr:::repository/x"]), "RESOURCE_MISMATCH"),
        ("parliament", _faulty(["s3:GetObject"], None), "MALFORMED"),
        ("cfn-lint", _faulty(["s3:GetObject"], None), "E3510"),
    ],
)
@pytest.mark.xdist_group("linters")
def test_the_linters_see_known_faults(linter: str, document: Composed, rule: str) -> None:
    found: Sequence[Finding] = LINTERS[linter]([document])
    assert rule in {finding.rule for finding in found}


@pytest.mark.xdist_group("linters")
def test_a_fault_of_form_is_found_in_a_statement_alone() -> None:
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["${Bucket}"]}
    found = linters.faults_of_form([("managed", {"Version": "2012-10-17", "Statement": [statement]})])
    assert found and all("managed 0: " in one for one in found)
