"""The names of the actions of AWS and of the calls that need them."""

from __future__ import annotations

import re
from collections import defaultdict

from ..catalog import Catalog
from ..catalog.operation_names import plain
from .recorded_needs import statements

_FIRST_WORD = re.compile(r"[A-Z][a-z]+")


class Vocabulary:
    """All actions of AWS, by name, and those of records, which a call's name means first."""

    def __init__(self, catalog: Catalog) -> None:
        self._actions: dict[str, str] = {}
        self._verbs: defaultdict[str, set[str]] = defaultdict(set)
        self._calls: defaultdict[str, list[str]] = defaultdict(list)
        for prefix, levels in catalog.actions.items():
            for name in {name for names in levels.values() for name in names.split()}:
                self._actions[f"{prefix}:{name}".lower()] = f"{prefix}:{name}"
                self._calls[name.lower()].append(f"{prefix}:{name}")
                self._verbs[prefix].update(_FIRST_WORD.findall(name)[:1])
        self._own = {
            item.lower()
            for operation in catalog.operations
            for _, one, _ in statements(catalog, operation)[""]
            for item in one.actions
        }

    def action(self, prefix: str, name: str) -> str:
        """An action as AWS writes it; also one that is not known yet, if its service has such; else ""."""
        known = self._actions.get(f"{prefix}:{name}".lower(), "")
        words = _FIRST_WORD.match(name)
        return known or (f"{prefix}:{name}" if words and words[0] in self._verbs.get(prefix, ()) else "")

    def called(self, name: str, service: str) -> str:
        """The action of a call: of the service if that is known, else of a record, else of the only one that has it."""
        found = sorted(self._calls.get(plain(name), ()))
        ours = [item for item in found if item.startswith(f"{service}:")] if service else []
        ours = ours or [item for item in found if item.lower() in self._own]
        return (ours or found)[0] if ours or len(found) == 1 else ""


def vocabulary(catalog: Catalog) -> Vocabulary:
    """The names of actions and calls, read once."""
    return catalog._once(("vocabulary",), lambda: Vocabulary(catalog))
