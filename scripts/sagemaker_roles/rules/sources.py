"""Sources are cited somewhere, in order of their ids, and were read no earlier than the text they cite was written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..problems import Problem
from .context import Context, at, key_at, problem

RULE = "sources"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each source that nothing cites, stands out of order, or has dates that cannot be."""
    sources = context.loaded.catalog.sources
    cited = {name for _, part, name in context.references if part == "sources"}
    names = list(sources)
    urls: dict[str, str] = {}
    for index, name in enumerate(names):
        source = sources[name]
        if name not in cited and not context.unreadable:
            yield Problem(key_at(sources, name), RULE, f"nothing cites {name}; take it out", (name,))
        if index and name < names[index - 1]:
            before = next(other for other in sorted(names[:index]) if other > name)
            yield Problem(key_at(sources, name), RULE, f"sources are in the order of their IDs: {name} before {before}")
        if source["url"] in urls:
            yield problem(RULE, f"{urls[source['url']]} is the same page; remove the duplicate", sources, name, "url")
        urls.setdefault(source["url"], name)
        for key in ("as_of", "read"):
            if not _is_date(source[key]):
                yield problem(
                    RULE, f"{source[key]} is not a date; write 2026, 2026-11 or 2026-11-24", sources, name, key
                )
        shared = min(len(source["as_of"]), len(source["read"]))
        if source["read"][:shared] < source["as_of"][:shared]:
            message = f"read in {source['read']}, before the text of {source['as_of']} was there"
            yield Problem(at(sources, name, "read"), RULE, message)


def _is_date(text: str) -> bool:
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", text)
    if not match:
        return False
    year, month, day = (int(part or 1) for part in match.groups())
    days = [31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return 2000 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= days[month - 1]
