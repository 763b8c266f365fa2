"""The code of the guides on getting and creating a role runs: Python and the AWS CLI against a local moto server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from moto_server import client, reset
from support import ROOT, SCRIPTS

GUIDES = ROOT / "docs" / "guides"
HERE = Path(__file__).parent
NAME = "AmazonSageMaker-ExecutionRole-20261124T101500"
ARN = f"arn:aws:iam::111122223333:role/service-role/{NAME}"

#: What the SageMaker Python SDK would do, as far as the guides use it. GIVES is the role it finds, or "".
SDK = {
    "sagemaker/__init__.py": "",
    "sagemaker/core/__init__.py": "",
    "sagemaker/core/helper/__init__.py": "",
    "sagemaker/core/helper/session_helper.py": """
import os

def get_execution_role(sagemaker_session=None, use_default=False):
    if not os.environ["GIVES"]:
        raise ValueError("The current AWS identity is not a role")
    return os.environ["GIVES"]
""",
    "sagemaker/train/__init__.py": """
class ModelTrainer:
    def __init__(self, *, training_image=None, role=None):
        assert training_image and role.startswith("arn:")
""",
}


class Block(NamedTuple):
    """A fenced block of a guide."""

    language: str
    text: str


def blocks(guide: str) -> list[Block]:
    page = (GUIDES / f"{guide}.md").read_text("utf-8")
    return [Block(*found) for found in re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)]


@pytest.fixture
def account(server: str) -> Iterator[str]:
    """An account with one execution role and what uses it."""
    iam, sagemaker = client("iam", server), client("sagemaker", server)
    allow = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [allow]}
    iam.create_role(RoleName=NAME, Path="/service-role/", AssumeRolePolicyDocument=json.dumps(trust))
    sagemaker.create_notebook_instance(NotebookInstanceName="my-notebook", InstanceType="ml.t3.medium", RoleArn=ARN)
    yield server
    reset(server)


@pytest.fixture
def environment(account: str, tmp_path: Path) -> dict[str, str]:
    """What the blocks run with: the server's address, no other credentials, and stand-ins on PATH and PYTHONPATH."""
    for name, text in SDK.items():
        (tmp_path / "sdk" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sdk" / name).write_text(text)
    folder = tmp_path / "bin"
    folder.mkdir()
    programs = {"aws": f'"{HERE}/fixtures/aws.py"', "sagemaker-roles": "-m sagemaker_roles"}
    for name, program in programs.items():
        (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {program} "$@"\n')
        (folder / name).chmod(0o755)
    settings = {"ExecutionRole": ARN}
    answers = {
        "sagemaker describe-domain": {"DefaultUserSettings": settings, "DefaultSpaceSettings": settings},
        "sagemaker describe-user-profile": {"UserSettings": {}},
        "sts get-caller-identity": {"Arn": f"arn:aws:sts::111122223333:assumed-role/{NAME}/SageMaker"},
    }
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ENDPOINT_URL": account,
        "AWS_STAND_IN": json.dumps(answers),
        "GIVES": ARN,
        "HOME": str(tmp_path),
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PYTHONPATH": f"{tmp_path / 'sdk'}:{SCRIPTS}",
        "no_proxy": "127.0.0.1",
    }


def run(block: Block, folder: Path, environment: dict[str, str]) -> str:
    """Runs a block in a folder; its output, or a failure that shows what it said."""
    program = {"python": [sys.executable, "-c"], "bash": ["bash", "-euo", "pipefail", "-c"]}[block.language]
    result = subprocess.run(
        [*program, block.text], cwd=folder, env=environment, text=True, capture_output=True, timeout=120, check=False
    )
    assert result.returncode == 0, f"{block.text}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def test_python_of_the_guides_runs(environment: dict[str, str], account: str, tmp_path: Path) -> None:
    printed = [
        run(block, tmp_path, environment).strip()
        for block in blocks("get-execution-role")
        if block.language == "python"
    ]
    by_name, own, sdk, either, trusted = printed
    assert by_name == sdk == either == ARN
    assert own.endswith("is not a role")
    assert trusted == "{'sagemaker.amazonaws.com'}"
    (block,) = [item for item in blocks("get-execution-role") if "except ValueError:" in item.text]
    assert run(block, tmp_path, {**environment, "GIVES": ""}).strip() == ARN, "the fallback is taken"
    (block,) = [item for item in blocks("get-execution-role") if "def execution_role" in item.text]
    session = client("sts", account).assume_role(RoleArn=ARN, RoleSessionName="SageMaker")["Credentials"]
    keys = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey"}
    assumed = {name: session[key] for name, key in {**keys, "AWS_SESSION_TOKEN": "SessionToken"}.items()}
    assert run(block, tmp_path, {**environment, **assumed}).strip() == ARN, "the role is found with its path"


def test_cli_commands_of_the_get_guide_run(environment: dict[str, str], tmp_path: Path) -> None:
    printed = [
        line
        for block in blocks("get-execution-role")
        if block.language == "bash"
        for line in run(block, tmp_path, environment).splitlines()
    ]
    assert printed == [ARN, ARN, "None", ARN, f"arn:aws:sts::111122223333:assumed-role/{NAME}/SageMaker", ARN]


def test_the_create_guide_runs_from_top_to_bottom(environment: dict[str, str], account: str, tmp_path: Path) -> None:
    assert shutil.which("envsubst"), "envsubst is missing (Debian: apt-get install gettext-base)"
    iam = client("iam", account)
    output: list[str] = []
    for block in blocks("create-execution-role"):
        output += run(block, tmp_path, environment).splitlines()
    assert not [line for line in output if line.startswith("no value for")]
    assert "arn:aws:iam::111122223333:role/MyTrainingRole" in output
    trust = iam.get_role(RoleName="MyTrainingRole")["Role"]["AssumeRolePolicyDocument"]
    document = iam.get_role_policy(RoleName="MyTrainingRole", PolicyName="CreateTrainingJob")["PolicyDocument"]
    text = json.dumps([document, trust])
    assert not re.search(r"\$\{[A-Z]", text)
    assert (
        "arn:aws:s3:::amzn-s3-demo-bucket/models/*" in text and "arn:aws:s3:::amzn-s3-demo-bucket/data/train*" in text
    )
    attached = iam.list_attached_role_policies(RoleName="MyTrainingRole")["AttachedPolicies"]
    assert [item["PolicyName"] for item in attached] == ["MyTrainingJobs"]
    assert sorted(iam.list_role_policies(RoleName="MyTrainingRole")["PolicyNames"]) == ["CreateTrainingJob", "MyBucket"]


def test_an_open_placeholder_is_told(environment: dict[str, str], tmp_path: Path) -> None:
    show, fill, *_ = [block for block in blocks("create-execution-role") if block.language == "bash"]
    run(show, tmp_path, environment)
    without = fill._replace(text=fill.text.replace("InputPrefix=data/train", "InputPrefix="))
    assert run(without, tmp_path, environment).splitlines() == ["no value for InputPrefix"]


def test_the_guide_across_accounts_merges_into_the_policy_that_is_there(
    environment: dict[str, str], account: str, tmp_path: Path
) -> None:
    s3 = client("s3", account)
    s3.create_bucket(Bucket="amzn-s3-demo-bucket", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    bucket = "arn:aws:s3:::amzn-s3-demo-bucket"
    theirs = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"{bucket}/private/*"}
    old = {"Sid": "TrainingRoleInputRead", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject"}
    before = {"Version": "2012-10-17", "Statement": [{**theirs, "Sid": "Theirs"}, {**old, "Resource": f"{bucket}/*"}]}
    s3.put_bucket_policy(Bucket="amzn-s3-demo-bucket", Policy=json.dumps(before))
    listing, merging, writing, owned = [block for block in blocks("across-accounts") if block.language == "bash"]
    listed = [line.split()[:2] for line in run(listing, tmp_path, environment).splitlines()]
    kinds = ("bucket-policy", "key-policy", "repository-policy", "boundary")
    assert listed == [[*both] for both in zip(("other-account", "yes", "yes", "optional"), kinds, strict=True)]
    difference = run(merging, tmp_path, environment)
    assert '+      "Sid": "TrainingRoleOutputWrite"' in difference and '-      "Sid": "Theirs"' not in difference

    def policy() -> Any:
        return json.loads(s3.get_bucket_policy(Bucket="amzn-s3-demo-bucket")["Policy"])

    assert policy() == before, "the script must not write"
    assert (tmp_path / "merge.sh").read_text().strip().splitlines()[-1] == f"# {writing.text.strip()}"
    run(writing, tmp_path, environment)
    after = policy()["Statement"]
    assert after[0] == {**theirs, "Sid": "Theirs"}
    names = ("InputList", "InputRead", "OutputWrite")
    assert [item["Sid"] for item in after[1:]] == [f"TrainingRole{name}" for name in names]
    assert all(item["Principal"] == {"AWS": ["arn:aws:iam::444455556666:role/TrainingRole"]} for item in after[1:])
    run(owned, tmp_path, environment)
    theirs_only = json.loads((tmp_path / "theirs.json").read_text("utf-8"))
    assert [entry["kind"] for entry in theirs_only] == [*kinds[:3]]


def test_the_guide_without_internet_lists_the_endpoints_that_are_needed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (listing,) = [block for block in blocks("without-internet") if block.language == "bash"]
    ends = "yes s3, no ecr.api, no ecr.dkr, no logs, optional monitoring, no ec2"
    wanted = [f"{needed}  com.amazonaws.us-west-2.{name}" for needed, name in map(str.split, ends.split(", "))]
    assert run(listing, tmp_path, environment).splitlines() == wanted
