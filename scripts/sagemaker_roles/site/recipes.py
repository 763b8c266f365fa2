"""Writes how to use an operation's policies from AWS CLI, boto3, CloudFormation, Terraform and the CDK."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ..engine.compose import names_in
from .published import Data, Published

_GLOBALS = ("Partition", "Region", "Account")


def words(name: str, between: str) -> str:
    """``CreateTrainingJob`` as ``create-training-job`` or ``create_training_job``, as the AWS CLI and boto3 do it."""
    first = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", first).lower().replace("_", between)


def recipes(published: Published, record: Data) -> list[tuple[str, str, str]]:
    """Label, language and text of each recipe, for the operation's first role; empty if it has none.

    Args:
        published: the artifacts.
        record: operation.json of the operation.
    """
    if not record["roles"]:
        return []
    role = record["roles"][0]
    texts = published.text(role["links"]["policy"]) + published.text(role["links"]["trust_policy"])
    examples = {item["name"]: item["example"] for item in role["placeholders"]}
    used = dict.fromkeys(names_in(texts))
    values = {name: examples[name] for name in (*_GLOBALS, *sorted(used)) if name in used and name in examples}
    recipe = _Recipe(published, record, role, values)
    return [
        ("AWS CLI", "sh", recipe.cli()),
        ("boto3", "python", recipe.boto3()),
        ("CloudFormation", "yaml", recipe.cloudformation()),
        ("Terraform", "hcl", recipe.terraform()),
        ("CDK", "python", recipe.cdk()),
    ]


class _Recipe:
    def __init__(self, published: Published, record: Data, role: Data, values: Mapping[str, str]) -> None:
        self.name: str = record["operation"]
        self.service: str = record["service"]
        self.role = role
        self.values = values
        self.own = {key: value for key, value in values.items() if key not in _GLOBALS}
        self.folder = f"v1/{published.version}/{role['links']['policy'].rsplit('/', 1)[0]}"
        self.role_name = f"{self.name}Role"
        self.policy = json.loads(published.text(role["links"]["policy"]))
        self.trust = json.loads(published.text(role["links"]["trust_policy"]))

    @property
    def member(self) -> str:
        """Where the request carries the role's ARN."""
        return next(iter(self.role["parameters"]), "")

    def cli(self) -> str:
        lines = [
            f'base="$SITE/{self.folder}"  # SITE is the address of this site',
            'curl -fsSO "$base/policy.json" -O "$base/trust-policy.json"',
            "",
        ]
        lines += [f"export {key}={_shell(value)}" for key, value in self.values.items()]
        names = " ".join("${" + key + "}" for key in self.values)
        lines += [
            f"envsubst '{names}' < policy.json > permissions.json",
            f"envsubst '{names}' < trust-policy.json > trust.json",
            "",
            f"aws iam create-role --role-name {self.role_name} --assume-role-policy-document file://trust.json",
            f"aws iam put-role-policy --role-name {self.role_name} --policy-name permissions "
            "--policy-document file://permissions.json",
        ]
        if self.member:
            call = f"aws {self.service} {words(self.name, '-')}"
            if re.fullmatch(r"[A-Za-z]+", self.member):
                lines.append(
                    f'{call} --{words(self.member, "-")} "arn:{self.values.get("Partition", "aws")}:iam::'
                    f'{self.values.get("Account", "111122223333")}:role/{self.role_name}" ...'
                )
            else:
                lines.append(f"{call} --cli-input-json file://request.json  # the role's ARN goes into {self.member}")
        return "\n".join(lines) + "\n"

    def boto3(self) -> str:
        lines = ["from pathlib import Path", "from string import Template", "", "import boto3", ""]
        lines += ["values = {", *(f"    {_py(key)}: {_py(value)}," for key, value in self.values.items()), "}", ""]
        lines += [
            "",
            "def document(file):",
            "    return Template(Path(file).read_text()).safe_substitute(values)",
            "",
            "",
            'iam = boto3.client("iam")',
            "role = iam.create_role(",
            f'    RoleName="{self.role_name}",',
            '    AssumeRolePolicyDocument=document("trust-policy.json"),',
            ")",
            "iam.put_role_policy(",
            f'    RoleName="{self.role_name}",',
            '    PolicyName="permissions",',
            '    PolicyDocument=document("policy.json"),',
            ")",
        ]
        call = f'boto3.client("{self.service}").{words(self.name, "_")}'
        if re.fullmatch(r"[A-Za-z]+", self.member):
            lines.append(f'{call}({self.member}=role["Role"]["Arn"], ...)')
        elif self.member:
            lines.append(f"# {call}(...) takes the role's ARN in {self.member}")
        return "\n".join(lines) + "\n"

    def cloudformation(self) -> str:
        lines = ["Parameters:"] if self.own else []
        lines += [f"  {key}: {{Type: String, Default: {json.dumps(value)}}}" for key, value in self.own.items()]
        lines += [
            "Resources:",
            f"  {self.role_name}:",
            "    Type: AWS::IAM::Role",
            "    Properties:",
            "      AssumeRolePolicyDocument:",
            *_sub(self.trust, 8),
            "      Policies:",
            "        - PolicyName: permissions",
            "          PolicyDocument:",
            *_sub(self.policy, 12),
        ]
        return "\n".join(lines) + "\n"

    def terraform(self) -> str:
        width = max((len(key) for key in self.values), default=0)
        known = {
            "Partition": "data.aws_partition.current.partition",
            "Region": "data.aws_region.current.id",
            "Account": "data.aws_caller_identity.current.account_id",
        }
        lines = [
            'data "aws_partition" "current" {}',
            'data "aws_region" "current" {}',
            'data "aws_caller_identity" "current" {}',
            "",
            "locals {",
            "  values = {",
            *(f"    {key:<{width}} = {known.get(key) or _hcl(value)}" for key, value in self.values.items()),
            "  }",
            "}",
            "",
            'resource "aws_iam_role" "this" {',
            f'  name               = "{self.role_name}"',
            '  assume_role_policy = templatefile("${path.module}/trust-policy.json", local.values)',
            "}",
            "",
            'resource "aws_iam_role_policy" "permissions" {',
            "  role   = aws_iam_role.this.id",
            '  policy = templatefile("${path.module}/policy.json", local.values)',
            "}",
        ]
        return "\n".join(lines) + "\n"

    def cdk(self) -> str:
        known = {"Partition": "Aws.PARTITION", "Region": "Aws.REGION", "Account": "Aws.ACCOUNT_ID"}
        lines = [
            "import json",
            "from pathlib import Path",
            "from string import Template",
            "",
            "from aws_cdk import Aws, Stack",
            "from aws_cdk import aws_iam as iam",
            "",
            "values = {",
            *(f"    {_py(key)}: {known.get(key) or _py(value)}," for key, value in self.values.items()),
            "}",
            "",
            "",
            "def document(file):",
            "    return json.loads(Template(Path(file).read_text()).safe_substitute(values))",
            "",
            "",
            "class RoleStack(Stack):",
            "    def __init__(self, scope, construct_id, **kwargs):",
            "        super().__init__(scope, construct_id, **kwargs)",
            "        iam.CfnRole(",
            "            self,",
            f'            "{self.role_name}",',
            '            assume_role_policy_document=document("trust-policy.json"),',
            "            policies=[",
            "                iam.CfnRole.PolicyProperty(",
            '                    policy_name="permissions", policy_document=document("policy.json")',
            "                )",
            "            ],",
            "        )",
        ]
        return "\n".join(lines) + "\n"


def _shell(value: str) -> str:
    return value if re.fullmatch(r"[A-Za-z0-9_./:@%+=-]+", value) else "'" + value.replace("'", "'\\''") + "'"


def _py(value: str) -> str:
    return json.dumps(value)


def _hcl(value: str) -> str:
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


def _sub(document: Data, indent: int) -> list[str]:
    """A policy as a block of YAML with ``Fn::Sub`` on every text that has placeholders."""
    pseudo = {"Partition": "AWS::Partition", "Region": "AWS::Region", "Account": "AWS::AccountId"}

    def scalar(value: str) -> str:
        if not names_in(value):
            return json.dumps(value)
        text = re.sub(
            r"\$\{([^}]*)\}",
            lambda found: "${" + (pseudo.get(found[1], found[1]) if names_in(found[0]) else "!" + found[1]) + "}",
            value,
        )
        return f"!Sub {json.dumps(text)}"

    def block(value: object, pad: str) -> list[str]:
        lines: list[str] = []
        if isinstance(value, Mapping):
            for key, item in value.items():
                name = json.dumps(key) if ":" in key else key
                if isinstance(item, (Mapping, list)):
                    lines.append(f"{pad}{name}:")
                    lines += block(item, pad + "  ")
                else:
                    lines.append(f"{pad}{name}: {scalar(str(item))}")
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, (Mapping, list)):
                    inner = block(item, pad + "  ")
                    lines += [f"{pad}- {inner[0].strip()}", *inner[1:]]
                else:
                    lines.append(f"{pad}- {scalar(str(item))}")
        return lines

    return block(document, " " * indent)
