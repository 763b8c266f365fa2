"""Draws shares as bars: what policies allow of a comparison, and what statements rest on."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from markupsafe import Markup

_WIDTH = 400
_BAR = 230


class Compared(NamedTuple):
    """One policy of a comparison: what it allows of the steps, and of the calls out of scope."""

    title: str
    steps: int
    allowed: int
    calls: int
    through: int


class Evidence(NamedTuple):
    """What the statements of one group of operations rest on."""

    title: str
    documented: int
    observed: int
    inferred: int

    @property
    def total(self) -> int:
        """How many statements there are."""
        return self.documented + self.observed + self.inferred


def share(part: int, whole: int) -> str:
    """A share in percent with one decimal; 0% and 100% are only said of none and all."""
    if not whole:
        return ""
    if part in (0, whole):
        return "100%" if part else "0%"
    return f"{min(max(round(100 * part / whole, 1), 0.1), 99.9)}%"


def compared(name: str, rows: Sequence[Compared]) -> Markup:
    """Two bars for each policy; the table that comes with it has the numbers.

    Args:
        name: of the drawing, unique on its page.
        rows: the policies, in the order of the table.
    """
    drawn, top = [], 0
    for row in rows:
        drawn.append(_text(0, top + 14, row.title, "t"))
        for place, (what, part, whole) in enumerate(
            (("steps", row.allowed, row.steps), ("out of scope", row.through, row.calls))
        ):
            y = top + 20 + 17 * place
            drawn.append(_text(0, y + 11, what, "s"))
            drawn.append(_rect(90, y + 2, _BAR, "rest"))
            # One pixel at least of what is not nothing.
            length = max(1.0, _BAR * part / whole) if part else 0
            drawn.append(_rect(90, y + 2, length, "bad" if place else "good"))
            drawn.append(_text(_BAR + 98, y + 11, share(part, whole), "s"))
        top += 64
    words = "; ".join(
        f"{row.title}: {share(row.allowed, row.steps)} of the steps, {share(row.through, row.calls)} out of scope"
        for row in rows
    )
    return _figure(name, "Shares of the steps and of the out-of-scope calls that each policy allows", words, drawn, top)


def evidence(rows: Sequence[Evidence]) -> Markup:
    """A bar in three parts for each group of operations; the table that comes with it has the numbers."""
    drawn, top = [], 0
    for row in rows:
        drawn.append(_text(0, top + 14, row.title, "t"))
        drawn.append(_text(_WIDTH, top + 14, f"{row.total:,} statements", "s", "end"))
        x = 0.0
        for css, number in (("good", row.documented), ("seen", row.observed), ("guess", row.inferred)):
            length = _WIDTH * number / (row.total or 1)
            drawn.append(_rect(x, top + 20, length, css))
            x += length
        top += 44
    words = "; ".join(
        f"{row.title}: {share(row.documented, row.total)} documented, {share(row.observed, row.total)} observed, "
        f"{share(row.inferred, row.total)} inferred"
        for row in rows
    )
    return _figure("evidence", "What the statements rest on", words, drawn, top)


def _text(x: float, y: float, value: str, css: str, anchor: str = "start") -> str:
    return f'<text class="{css}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(value)}</text>'


def _rect(x: float, y: float, width: float, css: str) -> str:
    return f'<rect class="{css}" x="{x:.4g}" y="{y:g}" width="{width:.4g}" height="11"/>'


def _figure(name: str, title: str, words: str, drawn: Sequence[str], height: float) -> Markup:
    own = f"bars-{escape(name)}"
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<figure class="bars" data-search-exclude><svg viewBox="0 0 {_WIDTH} {height:g}" role="img" '
        f'aria-labelledby="{own} {own}-words"><title id="{own}">{escape(title)}</title>'
        f'<desc id="{own}-words">{escape(words)}</desc>{"".join(drawn)}</svg></figure>'
    )
