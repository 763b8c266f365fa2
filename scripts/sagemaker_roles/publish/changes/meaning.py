"""What a policy allows, as single grants, and what one policy grants that another does not.

A grant is one action on one resource for one principal under one set of tests. How grants are spread over statements,
the order of lists and the names of statements mean nothing. A grant that no single grant of the other policy covers
counts as new: what cannot be told (an unknown operator, a union that covers only as a whole) counts both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .conditions import Tests, alternatives, as_strict
from .patterns import arn_within, within

#: From an action with a wildcard to the actions it stands for; none if that is not known.
Expand = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing a statement allows.

    Attributes:
        effect: ``Allow``; ``Deny`` takes away, and is compared with other denials only.
        principal: type and name, ``("", "")`` in a policy without principals.
        action: action in small letters, perhaps with a wildcard.
        resource: ARN pattern, "" in a trust policy.
        tests: what must hold.
        sid: the statement's; does not count in comparisons.
        shown: the action as written.
    """

    effect: str
    principal: tuple[str, str]
    action: str
    resource: str
    tests: Tests
    sid: str
    shown: str

    def within(self, other: Grant) -> bool:
        """Whether another grant covers this one."""
        return (
            self.effect == other.effect
            and _names(self.action, other.action)
            and arn_within(self.resource, other.resource)
            and (self.principal == other.principal or other.principal == ("*", "*"))
            and as_strict(self.tests, other.tests)
        )


def _names(action: str, other: str) -> bool:
    return action == other or (("*" in other or "?" in other) and within(action, other))


def grants(policy: Mapping[str, Any], expand: Expand) -> list[Grant]:
    """Everything a policy's statements grant or deny.

    Args:
        policy: an IAM policy as JSON, with lists or single values.
        expand: tells the actions that a wildcard stands for.
    """
    return [grant for statement in _listed(policy.get("Statement")) for grant in _of_statement(statement, expand)]


def _of_statement(statement: Mapping[str, Any], expand: Expand) -> Iterator[Grant]:
    actions = dict(_actions(statement, expand))
    resources = _elements(statement, "Resource")
    principals = list(_principals(statement))
    tests = list(alternatives(statement.get("Condition", {})))
    effect, sid = str(statement.get("Effect", "")), str(statement.get("Sid", ""))
    for action, shown in actions.items():
        for resource in resources:
            for principal in principals:
                for choice in tests:
                    yield Grant(effect, principal, action, resource, choice, sid, shown)


def _actions(statement: Mapping[str, Any], expand: Expand) -> Iterator[tuple[str, str]]:
    for name in _elements(statement, "Action"):
        found = expand(name) if "*" in name or "?" in name else ()
        for action in found or [name]:
            yield action.lower(), action


def _elements(statement: Mapping[str, Any], name: str) -> list[str]:
    """The values of an element; those of its opposite (``NotAction``) are one value, equal only to the same."""
    if f"Not{name}" in statement:
        return [f"Not{name} " + " ".join(sorted(str(value) for value in _listed(statement[f"Not{name}"])))]
    return [str(value) for value in _listed(statement.get(name))] or [""]


def _principals(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for element in ("Principal", "NotPrincipal"):
        given = statement.get(element, {})
        for kind, values in ({"*": given} if isinstance(given, str) else given).items():
            for value in _listed(values):
                if element == "NotPrincipal":
                    yield f"Not{kind}", str(value)
                else:
                    yield ("*", "*") if (kind, value) == ("AWS", "*") else (kind, str(value))
    if "Principal" not in statement and "NotPrincipal" not in statement:
        yield "", ""


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def uncovered(some: Iterable[Grant], others: Iterable[Grant]) -> list[Grant]:
    """The grants of the first that no single one of the others covers."""
    by_action: dict[str, list[Grant]] = {}
    wild: list[Grant] = []
    for other in others:
        if "*" in other.action or "?" in other.action:
            wild.append(other)
        else:
            by_action.setdefault(other.action, []).append(other)
    return [
        grant
        for grant in some
        if not any(grant.within(other) for other in by_action.get(grant.action, ()))
        and not any(grant.within(other) for other in wild)
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """How what one policy allows differs from what another allowed; both lists count allowed things.

    Attributes:
        gained: grants that are new, and denials that went.
        lost: grants that went, and denials that are new.
    """

    gained: tuple[Grant, ...]
    lost: tuple[Grant, ...]

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost)


def difference(old: Sequence[Grant], new: Sequence[Grant]) -> Difference:
    """Compares what two policies grant."""
    came, went = uncovered(new, old), uncovered(old, new)
    return Difference(
        tuple(grant for grant in came if grant.effect != "Deny") + tuple(g for g in went if g.effect == "Deny"),
        tuple(grant for grant in went if grant.effect != "Deny") + tuple(g for g in came if g.effect == "Deny"),
    )


def expansion(actions: Callable[[str], Sequence[str]]) -> Expand:
    """Makes the function that expands actions.

    Args:
        actions: the actions of a service prefix, without the prefix (:meth:`Reference.actions`); is asked only if
            there is a wildcard to expand.
    """

    @lru_cache(maxsize=1024)
    def expand(name: str) -> tuple[str, ...]:
        prefix, _, pattern = name.lower().partition(":")
        if not pattern or "*" in prefix or "?" in prefix:
            return ()
        return tuple(f"{prefix}:{action}" for action in actions(prefix) if within(action.lower(), pattern))

    return expand
