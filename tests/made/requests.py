"""Makes requests out of the shapes of the API and the values that the kinds of the records know, and curious ones."""

from __future__ import annotations

import random
from typing import Any

from sagemaker_roles.catalog import Catalog

HOSTILE = ["*", "${*}", "${InputBucket}", 'a"b', "a\nb", "\u2028", "\U0001f600" * 3, "é" * 400, "<img src=x>", "\ud800"]
HOSTILE += [" "]
#: Values of enumerations that decide over add-ons, and a name.
_WORDS = ("S3Prefix", "ManifestFile", "AugmentedManifestFile", "MultiModel", "EFS", "true", "My-Name")


class Maker:
    """Makes requests at random; the same chance gives the same ones.

    Args:
        catalog: whose shapes and kinds are used.
        chance: what decides.
    """

    def __init__(self, catalog: Catalog, chance: random.Random) -> None:
        self.chance = chance
        self.shapes = catalog.shapes
        kinds = catalog.data["resources"].values()
        self.texts = [example for kind in kinds for form in kind["forms"] for example in form["examples"]]
        self.texts += [text for kind in kinds for text in kind.get("counterexamples", ()) if isinstance(text, str)]
        self.texts += [*_WORDS, *HOSTILE]

    def request(self, operation: str) -> dict[str, Any]:
        """The members of a request."""
        members = self._value(self.shapes["inputs"][operation], 0)
        return members if isinstance(members, dict) else {}

    def _value(self, shape: str, depth: int) -> Any:
        entry = self.shapes["types"].get(shape)
        if self.chance.random() < 0.01:
            return self.chance.choice([None, 1, 12345678901, True, [], {}, ["x"], {"a": 1}, "text"])
        if entry is None:
            return self.chance.choice(self.texts) if shape == "string" else self.chance.choice([0, 1, 7, True, False])
        if "members" in entry:
            some = [name for name in entry["members"] if depth < 6 and self.chance.random() < 0.55]
            return {name: self._value(entry["members"][name], depth + 1) for name in some}
        if "member" in entry:
            return [self._value(entry["member"], depth + 1) for _ in range(self.chance.randint(0, 3))]
        return {"Key": self._value(entry["value"], depth + 1)}
