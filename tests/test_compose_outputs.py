"""Output forms: split policies, CloudFormation, Terraform, commands; each read back by a tool of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cfnlint.decode
import hcl2
import pytest

from cfn_lint import lint
from composing import INPUTS, PARTITIONS, Done, channel, compiled, compose, resolved, small
from moto_server import client, reset
from sagemaker_roles.engine.companions import MEANINGS
from sagemaker_roles.engine.placeholders import Meaning, meanings
from sagemaker_roles.iam.size import POLICY_LIMIT, size
from sagemaker_roles.outputs import cloudformation, commands, terraform
from sagemaker_roles.outputs.forms import Role
from support import ROOT
from terraform import Module

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AssumeRole",
            "Effect": "Allow",
            "Principal": {"Service": ["sagemaker.amazonaws.com"]},
            "Action": ["sts:AssumeRole"],
        }
    ],
}


def policy(*resources: str, **more: Any) -> dict[str, Any]:
    statement = {"Sid": "S", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": list(resources), **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def role(*policies: Mapping[str, Any], **more: Any) -> Role:
    return Role(**{"name": "R", "path": "/", "policies": policies, "trust": TRUST, "caller": None, **more})


# --- large policies ----------------------------------------------------------------------------------------------


def large_request(channels: int = 160) -> str:
    output = {"S3OutputPath": "s3://amzn-s3-demo-bucket/out"}
    several = [channel(f"s3://amzn-s3-demo-bucket{n}/data/") for n in range(channels)]
    return small(InputDataConfig=several, OutputDataConfig=output)


def large(*arguments: str) -> Done:
    return compose("CreateTrainingJob", "--request", "-", "--region", "us-west-2", *arguments, stdin=large_request())


def test_the_command_says_that_it_split() -> None:
    done = large("--part", "all")
    policies = done.document["policy"]
    assert done.code == 0
    assert all(size(item) <= POLICY_LIMIT for item in policies)
    assert f"a managed policy can have 6144, so it is split into {len(policies)}" in done.err
    assert large().document == policies and isinstance(done.document["trust"], dict)


# --- texts and placeholders ---------------------------------------------------------------------------------------

HOSTILE = [
    "arn:aws:s3:::amzn-s3-demo-bucket/${*}${?}${$}{Region}",
    "arn:aws:s3:::${Bucket}/${aws:PrincipalTag/team}/${*}",
    "arn:${Partition}:s3:::${Bucket}-${Account}-${Region}/*",
    'it\'s "quoted" \\ back `tick` $(sub) $VAR %{if} {{x}} ; & | > \n\t\x01 é \U0001f600',
    "%{~ for x in y ~}${Name}%%{x}",
    "$$$${Name} %%%{x} $$ %% `id` $(id) \\ \x7f\u2028\U0001f600",
]


def test_cloudformation_resolves_to_the_same_texts() -> None:
    template = json.loads(cloudformation.text(role(policy(*HOSTILE))))
    assert template["Parameters"].keys() == {"Bucket", "Name"}
    written = template["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    pseudo = {"AWS::Partition": "${Partition}", "AWS::AccountId": "${Account}", "AWS::Region": "${Region}"}
    assert resolved(written, {"Bucket": "${Bucket}", "Name": "${Name}", **pseudo}) == policy(*HOSTILE)


def test_terraform_reads_the_same_texts() -> None:
    parsed = hcl2.loads(terraform.text(role(policy(*HOSTILE))))
    account = {
        "aws_partition": {"current": {"partition": "${Partition}"}},
        "aws_region": {"current": {"id": "${Region}"}},
        "aws_caller_identity": {"current": {"account_id": "${Account}"}},
    }
    module = Module({"locals": ()}, {"var": {"bucket": "${Bucket}", "name": "${Name}"}, "data": account})
    (made,) = (block['"aws_iam_role_policy"'] for block in parsed["resource"] if '"aws_iam_role_policy"' in block)
    assert json.loads(module.value(made['"permissions"']["policy"])) == policy(*HOSTILE)


@pytest.mark.parametrize("is_list", [False, True])
def test_no_parameter_takes_what_widens_a_policy(is_list: bool) -> None:
    known = {**meanings(compiled(), compiled().operations), **MEANINGS, "Open": Meaning("any", "", "a/b c.d")}
    # What has no pattern is a whole parameter, which is no placeholder of a document.
    for name, meaning in [(name, one) for name, one in known.items() if one.pattern or name == "Open"]:
        block = cloudformation.parameter(meaning.text, meaning.pattern, is_list)
        text = terraform.declared("x", meaning.text, meaning.pattern, is_list)
        (declared,) = hcl2.loads(text)["variable"]
        one = "element" if is_list else "var.x"
        patterns = re.findall(
            rf'can\(regex\("((?:[^"\\]|\\.)*)", {one}\)\)', declared['"x"']["validation"][0]["condition"]
        )
        # The end of a text is the end for RE2, also after a line break.
        form, wide = [re.compile(json.loads(f'"{found}"').replace(")$", r")\Z"), re.ASCII) for found in patterns]
        for value, is_taken in [(meaning.example, True), *((f"{meaning.example}{sign}", False) for sign in "*?$\n\0")]:
            assert bool(re.fullmatch(block["AllowedPattern"], value)) is is_taken, (name, value)
            assert (bool(form.search(value)) and not wide.search(value)) is is_taken, (name, value)
    for sign in "*?$":
        assert not re.fullmatch(cloudformation.parameter("", "")["AllowedPattern"], sign)


def test_what_compose_writes_has_the_forms_of_its_placeholders() -> None:
    for part in ("policy", "companions"):
        template = compose("CreateTrainingJob", "--part", part, "--format", "cloudformation", "--owner", "111122223333")
        text = compose("CreateTrainingJob", "--part", part, "--format", "terraform").out
        written = json.loads(template.out)["Parameters"] if template.out else {}
        own = [one for one in written.values() if not one["Type"].startswith(("List", "AWS::"))]
        assert all("AllowedPattern" in one or "VPC" in one["Description"] for one in own)
        assert text.count("validation {") == text.count('variable "') > 0


def test_names_that_terraform_keeps_for_itself() -> None:
    text = terraform.text(role(policy("arn:aws:s3:::${Source}/${Version}/${InputS3Bucket}/x$${Count}")))
    for name in ("source_value", "version_value", "input_s3_bucket", "count_value"):
        assert f'variable "{name}" {{' in text
        assert f"var.{name}" in text
    assert '${"$"}${var.count_value}' in text
    hcl2.loads(text)


# --- whole templates ----------------------------------------------------------------------------------------------

#: Those of other partitions differ in names only.
FILES = [*sorted((INPUTS / "aws").iterdir()), *(INPUTS / name / "template.yaml" for name in PARTITIONS[1:])]


def written(file: Path, form: str, part: str = "all") -> str:
    done = compose("--request", file, "--format", form, "--part", part, "--allow-placeholders")
    assert done.code == 0, done.err
    return done.out


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_templates_are_sound_and_hold_the_role(file: Path) -> None:
    region = {"aws": "us-west-2", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}[file.parent.name]
    text = written(file, "cloudformation")
    if file.name == "template.yaml":  # whose resources the output refers to
        assert not {one.rule.id for one in lint(put_into(file, text), region)} & {*REFERENCES}
    else:
        assert not lint(text, region)
    roles = [name for name, item in json.loads(text)["Resources"].items() if item["Type"] == "AWS::IAM::Role"]
    assert roles == ["Role"] or roles == ["TrainingRoleRole", "ModelRoleRole"]
    kinds = kinds_in(written(file, "terraform"))
    assert kinds[0] == "aws_iam_role"
    assert {"aws_iam_role_policy", "aws_iam_policy"} <= {*kinds}, "the last is the callers' policy"


#: cfn-lint's rules for circular dependencies, references, and Fn::GetAtt.
REFERENCES = ("E3004", "E1012", "E1020", "E1010", "E1019")


def put_into(file: Path, text: str) -> str:
    """A template with the resources of another in it."""
    whole, more = cfnlint.decode.decode_str(file.read_text("utf-8"))[0], json.loads(text)
    sections = {name: {**whole.get(name, {}), **more.get(name, {})} for name in ("Parameters", "Resources")}
    return json.dumps({**whole, **sections})


def kinds_in(text: str) -> list[str]:
    return [key.strip('"') for item in hcl2.loads(text)["resource"] for key in item]


def test_templates_of_split_policies_attach_them() -> None:
    count = len(large().document)
    for part in ("policy", "all", "trust", "caller"):
        assert not lint(large("--format", "cloudformation", "--part", part).out)
    resources = large("--format", "cloudformation").document["Resources"]
    managed = [item for item in resources.values() if item["Type"] == "AWS::IAM::ManagedPolicy"]
    assert len(managed) == count
    assert all(item["Properties"]["Roles"] == [{"Ref": "Role"}] for item in managed)
    kinds = kinds_in(large("--format", "terraform").out)
    assert kinds.count("aws_iam_policy") == kinds.count("aws_iam_role_policy_attachment") == count


def test_globals_are_no_open_placeholders_where_the_form_knows_them() -> None:
    output = {"S3OutputPath": "s3://amzn-s3-demo-bucket/out"}
    text = json.dumps({"TrainingJobName": "j", "ResourceConfig": {}, "OutputDataConfig": output})
    for form, code in (("json", 1), ("cli", 0), ("cloudformation", 0), ("terraform", 0)):
        done = compose("CreateTrainingJob", "--request", "-", "--format", form, "--part", "policy", stdin=text)
        assert done.code == code, form


#: A template whose role and resources have no names yet, to be filled with the policy of the key.
STACK = """
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc, GroupDescription: g}}
  Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: %s}}
  JobRole: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}}}
  Model:
    Type: AWS::SageMaker::Model
    Properties:
      ExecutionRoleArn: !GetAtt JobRole.Arn
      PrimaryContainer:
        Image: 111122223333.dkr.ecr.us-west-2.amazonaws.com/own:1
        ModelDataUrl: !Sub s3://${Bucket}/model.tar.gz
        Environment: {SAGEMAKER_SUBMIT_DIRECTORY: !Sub "s3://${Bucket}/code.tar.gz"}
      VpcConfig: {Subnets: [!Ref Subnet], SecurityGroupIds: [!GetAtt Group.GroupId]}
  Instance:
    Type: AWS::SageMaker::NotebookInstance
    Properties:
      {NotebookInstanceName: n, RoleArn: !GetAtt JobRole.Arn, InstanceType: ml.t3.medium, KmsKeyId: !GetAtt Key.Arn}
  Store:
    Type: AWS::SageMaker::FeatureGroup
    Properties:
      RoleArn: !GetAtt JobRole.Arn
      FeatureGroupName: g
      OfflineStoreConfig: {S3StorageConfig: {S3Uri: !Sub "s3://${Bucket}/store", KmsKeyId: !GetAtt Key.Arn}}
"""
PLAIN = '{Version: "2012-10-17", Statement: []}'
#: The policy of the key names the role, so the role cannot wait for the key.
NAMES_ROLE = '{Statement: [{Effect: Allow, Principal: {AWS: !GetAtt JobRole.Arn}, Action: "kms:*", Resource: "*"}]}'


@pytest.mark.parametrize(("key_policy", "is_apart"), [(PLAIN, False), (NAMES_ROLE, True)])
def test_resources_of_the_template_are_references(tmp_path: Path, key_policy: str, is_apart: bool) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(STACK % key_policy, "utf-8")
    done = compose("--request", file, "--format", "cloudformation")
    assert done.code == 0, done.err
    assert "put its resources into that template" in done.err
    template = done.document
    assert "Parameters" not in template
    text = json.dumps(template)
    for reference in ("s3:::${Bucket}/model.tar.gz", "/${Group.GroupId}", "subnet/${Subnet}", "key/${Key}"):
        assert reference in text, reference
    kinds = {name: item["Type"].rpartition("::")[2] for name, item in template["Resources"].items()}
    assert kinds == {"JobRole": "Role", **({"Permissions1": "ManagedPolicy"} if is_apart else {})}
    # In the template that was given, each reference has its resource, and none waits for itself.
    assert not [one for one in lint(put_into(file, done.out)) if one.rule.id in REFERENCES]
    # Another format has no references; neither has a template of resources of several templates.
    assert {"bucket", "subnet", "key"} <= {*re.findall(r'variable "(\w+)"', written(file, "terraform"))}
    other = tmp_path / "other.yaml"
    other.write_text(file.read_text("utf-8").replace("111122223333", "444455556666"), "utf-8")
    both = compose("--request", file, "--request", other, "--format", "cloudformation", "--merge")
    assert both.code == 1 and {"Bucket", "Bucket2"} <= {*both.document["Parameters"]}


def test_role_names() -> None:
    file = INPUTS / "aws" / "training-job.json"
    properties = json.loads(written(file, "cloudformation"))["Resources"]["Role"]["Properties"]
    assert (properties["RoleName"], properties["Path"]) == ("TrainingRole", "/service-role/")
    assert (
        "RoleName"
        not in json.loads(written(INPUTS / "aws" / "plan.json", "cloudformation"))["Resources"]["Role"]["Properties"]
    )
    assert '"CreateModel-execution"' in written(INPUTS / "aws" / "plan.json", "terraform")
    named = compose("--request", file, "--format", "cli", "--role-name", "Mine", "--allow-placeholders")
    assert "--role-name Mine" in named.out
    assert "--path" not in named.out


# --- in an account ------------------------------------------------------------------------------------------------


@pytest.fixture
def iam(server: str) -> Iterator[Any]:
    yield client("iam", server)
    reset(server)


def read_back(iam: Any, name: str) -> tuple[Any, list[Any]]:
    """The trust policy and the permissions policies of a role, as the service gives them."""
    inline = [
        iam.get_role_policy(RoleName=name, PolicyName=item)["PolicyDocument"]
        for item in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    managed = []
    for item in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=item["PolicyArn"])["Policy"]["DefaultVersionId"]
        managed.append(
            iam.get_policy_version(PolicyArn=item["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
        )
    return iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"], inline + managed


def run(script: str, tmp_path: Path, aws: str, **environment: str) -> str:
    """What a script prints whose `aws` is another program."""
    (tmp_path / "aws").write_text(f"#!/bin/sh\nexec '{sys.executable}' {aws}")
    (tmp_path / "aws").chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", **environment}
    done = subprocess.run(["sh", "-eu", "-c", script], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.test_all
@pytest.mark.parametrize("case", ["small", "split"])
def test_the_role_is_created_and_read_back(case: str, iam: Any, server: str, tmp_path: Path) -> None:
    output = {"S3OutputPath": "s3://amzn-s3-demo-bucket/it's $x"}
    members = json.loads(large_request() if case == "split" else small(OutputDataConfig=output))
    name = f"R-{case}"
    text = json.dumps({**members, "RoleArn": f"arn:aws:iam::111122223333:role/team/{name}"})
    arguments = ["CreateTrainingJob", "--request", "-", "--region", "us-west-2", "--part", "all"]
    documents = compose(*arguments, stdin=text).document
    policies = documents["policy"] if isinstance(documents["policy"], list) else [documents["policy"]]
    assert (len(policies) > 1) is (case == "split")
    keys = {"AWS_ENDPOINT_URL": server, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    script = compose(*arguments, "--format", "cli", stdin=text).out
    run(script, tmp_path, f'"{ROOT}/tests/fixtures/aws.py" "$@"', no_proxy="127.0.0.1", **keys)
    assert f"{name}-caller" in [item["PolicyName"] for item in iam.list_policies(Scope="Local")["Policies"]]
    trust, found = read_back(iam, name)
    assert trust == documents["trust"]
    assert sorted(found, key=json.dumps) == sorted(policies, key=json.dumps)
    assert iam.get_role(RoleName=name)["Role"]["Path"] == "/team/"


#: Operations whose commands are pasted, as they are but for the values that their comments ask for.
PASTED = (
    "CreateTrainingJob", "CreateProcessingJob", "CreateModel", "CreateAutoMLJobV2", "CreatePipeline", "CreateDomain",
    "CreateNotebookInstance", "CreateEndpointConfig", "CreateFeatureGroup", "CreateCluster",
)  # fmt: skip


@pytest.mark.test_all
@pytest.mark.parametrize("operation", PASTED)
def test_pasted_commands_create_the_role(operation: str, iam: Any, server: str, tmp_path: Path) -> None:
    arguments = [operation, "--allow-placeholders", "--part", "all"]
    script = compose(*arguments, "--format", "cli").out
    values = {name: f"value-{name}" for name in re.findall(r"(?m)^(\w+)=  #", script)}
    for name, value in values.items():
        script = re.sub(rf"(?m)^{name}=  #", f"{name}={value}  #", script)
    keys = {"AWS_ENDPOINT_URL": server, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    run(script, tmp_path, f'"{ROOT}/tests/fixtures/aws.py" "$@"', no_proxy="127.0.0.1", **keys)
    trust, found = read_back(iam, f"{operation}-execution")
    values |= {"Partition": "aws", "Account": "111122223333", "Region": "us-west-2"}
    text = json.dumps(compose(*arguments).document)
    documents = json.loads(re.sub(r"\$\{(\w+)\}", lambda name: values.get(name[1], f"{operation}-execution"), text))
    assert (trust, found) == (documents["trust"], [one for one in [documents["policy"]] if one["Statement"]])


def test_a_call_without_a_role_creates_none() -> None:
    script = compose("CreateTransformJob", "--allow-placeholders", "--part", "all", "--format", "cli").out
    assert re.findall(r"aws iam (\S+)", script) == ["create-policy"]


@pytest.mark.test_all
def test_without_a_value_that_the_reader_fills_in_nothing_is_created(tmp_path: Path) -> None:
    script = compose("CreateModel", "--allow-placeholders", "--format", "cli", "--part", "policy").out
    (tmp_path / "aws").write_text('#!/bin/sh\nfor last; do :; done; [ -z "$last" ] && echo "empty document" >&2\n')
    (tmp_path / "aws").chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "AWS_REGION": "us-west-2"}
    done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, check=False)
    assert re.search(r"(Partition|ModelBucket|Account): ", done.stderr) and "empty document" in done.stderr


def test_a_shell_takes_hostile_texts_as_they_are(tmp_path: Path) -> None:
    text = commands.text(role(policy(*HOSTILE), name="a'b", path="/x y/"))
    for name in ("Bucket", "Name"):
        text = re.sub(rf"(?m)^{name}=.*", f"{name}='${{{name}}}'", text)
    stand_in = """
import json, sys
named = {"Account": "${Account}", "Arn": "arn:${Partition}:x", "get": "${Region}"}
print(next((named[one] for one in sys.argv if one in named), json.dumps(sys.argv[1:])))
"""
    (tmp_path / "stand_in.py").write_text(stand_in, "utf-8")
    printed = run(text, tmp_path, f'"{tmp_path}/stand_in.py" "$@"')
    create, put = map(json.loads, printed.splitlines())
    assert create[:6] == ["iam", "create-role", "--path", "/x y/", "--role-name", "a'b"]
    assert json.loads(create[7]) == TRUST
    assert json.loads(put[-1]) == policy(*HOSTILE)


# --- roles that are created and passed ----------------------------------------------------------------------------

TEMPLATE = """
Resources:
  ModelRole: {Type: AWS::IAM::Role}
  OtherRole: {Type: AWS::IAM::Role}
  Model:
    Type: AWS::SageMaker::Model
    Properties: {ModelName: m, ExecutionRoleArn: !GetAtt ModelRole.Arn}
  Pipeline:
    Type: AWS::SageMaker::Pipeline
    Properties: {PipelineName: p, RoleArn: !GetAtt OtherRole.Arn}
"""


@pytest.mark.parametrize("roles", [("ModelRole",), ("ModelRole", "OtherRole")])
def test_a_role_that_the_file_creates_is_referred_to(roles: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(TEMPLATE if len(roles) > 1 else TEMPLATE.partition("  Pipeline:")[0], "utf-8")

    def written(form: str, *options: str) -> Done:
        return compose("--request", file, "--region", "us-west-2", "--part", "all", "--format", form, *options)

    done = written("cloudformation")
    assert "Parameters" not in done.document
    assert done.out.count('"Fn::GetAtt"') > len(roles), "beside the outputs"
    assert {name for name, one in done.document["Resources"].items() if one["Type"] == "AWS::IAM::Role"} == {*roles}
    for item in roles:
        name = re.sub("(?<!^)([A-Z])", r"_\1", item).lower()
        text = written("terraform").out
        assert f'resource "aws_iam_role" "{name}"' in text and f"aws_iam_role.{name}.arn" in text
    assert "variable" not in text and hcl2.loads(text)
    assert "Role}" not in written("cli", "--set", "Account=111122223333").out
    alone = compose("--request", file, "--region", "us-west-2", "--part", "caller", "--format", "terraform")
    assert "var.model_role" in alone.out, "nothing is referred to that is not there"


def test_a_policy_that_names_its_own_role_is_no_part_of_it() -> None:
    """A resource of a template that refers to itself is refused by AWS CloudFormation."""
    done = compose("CreateAutoMLJob", "--part", "all", "--format", "cloudformation", "--allow-placeholders")
    role = done.document["Resources"]["Role"]
    assert "GetAtt" not in json.dumps(role) and "Policies" not in role["Properties"]
    assert not lint(done.out)


def test_a_provider_of_web_identities_can_stay_open_where_it_is_a_key() -> None:
    provider, key = "oidc.eks.us-west-2.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF", "${OidcProvider}:sub"
    cluster = "arn:aws:eks:us-west-2:111122223333:cluster/serving"
    request = {"ClusterName": "serving", "Orchestrator": {"Eks": {"ClusterArn": cluster}}}
    given = [
        "CreateCluster",
        "--request",
        "-",
        "--role",
        "inference-operator",
        "--allow-placeholders",
        "--part",
        "trust",
    ]

    def trust(form: str, *more: str) -> Done:
        done = compose(*given, "--format", form, *more, stdin=json.dumps(request))
        assert done.code == 0, done.err
        return done

    template = trust("cloudformation").out
    assert not lint(template)
    text = json.loads(template)["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Fn::Sub"]
    named = text.replace("AWS::Partition", "Partition").replace("AWS::AccountId", "Account")
    assert json.loads(named) == trust("json").document
    assert key in trust("json").document["Statement"][0]["Condition"]["StringEquals"]
    assert '"${var.oidc_provider}:sub" = ["system:serviceaccount:' in trust("terraform").out
    assert hcl2.loads(trust("terraform").out)
    known = trust("cloudformation", "--set", f"OidcProvider={provider}").out
    document = json.loads(known)["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]
    assert f"{provider}:sub" in document["Statement"][0]["Condition"]["StringEquals"]
