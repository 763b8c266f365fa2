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

#: How many instances a reference without an index may mean; with more than one, none is chosen anyway.
_MAX_INSTANCES = 50

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
            address: the resource.
            path: the member, which may be in blocks.
            kind: type of the resources wanted; with ``data.`` for a data source.
            attribute: the attribute that must be referred to, or "" for any.
        """
        prefix, _ = _module(address)
        found: dict[str, None] = {}
        for module, reference in self._followed(prefix, _references(self._of(address), path)):
            if not reference.startswith(kind + "."):
                continue
            local, _, rest = reference.removeprefix(kind + ".").partition(".")
            if attribute and rest != attribute:
                continue
            for instance in self._chosen(f"{module}{kind}.{local}", address):
                found[instance] = None
        return list(found)

    def is_plain(self, address: str, path: Path, kind: str) -> bool:
        """Whether an expression refers to resources of a kind, and to nothing else."""
        prefix, _ = _module(address)
        ends = [ref for _, ref in self._followed(prefix, _references(self._of(address), path))]
        return all(ref.startswith((kind + ".", "var.", "module.")) for ref in ends)

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
            found: dict[str, Mapping[str, Any]] = {}
            for item in mappings(self._at(names).get("resources")):
                if isinstance(item.get("address"), str) and isinstance(item.get("expressions"), Mapping):
                    found[item["address"]] = item["expressions"]
            self._expressions[names] = found
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
            words = _INDEXED.sub("", reference).split(".")
            if words[0] == "var" and len(words) > 1 and module:
                parent, call = _parent(module)
                at = _member(_member(self._at(_module(parent + "x")[1]), "module_calls"), call)
                left += [(parent, ref) for ref in _references(_member(at, "expressions"), (words[1],))]
            elif words[0] == "module" and len(words) > 2:
                called = ".".join(reference.split(".")[:2])
                inner = f"{module}{called}."
                outputs = _member(self._at(_module(inner + "x")[1]), "outputs")
                output = _member(_member(outputs, words[2]), "expression")
                left += [(inner, ref) for ref in _references({"": output}, ("",))]


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
    while found := _MODULE.match(address, at):
        names.append(found[1])
        at = found.end()
    return address[:at], tuple(names)


def _parent(prefix: str) -> tuple[str, str]:
    """The prefix of the module that calls a module, and the call's name."""
    starts = [found.start() for found in _MODULE.finditer(prefix)]
    last = starts[-1]
    found = _MODULE.match(prefix, last)
    return prefix[:last], found[1] if found else ""


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
