"""Findings that somebody accepts, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..canonical import quoted
from ..iam.patterns import matches, pattern
from .report import KINDS, AuditFinding, RoleReport

#: What an entry may say of the findings that it accepts; ``*`` and ``?`` stand for any characters.
FIELDS = ("role", "kind", "action", "resource", "layer", "document", "statement", "principal", "path")


def faults(entries: Any) -> list[str]:
    """What is wrong with a baseline: a list of mappings, each with a reason and at least one field."""
    if not isinstance(entries, list):
        return ["a baseline is a list of entries, each with reason and what it accepts"]
    messages = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, Mapping):
            messages.append(f"entry {number}: expected a mapping")
            continue
        for name in sorted(map(str, set(entry) - {*FIELDS, "reason"})):
            messages.append(f"entry {number}: unknown field {name}; expected {', '.join([*FIELDS, 'reason'])}")
        for name, value in entry.items():
            if not isinstance(value, str) or not value.strip():
                messages.append(f"entry {number}: {name} must be a text")
        if "reason" not in entry:
            messages.append(f"entry {number}: reason is missing; say why it is accepted")
        if not set(entry) & set(FIELDS):
            messages.append(f"entry {number}: it accepts everything; name at least one of {', '.join(FIELDS)}")
        if entry.get("kind", "missing") not in KINDS:
            messages.append(f"entry {number}: kind {quoted(entry['kind'])} is not one of {', '.join(KINDS)}")
    return messages


def accepted_of(
    role: RoleReport, entries: Sequence[Mapping[str, str]]
) -> tuple[RoleReport, list[dict[str, Any]], set[int]]:
    """A role without the findings that a baseline accepts; these, with the reasons; and which entries accept them.

    The verdict stays.
    """
    used: set[int] = set()
    accepted: list[dict[str, Any]] = []
    left: list[AuditFinding] = []
    for finding in role.findings:
        number = next((i for i, entry in enumerate(entries) if _fits(entry, role.role, finding)), None)
        if number is None:
            left.append(finding)
        else:
            used.add(number)
            row = {"role": role.role, "kind": finding.kind, **finding.to_json()}
            accepted.append({**row, "reason": entries[number]["reason"]})
    return role._replace(findings=tuple(left)), accepted, used


def _fits(entry: Mapping[str, str], role: str, finding: AuditFinding) -> bool:
    return all(
        matches(pattern(value, variables=False), role if name == "role" else getattr(finding, name))
        for name, value in entry.items()
        if name != "reason"
    )
