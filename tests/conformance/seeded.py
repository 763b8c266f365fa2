"""Cases made of a seed each, and both engines on many: python -m tests.conformance.seeded [COUNT [SEED]] (25,000).

Ends with 1 if an answer differs, and prints the seed of its case and where the answers part.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from typing import Any

from sagemaker_roles.inputs import json_text, yaml_text

from .answers import INPUTS, catalog, digest, whole
from .mutating import Mutator
from .node import javascript
from .requests import Maker

#: What is said of a text that is no JSON or YAML. The readers of YAML find the fault at places of their own, take
#: folded lines at the margin (PyYAML) or a quote within a word (js-yaml), and logs tell what was read before the fault.
_SYNTAX = re.compile(
    r": not |too early|stands twice|stands already|is not known; write|a comma or \]|follows|is not allowed in YAML"
    r"|nested deeper|an event after|no anchor|holds itself|merge key|a key must|too many digits|too large; give a"
    r"|after the events"
)
_BATCH = 500
_VALUES: tuple[dict[str, str], ...] = (
    {},
    {},
    {"Region": "us-west-2"},
    {"Region": "eu-west-1", "Partition": "aws", "Account": "111122223333"},
    {"Account": "11*1"},
)
_PARAMETERS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"Region": "us-west-2"},
    {"Bucket": "amzn-s3-demo-bucket1", "P": "p"},
)


def case(seed: int) -> dict[str, Any]:
    """The case of a seed."""
    chance = random.Random(seed)  # noqa: S311  (test data)
    kind = chance.choices((_of_name, _of_request, _of_several, changed_input), (3, 4, 2, 3))[0]
    return {"name": f"seed {seed}", **kind(chance)}


def grantees(name: str) -> Iterator[tuple[str, list[str]]]:
    """Each role of an operation ("" if it has none) with the add-ons that can be chosen with it."""
    operation = catalog().operation(name)
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
    if choice["role"] or len(catalog().operation(name).roles) < 2:
        parted = len(some) if chance.random() < 0.8 else chance.randint(0, len(some))
        choice |= {"addons": some[:parted], "without": some[parted:]}
    return choice


def _of_name(chance: random.Random) -> dict[str, Any]:
    name = chance.choice(catalog().operations)
    return {"operation": name, "choice": _choice(chance, name)}


def _of_request(chance: random.Random) -> dict[str, Any]:
    name = chance.choice([name for name in catalog().operations if name in catalog().shapes["inputs"]])
    text = json.dumps({name: _maker(chance).request(name)})
    return {"inputs": [{"name": "x.json", "text": text}], "choice": _choice(chance, name)}


def _of_several(chance: random.Random) -> dict[str, Any]:
    names = chance.choices(list(catalog().shapes["inputs"]), k=chance.randint(2, 4))
    requests = [{name: _maker(chance).request(name)} for name in names]
    inputs = [{"name": f"{index}.json", "text": json.dumps(item)} for index, item in enumerate(requests)]
    return {"inputs": inputs, "choice": {"merge": chance.random() < 0.5}}


def changed_input(chance: random.Random) -> dict[str, Any]:
    """An input with changes, three in four in its values, the others in its text."""
    mutator = Mutator(chance)
    name, text, value = chance.choice(_known())
    choice = {"values": chance.choice(_PARAMETERS)}
    if chance.random() < 0.75:
        changed = json.dumps(mutator.value(value, chance.choice([1, 1, 2, 3, 6])))
        return {"inputs": [{"name": "x.json", "text": changed}], "choice": choice}
    changed = mutator.text(text, chance.choice([1, 2, 4]))
    return {"inputs": [{"name": f"x{PurePath(name).suffix}", "text": changed}], "choice": choice}


@cache
def _known() -> list[tuple[str, str, Any]]:
    """Name, text and value of an input of every format."""
    found = []
    for file in sorted((INPUTS / "aws").iterdir()):
        text = file.read_text("utf-8")
        parse = json_text.parse if file.suffix == ".json" else yaml_text.parse
        found.append((file.name, text, parse(text, file.name)[0]))
    return found


def _maker(chance: random.Random) -> Maker:
    return Maker(catalog(), chance)


# --- comparing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compared:
    """What became of some cases.

    Attributes:
        count: how many there were.
        composed: how many of them gave documents.
        different: a line for each whose answers differ.
        refused: a line for each that only one engine takes for JSON or YAML.
    """

    count: int
    composed: int
    different: list[str]
    refused: list[str]

    @property
    def is_good(self) -> bool:
        """Whether the answers are equal, but that the YAML readers disagree about one text in a hundred at most."""
        return not self.different and len(self.refused) <= max(3, self.count // 100)


def compare(seeds: Iterable[int]) -> Compared:
    """Both engines on the cases of some seeds."""
    numbers = list(seeds)
    cases = [case(seed) for seed in numbers]
    theirs = javascript(cases, "digested")
    composed = 0
    different: list[str] = []
    refused: list[str] = []
    for seed, item, answer in zip(numbers, cases, theirs, strict=True):
        if "crash" in answer:
            different.append(f"seed {seed}: {answer['crash']} {answer['stack']}")
            continue
        ours = whole(item)
        composed += "roles" in ours
        both = [is_refused(ours), is_refused(answer)]
        if any(both):
            if not all(both):
                refused.append(f"seed {seed}: only {'Python' if both[0] else 'the page'} refuses the text")
        elif digest(ours) != answer["digest"]:
            (other,) = javascript([item], "whole")
            different.append(f"seed {seed}: {'; '.join(list(parting(ours, other))[:3])}")
    return Compared(len(numbers), composed, different, refused)


def is_refused(answer: Mapping[str, Any]) -> bool:
    """Whether an engine found that a text is no JSON or YAML."""
    return any(line.startswith("problem: ") and _SYNTAX.search(line) for line in answer["notices"])


def parting(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Where two answers part: path, and what Python and the page say there."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            yield from parting(ours.get(key), theirs.get(key), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from parting(*pair, f"{path}[{index}]")
    elif ours != theirs:
        yield f"{path}: {_cut(ours)} != {_cut(theirs)}"


def _cut(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 500 else f"{text[:500]}…"


def main(arguments: Sequence[str]) -> int:
    """Compares as many cases as wanted, on all processors."""
    count = int(arguments[0]) if arguments else 25_000
    seed = int(arguments[1]) if len(arguments) > 1 else random.SystemRandom().randrange(10**9)
    batches = [range(start, min(start + _BATCH, seed + count)) for start in range(seed, seed + count, _BATCH)]
    different: list[str] = []
    refused: list[str] = []
    composed = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(compare, batches):
            composed += found.composed
            different += found.different
            refused += found.refused
    is_good = Compared(count, composed, different, refused).is_good
    print(f"{count:,} cases from seed {seed}: {composed:,} composed, {len(different)} answers differ,", end=" ")
    print(f"{len(refused)} texts are JSON or YAML for one engine only")
    for line in [*different[:50], *([] if is_good else refused[:50])]:
        print(f"  {line}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
