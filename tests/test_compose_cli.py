"""The command `compose`: options, explanations, hostile values; its cases are kept (tests/test_compose_golden.py)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composing import INPUTS, Done, changed, channel, compose, training

ACCOUNT = "111122223333"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


def resources(done: Done, sid: str) -> list[str]:
    found: list[str] = done.statements()[sid]["Resource"]
    return found


# --- streams and exit codes ---------------------------------------------------------------------------------------


def test_one_bad_input_does_not_stop_the_others(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text("{")
    done = compose("--request", file, "--request", "-", "--allow-placeholders", stdin=training())
    assert done.code == 1
    assert done.statements()["OutputWrite"]


# --- Region, account, partition -----------------------------------------------------------------------------------


# --- explanations and patches -------------------------------------------------------------------------------------


def explanation(done: Done, part: str, sid: str) -> str:
    return re.split(r"\n(?! )", done.err[done.err.index(f"{part}: {sid}\n") :])[0]


def test_every_statement_is_explained() -> None:
    channels = [channel("s3://amzn-s3-demo-bucket/data/train"), channel("s3://amzn-s3-demo-bucket/x/")]
    options = ["--explain", "--part", "all", "--allow-placeholders"]
    done = compose("--request", "-", *options, stdin=changed(InputDataConfig=channels))
    for part in ("policy", "trust", "caller"):
        for statement in done.document[part]["Statement"]:
            block = explanation(done, part, statement["Sid"])
            assert "\n  why: " in block
            assert re.search(r"\n  evidence: (documented|observed|inferred) \(.+ <.+>\)", block)
            assert "\n  for: CreateTrainingJob" in block
    assert '  because of: OutputDataConfig.S3OutputPath = "s3://amzn-s3-demo-bucket2/models"\n' in done.err
    assert "  for: CreateTrainingJob, add-on vpc: Amazon VPC\n" in done.err
    note = "data/train* also covers keys that only begin alike, such as train2 next to train\n"
    assert (done.err.count(note), done.err.count("also covers")) == (1, 1)
    assert "[?" not in done.err


def test_a_patch_is_applied_last(tmp_path: Path) -> None:
    more = {"Sid": "Mine", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}

    def patched(path: str, *arguments: str) -> Any:
        steps = [{"op": "add", "path": path, "value": more}]
        (tmp_path / "patch.json").write_text(json.dumps(steps))
        options = ["--request", "-", "--patch", tmp_path / "patch.json", "--allow-placeholders", *arguments]
        return compose(*options, stdin=training()).document

    plain = compose("--request", "-", "--allow-placeholders", stdin=training()).document["Statement"]
    assert patched("/Statement/-")["Statement"] == [*plain, more]
    assert patched("/caller/Statement/-", "--part", "all")["caller"]["Statement"][-1] == more
    template = patched("/Statement/-", "--format", "cloudformation")
    assert more in template["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]


# --- hostile values -----------------------------------------------------------------------------------------------

HOSTILE = [
    "*", "?", "$", "${*}", "${aws:username}", "${Region}", "$${Region}", "a\nb", "a\0b", "a\x1b[31mb", '"', "'", "\\",
    "`id`",
    "$(id)", "%{if true}", "{{x}}", "é", "\U0001f600", "\ud800", " ", "../..", "//", "a/*/b", "x" * 100_000,
    "s3://", "s3:///", "s3://*", "s3://*/*", "s3://amzn-s3-demo-bucket/*", "s3://amzn-s3-demo-bucket/${aws:username}/*",
    "s3://amzn-s3-demo-bucket/a?b", "s3://amzn-s3-demo-bucket/\n", "s3://amzn-s3-demo-bucket/" + "x" * 1024, "https://example.com/x",
    "arn:aws:kms:us-west-2:111122223333:key/*", "arn:aws:iam::111122223333:role/*", "subnet-*", "alias/*",
    "111122223333.dkr.ecr.us-west-2.amazonaws.com/*", "111122223333.dkr.ecr.*.amazonaws.com/x:1",
]  # fmt: skip


def hostile(value: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": value,
        "RoleArn": value,
        "AlgorithmSpecification": {"TrainingImage": value, "AlgorithmName": value},
        "InputDataConfig": [
            channel(value),
            channel(value, "ManifestFile"),
            channel("s3://amzn-s3-demo-bucket/x", value),
        ],
        "OutputDataConfig": {"S3OutputPath": value, "KmsKeyId": value},
        "ResourceConfig": {"VolumeKmsKeyId": value},
        "VpcConfig": {"Subnets": [value, value], "SecurityGroupIds": [value]},
        "CheckpointConfig": {"S3Uri": value},
    }


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_value_widens_a_policy_or_breaks_the_command(value: str) -> None:
    settled = ["--region", "us-west-2", "--set", f"Account={ACCOUNT}", "--set", "Partition=aws", "--allow-placeholders"]
    done = compose("CreateTrainingJob", "--request", "-", *settled, "--explain", stdin=json.dumps(hostile(value)))
    assert done.code in (0, 1)
    assert not {"\x1b", "\0"} & set(done.err)
    assert max(map(len, done.err.splitlines())) < 4000
    documents = done.document if isinstance(done.document, list) else [done.document]
    statements = [item for one in documents for item in one["Statement"]]
    for resource in {text for item in statements for text in item["Resource"]}:
        plain = re.sub(r"\$\{[*?$]\}", "", resource)  # which IAM takes literally
        if not re.search("[*?]", plain):
            continue
        # What stays is a record's own: "*" where an action has no resource, below a folder, after a prefix.
        assert plain == "*" or plain.endswith("*") or ":*:" in plain or "/*:log-stream:*" in plain, resource
        if ":s3:::" in plain:
            bucket, _, key = plain.partition(":::")[2].partition("/")
            assert "*" not in bucket, resource
            assert key.rstrip("*") or "s3://amzn-s3-demo-bucket" in value, resource
        if ":kms:" in plain and plain.endswith("*"):
            conditions = [keys for item in statements for keys in item.get("Condition", {}).values()]
            assert any("kms:ResourceAliases" in keys for keys in conditions)
        assert not any(one in plain for one in (":role/*", "subnet/*", "repository/*"))


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_bytes_give_a_traceback(raw: bytes) -> None:
    for prefix in (b"", b"\x1f\x8b", b'{"Records": [', b"\xff\xfe", b"%YAML 1.2\n---\n"):
        assert compose("CreateTrainingJob", "--request", "-", stdin=prefix + raw).code in (1, 2)


def test_a_role_that_no_request_passes_has_the_name_and_path_of_its_arn() -> None:
    options = ["--role", f"arn:aws:iam::{ACCOUNT}:role/team/R", "--region", "us-west-2", "--allow-placeholders"]
    done = compose("CreateTrainingJob", "--request", "-", *options, "--format", "cli", stdin=changed(RoleArn=None))
    assert "create-role --path /team/ --role-name R " in done.out


def test_a_definition_alone_is_what_its_createpipeline_request_would_be() -> None:
    file = INPUTS / "aws" / "pipeline.json"
    role = f"arn:aws:iam::{ACCOUNT}:role/PipelineRole"  # that of its steps, too
    request = json.dumps({"PipelineName": "p", "RoleArn": role, "PipelineDefinition": file.read_text("utf-8")})
    for options in ([], ["--role", "pipeline"]):
        more = [*options, "--region", "us-west-2", "--set", f"Account={ACCOUNT}", "--allow-placeholders"]
        whole = compose("CreatePipeline", "--request", "-", *more, stdin=request)
        alone = compose("--request", file, *more)
        # The definition does not say which role the pipeline has, which passes itself to its steps.
        own = ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/${{PipelineRoleName}}")
        assert granted(alone) == {*granted(whole), own}
        assert "sagemaker:CreateTrainingJob" in alone.out


def granted(done: Done) -> set[tuple[str, str]]:
    statements = done.document["Statement"]
    return {(action, resource) for item in statements for action in item["Action"] for resource in item["Resource"]}
