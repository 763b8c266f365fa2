"""Which need of a record explains a message best: by what it names, then what the text shows, then what is usual."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..catalog import AddOn, Catalog
from ..iam.parts import parts_of
from .clues import Message
from .needs import Need, needs


def who_of(catalog: Catalog, message: Message, form: Mapping[str, Any]) -> str:
    """Whose permission a message is about, as far as it shows that."""
    principal = message.principal or message.role
    if "/aws-service-role/" in principal or ":assumed-role/awsservicerolefor" in principal.lower():
        return "service-linked role"
    if message.role and not message.principal:
        return "execution role"
    session = re.search(r":assumed-role/[^/]{1,64}/(.{1,64})", message.principal)
    # docs/guides/troubleshooting.md: assumed-role/<role>/SageMaker.
    patterns = [said["sessions"].lower() for said in catalog.services.values() if "sessions" in said]
    if session and any(fnmatchcase(session[1].lower(), pattern) for pattern in patterns):
        return "execution role"
    if message.principal:
        # What else is known of the session can speak for a role of ours, which another service takes.
        return "principal" if "policy" in {clue.get("part") for clue in _clues(catalog, message)} else "caller"
    return {"caller": "caller", "policy": "execution role", "trust": "execution role"}.get(
        form.get("part", ""), "principal"
    )


def ranked(catalog: Catalog, message: Message, form: Mapping[str, Any], operations: Sequence[str]) -> list[Need]:
    """The needs that can explain a message, the best first, each grantee and add-on once.

    Args:
        form: the form that leads its answer.
        operations: the operations that it is of, if that is known.
    """
    denied = tuple(item for item in message.actions if item != "sts:AssumeRole") or message.actions
    found = needs(catalog, denied, message.resource, operations) if operations else []
    found = found or needs(catalog, denied, message.resource, ())
    clues, who = _clues(catalog, message), who_of(catalog, message, form)
    found.sort(key=lambda need: _rank(catalog, need, message, form, operations, clues, who))
    return _spread(found, form)


def _clues(catalog: Catalog, message: Message) -> list[Mapping[str, Any]]:
    return [catalog.clues[name] for name in message.clues]


def _rank(
    catalog: Catalog,
    need: Need,
    message: Message,
    form: Mapping[str, Any],
    wanted: Sequence[str],
    clues: Sequence[Mapping[str, Any]],
    who: str,
) -> tuple[Any, ...]:
    """How well a need explains a message; the best comes first.

    Whom the message names, then how much of what the text shows speaks for it, then how often failures are reported
    with it, then how exactly the record names the resource, then how often operations give it, then what is always
    needed, then what is more than inferred, and of these what allows least.
    """
    frequent: Sequence[str] = form.get("operations", ())
    addon, operation, is_caller = need.place.addon, need.place.operation, need.place.is_caller
    is_other = (who == "execution role" and is_caller) or (who == "caller" and not is_caller)
    is_other = is_other or (who == "execution role" and bool(message.principal) and not _is_taken(catalog, need))
    exact = max((_literal(item) for item in need.templates), default=0) if message.resource else 0
    often = frequent.index(operation) if operation in frequent else len(frequent)
    pointed = addon is not None and addon.id in form.get("addons", ())
    is_chosen = addon is not None and bool(addon.usage)
    is_basic = addon is None and not need.place.container
    is_inferred = need.because.evidence == "inferred"
    least = (
        not is_basic,
        is_inferred,
        len(need.statement.actions),
        is_chosen,
        bool(need.place.container),
        _size(addon),
    )
    shown = sum(_points(clue, need) for clue in clues) + (operation == message.called)
    order = message.actions.index(need.action) if need.action in message.actions else 0
    # What follows for any caller of an operation explains what no record does.
    first = (
        operation not in wanted,
        is_other,
        operation in catalog.calls,
        order,
        -shown,
        _usual(need, form),
        not pointed,
        -exact,
    )
    return *first, often, least, operation


def _is_taken(catalog: Catalog, need: Need) -> bool:
    """Whether a service takes the role of a need whose sessions are told by their names, so that they can be of it."""
    principals = [catalog.trust(name).principal for name in need.place.grantee.trust]
    known = {said.get("principal") for said in catalog.services.values() if "sessions" in said}
    return any(not known.isdisjoint(item.get("Service", ())) for item in principals)


def _points(clue: Mapping[str, Any], need: Need) -> bool:
    """Whether a clue points to a need: to all that it tells of."""
    addon = need.place.addon
    return (
        not {"operations", "addons", "part", "code"}.isdisjoint(clue)
        and need.place.operation in clue.get("operations", (need.place.operation,))
        and ("addons" not in clue or (addon is not None and addon.id in clue["addons"]))
        and ("part" not in clue or (clue["part"] == "caller") == need.place.is_caller)
        and ("code" not in clue or bool(need.place.container) or (addon is not None and bool(addon.usage)))
    )


def _usual(need: Need, form: Mapping[str, Any]) -> int:
    """At which place of the usual causes of a form a need is; behind them all if it is none of them."""
    usual: Sequence[Mapping[str, str]] = form.get("usual", ())
    own = {"operation": need.place.operation, **({"addon": need.place.addon.id} if need.place.addon else {})}
    return usual.index(own) if own in usual and not need.place.is_caller else len(usual)


def _size(addon: AddOn | None) -> int:
    """How many actions an add-on has: the one with the fewest is most exactly about a denied one."""
    return sum(len(statement.actions) for entry in addon.entries for statement in entry.statements) if addon else 0


def _literal(template: str) -> int:
    """How many characters of a resource's own name a template fixes, up to a type such as ``training-job/``."""
    return len(re.sub(r"\$\{[^}]*\}|\*", "", parts_of(template).resource))


def _spread(found: Sequence[Need], form: Mapping[str, Any]) -> list[Need]:
    """Needs of the same grantee and add-on once: the usual ones, then the best of each operation before its others."""
    best: dict[tuple[str, str, str], Need] = {}
    for need in found:
        place = need.place
        best.setdefault((place.operation, place.grantee.id, place.addon.id if place.addon else ""), need)
    turns: dict[str, int] = {}
    order: list[tuple[int, int, Need]] = []
    for number, need in enumerate(best.values()):
        turns[need.place.operation] = turn = turns.get(need.place.operation, -1) + 1
        is_usual = _usual(need, form) < len(form.get("usual", ()))
        order.append((0 if is_usual else turn, number, need))
    return [need for _, _, need in sorted(order, key=lambda item: item[:2])]
