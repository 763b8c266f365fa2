"""Capturing: nothing leaves the machine, every answer has the shape that botocore says, and roles come out."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.loaders
import botocore.session
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import ParamValidator

from composing import compiled
from sagemaker_roles import Choice, NothingToCompose, capture, compose_reading, write
from sagemaker_roles.extras.capture.canned_responses import Answers
from sagemaker_roles.extras.capture.captured_requests import prefixes
from sagemaker_roles.extras.capture.hooks import AlreadyCapturing
from sagemaker_roles.extras.capture.offline import is_here
from sagemaker_roles.extras.capture.stand_ins import StandIns
from support import ROOT, run

ROLE = "arn:aws:iam::111122223333:role/Training"
REGION = "us-west-2"


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def training(name: str = "churn", output: str = "s3://amzn-s3-demo-bucket/models", role: str = ROLE) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "RoleArn": role,
        "AlgorithmSpecification": {
            "TrainingImage": "111122223333.dkr.ecr.us-west-2.amazonaws.com/churn:7",
            "TrainingInputMode": "File",
        },
        "OutputDataConfig": {"S3OutputPath": output},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }


def resources(captured: Any, sid: str, choice: Choice | None = None) -> list[str]:
    (role,) = captured.compose(compiled(), choice).roles
    return [text for one in role.composition.policy.statements if one.sid == sid for text in one.resources]


# --- what is captured -----------------------------------------------------------------------------------------------


def test_requests_are_kept_and_composed() -> None:
    with capture(region=REGION) as captured:
        boto3.client("sagemaker").create_training_job(**training())
    (call,) = captured.calls
    assert (call.service, call.operation, call.region) == ("sagemaker", "CreateTrainingJob", REGION)
    assert call.parameters == training()
    assert call.place.startswith("test_capture.py:")
    reading = captured.reading(compiled())
    assert (reading.facts["Region"], [one.operation for one in reading.requests]) == (REGION, ["CreateTrainingJob"])
    assert compose_reading(compiled(), reading).roles[0].chosen.arn == ROLE
    assert resources(captured, "OutputWrite") == ["arn:aws:s3:::amzn-s3-demo-bucket/models/*"]
    assert captured.requests("CreateTrainingJob") == captured.requests() == [training()]


def test_clients_that_are_older_are_captured_and_used_again_later() -> None:
    client = boto3.client("sagemaker", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106
    with capture() as captured:
        client.create_training_job(**training())
    assert len(captured.calls) == 1
    sent: list[Any] = []
    client.meta.events.register("before-send", lambda request, **_: sent.append(request) or _refused())
    with pytest.raises(Refused):
        client.create_training_job(**training())
    assert (len(sent), len(captured.calls)) == (1, 1)


class Refused(Exception):
    pass


def _refused() -> None:
    raise Refused


def test_botocore_still_checks_requests() -> None:
    with capture(region=REGION) as captured, pytest.raises(ParamValidationError):
        boto3.client("sagemaker").create_training_job(TrainingJobName=7)
    assert not captured.calls
    with pytest.raises(NothingToCompose):
        captured.compose(compiled())


def test_blocks_contain_no_block_and_end_as_they_began() -> None:
    before = (socket.socket.connect, socket.getaddrinfo, dict(os.environ))
    with capture(region=REGION):
        assert os.environ["AWS_REGION"] == REGION
        with pytest.raises(AlreadyCapturing), capture():
            pass
    assert (socket.socket.connect, socket.getaddrinfo, dict(os.environ)) == before
    with pytest.raises(ValueError, match='"12"'), capture(account="12"):
        pass
    with pytest.raises(KeyError), capture():
        raise KeyError
    with capture():
        pass


@pytest.mark.parametrize("name", ["127.0.0.1", "::1", "localhost", "169.254.169.254", "10.0.0.1", "a.b"])
def test_what_is_this_machine(name: str) -> None:
    assert is_here(name) is (name in ("127.0.0.1", "::1", "localhost"))


# --- what is answered -----------------------------------------------------------------------------------------------


SERVICES = ("sagemaker", "s3", "sts", "iam", "ecr", "logs", "sagemaker-runtime", "sagemaker-featurestore-runtime")


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_of_its_shape(service: str) -> None:
    model_of_service = botocore.session.get_session().get_service_model(service)
    for name in model_of_service.operation_names:
        model = model_of_service.operation_model(name)
        answer = Answers(StandIns(), {}).answer(model, {}, REGION)
        if model.output_shape is None:
            assert not answer
            continue
        streams = {key for key, value in answer.items() if hasattr(value, "read") or isinstance(value, Iterator)}
        assert bool(streams) == (model.has_streaming_output or model.has_event_stream_output)
        given = {key: (b"" if hasattr(one, "read") else {}) if key in streams else one for key, one in answer.items()}
        errors = ParamValidator().validate(given, model.output_shape)._errors
        # Amazon S3 gives no name of the one Region whose buckets have none.
        assert not [one for one in errors if one[1] != ".LocationConstraint"], name
        assert not any(answer.get(key) for key in ("NextToken", "IsTruncated", "FailureReason")), name


def test_waiters_end() -> None:
    data = botocore.loaders.Loader().load_service_model("sagemaker", "waiters-2")["waiters"]
    with capture(region=REGION) as captured:
        client = boto3.client("sagemaker")
        for name, waiter_data in data.items():
            operation = waiter_data["operation"]
            noun = operation.removeprefix("Describe")
            shape = client.meta.service_model.operation_model(operation).input_shape
            asked = dict.fromkeys(shape.required_members, name)
            if "Deleted" in name:
                client._make_api_call(f"Delete{noun}", asked)
            elif "Stopped" in name and "Or" not in name:
                client._make_api_call(f"Stop{noun}", asked)
            waiter = client.get_waiter(botocore.xform_name(name))
            waiter.config.delay = 0
            waiter.config.max_attempts = 1
            waiter.wait(**asked)
            assert captured.calls[-1].operation == operation
    assert len(data) > 10


@pytest.mark.parametrize("service", ["sagemaker", "s3", "logs", "iam", "ecr"])
def test_paginators_end(service: str) -> None:
    pages = botocore.loaders.Loader().load_service_model(service, "paginators-1")["pagination"]
    with capture(region=REGION):
        client = boto3.client(service)
        for name in pages:
            shape = client.meta.service_model.operation_model(name).input_shape
            asked = {member: example(shape.members[member]) for member in shape.required_members}
            assert len(list(client.get_paginator(botocore.xform_name(name)).paginate(**asked))) == 1, name


def example(shape: Any) -> Any:
    if shape.type_name == "structure":
        return {member: example(shape.members[member]) for member in shape.required_members}
    if shape.type_name == "list":
        return [example(shape.member)]
    if shape.type_name == "string":
        return (shape.enum or ["x" * max(1, shape.metadata.get("min", 1))])[0]
    return {"boolean": True, "timestamp": 0, "map": {}}.get(shape.type_name, max(1, shape.metadata.get("min", 1)))


def test_what_was_created_is_found_again() -> None:
    with capture(region=REGION) as captured:
        client = boto3.client("sagemaker")
        client.create_training_job(**training())
        answer = client.describe_training_job(TrainingJobName="churn")
        assert answer["ModelArtifacts"] == {
            "S3ModelArtifacts": "s3://amzn-s3-demo-bucket/models/churn/output/model.tar.gz"
        }
        assert (answer["RoleArn"], answer["TrainingJobStatus"]) == (ROLE, "Completed")
        arn = client.create_model_package_group(ModelPackageGroupName="g")["ModelPackageGroupArn"]
        assert client.describe_model_package_group(ModelPackageGroupName=arn)["ModelPackageGroupName"] == "g"
        client.delete_endpoint(EndpointName="e")
        with pytest.raises(ClientError, match="Could not find"):
            client.describe_endpoint(EndpointName="e")
        client.create_endpoint(EndpointName="e", EndpointConfigName="c")
        assert client.describe_endpoint(EndpointName="e")["EndpointConfigName"] == "c"
    assert [call.operation for call in captured.calls][:2] == ["CreateTrainingJob", "DescribeTrainingJob"]


def test_objects_come_back(tmp_path: Path) -> None:
    (tmp_path / "up").write_bytes(b"hello")
    with capture(region=REGION) as captured:
        client = boto3.client("s3")
        client.upload_file(str(tmp_path / "up"), "amzn-s3-demo-bucket", "a/up")
        client.download_file("amzn-s3-demo-bucket", "a/up", str(tmp_path / "down"))
        assert (tmp_path / "down").read_bytes() == b"hello"
        assert [one["Key"] for one in client.list_objects_v2(Bucket="amzn-s3-demo-bucket", Prefix="a/")["Contents"]]
        assert client.get_object(Bucket="amzn-s3-demo-bucket", Key="other")["Body"].read() == b"{}"
        client.download_file("amzn-s3-demo-bucket", "model.tar.gz", str(tmp_path / "model.tar.gz"))
        with tarfile.open(tmp_path / "model.tar.gz") as archive:
            assert archive.getnames() == []
        large = tmp_path / "large"
        large.write_bytes(b"0" * (9 << 20))
        client.upload_file(str(large), "amzn-s3-demo-bucket", "a/large")
        assert client.get_bucket_location(Bucket="amzn-s3-demo-bucket")["LocationConstraint"] is None
    assert "CompleteMultipartUpload" in {call.operation for call in captured.calls}
    assert all(call.parameters.get("Body") is None for call in captured.calls)


def test_given_answers_win() -> None:
    answers = {"DescribeTrainingJob": {"TrainingJobStatus": "Failed"}, "DescribeModel": None}
    with capture(region=REGION, account="444455556666", answers=answers) as captured:
        client = boto3.client("sagemaker")
        assert client.describe_training_job(TrainingJobName="churn")["TrainingJobStatus"] == "Failed"
        with pytest.raises(ClientError, match="Could not find"):
            client.describe_model(ModelName="churn")
        identity = boto3.client("sts").get_caller_identity()
        assert ":444455556666:assumed-role/" in identity["Arn"]
        client.create_training_job(**training(output=f"s3://sagemaker-{REGION}-{identity['Account']}/out"))
    assert resources(captured, "OutputWrite") == ["arn:aws:s3:::sagemaker-us-west-2-444455556666/out/*"]


# --- what only AWS knows --------------------------------------------------------------------------------------------


def test_what_only_aws_knows_is_a_placeholder() -> None:
    with capture(region=REGION) as captured:
        account = boto3.client("sts").get_caller_identity()["Account"]
        role = boto3.client("iam").get_role(RoleName="Training")["Role"]["Arn"]
        client = boto3.client("sagemaker")
        client.create_training_job(**training(output=f"s3://sagemaker-us-west-2-{account}/out", role=role))
        found = client.describe_training_job(TrainingJobName="of-someone-else")["ModelArtifacts"]["S3ModelArtifacts"]
        client.create_model(
            ModelName="churn",
            ExecutionRoleArn=role,
            PrimaryContainer={"Image": "111122223333.dkr.ecr.us-west-2.amazonaws.com/serve:7", "ModelDataUrl": found},
        )
    assert resources(captured, "OutputWrite") == ["arn:aws:s3:::sagemaker-us-west-2-${Account}/out/*"]
    (read,) = resources(captured, "ModelRead")
    assert read == "arn:aws:s3:::${ModelArtifactsS3ModelArtifactsBucket}/${ModelArtifactsS3ModelArtifactsKey}"
    result = captured.compose(compiled())
    assert "DescribeTrainingJob" in result.texts()["ModelArtifactsS3ModelArtifactsBucket"]
    text = write(result).text
    assert "standin" not in text
    assert "000000000000" not in text
    values = {"Account": "111122223333", "ModelArtifactsS3ModelArtifactsBucket": "amzn-s3-demo-bucket"}
    assert resources(captured, "OutputWrite", Choice(values=values)) == [
        "arn:aws:s3:::sagemaker-us-west-2-111122223333/out/*"
    ]
    (read,) = resources(captured, "ModelRead", Choice(values=values))
    assert read == "arn:aws:s3:::amzn-s3-demo-bucket/${ModelArtifactsS3ModelArtifactsKey}"


def test_what_looks_like_a_stand_in_and_is_none_stays() -> None:
    stand_ins = StandIns()
    assert stand_ins.replaced(["standin00007x", {"a": "1000000000000"}, 7], lambda *_: "?") == [
        "standin00007x",
        {"a": "1000000000000"},
        7,
    ]
    assert StandIns("111122223333").replaced("000000000000", lambda *_: "?") == "000000000000"


def test_definitions_of_pipelines_are_read_from_where_they_were_uploaded() -> None:
    step = {"Name": "Train", "Type": "Training", "Arguments": training()}
    del step["Arguments"]["TrainingJobName"]  # type: ignore[attr-defined]
    definition = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": [step]})
    with capture(region=REGION) as captured:
        boto3.client("s3").put_object(Bucket="amzn-s3-demo-bucket", Key="p.json", Body=definition.encode())
        boto3.client("sagemaker").create_pipeline(
            PipelineName="p",
            RoleArn=ROLE,
            ClientRequestToken="x" * 32,
            PipelineDefinitionS3Location={"Bucket": "amzn-s3-demo-bucket", "ObjectKey": "p.json"},
        )
    found = captured.reading(compiled())
    assert [one.operation for one in found.requests] == ["CreatePipeline", "CreateTrainingJob"]
    (note,) = [one for one in found.notices if one.where == "capture"]
    assert "s3:PutObject" in note.message


def test_manifests_are_read_from_where_they_were_uploaded() -> None:
    manifest = json.dumps([{"prefix": "s3://amzn-s3-demo-data/rows/"}, "1.pbr", "2.pbr"])
    where = {"S3DataType": "ManifestFile", "S3Uri": "s3://amzn-s3-demo-bucket/data.manifest"}
    channels = [{"ChannelName": "train", "DataSource": {"S3DataSource": where}}]
    with capture(region=REGION) as captured:
        boto3.client("s3").put_object(Bucket="amzn-s3-demo-bucket", Key="data.manifest", Body=manifest.encode())
        boto3.client("s3").put_object(Bucket="amzn-s3-demo-bucket", Key="other.manifest", Body=b"no JSON")
        client = boto3.client("sagemaker")
        client.create_training_job(**training(), InputDataConfig=channels)
        where["S3Uri"] = "s3://amzn-s3-demo-bucket/other.manifest"
        client.create_training_job(**training("other"), InputDataConfig=channels)
    assert captured.manifests() == ["s3://amzn-s3-demo-data/rows/"]
    (role,) = captured.compose(compiled()).roles
    text = json.dumps(role.composition.policy.to_json())
    assert "arn:aws:s3:::amzn-s3-demo-data/rows/" in text
    assert "Manifest" not in " ".join(role.composition.placeholders)
    for body in (b"7", b"[]", b"[7]", b'[{"prefix": 7}]', None):
        assert not list(prefixes([{"S3DataType": "ManifestFile", "S3Uri": "s3://b/k"}], lambda *_, body=body: body))


# --- the command ----------------------------------------------------------------------------------------------------

SCRIPT = """
import sys
import helper
print("trains", *sys.argv[1:])
helper.train(sys.argv[1])
{}
"""
HELPER = f"""
import boto3
def train(prefix):
    job = {training()!r}
    job["OutputDataConfig"]["S3OutputPath"] = f"s3://amzn-s3-demo-bucket/{{prefix}}"
    boto3.client("sagemaker").create_training_job(**job)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "train.py").write_text(SCRIPT.format(""))
    return tmp_path / "train.py"


def test_a_script_is_run(script: Path) -> None:
    done = run("compose", "--run", f"{script} 'my models'", "--region", REGION, cwd=script.parents[1])
    assert done.returncode == 0, done.stderr
    assert "arn:aws:s3:::amzn-s3-demo-bucket/my models/*" in done.stdout
    assert "trains my models" in done.stderr
    json.loads(done.stdout)


@pytest.mark.parametrize(
    ("end", "code", "place"),
    [
        ("sys.exit(0)", 0, ""),
        ("sys.exit(3)", 1, "train.py: "),
        ("1 / 0", 1, "train.py:6:1"),
        ("1 +", 1, "train.py:6:1"),
    ],
)
def test_a_script_that_fails_is_told(script: Path, end: str, code: int, place: str) -> None:
    script.write_text(SCRIPT.format(end))
    done = run("compose", "--run", f"{script} m", "--region", REGION)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert place in done.stderr


@pytest.mark.parametrize(
    "code",
    [
        "from sagemaker_roles.cli.main import main; sys.argv[1:] = ['compose', '--run', '{} m']; main()",
        "from sagemaker_roles import capture\nwith capture(): pass",
    ],
)
def test_without_botocore_the_extra_is_named(script: Path, code: str) -> None:
    hidden = "import sys; sys.modules['botocore'] = None; sys.modules['botocore.client'] = None; "
    command = [sys.executable, "-c", hidden + code.format(script)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "-py3-none-any.whl[capture]" in done.stderr) == (1, True), done.stderr
