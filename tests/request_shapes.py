"""Requests made from the shapes of the API, for properties that hold for every request of every operation."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from composing import compiled
from sagemaker_roles.aws.reference import aws_reference

ACCOUNT = "111122223333"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"

#: Texts that some kind of value can read, and some that none should.
VALUES = (
    "s3://amzn-s3-demo-bucket/data/train",
    "s3://amzn-s3-demo-bucket/data/",
    "s3://amzn-s3-demo-bucket1",
    "s3://amzn-s3-demo-bucket--usw2-az1--x-s3/data",
    f"s3://arn:aws:s3:us-west-2:{ACCOUNT}:accesspoint/my-point/data",
    "https://s3.us-west-2.amazonaws.com/amzn-s3-demo-bucket/model.tar.gz",
    f"{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/team/image:1",
    f"763104351884.dkr.ecr.us-west-2.amazonaws.com/image@sha256:{'0' * 64}",
    "registry.example.com/image:1",
    f"arn:aws:iam::{ACCOUNT}:role/service-role/R",
    f"arn:aws:kms:us-west-2:{ACCOUNT}:key/{KEY}",
    KEY,
    "alias/mine",
    "alias/aws/s3",
    "subnet-0123456789abcdef0",
    "sg-0123456789abcdef0",
    "vpc-0123456789abcdef0",
    "fs-0123456789abcdef0",
    "/data",
    "my-name",
    f"arn:aws:sns:us-west-2:{ACCOUNT}:topic",
    f"arn:aws:lambda:us-west-2:{ACCOUNT}:function:f",
    f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:model-package/m/1",
    f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:hub-content/h/Model/m/1.0.0",
    f"arn:aws:secretsmanager:us-west-2:{ACCOUNT}:secret:s-AbCdEf",
    "*",
    "a*b?c",
    "s3://amzn-s3-demo-bucket/a*b",
    "${aws:username}",
    "s3://amzn-s3-demo-bucket/${Region}/x",
    "line\nbreak",
    "true",
)


def make(operation: str, chance: random.Random, share: float = 0.5) -> dict[str, Any]:
    """A request with about that share of its members, in the API's own spelling."""
    shapes = compiled().shapes
    value = _value(shapes["inputs"][operation], shapes["types"], chance, share, 0)
    return value if isinstance(value, dict) else {}


def _value(shape: str, types: Mapping[str, Any], chance: random.Random, share: float, depth: int) -> Any:
    entry = types.get(shape)
    if entry is None:
        if shape == "boolean":
            return chance.random() < 0.5
        if shape in ("integer", "long", "float", "double"):
            return chance.randrange(10)
        return chance.choice(VALUES)
    if "member" in entry:
        if depth > 12:
            return []
        return [_value(entry["member"], types, chance, share, depth + 1) for _ in range(chance.choice((1, 1, 2, 3)))]
    if "value" in entry:
        return {f"key-{n}": _value(entry["value"], types, chance, share, depth + 1) for n in range(chance.randrange(3))}
    out = {}
    for name, inner in entry.get("members", {}).items():
        if depth < 12 and chance.random() < share:
            enum = aws_reference().enums.get(f"{shape}.{name}")
            known = enum and chance.random() < 0.8
            out[name] = chance.choice(enum) if known and enum else _value(inner, types, chance, share, depth + 1)
    return out


SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda name: name[0].lower() + name[1:],
    lambda name: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower(),
    lambda name: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).upper(),
    str.upper,
    str.lower,
)


def respelled(operation: str, request: Mapping[str, Any], spelling: Callable[[str], str]) -> Any:
    """A request with every member's name spelled otherwise; keys of maps stay."""
    shapes = compiled().shapes
    return _respelled(shapes["inputs"][operation], request, shapes["types"], spelling)


def _respelled(shape: str, value: Any, types: Mapping[str, Any], spelling: Callable[[str], str]) -> Any:
    entry = types.get(shape, {})
    if isinstance(value, list):
        return [_respelled(entry["member"], item, types, spelling) for item in value]
    if isinstance(value, dict) and "value" in entry:
        return {key: _respelled(entry["value"], item, types, spelling) for key, item in value.items()}
    if isinstance(value, dict):
        members = entry["members"]
        return {spelling(key): _respelled(members[key], item, types, spelling) for key, item in value.items()}
    return value
