"""Says what patterns replace, what they allow in addition, and how much shorter they make the documents."""

from __future__ import annotations

from collections.abc import Iterator

from ..engine.generalizing import PROPOSED, Generalized

#: Patterns of a document that are named at most.
_SHOWN = 20


def widened(result: Generalized, *, is_chosen: bool) -> Iterator[tuple[str, str]]:
    """Document and message for each pattern, and for what all of them do to the size of the document.

    Args:
        result: the patterns.
        is_chosen: whether the documents have them; else they are proposed.
    """
    for part, (before, after) in result.sizes.items():
        several: dict[str, set[str]] = {}
        for one in result.widenings[part]:
            several.setdefault(one.pattern, set()).update(one.resources)
        for pattern, resources in [*several.items()][:_SHOWN]:
            verb, allows = ("replaces", "allows") if is_chosen else ("can replace", "would allow")
            yield part, f"{pattern} {verb} {len(resources):,} resources, and {allows} any other text in place of each *"
        if len(several) > _SHOWN:
            yield part, f"and {len(several) - _SHOWN} more patterns"
        how = "" if is_chosen else f"; --generalize {PROPOSED} uses them"
        yield part, f"{after:,} characters with these patterns, {before:,} without them{how}"
