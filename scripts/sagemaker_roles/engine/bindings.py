"""The values that an entry of a record is expanded with, and what they fill in templates. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .values import Match


class Binding:
    """The values one use is expanded with: per parameter one or several matches.

    A name in a template is filled by the parameter being expanded, else by the first that has it, else by what is
    fixed.

    Attributes:
        matches: parameter to its matches.
        member: the JMESPath that found the values, or "".
        values: the values as given.
    """

    __slots__ = ("_several", "_text", "_texts", "matches", "member", "values")

    def __init__(self, matches: Mapping[str, tuple[Match, ...]], member: str, values: tuple[str, ...]) -> None:
        self.matches, self.member, self.values = matches, member, values
        self._text: Mapping[str, str] | None = None
        self._texts: dict[str, Mapping[str, str]] | None = None
        self._several: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] | None = None

    def texts(self, parameter: str, fixed: Mapping[str, str]) -> Mapping[str, str] | None:
        """What fills each name while a parameter is expanded ("" for none); None if some parameter has several matches.

        The same must be fixed at every call.
        """
        if len(self.matches) == 1:
            return self._text or self._of_one(fixed)
        if self._texts is None:
            self._texts = {}
        found = self._texts.get(parameter)
        if found is None:
            texts = dict(fixed)
            for name in self._order(parameter):
                matches = self.matches[name]
                if len(matches) > 1:
                    return None
                for one in matches:
                    if "Value" in one.fields:
                        texts[name] = one.fields["Value"]
                    texts.update(one.fields)
            found = self._texts[parameter] = texts
        return found

    def _of_one(self, fixed: Mapping[str, str]) -> Mapping[str, str] | None:
        """What fills each name if there is one parameter: the same, whatever is expanded."""
        ((name, matches),) = self.matches.items()
        if len(matches) != 1:
            return None
        fields = matches[0].fields
        self._text = {**fixed, name: fields["Value"], **fields} if "Value" in fields else {**fixed, **fields}
        return self._text

    def several(self, parameter: str, fixed: Mapping[str, str]) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """What fills the names that one text fills, and for the others the parameter whose matches fill them."""
        if self._several is None:
            self._several = {}
        found = self._several.get(parameter)
        if found is None:
            texts, owners = dict(fixed), dict[str, str]()
            for name in self._order(parameter):
                matches = self.matches[name]
                for one in matches:
                    for own in (*one.fields, name) if "Value" in one.fields else one.fields:
                        if len(matches) > 1:
                            owners[own] = name
                            texts.pop(own, None)
                        else:
                            owners.pop(own, None)
                            texts[own] = one.fields[own] if own in one.fields else one.fields["Value"]
            found = self._several[parameter] = (texts, owners)
        return found

    def _order(self, parameter: str) -> list[str]:
        """The parameters, the one that fills names first at the end."""
        order = [name for name in self.matches if name != parameter]
        order.reverse()
        return [*order, parameter] if parameter in self.matches else order
