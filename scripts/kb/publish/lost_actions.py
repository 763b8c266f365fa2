"""Which statements of the records lost actions that the policies beside them still have: the cause of what breaks."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.errors.problems import Position, Problem

from ..records.strict_yaml import where

RULE = "changed"


def problems(root: Path, catalog: Catalog, actions: Collection[str]) -> Iterator[Problem]:
    """Yields a problem for each statement that lost or got one of some actions since the last build.

    Args:
        root: the folder that holds build/.
        actions: what other problems are about and no record's own fault explains.
    """
    try:
        built = json.loads((root / "build" / "v1" / "next" / "catalog.json").read_bytes())
    except (OSError, ValueError):
        return  # without an earlier build nothing is known of a change
    shared = {**built.get("statements", {}), **catalog.data["statements"]}
    for part in ("statements", "operations"):
        for name, record in catalog.data[part].items():
            if name not in built.get(part, {}):
                continue
            before, now = (_statements(one, shared) for one in (built[part][name], record))
            for key in sorted(before.keys() | now.keys()):
                was, has = before.get(key, _NONE), now.get(key, _NONE)
                if facts := _facts(was.actions - has.actions, has.actions - was.actions, actions):
                    message = (
                        f"{key[-1]} {facts}, unlike build/v1/next; take the change back, or fix what follows "
                        "(`sagemaker-roles fix --deviations` shows what data/aws/documented needs)"
                    )
                    yield Problem(where(has.place, where(record, Position("data"))), RULE, message)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a statement, or the use of a statement set, holds, and what has its position."""

    actions: frozenset[str]
    place: Any = None


_NONE = _Held(frozenset())


def _facts(lost: Collection[str], new: Collection[str], of: Collection[str]) -> str:
    facts = {"no longer has": sorted(set(lost).intersection(of)), "now has": sorted(set(new).intersection(of))}
    return " and ".join(f"{what} {', '.join(names)}" for what, names in facts.items() if names)


def _statements(record: Any, shared: Mapping[str, Any], inside: tuple[str, ...] = ()) -> dict[tuple[str, ...], _Held]:
    """The statements of a record and its uses of statement sets, by the ids of what holds them and their names."""
    held: dict[tuple[str, ...], _Held] = {}
    if isinstance(record, list):
        for item in record:
            held |= _statements(item, shared, inside)
    elif isinstance(record, Mapping):
        if "Sid" in record and "Action" in record:
            return {(*inside, record["Sid"]): _Held(frozenset(record["Action"]), record["Action"])}
        if "use" in record:
            statements = shared.get(record["use"], {}).get("statements", ())
            actions = frozenset(action for statement in statements for action in statement["Action"])
            return {(*inside, str(record.get("as", "")), record["use"]): _Held(actions, record["use"])}
        for key, value in record.items():
            held |= _statements(value, shared, (*inside, str(record.get("id", "")), str(key)))
    return held
