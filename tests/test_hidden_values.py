"""Values of hyperparameters, environment variables and arguments are in no note and no reason unless asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from composing import compiled, compose
from damage import value_of
from made.cases import IMAGE, ROLE, SECRETS
from sagemaker_roles.engine.named_resources import finder

RUN = ("--part", "all", "--each", "--explain", "--allow-placeholders", "--request", "-")
MARK = "zq7secret"
#: Values of which each kind is quoted somewhere: names of resources, wrong ones, a number, JSON.
VALUES = (
    f"s3://amzn-s3-demo-bucket/{MARK}/x",
    f"s3://{MARK.upper()}/x",
    f"arn:aws:secretsmanager:us-west-2:111122223333:secret:{MARK}-AbCdEf",
    f"arn:aws:dynamodb:us-west-2:111122223333:table/{MARK}",
    f"arn:aws:sagemaker:us-west-2:111122223333:mlflow-app/{MARK}",
    json.dumps({"a": f"arn:aws:s3:::{MARK}"}),
    f"https://sqs.us-west-2.amazonaws.com/111122223333/{MARK}",
    MARK,
)
KEYS = ("sagemaker_submit_directory", "MLFLOW_TRACKING_URI", "HF_MODEL_ID", "A")


def marked(value: Any) -> tuple[Any, int]:
    """An input with the values in place of what its environment variables and hyperparameters have, and how many."""
    if isinstance(value, list):
        pairs = [marked(item) for item in value]
        return [item for item, _ in pairs], sum(count for _, count in pairs)
    if not isinstance(value, dict):
        return value, 0
    out, total = {}, 0
    for key, item in value.items():
        if isinstance(item, dict) and finder(compiled()).is_private(key):
            out[key] = {f"{KEYS[index % len(KEYS)]}{index // len(KEYS) or ''}": v for index, v in enumerate(VALUES)}
            total += len(VALUES)
        else:
            out[key], count = marked(item)
            total += count
    return out, total


FIXTURES = Path(__file__).parent / "fixtures" / "inputs"
#: An input of each format, with members that have such values.
INPUTS: dict[str, Any] = {
    "ack": {
        "apiVersion": "sagemaker.services.k8s.aws/v1alpha1",
        "kind": "Model",
        "metadata": {"name": "m"},
        "spec": {"modelName": "m", "executionRoleARN": ROLE, "primaryContainer": {"image": IMAGE, "environment": {}}},
    }
} | {
    name: value_of(FIXTURES / name)
    for name in ("request.json", "odd.template.json", "detail.json", "plan.json", "services.definition.json")
}


@pytest.mark.parametrize("name", INPUTS)
def test_no_input_format_shows_them(name: str) -> None:
    """What a policy itself contains, it also contains in the reasons: the resources of its statements."""
    changed, count = marked(INPUTS[name])
    assert count
    text = json.dumps(changed)
    told = compose(*RUN, stdin=text)
    notes = [line for line in told.err.splitlines() if not line.startswith("  note: arn:")]
    assert MARK not in "\n".join(notes).lower()
    shown = compose(*RUN, "--show-values", stdin=text)
    assert shown.out == told.out
    assert MARK in shown.err


@pytest.mark.parametrize("option", [(), ("--show-values",)])
def test_what_is_hidden_is_said(option: tuple[str, ...]) -> None:
    err = compose(*RUN, *option, stdin=SECRETS).err
    assert bool(option) == ("secret-" in re.sub("secret-read", "", err))
    for member in ("Environment.A", "HyperParameters.x", "ContainerArguments[1]"):
        (line,) = (line for line in err.splitlines() if line.startswith("note: ") and f"{member}: " in line)
        assert bool(option) != ("(value hidden)" in line)


def test_numbers_are_hidden_too() -> None:
    text = json.dumps({"CreateModel": {"ModelName": 12, "PrimaryContainer": {"Environment": {"PIN": 987654}}}})
    err = compose(*RUN, stdin=text).err
    assert "12" in err
    assert "987654" not in err
