"""Reading the roles that people have: policy files, pages, damaged and hostile inputs, and in how many steps.

What is read of each form is kept: see tests/test_role_damage.py.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composing import INPUTS, compiled, compose
from fuzzing import texts
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine import roles as passing
from sagemaker_roles.errors import InputError
from sagemaker_roles.inputs.roles import read_policy_file, read_roles
from sagemaker_roles.inputs.roles.existing_roles import ExistingPolicy, ExistingRole, RoleReading
from sagemaker_roles.inputs.text.content import Source
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


def only(reading: RoleReading) -> ExistingRole:
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
    document = json.loads((DATA / "aws/managed-documents" / f"{name}.json").read_bytes())
    catalog = Catalog({**compiled().data, "managed_documents": {name: document}})
    roles = read_roles(catalog, [str(FIXTURES / f"account-{number}.json") for number in (1, 2)]).roles
    assert roles[1].policies[2] == ExistingPolicy(name, "managed", document["document"])


#: The pages of an account, of which one has its documents encoded.
PAGES = [json.loads((FIXTURES / f"account-{number}.json").read_bytes()) for number in (1, 2)]


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
@given(pages=st.integers(1, 4), seed=st.integers(0, 999), as_lines=st.booleans())
def test_pages_in_any_order_give_the_same_roles(pages: int, seed: int, as_lines: bool) -> None:
    lists: dict[str, list[Any]] = {
        key: [one for page in PAGES for one in page[key]] for key in ("RoleDetailList", "Policies")
    }
    lists["RoleDetailList"] = [
        {**role, "RoleName": f"R{number}", "Arn": f"{ACCOUNT}:role/R{number}"}
        for number, role in enumerate(lists["RoleDetailList"] * 3)
    ]
    whole = of({**PAGES[1], **lists})
    rng = random.Random(seed)  # noqa: S311
    cut: list[dict[str, list[Any]]] = [{key: [] for key in lists} for _ in range(pages)]
    for key, items in lists.items():
        for item in items:
            rng.choice(cut)[key].append(item)
    answers = [{**PAGES[number == pages - 1], **one} for number, one in enumerate(cut)]
    rng.shuffle(answers)
    if as_lines:
        parts = of("\n".join(map(json.dumps, answers)).encode())
    else:
        parts = named(*((f"page{number}", one) for number, one in enumerate(answers)))
    assert held(parts) == held(whole) and len(parts.roles) == 6
    assert not messages(parts)
    assert held(named(*(("pages", one) for one in answers))) == held(whole)


# --- answers about one role ---------------------------------------------------------------------------------------


def test_answers_in_any_order_give_the_same_role() -> None:
    files = sorted((FIXTURES / "answers").iterdir())
    whole = held(read("answers"))
    for seed in range(10):
        random.Random(seed).shuffle(files)  # noqa: S311
        assert held(read_roles(compiled(), map(str, files), managed=managed)) == whole


# --- CloudFormation -----------------------------------------------------------------------------------------------


def test_parts_have_the_names_that_requests_give_them_and_no_other_part_has() -> None:
    # A placeholder of CreateModel is called ModelBucket, so the requests' reading renames the parameter of that name.
    documents = (
        policy(allow("s3:GetObject", resource={"Fn::Sub": "arn:aws:s3:::${ModelBucket}/*"})),
        policy(allow("s3:GetObject", resource={"Fn::Select": [0, {"Ref": "Other"}]})),
    )
    own = {"Policies": [{"PolicyName": "p", "PolicyDocument": one} for one in documents]}
    model = {
        "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "PrimaryContainer": {"ModelDataUrl": {"Fn::Sub": "s3://${ModelBucket}/${More}/model.tar.gz"}},
    }
    given: dict[str, Any] = {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **own}},
            "Model": {"Type": "AWS::SageMaker::Model", "Properties": model},
        }
    }
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


@pytest.mark.test_all
def test_a_role_in_iam_is_read_alike_from_the_account_and_from_single_answers() -> None:
    """The answers are those of a stand-in for IAM, in the shapes of botocore."""
    from moto import mock_aws  # which `make test` does not have

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
    (tmp_path / "a.json").write_bytes((FIXTURES / "one-role.json").read_bytes())
    (tmp_path / "b.json").write_text('{"a": 1}', "utf-8")
    reading = read_roles(compiled(), [str(tmp_path)], managed=managed)
    assert len(reading.roles) == 1
    assert [notice.kind for notice in reading.notices if "b.json" in notice.where] == ["note"]


def test_a_missing_file_is_told() -> None:
    reading = read("nothing.json")
    assert "there is no such file or folder" in messages(reading)[0]


# --- hostile inputs -----------------------------------------------------------------------------------------------


def nested(depth: int) -> Any:
    value: Any = policy(allow("s3:*"))
    for _ in range(depth):
        value = {"Statement": [value]}
    return value


#: What is no text, or too long, and so no kept case (fixtures/role-cases.yaml).
HOSTILE: dict[str, Any] = {
    "deep": nested(90),
    "too deep": b'{"Statement":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "deep text": {"RoleName": "R", "PolicyName": "p", "PolicyDocument": "[" * 100_000},
    "surrogates": b'{"RoleDetailList": [{"RoleName": "\\ud800", "Arn": "\\ud800"}]}',
    "not unicode": b'{"RoleDetailList": ["\xff"]}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_input_breaks_the_reader(name: str) -> None:
    reading = of(HOSTILE[name])
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
