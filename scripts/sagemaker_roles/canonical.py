"""JSON exactly as every artifact has it, and values as messages show them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from json.encoder import encode_basestring_ascii as _text
from typing import Any

_LINE = "\n"


def canonical(value: Any) -> bytes:
    """JSON as every artifact has it: two spaces, ASCII, keys as given, one final newline."""
    return f"{_indented(value, _LINE)}\n".encode("ascii")


def pieces(document: Mapping[str, Any]) -> Iterator[bytes]:
    """What :func:`canonical` gives of a mapping, in pieces: each item of its iterators is made when it is written."""
    before = "{"
    for key, value in document.items():
        yield f"{before}\n  {_text(key)}: ".encode("ascii")
        before = ","
        if isinstance(value, Iterator):
            mark = "["
            for item in value:
                yield f"{mark}\n    {_indented(item, _LINE + '    ')}".encode("ascii")
                mark = ","
            yield b"[]" if mark == "[" else b"\n  ]"
        else:
            yield _indented(value, _LINE + "  ").encode("ascii")
    yield b"\n}\n" if before == "," else b"{}\n"


def _indented(value: Any, line: str) -> str:
    """What ``json.dumps(value, indent=2)`` gives, in half its time: Python has no fast encoder that indents.

    Args:
        line: what begins the line that the value ends on: a line break and the indentation.
    """
    if isinstance(value, str):
        return _text(value)
    inner = f"{line}  "
    # Most of what there is are texts, and a call for each takes longer than to write it.
    if isinstance(value, dict):
        pairs = [
            f"{_text(key)}: {_text(item) if isinstance(item, str) else _indented(item, inner)}"
            for key, item in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(pairs)}{line}}}" if pairs else "{}"
    if isinstance(value, (list, tuple)):
        items = [_text(item) if isinstance(item, str) else _indented(item, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(items)}{line}]" if items else "[]"
    return json.dumps(value)


def quoted(value: Any) -> str:
    """A value as messages show it: JSON in one line, with every character that JSON can hold as it is."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match.group()):04x}", text)


def printable(text: str) -> str:
    """A text of an input with its control characters and lone surrogates written out as JSON escapes."""
    return re.sub("[\x00-\x1f\x7f\ud800-\udfff]", lambda match: f"\\u{ord(match.group()):04x}", text)


def visible(text: str) -> str:
    """A text in one line of a terminal or page: what cannot be printed or encoded is an escape of Python."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def in_markdown(text: str) -> str:
    """A text in one line of Markdown: nothing in it is markup."""
    return re.sub(r"([\\`*_\[\]<>|&#!~])", r"\\\1", visible(text))


def some(names: Sequence[str], most: int) -> str:
    """Names in a sentence, so many at most; the others are counted."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left:,} more" if left > 0 else "")


def unlike(name: str, taken: Collection[str], write: Callable[[str, int], str] = "{}{}".format) -> str:
    """A name, or what is written of it and the first number from 2 on, so that it is none of those that are taken."""
    own, number = name, 2
    while own in taken:
        own, number = write(name, number), number + 1
    return own
