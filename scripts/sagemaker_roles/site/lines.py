"""Where a statement is in the records, for links into the repository: the only use of records by the pages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from .published import Data

_SID = re.compile(r"^ *- Sid: (\w+)$")
_ROLE = re.compile(r"^  - id: (\S+)$")


@cache
def _sids(file: Path) -> tuple[tuple[int, str, str], ...]:
    """The statements of a file: line, the role above it, and Sid; none if there is no such file."""
    sids, role = [], ""
    for number, line in enumerate(file.read_text("utf-8").splitlines() if file.is_file() else (), 1):
        if match := _ROLE.match(line):
            role = match[1]
        elif line == "caller:":
            role = "caller"
        elif match := _SID.match(line):
            sids.append((number, role, match[1]))
    return tuple(sids)


def line_of(data: Path, operation: str, grantee: str, item: Data) -> str:
    """The file of a statement below the checkout, with its line as GitHub takes it; "" if there is no record.

    Args:
        data: the folder of the records.
        operation: whose page shows the statement.
        grantee: ID of the role, or ``caller``.
        item: the statement as operation.json has it.
    """
    sid, shared = item["statement"]["Sid"], item.get("use", "")
    own = f"operations/{operation}.yaml"
    for path in [f"statements/{shared}.yaml"] if shared else [own, *_like(data, own)]:
        # A shared statement has the rest of the Sid only; the longest that fits is the one.
        fitting = [
            (role == grantee, len(end), -number)
            for number, role, end in _sids(data / path)
            if sid == end or (shared and sid.endswith(end))
        ]
        if fitting:
            return f"{data.name}/{path}#L{-max(fitting)[2]}"
    # It comes from the record of a step or job that this one starts.
    return f"{data.name}/{own}" if (data / own).is_file() else ""


@cache
def _like(data: Path, path: str) -> tuple[str, ...]:
    """The record that a record is like."""
    text = (data / path).read_text("utf-8") if (data / path).is_file() else ""
    return tuple(f"operations/{name}.yaml" for name in re.findall(r"(?m)^like: (\w+)$", text))
