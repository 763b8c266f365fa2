"""Finds operations, roles, and add-ons by an action, a call, or the words of the field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from . import Catalog
from .model import Entry

#: Words that most questions have, and that lead nowhere by themselves; the finder of the site has them too.
FILLERS = frozenset(
    (
        *("a", "an", "and", "access", "cannot", "denied", "deny", "error", "failed", "for", "from", "how"),
        *("i", "iam", "in", "is", "missing", "my", "need", "needs", "not", "of", "on"),
        *("or", "permission", "permissions", "policy", "policies", "the", "to", "what", "which", "why", "with"),
    )
)
_BETWEEN = re.compile("(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile("[A-Za-z0-9]+")


def found(catalog: Catalog, text: str, operations: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The roles and callers that have an action, or what is about some words: the best first.

    What only has the words in its statements is found where no title has them.

    Yields:
        ``operation``, ``role``, and ``addons``: those that have it; "" stands for what is always there.
    """
    names = [*operations]
    if actions := _actions_named(catalog, text):
        weighed = [*_having(catalog, actions, names)]
    else:
        every = [word.lower() for word in _WORD.findall(text)]
        words = [word for word in every if word not in FILLERS] or every
        weighed = [*_titled(catalog, words, names)] or [*_stated(catalog, words, names)]
    rows = [(-round(max(weights.values()), 1), row["operation"], row, weights) for row, weights in weighed]
    yield from ({**row, "addons": [*weights]} for *_, row, weights in sorted(rows, key=lambda one: one[:2]))


_Weighed = Iterator[tuple[dict[str, Any], dict[str, float]]]


def _actions_named(catalog: Catalog, text: str) -> frozenset[str]:
    """The actions of a name in small letters: of an action, with or without its service, or of a call."""
    name = text.strip().lower()
    if ":" in name or not name.isalnum():
        return frozenset([name] if ":" in name else [])
    services = catalog.data.get("code", {}).get("services", {}).values()
    needs = [
        need
        for service in services
        for call, some in service["operations"].items()
        if call.lower() == name
        for need in some
    ]
    called = {action.lower() for need in needs if isinstance(need, dict) for action in need.get("actions", ())}
    own = {
        f"{prefix}:{name}"
        for prefix, levels in catalog.actions.items()
        for level, some in levels.items()
        if level != "without_resources" and name in some.lower().split()
    }
    return frozenset(called | own)


def _having(catalog: Catalog, actions: frozenset[str], names: Sequence[str]) -> _Weighed:
    for row, _, parts in _grantees(catalog, names):
        weights = {key: 1.0 for key, _, entries in parts if any(one.lower() in actions for one in _actions(entries))}
        if weights:
            yield row, weights


def _titled(catalog: Catalog, words: Sequence[str], names: Sequence[str]) -> _Weighed:
    for row, title, (_, *addons) in _grantees(catalog, names):
        name = row["operation"]
        named = _weight(words, name, title) or _weight(words, f"{name} {catalog.operation(name).summary}")
        weights = {"": 1 + named} if named else {}
        for key, addon, _ in addons:
            if weight := _weight(words, f"{key} {addon}", f"{name} {title}"):
                weights[key] = weight
        if weights:
            yield row, weights


def _stated(catalog: Catalog, words: Sequence[str], names: Sequence[str]) -> _Weighed:
    """What has the words in its title, its actions, and why it needs them."""
    for row, title, parts in _grantees(catalog, names):
        weights = {}
        for key, own, entries in parts:
            why = " ".join(one.why for entry in entries for one in entry.because())
            name = f"{row['operation']} {catalog.operation(row['operation']).summary} {key} {own}"
            about = " ".join([name, title, *_actions(entries), why])
            if weight := _weight(words, name, about) or _weight(words, about) / 10:
                weights[key] = weight
        if weights:
            yield row, weights


def _grantees(
    catalog: Catalog, names: Iterable[str]
) -> Iterator[tuple[dict[str, Any], str, list[tuple[str, str, Sequence[Entry]]]]]:
    """Each role and caller with its title and parts: what is always there, with the ID "", and its add-ons."""
    for name in names:
        for grantee in catalog.operation(name).grantees():
            addons = [(addon.id, addon.title, addon.entries) for addon in grantee.addons]
            yield {"operation": name, "role": grantee.id}, grantee.title, [("", "", grantee.entries), *addons]


def _actions(entries: Iterable[Entry]) -> Iterator[str]:
    return (action for entry in entries for statement in entry.statements for action in statement.actions)


def _weight(words: Sequence[str], text: str, also: str = "") -> float:
    """How well a text has all the words, of which some may be in another; 0 if one is in neither."""
    first, second = (set(re.findall("[a-z0-9]+", _BETWEEN.sub(" ", one).lower())) for one in (text, also))
    second |= {one.lower() for one in also.split()}
    first |= {one.lower() for one in text.split()}
    hits = [any(one.startswith(word) for one in first) for word in words]
    if not any(hits) or not all(hit or word in second for hit, word in zip(hits, words, strict=True)):
        return 0
    return sum(hits) / len(words) + 1 / len(first)
