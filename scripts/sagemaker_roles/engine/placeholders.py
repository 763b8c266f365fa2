"""What placeholders stand for, and the one check of every value that is put in place of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..catalog import GLOBALS, Catalog, Kind
from .partial import Partial
from .values import GLOBAL_EXAMPLES, noun, parse, partition_of, pattern, unwritable


class Meaning(NamedTuple):
    """What a placeholder, or a parameter that values can be given for, stands for.

    Attributes:
        pattern: regular expression for the whole value, or "" where the value is read as a request's would be.
        values_in: the document that holds the value where the request does not (``manifest``), or "".
        kind: the kind that it is a field of, None if it is no field.
        field: the name of that field.
    """

    text: str
    pattern: str
    example: str
    values_in: str = ""
    kind: Kind | None = None
    field: str = ""

    def fault(self, value: str) -> str:
        """What is wrong with a value for it; "" if nothing is.

        A field's value also has to be read as it is meant where it stands in a value of the kind's usual form: a name
        that ends in ``--x-s3`` has the form of a bucket's, and is that of a directory bucket.
        """
        if self.pattern and not pattern(self.pattern).fullmatch(value):
            return f"is not a valid {noun(self.text)}; expected a value like {self.example}"
        usual = self.kind.form(self.kind.default) if self.kind else None
        whole = pattern(usual.pattern).fullmatch(usual.examples[0]) if usual and self.field in usual.own else None
        if self.kind is None or usual is None or whole is None:
            return ""
        begin, end = whole.span(self.field)
        read = parse(self.kind, whole.string[:begin] + value + whole.string[end:])
        if read is None or set(read[0].own) >= set(usual.own):
            return ""
        why = read[0].no_permission or f"a value with it is read as {read[0].title}"
        return f"is not a valid {noun(self.text)}: {why}"


GLOBAL_MEANINGS: Mapping[str, Meaning] = {
    name: Meaning(text, form, GLOBAL_EXAMPLES[name])
    for name, text, form in (
        ("Partition", "AWS partition", "aws(-[a-z]{1,10}){0,2}"),
        ("Region", "AWS Region of the request", "[a-z]{2,4}-[a-z-]{3,24}-[0-9]{1,2}"),
        ("Account", "ID of the account that owns the role and the resources", "[0-9]{12}"),
    )
}


def fault(catalog: Catalog, name: str, value: str, meaning: Meaning | None) -> str:
    """What is wrong with a value for a placeholder; "" if nothing is, or if nothing is known of the placeholder.

    Every value that becomes part of an ARN by the name of a placeholder passes here, wherever it comes from (an option,
    an input, a library's caller); values of a request's members pass the forms of their kind.

    Args:
        name: the placeholder.
        value: the text for it.
        meaning: what a record says of the placeholder.
    """
    meaning = GLOBAL_MEANINGS.get(name, meaning)
    if meaning is None:
        why = unwritable(value)
        return f"is not a valid value: {why}" if why else ""
    is_place = name in ("Partition", "Region")
    if not is_place or value in catalog.partitions or partition_of(catalog.regions, value):
        return meaning.fault(value)
    return f"is not a valid {noun(meaning.text)}; expected a value like {meaning.example}"


def usable(
    catalog: Catalog, operations: Iterable[str], values: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Sequence[str]], list[tuple[str, str, str]]]:
    """Those of some values for placeholders that fit them, and the others as name, value and what is wrong."""
    kept: dict[str, Sequence[str]] = {}
    faults: list[tuple[str, str, str]] = []
    known: Mapping[str, Meaning] | None = None
    for name, several in values.items():
        if known is None and name not in GLOBALS:
            known = meanings(catalog, operations)
        meaning = (known or {}).get(name)
        # What is known in part is read as a request's value would be: by its kind.
        wholly = [one for one in several if not isinstance(one, Partial)]
        wrong = [(name, one, text) for one in wholly if (text := fault(catalog, name, one, meaning))]
        faults += wrong
        if not wrong:
            kept[name] = several
    return kept, faults


def meanings(catalog: Catalog, operations: Iterable[str]) -> dict[str, Meaning]:
    """Everything a value can be given for in the policies of some operations.

    Returns:
        Placeholder names (``InputBucket``), and names of whole parameters (``InputS3Uri``), each with its meaning.
    """
    known = dict(GLOBAL_MEANINGS)
    for name in operations:
        known |= {**_of_operation(catalog, name), **known}
    return known


def _of_operation(catalog: Catalog, name: str) -> Mapping[str, Meaning]:
    def meaning(kind: Kind, name: str, values_in: str) -> Meaning:
        if name:
            return Meaning(*kind.fields[name], values_in, kind, name)
        usual = kind.form(kind.default)
        return Meaning(kind.title, "", usual.examples[0] if usual else "", values_in)

    def known() -> Mapping[str, Meaning]:
        placeholders = catalog.placeholders(name).items()
        return {own: meaning(catalog.kind(kind), field, values_in) for own, (kind, field, values_in) in placeholders}

    return catalog._once(("meanings", name), known)


def names_of(catalog: Catalog, operations: Iterable[str]) -> set[str]:
    """Every name that a placeholder of some operations' records can have."""
    return {name for operation in operations for name in catalog.names(operation)}
