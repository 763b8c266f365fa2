"""Text that is safe to put into Markdown and HTML, whatever it says."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

#: What could begin Markdown inside a line. As an entity it is plain text to every Markdown dialect.
_INLINE = re.compile(r"[\\`*_{}\[\]<>()#+!|~^=:$@&\"']")
#: What could make a block of a line that begins with it.
_LEADING = re.compile(r"^(\d{1,9})([.)])|^[-+]")
_SPACES = re.compile(r"\s+")


def md(value: str) -> str:
    """Plain text as one line of Markdown: no character of it means anything to Markdown or HTML."""
    line = _INLINE.sub(lambda found: f"&#{ord(found.group())};", _SPACES.sub(" ", value).strip())
    return _LEADING.sub(lambda found: "".join(f"&#{ord(char)};" for char in found.group()), line)


def esc(value: str) -> str:
    """Plain text inside HTML, or inside an attribute in double quotes."""
    return html.escape(value, quote=True)


def code(value: str) -> str:
    """Code inside a line, in Markdown as in HTML; long names may break at dots, slashes, colons and capitals."""
    return f"<code>{md(value)}</code>"


def code_list(values: Iterable[str]) -> str:
    """Codes one after another, with commas."""
    return ", ".join(code(value) for value in values)


def link(label: str, target: str) -> str:
    """A Markdown link. ``label`` is Markdown, ``target`` an address."""
    return f"[{label}](<{target.replace('<', '%3C').replace('>', '%3E')}>)"


def anchor(value: str) -> str:
    """An id for a heading made of a name such as ``kms:CreateGrant``; keeps the case, so that it can be guessed."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", value).strip("-")


def front_matter(fields: Mapping[str, Any]) -> str:
    """A page's front matter; JSON values are YAML, so nothing in them can end it early."""
    lines = [
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items() if value not in ("", [])
    ]
    return "\n".join(["---", *lines, "---", ""])


def fence(content: str, language: str, indent: int = 0) -> str:
    """A code block that holds exactly ``content`` (which ends with a newline)."""
    longest = max((len(run) for run in re.findall(r"`{3,}", content)), default=2)
    marks = "`" * (longest + 1)
    block = f"{marks}{language}\n{content}{marks}\n"
    pad = " " * indent
    return "".join(pad + line if line.strip() else line for line in block.splitlines(keepends=True))


def tabs(items: Iterable[tuple[str, str]]) -> str:
    """A set of tabs: label and Markdown of each."""
    parts = []
    for label, content in items:
        inner = "".join("    " + line if line.strip() else "\n" for line in content.splitlines(keepends=True))
        parts.append(f'=== "{md(label)}"\n\n{inner.rstrip()}\n')
    return "\n".join(parts) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]], *, css: str = "", row_ids: Iterable[str] = ()) -> str:
    """An HTML table; cells are HTML. The first cell of a row is its header. Narrow screens show a row as a card."""
    names = list(head)
    ids = iter(row_ids)
    lines = [f'<table class="rows {css}">'.replace(" >", ">").replace(' ">', '">'), "<thead><tr>"]
    lines += [f'<th scope="col">{name}</th>' for name in names]
    lines.append("</tr></thead><tbody>")
    for row in rows:
        row_id = next(ids, "")
        cells = list(row)
        first = f'<th scope="row">{cells[0]}</th>'
        rest = "".join(
            f'<td data-label="{esc(name)}">{cell}</td>' for name, cell in zip(names[1:], cells[1:], strict=True)
        )
        lines.append(f"<tr{f' id={chr(34)}{esc(row_id)}{chr(34)}' if row_id else ''}>{first}{rest}</tr>")
    lines += ["</tbody></table>", ""]
    return "\n".join(lines)


def count(number: int, noun: str) -> str:
    """``1 role``, ``2 roles``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
