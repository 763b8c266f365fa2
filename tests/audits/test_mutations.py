"""What a role lacks and has too much of is found, mended, and shown by calls that an independent simulator judges."""

from __future__ import annotations

import random

import pytest

from iam.calls import allow, deny, policy
from proof import scenarios

from . import fuzz
from .mutations import Outcome, answered, judge, mended, mutations
from .roles import audited, enough, held, trust_of, work_of

#: Changed policies of each operation; `make soak` takes all.
EACH = 3


@pytest.mark.test_all
@pytest.mark.parametrize("operation", scenarios.operations())
def test_each_change_of_a_composed_role_is_found(operation: str) -> None:
    choose = random.Random(operation)  # noqa: S311 - tests need no secrets
    scenario = choose.choice(scenarios.of(operation))
    every = [*mutations(enough(work_of(scenario)))]
    some = [one for kind in ("missing", "excess") for one in every if one.kind == kind]
    outcome = Outcome()
    judge(scenario, choose.sample(some, min(EACH, len(some))), outcome, choose)
    answered(outcome)
    assert not outcome.faults
    assert outcome.count > outcome.equal


def test_one_action_under_two_conditions_that_exclude_each_other_is_narrowed() -> None:
    scenario = scenarios.of("CreateDataQualityJobDefinition")[0]
    some = [one for one in mutations(enough(work_of(scenario))) if one.what == "cloudwatch:*"]
    outcome = Outcome()
    judge(scenario, some, outcome)
    assert outcome.count == 2 and not outcome.faults


@pytest.mark.parametrize("operation", scenarios.operations())
def test_a_composed_role_is_never_short_nor_wide(operation: str) -> None:
    """What is composed is minimal, or depends on policies of other accounts that nobody gave."""
    for scenario in scenarios.of(operation):
        what = work_of(scenario)
        report = audited(what, held(enough(what), trust=trust_of(what), arn=scenario.role_arn))
        assert not report.of("missing") and not report.of("excess") and not report.of("trust")
        assert not report.mend and not report.narrow
        assert {one.layer for one in report.of("depends")} <= {"resource"}, str(scenario)


WIDE = {
    "everything": [allow("*")],
    "the services": [allow(["s3:*", "logs:*", "ecr:*", "cloudwatch:*", "kms:*", "ec2:*", "sagemaker:*"])],
    "all but some": [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}],
    "not a resource": [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret/*"}],
    "with a condition": [allow("*", Condition={"StringEquals": {"aws:PrincipalType": ["AssumedRole"]}})],
    "an unknown condition": [allow("*", Condition={"StringEquals": {"aws:SourceVpce": ["vpce-1"]}})],
    "with a denial": [allow("*"), deny("s3:DeleteObject"), deny(["iam:*", "sts:*"])],
    "small letters": [allow(["S3:GETOBJECT", "s3:put*", "ecr:*", "logs:*", "cloudwatch:PutMetric?ata"])],
    "old version": [allow("s3:*", "arn:aws:s3:::*")],
}


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("operation", ["CreateTrainingJob", "CreateModel", "CreateFeatureGroup", "CreateDomain"])
def test_patches_of_wide_policies(operation: str, name: str) -> None:
    scenario = scenarios.of(operation)[0]
    what = work_of(scenario)
    document = policy(*WIDE[name])
    if name == "old version":
        document["Version"] = "2008-10-17"
    report = audited(what, held(document, trust=trust_of(what), arn=scenario.role_arn))
    assert not [*mended(what, scenario.role_arn, report, {"p1": document})]


@pytest.mark.test_all
def test_random_roles_against_the_simulator() -> None:
    outcome = fuzz.compare(range(800))
    assert not outcome.faults
    assert min(outcome.kinds[one] for one in ("allowed", "denied", "either")) > 100
    assert outcome.asked > 300 and outcome.hidden > 20
