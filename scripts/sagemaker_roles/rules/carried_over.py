"""A role that calls an operation has what the operation's record requires of its caller."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ..catalog import Entry, Grantee, Statement
from ..problems import Position, Problem
from .arns_of import fitting, named
from .context import Context, at, problem

RULE = "carried-over"

#: An action, the resource type that it is allowed on ("" without one), and the service that a role is passed to.
Need = tuple[str, str, str]

#: The operation whose request decides on an entry of a role ("" if it is always there), the entry, and what it gives.
_Grant = tuple[str, Entry, frozenset[Need]]


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each part of a caller's record that a role with the operation's action lacks.

    Actions are compared by resource type, and iam:PassRole by service; any statement of the role counts that another
    operation's request does not decide. A part is ``base`` or an add-on of the caller. The subjects of exceptions are
    ``Called/part`` for every role, ``Operation/role/Called/part``, and ``Operation/role`` where the service sends the
    same requests every time.
    """
    callers = {
        context.catalog.action_of(item.name): item.caller for item in context.operations if item.caller is not None
    }
    roles = [(operation, role) for operation in context.operations for role in operation.roles]
    calls = [callers.keys() & _known_actions(context, role) for _, role in roles]
    parts = {action: list(_by_part(context, callers[action])) for action in sorted(frozenset().union(*calls))}
    wanted = {need[0] for several in parts.values() for _, needs in several for need in needs}
    seen: set[tuple[Position, str, str]] = set()
    for (operation, role), called in zip(roles, calls, strict=True):
        granted = _granted(context, role, wanted) if called else []
        for action in sorted(called):
            for lack in _lacks(action, parts[action], granted):
                # What a twin takes over is the other record's.
                if (key := (at(lack.place.data), lack.called, lack.part)) in seen:
                    continue
                seen.add(key)
                subject = f"{operation.name}/{role.id}/{lack.called}/{lack.part}"
                subjects = (f"{lack.called}/{lack.part}", f"{operation.name}/{role.id}", subject)
                if not any(context.excepted(RULE, item) for item in subjects):
                    part = "use" if lack.place.use else "Action"
                    actions = sorted({action for action, _, _ in lack.missing})
                    both = (operation, context.catalog.operation(lack.called))
                    follows = [*actions, *(file for one in both for file in context.files(one, actions))]
                    yield problem(RULE, lack.message(subject), lack.place.data, part, follows=follows)


@dataclass(frozen=True, slots=True)
class _Lack:
    """What a role lacks of one part of a caller's needs.

    Attributes:
        place: the entry with which the role calls the operation.
    """

    called: str
    part: str
    place: Entry
    missing: tuple[Need, ...]

    def message(self, subject: str) -> str:
        where = "" if self.part == "base" else f" (add-on {self.part})"
        return (
            f"the role calls {self.called}, which requires of its caller{where} {_listed(self.missing)}; "
            f"add it to the role, or say in data/exceptions.yaml under {RULE} ({subject}) why not"
        )


def _known_actions(context: Context, role: Grantee) -> set[str]:
    """A role's actions, if all its statements are known: of a set that is not there another rule reports that."""
    entries = [entry for _, entry in role.all_entries()]
    if any(context.unfound(entry) for entry in entries):
        return set()
    return {action for entry in entries for statement in entry.statements for action in statement.actions}


def _granted(context: Context, role: Grantee, wanted: AbstractSet[str]) -> list[_Grant]:
    """What a role's entries give of some actions."""
    return [
        (addon.request if addon else "", entry, _needs_of(context, entry, wanted))
        for addon, entry in role.all_entries()
    ]


def _lacks(action: str, parts: Sequence[tuple[str, frozenset[Need]]], granted: Sequence[_Grant]) -> Iterator[_Lack]:
    """What a role lacks that calls an operation, by the parts of what its caller needs."""
    name = action.partition(":")[2]
    counted = [(entry, given) for request, entry, given in granted if request in ("", name)]
    calls = {need for part, wanted in parts if part == "base" for need in wanted if need[0] == action}
    place = next((entry for entry, given in counted if given & calls), None)
    if place is None:
        return
    have = {need for _, given in counted for need in given}
    for part, wanted in parts:
        if missing := sorted(wanted - have):
            yield _Lack(name, part, place, tuple(missing))


def _by_part(context: Context, caller: Grantee) -> Iterator[tuple[str, frozenset[Need]]]:
    """What a caller's base and each of its add-ons need."""
    parts = [("base", caller.entries), *((addon.id, addon.entries) for addon in caller.addons)]
    for name, entries in parts:
        if not any(context.unfound(entry) for entry in entries):
            yield name, frozenset(need for entry in entries for need in _needs_of(context, entry))


def _needs_of(context: Context, entry: Entry, wanted: AbstractSet[str] | None = None) -> frozenset[Need]:
    """What an entry needs, of some actions if not of all."""
    return frozenset(need for statement in entry.statements for need in _needs(context, entry, statement, wanted))


def _needs(context: Context, entry: Entry, statement: Statement, wanted: AbstractSet[str] | None) -> Iterator[Need]:
    actions = [name for name in statement.actions if wanted is None or name in wanted]
    if not actions:
        return
    arns = dict.fromkeys(item.arn for item in named(context, entry, statement))
    services = statement.condition.get("StringEquals", {}).get("iam:PassedToService", ())
    passed = [entry.constants.get(text.strip("${}"), text) for text in services] or [""]
    for name in actions:
        action = context.reference.action(name)
        if action is None:
            continue  # another rule reports the action
        types = {one.name for one in fitting(context.reference, action, *arns)}
        for kind in types if action.resource_types else {""}:
            yield from ((name, kind, service) for service in (passed if name == "iam:PassRole" else [""]))


def _listed(needs: Sequence[Need]) -> str:
    return ", ".join(
        name + (f" on {kind}" if kind else "") + (f" to {service}" if service else "") for name, kind, service in needs
    )
