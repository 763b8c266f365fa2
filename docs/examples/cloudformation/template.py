"""Prints a CloudFormation template with a role whose placeholders are parameters: template.py VERSION_FOLDER."""

import json
import re
import sys
from pathlib import Path

import jsonpatch

PSEUDO = {"Partition": "AWS::Partition", "Region": "AWS::Region", "Account": "AWS::AccountId"}
version = Path(sys.argv[1])
operation = version / "operations" / "CreateTrainingJob"
role = operation / "execution"
used = set()


def read(file):
    """The JSON of a file."""
    return json.loads(file.read_text("utf-8"))


def name(found):
    """A placeholder as Fn::Sub has it; IAM's own variables (`${aws:…}`) are written `${!aws:…}`."""
    if not re.fullmatch("[A-Z][A-Za-z0-9]*", found[1]):
        return "${!" + found[1] + "}"
    used.add(found[1])
    return "${" + PSEUDO.get(found[1], found[1]) + "}"


def substituted(part):
    """A document whose texts with placeholders are Fn::Sub."""
    if isinstance(part, dict):
        return {key: substituted(item) for key, item in part.items()}
    if isinstance(part, list):
        return [substituted(item) for item in part]
    text = re.sub(r"\$\{([^}]+)\}", name, part)
    return {"Fn::Sub": text} if re.search(r"\$\{[^!]", text) else part


policy = read(role / "policy.json")
for addon in ("vpc", "kms-output"):
    policy = jsonpatch.apply_patch(policy, read(role / "addons" / f"{addon}.patch.json"))
properties = {
    "AssumeRolePolicyDocument": substituted(read(role / "trust-policy.json")),
    "Policies": [{"PolicyName": "permissions", "PolicyDocument": substituted(policy)}],
}
placeholders = read(operation / "operation.json")["roles"][0]["placeholders"]
template = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {
        item["name"]: {
            "Type": "String",
            "Description": f"{item['meaning']} (such as {item['example']})",
            "AllowedPattern": item["pattern"],
        }
        for item in placeholders
        if item["name"] in used - set(PSEUDO)
    },
    "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}},
    "Outputs": {
        "RoleArn": {"Description": "For RoleArn of CreateTrainingJob.", "Value": {"Fn::GetAtt": ["Role", "Arn"]}}
    },
}
print(json.dumps(template, indent=2))
