"""Read the work of a call: its requests, its code, and the choices that they can take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..canonical import quoted
from ..catalog import Catalog
from ..engine.placeholders import fault
from ..engine.values import short
from ..errors import NothingToCompose, UnknownName
from ..inputs import Notice, Reading
from ..inputs.reading import Reader
from ..inputs.requests import INPUT_FORMATS
from ..session import Choice, meanings_of, placeholders_of
from .call import Call, source_of


class Uncomposed(NothingToCompose):
    """The inputs hold no request to compose for; notices say what is wrong with them."""

    def __init__(self, message: str, notices: Sequence[Notice]) -> None:
        super().__init__(message)
        self.notices = notices


def reading_of(catalog: Catalog, call: Call) -> Reading:
    """Read what a call gives: inputs, code, or an operation."""
    operation = catalog.find(call.operation) if call.operation else None
    if not call.inputs and operation is not None:
        return placeholders_of(operation)
    form = call.input_format or None
    if form is not None and form not in INPUT_FORMATS:
        raise UnknownName(f"unknown format {quoted(form)}", form, INPUT_FORMATS)
    reader = Reader(catalog, operation, form, call.choice.values)
    for one in call.inputs:
        reader.take(source_of(one))
    reading = reader.finish()
    message = "its calls are missing; only the command reads this: sagemaker-roles compose"
    reading.notices += [Notice("problem", one.name, message) for one in reading.foreign]
    return reading


def usable(catalog: Catalog, reading: Reading, call: Call) -> tuple[Choice, list[Notice]]:
    """The choice of a lenient call with what the requests can take, and what is wrong with the rest."""
    choice = call.choice
    if not call.lenient:
        return choice, []
    known = meanings_of(catalog, reading.requests)
    values: dict[str, str] = {}
    noted = []
    for name, value in choice.values.items():
        is_unknown = name in reading.unknown
        if wrong := "" if is_unknown else fault(catalog, name, value, known.get(name)):
            noted.append(Notice("problem", name, f"{quoted(value)} {wrong}"))
        elif is_unknown or name in known:
            values[name] = value
        elif call.lenient == "opened":
            noted.append(_ignored(name, "no placeholder of this role has this name"))
    requests = {name for kind in catalog.companions for name in kind.on_request}
    noted += [_ignored(one, "this page has no such choice") for one in call.ignored]
    noted += [
        _ignored(one, "no policy has statements of this name on request") for one in choice.asked if one not in requests
    ]
    return choice._replace(values=values, asked=[one for one in choice.asked if one in requests]), noted


def check_name(member: str, name: str, known: Sequence[str]) -> Any:
    """A name of those that a member can have; the first if there is none.

    Raises:
        UnknownName: the member cannot have it.
    """
    if name and name not in known:
        raise UnknownName(f"unknown {member} {quoted(name)}", name, known)
    return name or known[0]


def notices_json(notices: Iterable[Notice]) -> list[dict[str, str]]:
    """Notices, each once."""
    return [one._asdict() for one in dict.fromkeys(notices)]


def _ignored(name: str, why: str) -> Notice:
    """A part of the address that has no effect."""
    return Notice("note", "address", f"{short(name)} is ignored: {why}")
