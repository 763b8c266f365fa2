"""Turns gained and lost grants into readable changes: one for the actions that changed alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ...iam.actions import action as action_pattern
from ...iam.patterns import covers
from .meaning import Difference, Permission

#: More places than this are counted, not listed, in a text.
_MOST = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        kind: came, went, widened, narrowed, changed (both, or it cannot be told), reworded (other bytes, same meaning)
            or activation (what decides on an add-on).
        subject: permission, operation, role, addon, placeholder, companion (a policy that is needed now) or file.
        addon: the add-on with which the policy was compared, "" for the policy alone.
        part: policy, trust, caller, or the kind of a companion; "" for ids.
        scope: scoped or broad, "" where there is no choice.
        statements: Sids, of the new version where something came, else of the old one.
        actions: the actions concerned.
        now: where and under which conditions they are allowed in the new version, of what changed.
        before: the same of the old version.
        text: one sentence.
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

    def place(self) -> tuple[str, ...]:
        """By what changes of a kind are sorted."""
        return (self.operation, self.role, self.addon, self.part, self.scope, self.subject, *self.actions, self.text)

    def to_json(self) -> dict[str, Any]:
        """The change as changes.json has it."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


def described(
    place: tuple[str, str, str, str, str], difference: Difference, old: Sequence[Permission], new: Sequence[Permission]
) -> Iterator[Change]:
    """The changes of one document.

    Args:
        place: operation, role, add-on, part and scope.
        difference: what was gained and lost.
        old: all that was granted before.
        new: all that is granted now.
    """
    alike: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    shown = {grant.action: grant.shown for grant in [*old, *new]}
    for action in sorted({grant.action for grant in [*difference.gained, *difference.lost]}):
        gained, lost = ([g for g in side if g.action == action] for side in (difference.gained, difference.lost))
        kind = _kind(action, gained, lost, old, new)
        # What a wider grant takes in, or a narrower one leaves, tells what the difference is.
        inside = [grant for grant in (old if gained else new) if grant.action == action and _in(grant, gained or lost)]
        before = [*lost, *(inside if gained and not lost else [])]
        now = [*gained, *(inside if lost and not gained else [])]
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
        )


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
    known = any(_same(action, grant.action) for grant in (old if gained else new))
    if gained:
        return "widened" if known else "came"
    return "narrowed" if known else "went"


def _same(action: str, other: str) -> bool:
    one, two = action_pattern(action), action_pattern(other)
    return covers(two, one) or covers(one, two)


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
