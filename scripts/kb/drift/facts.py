"""Reads the facts of a text: actions, service principals and condition keys, which are what permissions are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import NamedTuple

from ..aws.reference import Reference

_NAME = re.compile(
    r"(?<![A-Za-z0-9:._/-])([a-z][a-z0-9-]*):(\*?[A-Za-z][A-Za-z0-9]*\*?|\*)"
    r"(?:(/[A-Za-z0-9${}_.:-]*[A-Za-z0-9}])|(?![A-Za-z0-9:]))"
)
#: A key whose name ends with one that the caller chooses, which can have colons of its own.
_CONTEXT = re.compile(r"(?<![A-Za-z0-9:._/-])kms:EncryptionContext:[A-Za-z0-9:]*[A-Za-z0-9]")
_PRINCIPAL = re.compile(r"(?<![A-Za-z0-9:._/*-])(?:[a-z0-9-]+\.)?[a-z0-9-]+\.amazonaws\.com(?![A-Za-z0-9./-])")
#: Where a sentence ends: after its full stop, or with the block of the page, which a blank line follows.
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n\s*\n")
#: How many characters of a long one are shown on each side of a fact.
_AROUND = 150

#: Elements that part words; all others can be inside of one.
_BLOCKS = frozenset({"br", "dd", "div", "dt", "h1", "h2", "h3", "h4", "li", "p", "pre", "td", "th", "tr"})


class Facts(NamedTuple):
    """The facts of a text."""

    actions: frozenset[str]
    principals: frozenset[str]
    keys: frozenset[str]

    def all(self) -> frozenset[str]:
        """Every fact."""
        return self.actions | self.principals | self.keys

    def less(self, other: Facts) -> list[str]:
        """The facts that the other has not, sorted."""
        return sorted(self.all() - other.all())


def facts(text: str, reference: Reference) -> Facts:
    """The facts of a text without markup."""
    actions, keys = set(), {*_CONTEXT.findall(text)}
    for prefix, name, rest in _NAME.findall(text):
        whole = f"{prefix}:{name}{rest}"
        if reference.condition_key(whole) is not None or prefix == "aws":
            keys.add(whole)
        elif reference.actions(prefix) and (name[0] == "*" or name[0].isupper()):
            action = f"{prefix}:{name}"
            if not rest or reference.action(action) is not None:
                actions.add(action)
            else:
                keys.add(whole)  # a key that the reference does not have
    return Facts(frozenset(actions), frozenset(_PRINCIPAL.findall(text)), frozenset(keys))


def sentences(text: str, named: Iterable[str]) -> list[str]:
    """The sentences of a text that have facts, each once, in one line; a policy is one, and long ones are cut."""
    found: dict[str, None] = {}
    for fact in named:
        pattern = re.compile(rf"(?<![A-Za-z0-9:*-]){re.escape(fact)}(?![A-Za-z0-9])")
        for sentence in (" ".join(part.split()) for part in _END.split(text)):
            if place := pattern.search(sentence):
                start, end = max(0, place.start() - _AROUND), place.end() + _AROUND
                cut = sentence[start:end]
                found[f"{'… ' if start else ''}{cut}{' …' if end < len(sentence) else ''}"] = None
                break
    return [*found]


class _Text(HTMLParser):
    """Collects the text of a page, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")
        if tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def text_of(page: str) -> str:
    """The text of an HTML page. Markup inside of a word, as AWS has it around placeholders, does not part it."""
    parser = _Text()
    parser.feed(page)
    parser.close()
    return "".join(parser.parts)
