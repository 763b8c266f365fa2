"""Grants: differences and intersections of whole policies, against calls; statements; hostile documents."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_roles.iam import actions, arns, budget, grants, text_sets
from sagemaker_roles.iam.actions import KnownActions
from sagemaker_roles.iam.conditions import RequestContext
from sagemaker_roles.iam.evaluation import AccessRequest, Policies, document, evaluate
from sagemaker_roles.iam.grants import Remainder, difference, intersection
from sagemaker_roles.iam.statements import PolicyError, statements
from sagemaker_roles.iam.text_sets import union

from .calls import RESOURCES, ROLE, Case, Maker, allow, deny, policy, read


def granted(policies: list[dict[str, Any]]) -> Remainder:
    """What documents allow without what they deny."""
    together = read(policies)
    return difference(together.allowed, together.denied)


def shown(left: Remainder) -> list[tuple[str, str, str]]:
    return [(str(one.actions), str(one.resources), str(one.when)) for one in left.grants]


def test_what_is_left_of_a_wide_policy() -> None:
    wide = granted([policy(allow("s3:*"), deny("s3:*", "arn:aws:s3:::secret/*"))])
    need = granted([policy(allow("s3:GetObject", "arn:aws:s3:::data/*"))])
    assert shown(wide) == [("s3:*", "* minus arn:aws:s3:::secret/*", "always")]
    assert shown(difference(wide.grants, need.grants)) == [
        ("s3:* minus s3:getobject", "* minus arn:aws:s3:::secret/*", "always"),
        ("s3:getobject", "* minus arn:aws:s3:::secret/*, arn:aws:s3:::data/*", "always"),
    ]
    assert not difference(need.grants, wide.grants)


def test_statements_cover_together() -> None:
    one = read([policy(allow("s3:GetObject", "arn:aws:s3:::data/*"))]).allowed
    halves = policy(
        allow("s3:Get*", "arn:aws:s3:::data/a*"),
        allow("s3:G*", "*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        {"Effect": "Allow", "NotAction": "s3:Put*", "NotResource": "arn:aws:s3:::data/a*"},
    )
    assert not difference(one, read([halves]).allowed)


def test_a_condition_that_is_left() -> None:
    wide = granted([policy(allow("kms:Decrypt"))]).grants
    need = granted([policy(allow("kms:Decrypt", Condition={"StringEquals": {"kms:ViaService": "s3"}}))]).grants
    assert shown(difference(wide, need)) == [("kms:decrypt", "*", "not (StringEquals kms:ViaService s3)")]
    assert not difference(need, wide)


def test_what_a_boundary_leaves() -> None:
    role = granted([policy(allow(["s3:*", "iam:PassRole"]))]).grants
    boundary = granted([policy(allow("s3:Get*", "arn:aws:s3:::a/*"), deny("s3:GetObjectAcl"))]).grants
    assert shown(intersection(role, boundary)) == [("s3:get* minus s3:getobjectacl", "arn:aws:s3:::a/*", "always")]


def test_principals() -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    mine = read([policy({**trust, "Principal": {"Service": "sagemaker.amazonaws.com"}})]).allowed
    both = read([policy({**trust, "Principal": {"Service": ["sagemaker.amazonaws.com", "x"], "AWS": "111122223333"}})])
    root = read([policy({**trust, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}})]).allowed
    assert not difference(mine, both.allowed) and not difference(root, both.allowed)
    assert [str(one.principals) for one in difference(both.allowed, (*mine, *root)).grants] == ["Service x"]
    assert not difference(both.allowed, read([policy({**trust, "Principal": "*"})]).allowed)


class _Many(Maker):
    """Makes policies whose meaning does not hang on policy variables."""

    def plain(self, case: Case) -> dict[str, Any]:
        while True:
            made = self.policy(case)
            if "${aws:" not in str(made):
                return made


def _allowed(case: Case, *policies: dict[str, Any]) -> str:
    call = AccessRequest(ROLE, case.action, case.resource, context=RequestContext(case.context, complete=True))
    return evaluate(call, Policies(tuple(document("", one) for one in policies))).outcome


def _has(left: Remainder, case: Case) -> bool:
    action, resource = actions.action(case.action), arns.named(case.resource)
    context = RequestContext(case.context, complete=True)
    return any(
        one.actions.has(action) and one.resources.has(resource) and one.when.judge(context).holds is not False
        for one in left.grants
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_differences_are_what_one_policy_allows_and_the_other_does_not(seed: int) -> None:
    maker = _Many(seed)
    first = maker.case()
    one, other = maker.plain(first), maker.plain(first)
    left = difference(granted([one]).grants, granted([other]).grants)
    both = intersection(granted([one]).grants, granted([other]).grants)
    assert not left.unknown
    for _ in range(25):
        case = maker.case()
        if maker.chance(0.6):
            case.action, case.resource = (
                first.action,
                maker.random.choice(RESOURCES[first.action]).format("111122223333"),
            )
        if case.resource == "*" or case.action.startswith(("kms:", "sts:")):
            continue  # neither is decided by the identity's policies alone
        mine, theirs = _allowed(case, one), _allowed(case, other)
        assert _has(left, case) == (mine == "allowed" and theirs == "denied"), (one, other, case)
        assert _has(both, case) == (mine == "allowed" and theirs == "allowed"), (one, other, case)


def test_known_actions() -> None:
    names = ("s3:GetObject", "s3:PutObject", "iam:PassRole", "s3:ListBucket")
    known = KnownActions(names)
    assert known.matching("S3:*object") == ("s3:GetObject", "s3:PutObject")
    assert known.matching("*") == names
    assert known.matching("s3:getobject") == ("s3:GetObject",) and known.matching("s3:Nothing") == ()
    assert "S3:GETOBJECT" in known and "s3:Nothing" not in known
    everything = granted([policy({"Effect": "Allow", "NotAction": ["iam:*", "s3:Put*"], "Resource": "*"})]).grants[0]
    assert [one for one in names if everything.actions.has(actions.action(one))] == ["s3:GetObject", "s3:ListBucket"]


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ([], ["a policy is an object with Version and Statement"]),
        ({"Version": "2012-10-17"}, ["Statement: expected a statement or a list of statements"]),
        (
            {"Version": "2020", "Statement": ["x", {"Effect": "allow", "Action": [], "Resource": 1, "Resources": "*"}]},
            [
                'Version: "2020" is not a version of the policy language; expected "2012-10-17"',
                "Statement[0]: expected an object",
                "Statement[1].Resources: unknown element",
                'Statement[1].Effect: "allow" is not an effect; expected "Allow" or "Deny"',
                "Statement[1].Action: expected a text or a list of texts",
                "Statement[1].Resource: expected a text or a list of texts",
            ],
        ),
        (
            policy({"Effect": "Allow", "Action": "*", "NotAction": "*", "Condition": {"StringLike": "x"}}),
            [
                "Statement[0].Action: a statement has Action or NotAction, not both",
                "Statement[0].Condition.StringLike: expected an object of condition keys",
            ],
        ),
        (
            policy(
                {"Effect": "Allow", "Resource": "*", "Principal": "x", "Condition": {"StringLike": {"a:b": [None]}}},
                {"Effect": "Deny", "Sid": 5, "NotAction": "s3:*", "Principal": {}},
                {"Effect": "Deny", "Action": "s3:*", "NotPrincipal": {"AWS": [1]}, "Condition": []},
            ),
            [
                "Statement[0].Action: a statement needs Action or NotAction",
                'Statement[0].Principal: "x" is not a principal; expected "*" or an object',
                "Statement[0].Condition.StringLike.a:b: expected a text or a list of texts",
                "Statement[1].Sid: expected a text",
                'Statement[1].Principal: expected "*" or an object of types',
                "Statement[2].NotPrincipal.AWS: expected a text or a list of texts",
                "Statement[2].Condition: expected an object of operators",
            ],
        ),
    ],
)
def test_a_document_that_is_no_policy(given: Any, faults: list[str]) -> None:
    with pytest.raises(PolicyError) as caught:
        statements(given)
    assert caught.value.faults == faults


def test_single_values_and_a_single_statement() -> None:
    (one,) = statements({"Version": "2012-10-17", "Statement": allow("s3:GetObject", Sid="Read")})
    assert (one.name, one.actions, one.resources, one.allows) == ("Read", ("s3:GetObject",), ("*",), True)


def test_more_than_can_be_compared_is_said_and_left(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = read([policy(allow("s3:*"), allow("s3:List*"))]).allowed
    taken = read([policy(allow("s3:Get*", "arn:aws:s3:::a"), allow("s3:Put*"), allow("s3:List*"))]).allowed
    exact = difference(wide, taken)
    # Each grant with each other one, and what is left of it.
    monkeypatch.setattr(grants, "MOST_PAIRS", 8)
    assert difference(wide, taken) == exact and not exact.unknown
    monkeypatch.setattr(grants, "MOST_PAIRS", 7)
    beyond = difference(wide, taken)
    assert beyond.unknown == ("more grants than can be compared",)
    assert beyond.grants[: len(exact.grants)] == exact.grants and len(beyond.grants) == len(exact.grants) + 1
    monkeypatch.setattr(grants, "MOST_PAIRS", 100)
    monkeypatch.setattr(grants, "MOST_BOXES", 0)
    assert difference(wide, taken).unknown
    monkeypatch.setattr(grants, "MOST_BOXES", 1)
    assert difference(wide, taken) == exact


def test_what_is_too_complex_to_take_away_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = read([policy(allow("s3:*"))]).allowed
    taken = read([policy(allow("s3:Get*"), allow("s3:Put*"), allow("s3:List*"))]).allowed
    monkeypatch.setattr(text_sets, "MOST_PATTERNS", 2)
    left = difference(wide, taken)
    assert [str(one.actions) for one in left.grants] == ["s3:* minus s3:get*"]
    assert left.unknown == ("more than 2 patterns in one set",)
    both = intersection(wide, read([policy(allow(["s3:Get*", "s3:Put*"]), deny("s3:*"))]).allowed)
    assert not both.unknown and len(both.grants) == 1


def test_limits_of_intersections(monkeypatch: pytest.MonkeyPatch) -> None:
    some = read([policy(allow("s3:Get*"), allow("s3:Put*"), allow("s3:List*"))]).allowed
    monkeypatch.setattr(grants, "MOST_BOXES", 2)
    assert intersection(some, some) == Remainder(some)
    monkeypatch.setattr(grants, "MOST_BOXES", 1)
    # What was not compared is what the first grants: never less than there is.
    assert intersection(some, some) == Remainder(some, ("more grants than can be compared",))


@pytest.mark.parametrize(
    ("names", "services"),
    [
        (["s3:Get*", "S3:Put*", "kms:*"], {"s3", "kms"}),
        (["s3:Get*", "*"], None),
        (["s?:Get*"], None),
        (["s*:GetObject"], None),
        (["s3*"], None),
        ([], set()),
    ],
)
def test_the_services_of_actions(names: list[str], services: set[str] | None) -> None:
    assert grants.prefixes_of(union(map(actions.action, names))) == services


def test_grants_that_differ_in_resources_are_one() -> None:
    some = read([policy(allow("s3:Get*", "arn:aws:s3:::a"), allow("s3:Put*"), allow("s3:Get*", "arn:aws:s3:::b"))])
    assert [(str(one.actions), str(one.resources)) for one in grants.together(some.allowed)] == [
        ("s3:get*", "arn:aws:s3:::a, arn:aws:s3:::b"),
        ("s3:put*", "*"),
    ]


def test_ten_thousand_statements() -> None:
    begin = time.process_time()
    large = policy(*(allow(f"s3:Get{n}*", f"arn:aws:s3:::b{n}*/a*a*a*{n}") for n in range(10_000)))
    need = read([policy(allow(["s3:Get77x", "s3:List*"], ["arn:aws:s3:::b77/aaa77", "arn:aws:s3:::c"]))]).allowed
    read_large = read([large]).allowed
    assert len(difference(need, read_large).grants) >= 1
    assert len(difference(read_large, need).grants) >= 10_000
    wide = read([policy(allow("*"))]).allowed
    left = difference(wide, read_large)
    assert left.grants and left.unknown
    call = AccessRequest(ROLE, "s3:Get9999", "arn:aws:s3:::b9999/aaa9999", context=RequestContext(complete=True))
    assert evaluate(call, Policies((document("", large),))).outcome == "allowed"
    assert time.process_time() - begin < 60


def _crossing(effect: str, number: int) -> dict[str, Any]:
    """A statement that cuts every other one into parts, each of which the next one cuts again."""
    return {
        "Effect": effect,
        "NotAction": [f"s{number}:*", f"*:Get{number}*"],
        "NotResource": [f"arn:aws:s3:::*{number}{effect}*/*"],
        "Condition": {"ForAnyValue:StringNotLike": {"aws:TagKeys": [f"*{number}{effect[0]}*"]}},
    }


def test_a_difference_has_a_budget_of_steps() -> None:
    # 86 seconds with six of each, and minutes with eight.
    statements = [_crossing(effect, number) for number in range(8) for effect in ("Allow", "Deny")]
    begin = time.process_time()
    left = granted([policy(*statements)])
    assert time.process_time() - begin < 2
    assert left.unknown == (budget.SPENT,) and left.grants
    # Neither what is known already nor what was asked before counts.
    few = granted([policy(*statements[:4])])
    assert not few.unknown and granted([policy(*statements)]) == left and granted([policy(*statements[:4])]) == few


@pytest.mark.parametrize("steps", [0, 20, 60, 200, 1000])
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_is_cut_short_is_never_less_than_there_is(steps: int, seed: int) -> None:
    maker = _Many(seed)
    first = maker.case()
    one, other = read([maker.plain(first)]).allowed, read([maker.plain(first)]).allowed
    for compare in (difference, intersection):
        whole = compare(one, other)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(budget, "STEPS", steps)
            cut = compare(one, other)
            within = [mine.within(wide) for mine in one for wide in other]
        # What has no action or resource, or a condition that nothing meets, takes nothing away, not even itself.
        some = [grant for grant in whole.grants if not difference([grant], [grant])]
        assert cut == whole or (cut.unknown == (budget.SPENT,) and not difference(some, cut.grants))
        certain = [mine.within(wide) for mine in one for wide in other]
        assert all(full or not brief for full, brief in zip(certain, within, strict=True))
