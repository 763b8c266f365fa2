"""The list of near misses and losses that go unnoticed for a reason (tests/proof/exceptions.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from .near_misses import NearMiss
from .scenarios import LISTS, originals, read


@dataclass(frozen=True)
class Listed:
    """One entry of the list; ``data`` is what stands there."""

    id: str
    data: Mapping[str, Any]

    def applies(self, operation: str, part: str) -> bool:
        """Whether the entry is for that document of that operation, or of the one whose scenarios are its own."""
        operations, parts = self.data.get("operations"), self.data.get("parts")
        names = {operation, *originals(operation)}
        return (operations is None or bool(names & {*operations})) and (parts is None or part in parts)


@cache
def listed(kind: str) -> tuple[Listed, ...]:
    """The entries of one kind: ``tight`` or ``minimal``."""
    return tuple(Listed(item["id"], item) for item in read(LISTS / "exceptions.yaml", "exceptions")[kind])


def unproved() -> tuple[str, ...]:
    """Names of the operations that need no scenario yet."""
    return tuple(item["operation"] for item in read(LISTS / "exceptions.yaml", "exceptions")["unproved"])


def tight(operation: str, part: str, miss: NearMiss) -> str:
    """Id of the entry that lets a near miss through, or ""."""
    for item in listed("tight"):
        data = item.data
        if (
            item.applies(operation, part)
            and fnmatchcase(miss.kind, data["near_miss"])
            and any(fnmatchcase(miss.action, pattern) for pattern in data["actions"])
            and fnmatchcase(miss.resource, data.get("resource", "*"))
        ):
            return item.id
    return ""


def minimal(operation: str, part: str, sid: str, kind: str, what: str) -> str:
    """Id of the entry that allows for an unnoticed loss, or ""."""
    for item in listed("minimal"):
        data = item.data
        if (
            item.applies(operation, part)
            and fnmatchcase(sid, data["sid"])
            and kind == data["kind"]
            and fnmatchcase(what, data["what"])
        ):
            return item.id
    return ""
