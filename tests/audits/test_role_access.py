"""Who can pass, assume, and change a role: cases written by hand, and the simulator's answer on random accounts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from iam.simulator import simulated
from sagemaker_roles.audits.role_access import WAYS, AccountAccess, RoleAccess
from sagemaker_roles.iam.evaluation import document
from sagemaker_roles.iam.layers import Layers
from support import output_schema

from .accounts import (
    SAGEMAKER,
    TRUST,
    account,
    answers,
    arn,
    group,
    managed,
    policy,
    read,
    report,
    role,
    scps,
    statement,
    user,
)
from .random_accounts import Question, RandomAccounts
from .roles import ACCOUNT, OTHER, SERVICE, Json, assume
from .test_command import audit

TARGET = arn("role", "Target")
PASS = "iam:PassRole"  # noqa: S105 - the name of an action
TO_SAGEMAKER = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
TO_LAMBDA = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
TAGGED = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def passing(*statements: Json, **more: Any) -> str:
    """The answer about a user with some statements who would pass the role."""
    found = report(account(user("ana", policy(*statements), **more), role("Target")))
    return answers(found, "pass").get("ana", "none")


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        ([statement(PASS, TARGET)], "yes"),
        ([statement(PASS, TARGET, Condition=TO_SAGEMAKER)], "yes"),
        ([statement(PASS, TARGET, Condition={"StringLike": {"iam:PassedToService": "*.amazonaws.com"}})], "yes"),
        ([statement(PASS, TARGET, Condition=TO_LAMBDA)], "none"),
        ([statement(PASS, arn("role", "T*"))], "yes"),
        ([statement("IAM:pass*", "*")], "yes"),
        ([statement(PASS, arn("role", "Other*"))], "none"),
        ([statement("s3:*", "*")], "none"),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], "yes"),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "none"),
        ([{"Effect": "Allow", "Action": PASS, "NotResource": TARGET}], "none"),
        ([{"Effect": "Allow", "Action": PASS, "NotResource": arn("role", "Other")}], "yes"),
        ([statement(PASS, TARGET, Condition=TAGGED)], "depends"),
        ([statement(PASS, TARGET), statement(PASS, TARGET, "Deny")], "no"),
        ([statement(PASS, TARGET), statement(PASS, TARGET, "Deny", Condition=TO_LAMBDA)], "yes"),
        ([statement(PASS, TARGET), statement(PASS, TARGET, "Deny", Condition=TAGGED)], "depends"),
        ([statement(PASS, TARGET, Condition={"StringEquals": {"aws:username": "ana"}})], "yes"),
        ([statement(PASS, TARGET, Condition={"StringEquals": {"aws:username": "bob"}})], "none"),
        ([statement(PASS, arn("role", "${aws:username}"))], "none"),
        ([statement(PASS, TARGET, Condition={"ArnLike": {"iam:AssociatedResourceArn": "arn:aws:s3:::x"}})], "depends"),
    ],
)
def test_who_can_pass(statements: list[Json], answer: str) -> None:
    assert passing(*statements) == answer


def test_what_lets_it_is_named_and_what_it_depends_on() -> None:
    found = report(account(user("ana", policy(statement(PASS, TARGET, Sid="Pass", Condition=TAGGED))), role("Target")))
    assert [one.to_json() for one in found.access["pass"]] == [
        {
            "principal": arn("user", "ana"),
            "action": PASS,
            "resource": TARGET,
            "answer": "depends",
            "by": [{"layer": "identity", "document": "p1", "statement": "Pass"}],
            "decided": {"layer": "identity", "document": "p1", "statement": "Pass"},
            "why": "the call's aws:PrincipalTag/team is not known",
            "keys": ["aws:principaltag/team"],
        }
    ]


def test_groups_have_policies() -> None:
    allows = policy(statement("s3:*"), statement(PASS))
    found = report(
        account(
            user("ana", policy(statement("s3:*")), groups=["Team", "Others"]),
            user("bob", groups=["Others"]),
            group("Team", allows),
            group("Others", attached=[arn("policy", "NoPass")]),
            managed("NoPass", policy(statement("s3:*"))),
            role("Target"),
        )
    )
    (one,) = found.access["pass"]
    assert (one.principal, one.answer) == (arn("user", "ana"), "yes")
    assert [by.to_json() for by in one.by] == [
        {"layer": "identity", "document": "p1", "statement": "statement 2", "group": "Team"}
    ]


def test_what_was_not_given_can_allow_or_deny() -> None:
    """A group, an attached policy, or a boundary without its text; a deny that is there stays one."""
    everything, denied = policy(statement("*")), policy(statement("*", effect="Deny"))
    found = report(
        account(
            user("ana", groups=["Missing"]),
            user("bob", everything, attached=[arn("policy", "Missing")]),
            user("cem", everything, boundary=arn("policy", "Missing")),
            user("dan", denied, attached=[arn("policy", "Missing")]),
            user("eva", boundary=arn("policy", "Missing")),
            role("Target"),
        )
    )
    assert answers(found, "pass") == {"ana": "depends", "bob": "depends", "cem": "depends"}
    assert found.access["pass"][0].why == "the policies of its group Missing were not given; it can allow the call"
    assert found.access["pass"][0].by == ()


def test_boundaries_limit_and_their_denies_count() -> None:
    everything = policy(statement("*"))
    found = report(
        account(
            user("ana", everything, boundary=arn("policy", "S3")),
            user("bob", everything, boundary=arn("policy", "All")),
            role("Cy", everything, boundary=arn("policy", "NoPass")),
            user("dan", boundary=arn("policy", "All")),
            managed("S3", policy(statement("s3:*"))),
            managed("All", everything),
            managed("NoPass", policy(statement("*"), statement(PASS, TARGET, "Deny", Sid="No"))),
            role("Target"),
        )
    )
    assert answers(found, "pass") == {"ana": "no", "bob": "yes", "Cy": "no"}
    decided = {one.principal.rpartition("/")[2]: one.decided for one in found.access["pass"]}
    assert decided["ana"] is not None and (decided["ana"].layer, decided["ana"].statement) == ("boundary", "")
    assert decided["Cy"] is not None and decided["Cy"].to_json() == {
        "layer": "boundary",
        "document": "NoPass",
        "statement": "No",
        "effect": "Deny",
    }


def test_policies_of_the_organization_limit() -> None:
    given = account(
        user("ana", policy(statement("*"))),
        role("Linked", policy(statement(PASS)), path="aws-service-role/x.amazonaws.com/"),
        role("Target"),
    )
    denied = scps(policy(statement(PASS, effect="Deny")))
    assert answers(report(given, layers=denied), "pass") == {"ana": "no", "Linked": "yes"}
    allowed = scps(policy(statement("*")))
    assert answers(report(given, layers=allowed), "pass") == {"ana": "yes", "Linked": "yes"}
    assert [one.layer for item in report(given, layers=allowed).access["pass"] for one in item.by] == ["identity"] * 2
    apart = scps(policy(statement("*")), policy(statement("s3:*")))
    assert answers(report(given, layers=apart), "pass") == {"ana": "depends", "Linked": "yes"}
    # A resource control policy does not decide about IAM, but about who assumes a role.
    every = {**statement("*", effect="Deny"), "Principal": "*"}
    assert answers(report(given, layers=Layers(rcps=(document("rcp", policy(every)),))), "pass")["ana"] == "yes"


ASSUMES = statement("sts:AssumeRole", TARGET)


def assuming(trust: Json, *items: Json, layers: Layers | None = None) -> dict[str, str]:
    """The answers about who can assume a role with a statement in its trust policy."""
    given = account(*items, role("Target", trust=policy(trust)))
    return dict(answers(report(given, layers=layers), "assume"))


def test_a_trusted_account_decides_with_the_policies_of_the_principal() -> None:
    users = user("ana", policy(ASSUMES)), user("bob"), role("Cy", policy(statement("sts:*")))
    assert assuming(assume(ROOT), *users) == {"ana": "yes", "Cy": "yes"}
    assert assuming(assume({"AWS": ACCOUNT}), *users) == {"ana": "yes", "Cy": "yes"}
    assert assuming(assume(SERVICE), *users) == {}
    found = report(account(*users, role("Target", trust=policy(assume(ROOT)))))
    assert [one.layer for one in found.access["assume"][0].by] == ["resource", "identity"]
    assert [one.to_json()["layer"] for one in found.access["assume"][0].by] == ["trust", "identity"]


def test_a_trust_policy_that_names_the_principal_is_enough() -> None:
    items = user("ana"), user("bob", policy(ASSUMES)), role("Cy"), role("Dan", boundary=arn("policy", "S3"))
    managed_ = managed("S3", policy(statement("s3:*")))
    named = {"AWS": [arn("user", "ana"), arn("role", "Cy"), arn("role", "Dan")]}
    assert assuming(assume(named), *items, managed_) == {"ana": "yes", "Cy": "yes", "Dan": "no"}
    denied = user("ana", policy(statement("sts:*", effect="Deny")))
    assert assuming(assume({"AWS": arn("user", "ana")}), denied) == {"ana": "no"}
    external = assume(ROOT, Condition={"StringEquals": {"sts:ExternalId": "x"}})
    assert assuming(external, user("ana", policy(ASSUMES)), user("bob")) == {"ana": "depends"}
    session = {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/Cy/run"}
    assert assuming(assume(session), role("Cy")) == {"Cy": "depends"}
    rcp = {**statement("sts:AssumeRole", effect="Deny"), "Principal": "*"}
    layers = Layers(rcps=(document("rcp", policy(rcp)),))
    assert assuming(assume(named), *items, managed_, layers=layers) == {"ana": "no", "Cy": "no", "Dan": "no"}


def test_an_unread_trust_policy_says_neither_yes_nor_no() -> None:
    given = account(user("ana", policy(ASSUMES)), user("bob"), role("Target", trust={"Version": "2012-10-17"}))
    found = report(given)
    assert answers(found, "assume") == {"ana": "depends"}
    assert found.unknown


def trusted(trust: Json, **more: Any) -> list[tuple[str, str, str]]:
    """What a trust policy names that is no principal of the account."""
    found = report(account(user("ana"), role("Target", trust=policy(trust))), **more)
    return [(one.kind, one.principal, one.answer) for one in found.trusted]


def test_what_else_a_trust_policy_names() -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/1"
    saml = f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"
    elsewhere = f"arn:aws:iam::{OTHER}:role/Theirs"
    assert trusted(assume(SERVICE)) == [("service", "sagemaker.amazonaws.com", "yes")]
    deputy = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert trusted(assume(SERVICE, Condition=deputy)) == [("service", "sagemaker.amazonaws.com", "depends")]
    assert trusted(assume({"AWS": OTHER})) == [("account", OTHER, "yes")]
    assert trusted(assume({"AWS": f"arn:aws:iam::{OTHER}:root"})) == [("account", OTHER, "yes")]
    assert trusted(assume({"AWS": [elsewhere, arn("user", "ana")]})) == [("principal", elsewhere, "yes")]
    assert trusted(assume("*")) == [("everyone", "*", "yes")]
    assert trusted(assume({"AWS": "*"})) == [("everyone", "*", "yes")]
    assert trusted({**assume({"Federated": saml}), "Action": "sts:AssumeRoleWithSAML"}) == [("federated", saml, "yes")]
    web = {**assume({"Federated": provider}), "Action": "sts:AssumeRoleWithWebIdentity"}
    assert trusted(web) == [("federated", provider, "yes")]
    assert trusted({**assume(SERVICE), "Action": "sts:TagSession"}) == []
    assert trusted({**assume(SERVICE), "Effect": "Deny"}) == []


def changing(details: Json, **more: Any) -> dict[str, str]:
    """The answers about who can change a role."""
    return dict(answers(report(details, **more), "change"))


def test_who_can_change() -> None:
    own, team = arn("policy", "Own"), arn("policy", "Team")
    target = role("Target", attached=[own, "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"], boundary=team)
    of_others = managed("AmazonSageMakerFullAccess", policy(statement("s3:*")), "aws")
    texts = managed("Own", policy(statement("s3:*"))), managed("Team", policy(statement("*"))), of_others
    inline = user("ana", policy(statement("iam:PutRolePolicy", TARGET)))
    assert changing(account(inline, target, *texts)) == {"ana PutRolePolicy": "yes"}
    trust = user("ana", policy(statement("iam:UpdateAssumeRolePolicy", TARGET, Condition=TAGGED)))
    assert changing(account(trust, target, *texts)) == {"ana UpdateAssumeRolePolicy": "depends"}
    version = user("ana", policy(statement(["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"], own)))
    versions = {"ana CreatePolicyVersion": "yes", "ana SetDefaultPolicyVersion": "yes"}
    found = report(account(version, target, *texts))
    assert answers(found, "change") == versions
    assert {one.resource for one in found.access["change"]} == {own}
    of_aws = user("ana", policy(statement("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/*")))
    assert changing(account(of_aws, target, *texts)) == {}
    bound = user("ana", policy(statement("iam:*PermissionsBoundary", TARGET)))
    both = {"ana PutRolePermissionsBoundary": "yes", "ana DeleteRolePermissionsBoundary": "yes"}
    assert changing(account(bound, target, *texts)) == both
    assert changing(account(bound, role("Target"), *texts)) == {"ana PutRolePermissionsBoundary": "yes"}
    every = user("ana", policy(statement("iam:*")))
    linked = role("Target", path="aws-service-role/x.amazonaws.com/")
    assert changing(account(every, linked)) == {}


def test_conditions_on_the_boundary_and_on_what_is_attached() -> None:
    """The boundary that the role has is known; what the caller attaches or sets is not."""
    team = arn("policy", "Team")
    text = managed("Team", policy(statement("*")))
    if_bounded = {"StringEquals": {"iam:PermissionsBoundary": team}}
    actions = ["iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"]
    ana = user("ana", policy(statement(actions, TARGET, Condition=if_bounded)))
    bounded = {"ana PutRolePolicy": "yes", "ana PutRolePermissionsBoundary": "depends"}
    assert changing(account(ana, role("Target", boundary=team), text)) == bounded
    assert changing(account(ana, role("Target"), text)) == {"ana PutRolePermissionsBoundary": "depends"}
    attached = {"ArnEquals": {"iam:PolicyARN": team}}
    bob = user("bob", policy(statement("iam:*", TARGET, Condition=attached)))
    assert changing(account(bob, role("Target"), text)) == {"bob AttachRolePolicy": "depends"}


def test_the_roles_that_the_service_can_assume() -> None:
    deputy = assume(SERVICE, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    refused = policy(assume(SERVICE), {**assume(SERVICE), "Effect": "Deny"})
    reading = read(
        account(
            role("A"),
            role("B", trust=policy(deputy)),
            role("C", trust=policy(assume(ROOT))),
            role("D", trust=policy(assume({"Service": "lambda.amazonaws.com"}))),
            role("E", trust=refused),
            role("F", trust={}),
        )
    )
    access = AccountAccess(SAGEMAKER, reading.roles, reading.users)
    assert [one.name for one in reading.roles if access.is_assumable(one)] == ["A", "B", "F"]


def test_a_damaged_policy_is_a_problem_and_nothing_is_proved() -> None:
    damaged = {"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps", "Action": PASS, "Resource": "*"}]}
    reading = read(account(user("ana", damaged, policy(statement(PASS))), role("Target", trust=TRUST)))
    access = AccountAccess(SAGEMAKER, reading.roles, reading.users)
    (one,) = access.report(reading.roles[0]).access["pass"]
    assert one.answer == "depends"
    assert [(item.kind, item.where) for item in access.notices] == [("problem", arn("user", "ana"))]


def test_users_and_groups_come_from_all_pages() -> None:
    first = account(user("ana", groups=["Team"]), role("Target"))
    second = account(group("Team", policy(statement(PASS))))
    for pages in ((first, second), (second, first)):
        reading = read(*pages)
        access = AccountAccess(SAGEMAKER, reading.roles, reading.users)
        assert [one.answer for one in access.report(reading.roles[0]).access["pass"]] == ["yes"]


def test_inputs_that_disagree_about_a_user_are_a_problem() -> None:
    first, second = user("ana", policy(statement(PASS))), user("ana")
    assert not read(account(first, role("Target")), account(first)).notices
    reading = read(account(first, role("Target")), account(second))
    assert [one.message for one in reading.notices] == [
        f"the inputs disagree about the user {arn('user', 'ana')}; give one"
    ]
    assert len(reading.users) == 1


def test_a_role_can_pass_and_change_itself() -> None:
    found = report(account(role("Target", policy(statement("iam:*")))))
    assert answers(found, "pass") == {"Target": "yes"}
    assert len(found.access["change"]) == 4
    assert found.access["assume"] == ()


def test_an_answer_without_statement_is_small() -> None:
    one = RoleAccess("a", "b", "c", "yes")
    assert one.to_json() == {"principal": "a", "action": "b", "resource": "c", "answer": "yes"}


# --- the command ---

VALIDATOR = Draft202012Validator(output_schema("access"))


def written(folder: Path, details: Json) -> str:
    """The file of an account."""
    file = folder / "account.json"
    file.write_text(json.dumps(details), "utf-8")
    return str(file)


GIVEN = account(
    user("ana", policy(statement(PASS, TARGET, Sid="Pass")), groups=["Team"]),
    user("bob", policy(statement(PASS, TARGET, Condition=TAGGED))),
    user("cem", policy(statement("iam:*"))),
    group("Team", policy(statement("iam:CreatePolicyVersion", arn("policy", "Own"), Sid="Version"))),
    managed("Own", policy(statement("s3:*"))),
    role("Target", attached=[arn("policy", "Own")]),
    role("Other", trust=policy(assume({"Service": "lambda.amazonaws.com"}))),
)


def test_the_command_lists_who_can(tmp_path: Path) -> None:
    file = written(tmp_path, GIVEN)
    done = audit("--who", "--account-details", file)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"{TARGET}: 2 can pass it (1 more depends), none can assume it, 2 can change it\n"
        "  trusts: yes: service sagemaker.amazonaws.com: statement 1 of the trust policy\n"
        f"  pass: yes: {arn('user', 'ana')}: Pass in p1\n"
        f"  pass: yes: {arn('user', 'cem')}: statement 1 in p1\n"
        f"  pass: depends: {arn('user', 'bob')}: statement 1 in p1; the call's aws:PrincipalTag/team is not known\n"
        f"  change: yes: {arn('user', 'ana')}: iam:CreatePolicyVersion on {arn('policy', 'Own')}: "
        "Version in p1 of the group Team\n"
        f"  change: yes: {arn('user', 'cem')}: iam:PutRolePolicy, iam:AttachRolePolicy, iam:UpdateAssumeRolePolicy, "
        f"iam:PutRolePermissionsBoundary, iam:CreatePolicyVersion on {arn('policy', 'Own')}, "
        f"iam:SetDefaultPolicyVersion on {arn('policy', 'Own')}: statement 1 in p1\n"
    )
    assert audit("--who", file).out == done.out
    assert audit("--who", file, "--role", TARGET).out == done.out
    other = audit("--who", file, "--role", "Other").out
    assert other.startswith(f"{arn('role', 'Other')}: 1 can pass it")


def test_the_command_says_why_not_if_asked(tmp_path: Path) -> None:
    file = written(tmp_path, GIVEN)
    (tmp_path / "scp.json").write_text(json.dumps(policy(statement(PASS, effect="Deny", Sid="No"))), "utf-8")
    done = audit("--who", file, "--scp", str(tmp_path / "scp.json"), "--verbose")
    assert f"  pass: no: {arn('user', 'ana')}: Pass in p1; [scp] No in " in done.out
    assert " denies it\n" in done.out
    assert "\nassumed: Service control policies count for every principal" in done.out
    assert "pass: no" not in audit("--who", file, "--scp", str(tmp_path / "scp.json")).out


def test_the_schema_describes_what_the_command_prints(tmp_path: Path) -> None:
    Draft202012Validator.check_schema(output_schema("access"))
    trusts = policy(assume({"AWS": [OTHER, arn("user", "zoe", OTHER)]}), assume("*", Condition=TAGGED))
    more = account(*(one for name in GIVEN if isinstance(GIVEN[name], list) for one in GIVEN[name]))
    more["RoleDetailList"].append(role("Open", trust=trusts, attached=[arn("policy", "Missing")]))
    file = written(tmp_path, more)
    for given in ((), ("--role", "Open")):
        done = audit("--who", file, "--format", "json", *given)
        VALIDATOR.validate(done.document)
        assert done.document["service"] == "sagemaker.amazonaws.com"
    for seed in range(4):
        first, second = RandomAccounts(f"schema {seed}").details()
        (tmp_path / "second.json").write_text(json.dumps(second), "utf-8")
        both = "--account-details", written(tmp_path, first), "--account-details", str(tmp_path / "second.json")
        for name in ("Train", "Serve", "Admin"):
            VALIDATOR.validate(audit("--who", *both, "--role", name, "--format", "json").document)
            assert audit("--who", *both, "--role", name, "--verbose").code == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((), "--who requires --account-details FILE"),
        (("FILE", "CreateModel"), "--who excludes CreateModel; it is about the account"),
        (("FILE", "--managed", "AmazonSageMakerFullAccess"), "--who excludes --managed; give --account-details"),
        (("FILE", "--request", "FILE"), "--who excludes --request;"),
        (("FILE", "--format", "sarif"), "--who has no --format sarif; expected text or json"),
        (("FILE", "--role", "Targt"), '--role: unknown role "Targt"; did you mean "Target"?'),
    ],
)
def test_wrong_usage(given: tuple[str, ...], message: str, tmp_path: Path) -> None:
    file = written(tmp_path, GIVEN)
    details = [word for one in given for word in (("--account-details", file) if one == "FILE" else (one,))]
    done = audit("--who", *details)
    assert done.code == 2
    assert message in done.err


def test_an_account_without_such_a_role_and_one_without_users(tmp_path: Path) -> None:
    file = written(tmp_path, account(role("Other", trust=policy(assume(ROOT)))))
    done = audit("--who", file)
    assert done.code == 1
    assert "no role of the input can be assumed by sagemaker.amazonaws.com; name one with --role" in done.err
    assert "note: account: the input lists no users; the answers are about roles only" in done.err
    assert audit("--who", file, "--if-any").code == 0


def test_damage_is_a_problem(tmp_path: Path) -> None:
    details = account(user("ana"), role("Target", policy({"Effect": "Perhaps"})))
    details["UserDetailList"] += [{"UserName": "nameless"}, {**user("bob"), "GroupList": "Team"}]
    done = audit("--who", written(tmp_path, details))
    assert done.code == 1
    assert "a user without Arn; it is ignored" in done.err
    assert "GroupList of the user bob must be a list of names" in done.err
    assert f"problem: {TARGET}: " in done.err


# --- the simulator ---

#: Questions that the simulator is asked, each about a principal, an action, and a role.
QUESTIONS = 10_000


def answered(made: RandomAccounts) -> dict[tuple[str, str, str, str], str]:
    """Our answers about random accounts, without the plain no."""
    reading = read(*made.details())
    access = AccountAccess(SAGEMAKER, reading.roles, reading.users, made.layers())
    reports = [access.report(one) for one in reading.roles if one.arn in made.roles]
    assert not access.notices and not reading.notices
    every = [(found.role, one) for found in reports for way in WAYS for one in found.access[way]]
    return {(role_arn, one.principal, one.action, one.resource): one.answer for role_arn, one in every}


def judged(question: Question, ours: str, theirs: set[str]) -> str:
    """How an answer compares with the simulator's outcomes: one for each choice of what the account does not show."""
    assert theirs <= {"allowed", "denied"}, (question, theirs)
    if ours == "depends":
        return "depends, rightly" if len(theirs) == 2 else "depends, in vain"
    assert theirs == {"allowed" if ours == "yes" else "denied"}, f"{ours}, {theirs}: {question}"
    return ours


@pytest.mark.test_all
def test_answers_are_those_of_the_simulator() -> None:
    counts: Counter[str] = Counter()
    seed = 0
    while sum(counts.values()) < QUESTIONS:
        made = RandomAccounts(f"role access {seed}")
        ours, questions = answered(made), [*made.questions()]
        outcomes = iter(simulated([case for one in questions for case in one.cases]))
        for one in questions:
            theirs = {next(outcomes) for _ in one.cases}
            answer = ours.get((one.role, one.principal, one.action, one.resource), "no")
            counts[judged(one, answer, theirs)] += 1
        seed += 1
    assert min(counts[name] for name in ("yes", "no", "depends, rightly")) > QUESTIONS * 0.02, counts
    # Statements that allow together whatever the value is, or a NotPrincipal that names not the account.
    assert counts["depends, in vain"] < counts["depends, rightly"] / 2, counts
