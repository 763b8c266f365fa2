"""The command `compose`: options, streams, exit codes; what must be right in every policy; hostile values."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composing import INPUTS, Done, changed, channel, compiled, compose, small, training

ACCOUNT = "111122223333"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


def resources(done: Done, sid: str) -> list[str]:
    found: list[str] = done.statements()[sid]["Resource"]
    return found


def with_channels(*channels: Any, **more: Any) -> Done:
    text = small(InputDataConfig=list(channels), **more)
    return compose("CreateTrainingJob", "--request", "-", "--region", "us-west-2", stdin=text)


# --- streams and exit codes ---------------------------------------------------------------------------------------


def test_open_placeholders_end_with_1_unless_allowed() -> None:
    done = compose("--request", "-", stdin=training())
    assert done.code == 1
    assert "placeholder: ${ManifestDataBucket}: name of the bucket (such as amzn-s3-demo-bucket)" in done.err
    assert "2 placeholders stay open: give --set NAME=VALUE, or --allow-placeholders to accept them" in done.err
    assert "what a manifest names is not in the request: --manifest-bucket says where it lies" in done.err
    allowed = compose("--request", "-", "--allow-placeholders", stdin=training())
    assert (allowed.code, allowed.out) == (0, done.out)
    assert "stay open" not in allowed.err


def test_only_the_printed_part_counts() -> None:
    done = compose("--request", "-", "--part", "trust", stdin=training())
    assert (done.code, "ManifestData" in done.err) == (0, False)


def test_one_bad_input_does_not_stop_the_others(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text("{")
    done = compose("--request", file, "--request", "-", "--allow-placeholders", stdin=training())
    assert done.code == 1
    assert done.statements()["OutputWrite"]


# --- Region, account, partition -----------------------------------------------------------------------------------


def regions(*arguments: str, env: dict[str, str] | None = None, **members: Any) -> set[str]:
    done = compose(
        "CreateTrainingJob", "--request", "-", "--allow-placeholders", *arguments, stdin=small(**members), env=env
    )
    found = {text.split(":")[3] for text in resources(done, "FindLogs")}
    return found | ({"note"} if "note: " in done.err else set())


def test_the_region_comes_from_the_option_the_environment_or_an_arn() -> None:
    key = {"ResourceConfig": {"VolumeKmsKeyId": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{KEY}"}}
    assert regions() == {"${Region}"}
    assert regions(**key) == {"eu-west-1"}
    assert regions(env={"AWS_DEFAULT_REGION": "us-west-2"}) == {"us-west-2"}
    assert regions(env={"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-west-2"}) == {"us-east-1"}
    assert regions("--region", "us-east-2", env={"AWS_REGION": "us-east-1"}, **key) == {"us-east-2"}
    assert regions("--set", "Region=us-east-2") == {"us-east-2"}
    assert regions(env={"AWS_REGION": "us-east-1"}, **key) == {"us-east-1", "note"}
    event = compose("--request", INPUTS / "aws" / "trail.json", "--each", env={"AWS_REGION": "eu-west-1"}).out
    assert "us-west-2" in event and "eu-west-1" not in event
    assert regions(env={"AWS_REGION": "moon", "AWS_DEFAULT_REGION": "us-west-2"}) == {"us-west-2", "note"}


# --- what must be right -------------------------------------------------------------------------------------------


WRITES = {"OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/out"}}


def test_manifest_buckets_are_read_as_s3_uris() -> None:
    text = small(InputDataConfig=[channel("s3://amzn-s3-demo-bucket1/m.json", "ManifestFile")], **WRITES)
    options = ["--region", "us-west-2", "--manifest-bucket", "s3://amzn-s3-demo-bucket/images/", "--manifest-bucket"]
    done = compose("CreateTrainingJob", "--request", "-", *options, "s3://amzn-s3-demo-bucket2", stdin=text)
    assert done.code == 0
    assert resources(done, "ManifestDataRead") == [
        "arn:aws:s3:::amzn-s3-demo-bucket/images/*",
        "arn:aws:s3:::amzn-s3-demo-bucket2/*",
    ]
    wrong = compose("CreateTrainingJob", "--request", "-", *options, "amzn-s3-demo-bucket2", stdin=text)
    assert wrong.code == 1
    assert 'ManifestDataS3Uri: "amzn-s3-demo-bucket2" is not a valid Amazon S3 URI' in wrong.err
    assert "amzn-s3-demo-bucket2*" not in wrong.out


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_at_the_end_makes_no_other_folder(slash: str) -> None:
    below = "arn:aws:s3:::amzn-s3-demo-bucket/data/out/*"
    uri = f"s3://amzn-s3-demo-bucket/data/out{slash}"
    found = compose("--request", "-", stdin=changed(OutputDataConfig={"S3OutputPath": uri}))
    assert resources(found, "OutputWrite") == [below]
    given = {"Partition": "aws", "OutputBucket": "amzn-s3-demo-bucket", "OutputPrefix": f"data/out{slash}"}
    given |= {"InputBucket": "amzn-s3-demo-bucket", "InputPrefix": "data/in/"}
    options = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    found = compose("CreateTrainingJob", *options, "--allow-placeholders")
    assert resources(found, "OutputWrite") == [below]
    assert resources(found, "InputRead") == ["arn:aws:s3:::amzn-s3-demo-bucket/data/in/*"], "of a prefix it stays"


def test_channels_of_one_bucket_merge_and_a_shorter_prefix_covers() -> None:
    uris = [f"s3://amzn-s3-demo-bucket/data/part-{number}" for number in range(12)]
    done = with_channels(*map(channel, [*uris, *uris]))
    assert resources(done, "InputList") == ["arn:aws:s3:::amzn-s3-demo-bucket"]
    parts = [f"arn:aws:s3:::amzn-s3-demo-bucket/data/part-{number}*" for number in range(10)]
    assert resources(done, "InputRead") == parts, "part-1 covers part-10 and part-11"


# --- add-ons, scope, several requests -----------------------------------------------------------------------------


def test_one_operation_of_several() -> None:
    done = compose("CreateModel", "--request", INPUTS / "aws" / "trail.json")
    assert "repository/nightly" not in done.out
    none = compose("CreateImage", "--request", INPUTS / "aws" / "trail.json")
    assert (none.code, none.out) == (1, "")
    assert "there is no request of CreateImage; there are some of CreateModel, CreateTrainingJob" in none.err


def test_an_operation_with_several_roles_says_which_it_is() -> None:
    ids = [role.id for role in compiled().operation("CreateDomain").roles]
    said = f"CreateDomain accepts several roles ({', '.join(ids)}); this is {ids[0]} unless role chooses another"
    assert said in compose("CreateDomain", "--allow-placeholders").err
    assert "several roles" not in compose("CreateDomain", "--allow-placeholders", "--role", ids[3]).err


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


def test_a_grant_stands_once_whatever_asks_for_it() -> None:
    """The model artifact lies in the bucket that a training job reads and writes: its list permission is one."""
    done = compose("--request", INPUTS / "aws" / "trail.json", "--merge", "--explain")
    (sid,) = [item["Sid"] for item in done.document["Statement"] if item["Action"] == ["s3:ListBucket"]]
    block = explanation(done, "policy", sid)
    assert "\n  for: CreateModel" in block and "\n  for: CreateTrainingJob" in block


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


def test_a_request_that_passes_no_role_is_told() -> None:
    schedule = {"MonitoringJobDefinitionName": "d", "MonitoringType": "DataQuality"}
    request = {"MonitoringScheduleName": "s", "MonitoringScheduleConfig": schedule}
    done = compose("CreateMonitoringSchedule", "--request", "-", stdin=json.dumps(request))
    assert "note: -: CreateMonitoringSchedule: the request passes no role (MonitoringScheduleConfig." in done.err
    assert "passes no role" not in compose("--request", "-", stdin=changed()).err
    assert "passes no role" not in compose("CreateMonitoringSchedule").err


@pytest.mark.parametrize(("partition", "region"), [("aws", "us-west-2"), ("aws-eusc", "eusc-de-east-1")])
def test_the_arn_of_a_role_that_no_request_passes(partition: str, region: str) -> None:
    arn = f"arn:{partition}:iam::{ACCOUNT}:role/team/R"
    key = f"arn:{partition}:kms:{region}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    request = json.loads(changed(RoleArn=None, ResourceConfig={"VolumeKmsKeyId": key}, OutputDataConfig=None))
    options = ["--request", "-", "--role", arn, "--region", region, "--allow-placeholders"]
    done = compose("CreateTrainingJob", *options, "--part", "all", stdin=json.dumps(request))
    statements = {item["Sid"]: item for part in done.document.values() for item in part["Statement"]}
    assert statements["ExecutionPassRole"]["Resource"] == [arn]
    assert key in statements["VolumeGrant"]["Resource"]
    arns = [text for item in statements.values() for text in item.get("Resource", ()) if text != "*"]
    assert all(text.startswith(f"arn:{partition}:") for text in arns)
    assert "passes no role" not in done.err and "${Account}" not in done.out
    written = compose("CreateTrainingJob", *options, "--format", "cli", stdin=json.dumps(request))
    assert "create-role --path /team/ --role-name R " in written.out


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
