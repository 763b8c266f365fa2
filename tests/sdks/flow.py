"""What the flows of both SDKs share: their list, the values in them, and files that they upload."""

from __future__ import annotations

import os
import pkgutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

REGION = "us-west-2"
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/Training"
BUCKET = "amzn-s3-demo-bucket"
S3 = f"s3://{BUCKET}"
MODEL = f"{S3}/models/model.tar.gz"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/churn:7"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/12345678-90ab-cdef-1234-567890abcdef"
SUBNETS = ["subnet-0123456789abcdef0"]
GROUPS = ["sg-0123456789abcdef0"]
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/approve"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:notify"
CPU = "ml.m5.xlarge"
METRICS = [{"Name": "loss", "Regex": "loss=(.*)"}]

#: The flows of the SDK that is run.
FLOWS: dict[str, Callable[[], object]] = {}


def flow(function: Callable[[], None]) -> Callable[[], None]:
    """Puts a function into the list of flows."""
    FLOWS[function.__name__] = function
    return function


def sdk(path: str) -> Any:
    """What is at a path of the SDK: ``sdk("pytorch.PyTorch")``."""
    return pkgutil.resolve_name(f"sagemaker.{path}")


def source() -> str:
    """A folder with code, as people upload it; the current folder becomes another one that is empty."""
    folder = Path(tempfile.mkdtemp())
    for name in ("train.py", "inference.py", "process.py", "job.jar", "conf.json"):
        (folder / name).write_text("print('hello')\n")
    (folder / "requirements.txt").write_text("requests\n")
    (folder / "data.csv").write_text("a,b\n1,2\n")
    os.chdir(tempfile.mkdtemp())
    return str(folder)
