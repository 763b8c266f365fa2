"""What policies for platform teams deny: every answer that the build relies on is asked of the simulator too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam.calls import Case
from iam.simulator import simulated
from kb.aws.reference import Reference, aws_reference
from kb.publish import guardrails
from kb.publish.action_cover import cover_actions
from kb.publish.guardrails import KEY, Guardrails, filled, is_denied
from sagemaker_roles.iam import actions as iam_actions
from sagemaker_roles.iam.conditions import RequestContext
from sagemaker_roles.iam.evaluation import AccessRequest
from sagemaker_roles.iam.patterns import covers
from sagemaker_roles.iam.size import size
from support import document, drawn, loaded, published

OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

ROLE = "arn:aws:iam::111122223333:role/service-role/Example"
ROLE_OF_PATH = "arn:aws:iam::111122223333:role/data-science/Example"

#: Keys with several values, which the simulator takes as lists only.
LISTS = {"aws:TagKeys", "kms:ResourceAliases", "sagemaker:InstanceTypes", "sagemaker:VpcSubnets"}

#: Keys that AWS does not list for an action, so that the simulator leaves them out.
UNLISTED = {"sagemaker:DomainId", "sagemaker:UserProfileName"}


def case(policy: Mapping[str, Any], kind: str, call: AccessRequest) -> Case:
    layers: dict[str, Any] = {"identity": [OPEN]}
    if kind == "scp":
        layers["scps"] = [[OPEN], [dict(policy)]]
    elif kind == "boundary":
        layers["boundary"] = [dict(policy)]
    else:
        layers["identity"] = [dict(policy)]
    resource_policy = KEY if call.action.startswith("kms:") else None
    return Case(
        principal=call.principal,
        action=call.action,
        resource=call.resource,
        account="111122223333",
        context={key: [value] if key in LISTS else value for key, value in call.context.values.items()},
        resource_policy=resource_policy,
        **layers,
    )


@pytest.mark.xdist_group("simulator")
def test_the_lists_are_what_the_simulator_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[tuple[str, str, str, str, str], tuple[Case, bool]] = {}

    def denied(policy: Mapping[str, Any], kind: str, call: AccessRequest) -> bool:
        ours = is_denied(policy, kind, call)
        key = (str(policy), kind, call.action, call.resource, str(sorted(call.context.values.items())))
        asked.setdefault(key, (case(policy, kind, call), ours))
        return ours

    monkeypatch.setattr(guardrails, "is_denied", denied)
    limits = Guardrails(loaded().catalog.guardrails, aws_reference())
    for path in published():
        if path.endswith("/operation.json"):
            limits.look(document(path))
    listed = limits.listed(loaded().catalog.sources)
    assert listed["guardrails"] == document("guardrails.json")["guardrails"]
    every = list(asked.values())
    some = drawn(every, 600)
    cases = [one for one, _ in some]
    answers = simulated(cases)
    # The simulator knows some actions not yet, and asks for a type where the pattern of a statement shows none.
    unknown = [one for one in answers if one.startswith("error") and ("no.resource.types" in one or "invalid" in one)]
    assert len(unknown) < len(answers) / 5
    differing = [
        f"{one.action} on {one.resource} {one.context}: {answer}, ours {ours}"
        for (one, ours), answer in zip(some, answers, strict=True)
        if answer not in unknown and (answer == "denied") is not ours and not UNLISTED & set(one.context)
    ]
    assert len(cases) > 500 and not differing, f"{len(differing)} of {len(cases)}:\n" + "\n".join(differing[:20])


def test_they_fit_where_they_are_attached() -> None:
    limits = {"scp": 5120, "boundary": 6144, "permission-set": 10240}
    for one in document("guardrails.json")["guardrails"]:
        # A path can be longer than its placeholder, and a boundary has no room to spare.
        filled_in = json.loads(json.dumps(one["policy"]).replace("${RolePath}", "p" * 64))
        assert size(filled_in) <= limits[one["kind"]], one["id"]
        assert {row["statement"] for row in one["denied"]} <= {
            "",
            *(item["Sid"] for item in one["policy"]["Statement"]),
        }


REFERENCE = aws_reference()


@cache
def limits() -> Guardrails:
    """The guardrails, after they have seen the calls of every operation."""
    looked = Guardrails(loaded().catalog.guardrails, REFERENCE)
    for path in published():
        if path.endswith("/operation.json"):
            looked.look(document(path))
    return looked


@cache
def policy_texts() -> Mapping[str, str]:
    return {name: json.dumps(policy) for name, policy in limits().policies()}


def policy_of(name: str) -> dict[str, Any]:
    """A guardrail with a value for each placeholder."""
    return cast(dict[str, Any], json.loads(filled(policy_texts()[name])))


def derived_of(name: str) -> Mapping[str, Any]:
    (one,) = (one["derived"] for one in loaded().catalog.guardrails[name]["Statement"] if "derived" in one)
    return cast(Mapping[str, Any], one)


def matches(pattern: str, action: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action) is not None


def test_the_boundary_denies_every_action_that_hands_out_permissions() -> None:
    derived, policy = derived_of("boundary"), policy_of("boundary")
    excepted = {one: item["why"] for item in derived["except"] for one in item["actions"]}
    used, passing = set[str](), []
    for prefix in REFERENCE.prefixes():
        for action, level, _ in REFERENCE.access_levels(prefix):
            name = f"{prefix}:{action}"
            if "Permissions management" not in level and prefix not in derived["services"]:
                continue
            if reasons := {one for one in excepted if matches(one, name)}:
                used |= reasons
            elif not all(is_denied(policy, "boundary", call) for call in limits().calls_of(name)):
                passing.append(name)
    assert not passing
    assert used == excepted.keys(), "exceptions of nothing"


def test_the_boundary_denies_no_other_action() -> None:
    """Other than actions about the same, as the data says, and of IAM, where another statement denies the rest."""
    (statement,) = (one for one in policy_of("boundary")["Statement"] if one["Sid"] == "NoPermissionChanges")
    alone, derived = {"Version": "2012-10-17", "Statement": [OPEN["Statement"][0], statement]}, derived_of("boundary")
    wanted, about = {*limits().denied_actions(derived)}, re.compile("|".join(derived["about"]), re.IGNORECASE)
    wider = [
        name
        for prefix in REFERENCE.prefixes()
        for action in REFERENCE.actions(prefix)
        if (name := f"{prefix}:{action}") not in wanted
        and not (prefix == "iam" or about.search(action))
        and is_denied(alone, "boundary", limits().calls_of(name)[0])
    ]
    assert not wider


#: Names of actions that AWS lists as writing and that change who may access a resource.
SHARING = re.compile(
    "(Put|Create|Update|Add|Modify|Set|Associate|Authorize|Grant|Start|Publish)[A-Za-z0-9]*(ResourcePolicy|ResourcePermissions?"
    "|Permissions?|Share|(Access|Cluster|Project|Group|Mesh|Sink|Destination|Contact|Channel|Endpoint)Policy|DataGrant"
    "|(Snapshot|Image)Attribute|FunctionUrlConfig|AccessEntry|GrantVersion|CrossAccountA[a-z]+|PortfolioShare)"
)


def test_what_shares_is_denied_on_the_path_or_excepted_with_a_reason() -> None:
    excepted = {
        one for name in ("boundary", "sharing") for item in derived_of(name)["except"] for one in item["actions"]
    }
    # A service control policy alone allows nothing; the organization has another one that allows everything.
    sharing = {**OPEN, "Statement": [*OPEN["Statement"], *policy_of("sharing")["Statement"]]}
    policies = [("boundary", policy_of("boundary")), ("scp", sharing)]
    path = {role: RequestContext({"aws:PrincipalArn": role}, complete=True) for role in (ROLE, ROLE_OF_PATH)}
    found, passing, elsewhere = 0, [], []
    for prefix in REFERENCE.prefixes():
        for action, level, _ in REFERENCE.access_levels(prefix):
            name = f"{prefix}:{action}"
            if level != "Write" or not SHARING.fullmatch(action) or any(matches(one, name) for one in excepted):
                continue
            found += 1
            for call in limits().calls_of(name):
                call = call._replace(principal=ROLE_OF_PATH, context=path[ROLE_OF_PATH])
                if not any(is_denied(policy, kind, call) for kind, policy in policies):
                    passing.append(name)
                if is_denied(sharing, "scp", call._replace(principal=ROLE, context=path[ROLE])):
                    elsewhere.append(name)
    assert found > 90 and not passing and not elsewhere


def test_exceptions_of_sharing_are_of_something() -> None:
    derived = derived_of("sharing")
    wanted = limits().denied_actions({**derived, "except": []})
    unused = [one for item in derived["except"] for one in item["actions"] if not any(matches(one, n) for n in wanted)]
    assert not unused


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutAccessPointPolicy", "arn:aws:s3:us-west-2:111122223333:accesspoint/a"),
        ("secretsmanager:PutResourcePolicy", "arn:aws:secretsmanager:us-west-2:111122223333:secret:a"),
        ("ecr:SetRepositoryPolicy", "arn:aws:ecr:us-west-2:111122223333:repository/a"),
        ("sso:CreateAccountAssignment", "arn:aws:sso:::instance/ssoins-1234567890abcdef"),
        ("ec2:ModifySnapshotAttribute", "arn:aws:ec2:us-west-2::snapshot/snap-0123456789abcdef0"),
        ("lambda:UpdateFunctionUrlConfig", "arn:aws:lambda:us-west-2:111122223333:function:a"),
        ("iam:UpdateAccountPasswordPolicy", "*"),
        ("iam:DeleteAccountPasswordPolicy", "*"),
        ("iam:CreateRole", "arn:aws:iam::111122223333:role/data-science/a"),
        ("sts:AssumeRole", "arn:aws:iam::111122223333:role/admin"),
    ],
)
def test_what_passed_the_boundary_before(action: str, resource: str) -> None:
    call = AccessRequest(ROLE, action, resource, "", RequestContext({}, complete=True))
    assert is_denied(policy_of("boundary"), "boundary", call)


def test_no_service_takes_a_role_off_the_path() -> None:
    policy = policy_of("boundary")
    services = [f"{prefix}.amazonaws.com" for prefix in REFERENCE.prefixes()]
    for service in ("", *services):
        context = RequestContext({"iam:PassedToService": service} if service else {}, complete=True)
        for path, denied in (("", True), ("service-role/", True), ("data-science/", False)):
            role = f"arn:aws:iam::111122223333:role/{path}Example"
            assert is_denied(policy, "boundary", AccessRequest(ROLE, "iam:PassRole", role, "", context)) is denied, (
                service
            )


def test_roles_keep_what_they_need_but_for_what_is_named() -> None:
    named = {one: item["why"] for item in loaded().catalog.guardrails["boundary"]["not_for"] for one in item["actions"]}
    used, unnamed = set[str](), set[str]()
    for call, _, when in limits().verdicts("boundary", json.loads(policy_texts()["boundary"])):
        if when == "always":
            reasons = {one for one in named if matches(one, call.action)}
            used |= reasons
            unnamed |= set() if reasons else {call.action}
    assert not unnamed
    assert used == named.keys(), "reasons for nothing"


@pytest.mark.parametrize(
    ("key", "via", "denied"),
    [
        ("example", "", True),
        ("example", "ec2.us-west-2.amazonaws.com", True),
        ("other", "sagemaker.us-west-2.amazonaws.com", True),
        ("example", "sagemaker.us-west-2.amazonaws.com", False),
    ],
)
def test_a_data_scientist_grants_one_key_through_the_service(key: str, via: str, denied: bool) -> None:
    context = RequestContext({"kms:ViaService": via} if via else {}, complete=True)
    call = AccessRequest(ROLE, "kms:CreateGrant", f"arn:aws:kms:us-west-2:111122223333:key/{key}", "", context)
    assert is_denied(policy_of("data-scientist"), "permission-set", call) is denied


def test_a_new_action_is_denied_with_the_next_version_of_the_reference() -> None:
    levels = {"queue": [("AddPolicy", "Permissions management, Write"), ("Send", "Write"), ("GetPolicy", "Read")]}

    class Made(Reference):
        def prefixes(self) -> list[str]:
            return ["queue"]

        def access_levels(self, prefix: str) -> list[tuple[str, str, bool]]:
            return [(name, level, False) for name, level in levels[prefix]]

        def actions(self, prefix: str) -> list[str]:  # type: ignore[override]
            return [name for name, _ in levels[prefix]]

        def action(self, name: str) -> None:  # type: ignore[override]
            return None

    derived = {"access_levels": ["Permissions management"], "about": ["Policy"]}
    deny = {"Sid": "No", "Effect": "Deny", "Resource": ["*"], "derived": derived}

    def actions() -> list[str]:
        made = Guardrails({"x": {"kind": "boundary", "Statement": [deny]}}, Made({}, {}, {}, []))
        return cast(list[str], dict(made.policies())["x"]["Statement"][0]["Action"])

    assert actions() == ["queue:Add*"]
    levels["queue"].append(("ShareAll", "Permissions management, Write"))
    assert actions() == ["queue:*All", "queue:Add*"]
    levels["queue"].append(("SendAll", "Write"))
    assert actions() == ["queue:Add*", "queue:Share*"]


NAMES = st.lists(st.sampled_from(["Get", "Put", "Policy", "Queue", "ACL", "List", "a", "-"]), min_size=1, max_size=4)


@given(st.sets(NAMES.map("".join), min_size=1, max_size=12), st.data())
def test_a_cover_matches_all_wanted_and_none_that_is_spared(names: set[str], data: st.DataObject) -> None:
    each = {name.lower(): name for name in sorted(names)}
    wanted = data.draw(st.sets(st.sampled_from(sorted(each.values())), min_size=1))
    spared = {*each.values()} - wanted
    patterns = [iam_actions.action(one) for one in cover_actions("x", wanted, spared)]
    matched = {name for name in each.values() if any(covers(one, iam_actions.action(f"x:{name}")) for one in patterns)}
    assert matched == wanted
