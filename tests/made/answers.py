"""What the engine makes of a case, as JSON can hold it.

A case is a mapping, each key but ``name`` optional:

- ``inputs``: list of ``{"name", "text"}``, or ``{"file"}`` for one of tests/inputs;
- ``operation``: the only operation wanted of them, or the one to compose for where there are no inputs;
- ``choice``: role, merge, scope, addons, without, values, asked, as :class:`sagemaker_roles.session.Choice`;
- ``owner``: the account whose companions are written, all if missing;
- ``parts``: the documents to write, all three if missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.compose import Partial
from sagemaker_roles.errors import (
    AmbiguousOperation,
    InvalidValue,
    NothingToCompose,
    SeveralRoles,
    UnknownName,
    Unwritable,
)
from sagemaker_roles.inputs.interfaces import Notice, Reading
from sagemaker_roles.inputs.numbers import Number
from sagemaker_roles.inputs.reading import Reader
from sagemaker_roles.inputs.text import Source
from sagemaker_roles.outputs.choices import FORMATS, PARTS, CompanionPart
from sagemaker_roles.session import (
    Choice,
    Result,
    compose_reading,
    placeholders_of,
    write,
    write_companions,
)

ROOT = Path(__file__).parents[2]
INPUTS = ROOT / "tests" / "inputs"

#: Parts of companions that are not in the part that holds all of them, or have a note of their own.
APART: tuple[CompanionPart, ...] = ("delegation", "organization", "endpoint-policies")


@cache
def catalog() -> Catalog:
    """The compiled catalog."""
    return Catalog.load()


def sources(case: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and text of each input of a case."""
    for item in case.get("inputs", ()):
        if "file" in item:
            yield item["file"], (INPUTS / item["file"]).read_text("utf-8")
        else:
            yield item["name"], item["text"]


def reading(case: Mapping[str, Any]) -> Reading:
    """What the readers make of a case.

    Raises:
        AmbiguousOperation: an input does not show which operation it is for.
    """
    operation = case.get("operation") or None
    if operation and not case.get("inputs"):
        return placeholders_of(operation)
    reader = Reader(catalog(), operation, None, case.get("choice", {}).get("values", {}))
    for name, text in sources(case):
        reader.take(Source(name, text.encode("utf-8", "surrogatepass")))
    return reader.finish()


def read(case: Mapping[str, Any]) -> dict[str, Any]:
    """What the readers make of a case, as JSON can hold it."""
    try:
        return _read(reading(case))
    except AmbiguousOperation as error:
        return {"error": error.message, "known": list(error.candidates)}


def whole(case: Mapping[str, Any]) -> dict[str, Any]:
    """All that the engine makes of a case.

    Returns:
        ``notices``; and ``roles`` (ARN, operations, documents), ``placeholders``, ``texts`` (format to text, or to what
        makes it unwritable), ``companions`` (what else must allow it, in each format), ``details`` (what was read, and
        findings, add-ons and reasons of each role); or ``error`` with the names ``known`` that would be right.
    """
    notices: list[Notice] = []
    try:
        found = reading(case)
        notices += found.notices
        result = compose_reading(catalog(), found, Choice(**case.get("choice", {})))
    except AmbiguousOperation as error:
        return {"error": error.message, "known": list(error.candidates), "notices": []}
    except (UnknownName, InvalidValue, NothingToCompose) as error:
        return {"error": str(error), "known": list(getattr(error, "known", ())), "notices": _lines(notices)}
    documents = write(result, PARTS, each=True)
    parts = case.get("parts", PARTS)
    return {
        "roles": json.loads(documents.text)["roles"],
        "placeholders": list(documents.placeholders),
        "notices": _lines([*result.notices, *documents.notices]),
        "texts": {form: _text(result, parts, form) for form in FORMATS},
        "companions": _companions(result, case.get("owner", "")),
        "details": {"reading": _read(found), "roles": [_details(role.composition) for role in result.roles]},
    }


def plain(value: Any) -> Any:
    """A value as JSON can hold it: numbers as they were written, parts that are not known by name."""
    if isinstance(value, Partial):
        parts = [
            part if isinstance(part, str) else {"name": part.name, "like": part.stands_for} for part in value.parts
        ]
        return {"parts": parts}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"number": value.text if isinstance(value, Number) else str(value)}
    return str(value) if isinstance(value, str) else value


def _read(found: Reading) -> dict[str, Any]:
    return {
        "requests": [
            {"operation": r.operation, "members": plain(r.members), "label": r.label, "byService": r.by_service}
            for r in found.requests
        ],
        "notices": _lines(found.notices),
        "facts": dict(found.facts),
        "unknown": dict(found.unknown),
        "given": plain(found.given),
    }


def _lines(notices: list[Notice]) -> list[str]:
    return [f"{item.kind}: {item.where}: {item.message}" for item in notices]


def _text(result: Result, parts: Any, form: Any) -> Any:
    try:
        written = write(result, parts, form, each=len(result.roles) > 1 and form == "json")
    except (Unwritable, SeveralRoles) as error:
        return {"error": str(error)}
    return written.text


def _companions(result: Result, owner: str) -> dict[str, Any]:
    """What else must allow what the roles do: all of it in each format, and as JSON what is no part of all."""
    answers: dict[str, Any] = {}
    for form in FORMATS:
        try:
            written = write_companions(catalog(), result, form=form, owner=owner)
        except Unwritable as error:
            answers[form] = {"error": str(error)}
            continue
        answers[form] = [written.text, list(written.placeholders), _lines([*written.notices])]
    for part in APART:
        try:
            written = write_companions(catalog(), result, part, each=True)
        except Unwritable as error:
            answers[part] = {"error": str(error)}
            continue
        answers[part] = [written.text, list(written.placeholders), _lines([*written.notices])]
    return answers


def _details(composition: Any) -> dict[str, Any]:
    reasons = [[[r._asdict() for r in s.reasons] for s in getattr(composition, part).statements] for part in PARTS]
    return {
        "addons": [[*key, list(ids)] for key, ids in composition.addons.items()],
        "account": [line._asdict() for line in composition.account],
        "findings": [finding._asdict() for finding in composition.findings],
        "placeholders": list(composition.placeholders),
        "reasons": reasons,
    }
