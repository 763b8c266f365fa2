"""Prepares what was proved of an operation's policies, and the page that compares them with others'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

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
        "let_through": let_through,
        "unnoticed": sum(numbers.values()) - let_through,
        "exceptions": [{**known[key], "what": _what(known[key]), "number": number} for key, number in numbers.items()],
    }


def _what(item: Data) -> str:
    kind = re.sub("^other[- ]", "another ", item["near_miss"]).replace("-", " ")
    return "anything next to it" if kind in ("*", "another *") else kind or item["mutation"]


def compared(published: Published) -> str:
    """The page that compares our policies with others' over all operations."""
    proved = published.proof["operations"]
    found = {name: row for name in published.names if (row := proved.get(name, {}).get("comparison"))}
    sums = list(_sums(published.proof["peers"], list(found.values())))
    return templates.page("compared.md.j2", peers=published.proof["peers"], found=found, sums=sums)


def _sums(peers: Data, comparisons: Iterable[Data]) -> Iterator[dict[str, Any]]:
    keys = ("steps", "steps_allowed", "near_misses", "near_misses_let_through")
    for peer, about in peers.items():
        pairs = [(item[peer], item["ours"]) for item in comparisons if item[peer]]
        steps, allowed, misses, through = (sum(row[key] for row, _ in pairs) for key in keys)
        ours = sum(row["near_misses_let_through"] for _, row in pairs)
        yield {
            "title": about["title"],
            "operations": len(pairs),
            "allowed": f"{allowed:,} of {steps:,}{_share(allowed, steps)}",
            "through": f"{through:,} of {misses:,}{_share(through, misses)}",
            "ours": f"{ours:,}{_share(ours, misses)}",
        }


def _share(part: int, whole: int) -> str:
    """A share in percent with one decimal; "" of nothing. 100 and 0 are only said of all and none."""
    if not whole:
        return ""
    percent: Any = min(max(round(100 * part / whole, 1), 0.1), 99.9) if 0 < part < whole else 100 * part // whole
    return f" ({percent}%)"
