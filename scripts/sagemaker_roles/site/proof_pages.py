"""Prepares what was proved of an operation's policies, and the page that compares them with others'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from . import bars, families, templates
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
    sums = list(_sums(published.proof["peers"], list(rows.values())))
    drawn = bars.compared(
        "all",
        [
            bars.Compared(
                f"{s['title']} ({s['operations']} operations)", s["steps"], s["allowed"], s["misses"], s["through"]
            )
            for s in sums
        ],
    )
    return templates.page("compared.md.j2", peers=published.proof["peers"], compared=rows, sums=sums, drawn=drawn)


def drawn(published: Published, name: str) -> str:
    """The comparison of one operation as bars, "" if there is none."""
    rows: Data = published.proof["operations"].get(name, {}).get("comparison") or {}
    compared = [
        bars.Compared(
            about["title"],
            row["steps"],
            row["steps_allowed"],
            row["near_misses"],
            row["near_misses_let_through"],
        )
        for peer, about in published.proof["peers"].items()
        if (row := rows.get(peer))
    ]
    return bars.compared("compared", compared) if compared else ""


def evidence(published: Published) -> str:
    """What the statements of all operations rest on, by group: bars, and the table behind them."""
    rows = []
    for title, names in families.groups(published):
        counts = [published.operations[name]["evidence"] for name in names]
        kinds = (sum(count.get(kind, 0) for count in counts) for kind in ("documented", "observed", "inferred"))
        rows.append(bars.Evidence(title, *kinds))
    return templates.page("evidence.html.j2", rows=rows, drawn=bars.evidence(rows))


def _sums(peers: Data, comparisons: Iterable[Data]) -> Iterator[dict[str, Any]]:
    keys = ("steps", "steps_allowed", "near_misses", "near_misses_let_through")
    for peer, about in peers.items():
        pairs = [(item[peer], item["ours"]) for item in comparisons if item[peer]]
        steps, allowed, misses, through = (sum(row[key] for row, _ in pairs) for key in keys)
        yield {
            "title": about["title"],
            "operations": len(pairs),
            "steps": steps,
            "allowed": allowed,
            "misses": misses,
            "through": through,
            "ours": sum(row["near_misses_let_through"] for _, row in pairs),
        }
