"""Ids that a release had stay resolvable: each that goes is named in data/shared/moved.yaml."""

from __future__ import annotations

import json
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.errors.problems import Position, Problem

from ...records.locations import MAPPINGS
from ...rules.names import ids
from .. import archives
from .seals import listed_versions

if TYPE_CHECKING:
    from ..changes.comparison import Comparison


def unnamed(comparison: Comparison) -> list[str]:
    """The ids that the old version knows and that neither the new one nor its list of moved ids has."""
    if comparison.old is None:
        return []
    gone = [
        "/".join(filter(None, (change.operation, change.role, change.addon)))
        for change in comparison.changes
        if change.kind == "went" and change.subject in ("operation", "role", "addon")
    ]
    there = {"/".join(filter(None, place)) for place in comparison.new.holders}
    gone += [name for name in comparison.old.index.get("moved", {}) if name not in there]
    moved = comparison.new.index.get("moved", {})
    return [name for name in dict.fromkeys(gone) if name not in moved]


def problems(builds: Path, catalog: Catalog, data: str = "data") -> list[Problem]:
    """A problem for each id that the newest release has and the records neither have nor name as moved.

    Quick, as it reads the archive no further than the index; the add-ons of callers are not in it, and :func:`unnamed`
    finds them.

    Args:
        builds: folder of all versions; where there is no release nothing is wrong.
        catalog: the catalog of sound records.
        data: the data folder's name, for positions.
    """
    try:
        listed = listed_versions((builds / "versions.json").read_bytes())
        version = listed[0]["version"]
        index = json.loads(archives.file(archives.place(builds, version), "index.json"))
        moved = index.get("moved", {})
        released = [*moved]
        for operation in index["operations"]:
            released.append(operation["operation"])
            for role in operation["roles"]:
                name = f"{operation['operation']}/{role['id']}"
                released += [name, *(f"{name}/{addon['id']}" for addon in role["addons"])]
    except (AttributeError, IndexError, KeyError, OSError, TypeError, ValueError):
        return []  # no release, or none that can be read: `release` says so
    known = ids(catalog) | set(catalog.moved)
    gone = [name for name in dict.fromkeys(released) if name not in known]
    aside = {*gone, *catalog.moved}  # what is told of, or was named, with all in it
    return [
        Problem(
            Position(f"{data}/{MAPPINGS['moved']}"),
            "moved",
            f"version {version} has {name}, and the records do not; name it here, with what took its place",
        )
        for name in gone
        if name in moved or aside.isdisjoint(accumulate(name.split("/")[:-1], "{}/{}".format))
    ]
