"""Reads request values as the forms of their kind, and fills ARN templates with their fields. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import unquote

from ..canonical import quoted
from ..catalog import GLOBALS, Condition, Form, Kind
from .partial import Partial, Unknown

_NAME = re.compile(r"\$\{([A-Z][A-Za-z0-9]*)\}")

#: What no name of AWS has: control characters, and half of a pair, which has no UTF-8. Other characters that are not
#: printed (U+2028, U+202E) can be in a key of Amazon S3; where they cannot, data/shared/resources refuses them.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_NEEDS_ESCAPE = re.compile(r"[*?$]")


def escape(value: str) -> str:
    """Writes a request value so that IAM takes every character literally.

    IAM reads ``${*}``, ``${?}`` and ``${$}`` as the plain characters
    (IAM User Guide, "IAM policy elements: variables and tags").
    """
    if "*" in value or "?" in value or "$" in value:
        return _NEEDS_ESCAPE.sub(lambda matched: "${" + matched.group() + "}", value)
    return value


def unwritable(text: str) -> str:
    """Why a text can be no part of a resource or condition, whatever it names: a character of it; "" if it can be."""
    found = _UNWRITABLE.search(text)
    if not found:
        return ""
    code = ord(found[0])
    return "it has bytes that are no UTF-8" if code > 0x7F else f"it has the control character U+{code:04X}"


@lru_cache(maxsize=4096)
def parts(template: str) -> tuple[str, ...]:
    """Splits a template: even items are text, odd items are placeholder names."""
    return tuple(_NAME.split(template))


def names_in(template: str) -> tuple[str, ...]:
    """Names of the placeholders in a template, in order."""
    return parts(template)[1::2]


@lru_cache(maxsize=4096)
def _format(template: str) -> str:
    pieces = parts(template)
    return "".join(f"%({text})s" if place % 2 else text.replace("%", "%%") for place, text in enumerate(pieces))


def formatted(template: str, texts: Mapping[str, str]) -> str:
    """A template filled with texts for all of its names."""
    return _format(template) % texts


def folded(template: str, texts: Mapping[str, str]) -> str:
    """A template filled so that a folder that ends with a slash, or is empty, and the slash after it give one slash.

    Forms of request values handle that themselves (``s3://bucket/out/`` is another form than ``s3://bucket/out``); this
    is for what a user puts in place of a placeholder.
    """
    out = ""
    for index, part in enumerate(parts(template)):
        is_name = index % 2
        folds = index and not is_name and part.startswith("/") and out.endswith("/")
        out += texts[part] if is_name else part[1:] if folds else part
    return out


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with those of its placeholders filled that have a value."""
    if "${" not in text:
        return text
    return _NAME.sub(lambda matched: values.get(matched[1], matched[0]), text)


@lru_cache(maxsize=1024)
def pattern(text: str) -> re.Pattern[str]:
    """A pattern of the data (a subset of Python's and JavaScript's dialects), compiled."""
    return re.compile(text.replace("(?<", "(?P<"), re.ASCII)


class Match(NamedTuple):
    """A value read as one form of its kind: the form and its fields, ready for templates."""

    form: Form
    fields: Mapping[str, str]


def parse(kind: Kind, value: str) -> tuple[Form, dict[str, str]] | None:
    """Reads a value as the first form of the kind that fits it whole; None if none does."""
    if len(value) > kind.max_length or _UNWRITABLE.search(value):
        return None
    for form in kind.forms:
        if matched := pattern(form.pattern).fullmatch(value):
            fields = {name: text for name, text in matched.groupdict().items() if text is not None}
            is_encoded = _is_encoded(value)
            if is_encoded:
                fields = {name: _decoded(text) for name, text in fields.items()}
            return None if (is_encoded and _misread(kind, fields)) or _misplaced(kind, fields) else (form, fields)
    return None


def _is_encoded(value: str) -> bool:
    """Whether the names in a value are written as URLs have them (RFC 3986, "Percent-Encoding")."""
    return "%" in value and value.startswith("https://")


def _decoded(text: str) -> str:
    """A text without its percent-encoding; bytes that are no UTF-8 become halves of pairs, which no name has."""
    return unquote(text, errors="surrogateescape")


def _misread(kind: Kind, fields: Mapping[str, str]) -> str:
    """Why decoded fields are none of their kind, whose forms saw them in percent-encoding; "" if they are."""
    for name, text in fields.items():
        if why := unwritable(text):
            return f"decoded, {why}"
        if (field := kind.fields.get(name)) and not pattern(field.pattern).fullmatch(text):
            return f"decoded, {short(text)} is not a valid {noun(field.meaning)}; expected a value like {field.example}"
    return ""


def noun(meaning: str) -> str:
    """What something stands for, as messages put it behind "a valid": without an article."""
    return meaning.removeprefix("the ")


def partition_of(partitions: Mapping[str, str], region: str) -> str:
    """The partition of a Region, "" if it is none of the Regions of any."""
    if not region or region[0] == "$":  # as most are, in policies with placeholders
        return ""
    return next((name for name, regions in partitions.items() if pattern(regions).fullmatch(region)), "")


def _misplaced(kind: Kind, fields: Mapping[str, str]) -> str:
    """Why no value can name the partition and the Region of these fields, as far as they are known; "" if one can."""
    if not kind.partitions:
        return ""
    partition = fields.get("Partition", "")
    partition = "" if "${" in partition else partition
    if partition and partition not in kind.partitions:
        return f"{short(partition)} is not an AWS partition; expected one of {', '.join(kind.partitions)}"
    for name, region in fields.items():
        if not name.endswith("Region") or not region or "${" in region:
            continue
        owner = partition_of(kind.partitions, region)
        if not owner:
            return f"{short(region)} is not an AWS Region; expected a value like {GLOBAL_EXAMPLES['Region']}"
        if partition and owner != partition:
            return f"the Region {short(region)} is in the partition {owner}, not in {partition}"
    return ""


#: How long a part of a value may be that is looked at to say what is wrong with it.
_LONGEST = 400


def cause(kind: Kind, value: str) -> str:
    """Which part of a value keeps it from being of its kind, and what would be right; "" if that cannot be told.

    A form fits but for one of its fields: that field is wrong.
    """
    if len(value) > min(kind.max_length, _LONGEST):
        return ""
    if why := unwritable(value):
        return why
    for form in kind.forms:
        if matched := pattern(form.pattern).fullmatch(value):
            fields = {name: text for name, text in matched.groupdict().items() if text is not None}
            if _is_encoded(value) and (why := _misread(kind, {name: _decoded(text) for name, text in fields.items()})):
                return why
            return _misplaced(kind, fields)
    for form in sorted(kind.forms, key=lambda form: form.id != kind.default):
        for name in form.own if not form.no_permission else ():
            field = kind.fields[name]
            matched = pattern(_without(form.pattern, name)).fullmatch(value)
            if matched and not pattern(field.pattern).fullmatch(matched[name]):
                # The whole value: what it is not is said already.
                if matched[name] == value:
                    return ""
                shown = short(matched[name])
                return f"{shown} is not a valid {noun(field.meaning)}; expected a value like {field.example}"
    return ""


@lru_cache(maxsize=256)
def _without(text: str, name: str) -> str:
    """A pattern in which a group takes any text without a slash or colon."""
    begin = text.index(f"(?<{name}>") + len(f"(?<{name}>")
    depth, at, in_class = 1, begin, False
    while depth:
        character = text[at]
        if character == "\\":
            at += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
        at += 1
    return f"{text[:begin]}[^/:]{{0,{_LONGEST}}}{text[at - 1 :]}"


def match(kind: Kind, value: str) -> Match | None:
    """Reads a value, wholly known or not, as a match: its form, and its fields escaped for templates."""
    if isinstance(value, Partial):
        parsed = parse_partial(kind, value)
        texts = parsed[1] if parsed else {}
    else:
        parsed = parse(kind, value)
        texts = {name: escape(text) for name, text in parsed[1].items()} if parsed else {}
    if parsed is None:
        return None
    # A field that may be missing from a value of the form is empty then, but a missing global stays a placeholder.
    return Match(parsed[0], {**dict.fromkeys(parsed[0].own, ""), **texts})


def lower_cased(kind: Kind, one: Match) -> list[Match]:
    """The same value in lower case, where the kind says that AWS may write it so in ARNs; empty if that is no other."""
    if not kind.also_lower_case or any("${" in text for text in one.fields.values()):
        return []
    lower = {name: text.lower() for name, text in one.fields.items()}
    return [Match(one.form, lower)] if lower != one.fields else []


# --- values that are partly unknown ---------------------------------------------------------------------------

_MAX_UNKNOWN = 4
GLOBAL_EXAMPLES = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}


def parse_partial(kind: Kind, value: Partial) -> tuple[Form, dict[str, str]] | None:
    """Reads a value that is not wholly known, as the first form in which each unknown part lies inside one field.

    Unknown parts are tried as what they stand for, or as the examples of the form's fields. A value of which nothing
    is known is read only where its kind has a single form, because it could be any of them; and no form is taken that
    would need no permission.

    Returns:
        The form, and its fields ready for templates: escaped, with ``${Name}`` for the unknown parts. None if no form
        fits, or if too much is unknown.
    """
    unknown = [part for part in value.parts if isinstance(part, Unknown)]
    if len(unknown) > _MAX_UNKNOWN:
        return None
    if len(value.parts) == 1 and len(kind.forms) > 1 and not unknown[0].stands_for:
        return None
    for form in kind.forms:
        if form.no_permission and not form.is_wrong:
            continue
        named = {name for scope in form.scopes.values() for text in scope.resources for name in names_in(text)}
        named |= kind.fields.keys() if form.is_wrong else {*form.fields}
        examples = [field.example for name, field in kind.fields.items() if name in named]
        examples += [GLOBAL_EXAMPLES[name] for name in GLOBALS if name in form.fields]
        choices = [_samples(part, examples) for part in unknown]
        for samples in product(*choices):
            fields = _fields_of(form, kind, value, samples)
            if fields is not None:
                return form, fields
    return None


def _samples(part: Unknown, examples: Sequence[str]) -> list[str]:
    """What an unknown part is tried as."""
    if part.stands_for:
        return [part.stands_for]
    own = [GLOBAL_EXAMPLES[part.name]] if part.name in GLOBAL_EXAMPLES else []
    return list(dict.fromkeys([*own, *examples]))


def _fields_of(form: Form, kind: Kind, value: Partial, samples: Sequence[str]) -> dict[str, str] | None:
    """The fields of a partly known value with samples for its unknown parts, or None if it is not of this form."""
    text, spans, left = "", [], iter(samples)
    for part in value.parts:
        if isinstance(part, Unknown):
            sample = next(left)
            spans.append((len(text), len(text) + len(sample), part.shown))
            text += sample
        else:
            text += part
    fits = len(text) <= kind.max_length and not _UNWRITABLE.search(text)
    matched = pattern(form.pattern).fullmatch(text) if fits else None
    if matched is None:
        return None
    fields: dict[str, str] = {}
    as_name = _decoded if _is_encoded(text) else str
    for name, content in matched.groupdict().items():
        if content is None:
            continue
        begin, end = matched.span(name)
        out, at = "", begin
        for start, stop, placeholder in spans:
            if stop <= begin or start >= end:
                continue
            if start < begin or stop > end:
                return None
            out += escape(as_name(text[at:start])) + placeholder
            at = stop
        fields[name] = out + escape(as_name(text[at:end]))
    return None if any(map(unwritable, fields.values())) or _misplaced(kind, fields) else fields


# --- lists and conditions -------------------------------------------------------------------------------------


def items(value: Any) -> list[Any]:
    """A value, a list or nested lists as one flat list without nulls."""
    if not isinstance(value, list):
        return [] if value is None else [value]
    flat: list[Any] = []
    for part in value:
        if isinstance(part, list):
            flat += items(part)
        elif part is not None:
            flat.append(part)
    return flat


def short(value: Any) -> str:
    """A value as a finding shows it: JSON, at most 200 characters."""
    text = quoted(str(value) if isinstance(value, str) else value)
    return text if len(text) <= 200 else text[:197] + "..."


def frozen(condition: Condition) -> tuple[Any, ...]:
    """A condition as a key: equal for conditions that say the same."""
    if not condition:
        return ()
    return tuple(
        [
            (name, tuple([(key, tuple(sorted(values))) for key, values in sorted(keys.items())]))
            for name, keys in sorted(condition.items())
        ]
    )


def merged(first: Condition, second: Condition) -> Condition:
    """Both conditions' values, by operator and key."""
    if not second:
        return first
    result = {name: dict(keys) for name, keys in first.items()}
    for name, keys in second.items():
        for key, values in keys.items():
            target = result.setdefault(name, {})
            target[key] = tuple(dict.fromkeys((*target.get(key, ()), *values)))
    return result
