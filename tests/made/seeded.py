"""Cases made of a seed each: names, requests, several jobs, and changed inputs."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from composing import compiled
from fuzzing import corpus, values

from .mutating import Mutator
from .requests import Maker

_VALUES: tuple[dict[str, str], ...] = ({}, {}, {"Region": "us-west-2"})
_VALUES += ({"Region": "eu-west-1", "Partition": "aws", "Account": "111122223333"}, {"Account": "11*1"})
_PARAMETERS: tuple[dict[str, str], ...] = ({}, {}, {"Region": "us-west-2"})
_PARAMETERS += ({"Bucket": "amzn-s3-demo-bucket1", "P": "p"},)


def case(seed: int) -> dict[str, Any]:
    """The case of a seed."""
    chance = random.Random(seed)  # noqa: S311  (test data)
    kind = chance.choices((_of_name, _of_request, _of_several, changed_input), (3, 4, 2, 3))[0]
    return {"name": f"seed {seed}", **kind(chance)}


def grantees(name: str) -> Iterator[tuple[str, list[str]]]:
    """Each role of an operation ("" if it has none) with the add-ons that can be chosen with it."""
    operation = compiled().operation(name)
    caller = [addon.id for addon in operation.caller.addons] if operation.caller else []
    for role in operation.roles:
        yield role.id, list(dict.fromkeys([*(addon.id for addon in role.addons), *caller]))
    if not operation.roles:
        yield "", caller


def _choice(chance: random.Random, name: str) -> dict[str, Any]:
    role, addons = chance.choice(list(grantees(name)))
    some = chance.sample(addons, min(len(addons), chance.choice((0, 0, 1, 2, 2, 5, len(addons)))))
    choice: dict[str, Any] = {
        "role": role if chance.random() < 0.7 else "",
        "scope": "broad" if chance.random() < 0.2 else "scoped",
        "values": chance.choice(_VALUES),
    }
    if choice["role"] or len(compiled().operation(name).roles) < 2:
        parted = len(some) if chance.random() < 0.8 else chance.randint(0, len(some))
        choice |= {"addons": some[:parted], "without": some[parted:]}
    return choice


def _of_name(chance: random.Random) -> dict[str, Any]:
    name = chance.choice(compiled().operations)
    return {"operation": name, "choice": _choice(chance, name)}


def _of_request(chance: random.Random) -> dict[str, Any]:
    name = chance.choice([name for name in compiled().operations if name in compiled().shapes["inputs"]])
    text = json.dumps({name: Maker(compiled(), chance).request(name)})
    return {"inputs": [{"name": "x.json", "text": text}], "choice": _choice(chance, name)}


def _of_several(chance: random.Random) -> dict[str, Any]:
    names = chance.choices(list(compiled().shapes["inputs"]), k=chance.randint(2, 4))
    requests = [{name: Maker(compiled(), chance).request(name)} for name in names]
    inputs = [{"name": f"{index}.json", "text": json.dumps(item)} for index, item in enumerate(requests)]
    return {"inputs": inputs, "choice": {"merge": chance.random() < 0.5}}


def changed_input(chance: random.Random) -> dict[str, Any]:
    """An input with changes, three in four in its values, the others in its text."""
    mutator = Mutator(chance)
    choice = {"values": chance.choice(_PARAMETERS)}
    if chance.random() < 0.75:
        changed = json.dumps(mutator.value(chance.choice(values()), chance.choice([1, 1, 2, 3, 6])))
        return {"inputs": [{"name": "x.json", "text": changed}], "choice": choice}
    name, text = chance.choice(sorted(corpus().items()))
    changed = mutator.text(text, chance.choice([1, 2, 4]))
    return {"inputs": [{"name": f"x{PurePath(name).suffix}", "text": changed}], "choice": choice}
