"""Conditions: what a test of a ``Condition`` says of a call, and whether some tests together imply others.

Rules are those of the IAM User Guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs.
multivalued context keys", unless a function names another source. Keys are compared without regard to case. Where the
guide does not say what happens, the answer is that it is not known, with the reason.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from types import MappingProxyType
from typing import Any, NamedTuple

from ..canonical import quoted
from . import arns
from .budget import counted, spend
from .patterns import Pattern, TooComplex, begin_alike, covers, intersects, literal, pattern
from .text_sets import Region

#: Combinations of tests that are tried before the answer is "not known".
MOST_STEPS = 20_000
#: Conditions that are weighed against one another at once.
_MOST_DEEP = 400

# --- operators ---------------------------------------------------------------------------------------------------

_TEXT, _NUMBER, _DATE, _BOOL, _ADDRESS, _NULL = "text", "number", "date", "boolean", "address", "null"


class Operator(NamedTuple):
    """An operator taken apart.

    Attributes:
        name: without what stands before and after it, as AWS writes it (``StringLike``).
        quantifier: ``ForAllValues``, ``ForAnyValue`` or "".
        if_exists: whether it ends with ``IfExists``.
        negated: whether it asks that nothing matches.
        base: the operator that it negates, else its own name.
        family: what values are compared as.
    """

    name: str
    quantifier: str
    if_exists: bool
    negated: bool
    base: str
    family: str


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": eq,
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}
_FAMILIES = {
    **dict.fromkeys(("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"), _TEXT),
    "BinaryEquals": _TEXT,
    "Bool": _BOOL,
    "IpAddress": _ADDRESS,
    "Null": _NULL,
    **{f"Numeric{name}": _NUMBER for name in _COMPARISONS},
    **{f"Date{name}": _DATE for name in _COMPARISONS},
}
_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
#: Every operator by its name in small letters; IAM does not mind their case.
_NAMES = {name.lower(): name for name in (*_FAMILIES, *_NEGATIONS)}
_QUANTIFIERS = {"forallvalues": "ForAllValues", "foranyvalue": "ForAnyValue"}


@lru_cache(maxsize=1024)
def operator(text: str) -> Operator | None:
    """Takes an operator apart; None if IAM has none of that name."""
    quantifier, colon, name = text.lower().rpartition(":")
    if colon and quantifier not in _QUANTIFIERS:
        return None
    if_exists = name.endswith("ifexists")
    known = _NAMES.get(name.removesuffix("ifexists"))
    if known is None or (known == "Null" and (if_exists or colon)):
        return None
    base = _NEGATIONS.get(known, known)
    return Operator(known, _QUANTIFIERS.get(quantifier, ""), if_exists, base != known, base, _FAMILIES[base])


# --- what is known of a call -------------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """Whether something holds: True, False, or None where it is not known, and then what it hangs on.

    Attributes:
        holds: the answer.
        why: one sentence without a period; "" where there is nothing to say.
        keys: the condition keys whose values would decide, in small letters.
    """

    holds: bool | None
    why: str = ""
    keys: tuple[str, ...] = ()


YES, NO = Verdict(True), Verdict(False)


class RequestContext:
    """The condition keys of a call.

    Args:
        values: key to its value, to a list of values where the key has several, or to None where the key is certainly
            absent. A value may hold ``${Name}`` for what is not known.
        complete: whether keys that are not listed are absent; else they are not known.
        assumed: tests that the call passes, whatever the values of their keys are.
    """

    def __init__(
        self,
        values: Mapping[str, str | Sequence[str] | None] = MappingProxyType({}),
        complete: bool = False,
        assumed: tuple[Test, ...] = (),
    ) -> None:
        self.values = values
        self.complete = complete
        self.assumed = assumed
        self._folded = {key.lower(): value for key, value in values.items()}

    def implied(self, test: Test) -> bool | None:
        """Whether a test certainly passes, or certainly fails, in a call that passes the tests that are assumed."""
        own = tuple(one for one in self.assumed if one.key == test.key)
        if not own:
            return None
        if implies(own, ((test,),)).holds is True:
            return True
        return False if implies((*own, test), ()).holds is True else None

    def knows(self, key: str) -> bool:
        """Whether it is known what value a key has, or that it has none."""
        return self.complete or key.lower() in self._folded

    def get(self, key: str) -> str | Sequence[str] | None:
        """The value of a key, None if it is absent or not known."""
        return self._folded.get(key.lower())


NOTHING_KNOWN = RequestContext()


_VARIABLE = re.compile(r"\$\{([^}*?$][^}]*)\}")


def resolved(text: str, context: RequestContext) -> str | None:
    """A text with its policy variables filled in; None if one has no value, so that nothing matches.

    A variable is a condition key with one value; ``${key, 'text'}`` names what to take where there is none. A variable
    that is not known stays, and so does ``${Name}`` without a colon, which is a placeholder (IAM User Guide, "IAM
    policy elements: Variables and tags").
    """
    if "${" not in text:
        return text
    out: list[str] = []
    end = 0
    for variable in _VARIABLE.finditer(text):
        out.append(text[end : variable.start()])
        end = variable.end()
        key, comma, rest = variable[1].partition(",")
        key, rest = key.strip(), rest.strip()
        value = context.get(key) if ":" in key else None
        if isinstance(value, str):
            out.append(as_written(value))
        elif ":" not in key or not context.knows(key):
            out.append(variable.group())
        elif comma and len(rest) > 1 and rest[0] == rest[-1] == "'":
            out.append(as_written(rest[1:-1]))
        else:
            return None
    return "".join([*out, text[end:]])


def as_written(value: str) -> str:
    """A value as a pattern writes it, each character itself; placeholders in it stay."""
    return re.sub(r"\$\{[A-Za-z0-9]+\}|([*?$])", lambda token: f"${{{token[1]}}}" if token[1] else token.group(), value)


# --- tests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Test:
    """One test: an operator, a key and the values that it is compared with.

    Attributes:
        operator: as written.
        key: in small letters.
        values: as written, sorted, each once.
        variables: whether ``${…}`` in values is a policy variable; it is in version 2012-10-17.
        shown: the key as written; does not count.
    """

    __test__ = False  # no test of pytest's

    operator: str
    key: str
    values: tuple[str, ...]
    variables: bool = True
    shown: str = field(default="", compare=False)

    def __hash__(self) -> int:
        return hash((self.operator, self.key, self.values))

    def __str__(self) -> str:
        return f"{self.operator} {self.shown or self.key} {', '.join(self.values)}"

    @property
    def parts(self) -> Operator | None:
        """The operator taken apart; None if IAM has none of that name."""
        return operator(self.operator)

    @property
    def family(self) -> str:
        """What values are compared as; "" for an unknown operator."""
        return self.parts.family if self.parts else ""

    @property
    def quantifier(self) -> str:
        """``ForAllValues``, ``ForAnyValue`` or ""."""
        return self.parts.quantifier if self.parts else ""

    def when_absent(self) -> bool | None:
        """Whether the test passes where the call has not the key; None for an unknown operator."""
        parts = self.parts
        if parts is None:
            return None
        if parts.family == _NULL:
            return "true" in {value.lower() for value in self.values}
        if parts.if_exists or parts.quantifier == "ForAllValues":
            return True
        return parts.negated and not parts.quantifier

    def judge(self, context: RequestContext) -> Verdict:
        """Whether the test passes in a call."""
        parts = self.parts
        name = self.shown or self.key
        if parts is None:
            return Verdict(None, f"the operator {self.operator} is not known", (self.key,))
        if context.assumed and (known := context.implied(self)) is not None:
            return YES if known else NO
        given = context.get(self.key)
        if given is None:
            if context.knows(self.key):
                return Verdict(self.when_absent())
            return Verdict(None, f"the call's {name} is not known", (self.key,))
        if parts.family == _NULL:
            return Verdict("false" in {value.lower() for value in self.values})
        several = not isinstance(given, str)
        values: Sequence[str] = [given] if isinstance(given, str) else given
        if several and not values:
            # A key without values counts as absent.
            return Verdict(self.when_absent())
        if several and not parts.quantifier:
            why = f"{name} has several values, which {self.operator} is not made for"
            return Verdict(None, why, (self.key,)) if len(values) > 1 else self._one(values[0], context, parts)
        verdicts = [self._one(value, context, parts) for value in values]
        return every(verdicts) if parts.quantifier == "ForAllValues" else either(verdicts)

    def _one(self, value: str, context: RequestContext, parts: Operator) -> Verdict:
        """Whether one value of the call passes."""
        verdicts = [_compare(parts.base, wanted, value, context, self) for wanted in self.values]
        verdict = either(verdicts)
        if not parts.negated:
            return verdict
        return verdict if verdict.holds is None else Verdict(not verdict.holds)


def either(verdicts: Iterable[Verdict]) -> Verdict:
    """Whether one holds at least."""
    return _first(verdicts, True)


def every(verdicts: Iterable[Verdict]) -> Verdict:
    """Whether all hold."""
    return _first(verdicts, False)


def _first(verdicts: Iterable[Verdict], decisive: bool) -> Verdict:
    """The first decisive answer, else what is not known, else the opposite."""
    unknown: Verdict | None = None
    for verdict in verdicts:
        if verdict.holds is decisive:
            return verdict
        if verdict.holds is None:
            keys = (*(unknown.keys if unknown else ()), *verdict.keys)
            unknown = Verdict(None, unknown.why if unknown else verdict.why, tuple(dict.fromkeys(keys)))
    return unknown or Verdict(not decisive)


def _compare(base: str, wanted: str, value: str, context: RequestContext, test: Test) -> Verdict:
    """Whether one value of the call matches one value of the test by an operator that is not negated."""
    spend(2 + len(wanted) // 64)
    family, key = _FAMILIES[base], test.key
    if family in (_TEXT, _BOOL):
        filled = resolved(wanted, context) if test.variables else wanted
        if filled is None:
            return NO
        compiled = _compiled(base, filled, test.variables)
        if compiled is None:
            return NO
        return match(compiled, _text_of(base, value), key)
    one, other = _read(family, wanted), _read(family, value)
    if one is None or other is None:
        wrong = wanted if one is None else value
        return Verdict(None, f"{quoted(wrong)} cannot be read as {_ARTICLE[family]}", (key,))
    return Verdict(_in(base, one, other))


_ARTICLE = {_NUMBER: "a number", _DATE: "a date", _ADDRESS: "an IP address"}


def match(one: Pattern, text: Pattern, key: str = "") -> Verdict:
    """Whether a text, which may hold opaque parts, matches a pattern, which may too."""
    if covers(one, text):
        return YES
    if not intersects(one, text):
        return NO
    if not text.wild and begin_alike((one, text)):
        return NO
    return Verdict(None, f"whether {text} matches {one} hangs on what is not known", (key,) if key else ())


@lru_cache(maxsize=65536)
def _compiled(base: str, value: str, variables: bool) -> Pattern | None:
    """A value of a test as a pattern; None if it can match nothing."""
    if base == "StringLike":
        return pattern(value, variables=variables)
    if base in ("ArnLike", "ArnEquals"):
        return arns.condition(value, variables)
    if base == "Bool":
        if value.lower() not in ("true", "false") and "${" not in value:
            return None
        return literal(value, fold=True, variables=variables)
    if base == "BinaryEquals":
        return literal(value, variables=False)
    return literal(value, fold=base == "StringEqualsIgnoreCase", variables=variables)


def _text_of(base: str, value: str) -> Pattern:
    """A value of a call as a pattern: its ``*`` and ``?`` are characters, ``${Name}`` is opaque."""
    written = as_written(value)
    if base in ("ArnLike", "ArnEquals"):
        return arns.named(written)
    return literal(written)


# --- numbers, dates and addresses --------------------------------------------------------------------------------

_NUMBER_FORM = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DATE_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?", re.IGNORECASE
)


@lru_cache(maxsize=16384)
def _read(family: str, text: str) -> Any:
    """A value as what its family compares: a number, seconds since 1970, or a network; None if it is none."""
    text = text.strip()
    if family == _NUMBER:
        return float(text) if _NUMBER_FORM.fullmatch(text) else None
    if family == _DATE:
        return _seconds(text)
    import ipaddress  # loaded late, as most policies have no addresses

    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _seconds(text: str) -> float | None:
    """A date in one of the W3C's forms of ISO 8601, or in seconds since 1970, in seconds since 1970."""
    form = _DATE_FORM.fullmatch(text)
    if form is None or (len(text) == 4 and text.isdigit()):
        # Four digits alone: as an integer they are seconds since 1970.
        return float(text) if re.fullmatch(r"[+-]?\d+", text) else None
    year, month, day, hour, minute, second, fraction, zone = form.groups()
    try:
        when = datetime(
            int(year), int(month), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
    except ValueError:
        return None
    seconds = (when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() + float(fraction or 0)
    if zone and zone.upper() != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return seconds


def _in(base: str, wanted: Any, value: Any) -> bool:
    if base == "IpAddress":
        return bool(wanted.version == value.version and value.subnet_of(wanted))
    return _COMPARISONS[base.removeprefix("Numeric").removeprefix("Date")](value, wanted)


# --- conditions --------------------------------------------------------------------------------------------------

#: Tests that must all pass.
Tests = tuple[Test, ...]


def read(condition: Mapping[str, Mapping[str, Any]], variables: bool = True) -> Tests:
    """The tests of a ``Condition``, sorted.

    Args:
        condition: operator to key to a value or a list of values.
        variables: whether ``${…}`` in values is a policy variable.
    """
    tests = []
    for name, keys in condition.items():
        for key, given in keys.items():
            values = given if isinstance(given, list | tuple) else [given]
            texts = tuple(sorted({_written(value) for value in values}))
            tests.append(Test(name, key.lower(), texts, variables, key))
    return tuple(sorted(set(tests), key=lambda test: (test.key, test.operator, test.values)))


def _written(value: Any) -> str:
    """A value as text; JSON's true, false and numbers are accepted for it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def to_json(tests: Tests) -> dict[str, dict[str, list[str]]]:
    """Tests as a policy writes them; the inverse of :func:`read`."""
    condition: dict[str, dict[str, list[str]]] = {}
    for test in tests:
        condition.setdefault(test.operator, {})[test.shown or test.key] = list(test.values)
    return condition


def judge(some: Tests, context: RequestContext) -> Verdict:
    """Whether all of some tests pass in a call."""
    return every(test.judge(context) for test in some)


class When(NamedTuple):
    """When a grant holds: all of some tests pass, and of each of other conditions at least one fails.

    Attributes:
        all_of: tests.
        none_of: conditions, each as its tests.
    """

    all_of: Tests = ()
    none_of: tuple[Tests, ...] = ()

    def __str__(self) -> str:
        parts = ["; ".join(map(str, self.all_of))] if self.all_of else []
        parts += [f"not ({'; '.join(map(str, some))})" for some in self.none_of]
        return " and ".join(parts) or "always"

    def meet(self, other: When) -> When:
        """When both hold."""
        return When(_merged(self.all_of, other.all_of), tuple(dict.fromkeys(self.none_of + other.none_of)))

    def minus(self, other: When) -> list[When]:
        """When this one holds and the other does not, as alternatives; those that are certainly never are left out."""
        pieces = [When(self.all_of, tuple(dict.fromkeys((*self.none_of, other.all_of))))] if other.all_of else []
        spend(1 + len(other.none_of) * (1 + len(self.all_of) // 4))
        pieces += [When(_merged(self.all_of, some), self.none_of) for some in other.none_of]
        return [piece for piece in pieces if not piece.is_never()]

    def is_never(self) -> bool:
        """Whether it certainly holds in no call."""
        return implies(self.all_of, self.none_of).holds is True

    def judge(self, context: RequestContext) -> Verdict:
        """Whether it holds in a call."""
        verdict = judge(self.all_of, context)
        if verdict.holds is False:
            return verdict
        others = [judge(some, context) for some in self.none_of]
        negated = [other if other.holds is None else Verdict(not other.holds) for other in others]
        return every([verdict, *negated])


ALWAYS = When()


def _merged(some: Tests, others: Tests) -> Tests:
    return tuple(sorted({*some, *others}, key=lambda test: (test.key, test.operator, test.values)))


class Implication(NamedTuple):
    """Whether calls that pass some tests pass one of several conditions.

    Attributes:
        holds: True, False, or None if that is not known.
        why: where it does not hold, a call that shows it, key by key; where it is not known, the reason.
        witness: where it does not hold, key to value, to a list of values, or to None for an absent key.
    """

    holds: bool | None
    why: str = ""
    witness: Mapping[str, str | list[str] | None] = {}


_Literal = tuple[Test, bool]


@counted(65536)
def implies(some: Tests, alternatives: tuple[Tests, ...]) -> Implication:
    """Whether every call that passes all of some tests passes all tests of one of several conditions at least.

    Keys are taken as independent of each other. Without alternatives the question is whether no call passes the tests.
    """
    if any(set(one) <= set(some) for one in alternatives):
        return Implication(True)
    start: dict[str, tuple[_Literal, ...]] = {}
    for test in some:
        start[test.key] = (*start.get(test.key, ()), (test, True))
    for literals in start.values():
        if _satisfied(literals).holds is False:
            return Implication(True)
    left: list[Tests] = []
    for one in alternatives:
        if len(one) == 1:
            # A condition with one test can be failed in one way only.
            (test,) = one
            literals = (*start.get(test.key, ()), (test, False))
            if _satisfied(literals).holds is False:
                return Implication(True)
            start[test.key] = literals
        else:
            left.append(one)
    return _refute(start, left, [0])


def _refute(chosen: dict[str, tuple[_Literal, ...]], left: Sequence[Tests], steps: list[int]) -> Implication:
    """Looks for a call that passes what is chosen and fails one test of each condition that is left."""
    steps[0] += 1
    spend(2 + len(chosen))
    if steps[0] > MOST_STEPS or len(left) > _MOST_DEEP:
        return Implication(None, "more combinations of conditions than can be tried")
    if not left:
        return _call(chosen)
    unknown: Implication | None = None
    for test in left[0]:
        literals = (*chosen.get(test.key, ()), (test, False))
        if _satisfied(literals).holds is False:
            continue
        answer = _refute({**chosen, test.key: literals}, left[1:], steps)
        if answer.holds is False:
            return answer
        if answer.holds is None:
            unknown = answer
    return unknown or Implication(True)


def _call(chosen: Mapping[str, tuple[_Literal, ...]]) -> Implication:
    """The call that passes and fails what is chosen, or why none is known."""
    witness: dict[str, str | list[str] | None] = {}
    for key, literals in chosen.items():
        answer = _satisfied(literals)
        if answer.holds is None:
            return Implication(None, answer.why)
        witness[literals[0][0].shown or key] = answer.witness
    text = "; ".join(f"{key} {'absent' if value is None else value}" for key, value in witness.items())
    return Implication(False, text, witness)


class _Answer(NamedTuple):
    """Whether a key can be so that some literals hold: True with a witness, False, or None with the reason."""

    holds: bool | None
    why: str = ""
    witness: str | list[str] | None = None


@counted(65536)
def _satisfied(literals: tuple[_Literal, ...]) -> _Answer:
    """Whether one key can be such that each of some tests on it passes, or fails where its flag is False."""
    spend(sum(2 + len(test.values) // 4 for test, _ in literals))
    known = {*literals}
    if any((test, not flag) in known for test, flag in literals):
        return _Answer(False)
    for test, _ in literals:
        if test.parts is None:
            return _Answer(None, f"the operator {test.operator} is not known")
    if all(test.when_absent() is flag for test, flag in literals):
        return _Answer(True, witness=None)
    present = [(test, flag) for test, flag in literals if test.family == _NULL]
    if not all(("false" in {value.lower() for value in test.values}) is flag for test, flag in present):
        return _Answer(False)
    rest = [(test, flag) for test, flag in literals if test.family != _NULL]
    if not rest:
        return _Answer(True, witness="x")
    return _several_values(rest) if any(test.quantifier for test, _ in rest) else _one_value(rest)


def _several_values(rest: Sequence[_Literal]) -> _Answer:
    """Whether there are values for which each test passes, or fails where its flag is False."""
    # What must hold of all, and what must hold of one at least.
    every = [(test, flag) for test, flag in rest if test.quantifier == ("ForAllValues" if flag else "ForAnyValue")]
    some = [one for one in rest if one not in every]
    if not all(test.quantifier for test, _ in rest):
        answer = _one_value(rest)
        if answer.holds:
            return answer
        return _Answer(None, f"{rest[0][0].shown or rest[0][0].key} is tested as one value and as several")
    if not some:
        # A present key without values passes what all values must pass, but does not differ from an absent one.
        some = [every[0]]
    witness: list[str] = []
    for one in some:
        answer = _one_value([*every, one])
        if not answer.holds:
            return answer
        if isinstance(answer.witness, str):
            witness.append(answer.witness)
    return _Answer(True, witness=list(dict.fromkeys(witness)))


def _one_value(literals: Sequence[_Literal]) -> _Answer:
    """Whether one value exists for which each test passes, or fails where its flag is False."""
    families = {test.family for test, _ in literals}
    if families == {_TEXT, _BOOL}:
        families = {_TEXT}
    if len(families) > 1:
        for family in families:
            if _of_family([one for one in literals if one[0].family == family], family).holds is False:
                return _Answer(False)
        for family in sorted(families):
            answer = _of_family([one for one in literals if one[0].family == family], family)
            if answer.holds and isinstance(answer.witness, str):
                context = RequestContext({literals[0][0].key: answer.witness}, complete=True)
                if all(test.judge(context).holds is flag for test, flag in literals):
                    return answer
        key = literals[0][0].shown or literals[0][0].key
        return _Answer(None, f"{key} is compared as {' and as '.join(sorted(families))}")
    return _of_family(literals, families.pop())


def _of_family(literals: Sequence[_Literal], family: str) -> _Answer:
    """The same for tests that compare values as one kind of thing."""
    wanted: list[tuple[str, tuple[str, ...]]] = []
    unwanted: list[tuple[str, str]] = []
    for test, flag, parts in [(test, flag, parts) for test, flag in literals if (parts := test.parts)]:
        if parts.negated != flag:
            wanted.append((parts.base, test.values))
        else:
            unwanted += [(parts.base, value) for value in test.values]
    variables = literals[0][0].variables
    if family == _BOOL:
        return _booleans(wanted, unwanted)
    if family == _TEXT:
        return _texts(wanted, unwanted, variables)
    return _ordered(wanted, unwanted, family)


def _booleans(wanted: Sequence[tuple[str, tuple[str, ...]]], unwanted: Sequence[tuple[str, str]]) -> _Answer:
    if any("${" in value for _, values in wanted for value in values) or any("${" in value for _, value in unwanted):
        return _Answer(None, "a truth value is compared with a policy variable")
    for value in ("true", "false"):
        if all(value in {one.lower() for one in values} for _, values in wanted) and value not in {
            one.lower() for _, one in unwanted
        }:
            return _Answer(True, witness=value)
    return _Answer(False)


def _texts(
    wanted: Sequence[tuple[str, tuple[str, ...]]], unwanted: Sequence[tuple[str, str]], variables: bool
) -> _Answer:
    none_of = tuple(one for base, value in unwanted if (one := _compiled(base, value, variables)) is not None)
    choices = [
        [one for value in values if (one := _compiled(base, value, variables)) is not None] for base, values in wanted
    ]
    unknown = ""
    for number, choice in enumerate(itertools.product(*sorted(choices, key=len))):
        if number >= MOST_STEPS:
            return _Answer(None, f"more than {MOST_STEPS} combinations of values")
        try:
            spend(4 + len(none_of) // 4)
            witness = Region(choice, none_of).witness()
        except TooComplex as error:
            unknown = str(error)
            continue
        if witness is not None:
            return _Answer(True, witness=_plain(witness))
    return _Answer(None, unknown) if unknown else _Answer(False)


def _plain(text: str) -> str:
    """A witness as the value of a key: escapes as the characters that they are."""
    return re.sub(r"\$\{([*?$])\}", r"\1", text)


def _ordered(
    wanted: Sequence[tuple[str, tuple[str, ...]]], unwanted: Sequence[tuple[str, str]], family: str
) -> _Answer:
    """The same for numbers, dates and addresses: tries each point at which an answer can change, and those between."""
    if any(_read(family, value) is None for value in (*(v for _, vs in wanted for v in vs), *(v for _, v in unwanted))):
        return _Answer(None, f"a value cannot be read as {_ARTICLE[family]}")
    yes = [[(base, _read(family, value)) for value in values] for base, values in wanted]
    no = [(base, _read(family, value)) for base, value in unwanted]
    for point in _points(family, [value for one in yes for _, value in one] + [value for _, value in no]):
        spend(2 + (sum(map(len, yes)) + len(no)) * (2 if family == _ADDRESS else 1))
        if all(any(_in(base, value, point) for base, value in one) for one in yes) and not any(
            _in(base, value, point) for base, value in no
        ):
            return _Answer(True, witness=_point_text(family, point))
    return _Answer(False)


def _points(family: str, values: Sequence[Any]) -> Iterator[Any]:
    if family != _ADDRESS:
        known = sorted(set(values))
        yield from known
        yield from ((low + high) / 2 for low, high in itertools.pairwise(known))
        yield from ((known[0] - 1, known[-1] + 1) if known else (0.0,))
        return
    for version, size in ((4, 32), (6, 128)):
        # What some addresses have in common and others do not begins at the first of one or behind the last of one.
        edges = {0}
        for value in values:
            if value.version == version:
                first, last = int(value.network_address), int(value.broadcast_address)
                edges |= {first, min(last + 1, 2**size - 1)}
        import ipaddress

        make: Callable[[int], Any] = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
        yield from (make(edge) for edge in sorted(edges))


def _point_text(family: str, point: Any) -> str:
    if family == _ADDRESS:
        return str(point.network_address)
    if family == _DATE:
        return str(int(point)) if float(point).is_integer() else str(point)
    return repr(int(point)) if float(point).is_integer() else repr(point)


def key_matches(listed: str, used: str) -> bool:
    """Whether a condition key as AWS lists it (``aws:RequestTag/${TagKey}``) is the one that is used.

    The variable part, ``${…}`` or ``<…>``, stands for one character or more.
    """
    return covers(_listed_key(listed), pattern(used.lower(), variables=False))


@lru_cache(maxsize=4096)
def _listed_key(listed: str) -> Pattern:
    return pattern(re.sub(r"\$\{[^}]*\}|<[^>]*>", "?*", listed.lower()), variables=False)
