"""Tells changes as text or Markdown, widened permissions first; what changed alike in many places is told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .describing import sentence

#: A change as changes.json has it.
Entry = Mapping[str, Any]

#: Heading to kinds and whether permissions or ids are meant, in the order they are told.
_SECTIONS = (
    ("Widened permissions", ("widened",), True),
    ("New permissions", ("came",), True),
    ("Changed permissions", ("changed",), True),
    ("Narrowed permissions", ("narrowed",), True),
    ("Permissions that were removed", ("went",), True),
    ("Gone", ("went",), False),
    ("New", ("came",), False),
    ("Written differently, with the same meaning", ("reworded",), True),
    ("Decided otherwise", ("activation",), False),
)

#: More places than this are counted.
_PLACES = 8


@dataclass(slots=True)
class _Line:
    entry: Entry
    places: list[tuple[str, str]] = field(default_factory=list)


def sections(changes: Sequence[Entry]) -> Iterator[tuple[str, list[_Line]]]:
    """The changes by heading; those that say the same of several places are one line."""
    scoped = {_same(change) for change in changes if change["scope"] == "scoped"}
    touched = {_whose(change) for change in changes if change["scope"] == "scoped"}
    for title, kinds, permissions in _SECTIONS:
        lines: dict[tuple[Any, ...], _Line] = {}
        for change in changes:
            if change["kind"] not in kinds or (change["subject"] == "permission") != permissions:
                continue
            if change["scope"] == "broad" and _same(change) in scoped:
                continue  # the same actions on everything; told of the scoped policy
            if change["scope"] == "broad" and change["kind"] == "reworded" and _whose(change) in touched:
                continue  # what allows more or less with ARNs can be the same without them
            key = (change["kind"], change["subject"], _companion(change) or change["part"] == "trust", change["text"])
            lines.setdefault(key, _Line(change)).places.append(_place(change))
        if lines:
            yield title, list(lines.values())


def _same(change: Entry) -> tuple[Any, ...]:
    return (
        *(change[key] for key in ("kind", "operation", "role", "addon", "part")),
        *(tuple(change[key]) for key in ("statements", "actions")),
    )


def _companion(change: Entry) -> str:
    """The kind of policy that must agree with the role's; "" if the change is of one of its own."""
    return "" if change["part"] in ("policy", "trust", "caller", "") else str(change["part"])


def _whose(change: Entry) -> tuple[str, ...]:
    return tuple(change[key] for key in ("operation", "role", "addon", "part"))


def _place(change: Entry) -> tuple[str, str]:
    """Whose policy changed, and which policy and statement of it."""
    who = f"the caller of {change['operation']}" if change["role"] == "caller" else change["operation"]
    if change["role"] not in ("", "caller"):
        who += f" {change['role']}"
    if change["subject"] in ("operation", "role"):
        return str(change["operation"]) if change["subject"] == "role" else "", ""
    notes = [f"add-on {change['addon']}"] if change["addon"] and change["subject"] == "permission" else []
    notes += ["trust policy"] if change["part"] == "trust" else []
    notes += [_companion(change).replace("-", " ")] if _companion(change) else []
    notes += ["broad policy"] if change["scope"] == "broad" else []
    notes += [f"statement {', '.join(change['statements'])}"] if change["statements"] else []
    return who, "; ".join(notes)


def _places(line: _Line, limit: int | None) -> str:
    """The places of a line: those with the same policy and statement together."""
    together: dict[str, list[str]] = {}
    for who, notes in dict.fromkeys(line.places):
        if who:
            together.setdefault(notes, []).append(who)
    texts = []
    left = sum(len(named) for named in together.values())
    room = left if limit is None else limit
    for notes, named in together.items():
        shown = named[:room]
        room, left = room - len(shown), left - len(shown)
        if not room and left:  # the last that there is room for
            shown = [*shown, f"{left} more"]
        joined = " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
        texts.append(f"{joined} ({notes})" if notes and not (not room and left) else joined)
        if not room:
            break
    return "; ".join(texts)


def counts(changes: Iterable[Entry]) -> str:
    """How many changes of which kind, in one line."""
    number: dict[str, int] = {}
    for change in changes:
        kind = change["kind"] if change["subject"] == "permission" else f"{change['kind']}: {change['subject']}"
        number[kind] = number.get(kind, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in number.items())


def text(changes: Sequence[Entry]) -> str:
    """The changes as plain text."""
    parts = []
    for title, lines in sections(changes):
        places = ((line, _places(line, None)) for line in lines)
        parts += [title, *(f"  {line.entry['text']}" + (at and f"\n    {at}") for line, at in places), ""]
    return "\n".join(parts).rstrip("\n") + "\n" if parts else ""


def markdown(changes: Sequence[Entry], limit: int | None = None, more: str = "", bold: bool = False) -> str:
    """The changes as Markdown.

    Args:
        changes: as changes.json has them.
        limit: most lines of a section, None for all.
        more: where the rest is, for sections that are cut.
        bold: whether headings are only bold, where real ones cannot stand.
    """
    parts: list[str] = []
    for title, lines in sections(changes):
        parts += [f"**{title}**" if bold else f"### {title}", ""]
        for line in lines[:limit]:
            places = _places(line, _PLACES if limit else None)
            parts.append(f"- {_said(line.entry)}{': ' + _escaped(places) if places else ''}")
        if limit and len(lines) > limit:
            parts.append(f"- and {len(lines) - limit} more{' in ' + more if more else ''}")
        parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n" if parts else ""


def _said(entry: Entry) -> str:
    if entry["subject"] != "permission" or not entry["actions"]:
        return _escaped(entry["text"])
    actions, now, before = ([item.replace("`", "'") for item in entry[key]] for key in ("actions", "now", "before"))
    return sentence(entry["kind"], actions, now, before, code="`")


def _escaped(value: str) -> str:
    """Plain text in Markdown."""
    entities = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    return "".join(entities.get(char) or (f"\\{char}" if char in r"\`*_{}[]#" else char) for char in value)
