"""Verdicts and what they rest on: fixtures/verdicts.yaml has the roles, golden/verdicts.txt what is found about each.

After a change that is meant: `GOLDEN=write pytest tests/audits/test_verdicts.py`, and look at the difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from damage import is_kept
from iam.calls import allow, policy
from sagemaker_roles.audits.report import AuditFinding, RoleReport
from sagemaker_roles.audits.required_calls import REGIONAL, needs_of
from sagemaker_roles.audits.role_audit import Work
from sagemaker_roles.engine.companions import owned_by_aws
from sagemaker_roles.iam.evaluation import PolicyDocument, document
from sagemaker_roles.iam.layers import Layers

from .roles import OTHER, ROLE, Json, audited, enough, held, patched, trust_of, work

TESTS = Path(__file__).parents[1]
ARTIFACT = "arn:aws:s3:::data/model/m.tar.gz"
GIVEN = yaml.load((TESTS / "fixtures" / "verdicts.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
KEPT = TESTS / "golden" / "verdicts.txt"
#: The findings of a case that are written out; there can be hundreds.
MOST = 4


@cache
def work_of(name: str) -> Work:
    """The work of a name."""
    return work(**GIVEN["works"][name])


@cache
def usual(name: str) -> tuple[str, ...]:
    """The assumptions of a report about the composed role."""
    what = work_of(name)
    return audited(what, held(enough(what), trust=trust_of(what))).assumptions


def own(what: Work, changes: Mapping[str, Any]) -> Json:
    """The composed policy with changes, or other statements."""
    if "statements" in changes:
        return policy(*changes["statements"])
    changed = {one["Sid"]: one for one in changes.get("changed", ())}
    kept = [one for one in enough(what)["Statement"] if one["Sid"] not in changes.get("without", ())]
    return policy(*(changed.get(one["Sid"], one) for one in kept), *changes.get("more", ()))


def layers_of(case: Mapping[str, Any]) -> Layers:
    """The other policies that decide."""

    def read(given: Mapping[str, Any]) -> tuple[PolicyDocument, ...]:
        return tuple(document(name, policy(*some)) for name, some in given.items())

    known = {kind: read(case[kind]) for kind in ("scps", "rcps", "session", "endpoint") if kind in case}
    levels = tuple(tuple(one for one in known["scps"] if one.name in names) for names in case.get("levels", ()))
    resources = {arn: document(arn, policy(*some)) for arn, some in case.get("resources", {}).items()}
    return Layers(**known, levels=levels, resources=resources)


def said(report: RoleReport, known: tuple[str, ...]) -> Iterator[str]:
    """A report as lines, without the assumptions that every report has."""
    yield report.verdict
    for one in report.findings[:MOST]:
        yield finding(one)
    if len(report.findings) > MOST:
        yield f"and {len(report.findings) - MOST} more"
    yield from (f"assumed: {one}" for one in report.assumptions if one not in known)


def finding(one: AuditFinding) -> str:
    about = f"{one.kind}: {one.action or one.principal or one.path} on {one.resource}"
    beside = f" beside {', '.join(one.beside)}" if one.beside else ""
    place = " ".join(filter(None, (one.layer, one.document, one.statement, one.opens)))
    keys = f" {json.dumps(dict(one.keys))}" if one.keys else ""
    # What follows in `why` is the record's own.
    return f"{about}{beside} ({place}{', mended' if one.patch else ''}){keys}: {one.why.partition('. ')[0]}"


def test_what_is_found_in_each_case_is_kept() -> None:
    found = []
    for name, case in GIVEN["cases"].items():
        what = work_of(case["work"])
        trust = trust_of(what) if "trust" not in case else case["trust"] and policy(*case["trust"])
        role = held(
            *(own(what, changes) for changes in case.get("policies", [{}])),
            trust=trust,
            boundary=policy(*case["boundary"]) if "boundary" in case else None,
            **{"arn": ROLE, **{key: case[key] for key in ("arn", "unknown", "hidden", "kind") if key in case}},
        )
        report = audited(what, role, layers_of(case))
        found.append("\n".join([f"# {name}", *said(report, usual(case["work"]))]))
    assert is_kept(KEPT, "\n\n".join(found) + "\n")


# --- verdicts --------------------------------------------------------------------------------------------------------


def test_what_is_composed_is_minimal() -> None:
    what = work_of("CreateModel")
    report = audited(what, held(enough(what), trust=trust_of(what)))
    assert report.verdict == "minimal"
    assert not report.findings
    assert report.policy == enough(what)
    assert not report.mend and not report.narrow
    assert any("no permissions boundary" in one for one in report.assumptions)
    assert any("organization" in one for one in report.assumptions)


def test_what_is_denied_is_missing_with_all_there_is_to_say() -> None:
    what = work_of("CreateModel")
    less = own(what, {"without": ["ModelRead"]})
    report = audited(what, held(less, trust=trust_of(what)))
    assert report.verdict == "missing"
    (found,) = report.of("missing")
    assert (found.action, found.resource) == ("s3:GetObject", ARTIFACT)
    assert (found.layer, found.document) == ("identity", "p1")
    assert found.step == "CreateModel"
    assert any("ModelDataUrl" in one for one in found.members)
    assert found.evidence == "documented"
    assert found.sources and all(one.startswith("https://") for one in found.sources)
    assert found.why.startswith("No statement allows it. ") and found.why.endswith(".")
    assert found.patch == [
        {
            "op": "add",
            "path": "/Statement/-",
            "value": {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [ARTIFACT]},
        }
    ]
    documents = patched({"p1": less}, report.mend)
    assert audited(what, held(*documents.values(), trust=trust_of(what))).verdict == "minimal"


def test_a_role_without_policies_lacks_everything_and_gets_a_new_one() -> None:
    what = work_of("CreateModel")
    report = audited(what, held(trust=trust_of(what)))
    assert {(one.action, one.resource) for one in report.of("missing")} == {
        (need.action, need.resource) for need in what.needs
    }
    assert [one.document for one in report.mend] == [""]
    assert patched({}, report.mend)["new"]["Statement"] == enough(what)["Statement"]


@pytest.mark.parametrize("operation", ["CreateModel", "CreateTrainingJob", "CreateDomain", "CreatePipeline"])
@pytest.mark.parametrize("wide", [True, False])
def test_placeholders_are_never_more_than_depends(operation: str, wide: bool) -> None:
    """What nobody filled in is not proved, whatever a policy for one bucket allows."""
    what = work(operation)
    narrow = [
        {
            **one,
            "Resource": [text if text == "*" else text.replace("${", "x").replace("}", "") for text in one["Resource"]],
        }
        for one in enough(what)["Statement"]
    ]
    report = audited(what, held(policy(*narrow), trust=trust_of(what)))
    assert report.verdict in ("missing", "depends")
    if wide:
        # What allows everything allows it for every value.
        report = audited(what, held(policy(allow("*")), trust=trust_of(what)))
        assert report.verdict in ("sufficient", "depends")
        assert not report.of("missing")


def test_an_image_of_aws_in_a_region_that_is_not_known_is_no_other_accounts() -> None:
    catalog = work_of("CreateModel").catalog
    for region in ("us-west-2", "${Region}", "*"):
        assert owned_by_aws(catalog, f"arn:aws:ecr:{region}:763104351884:repository/pytorch-training")
        assert not owned_by_aws(catalog, f"arn:aws:ecr:{region}:{OTHER}:repository/pytorch-training")
    assert not owned_by_aws(catalog, "arn:aws:ecr:xx-west-9:763104351884:repository/pytorch-training")


def test_the_keys_that_name_a_region_are_those_of_the_data() -> None:
    assert {key.lower() for kind in work_of("CreateModel").catalog.companions for key in kind.regional} == REGIONAL


# --- needs -----------------------------------------------------------------------------------------------------------


def test_needs_are_the_calls_of_the_composed_policy() -> None:
    what = work_of("CreateTrainingJob")
    needs = needs_of(what.policy)
    assert len(needs) == sum(len(one.actions) * len(one.resources) for one in what.policy.statements)
    (metric,) = [one for one in needs if one.action == "cloudwatch:PutMetricData"]
    (context,) = metric.contexts(ROLE)
    assert context.get("cloudwatch:namespace") == "/aws/sagemaker/TrainingJobs"


def test_the_service_account_that_takes_a_role_is_asked_for_the_provider_that_the_role_names() -> None:
    what = work("CreateCluster", {"ClusterName": "serving"}, roles=["inference-operator"])
    provider = "oidc.eks.us-west-2.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
    own = json.loads(json.dumps(trust_of(what)).replace("${OidcProvider}", provider))
    asked = "sts:AssumeRoleWithWebIdentity"
    for changed, found in (
        (own, set()),
        (json.loads(json.dumps(own).replace("controller-manager", "other")), {"missing"}),
        (policy({**own["Statement"][1]}), {"missing"}),
    ):
        report = audited(what, held(enough(what), trust=changed))
        assert {one.kind for one in report.findings if one.layer == "trust" and asked in one.action} == found
