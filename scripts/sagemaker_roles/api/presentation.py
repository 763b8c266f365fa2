"""What a page shows beside documents: reasons, lines, and the form for add-ons and values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..canonical import canonical
from ..catalog import GLOBALS, AddOn, Catalog, Operation
from ..engine.compose import grantees_of
from ..engine.documents import ComposedStatement, Reason
from ..engine.named_resources import finder
from ..engine.placeholders import fault
from ..engine.roles import arns_of
from ..inputs.requests import INPUT_FORMATS
from ..outputs.reasons import HIDDEN, without_filters
from ..session import Result, operations_of

#: How many reasons of a statement, and values of a reason, are shown.
REASONS, _VALUES = 12, 6
#: A value that is longer is not shown beside its statement.
_LONGEST = 200


def reason(catalog: Catalog, reason: Reason) -> dict[str, Any]:
    """A reason of a statement, without the values that are private."""
    hides = any(finder(catalog).is_private(member) for member in reason.members)
    values = [value for value in reason.values if len(value) < _LONGEST][:_VALUES]
    return {
        "why": reason.why,
        "evidence": reason.evidence,
        "operation": reason.operation,
        "addon": reason.addon,
        "members": [*reason.members],
        "values": [HIDDEN] if hides and values else values,
        "notes": [*reason.notes],
        "sources": [_source(catalog, one) for one in reason.sources],
    }


def _source(catalog: Catalog, name: str) -> dict[str, str]:
    known = catalog.sources.get(name)
    return {"title": known["title"], "url": known["url"]} if known else {"title": name, "url": ""}


def document_lines(catalog: Catalog, several: Sequence[ComposedStatement]) -> list[list[Any]]:
    """The lines of a document, statement by statement, each with its reasons."""
    said = [[reason(catalog, one) for one in item.reasons[:REASONS]] for item in several]
    return policy_lines({"Version": "2012-10-17"}, [one.to_json() for one in several], said)


def page_form(catalog: Catalog, result: Result, open_ones: Sequence[str], given: Mapping[str, str]) -> dict[str, Any]:
    """What a form needs: operations with their roles, add-ons, placeholders, and what was read."""
    reading, roles = result.reading, result.roles
    operations = [catalog.operation(name) for name in operations_of(catalog, reading.requests)]
    counts: dict[str, int] = {}
    for request in reading.requests:
        counts[request.operation] = counts.get(request.operation, 0) + 1
    addons = _addons(catalog, result)
    return {
        "read": {
            "formats": [
                *(name for name in reading.formats if name in INPUT_FORMATS),
                *(["code"] if reading.code or reading.code_resources or reading.made else ()),
            ],
            "counts": [[name, count] for name, count in counts.items()],
            "addons": [one["title"] for one in addons if one["active"]],
        },
        "operations": [
            {"name": one.name, "summary": one.summary, "roles": [[role.id, role.title] for role in one.roles]}
            for one in operations
        ],
        "arns": [*arns_of(catalog, reading.requests)],
        "chosen": next(iter(roles[0].chosen.ids), ""),
        "addons": addons,
        "fields": [*_fields(catalog, result, [*open_ones, *given], given)],
    }


def _addons(catalog: Catalog, result: Result) -> list[dict[str, Any]]:
    """The add-ons of the roles that are composed, each once."""
    active = {name for role in result.roles for ids in role.composition.addons.values() for name in ids}
    known: dict[str, tuple[Operation, AddOn]] = {}
    for role in result.roles:
        for operation, grantee in grantees_of(catalog, role.chosen.requests, role.chosen.ids):
            for addon in grantee.addons:
                known.setdefault(addon.id, (operation, addon))
    return [
        {
            "id": addon.id,
            "title": addon.title,
            "active": addon.id in active,
            "condition": addon.usage or _condition(addon),
            "when": [addon.usage] if addon.usage else _in_words(addon, operation.name),
        }
        for operation, addon in known.values()
    ]


def _fields(
    catalog: Catalog, result: Result, names: Iterable[str], given: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """The placeholders that can be given a value, those of every ARN first."""
    known = sorted(dict.fromkeys(names), key=lambda one: (*GLOBALS, one).index(one))
    for name in known:
        meaning, unknown = result.meanings.get(name), result.reading.unknown.get(name)
        if meaning is None and unknown is None:
            continue
        wrong = fault(catalog, name, given[name], meaning) if meaning and name in given else ""
        text, example = (meaning.text, meaning.example) if meaning else (unknown, "")
        yield {"name": name, "text": text, "example": example, "fault": wrong}


def text_of(value: Any) -> str:
    """A document as it is shown."""
    return canonical(value).decode("ascii").rstrip()


def policy_lines(head: Mapping[str, Any], several: Sequence[Any], said: Sequence[Any]) -> list[list[Any]]:
    """The lines of a policy, each with what is said of it; together they are its JSON."""
    begin = "".join(f'  "{name}": {json.dumps(value)},\n' for name, value in head.items())
    rows: list[list[Any]] = [[f'{{\n{begin}  "Statement": [\n', []]]
    for number, (one, words) in enumerate(zip(several, said, strict=True), 1):
        lines = "".join(f"    {line}\n" for line in text_of(one).split("\n"))
        rows.append([lines if number == len(several) else f"{lines[:-1]},\n", words])
    return [*rows, ["  ]\n}\n", []]]


def _condition(addon: AddOn) -> str:
    members = dict.fromkeys(member for entry in addon.entries for member in entry.members)
    return addon.when or " or ".join(members)


def _in_words(addon: AddOn, operation: str) -> list[str]:
    """A condition on a request in words; every second text is code."""
    whose = "the request" if addon.request in ("", operation) else f"a {addon.request} request"
    condition = _condition(addon)
    simple = without_filters(condition)
    if equal := re.fullmatch(r"([A-Za-z0-9.\[\]]+)\s*==\s*[\"'`]([A-Za-z0-9_.-]+)[\"'`]", simple):
        return ["When ", equal[1], f" of {whose} is ", equal[2], "."]
    path = r"[A-Z][A-Za-z0-9]*(?:\[\])?(?:\.[A-Z][A-Za-z0-9]*(?:\[\])?)*"
    members = [*dict.fromkeys(re.findall(path, re.sub(r"([\"'`]).*?\1", "", simple)))]
    verb = "has " if " or ".join(members) == condition else "has a matching value in "
    words = [f"When {whose} {verb}", *[text for one in members[:2] for text in (one, " or ")][:-1]]
    return [*words, f" or {len(members) - 2} more members." if len(members) > 2 else "."]
