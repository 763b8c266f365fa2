"""A large organization's events for the benchmark of `fleet`: accounts, roles, services and sizes as they are.

An event has 1.2 kB on average. Of the sample events in elastic/integrations (packages/aws/data_stream/cloudtrail, read
2026-11-29), AssumeRole has 1.1 kB, DeleteFlowLogs 1.2, and CreateFunction 2.2. So these are rather small: larger events
are fewer in a second, and more bytes.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training_jobs import as_event, full_training_job

ACCOUNTS, ROLES, REGION = 300, 5000, "us-west-2"

#: Of a thousand events, how many are SageMaker's; half of these pass a role.
SHARE = 30

#: Events of a log, which CloudTrail delivers every five minutes or so.
IN_LOG = 2500


def account(number: int) -> str:
    """ID of the account of a number."""
    return f"{100_000_000_000 + number % ACCOUNTS}"


def request(number: int) -> tuple[str, dict[str, Any]]:
    """A request that passes a role, different for each number; one in ten calls for nearly every add-on."""
    owner, role = account(number), f"Role-{number % ROLES}"
    arn = f"arn:aws:iam::{owner}:role/service-role/{role}"
    bucket, image = f"acme-{owner}-{number % ROLES}", f"{owner}.dkr.ecr.{REGION}.amazonaws.com/team/app:{number}"
    vpc = {"Subnets": [f"subnet-{number % 97:017x}"], "SecurityGroupIds": [f"sg-{number % 89:017x}"]}
    tags = [{"Key": "team", "Value": f"team-{number % 50}"}, {"Key": "cost-center", "Value": f"{number % 900}"}]
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/data/{number}/train/"}
    kind = number // ROLES % 10
    if kind == 0:
        return "CreateTrainingJob", full_training_job(number) | {"RoleArn": arn}
    if kind < 6:
        return "CreateTrainingJob", {
            "TrainingJobName": f"train-{number}",
            "RoleArn": arn,
            "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
            "HyperParameters": {f"parameter-{index}": f"{number * index % 977}" for index in range(12)},
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models/{number}"},
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
            "Tags": tags,
            **({"VpcConfig": vpc} if number % 3 == 0 else {}),
        }
    if kind < 8:
        place = {"S3InputMode": "File", "LocalPath": "/opt/ml/processing/input"}
        return "CreateProcessingJob", {
            "ProcessingJobName": f"process-{number}",
            "RoleArn": arn,
            "AppSpecification": {"ImageUri": image, "ContainerArguments": ["--rows", f"{number}"]},
            "ProcessingInputs": [{"InputName": "input", "S3Input": source | place}],
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
            },
            "Tags": tags,
        }
    container = {"Image": image, "ModelDataUrl": f"s3://{bucket}/models/{number}/model.tar.gz"}
    return "CreateModel", {"ModelName": f"m-{number}", "ExecutionRoleArn": arn, "PrimaryContainer": container} | (
        {"VpcConfig": vpc} if number % 3 == 0 else {}
    )


def _others(choose: random.Random, owner: str) -> tuple[str, str, Any, Any]:
    """A call of another service: source, name, parameters, and answer."""
    token = f"{choose.getrandbits(128):032x}"
    role = f"arn:aws:iam::{owner}:role/app-{choose.randrange(400)}"
    session = f"{role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/{token[:17]}"
    answer = {
        "credentials": {"accessKeyId": f"ASIA{token[:16].upper()}", "expiration": "Nov 24, 2026, 10:00:00 AM"},
        "assumedRoleUser": {"assumedRoleId": f"AROA{token[:17].upper()}:{token[:8]}", "arn": session},
    }
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
    context = {"aws:s3:arn": f"arn:aws:s3:::logs-{owner}/{token}"}
    filters = {"items": [{"name": "tag:Name", "valueSet": {"items": [{"value": token[:9]}]}}]}
    kinds: list[tuple[int, str, str, Any, Any]] = [
        (30, "sts", "AssumeRole", {"roleArn": role, "roleSessionName": token[:17], "durationSeconds": 3600}, answer),
        (22, "kms", "Decrypt", {"encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}, None),
        (18, "ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": filters}, None),
        (10, "logs", "CreateLogStream", {"logGroupName": f"/app/{token[:6]}", "logStreamName": token}, None),
        (10, "s3", "GetBucketAcl", {"bucketName": f"logs-{owner}", "Host": "s3.amazonaws.com", "acl": ""}, None),
        (8, "dynamodb", "DescribeTable", {"tableName": f"table-{token[:5]}"}, None),
        (2, "iam", "PutRolePolicy", {"roleName": token[:9], "policyName": "p", "policyDocument": document}, None),
    ]
    _, source, name, given, answered = choose.choices(kinds, [kind[0] for kind in kinds])[0]
    return source, name, given, answered


def events(numbers: range) -> Iterator[dict[str, Any]]:
    """The events of some numbers, of which each gives the same one each time."""
    for number in numbers:
        choose = random.Random(number)  # noqa: S311
        owner = account(number)
        if choose.randrange(1000) < SHARE:
            operation, members = request(number)
            event = as_event(operation, members, number)
            if choose.random() < 0.5:
                name = f"train-{number}"
                event |= {"eventName": "DescribeTrainingJob", "requestParameters": {"trainingJobName": name}}
        else:
            source, name, given, answer = _others(choose, owner)
            event = as_event(name, {}, number) | {"requestParameters": given, "responseElements": answer}
            event["eventSource"] = f"{source}.amazonaws.com"
            event["tlsDetails"] = {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": f"{source}.{REGION}.amazonaws.com",
            }
        identity = event["userIdentity"]
        issuer = {"type": "Role", "arn": f"arn:aws:iam::{owner}:role/app-{number % 400}", "accountId": owner}
        identity |= {"accountId": owner, "sessionContext": identity["sessionContext"] | {"sessionIssuer": issuer}}
        event["requestID"], event["eventID"] = (f"{choose.getrandbits(128):032x}" for _ in range(2))
        event |= {"eventTime": f"2026-11-{1 + number % 28:02}T09:00:00Z", "recipientAccountId": owner}
        yield event


def logs(folder: Path, count: int, repeated: int = 1) -> None:
    """Writes logs of some events; each file has its compressed member as often as asked for."""
    for number, start in enumerate(range(0, count, IN_LOG)):
        text = json.dumps({"Records": [*events(range(start, min(start + IN_LOG, count)))]}, separators=(",", ":"))
        name = (
            f"{account(number)}_CloudTrail_{REGION}_20261101T{number % 1440 // 60:02}{number % 60:02}Z_{number}.json.gz"
        )
        with (folder / name).open("wb") as stream:
            packed = gzip.compress(text.encode(), 6)
            for _ in range(repeated):
                stream.write(packed)


def table(file: Path, count: int) -> None:
    """Writes the reduced table of some requests, each of them different."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        seen = ("first_seen", "last_seen")
        rows.writerow(("account", "region", "operation", "error_code", "events", *seen, "error_message", "request"))
        for number in range(count):
            operation, members = request(number)
            time = "2026-11-24T09:00:00Z"
            rows.writerow((account(number), REGION, operation, "", 7, time, time, "", json.dumps(members)))
