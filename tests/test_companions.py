"""Companions: which are needed and why, their form and size, what the command prints, and that nothing is replaced.

Golden documents: after a change that is meant, `GOLDEN=write pytest tests/test_companions.py`; see the difference.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest
from click.testing import CliRunner

from cfn_lint import lint
from composing import compiled, compose
from kb.publish.changes import rendering
from kb.publish.changes.built_version import Built
from kb.publish.changes.comparison import Comparison, compare
from kb.publish.changes.grants import difference, grants
from sagemaker_roles import Catalog, HeldPolicy, Request, audit, held_role, placeholders_of
from sagemaker_roles.canonical import canonical
from sagemaker_roles.cli.compose import command as compose_command
from sagemaker_roles.cli.main import cli
from sagemaker_roles.engine.companions import BOUNDARY
from sagemaker_roles.engine.compose import Composition
from sagemaker_roles.engine.compose import compose as composed
from sagemaker_roles.engine.documents import Companion, ComposedStatement, Document
from sagemaker_roles.iam.conditions import RequestContext
from sagemaker_roles.iam.evaluation import AccessRequest, Policies, evaluate
from sagemaker_roles.iam.evaluation import document as document_of
from sagemaker_roles.iam.size import LIMITS, size
from sagemaker_roles.outputs import commands
from sagemaker_roles.outputs.choices import COMPANION_PARTS
from sagemaker_roles.session import COMPANION_KINDS
from support import document, published, validator
from support import run as command

ROLE = "arn:aws:iam::111122223333:role/service-role/TrainingRole"
KEY = "arn:aws:kms:us-west-2:{}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OURS, THEIRS = "111122223333", "444455556666"


def request(**members: Any) -> dict[str, Any]:
    output = {"S3OutputPath": "s3://amzn-s3-demo-bucket/out"}
    return {"TrainingJobName": "job", "RoleArn": ROLE, "ResourceConfig": {}, "OutputDataConfig": output, **members}


def training(**members: Any) -> Composition:
    return composed(compiled(), [Request("CreateTrainingJob", request(**members))], values={"Region": "us-west-2"})


def image(account: str) -> dict[str, Any]:
    uri = f"{account}.dkr.ecr.us-west-2.amazonaws.com/team/churn:3"
    return {"TrainingImage": uri, "TrainingInputMode": "File"}


def channels(*uris: str) -> list[Any]:
    source = {"S3DataType": "S3Prefix"}
    return [
        {"ChannelName": f"c{number}", "DataSource": {"S3DataSource": {**source, "S3Uri": uri}}}
        for number, uri in enumerate(uris)
    ]


def one(composition: Composition, kind: str) -> Companion:
    (found,) = (item for item in composition.companions.values() if item.kind == kind)
    return found


# --- which are needed --------------------------------------------------------------------------------------------


def test_what_names_several_resources_is_said_and_not_written() -> None:
    composition = composed(compiled(), [Request("CreateModelBiasJobDefinition")])
    asked = composition.companions.asking(["require-sse-kms", "service-pull"])
    wild = [item for item in asked.values() if item.needed == "unnamed"]
    assert wild
    assert all(not item.document.statements and "*" in item.resource for item in wild)


def test_a_service_that_may_pull_for_any_account_is_named_in_the_notes() -> None:
    """Every statement for a service has a condition on the account, or its notes say that it has none."""
    for kind in compiled().companions:
        for name, item in kind.on_request.items():
            if "Service" in item["Principal"] and "aws:Source" not in json.dumps(item.get("Condition", {})):
                assert any("no condition on the account" in note for note in item.get("notes", ())), name
    members = {
        "ModelName": "m",
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"Image": image(THEIRS)["TrainingImage"]},
    }
    composition = composed(compiled(), [Request("CreateModel", members)], values={"Region": "us-west-2"})
    for names, said in (([], False), (["service-pull"], True)):
        (policy,) = (one for one in composition.companions.asking(names).values() if one.kind == "repository-policy")
        assert any("no condition on the account" in note for note in policy.notes) is said


@pytest.mark.parametrize("value", ["*", "arn:aws:iam::111122223333:root", "arn:aws:iam::1:user/x"])
def test_a_principal_that_is_none_stays_a_placeholder(value: str) -> None:
    addons = [addon.id for addon in compiled().operation("CreateNotebookInstance").grantees()[-1].addons]
    values = {"CallerArn": value, "RoleAccount": value}
    composition = composed(compiled(), [Request("CreateNotebookInstance")], addons=addons, values=values)
    principals = {
        name
        for item in composition.companions.values()
        for statement in item.document.statements
        for names in statement.principal.values()
        for name in names
    }
    assert principals == {"arn:${Partition}:iam::${RoleAccount}:role/${ExecutionRoleName}", "${CallerArn}"}


# --- documents ---------------------------------------------------------------------------------------------------


def test_sids_are_unique_and_begin_with_the_role() -> None:
    for name in compiled().operations:
        for role in compiled().operation(name).roles:
            addons = [addon.id for addon in role.addons]
            composition = composed(compiled(), [Request(name)], [role.id], addons=addons)
            for item in composition.companions.values():
                sids = [statement.sid for statement in item.document.statements]
                assert len(sids) == len(set(sids)), (name, role.id, item.resource)
                if not sids:
                    continue
                limit = LIMITS[next(kind.limit for kind in compiled().companions if kind.id == item.kind)]
                assert size(item.document.to_json()) <= limit.most, (name, role.id, item.resource)
        compiled()._forget_plans()


def test_statements_of_two_roles_in_one_vpc_have_other_sids() -> None:
    vpc = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    sids = [
        {
            item.sid
            for one in training(
                RoleArn=ROLE + name, VpcConfig=vpc, OutputDataConfig={"S3OutputPath": "s3://amzn-s3-demo-out/m"}
            ).companions.values()
            if one.kind == "gateway-endpoint-policy"
            for item in one.document.statements
        }
        for name in ("A", "B")
    ]
    assert all(sids)
    # What Amazon ECR signs itself is the same for all.
    assert sids[0] & sids[1] <= {"EcrLayers"}


def test_a_catalog_of_an_earlier_release_has_none() -> None:
    old = Catalog({part: value for part, value in compiled().data.items() if part != "companions"})
    assert dict(composed(old, [Request("CreateTrainingJob", request())]).companions) == {}


# --- artifacts ---------------------------------------------------------------------------------------------------


def artifacts() -> list[str]:
    return [path for path in published() if path.endswith("/companions.json")]


def test_every_file_is_linked_and_what_has_none_needs_none() -> None:
    linked = {
        grantee["links"].get("companions")
        for path in published()
        if path.endswith("/operation.json")
        for grantee in [*document(path)["roles"], document(path)["caller"]]
        if grantee
    }
    assert linked - {None} == set(artifacts())


def test_a_file_has_what_show_prints() -> None:
    whole = document("operations/CreateTrainingJob/execution/companions.json")
    done = command("show", "CreateTrainingJob", "--part", "companions")
    shown = [item for item in json.loads(done.stdout) if "CallerArn" not in json.dumps(item)]
    mine = [{key: item[key] for key in item if key != "addon"} for item in whole["companions"] if not item["addon"]]
    assert mine == [{key: item[key] for key in item if key != "notes"} for item in shown]
    assert all(set(item["notes"]) <= set(whole["kinds"][item["kind"]]["notes"]) for item in shown)


def test_show_has_the_parts() -> None:
    for part, kinds in COMPANION_KINDS.items():
        done = CliRunner().invoke(cli, ["show", "CreateTrainingJob", "--all-addons", "--part", part])
        if part == "delegation":
            assert done.exit_code == 2 and "a request that passes it" in done.stderr
        elif part == "boundary":
            assert json.loads(done.stdout)["Version"] == "2012-10-17"
        elif part != "queue-policy":  # a training job has no queue
            found = {item["kind"] for item in json.loads(done.stdout)}
            assert found == {"scp", "rcp"} if part == "organization" else found >= set(kinds[:1])
    assert set(COMPANION_PARTS) == set(COMPANION_KINDS)


@pytest.mark.parametrize("operation", ["CreateTrainingJob", "CreateModel", "CreateFeatureGroup", "CreateDomain"])
def test_entries_of_add_ons_together_allow_what_the_composed_companions_do(operation: str) -> None:
    role = compiled().operation(operation).roles[0]
    every = [addon.id for addon in role.addons]
    whole = composed(compiled(), [Request(operation)], [role.id], addons=every).companions
    alone = whole.of(composed(compiled(), [Request(operation)], [role.id], addons=every).policy, Document(()))
    entries = document(f"operations/{operation}/{role.id}/companions.json")["companions"]
    for key, one in alone.items():
        if one.kind == BOUNDARY:
            continue
        mine = [item for item in entries if (item["kind"], item["resource"]) == key]
        statements = [statement for item in mine for statement in (item["policy"] or {"Statement": []})["Statement"]]
        left, right = ({"Statement": some} for some in (statements, one.document.to_json()["Statement"]))
        change = difference(grants(left, no_wildcards), grants(right, no_wildcards))
        if any(statement["Sid"] == "Widened" for statement in right["Statement"]):
            assert not change.lost, key  # all add-ons at once are too long for one policy, so they are wider together
        else:
            assert not change, key


def no_wildcards(action: str) -> tuple[str, ...]:
    return ()


def between(change: Any, path: str = "operations/CreateTrainingJob/execution/companions.json") -> Comparison:
    """What comes out if one file was different before."""
    before = document(path)
    change(before["companions"])
    return compare(Built("old", {**published(), path: canonical(before)}), Built("new", published()), no_wildcards)


def policy_of(companions: list[Any], kind: str) -> list[Any]:
    found = next(item["policy"] for item in companions if item["kind"] == kind and item["policy"] and not item["addon"])
    statements: list[Any] = found["Statement"]
    return statements


def newly_needed(some: list[Any]) -> None:
    for item in some:
        if item["kind"] == "bucket-policy" and not item["addon"]:
            item["needed"] = "no"


def of_another_key(some: list[Any]) -> None:
    one = next(item for item in some if item["kind"] == "key-policy" and item["policy"])
    one["resource"] = "arn:aws:kms:us-west-2:111122223333:key/other"


@pytest.mark.parametrize(
    ("change", "bump", "kinds", "text"),
    [
        (lambda some: policy_of(some, "bucket-policy")[0]["Action"].append("s3:X"), "major", {"went"}, "bucket policy"),
        (lambda some: policy_of(some, "bucket-policy").pop(), "minor", {"came"}, "bucket policy"),
        (lambda some: some[0].update(why="It was so."), "minor", set(), ""),
        (newly_needed, "minor", {"came"}, "arn:${Partition}:s3:::${InputBucket} is needed now (other-account)"),
        (of_another_key, "major", {"changed"}, ""),
    ],
)
def test_a_change_of_companions_is_told(change: Any, bump: str, kinds: set[str], text: str) -> None:
    found = between(change)
    assert (found.bump, {one.kind for one in found.changes}) == (bump, kinds)
    assert text in rendering.text([one.to_json() for one in found.changes])
    validator("changes.schema.json").validate({**found.to_json("2.0.0"), "from": "1.0.0"})


def test_a_version_from_before_the_files_is_not_compared() -> None:
    files = {path: content for path, content in published().items() if path not in artifacts()}
    for path in [path for path in files if path.endswith("/operation.json")]:
        record = document(path)
        for grantee in [*record["roles"], record["caller"]]:
            if grantee:
                grantee["links"].pop("companions", None)
        files[path] = canonical(record)
    found = compare(Built("old", files), Built("new", published()), no_wildcards)
    assert (found.bump, found.changes) == ("minor", ())


# --- the command -------------------------------------------------------------------------------------------------


def run(members: dict[str, Any], *options: str) -> Any:
    text = json.dumps(members)
    return compose("CreateTrainingJob", "--request", "-", "--region", "us-west-2", *options, stdin=text)


WHOLE = request(
    AlgorithmSpecification=image(THEIRS),
    InputDataConfig=channels("s3://amzn-s3-demo-bucket/it's $(here)/"),
    ResourceConfig={"VolumeKmsKeyId": "alias/volume"},
)


OF_TEAM = ROLE.replace("service-role", "team")


def test_who_creates_roles_creates_limited_ones_only() -> None:
    done = run({**WHOLE, "RoleArn": OF_TEAM}, "--part", "delegation")
    assert done.code == 0, done.err
    creators = document_of("identity", done.document)
    boundary = "arn:aws:iam::111122223333:policy/TrainingRole-boundary"

    def outcome(action: str, resource: str, **context: Any) -> str:
        known = RequestContext({key.replace("_", ":"): value for key, value in context.items()}, complete=True)
        call = AccessRequest("arn:aws:iam::111122223333:user/creator", action, resource, "", known)
        return evaluate(call, Policies(identity=(creators,))).outcome

    another = "arn:aws:iam::111122223333:role/team/Another"
    for action in ("CreateRole", "PutRolePolicy", "AttachRolePolicy"):
        assert outcome(f"iam:{action}", another, iam_PermissionsBoundary=boundary) == "allowed"
        assert outcome(f"iam:{action}", another) == "denied", "a role without the boundary"
        assert outcome(f"iam:{action}", another, iam_PermissionsBoundary=boundary + "2") == "denied"
        elsewhere = another.replace("team/", "")
        assert outcome(f"iam:{action}", elsewhere, iam_PermissionsBoundary=boundary) == "denied"
    for action in ("DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary", "UpdateAssumeRolePolicy"):
        assert outcome(f"iam:{action}", another, iam_PermissionsBoundary=boundary) == "denied"
    assert outcome("iam:CreatePolicyVersion", boundary) == "denied"
    assert outcome("iam:PassRole", another, iam_PassedToService="sagemaker.amazonaws.com") == "allowed"
    assert outcome("iam:PassRole", another, iam_PassedToService="ec2.amazonaws.com") == "denied"


def test_who_creates_roles_is_no_companion_of_a_role() -> None:
    assert "delegation" not in {item["kind"] for item in run(WHOLE, "--part", "companions").document}
    for form in ("cli", "terraform", "cloudformation"):
        assert run({**WHOLE, "RoleArn": OF_TEAM}, "--part", "delegation", "--format", form).code == 0


@pytest.mark.parametrize("path", ["", "service-role/", "aws-reserved/sso/"])
@pytest.mark.parametrize("form", ["json", "cli", "terraform", "cloudformation"])
def test_who_creates_roles_passes_none_of_a_path_that_others_are_on(path: str, form: str) -> None:
    role = f"arn:aws:iam::111122223333:role/{path}TrainingRole"
    done = run({**WHOLE, "RoleArn": role}, "--part", "delegation", "--format", form)
    assert (done.code, done.out) == (1, "")
    assert f"--part delegation: arn:aws:iam::111122223333:role/{path}* has roles without the boundary" in done.err
    (refused,) = (one for one in [training(RoleArn=role).companions.delegation(Document(()))] if one)
    assert not refused.document.statements, "the library has none either"


def test_who_creates_roles_cannot_escalate() -> None:
    creators = run({**WHOLE, "RoleArn": OF_TEAM}, "--part", "delegation").document

    def ways(**changed: Any) -> set[str]:
        policy = json.loads(json.dumps(creators))
        for statement in policy["Statement"]:
            for name, condition in changed.items():
                if name in next(iter(statement["Condition"].values())):
                    statement["Condition"] = condition
        held = held_role(compiled(), [HeldPolicy("creators", "file", policy)])
        work = placeholders_of("CreateTrainingJob")
        (report,) = audit(compiled(), work, [held], caller=True).report.roles
        return {one.path for one in report.of("escalation")}

    assert ways() == set()
    boundary = "iam:PermissionsBoundary"
    for operator, value in (("StringLike", "arn:aws:iam::111122223333:policy/*"), ("StringNotEquals", "arn:x"),
                            ("StringEqualsIfExists", "arn:x"), ("ArnLike", "arn:aws:iam::aws:policy/*")):  # fmt: skip
        assert ways(**{boundary: {operator: {boundary: value}}}) == {"iam-009", "iam-012"}, operator


def of_roles(*arns: str, **members: Any) -> str:
    return "\n".join(json.dumps({"CreateTrainingJob": {**WHOLE, **members, "RoleArn": arn}}) for arn in arns)


def several(part: str, *options: str, stdin: str) -> Any:
    return compose("--request", "-", "--region", "us-west-2", "--part", part, *options, stdin=stdin)


ELSEWHERE = ROLE.replace("service-role", "other")  # a role of the same name


def test_a_resource_of_several_roles_has_one_policy_in_every_format() -> None:
    two = of_roles(ROLE, ELSEWHERE)
    (found,) = several("key-policy", stdin=two).document
    statements = found["policy"]["Statement"]
    assert [item["Principal"]["AWS"] for item in statements] == [[ROLE], [ELSEWHERE]]
    assert len({item["Sid"] for item in statements}) == 2
    assert several("boundary", stdin=two).code == 2, "a boundary is of one role"
    assert len(several("bucket-policy", stdin=two).document) == 1
    for form in ("cli", "terraform"):
        text = several("key-policy", "--format", form, stdin=two).out
        assert text.count(ROLE) and text.count(ELSEWHERE)
        assert text.count("get-key-policy") == (form == "cli")
        assert text.count('data "aws_iam_policy_document"') == (form == "terraform")
    template = several("repository-policy", "--format", "cloudformation", stdin=two).document
    assert [item["Type"] for item in template["Resources"].values()] == ["AWS::ECR::Repository"]


def test_every_statement_that_somebody_can_ask_for_has_an_option() -> None:
    asked = [name for kind in compiled().companions for name in kind.on_request]
    flags = {option for parameter in compose_command.params for option in parameter.opts}
    assert asked and {f"--{name}" for name in asked} <= flags
    for name in asked:
        assert run(WHOLE, f"--{name}").err.startswith(f"sagemaker-roles: --{name} is for policies of resources; give ")


def test_encryption_is_required_only_if_somebody_asks() -> None:
    output = {"OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-out/models"}}
    members = {**WHOLE, **output}
    assert "Deny" not in run(members, "--part", "bucket-policy").out
    asked = run(members, "--part", "bucket-policy", "--require-sse-kms").document
    denied = {
        item["resource"]: [one for one in item["policy"]["Statement"] if one["Effect"] == "Deny"] for item in asked
    }
    assert denied["arn:aws:s3:::amzn-s3-demo-bucket"] == [], "the role only reads there"
    assert denied["arn:aws:s3:::amzn-s3-demo-out"] == [
        {
            "Sid": "RequireSseKms",
            "Effect": "Deny",
            "Principal": {"AWS": ["*"]},
            "Action": ["s3:PutObject"],
            "Resource": ["arn:aws:s3:::amzn-s3-demo-out/*"],
            "Condition": {"Null": {"s3:x-amz-server-side-encryption-aws-kms-key-id": ["true"]}},
        }
    ]
    assert '"Deny"' in run(members, "--part", "bucket-policy", "--require-sse-kms", "--format", "terraform").out
    assert run(members, "--require-sse-kms").code == 2


def test_a_policy_that_is_not_composed_is_there_with_the_reason() -> None:
    composition = composed(compiled(), [Request("CreateFeatureGroup")], addons=["data-catalog"])
    found = one(composition, "data-catalog-policy")
    assert (found.needed, found.document.statements) == ("not-composed", ())
    assert found.resource == "arn:${Partition}:glue:${Region}:${Account}:catalog"
    assert "AWS Lake Formation" in found.why
    own = {"Account": OURS, "RoleAccount": OURS}
    here = composed(compiled(), [Request("CreateFeatureGroup")], addons=["data-catalog"], values=own)
    assert one(here, "data-catalog-policy").needed == "no"


NETWORK = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}


def in_hcl(value: Any) -> Any:
    """A value as python-hcl2 gives it, without the quotes."""
    return [in_hcl(item) for item in value] if isinstance(value, list) else value.strip('"')


@pytest.mark.parametrize("options", [[], ["--region", "us-west-2"]])
def test_terraform_has_the_statements_to_merge(options: list[str]) -> None:
    members = {**WHOLE, "InputDataConfig": channels("s3://amzn-s3-demo-bucket/data/"), "VpcConfig": NETWORK}
    done = run(members, "--part", "companions", "--format", "terraform", *options)
    assert done.code == 0, done.err
    read = hcl2.loads(done.out)
    documents = {in_hcl(name): body for block in read["data"] for kind, named in block.items()
                 if in_hcl(kind) == "aws_iam_policy_document" for name, body in named.items()}  # fmt: skip
    expected = [item for item in run(members, "--part", "companions").document if item["policy"]]
    assert len(documents) == len(expected)
    for body, item in zip(documents.values(), expected, strict=True):
        for mine, wanted in zip(body["statement"], item["policy"]["Statement"], strict=True):
            assert in_hcl(mine["sid"]) == wanted["Sid"]
            assert in_hcl(mine["actions"]) == wanted["Action"]
            assert in_hcl(mine.get("resources", [])) == wanted.get("Resource", [])
            assert [in_hcl(one["identifiers"]) for one in mine.get("principals", [])] == [
                *wanted.get("Principal", {}).values()
            ]
            assert {in_hcl(one["variable"]): in_hcl(one["values"]) for one in mine.get("condition", [])} == {
                key: values for keys in wanted.get("Condition", {}).values() for key, values in keys.items()
            }
    assert "resource" not in read, "nothing is created or replaced"


def test_cloudformation_has_what_a_stack_owns_and_says_that_it_replaces() -> None:
    members = {**WHOLE, "InputDataConfig": channels("s3://amzn-s3-demo-bucket/data/"), "VpcConfig": NETWORK}
    members = {**members, "RoleArn": ROLE.replace(OURS, THEIRS), "AlgorithmSpecification": image(OURS),
               "ResourceConfig": {"VolumeKmsKeyId": KEY.format(OURS)}}  # fmt: skip
    resources: dict[str, Any] = {}
    for owner in (OURS, THEIRS):
        done = run(members, "--part", "companions", "--format", "cloudformation", "--owner", owner)
        assert done.code == 0, done.err
        assert not lint(done.out)
        resources |= {f"{owner} {name}": one for name, one in done.document["Resources"].items()}
    kinds = [resource["Type"] for resource in resources.values()]
    assert set(kinds) == {"AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::ECR::Repository", "AWS::EC2::VPCEndpoint",
                          "AWS::IAM::ManagedPolicy"}  # fmt: skip
    for resource in resources.values():
        assert ("Note" in resource["Metadata"]) == (resource["Type"] != "AWS::IAM::ManagedPolicy")
    (key,) = (resource for resource in resources.values() if resource["Type"] == "AWS::KMS::Key")
    assert key["Properties"]["KeyPolicy"]["Statement"][0]["Action"] == ["kms:*"], "or nobody could manage the key"


def test_what_is_too_large_is_a_problem() -> None:
    uris = [f"s3://amzn-s3-demo-bucket/{'x' * 900}{number}/" for number in range(25)]
    done = run(request(InputDataConfig=channels(*uris)), "--part", "bucket-policy")
    assert done.code == 1
    message = "problem: bucket-policy: .*: the statements alone have [0-9,]+ bytes; such a policy can have 20,480"
    assert re.search(message, done.err)


def merging_run(folder: Path, script: str, aws: str) -> subprocess.CompletedProcess[str]:
    """Runs a script with a program that stands in for the AWS CLI."""
    (folder / "bin").mkdir()
    (folder / "bin" / "aws").write_text(f'#!/bin/sh\necho "$2" >> {folder}/log\n{aws}\n')
    (folder / "bin" / "aws").chmod(0o755)
    env = {"PATH": f"{folder}/bin:{os.environ['PATH']}"}
    command = ["sh", "-eu", "-c", script]
    return subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True, text=True)


@pytest.mark.test_all
def test_the_commands_only_read_and_take_every_value_as_it_is(tmp_path: Path) -> None:
    done = run(WHOLE, "--part", "companions", "--format", "cli")
    assert f"aws ecr get-repository-policy --region us-west-2 --registry-id {THEIRS}" in done.out
    key = 'if [ "$2" = describe-key ]; then echo arn:aws:kms:us-west-2:111122223333:key/1; exit; fi\n'
    merging_run(tmp_path, done.out, key + """echo '{"Version": "2012-10-17", "Statement": {"Sid": "Old"}}'""")
    reading = {"get-bucket-policy", "describe-key", "get-key-policy", "get-repository-policy", "get-role"}
    assert set((tmp_path / "log").read_text().split()) == {*reading, "create-policy"}
    merged = [json.loads(file.read_text())["Statement"] for file in sorted(tmp_path.glob("*.merged.json"))]
    assert len(merged) == 3
    assert all(statements[0] == {"Sid": "Old"} and len(statements) > 1 for statements in merged)
    assert "arn:aws:s3:::amzn-s3-demo-bucket/it's ${$}(here)/*" in json.dumps(merged)


@pytest.mark.test_all
def test_what_a_merge_makes_too_long_is_said(tmp_path: Path) -> None:
    """The statements alone fit; with those that are there they do not."""
    old = {"Version": "2012-10-17", "Statement": [{"Sid": "Old", "Effect": "Deny", "Action": ["x" * 10200]}]}
    script = run(WHOLE, "--part", "repository-policy", "--format", "cli").out
    ran = merging_run(tmp_path, script, f"echo '{json.dumps(old)}'")
    assert "repository-policy-1.merged.json is longer than the 10,240 that AWS accepts" in ran.stderr
    assert '+        "ecr:BatchGetImage"' in ran.stdout, "the difference is shown"


def test_a_function_gets_one_permission_a_call() -> None:
    text = {"CreateLabelingJob": {
        "RoleArn": ROLE, "LabelingJobName": "job", "LabelAttributeName": "x",
        "HumanTaskConfig": {"PreHumanTaskLambdaArn": f"arn:aws-cn:lambda:cn-north-1:{THEIRS}:function:before:live"},
    }}  # fmt: skip
    done = compose("--request", "-", "--part", "function-policy", "--format", "cli", stdin=json.dumps(text))
    assert "# aws lambda add-permission --region cn-north-1 --function-name" in done.out
    assert f"--action lambda:InvokeFunction --principal {ROLE}" in done.out


def test_the_url_of_a_queue_comes_from_its_service() -> None:
    addons = [addon.id for addon in compiled().operation("CreateLabelingJob").roles[0].addons]
    composition = composed(compiled(), [Request("CreateLabelingJob")], addons=addons)
    text = commands.companions(compiled(), [one(composition, "queue-policy")])
    assert "aws sqs get-queue-url --region '${Region}' --queue-name" in text
    assert "amazonaws.com" not in text


@pytest.mark.parametrize("kind", [kind.id for kind in compiled().companions if kind.arns and not kind.not_composed])
def test_each_kind_of_resource_has_its_commands(kind: str) -> None:
    statement = ComposedStatement("One", ("s3:GetObject",), (), {}, (), {"AWS": (ROLE,)})
    arn = next(one.arns[0] for one in compiled().companions if one.id == kind)
    companion = Companion(kind, arn, "111122223333", "yes", "Why.", Document((statement,)))
    text = commands.companions(compiled(), [companion])
    assert re.search(r"^aws .* > \S+\.now\.json$", text, re.MULTILINE)
    assert re.search("^# aws ", text, re.MULTILINE)
    assert not re.search(r"<[a-z]+>", text)
