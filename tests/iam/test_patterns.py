"""Patterns: against brute force over small alphabets, by algebraic laws, and with patterns made to take long."""

from __future__ import annotations

import itertools
import random
import re
import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_roles.iam import arns, patterns, text_sets
from sagemaker_roles.iam.patterns import (
    Pattern,
    TooComplex,
    begin_alike,
    covers,
    intersection,
    intersects,
    literal,
    matches,
    pattern,
)
from sagemaker_roles.iam.text_sets import ALL, Region, Texts, complement, union

#: All patterns of up to four symbols, and all words of up to six letters; "z" stands in no pattern.
PATTERNS = ["".join(word) for length in range(5) for word in itertools.product("a*?b", repeat=length)]
WORDS = ["".join(word) for length in range(7) for word in itertools.product("abz", repeat=length)]


def regex(text: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in text), re.DOTALL)


LANGUAGE = {text: frozenset(word for word in WORDS if regex(text).fullmatch(word)) for text in PATTERNS}
EVERY = frozenset(WORDS)


@cache
def _words(one: Pattern) -> frozenset[str]:
    return frozenset(word for word in WORDS if matches(one, word))


def language(texts: Texts) -> frozenset[str]:
    """The words of a set, by matching alone."""
    regions = [
        EVERY.intersection(*map(_words, region.all_of)).difference(*map(_words, region.none_of))
        for region in texts.regions
    ]
    return frozenset().union(*regions)


def test_matching_agrees_with_regular_expressions() -> None:
    for text in PATTERNS:
        compiled = pattern(text)
        assert {word for word in WORDS if matches(compiled, word)} == LANGUAGE[text], text


def test_covering_and_meeting_agree_with_brute_force() -> None:
    for one, other in itertools.product(PATTERNS, repeat=2):
        first, second = LANGUAGE[one], LANGUAGE[other]
        assert covers(pattern(one), pattern(other)) == (second <= first), (one, other)
        assert intersects(pattern(one), pattern(other)) == bool(first & second), (one, other)


def test_intersections_agree_with_brute_force() -> None:
    answered = 0
    for one, other in random.Random(3).sample(list(itertools.product(PATTERNS, repeat=2)), 3000):  # noqa: S311
        both = intersection(pattern(one), pattern(other))
        if both is not None:
            answered += 1
            assert language(union(both)) == LANGUAGE[one] & LANGUAGE[other], (one, other, both)
    assert answered > 1500


def test_regions_agree_with_brute_force() -> None:
    source = random.Random(1)  # noqa: S311
    empty = 0
    for _ in range(1000):
        yes = source.choices(PATTERNS, k=source.randint(0, 3))
        no = source.choices(PATTERNS, k=source.randint(0, 3))
        region = Region(tuple(map(pattern, yes)), tuple(map(pattern, no)))
        expected = EVERY.intersection(*(LANGUAGE[text] for text in yes)).difference(*(LANGUAGE[text] for text in no))
        witness = region.witness()
        if witness is None:
            empty += 1
            assert not expected, (yes, no)
        else:
            assert all(regex(text).fullmatch(witness) for text in yes), (yes, no, witness)
            assert not any(regex(text).fullmatch(witness) for text in no), (yes, no, witness)
        reduced = region.reduced()
        assert (language(Texts((reduced,))) if reduced else frozenset()) == expected, (yes, no)
    assert 200 < empty < 800


def test_unions_agree_with_brute_force() -> None:
    source = random.Random(2)  # noqa: S311
    for _ in range(600):
        one = source.choices(PATTERNS, k=source.randint(1, 3))
        other = source.choices(PATTERNS, k=source.randint(1, 3))
        first, second = union(map(pattern, one)), union(map(pattern, other))
        mine = frozenset.union(*(LANGUAGE[text] for text in one))
        theirs = frozenset.union(*(LANGUAGE[text] for text in other))
        if source.random() < 0.5:
            second, theirs = complement(map(pattern, other)), EVERY - theirs
        assert language(first.minus(second)) == mine - theirs, (one, other)
        assert language(first.meet(second)) == mine & theirs, (one, other)
        assert first.within(second) == (mine <= theirs), (one, other)
        if mine & theirs:
            assert first.meets(second), (one, other)


#: ARNs whose last two parts are short; with one colon fewer they have five parts, whose last star reaches on.
ARNS = [f"arn:p:s:r:{''.join(word)}" for length in range(5) for word in itertools.product("a:*?", repeat=length)]
NAMED = [f"arn:p:s:r:{''.join(word)}" for length in range(6) for word in itertools.product("a:b", repeat=length)]


def arn_regex(text: str) -> re.Pattern[str]:
    parts = text.split(":", 5)
    whole = len(parts) == 6
    out = []
    for part in parts:
        inner = {"*": "[^:]*", "?": "[^:]"}
        last = ".*" if part.endswith("*") and not whole else inner["*"]
        letters = [inner.get(char) or re.escape(char) for char in part]
        out.append("".join([*letters[:-1], last if part.endswith("*") else "".join(letters[-1:])]))
    if whole:
        out[-1] = regex(parts[-1]).pattern
    return re.compile(":".join(out), re.DOTALL)


ARN_LANGUAGE = {text: frozenset(word for word in NAMED if arn_regex(text).fullmatch(word)) for text in ARNS}


def test_arns_agree_with_brute_force() -> None:
    for text in ARNS:
        compiled = arns.resource(text)
        assert {word for word in NAMED if matches(compiled, word)} == ARN_LANGUAGE[text], text
    for one, other in random.Random(4).sample(list(itertools.product(ARNS, repeat=2)), 12_000):  # noqa: S311
        first, second = ARN_LANGUAGE[one], ARN_LANGUAGE[other]
        assert covers(arns.resource(one), arns.resource(other)) == (second <= first), (one, other)
        # Both have a word in common that is no longer than both together.
        if first & second or len(one) + len(other) <= 2 * len("arn:p:s:r:") + 5:
            assert intersects(arns.resource(one), arns.resource(other)) == bool(first & second), (one, other)


FOLDED = ["".join(word) for length in range(4) for word in itertools.product("aA*?", repeat=length)]
CASED = ["".join(word) for length in range(5) for word in itertools.product("aAb", repeat=length)]


def test_patterns_without_regard_to_case_agree_with_brute_force() -> None:
    def words(text: str, fold: bool) -> set[str]:
        form = re.compile(regex(text).pattern, re.DOTALL | (re.IGNORECASE if fold else re.NOFLAG))
        return {word for word in CASED if form.fullmatch(word)}

    known = {(text, fold): words(text, fold) for text in FOLDED for fold in (False, True)}
    for one, other in random.Random(5).sample(list(itertools.product(known, repeat=2)), 6000):  # noqa: S311
        first, second = pattern(*one), pattern(*other)
        assert {word for word in CASED if matches(first, word)} == known[one], one
        assert covers(first, second) == (known[other] <= known[one]), (one, other)
        if known[one] & known[other]:
            assert intersects(first, second), (one, other)


def test_arns_and_other_patterns_agree_with_brute_force() -> None:
    """A wildcard within a part of an ARN stands for no colon, and one of another pattern does."""
    ends = ["".join(word) for length in range(4) for word in itertools.product("a:*?", repeat=length)]
    plain = [f"arn:p:s:r{colon}{end}" for colon in ("", ":") for end in ends]
    named = [f"arn:p:s:r{''.join(word)}" for length in range(7) for word in itertools.product("a:b", repeat=length)]
    forms = {text: arn_regex(text) for text in ARNS} | {text + " ": regex(text) for text in plain}
    known = {text: frozenset(filter(form.fullmatch, named)) for text, form in forms.items()}
    source = random.Random(6)  # noqa: S311
    for _ in range(6000):
        one, other = source.choice(ARNS), source.choice(plain)
        first, second = known[one], known[other + " "]
        assert covers(arns.resource(one), pattern(other)) == (second <= first), (one, other)
        assert covers(pattern(other), arns.resource(one)) == (first <= second), (one, other)
        if first & second or len(one) + len(other) <= 2 * len("arn:p:s:r") + 5:
            assert intersects(arns.resource(one), pattern(other)) == bool(first & second), (one, other)
            assert intersects(pattern(other), arns.resource(one)) == bool(first & second), (one, other)


def test_what_is_left_step_by_step_agrees_with_brute_force() -> None:
    """However much is taken away, one after the other: what is left is exact, and no exception repeats another."""
    source = random.Random(7)  # noqa: S311
    for _ in range(300):
        left, expected = ALL, EVERY
        for _ in range(4):
            some = source.choices(PATTERNS, k=source.randint(1, 2))
            taken = frozenset().union(*(LANGUAGE[text] for text in some))
            if source.random() < 0.3:
                left, expected = left.minus(complement(map(pattern, some))), expected & taken
            elif source.random() < 0.3:
                also = source.choice(PATTERNS)
                both = union(map(pattern, some)).meet(union([pattern(also)]))
                left, expected = left.minus(both), expected - (taken & LANGUAGE[also])
            else:
                left, expected = left.minus(union(map(pattern, some))), expected - taken
            assert language(left) == expected, (left, some)
        for region in left.regions:
            assert patterns.EVERYTHING not in region.all_of
            assert not any(covers(one, other) for one, other in itertools.permutations(region.none_of, 2)), region


def test_regions_as_they_are_shown_and_reduced() -> None:
    one, other = pattern("a*"), pattern("*b")
    assert Region((patterns.EVERYTHING,)).reduced() == Region().reduced() == Region()
    assert str(Region((one, other), (pattern("ab"), pattern("c")))) == "a* and *b minus ab, c"
    assert str(Region()) == "*" and str(Region((), (one,))) == "* minus a*"
    assert str(Texts((Region((one,)), Region((other,))))) == "a*, *b"
    assert Region((one,)).meet(Region((one, other), (pattern("ab"),))) == Region((one, other), (pattern("ab"),))
    assert Region((), (one,)).witness() == "" and Region((), (pattern(""),)).witness() == ":"
    assert Region((), (pattern(""), pattern(":"))).witness() == "a"
    assert Region().witness() == "" and Region((pattern("a?*"),)).witness() == "ax"
    # A witness of one pattern that none of the exceptions has letters of, and one that is left over by exceptions.
    assert not Region((one,), (pattern("a*b"),)).is_empty() and Region((one,), (pattern("*"),)).is_empty()
    assert Region((pattern("a?"),), (pattern("ab"), pattern("a?"))).is_empty()


@pytest.mark.parametrize(
    ("all_of", "none_of", "witness"),
    [
        (["${A}"], [], "${A}"),
        (["${A}*"], ["${A}"], "${A}:"),
        (["${A}*", "*${B}"], [], TooComplex),
        (["${A}*", "*"], ["b"], "${A}"),
        (["a${A}*", "b*"], [], None),
        (["a${A}*", "a*b"], ["a*"], None),
    ],
)
def test_a_witness_with_opaque_parts(all_of: list[str], none_of: list[str], witness: object) -> None:
    region = Region(tuple(map(pattern, all_of)), tuple(map(pattern, none_of)))
    if witness is TooComplex:
        with pytest.raises(TooComplex, match=r"^what opaque parts"):
            region.witness()
        assert not region.is_empty()
    else:
        assert region.witness() == witness
        assert region.is_empty() is (witness is None)


def test_what_is_too_much_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_sets, "MOST_PATTERNS", 3)
    assert Region((pattern("*a*"),), (pattern("b*"), pattern("*c"))).witness() == "a"
    with pytest.raises(TooComplex, match=r"^more than 3 patterns"):
        Region((pattern("*a*"),), (pattern("b*"), pattern("*c"), pattern("d*"))).witness()
    monkeypatch.setattr(text_sets, "MOST_REGIONS", 2)
    two, three = (union([pattern(f"{letter}*") for letter in letters]) for letters in ("ab", "abc"))
    assert len(two.meet(union([pattern("?*")])).regions) == 2
    with pytest.raises(TooComplex, match=r"^more than 2 regions"):
        three.meet(union([pattern("?*")]))
    monkeypatch.setattr(patterns, "MOST_STATES", 4)
    with pytest.raises(TooComplex, match=r"^more than 4 states"):
        patterns.search([pattern("aaaa*")], [pattern("*")])
    monkeypatch.setattr(patterns, "MOST_STATES", 20)
    assert patterns.search([pattern("aaaa*")], [pattern("*")]) is None


def test_an_intersection_of_escapes_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    both = intersection(pattern("a${*}*"), pattern("*b"))
    assert both is not None and [str(one) for one in both] == ["a${*}*b"]
    assert intersection(pattern("a${A}*"), pattern("*b")) is None
    assert intersection(pattern("a*"), pattern("b*")) == ()
    # Without what it remembers.
    for most, count in ((5, None), (6, 6)):
        monkeypatch.setattr(patterns, "_MOST_JOINT", most)
        both = intersection.__wrapped__(pattern("*a*a*"), pattern("*b*b*"))
        assert (both and len(both)) == count


texts = st.text(alphabet="ab:/*?-", max_size=12)
parts = st.lists(st.sampled_from(["a", "b", "*", "?", "${A}", "${B}", "${*}", "${aws:username}", ":"]), max_size=8)


@given(texts, texts, texts)
def test_covering_is_an_order(one: str, two: str, three: str) -> None:
    first, second, third = pattern(one), pattern(two), pattern(three)
    assert covers(first, first) and covers(patterns.EVERYTHING, first)
    if covers(first, second) and covers(second, third):
        assert covers(first, third)


@given(texts, texts)
def test_meeting_is_symmetric_and_follows_from_covering(one: str, two: str) -> None:
    first, second = pattern(one), pattern(two)
    assert intersects(first, second) == intersects(second, first)
    if covers(first, second):
        assert intersects(first, second)
        assert union([second]).minus(union([first])) == Texts()


@given(parts, parts, st.text(alphabet="ab:*", max_size=3), st.text(alphabet="ab:*", max_size=3))
def test_what_is_said_of_opaque_parts_holds_for_every_text(one: list[str], two: list[str], a: str, b: str) -> None:
    outer, inner = "".join(one), "".join(two)

    def filled(text: str) -> Pattern:
        for name, value in (("${A}", a), ("${B}", b), ("${aws:username}", a + b)):
            text = text.replace(name, "".join("${*}" if char == "*" else char for char in value))
        return pattern(text)

    if covers(pattern(outer), pattern(inner)):
        assert covers(filled(outer), filled(inner))
    if not intersects(pattern(outer), pattern(inner)):
        assert not intersects(filled(outer), filled(inner))


heads = st.lists(st.sampled_from(["a", ":", "${A}", "${aws:username}"]), max_size=3)
tails = st.lists(st.sampled_from(["a", "b", "*", "?", "${*}", ":"]), max_size=5)


@given(heads, tails, st.lists(tails, min_size=1, max_size=3), st.text(alphabet="ab:*", max_size=3))
def test_what_begins_alike_does_not_hang_on_opaque_parts(
    head: list[str], tail: list[str], others: list[list[str]], value: str
) -> None:
    def filled(text: str) -> Pattern:
        for name in ("${A}", "${aws:username}"):
            text = text.replace(name, value.replace("*", "${*}"))
        return pattern(text)

    inner, outer = "".join([*head, *tail]), ["".join([*head, *one]) for one in others]
    assert begin_alike(map(pattern, (inner, *outer)))
    known = [covers(pattern(one), pattern(inner)) for one in outer]
    assert known == [covers(filled(one), filled(inner)) for one in outer]
    left = union([pattern(inner)]).exceeds(union(map(pattern, outer)))
    assert left is union([filled(inner)]).exceeds(union(map(filled, outer)))
    assert not (left and any(known))
    assert left is not union([filled(inner)]).within(union(map(filled, outer)))


@pytest.mark.parametrize(
    ("one", "other"), [("${A}/*", "x/*"), ("*${A}", "*${A}x"), ("${A}/*", "${B}/*"), ("${A}/${B}", "${A}/x")]
)
def test_what_begins_otherwise_hangs_on_opaque_parts(one: str, other: str) -> None:
    assert not begin_alike([pattern(one), pattern(other)])
    assert not union([pattern(one)]).exceeds(union([pattern(other)]))


@given(texts)
def test_a_pattern_is_written_as_it_was_read(text: str) -> None:
    assert pattern(str(pattern(text))) == pattern(text)
    assert str(pattern("x${Name}${*}")) == "x${Name}${*}"


@given(texts, texts)
def test_without_regard_to_case(one: str, two: str) -> None:
    folded = pattern(one.upper(), fold=True)
    assert covers(folded, pattern(two)) == covers(pattern(one), pattern(two))
    assert matches(folded, one.replace("*", "x").replace("?", "y"))
    if covers(pattern(one), pattern(two, fold=True)):
        assert covers(pattern(one), pattern(two))


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ("*", "${Name}", True),
        ("?", "${Name}", False),
        ("?*", "${Name}", False),  # a name may be empty
        ("?*", "a${Name}", True),
        ("?*", "${Name}a", True),
        ("${Name}", "${Name}", True),
        ("${Name}", "${Other}", False),
        ("${aws:UserName}", "${AWS:username}", True),
        ("${Name}*", "${Name}/${Other}", True),
        ("a${*}", "a*", False),
        ("a*", "a${*}", True),
        ("a?", "a${*}", True),
        ("*}", "${Name}", False),
        ("$*", "${Name}", False),
        ("a?", "${Name}ab", False),
        ("?b", "${Name}ab", False),
        ("?*b", "a${Name}b", True),
    ],
)
def test_opaque_parts_and_escapes(outer: str, inner: str, covered: bool) -> None:
    assert covers(pattern(outer), pattern(inner)) is covered


@pytest.mark.parametrize(("one", "other"), [("a*?b", "a?*b"), ("*?*?", "??*"), ("?**?", "??*"), ("a*", "a**")])
def test_a_run_of_wildcards_has_one_order(one: str, other: str) -> None:
    assert pattern(one) == pattern(other)
    assert pattern(one).symbols == pattern(other).symbols
    # In a part of an ARN as well, and where the last star of a shorter one reaches on.
    for head, tail in (("arn:p:", ":r:a:x"), ("arn:p:s", "*")):
        first, second = arns.resource(f"{head}{one}{tail}"), arns.resource(f"{head}{other}{tail}")
        assert first == second and str(first) == str(second)


def test_only_what_is_written_alike_is_equal() -> None:
    assert pattern("a") != "a" and pattern("a") != pattern("b") and pattern("a") != pattern("a", fold=True)
    assert arns.resource("arn:p:s??:r:a:x") != arns.resource("arn:p:s?*:r:a:x")


def test_a_literal_without_variables_is_its_text() -> None:
    text = "a?*${x}"
    assert [matches(literal(text, variables=False), one) for one in (text, "ab*${x}", "a?b${x}")] == [
        True,
        False,
        False,
    ]
    assert matches(literal("A?", fold=True), "a?") and not matches(literal("A?", fold=True), "ab")


def test_a_literal_has_no_wildcards() -> None:
    assert matches(literal("a*"), "a*") and not matches(literal("a*"), "ab")
    assert matches(pattern("${a}", variables=False), "${a}")


HOSTILE = [
    "a*" * 3000,
    "*a" * 3000 + "b",
    "a*?" * 1000,
    "?a*" * 1000 + "b",
    "*" * 6000,
    "?" * 6000,
    "*?" * 3000,
    "*a" + "?" * 500,
    "*b" + "?" * 500,
    "".join(f"${{V{number}}}*" for number in range(1000)),
]


def test_hostile_patterns_are_answered_in_bounded_time() -> None:
    begin = time.process_time()
    for one, other in itertools.product(HOSTILE, repeat=2):
        first, second = Pattern(patterns.symbols_of(one)), Pattern(patterns.symbols_of(other))
        covers(first, second)
        intersects(first, second)
        try:
            Region((first,), (second,)).witness()
        except TooComplex:
            continue
    # Some seconds; what backtracks would take years.
    assert time.process_time() - begin < 60


def test_nothing_is_less_than_everything() -> None:
    assert ALL.minus(ALL) == Texts() and Texts().within(Texts()) and not ALL.within(Texts())
    assert union([pattern("a*")]).minus(union([pattern("ab*")])).witness() == "a"


def test_an_opaque_part_within_an_arn_holds_no_colon() -> None:
    anywhere = patterns.symbols_of("a${B}*?")
    within = patterns.inside(anywhere)
    assert within != anywhere
    assert patterns.shown(within) == patterns.shown(anywhere) == "a${B}*?"


def test_an_arn_is_compared_with_what_is_no_arn_as_a_whole() -> None:
    arn = arns.condition("arn:aws:s3:::a*")
    assert arn is not None
    assert not intersects(arn, pattern("b*"))
    assert not intersects(pattern("b*"), arn)
    assert intersects(arn, pattern("arn:aws:s3*"))


def test_a_union_keeps_the_widest() -> None:
    assert len(union([pattern("a*"), pattern("ab"), pattern("a?")]).regions) == 1
    assert union([pattern("a"), pattern("*")]) == ALL
