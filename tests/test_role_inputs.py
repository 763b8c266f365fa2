"""Reading the roles that people have: policy files, pages, damaged and hostile inputs, and in how many steps.

What is read of each form is kept: see tests/test_role_damage.py.
"""

from __future__ import annotations

import json
import random
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
from sagemaker_roles.inputs.held import HeldPolicy, HeldRole, RoleReading
from sagemaker_roles.inputs.roles import read_policy_file, read_roles
from sagemaker_roles.inputs.text import Source
from support import DATA
from test_role_damage import FIXTURES, READ_ONLY, managed

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ACCOUNT = "arn:aws:iam::111122223333"


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


# --- whole accounts -----------------------------------------------------------------------------------------------


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


# --- answers about one role ---------------------------------------------------------------------------------------


def test_answers_in_any_order_give_the_same_role() -> None:
    files = sorted((FIXTURES / "answers").iterdir())
    whole = held(read("answers"))
    for seed in range(10):
        random.Random(seed).shuffle(files)  # noqa: S311
        assert held(read_roles(compiled(), map(str, files), managed=managed)) == whole


# --- CloudFormation -----------------------------------------------------------------------------------------------


def template(**resources: Any) -> dict[str, Any]:
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def inline(*statements: Any) -> dict[str, Any]:
    return {"PolicyName": "p", "PolicyDocument": policy(*statements)}


def role_resource(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}}


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


def attached_by(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": {"PolicyName": "extra", "PolicyDocument": policy(allow("s3:*")), **properties}}


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


#: What no damage of a member makes (tests/test_role_damage.py).
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
    "a loop": {
        "Resources": {
            "Fn::ForEach::L": ["X", ["a", "b"], {"Role${X}": role_resource(RoleName={"Ref": "X"})}],
            "R": role_resource(),
        }
    },
    "references in a circle": planned(
        [written("aws_sagemaker_model.m")],
        [unknown_at("aws_sagemaker_model.m", "execution_role_arn")],
        {"resources": [referring("aws_sagemaker_model.m", execution_role_arn=["aws_sagemaker_model.m.arn", "var"])]},
    ),
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


def test_policies_of_aws_are_those_that_the_caller_of_the_library_gives() -> None:
    role = {"Role": {"RoleName": "R", "Arn": f"{ACCOUNT}:role/R", "AssumeRolePolicyDocument": TRUST}}
    attached = {"AttachedPolicies": [{"PolicyName": "Own", "PolicyArn": "arn:aws:iam::aws:policy/Own"}]}
    given = [("role", role), ("attached", attached), ("names", {"PolicyNames": []})]
    own = only(named(*given, managed=lambda name: READ_ONLY if name.endswith("Own") else None))
    assert own.unknown == ()
    assert [policy.document for policy in own.policies] == [READ_ONLY]
    assert only(named(*given, managed=None)).unknown
