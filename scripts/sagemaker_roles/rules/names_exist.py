"""Every statement set, resource kind, trust statement and source that the data name exists."""

from __future__ import annotations

from collections.abc import Iterator

from ..canonical import quoted
from ..problems import Problem
from .context import Context, nearest

RULE = "names-exist"

#: What the things of a part are called.
_WHAT = {
    "statements": "statement set",
    "addons": "set of add-ons",
    "resources": "resource kind",
    "trust": "trust statement",
    "sources": "source",
}


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each id that nothing has, with the nearest one."""
    for position, part, name in context.references:
        if not context.exists(part, name):
            known = context.part(part)
            yield Problem(position, RULE, f"there is no {_WHAT[part]} {quoted(name)}{nearest(name, known)}")
