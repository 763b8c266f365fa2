"""Reading the roles that people have: every form, what of it is not known, places, damaged and hostile inputs."""

from __future__ import annotations

import copy
import json
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from composing import INPUTS, compiled, compose
from fuzzing import texts
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine import roles as passing
from sagemaker_roles.errors import InputError
from sagemaker_roles.inputs import read_files
from sagemaker_roles.inputs.held import HeldPolicy, HeldRole, RoleReading
from sagemaker_roles.inputs.roles import read_policy_file, read_roles
from sagemaker_roles.inputs.text import Source
from support import DATA

FIXTURES = Path(__file__).parent / "fixtures" / "roles"
READ_ONLY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:List*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ACCOUNT = "arn:aws:iam::111122223333"


def managed(name: str) -> Mapping[str, Any] | None:
    return READ_ONLY if name.endswith("AmazonSageMakerReadOnly") else None


def read(*names: str, **more: Any) -> RoleReading:
    return read_roles(compiled(), [str(FIXTURES / name) for name in names], managed=managed, **more)


def of(value: Any, name: str = "input", **more: Any) -> RoleReading:
    """The roles of a value, written to a text and read again, so that it has places."""
    source = Source(name, value if isinstance(value, bytes) else json.dumps(value, indent=1).encode())
    return read_roles(compiled(), [source], managed=managed, **more)


def named(*given: tuple[str, Any], managed: Any = managed) -> RoleReading:
    """The roles of several values, each with its name."""
    sources = [Source(name, json.dumps(value, default=str).encode()) for name, value in given]
    return read_roles(compiled(), sources, managed=managed)


def only(reading: RoleReading) -> HeldRole:
    (role,) = reading.roles
    return role


def messages(reading: RoleReading) -> list[str]:
    return [f"{notice.where}: {notice.message}" for notice in reading.notices]


def summary(role: HeldRole) -> list[tuple[str, str]]:
    return [(policy.kind, policy.name) for policy in role.policies]


def line(policy: HeldPolicy, *path: str | int) -> str:
    """The text of the line that a place is in."""
    at = policy.position(path)
    assert at is not None
    return Path(at.path).read_text("utf-8").splitlines()[at.line - 1].strip()


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, resource: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


# --- policy files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrap",
    [
        lambda document: document,
        lambda document: {"PolicyDocument": document},
        lambda document: {"PolicyVersion": {"VersionId": "v1", "Document": document}},
        lambda document: {"RoleName": "R", "PolicyName": "input", "PolicyDocument": document},
        lambda document: {"Policy": json.dumps(document)},
        lambda document: {"policyText": json.dumps(document)},
        lambda document: {"PolicyVersion": {"Document": quote(json.dumps(document))}},
        lambda document: {
            "Policy": {"PolicySummary": {"Type": "SERVICE_CONTROL_POLICY"}, "Content": json.dumps(document)}
        },
        lambda document: [document],
    ],
)
def test_a_policy_file_may_be_a_document_or_an_answer_that_has_one(wrap: Any) -> None:
    document = policy(allow("s3:GetObject"))
    (found,) = read_policy_file(Source("input", json.dumps(wrap(document)).encode()))
    assert (found.name, found.kind, found.document, found.path) == ("input", "file", document, "input")
    assert found.position(("Statement", 0)) is not None


def test_a_policy_file_may_hold_several_documents() -> None:
    given = [policy(allow("s3:GetObject")), {"PolicyName": "Keys", "PolicyDocument": policy(allow("kms:Decrypt"))}]
    found = read_policy_file(Source("two.json", json.dumps([*given, given[0]]).encode()))
    assert [one.name for one in found] == ["two.json document 1", "Keys", "two.json document 3"]
    lines = "\n".join(map(json.dumps, given[:1] * 2)).encode()
    found = read_policy_file(Source("lines.json", lines))
    assert [str(one.position(("Statement", 0, "Action"))) for one in found] == ["lines.json:1:61", "lines.json:2:61"]


def test_a_policy_file_may_be_yaml_with_a_date_as_version() -> None:
    text = b"Version: 2012-10-17\nStatement:\n  - Effect: Allow\n    Action: s3:GetObject\n    Resource: '*'\n"
    (found,) = read_policy_file(Source("policy.yaml", text))
    assert found.document["Version"] == "2012-10-17"
    assert str(found.position(("Statement", 0, "Action"))) == "policy.yaml:4:5"


def test_the_trust_policy_of_an_answer_of_get_role() -> None:
    given = {"Role": {"RoleName": "R", "AssumeRolePolicyDocument": TRUST}}
    (found,) = read_policy_file(Source("role.json", json.dumps(given).encode()), "trust")
    assert (found.kind, found.document) == ("trust", TRUST)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"Statement": 1}', "p.json:1:1: p.json is not a policy document but an object without Statement"),
        ("[1]", "p.json:1:2: p.json is not a policy document but a number"),
        ('[{"Effect": "Allow"}]', "p.json:1:1: a list of statements is not a policy document"),
        ('{"PolicyDocument": {"a": 1}, "PolicyName": "Keys"}', '"Keys" is not a policy document'),
        ('{"Statement": [{"Effect": "Allow", "Effect": "Deny"}]}', 'p.json:1:36: the key "Effect" stands twice'),
        ('{"Policy": "{\\n \\"Statement\\": [}"}', "the document of p.json cannot be read: not JSON"),
        ('{"Statement": [', "p.json:1:16: not JSON"),
        ("", "p.json:1:1: empty"),
    ],
)
def test_a_damaged_policy_file_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read_policy_file(Source("p.json", text.encode()))
    assert message in str(error.value)


def test_policy_files_make_one_role_without_an_arn() -> None:
    sources = [
        Source("a.json", json.dumps(policy(allow("s3:GetObject"))).encode()),
        Source("b.json", json.dumps(policy(allow("s3:PutObject"))).encode()),
        Source("trust.json", json.dumps(TRUST).encode()),
    ]
    role = only(read_roles(compiled(), sources, managed=managed))
    assert (role.arn, summary(role)) == ("", [("file", "a.json"), ("file", "b.json")])
    assert role.trust is not None and role.trust.path == "trust.json"
    assert not role.unknown and not role.passed_as


def test_a_resource_policy_is_no_policy_of_a_role() -> None:
    given = policy({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"})
    reading = of(given)
    assert not reading.roles
    assert "this is a resource policy" in messages(reading)[0]


# --- whole accounts -----------------------------------------------------------------------------------------------


def test_an_account_in_two_pages() -> None:
    reading = read("account-1.json", "account-2.json")
    encoded, training = reading.roles
    assert not reading.notices
    assert (training.arn, training.name) == (f"{ACCOUNT}:role/service-role/TrainingRole", "TrainingRole")
    assert summary(training) == [("inline", "Data"), ("attached", "TeamLogs"), ("managed", "AmazonSageMakerReadOnly")]
    assert training.policies[1].document["Statement"]["Action"] == "logs:PutLogEvents"  # the default version
    assert training.policies[2].document is READ_ONLY and training.policies[2].path == ""
    assert training.boundary is not None and (training.boundary.kind, training.boundary.name) == (
        "boundary",
        "Boundary",
    )
    assert training.trust is not None and training.trust.document == TRUST
    assert not training.unknown and training.passed_as == {training.arn}
    assert encoded.trust is not None and encoded.trust.document == TRUST
    assert encoded.policies[0] is training.policies[1], "an attached policy is one object for all its roles"
    assert encoded.unknown == (f"the policy {ACCOUNT}:policy/Elsewhere is attached, and its document was not given",)


def test_a_role_of_an_account_does_not_keep_the_text_of_the_others(tmp_path: Path) -> None:
    """An account has more users, groups, and policies than roles, and none of their text is needed any more."""
    import tracemalloc

    file = tmp_path / "account.json"
    users = [{"UserName": f"u{number}", "Path": "/" * 100} for number in range(20_000)]
    role = {"RoleName": "r", "Arn": "arn:aws:iam::111122223333:role/r", "AssumeRolePolicyDocument": policy()}
    file.write_text(json.dumps({"UserDetailList": users, "RoleDetailList": [role], "IsTruncated": False}, indent=1))
    compiled()
    tracemalloc.start()
    try:
        reading = read_roles(compiled(), [str(file)], managed=managed)
        assert tracemalloc.get_traced_memory()[0] < file.stat().st_size // 4
    finally:
        tracemalloc.stop()
    trust = only(reading).trust
    assert trust is not None
    place = trust.position()
    assert place is not None
    written = file.read_text().splitlines()[place.line - 1]
    assert written[place.column - 1 :].startswith('"AssumeRolePolicyDocument"')


def test_aws_managed_policies_come_from_the_built_data() -> None:
    name = "AmazonSageMakerReadOnly"
    document = json.loads((DATA / "managed-documents" / f"{name}.json").read_bytes())
    catalog = Catalog({**compiled().data, "managed_documents": {name: document}})
    roles = read_roles(catalog, [str(FIXTURES / f"account-{number}.json") for number in (1, 2)]).roles
    assert roles[1].policies[2] == HeldPolicy(name, "managed", document["document"])


def test_places_in_an_account() -> None:
    encoded, training = read("account-1.json", "account-2.json").roles
    inline = training.policies[0]
    assert line(inline, "Statement", 1).startswith('{"Effect": "Deny", "Action": "s3:DeleteObject"')
    assert line(training.policies[1], "Statement").startswith('"Document": {"Version"')
    assert encoded.trust is not None
    assert line(encoded.trust, "Statement", 0).startswith('"AssumeRolePolicyDocument": "%7B')
    assert training.position is not None and (training.position.line, training.position.column) == (7, 5)
    assert training.policies[2].position(("Statement", 0)) is None


def test_the_last_page_must_be_there() -> None:
    (message,) = messages(read("account-1.json"))
    assert message.endswith("is cut off (IsTruncated) and its last page was not given; add it")


def detail(number: int, attached: Sequence[int] = (), *, is_encoded: bool = False) -> dict[str, Any]:
    encoded: Any = (lambda value: quote(json.dumps(value))) if is_encoded else (lambda value: value)
    return {
        "RoleName": f"Role{number}",
        "Arn": f"{ACCOUNT}:role/Role{number}",
        "AssumeRolePolicyDocument": encoded(TRUST),
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": encoded(policy(allow(f"s3:Get{number}*")))}],
        "AttachedManagedPolicies": [
            {"PolicyName": f"Policy{one}", "PolicyArn": f"{ACCOUNT}:policy/Policy{one}"} for one in attached
        ],
        **(
            {"PermissionsBoundary": {"PermissionsBoundaryArn": f"{ACCOUNT}:policy/Policy{number % 3}"}}
            if number % 2
            else {}
        ),
    }


def attachable(number: int) -> dict[str, Any]:
    return {
        "PolicyName": f"Policy{number}",
        "Arn": f"{ACCOUNT}:policy/Policy{number}",
        "DefaultVersionId": "v1",
        "PolicyVersionList": [
            {"VersionId": "v1", "IsDefaultVersion": True, "Document": policy(allow(f"logs:Put{number}*"))}
        ],
    }


def page(roles: Sequence[Any], policies: Sequence[Any], is_last: bool = True) -> dict[str, Any]:
    return {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": list(roles),
        "Policies": list(policies),
        "IsTruncated": not is_last,
    }


def held(reading: RoleReading) -> list[Any]:
    return [
        (
            role.arn,
            [(one.name, one.kind, one.document) for one in role.policies],
            role.boundary and role.boundary.document,
            role.trust and role.trust.document,
            role.unknown,
        )
        for role in reading.roles
    ]


@settings(max_examples=60, deadline=None)
@given(
    attached=st.lists(st.lists(st.integers(0, 5), max_size=3, unique=True), max_size=6),
    pages=st.integers(1, 4),
    seed=st.integers(0, 999),
    is_encoded=st.booleans(),
    as_lines=st.booleans(),
)
def test_pages_in_any_order_give_the_same_roles(
    attached: list[list[int]], pages: int, seed: int, is_encoded: bool, as_lines: bool
) -> None:
    roles = [detail(number, given, is_encoded=is_encoded) for number, given in enumerate(attached)]
    policies = [attachable(number) for number in range(4)]
    whole = of(page(roles, policies))
    rng = random.Random(seed)  # noqa: S311
    cut: list[tuple[list[Any], list[Any]]] = [([], []) for _ in range(pages)]
    for kind, items in enumerate((roles, policies)):
        for item in items:
            rng.choice(cut)[kind].append(item)
    answers = [page(*one, is_last=number == pages - 1) for number, one in enumerate(cut)]
    rng.shuffle(answers)
    if as_lines:
        parts = of("\n".join(map(json.dumps, answers)).encode())
    else:
        sources = [Source(f"page{number}", json.dumps(one).encode()) for number, one in enumerate(answers)]
        parts = read_roles(compiled(), sources, managed=managed)
    assert held(parts) == held(whole)
    assert not [message for message in messages(parts) if attached]
    values = named(*(("pages", one) for one in answers))
    assert held(values) == held(whole)


@pytest.mark.parametrize("has_default", [False, True])
def test_the_version_in_force_is_the_one_that_the_policy_names_or_else_the_one_that_says_so(has_default: bool) -> None:
    attached = attachable(1)
    other = {"VersionId": "v0", "IsDefaultVersion": has_default, "Document": policy(allow("s3:*"))}
    attached["PolicyVersionList"].insert(0, other)
    if not has_default:
        del attached["DefaultVersionId"]
    role = only(of(page([detail(1, [1])], [attached])))
    assert role.policies[-1].document["Statement"][0]["Action"] == ["logs:Put1*"]


def test_entries_of_an_account_without_a_name_are_left_out_and_said() -> None:
    no_name = {key: value for key, value in detail(2).items() if key not in ("Arn", "RoleName")}
    no_arn = {key: value for key, value in attachable(1).items() if key != "Arn"}
    reading = of(page([no_name, 3, detail(1)], [no_arn, 7]))
    assert [role.name for role in reading.roles] == ["Role1"]
    assert reading.read == 5
    assert [message.partition(": ")[2] for message in messages(reading)] == [
        "a role without RoleName and Arn; it is ignored",
        "a role without RoleName and Arn; it is ignored",
        "a policy without Arn; it is ignored",
        "a policy without Arn; it is ignored",
    ]
    assert messages(of(page([], []))) == ["input: there is no role and no policy in what was given"]


def planned(resources: Any, changes: Any = (), configuration: Any = None) -> dict[str, Any]:
    """A plan: its resources, its changes, and the root module of its configuration."""
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": [*changes],
        "configuration": {"root_module": configuration or {}},
    }


def written(address: str, **values: Any) -> dict[str, Any]:
    return {"address": address, "type": address.split(".")[-2], "values": values}


def unknown_at(address: str, *members: str) -> dict[str, Any]:
    return {"address": address, "change": {"actions": ["create"], "after_unknown": dict.fromkeys(members, True)}}


def referring(address: str, **members: Sequence[str]) -> dict[str, Any]:
    return {"address": address, "expressions": {name: {"references": [*to]} for name, to in members.items()}}


def new_role(*unknown: str, **values: Any) -> dict[str, Any]:
    """A plan that creates one role."""
    role = written("aws_iam_role.r", assume_role_policy=json.dumps(TRUST), **values)
    return planned([role], [unknown_at("aws_iam_role.r", *unknown)])


def test_what_a_plan_knows_of_a_role() -> None:
    role = only(of(new_role(name="R", path="/team/")))
    assert (role.arn, role.name, role.unknown) == ("arn:${Partition}:iam::${Account}:role/team/R", "R", ())
    role = only(of(new_role(name="R")))
    assert role.arn == "arn:${Partition}:iam::${Account}:role/R"
    role = only(of(new_role("permissions_boundary", name="R")))
    assert role.unknown == ("the permissions boundary is known only after apply",)
    blocks = [{"name": "I", "policy": json.dumps(policy(allow("s3:*")))}, {"name": "", "policy": ""}]
    reading = of(new_role(name="R", inline_policy=[*blocks, {"name": "J", "policy": "{"}]))
    assert summary(only(reading)) == [("inline", "I")]
    assert only(reading).unknown == ('the document of the inline policy "J" of aws_iam_role.r cannot be read',)
    assert messages(reading) == [
        'input:23:9: the document of the inline policy "J" of aws_iam_role.r cannot be read: not JSON: expected '
        "property name enclosed in double quotes (line 1, column 2 of its text)"
    ]


def test_inputs_that_disagree_about_a_role_are_told() -> None:
    first, second = detail(1), detail(1)
    second["RolePolicyList"] = []
    readings = [of(page(roles, [])) for roles in ([first, second], [second, first])]
    assert held(readings[0]) == held(readings[1])
    assert any("the inputs disagree about the role" in message for message in messages(readings[0]))
    assert len(of(page([first, copy.deepcopy(first)], [])).roles) == 1


def test_a_damaged_policy_is_named_and_nothing_is_proved_of_its_role() -> None:
    role = detail(1)
    role["RolePolicyList"].append({"PolicyName": "broken", "PolicyDocument": "%7B%22Version"})
    role["RolePolicyList"].append("text")
    reading = of(page([role, {"Path": "/"}, 5], [{"PolicyName": "x"}, 7]))
    told = messages(reading)
    assert any('the document of the inline policy "broken" of the role Role1 cannot be read' in one for one in told)
    assert sum("a role without RoleName and Arn" in one for one in told) == 2
    assert sum("a policy without Arn" in one for one in told) == 2
    assert summary(only(reading)) == [("inline", "own")]
    assert 'the document of the inline policy "broken" of the role Role1 cannot be read' in only(reading).unknown
    assert "its RolePolicyList cannot be read" in only(reading).unknown
    assert all(one.startswith("input:") for one in told)


# --- answers about one role ---------------------------------------------------------------------------------------


def test_answers_about_one_role_come_together() -> None:
    reading = read("answers")
    role = only(reading)
    assert not reading.notices
    assert role.arn == f"{ACCOUNT}:role/NotebookRole"
    assert summary(role) == [("inline", "Buckets"), ("managed", "AmazonSageMakerReadOnly"), ("attached", "Team-Data")]
    assert role.boundary is not None and role.boundary.path.endswith("Limits.json")
    assert line(role.policies[2], "Statement", 0).endswith('"Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*"}]')
    assert role.unknown == ("the document of its inline policy Keys was not given; add the answer of get-role-policy",)


def test_answers_in_any_order_give_the_same_role() -> None:
    files = sorted((FIXTURES / "answers").iterdir())
    whole = held(read("answers"))
    for seed in range(10):
        random.Random(seed).shuffle(files)  # noqa: S311
        assert held(read_roles(compiled(), map(str, files), managed=managed)) == whole


def test_answers_that_do_not_show_their_role_are_told_apart_by_the_name_of_the_file() -> None:
    roles = [{"Role": {"RoleName": name, "Arn": f"{ACCOUNT}:role/{name}"}} for name in ("Train", "Train-Test")]
    attached = {"AttachedPolicies": [{"PolicyName": "P", "PolicyArn": f"{ACCOUNT}:policy/P"}]}

    def sources(name: str) -> list[Source]:
        return [Source(f"{number}.json", json.dumps(one).encode()) for number, one in enumerate(roles)] + [
            Source(name, json.dumps(attached).encode())
        ]

    reading = read_roles(compiled(), sources("answers/attached-Train-Test.json"), managed=managed)
    about = [[one for one in role.unknown if "policy/P" in one] for role in reading.roles]
    assert about == [[], [f"the policy {ACCOUNT}:policy/P is attached, and its document was not given"]]
    reading = read_roles(compiled(), sources("attached.json"), managed=managed)
    assert "AttachedPolicies do not show their role; name the file after it" in messages(reading)[0]
    assert all("AttachedPolicies of attached.json might be its own" in role.unknown for role in reading.roles)


def test_what_no_answer_tells_of_a_role_is_not_known() -> None:
    role = {"Role": {"RoleName": "R", "Arn": f"{ACCOUNT}:role/R", "AssumeRolePolicyDocument": TRUST}}
    names, attached = {"PolicyNames": []}, {"AttachedPolicies": []}

    def unknown(*answers: Any) -> list[str]:
        given = [(str(number), one) for number, one in enumerate(answers)]
        return [one.rpartition(" of ")[2] for one in only(named(*given)).unknown]

    assert unknown(role, names, attached) == []
    assert unknown(role) == ["list-role-policies", "list-attached-role-policies"]
    assert unknown(names, attached) == ["get-role"]
    assert unknown({"Roles": [role["Role"]]}, names, attached) == ["get-role"], "list-roles shows no boundary"
    assert unknown(role, names, {**attached, "IsTruncated": True}) == ["list-attached-role-policies"]
    assert unknown(role, names, {**attached, "IsTruncated": True}, attached) == []


def test_a_version_that_no_policy_is_named_for_is_told() -> None:
    version = {"PolicyVersion": {"VersionId": "v1", "IsDefaultVersion": True, "Document": policy(allow("s3:*"))}}
    attached = {"AttachedPolicies": [{"PolicyName": n, "PolicyArn": f"{ACCOUNT}:policy/{n}"} for n in ("A", "B")]}
    reading = named(("attached", attached), ("x", version))
    assert "does not show which policy it is a version of" in messages(reading)[0]
    reading = named(("attached", attached), ("B.json", version))
    assert summary(only(reading)) == [("attached", "B")]
    assert summary(only(of(version, "v.json"))) == [("file", "v.json")]


# --- CloudFormation -----------------------------------------------------------------------------------------------


def template(**resources: Any) -> dict[str, Any]:
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def inline(*statements: Any) -> dict[str, Any]:
    return {"PolicyName": "p", "PolicyDocument": policy(*statements)}


def role_resource(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}}


def test_a_template() -> None:
    role = only(read("template.yaml"))
    assert role.arn == "arn:${Partition}:iam::${Account}:role/team/${ExecutionRole}"
    assert (role.name, role.logical_id) == ("ExecutionRole", "ExecutionRole")
    assert summary(role) == [
        ("inline", "data"),
        ("attached", "SharedPolicy"),
        ("inline", "extra"),
        ("managed", "AmazonSageMakerReadOnly"),
    ]
    (statement,) = role.policies[0].document["Statement"]
    assert statement["Resource"] == "arn:${Partition}:s3:::${DataBucket}/${aws:PrincipalTag/team}/*"
    assert role.boundary is not None and role.boundary.name == "team-limits"
    assert role.trust is not None
    assert role.unknown == (
        'statement 3 of the inline policy "data" of the role ExecutionRole is not known: '
        "the condition IsProd is not decided",
        f"the policy {ACCOUNT}:policy/Elsewhere is attached, and its document was not given",
    )


def test_places_in_a_template_pass_over_statements_that_it_takes_out() -> None:
    role = only(read("template.yaml"))
    assert line(role.policies[0], "Statement", 0, "Action") == 'Action: ["s3:GetObject"]'
    assert line(role.policies[2], "Statement", 0).startswith('Statement: [{Effect: Allow, Action: "ecr:')
    assert role.position is not None and role.position.line == 10


def test_values_of_parameters_decide() -> None:
    values = {
        "Stage": "prod",
        "KeyArn": "arn:aws:kms:us-west-2:111122223333:key/k",
        "DataBucket": "amzn-s3-demo-bucket",
    }
    role = only(read("template.yaml", values={**values, "Account": "111122223333", "Partition": "aws"}))
    actions = [statement["Action"] for statement in role.policies[0].document["Statement"]]
    assert actions == ["kms:Decrypt", ["s3:GetObject"], "s3:*"]
    assert role.arn == f"{ACCOUNT}:role/team/${{ExecutionRole}}"
    assert len(role.unknown) == 1


def test_requests_of_a_template_pass_its_role() -> None:
    requests = read_files(compiled(), [str(FIXTURES / "template.yaml")])
    role = only(read("template.yaml", requests=requests))
    (chosen,) = passing.choose(compiled(), requests.requests)
    assert chosen.arn in role.passed_as


def test_parts_have_the_names_that_requests_give_them_and_no_other_part_has() -> None:
    # A placeholder of CreateModel is called ModelBucket, so the requests' reading renames the parameter of that name.
    given = template(
        Role=role_resource(
            Policies=[
                inline(allow("s3:GetObject", resource={"Fn::Sub": "arn:aws:s3:::${ModelBucket}/*"})),
                inline(allow("s3:GetObject", resource={"Fn::Select": [0, {"Ref": "Other"}]})),
            ]
        ),
        Model={
            "Type": "AWS::SageMaker::Model",
            "Properties": {
                "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "PrimaryContainer": {"ModelDataUrl": {"Fn::Sub": "s3://${ModelBucket}/${More}/model.tar.gz"}},
            },
        },
    )
    given["Parameters"] = {name: {"Type": "String"} for name in ("ModelBucket", "Other", "More")}
    source = Source("t.json", json.dumps(given).encode())
    from sagemaker_roles.inputs.reading import Reader

    reader = Reader(compiled())
    reader.take(source)
    requests = reader.finish()
    name = next(name for name, what in requests.unknown.items() if "ModelBucket" in what)
    role = only(read_roles(compiled(), [source], managed=managed, requests=requests))
    assert name == "ModelBucketParameter"
    assert role.policies[0].document["Statement"][0]["Resource"] == f"arn:aws:s3:::${{{name}}}/*"
    assert not {"${" + name + "}" for name in requests.unknown} & {
        role.policies[1].document["Statement"][0]["Resource"]
    }
    (chosen,) = passing.choose(compiled(), requests.requests)
    assert chosen.arn in role.passed_as


def test_no_part_is_called_as_a_placeholder_of_a_record() -> None:
    given = template(Role=role_resource(Policies=[inline(allow("s3:GetObject", resource={"Ref": "ModelBucket"}))]))
    given["Parameters"] = {"ModelBucket": {"Type": "String"}}
    resources = [
        only(of(given, operations=operations)).policies[0].document["Statement"][0]["Resource"]
        for operations in ((), ("CreateModel",), ("CreateImage", "NoOperation"))
    ]
    assert resources == ["${ModelBucket}", "${ModelBucketRole}", "${ModelBucket}"]


@pytest.mark.parametrize(
    ("properties", "unknown"),
    [
        ({"Policies": {"Ref": "P"}}, "its Policies are not known: the parameter P in input is not known"),
        ({"Policies": [{"Ref": "P"}]}, "its policy 1 is not known: the parameter P in input is not known"),
        ({"ManagedPolicyArns": {"Ref": "P"}}, "its ManagedPolicyArns are not known"),
        ({"ManagedPolicyArns": [{"Ref": "P"}]}, "an attached policy is not known: the parameter P"),
        ({"PermissionsBoundary": {"Ref": "P"}}, "the permissions boundary is not known: the parameter P"),
        (
            {"PermissionsBoundary": f"{ACCOUNT}:policy/B"},
            f"the permissions boundary is {ACCOUNT}:policy/B, and its document was not given",
        ),
        (
            {"Policies": [inline({**allow("s3:*"), "Action": {"Ref": "P"}})]},
            'Action of statement 1 of the inline policy "p" of the role Role is not known: the parameter P',
        ),
        (
            {"Policies": [inline({**allow("s3:*"), "Effect": {"Ref": "P"}})]},
            'Effect of statement 1 of the inline policy "p"',
        ),
        (
            {
                "Policies": [
                    {
                        "PolicyName": "p",
                        "PolicyDocument": policy({**allow("s3:*"), "Condition": {"Bool": {"Ref": "P"}}}),
                    }
                ]
            },
            'Condition of statement 1 of the inline policy "p"',
        ),
        ({"Policies": [{"PolicyName": "p", "PolicyDocument": {"Ref": "P"}}]}, "the document of the inline policy"),
        ({"Policies": [{"PolicyName": "p", "PolicyDocument": 5}]}, "cannot be read"),
        ({"Policies": [5]}, "its policy 1 cannot be read"),
        ({"ManagedPolicyArns": ["ReadOnly"]}, "the policy ReadOnly is attached"),
        (
            {
                "Policies": [
                    {"PolicyName": "p", "PolicyDocument": policy(allow("s3:*", resource={"Fn::If": ["C", "a", "b"]}))}
                ]
            },
            'statement 1 of the inline policy "p" of the role Role is not known: the condition C is not decided',
        ),
        ({"Policies": [{"PolicyName": "p", "PolicyDocument": {"Fn::Transform": {"Name": "M"}}}]}, "is not known"),
    ],
)
def test_what_a_template_does_not_tell_is_not_proved(properties: dict[str, Any], unknown: str) -> None:
    given = template(Role=role_resource(**properties))
    given["Parameters"] = {"P": {"Type": "String"}}
    given["Conditions"] = {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}}
    role = only(of(given))
    assert any(unknown in one for one in role.unknown), role.unknown
    assert not role.policies or role.policies[0].document["Statement"] == []


def attached_by(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": {"PolicyName": "extra", "PolicyDocument": policy(allow("s3:*")), **properties}}


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        (attached_by("AWS::IAM::Policy", Roles=[{"Ref": "Role"}]), "inline"),
        (attached_by("AWS::IAM::Policy", Roles=["fixed"]), "inline"),
        (attached_by("AWS::IAM::Policy", Roles=[{"Fn::Sub": "${Role}"}]), "inline"),
        (attached_by("AWS::IAM::RolePolicy", RoleName={"Ref": "Role"}), "inline"),
        (attached_by("AWS::IAM::ManagedPolicy", Roles=[{"Ref": "Role"}]), "attached"),
    ],
)
def test_other_resources_attach_policies(resource: dict[str, Any], kind: str) -> None:
    role = only(of(template(Role=role_resource(RoleName="fixed"), Extra=resource)))
    assert [one.kind for one in role.policies] == [kind]
    assert not role.unknown


def test_a_policy_for_a_role_that_is_not_known_may_be_one_of_each() -> None:
    given = template(Role=role_resource(), Extra=attached_by("AWS::IAM::Policy", Roles=[{"Ref": "P"}]))
    given["Parameters"] = {"P": {"Type": "String"}}
    reading = of(given)
    assert only(reading).unknown == (
        "the policy Extra might be attached: its role is not known: the parameter P in input is not known",
    )
    given["Resources"]["Extra"]["Properties"]["Roles"] = ["elsewhere"]
    reading = of(given)
    assert not only(reading).unknown
    assert "the policy Extra is for the role elsewhere, which is not in the template" in messages(reading)[0]


def test_a_managed_policy_of_the_template_that_cannot_be_read_is_named() -> None:
    extra = attached_by("AWS::IAM::ManagedPolicy", Roles=[{"Ref": "Role"}])
    extra["Properties"]["PolicyDocument"] = 5
    role = only(of(template(Role=role_resource(), Extra=extra)))
    assert role.unknown == ("the document of the policy Extra cannot be read",)


def test_a_managed_policy_of_the_template_is_known_by_its_arn() -> None:
    arn = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/team/shared"}
    shared = attached_by("AWS::IAM::ManagedPolicy", ManagedPolicyName="shared", Path="/team/")
    role = only(of(template(Role=role_resource(ManagedPolicyArns=[arn], PermissionsBoundary=arn), Shared=shared)))
    assert summary(role) == [("attached", "shared")] and not role.unknown
    assert role.boundary is not None


def test_a_policy_is_for_the_role_that_it_refers_to_though_another_has_the_name() -> None:
    given = template(
        First=role_resource(RoleName="same"),
        Second=role_resource(RoleName="same"),
        Gone={**role_resource(RoleName="gone"), "Condition": "No"},
        Extra=attached_by("AWS::IAM::Policy", Roles=[{"Ref": "First"}, {"Ref": "Gone"}, "gone"]),
    )
    given["Conditions"] = {"No": {"Fn::Equals": ["a", "b"]}}
    reading = of(given)
    assert [(role.logical_id, len(role.policies)) for role in reading.roles] == [("First", 1), ("Second", 0)]
    assert not any(role.unknown for role in reading.roles)


def test_conditions_of_resources() -> None:
    given = template(
        Role={**role_resource(), "Condition": "Yes"},
        Gone={**role_resource(), "Condition": "No"},
        Extra={**attached_by("AWS::IAM::Policy", Roles=[{"Ref": "Role"}]), "Condition": "Open"},
        Not={**attached_by("AWS::IAM::Policy", Roles=[{"Ref": "Role"}]), "Condition": "No"},
    )
    given["Parameters"] = {"P": {"Type": "String"}}
    given["Conditions"] = {
        "Yes": {"Fn::Equals": ["a", "a"]},
        "No": {"Fn::Equals": ["a", "b"]},
        "Open": {"Fn::Equals": [{"Ref": "P"}, "b"]},
    }
    reading = of(given)
    role = only(reading)
    assert role.policies == ()
    assert role.unknown == ("the policy Extra is attached perhaps: its condition Open might be false",)
    assert "the role Gone is ignored: its condition No is false" in messages(reading)[0]


def test_a_single_resource_is_a_role_too() -> None:
    role = only(of(role_resource(Policies=[{"PolicyName": "p", "PolicyDocument": policy(allow("s3:*"))}])))
    assert (role.logical_id, summary(role)) == ("Resource", [("inline", "p")])
    assert role.policies[0].pointer == ("Properties", "Policies", 0, "PolicyDocument")


# --- Terraform ----------------------------------------------------------------------------------------------------


def test_a_plan() -> None:
    requests = read_files(compiled(), [str(FIXTURES / "plan.json")])
    role = only(read("plan.json", requests=requests))
    assert role.arn == "arn:${Partition}:iam::${Account}:role/training-exec"
    assert (role.name, role.logical_id) == ("training-exec", "aws_iam_role.exec")
    assert summary(role) == [("inline", "data"), ("attached", "team-logs"), ("managed", "AmazonSageMakerReadOnly")]
    assert role.policies[0].document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": ["${DataAwsIamPolicyDocumentDataResources}"],
            },
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": ["arn:aws:s3:::amzn-s3-demo-bucket"],
                "Condition": {"StringLike": {"s3:prefix": ["train/*"]}},
            },
        ],
    }
    at = role.policies[0].position(("Statement", 1, "Action"))
    assert at is not None and at.line == 46
    assert role.unknown == (f"the permissions boundary is {ACCOUNT}:policy/Boundary, and its document was not given",)
    # The model in a module gets the role's ARN through a variable, which is not followed.
    (chosen,) = passing.choose(compiled(), requests.requests)
    assert chosen.arn not in role.passed_as


def test_a_state() -> None:
    requests = read_files(compiled(), [str(FIXTURES / "state.json")])
    reading = read("state.json", requests=requests)
    role = only(reading)
    assert role.arn == f"{ACCOUNT}:role/ml/train"
    assert summary(role) == [("inline", "data"), ("attached", "team-logs")]
    assert role.boundary is not None and role.boundary.kind == "boundary"
    assert not role.unknown and not reading.notices
    (chosen,) = passing.choose(compiled(), requests.requests)
    assert chosen.arn in role.passed_as


def plan() -> Any:
    return json.loads((FIXTURES / "plan.json").read_bytes())


def resource(value: Any, address: str) -> Any:
    return next(one for one in value["planned_values"]["root_module"]["resources"] if one["address"] == address)


def change(value: Any, address: str) -> Any:
    return next(one["change"] for one in value["resource_changes"] if one["address"] == address)


def expressions(value: Any, address: str) -> Any:
    found = value["configuration"]["root_module"]["resources"]
    return next(one["expressions"] for one in found if one["address"] == address)


def test_a_document_made_of_others_is_not_guessed() -> None:
    for member in ("source_policy_documents", "override_policy_documents"):
        value = plan()
        resource(value, "data.aws_iam_policy_document.data")["values"][member] = ["{}"]
        role = only(of(value))
        assert "the document of the inline policy aws_iam_role_policy.data is known only after apply" in role.unknown
        assert ("inline", "data") not in summary(role)


def test_a_document_that_jsonencode_makes_is_not_guessed() -> None:
    value = plan()
    told = "the document of the inline policy aws_iam_role_policy.data is known only after apply"
    references = ["aws_s3_bucket.b.arn", "aws_s3_bucket.b"]
    expressions(value, "aws_iam_role_policy.data")["policy"] = {"references": references}
    assert told in only(of(value)).unknown
    references.append("data.aws_iam_policy_document.data.json")
    assert told in only(of(value)).unknown


def test_a_document_of_which_an_expression_replaces_a_part_is_not_guessed() -> None:
    value = plan()
    told = "the document of the inline policy aws_iam_role_policy.data is known only after apply"
    references = ["data.aws_iam_policy_document.data.json", "data.aws_iam_policy_document.data"]
    expressions(value, "aws_iam_role_policy.data")["policy"] = {"references": [*references, "var.bucket"]}
    assert told in only(of(value)).unknown
    # What leads through an output of a module is not followed.
    root = value["configuration"]["root_module"]
    output = {"json": {"expression": {"references": references}}}
    data = [one for one in root["resources"] if one["address"].startswith("data.")]
    root["module_calls"]["docs"] = {"module": {"resources": data, "outputs": output}}
    resource(value, "data.aws_iam_policy_document.data")["address"] = "module.docs.data.aws_iam_policy_document.data"
    changed = next(one for one in value["resource_changes"] if one["mode"] == "data")
    changed["address"] = "module.docs.data.aws_iam_policy_document.data"
    expressions(value, "aws_iam_role_policy.data")["policy"] = {"references": ["module.docs.json", "module.docs"]}
    assert told in only(of(value)).unknown


def test_policy_variables_and_principals_of_a_data_source() -> None:
    value = plan()
    block = resource(value, "data.aws_iam_policy_document.data")["values"]["statement"][1]
    block["resources"] = ["arn:aws:s3:::amzn-s3-demo-bucket/&{aws:PrincipalTag/team}/*"]
    block["condition"][0]["values"] = ["&{aws:userid}"]
    block["principals"] = [{"type": "Service", "identifiers": ["a", "b"]}, {"type": "AWS", "identifiers": ["c"]}]
    statement = only(of(value)).policies[0].document["Statement"][1]
    assert statement["Resource"] == ["arn:aws:s3:::amzn-s3-demo-bucket/${aws:PrincipalTag/team}/*"]
    assert statement["Condition"] == {"StringLike": {"s3:prefix": ["${aws:userid}"]}}
    assert statement["Principal"] == {"Service": ["a", "b"], "AWS": ["c"]}
    block["principals"] = [{"type": "*", "identifiers": ["*"]}]
    assert only(of(value)).policies[0].document["Statement"][1]["Principal"] == "*"


def test_what_aws_told_of_an_inline_policy_that_the_plan_changes_is_not_used() -> None:
    value = plan()
    values = resource(value, "aws_iam_role.exec")["values"]
    values["inline_policy"] = [{"name": "data", "policy": json.dumps(policy(allow("s3:*")))}]
    expressions(value, "aws_iam_role_policy.data")["policy"] = {"references": ["aws_s3_bucket.b.arn"]}
    role = only(of(value))
    assert ("inline", "data") not in summary(role)
    assert any("aws_iam_role_policy.data is known only after apply" in one for one in role.unknown)


def test_a_statement_whose_actions_are_not_known_is_left_out_and_told() -> None:
    value = plan()
    change(value, "data.aws_iam_policy_document.data")["after_unknown"]["statement"][0]["actions"] = True
    role = only(of(value))
    assert len(role.policies[0].document["Statement"]) == 1
    assert (
        "Action of statement 1 of the inline policy aws_iam_role_policy.data is known only after apply" in role.unknown
    )
    assert str(role.policies[0].position(("Statement", 0))).startswith("input:")


def test_policies_that_a_plan_deletes_are_gone() -> None:
    value = plan()
    role = resource(value, "aws_iam_role.exec")["values"]
    old = json.dumps(policy(allow("s3:*")))
    role["inline_policy"] = [
        {"name": "old", "policy": old},
        {"name": "kept", "policy": old},
        {"name": "", "policy": ""},
    ]
    role["managed_policy_arns"] = [f"{ACCOUNT}:policy/old", f"{ACCOUNT}:policy/kept"]
    before = [
        {"role": "training-exec", "name": "old"},
        {"role": "training-exec", "policy_arn": f"{ACCOUNT}:policy/old"},
    ]
    value["resource_changes"] += [
        {"address": f"x{number}", "change": {"actions": ["delete"], "before": one, "after": None}}
        for number, one in enumerate(before)
    ]
    found = only(of(value))
    assert [name for kind, name in summary(found) if kind == "inline"] == ["data", "kept"]
    assert [one for one in found.unknown if "policy/" in one and "boundary" not in one] == [
        f"the policy {ACCOUNT}:policy/kept is attached, and its document was not given"
    ]


def test_policies_that_the_configuration_lists_but_nobody_knows() -> None:
    value = plan()
    expressions(value, "aws_iam_role.exec")["managed_policy_arns"] = {"references": ["var.arns"]}
    assert "managed_policy_arns of aws_iam_role.exec are known only after apply" in only(of(value)).unknown
    del value["configuration"]
    assert "managed_policy_arns of aws_iam_role.exec are known only after apply" in only(of(value)).unknown


def test_an_attachment_to_a_role_that_is_not_known_may_be_one_of_each() -> None:
    value = plan()
    del resource(value, "aws_iam_role_policy_attachment.logs")["values"]["role"]
    expressions(value, "aws_iam_role_policy_attachment.logs")["role"] = {"references": ["var.role"]}
    role = only(of(value))
    assert ("attached", "team-logs") not in summary(role)
    assert "aws_iam_role_policy_attachment.logs might be attached: its role is known only after apply" in role.unknown


def test_each_instance_has_the_policies_of_its_own_index() -> None:
    names = ("a", "b")
    own = {
        f'module.m["x.y"].{kind}.this["{name}"]': {
            "name": f"{name}-{kind[8:]}",
            **({"policy": json.dumps(policy(allow(f"s3:{name}")))} if "policy" in kind else {}),
        }
        for kind in ("aws_iam_role", "aws_iam_role_policy")
        for name in names
    }
    resources = [{"address": at, "type": at.split(".")[-2], "values": values} for at, values in own.items()]
    changes = [unknown_at(at, "role" if "policy" in at else "arn") for at in own]
    configured = referring("aws_iam_role_policy.this", role=["aws_iam_role.this", "each.key"])
    value = planned([], changes, {"module_calls": {"m": {"module": {"resources": [configured]}}}})
    value["planned_values"]["root_module"]["child_modules"] = [{"address": 'module.m["x.y"]', "resources": resources}]
    roles = of(value).roles
    assert [(role.name, summary(role)) for role in roles] == [
        (f"{name}-role", [("inline", f"{name}-role_policy")]) for name in names
    ]
    assert not any(role.unknown for role in roles)


# --- against what others write --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(file.name for file in (INPUTS / "aws").iterdir()))
def test_a_role_that_compose_writes_as_a_template_is_read_as_it_was_composed(name: str) -> None:
    arguments = ("--request", str(INPUTS / "aws" / name), "--region", "us-west-2", "--set", "Account=111122223333")
    arguments += ("--allow-placeholders", "--merge")
    policy_alone = compose(*arguments).document
    trust = compose(*arguments, "--part", "trust").document
    written = compose(*arguments, "--format", "cloudformation").out
    reading = of(written.encode(), "t.yaml", values={"Account": "111122223333", "Region": "us-west-2"})
    role = only(reading)
    # The template names the role that it creates, where the request leaves its name open.
    named = json.loads(json.dumps(policy_alone).replace("role/${PipelineRoleName}", "role/PipelineRole"))
    assert [one.document for one in role.policies] == [named]
    assert role.trust is not None and role.trust.document == trust
    assert not role.unknown and not reading.notices


def test_a_role_in_iam_is_read_alike_from_the_account_and_from_single_answers() -> None:
    """The answers are those of a stand-in for IAM, in the shapes of botocore."""
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        iam = boto3.client("iam", aws_access_key_id="a", aws_secret_access_key="a", region_name="us-east-1")  # noqa: S106
        arns = {}
        for number in range(3):
            made = iam.create_policy(
                PolicyName=f"P{number}", PolicyDocument=json.dumps(policy(allow(f"s3:Get{number}")))
            )
            arns[number] = made["Policy"]["Arn"]
        iam.create_policy_version(
            PolicyArn=arns[0], PolicyDocument=json.dumps(policy(allow("s3:PutObject"))), SetAsDefault=True
        )
        for name in ("One", "Two"):
            iam.create_role(
                RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), PermissionsBoundary=arns[2], Path="/x/"
            )
            iam.put_role_policy(
                RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy(allow("kms:Decrypt")))
            )
            for arn in (arns[0], arns[1], "arn:aws:iam::aws:policy/AmazonS3FullAccess"):
                iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2}))
        answers = [
            ("role", iam.get_role(RoleName="One")),
            ("own", iam.get_role_policy(RoleName="One", PolicyName="own")),
            ("names", iam.list_role_policies(RoleName="One")),
            ("attached", iam.list_attached_role_policies(RoleName="One")),
            *((f"P{n}-v.json", iam.get_policy_version(PolicyArn=arns[n], VersionId="v1")) for n in (1, 2)),
            ("P0.json", iam.get_policy_version(PolicyArn=arns[0], VersionId="v2")),
            ("P0.json", iam.get_policy_version(PolicyArn=arns[0], VersionId="v1")),
        ]
    account = of(json.dumps(pages[::-1], default=str).encode())
    single = named(*answers, managed=document_of)
    assert not account.notices and not single.notices
    first, second = account.roles
    by_name = [{one.name: one for one in role.policies} for role in (first, second, only(single))]
    assert all(sorted(one) == ["AmazonS3FullAccess", "P0", "P1", "own"] for one in by_name)
    assert all(found["P0"].document == policy(allow("s3:PutObject")) for found in by_name), "the default version"
    for name in ("P1", "own"):
        assert by_name[0][name].document == by_name[1][name].document == by_name[2][name].document
    assert [one["AmazonS3FullAccess"].kind for one in by_name] == ["attached", "attached", "managed"]
    alone = only(single)
    assert alone.boundary is not None and first.boundary is not None
    assert alone.boundary.document == first.boundary.document == policy(allow("s3:Get2"))
    assert alone.arn == first.arn and not alone.unknown and not first.unknown


def document_of(name: str) -> Mapping[str, Any] | None:
    return {"Version": "2012-10-17", "Statement": []} if ":iam::aws:policy/" in name else None


# --- what else people give ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"TrainingJobName": "x"}', "no role and no policy; expected a policy document"),
        ("[1, 2]", "no role and no policy"),
        ('"text"', "no role and no policy"),
        ('resource "aws_iam_role" "x" {\n}', "Terraform configuration (HCL) is not read"),
        ("PK\x03\x04", "a ZIP archive is not read"),
        ('{"AWSTemplateFormatVersion": "2010-09-09", "Resources": []}', "no template; it has no Resources"),
        ('{"terraform_version": "1"}', "no planned_values or values"),
        ('{"AWSTemplateFormatVersion": "x", "Resources": {"B": {"Type": "AWS::S3::Bucket"}}}', "no role and no policy"),
        (
            '{"Records": [{"eventSource": "sagemaker.amazonaws.com", "eventName": "CreateModel"}]}',
            "no role and no policy",
        ),
    ],
)
def test_what_is_no_role_is_refused(text: str, message: str) -> None:
    reading = of(text.encode())
    assert not reading.roles
    assert message in messages(reading)[0]
    assert reading.notices[0].kind == "problem"


def test_inputs_given_for_their_requests_are_passed_over() -> None:
    for text in ('{"TrainingJobName": "x"}', '{"Records": []}', '{"AWSTemplateFormatVersion": "x", "Resources": {}}'):
        assert not of(text.encode(), is_quiet=True).notices


def test_a_folder_passes_over_what_is_no_role(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(page([detail(1)], [])), "utf-8")
    (tmp_path / "b.json").write_text('{"a": 1}', "utf-8")
    reading = read_roles(compiled(), [str(tmp_path)], managed=managed)
    assert len(reading.roles) == 1
    assert [notice.kind for notice in reading.notices] == ["note"]


def test_a_missing_file_is_told() -> None:
    reading = read("nothing.json")
    assert "there is no such file or folder" in messages(reading)[0]


# --- hostile inputs -----------------------------------------------------------------------------------------------


def nested(depth: int) -> Any:
    value: Any = policy(allow("s3:*"))
    for _ in range(depth):
        value = {"Statement": [value]}
    return value


HOSTILE: dict[str, Any] = {
    "deep": nested(90),
    "too deep": b'{"Statement":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "deep text": {"RoleName": "R", "PolicyName": "p", "PolicyDocument": "[" * 100_000},
    "a text in a text": {"Policy": json.dumps({"Policy": json.dumps(policy())})},
    "refers to itself": template(Role=role_resource(RoleName={"Ref": "Role"}, Policies=[{"Ref": "Role"}])),
    "policies of each other": template(
        A=attached_by("AWS::IAM::ManagedPolicy", ManagedPolicyName={"Ref": "B"}),
        B=attached_by("AWS::IAM::ManagedPolicy", ManagedPolicyName={"Ref": "A"}),
        Role=role_resource(ManagedPolicyArns=[{"Ref": "A"}, {"Ref": "B"}], PermissionsBoundary={"Ref": "B"}),
    ),
    "wrong types": template(Role={"Type": "AWS::IAM::Role", "Properties": 5}, P={"Type": "AWS::IAM::Policy"}),
    "wrong lists": template(
        Role=role_resource(Policies="x", ManagedPolicyArns=5, RoleName=[1], Path={"a": 1}, AssumeRolePolicyDocument="x")
    ),
    "no type": template(Role=5, Other=[], Third={"Type": 5}),
    "policies for nothing": template(P=attached_by("AWS::IAM::Policy", Roles=5), Q=attached_by("AWS::IAM::RolePolicy")),
    "a loop": {
        "Resources": {
            "Fn::ForEach::L": ["X", ["a", "b"], {"Role${X}": role_resource(RoleName={"Ref": "X"})}],
            "R": role_resource(),
        }
    },
    "plan of nothing": planned([1, {}, {"address": 5}]),
    "plan of wrong types": planned(
        [
            written("aws_iam_role.a", name=5, inline_policy=[5, {"policy": 5}], managed_policy_arns=[5, None]),
            written("aws_iam_role_policy.a", role=[5], policy="x"),
            written("aws_iam_policy_attachment.a", roles={"a": 1}),
            written("aws_iam_role_policy_attachment.a", role="x"),
        ],
        [5, {"address": 5, "change": 5}, {"address": "aws_iam_role.a", "change": {"after_unknown": [True]}}],
        {"resources": 5, "module_calls": [1]},
    ),
    "references in a circle": planned(
        [written("aws_sagemaker_model.m")],
        [unknown_at("aws_sagemaker_model.m", "execution_role_arn")],
        {"resources": [referring("aws_sagemaker_model.m", execution_role_arn=["aws_sagemaker_model.m.arn", "var"])]},
    ),
    "account of wrong types": {
        "RoleDetailList": [
            {"RoleName": 5, "Arn": "a", "RolePolicyList": 5, "AttachedManagedPolicies": [[]]},
            {"RoleName": 5, "Arn": "b", "PermissionsBoundary": 5, "AssumeRolePolicyDocument": []},
        ],
        "Policies": [
            {"Arn": "a", "PolicyVersionList": 5},
            {"Arn": "b", "PolicyVersionList": [5, {"IsDefaultVersion": True, "Document": 5}]},
        ],
        "IsTruncated": "x",
        "More": {"a": [1]},
    },
    "answers of wrong types": [{"Role": {"RoleName": 5}}, {"AttachedPolicies": [5]}, {"PolicyVersion": {}}],
    "yaml of aliases": b"a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a]\nStatement: [*b,*b,*b]\n",
    "surrogates": b'{"RoleDetailList": [{"RoleName": "\\ud800", "Arn": "\\ud800"}]}',
    "not unicode": b'{"RoleDetailList": ["\xff"]}',
    "keys of numbers": b"Statement: {1: 2}\nVersion: 3\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_input_breaks_the_reader(name: str) -> None:
    reading = of(HOSTILE[name], f"{name}.yaml" if name.startswith(("yaml", "keys")) else "input")
    for role in reading.roles:
        for one in (*role.policies, role.boundary, role.trust):
            assert one is None or isinstance(one.document["Statement"], (list, Mapping))
            assert one is None or one.position(("Statement", 0, "Action", 3)) is not None or one.path == ""
    for notice in reading.notices:
        assert notice.where and notice.message and "\n" not in notice.message


@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(texts())
def test_whatever_compose_reads_the_reader_of_roles_takes(text: str) -> None:
    of(text.encode("utf-8", "surrogateescape"))
    of(text.encode("utf-8", "surrogateescape"), is_quiet=True)


# --- time ---------------------------------------------------------------------------------------------------------


def _account(size: int) -> bytes:
    return json.dumps(page([detail(number, (number % 50,)) for number in range(size)], map_of(attachable, 50))).encode()


def map_of(make: Any, size: int) -> list[Any]:
    return [make(number) for number in range(size)]


def _template_of(size: int) -> bytes:
    resources: dict[str, Any] = {}
    for number in range(size):
        resources[f"Role{number}"] = role_resource(ManagedPolicyArns=[{"Ref": f"Shared{number % 9}"}])
        resources[f"Policy{number}"] = attached_by("AWS::IAM::Policy", Roles=[{"Ref": f"Role{number}"}, {"Ref": "P"}])
        resources[f"Shared{number}"] = attached_by("AWS::IAM::ManagedPolicy", Roles=[{"Ref": f"Role{number}"}])
    return json.dumps({**template(**resources), "Parameters": {"P": {"Type": "String"}}}).encode()


def _plan_of(size: int) -> bytes:
    resources, kind = [], "aws_iam_role_policy"
    for number in range(size):
        resources.append(written(f"aws_iam_role.r[{number}]", name=f"r{number}"))
        for known in ({"role": f"r{number}"}, {}):
            values = {**known, "name": "p", "policy": json.dumps(policy(allow("s3:*")))}
            resources.append(written(f"{kind}.p{len(known)}[{number}]", **values))
    configured = [referring(f"{kind}.p{number}", role=["aws_iam_role.r"]) for number in (0, 1)]
    return json.dumps(planned(resources, (), {"resources": configured})).encode()


def _answers_of(size: int) -> bytes:
    answers: list[Any] = []
    for number in range(size):
        answers.append({"Role": {"RoleName": f"R{number}", "Arn": f"{ACCOUNT}:role/R{number}"}})
        answers.append({"RoleName": f"R{number}", "PolicyName": "p", "PolicyDocument": policy(allow("s3:*"))})
        answers.append({"RoleName": "R0", "PolicyName": f"p{number}", "PolicyDocument": policy(allow("s3:*"))})
        answers.append({"AttachedPolicies": [{"PolicyName": f"A{number}", "PolicyArn": f"{ACCOUNT}:policy/A{number}"}]})
        answers.append({"PolicyNames": ["x"]})
        answers.append({"PolicyVersion": {"Document": policy(allow("s3:*"))}})
    return "\n".join(map(json.dumps, answers)).encode()


def _conditions_of(size: int) -> bytes:
    """Each condition is made of all before it, and each role depends on one."""
    conditions: dict[str, Any] = {"C0": {"Fn::Equals": [{"Ref": "P"}, "x"]}}
    resources = {}
    for number in range(size):
        before = {"Condition": f"C{number}"}
        conditions[f"C{number + 1}"] = {"Fn::Or": [before, before]}
        chosen = {"Fn::If": [f"C{number}", allow("s3:GetObject"), allow("s3:PutObject")]}
        resources[f"Role{number}"] = role_resource(Policies=[inline(chosen)])
    return json.dumps({**template(**resources), "Conditions": conditions, "Parameters": {"P": {}}}).encode()


@pytest.mark.parametrize("make", [_account, _template_of, _plan_of, _answers_of, _conditions_of])
def test_reading_takes_steps_in_proportion(make: Any) -> None:
    def steps(size: int) -> int:
        source, count = Source("input", make(size)), 0

        def step(*_: Any) -> None:
            nonlocal count
            count += 1

        before = sys.getprofile()
        sys.setprofile(step)
        try:
            read_roles(compiled(), [source], managed=managed)
        finally:
            sys.setprofile(before)
        return count

    steps(20)
    small, large = steps(60), steps(240)
    assert large < 4 * 1.5 * small, f"{large} steps for 4 times what takes {small}"


# --- answers together -------------------------------------------------------------------------------------------------

BOUNDARY = {"PermissionsBoundary": {"PermissionsBoundaryArn": f"{ACCOUNT}:policy/B"}}
LISTED = {"RoleName": "R", "Arn": f"{ACCOUNT}:role/R", "Path": "/", "AssumeRolePolicyDocument": TRUST}
INLINE = {"RoleName": "R", "PolicyName": "p", "PolicyDocument": READ_ONLY}


def several(*values: Any, **more: Any) -> RoleReading:
    """The roles of several inputs."""
    given = [Source(f"input {number}", json.dumps(value, indent=1).encode()) for number, value in enumerate(values)]
    return read_roles(compiled(), given, managed=managed, **more)


@pytest.mark.parametrize("first", [0, 1])
def test_the_boundary_is_that_of_the_answer_that_has_it(first: int) -> None:
    bounded = {"Role": {**LISTED, **BOUNDARY}}
    both = [{"Roles": [LISTED]}, bounded]
    expected = f"the permissions boundary is {ACCOUNT}:policy/B, and its document was not given"
    assert expected in only(several(both[first], both[1 - first])).unknown
    assert expected in only(several({"Role": LISTED}, bounded)).unknown


def test_a_list_of_roles_does_not_tell_the_boundary() -> None:
    def told(value: Any) -> bool:
        return not any("boundary" in one for one in only(several(value, INLINE)).unknown)

    assert [told({"Roles": [LISTED]}), told([LISTED])] == [False, False]
    assert [told({"Role": LISTED}), told({"Roles": [{**LISTED, "RoleLastUsed": {}}]})] == [True, True]
    place = only(several({"Roles": [LISTED]})).position
    assert place is not None and place.line == 3


@pytest.mark.parametrize("key", ["RoleDetailList", "GroupDetailList", "UserDetailList"])
def test_an_account_is_known_by_each_of_its_lists(key: str) -> None:
    of_values = named(("x", [{key: []}]))
    assert [notice.message for notice in of_values.notices] == ["there is no role and no policy in what was given"]
    cut = named(("x", [{key: [], "IsTruncated": True}]))
    assert "the answer of get-account-authorization-details is cut off" in cut.notices[0].message


def test_what_stands_twice_or_fits_nowhere_is_told() -> None:
    reading = several(TRUST, {**TRUST, "Version": "2008-10-17"})
    assert [notice.kind for notice in reading.notices] == ["problem"]
    assert "is a second trust policy; give one" in messages(reading)[0]
    of_bucket = {"Version": "2012-10-17", "Statement": [{**TRUST["Statement"][0], "Action": "s3:*", "Resource": "*"}]}
    assert "this is a resource policy, since it has principals; a role has none" in messages(several(of_bucket))[0]
    other = {**LISTED, "Arn": "arn:aws:iam::444455556666:role/R"}
    reading = several({"Roles": [LISTED, other]}, INLINE)
    assert 'several roles are called "R", so it is ignored; give one account at a time' in messages(reading)[0]
    assert all("the inline policy p of a role R might be its own" in role.unknown for role in reading.roles)


def test_a_version_that_is_not_the_default_is_not_the_policy() -> None:
    def read_with(**version: Any) -> RoleReading:
        attached = {"AttachedPolicies": [{"PolicyName": "P", "PolicyArn": f"{ACCOUNT}:policy/P"}]}
        answer = {"PolicyVersion": {"Document": READ_ONLY, "VersionId": "v2", **version}}
        given = [
            Source("R.json", json.dumps({"Role": LISTED}).encode()),
            Source("R-attached.json", json.dumps(attached).encode()),
            Source("P.json", json.dumps(answer).encode()),
        ]
        return read_roles(compiled(), given, managed=managed)

    for version in ({"IsDefaultVersion": True}, {}):
        assert len(only(read_with(**version)).policies) == 1
    reading = read_with(IsDefaultVersion=False)
    assert not only(reading).policies
    assert f"the policy {ACCOUNT}:policy/P is attached, and its document was not given" in only(reading).unknown
    assert "this version of the policy is not the default one, so it is ignored" in messages(reading)[0]


@pytest.mark.parametrize(
    "member", ["source_policy_documents", "override_policy_documents", "source_json", "override_json"]
)
def test_a_document_that_others_are_merged_into_is_not_known(member: str) -> None:
    statement = {"effect": "Allow", "actions": ["s3:Get*"], "resources": ["*"], "sid": None}

    def unknown(**more: Any) -> tuple[str, ...]:
        data, inline = "data.aws_iam_policy_document.d", "aws_iam_role_policy.p"
        change = {"after": {"statement": [statement], **more}, "after_unknown": {"id": True, "json": True}}
        changed = {"address": data, "mode": "data", "type": "aws_iam_policy_document", "name": "d", "change": change}
        value = planned(
            [written("aws_iam_role.r", name="r"), written(inline, name="p", role="r")],
            [unknown_at(inline, "policy"), changed],
            {"resources": [referring(inline, policy=[f"{data}.json", data])]},
        )
        return tuple(one for one in only(of(value)).unknown if "document of" in one)

    assert unknown() == ()
    assert unknown(**{member: ["{}"]}) == (
        "the document of the inline policy aws_iam_role_policy.p is known only after apply",
    )


def test_a_value_that_aliases_nest_too_deep_is_refused() -> None:
    text = "\n".join(["a0: &a0 [x]", *(f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, 150))])
    reading = of(text.encode(), "deep")
    assert [(one.where, one.message) for one in reading.notices] == [("deep", "nested deeper than 100 levels")]


def test_the_version_of_a_boundary_is_known_by_the_name_of_its_file() -> None:
    role = {"RoleName": "R", "Arn": f"{ACCOUNT}:role/R"}
    bound = {**role, "PermissionsBoundary": {"PermissionsBoundaryArn": f"{ACCOUNT}:policy/team/Limits"}}
    attached = {"AttachedPolicies": [{"PolicyName": "Data", "PolicyArn": f"{ACCOUNT}:policy/Data"}]}
    version = {"PolicyVersion": {"VersionId": "v1", "Document": policy(allow("s3:GetObject"))}}
    given = {"role.json": {"Role": bound}, "attached.json": attached, "Limits.json": version, "Data.json": version}
    sources = [Source(name, json.dumps(value).encode()) for name, value in given.items()]
    found = only(read_roles(compiled(), sources, managed=managed))
    assert found.boundary is not None and (found.boundary.kind, found.boundary.path) == ("boundary", "Limits.json")
    assert [(one.kind, one.name, one.path) for one in found.policies] == [("attached", "Data", "Data.json")]


def test_policies_of_aws_are_those_that_the_caller_of_the_library_gives() -> None:
    role = {"Role": {"RoleName": "R", "Arn": f"{ACCOUNT}:role/R", "AssumeRolePolicyDocument": TRUST}}
    attached = {"AttachedPolicies": [{"PolicyName": "Own", "PolicyArn": "arn:aws:iam::aws:policy/Own"}]}
    given = [("role", role), ("attached", attached), ("names", {"PolicyNames": []})]
    own = only(named(*given, managed=lambda name: READ_ONLY if name.endswith("Own") else None))
    assert own.unknown == ()
    assert [policy.document for policy in own.policies] == [READ_ONLY]
    assert only(named(*given, managed=None)).unknown


def test_a_role_alone_is_read_with_what_it_has() -> None:
    bare = {"RoleName": "R", "Arn": f"{ACCOUNT}:role/R", "AssumeRolePolicyDocument": TRUST}
    name = "AmazonSageMakerReadOnly"
    attached = {"AttachedManagedPolicies": [{"PolicyName": name, "PolicyArn": f"arn:aws:iam::aws:policy/{name}"}]}
    role = only(named(("x", bare)))
    assert (str(role.arn), role.trust and role.trust.document) == (bare["Arn"], TRUST)
    detailed = only(named(("x", {**bare, **attached})))
    assert [policy.document for policy in detailed.policies] == [READ_ONLY]
    assert detailed.unknown == ()
