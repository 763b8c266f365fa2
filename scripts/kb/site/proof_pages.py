"""Prepares what was proved of an operation's policies, and the page that compares them with others'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from . import templates
from .published import Data, Published


def of(published: Published, name: str) -> dict[str, Any]:
    """What was proved of an operation: the counts, and the exceptions with their reasons."""
    known: Data = published.proof["exceptions"]
    item: Data = published.proof["operations"].get(name) or {}
    numbers: Data = item.get("exceptions", {})
    let_through = sum(number for key, number in numbers.items() if known[key]["near_miss"])
    return {
        "item": item,
        "earlier": published.measured_before.get(name, ()),
        "drawn": drawn(published, name),
        "let_through": let_through,
        "unnoticed": sum(numbers.values()) - let_through,
        "exceptions": [{**known[key], "what": _what(known[key]), "number": number} for key, number in numbers.items()],
    }


def _what(item: Data) -> str:
    kind = re.sub("^other[- ]", "another ", item["near_miss"]).replace("-", " ")
    return "anything next to it" if kind in ("*", "another *") else kind or item["mutation"]


def compared(published: Published) -> str:
    """The page that compares these policies with others over all operations."""
    proved = published.proof["operations"]
    rows = {name: row for name in published.names if (row := proved.get(name, {}).get("comparison"))}
    totals = list(sums(published).values())
    bars = [
        {**one, "title": f"{one['title']} ({one['operations']} operations)", "calls": one["misses"]} for one in totals
    ]
    drawn = _bars("all", bars)
    return templates.page("compared.md.j2", peers=published.proof["peers"], compared=rows, sums=totals, drawn=drawn)


def drawn(published: Published, name: str) -> str:
    """The comparison of one operation as bars, "" if there is none."""
    rows: Data = published.proof["operations"].get(name, {}).get("comparison") or {}
    compared = [
        {
            "title": about["title"],
            "steps": row["steps"],
            "allowed": row["steps_allowed"],
            "calls": row["near_misses"],
            "through": row["near_misses_let_through"],
        }
        for peer, about in published.proof["peers"].items()
        if (row := rows.get(peer))
    ]
    return _bars("compared", compared) if compared else ""


def _bars(name: str, rows: Sequence[Data]) -> Markup:
    """Two bars for each policy: what it allows of the steps, and of the calls out of scope.

    Args:
        name: of the drawing, unique on its page.
    """
    return templates.markup(templates.page("bars.html.j2", name=name, rows=rows).replace("\n", ""))


def scenes(published: Published) -> dict[str, str]:
    """The pictures of guides, as files that these include: path below docs/reference to HTML."""
    layers = [*published.catalog.get("layers", {}).values()]
    return {
        f"parts/{name}.html": templates.page("scenes.html.j2", name=name, layers=layers)
        for name in ("accounts", "deputy", "internet", "denial")
    }


def sums(published: Published) -> dict[str, dict[str, Any]]:
    """What each policy allows over all operations that have it, by ID of the policy."""
    proved = published.proof["operations"]
    comparisons = [row for name in published.names if (row := proved.get(name, {}).get("comparison"))]
    return {peer: _sum(about, peer, comparisons) for peer, about in published.proof["peers"].items()}


def _sum(about: Data, peer: str, comparisons: Iterable[Data]) -> dict[str, Any]:
    keys = ("steps", "steps_allowed", "near_misses", "near_misses_let_through")
    pairs = [(item[peer], item["ours"]) for item in comparisons if item[peer]]
    steps, allowed, misses, through = (sum(row[key] for row, _ in pairs) for key in keys)
    return {
        "title": about["title"],
        "operations": len(pairs),
        "steps": steps,
        "allowed": allowed,
        "misses": misses,
        "through": through,
        "ours": sum(row["near_misses_let_through"] for _, row in pairs),
    }
