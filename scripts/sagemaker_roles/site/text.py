"""Text that is safe to put into Markdown and HTML, whatever it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

#: What could begin Markdown inside a line. As an entity it is plain text to every Markdown dialect.
_INLINE = re.compile(r"[\\`*_{}\[\]<>()#+!|~^=:$@&\"']")
#: What could make a block of a line that begins with it.
_LEADING = re.compile(r"^(\d{1,9})([.)])|^[-+]")
_SPACES = re.compile(r"\s+")


def md(value: str) -> str:
    """Plain text as one line of Markdown: no character of it means anything to Markdown or HTML."""
    line = _INLINE.sub(lambda match: f"&#{ord(match.group())};", _SPACES.sub(" ", value).strip())
    return _LEADING.sub(lambda match: "".join(f"&#{ord(char)};" for char in match.group()), line)


#: From how many characters on a code can be longer than a column of a table; and where such a code may break.
_LONG = 18
_JOINTS = re.compile(r"(?<=[.:/\]])(?=[^\s.:/\]])|(?<=[a-z0-9])(?=[A-Z])")


def code(value: str) -> str:
    """Code inside a line, in Markdown as in HTML; a long one may break at dots, slashes, colons and capitals."""
    if len(value) <= _LONG:
        return f"<code>{md(value)}</code>"
    return f"<code>{'<wbr>'.join(map(md, _JOINTS.split(value)))}</code>"


def prose(value: str) -> str:
    """Plain text, as :func:`md`, whose long names may break as those of code do."""
    words = (_JOINTS.split(word) if len(word) > _LONG else [word] for word in value.split())
    return " ".join("<wbr>".join(map(md, parts)) for parts in words)


def code_list(values: Iterable[str]) -> str:
    """Codes one after another, with commas."""
    return ", ".join(code(value) for value in values)


def anchor(value: str) -> str:
    """An id for a heading made of a name such as ``kms:CreateGrant``; keeps the case, so that it can be guessed."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", value).strip("-")


def paths(value: str) -> str:
    """An address in HTML, which may break behind its slashes only."""
    return escape(value).replace("/", "/<wbr>")


def words(value: str) -> str:
    """A name such as ``CreateTrainingJob`` in HTML, which may break between its words only."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "<wbr>", escape(value))


def front_matter(fields: Mapping[str, Any]) -> str:
    """A page's front matter; JSON values are YAML, so nothing in them can end it early."""
    lines = [
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items() if value not in ("", [])
    ]
    return "\n".join(["---", *lines, "---", ""])


def fence(content: str, language: str) -> str:
    """A code block that holds exactly ``content`` (which ends with a newline).

    JSON is plain text to the site tool, of which the finishing step marks what is worth a color: marks around every
    token were most of what the tool read and wrote.
    """
    longest = max((len(run) for run in re.findall(r"`{3,}", content)), default=2)
    marks = "`" * (longest + 1)
    kind = "{.text .language-json}" if language == "json" else language
    return f"{marks}{kind}\n{content}{marks}\n"


def count(number: int, noun: str) -> str:
    """``1 role``, ``2 roles``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
