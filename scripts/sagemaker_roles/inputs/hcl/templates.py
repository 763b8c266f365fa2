"""Split the templates of Terraform, in heredocs and files, into texts, interpolations, and directives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from .syntax import Expression, parse_expression, whole

#: How many parts a template can have.
_MAX_PARTS = 20_000

_SIGN = re.compile(r"\$\$\{|%%\{|\$\{|%\{")
_DIRECTIVE = re.compile(r"\s*(if|else|endif|for|endfor)\b\s*(.*)", re.DOTALL)
_FOR = re.compile(r"([A-Za-z_][\w-]*)(?:\s*,\s*([A-Za-z_][\w-]*))?\s+in\b\s*(.*)", re.DOTALL)


class Part(NamedTuple):
    """A part of a template.

    Attributes:
        kind: ``text``, ``value``, ``if``, ``else``, ``endif``, ``for``, ``endfor``.
        text: the text of ``text``.
        value: the expression of ``value``, ``if``, and ``for``; None if it cannot be read.
        names: the names that ``for`` gives.
        strips: whether white space before it, and after it, is removed.
    """

    kind: str
    text: str = ""
    value: Expression | None = None
    names: tuple[str, ...] = ()
    strips: tuple[bool, bool] = (False, False)


def split_template(text: str) -> list[Part]:
    """The parts of a template; nothing if it has too many."""
    parts = []
    for part in _parts(text):
        parts.append(part)
        if len(parts) > _MAX_PARTS:
            return []
    for number, part in enumerate(parts):
        if part.strips[0] and number and parts[number - 1].kind == "text":
            parts[number - 1] = Part("text", parts[number - 1].text.rstrip())
        if part.strips[1] and number + 1 < len(parts) and parts[number + 1].kind == "text":
            parts[number + 1] = Part("text", parts[number + 1].text.lstrip())
    return parts


def _parts(text: str) -> Iterator[Part]:
    at = 0
    while sign := _SIGN.search(text, at):
        if sign.start() > at:
            yield Part("text", text[at : sign.start()])
        if len(sign[0]) == 3:
            yield Part("text", sign[0][1:])
            at = sign.end()
            continue
        end = _end(text, sign.end())
        inner = text[sign.end() : end]
        strips = inner.startswith("~"), inner.endswith("~")
        inner = inner[strips[0] : len(inner) - strips[1]]
        yield _directive(inner, strips) if sign[0] == "%{" else Part("value", "", _expression(inner), (), strips)
        at = end + 1
    if at < len(text):
        yield Part("text", text[at:])


def _directive(inner: str, strips: tuple[bool, bool]) -> Part:
    match = _DIRECTIVE.fullmatch(inner)
    if match is None:
        return Part("value", "", None, (), strips)
    kind, rest = match[1], match[2]
    if kind == "for":
        loop = _FOR.fullmatch(rest)
        if loop is None:
            return Part("value", "", None, (), strips)
        return Part("for", "", _expression(loop[3]), tuple(filter(None, (loop[1], loop[2]))), strips)
    return Part(kind, "", _expression(rest) if kind == "if" else None, (), strips)


def _expression(text: str) -> Expression | None:
    tree: Any = parse_expression(text)
    # The offsets in the tree are those of what `parse_expression` reads.
    return None if tree is None else Expression(tree, f"x=({text})", whole(""))


def _end(text: str, at: int) -> int:
    """The offset of the brace that ends an interpolation; the end of the text if none does."""
    # What is open: a text in double quotes, or code, which an interpolation or another brace begins.
    is_text = [False]
    while at < len(text):
        sign = text[at]
        if is_text[-1]:
            if sign == "\\":
                at += 1
            elif text.startswith(("${", "%{"), at):
                is_text.append(False)
                at += 1
            elif sign == '"':
                is_text.pop()
        elif sign in '{"':
            is_text.append(sign == '"')
        elif sign == "}":
            is_text.pop()
            if not is_text:
                return at
        at += 1
    return len(text)
