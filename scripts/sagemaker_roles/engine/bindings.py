"""The values that an entry of a record is expanded with, and what they fill in templates. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from ..catalog import GLOBALS, Condition
from .values import Match, folded, formatted, names_in


class Binding(NamedTuple):
    """The values one use is expanded with.

    Attributes:
        matches: parameter to its matches.
        member: the JMESPath that found the values, or "".
        values: the values as given.
    """

    matches: Mapping[str, tuple[Match, ...]]
    member: str = ""
    values: tuple[str, ...] = ()


class Known:
    """What placeholders stand for, whatever a request has.

    Args:
        values: placeholder to the text put in its place.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.globals = {name: values.get(name, "${" + name + "}") for name in GLOBALS}
        self.fill = folded if any(not text or text.endswith("/") for text in values.values()) else formatted


class Filling(dict[str, str]):
    """The text for each name in the templates of an entry: that of a match, or else a value for it, or a placeholder.

    Args:
        known: what placeholders stand for.
        prefix: what those of the entry begin with, but for globals.
        matches: parameter to its matches; one fills what it can before those after it do.
    """

    def __init__(
        self, known: Known, prefix: str = "", matches: Mapping[str, tuple[Match, ...]] = MappingProxyType({})
    ) -> None:
        super().__init__(known.globals)
        self._known, self._prefix, self._matches = known, prefix, matches
        #: Name to the parameter that has several texts for it.
        self._several: dict[str, str] = {}
        for parameter, several in reversed([*matches.items()]):
            own: dict[str, str] = {}
            for one in several:
                if "Value" in one.fields:
                    own[parameter] = one.fields["Value"]
                own.update(one.fields)
            self.update(own)
            if len(several) > 1:
                self._several |= dict.fromkeys(own, parameter)
            elif self._several:
                self._several = {name: other for name, other in self._several.items() if name not in own}

    def __missing__(self, name: str) -> str:
        full = self._prefix + name
        return self._known.values.get(full, "${" + full + "}")

    def only(self, parameter: str, match: Match) -> Filling:
        """The same with a single match for one parameter, which goes before the others."""
        if next(iter(self._matches)) == parameter and len(self._matches[parameter]) == 1:
            return self
        matches = {parameter: (match,), **{name: few for name, few in self._matches.items() if name != parameter}}
        return Filling(self._known, self._prefix, matches)

    def condition(self, condition: Condition) -> Condition:
        """A condition with its values filled, and with its keys, which name the provider of a web identity."""
        return {
            operator: {
                filled: tuple(dict.fromkeys(self.all(values)))
                for key, values in keys.items()
                for filled in (self.all([key]) if key.startswith("${") else (key,))
            }
            for operator, keys in condition.items()
        }

    def all(self, templates: Sequence[str]) -> list[str]:
        """Every template, filled once for each combination of the matches whose fields it names."""
        fill = self._known.fill
        if not self._several:
            return [fill(template, self) for template in templates]
        return [fill(template, one) for template in templates for one in self._alternatives(template)]

    def _alternatives(self, template: str) -> Iterator[Filling]:
        used = dict.fromkeys(self._several[name] for name in names_in(template) if name in self._several)
        for chosen in product(*(self._matches[parameter] for parameter in used)):
            matches = {parameter: (one,) for parameter, one in zip(used, chosen, strict=True)}
            yield Filling(self._known, self._prefix, {**self._matches, **matches})
