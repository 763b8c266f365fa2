"""The values that an entry of a record is expanded with, and what they fill in templates. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .values import Match


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

    def only(self, parameter: str, match: Match) -> Binding:
        """The same with a single match for one parameter."""
        if len(self.matches[parameter]) == 1:
            return self
        return self._replace(matches={**self.matches, parameter: (match,)})

    def owner(self, name: str, expanded: str) -> str | None:
        """The parameter whose matches fill a name in a template: the one being expanded, else the first that can."""
        for parameter in (expanded, *self.matches) if expanded else self.matches:
            for one in self.matches[parameter]:
                if name in one.fields or (name == parameter and "Value" in one.fields):
                    return parameter
        return None
