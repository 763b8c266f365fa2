"""Prepares the indexes: operations, services with their actions and add-ons, condition keys, trust, sources."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import templates
from .operation import address, statement_id, summaries
from .published import Data, Published, StatementUse, grantees

#: How many sources of one place stand together at least.
_ROWS_OF_A_PLACE = 5

#: How many actions and add-ons one page has at most: the theme's script looks at each folded part when a page opens.
_PARTS_OF_A_PAGE = 250


def _places(published: Published, uses: Iterable[StatementUse]) -> dict[str, list[dict[str, Any]]]:
    """Operations with the places in each: role or caller, address, and the add-ons that bring it."""
    uses_of: dict[tuple[str, str], list[StatementUse]] = defaultdict(list)
    for use in uses:
        uses_of[use.operation, use.grantee].append(use)
    places: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (operation, grantee), those in uses_of.items():
        addons = list(dict.fromkeys(use.addon for use in those))
        target = statement_id(grantee, those[0].statement["Sid"], those[0].trust)
        page = address(published.operations[operation], grantee)
        # What the base has needs no add-on.
        only = [] if "" in addons else addons
        places[operation].append({"grantee": grantee, "address": f"{page}#{target}", "addons": only})
    return places


def groups(published: Published) -> list[tuple[str, list[dict[str, Any]]]]:
    """The groups of operations, with what a table of them shows."""
    return [(title, summaries(published, names)) for title, names in published.groups]


def about_engine(engine: Path) -> dict[str, Any]:
    """The folder of the engine below the site, and the size of what is loaded first."""
    return {"folder": f"engine/{engine.name}", "size": (engine / "snapshot.bin").stat().st_size}


def condition_keys(published: Published) -> str:
    """The index by condition key."""
    uses: dict[str, list[StatementUse]] = defaultdict(list)
    for trust in (False, True):
        for use in published.uses(trust):
            for keys in use.statement.get("Condition", {}).values():
                for key in keys:
                    uses[key].append(use)
    usable: dict[str, list[str]] = defaultdict(list)
    for name, record in published.operations.items():
        for key in (record["caller"] or {}).get("condition_keys", ()):
            usable[key].append(name)
    return templates.page(
        "condition-keys.md.j2",
        uses={key: _places(published, uses[key]) for key in sorted(uses, key=str.lower)},
        usable=sorted(usable.items(), key=lambda item: item[0].lower()),
    )


def service_pages(published: Published) -> dict[str, str]:
    """The page of each service, and the same as JSON: path below docs/reference to text."""
    pages = {}
    for prefix, service in services(published).items():
        name = published.service(prefix)
        pages[f"services/{prefix}.md"] = templates.page(
            "service.md.j2", prefix=prefix, name=name, service=service, published=published
        )
        data = {
            "service": prefix,
            "name": name,
            "version": published.version,
            "actions": {
                action: [
                    {"operation": operation, "grantee": place["grantee"], "addons": place["addons"]}
                    for operation, those in places.items()
                    for place in those
                ]
                for action, places in service["actions"].items()
            },
            "addons": {
                key: [{"operation": row["operation"], "grantee": row["grantee"]} for row in rows]
                for key, rows in service["addons"].items()
            },
        }
        if service["has_addons_page"]:
            pages[f"services/{prefix}-addons.md"] = templates.page(
                "service-addons.md.j2", prefix=prefix, name=name, service=service
            )
        pages[f"services/{prefix}.json"] = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    return pages


@lru_cache(maxsize=1)
def services(published: Published) -> dict[str, dict[str, Any]]:
    """What refers to each service, by IAM prefix.

    Returns:
        ``actions``, operations by action, with the places in each; ``addons``, places by the ID of each add-on that is
        mostly about this service; ``has_addons_page``, whether these have a page of their own.
    """
    used: dict[str, list[StatementUse]] = defaultdict(list)
    for trust in (False, True):
        for use in published.uses(trust):
            for action in use.statement["Action"]:
                used[action].append(use)
    found: dict[str, dict[str, Any]] = {}
    for action in sorted(used, key=str.lower):
        service = found.setdefault(action.split(":")[0], {"actions": {}, "addons": {}})
        service["actions"][action] = _places(published, used[action])
    for key, rows in _addons(published).items():
        statements = [
            item["statement"] for row in rows for part in ("statements", "trust") for item in row["addon"].get(part, ())
        ]
        about = Counter(action.split(":")[0] for statement in statements for action in statement["Action"])
        found[about.most_common(1)[0][0]]["addons"][key] = rows
    for one in found.values():
        one["has_addons_page"] = bool(one["addons"]) and len(one["actions"]) + len(one["addons"]) > _PARTS_OF_A_PAGE
    return dict(sorted(found.items()))


def _addons(published: Published) -> dict[str, list[dict[str, Any]]]:
    """The add-ons by ID, with the roles and callers that have them."""
    holders: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, record in published.operations.items():
        for holder in grantees(record):
            for addon in holder["addons"]:
                page = address(record, holder["id"])
                holders[addon["id"]].append(
                    {"operation": name, "grantee": holder["id"], "address": page, "addon": addon}
                )
    return dict(sorted(holders.items()))


def trust(published: Published) -> str:
    """The index by trust principal."""
    uses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for use in published.uses(trust=True):
        keys = sorted({key for part in use.statement.get("Condition", {}).values() for key in part})
        row = {"use": use, "address": address(published.operations[use.operation], use.grantee), "keys": keys}
        for values in use.statement["Principal"].values():
            for value in values:
                uses[value].append(row)
    return templates.page("trust.md.j2", uses=sorted(uses.items()))


def sources(published: Published) -> str:
    """The page of all cited sources."""
    citing: dict[str, list[str]] = defaultdict(list)
    known: dict[str, Mapping[str, str]] = {}
    for name, record in published.operations.items():
        for key, source in record["sources"].items():
            known[key] = source
            citing[key].append(name)
    places: dict[str, list[tuple[Data, list[str]]]] = defaultdict(list)
    for key in sorted(known, key=lambda item: known[item]["title"].lower()):
        places[_place(known[key]["url"])].append((known[key], citing[key]))
    large = {place: rows for place, rows in places.items() if len(rows) >= _ROWS_OF_A_PLACE}
    others = [row for place, rows in places.items() if place not in large for row in rows]
    groups = sorted(large.items(), key=lambda item: -len(item[1]))
    if others:
        groups.append(("Other places", sorted(others, key=lambda row: row[0]["title"].lower())))
    return templates.page("sources.md.j2", groups=groups, number=len(known))


def _place(url: str) -> str:
    """Where a source is: a guide of AWS, the owner of a repository, the host of another page, or a kind of package."""
    parts = urlsplit(url)
    if not parts.netloc:
        return "Packages"
    folders = parts.path.strip("/").split("/")[:-1]
    return "/".join([parts.netloc, *folders[: 1 if parts.netloc == "github.com" else None]])
