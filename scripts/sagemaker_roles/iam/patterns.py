"""Patterns with ``*`` and ``?``: whether one covers, meets or leaves over another, exactly and in bounded time.

``*`` stands for any text and ``?`` for one character (IAM User Guide, "IAM JSON policy elements: Resource"); ``${*}``,
``${?}`` and ``${$}`` are these characters themselves (same guide, "Variables and tags"). Any other ``${…}``, a policy
variable or a placeholder of a template, is opaque: some text that nobody knows, but the same text wherever the name
stands. What is said about a pattern with opaque parts holds whatever they stand for.

A pattern is kept as a text of symbols, one character each, so that the usual questions are answered by ``startswith``
and ``find``, for ARNs part by part. What is harder runs on automata whose states are the bits of one integer.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache

from .budget import counted, spend

#: States that a search may visit before it gives up, and their number times the length of all patterns.
MOST_STATES = 20_000
_MOST_WORK = 10_000_000
#: Of how many patterns an intersection may be.
_MOST_JOINT = 8
#: How long two patterns may be, multiplied, that are laid over each other.
_MOST_MERGED = 40_000

ANY, ONE = "*", "?"
#: The same within a part of an ARN: they stand for no colon.
ANY_INSIDE, ONE_INSIDE = "\ue002", "\ue003"
_STAR, _QUESTION = "\ue000", "\ue001"
_ESCAPES = {"${*}": _STAR, "${?}": _QUESTION, "${$}": "$"}
_SHOWN = {_STAR: "${*}", _QUESTION: "${?}", ANY_INSIDE: "*", ONE_INSIDE: "?"}

#: Symbols of opaque parts: even ones, and after each an odd one for the same part where it has no colon in it.
#: Policies hold characters up to U+00FF only (IAM quotas), so these are free.
_FIRST_OPAQUE = 0x40000
_TOKEN = re.compile(r"\$\{[^}]*\}|[\ue000-\uf8ff\U00040000-\U0010ffff]")
_RUN = re.compile(r"[*?\ue002\ue003]{2,}")
_OPAQUE = re.compile("[\U00040000-\U0010ffff]")
_WILD = re.compile(r"[*?\ue002\ue003]")
_HARD = re.compile(r"[?\ue002\ue003]")
_INSIDE = re.compile(r"[\ue002\ue003]")

#: Symbol to the name that it stands for, and back. Only ever grown, by single operations: threads share them.
_names: dict[str, str] = {}
_symbols: dict[str, str] = {}
_numbers = itertools.count(_FIRST_OPAQUE, 2)


class TooComplex(RuntimeError):
    """A question about patterns that would take too long."""


def symbols_of(text: str) -> str:
    """A text with each ``${…}`` as one symbol; characters that symbols need become opaque themselves."""
    if "$" not in text and text.isascii():
        return text
    return _TOKEN.sub(_symbol, text)


def _symbol(token: re.Match[str]) -> str:
    part = token.group()
    if part in _ESCAPES:
        return _ESCAPES[part]
    if part.startswith("${"):
        # Keys of policy variables are compared without regard to case; placeholders are names of our own.
        name, comma, default = part.partition(",")
        part = name.lower() + comma + default if ":" in name else part
    known = _symbols.get(part)
    if known is None:
        # A number is given once. Two threads may take one each for a name; the first to enter it decides.
        number = next(_numbers)
        if number > sys.maxunicode:
            raise TooComplex("a process can distinguish 425,984 names in policies, and no more; start a new one")
        known = chr(number)
        _names[known] = _names[inside(known)] = part
        known = _symbols.setdefault(part, known)
    return known


def inside(symbols: str) -> str:
    """The symbols of one part of an ARN: wildcards and opaque parts without a colon in them."""
    symbols = symbols.replace(ANY, ANY_INSIDE).replace(ONE, ONE_INSIDE)
    return _OPAQUE.sub(lambda one: chr(ord(one.group()) | 1), symbols)


def shown(symbols: str) -> str:
    """Symbols as IAM writes them; the inverse of :func:`symbols_of`."""
    if symbols.isascii():
        return symbols
    return "".join(_SHOWN.get(one) or _names.get(one, one) for one in symbols)


def _ordered(run: re.Match[str]) -> str:
    """A run of wildcards in one order, so that equal patterns look equal: single characters first."""
    wildcards = run.group()
    if ANY in wildcards and not _INSIDE.search(wildcards):
        return ONE * wildcards.count(ONE) + ANY
    if ANY_INSIDE in wildcards and ANY not in wildcards and ONE not in wildcards:
        return ONE_INSIDE * wildcards.count(ONE_INSIDE) + ANY_INSIDE
    if ANY in wildcards and ONE not in wildcards:
        # The wildcards of a segment that ends with a star which reaches on.
        return ONE_INSIDE * wildcards.count(ONE_INSIDE) + ANY
    return wildcards


class Pattern:
    """A compiled pattern; patterns are equal when they are written alike but for the order of wildcards.

    Attributes:
        symbols: the pattern, one symbol a character.
        weight: the steps that it takes to look at it.
        fold: whether it matches without regard to case.
        parts: of an ARN, the pattern of each of its six parts; else none.
    """

    __slots__ = (
        *("_automaton", "_hash", "_opened", "fold", "hard"),
        *("opaque", "parts", "pieces", "symbols", "weight", "wild"),
    )

    def __init__(self, symbols: str, fold: bool = False, parts: tuple[Pattern, ...] = ()) -> None:
        symbols = _RUN.sub(_ordered, symbols)
        self.symbols = symbols.lower() if fold else symbols
        self.fold = fold
        self.wild = _WILD.search(symbols) is not None
        self.parts = parts
        self.hard = fold or _HARD.search(symbols) is not None
        self.opaque = not symbols.isascii() and _OPAQUE.search(symbols) is not None
        self.pieces = tuple(self.symbols.split(ANY))
        self.weight = 1 + len(symbols) // 64 + len(self.pieces) // 4
        self._automaton: Automaton | None = None
        self._opened: Pattern | None = None
        self._hash = hash((self.symbols, fold))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Pattern) and self.symbols == other.symbols and self.fold == other.fold
        )

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return shown(self.symbols)

    @property
    def automaton(self) -> Automaton:
        """The pattern as an automaton, made when it is first needed."""
        if self._automaton is None:
            self._automaton = Automaton(self.symbols, self.fold)
        return self._automaton

    @property
    def opened(self) -> Pattern:
        """The pattern with each opaque part as ``*``: all that it can match, whatever these parts stand for."""
        if not self.opaque:
            return self
        if self._opened is None:
            if self.parts:
                self._opened = of_parts([one.opened for one in self.parts])
            else:
                self._opened = Pattern(_OPAQUE.sub(ANY, self.symbols), self.fold)
        return self._opened


@lru_cache(maxsize=65536)
def pattern(text: str, fold: bool = False, variables: bool = True) -> Pattern:
    """Compiles a pattern as an action, or as a value of ``StringLike``, is written.

    Args:
        text: the pattern.
        fold: whether it matches without regard to case.
        variables: whether ``${…}`` means anything; it does in policies of version 2012-10-17 only.
    """
    return Pattern(symbols_of(text if variables else text.replace("$", "${$}")), fold)


@lru_cache(maxsize=65536)
def literal(text: str, fold: bool = False, variables: bool = True) -> Pattern:
    """Compiles a text in which ``*`` and ``?`` are characters, as a value of ``StringEquals``."""
    symbols = symbols_of(text if variables else text.replace("$", "${$}"))
    return Pattern(symbols.replace(ANY, _STAR).replace(ONE, _QUESTION), fold)


def of_parts(parts: Sequence[Pattern]) -> Pattern:
    """The pattern of ARNs whose six parts match six patterns; colons stand in the last part only."""
    return Pattern(":".join([*(inside(one.symbols) for one in parts[:-1]), parts[-1].symbols]), parts=tuple(parts))


EVERYTHING = pattern("*")


class Automaton:
    """A pattern as an automaton: bit ``i`` of a state says that the first ``i`` symbols which are no star have fitted.

    Each place of a run with a star may stay where it is, so that ``?*`` and ``*?`` are one thing to opaque parts too.
    """

    __slots__ = ("_advance", "_other", "accept", "fold", "loop", "loop_inside", "ones", "ones_inside", "places")

    def __init__(self, symbols: str, fold: bool) -> None:
        self.fold = fold
        self.places: list[str] = []
        self._advance: dict[str, int] = {}
        self.ones = self.ones_inside = self.loop = self.loop_inside = 0
        run = 0
        for symbol in symbols:
            bit = 1 << len(self.places)
            if symbol in (ANY, ANY_INSIDE):
                before = bit - (1 << run)
                if symbol == ANY:
                    self.loop |= bit
                    whole = not (before & self.ones_inside)
                    self.loop |= before if whole else 0
                    self.loop_inside |= 0 if whole else before
                else:
                    self.loop_inside |= bit | before
                continue
            if symbol == ONE:
                self.ones |= bit
            elif symbol == ONE_INSIDE:
                self.ones_inside |= bit
            else:
                run = len(self.places) + 1
                self._advance[symbol] = self._advance.get(symbol, 0) | bit
                if fold and symbol.swapcase() != symbol and len(symbol.swapcase()) == 1:
                    self._advance[symbol.swapcase()] = self._advance.get(symbol.swapcase(), 0) | bit
            self.places.append(symbol)
        # A single character after a star, as in ``*?``, may be in a run whose star came first.
        self._spread()
        self.accept = 1 << len(self.places)

    def _spread(self) -> None:
        """Lets the places of a run that follow its star stay too."""
        for place, symbol in enumerate(self.places):
            bit = 1 << place
            if symbol == ONE and self.loop & bit:
                self.loop |= bit << 1
            if symbol == ONE_INSIDE and self.loop_inside & bit:
                self.loop_inside |= bit << 1

    def step(self, state: int, symbol: str) -> int:
        """The state after one more symbol: a character, an opaque part, or a wildcard that stands for itself."""
        if symbol in _INDEFINITE or ord(symbol) >= _FIRST_OPAQUE:
            advance, stay = self._indefinite(symbol)
        else:
            advance, stay = self._advance.get(symbol, 0) | self.ones, self.loop
            if symbol != ":":
                advance |= self.ones_inside
                stay |= self.loop_inside
        new = ((state & advance) << 1) | (state & stay)
        ahead = new & self.loop
        if ahead:
            # Whatever an earlier place could still fit, the last place with a star fits too.
            new &= -(1 << (ahead.bit_length() - 1))
        return new

    def _indefinite(self, symbol: str) -> tuple[int, int]:
        if symbol == ONE:
            return self.ones, self.loop
        if symbol == ONE_INSIDE:
            return self.ones | self.ones_inside, self.loop | self.loop_inside
        if symbol == ANY_INSIDE:
            return 0, self.loop | self.loop_inside
        if symbol == ANY:
            return 0, self.loop
        return self._advance.get(symbol, 0), self.loop | (self.loop_inside if ord(symbol) & 1 else 0)

    def accepts(self, symbols: str) -> bool:
        """Whether a text of symbols fits; a wildcard in it is a symbol that only a wildcard as wide fits."""
        state = 1
        step = self.step
        for symbol in symbols:
            state = step(state, symbol)
            if not state:
                return False
        return bool(state & self.accept)

    def expected(self, state: int) -> set[str]:
        """The definite symbols that a state treats otherwise than any other character."""
        characters = set()
        while state:
            low = state & -state
            place = low.bit_length() - 1
            state ^= low
            if place < len(self.places):
                symbol = self.places[place]
                if symbol not in _INDEFINITE:
                    characters.add(symbol)
                    if self.fold and len(symbol.swapcase()) == 1:
                        characters.add(symbol.swapcase())
        return characters


_INDEFINITE = frozenset({ANY, ONE, ANY_INSIDE, ONE_INSIDE})


def covers(outer: Pattern, inner: Pattern) -> bool:
    """Whether everything that ``inner`` matches is matched by ``outer``, whatever opaque parts stand for."""
    spend(outer.weight + inner.weight)
    return _covers(outer, inner)


def _covers(outer: Pattern, inner: Pattern) -> bool:
    if outer.symbols == inner.symbols and outer.fold == inner.fold:
        return True
    if outer.parts and inner.parts:
        return all(map(_covers, outer.parts, inner.parts))
    if inner.fold and not outer.fold:
        return _covers_all(outer, inner)
    if not outer.hard:
        return _fits(outer.pieces, inner.symbols)
    return _covers_hard(outer, inner)


def _fits(pieces: Sequence[str], text: str) -> bool:
    """Whether a text is the pieces in their order with anything between them: each is taken where it first fits."""
    if len(pieces) == 1:
        return text == pieces[0]
    head, tail = pieces[0], pieces[-1]
    if not text.startswith(head):
        return False
    if len(pieces) == 2 and not tail:
        return True
    place, end = len(head), len(text) - len(tail)
    if place > end or not text.endswith(tail):
        return False
    for piece in pieces[1:-1]:
        at = text.find(piece, place, end)
        if at < 0:
            return False
        place = at + len(piece)
    return True


@counted(65536)
def _covers_hard(outer: Pattern, inner: Pattern) -> bool:
    spend(_walk(inner, outer))
    if outer.automaton.accepts(inner.symbols):
        return True
    if not (_INSIDE.search(outer.symbols) or _INSIDE.search(inner.symbols)):
        return False
    # Wildcards of both kinds in one pattern: a text may fit in more than one way.
    return _covers_all(outer, inner)


def _walk(one: Pattern, other: Pattern) -> int:
    """The steps of a walk through one pattern with the automaton of another."""
    return (1 + len(one.symbols) // 2) * (1 + len(other.symbols) // 1024)


def _covers_all(outer: Pattern, inner: Pattern) -> bool:
    """Whether no text is found that one pattern matches and another does not."""
    try:
        return search([inner], [outer]) is None
    except TooComplex:
        return False


def begin_alike(patterns: Iterable[Pattern]) -> bool:
    """Whether all opaque parts of patterns are in one text without wildcards that all of them begin with.

    What of them covers what then does not hang on what these parts stand for.
    """
    heads = {one.symbols[: max((part.end() for part in _OPAQUE.finditer(one.symbols)), default=0)] for one in patterns}
    return len(heads) <= 1 and not any(map(_WILD.search, heads))


def matches(one: Pattern, text: str) -> bool:
    """Whether a text, in which every character is itself, matches a pattern."""
    if not one.hard and not one.opaque:
        return _fits(one.pieces, text if text.isascii() and not _WILD.search(text) else as_text(text))
    return one.automaton.accepts(as_text(text))


def as_text(text: str) -> str:
    """A text as symbols in which every character is itself."""
    return symbols_of(text.replace("$", "${$}")).replace(ANY, _STAR).replace(ONE, _QUESTION)


def example(one: Pattern) -> str:
    """A shortest text, as symbols, that a pattern matches."""
    return one.symbols.translate(_EXAMPLE) if one.wild else one.symbols


def odd(one: Pattern) -> Pattern:
    """A text, as a pattern without wildcards, that a pattern matches and few others do."""
    return Pattern(one.symbols.translate(_ODD), one.fold) if one.wild else one


_ODD = str.maketrans(dict.fromkeys((ANY, ONE, ANY_INSIDE, ONE_INSIDE), "\x7f"))
_EXAMPLE = str.maketrans({ANY: "", ANY_INSIDE: "", ONE: "x", ONE_INSIDE: "x"})


def intersects(one: Pattern, other: Pattern) -> bool:
    """Whether some text may match both, for some meaning of opaque parts; False is certain."""
    spend(one.weight + other.weight)
    return _intersects(one, other)


def _intersects(one: Pattern, other: Pattern) -> bool:
    if one.fold or other.fold:
        one, other = Pattern(one.symbols.lower()), Pattern(other.symbols.lower())
    if one.parts and other.parts:
        return all(map(_intersects, one.parts, other.parts))
    one, other = one.opened, other.opened
    if not one.wild:
        return _covers(other, one)
    if not other.wild:
        return _covers(one, other)
    first, second = one.symbols, other.symbols
    if not (one.hard or other.hard):
        head, tail = min(len(one.pieces[0]), len(other.pieces[0])), min(len(one.pieces[-1]), len(other.pieces[-1]))
        # Between two stars anything may stand, so only the ends can keep patterns apart.
        return first[:head] == second[:head] and (
            not tail or first[len(first) - tail :] == second[len(second) - tail :]
        )
    return _intersects_hard(one, other)


@counted(65536)
def _intersects_hard(one: Pattern, other: Pattern) -> bool:
    """A walk through one pattern that keeps, as bits, the places that the other can have reached."""
    spend(_walk(one, other))
    target, end = other.automaton, other.automaton.accept
    colons = target._advance.get(":", 0)
    inside_can_pass = (end - 1) & ~colons
    reached = 1
    for symbol in one.symbols:
        if symbol == ANY:
            low = reached & -reached
            reached = (end << 1) - low
        elif symbol == ANY_INSIDE:
            reached = _spread_upward(reached, inside_can_pass)
        elif symbol in (ONE, ONE_INSIDE):
            can = (end - 1) if symbol == ONE else inside_can_pass
            stay = target.loop | target.loop_inside
            reached = ((reached & can) << 1) | (reached & stay)
        else:
            advance = target._advance.get(symbol, 0) | target.ones
            stay = target.loop
            if symbol != ":":
                advance |= target.ones_inside
                stay |= target.loop_inside
            reached = ((reached & advance) << 1) | (reached & stay)
        if not reached:
            return False
    return bool(reached & end)


def _spread_upward(state: int, can_pass: int) -> int:
    """Every bit that can be reached upward through places that can be passed."""
    # Twice as far each time, so that a long pattern does not take as many rounds as it has places.
    reach, shift = can_pass << 1, 1
    while reach:
        state |= (state << shift) & reach
        reach &= reach << shift
        shift *= 2
    return state


def search(all_of: Sequence[Pattern], none_of: Sequence[Pattern]) -> str | None:
    """A shortest text (as symbols) that all of some patterns match and none of others do; None if there is none.

    Opaque parts are taken as symbols of their own, so with several patterns in ``all_of`` these must have none.

    Raises:
        TooComplex: more than :data:`MOST_STATES` states would have to be visited, or fewer of long patterns.
    """
    wanted = [one.automaton for one in all_of]
    unwanted = [one.automaton for one in none_of]
    free = _free_character(wanted + unwanted)
    # A state of long patterns takes longer.
    most = min(MOST_STATES, _MOST_WORK // (1 + sum(len(one.places) for one in wanted + unwanted)))
    weight = sum(1 + len(one.places) // 1024 for one in wanted + unwanted)
    start = ((1,) * len(wanted), (1,) * len(unwanted))
    seen = {start}
    layer = [("", start)]
    while layer:
        following: list[tuple[str, tuple[tuple[int, ...], tuple[int, ...]]]] = []
        for text, (yes, no) in layer:
            if all(state & one.accept for state, one in zip(yes, wanted, strict=True)) and not any(
                state & one.accept for state, one in zip(no, unwanted, strict=True)
            ):
                return text
            letters = {free, ":"}
            for state, one in zip(yes, wanted, strict=True):
                letters |= one.expected(state)
            for state, one in zip(no, unwanted, strict=True):
                letters |= one.expected(state)
            # In an order that does not depend on which names this process met first.
            spend((1 + len(letters)) * weight)
            for letter in sorted(letters, key=shown):
                new = tuple([one.step(state, letter) for state, one in zip(yes, wanted, strict=True)])
                if not all(new):
                    continue
                both = (new, tuple([one.step(state, letter) for state, one in zip(no, unwanted, strict=True)]))
                if both not in seen:
                    if len(seen) >= most:
                        raise TooComplex(f"more than {most} states")
                    seen.add(both)
                    following.append((text + letter, both))
        layer = following
    return None


def _free_character(automata: Iterable[Automaton]) -> str:
    """A character that stands in none of some patterns: a letter or a digit if one is left."""
    taken: set[str] = set()
    for one in automata:
        taken |= one._advance.keys()
    codes = itertools.chain(range(0x61, 0x7B), range(0x30, 0x3A), range(0x100, 0xD800))
    return next(char for char in map(chr, codes) if char not in taken)


@counted(16384)
def intersection(one: Pattern, other: Pattern) -> tuple[Pattern, ...] | None:
    """The patterns that together match what both match; None if they would be too many or opaque parts are in the way.

    ``data/*`` and ``*.csv`` give ``data/*.csv``.
    """
    if covers(one, other):
        return (other,)
    if covers(other, one):
        return (one,)
    if not intersects(one, other):
        return ()
    if one.parts and other.parts:
        each = [intersection(first, second) for first, second in zip(one.parts, other.parts, strict=True)]
        if any(both is None for both in each):
            return None
        chosen = list(itertools.islice(itertools.product(*(both or () for both in each)), _MOST_JOINT + 1))
        return tuple(map(of_parts, chosen)) if len(chosen) <= _MOST_JOINT else None
    if one.fold or other.fold or one.hard or other.hard or one.opaque or other.opaque:
        return None
    if len(one.pieces) + len(other.pieces) > 8 or len(one.symbols) * len(other.symbols) > _MOST_MERGED:
        return None
    spend(len(one.symbols) * len(other.symbols))
    merged = _merge(one.pieces, other.pieces)
    if merged is None:
        return None
    whole = [Pattern(text) for text in sorted(merged)]
    kept = [item for item in whole if not any(item is not wide and covers(wide, item) for wide in whole)]
    return tuple(kept) if len(kept) <= _MOST_JOINT else None


def _merge(one: Sequence[str], other: Sequence[str]) -> set[str] | None:
    """All ways to lay two texts with stars over each other, as texts with stars."""
    first, second = ANY.join(one), ANY.join(other)
    merged: dict[tuple[int, int], frozenset[str]] = {}
    budget = _MOST_JOINT * 512

    # From the end to the beginning: what both can go on with from a place in each.
    for i in range(len(first), -1, -1):
        for j in range(len(second), -1, -1):
            a, b = first[i : i + 1], second[j : j + 1]
            rest: set[str] = set()
            if not a and not b:
                rest.add("")
            elif a == ANY and b == ANY:
                rest = {ANY + text.removeprefix(ANY) for text in merged[i + 1, j] | merged[i, j + 1]}
            elif a == ANY:
                rest |= merged[i + 1, j]
                if b:
                    rest |= {b + text for text in merged[i, j + 1]}
            elif b == ANY:
                rest |= merged[i, j + 1]
                if a:
                    rest |= {a + text for text in merged[i + 1, j]}
            elif a == b:
                rest = {a + text for text in merged[i + 1, j + 1]}
            budget -= len(rest)
            if budget < 0 and len(rest) > _MOST_JOINT * 4:
                return None
            merged[i, j] = frozenset(rest)
    return set(merged[0, 0])
