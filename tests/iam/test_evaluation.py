"""Evaluation: the rules of IAM's guide one by one, three values, and what decides."""

from __future__ import annotations

from typing import Any

import pytest

from sagemaker_roles.iam import actions, budget, layers
from sagemaker_roles.iam.conditions import RequestContext
from sagemaker_roles.iam.evaluation import AccessRequest, Decision, Policies, document, evaluate

from .calls import OURS, ROLE, SESSION, THEIRS, USER, Maker
from .simulator import ours

BUCKET, OBJECT = "arn:aws:s3:::data", "arn:aws:s3:::data/x"
KEY, THEIR_KEY = f"arn:aws:kms:eu-west-1:{OURS}:key/1", f"arn:aws:kms:eu-west-1:{THEIRS}:key/1"


def allow(action: str = "*", resource: str = "*", **rest: Any) -> dict[str, Any]:
    return {"Sid": "Yes", "Effect": "Allow", "Action": action, "Resource": resource, **rest}


def deny(action: str = "*", resource: str = "*", **rest: Any) -> dict[str, Any]:
    return {**allow(action, resource, **rest), "Sid": "No", "Effect": "Deny"}


def names(principal: Any, statement: dict[str, Any] | None = None) -> dict[str, Any]:
    return {**(statement or allow()), "Principal": principal}


def doc(*some: dict[str, Any]) -> Any:
    return document("doc", {"Version": "2012-10-17", "Statement": list(some)})


def ask(call: AccessRequest, **layers: Any) -> Decision:
    """Asks with each layer as one document, or as it is given."""
    return evaluate(
        call,
        Policies(
            **{name: value if name in ("resource", "scps", "rcps") else (value,) for name, value in layers.items()}
        ),
    )


def get(principal: str = ROLE, **rest: Any) -> AccessRequest:
    return AccessRequest(principal, rest.pop("action", "s3:GetObject"), rest.pop("resource", OBJECT), **rest)


def test_an_allow_a_deny_and_neither() -> None:
    yes = ask(get(), identity=doc(allow("s3:Get*", "arn:aws:s3:::data/*")))
    assert (yes.outcome, yes.layer, yes.document, yes.statement) == ("allowed", "identity", "doc", "Yes")
    no = ask(get(), identity=doc(allow(), deny("s3:*", OBJECT)))
    assert (no.outcome, no.layer, no.statement, no.explicit) == ("denied", "identity", "No", True)
    neither = ask(get(), identity=doc(allow("s3:Put*")))
    assert (neither.outcome, neither.layer, neither.explicit, neither.missed) == ("denied", "identity", False, ())


def test_what_falls_short_is_named() -> None:
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    decision = ask(get(context=RequestContext({"aws:PrincipalOrgID": "o-2"})), identity=doc(allow(Condition=condition)))
    assert decision.missed == (("Yes", "fails StringEquals aws:PrincipalOrgID o-1"),)


def test_a_principal_that_is_another_is_named() -> None:
    theirs = names({"AWS": f"arn:aws:iam::{THEIRS}:root"})
    decision = ask(get(action="kms:Decrypt", resource=KEY), identity=doc(allow()), resource=doc(theirs))
    assert (decision.outcome, decision.missed) == ("denied", (("Yes", "names another principal"),))


def test_what_it_hangs_on_is_named() -> None:
    condition = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    maybe = ask(get(), identity=doc(allow(Condition=condition)))
    assert (maybe.outcome, maybe.statement, maybe.keys) == ("depends", "Yes", ("aws:sourcevpce",))
    denied = ask(get(), identity=doc(allow(), deny(Condition=condition)))
    assert (denied.outcome, denied.statement, denied.explicit) == ("depends", "No", True)
    assert ask(get(), identity=doc(allow(), allow(Condition=condition))).statement == "Yes"
    assert ask(get(), identity=doc(deny(Condition=condition))).outcome == "denied"


@pytest.mark.parametrize(
    ("resource", "pattern", "outcome"),
    [
        ("arn:${Partition}:s3:::${Bucket}/x", "arn:*:s3:::*", "allowed"),
        ("arn:${Partition}:s3:::${Bucket}/x", "arn:${Partition}:s3:::${Bucket}/*", "allowed"),
        ("arn:${Partition}:s3:::${Bucket}/x", "arn:aws:s3:::data/*", "depends"),
        ("arn:${Partition}:s3:::${Bucket}/x", "arn:aws:s3:::data/y", "denied"),
        ("arn:${Partition}:s3:::${Bucket}/x", "arn:aws:sqs:*:*:*", "denied"),
        ("arn:aws:s3:::data/*", "arn:aws:s3:::data/a", "denied"),
        ("arn:aws:s3:::data/a", "arn:aws:s3:::data/${aws:username}", "depends"),
        ("arn:aws:s3:::data/a", "arn:aws:s3:::logs/${aws:username}", "denied"),
        ("*", "arn:aws:s3:::data/*", "denied"),
    ],
)
def test_resources_that_are_not_known(resource: str, pattern: str, outcome: str) -> None:
    assert ask(get(resource=resource), identity=doc(allow("s3:*", pattern))).outcome == outcome


def test_policy_variables() -> None:
    home = doc(allow("s3:*", "arn:aws:s3:::data/${aws:username}/*"))
    call = get(USER, resource="arn:aws:s3:::data/ada/x", context=RequestContext({"AWS:username": "ada"}, complete=True))
    assert ask(call, identity=home).outcome == "allowed"
    assert (
        ask(get(USER, resource="arn:aws:s3:::data/ada/x", context=RequestContext(complete=True)), identity=home).outcome
        == "denied"
    )
    star = get(USER, resource="arn:aws:s3:::data/ada/x", context=RequestContext({"aws:username": "*"}, complete=True))
    assert ask(star, identity=home).outcome == "denied"


@pytest.mark.parametrize("layer", ["boundary", "session", "endpoint"])
def test_layers_that_limit(layer: str) -> None:
    who = {"Principal": "*"} if layer == "endpoint" else {}
    narrow, wide = doc({**allow("s3:Put*"), **who}), doc({**allow("s3:*"), **who})
    assert ask(get(), identity=doc(allow()), **{layer: wide}).outcome == "allowed"
    decision = ask(get(), identity=doc(allow()), **{layer: narrow})
    assert (decision.outcome, decision.layer, decision.explicit) == ("denied", layer, False)
    decision = ask(get(), identity=doc(allow()), **{layer: doc({**allow(), **who}, {**deny(), **who})})
    assert (decision.outcome, decision.layer, decision.explicit) == ("denied", layer, True)
    assert ask(get(), identity=doc(allow("sqs:*")), **{layer: wide}).layer == "identity"


def test_every_level_of_the_organization_allows() -> None:
    yes, no = (doc(allow()),), (doc(allow("sqs:*")),)
    assert ask(get(), identity=doc(allow()), scps=(yes, yes)).outcome == "allowed"
    assert ask(get(), identity=doc(allow()), scps=(yes, no)).layer == "scp"
    assert ask(get(), identity=doc(allow()), scps=((),)).layer == "scp"
    assert ask(get(), identity=doc(allow()), rcps=((),)).outcome == "allowed"  # RCPFullAWSAccess
    assert ask(get(), identity=doc(allow()), rcps=((doc(names("*", deny())),),)).layer == "rcp"


@pytest.mark.parametrize(
    ("caller", "principal", "without_identity", "with_boundary"),
    [
        (ROLE, ROLE, "allowed", "denied"),
        (SESSION, ROLE, "allowed", "denied"),
        (SESSION, SESSION, "allowed", "allowed"),
        (ROLE, SESSION, "depends", "depends"),
        (USER, USER, "allowed", "allowed"),
        (USER, "*", "allowed", "allowed"),
        (ROLE, OURS, "denied", "denied"),
        (ROLE, f"arn:aws:iam::{OURS}:root", "denied", "denied"),
        (ROLE, USER, "denied", "denied"),
        (SESSION, f"arn:aws:sts::{OURS}:assumed-role/Worker/other", "denied", "denied"),
        (SESSION, f"arn:aws:iam::{OURS}:role/path/Worker", "allowed", "denied"),
    ],
)
def test_a_resource_policy_in_the_same_account(
    caller: str, principal: str, without_identity: str, with_boundary: str
) -> None:
    policy = doc(names({"AWS": principal}))
    assert ask(get(caller), resource=policy).outcome == without_identity
    assert ask(get(caller), resource=policy, boundary=doc(allow("sqs:*"))).outcome == with_boundary


def test_another_account_takes_both_sides() -> None:
    call = get(account=THEIRS)
    for principal in (ROLE, OURS, "*"):
        policy = doc(names({"AWS": principal}))
        assert ask(call, identity=doc(allow()), resource=policy).outcome == "allowed"
        assert ask(call, resource=policy).layer == "identity"
    assert ask(call, identity=doc(allow())).layer == "resource"
    assert ask(call, identity=doc(allow()), resource=doc(names({"AWS": THEIRS}))).layer == "resource"
    assert ask(call, identity=doc(allow()), resource=doc(names("*")), boundary=doc(allow("sqs:*"))).layer == "boundary"


def test_keys_are_decided_by_their_own_policy() -> None:
    mine, theirs = (
        get(action="kms:Decrypt", resource=KEY),
        get(action="kms:Decrypt", resource=THEIR_KEY, account=THEIRS),
    )
    assert ask(mine, identity=doc(allow())).layer == "resource"
    assert ask(mine, identity=doc(allow()), resource=doc(names({"AWS": OURS}))).outcome == "allowed"
    assert ask(mine, resource=doc(names({"AWS": OURS}))).layer == "identity"
    assert ask(mine, resource=doc(names({"AWS": ROLE}))).outcome == "allowed"
    assert ask(theirs, identity=doc(allow()), resource=doc(names({"AWS": OURS}))).outcome == "allowed"
    assert ask(theirs, resource=doc(names({"AWS": ROLE}))).layer == "identity"
    alias = get(action="kms:CreateAlias", resource=f"arn:aws:kms:eu-west-1:{OURS}:alias/a")
    assert ask(alias, identity=doc(allow())).outcome == "allowed"


def test_a_key_whose_policy_is_not_given_has_the_default_policy() -> None:
    mine = get(action="kms:Decrypt", resource=KEY)
    decision = ask(mine, identity=doc(allow()), resource=layers.assumed(mine))
    assert (decision.outcome, decision.layer, decision.document) == ("allowed", "resource", "the key's policy")
    assert ask(mine, resource=layers.assumed(mine)).layer == "identity"
    assert layers.assumed(get(action="kms:Decrypt", resource=THEIR_KEY, account=THEIRS)) is None
    assert layers.assumed(get(action="kms:ListKeys", resource="*")) is None
    assert layers.assumed(get()) is None


def test_the_service_of_an_action_is_known_if_no_wildcard_hides_it() -> None:
    for text, prefix in (("s3:Get*", "s3"), ("S3:*", "s3"), ("s?:Get", None), ("s*:Get", None), ("*", None)):
        assert actions.prefix_of(actions.action(text)) == prefix


def test_a_role_is_assumed_by_its_trust_policy() -> None:
    trust = {"Sid": "Trust", "Effect": "Allow", "Action": "sts:AssumeRole"}
    service = AccessRequest("sagemaker.amazonaws.com", "sts:AssumeRole", ROLE, OURS)
    assert (
        ask(service, resource=doc({**trust, "Principal": {"Service": "sagemaker.amazonaws.com"}})).statement == "Trust"
    )
    assert ask(service, resource=doc({**trust, "Principal": {"Service": "ec2.amazonaws.com"}})).outcome == "denied"
    call = AccessRequest(USER, "sts:AssumeRole", ROLE, OURS)
    assert ask(call, resource=doc()).outcome == "denied"
    assert ask(call, identity=doc(allow()), resource=doc({**trust, "Principal": {"AWS": OURS}})).outcome == "allowed"
    assert ask(call, resource=doc({**trust, "Principal": {"AWS": OURS}})).outcome == "denied"
    assert ask(call, resource=doc({**trust, "Principal": {"AWS": USER}})).outcome == "allowed"


def test_a_trust_policy_that_is_not_given_says_neither_yes_nor_no() -> None:
    for action in ("sts:AssumeRole", "sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"):
        call = AccessRequest(SESSION, action, f"arn:aws:iam::{OURS}:role/Other", OURS)
        open_ = ask(call, identity=doc(allow(action)))
        assert (open_.outcome, open_.layer, open_.explicit) == ("depends", "resource", False)
        assert "trust policy" in open_.why
        assert ask(call, identity=doc(allow("s3:*"))).outcome == "denied"
        assert ask(call, identity=doc(allow(action)), boundary=doc(allow("s3:*"))).layer == "boundary"
        assert ask(call, identity=doc(allow(action), deny(action))).explicit


def test_what_belongs_to_a_session_is_decided_by_the_trust_policy_too() -> None:
    other = f"arn:aws:iam::{OURS}:role/Other"
    for action in ("sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"):
        call = AccessRequest(SESSION, action, other, OURS)
        trust = doc({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROLE}})
        assert ask(call, identity=doc(allow(action)), resource=trust).outcome == "denied"
        trust = doc({"Effect": "Allow", "Action": ["sts:AssumeRole", action], "Principal": {"AWS": ROLE}})
        assert ask(call, identity=doc(allow(action)), resource=trust).outcome == "allowed"


def test_not_principal() -> None:
    def besides(*listed: str) -> Any:
        return doc(names("*"), {**deny(), "NotPrincipal": {"AWS": list(listed)}})

    assert ask(get(), resource=besides(USER)).explicit
    assert ask(get(), resource=besides(ROLE, OURS)).outcome == "allowed"
    assert ask(get(SESSION), resource=besides(ROLE, OURS)).outcome == "allowed"
    assert ask(get(), resource=besides(ROLE)).outcome == "depends"
    # A permissions boundary makes NotPrincipal deny whoever has it.
    assert ask(get(), resource=besides(ROLE, OURS), boundary=doc(allow())).explicit
    # A service that calls for itself has none, whatever the role has for which it works.
    service = "sagemaker.amazonaws.com"
    spared = doc(names("*"), {**deny(), "NotPrincipal": {"Service": service}})
    assert ask(get(service), resource=spared, boundary=doc(allow())).outcome == "allowed"


def test_not_action_and_not_resource() -> None:
    some = {"Effect": "Allow", "NotAction": ["iam:*"], "NotResource": ["arn:aws:s3:::secret/*"]}
    assert ask(get(), identity=doc(some)).outcome == "allowed"
    assert ask(get(resource="arn:aws:s3:::secret/a"), identity=doc(some)).outcome == "denied"
    assert ask(get(action="iam:PassRole"), identity=doc(some)).outcome == "denied"
    assert ask(get(resource="arn:aws:s3:::${Bucket}/a"), identity=doc(some)).outcome == "depends"


@pytest.mark.parametrize("steps", [0, 5, 20, 60])
def test_beyond_the_budget_of_steps_it_depends(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [Maker(seed).case() for seed in range(150)]
    whole = [ours(case) for case in cases]
    monkeypatch.setattr(budget, "STEPS", steps)
    brief = [ours(case) for case in cases]
    cut = [one for one, decision in zip(brief, whole, strict=True) if one != decision]
    assert cut and {(one.outcome, one.why) for one in cut} == {("depends", budget.SPENT)}
