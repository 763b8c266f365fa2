"""Creates a role with add-ons and reads it back: create_role.py VERSION_FOLDER VALUES_FILE."""

import json
import re
import sys
from pathlib import Path

import boto3
import jsonpatch

NAME = "training"


def fill(part, values):
    """Puts values in for placeholders; one without a value raises KeyError. IAM's own variables (`${aws:…}`) stay."""
    if isinstance(part, dict):
        return {key: fill(item, values) for key, item in part.items()}
    if isinstance(part, list):
        return [fill(item, values) for item in part]
    return re.sub(r"\$\{([A-Z][A-Za-z0-9]*)\}", lambda found: values[found[1]], part)


def read(file):
    """The JSON of a file."""
    return json.loads(file.read_text("utf-8"))


version, values_file = map(Path, sys.argv[1:])
values = read(values_file)
role = version / "operations" / "CreateTrainingJob" / "execution"
policy = read(role / "policy.json")
for addon in ("vpc", "kms-output"):
    policy = jsonpatch.apply_patch(policy, read(role / "addons" / f"{addon}.patch.json"))
policy, trust = fill(policy, values), fill(read(role / "trust-policy.json"), values)

iam = boto3.client("iam")
iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(trust))
# Without white space: a role's inline policies hold 10,240 characters together.
document = json.dumps(policy, separators=(",", ":"))
iam.put_role_policy(RoleName=NAME, PolicyName="permissions", PolicyDocument=document)

created = iam.get_role(RoleName=NAME)["Role"]
if created["AssumeRolePolicyDocument"] != trust:
    sys.exit("the trust policy that IAM holds is another one")
if iam.get_role_policy(RoleName=NAME, PolicyName="permissions")["PolicyDocument"] != policy:
    sys.exit("the permissions policy that IAM holds is another one")
print(created["Arn"])
