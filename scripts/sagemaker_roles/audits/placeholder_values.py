"""Which single value each placeholder of a role's work can have, as far as the role's own policies name one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..catalog import GLOBALS
from ..engine.documents import ComposedStatement
from ..iam import arns
from ..iam.conditions import Test
from ..iam.grants import Grant, Index
from ..iam.patterns import Pattern, covers, intersection, intersects
from .required_calls import PLACEHOLDER, Need, by_reach

#: Choices of values that are tried, and characters of a text that a value is read out of: no ARN is longer.
_MOST_STEPS, _MOST_CHARACTERS = 200, 2_048

#: What makes more than one value of a text: a wildcard, or a policy variable that each call gives another value.
_SEVERAL = re.compile(r"[*?]|\$\{(?!aws:principal)[^}]*:", re.IGNORECASE)
_ESCAPE = re.compile(r"\$\{[*?$]\}")

#: Placeholders with their values, and what of a policy they are read out of.
_Binding = frozenset[tuple[str, str]]
_Options = dict[_Binding, set[tuple[object, ...]]]


class Values(NamedTuple):
    """The values of placeholders.

    Attributes:
        fixed: placeholder, as ``${Name}``, to its one value, as a pattern writes it.
        several: template to the texts that it is with the values of placeholders that stand for a list.
    """

    fixed: tuple[tuple[str, str], ...] = ()
    several: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def fill(self, text: str) -> str:
        """A text with the values that are known; the other placeholders stay."""
        return _filled(text, dict(self.fixed))

    def texts(self, text: str) -> tuple[str, ...]:
        """A text once for each value of the lists in it."""
        return tuple(dict.fromkeys((self.fill(text), *dict(self.several).get(text, ()))))

    def test(self, test: Test) -> Test:
        """A test of a condition with the values that are known."""
        values = tuple(sorted({text for value in test.values for text in self.texts(value)}))
        return dataclasses.replace(test, values=values)

    def statement(self, one: ComposedStatement) -> ComposedStatement:
        """A composed statement with the values that are known."""
        return one._replace(
            resources=tuple(dict.fromkeys(text for resource in one.resources for text in self.texts(resource))),
            condition={
                operator: {key: tuple(map(self.fill, texts)) for key, texts in keys.items()}
                for operator, keys in one.condition.items()
            },
        )


def _filled(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda name: values.get(name.group(), name.group()), text)


def find_values(needs: Sequence[Need], allowed: Sequence[Grant], lists: Collection[str] = ()) -> Values:
    """Choose the values with which the work needs the most of what a role is allowed.

    A placeholder is one value, so that a wildcard in its place is none. Of the values that a role names, those are
    taken that agree wherever a placeholder stands.

    Args:
        lists: names of placeholders that stand for a list, each element of which is needed.
    """
    listed = {f"${{{name}}}" for name in lists}
    options: dict[str, _Options] = {}
    bindings: dict[str, dict[_Binding, None]] = {}
    for template, binding, target in _bindings(needs, allowed):
        own = frozenset(pair for pair in binding if pair[0] not in listed)
        targets = options.setdefault(template, {}).setdefault(own, set())
        bindings.setdefault(template, {})[binding] = None
        if target:
            targets.add(target)
    fixed = _Search(options).best
    several = {
        template: texts
        for template, some in bindings.items()
        if not listed.isdisjoint(PLACEHOLDER.findall(template))
        and (texts := tuple(_filled(template, {**fixed, **dict(one)}) for one in some if _agree(one, fixed)))
    }
    return Values(tuple(sorted(fixed.items())), tuple(several.items()))


def repeated(needs: Sequence[Need], operations: Collection[str]) -> frozenset[str]:
    """The placeholders of operations without a request whose members a request can have several times.

    An operation alone does not say how many channels, containers or hooks its requests have.

    Args:
        operations: those of which no request is known.
    """
    of_lists, others = set(GLOBALS), set(GLOBALS)
    for need in needs:
        texts = (need.resource, *(value for test in need.tests for value in test.values))
        names = {name[2:-1] for text in texts for name in PLACEHOLDER.findall(text)}
        is_list = all(
            reason.operation in operations and reason.members and all("[" in member for member in reason.members)
            for reason in need.reasons
        )
        (of_lists if is_list else others).update(names)
    return frozenset(of_lists - others)


def _agree(binding: _Binding, fixed: Mapping[str, str]) -> bool:
    return all(fixed.get(name, value) == value for name, value in binding)


class _Search:
    """Looks for the values with which templates fit the most of what a role is allowed, in bounded time."""

    def __init__(self, options: Mapping[str, _Options]) -> None:
        self._options = options
        self._steps = 0
        self._score = (-1, 0)
        self.best: dict[str, str] = {}
        self._from(frozenset(options), {}, frozenset())

    def _from(self, left: frozenset[str], fixed: dict[str, str], covered: frozenset[object]) -> None:
        self._steps += 1
        score = (len(covered), len(fixed))
        if score > self._score:
            self._score, self.best = score, fixed
        agreeing = {
            template: some
            for template, every in self._options.items()
            if template in left and (some := [one for one in every if _agree(one, fixed)])
        }
        if not agreeing:
            return
        template = min(agreeing, key=lambda name: len(agreeing[name]))
        every = self._options[template]

        def rank(one: _Binding) -> tuple[int, int, int]:
            return -len(every[one] - covered), -sum(name == value for name, value in one), -len(one)

        for one in sorted(agreeing[template], key=rank):
            self._from(left - {template}, {**fixed, **dict(one)}, covered | every[one])
            reach = covered.union(*(self._options[name][item] for name, some in agreeing.items() for item in some))
            if self._steps > _MOST_STEPS or len(reach) <= self._score[0]:
                return
        self._from(left - {template}, fixed, covered)


def _bindings(
    needs: Sequence[Need], allowed: Sequence[Grant]
) -> Iterator[tuple[str, _Binding, tuple[object, ...] | None]]:
    """Templates with values of their placeholders, and what of a policy they then are, if they are all of it."""
    index = Index(allowed)
    for (resource, tests), some in by_reach(needs).items():
        names = {*PLACEHOLDER.findall(resource)}
        open_tests = [one for one in tests if any(PLACEHOLDER.search(value) for value in one.values)]
        if not names and not open_tests:
            continue
        template = arns.resource(resource)
        of_action = [(need.action, grant) for need in some for grant in index.of(need.action)]
        for action, grant in of_action if names else ():
            for one in dict.fromkeys(one for region in grant.resources.regions for one in region.all_of):
                for text, binding in _read_resource(resource, template, one):
                    is_all = len(binding) == len(names) and text == str(one)
                    yield resource, binding, (action, text) if is_all else None
        for grant in dict.fromkeys(grant for _, grant in of_action):
            for test in (*grant.when.all_of, *(test for some in grant.when.none_of for test in some)):
                for wanted in (one for one in open_tests if one.key == test.key):
                    for value in (value for value in wanted.values if PLACEHOLDER.search(value)):
                        for text in test.values:
                            if binding := _read(value, text):
                                yield value, binding, (test.key, text)


def _read_resource(resource: str, template: Pattern, held: Pattern) -> Iterator[tuple[str, _Binding]]:
    """What of a resource of a policy can be one of a template's, with the values that it then has."""
    if covers(held, template.opened) or not intersects(held, template):
        return
    both = intersection(held, template.opened)
    for one in (held,) if both is None else both:
        text = str(one)
        if binding := _read(resource, text):
            yield text, binding


@lru_cache(maxsize=65536)
def _read(template: str, text: str) -> _Binding:
    """The placeholders of a template of which a text has one value."""
    if len(text) > _MOST_CHARACTERS or (match := _expression(template).fullmatch(text)) is None:
        return frozenset()
    names = dict.fromkeys(PLACEHOLDER.findall(template))
    values = zip(names, match.groups(), strict=True)
    return frozenset((name, value) for name, value in values if value and not _SEVERAL.search(_ESCAPE.sub("", value)))


@lru_cache(maxsize=4096)
def _expression(template: str) -> re.Pattern[str]:
    """A template as an expression with a group for each placeholder, which ends before the character after it.

    Of two placeholders side by side, as a bucket and a folder that begins with a slash, the first has no slash.
    """
    first, *others = PLACEHOLDER.split(template)
    groups: dict[str, str] = {}
    written = [re.escape(first)]
    for number, (name, after) in enumerate(zip(PLACEHOLDER.findall(template), others, strict=True), 1):
        group = groups.get(name)
        if group is None:
            groups[name] = f"(?P=v{number})"
            inside = f"[^{re.escape(after[0])}]*?" if after else rf"(?:{PLACEHOLDER.pattern}|[^/$]*)"
            group = f"(?P<v{number}>{inside if number < len(others) else '.*?'})"
        written += [group, re.escape(after)]
    return re.compile("".join(written), re.DOTALL)
