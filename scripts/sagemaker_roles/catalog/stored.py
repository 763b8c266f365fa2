"""The compiled catalog: what catalog.json holds, read operation by operation from the files of ``compiling``."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Self

from .model import Data


class CatalogError(ValueError):
    """Raised when the compiled catalog cannot be read: it is damaged, or of another version."""


_INDEX = "index.json"

#: What the compiled files are like: the beginning of the digest of what writes them, which a test holds.
#: A checkout may have files that an earlier version wrote.
FORMAT = "9ed2536c"

#: The published file with all actions of AWS, next to catalog.json, which has its SHA-256.
ACTIONS = "actions.json"


def _json(folder: str | Mapping[str, bytes], name: str) -> Any:
    try:
        if isinstance(folder, Mapping):
            return json.loads(folder[name])
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            time.sleep(0.05)  # a build that runs now puts the folder in its place by two renames
        with open(path, "rb") as file:
            return json.loads(file.read())
    except OSError as error:
        if name == _INDEX and isinstance(error, FileNotFoundError):
            raise  # nothing was built
        raise CatalogError(f"{name}: {error.strerror}") from None
    except (KeyError, ValueError) as error:
        raise CatalogError(f"{name}: {error}") from None


class Compiled(Mapping[str, Any]):
    """What catalog.json holds, read operation by operation from compiled files when first asked for.

    Threads share it: one at a time reads a file, and what tells that it was read is set when all of it is there.
    Another process gets the name of the folder, as a lock cannot be handed to it.

    Args:
        folder: the folder of the files, or the files by name.
    """

    def __init__(self, folder: str | Mapping[str, bytes]) -> None:
        self._folder = folder
        self._reading = threading.Lock()
        index = _json(folder, _INDEX)
        if not isinstance(index, dict) or "operations" not in index:
            raise CatalogError("index.json: it has no operations")
        if index.get("format") != FORMAT:
            raise CatalogError("index.json: another version of the package wrote it")
        self._names: list[str] = index["operations"]
        self._known = frozenset(self._names)
        self._read: set[str] = set()
        self._records: dict[str, Data] = {}
        #: Part to the file that has it.
        self._late: Mapping[str, str] = index.get("late", {})
        self._parts: dict[str, Any] = {
            **index,
            **{part: index.get(part, {}) for part in index["shared"]},
            "operations": _Records(self),
            "documented": {},
            "condition_keys": {},
        }

    def __reduce__(self) -> tuple[type[Self], tuple[str | Mapping[str, bytes]]]:
        return type(self), (self._folder,)

    def __getitem__(self, part: str) -> Any:
        if part not in self._parts and part in self._late:
            with self._reading:
                if part not in self._parts:
                    self._take_late(part)
        return self._parts[part]

    def _take_late(self, part: str) -> None:
        late = _json(self._folder, f"{self._late[part]}.json")
        for name in self._parts["shared"]:
            self._add(name, late.get(name, {}))
        self._parts.update({name: late[name] for name, file in self._late.items() if file == self._late[part]})

    def __iter__(self) -> Iterator[str]:
        return iter({**self._parts, **dict.fromkeys(self._late)})

    def __len__(self) -> int:
        return len([*iter(self)])

    def require(self, name: str) -> Data | None:
        """Reads an operation's file, unless that was done, and gives the record; None if the operation has none."""
        if name not in self._read and (name in self._known or name in self._parts["shapes"]["inputs"]):
            with self._reading:
                if name not in self._read:
                    self._take(name, _json(self._folder, f"{name}.json"))
        return self._records.get(name)

    def _take(self, name: str, chunk: Mapping[str, Any]) -> None:
        shapes = self._parts["shapes"]
        self._parts["shapes"] = {**shapes, "types": {**shapes["types"], **chunk["types"]}}
        if chunk["record"] is not None:
            for part in self._parts["shared"]:
                self._add(part, chunk[part])
            self._add("condition_keys", {name: chunk["condition_keys"]})
            if chunk["documented"] is not None:
                self._add("documented", {name: chunk["documented"]})
            self._records[name] = chunk["record"]
        self._read.add(name)

    def _add(self, part: str, more: Mapping[str, Any]) -> None:
        """Adds to a part by putting another in its place: a thread that walks over the one before goes on with it."""
        self._parts[part] = {**self._parts[part], **more}


class _Records(Mapping[str, Data]):
    """The records of a compiled catalog by operation."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled

    def __contains__(self, name: object) -> bool:
        return name in self._compiled._known

    def __getitem__(self, name: str) -> Data:
        record = self._compiled.require(name)
        if record is None:
            raise KeyError(name)
        return record

    def __iter__(self) -> Iterator[str]:
        return iter(self._compiled._names)

    def __len__(self) -> int:
        return len(self._compiled._names)
