"""Which need of a record explains a message best: by what it names, then what the text shows, then what is usual."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..catalog import AddOn, Catalog
from ..iam.arn_parts import parts_of
from .clues import Message
from .recorded_needs import Need, needs


class Case:
    """A message, and what the data says of its form and its clues.

    Args:
        operation: the operation that it is of, if that was given.

    Attributes:
        form: the form that leads its answer.
        operations: it, or those that the message shows, and the ones whose role they work with (CreateTransformJob with
            that of CreateModel).
        who: whose permission it is about, as far as it shows that.
    """

    def __init__(self, catalog: Catalog, message: Message, operation: str = "") -> None:
        self.catalog, self.message, self._is_given = catalog, message, bool(operation)
        self._operation = operation
        operations = (operation,) if operation else message.operations
        self.form: Mapping[str, Any] = catalog.messages.get(message.form, {})
        owners = [owner for name in operations for owner in catalog.operation(name).uses_role_of]
        self.operations = tuple(dict.fromkeys([*operations, *owners]))
        self._clues = [catalog.clues[name] for name in message.clues]
        self.who = self._who()

    def without_resource(self) -> Case:
        """The case of the message without its resource."""
        return Case(self.catalog, self.message._replace(resource=""), self._operation)

    def _who(self) -> str:
        message = self.message
        principal = message.principal or message.role
        if "/aws-service-role/" in principal or ":assumed-role/awsservicerolefor" in principal.lower():
            return "service-linked role"
        if message.role and not message.principal:
            return "execution role"
        session = re.search(r":assumed-role/[^/]{1,64}/(.{1,64})", message.principal)
        # docs/guides/troubleshooting.md: assumed-role/<role>/SageMaker.
        patterns = [said["sessions"].lower() for said in self.catalog.services.values() if "sessions" in said]
        if session and any(fnmatchcase(session[1].lower(), pattern) for pattern in patterns):
            return "execution role"
        if message.principal:
            # What else is known of the session can speak for a role of ours, which another service takes.
            return "principal" if "policy" in {clue.get("part") for clue in self._clues} else "caller"
        parts = {"caller": "caller", "policy": "execution role", "trust": "execution role"}
        return parts.get(self.form.get("part", ""), "principal")

    def ranked(self) -> list[Need]:
        """The needs that can explain the message, the best first, each grantee and add-on once."""
        message = self.message
        denied = tuple(item for item in message.actions if item != "sts:AssumeRole") or message.actions
        found = needs(self.catalog, denied, message.resource, self.operations) if self.operations else []
        if not found or not (self._is_given or any(need.fits for need in found)):
            found = needs(self.catalog, denied, message.resource, ())
        elif not self._is_given and message.principal:
            # The call is of who was denied, who can be a role of ours: its needs come behind those of the call.
            found += [one for one in needs(self.catalog, denied, message.resource, ()) if one.fits and one not in found]
        return self._spread(sorted(found, key=self._rank))

    def _rank(self, need: Need) -> tuple[Any, ...]:
        """How well a need explains the message; the best comes first.

        Whom the message names, then how much of what the text shows speaks for it, then how often failures are reported
        with it, then how exactly the record names the resource, then how often operations give it, then what is always
        needed, then what is more than inferred, and of these what allows least.
        """
        message, form = self.message, self.form
        addon, operation = need.place.addon, need.place.operation
        frequent: Sequence[str] = form.get("operations", ())
        return (
            operation not in self.operations and not self._is_of_code(need),
            self._is_of_another(need),
            # What follows for any caller of an operation explains what no record does.
            operation in self.catalog.calls,
            message.actions.index(need.action) if need.action in message.actions else 0,
            -sum(_points(clue, need) for clue in self._clues) - (operation == message.called),
            self._usual(need),
            addon is None or addon.id not in form.get("addons", ()),
            -max(map(_literal, need.templates), default=0) if message.resource else 0,
            frequent.index(operation) if operation in frequent else len(frequent),
            addon is not None or bool(need.place.container),
            need.because.evidence == "inferred",
            len(need.statement.actions),
            addon is not None and bool(addon.usage),
            bool(need.place.container),
            _size(addon),
            operation,
        )

    def _is_of_another(self, need: Need) -> bool:
        """Whether a need is not of whom the message is about."""
        message, is_caller = self.message, need.place.is_caller
        if message.call and message.call == need.place.operation and message.principal and not self._is_checked():
            return not is_caller  # who was denied made the call
        is_of_taken = not is_caller and (not message.principal or self._is_taken(need))
        return (self.who == "caller" and not is_caller) or (self.who == "execution role" and not is_of_taken)

    def _is_of_code(self, need: Need) -> bool:
        """Whether a clue shows that code of a role makes the call, which its add-on is for."""
        clues = (clue for clue in self._clues if "addons" in clue and clue.get("part") == "policy")
        return not self._is_given and any(_points(clue, need) for clue in clues)

    def _is_checked(self) -> bool:
        """Whether the service took the call, and its check of the request with the role failed."""
        return any(self.catalog.messages[name].get("matter") == "request" for name in self.message.forms)

    def _is_taken(self, need: Need) -> bool:
        """Whether a service whose sessions are told by their names takes the role of a need."""
        principals = [self.catalog.trust(name).principal for name in need.place.grantee.trust]
        known = {said.get("principal") for said in self.catalog.services.values() if "sessions" in said}
        return any(not known.isdisjoint(item.get("Service", ())) for item in principals)

    def _usual(self, need: Need) -> int:
        """At which place of the usual causes of the form a need is; behind them all if it is none of them."""
        usual: Sequence[Mapping[str, str]] = self.form.get("usual", ())
        own = {"operation": need.place.operation, **({"addon": need.place.addon.id} if need.place.addon else {})}
        return usual.index(own) if own in usual and not need.place.is_caller else len(usual)

    def _spread(self, found: Sequence[Need]) -> list[Need]:
        """Needs of the same grantee and add-on once: usual ones, then the best of each operation before its others."""
        best: dict[tuple[str, str, str], Need] = {}
        for need in found:
            place = need.place
            best.setdefault((place.operation, place.grantee.id, place.addon.id if place.addon else ""), need)
        turns: dict[str, int] = {}
        order: list[tuple[int, Need]] = []
        for need in best.values():
            turns[need.place.operation] = turn = turns.get(need.place.operation, -1) + 1
            order.append((0 if self._usual(need) < len(self.form.get("usual", ())) else turn, need))
        return [need for _, need in sorted(order, key=lambda item: item[0])]


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


def _size(addon: AddOn | None) -> int:
    """How many actions an add-on has: the one with the fewest is most exactly about a denied one."""
    return sum(len(statement.actions) for entry in addon.entries for statement in entry.statements) if addon else 0


def _literal(template: str) -> int:
    """How many characters of a resource's own name a template fixes, up to a type such as ``training-job/``."""
    return len(re.sub(r"\$\{[^}]*\}|\*", "", parts_of(template).resource))
