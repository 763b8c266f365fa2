"""A CDK app with a role from the published JSON; cdk.json names the folder of a version and the values."""

import json
import re
from pathlib import Path

import aws_cdk as cdk
import jsonpatch
from aws_cdk import aws_iam as iam


def read(file):
    """The JSON of a file."""
    return json.loads(Path(file).read_text("utf-8"))


def fill(part, values):
    """Puts values, or the CDK's tokens, in for placeholders. IAM's own variables (`${aws:…}`) stay."""
    if isinstance(part, dict):
        return {key: fill(item, values) for key, item in part.items()}
    if isinstance(part, list):
        return [fill(item, values) for item in part]
    return re.sub(r"\$\{([A-Z][A-Za-z0-9]*)\}", lambda found: values[found[1]], part)


class TrainingRole(cdk.Stack):
    """The execution role of training jobs in a VPC, whose output is encrypted with a customer managed key."""

    def __init__(self, scope, name):
        super().__init__(scope, name)
        role = Path(self.node.try_get_context("artifacts"), "operations", "CreateTrainingJob", "execution")
        policy = read(role / "policy.json")
        for addon in ("vpc", "kms-output"):
            policy = jsonpatch.apply_patch(policy, read(role / "addons" / f"{addon}.patch.json"))
        values = read(self.node.try_get_context("values"))
        # What the stack itself knows, and what is chosen when it is deployed.
        values |= {"Partition": self.partition, "Region": self.region, "Account": self.account}
        for parameter in ("OutputBucket", "OutputPrefix"):
            values[parameter] = cdk.CfnParameter(self, parameter, default=values[parameter]).value_as_string
        iam.CfnRole(
            self,
            "Role",
            assume_role_policy_document=fill(read(role / "trust-policy.json"), values),
            policies=[iam.CfnRole.PolicyProperty(policy_name="permissions", policy_document=fill(policy, values))],
        )


app = cdk.App()
TrainingRole(app, "TrainingRole")
app.synth()
