"""What the expressions of a Terraform plan's configuration refer to, through variables and outputs of modules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .interfaces import mappings
from .json_text import Path

_INDEX = r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]'
_MODULE = re.compile(rf"module\.([A-Za-z_][\w-]*)(?:{_INDEX})?\.")
_LAST_INDEX = re.compile(rf"(?:{_INDEX})$")
_INDEXED = re.compile(_INDEX)
_NAMED = re.compile(rf"([A-Za-z_][\w-]*(?:{_INDEX})?)(?:\.(.*))?", re.DOTALL)

#: How many instances a reference without an index may mean; with more than one, none is chosen anyway.
_MAX_INSTANCES = 50

#: How many modules an expression may lead through.
_MAX_MODULES = 20

#: How many references are followed from one expression.
_MAX_STEPS = 200


class References:
    """The references of a plan.

    Args:
        configuration: the plan's configuration; None or anything else refers to nothing.
        instances: its resources by address, with their indexes.
    """

    def __init__(self, configuration: Any, instances: Mapping[str, Any]) -> None:
        root = configuration.get("root_module") if isinstance(configuration, Mapping) else None
        self.root: Mapping[str, Any] = root if isinstance(root, Mapping) else {}
        self.is_known = bool(self.root)
        self._expressions: dict[tuple[str, ...], dict[str, Mapping[str, Any]]] = {}
        self._instances: dict[str, list[str]] = {}
        self._all = instances
        for address in instances:
            self._instances.setdefault(_plain(address), []).append(address)

    def is_written(self, address: str, member: str) -> bool:
        """Whether the configuration sets a member; True where there is no configuration that could tell."""
        return not self.is_known or member in self._of(address)

    def targets(self, address: str, path: Path, kind: str, attribute: str = "") -> list[str]:
        """The instances of a kind that the expression of a member refers to, in order.

        Args:
            path: the member, which may be in blocks.
            kind: type of the resources wanted; with ``data.`` for a data source.
            attribute: the attribute that must be referred to, or "" for any.
        """
        prefix, _ = _module(address)
        addresses: dict[str, None] = {}
        for module, reference in self._followed(prefix, _references(self._of(address), path)):
            named = _NAMED.fullmatch(reference.removeprefix(f"{kind}.")) if reference.startswith(f"{kind}.") else None
            if named and (not attribute or named[2] == attribute):
                addresses.update(dict.fromkeys(self._chosen(f"{module}{kind}.{named[1]}", address)))
        return list(addresses)

    def is_plain(self, address: str, path: Path, kind: str) -> bool:
        """Whether an expression refers to one resource of a kind and nothing else, through variables and outputs."""
        prefix, _ = _module(address)
        references = list(_references(self._of(address), path))
        for _ in range(_MAX_MODULES):
            heads = {_head(reference) for reference in references}
            if len(heads) != 1:
                return False
            if next(iter(heads)).startswith(f"{kind}."):
                return True
            # The longest names the attribute or output, where the resource or module is named as well.
            followed = self._next(prefix, max(references, key=len))
            if followed is None:
                return False
            prefix, references = followed
        return False

    def _chosen(self, target: str, address: str) -> list[str]:
        """The instances that a reference means: the one of its index, else that of the same index, else all."""
        if target in self._all:
            return [target]
        own = _LAST_INDEX.search(address)
        if _LAST_INDEX.search(target):
            return []
        if own and f"{target}{own.group()}" in self._all:
            return [f"{target}{own.group()}"]
        known = self._instances.get(_plain(target), [])[:_MAX_INSTANCES]
        return [one for one in known if _in_module(one, target)]

    def _of(self, address: str) -> Mapping[str, Any]:
        """The expressions of a resource."""
        prefix, names = _module(address)
        if names not in self._expressions:
            resources: dict[str, Mapping[str, Any]] = {}
            for item in mappings(self._at(names).get("resources")):
                if isinstance(item.get("address"), str) and isinstance(item.get("expressions"), Mapping):
                    resources[item["address"]] = item["expressions"]
            self._expressions[names] = resources
        return self._expressions[names].get(_LAST_INDEX.sub("", address.removeprefix(prefix)), {})

    def _at(self, names: tuple[str, ...]) -> Mapping[str, Any]:
        """The configuration of a module."""
        module: Any = self.root
        for name in names:
            module = _member(_member(_member(module, "module_calls"), name), "module")
        return module if isinstance(module, Mapping) else {}

    def _followed(self, prefix: str, references: Iterator[str]) -> Iterator[tuple[str, str]]:
        """References and what they lead to through variables and outputs, each with the module it is written in."""
        left = [(prefix, reference) for reference in references]
        seen: set[tuple[str, str]] = set()
        while left and len(seen) < _MAX_STEPS:
            module, reference = item = left.pop(0)
            if item in seen:
                continue
            seen.add(item)
            yield item
            followed = self._next(module, reference)
            if followed is not None:
                left += [(followed[0], one) for one in followed[1]]

    def _next(self, module: str, reference: str) -> tuple[str, list[str]] | None:
        """What a variable or an output refers to, and the module in which; None if the reference is neither."""
        words = _plain(reference).split(".")
        if words[0] == "var" and len(words) > 1 and module:
            parent, call = _parent(module)
            at = _member(_member(self._at(_module(parent)[1]), "module_calls"), call)
            return parent, list(_references(_member(at, "expressions"), (words[1],)))
        called = _MODULE.match(reference)
        if called and len(words) > 2:
            inner = module + called.group()
            output = _member(_member(_member(self._at(_module(inner)[1]), "outputs"), words[2]), "expression")
            return inner, list(_references(output, ()))
        return None


def _head(reference: str) -> str:
    """The resource, variable or module that a reference is about, without what it takes of it."""
    words = _plain(reference).split(".")
    return ".".join(words[: 3 if words[0] == "data" else 2])


def _plain(address: str) -> str:
    """An address without its indexes."""
    return _INDEXED.sub("", address)


def _in_module(instance: str, target: str) -> bool:
    """Whether an instance is in the module of a reference to it, whose index may be open."""
    own, wanted = _module(instance)[0], _module(target)[0]
    return own == wanted or _plain(own) == wanted


def _module(address: str) -> tuple[str, tuple[str, ...]]:
    """What an address begins with (``module.a[0].module.b.``), and the names of these modules."""
    at, names = 0, []
    while match := _MODULE.match(address, at):
        names.append(match[1])
        at = match.end()
    return address[:at], tuple(names)


def _parent(prefix: str) -> tuple[str, str]:
    """The prefix of the module that calls a module, and the call's name."""
    last = [*_MODULE.finditer(prefix)][-1]
    return prefix[: last.start()], last[1]


def _member(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _references(expressions: Any, path: Path) -> Iterator[str]:
    """The references of the expression at a path, or of the nearest one above it."""
    at: Any = expressions
    for part in path:
        if isinstance(at, Mapping) and isinstance(at.get("references"), list):
            break
        if isinstance(part, int):
            at = at[part] if isinstance(at, list) and part < len(at) else at if isinstance(at, Mapping) else None
        else:
            at = at.get(part) if isinstance(at, Mapping) else None
    listed = at.get("references") if isinstance(at, Mapping) else None
    yield from (item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()
