"""Both engines read changed inputs alike, and neither breaks: the Python one and, in Node.js, the page's."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cases import CASES as KNOWN
from mutating import Mutator

from composing import INPUTS
from engines import javascript, python
from sagemaker_roles.inputs import json_text, yaml_text

#: How many inputs are changed; SOAK=20000 makes it many more, SEED=… other ones.
CASES = int(os.environ.get("SOAK", "600"))
SEED = int(os.environ.get("SEED", "12"))

#: What is said of a text that is no JSON or YAML. The readers of YAML find the fault at places of their own, take
#: folded lines at the margin (PyYAML) or a quote within a word (js-yaml), and logs tell what was read before the fault.
_SYNTAX = re.compile(
    r"^not |too early|stands twice|stands already|is not known; write|a comma or \]|follows|is not allowed in YAML"
    r"|nested deeper|an event after|no anchor|holds itself|merge key|a key must|too many digits|too large; give a"
    r"|after the events"
)


def values() -> Iterator[tuple[str, str, Any]]:
    """Name, text and value of an input of every format."""
    for file in sorted((INPUTS / "aws").iterdir()):
        text = file.read_text("utf-8")
        parse = json_text.parse if file.suffix == ".json" else yaml_text.parse
        yield file.name, text, parse(text, file.name)[0]


def cases(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Inputs with changes, three in four of them in their values, the others in their text."""
    mutator = Mutator(seed)
    known = list(values())
    settings: list[dict[str, str]] = [{}, {}, {"Region": "us-west-2"}, {"Bucket": "amzn-s3-demo-bucket1", "P": "p"}]
    for _ in range(count):
        name, text, value = mutator.random.choice(known)
        if mutator.random.random() < 0.75:
            changed = json.dumps(mutator.value(value, mutator.random.choice([1, 1, 2, 3, 6])))
            yield {"name": "x.json", "text": changed, "values": mutator.random.choice(settings)}
        else:
            changed = mutator.text(text, mutator.random.choice([1, 2, 4]))
            yield {"name": f"x{Path(name).suffix}", "text": changed, "values": mutator.random.choice(settings)}


def is_refused(answer: Mapping[str, Any]) -> bool:
    """Whether an engine found that a text is no JSON or YAML."""
    return any(_SYNTAX.search(item["message"]) for item in answer.get("notices", ()) if item["kind"] == "problem")


def test_changed_inputs_are_read_alike() -> None:
    several = list(cases(SEED, CASES))
    one_refuses: list[Any] = []
    for case, theirs in zip(several, javascript(several), strict=True):
        ours = json.loads(json.dumps(python(case)))
        assert "crash" not in theirs, (theirs, case)
        if is_refused(ours) or is_refused(theirs):
            if is_refused(ours) != is_refused(theirs):
                one_refuses.append((case, ours, theirs))
            continue
        for key in {*ours, *theirs}:
            assert ours.get(key) == theirs.get(key), (key, case)
    assert len(one_refuses) <= max(3, CASES // 100), one_refuses[:3]


CURIOUS = [
    '{"CreateModel": {"ModelName": 1.0, "ExecutionRoleArn": 1e16, "Tags": [{"Key": 1E5, "Value": -0}]}}',
    '{"CreateModel": {"ModelName": 12345678901234567890, "Tags": [{"Key": 0.1, "Value": 100000000000000000000.0}]}}',
    '{"CreateModel": {"ModelName": 1e999}}',
    '{"CreateModel": {"ModelName": "\\ud83d\\ude00 \\ud800", "Tags": [{"Key": true, "Value": false}]}}',
    "CreateModel: {ModelName: 1.10, Tags: [{Key: 0o7, Value: 1_000}, {Key: 1.0e3, Value: .5}]}\n",
    "CreateModel: {1.0: a, true: b, ~: c, 0x1: d, 1.50: e}\n",
    "CreateModel: {ModelName: 'a\u2028b'}\n",
    "CreateModel:\n  ModelName: |\n    a\n    b\n  Tags: [{Key: 'x\n\n    y', Value: \"a\\\n    b\"}]\n",
    "Resources:\n  A: {Type: 'AWS::SageMaker::Model', Properties: {ModelName: !Sub '${P}'}}\n"
    "Parameters: {P: {Default: [a, 1.0]}}\n",
    "Resources:\n  A: {Type: ['AWS::SageMaker::Model'], Properties: {}}\n"
    "  B: {Type: 'AWS::SageMaker::Model', Properties: {ModelName: !Ref A}}\n",
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    'resource "aws_sagemaker_model" "x" {\n  name = "x"\n}\n',
    "An error occurred (AccessDeniedException) when calling the CreateTrainingJob operation: x is not authorized\n",
    '{"Version": "1", "Steps": [{"Name": "A", "Type": "Training", "Arguments": {"TrainingJobName": '
    '{"Std:Join": {"On": "-", "Values": [true, null, 1.0, 1, "a", [1], {"b": null}]}}}}]}',
]


@pytest.mark.parametrize("text", CURIOUS, ids=range(len(CURIOUS)))
def test_curious_inputs_are_read_alike(text: str) -> None:
    case = {"name": "x", "text": text, "values": {}}
    (theirs,) = javascript([case])
    assert json.loads(json.dumps(python(case))) == theirs


def test_inputs_that_were_misread_once_are_read_alike() -> None:
    several = [{"name": name, "text": text, "values": given} for name, text, given in KNOWN.values()]
    for known, case, theirs in zip(KNOWN, several, javascript(several), strict=True):
        assert json.loads(json.dumps(python(case))) == theirs, known
