"""Verdicts and what they rest on: missing, depends, sufficient, minimal; layers; trust; escalation; excess."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sagemaker_roles.auditing.excess import OPENS
from sagemaker_roles.auditing.needs import REGIONAL, needs_of
from sagemaker_roles.auditing.report import KINDS, AuditFinding, RoleReport
from sagemaker_roles.auditing.role import Work
from sagemaker_roles.engine.companions import owned_by_aws
from sagemaker_roles.iam.evaluation import PolicyDocument, document
from sagemaker_roles.iam.layers import Layers

from .roles import ACCOUNT, OTHER, ROLE, allow, audited, deny, enough, held, kinds, patched, policy, trust_of, work

IMAGE = f"{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/team/image:1"
BUCKET, ARTIFACT = "arn:aws:s3:::data", "arn:aws:s3:::data/model/m.tar.gz"
KEY = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
FOREIGN_KEY = KEY.replace(ACCOUNT, OTHER)


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


def test_more_than_the_work_needs_is_sufficient() -> None:
    report = of(model(), allow("s3:DeleteObject", ARTIFACT))
    assert report.verdict == "sufficient"
    assert kinds(report) == {"excess"}


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


def test_policies_that_others_have_too_are_not_mended() -> None:
    what = model()
    report = audited(what, held(without(what, "ModelRead"), trust=trust_of(what), kind="managed"))
    assert [one.document for one in report.mend] == [""]
    assert report.of("missing")[0].document == ""


def test_a_denial_is_missing_and_adding_does_not_mend_it() -> None:
    report = of(model(), {**deny("s3:Get*", "arn:aws:s3:::data/model/*"), "Sid": "NoModels"})
    found = the(report, "missing", "s3:GetObject")
    assert (found.statement, found.document, found.patch) == ("NoModels", "p1", None)
    assert found.why.startswith("NoModels denies it. ")
    assert not report.mend


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, "depends"),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, "depends"),
        ({"Bool": {"aws:SecureTransport": "true"}}, "minimal"),
        ({"Bool": {"aws:SecureTransport": "false"}}, "missing"),
        ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, "minimal"),
        ({"StringEquals": {"aws:PrincipalAccount": OTHER}}, "missing"),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Exec*"}}, "minimal"),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, "depends"),
        ({"Null": {"aws:PrincipalArn": "true"}}, "missing"),
        ({"NoSuchOperator": {"aws:PrincipalArn": "x"}}, "depends"),
    ],
)
def test_conditions(condition: Any, verdict: str) -> None:
    what = model()
    whole = enough(what)
    (read,) = [one for one in whole["Statement"] if one["Sid"] == "ModelRead"]
    read["Condition"] = condition
    report = audited(what, held(whole, trust=trust_of(what)))
    assert report.verdict == verdict
    if verdict == "depends" and "StringEquals" in condition:
        found = the(report, "depends", "s3:GetObject")
        assert found.keys == {"aws:SourceVpce": ("vpce-1",)}
        assert "only if aws:SourceVpce is vpce-1" in found.why
    if "StringNotEquals" in condition:
        assert the(report, "depends", "s3:GetObject").keys == {"aws:SourceVpce": ("not vpce-1",)}


def test_of_many_values_that_would_allow_it_some_are_named_and_all_are_keys() -> None:
    endpoints = [f"vpce-{number:02}" for number in range(12)]
    report = audited(model(), held(policy(allow("*", Condition={"StringEquals": {"aws:SourceVpce": endpoints}}))))
    found = report.of("depends")[0]
    assert "vpce-04 or one of 7 more, which is not known here" in found.why
    assert found.keys["aws:SourceVpce"] == tuple(endpoints)


def test_a_denial_that_hangs_on_an_unknown_key() -> None:
    report = of(model(), deny("*", Condition={"StringNotEquals": {"aws:SourceVpce": ["vpce-1"]}}))
    assert report.verdict == "depends"
    found = the(report, "depends", "s3:GetObject")
    assert found.keys == {"aws:SourceVpce": ("vpce-1",)}
    assert "unless" in found.why


def test_a_condition_that_the_need_has_holds_for_its_calls() -> None:
    what = training()
    wide = {"StringLike": {"kms:ViaService": ["s3.*"]}}
    whole = enough(what)
    for one in whole["Statement"]:
        if one["Sid"] == "OutputEncrypt":
            one["Condition"] = wide
    assert audited(what, held(whole, trust=trust_of(what))).verdict in ("sufficient", "minimal")


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


def test_what_a_role_has_that_was_not_given_is_not_known() -> None:
    report = of(model(), unknown=("The text of the policy team is not given.",))
    assert report.verdict == "depends"
    assert report.of("depends")[0].why == "The text of the policy team is not given."


def test_what_a_policy_that_is_not_given_can_allow_depends() -> None:
    what = model()
    some = {"unknown": ("the policy team is attached, and its document was not given",), "hidden": ["identity"]}
    role = held(without(what, "ModelRead"), trust=trust_of(what), **some)
    report = audited(what, role)
    assert report.verdict == "depends" and not report.of("missing") and not report.mend
    assert the(report, "depends", "s3:GetObject").why.startswith("Not all policies of the role are given, and another")
    denied = without(what, "ModelRead")
    denied["Statement"].append(deny("s3:GetObject", "*"))
    report = audited(what, held(denied, trust=trust_of(what), **some))
    assert the(report, "missing", "s3:GetObject").why.startswith("statement ")


def test_only_the_layer_that_is_not_wholly_given_can_allow_more() -> None:
    what = model()
    limit = policy(allow(["logs:*", "ecr:*", "cloudwatch:*"]))
    for hidden, kind in (((), "missing"), (("boundary",), "depends"), (("identity", "trust"), "missing")):
        report = audited(what, held(enough(what), trust=trust_of(what), boundary=limit, hidden=hidden))
        assert the(report, kind, "s3:GetObject").layer == "boundary"
    trust = policy(deny("sts:TagSession", Principal="*"))
    for hidden, kind in (((), "missing"), (("identity",), "missing"), (("trust",), "depends")):
        for one in trust["Statement"]:
            one.pop("Resource", None)
        report = audited(what, held(enough(what), trust=trust, hidden=hidden))
        found = the(report, kind, "sts:AssumeRole")
        assert (found.layer, found.patch is None) == ("trust", kind == "depends")


@pytest.mark.parametrize(
    ("operation", "addon", "action"),
    [
        ("CreateNotebookInstance", "codecommit-cross-account", "sts:AssumeRole"),
        ("CreateTrainingJob", "s3-access-grants-users", "sts:SetContext"),
    ],
)
def test_a_role_of_the_account_whose_trust_policy_is_not_given_depends(operation: str, addon: str, action: str) -> None:
    values = {"CodeCommitRoleAccount": ACCOUNT, "CodeCommitRoleName": "Other", "AccessGrantsRoleName": "Other"}
    members = {
        "RoleArn": ROLE,
        **dict.fromkeys(("NotebookInstanceName", "TrainingJobName"), "n"),
        "OutputDataConfig": {"S3OutputPath": "s3://data/out"},
    }
    what = work(operation, members, addons=(addon,))
    what = work(
        operation,
        members,
        addons=(addon,),
        values={name: values[name] for name in what.composition.placeholders},
    )
    found = the(audited(what, held(enough(what), trust=trust_of(what))), "depends", action)
    assert (found.layer, found.resource) == ("resource", f"arn:aws:iam::{ACCOUNT}:role/Other")
    assert found.why.startswith("The trust policy of the role has to allow it too, and is not given. ")
    given = policy({**allow(action), "Principal": {"AWS": ROLE}})
    del given["Statement"][0]["Resource"]
    layers = Layers(resources={found.resource: document(found.resource, given)})
    report = audited(what, held(enough(what), trust=trust_of(what)), layers)
    assert not [one for one in report.findings if one.action == action and one.kind in ("depends", "missing")]


@pytest.mark.parametrize(("count", "more"), [(5, ""), (6, " and 1 more"), (9, " and 4 more")])
def test_at_most_five_statements_are_named(count: int, more: str) -> None:
    keys = [f"arn:aws:s3:::data/in/{number}*" for number in range(count)]
    what = training()
    rest = [
        {**one, "Action": [name for name in one["Action"] if name != "s3:GetObject"]}
        for one in enough(what)["Statement"]
    ]
    some = [allow("s3:GetObject", one) for one in keys]
    report = audited(what, held(policy(*some, *(one for one in rest if one["Action"])), trust=trust_of(what)))
    names = ", ".join(f"statement {number}" for number in range(1, 6))
    assert the(report, "missing", "s3:GetObject").why.startswith(f"Only a part is allowed, by {names}{more}. ")


def test_everything_under_an_unknown_condition_depends_whatever_the_resource() -> None:
    what = training()
    report = audited(what, held(policy(allow("*", Condition={"StringEquals": {"aws:SourceVpce": ["vpce-1"]}}))))
    assert any("*" in one.resource and one.resource != "*" for one in report.of("depends"))
    assert not report.of("missing")


def test_an_image_of_aws_in_a_region_that_is_not_known_is_no_other_accounts() -> None:
    catalog = model().catalog
    for region in ("us-west-2", "${Region}", "*"):
        assert owned_by_aws(catalog, f"arn:aws:ecr:{region}:763104351884:repository/pytorch-training")
        assert not owned_by_aws(catalog, f"arn:aws:ecr:{region}:{OTHER}:repository/pytorch-training")
    assert not owned_by_aws(catalog, "arn:aws:ecr:xx-west-9:763104351884:repository/pytorch-training")


@pytest.mark.parametrize(
    ("service", "kind"), [("s3.us-west-2.amazonaws.com", "excess"), ("s3.us-east-1.amazonaws.com", "missing")]
)
def test_a_service_calls_a_key_from_the_region_of_the_key(service: str, kind: str) -> None:
    what = training()
    whole = enough(what)
    for one in whole["Statement"]:
        if "kms:ViaService" in one.get("Condition", {}).get("StringLike", {}):
            one["Condition"] = {"StringEquals": {"kms:ViaService": [service]}}
    report = audited(what, held(whole, trust=trust_of(what)))
    found = {one.action for one in report.findings if one.kind != "excess"}
    assert found == (set() if kind == "excess" else {"kms:Decrypt", "kms:GenerateDataKey"})


def test_the_keys_that_name_a_region_are_those_of_the_data() -> None:
    assert {key.lower() for kind in model().catalog.companions for key in kind.regional} == REGIONAL


# --- wildcards -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resources", "verdict"),
    [
        ({"Resource": ["arn:aws:s3:::data/in/*"]}, "minimal"),
        ({"Resource": ["arn:aws:s3:::data/i*"]}, "sufficient"),
        ({"Resource": ["arn:aws:s3:::data/in/?"]}, "missing"),
        ({"Resource": ["arn:aws:s3:::data/in/?*"]}, "missing"),
        ({"Resource": ["arn:aws:s3:::data/in/${*}"]}, "missing"),
        ({"Resource": ["arn:aws:s3:::data/in/a*"]}, "missing"),
        ({"Resource": ["arn:aws:s3:::data/in/?*", "arn:aws:s3:::data/in/"]}, "minimal"),
        ({"Resource": ["arn:aws:s3:::other/*"]}, "missing"),
        ({"NotResource": ["arn:aws:s3:::data/in/a/*"]}, "missing"),
        ({"NotResource": ["arn:aws:s3:::other/*"]}, "sufficient"),
    ],
)
def test_calls_alike_are_allowed_all_or_in_part(resources: Any, verdict: str) -> None:
    what = training()
    rest = without(what, "InputRead")["Statement"]
    one = {"Sid": "InputRead", "Effect": "Allow", "Action": ["s3:GetObject"], **resources}
    report = audited(what, held(policy(*rest, one), trust=trust_of(what)))
    assert report.verdict == verdict
    if verdict == "missing":
        found = the(report, "missing", "s3:GetObject")
        assert found.resource == "arn:aws:s3:::data/in/*"
        if "other" not in str(resources):
            assert "Only a part is allowed, by InputRead." in found.why


@pytest.mark.parametrize(
    ("resources", "verdict"),
    [
        ({"Resource": "arn:aws:s3:::data/in/a/*"}, "depends"),
        ({"Resource": "arn:aws:s3:::data/in/?"}, "depends"),
        ({"Resource": "arn:aws:s3:::data/*"}, "missing"),
        ({"Resource": "arn:aws:s3:::data/inn/*"}, "minimal"),
        ({"NotResource": "arn:aws:s3:::data/*"}, "minimal"),
        ({"NotResource": "arn:aws:s3:::data/in/a*"}, "depends"),
        ({"NotResource": "arn:aws:s3:::x"}, "missing"),
    ],
)
def test_calls_alike_are_denied_all_or_in_part(resources: Any, verdict: str) -> None:
    denies = {"Sid": "Never", "Effect": "Deny", "Action": "s3:GetObject", **resources}
    report = of(training(), denies)
    assert report.verdict == verdict
    if verdict == "depends":
        assert "Never denies a part of it" in the(report, "depends", "s3:GetObject").why


def test_statements_that_allow_together_do_not_hide_a_denial() -> None:
    what = training()
    halves = [
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::data/in/a*"},
        allow("s3:GetObject", "arn:aws:s3:::data/in/a*"),
    ]
    rest = without(what, "InputRead")["Statement"]
    assert audited(what, held(policy(*rest, *halves), trust=trust_of(what))).verdict == "sufficient"
    never = deny("s3:GetObject", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})
    assert audited(what, held(policy(*rest, *halves, never), trust=trust_of(what))).verdict == "depends"


@pytest.mark.parametrize("layer", ["boundary", "session", "scp", "endpoint"])
def test_statements_of_a_layer_that_allow_together_do_not_hide_its_denial(layer: str) -> None:
    what = training()
    others = {"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"}
    halves = [
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::data/in/a*"},
        allow("s3:GetObject", "arn:aws:s3:::data/in/a*"),
    ]
    never = deny("s3:GetObject", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})

    def verdict(*more: Any) -> str:
        statements = [others, *halves, *more]
        if layer == "boundary":
            return of(what, boundary=policy(*statements)).verdict
        anybody = [{**one, "Principal": "*"} for one in statements]
        given: dict[str, Any] = {
            "session": Layers(session=(doc("s", *statements),)),
            "scp": Layers(scps=(doc("s", *statements),)),
            "endpoint": Layers(endpoint=(doc("s", *anybody),)),
        }
        return of(what, layers=given[layer]).verdict

    assert verdict() == "minimal"
    assert verdict(never) == "depends"


def test_an_action_whose_resource_the_request_does_not_tell() -> None:
    """What is composed for '*' of an action with resource types may be about a resource that a policy names."""
    what = work("CreateTrainingJob", {**_vpc()})
    whole = enough(what)
    (describe,) = [one for one in whole["Statement"] if one["Sid"] == "EcrLogin"]
    describe["Resource"] = ["arn:aws:ecr:us-west-2:111122223333:repository/x"]
    # GetAuthorizationToken has no resource types: nothing but "*" is about it.
    assert audited(what, held(whole, trust=trust_of(what))).verdict == "missing"


def _vpc() -> Any:
    return {"TrainingJobName": "j", "RoleArn": ROLE, "AlgorithmSpecification": {"TrainingImage": IMAGE}}


def test_policy_variables_of_the_need_are_the_calls_own() -> None:
    what = work(
        "CreateDomain", {"DomainName": "d", "DefaultUserSettings": {"ExecutionRole": ROLE}}, roles=["execution"]
    )
    variable = [need for need in what.needs if "${sagemaker:DomainId}" in need.resource]
    assert variable
    assert of(what).verdict == "minimal"
    fixed = enough(what)
    for one in fixed["Statement"]:
        one["Resource"] = [text.replace("${sagemaker:DomainId}", "d-1") for text in one["Resource"]]
    report = audited(what, held(fixed, trust=trust_of(what)))
    assert report.verdict == "depends"
    assert all("is not known without ${sagemaker:DomainId}" in one.why for one in report.of("depends"))
    narrow = enough(what)
    for one in narrow["Statement"]:
        one["Resource"] = [
            text.replace("${sagemaker:DomainId}/*", "${sagemaker:DomainId}/a*") for text in one["Resource"]
        ]
    # Whatever the variable stands for, a part is not allowed; and the rest together with it is.
    assert audited(what, held(narrow, trust=trust_of(what))).verdict == "missing"
    rest = enough(what)
    for one in rest["Statement"]:
        one["Resource"] = [
            part
            for text in one["Resource"]
            for part in ([f"{text[:-1]}?*", text[:-1]] if text.endswith("${sagemaker:DomainId}/*") else [text])
        ]
    assert audited(what, held(rest, trust=trust_of(what))).verdict in ("sufficient", "minimal")
    wide = enough(what)
    for one in wide["Statement"]:
        one["Resource"] = [text.replace("${sagemaker:DomainId}", "*") for text in one["Resource"]]
    assert audited(what, held(wide, trust=trust_of(what))).verdict == "sufficient"


def test_not_action() -> None:
    what = model()
    one = {"Effect": "Allow", "NotAction": ["iam:*", "S3:GETOBJECT"], "Resource": "*"}
    report = audited(what, held(policy(one), trust=trust_of(what)))
    assert {item.action for item in report.of("missing")} == {"s3:GetObject"}
    shown = [item for item in report.of("excess") if item.action == "*"]
    assert shown and all("iam:*" in item.without for item in shown)
    denies = {"Effect": "Deny", "NotAction": ["s3:*", "ecr:*", "logs:*", "cloudwatch:*"], "Resource": "*"}
    assert of(model(), denies).verdict == "minimal"
    assert of(model(), {**denies, "NotAction": ["s3:*"]}).verdict == "missing"


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


def test_each_layer_that_falls_short_is_found() -> None:
    what = model()
    role = held(without(what, "ModelRead"), trust=trust_of(what), boundary=policy(OPEN, NO_READ))
    report = audited(
        what, role, Layers(scps=(doc("s", NO_READ),), endpoint=(doc("e", {**OPEN, "Principal": "*"}, FOR_ALL),))
    )
    assert [one.layer for one in report.of("missing")] == ["boundary", "scp", "endpoint", "identity"]


def test_a_layer_that_hangs_on_the_region() -> None:
    there = doc("s", OPEN, deny("*", Condition={"StringNotEquals": {"aws:RequestedRegion": ["us-west-2"]}}))
    report = of(model(), layers=Layers(scps=(there,)))
    # The Region is in the ARNs of some calls; of the others nobody knows it.
    assert report.verdict == "depends"
    assert {one.action for one in report.of("depends")} == {
        "s3:GetObject",
        "s3:ListBucket",
        "ecr:GetAuthorizationToken",
        "cloudwatch:PutMetricData",
    }


def test_a_bucket_policy_of_somebody_else_denies_nothing_of_the_role() -> None:
    theirs = {**NO_READ, "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}}
    assert of(model(), layers=Layers(resources={BUCKET: doc("s", theirs)})).verdict == "minimal"
    part = {**theirs, "Resource": "arn:aws:s3:::data/in/a*"}
    assert of(training(), layers=Layers(resources={BUCKET: doc("s", part)})).verdict == "minimal"
    mine = {**part, "Principal": {"AWS": ROLE}}
    assert of(training(), layers=Layers(resources={BUCKET: doc("s", mine)})).verdict == "depends"


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


def test_a_bucket_policy_can_allow_what_the_role_lacks() -> None:
    what = model()
    role = held(without(what, "ModelRead"), trust=trust_of(what))
    allows = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*", "Principal": {"AWS": ROLE}}
    assert audited(what, role, Layers(resources={BUCKET: doc("b", allows)})).verdict == "minimal"
    # A boundary limits what is granted to the role.
    limited = held(without(what, "ModelRead"), trust=trust_of(what), boundary=policy(OPEN, NO_READ))
    assert audited(what, limited, Layers(resources={BUCKET: doc("b", allows)})).verdict == "missing"


def test_a_bucket_policy_that_names_the_account_allows_nothing_by_itself() -> None:
    what = training()
    role = held(without(what, "InputRead"), trust=trust_of(what))
    allows = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
    account = {**allows, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    assert audited(what, role, Layers(resources={BUCKET: doc("b", account)})).verdict == "missing"
    perhaps = {**allows, "Principal": {"AWS": ROLE}, "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}
    report = audited(what, role, Layers(resources={BUCKET: doc("b", account, perhaps)}))
    assert (report.verdict, {one.layer for one in report.of("depends")}) == ("depends", {"resource"})


def test_a_key_of_the_same_account_lets_the_account_decide() -> None:
    assert of(training()).verdict == "minimal"
    assert any(KEY in one for one in of(training()).assumptions)
    root = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    given = of(training(), layers=Layers(resources={KEY: doc("k", root)}))
    assert given.verdict == "minimal" and not any(KEY in one for one in given.assumptions)
    admin = {**root, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/Admin"}}
    closed = of(training(), layers=Layers(resources={KEY: doc("k", admin)}))
    assert {(one.action, one.layer) for one in closed.of("missing")} == {
        (need.action, "resource") for need in training().needs if need.resource == KEY
    }


def test_a_key_of_another_account_needs_both_policies() -> None:
    what = training(FOREIGN_KEY)
    report = of(what)
    assert report.verdict == "depends"
    assert {(one.action, one.layer) for one in report.of("depends")} == {
        (need.action, "resource") for need in what.needs if need.resource == FOREIGN_KEY
    }
    assert all(OTHER in one.why for one in report.of("depends"))
    allows = {
        "Effect": "Allow",
        "Action": "kms:*",
        "Resource": "*",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    }
    assert of(what, layers=Layers(resources={FOREIGN_KEY: doc("k", allows)})).verdict == "minimal"
    other = {**allows, "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}}
    assert of(what, layers=Layers(resources={FOREIGN_KEY: doc("k", other)})).verdict == "missing"
    lacking = held(without(what, "OutputEncrypt"), trust=trust_of(what))
    both = audited(what, lacking, Layers(resources={FOREIGN_KEY: doc("k", allows)}))
    assert {one.layer for one in both.of("missing")} == {"identity"}


def test_images_of_aws_need_no_policy_of_theirs_and_it_is_said() -> None:
    image = "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2"
    what = training(AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"})
    report = of(what)
    assert report.verdict == "minimal"
    assert any("AWS owns the registry" in one for one in report.assumptions)
    theirs = training(
        AlgorithmSpecification={"TrainingImage": image.replace("763104351884", OTHER), "TrainingInputMode": "File"}
    )
    assert of(theirs).verdict == "depends"


# --- trust -----------------------------------------------------------------------------------------------------------


def trusted(what: Work, *statements: Any) -> RoleReport:
    return audited(what, held(enough(what), trust=policy(*statements)))


def assume(principal: Any, **more: Any) -> Any:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


SERVICE = {"Service": "sagemaker.amazonaws.com"}
TIED = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_nobody_who_should_can_assume_it() -> None:
    report = trusted(model(), assume({"Service": "ec2.amazonaws.com"}))
    found = the(report, "missing", "sts:AssumeRole")
    assert (found.layer, found.principal) == ("trust", "sagemaker.amazonaws.com")
    assert found.patch and found.patch[0]["value"] in trust_of(model())["Statement"]
    assert [one.principal for one in report.of("trust")] == ["ec2.amazonaws.com"]


def test_the_trust_policy_that_is_composed_and_one_that_is_tied_otherwise() -> None:
    assert not trusted(model(), *trust_of(model())["Statement"]).of("trust")
    assert not trusted(model(), assume(SERVICE, Condition=TIED)).of("trust")


def test_nothing_ties_the_service_to_the_account() -> None:
    (found,) = trusted(model(), assume(SERVICE)).of("trust")
    assert "confused deputy" in found.why


@pytest.mark.parametrize(
    ("statement", "principal", "words"),
    [
        (assume("*"), "*", "Everyone can"),
        (assume({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), "*", "Everyone who passes"),
        (assume({"AWS": OTHER}), OTHER, f"account {OTHER}"),
        (assume({"AWS": f"arn:aws:iam::{OTHER}:root"}), f"arn:aws:iam::{OTHER}:root", f"account {OTHER}"),
        (assume({"AWS": f"arn:aws:iam::{ACCOUNT}:role/x"}), f"arn:aws:iam::{ACCOUNT}:role/x", "does not need"),
        (assume({"Federated": "cognito-identity.amazonaws.com"}), "cognito-identity.amazonaws.com", "does not need"),
    ],
)
def test_who_else_can_assume_it(statement: Any, principal: str, words: str) -> None:
    report = trusted(model(), assume(SERVICE, Condition=TIED), statement)
    (found,) = report.of("trust")
    assert found.principal == principal and words in found.why
    assert report.verdict == "minimal"


def test_not_principal_lets_all_others_assume_it() -> None:
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}
    found = trusted(model(), assume(SERVICE, Condition=TIED), statement).of("trust")
    assert [one.principal for one in found] == ["all but some"]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}, "aws:MultiFactorAuthAge is NumericLessThan 300"),
        ({"DateGreaterThan": {"aws:CurrentTime": "2030"}}, "aws:CurrentTime is DateGreaterThan 2030"),
        ({"Null": {"aws:TokenIssueTime": "false"}}, "aws:TokenIssueTime is Null false"),
        ({"StringEquals": {"aws:RequestedRegion": "us-west-2"}}, "aws:RequestedRegion is us-west-2"),
    ],
)
def test_what_a_call_hangs_on_has_its_operator(condition: Any, said: str) -> None:
    whole = enough(model())
    for one in whole["Statement"]:
        if one["Sid"] == "ModelRead":
            one["Condition"] = condition
    report = audited(model(), held(whole, trust=trust_of(model())))
    assert f"only if {said}," in the(report, "depends", "s3:GetObject").why


ACCOUNTS, ARNS = "aws:SourceAccount", "aws:SourceArn"


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {ACCOUNTS: "*"}},
        {"StringLike": {ACCOUNTS: f"{ACCOUNT[:-1]}?"}},
        {"StringLike": {ARNS: "*"}},
        {"Null": {ACCOUNTS: "false"}},
        {"StringNotEquals": {ACCOUNTS: OTHER}},
        {"StringEquals": {ACCOUNTS: [ACCOUNT, OTHER]}},
        {"StringEqualsIfExists": {ACCOUNTS: ACCOUNT}},
        {"ArnLike": {ARNS: "arn:aws:sagemaker:*:*:*"}},
        {"ArnLike": {ARNS: [f"arn:aws:sagemaker:*:{ACCOUNT}:*", f"arn:aws:sagemaker:*:{OTHER}:*"]}},
        {"ArnLikeIfExists": {ARNS: f"arn:aws:sagemaker:*:{ACCOUNT}:*"}},
        {"ForAllValues:StringEquals": {ACCOUNTS: ACCOUNT}},
        {"StringLike": {"aws:SourceOrgID": "o-*"}},
        {"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "*/r-ab12/*"}},
        {"StringEquals": {"sts:ExternalId": "x"}},
    ],
    ids=str,
)
def test_a_condition_that_names_the_key_but_ties_nothing(condition: Any) -> None:
    found = trusted(model(), assume(SERVICE, Condition=condition)).of("trust")
    assert [one.principal for one in found] == ["sagemaker.amazonaws.com"]
    assert ("condition does not tie" in found[0].why) == ("sts:" not in str(condition))


@pytest.mark.parametrize(
    "statements",
    [
        [assume(SERVICE, Condition={"StringLike": {ACCOUNTS: ACCOUNT}})],
        [assume(SERVICE, Condition={"StringEquals": {ACCOUNTS: ACCOUNT}, "ArnLike": {ARNS: "*"}})],
        [assume(SERVICE, Condition={"ArnEquals": {ARNS: f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:training-job/*"}})],
        [assume(SERVICE, Condition={"ArnLike": {ARNS: "arn:aws:s3:::amzn-s3-demo-bucket"}})],
        [assume(SERVICE, Condition={"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}})],
        [assume(SERVICE, Condition={"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "o-a1b2c3d4e5/*"}})],
        [assume(SERVICE), {**assume("*", Condition={"StringNotEquals": {ACCOUNTS: ACCOUNT}}), "Effect": "Deny"}],
        [assume(SERVICE), {**assume(SERVICE, Condition={"ArnNotLike": {ARNS: f"arn:aws:sagemaker:*:{ACCOUNT}:*"}}),
                           "Effect": "Deny"}],
    ],
)  # fmt: skip
def test_what_ties_a_service_to_the_account_whatever_its_form(statements: Any) -> None:
    assert not trusted(model(), *statements).of("trust")
    unknown = held(enough(model()), trust=policy(*statements), arn="")
    assert not audited(model(), unknown).of("trust"), "the account of the role is not known"


def test_a_condition_of_the_trust_policy_that_fails_or_hangs() -> None:
    foreign = trusted(model(), assume(SERVICE, Condition={"StringEquals": {"aws:SourceAccount": OTHER}}))
    assert the(foreign, "missing", "sts:AssumeRole").layer == "trust"
    unknown = trusted(model(), assume(SERVICE, Condition={**TIED, "Bool": {"aws:ViaAWSService": "true"}}))
    assert the(unknown, "depends", "sts:AssumeRole").layer == "trust"
    denied = trusted(model(), assume(SERVICE, Condition=TIED), {**assume("*"), "Effect": "Deny"})
    assert the(denied, "missing", "sts:AssumeRole").layer == "trust"


def test_without_a_trust_policy_nothing_is_said_of_it() -> None:
    report = audited(model(), held(enough(model())))
    assert report.verdict == "minimal"
    assert any("trust policy is not given" in one for one in report.assumptions)


# --- the caller ------------------------------------------------------------------------------------------------------


def test_the_policies_of_a_caller() -> None:
    request = {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": IMAGE}}
    what = work("CreateModel", request, caller=True)
    mine = f"arn:aws:iam::{ACCOUNT}:role/Caller"
    assert audited(what, held(enough(what), arn=mine)).verdict == "minimal"
    report = audited(what, held(policy(allow("sagemaker:*")), arn=mine, trust=policy(assume("*"))))
    assert {one.action for one in report.of("missing")} == {"iam:PassRole"}
    assert not report.of("trust")
    ec2 = enough(what)
    for one in ec2["Statement"]:
        if "iam:PassRole" in one["Action"]:
            one["Condition"] = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    assert audited(what, held(ec2, arn=mine)).verdict == "missing"


# --- excess ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "opens"),
    [
        ("iam:PassRole", "passing roles"),
        ("iam:PutRolePolicy", "changing permissions"),
        ("s3:PutBucketPolicy", "changing permissions"),
        ("kms:Encrypt", "using keys"),
        ("s3:DeleteObject", "writing data"),
        ("dynamodb:GetItem", "reading data"),
        ("sagemaker:AddTags", "tagging"),
        ("s3:ListAllMyBuckets", "listing"),
        ("nosuch:Thing", "other actions"),
    ],
)
def test_what_an_excess_opens(action: str, opens: str) -> None:
    (found,) = of(model(), {**allow(action), "Sid": "More"}).of("excess")
    assert (found.action, found.opens, found.statement, found.resource) == (action, opens, "More", "*")
    assert found.service == action.partition(":")[0]
    assert opens in OPENS


def test_what_opens_most_comes_first() -> None:
    report = of(model(), allow(["s3:ListAllMyBuckets", "s3:DeleteObject", "iam:PutRolePolicy", "iam:PassRole"]))
    order = [OPENS.index(one.opens) for one in report.of("excess")]
    assert order == sorted(order) and len(order) == 4
    assert [KINDS.index(one.kind) for one in report.findings if one.kind != "escalation"] == [2] * 4


def test_only_what_is_beside_the_need_is_excess() -> None:
    what = model()
    whole = without(what, "ModelRead")
    whole["Statement"].append({**allow("s3:GetObject", f"{BUCKET}/*"), "Sid": "Read"})
    (found,) = audited(what, held(whole, trust=trust_of(what))).of("excess")
    assert (found.resource, found.beside) == (f"{BUCKET}/*", (ARTIFACT,))


def test_a_denial_or_a_boundary_takes_the_excess_away() -> None:
    what = model()
    more = allow("s3:DeleteObject", "arn:aws:s3:::other/*")
    assert of(what, more, deny("s3:Delete*")).verdict == "minimal"
    assert (
        of(what, more, boundary=policy(allow(["logs:*", "ecr:*", "cloudwatch:*", "s3:Get*", "s3:List*"]))).verdict
        == "minimal"
    )
    partly = of(what, more, deny("s3:Delete*", "arn:aws:s3:::other/a/*"))
    assert partly.of("excess")[0].beside == ("arn:aws:s3:::other/a/*",)
    second = held(enough(what), policy(more), policy(deny("s3:DeleteObject")), trust=trust_of(what))
    assert audited(what, second).verdict == "minimal"


def test_a_statement_without_the_condition_of_the_need_is_excess() -> None:
    what = model()
    whole = enough(what)
    for one in whole["Statement"]:
        one.pop("Condition", None)
    (found,) = audited(what, held(whole, trust=trust_of(what))).of("excess")
    assert found.action == "cloudwatch:PutMetricData"
    assert "only with StringEquals cloudwatch:namespace" in found.why


# --- escalation ------------------------------------------------------------------------------------------------------


def test_ways_to_gain_permissions() -> None:
    report = of(model(), allow("iam:PassRole"), allow(["sagemaker:CreateTrainingJob", "iam:PutRolePolicy"]))
    found = {one.path: one for one in report.of("escalation")}
    assert "sagemaker-pass-role" in found
    one = found["sagemaker-pass-role"]
    assert "CreateTrainingJob" in one.steps[1] and not one.needed
    assert one.beside == () or one.resource
    assert any("iam:PutRolePolicy" in step for item in found.values() for step in item.steps)
    assert report.verdict == "sufficient"


def test_passing_to_other_services_or_the_role_itself_gains_nothing_here() -> None:
    jobs = allow("sagemaker:CreateTrainingJob")
    other = allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})
    assert "sagemaker-pass-role" not in {one.path for one in of(model(), jobs, other).of("escalation")}
    functions = allow(["lambda:CreateFunction", "lambda:InvokeFunction", "sagemaker:CreateTrainingJob"])
    for service, ways in (("sagemaker", {"sagemaker-002", "sagemaker-pass-role"}), ("lambda", {"lambda-001"})):
        passed = {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
        found = of(model(), functions, allow("iam:PassRole", Condition=passed)).of("escalation")
        assert {one.path for one in found} == ways, "a service that the condition excludes gets no role"
    itself = allow("iam:PassRole", ROLE)
    assert not of(model(), jobs, itself).of("escalation")
    assert not of(model(), jobs, allow("iam:PassRole"), deny("iam:PassRole")).of("escalation")
    assert not of(model(), jobs, allow("iam:PassRole"), boundary=policy(allow(["s3:*", "sagemaker:*"]))).of(
        "escalation"
    )


# --- needs -----------------------------------------------------------------------------------------------------------


def test_needs_are_the_calls_of_the_composed_policy() -> None:
    what = training()
    needs = needs_of(what.policy)
    assert len(needs) == sum(len(one.actions) * len(one.resources) for one in what.policy.statements)
    (metric,) = [one for one in needs if one.action == "cloudwatch:PutMetricData"]
    (context,) = metric.contexts({})
    assert context.get("cloudwatch:namespace") == "/aws/sagemaker/TrainingJobs"


def test_policies_of_an_organization_may_be_of_several_levels() -> None:
    what = model()
    wide, narrow = (document(name, policy(allow(actions))) for name, actions in (("wide", "*"), ("narrow", "logs:*")))
    role = held(enough(what), trust=trust_of(what))
    assert audited(what, role, Layers(scps=(wide,))).verdict == "minimal"
    both = audited(what, role, Layers(scps=(wide, narrow)))
    found = the(both, "depends", "s3:GetObject")
    assert found.layer == "scp" and found.why.startswith("Each level of the organization has to allow it")
    assert audited(what, role, Layers(scps=(wide, document("again", policy(allow("*")))))).verdict == "minimal"


def test_levels_of_an_organization_that_are_known_each_have_to_allow() -> None:
    what = model()
    wide, narrow = (document(name, policy(allow(actions))) for name, actions in (("wide", "*"), ("narrow", "logs:*")))
    role = held(enough(what), trust=trust_of(what))
    one_level = Layers(scps=(wide, narrow), levels=((wide, narrow),))
    assert audited(what, role, one_level).verdict == "minimal"
    two_levels = Layers(scps=(wide, narrow), levels=((wide,), (narrow,)))
    assert the(audited(what, role, two_levels), "missing", "s3:GetObject").layer == "scp"


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
