"""The work of a call: its requests and the choices for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..canonical import quoted
from ..catalog import Catalog
from ..engine.placeholders import fault
from ..engine.values import short
from ..errors import InvalidValue, NothingToCompose, UnknownName, meant
from ..inputs import Notice, Reading
from ..inputs.code import FOREIGN, PYTHON, add_code, text_files
from ..inputs.reading import Reader
from ..inputs.requests import INPUT_FORMATS
from ..inputs.text.content import Source
from ..session import Choice, meanings_of, placeholders_of

Call = Mapping[str, Any]

#: What the members of a call are: those of all calls, by the kind of their values.
_KINDS = {
    "a text": (
        "arn companions do format input_format lenient message operation owner region role role_name scope text"
    ),
    "a list of texts": "addons asked ignored managed manifests parts without",
    "texts by name": "resources values",
    "a list of inputs with name and text": "boundary endpoint held inputs rcps scps session trust",
    "true or false": "caller merge propose shown show_values source_account",
    "a whole number": "generalize which",
}
_MEMBERS = {name: kind for kind, names in _KINDS.items() for name in names.split()}


def _is_texts(value: Any) -> bool:
    return all(isinstance(one, str) for one in value)


_IS: Mapping[str, Callable[[Any], bool]] = {
    "a text": lambda value: isinstance(value, str),
    "a list of texts": lambda value: isinstance(value, list) and _is_texts(value),
    "texts by name": lambda value: isinstance(value, dict) and _is_texts(value.values()),
    "a list of inputs with name and text": lambda value: (
        isinstance(value, list)
        and all(isinstance(one, dict) and _is_texts([one.get("name"), one.get("text")]) for one in value)
    ),
    "true or false": lambda value: isinstance(value, bool),
    "a whole number": lambda value: isinstance(value, int) and not isinstance(value, bool),
}


def checked(call: Any) -> Call:
    """A call whose members are known and have values of their kinds; members that are null are left out.

    Raises:
        InvalidValue: a value is of another kind.
        UnknownName: a call has no such member.
    """
    if not isinstance(call, dict):
        raise InvalidValue("a call is a mapping; expected its members by name", "call", "")
    members = {name: value for name, value in call.items() if value is not None}
    for name, value in members.items():
        if name not in _MEMBERS:
            close = meant(name, [*_MEMBERS])
            hint = f"did you mean {quoted(close)}?" if close else "see the types of the call"
            raise UnknownName(f"unknown option {short(name)}; {hint}", name, [*_MEMBERS])
        if not _IS[_MEMBERS[name]](value):
            raise InvalidValue(f"{name}: {short(value)} is not valid; expected {_MEMBERS[name]}", name, "")
    return members


class Uncomposed(NothingToCompose):
    """The inputs hold no request to compose for; notices say what is wrong with them."""

    def __init__(self, message: str, notices: Sequence[Notice]) -> None:
        super().__init__(message)
        self.notices = notices


def reading_of(catalog: Catalog, call: Call) -> Reading:
    """What a call gives to read: inputs, code, or an operation."""
    operation = call.get("operation") or None
    inputs = [one for one in call.get("inputs", ()) if one["text"].strip()]
    code = [one for one in inputs if one["name"].endswith((*PYTHON, *FOREIGN))]
    inputs = [one for one in inputs if one not in code]
    if operation is not None:
        operation = catalog.find(operation)
    if not inputs and operation is not None:
        return _with_code(catalog, placeholders_of(operation), code)
    if code and not inputs:
        raise NothingToCompose("code alone names no operation; open it together with the request of its job")
    form = call.get("input_format") or None
    if form is not None and form not in INPUT_FORMATS:
        raise UnknownName(f"unknown format {quoted(form)}", str(form), INPUT_FORMATS)
    reader = Reader(catalog, operation, form, given_names(call.get("values")))
    for one in inputs:
        reader.take(source_of(one))
    return _with_code(catalog, reader.finish(), code)


def _with_code(catalog: Catalog, reading: Reading, code: Sequence[Mapping[str, str]]) -> Reading:
    """A reading with the calls of the user's code; what is no Python only the command reads."""
    others = add_code(catalog, reading, text_files({one["name"]: one["text"] for one in code}))
    message = "only the command reads this: sagemaker-roles compose --code"
    reading.notices += [Notice("note", one.name, message) for one in others]
    return reading


def usable(catalog: Catalog, reading: Reading, choice: Choice, call: Call) -> tuple[Choice, list[Notice]]:
    """A choice with the values that the requests can take, and what is wrong with the others."""
    known, ignored = meanings_of(catalog, reading.requests), call.get("ignored", ())
    kept: dict[str, str] = {}
    noted = []
    for name, value in choice.values.items():
        is_unknown = name in reading.unknown
        if wrong := "" if is_unknown else fault(catalog, name, value, known.get(name)):
            noted.append(Notice("problem", name, f"{quoted(value)} {wrong}"))
        elif is_unknown or name in known:
            kept[name] = value
        elif call["lenient"] == "opened":
            noted.append(_ignored(name, "no placeholder of this role has this name"))
    requests = {name for kind in catalog.companions for name in kind.on_request}
    noted += [_ignored(one, "this page has no such choice") for one in ignored]
    noted += [
        _ignored(one, "no policy has statements of this name on request") for one in choice.asked if one not in requests
    ]
    return choice._replace(values=kept, asked=[one for one in choice.asked if one in requests]), noted


def choice_of(call: Call) -> Choice:
    """The choices of a call."""
    given = {name: call[name] for name in Choice._fields if call.get(name)}
    if isinstance(given.get("values"), Mapping):
        given["values"] = given_names(given["values"])
    return Choice(**given)


def given_names(values: Mapping[str, str] | None) -> dict[str, str]:
    """The values that are not empty."""
    return {name: str(value) for name, value in (values or {}).items() if value != ""}


def one_of(call: Call, name: str, known: Sequence[str]) -> Any:
    """One of the known values; the first if the call has none."""
    value = call.get(name) or known[0]
    if value not in known:
        raise UnknownName(f"unknown {name} {quoted(value)}", str(value), known)
    return value


def some_of(call: Call, name: str, known: Sequence[str]) -> tuple[Any, ...]:
    """Some of the known values; all of them if the call has none."""
    values = tuple(call.get(name) or known)
    for value in values:
        one_of({name: value}, name, known)
    return values


def source_of(one: Mapping[str, str]) -> Source:
    """An input as what readers read."""
    return Source(one.get("name") or "request", one["text"].encode("utf-8", "surrogatepass"))


def notices_json(notices: Iterable[Notice]) -> list[dict[str, str]]:
    """Notices, each once."""
    return [one._asdict() for one in dict.fromkeys(notices)]


def _ignored(name: str, why: str) -> Notice:
    """A part of the address that has no effect."""
    return Notice("note", "address", f"{short(name)} is ignored: {why}")
