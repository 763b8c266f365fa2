"""Reads the facts of a text: actions, service principals and condition keys, which are what permissions are made of."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

from ..aws.reference import Reference

_NAME = re.compile(
    r"(?<![A-Za-z0-9:._/-])([a-z][a-z0-9-]*):(\*?[A-Za-z][A-Za-z0-9]*\*?|\*)"
    r"(?:(/[A-Za-z0-9${}_.:-]*[A-Za-z0-9}])|(?![A-Za-z0-9:]))"
)
_PRINCIPAL = re.compile(r"(?<![A-Za-z0-9:._/*-])(?:[a-z0-9-]+\.)?[a-z0-9-]+\.amazonaws\.com(?![A-Za-z0-9./-])")
_AROUND = 90

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


def facts(text: str, reference: Reference) -> Facts:
    """The facts of a text without markup."""
    actions, keys = set(), set()
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


def around(text: str, fact: str) -> str:
    """The words around a fact in a text, in one line."""
    place = text.find(fact)
    return " ".join(text[max(0, place - _AROUND) : place + len(fact) + _AROUND].split())


class _Text(HTMLParser):
    """Collects the text of a page, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")
        if tag in _BLOCKS:
            self.parts.append("\n")

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
