"""Requests that the benchmarks compose for: full ones for CreateTrainingJob, each with values of its own."""

from __future__ import annotations

from typing import Any


def full_training_job(number: int, name: str = "") -> dict[str, Any]:
    """A request that calls for nearly every add-on that one request can call for.

    Args:
        number: what names, ids, buckets, images and keys in it are made of; all requests are of one account.
        name: the job's name, if it is to be another.
    """
    account, key = "111122223333", f"{number:08x}-12ab-34cd-56ef-1234567890ab"
    region = "us-west-2"
    bucket = f"amzn-s3-demo-bucket-{number}"
    rule = {"action_json": '[{"name": "stoptraining"}, {"name": "email"}]', "source_s3_uri": f"s3://{bucket}/rule.py"}
    rule_image = f"895741380848.dkr.ecr.{region}.amazonaws.com/sagemaker-debugger-rules:{number}"

    def s3(name: str, kind: str = "S3Prefix") -> dict[str, Any]:
        source = {"S3DataType": kind, "S3Uri": f"s3://{bucket}/{name}"}
        return {"ChannelName": name.partition("/")[0], "DataSource": {"S3DataSource": source}}

    def file_system(kind: str, system: str) -> dict[str, Any]:
        source = {
            "FileSystemType": kind,
            "FileSystemId": system,
            "DirectoryPath": "/data",
            "FileSystemAccessMode": "ro",
        }
        return {"ChannelName": kind, "DataSource": {"FileSystemDataSource": source}}

    return {
        "TrainingJobName": name or f"job-{number}",
        "RoleArn": f"arn:aws:iam::{account}:role/service-role/Training-{number}",
        "AlgorithmSpecification": {
            "TrainingImage": f"{account}.dkr.ecr.{region}.amazonaws.com/team/train-{number}:1",
            "TrainingInputMode": "File",
        },
        "HyperParameters": {"epochs": "3"},
        "InputDataConfig": [
            s3("train/"),
            s3("test/part"),
            s3("images/list.manifest", "ManifestFile"),
            file_system("EFS", f"fs-{number:017x}"),
            file_system("FSxLustre", f"fs-{number + 1:017x}"),
        ],
        "OutputDataConfig": {
            "S3OutputPath": f"s3://{bucket}/models",
            "KmsKeyId": f"arn:aws:kms:{region}:{account}:key/{key}",
        },
        "ResourceConfig": {
            "InstanceType": "ml.g5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 100,
            "VolumeKmsKeyId": f"arn:aws:kms:{region}:{account}:key/{key}",
        },
        "VpcConfig": {
            "Subnets": [f"subnet-{number:017x}", f"subnet-{number + 1:017x}"],
            "SecurityGroupIds": [f"sg-{number:017x}"],
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "CheckpointConfig": {"S3Uri": f"s3://{bucket}/checkpoints"},
        "DebugHookConfig": {"S3OutputPath": f"s3://{bucket}/debug"},
        "TensorBoardOutputConfig": {"S3OutputPath": f"s3://{bucket}/board"},
        "ProfilerConfig": {"S3OutputPath": f"s3://{bucket}/profile"},
        "DebugRuleConfigurations": [
            {"RuleConfigurationName": "r", "RuleEvaluatorImage": rule_image, "RuleParameters": rule}
        ],
        "RemoteDebugConfig": {"EnableRemoteDebug": True},
        "SessionChainingConfig": {"EnableSessionTagChaining": True},
        "Tags": [{"Key": "team", "Value": "churn"}],
    }


def as_event(operation: str, members: dict[str, Any], number: int) -> dict[str, Any]:
    """A request as AWS CloudTrail logs it: names begin with a small letter, and much stands around it."""
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE:{number}",
            "arn": f"arn:aws:sts::111122223333:assumed-role/Developer/{number}",
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {"attributes": {"creationDate": "2026-11-24T08:00:00Z", "mfaAuthenticated": "false"}},
        },
        "eventTime": "2026-11-24T09:00:00Z",
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": operation,
        "awsRegion": "us-west-2",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "Boto3/1.40 md/Botocore#1.40 lang/python#3.12",
        "requestParameters": _lower(members),
        "responseElements": None,
        "requestID": f"{number:08x}-12ab-34cd-56ef-1234567890ab",
        "eventID": f"{number:08x}-12ab-34cd-56ef-1234567890cd",
        "readOnly": operation.startswith("Describe"),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _lower(inner) for name, inner in value.items()}
    return [_lower(inner) for inner in value] if isinstance(value, list) else value
