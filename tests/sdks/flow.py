"""What the flows of both SDKs share: their list, the values in them, and files that they upload."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

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
CPU = "ml.m5.xlarge"
GPU = "ml.g5.xlarge"

#: The flows of the SDK that is run: name to what runs, and the add-ons that a person who knows the code would choose.
FLOWS: dict[str, tuple[Callable[[], None], tuple[str, ...]]] = {}


def flow(function: Callable[[], None] | None = None, *, addons: tuple[str, ...] = ()) -> Callable[..., object]:
    """Puts a function into the list of flows."""
    if function is None:
        return lambda one: flow(one, addons=addons)
    name = function.__name__
    assert name not in FLOWS, name
    FLOWS[name] = (function, addons)
    return function


def source() -> str:
    """A folder with code, as people upload it; the current folder becomes another one that is empty."""
    folder = Path(tempfile.mkdtemp())
    for name in ("train.py", "inference.py", "process.py", "job.jar", "conf.json"):
        (folder / name).write_text("print('hello')\n")
    (folder / "requirements.txt").write_text("requests\n")
    (folder / "data.csv").write_text("a,b\n1,2\n")
    os.chdir(tempfile.mkdtemp())
    return str(folder)
