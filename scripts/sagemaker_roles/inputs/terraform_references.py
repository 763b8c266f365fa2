"""What the expressions of a Terraform plan's configuration refer to in one step: resources of the same module."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .reader import below, mappings
from .text.places import Path

_INDEX = r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]'
_MODULE = re.compile(rf"module\.([A-Za-z_][\w-]*)(?:{_INDEX})?\.")
_LAST_INDEX = re.compile(rf"(?:{_INDEX})$")
_INDEXED = re.compile(_INDEX)
_NAMED = re.compile(rf"([A-Za-z_][\w-]*(?:{_INDEX})?)(?:\.(.*))?", re.DOTALL)

#: How many instances a reference without an index may mean; with more than one, none is chosen anyway.
_MAX_INSTANCES = 50


class References:
    """The references of a plan; what leads through a variable or an output of a module is not followed.

    Args:
        configuration: the plan's configuration; None or anything else refers to nothing.
        instances: its resources by address, with their indexes.
    """

    def __init__(self, configuration: Any, instances: Mapping[str, Any]) -> None:
        root = below(configuration, "root_module")
        self.root: Mapping[str, Any] = root if isinstance(root, Mapping) else {}
        self._expressions: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._instances: dict[str, list[str]] = {}
        self._all = instances
        for address in instances:
            self._instances.setdefault(_LAST_INDEX.sub("", address), []).append(address)

    def is_written(self, address: str, member: str) -> bool:
        """Whether the configuration sets a member; True where there is no configuration that could tell."""
        return not self.root or member in self._of(address)[1]

    def targets(self, address: str, path: Path, kind: str, attribute: str = "") -> list[str]:
        """The instances of a kind that the expression of a member refers to, in order.

        Args:
            path: the member, which may be in blocks.
            kind: type of the resources wanted; with ``data.`` for a data source.
            attribute: the attribute that must be referred to, or "" for any.
        """
        module, expressions = self._of(address)
        addresses: dict[str, None] = {}
        for reference in _references(expressions, path):
            named = _NAMED.fullmatch(reference.removeprefix(f"{kind}.")) if reference.startswith(f"{kind}.") else None
            if named and (not attribute or named[2] == attribute):
                addresses.update(dict.fromkeys(self._chosen(f"{module}{kind}.{named[1]}", address)))
        return list(addresses)

    def is_plain(self, address: str, path: Path, kind: str) -> bool:
        """Whether an expression refers to one resource of a kind and nothing else."""
        heads = {_head(reference) for reference in _references(self._of(address)[1], path)}
        return len(heads) == 1 and heads.pop().startswith(f"{kind}.")

    def _chosen(self, target: str, address: str) -> list[str]:
        """The instances that a reference means: the one of its index, else that of the same index, else all."""
        own = _LAST_INDEX.search(address)
        for one in (target, f"{target}{own.group()}" if own and not _LAST_INDEX.search(target) else target):
            if one in self._all:
                return [one]
        return self._instances.get(target, [])[:_MAX_INSTANCES]

    def _of(self, address: str) -> tuple[str, Mapping[str, Any]]:
        """What the address of a resource begins with (``module.a[0].module.b.``), and its expressions."""
        at, module = 0, self.root
        while match := _MODULE.match(address, at):
            module = below(module, "module_calls", match[1], "module")
            at = match.end()
        if address[:at] not in self._expressions:
            self._expressions[address[:at]] = {
                item["address"]: item["expressions"]
                for item in mappings(below(module, "resources"))
                if isinstance(item.get("address"), str) and isinstance(item.get("expressions"), Mapping)
            }
        return address[:at], self._expressions[address[:at]].get(_LAST_INDEX.sub("", address[at:]), {})


def _head(reference: str) -> str:
    """The resource, variable or module that a reference is about, without what it takes of it."""
    words = _INDEXED.sub("", reference).split(".")
    return ".".join(words[: 3 if words[0] == "data" else 2])


def _references(expressions: Any, path: Path) -> Iterator[str]:
    """The references of the expression at a path, or of the nearest one above it."""
    at: Any = expressions
    for part in path:
        if isinstance(at, Mapping) and isinstance(at.get("references"), list):
            break
        if isinstance(part, int):
            at = at[part] if isinstance(at, list) and part < len(at) else at if isinstance(at, Mapping) else None
        else:
            at = below(at, part)
    listed = below(at, "references")
    yield from (item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()
