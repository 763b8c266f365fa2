"""Runs `verify` in the account of a maintainer; see the README beside it. Not a test of pytest's: it calls AWS."""

from __future__ import annotations

import json
import sys
import uuid

import boto3

from sagemaker_roles import Catalog, Choice, compose_reading, read_value
from sagemaker_roles.extras.account.client import Asker, clients
from sagemaker_roles.extras.account.verification import verify


def main() -> int:
    if "--yes" not in sys.argv[1:]:
        print(
            "This creates a role and a bucket in your account and deletes them. Read tests/live/README.md, then --yes."
        )
        return 2
    session = boto3.Session()
    account = session.client("sts").get_caller_identity()["Account"]
    region = session.region_name or "us-west-2"
    name = f"sagemaker-roles-live-{uuid.uuid4().hex[:12]}"
    request = {
        "TrainingJobName": name,
        "RoleArn": f"arn:aws:iam::{account}:role/{name}",
        "AlgorithmSpecification": {
            "TrainingImage": f"{account}.dkr.ecr.{region}.amazonaws.com/{name}:1",
            "TrainingInputMode": "File",
        },
        "OutputDataConfig": {"S3OutputPath": f"s3://{name}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    catalog = Catalog.load()
    reading = read_value(catalog, request, operation="CreateTrainingJob")
    (role,) = compose_reading(catalog, reading, Choice(values={"Region": region})).roles
    iam, s3 = session.client("iam"), session.client("s3", region_name=region)
    try:
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **where)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(role.composition.trust.to_json()))
        document = json.dumps(role.composition.policy.to_json())
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
        iam.get_waiter("role_exists").wait(RoleName=name)
        found = verify(catalog, reading, Choice(values={"Region": region}), Asker(clients(region=region)))
    finally:
        for undo in (
            lambda: iam.delete_role_policy(RoleName=name, PolicyName="own"),
            lambda: iam.delete_role(RoleName=name),
            lambda: s3.delete_bucket(Bucket=name),
        ):
            try:
                undo()
            except Exception as error:
                print(f"clean up by hand: {name}: {error}", file=sys.stderr)
    for notice in found.notices:
        print(f"{notice.kind}: {notice.where}: {notice.message}", file=sys.stderr)
    wrong = [one for report in found.roles for one in report.findings if one.kind != "trust"]
    for one in wrong:
        print(f"{one.kind}: {one.action} on {one.resource}: {one.why}")
    return 1 if wrong or not found.roles else 0


if __name__ == "__main__":
    sys.exit(main())
