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
#: The names of members in JSON, of which each has a line.
_MEMBER = re.compile(r'^( *)("[^"\n]*")(?=: )', re.MULTILINE)
_SPACES = re.compile(r"\s+")


def md(value: str) -> str:
    """Plain text as one line of Markdown: no character of it means anything to Markdown or HTML."""
    line = _INLINE.sub(lambda match: f"&#{ord(match.group())};", _SPACES.sub(" ", value).strip())
    return _LEADING.sub(lambda match: "".join(f"&#{ord(char)};" for char in match.group()), line)


#: From how many characters on a code can be longer than a column of a table; and where such a code may break.
_LONG = 18
_JOINTS = re.compile(r"(?<=[.:/\]])(?=[^\s.:/\]])|(?<=[a-z0-9])(?=[A-Z])")
_SLASHES = re.compile(r"(?<=/)")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _pieces(value: str, joints: re.Pattern[str] = _JOINTS) -> list[str]:
    """A name in as few pieces as fit the narrowest column: places for breaks are most of what a page would hold."""
    pieces = [""]
    for part in joints.split(value):
        if pieces[-1] and len(pieces[-1]) + len(part) > _LONG:
            pieces.append("")
        pieces[-1] += part
    return pieces


def code(value: str) -> str:
    """Code inside a line, in Markdown as in HTML; a long one may break at dots, slashes, colons and capitals."""
    return f"<code>{'<wbr>'.join(map(md, _pieces(value)))}</code>"


def prose(value: str) -> str:
    """Plain text, as :func:`md`, whose long names may break as those of code do."""
    return " ".join("<wbr>".join(map(md, _pieces(word))) for word in value.split())


def code_list(values: Iterable[str]) -> str:
    """Codes one after another, with commas."""
    return ", ".join(code(value) for value in values)


def anchor(value: str) -> str:
    """An id for a heading made of a name such as ``kms:CreateGrant``; keeps the case, so that it can be guessed."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", value).strip("-")


def paths(value: str) -> str:
    """An address in HTML, which may break behind its slashes only."""
    return "<wbr>".join(map(escape, _pieces(value, _SLASHES)))


def words(value: str) -> str:
    """A name such as ``CreateTrainingJob`` in HTML, which may break between its words only."""
    return "<wbr>".join(map(escape, _WORDS.split(value)))


def front_matter(fields: Mapping[str, Any]) -> str:
    """A page's front matter; JSON values are YAML, so nothing in them can end it early."""
    lines = [
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items() if value not in ("", [])
    ]
    return "\n".join(["---", *lines, "---", ""])


def fence(content: str, language: str) -> str:
    """A code block that holds exactly ``content`` (which ends with a newline)."""
    longest = max((len(run) for run in re.findall(r"`{3,}", content)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}{language}\n{content}{marks}\n"


def policy(content: str) -> str:
    """A block of JSON as HTML. Only names of members are marked: marks around every token would be most of a page."""
    marked = _MEMBER.sub(r'\1<span class="nt">\2</span>', escape(content, quote=False))
    return f"""<div class="language-json highlight" data-search-exclude=""><pre><code>{marked}</code></pre></div>
"""


def count(number: int, noun: str) -> str:
    """``1 role``, ``2 roles``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """A share in percent with one decimal; 0% and 100% are only said of none and all."""
    if not whole:
        return ""
    if part in (0, whole):
        return "100%" if part else "0%"
    return f"{min(max(round(100 * part / whole, 1), 0.1), 99.9)}%"
