"""Says what placeholders stand for, and checks values that a user gives for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..catalog import Catalog, Entry
from ..engine.values import names_in, pattern


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a placeholder, or a parameter that values can be given for, stands for.

    Attributes:
        pattern: regular expression for the whole value, or "" where the value is read as a request's would be.
        values_in: the document that holds the value where the request does not (``manifest``), or "".
    """

    text: str
    pattern: str
    example: str
    values_in: str = ""

    def fits(self, value: str) -> bool:
        """Whether a value has the form of one."""
        return not self.pattern or pattern(self.pattern).fullmatch(value) is not None


GLOBAL_MEANINGS: Mapping[str, Meaning] = {
    "Partition": Meaning("AWS partition", "aws(-[a-z]{1,10}){0,2}", "aws"),
    "Region": Meaning("AWS Region of the request", "[a-z]{2,4}-[a-z-]{3,24}-[0-9]{1,2}", "us-west-2"),
    "Account": Meaning("id of the account that owns the role and the resources", "[0-9]{12}", "111122223333"),
}


def meanings(catalog: Catalog, operations: Iterable[str]) -> dict[str, Meaning]:
    """Everything a value can be given for in the policies of some operations.

    Returns:
        Placeholder names (``InputBucket``), and names of whole parameters (``InputS3Uri``), each with its meaning.
    """
    found = dict(GLOBAL_MEANINGS)
    for name in operations:
        for grantee in catalog.operation(name).grantees():
            for entry in catalog.fillable(grantee):
                _of_entry(catalog, entry, found)
    return found


def _of_entry(catalog: Catalog, entry: Entry, found: dict[str, Meaning]) -> None:
    for parameter, kind_id in entry.parameters.items():
        if parameter in entry.constants:
            continue
        kind = catalog.kind(kind_id)
        for form in entry.forms(parameter, kind):
            named = {name for scope in form.scopes.values() for text in scope.resources for name in names_in(text)}
            for name, field in kind.fields.items():
                if name in form.fields or name in named:
                    own = entry.prefix + (parameter if name == "Value" else name)
                    found.setdefault(own, Meaning(field.meaning, field.pattern, field.example, entry.values_in))
        example = next((form.examples[0] for form in kind.forms if form.id == kind.default), "")
        found.setdefault(entry.prefix + parameter, Meaning(kind.title, "", example, entry.values_in))
