"""Nothing that an input holds widens an ARN or is worked out by what reads an output, in either engine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from composing import INPUTS, compiled, compose
from proof.near_misses import texts_in
from sagemaker_roles.engine.compose import Request
from sagemaker_roles.engine.compose import compose as composed
from sagemaker_roles.engine.partial import Partial, Unknown
from sagemaker_roles.engine.placeholders import GLOBAL_MEANINGS
from sagemaker_roles.engine.values import match, parse

ROLE = "arn:aws:iam::111122223333:role/R"
OTHER = "us-west-2:999999999999:log-group:/x"

#: What a field of an ARN may be: a value of its kind, empty, a wildcard of a record, or a placeholder.
FIELDS = {
    1: f"{GLOBAL_MEANINGS['Partition'].pattern}|[*]|aws[*]",
    2: "[a-z0-9-]{2,40}|[*]",
    3: f"{GLOBAL_MEANINGS['Region'].pattern}|[*]|",
    4: f"{GLOBAL_MEANINGS['Account'].pattern}|aws|cloudfront|[*]|",
}


def assert_sound(documents: Any) -> None:
    """Each ARN's partition, service, Region and account match their patterns; no text holds what no text of AWS may."""
    for text in texts_in(documents):
        assert not re.search("[\x00-\x1f\x7f\ud800-\udfff]", text), text
        if text.startswith("arn:"):
            fields = re.sub(r"\$\{(?:[A-Z][A-Za-z0-9]*|aws:[A-Za-z]+)\}", "*", text).split(":", 5)
            assert len(fields) == 6, text
            for index, pattern in FIELDS.items():
                assert re.fullmatch(pattern, fields[index], re.ASCII), (text, index)


KEY = "key/1234abcd-12ab-34cd-56ef-1234567890ab"
RESERVED = "Amazon S3 reserves names with this ending"

#: Values of a request that name what no request can use, and what is said of each.
ELSEWHERE = {
    "s3://data--ol-s3/a": RESERVED,
    "s3://data--use1-az4--xa-s3": RESERVED,
    "s3://data--table-s3/a": RESERVED,
    "s3://mfzwi23gnjvgw.mrap/a": RESERVED,
    "https://data--ol-s3.s3.us-west-2.amazonaws.com/a": RESERVED,
    "https://s3.us-west-2.amazonaws.com/data--ol-s3/a": RESERVED,
    "s3://arn:aws-cn:s3:us-west-2:111122223333:accesspoint/data/a": "is in the partition aws, not in aws-cn",
    f"arn:aws-zz:kms:us-west-2:111122223333:{KEY}": '"aws-zz" is not an AWS partition',
    f"arn:aws:kms:zz-west-2:111122223333:{KEY}": '"zz-west-2" is not an AWS Region',
    f"arn:aws:kms:cn-north-1:111122223333:{KEY}": "is in the partition aws-cn, not in aws",
    "arn:aws:kms:us-west-2:999999999999:alias/aws/s3": "an AWS managed key serves its own account only",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [("Region", OTHER), ("Account", "1*1"), ("Partition", "a:y"), ("InputBucket", "a*"), ("InputBucket", "\ud800xx")],
)
def test_values_given_to_the_library_are_of_their_kind_or_left_out(name: str, value: str) -> None:
    result = composed(compiled(), [Request("CreateTrainingJob", None)], values={name: value})
    assert_sound([result.policy.to_json(), result.trust.to_json(), result.caller.to_json()])
    assert name in result.placeholders
    assert [(item.kind, item.member) for item in result.findings] == [("problem", name)]


def training(value: str) -> str:
    """A training job with a key, or with an Amazon S3 URI."""
    key = {"KmsKeyId": value} if ":kms:" in value else {}
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://amzn-s3-demo-bucket/in" if key else value}
    members = {
        "RoleArn": ROLE,
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/o", **key},
    }
    return json.dumps({"CreateTrainingJob": members})


@pytest.mark.parametrize("value", ELSEWHERE)
def test_what_no_request_can_use_is_a_problem(value: str) -> None:
    done = compose("--request", "-", "--part", "policy", "--allow-placeholders", stdin=training(value))
    assert done.code == 1
    (line,) = [line for line in done.err.splitlines() if line.startswith("problem: ")]
    assert ELSEWHERE[value] in line
    assert "999999999999" not in done.out and "aws-zz" not in done.out and "-s3/" not in done.out


def test_the_key_that_aws_manages_in_the_roles_account_is_none() -> None:
    value = "arn:aws:kms:us-west-2:111122223333:alias/aws/s3"
    done = compose("--request", "-", "--part", "policy", "--allow-placeholders", stdin=training(value))
    assert done.code == 0 and "kms:" not in done.out


def test_a_partly_known_name_is_told_by_its_end(tmp_path: Path) -> None:
    """What stands for a bucket, an alias, and what is reserved, each with an unknown beginning."""
    kind = compiled().kind("s3-uri")
    for end, form in {"": "key", "-s3alias": "access-point-alias", "--ol-s3": "reserved"}.items():
        one = match(kind, Partial(["s3://", Unknown("Name"), f"{end}/data/train"]))
        assert one is not None and one.form.id == form, end


def test_a_region_of_another_partition_is_not_used() -> None:
    key = json.loads(training(f"arn:aws:kms:us-west-2:111122223333:{KEY}"))
    key["CreateTrainingJob"]["RoleArn"] = ROLE.replace("aws", "aws-cn")
    done = compose("--request", "-", "--part", "policy", "--allow-placeholders", stdin=json.dumps(key))
    assert "arn:aws-cn:logs:${Region}:" in done.out


def test_a_value_for_an_unknown_part_passes_the_kind_of_its_member(tmp_path: Path) -> None:
    template = """
Resources:
  M:
    Type: AWS::SageMaker::Model
    Properties:
      ExecutionRoleArn: arn:aws:iam::111122223333:role/R
      PrimaryContainer: {Image: x, ModelDataUrl: !Sub "s3://${Data}/models/model.tar.gz"}
"""
    (tmp_path / "t.yaml").write_text(template)
    run = ("--request", tmp_path / "t.yaml", "--allow-placeholders", "--region", "us-west-2", "--set")
    assert "arn:aws:s3:::amzn-s3-demo-bucket/models/model.tar.gz" in compose(*run, "Data=amzn-s3-demo-bucket").out
    wrong = compose(*run, "Data=*")
    assert wrong.code == 1
    assert '"*" is not a valid name of the bucket' in wrong.err
    assert_sound(wrong.document)


@pytest.mark.parametrize("text", ["a\ud800b", "\udc00", "a\u0000b", "a\nb", "a\x7f"])
def test_no_kind_takes_half_a_character_or_a_control_character(text: str) -> None:
    for kind in (compiled().kind(name) for name in compiled().data["resources"]):
        for example in (form.examples[0] for form in kind.forms):
            for at in (0, len(example) // 2, len(example)):
                value = example[:at] + text + example[at:]
                assert parse(kind, value) is None, (kind.id, value)


FILES = sorted(file for file in INPUTS.rglob("*") if file.is_file())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_arn_of_an_input_is_sound(file: Path) -> None:
    done = compose("--request", file, "--part", "all", "--each", "--allow-placeholders")
    assert_sound(done.document)


# --- what outputs would work out ----------------------------------------------------------------------------------

#: Pieces that CloudFormation, Terraform or a shell would work out; IAM takes each of them in a key of Amazon S3.
PIECES = ("${Bucket}", "$${x}", "%{if x}", "%%{x}", "$$", "`id`", "$(id)", "'\"\\", "!{x}", "${!x}", "%s", "é\u2028")


def request(*pieces: str) -> str:
    channels = [
        {"ChannelName": f"c{index}", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://amzn-s3-demo-bucket/{piece}/x"}}}
        for index, piece in enumerate(pieces)
    ]  # fmt: skip
    others = {
        "AlgorithmSpecification": {"TrainingImage": "111122223333.dkr.ecr.us-west-2.amazonaws.com/train:1"},
        "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket2/out"},
    }
    members = {"TrainingJobName": "t", "RoleArn": ROLE, "InputDataConfig": channels, **others}
    return json.dumps({"CreateTrainingJob": members})


def printed(form: str, *pieces: str) -> Any:
    return compose("--request", "-", "--region", "us-west-2", "--format", form, stdin=request(*pieces))


def resources(policy: Any) -> set[str]:
    return {text for item in policy["Statement"] for text in item["Resource"] if text.startswith("arn:aws:s3:::")}


def test_a_policy_means_the_keys_themselves() -> None:
    written = resources(printed("json", *PIECES).document)
    for piece in PIECES:
        text = f"arn:aws:s3:::amzn-s3-demo-bucket/{re.sub('[*?$]', lambda found: '${' + found[0] + '}', piece)}/x*"
        assert text in written


def test_a_dynamic_reference_is_refused_in_a_template_only() -> None:
    piece = "{{resolve:ssm:/x}}"
    done = printed("cloudformation", piece)
    assert (done.code, done.out) == (1, "")
    assert "would be replaced in a template, as a dynamic reference; write another format" in done.err
    assert any(piece in text for text in resources(printed("json", piece).document))


def test_a_role_name_that_is_none_is_not_written() -> None:
    hostile = json.dumps({"CreateTrainingJob": {"TrainingJobName": "t", "RoleArn": f"{ROLE}{{{{resolve:ssm:/x}}}}"}})
    done = compose("--request", "-", "--format", "cloudformation", "--allow-placeholders", stdin=hostile)
    assert "resolve" not in done.out


def test_what_is_beyond_iams_characters_is_named_once_a_part() -> None:
    done = compose(
        "--request", "-", "--part", "policy", "--allow-placeholders", stdin=training("s3://amzn-s3-demo-bucket/日本")
    )
    (note,) = [line for line in done.err.splitlines() if "U+00FF" in line]
    assert note.startswith('note: policy: "arn:aws:s3:::amzn-s3-demo-bucket/日本*": IAM takes characters up to U+00FF')
    plain = compose(
        "--request", "-", "--part", "policy", "--allow-placeholders", stdin=training("s3://amzn-s3-demo-bucket/é")
    )
    assert "U+00FF" not in plain.err


def test_a_value_that_is_partly_known_holds_no_half_of_a_character() -> None:
    kind = compiled().kind("s3-uri")
    for end, is_read in (("/é", True), ("/\ud800", False), ("/" + "x" * kind.max_length, False)):
        value = Partial(["s3://amzn-s3-demo-bucket/a/", Unknown("Name"), end])
        assert (match(kind, value) is not None) is is_read, end
