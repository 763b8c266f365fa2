"""Answer calls: JSON in, and JSON out, which is the answer or the error."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..audits.denied_calls import against_requests, against_role
from ..catalog import Catalog, Compiled
from ..engine.values import short
from ..errors import InputError, InvalidValue, NothingToCompose, UnknownName, meant
from ..explanations import rendering
from ..explanations.explanation import explain_message
from ..explanations.text_kinds import kind_of
from ..iam.statements import PolicyError
from ..inputs import Reading
from ..session import Choice, meanings_of, placeholders_of
from ..version import package_version
from .audit import audit, roles_of
from .call import Call, parse_call
from .compose import compose
from .presentation import text_of
from .roles import read_layers
from .work import Uncomposed, notices_json, reading_of


class Border:
    """Answer calls out of one catalog.

    Args:
        files: the files of the compiled catalog by name; None for those that came with the package.
        version: version of the package, where no file can tell it.
    """

    def __init__(self, files: Mapping[str, bytes] | None = None, version: str = "") -> None:
        self.version = version or package_version()
        self.catalog = Catalog.load() if files is None else Catalog(Compiled(files))

    def answer(self, text: str) -> str:
        """Answer a call.

        Returns:
            ``{"answer": …}`` or ``{"error": {"name", "message", …}}`` as JSON in ASCII.
        """
        try:
            call = parse_call(json.loads(text))._replace(version=self.version)
            if call.do not in _CALLS:
                raise UnknownName(f"unknown call {short(call.do)}", call.do, [*_CALLS])
            value = {"answer": _CALLS[call.do](self.catalog, call)}
        except (LookupError, ValueError, TypeError) as error:
            value = {"error": _error(error)}
        except (MemoryError, RecursionError):  # a browser has less of both than the command
            message = "the input is too large, or nested too deeply; use the command line"
            value = {"error": {"name": "SagemakerRolesError", "message": message}}
        return json.dumps(value, separators=(",", ":"))


def explain(catalog: Catalog, call: Call) -> dict[str, Any]:
    """Explain a message, also beside the requests and the roles that it may be about."""
    operation = catalog.find(call.operation) if call.operation else ""
    explanation = explain_message(catalog, call.message, operation=operation)
    causes = explanation.causes
    reading = Reading()
    if call.inputs:
        reading = reading_of(catalog, call)
        causes = against_requests(catalog, causes, reading)
    if call.roles.details or call.roles.managed:
        roles, _ = roles_of(catalog, call, reading, Choice())
        causes = against_role(causes, roles, read_layers(call.roles))
    answer = {**rendering.to_json(causes, explanation.look)}
    answer["text"] = "\n".join(rendering.to_text(catalog, causes, explanation.look))
    if call.shown:
        data = catalog.data
        answer["titles"] = {name: one["title"] for name, one in data["messages"].items()}
        answer["layers"] = {name: one["title"] for name, one in data["layers"].items()}
        answer["matters"] = rendering.MATTERS
        titles = {one["url"]: one["title"] for one in catalog.sources.values()}
        answer["cited"] = {url: titles.get(url, url) for one in causes for url in one.sources}
        answer["statements"] = [text_of(one.statement) if one.statement else "" for one in causes]
    return answer


def list_operations(catalog: Catalog, call: Call) -> dict[str, Any]:
    """List the operations, or the roles, add-ons and placeholders of one."""
    about = {"version": call.version, "data_version": catalog.data_version}
    if not call.operation:
        return {
            **about,
            "operations": {name: catalog.operation(name).summary for name in catalog.operations},
        }
    record = catalog.operation(catalog.find(call.operation))
    known = meanings_of(catalog, placeholders_of(record.name).requests)
    return {
        **about,
        "operation": record.name,
        "summary": record.summary,
        "pitfalls": [*record.pitfalls],
        "roles": [
            {
                "id": one.id,
                "title": one.title,
                "parameters": [*one.parameters],
                "addons": [[item.id, item.title] for item in one.addons],
            }
            for one in record.grantees()
        ],
        "placeholders": {name: {"text": one.text, "example": one.example} for name, one in known.items()},
    }


def kind(catalog: Catalog, call: Call) -> str:
    """What a ``text`` is for: ``compose``, ``review``, ``denied``, or "" if nothing tells."""
    return kind_of(catalog, call.text)


_CALLS: Mapping[str, Callable[[Catalog, Call], Any]] = {
    "compose": compose,
    "audit": audit,
    "explain": explain,
    "list": list_operations,
    "kind": kind,
}


def _error(error: Exception) -> dict[str, Any]:
    """An error as JSON: its name, what is wrong, the names that would be right, and where."""
    faults = getattr(error, "faults", None)
    message = "; ".join(faults) if isinstance(error, PolicyError) and faults else str(error)
    if isinstance(error, KeyError) and not isinstance(error, UnknownName):
        message = f"the call has no {message}"
    kind: type = NothingToCompose if isinstance(error, Uncomposed) else type(error)
    value: dict[str, Any] = {"name": kind.__name__, "message": message}
    if isinstance(error, UnknownName | InvalidValue):
        value["given"] = error.name
    if isinstance(error, InvalidValue):
        value["value"] = error.value
    if isinstance(error, Uncomposed):
        value["notices"] = notices_json(error.notices)
    if known := [*getattr(error, "known", ()), *getattr(error, "candidates", ())]:
        value |= {"known": known, "near": meant(getattr(error, "name", "") or "", known)}
    if isinstance(error, InputError):
        value["message"] = error.message
        value["place"] = {"name": error.position.path, "line": error.position.line, "column": error.position.column}
    return value
