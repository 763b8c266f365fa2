"""Makes requests out of the shapes of the API and the values that the kinds of the records know: right or curious."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from composing import compiled
from kb.aws.reference import aws_reference
from sagemaker_roles.catalog import Catalog

HOSTILE = ["*", "${*}", "${InputBucket}", 'a"b', "a\nb", "\u2028", "\U0001f600" * 3, "é" * 400, "<img src=x>", "\ud800"]
HOSTILE += [" "]
#: Values of enumerations that decide over add-ons, and a name.
_WORDS = ("S3Prefix", "ManifestFile", "AugmentedManifestFile", "MultiModel", "EFS", "true", "My-Name")
#: Texts that a request may have anywhere, of which none is of a kind.
_ANYWHERE = ("my-name", "/data", "*", "a*b?c", "${aws:username}", "s3://amzn-s3-demo-bucket/${Region}/x", "line\nbreak")
_NUMBERS = {"integer", "long", "float", "double"}


class Maker:
    """Makes requests at random; the same chance gives the same ones.

    Args:
        catalog: whose shapes and kinds are used.
        chance: what decides.
        share: about the share of the members that a request has.
        is_right: whether each value is one that the API takes.
    """

    def __init__(self, catalog: Catalog, chance: random.Random, share: float = 0.55, *, is_right: bool = False) -> None:
        self.chance, self.share, self.is_right = chance, share, is_right
        self.shapes = catalog.shapes
        kinds = catalog.data["resources"].values()
        self.texts = [example for kind in kinds for form in kind["forms"] for example in form["examples"]]
        wrong = [text for kind in kinds for text in kind.get("counterexamples", ()) if isinstance(text, str)]
        self.texts += _ANYWHERE if is_right else [*wrong, *_WORDS, *HOSTILE]

    def request(self, operation: str) -> dict[str, Any]:
        """The members of a request."""
        members = self._value(self.shapes["inputs"][operation], 0)
        return members if isinstance(members, dict) else {}

    def _value(self, shape: str, depth: int, known: Any = None) -> Any:
        entry, chance = self.shapes["types"].get(shape), self.chance
        if not self.is_right and chance.random() < 0.01:
            return chance.choice([None, 1, 12345678901, True, [], {}, ["x"], {"a": 1}, "text"])
        if entry is None:
            if known and chance.random() < 0.8:
                return chance.choice(known)
            if shape == "boolean":
                return chance.random() < 0.5
            return chance.randrange(10) if shape in _NUMBERS else chance.choice(self.texts)
        if "members" in entry:
            deepest = 12 if self.is_right else 6
            some = [name for name in entry["members"] if depth < deepest and chance.random() < self.share]
            enums = aws_reference().enums if self.is_right else {}
            return {n: self._value(entry["members"][n], depth + 1, enums.get(f"{shape}.{n}")) for n in some}
        if "member" in entry:
            return [self._value(entry["member"], depth + 1) for _ in range(chance.randint(self.is_right, 3))]
        return {f"key-{n}": self._value(entry["value"], depth + 1) for n in range(chance.randrange(3))}


def make(operation: str, chance: random.Random, share: float = 0.5) -> dict[str, Any]:
    """A request with about that share of its members, in the API's own spelling."""
    return Maker(compiled(), chance, share, is_right=True).request(operation)


SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda name: name[0].lower() + name[1:],
    lambda name: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower(),
    lambda name: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).upper(),
    str.upper,
    str.lower,
)


def respelled(operation: str, request: Mapping[str, Any], spelling: Callable[[str], str]) -> Any:
    """A request with every member's name spelled otherwise; keys of maps stay."""
    types = compiled().shapes["types"]

    def inside(shape: str, value: Any) -> Any:
        entry = types.get(shape, {})
        if isinstance(value, list):
            return [inside(entry["member"], item) for item in value]
        if isinstance(value, dict) and "value" in entry:
            return {key: inside(entry["value"], item) for key, item in value.items()}
        if isinstance(value, dict):
            return {spelling(key): inside(entry["members"][key], item) for key, item in value.items()}
        return value

    return inside(compiled().shapes["inputs"][operation], request)
