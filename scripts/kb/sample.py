"""Draws entries of the records for a reader, each with its place and its sources: ``python -m kb.sample SEED``."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sagemaker_roles.errors.problems import Position

from .records.loading import Loaded, load
from .records.strict_yaml import Map, where

#: The kinds of entries, of each of which a sample has as many.
KINDS = ("statement", "trust", "caller", "refusal", "page")
SIZE = 60

#: What says that something is refused: that a policy is for no role, or that a row is carried by nothing.
_REFUSING = ("no_role", "reason")


class Entry(NamedTuple):
    """One entry to be read against its sources: its name, its place, what it says, and the addresses of its sources."""

    kind: str
    name: str
    at: Position
    says: Any
    addresses: tuple[str, ...]

    def __str__(self) -> str:
        says = json.dumps(self.says, indent=2, ensure_ascii=False)
        addresses = "\n".join(self.addresses) or "no source of its own"
        return f"{self.kind} {self.name}\n{self.at.path}:{self.at.line}\n{says}\n{addresses}\n"


def entries(loaded: Loaded) -> Iterator[Entry]:
    """Every entry that a sample can have, in the order of the files."""
    sources, guides = (next(v for p, v in loaded.files.values() if p == part) for part in ("sources", "guides"))
    for path, (part, record) in loaded.files.items():
        for kind, name, says in _of_file(part, record):
            addresses = [str(sources[one]["url"]) for one in _cited(says) if one in sources]
            if part == "documentation":
                guide, page = name.split(" ")[0].split("/", 1)
                addresses.append(f"{guides[guide]['addresses'][0]}{page}.html")
            at = where(says, Position(path, 1, 1))
            yield Entry(kind, name, at, says, tuple(dict.fromkeys(addresses)))


def draw(loaded: Loaded, seed: int, size: int = SIZE) -> list[Entry]:
    """A sample: of each kind as many entries, the same for the same seed and data.

    Args:
        size: how many in all; a kind that has fewer gives all that it has.
    """
    every = list(entries(loaded))
    drawn: list[Entry] = []
    for kind in KINDS:
        those = sorted((one for one in every if one.kind == kind), key=lambda one: (one.name, one.at.path, one.at.line))
        chosen = random.Random(f"{seed} {kind}")  # noqa: S311 - a sample, no secret
        drawn += chosen.sample(those, min(size // len(KINDS), len(those)))
    return drawn


def _of_file(part: str, record: Map) -> Iterator[tuple[str, str, Any]]:
    """Kind, name, and text of each entry of a file."""
    if part == "trust":
        yield "trust", record["id"], record
    elif part in {"documentation", "role-policies"}:
        for name, row in record.items():
            if part == "documentation":
                yield "page", name, row
            for place, refused in _mappings(row, name):
                if any(key in refused for key in _REFUSING):
                    yield "refusal", place, refused
    elif part == "no-permission":
        yield from (("refusal", name, row) for name, row in record.items())
    elif part in {"operations", "statements", "addons"}:
        name = record.get("operation") or record["id"]
        for place, says in _mappings(record, name):
            if place.endswith(" caller"):
                yield "caller", place, says
            elif " statements " in place and "why" in says:
                yield "statement", place, says


def _mappings(value: Any, name: str) -> Iterator[tuple[str, Map]]:
    """Every mapping in a value, itself first, named by the keys and numbers on the way to it."""
    if isinstance(value, dict):
        yield name, value if isinstance(value, Map) else Map(value)
        for key, item in value.items():
            yield from _mappings(item, f"{name} {key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _mappings(item, f"{name} {index}")


def _cited(value: Any) -> Iterator[str]:
    """The IDs of all sources that a value names, at any depth."""
    for _, one in _mappings(value, ""):
        yield from one.get("sources", ())


def main(arguments: list[str]) -> int:
    """Prints the sample of a seed; 2 for a seed that is no whole number, 1 for data that cannot be read."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        print("make sample: the seed is not a whole number; give one, such as SEED=1", file=sys.stderr)
        return 2
    loaded = load(Path("data"))
    if loaded.problems:
        print(*loaded.problems, sep="\n", file=sys.stderr)
        return 1
    print(*draw(loaded, int(arguments[0])), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
