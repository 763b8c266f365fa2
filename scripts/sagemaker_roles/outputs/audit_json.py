"""Write the report of an audit role by role, so that one of many roles is never in memory as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from ..canonical import visible
from . import audit_text, junit, sarif

Form = Literal["text", "json", "sarif", "junit", "markdown"]
Role = Mapping[str, Any]


class Piece(NamedTuple):
    """What a form has of one role.

    Attributes:
        row: its row in a table before all roles, or "".
        body: the rest.
    """

    row: str
    body: str


def render_role(form: Form, role: Role, *, verbose: bool = False, site: str = "") -> Piece:
    """What a form has of a role, as the report has it in JSON; findings for tools point to the site if it is known."""
    if site and form in ("json", "sarif"):
        role = sarif.helped(role, site)
    if form == "json":
        return Piece("", _indented(json.dumps(role, indent=2), 4))
    if form == "sarif":
        return Piece("", ",\n        ".join(_indented(json.dumps(one, indent=2), 8) for one in sarif.results(role)))
    if form == "junit":
        return Piece("", junit.suite(role))
    if form == "markdown":
        return Piece(audit_text.row(role), "\n".join(audit_text.section(role)))
    return Piece("", "\n".join(map(visible, audit_text.lines(role, verbose=verbose))))


def assemble_report(
    form: Form,
    report: Mapping[str, Any],
    pieces: Iterable[Piece],
    baseline: Callable[[], Mapping[str, Any]],
    version: str,
    site: str = "",
) -> Iterator[str]:
    """The text of a report.

    Args:
        report: it as JSON, without roles.
        baseline: gives the baseline after all pieces.
        site: address of the site, if it is known.
    """
    if form in ("json", "sarif"):
        whole, at, deep = (
            (report, '"roles": []', 2) if form == "json" else (sarif.sarif(report, version, site), '"results": []', 6)
        )
        # The text up to the list that the pieces are in; what follows may not be known yet.
        head, _, tail = json.dumps(whole, indent=2).partition(at)
        yield head + at[:-1]
        sign = ""
        for one in pieces:
            if one.body:
                yield f"{sign}\n{' ' * (deep + 2)}{one.body}"
                sign = ","
        yield f"\n{' ' * deep}]" if sign else "]"
        if form == "json":
            tail = f',\n  "baseline": {_indented(json.dumps(baseline(), indent=2), 2)}\n}}'
        yield f"{tail}\n"
        return
    if form == "junit":
        yield junit.HEAD
        yield from (f"{one.body}\n" for one in pieces)
        yield junit.TAIL
        return
    if form == "markdown":
        every = list(pieces)
        yield "\n".join([*audit_text.TABLE, *(one.row for one in every)])
        yield from (f"\n{one.body}" for one in every if one.body)
        yield "\n".join(["", *audit_text.unused(baseline()), ""])
        return
    yield from (f"{one.body}\n" for one in pieces)
    yield from (f"{visible(line)}\n" for line in audit_text.about_baseline(baseline()))


def _indented(text: str, by: int) -> str:
    """JSON deeper in another: texts in it have no line ends of their own."""
    return text.replace("\n", "\n" + " " * by)
