"""What policies grant: sets of actions, resources and principals under a condition; differences and intersections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from . import actions
from .budget import SPENT, OutOfSteps, is_open, question, spend
from .conditions import ALWAYS, When
from .evaluation import PolicyDocument
from .patterns import TooComplex
from .statements import PolicyStatement
from .text_sets import ALL, Texts, union

#: Boxes that a difference may be made of, and pairs of boxes that may be compared for it.
MOST_BOXES = 2_000
MOST_PAIRS = 200_000


@dataclass(frozen=True)
class Grant:
    """Every action on every resource by every principal of three sets, whenever a condition holds.

    Attributes:
        actions: in small letters.
        resources: ARNs; all where a statement names none, as in a trust policy.
        principals: as ``type value``; all in a policy without principals.
        when: the condition.
        statement: the name of the statement that it is from; does not count.
    """

    actions: Texts
    resources: Texts = ALL
    principals: Texts = ALL
    when: When = ALWAYS
    statement: str = field(default="", compare=False)

    def within(self, other: Grant) -> bool:
        """Whether the other certainly grants all that this one does.

        Raises:
            OutOfSteps: the budget of a larger question, which is open, is spent.
        """
        joined = is_open()
        with question():
            try:
                return (
                    self.actions.within(other.actions)
                    and self.resources.within(other.resources)
                    and self.principals.within(other.principals)
                    and (other.when in (ALWAYS, self.when) or not self.when.minus(other.when))
                )
            except OutOfSteps:
                if joined:
                    raise
                return False

    def meet(self, other: Grant) -> Grant | None:
        """What both grant; None if that is certainly nothing.

        Raises:
            TooComplex: it would be too many patterns.
        """
        if not (acts := self.actions.meet(other.actions)) or not (resources := self.resources.meet(other.resources)):
            return None
        if not (principals := self.principals.meet(other.principals)):
            return None
        when = self.when if other.when == ALWAYS else self.when.meet(other.when)
        return None if when.is_never() else Grant(acts, resources, principals, when, self.statement)

    def minus(self, other: Grant) -> list[Grant]:
        """What this grants and the other does not, as grants that do not overlap but in their conditions.

        Raises:
            TooComplex: it would be too many.
        """
        both = self.meet(other)
        if both is None:
            return [self]
        pieces = []
        if outside := self.actions.minus(other.actions):
            pieces.append(replace(self, actions=outside))
        if outside := self.resources.minus(other.resources):
            pieces.append(replace(self, actions=both.actions, resources=outside))
        if outside := self.principals.minus(other.principals):
            pieces.append(replace(both, principals=outside, when=self.when))
        pieces += [replace(both, when=when) for when in self.when.minus(other.when)]
        return pieces


def of_statement(statement: PolicyStatement) -> Grant:
    """What a statement allows or denies, as a grant."""
    return Grant(
        statement.action_texts,
        statement.resource_texts,
        statement.principal_texts,
        When(statement.tests),
        statement.name,
    )


class Policy(NamedTuple):
    """The allowing and the denying statements of some documents, as grants."""

    allowed: tuple[Grant, ...]
    denied: tuple[Grant, ...]


def of_documents(documents: Iterable[PolicyDocument]) -> Policy:
    """What documents, which together are what an identity has, allow and deny."""
    every = [(one.allows, of_statement(one)) for document in documents for one in document.statements]
    return Policy(
        tuple(grant for allows, grant in every if allows), tuple(grant for allows, grant in every if not allows)
    )


class Remainder(NamedTuple):
    """What is left of some grants.

    Attributes:
        grants: what is left.
        unknown: why there may be less than that: each reason once; empty if the grants are exact.
    """

    grants: tuple[Grant, ...]
    unknown: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.grants)


def together(some: Iterable[Grant]) -> list[Grant]:
    """Grants of which those that differ in resources only are one."""
    by_reach: dict[tuple[object, ...], list[Grant]] = {}
    for one in some:
        by_reach.setdefault((one.actions, one.principals, one.when), []).append(one)
    return [
        same[0]
        if len(same) == 1
        else replace(same[0], resources=Texts(tuple(dict.fromkeys(r for one in same for r in one.resources.regions))))
        for same in by_reach.values()
    ]


def difference(some: Sequence[Grant], others: Sequence[Grant]) -> Remainder:
    """What the first grant and the others do not, in the order of the first.

    Where the budget of steps is spent, what was not compared yet is left whole.
    """
    left: list[Grant] = []
    unknown: dict[str, None] = {}
    pairs = 0
    with question():
        index = Index(others)
        for grant in some:
            pieces = [grant]
            for other in index.near(grant.actions):
                following: list[Grant] = []
                for piece in pieces:
                    pairs += 1
                    if pairs > MOST_PAIRS or len(following) > MOST_BOXES:
                        unknown["more grants than can be compared"] = None
                        following.append(piece)
                        continue
                    try:
                        spend(4)
                        following += piece.minus(other)
                    except (TooComplex, OutOfSteps) as error:
                        unknown[str(error)] = None
                        following.append(piece)
                pieces = following
                if not pieces or SPENT in unknown:
                    break
            left += pieces
    return Remainder(tuple(left), tuple(unknown))


def intersection(some: Sequence[Grant], others: Sequence[Grant]) -> Remainder:
    """What both grant, as a role and its permissions boundary do.

    Where that cannot be told, or the budget of steps is spent, it is what the first grants.
    """
    grants: dict[Grant, None] = {}
    unknown: dict[str, None] = {}
    with question():
        index = Index(others)
        for grant in some:
            for other in index.near(grant.actions):
                both: Grant | None = grant
                try:
                    spend(4)
                    if len(grants) > MOST_BOXES:
                        raise TooComplex("more grants than can be compared")
                    both = grant.meet(other)
                except (TooComplex, OutOfSteps) as error:
                    unknown[str(error)] = None
                if both is not None:
                    grants[both] = None
                if both is grant:
                    break
    return Remainder(tuple(grants), tuple(unknown))


class Index:
    """Grants by the service of their actions, so that only those of the same service are compared."""

    def __init__(self, grants: Sequence[Grant]) -> None:
        self._grants = grants
        self._open: list[int] = []
        self._by_prefix: dict[str, list[int]] = {}
        for number, grant in enumerate(grants):
            prefixes = prefixes_of(grant.actions)
            if prefixes is None:
                self._open.append(number)
            else:
                for prefix in prefixes:
                    self._by_prefix.setdefault(prefix, []).append(number)

    def near(self, acts: Texts) -> Iterator[Grant]:
        """Those that may have some of these actions, in their order."""
        prefixes = prefixes_of(acts)
        if prefixes is None:
            yield from self._grants
            return
        numbers = {number for prefix in prefixes for number in self._by_prefix.get(prefix, ())}
        yield from (self._grants[number] for number in sorted(numbers.union(self._open)))

    def of(self, action: str) -> list[Grant]:
        """The grants of an action, in their order."""
        one = actions.action(action)
        return [grant for grant in self.near(union([one])) if grant.actions.has(one)]


def prefixes_of(acts: Texts) -> set[str] | None:
    """The services of a set of actions, or None if it leaves the service open."""
    prefixes = set()
    for region in acts.regions:
        heads = {one.symbols.partition(":") for one in region.all_of}
        fixed = [head for head, colon, _ in heads if colon and "*" not in head and "?" not in head]
        if not fixed:
            return None
        prefixes.add(fixed[0])
    return prefixes
