"""What a policy allows, as single grants, and what one policy grants that another does not.

A grant is one action on one resource for one principal under one set of tests. How grants are spread over statements,
the order of lists and the names of statements mean nothing. What :mod:`sagemaker_roles.iam` cannot tell (an unknown
operator, or what is beyond the budget of steps) counts both ways.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sagemaker_roles.iam.actions import action as action_pattern
from sagemaker_roles.iam.arn_parts import has_wildcard
from sagemaker_roles.iam.arns import resource as resource_pattern
from sagemaker_roles.iam.budget import OutOfSteps, question
from sagemaker_roles.iam.conditions import Test, Tests, When
from sagemaker_roles.iam.grants import Grant
from sagemaker_roles.iam.grants import difference as remainder
from sagemaker_roles.iam.patterns import Pattern, covers
from sagemaker_roles.iam.statements import CURRENT_VERSION, PolicyStatement, statements
from sagemaker_roles.iam.statements import principal as principal_pattern
from sagemaker_roles.iam.text_sets import ALL, Texts, union

#: From an action with a wildcard to the actions it stands for; none if that is not known.
Expand = Callable[[str], Sequence[str]]

#: More alternatives than this in one statement are not taken apart; they are then one grant.
_MOST = 256


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing a statement allows or denies, as the difference shows it.

    Attributes:
        effect: ``Allow``; ``Deny`` takes away, and is compared with other denials only.
        principal: type and name, ``("", "")`` in a policy without principals.
        action: action in small letters, perhaps with a wildcard.
        resource: ARN pattern, "" in a trust policy.
        tests: what must hold.
        sid: the statement's; does not count in comparisons.
        shown: the action as written.
        meaning: what is compared.
    """

    effect: str
    principal: tuple[str, str]
    action: str
    resource: str
    tests: Tests
    sid: str
    shown: str
    meaning: Grant = field(compare=False, repr=False)

    def within(self, other: Permission) -> bool:
        """Whether another grant covers this one."""
        return self.effect == other.effect and self.meaning.within(other.meaning)


def grants(policy: Mapping[str, Any], expand: Expand) -> list[Permission]:
    """Everything a policy's statements grant or deny.

    Args:
        policy: an IAM policy as JSON, with lists or single values.
        expand: tells the actions that a wildcard stands for.

    Raises:
        PolicyError: it is no policy.
    """
    read = statements({**policy, "Version": CURRENT_VERSION})
    return [grant for statement in read for grant in _of_statement(statement, expand)]


def _of_statement(statement: PolicyStatement, expand: Expand) -> Iterator[Permission]:
    effect = "Allow" if statement.allows else "Deny"
    for (shown, action), (resource, arns), (principal, who), tests in itertools.product(
        _actions(statement, expand), _resources(statement), _principals(statement), alternatives(statement.tests)
    ):
        yield Permission(
            effect=effect,
            principal=principal,
            action=shown.lower(),
            resource=resource,
            tests=tests,
            sid=statement.sid,
            shown=shown,
            meaning=Grant(action, arns, who, When(tests)),
        )


def alternatives(condition: Tests) -> Iterator[Tests]:
    """The condition as alternatives of which one must hold; in them, a test that can be cut has one value."""
    choices: list[list[Test]] = []
    number = 1
    for test in condition:
        parts = test.parts
        listed = parts is None or parts.negated or parts.quantifier == "ForAllValues"
        apart = not listed and len(test.values) > 1 and number * len(test.values) <= _MOST
        number *= len(test.values) if apart else 1
        values = [(value,) for value in test.values] if apart else [test.values]
        choices.append([Test(test.operator, test.key, value, test.variables, test.shown) for value in values])
    return itertools.product(*choices)


def _actions(statement: PolicyStatement, expand: Expand) -> list[tuple[str, Texts]]:
    """The actions, with what each is about; those of ``NotAction`` are one."""
    if statement.not_actions:
        return [(_opposite("Action", statement.actions), statement.action_texts)]
    names: dict[str, str] = {}
    for one in statement.actions:
        for name in (expand(one) if has_wildcard(one) else ()) or [one]:
            names.setdefault(name.lower(), name)
    return [(name, _one(action_pattern(name))) for name in names.values()]


def _resources(statement: PolicyStatement) -> list[tuple[str, Texts]]:
    if statement.not_resources:
        return [(_opposite("Resource", statement.resources), statement.resource_texts)]
    return [(text, _one(resource_pattern(text))) for text in statement.resources] or [("", ALL)]


def _principals(statement: PolicyStatement) -> list[tuple[tuple[str, str], Texts]]:
    if statement.not_principals:
        names = (f"{kind} {value}" for kind, value in statement.principals)
        return [(("NotPrincipal", " ".join(sorted(names))), statement.principal_texts)]
    return [(one, _one(principal_pattern(*one))) for one in statement.principals] or [(("", ""), ALL)]


def _opposite(element: str, values: Iterable[str]) -> str:
    return f"Not{element} {' '.join(sorted(values))}"


@lru_cache(maxsize=65536)
def _one(pattern: Pattern) -> Texts:
    return union([pattern])


def uncovered(some: Iterable[Permission], others: Iterable[Permission]) -> list[Permission]:
    """The grants of the first that the others do not cover together."""
    by_action: dict[str, list[Permission]] = {}
    wild: list[Permission] = []
    same = set()
    for other in others:
        same.add(_key(other))
        if has_wildcard(other.action) or other.action.startswith("not"):
            wild.append(other)
        else:
            by_action.setdefault(other.action, []).append(other)

    def covered(grant: Permission) -> bool:
        near = [other for other in (*by_action.get(grant.action, ()), *wild) if other.effect == grant.effect]
        try:
            return any(grant.within(other) for other in near) or (
                len(near) > 1 and not remainder([grant.meaning], [other.meaning for other in near])
            )
        except OutOfSteps:
            return False

    return [grant for grant in some if _key(grant) not in same and not covered(grant)]


def _key(grant: Permission) -> tuple[Any, ...]:
    return grant.effect, grant.principal, grant.action, grant.resource, grant.tests


@dataclass(frozen=True, slots=True)
class Difference:
    """How what one policy allows differs from what another allowed; both lists count allowed things.

    Attributes:
        gained: grants that are new, and denials that went.
        lost: grants that went, and denials that are new.
    """

    gained: tuple[Permission, ...]
    lost: tuple[Permission, ...]

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost)


def difference(old: Sequence[Permission], new: Sequence[Permission]) -> Difference:
    """Compares what two policies grant."""
    with question():
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
        if not pattern or has_wildcard(prefix):
            return ()
        wanted = action_pattern(pattern)
        return tuple(f"{prefix}:{action}" for action in actions(prefix) if covers(wanted, action_pattern(action)))

    return expand
