"""What is never called minimal: wildcards for placeholders, and open trust policies. And what is no false alarm."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from composing import compiled
from iam.calls import allow, deny, policy
from kb.aws.reference import aws_reference
from sagemaker_roles import Choice, placeholders_of
from sagemaker_roles.audits.audit import audit
from sagemaker_roles.audits.escalations import resources_of
from sagemaker_roles.audits.excess_permissions import as_grants
from sagemaker_roles.audits.missing_permissions import if_needed
from sagemaker_roles.audits.placeholder_values import find_values
from sagemaker_roles.audits.report import AuditFinding
from sagemaker_roles.audits.required_calls import PLACEHOLDER, Need
from sagemaker_roles.audits.role_audit import Work
from sagemaker_roles.iam import arns
from sagemaker_roles.iam.evaluation import document
from sagemaker_roles.iam.grants import difference, of_documents
from sagemaker_roles.iam.text_sets import union

from .roles import ROLE, SERVICE, Json, assume, audited, enough, held, trust_of, work

# --- a placeholder is one value ---------------------------------------------------------------------------------------

_seen: set[str] = set()


def _beyond(what: Work, whole: Json) -> list[AuditFinding]:
    """What a policy allows beyond the need, by itself: all else of an audit takes a hundred times as long."""
    documents = (document("p1", whole, "managed"),)
    return [*what.excess(documents, None, what.values(of_documents(documents).allowed))]


@pytest.mark.test_all
@pytest.mark.parametrize("operation", compiled().operations)
def test_a_wildcard_for_a_placeholder_is_never_minimal(operation: str) -> None:
    catalog = compiled()
    for role in catalog.operation(operation).roles:
        for caller, addons in [(True, []), (False, []), *((False, [one.id]) for one in role.addons)]:
            what = work(operation, caller=caller, roles=[role.id], addons=addons)
            whole = enough(what)
            assert not _beyond(what, whole), (role.id, addons)
            for index, statement in enumerate(whole["Statement"]):
                text = json.dumps(statement)
                for name in dict.fromkeys(PLACEHOLDER.findall(text)):
                    changed = copy.deepcopy(whole)
                    changed["Statement"][index] = json.loads(text.replace(name, "*"))
                    if (key := f"{caller} {changed['Statement'][index]}") in _seen:
                        continue
                    _seen.add(key)
                    if not _beyond(what, changed):
                        found = audited(what, held(changed, trust=trust_of(what)))
                        assert found.verdict != "minimal", (role.id, addons, statement["Sid"], name)


_A, _B = "arn:aws:s3:::${Bucket}/m", "arn:aws:s3:::${Other}/${Prefix}*"
_OF = {"StringEquals": {"aws:ResourceAccount": ["${Account}"]}}


_DENIED = {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/m"}


def _of(*accounts: str) -> Any:
    return {"StringEquals": {"aws:ResourceAccount": list(accounts)}}


def _s3(*resources: str, **more: Any) -> Json:
    return allow("s3:GetObject", [f"arn:aws:s3:::{one}" for one in resources], **more)


@pytest.mark.parametrize(
    ("needed", "held_statements", "lists", "left"),
    [
        # One value, and what is wider.
        ([(_A, {})], [_s3("b/m")], (), []),
        ([(_A, {})], [_s3("*/m")], (), ["arn:aws:s3:::*/m minus arn:aws:s3:::${Bucket}/m"]),
        ([(_A, {})], [_s3("b*/m")], (), ["arn:aws:s3:::b*/m minus arn:aws:s3:::${Bucket}/m"]),
        ([(_A, {})], [_s3("?/m")], (), ["arn:aws:s3:::?/m minus arn:aws:s3:::${Bucket}/m"]),
        ([(_A, {})], [_s3("b/m", "c/m")], (), ["arn:aws:s3:::c/m"]),
        ([(_A, {})], [_s3("b/m", "c/m")], ("Bucket",), []),
        ([(_A, {})], [_s3("*/m")], ("Bucket",), ["arn:aws:s3:::*/m minus arn:aws:s3:::${Bucket}/m"]),
        ([(_A, {})], [_s3("b/*")], (), ["arn:aws:s3:::b/* minus arn:aws:s3:::b/m"]),
        ([(_B, {})], [_s3("b/*")], (), ["arn:aws:s3:::b/* minus arn:aws:s3:::b/${Prefix}*"]),
        ([(_B, {})], [_s3("b/in/*")], (), []),
        # A variable that each call gives another value is no value; one of the role is.
        ([(_A, {})], [_s3("${s3:prefix}/m")], (), ["arn:aws:s3:::${s3:prefix}/m minus arn:aws:s3:::${Bucket}/m"]),
        ([(_A, {})], [_s3("${aws:PrincipalAccount}/m")], (), []),
        # Its own name, and that of somebody else's template.
        ([(_A, {})], [_s3("${Bucket}/m")], (), []),
        ([(_A, {})], [_s3("${MyBucket}/m")], (), []),
        ([(_A, {})], [_s3("${Bucket}/m", "b/m")], (), ["arn:aws:s3:::b/m"]),
        # One name in two needs; two names that share what there is.
        ([(_A, {}), (_A + "2", {})], [_s3("b/m", "b/m2")], (), []),
        ([(_A, {}), (_A + "2", {})], [_s3("b/m", "c/m2")], (), ["arn:aws:s3:::c/m2"]),
        ([(_A, {}), (_A + "2", {})], [_s3("c/m", "b/m", "b/m2")], (), ["arn:aws:s3:::c/m"]),
        ([(_A, {}), (_A.replace("Bucket", "Other"), {})], [_s3("b/m", "c/m")], (), []),
        ([(_A, {}), ("arn:aws:s3:::${Other}/*", {})], [_s3("b/*", "c/m")], (), []),
        # What denials and NotResource leave.
        ([(_A, {})], [_s3("*"), _DENIED], (), []),
        # Conditions.
        ([(_A, _OF)], [_s3("b/m", Condition=_of("1"))], (), []),
        ([(_A, _OF)], [_s3("b/m", Condition=_OF)], (), []),
        ([(_A, _OF)], [_s3("b/m")], (), ["arn:aws:s3:::b/m"]),
        ([(_A, _OF)], [_s3("b/m", Condition=_of("1", "2"))], (), ["arn:aws:s3:::b/m"]),
        ([(_A, _OF)], [_s3("b/m", Condition={"StringLike": {"aws:ResourceAccount": "*"}})], (), ["arn:aws:s3:::b/m"]),
        ([(_A, _OF), ("arn:aws:s3:::${Account}/x", {})], [_s3("b/m", Condition=_of("1")), _s3("1/x")], (), []),
    ],
)
def test_the_value_of_a_placeholder(
    needed: list[tuple[str, Any]], held_statements: list[Json], lists: tuple[str, ...], left: list[str]
) -> None:
    needs = [Need("s3:GetObject", resource, condition) for resource, condition in needed]
    grants = of_documents([document("p", policy(*held_statements), "managed")])
    allowed = difference(grants.allowed, grants.denied).grants
    beyond = difference(allowed, as_grants(needs, find_values(needs, allowed, lists)))
    assert not beyond.unknown
    assert sorted({str(region) for one in beyond.grants for region in one.resources.regions}) == left


def test_what_is_wider_than_a_placeholder_says_so_and_is_narrowed_to_what_the_role_names() -> None:
    what = work("CreateModel", values={"Partition": "aws"})
    wide = json.loads(json.dumps(enough(what)).replace("${ModelBucket}", "data"))
    wide["Statement"] = [_s3("data/*") if one["Sid"] == "ModelRead" else one for one in wide["Statement"]]
    report = audited(what, held(wide, trust=trust_of(what)))
    (found,) = report.of("excess")
    assert found.resource == "arn:aws:s3:::data/*" and found.beside == ("arn:aws:s3:::data/${ModelPrefix}",)
    assert found.why.endswith("It is wider than ${ModelPrefix}, which is one value.")
    assert report.narrow[0].patch[0]["value"]["Resource"] == ["arn:aws:s3:::data/${ModelPrefix}"]
    named = json.loads(json.dumps(enough(what)).replace("${ModelBucket}", "data").replace("${ModelPrefix}", "m"))
    report = audited(what, held(named, trust=trust_of(what)))
    assert not report.of("excess") and report.verdict == "depends"
    assert any("${ModelBucket} is data; ${ModelPrefix} is m" in one for one in report.assumptions)


def test_a_member_that_a_request_can_have_several_times_has_several_values_where_only_the_operation_is_known() -> None:
    """The second channel of a training job was called excess, though nothing tells that the job has one."""

    def found(what: Work, member: str) -> list[AuditFinding]:
        whole = json.loads(json.dumps(enough(what)).replace("${" + member + "Bucket}", "a"))
        for statement in whole["Statement"]:
            statement["Resource"] += [one.replace(":::a", ":::b") for one in statement["Resource"] if ":::a" in one]
        return _beyond(what, whole)

    bare = work("CreateTrainingJob", values={"Partition": "aws"})
    assert not found(bare, "Input")
    assert {one.resource for one in found(bare, "Output")} == {"arn:aws:s3:::b/${OutputPrefix}/*"}
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://a/in/"}}
    request = {"InputDataConfig": [{"ChannelName": "one", "DataSource": source}]}
    assert found(work("CreateTrainingJob", request, values={"Partition": "aws"}), "Input")


# --- escalations ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("passed", "needed"),
    [("role/${ExecutionRoleName}", True), ("role/Mine", True), ("role/*", False), ("*", False)],
)
def test_an_escalation_is_needed_only_where_the_work_passes_each_of_the_roles(passed: str, needed: bool) -> None:
    what = work("CreateTrainingJob", caller=True, values={"Partition": "aws", "Account": "111122223333"})
    text = json.dumps(enough(what)).replace("role/${ExecutionRoleName}", passed)
    report = audited(what, held(json.loads(text), arn="arn:aws:iam::111122223333:role/Caller"))
    found = {one.path: one.needed for one in report.of("escalation")}
    assert found == {"sagemaker-pass-role": needed, "sagemaker-002": needed}
    assert bool(report.broad) is not needed


@pytest.mark.parametrize(
    ("denied", "resource", "prefix"),
    [
        ("iam:*", "arn:aws:iam::*:*", "iam"),
        ("iam:*", "arn:aws:iam::111122223333:*", "iam"),
        ("sts:AssumeRole", "arn:aws:iam::*:role/*", "sts"),
        ("lambda:*", "arn:aws:lambda:*:*:*", "lambda"),
        ("ec2-instance-connect:*", "arn:aws:ec2:*:*:*", "ec2-instance-connect"),
    ],
)
@pytest.mark.parametrize("boundary", [True, False])
def test_what_is_denied_on_all_its_resources_is_no_escalation(
    denied: str, resource: str, prefix: str, boundary: bool
) -> None:
    what = work("CreateModel", {"ModelName": "m", "ExecutionRoleArn": ROLE})
    limits = [allow("*"), deny(denied, resource)]
    role = held(policy(allow("*")), boundary=policy(*limits)) if boundary else held(policy(*limits))
    other = resource.replace("*", "x", 1) if "x" not in resource else resource
    told = {step.partition(":")[0] for one in audited(what, role).of("escalation") for step in one.steps}
    assert prefix not in told
    limits[1] = deny(denied, f"{other}x")
    role = held(policy(allow("*")), boundary=policy(*limits)) if boundary else held(policy(*limits))
    assert prefix in {step.partition(":")[0] for one in audited(what, role).of("escalation") for step in one.steps}


def test_what_escalations_are_about_is_what_the_reference_says() -> None:
    catalog, reference = compiled(), aws_reference()
    names = {action for path in catalog.escalations.values() for action in path["actions"]}
    for name in sorted(names.union(action for action, _ in catalog.passed.values())):
        action, prefix = reference.action(name), name.partition(":")[0]
        if action is None:
            continue
        types = action.required or action.resource_types
        formats = [one.arn for kind in types if (one := reference.resource_type(prefix, kind)) is not None]
        there = resources_of(catalog, name, ROLE)
        filled = [PLACEHOLDER.sub("x", one.replace("${Partition}", "aws")) for one in formats]
        mine = [one.replace("iam::x:", "iam::111122223333:") for one in filled]
        assert all(union([arns.resource(one)]).within(there) for one in mine), name


# --- trust policies ---------------------------------------------------------------------------------------------------


def _trusts() -> Iterator[tuple[Json, bool]]:
    yield {}, False
    for names in ("sts:*", "*", "sts:Assume*", ["sts:AssumeRole", "sts:TagSession"]):
        yield {"Action": names}, True
    yield {"NotAction": "sts:TagSession"}, True
    yield {"NotAction": "s3:*"}, True


@pytest.mark.parametrize(("change", "is_wide"), [*_trusts()])
def test_actions_beyond_those_of_a_trust_policy_are_told(change: Json, is_wide: bool) -> None:
    what = work("CreateModel", {"ModelName": "m", "ExecutionRoleArn": ROLE})
    trust = trust_of(what)
    for statement in trust["Statement"]:
        if "NotAction" in change:
            del statement["Action"]
        statement.update(change)
    report = audited(what, held(enough(what), trust=trust))
    assert report.verdict == ("sufficient" if is_wide else "minimal")
    assert [one.principal for one in report.of("trust")] == [SERVICE["Service"]] * is_wide
    assert all("only sts:AssumeRole, not sts:" in one.why for one in report.of("trust"))


@pytest.mark.parametrize("caller", [False, True])
@pytest.mark.parametrize("trust", [None, policy(assume(SERVICE))])
def test_a_trust_policy_that_nobody_gave_is_told(caller: bool, trust: Json | None) -> None:
    reading = placeholders_of("CreateModel")
    role = held(policy(allow("*")), trust=trust)
    found = audit(compiled(), reading, [role], Choice(), caller=caller)
    told = [one.message for one in found.notices if "trust policy is not given" in one.message]
    assert len(told) == (trust is None and not caller)
    assert all("--trust FILE" in one for one in told)


# --- inferred needs ---------------------------------------------------------------------------------------------------


def test_an_inferred_need_that_is_not_allowed_is_depends_and_is_mended_all_the_same() -> None:
    what = work("CreateAIBenchmarkJob")
    inferred = {(need.action, need.resource) for need in what.needs if need.evidence == "inferred"}
    report = audited(what, held(trust=trust_of(what)))
    assert inferred and inferred <= {(one.action, one.resource) for one in report.of("depends")}
    assert not any(one.evidence == "inferred" for one in report.of("missing"))
    some = [one for one in report.of("depends") if one.evidence == "inferred"]
    assert all(one.why.startswith("The need is inferred, not documented. ") for one in some)
    assert report.mend[0].patch[0]["value"] == enough(what)
    documented = AuditFinding("missing", "x", evidence="documented")
    assert if_needed(documented) is documented
