"""Sets of texts: what all of some patterns match and none of others do, unions of such, and their differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .budget import spend
from .patterns import (
    EVERYTHING,
    Pattern,
    TooComplex,
    begin_alike,
    covers,
    example,
    intersection,
    intersects,
    odd,
    search,
    shown,
)

#: More regions than this in one union, or patterns in one region, are not worked out.
MOST_REGIONS = 20_000
MOST_PATTERNS = 500


@dataclass(frozen=True, slots=True)
class Region:
    """The texts that all of some patterns match and none of others do.

    Attributes:
        all_of: patterns; with none, every text.
        none_of: patterns.
        settled: of how many patterns at the start of ``none_of`` none covers another; does not count.
    """

    all_of: tuple[Pattern, ...] = ()
    none_of: tuple[Pattern, ...] = ()
    settled: int = field(default=0, compare=False, repr=False)

    def __str__(self) -> str:
        text = " and ".join(map(str, self.all_of)) or "*"
        return f"{text} minus {', '.join(map(str, self.none_of))}" if self.none_of else text

    def reduced(self) -> Region | None:
        """The same region with fewer patterns; None if it is certainly empty.

        Raises:
            TooComplex: it has too many patterns.
        """
        if len(self.none_of) + len(self.all_of) > MOST_PATTERNS:
            raise TooComplex(f"more than {MOST_PATTERNS} patterns in one set")
        spend(2 + (len(self.none_of) + len(self.all_of)) // 4)
        all_of: list[Pattern] = []
        for one in self.all_of:
            if one == EVERYTHING or any(covers(one, other) for other in all_of):
                continue
            if not all(intersects(one, other) for other in all_of):
                return None
            merged = next(
                ((index, both) for index, other in enumerate(all_of) if (both := _single(one, other)) is not None), None
            )
            if merged is None:
                all_of.append(one)
            else:
                all_of[merged[0]] = merged[1]
        if any(not intersects(one, other) for one in all_of for other in all_of if one is not other):
            return None
        none_of: list[Pattern] = []
        for one in dict.fromkeys(self.none_of):
            if any(covers(one, other) for other in all_of) or one == EVERYTHING:
                return None
            if all(intersects(one, other) for other in all_of):
                none_of.append(one)
        known = set(self.none_of[: self.settled])
        none_of = _widest(none_of, sum(one in known for one in none_of))
        return Region(tuple(all_of), tuple(none_of), len(none_of))

    def witness(self) -> str | None:
        """A text of the region, opaque parts as ``${Name}``; None if it is certainly empty.

        Where opaque parts may meet other patterns, a text is not made up and :class:`TooComplex` says so.

        Raises:
            TooComplex: it cannot be told in bounded time.
        """
        region = self.reduced()
        if region is None:
            return None
        if len(region.all_of) <= 1 and not region.none_of:
            return shown(example(region.all_of[0])) if region.all_of else ""
        for one in region.all_of:
            if len(region.all_of) > 1 and search([one], region.none_of) is None:
                return None
        if len(region.all_of) <= 1 or not any(one.opaque for one in region.all_of):
            text = search(region.all_of, region.none_of)
            return None if text is None else shown(text)
        certain = [one for one in region.none_of if not one.opaque]
        if search([one.opened for one in region.all_of], certain) is None:
            return None
        raise TooComplex("what opaque parts stand for decides")

    def is_empty(self) -> bool:
        """Whether the region certainly has no text."""
        if len(self.all_of) <= 1:
            # Mostly one text that no other pattern has letters of shows that there are some.
            plain = odd(self.all_of[0] if self.all_of else EVERYTHING)
            if not any(covers(one, plain) for one in self.none_of):
                return False
        try:
            return self.witness() is None
        except TooComplex:
            return False

    def has(self, text: Pattern) -> bool:
        """Whether a text, or all that a pattern matches, is certainly of the region."""
        return all(covers(one, text) for one in self.all_of) and not any(intersects(one, text) for one in self.none_of)

    def meet(self, other: Region) -> Region:
        """The texts of both."""
        return Region(
            tuple(dict.fromkeys(self.all_of + other.all_of)), tuple(dict.fromkeys(self.none_of + other.none_of))
        )


def _single(one: Pattern, other: Pattern) -> Pattern | None:
    both = intersection(one, other)
    return both[0] if both is not None and len(both) == 1 else None


def _widest(patterns: Sequence[Pattern], settled: int = 0) -> list[Pattern]:
    """Patterns without those that another covers; of the first ones it is known that none covers another."""
    kept: list[Pattern] = list(patterns[:settled])
    for one in patterns[settled:]:
        if not any(covers(other, one) for other in kept):
            kept = [other for other in kept if not covers(one, other)]
            kept.append(one)
    return kept


class Texts(NamedTuple):
    """A union of regions; without any it is empty."""

    regions: tuple[Region, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.regions)

    def __str__(self) -> str:
        return ", ".join(map(str, self.regions))

    def has(self, text: Pattern) -> bool:
        """Whether a text is certainly one of these."""
        return any(region.has(text) for region in self.regions)

    def minus(self, other: Texts) -> Texts:
        """The texts of the first that are none of the second's.

        Raises:
            TooComplex: it would be too many regions.
        """
        plain = [region.all_of[0] if region.all_of else EVERYTHING for region in other.regions if _is_plain(region)]
        rest = [region for region in other.regions if not _is_plain(region)]
        exact = dict.fromkeys(one for one in plain if not one.wild)
        wild = _widest([one for one in plain if one.wild])
        left: list[Region] = []
        for region in self.regions:
            only = region.all_of[0] if len(region.all_of) == 1 else None
            if only is not None and (only in exact or any(covers(one, only) for one in wild)):
                continue
            taken = [one for one in wild if all(intersects(one, item) for item in region.all_of)]
            if only is None or only.wild or only.opaque:
                taken += [one for one in exact if all(intersects(one, item) for item in region.all_of)]
            left += _proper([Region(region.all_of, region.none_of + tuple(taken), region.settled)])
        for region in rest:
            left = _proper(piece for one in left for piece in _without(one, region))
        return Texts(tuple(left))

    def meet(self, other: Texts) -> Texts:
        """The texts of both.

        Raises:
            TooComplex: it would be too many regions.
        """
        if other is ALL or self is other:
            return self
        if self is ALL:
            return other
        return Texts(
            tuple(_proper(one.meet(two) for one in self.regions for two in other.regions if _may_meet(one, two)))
        )

    def meets(self, other: Texts) -> bool:
        """Whether some text may be of both; False is certain."""
        return any(
            _may_meet(one, two) and not one.meet(two).is_empty() for one in self.regions for two in other.regions
        )

    def within(self, other: Texts) -> bool:
        """Whether each text is certainly one of the other's."""
        if other is ALL or self == other:
            return True
        if len(self.regions) == 1 and any(_inside(self.regions[0], region) for region in other.regions):
            return True
        try:
            is_single = len(self.regions) == len(other.regions) == 1
            if is_single and not self.regions[0].none_of and _is_plain(other.regions[0]):
                return len(self.regions[0].all_of) > 1 and not self.minus(other)
            return not self.minus(other)
        except TooComplex:
            return False

    def exceeds(self, other: Texts) -> bool:
        """Whether some text is certainly none of the other's, whatever opaque parts stand for."""
        near = Texts(tuple(region for region in other.regions if self.meets(Texts((region,)))))
        regions = (*self.regions, *near.regions)
        if not begin_alike(one for region in regions for one in (*region.all_of, *region.none_of)):
            return False
        try:
            return self.minus(near).witness() is not None
        except TooComplex:
            return False

    def witness(self) -> str | None:
        """A text, or None if there is certainly none.

        Raises:
            TooComplex: it cannot be told in bounded time.
        """
        unknown: TooComplex | None = None
        for region in self.regions:
            try:
                text = region.witness()
            except TooComplex as error:
                unknown = error
                continue
            if text is not None:
                return text
        if unknown is not None:
            raise unknown
        return None


ALL = Texts((Region(),))


def _is_plain(region: Region) -> bool:
    return len(region.all_of) <= 1 and not region.none_of


def _inside(one: Region, other: Region) -> bool:
    """Whether a region is certainly within a plain one."""
    if not _is_plain(other):
        return False
    return not other.all_of or any(covers(wide, narrow) for wide in other.all_of for narrow in one.all_of)


def _may_meet(one: Region, other: Region) -> bool:
    return all(intersects(first, second) for first in one.all_of for second in other.all_of)


def _without(region: Region, other: Region) -> Iterator[Region]:
    """The parts of a region outside another one: each pattern of that is missed, or one of its exceptions is met."""
    if not _may_meet(region, other):
        yield region
        return
    for one in other.all_of:
        yield Region(region.all_of, (*region.none_of, one), region.settled)
    for one in other.none_of:
        yield Region((*region.all_of, one), region.none_of)


def _proper(regions: Iterable[Region]) -> list[Region]:
    """Regions that are not empty, each once, without those that a plain one beside it covers."""
    kept: dict[Region, None] = {}
    for region in regions:
        reduced = region.reduced()
        if reduced is None or reduced in kept or (reduced.none_of and reduced.is_empty()):
            continue
        kept[reduced] = None
        if len(kept) > MOST_REGIONS:
            raise TooComplex(f"more than {MOST_REGIONS} regions")
    return list(kept)


def union(patterns: Iterable[Pattern]) -> Texts:
    """The texts that one of some patterns matches at least."""
    unique = list(dict.fromkeys(patterns))
    if EVERYTHING in unique:
        return ALL
    if len(unique) <= 64:
        unique = _widest(unique)
    return Texts(tuple(Region((one,)) for one in unique))


def complement(patterns: Iterable[Pattern]) -> Texts:
    """The texts that none of some patterns matches, as ``NotAction`` and ``NotResource`` mean."""
    unique = tuple(dict.fromkeys(patterns))
    return Texts() if EVERYTHING in unique else Texts((Region((), unique),))
