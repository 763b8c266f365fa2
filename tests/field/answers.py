"""How `explain` answers the reported failures: `make messages` prints the score."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from sagemaker_roles import Catalog, Request, compose, explain_message

from .messages import Failure, failures

#: From which place on an answer does not help: a person reads the first three.
SHOWN = 3


class Answered(NamedTuple):
    """At which places the right answers stand: operation, role or caller, and add-on.

    Attributes:
        messages: how many reported messages a policy of ours cures.
        first: for how many the right answer comes first, from the message alone; shown: among the first three.
        misplaced: IDs of the others, each with its place.
    """

    messages: int
    first: int
    shown: int
    misplaced: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"Of {self.messages} reported messages that a policy cures, `explain` names the right operation and "
            f"add-on first for {self.first}, and among the first three for {self.shown}."
        )


@cache
def catalog() -> Catalog:
    """The catalog that the installed command reads."""
    return Catalog.load()


def quoted() -> list[Failure]:
    """The failures with a message that a policy of ours cures: these are matters of IAM."""
    return [item for item in failures() if item.text and item.part and not item.pending]


@cache
def _curing_addons(item_id: str) -> frozenset[str]:
    """The add-ons ("" for the base) whose statements cure a reported failure."""
    item = next(item for item in failures() if item.id == item_id)
    if item.part == "trust":
        return frozenset({""})
    values = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333", **item.values}
    requests = [Request(item.operation, dict(item.request))]
    composition = compose(catalog(), requests, (item.role,) if item.role else (), addons=item.addons, values=values)
    statements = getattr(composition, item.part).statements
    reasons = [reason for one in statements if set(one.actions) & set(item.actions) for reason in one.reasons]
    return frozenset(reason.addon for reason in reasons if reason.operation == item.operation)


def place(item: Failure, operation: str = "") -> int:
    """At which place the right operation, role or caller, and add-on are; a large number if nowhere."""
    for number, cause in enumerate(explain_message(catalog(), item.text, operation=operation).causes):
        is_who = cause.caller == (item.part == "caller")
        if cause.operation == item.operation and is_who and cause.addon in _curing_addons(item.id):
            return number
    return 99


@cache
def answered() -> Answered:
    """The score over all reported messages."""
    places = {item.id: place(item) for item in quoted()}
    misplaced = tuple(f"{name}: {number + 1}" for name, number in places.items() if number)
    count = sum(number < SHOWN for number in places.values())
    return Answered(len(places), sum(not number for number in places.values()), count, misplaced)


if __name__ == "__main__":
    print(answered())
    print("\n".join(answered().misplaced))
