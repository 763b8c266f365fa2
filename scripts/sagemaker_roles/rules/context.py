"""What a rule gets to see, and the walks that several rules share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..catalog import Loaded
from ..model import AddOn, Catalog, Entry, Grantee, Operation, Statement
from ..paths import Paths
from ..problems import Position, Problem
from ..reference import Reference
from ..source import Map, where


@dataclass
class Context:
    """The knowledge base and AWS's data, for the rules.

    Attributes:
        loaded: what was read, with positions.
        reference: what AWS's data says.
    """

    loaded: Loaded
    reference: Reference
    _excepted: set[tuple[str, str]] = field(default_factory=set)

    def excepted(self, rule: str, subject: str) -> bool:
        """Whether data/exceptions.yaml lets a subject off a rule; asking marks the exception as needed.

        Ask only once the rule has found fault with the subject.
        """
        found = subject in self._exceptions.get(rule, {}).get("subjects", {})
        if found:
            self._excepted.add((rule, subject))
        return found

    @property
    def _exceptions(self) -> Mapping[str, Any]:
        return self.catalog.data.get("exceptions", {})  # type: ignore[no-any-return]

    def unneeded_exceptions(self, rules: set[str]) -> Iterator[Problem]:
        """Yields a problem for each exception that no rule asked for."""
        for rule, listed in self._exceptions.items():
            if rule not in rules:
                yield Problem(
                    at(rule), "exceptions", f"there is no rule {rule!r}; there are {', '.join(sorted(rules))}"
                )
                continue
            for subject in listed.get("subjects", {}):
                if (rule, subject) not in self._excepted:
                    message = f"{subject} keeps the rule {rule}; take the exception out"
                    yield Problem(at(listed, "subjects", subject), "exceptions", message)

    @property
    def catalog(self) -> Catalog:
        """The knowledge base."""
        return self.loaded.catalog

    @cached_property
    def paths(self) -> Paths:
        """JMESPath over the request shapes."""
        return Paths(self.reference.types, self.reference.enums)

    @cached_property
    def operations(self) -> list[Operation]:
        """Every operation whose parts can all be found (what is missing, another rule reports)."""
        found = []
        for name in self.catalog.operations:
            try:
                found.append(self.catalog.operation(name))
            except KeyError:
                continue
        return found

    def entries(self) -> Iterator[tuple[Operation, Grantee, AddOn | None, Entry]]:
        """Every entry of every role and caller."""
        for operation in self.operations:
            for grantee in operation.grantees():
                for addon, entry in grantee.all_entries():
                    yield operation, grantee, addon, entry

    def statements(self) -> Iterator[Statement]:
        """Every statement as authored, once: those of the shared sets and the records' own."""
        for name in sorted(self.catalog.data["statements"]):
            yield from self.catalog.statement_set(name).statements
        seen: set[int] = set()
        for _, _, _, entry in self.entries():
            if not entry.use and id(entry.data) not in seen:
                seen.add(id(entry.data))
                yield from entry.statements


def at(value: Any, *inside: str | int) -> Position:
    """The position of a value that was read from a file.

    Args:
        value: what carries the position: a mapping, list or text.
        inside: keys and indexes that lead to the part meant; the position is that of the last one that exists,
            the value of a key rather than the key.
    """
    position = where(value, Position("data"))
    for part in inside:
        if isinstance(value, Map) and isinstance(part, str):
            if part not in value:
                break
            position = value.key_at.get(part, position)
            value = value[part]
            position = where(value, position)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            position = getattr(value, "item_at", [position] * len(value))[part]
            value = value[part]
        else:
            break
    return position


def problem(rule: str, message: str, value: Any, *inside: str | int) -> Problem:
    """A problem at the place of a value (see :func:`at`)."""
    return Problem(at(value, *inside), rule, message)
