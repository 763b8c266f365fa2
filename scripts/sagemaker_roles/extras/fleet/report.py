"""The index for people: a summary as Markdown, and a report as one HTML file that asks no network for anything."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Any

from ...canonical import in_markdown, visible
from .reduced_table import text_file

Index = Mapping[str, Any]

#: A text or a number of a table, and the path of the file that it links to, or "".
_Cell = tuple[str | int, str]
#: The title of a table, those of its columns, and its rows.
_Table = tuple[str, Sequence[str], Sequence[Sequence[_Cell]]]

#: The columns of roles by their titles, as members of the index.
_COLUMNS = {
    "Account": "account",
    "Role": "role",
    "Regions": "regions",
    "Requests": "requests",
    "Events": "events",
    "Denied": "denied",
    "Open placeholders": "placeholders",
    "Problems": "problems",
    "Policies of today": "verdict",
    "Last seen": "last_seen",
}
#: The columns with numbers, and whether more than 0 is marked.
_NUMBERS = {"Requests": False, "Events": False, "Denied": True, "Open placeholders": False, "Problems": True}


def _totals(index: Index) -> list[str]:
    files = index["files"]
    skipped = sum(files["skipped"].values())
    return [
        f"Roles: {len(index['roles']):,}, in accounts: {len(index['accounts']):,}",
        f"Events read: {index['events']['read']:,}, in files: {files['read']:,}; files skipped: {skipped:,}",
        f"Files and folders that could not be read: {len(files['damaged']):,}",
    ]


def _roles(index: Index) -> _Table:
    """The roles, with the verdict of the audit where the roles of today are known."""
    shown = [title for title in _COLUMNS if title != "Policies of today" or "unused" in index]
    rows = []
    for role in index["roles"]:
        texts = {**role, "regions": " ".join(role["regions"]), "last_seen": role["last_seen"] or ""}
        paths = {"Role": role["path"]}
        rows.append(tuple((texts.get(_COLUMNS[title], ""), paths.get(title, "")) for title in shown))
    return "Roles", shown, rows


def _others(index: Index) -> Iterator[_Table]:
    """What else there is to tell; a table without rows is none."""
    accounts = index["accounts"]
    yield "Roles that no log shows", ("Role",), [((role, ""),) for role in index.get("unused", ())]
    columns = ("Account", "Operation", "Error", "Events")
    names = ("operation", "error_code", "events")
    hidden = [
        ((account["account"], ""), *((one[name], "") for name in names))
        for account in accounts
        for one in account["unknown"]
    ]
    yield "Requests that the logs do not show", columns, hidden
    failed = [((one["account"] or "unknown account", one["errors"]),) for one in accounts if one["errors"]]
    yield "Failed calls that show no role", ("Account",), failed
    damaged = [((one["path"], ""), (one["message"], "")) for one in index["files"]["damaged"]]
    yield "Not read", ("File or folder", "Why"), damaged


def summary(index: Index) -> bytes:
    """The summary as Markdown."""
    lines = ["# SageMaker roles in the logs", "", *(f"- {text}" for text in _totals(index)), ""]
    lines.append(
        "A policy covers the requests that succeeded. Calls that code in a job or a notebook makes with the role"
        ' are in no SageMaker request: see "What no log shows" in the guide.'
    )
    for title, columns, rows in (_roles(index), *(table for table in _others(index) if table[2])):
        marks = ("--:" if one in _NUMBERS else "---" for one in columns)
        lines += ["", f"## {title}", "", f"| {' | '.join(columns)} |", f"|{'|'.join(marks)}|"]
        lines += [f"| {' | '.join(_linked(cell, in_markdown, '[{}]({})') for cell in row)} |" for row in rows]
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def report(index: Index) -> bytes:
    """The report as HTML. Without scripts it is a plain table."""
    script = text_file("report.js")
    parts = {
        "HASH": f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}",
        "TOTALS": "".join(f"<li>{text}" for text in _totals(index)),
        "ACCOUNTS": "".join(f"<option>{_escaped(item['account'])}" for item in index["accounts"] if item["account"]),
        "COUNT": f"{len(index['roles']):,} roles",
        "ROLES": _html("roles", _roles(index)),
        "MORE": "".join(
            f'<h2 id="part-{number}">{table[0]}</h2>{_html(f"part-{number}", table)}'
            for number, table in enumerate(_others(index))
            if table[2]
        ),
        "SCRIPT": script,
    }
    return text_file("report.html", parts).encode("utf-8", "backslashreplace")


def _html(title: str, table: _Table) -> str:
    """A table that is named by the title with an ID."""
    _, columns, rows = table
    heads = (f'<th scope="col"{" class=n" if one in _NUMBERS else ""}>{one}' for one in columns)
    lines = (f"\n<tr>{''.join(map(_td, columns, row))}" for row in rows)
    return (
        f'<div class="wide" role="region" aria-labelledby="{title}" tabindex="0"><table>\n<thead><tr>{"".join(heads)}'
        f"</thead>\n<tbody>{''.join(lines)}\n</tbody></table></div>"
    )


def _td(column: str, cell: _Cell) -> str:
    kind = f' class="n{" bad" if _NUMBERS[column] and cell[0] else ""}"' if column in _NUMBERS else ""
    link = '<a href="{1}">{0}</a>'
    return f"<td{kind}>{_linked((cell[0], escape(cell[1])), _escaped, link)}"


def _linked(cell: _Cell, write: Callable[[str], str], form: str) -> str:
    """A cell as Markdown or HTML has its text, in the form of a link if it is one."""
    value, path = cell
    text = f"{value:,}" if isinstance(value, int) else write(value)
    return form.format(text, path) if path else text


def _escaped(value: str) -> str:
    """A text of a log in HTML: nothing in it is markup."""
    return escape(visible(value))
