"""The command `compose`: options, streams, exit codes; what must be right in every policy; hostile values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
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


def test_a_complete_request_is_quiet() -> None:
    done = compose("--request", "-", "--set", "ManifestDataS3Uri=s3://amzn-s3-demo-bucket/x", stdin=changed())
    assert done.code == 0
    assert done.document["Version"] == "2012-10-17"
    assert "placeholder" not in done.err
    assert [line.partition(":")[0] for line in done.err.splitlines()] == ["note"], "the alias"
    assert done.out.endswith("}\n")


def test_open_placeholders_end_with_1_unless_allowed() -> None:
    done = compose("--request", "-", stdin=training())
    assert done.code == 1
    assert "placeholder: ${ManifestDataBucket}: name of the bucket (such as amzn-s3-demo-bucket)" in done.err
    assert "2 placeholders stay open: give --set NAME=VALUE, or --allow-placeholders to accept them" in done.err
    allowed = compose("--request", "-", "--allow-placeholders", stdin=training())
    assert (allowed.code, allowed.out) == (0, done.out)
    assert "stay open" not in allowed.err


def test_only_the_printed_part_counts() -> None:
    request = small(OutputDataConfig={"S3OutputPath": "s3://amzn-s3-demo-bucket/o"})
    for part, code in (("policy", 1), ("trust", 1), ("caller", 1)):
        assert compose("CreateTrainingJob", "--request", "-", "--part", part, stdin=request).code == code
    done = compose("--request", "-", "--part", "trust", stdin=training())
    assert (done.code, "ManifestData" in done.err) == (0, False)


def test_problems_end_with_1_and_still_print() -> None:
    done = compose("CreateTrainingJob", "--request", "-", "--region", "us-west-2", stdin=small(VpcConfig="x"))
    assert done.code == 1
    assert "problem: -:1:" in done.err
    assert done.document["Statement"]


def test_an_operation_that_cannot_be_told_is_wrong_usage() -> None:
    done = compose("--request", "-", stdin='{"RoleArn": "x"}')
    assert (done.code, done.out) == (2, "")
    assert re.search(
        "the request might be for .* or .*; name the operation: sagemaker-roles compose OPERATION", done.err
    )


def test_an_operation_alone_keeps_its_placeholders() -> None:
    done = compose("create-training-job", "--allow-placeholders")
    assert (done.code, done.out) == (0, compose("CreateTrainingJob", "--allow-placeholders").out)
    assert "${InputBucket}" in done.out


def test_syntax_errors_have_a_place_and_end_with_1(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text('{\n "RoleArn": "x"\n "A": 1}')
    done = compose("--request", file)
    assert (done.code, done.out) == (1, "")
    assert done.err == f'problem: {file}:3:2: not JSON: expected "," delimiter\n'


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
    assert regions(env={"AWS_REGION": "moon", "AWS_DEFAULT_REGION": "us-west-2"}) == {"us-west-2", "note"}


def test_an_events_region_wins_over_the_environment(tmp_path: Path) -> None:
    done = compose("--request", INPUTS / "aws" / "trail.json", "--each", env={"AWS_REGION": "eu-west-1"})
    assert "us-west-2" in done.out
    assert "eu-west-1" not in done.out


@pytest.mark.parametrize(
    ("partition", "region"), [("aws", "us-west-2"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]
)
def test_every_arn_is_of_the_requests_partition(partition: str, region: str) -> None:
    for file in sorted((INPUTS / partition).iterdir()):
        done = compose("--request", file, "--region", region, "--each", "--allow-placeholders")
        arns = set(re.findall(r"arn:([^:]+):[^:]*:([^:]*):", done.out))
        assert arns, file
        assert {name for name, _ in arns} == {partition}, file
        assert {name for _, name in arns} <= {"", region, "*"}, file


# --- what must be right -------------------------------------------------------------------------------------------


def test_a_prefix_is_read_and_a_manifest_is_read_as_the_object_it_is() -> None:
    done = with_channels(
        channel("s3://amzn-s3-demo-bucket/a"), channel("s3://amzn-s3-demo-bucket1/m.json", "ManifestFile")
    )
    assert resources(done, "InputRead") == ["arn:aws:s3:::amzn-s3-demo-bucket/a*"]
    assert resources(done, "ManifestRead") == ["arn:aws:s3:::amzn-s3-demo-bucket1/m.json"]
    assert resources(done, "ManifestDataRead") == ["arn:aws:s3:::${ManifestDataBucket}/${ManifestDataPrefix}*"]
    assert "what a manifest names is not in the request: --manifest-bucket says where it lies" in done.err
    augmented = with_channels(channel("s3://amzn-s3-demo-bucket1/m.json", "AugmentedManifestFile"))
    assert "InputRead" not in augmented.statements()
    assert resources(augmented, "ManifestRead") == ["arn:aws:s3:::amzn-s3-demo-bucket1/m.json"]


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


def test_a_prefix_boundary_is_explained() -> None:
    text = small(
        InputDataConfig=[channel("s3://amzn-s3-demo-bucket/data/train"), channel("s3://amzn-s3-demo-bucket/x/")]
    )
    done = compose("CreateTrainingJob", "--request", "-", "--explain", "--region", "us-west-2", stdin=text)
    note = "amzn-s3-demo-bucket/data/train* also covers keys that only begin alike, such as train2 next to train"
    assert note in done.err
    assert done.err.count("also covers keys that only begin alike") == 1


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_at_the_end_makes_no_other_folder(slash: str) -> None:
    below = "arn:aws:s3:::amzn-s3-demo-bucket/data/out/*"
    uri = f"s3://amzn-s3-demo-bucket/data/out{slash}"
    found = compose("--request", "-", stdin=changed(OutputDataConfig={"S3OutputPath": uri}))
    assert found.statements()["OutputWrite"]["Resource"] == [below]
    given = ["--set", "OutputBucket=amzn-s3-demo-bucket", "--set", f"OutputPrefix=data/out{slash}"]
    found = compose("CreateTrainingJob", *given, "--set", "Partition=aws", "--allow-placeholders")
    assert found.statements()["OutputWrite"]["Resource"] == [below]


def test_a_slash_at_the_end_of_a_prefix_stays() -> None:
    given = ["--set", "InputBucket=amzn-s3-demo-bucket", "--set", "InputPrefix=data/in/", "--set", "Partition=aws"]
    found = compose("CreateTrainingJob", *given, "--allow-placeholders")
    assert found.statements()["InputRead"]["Resource"] == ["arn:aws:s3:::amzn-s3-demo-bucket/data/in/*"]


def test_channels_of_one_bucket_merge_and_a_shorter_prefix_covers() -> None:
    uris = [f"s3://amzn-s3-demo-bucket/data/part-{number}" for number in range(12)]
    done = with_channels(*map(channel, [*uris, *uris, "s3://amzn-s3-demo-bucket/data/part-1"]))
    assert resources(done, "InputList") == ["arn:aws:s3:::amzn-s3-demo-bucket"]
    read = resources(done, "InputRead")
    assert "arn:aws:s3:::amzn-s3-demo-bucket/data/part-1*" in read
    assert not any("part-10" in text or "part-11" in text for text in read)
    assert len(read) == 10
    whole = with_channels(*map(channel, [*uris, "s3://amzn-s3-demo-bucket/data/"]))
    assert resources(whole, "InputRead") == ["arn:aws:s3:::amzn-s3-demo-bucket/data/*"]


def test_an_image_outside_ecr_needs_nothing_from_ecr() -> None:
    done = with_channels(AlgorithmSpecification={"TrainingImage": "registry.example.com/image:1"})
    assert not any("Pull" in sid or "Login" in sid for sid in done.statements())
    assert "needs no ECR permission" in done.err


# --- add-ons, scope, several requests -----------------------------------------------------------------------------


def test_add_ons_by_hand() -> None:
    text = small(VpcConfig={"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]})
    run = ["CreateTrainingJob", "--request", "-", "--region", "us-west-2", "--allow-placeholders"]
    assert "DescribeVpc" in compose(*run, stdin=text).statements()
    assert "DescribeVpc" not in compose(*run, "--no-addon", "vpc", stdin=text).statements()
    added = compose(*run, "--addon", "kms-input", "--set", f"InputKey={KEY}", stdin=text)
    assert added.code == 0
    assert f"arn:aws:kms:us-west-2:{ACCOUNT}:key/{KEY}" in added.out
    by_alias = compose(*run, "--addon", "kms-input", "--set", "InputKey=alias/mine", stdin=text)
    assert "kms:ResourceAliases" in by_alias.out


def test_broad_scope_is_the_quick_start() -> None:
    done = compose("--request", "-", "--scope", "broad", stdin=training())
    assert done.code == 0
    assert {tuple(item["Resource"]) for item in done.document["Statement"]} == {("*",)}


def test_several_requests_give_one_role(tmp_path: Path) -> None:
    done = compose(
        "--request", INPUTS / "aws" / "training-job.json", "--request", INPUTS / "aws" / "processing-job.yaml",
        "--merge", "--allow-placeholders", "--region", "us-west-2",
    )  # fmt: skip
    text = done.out
    assert "/aws/sagemaker/TrainingJobs" in text
    assert "/aws/sagemaker/ProcessingJobs" in text
    assert "the requests pass 2 roles (" in done.err
    reverse = compose(
        "--request", INPUTS / "aws" / "processing-job.yaml", "--request", INPUTS / "aws" / "training-job.json",
        "--merge", "--allow-placeholders", "--region", "us-west-2",
    )  # fmt: skip
    assert reverse.out == text


def test_one_role_of_several_by_its_arn_or_name() -> None:
    trail = INPUTS / "aws" / "trail.json"
    both = compose("--request", trail, "--merge")
    for role in (f"arn:aws:iam::{ACCOUNT}:role/ModelRole", "ModelRole"):
        done = compose("--request", trail, "--role", role)
        assert done.code == 0
        assert "repository/serving" in done.out
        assert "repository/nightly" not in done.out
        assert "roles" not in done.err
    assert "repository/serving" in both.out
    assert "repository/nightly" in both.out


def test_one_operation_of_several() -> None:
    done = compose("CreateModel", "--request", INPUTS / "aws" / "trail.json")
    assert "repository/nightly" not in done.out
    none = compose("CreateImage", "--request", INPUTS / "aws" / "trail.json")
    assert (none.code, none.out) == (1, "")
    assert "there is no request of CreateImage; there are some of CreateModel, CreateTrainingJob" in none.err


def test_an_operation_with_several_roles_says_which_it_is() -> None:
    operation = compiled().operation("CreateDomain")
    ids = [role.id for role in operation.roles]
    assert len(ids) > 5
    done = compose("CreateDomain", "--allow-placeholders")
    assert (
        f"CreateDomain accepts several roles ({', '.join(ids)}); this is {ids[0]} unless role chooses another"
        in done.err
    )
    other = compose("CreateDomain", "--allow-placeholders", "--role", ids[3])
    assert other.code == 0
    assert "accepts several roles" not in other.err
    assert other.out != done.out


def test_an_operation_without_a_role_of_its_own_works_with_anothers() -> None:
    text = json.dumps(
        {
            "TransformJobName": "t",
            "ModelName": "m",
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://amzn-s3-demo-bucket/in/"}}
            },
            "TransformOutput": {"S3OutputPath": "s3://amzn-s3-demo-bucket/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        }
    )
    done = compose("--request", "-", "--allow-placeholders", stdin=text)
    assert done.code == 0
    assert "arn:${Partition}:s3:::amzn-s3-demo-bucket/in/*" in done.out
    assert "arn:${Partition}:s3:::amzn-s3-demo-bucket/out/*" in done.out


def test_steps_of_a_pipeline_are_not_the_callers_calls() -> None:
    definition = (INPUTS / "aws" / "pipeline.json").read_text("utf-8")
    request = {
        "PipelineName": "p",
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/PipelineRole",
        "PipelineDefinition": definition,
    }
    run = ["CreatePipeline", "--request", "-", "--allow-placeholders", "--region", "us-west-2"]
    caller = compose(*run, "--part", "caller", stdin=json.dumps(request))
    assert "sagemaker:CreatePipeline" in caller.out
    assert "sagemaker:CreateTrainingJob" not in caller.out
    whole = compose(*run, stdin=json.dumps(request))
    assert "sagemaker:CreateTrainingJob" in whole.out, "the pipeline starts its steps"
    assert "arn:aws:s3:::${OutputBucketParameter}/models/*" in whole.out, "a step writes with the same role"
    alone = compose(*run, "--role", "pipeline", stdin=json.dumps(request))
    assert "arn:aws:s3:::${OutputBucket}/models/*" not in alone.out


# --- explanations and patches -------------------------------------------------------------------------------------


def test_every_statement_is_explained() -> None:
    done = compose("--request", "-", "--explain", "--part", "all", "--allow-placeholders", stdin=training())
    document = done.document
    for part in ("policy", "trust", "caller"):
        for statement in document[part]["Statement"]:
            begin = done.err.index(f"{part}: {statement['Sid']}\n")
            block = re.split(r"\n(?! )", done.err[begin:])[0]
            assert "\n  why: " in block
            assert re.search(r"\n  evidence: (documented|observed|inferred) \(.+ <.+>\)", block)
            assert "\n  for: CreateTrainingJob" in block
    assert '  because of: OutputDataConfig.S3OutputPath = "s3://amzn-s3-demo-bucket2/models"\n' in done.err
    assert "  for: CreateTrainingJob, add-on vpc: Amazon VPC\n" in done.err
    assert "[?" not in done.err


def patch(tmp_path: Path, text: str, *arguments: str) -> Done:
    file = tmp_path / "patch.json"
    file.write_text(text)
    return compose("--request", "-", "--patch", file, "--allow-placeholders", *arguments, stdin=training())


def test_a_patch_is_applied_last(tmp_path: Path) -> None:
    more = {
        "Sid": "Mine",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::amzn-s3-demo-bucket3/*"],
    }
    steps = [
        {"op": "test", "path": "/Version", "value": "2012-10-17"},
        {"op": "add", "path": "/Statement/-", "value": more},
    ]
    done = patch(tmp_path, json.dumps(steps))
    assert done.code == 0
    assert done.document["Statement"][-1] == more
    assert (
        done.document["Statement"][:-1]
        == compose("--request", "-", "--allow-placeholders", stdin=training()).document["Statement"]
    )
    all_parts = [{"op": "add", "path": "/caller/Statement/-", "value": more}]
    assert patch(tmp_path, json.dumps(all_parts), "--part", "all").document["caller"]["Statement"][-1] == more
    template = patch(tmp_path, json.dumps(steps), "--format", "cloudformation").document
    assert more in template["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    yaml = patch(tmp_path, "- {op: remove, path: /Statement/0}\n".replace("patch", "x"))
    assert yaml.code == 0 or "not JSON" in yaml.err


def test_a_missing_patch(tmp_path: Path) -> None:
    done = compose("CreateImage", "--patch", tmp_path / "missing.json")
    assert (done.code, done.out) == (2, "")
    assert "there is no such file or folder" in done.err


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


def hostile_request(value: Any) -> dict[str, Any]:
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


def statements_of(done: Done) -> list[dict[str, Any]]:
    """All statements, also of a policy that had to be split."""
    document = done.document
    return [item for one in (document if isinstance(document, list) else [document]) for item in one["Statement"]]


def wildcards(done: Done) -> set[str]:
    """Resources with wildcards that IAM does not take literally."""
    texts = {text for item in statements_of(done) for text in item["Resource"]}
    return {text for text in texts if re.search(r"[*?]", re.sub(r"\$\{[*?$]\}", "", text))}


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_value_widens_a_policy_or_breaks_the_command(value: str) -> None:
    text = json.dumps(hostile_request(value))
    settled = ["--region", "us-west-2", "--set", f"Account={ACCOUNT}", "--set", "Partition=aws"]
    run = ["CreateTrainingJob", "--request", "-", *settled]
    done = compose(*run, "--allow-placeholders", "--explain", stdin=text)
    assert done.code in (0, 1)
    assert "\x1b" not in done.err
    assert "\0" not in done.err
    assert max(map(len, done.err.splitlines())) < 4000
    statements = statements_of(done)
    assert statements
    opened = compose(*run, "--allow-placeholders", "--addon", "vpc", "--addon", "manifest", stdin=text)
    for resource in wildcards(done):
        plain = re.sub(r"\$\{[*?$]\}", "", resource)
        # What stays is a record's own: "*" where an action has no resource, below a folder, after a prefix.
        assert plain == "*" or plain.endswith("*") or ":*:" in plain or "/*:log-stream:*" in plain, resource
        if ":s3:::" in plain:
            bucket, _, key = plain.partition(":::")[2].partition("/")
            assert "*" not in bucket, resource
            assert key.rstrip("*") or "s3://amzn-s3-demo-bucket" in value, resource
        if ":kms:" in plain and plain.endswith("*"):
            conditions = [keys for item in statements for keys in item.get("Condition", {}).values()]
            assert any("kms:ResourceAliases" in keys for keys in conditions)
        assert ":role/*" not in plain
        assert "subnet/*" not in plain
        assert "repository/*" not in plain
    assert opened.code in (0, 1)


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(HOSTILE[:20]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            [
                "RoleArn", "VpcConfig", "Subnets", "InputDataConfig", "DataSource", "S3DataSource", "S3Uri",
                "Type", "Resources", "Properties", "Steps", "Version", "Arguments", "Get", "Ref", "Fn::Sub",
                "Records", "eventName", "eventSource", "requestParameters", "apiVersion", "kind", "spec",
                "metadata", "planned_values", "root_module", "resources", "values", "format_version", "type",
                "Parameters", "Name", "Conditions", "Fn::If", "Fn::GetAtt", "items",
            ]
        )
        | st.text(max_size=8),
        inner,
        max_size=4,
    ),
    max_leaves=15,
)  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from _places(item, (*path, key))


def _broken(value: Any, path: tuple[Any, ...], with_value: Any) -> Any:
    copied = json.loads(json.dumps(value))
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = with_value
    return copied


WHOLE = {file.name: json.loads(file.read_text("utf-8")) for file in sorted((INPUTS / "aws").glob("*.json"))}


@given(st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_wrong_type_in_a_sound_input_gives_a_traceback(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(list(WHOLE.values())))
    path = data.draw(st.sampled_from(list(_places(whole))))
    wrong = data.draw(
        st.sampled_from([None, True, 7, 1.5, "", "x", [], [[]], ["x"], {}, {"x": 1}, {"Ref": ["x"]}, [None]])
    )
    done = compose("--request", "-", "--allow-placeholders", "--explain", stdin=json.dumps(_broken(whole, path, wrong)))
    assert done.code in (0, 1, 2)


def test_an_event_whose_name_is_no_text() -> None:
    event = {"eventSource": "sagemaker.amazonaws.com", "eventName": ["CreateTrainingJob"], "requestParameters": {}}
    done = compose("--request", "-", stdin=json.dumps({"Records": [event]}))
    assert done.code == 1 and "no SageMaker request found; give one, or name the operation" in done.err


@given(_ANY, st.sampled_from([None, "api", "cloudtrail", "cloudformation", "ack", "terraform", "pipeline", "commands"]))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_value_gives_a_traceback(value: Any, form: str | None) -> None:
    arguments = ["--input-format", form] if form else []
    done = compose("CreateTrainingJob", "--request", "-", "--allow-placeholders", *arguments, stdin=json.dumps(value))
    assert done.code in (0, 1, 2)
    assert done.out or done.code == 2 or "no SageMaker request" in done.err or "problem: " in done.err
    assert not done.out or (done.code != 2 and "no SageMaker request" not in done.err)


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_bytes_give_a_traceback(raw: bytes) -> None:
    for prefix in (b"", b"\x1f\x8b", b'{"Records": [', b"\xff\xfe", b"%YAML 1.2\n---\n"):
        assert compose("CreateTrainingJob", "--request", "-", stdin=prefix + raw).code in (1, 2)


def test_deep_and_large_inputs_are_refused_in_one_line() -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000, "- " * 10_000, '{"RoleArn": "' + "x" * 1_000_000 + '"}'):
        done = compose("CreateTrainingJob", "--request", "-", "--allow-placeholders", stdin=text)
        assert done.code in (0, 1)
        assert len(done.err) < 2000


def test_a_grant_stands_once_whatever_asks_for_it() -> None:
    """The model artifact lies in the bucket that a training job reads and writes: its list permission is one."""
    done = compose("--request", INPUTS / "aws" / "trail.json", "--merge", "--explain")
    lists = [item for item in done.document["Statement"] if item["Action"] == ["s3:ListBucket"]]
    assert [item["Resource"] for item in lists] == [["arn:aws:s3:::amzn-s3-demo-bucket"]]
    block = re.split(r"\n(?! )", done.err[done.err.index(f"policy: {lists[0]['Sid']}\n") :])[0]
    assert "\n  for: CreateModel" in block
    assert "\n  for: CreateTrainingJob" in block
    seen = [json.dumps({**item, "Sid": ""}) for item in done.document["Statement"]]
    assert len(set(seen)) == len(seen)


def test_a_fault_in_a_list_names_the_one_member() -> None:
    channels = [channel("s3://amzn-s3-demo-bucket/a"), channel("s3:/b"), channel("s3://amzn-s3-demo-bucket/c")]
    vpc = {"Subnets": ["subnet-0123456789abcdef0", "subnet-x"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    done = compose("--request", "-", stdin=changed(InputDataConfig=channels, VpcConfig=vpc))
    assert 'InputDataConfig[1].DataSource.S3DataSource.S3Uri: "s3:/b" is not a valid Amazon S3 URI' in done.err
    assert 'VpcConfig.Subnets[1]: "subnet-x" is not a valid VPC subnet' in done.err


def test_a_request_that_passes_no_role_is_told() -> None:
    schedule = {"MonitoringJobDefinitionName": "d", "MonitoringType": "DataQuality"}
    request = {"MonitoringScheduleName": "s", "MonitoringScheduleConfig": schedule}
    done = compose("CreateMonitoringSchedule", "--request", "-", stdin=json.dumps(request))
    assert "note: -: CreateMonitoringSchedule: the request passes no role (MonitoringScheduleConfig." in done.err
    assert "passes no role" not in compose("--request", "-", stdin=changed()).err
    assert "passes no role" not in compose("CreateMonitoringSchedule").err


def test_an_updated_cluster_sees_the_subnets_of_its_groups() -> None:
    vpc = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    group = {"InstanceGroupName": "g", "ExecutionRole": "arn:aws:iam::111122223333:role/R", "OverrideVpcConfig": vpc}
    for operation in ("CreateCluster", "UpdateCluster"):
        request = json.dumps({"ClusterName": "c", "InstanceGroups": [group]})
        done = compose(operation, "--request", "-", "--region", "us-west-2", stdin=request)
        assert "subnet/subnet-0123456789abcdef0" in done.out, operation


@pytest.mark.parametrize(
    ("partition", "region"),
    [
        ("aws", "us-west-2"),
        ("aws-cn", "cn-north-1"),
        ("aws-eusc", "eusc-de-east-1"),
        ("aws-iso", "us-iso-east-1"),
        ("aws-iso-b", "us-isob-east-1"),
        ("aws-iso-e", "eu-isoe-west-1"),
        ("aws-iso-f", "us-isof-south-1"),
        ("aws-us-gov", "us-gov-west-1"),
    ],
)
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


def test_a_role_that_is_neither_known_nor_an_arn() -> None:
    done = compose("CreateTrainingJob", "--role", "R", "--request", "-", stdin=changed(RoleArn=None))
    assert done.code == 2 and 'no request has or passes a role "R"' in done.err


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
