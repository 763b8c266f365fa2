"""Terraform configuration: folders of files, as far as they tell the requests and the roles of their resources."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composing import compiled, compose
from sagemaker_roles.catalog import Catalog, ManagedDocument
from sagemaker_roles.inputs import Reading, read_files
from sagemaker_roles.inputs.hcl import modules, syntax
from sagemaker_roles.inputs.hcl.functions import FUNCTIONS, call
from sagemaker_roles.inputs.hcl.value_types import Failed, NotKnown, is_known
from sagemaker_roles.inputs.roles import read_roles
from sagemaker_roles.inputs.roles.existing_roles import ExistingRole, RoleReading
from sagemaker_roles.inputs.terraform_files import is_configuration
from support import ROOT

TRUST = """
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "job" {
  name               = "job"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
"""
MODEL = """
resource "aws_sagemaker_model" "m" {
  name               = "m"
  execution_role_arn = aws_iam_role.job.arn
  primary_container {
    image          = "111122223333.dkr.ecr.us-west-2.amazonaws.com/serve:1"
    model_data_url = URL
  }
}
"""


def folder(path: Path, files: Mapping[str, str]) -> str:
    """Writes files into a folder."""
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, "utf-8")
    return str(path)


def requests(path: Path, files: Mapping[str, str], **values: str) -> Reading:
    return read_files(compiled(), [folder(path, files)], values=values)


def roles(path: Path, files: Mapping[str, str], **values: str) -> RoleReading:
    return read_roles(compiled(), [folder(path, files)], values=values, managed=lambda name: {"Statement": []})


def role(path: Path, text: str, **values: str) -> ExistingRole:
    (one,) = roles(path, {"main.tf": TRUST + text}, **values).roles
    return one


def url(path: Path, expression: str, *more: str, **files: str) -> str:
    """What an expression is worked out to, where the location of a model's artifact is."""
    texts = {"main.tf": MODEL.replace("URL", expression) + "\n".join(more)}
    (request,) = requests(path, {**texts, **{name.replace("__", "."): text for name, text in files.items()}}).requests
    return str((request.members or {})["PrimaryContainer"].get("ModelDataUrl"))


def told(found: Reading | RoleReading, path: Path) -> list[str]:
    return [f"{one.kind}: {one.where.replace(f'{path}/', '')}: {one.message}" for one in found.notices]


def test_a_folder_composes_and_is_audited(tmp_path: Path) -> None:
    bucket = (
        'resource "aws_s3_bucket" "data" {\n  bucket = "${var.name}-data"\n}\nvariable "name" {\n  default = "my"\n}\n'
    )
    text = TRUST + MODEL.replace("URL", '"s3://${aws_s3_bucket.data.bucket}/m/model.tar.gz"') + bucket
    done = compose("--request", folder(tmp_path, {"main.tf": text}), "--allow-placeholders")
    assert done.code == 0
    assert done.statements()["ModelRead"]["Resource"] == ["arn:${Partition}:s3:::my-data/m/model.tar.gz"]
    reading = requests(tmp_path, {})
    (one,) = read_roles(compiled(), [str(tmp_path)], requests=reading).roles
    assert one.arn == "arn:${Partition}:iam::${Account}:role/job" and one.trust is not None
    assert (reading.requests[0].members or {})["ExecutionRoleArn"] in one.passed_as
    assert str(one.position).endswith("main.tf:11:1")
    # One file stands for its folder.
    assert read_files(compiled(), [str(tmp_path / "main.tf")]).requests == reading.requests


@pytest.mark.parametrize(
    ("expression", "value", "more"),
    [
        ('"s3://${local.b}/x"', "s3://data/x", 'locals {\n  b = "data"\n}'),
        ('format("s3://%s/%03d", "b", 7)', "s3://b/007", ""),
        ('join("/", ["s3:/", "b", "k"])', "s3://b/k", ""),
        ('var.prod ? "s3://prod/" : "s3://test/"', "s3://test/", 'variable "prod" {\n  default = false\n}'),
        ('lookup({ a = "s3://a/" }, "b", "s3://b/")', "s3://b/", ""),
        ('[for k, v in { a = "x", b = "y" } : "s3://${v}/${k}" if k != "a"][0]', "s3://y/b", ""),
        ('{ for v in ["x", "y"] : v => "s3://${v}/" }["y"]', "s3://y/", ""),
        ('try(local.missing.x, "s3://other/")', "s3://other/", ""),
        ('element(concat([], ["s3://c/"]), 3)', "s3://c/", ""),
        ('replace(lower("S3://UP_x/"), "_", "-")', "s3://up-x/", ""),
        ('"s3://%{ if 1 < 2 }yes%{ else }no%{ endif }/"', "s3://yes/", ""),
        ('"s3://b/%{ for x in ["p", "q"] }${x}-%{ endfor }"', "s3://b/p-q-", ""),
        ('trimspace(<<-EOT\n    s3://here/${upper("x")}\n    EOT\n  )', "s3://here/X", ""),
        ('"s3://b/$${x}/\\u0041"', "s3://b/${x}/A", ""),
        ('"s3://${aws_s3_bucket.b[0].id}/"', "s3://one/",
         'resource "aws_s3_bucket" "b" {\n  count=1\n  bucket="one"\n}'),
        ('"s3://${aws_s3_bucket.b["k"].id}/"', "s3://k-x/",
         'resource "aws_s3_bucket" "b" {\n  for_each = toset(["k"])\n  bucket = "${each.key}-x"\n}'),
        ('"s3://${join("", aws_s3_bucket.b[*].id)}/"', "s3://one/",
         'resource "aws_s3_bucket" "b" {\n  bucket = "one"\n}'),
        ('"s3://${jsondecode(file("${path.module}/a.json")).b}/"', "s3://f/", ""),
        ('templatefile("t.tpl", { b = "t" })', "s3://t/", ""),
        ('"s3://${var.o.name}/${coalesce(var.o.key, "k")}"', "s3://d/k",
         'variable "o" {\n  type = object({name = optional(string, "d"), key = optional(string)})\n  default = {}\n}'),
        ('"s3://${module.inner.bucket}/"', "s3://in-mine/", 'module "inner" {\n  source="./inner"\n  name="mine"\n}'),
        ('"s3://${var.given}/"', "s3://tfvars/", 'variable "given" {}'),
        ('"s3://${var.auto}/"', "s3://auto/", 'variable "auto" {}'),
    ],
)  # fmt: skip
def test_expressions(tmp_path: Path, expression: str, value: str, more: str) -> None:
    files = {
        "a.json": '{"b": "f"}',
        "t.tpl": "s3://${b}/",
        "inner/main.tf": 'variable "name" {}\noutput "bucket" {\n  value = "in-${var.name}"\n}\n',
        "terraform.tfvars": 'given = "tfvars"\nauto = "first"\n',
        "x.auto.tfvars": 'auto = "auto"\n',
    }
    folder(tmp_path, files)
    assert url(tmp_path, expression, TRUST, more) == value


def test_what_is_not_known_is_a_placeholder_with_its_expression(tmp_path: Path) -> None:
    text = MODEL.replace("URL", '"s3://${var.bucket}/${data.aws_ssm_parameter.key.value}/${cidrhost(var.net, 1)}"')
    found = requests(tmp_path, {"main.tf": TRUST + text + 'variable "bucket" {}\nvariable "net" {}\n'})
    assert (
        str((found.requests[0].members or {})["PrimaryContainer"]["ModelDataUrl"])
        == "s3://${Bucket}/${KeyValue}/${CidrhostNet}"
    )
    assert found.unknown["Bucket"] == f"var.bucket in {tmp_path}"
    assert found.unknown["CidrhostNet"] == f"cidrhost(var.net, 1) in {tmp_path}"
    for values in ({"bucket": "b"}, {"Bucket": "b"}):
        members = requests(tmp_path, {}, **values).requests[0].members or {}
        assert members["PrimaryContainer"]["ModelDataUrl"].startswith("s3://b/${KeyValue}/")


def test_policies_of_roles(tmp_path: Path) -> None:
    text = """
    locals { bucket = "b" }
    resource "aws_iam_role_policy" "inline" {
      role   = aws_iam_role.job.id
      policy = jsonencode({ Statement = [
        { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::${local.bucket}/*" },
        { Effect = "Allow", Action = "s3:PutObject", Resource = var.arns },
        { Effect = "Allow", Action = var.actions, Resource = "*" },
      ] })
    }
    resource "aws_iam_policy" "own" {
      name   = "own"
      policy = data.aws_iam_policy_document.own.json
    }
    data "aws_iam_policy_document" "own" {
      dynamic "statement" {
        for_each = { a = "sqs:SendMessage" }
        content {
          actions   = [statement.value]
          resources = ["arn:aws:sqs:*:*:&{aws:username}"]
        }
      }
    }
    resource "aws_iam_role_policy_attachment" "own" {
      role       = aws_iam_role.job.name
      policy_arn = aws_iam_policy.own.arn
    }
    resource "aws_iam_role_policy_attachment" "managed" {
      for_each   = toset(["AmazonSageMakerReadOnly"])
      role       = aws_iam_role.job.name
      policy_arn = "arn:aws:iam::aws:policy/${each.value}"
    }
    """
    one = role(tmp_path, text)
    documents = {policy.name: policy.document for policy in one.policies}
    inline = next(document for document in documents.values() if "GetObject" in json.dumps(document))
    assert [item["Action"] for item in inline["Statement"]] == ["s3:GetObject", "s3:PutObject"]
    assert inline["Statement"][1]["Resource"] == "${Arns}"
    assert one.unknown == ("Action of statement 3 of the inline policy aws_iam_role_policy.inline is not known",)
    assert documents["own"]["Statement"] == [
        {"Action": ["sqs:SendMessage"], "Effect": "Allow", "Resource": ["arn:aws:sqs:*:*:${aws:username}"]}
    ]
    assert "AmazonSageMakerReadOnly" in documents


def test_a_policy_of_aws_is_named_by_a_data_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
    data "aws_iam_policy" "p" {
      name = NAME
    }
    resource "aws_iam_role_policy_attachment" "p" {
      role       = aws_iam_role.job.name
      policy_arn = data.aws_iam_policy.p.arn
    }
    """
    known = ManagedDocument("arn:aws:iam::aws:policy/service-role/Known", "v1", "2026-01-01", {"Statement": []})
    monkeypatch.setattr(Catalog, "managed_policy", lambda self, name: known if name == "Known" else None)
    assert [one.name for one in role(tmp_path, text.replace("NAME", '"Known"')).policies] == ["Known"]
    own = role(tmp_path, text.replace("NAME", '"Own"'))
    assert own.policies == () and own.unknown[0].startswith("the policy arn:${Partition}:iam::${Account}:policy/Own is")


def test_skipped_types_damage_and_modules_elsewhere_are_told_with_their_places(tmp_path: Path) -> None:
    text = """
resource "aws_sagemaker_teapot" "t" {
  name = "t"
}
module "vpc" {
  source = "terraform-aws-modules/vpc/aws"
}
module "studio" {
  source = "someone/sagemaker-studio/aws"
}
module "gone" {
  source = "./gone"
}
resource "aws_sagemaker_model" "none" {
  count = var.wanted ? 1 : 0
}
resource "aws_sagemaker_hub" "h" {
  hub_name = "h"
  dynamic "s3_storage_config" {
    for_each = var.wanted ? [1] : []
    content {}
  }
}
variable "wanted" {
  default = false
}
"""
    found = requests(
        tmp_path, {"main.tf": text, "broken.tf": 'resource "a" "b" {\n  x = = 1\n}\n' + MODEL.replace("URL", "null")}
    )
    assert sorted(one.operation for one in found.requests) == ["CreateHub", "CreateModel"]
    lines = told(found, tmp_path)
    for begin in (
        "problem: broken.tf:2:7: not Terraform configuration",
        "problem: main.tf:2:1: aws_sagemaker_teapot.t: it is not known which call creates aws_sagemaker_teapot",
        "note: main.tf:5:1: module.vpc is terraform-aws-modules/vpc/aws",
        "problem: main.tf:8:1: module.studio is someone/sagemaker-studio/aws",
        "problem: main.tf:11:1: module.gone: there is no configuration in ./gone",
        "note: main.tf:14:1: aws_sagemaker_model.none is not created: var.wanted ? 1 : 0 gives none",
        "note: main.tf:17:1: aws_sagemaker_hub.h has no s3_storage_config, as for_each of each gives none",
    ):
        assert any(line.startswith(begin) for line in lines), (begin, lines)


def test_the_folder_says_how_it_is_read_and_what_nothing_calls(tmp_path: Path) -> None:
    files = {
        "main.tf": TRUST,
        "modules/m/main.tf": MODEL.replace("URL", "null"),
        ".github/a.yaml": "x: 1",
        "p.json": "{}",
    }
    (tmp_path / "model.tar.gz").write_bytes(b"\x1f\x8b no archive")
    lines = told(requests(tmp_path, files), tmp_path)
    assert lines[0].startswith(f"note: {tmp_path}: Terraform configuration is read without providers")
    assert "problem: modules/m: nothing that is read here calls this module; give it by itself" in lines
    assert not any(".github" in line or ".gz" in line for line in lines) and any("p.json" in line for line in lines)
    lines = told(
        requests(tmp_path, {"sagemaker.tf": 'resource "aws_sagemaker_hub" "h" {\n  hub_name = "h"\n}\n'}), tmp_path
    )
    assert "note: modules/m: nothing that is read here calls this module; give it by itself" in lines


def test_what_only_parts_of_are_known_is_read(tmp_path: Path) -> None:
    """Steps of a pipeline, tags, the scripts of a notebook, and names in ARNs."""
    definition = """jsonencode({ Version = "2020-12-01", Steps = [{ Name = "T", Type = "Training", Arguments = {
      RoleArn = aws_iam_role.job.arn
      OutputDataConfig = { S3OutputPath = "s3://${var.bucket}/out" }
      AlgorithmSpecification = { TrainingImage = var.image }
    } }] })"""
    text = f"""
    resource "aws_sagemaker_pipeline" "p" {{
      pipeline_name = "p"
      role_arn = aws_iam_role.job.arn
      pipeline_definition = {definition}
      tags = var.tags
    }}
    resource "aws_sagemaker_notebook_instance_lifecycle_configuration" "l" {{
      name = "l"
      on_start = base64encode("x")
    }}
    resource "aws_sagemaker_endpoint" "e" {{
      name = split("/", aws_iam_role.job.arn)[1]
      endpoint_config_name = "c"
    }}
    """
    found = requests(tmp_path, {"main.tf": TRUST + text})
    members = {one.operation: one.members or {} for one in found.requests}
    assert members["CreateTrainingJob"]["OutputDataConfig"] == {"S3OutputPath": "s3://${BucketParameter}/out"}
    assert members["CreatePipeline"]["Tags"] == [{"Key": "${Tags}", "Value": "${Tags}"}]
    assert members["CreateNotebookInstanceLifecycleConfig"]["OnStart"] == [{"Content": "eA=="}]
    assert members["CreateEndpoint"]["EndpointName"] == "job"
    assert not [one for one in found.notices if one.kind == "problem"]
    found = requests(tmp_path, {"main.tf": TRUST + text.replace(definition, "var.definition")})
    assert any("definition is not known yet" in line for line in told(found, tmp_path) if line.startswith("problem"))


def test_json_and_types_of_cloudformation(tmp_path: Path) -> None:
    content: Any = {
        "variable": {"name": {"default": "n"}},
        "resource": {
            "aws_sagemaker_model_package_group": {"g": {"model_package_group_name": "${var.name}-g"}},
            "awscc_sagemaker_model": {
                "m": {
                    "model_name": "cc",
                    "execution_role_arn": "arn:aws:iam::111122223333:role/R",
                    "primary_container": {"image": "111122223333.dkr.ecr.us-west-2.amazonaws.com/x:1"},
                }
            },
        },
    }
    found = requests(tmp_path, {"main.tf.json": json.dumps(content)})
    members = {one.operation: one.members for one in found.requests}
    assert members["CreateModelPackageGroup"] == {"ModelPackageGroupName": "n-g"}
    assert (members["CreateModel"] or {})["PrimaryContainer"]["Image"].endswith("/x:1")


def test_nothing_outside_of_the_folder_is_read_through_a_link(tmp_path: Path) -> None:
    secret = tmp_path / "secret.tf"
    secret.write_text(MODEL.replace("URL", "null"), "utf-8")
    (tmp_path / "token.json").write_text('"hidden"', "utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.tf").symlink_to(secret)
    (inner / "token.json").symlink_to(tmp_path / "token.json")
    text = MODEL.replace("URL", '"s3://${file("token.json")}/${file("../token.json")}"').replace('" "m"', '" "own"')
    found = requests(inner, {"main.tf": text})
    assert [one.label for one in found.requests] == [f"aws_sagemaker_model.own of {inner}"]
    assert "hidden" not in str(found.requests[0].members)
    assert told(found, inner)[0] == "problem: link.tf: it is not read: it is a link that leads out of the folder"


def test_a_module_beside_the_folder_is_read(tmp_path: Path) -> None:
    files = {
        "envs/dev/main.tf": 'module "m" {\n  source = "../../modules/m"\n  url    = "s3://dev/x"\n}\n',
        "modules/m/sub/x.tf": 'output "x" {\n  value = "x"\n}\n',
        "modules/m/sub.tf": 'module "sub" {\n  source = "./sub"\n}\n',
        "modules/m/main.tf": TRUST + MODEL.replace("URL", "var.url") + 'variable "url" {}\n',
    }
    folder(tmp_path, files)
    found = read_files(compiled(), [str(tmp_path / "envs/dev")])
    assert [one.label for one in found.requests] == [f"module.m.aws_sagemaker_model.m of {tmp_path}/envs/dev"]
    assert not any("no configuration in" in line for line in told(found, tmp_path))
    # A folder without configuration of its own has those below it that no other calls.
    assert len(read_files(compiled(), [str(tmp_path)]).requests) == 1


def test_the_wheel_without_the_extra_says_what_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syntax._parsed.cache_clear()
    monkeypatch.setitem(sys.modules, "hcl2", None)
    found = requests(tmp_path, {"main.tf": "# only here\n" + TRUST})
    assert told(found, tmp_path.parent) == [f"problem: {tmp_path.name}/main.tf: {syntax.INSTALL}"]
    (extra,) = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"][
        "terraform"
    ]
    assert f'pip install "{extra}"' in syntax.INSTALL


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "(" * 3000 + '"x"' + ")" * 3000
    assert url(tmp_path, deep).startswith("${")
    chain = (
        "locals {\n" + "\n".join(f"  a{n} = local.a{n + 1}" for n in range(2000)) + '\n  a2000 = "x"\n  b = local.b\n}'
    )
    assert url(tmp_path, "local.a0", chain).startswith("${")
    assert url(tmp_path, "local.b", chain) == "${B}"
    monkeypatch.setattr(modules, "MAX_STEPS", 500)
    many = "[for a in range(9000) : [for b in range(9000) : a]][0][0]"
    assert url(tmp_path, many).startswith("${")


# fmt: off
WORDS = ["resource", '"aws_sagemaker_model"', '"m"', "{", "}", "=", "(", ")", "[", "]", "${", "var.x", "local.x", "for",
         "in", ":", "=>", "...", "<<EOT\n", "EOT\n", '"', "%{ if", "%{ endif }", "~", "?", "\\", "\n", "1e999", "-",
         "null", "each.key", "count", "for_each", "dynamic", "content", "jsonencode(", ",", "#", "/*", "\x00", "é",
         ".*.", "!", "[*]"]
# fmt: on


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.sampled_from(WORDS), max_size=25), cut=st.integers(0, 400))
def test_damaged_configuration_is_read_or_told(tmp_path: Path, parts: list[str], cut: int) -> None:
    text = (TRUST + MODEL.replace("URL", " ".join(parts)))[: len(TRUST) + cut]
    files = {"main.tf": text + " ".join(parts), "odd.tf": " ".join(parts), "variables.tf.json": "{" + " ".join(parts)}
    found = requests(tmp_path, files)
    assert told(found, tmp_path)
    read_roles(compiled(), [str(tmp_path)])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(FUNCTIONS)), values=st.lists(VALUES, max_size=4))
def test_functions_give_a_value_or_one_of_two_errors(name: str, values: list[Any]) -> None:
    try:
        value = call(name, values)
    except (Failed, NotKnown):
        return
    assert is_known(value)


def test_texts_that_are_configuration() -> None:
    assert is_configuration("-", '# x\n/* y */\nresource "a" "b" {\n') and is_configuration("a.tf", "")
    assert not is_configuration("-", "resource: x\n") and not is_configuration("-", '{"resource": {}}')
