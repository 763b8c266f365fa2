"""Prepares how to use an operation's policies from AWS CLI, boto3, CloudFormation, Terraform and the CDK."""

from __future__ import annotations

import json
import re
import shlex

import yaml

from sagemaker_roles.catalog import GLOBALS
from sagemaker_roles.catalog.operation_names import api_name
from sagemaker_roles.engine.compose import names_in
from sagemaker_roles.outputs.cloudformation import substituted
from sagemaker_roles.outputs.forms import map_texts
from sagemaker_roles.outputs.terraform import string

from . import templates
from .published import Data, Published

#: Stands for the address of the site where the build does not know it; docs/assets/site.js puts the page's own in.
UNKNOWN = "https://site.example/"
_RECIPES = (
    ("Files", "sh", "files.sh"),
    ("AWS CLI", "sh", "cli.sh"),
    ("boto3", "python", "boto3.py"),
    ("TypeScript", "ts", "sdk.ts"),
    ("CloudFormation", "yaml", "cloudformation.yaml"),
    ("Terraform", "hcl", "terraform.tf"),
    ("CDK", "python", "cdk.py"),
)


def recipes(
    published: Published, record: Data, grantee: Data | None = None, base: str = ""
) -> list[tuple[str, str, str]]:
    """Label, language and text of each recipe; empty if the operation has no role.

    The first is how to get the files, which the others need.

    Args:
        record: operation.json of the operation.
        grantee: whose policies they are: a role, or the caller, which has no trust policy; the first role if None.
        base: address of the site with a final slash, "" if it is not known: then a script of the page puts it in.
    """
    role = grantee or next(iter(record["roles"]), None)
    if role is None:
        return []
    links = role["links"]
    policy, trust = (published.text(links[part]) if part in links else "null" for part in ("policy", "trust_policy"))
    paths = [links[part] for part in ("policy", "trust_policy") if part in links]
    versions = {published.linked(path)[0] for path in paths}
    version = published.version if len(versions) > 1 else versions.pop()
    examples = {item["name"]: item["example"] for item in role["placeholders"]}
    used = set(names_in(policy + trust))
    values = {name: examples[name] for name in (*GLOBALS, *sorted(used)) if name in used and name in examples}
    member = next(iter(role["parameters"]), "")
    given = {
        "name": api_name(record["operation"]),
        "service": record["service"],
        "address": f"{base or UNKNOWN}v1/{version}/{links['policy'].rsplit('/', 1)[0]}",
        "role": f"{api_name(record['operation'])}Role",
        "values": values,
        "own": {key: value for key, value in values.items() if key not in GLOBALS},
        "policy": json.loads(policy),
        "trust": json.loads(trust),
        "file": links["policy"].rsplit("/", 1)[1],
        # Where the request carries the role's ARN.
        "member": member,
        "is_simple": re.fullmatch(r"[A-Za-z]+", member) is not None,
    }
    return [(label, language, templates.code(f"recipes/{file}.j2", **given)) for label, language, file in _RECIPES]


def _words(name: str, between: str) -> str:
    """``CreateTrainingJob`` as ``create-training-job`` or ``create_training_job``, as the AWS CLI and boto3 do it."""
    first = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", first).lower().replace("_", between)


class _Dumper(yaml.SafeDumper):
    """Writes a policy, with the short form of ``Fn::Sub``."""

    def mapping(self, data: Data) -> yaml.Node:
        """A mapping, or the text that CloudFormation fills."""
        if [*data] == ["Fn::Sub"]:
            return self.represent_scalar("!Sub", data["Fn::Sub"], style='"')
        return self.represent_dict(data)


_Dumper.add_representer(dict, _Dumper.mapping)


def _sub(document: Data) -> str:
    """A policy as a block of YAML."""
    return yaml.dump(map_texts(document, substituted), Dumper=_Dumper, sort_keys=False, width=1_000_000).rstrip()


templates.CODE.filters.update(words=_words, shell=shlex.quote, json=json.dumps, hcl=string, sub=_sub)
