"""Verdicts and what they rest on: patches, placeholders, layers; what else is found is kept (test_kept_verdicts.py)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sagemaker_roles.auditing.needs import REGIONAL, needs_of
from sagemaker_roles.auditing.report import AuditFinding, RoleReport
from sagemaker_roles.auditing.role import Work
from sagemaker_roles.engine.companions import owned_by_aws
from sagemaker_roles.iam.evaluation import PolicyDocument, document
from sagemaker_roles.iam.layers import Layers

from .roles import ACCOUNT, OTHER, ROLE, allow, audited, enough, held, patched, policy, trust_of, work

IMAGE = f"{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/team/image:1"
BUCKET, ARTIFACT = "arn:aws:s3:::data", "arn:aws:s3:::data/model/m.tar.gz"
KEY = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def model(**more: Any) -> Work:
    container = {"Image": IMAGE, "ModelDataUrl": "s3://data/model/m.tar.gz", **more.pop("container", {})}
    return work("CreateModel", {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": container, **more})


def training(key: str = KEY, **more: Any) -> Work:
    return work(
        "CreateTrainingJob",
        {
            "TrainingJobName": "j",
            "RoleArn": ROLE,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "InputDataConfig": [
                {
                    "ChannelName": "a",
                    "DataSource": {"S3DataSource": {"S3Uri": "s3://data/in/", "S3DataType": "S3Prefix"}},
                }
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://data/out", "KmsKeyId": key},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 1},
            **more,
        },
    )


def doc(name: str, *statements: Any) -> PolicyDocument:
    return document(name, policy(*statements))


def of(what: Work, *statements: Any, layers: Layers | None = None, **more: Any) -> RoleReport:
    """A report about a role with the composed policy and further statements."""
    whole = enough(what)
    whole["Statement"] += statements
    return audited(what, held(whole, trust=trust_of(what), **more), layers)


def without(what: Work, sid: str) -> Any:
    whole = enough(what)
    whole["Statement"] = [one for one in whole["Statement"] if one["Sid"] != sid]
    return whole


def the(report: RoleReport, kind: Any, action: str) -> AuditFinding:
    (found,) = [one for one in report.of(kind) if one.action == action]
    return found


# --- verdicts --------------------------------------------------------------------------------------------------------


def test_what_is_composed_is_minimal() -> None:
    report = of(model())
    assert report.verdict == "minimal"
    assert not report.findings
    assert report.policy == enough(model())
    assert not report.mend and not report.narrow
    assert any("no permissions boundary" in one for one in report.assumptions)
    assert any("organization" in one for one in report.assumptions)


def test_what_is_denied_is_missing_with_all_there_is_to_say() -> None:
    what = model()
    report = audited(what, held(without(what, "ModelRead"), trust=trust_of(what)))
    assert report.verdict == "missing"
    found = the(report, "missing", "s3:GetObject")
    assert (found.resource, found.layer, found.document) == (ARTIFACT, "identity", "p1")
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
    documents = patched({"p1": without(what, "ModelRead")}, report.mend)
    assert audited(what, held(*documents.values(), trust=trust_of(what))).verdict == "minimal"


def test_a_role_without_policies_lacks_everything_and_gets_a_new_one() -> None:
    what = model()
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


def test_a_need_with_a_placeholder_against_a_single_resource_depends() -> None:
    opened = work("CreateModel", values={"Partition": "aws", "Region": "us-west-2", "Account": ACCOUNT})
    assert any(need.is_open for need in opened.needs)
    text = [str(one) for one in enough(opened)["Statement"]]
    assert any("${" in one for one in text)
    filled = policy(*(_filled(one) for one in enough(opened)["Statement"]))
    assert audited(opened, held(filled, trust=trust_of(opened))).verdict == "depends"


def _filled(statement: Any) -> Any:
    return {**statement, "Resource": [_fill(text) for text in statement["Resource"]]}


def _fill(text: str) -> str:
    out, _, rest = text.partition("${")
    while rest:
        _, _, rest = rest.partition("}")
        head, _, rest = rest.partition("${")
        out += f"value{head}"
    return out


def test_an_image_of_aws_in_a_region_that_is_not_known_is_no_other_accounts() -> None:
    catalog = model().catalog
    for region in ("us-west-2", "${Region}", "*"):
        assert owned_by_aws(catalog, f"arn:aws:ecr:{region}:763104351884:repository/pytorch-training")
        assert not owned_by_aws(catalog, f"arn:aws:ecr:{region}:{OTHER}:repository/pytorch-training")
    assert not owned_by_aws(catalog, "arn:aws:ecr:xx-west-9:763104351884:repository/pytorch-training")


def test_the_keys_that_name_a_region_are_those_of_the_data() -> None:
    assert {key.lower() for kind in model().catalog.companions for key in kind.regional} == REGIONAL


# --- layers ----------------------------------------------------------------------------------------------------------

OPEN = allow("*")
NO_READ = {"Sid": "NoRead", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
FOR_ALL = {**NO_READ, "Principal": "*"}


@pytest.mark.parametrize(
    ("layer", "closed"),
    [
        ("boundary", {"boundary": policy(allow("logs:*"), allow("ecr:*"), allow("cloudwatch:*"), allow("s3:List*"))}),
        ("session", {"layers": Layers(session=(doc("s", allow(["logs:*", "ecr:*", "cloudwatch:*", "s3:List*"])),))}),
        ("scp", {"layers": Layers(scps=(doc("s", allow(["logs:*", "ecr:*", "cloudwatch:*", "s3:List*"])),))}),
        (
            "endpoint",
            {
                "layers": Layers(
                    endpoint=(doc("s", {**allow(["logs:*", "ecr:*", "cloudwatch:*", "s3:L*"]), "Principal": "*"}),)
                )
            },
        ),
    ],
)
def test_a_layer_that_does_not_allow(layer: str, closed: Any) -> None:
    report = of(model(), **closed)
    assert {(one.action, one.layer) for one in report.of("missing")} == {("s3:GetObject", layer)}
    assert not report.mend


@pytest.mark.parametrize(
    ("layer", "closed"),
    [
        ("boundary", {"boundary": policy(OPEN, NO_READ)}),
        ("session", {"layers": Layers(session=(doc("s", OPEN, NO_READ),))}),
        ("scp", {"layers": Layers(scps=(doc("s", NO_READ),))}),
        ("rcp", {"layers": Layers(rcps=(doc("s", FOR_ALL),))}),
        ("endpoint", {"layers": Layers(endpoint=(doc("s", {**OPEN, "Principal": "*"}, FOR_ALL),))}),
        ("resource", {"layers": Layers(resources={BUCKET: doc("s", FOR_ALL)})}),
        ("resource", {"layers": Layers(resources={f"{BUCKET}/*": doc("s", FOR_ALL)})}),
    ],
)
def test_a_layer_that_denies(layer: str, closed: Any) -> None:
    report = of(model(), **closed)
    (found,) = report.of("missing")
    assert (found.action, found.layer, found.statement) == ("s3:GetObject", layer, "NoRead")
    assert found.patch is None


@pytest.mark.parametrize(
    "principal",
    [
        {"NotPrincipal": {"AWS": ROLE}},
        {"Principal": {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/ExecutionRole/run"}},
    ],
)
@pytest.mark.parametrize("what", [model(), training()], ids=["one object", "objects alike"])
def test_a_denial_of_which_nobody_knows_whether_it_is_about_the_session(what: Work, principal: Any) -> None:
    denies = {"Sid": "Not", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", **principal}
    report = of(what, layers=Layers(resources={BUCKET: doc("b", denies)}))
    assert [(one.action, one.layer, one.statement) for one in report.of("depends")] == [
        ("s3:GetObject", "resource", "Not")
    ]
    assert report.verdict == "depends"


# --- needs -----------------------------------------------------------------------------------------------------------


def test_needs_are_the_calls_of_the_composed_policy() -> None:
    what = training()
    needs = needs_of(what.policy)
    assert len(needs) == sum(len(one.actions) * len(one.resources) for one in what.policy.statements)
    (metric,) = [one for one in needs if one.action == "cloudwatch:PutMetricData"]
    (context,) = metric.contexts({})
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
