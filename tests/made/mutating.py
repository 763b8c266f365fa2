"""Makes inputs for random tests: real ones of every format, changed in values, keys, structure and text."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

#: Values that readers meet seldom.
_PLAIN = (None, True, False, 0, -1, 1.5, 12345678901234567890, "", "x", "²", "${", "${A}", "${!A}", "${A.B}")
_TEXTS = (
    *("{{resolve:ssm:/x}}", "s3://b/models", "s3://amzn-s3-demo-bucket/*", "arn:aws:iam::111122223333:role/R"),
    *("us-west-2:999999999999:x", "\ud800", "\u2028", "é", "😀"),
)
_PARTS = ("Parameters.P", "Steps.Train.ModelArtifacts.S3ModelArtifacts", "Steps.A.B[0].C['d']", "Steps.", "x")
ODD: tuple[Any, ...] = (
    *(*_PLAIN, *_TEXTS, [], {}, [[]], {"Ref": "X"}, {"Ref": "Bucket"}),
    {"Fn::Sub": "s3://${X}/${Bucket}"},
    {"Fn::GetAtt": "X.Arn"},
    {"Fn::If": ["C", "a", {"Ref": "AWS::NoValue"}]},
    {"Fn::Join": ["-", ["a", {"Ref": "P"}, True, None, 1]]},
    {"Fn::Select": ["²", ["a", "b"]]},
    {"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]},
    {"Fn::FindInMap": ["M", "a", "b"]},
    {"Fn::Transform": {"Name": "x"}},
    {"Fn::ToJsonString": {"a": [1, 2.5, None, True]}},
    *({"Get": part} for part in _PARTS),
    {"Std:Join": {"On": "/", "Values": ["a", True, None, 1, 2, {"Get": "Execution.X"}]}},
    {"Std:JsonGet": {}},
    {"from": {"name": "other"}},
    {"Fn::ForEach::L": ["I", ["a", "b"], {"N${I}": {"Ref": "I"}}]},
    {"__proto__": 1, "a": 2},
)

#: Keys that readers look for.
KEYS = """
Ref Type Condition Properties Resources Parameters Transform Fn::ForEach::L Fn::Sub Get Steps Name Arguments Records
eventName requestParameters awsRegion kind metadata spec values address after_unknown __proto__ constructor roleArn
role_arn RoleArn Statement Default Std:Join FunctionArn
""".split()  # noqa: SIM905  (a list of so many words is easier to read like this)

_SNIPPETS = ["{", "}", "[", "]", ",", ":", '"', "1.0", "1e16", "1e999", "\n", "\n- ", " ", "null", "\\ud800", "é", "<<"]
_SNIPPETS += ["&a ", "*a", "!Ref ", "- "]


class Mutator:
    """Changes values at random; the same chance gives the same changes.

    Args:
        chance: what decides.
    """

    def __init__(self, chance: random.Random) -> None:
        self.random = chance

    def value(self, value: Any, changes: int) -> Any:
        """A copy of a value with some changes in places at random."""
        copy = json.loads(json.dumps(value))
        for _ in range(changes):
            every = list(places(copy))
            if not every:
                return self._odd()
            holder, key = self.random.choice(every)
            self._change(holder, key, every)
        return copy

    def text(self, text: str, changes: int) -> str:
        """A text with some pieces taken out, doubled, or put in."""
        for _ in range(changes):
            at = self.random.randrange(len(text) + 1)
            end = min(len(text), at + self.random.choice([1, 1, 2, 5, 40]))
            piece = self.random.choice(["", text[at:end] * 2, self.random.choice(_SNIPPETS) + text[at:end]])
            text = text[:at] + piece + text[end:]
        return text

    def _odd(self) -> Any:
        return json.loads(json.dumps(self.random.choice(ODD)))

    def _change(self, holder: Any, key: Any, every: list[tuple[Any, Any]]) -> None:
        way = self.random.randrange(7)
        if way == 0:
            del holder[key]
        elif way == 1:
            other, name = self.random.choice(every)
            holder[key] = json.loads(json.dumps(other[name]))
        elif way == 2:
            holder[key] = [holder[key]]
        elif way == 3 and isinstance(holder, dict):
            holder[self.random.choice(KEYS)] = holder.pop(key)
        elif way == 4 and isinstance(holder, dict):
            holder[self.random.choice(KEYS)] = self._odd()
        else:
            holder[key] = self._odd()


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each part of a value: what holds it, and under which key."""
    left = [value]
    while left:
        item = left.pop()
        pairs = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
        for key, inner in pairs:
            yield item, key
            left.append(inner)
