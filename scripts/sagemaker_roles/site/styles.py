"""Leaves out of the theme's style sheet what no page and no script of the site names: a third of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_CLASS = re.compile(r"\.(-?[_a-zA-Z][\w-]*)")
#: A text, a comment, or a sign that opens or closes a block.
_SIGN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|/\*.*?\*/|[{};]', re.DOTALL)


def trimmed(style: str, names: Collection[str]) -> str:
    """A style sheet without the selectors that ask for a class of another name.

    Args:
        names: the classes that an element can have.
    """
    out = []
    for head, body in _rules(style):
        if body is None:
            out.append(head)
        elif head.lstrip().startswith(("@media", "@supports")):
            out.append(f"{head}{{{inner}}}" if (inner := trimmed(body, names)) else "")
        elif head.lstrip().startswith("@"):
            out.append(f"{head}{{{body}}}")
        elif kept := [one for one in _selectors(head) if _plain(one) <= set(names)]:
            out.append(f"{','.join(kept)}{{{body}}}")
    return "".join(out)


def _rules(style: str) -> Iterator[tuple[str, str | None]]:
    """The rules of a style sheet: what is before the block, and the block; None where there is no block."""
    begin = opened = depth = 0
    for sign in _SIGN.finditer(style):
        if sign[0] == "{":
            opened = sign.end() if not depth else opened
            depth += 1
        elif sign[0] == "}":
            depth -= 1
            if not depth:
                yield style[begin : opened - 1], style[opened : sign.start()]
                begin = sign.end()
        elif sign[0] == ";" and not depth:
            yield style[begin : sign.end()], None
            begin = sign.end()
    yield style[begin:], None


def _selectors(head: str) -> Iterator[str]:
    """The selectors of a list, of which some have lists of their own in brackets."""
    begin = depth = 0
    for place, sign in enumerate(head):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth:
            yield head[begin:place]
            begin = place + 1
    yield head[begin:]


def _plain(selector: str) -> set[str]:
    """The classes that a selector asks for outside of brackets and comments."""
    selector = re.sub(r"/\*.*?\*/", "", selector, flags=re.DOTALL)
    while (inner := re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", selector)) != selector:
        selector = inner
    return set(_CLASS.findall(selector))
