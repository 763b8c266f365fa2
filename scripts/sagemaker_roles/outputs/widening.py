"""Says what patterns replace, what they allow in addition, and how much shorter they make the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby

from ..engine.documents import PROPOSED
from ..engine.generalizing import Generalized

#: Patterns of a document that are named at most.
_SHOWN = 20


def widened(result: Generalized, *, is_chosen: bool) -> Iterator[tuple[str, str]]:
    """Document and message for each pattern, and for what all of them do to the size of the document.

    Args:
        is_chosen: whether the documents have them; else they are proposed.
    """
    for part, (before, after) in result.sizes.items():
        several: dict[str, list[Sequence[str]]] = {}
        for one in result.widenings[part]:
            several.setdefault(one.pattern, []).append(one.resources)
        for pattern, lists in [*several.items()][:_SHOWN]:
            verb, allows = ("replaces", "allows") if is_chosen else ("can replace", "would allow")
            count = sum(1 for _ in groupby(merge(*lists)))
            yield part, f"{pattern} {verb} {count:,} resources, and {allows} any other text in place of each *"
        if len(several) > _SHOWN:
            yield part, f"and {len(several) - _SHOWN} more patterns"
        how = "" if is_chosen else f"; --generalize {PROPOSED} uses them"
        yield part, f"{after:,} characters with these patterns, {before:,} without them{how}"
