"""Requests that the benchmarks compose for: full ones for CreateTrainingJob, each with values of its own."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

_FULL = Template(Path(__file__).with_name("training_job.json").read_text("utf-8"))


def full_training_job(number: int, name: str = "") -> dict[str, Any]:
    """A request that calls for nearly every add-on that one request can call for.

    Args:
        number: what names, ids, buckets, images and keys in it are made of; all requests are of one account.
        name: the job's name, if it is to be another.
    """
    key = f"arn:aws:kms:us-west-2:111122223333:key/{number:08x}-12ab-34cd-56ef-1234567890ab"
    ids = {"id": f"{number:017x}", "next": f"{number + 1:017x}"}
    bucket = f"s3://amzn-s3-demo-bucket-{number}"
    text = _FULL.substitute(ids, name=name or f"job-{number}", number=number, bucket=bucket, key=key)
    made: dict[str, Any] = json.loads(text)
    return made


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
