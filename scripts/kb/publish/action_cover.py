"""The shortest list of action patterns found that match some actions of a service and leave others alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

#: Words of an action's name; a pattern has whole words of it, so that people can read it.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[^A-Z]+")

#: Quotes, colon and comma, which IAM counts with each action of a list.
_AROUND = 4


def cover_actions(prefix: str, wanted: Collection[str], spared: Collection[str]) -> list[str]:
    """Find patterns that match all wanted actions and no spared one.

    A greedy cover, so not always the shortest; the same arguments give the same patterns.

    Args:
        prefix: the service prefix.
        wanted, spared: names of its actions without the prefix. An action in neither may match or not.

    Returns:
        The patterns with the prefix, sorted.
    """
    # IAM matches actions without regard to case (IAM User Guide, "IAM JSON policy elements: Action").
    missing = {name.lower() for name in wanted}
    matches: dict[str, frozenset[str]] = {}
    for candidate in sorted({one for name in wanted for one in _candidates(name)}):
        match = re.compile(".*".join(map(re.escape, candidate.lower().split("*")))).fullmatch
        if not any(match(name.lower()) for name in spared):
            matches[candidate] = frozenset(name for name in missing if match(name))
    every, chosen = frozenset(missing), list[str]()
    while missing:
        best = max(matches, key=lambda one: len(matches[one] & missing) / (len(prefix) + len(one) + _AROUND))
        chosen.append(best)
        missing -= matches[best]
    for pattern in sorted(chosen, key=len, reverse=True):
        if frozenset().union(*(matches[one] for one in chosen if one != pattern)) == every:
            chosen.remove(pattern)
    return sorted(f"{prefix}:{one}" for one in chosen)


def _candidates(name: str) -> Iterator[str]:
    """Patterns of one or two runs of words of a name, with a star wherever words are left out."""
    words = _WORD.findall(name)
    runs = [(first, last) for first in range(len(words)) for last in range(first + 1, len(words) + 1)]
    yield "*"
    yield name
    for first, last in runs:
        head = ("*" if first else "") + "".join(words[first:last])
        yield head + ("*" if last < len(words) else "")
        for start, end in runs:
            if start > last:
                yield f"{head}*{''.join(words[start:end])}" + ("*" if end < len(words) else "")
