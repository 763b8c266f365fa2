"""Turns gained and lost grants into readable changes, and tells these as text or Markdown, widened permissions first.

One change is for all actions that changed alike; what changed alike in many places is told once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sagemaker_roles.iam.actions import action as action_pattern
from sagemaker_roles.iam.patterns import covers

from .grants import Difference, Permission

#: More places than this are counted, not listed, in a text.
_MOST = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        kind: came, went, widened, narrowed, changed (both, or it cannot be told), reworded (other bytes, same meaning)
            or activation (what decides on an add-on).
        subject: permission, operation, role, addon, placeholder, companion (a policy that is needed now), file, or
            entry (of a collection).
        operation: name of the operation, "" for what is of none.
        addon: the add-on with which the policy was compared, "" for the policy alone.
        part: policy, trust, caller, or the kind of a companion; "" for ids.
        scope: scoped or broad, "" where there is no choice.
        statements: Sids, of the new version where something came, else of the old one.
        actions: the actions concerned.
        now: where and under which conditions they are allowed in the new version, of what changed.
        before: the same of the old version.
        text: one sentence.
        entry: ID of the guardrail, the reader or another entry of a collection, with the way to statements in it; part
            is then what the entry is. "" for operations.
    """

    kind: str
    subject: str
    operation: str
    role: str = ""
    addon: str = ""
    part: str = ""
    scope: str = ""
    statements: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    text: str = ""
    entry: str = ""

    def place(self) -> tuple[str, ...]:
        """By what changes of a kind are sorted."""
        return (
            *(self.operation, self.role, self.addon, self.part, self.entry, self.scope, self.subject),
            *self.actions,
            self.text,
        )

    def to_json(self) -> dict[str, Any]:
        """The change as changes.json has it."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


def described(
    place: tuple[str, str, str, str, str],
    difference: Difference,
    old: Sequence[Permission],
    new: Sequence[Permission],
    entry: str = "",
) -> Iterator[Change]:
    """The changes of one document.

    Args:
        place: operation, role, add-on, part and scope.
        difference: what was gained and lost.
        old: all that was granted before.
        new: all that is granted now.
        entry: ID of the entry of a collection.
    """
    alike: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    shown = {grant.action: grant.shown for grant in [*old, *new]}
    for action in sorted({grant.action for grant in [*difference.gained, *difference.lost]}):
        gained, lost = ([g for g in side if g.action == action] for side in (difference.gained, difference.lost))
        kind = _kind(action, gained, lost, old, new)
        # What a wider grant takes in, or a narrower one leaves, tells what the difference is.
        inside = [grant for grant in (old if gained else new) if grant.action == action and _in(grant, gained or lost)]
        # A denial that went is of before, and a new one of now, though what is allowed is the other way about.
        removed, added = ([g for g in side if g.effect == "Deny"] for side in (gained, lost))
        before = [*_allowing(lost), *removed, *(_allowing(inside) if gained and not lost else [])]
        now = [*_allowing(gained), *added, *(_allowing(inside) if lost and not gained else [])]
        sids = tuple(sorted({grant.sid for grant in (gained or lost)}))
        alike[(kind, sids, _reaches(now), _reaches(before))].append(shown[action])
    for (kind, sids, now_at, before_at), actions in alike.items():
        yield Change(
            kind,
            "permission",
            *place,
            statements=sids,
            actions=tuple(actions),
            now=now_at,
            before=before_at,
            text=sentence(kind, actions, now_at, before_at),
            entry=entry,
        )


def _allowing(grants: Iterable[Permission]) -> list[Permission]:
    return [grant for grant in grants if grant.effect != "Deny"]


def _in(grant: Permission, others: Iterable[Permission]) -> bool:
    return any(grant.within(other) for other in others)


def _kind(
    action: str,
    gained: Sequence[Permission],
    lost: Sequence[Permission],
    old: Sequence[Permission],
    new: Sequence[Permission],
) -> str:
    if gained and lost:
        return "changed"
    one = action_pattern(action)
    others = [action_pattern(grant.action) for grant in (old if gained else new)]
    known = any(covers(other, one) or covers(one, other) for other in others)
    if gained:
        return "widened" if known else "came"
    return "narrowed" if known else "went"


def _reaches(grants: Iterable[Permission]) -> tuple[str, ...]:
    return tuple(sorted({reach(grant) for grant in grants}))


def reach(grant: Permission) -> str:
    """Where, for whom and under which conditions a grant holds, in words."""
    kind, name = grant.principal
    parts = ["denied:"] if grant.effect == "Deny" else []
    if grant.resource:
        parts.append(grant.resource)
    if kind:
        parts.append("everybody" if kind == name == "*" else f"{kind} {name}")
    tests = sorted(f"{test.shown} {test.operator} {' or '.join(sorted(test.values))}" for test in grant.tests)
    return " ".join([*parts, *(["if " + " and ".join(tests)] if tests else [])])


def sentence(kind: str, actions: Sequence[str], now: Sequence[str], before: Sequence[str], code: str = "") -> str:
    """What changed, in one sentence.

    Args:
        now: where they are allowed now.
        before: where they were allowed before.
        code: mark around code, as Markdown has it.
    """
    what = ", ".join(f"{code}{action}{code}" for action in actions)
    here, there = (_several(side, code) for side in (now, before))
    if kind in ("widened", "came") and not now:
        return f"{what} no longer {there}"
    if kind in ("narrowed", "went") and not before:
        return f"{what} now {here}"
    if kind == "came":
        return f"{what} on {here}"
    if kind == "went":
        return f"{what} on {there}"
    if kind == "widened":
        return f"{what} on {here}; before only on {there}" if before else f"{what} also on {here}"
    if kind == "narrowed":
        return f"{what} only on {here}; before on {there}" if now else f"{what} no longer on {there}"
    return f"{what} on {here}; before on {there}"


def _several(places: Sequence[str], code: str) -> str:
    marked = [f"{code}{place}{code}" for place in places]
    if len(marked) > _MOST:
        marked = [*marked[: _MOST - 1], f"{len(marked) - _MOST + 1} more"]
    return " and ".join([", ".join(marked[:-1]), marked[-1]] if len(marked) > 1 else marked)


# --- told --------------------------------------------------------------------------------------------------------

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

#: What was done to something, where the name of the kind of change does not say it.
_DONE = {"came": "added", "went": "removed", "reworded": "written differently", "activation": "decided otherwise"}

#: What more than one of a subject is, where it is no ``s`` at the end.
_PLURALS = {"addon": "add-ons", "entry": "entries"}

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
        change.get("entry", ""),
        *(tuple(change[key]) for key in ("statements", "actions")),
    )


def _companion(change: Entry) -> str:
    """The kind of policy that must agree with the role's; "" if the change is of one of its own."""
    is_own = change["part"] in ("policy", "trust", "caller", "") or change.get("entry")
    return "" if is_own else str(change["part"])


def _whose(change: Entry) -> tuple[str, ...]:
    return *(change[key] for key in ("operation", "role", "addon", "part")), change.get("entry", "")


def _place(change: Entry) -> tuple[str, str]:
    """Whose policy changed, and which policy and statement of it."""
    statements = f"statement {', '.join(change['statements'])}" if change["statements"] else ""
    if change.get("entry"):  # whose text names it if it came or went; before version 1.3.0 there were none
        named = change["subject"] == "permission"
        return f"the {change['part'].replace('-', ' ')} {change['entry']}" if named else "", statements
    who = f"the caller of {change['operation']}" if change["role"] == "caller" else change["operation"]
    if change["role"] not in ("", "caller"):
        who += f" {change['role']}"
    if change["subject"] in ("operation", "role"):
        return str(change["operation"]) if change["subject"] == "role" else "", ""
    notes = [f"add-on {change['addon']}"] if change["addon"] and change["subject"] == "permission" else []
    notes += ["trust policy"] if change["part"] == "trust" else []
    notes += [_companion(change).replace("-", " ")] if _companion(change) else []
    notes += ["broad policy"] if change["scope"] == "broad" else []
    notes += [statements] if statements else []
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


def permission_counts(changes: Iterable[Entry]) -> str:
    """Write how many permissions changed in which way, in a few words."""
    number = Counter(change["kind"] for change in changes if change["subject"] == "permission")
    return ", ".join(f"{count:,} {_DONE.get(kind, kind)}" for kind, count in number.items())


def counts(changes: Iterable[Entry]) -> str:
    """Write how many changes of each kind there are, in one line."""
    number = Counter((change["subject"], change["kind"]) for change in changes)
    return ", ".join(
        f"{count:,} {subject if count == 1 else _PLURALS.get(subject, subject + 's')} {_DONE.get(kind, kind)}"
        for (subject, kind), count in number.items()
    )


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
