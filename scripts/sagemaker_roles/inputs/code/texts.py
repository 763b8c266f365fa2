"""Texts of a user's code, of which parts may not be known: joined, formatted, and cut as URLs of Amazon S3."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...engine.partial import Partial, Unknown, joined
from .values import MOST, Unseen, each, several

_URL = re.compile(r"s3[an]?://")
#: A placeholder of ``str.format``, and one of the operator ``%``.
_FORMAT, _PERCENT = re.compile(r"\{(\w*)(?:![rs])?(?::[^}]*)?\}"), re.compile(r"%[-\d.]*[sdr]")
#: Methods that leave what matters of a text, and those that give its parts.
_SAME = frozenset({"strip", "rstrip", "lstrip", "lower", "encode", "decode", "replace"})
_PARTS = frozenset({"split", "rsplit", "partition"})


class Texts:
    """Makes texts of parts.

    Args:
        unknown: gives the placeholder of a part that the code does not show.
    """

    def __init__(self, unknown: Callable[[Unseen], Unknown]) -> None:
        self._unknown = unknown

    def joined(self, parts: Iterable[Any], instead: Unseen | None = None) -> Any:
        """A text of parts, one for each choice where a part can be several.

        Args:
            parts: the parts.
            instead: what stands in place of a part that is no text.
        """
        texts: list[list[Any]] = [[]]
        for part in parts:
            several_of = each(part) if is_text(part) else (instead or Unseen("Value"),)
            choices = [self._parts(one) for one in several_of] or [[self._unknown(Unseen("Value"))]]
            texts = [[*text, *choice] for text in texts for choice in choices][:MOST]
        return several(map(joined, texts))

    def _parts(self, value: Any) -> list[Any]:
        if isinstance(value, Partial):
            return [*value.parts]
        return [self._unknown(value) if isinstance(value, Unseen) else str(value)]

    def woven(self, pieces: Sequence[str], items: Sequence[Any]) -> Any:
        """A text of pieces with an item between each two."""
        return self.joined([pieces[0], *(one for pair in zip(items, pieces[1:], strict=True) for one in pair)])

    def percent(self, text: str, value: Any) -> Any:
        """A text with the operator ``%``."""
        items = [*value] if isinstance(value, list) else [value]
        pieces = _PERCENT.split(text)
        return self.woven(pieces, items) if len(pieces) == len(items) + 1 else None

    def method(self, text: str, name: str, args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """What a method of a text gives, or None."""
        if name in _SAME and not args:
            return text.lower() if name == "lower" and not isinstance(text, Partial) else text
        if isinstance(text, Partial):
            return None
        if name == "format":
            pieces = _FORMAT.split(text)
            numbered = {str(number): one for number, one in enumerate(args)}
            names = [key or str(number) for number, key in enumerate(pieces[1::2])]
            return self.woven(
                pieces[::2],
                [{**keywords, **numbered}.get(key, Unseen("Value" if key.isdigit() else key)) for key in names],
            )
        if not args:
            return None
        if name == "join" and isinstance(args[0], list):
            return self.joined([part for one in args[0] for part in (one, text)][:-1])
        if isinstance(args[0], str) and args[0]:
            if name in ("strip", "rstrip", "lstrip"):
                return getattr(text, name)(args[0])
            if name in _PARTS:
                return [*getattr(text, name)(*[one for one in args if isinstance(one, (str, int))])]
        return None


def is_text(value: Any) -> bool:
    """Whether a value can be part of a text."""
    return all(isinstance(one, (str, int, float, Unseen)) for one in each(value))


def is_partial(value: Any) -> bool:
    """Whether parts of a value are not known."""
    return isinstance(value, (Partial, Unseen))


def flat(value: Any) -> Iterator[Any]:
    """The values in a value."""
    for one in each(value):
        if isinstance(one, (dict, list)):
            for inner in one.values() if isinstance(one, dict) else one:
                yield from flat(inner)
        else:
            yield one


def is_url(value: Any, is_files: bool) -> bool:
    """Whether a value is a URL of Amazon S3; where it is certain that a path is one, also without s3://."""
    if not isinstance(value, str):
        return False
    first = value if not isinstance(value, Partial) else value.parts[0] if value.parts else ""
    return isinstance(first, str) and bool(_URL.match(first) or (is_files and "/" in first))


def cut(url: str) -> tuple[Any, Any]:
    """Bucket and key of a URL."""
    parts: list[Any] = [*url.parts] if isinstance(url, Partial) else [str(url)]
    parts[0] = _URL.sub("", str(parts[0]), count=1)
    for number, part in enumerate(parts):
        if isinstance(part, str) and "/" in part:
            head, _, tail = part.partition("/")
            return joined([*parts[:number], head]), joined([tail, *parts[number + 1 :]])
    return joined(parts), ""


def hint(node: Any) -> str:
    """What an expression is called, as placeholders are written."""
    while isinstance(node, (ast.Await, ast.Starred)):
        node = node.value
    if isinstance(node, ast.Call):
        first = node.args[0] if node.args else None
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and isinstance(first, ast.Constant):
            return str(first.value)
        node = node.func
    if isinstance(node, ast.Subscript):
        return str(node.slice.value) if isinstance(node.slice, ast.Constant) else hint(node.value)
    text = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", getattr(node, "arg", ""))
    return "".join(part[:1].upper() + part[1:] for part in re.split("[^A-Za-z0-9]+", text or "Value"))


def snake(name: str) -> str:
    """A name of the API as code writes it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
