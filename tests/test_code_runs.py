"""Scripts of tests/code run against moto, which enforces the composed policy, whole and without any one statement."""

from __future__ import annotations

import json
import os
import re
import runpy
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from proof.code_scripts import CODE, VALUES, scripts, wanted
from proof.oracle import Oracle, OracleMissing, Question
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.code import needs_of_code, with_code
from sagemaker_roles.engine.documents import Document
from sagemaker_roles.inputs.code import add_code, code_files
from sagemaker_roles.inputs.interfaces import Reading

#: What moto can run, of which it can tell the permissions.
SCRIPTS = """
s3_get s3_wrapper s3_class s3_copy s3_upload_fileobj s3_loop s3_tagging
ddb_scan_paginator ssm_path sqs_resource sns_resource
"""


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DEFAULT_REGION": "us-west-2", "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("MOTO_ACCOUNT_ID", VALUES["Account"])


def policy_of(script: Path) -> dict[str, Any]:
    catalog, reading = Catalog.load(), Reading()
    add_code(catalog, reading, code_files(str(script)))
    document = with_code(Document(()), needs_of_code(catalog, reading.code, VALUES), VALUES, is_broad=False).to_json()
    # What the code does not show is anything.
    text = json.dumps(document)
    policy: dict[str, Any] = json.loads(re.sub(r"\$\{(\w+)\}", lambda one: VALUES.get(one[1], "*"), text))
    return policy


def prepared(policy: dict[str, Any]) -> None:
    """Makes the resources that a policy names, as whoever set the account up did."""
    for arn in sorted({arn for one in policy["Statement"] for arn in one["Resource"]}):
        service, name = arn.split(":")[2], arn.split(":", 5)[5] if arn != "*" else ""
        _, _, rest = name.partition("/")
        if service == "s3":
            bucket, _, key = name.partition("/")
            client = boto3.client("s3")
            place = {"LocationConstraint": "us-west-2"}
            if bucket not in [one["Name"] for one in client.list_buckets()["Buckets"]]:
                client.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)  # type: ignore[arg-type]
            if key:
                client.put_object(Bucket=bucket, Key=key.replace("*", "x"), Body=b"{}")
        elif service == "dynamodb":
            boto3.client("dynamodb").create_table(
                TableName=rest,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        elif service == "secretsmanager":
            secret = name.removeprefix("secret:").removesuffix("-??????")
            boto3.client("secretsmanager").create_secret(Name=secret, SecretString='{"password": "x"}')
        elif service == "ssm":
            boto3.client("ssm").put_parameter(Name=f"/{rest.rstrip('/')}/x", Value="x", Type="String")
        elif service == "sqs":
            queue = boto3.client("sqs").create_queue(QueueName=name)
            boto3.client("sqs").send_message(QueueUrl=queue["QueueUrl"], MessageBody="x")
        elif service == "sns":
            boto3.client("sns").create_topic(Name=name)
        elif service == "kinesis":
            boto3.client("kinesis").create_stream(StreamName=rest, ShardCount=1)


def enforced(policy: dict[str, Any]) -> dict[str, Any]:
    """A policy as moto can decide by it: it knows resources of Amazon S3 only, and no policy without a statement."""
    statements = [
        {**one, "Resource": one["Resource"] if one["Action"][0].startswith("s3:") else ["*"]}
        for one in policy["Statement"]
    ]
    nothing = {"Effect": "Allow", "Action": ["sts:GetCallerIdentity"], "Resource": ["*"]}
    return {**policy, "Statement": [nothing, *statements]}


def runs(script: Path, policy: dict[str, Any], whole: dict[str, Any]) -> str:
    """Runs a script as a role with a policy; the error that stopped it, or ""."""
    with mock_aws():
        prepared(whole)
        iam = boto3.client("iam")
        trust = {"Version": "2012-10-17", "Statement": []}
        arn = iam.create_role(RoleName="Own", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName="Own", PolicyName="own", PolicyDocument=json.dumps(enforced(policy)))
        given = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="own")["Credentials"]
        own = {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }

        @set_initial_no_auth_action_count(0)
        def run() -> str:
            try:
                boto3.setup_default_session()
                runpy.run_path(str(script), run_name="__main__")
            except (ClientError, BotoCoreError, boto3.exceptions.Boto3Error) as error:
                return str(error)
            return ""

        with pytest.MonkeyPatch.context() as patch:
            for name, value in own.items():
                patch.setitem(os.environ, name, value)
            return str(run())


@pytest.mark.parametrize("name", SCRIPTS.split())
def test_the_composed_policy_is_enough_and_no_statement_too_many(name: str) -> None:
    script = CODE / "scripts" / f"{name}.py"
    policy = policy_of(script)
    assert runs(script, policy, policy) == ""
    for number, one in enumerate(policy["Statement"]):
        # Nothing of these scripts fails, so that nothing is to be aborted.
        if one["Action"] == ["s3:AbortMultipartUpload"]:
            continue
        left = {**policy, "Statement": policy["Statement"][:number] + policy["Statement"][number + 1 :]}
        assert re.search("AccessDenied|not authorized|Forbidden", runs(script, left, policy)), one


def test_the_simulator_allows_what_scripts_need_and_no_near_miss() -> None:
    """An independent simulator (tests/oracle) decides; what each script needs is written by hand."""
    role = f"arn:aws:iam::{VALUES['Account']}:role/Own"
    asked: list[tuple[dict[str, Any], list[Question]]] = []
    for script in [one for folder in ("scripts", "held") for one in scripts(folder)]:
        policy = policy_of(script)
        granted = {
            (action, text) for one in policy["Statement"] for action in one["Action"] for text in one["Resource"]
        }
        questions = []
        for action, resource in sorted(wanted(script)):
            # Whole resources, as a call names them: what is not known, and what a pattern leaves out, is anything.
            named = resource.replace("??????", "AbCdEf").replace("{}", "any").replace("*", "any")
            own = resource.split(":")[4] if resource != "*" else ""
            if resource == "*" or action.startswith("kms:") or own not in ("", VALUES["Account"]):
                continue  # the action has no resource; or another policy decides too
            if (action, resource.replace("{}", "*")) not in granted:
                continue  # on scripts that nothing was tuned on, some are missing
            missed = named.replace(":::", ":::another-") if ":::" in named else f"{named}-2".replace("any-2", "any/2")
            questions.append(Question(role, action, named, VALUES["Account"]))
            if not re.search(r"[*?{]", resource):
                questions.append(Question(role, action, missed, VALUES["Account"]))
        asked.append((policy, questions))
    try:
        oracle = Oracle()
    except OracleMissing as error:
        pytest.skip(str(error))
    answers = oracle.ask_all(asked)
    oracle.close()
    count = 0
    for (_, questions), given in zip(asked, answers, strict=True):
        for question, answer in zip(questions, given, strict=True):
            is_missed = question.resource.endswith(("-2", "/2")) or ":::another-" in question.resource
            # A name beside it can be no resource of the action at all, which is an error.
            assert answer.outcome in (("denied", "error") if is_missed else ("allowed",)), (question, answer)
            count += 1
    assert count > 150
