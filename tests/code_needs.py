"""Scripts of tests/code with what they need by AWS's reference, and what is read out of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.code import needs_of_code
from sagemaker_roles.inputs.code import add_code, code_files
from sagemaker_roles.inputs.interfaces import Reading

CODE = Path(__file__).parent / "code"
VALUES = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}
#: A line of the head of a script: an action and a resource, in which {} stands for what the code does not show.
_LINE = re.compile(r"#   ([a-z0-9-]+:[A-Za-z0-9]+) (\S+)")

Pair = tuple[str, str]


class Found(NamedTuple):
    """What a script needs, and what was found."""

    name: str
    wanted: frozenset[Pair]
    found: frozenset[Pair]

    @property
    def missing(self) -> set[str]:
        return {action for action, _ in self.wanted} - {action for action, _ in self.found}

    @property
    def extra(self) -> set[str]:
        return {action for action, _ in self.found} - {action for action, _ in self.wanted}


def scripts(folder: str) -> list[Path]:
    return sorted(one for one in (CODE / folder).iterdir() if one.suffix in (".py", ".ipynb"))


def wanted(script: Path) -> frozenset[Pair]:
    return frozenset((action, resource) for action, resource in _LINE.findall(script.read_text("utf-8")))


def read(catalog: Catalog, script: Path) -> Found:
    """What a script needs by its head, and by the reader."""
    reading = Reading()
    add_code(catalog, reading, code_files(str(script)))
    return Found(script.name, wanted(script), pairs(catalog, reading))


def pairs(catalog: Catalog, reading: Reading) -> frozenset[Pair]:
    needs = needs_of_code(catalog, reading.code, VALUES)
    return frozenset((need.action, resolved(need.resource)) for need in needs)


def resolved(text: str) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda one: VALUES.get(one[1], "{}"), text)


def rates(several: Iterable[Found]) -> dict[str, float]:
    """Shares of needed actions found, of actions too many, and of resources in the code that are found."""
    every = [*several]
    needed = sum(len({action for action, _ in one.wanted}) for one in every)
    named = [(one, pair) for one in every for pair in one.wanted if pair[1] != "*"]
    return {
        "found": 1 - sum(len(one.missing) for one in every) / needed,
        "extra": sum(len(one.extra) for one in every) / needed,
        "scoped": sum(pair in one.found for one, pair in named) / len(named),
    }
