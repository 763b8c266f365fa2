"""What the tests of `compose` share: the command run in this process, and requests to compose for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner

from sagemaker_roles.cli import compose as cli_compose
from sagemaker_roles.inputs import Reading, read_files
from support import compiled

INPUTS = Path(__file__).parent / "inputs"
GOLDEN = Path(__file__).parent / "golden" / "compose"
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")


@dataclass(frozen=True)
class Done:
    """What a run of the command left."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output, parsed."""
        return json.loads(self.out)

    def statements(self) -> dict[str, Any]:
        """The statements of the policy on standard output, by Sid."""
        return {item["Sid"]: item for item in self.document["Statement"]}


def compose(*arguments: str | Path, stdin: bytes | str | None = None, env: Mapping[str, str] | None = None) -> Done:
    """Runs `sagemaker-roles compose` with the catalog made from data/; an exception fails the test."""
    clean = {"AWS_REGION": None, "AWS_DEFAULT_REGION": None, **(env or {})}
    with mock.patch.object(cli_compose, "load_catalog", compiled):
        result = CliRunner().invoke(
            cli_compose.command,
            [str(item) for item in arguments],
            input=stdin,
            env=clean,
            catch_exceptions=False,
        )
    return Done(result.exit_code, result.stdout, result.stderr)


def reading(tmp_path: Path, text: str | bytes, name: str = "request.json", **options: Any) -> Reading:
    """What the readers make of one input."""
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_files(compiled(), [str(file)], **options)


def problems(found: Reading) -> list[str]:
    """The problems of a reading, with file names cut to their last part."""
    return [f"{Path(item.where).name}: {item.message}" for item in found.notices if item.kind == "problem"]


@cache
def training() -> str:
    """The text of a full request for CreateTrainingJob."""
    return (INPUTS / "aws" / "training-job.json").read_text("utf-8")


def changed(**members: Any) -> str:
    """That request with some members put in place of its own; None takes one out."""
    request = json.loads(training())
    for name, value in members.items():
        request[name] = value
        if value is None:
            del request[name]
    return json.dumps(request)


def small(**members: Any) -> str:
    """A small request for CreateTrainingJob with some more members."""
    return json.dumps(
        {"TrainingJobName": "job", "RoleArn": "arn:aws:iam::111122223333:role/R", "ResourceConfig": {}, **members}
    )


def channel(uri: str, kind: str = "S3Prefix") -> dict[str, Any]:
    """An input channel in Amazon S3."""
    return {"ChannelName": "c", "DataSource": {"S3DataSource": {"S3DataType": kind, "S3Uri": uri}}}


def resolved(part: Any, values: Mapping[str, str]) -> Any:
    """A part of a CloudFormation template with its functions worked out; each name must have a value."""
    if isinstance(part, list):
        return [resolved(item, values) for item in part]
    if not isinstance(part, dict):
        return part
    if set(part) == {"Ref"}:
        return values[part["Ref"]]
    if set(part) == {"Fn::Join"}:
        separator, items = part["Fn::Join"]
        return separator.join(resolved(items, values))
    if set(part) == {"Fn::Sub"}:
        text = re.sub(r"\$\{([^!}]+)\}", lambda found: values[found[1]], part["Fn::Sub"])
        return text.replace("${!", "${")
    return {key: resolved(item, values) for key, item in part.items()}
