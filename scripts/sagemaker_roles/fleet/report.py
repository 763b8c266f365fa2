"""The index for people: a summary as Markdown, and a report as one HTML file that asks no network for anything."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

from ..canonical import in_markdown, visible
from .table import text_file

Index = Mapping[str, Any]

#: The columns of roles: title, member of the index, and whether more than 0 is marked; None for text.
_COLUMNS: tuple[tuple[str, str, bool | None], ...] = (
    ("Account", "account", None),
    ("Role", "role", None),
    ("Regions", "regions", None),
    ("Requests", "requests", False),
    ("Events", "events", False),
    ("Denied", "denied", True),
    ("Open placeholders", "placeholders", False),
    ("Problems", "problems", True),
    ("Last seen", "last_seen", None),
)


def _columns(index: Index) -> Iterator[tuple[str, str, bool | None]]:
    """The columns of roles, with the verdict of the audit where the roles of today are known."""
    *columns, last = _COLUMNS
    yield from columns
    if "unused" in index:
        yield "Policies of today", "verdict", None
    yield last


def _totals(index: Index) -> Iterator[tuple[str, str]]:
    files = index["files"]
    yield "Roles", f"{len(index['roles']):,}, in accounts: {len(index['accounts']):,}"
    skipped = sum(files["skipped"].values())
    yield "Events read", f"{index['events']['read']:,}, in files: {files['read']:,}; files skipped: {skipped:,}"
    yield "Files and folders that could not be read", f"{len(files['damaged']):,}"


def _errors(index: Index) -> list[tuple[str, str]]:
    """Accounts with failed calls that pass no role, each with its file."""
    return [(account["account"], account["errors"]) for account in index["accounts"] if account["errors"]]


def _unknown(index: Index) -> Iterator[tuple[str, str, str, str]]:
    """Events that do not show their requests: account, operation, error, and number."""
    for account in index["accounts"]:
        for item in account["unknown"]:
            yield account["account"], item["operation"], item["error_code"], f"{item['events']:,}"


# --- Markdown ------------------------------------------------------------------------------------------------


def summary(index: Index) -> bytes:
    """The summary as Markdown."""
    lines = [
        "# SageMaker roles in the logs",
        "",
        *(f"- {name}: {text}" for name, text in _totals(index)),
        "",
        "A policy covers the requests that succeeded. Calls that code in a job or a notebook makes with the role"
        ' are in no SageMaker request: see "What no log shows" in the guide.',
        "",
    ]
    if damaged := index["files"]["damaged"]:
        lines += ["## Not read", ""]
        lines += [f"- {in_markdown(item['path'])}: {in_markdown(item['message'])}" for item in damaged]
        lines.append("")
    if hidden := [*_unknown(index)]:
        lines += ["## Requests that the logs do not show", ""]
        lines += ["| Account | Operation | Error | Events |", "|---|---|---|--:|"]
        lines += [f"| {' | '.join(map(in_markdown, row))} |" for row in hidden]
        lines.append("")
    if failed := _errors(index):
        lines += ["## Failed calls that show no role", ""]
        lines += [f"- [{in_markdown(account) or 'unknown account'}]({path})" for account, path in failed]
        lines.append("")
    is_held = "unused" in index
    lines += [
        "## Roles",
        "",
        "| Account | Role | Requests | Events | Denied | Open placeholders | Problems |"
        + " Policies of today |" * is_held,
        f"|---|---|--:|--:|--:|--:|--:|{'---|' * is_held}",
    ]
    lines += [
        f"| {in_markdown(item['account'])} | [{in_markdown(item['role'])}]({item['path']}) | {item['requests']:,} |"
        f" {item['events']:,} | {item['denied']:,} | {item['placeholders']:,} | {item['problems']:,} |"
        + f" {item.get('verdict', '')} |"
        * is_held
        for item in index["roles"]
    ]
    if unused := index.get("unused"):
        lines += ["", "## Roles that no log shows", "", *(f"- {in_markdown(item)}" for item in unused)]
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


# --- HTML ----------------------------------------------------------------------------------------------------


def report(index: Index) -> bytes:
    """The report as HTML. Without scripts it is a plain table."""
    script = text_file("report.js")
    parts = {
        "HASH": f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}",
        "TOTALS": _list(f"{escape(name)}: {escape(text)}" for name, text in _totals(index)),
        "ACCOUNTS": "".join(f"<option>{_escaped(item['account'])}" for item in index["accounts"] if item["account"]),
        "COUNT": f"{len(index['roles']):,} roles",
        "HEAD": "".join(
            f'<th scope="col"{"" if marked is None else " class=n"}>{title}</th>'
            for title, _, marked in _columns(index)
        ),
        "ROWS": "\n".join(_row(item, [*_columns(index)]) for item in index["roles"]),
        "MORE": "".join(_more(index)),
        "SCRIPT": script,
    }
    return text_file("report.html", parts).encode("utf-8", "backslashreplace")


def _row(item: Mapping[str, Any], columns: Iterable[tuple[str, str, bool | None]]) -> str:
    cells = []
    for _, name, marked in columns:
        value = item.get(name, "")
        if marked is not None:
            cells.append(f'<td class="n{" bad" if marked and value else ""}">{value:,}')
        elif name == "role":
            cells.append(f'<td><a href="{escape(item["path"])}">{_escaped(value)}</a>')
        else:
            cells.append(f"<td>{_escaped(' '.join(value) if isinstance(value, list) else value or '')}")
    return f"<tr>{''.join(cells)}"


def _more(index: Index) -> Iterator[str]:
    if unused := index.get("unused"):
        yield "<h2>Roles that no log shows</h2>"
        yield _list(map(_escaped, unused))
    if hidden := [*_unknown(index)]:
        yield '<h2 id="unknown">Requests that the logs do not show</h2>'
        yield '<div class="wide" role="region" aria-labelledby="unknown" tabindex="0"><table><thead><tr>'
        yield "".join(f'<th scope="col">{title}</th>' for title in ("Account", "Operation", "Error"))
        yield '<th scope="col" class="n">Events</th></tr></thead><tbody>'
        for *texts, events in hidden:
            yield f'\n<tr>{"".join(f"<td>{_escaped(text)}" for text in texts)}<td class="n">{events}'
        yield "</tbody></table></div>"
    if failed := _errors(index):
        yield "<h2>Failed calls that show no role</h2>"
        yield _list(
            f'<a href="{escape(path)}">{_escaped(account) or "unknown account"}</a>' for account, path in failed
        )
    if damaged := index["files"]["damaged"]:
        yield "<h2>Not read</h2>"
        yield _list(f"{_escaped(item['path'])}: {_escaped(item['message'])}" for item in damaged)


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}' for item in items)}</ul>"


def _escaped(value: str) -> str:
    """A text of a log in HTML: nothing in it is markup."""
    return escape(visible(value))
