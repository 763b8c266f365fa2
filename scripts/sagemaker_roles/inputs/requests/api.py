"""Reads API requests: boto3 keyword arguments, files for `--cli-input-json` and `-yaml`, filled-in skeletons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...errors import Position
from ..reader import AmbiguousOperation, Found, InputDocument, ReadingContext
from ..text.content import InputError, whole
from .member_names import kind_of, plain


def read(context: ReadingContext, document: InputDocument) -> Iterator[Found]:
    """The requests of a document: one, or a list of them.

    Raises:
        InputError: it is no request.
        AmbiguousOperation: it does not tell which operation it is for.
    """
    is_list = isinstance(document.value, list)
    for index, at in enumerate(map(document.below, range(len(document.value))) if is_list else [document]):
        value = at.value
        if not isinstance(value, Mapping):
            raise InputError(
                f"a request must be a mapping of its members, not {kind_of(value)}", whole(document.where())
            )
        label = document.name + (f" request {index + 1}" if is_list else "")
        named = _named(context, value)
        if named is not None:
            key, operation = named
            yield Found(operation, value[key], at.below(key), label)
            continue
        operation = context.wanted or operation_of(context, value)
        if not operation:
            raise AmbiguousOperation(*_question(context, document, value))
        if not context.wanted and (update := twin_of(context, value, operation)):
            message = f"it is read as {operation} and fits {update} as well; name the operation if it is that one"
            context.notice("note", at.where(), message)
        yield Found(operation, value, at, label)


def _named(context: ReadingContext, value: Mapping[str, Any]) -> tuple[str, str] | None:
    """The operation of a request written as ``{"CreateTrainingJob": {...}}``."""
    if len(value) != 1:
        return None
    ((key, inner),) = value.items()
    operation = context.catalog.named(key) if isinstance(inner, Mapping) and isinstance(key, str) else ""
    return (key, operation) if operation else None


def is_request(context: ReadingContext, value: Any) -> bool:
    """Whether a value is a request that tells its operation, or a list of such."""
    if isinstance(value, list):
        return bool(value) and all(is_request(context, item) for item in value)
    return isinstance(value, Mapping) and bool(_named(context, value) or operation_of(context, value))


def operation_of(context: ReadingContext, value: Mapping[str, Any]) -> str:
    """The one operation whose request a mapping can be, by its members; "" if there is none or more than one."""
    names = candidates(context, value)
    return names[0] if len(names) == 1 else ""


def candidates(context: ReadingContext, value: Mapping[str, Any]) -> list[str]:
    """Operations whose requests have all the members of a mapping: if possible those with all they require."""
    given = {plain(key) for key in value}
    if not given:
        return []
    fitting = [name for name, shape in context.names.inputs.items() if given <= context.names.members(shape).keys()]
    types = {name: context.names.types.get(context.names.inputs[name], {}) for name in fitting}
    complete = [name for name in fitting if set(map(plain, types[name].get("required", ()))) <= given]
    # An update takes fewer members than a creation, so a request that has all a creation needs is one.
    creating = [name for name in complete if not name.startswith("Update")]
    updating = [name for name in complete if _updates(types, name, creating) and _names_existing(types, name, value)]
    return updating or creating or complete or fitting


def _updates(types: Mapping[str, Any], name: str, creating: Sequence[str]) -> bool:
    return name.startswith("Update") and f"Create{name.removeprefix('Update')}" in creating and name in types


def _names_existing(types: Mapping[str, Any], update: str, value: Mapping[str, Any]) -> bool:
    """Whether a request has an ARN for a name: no creation has, as the patterns of names in the API say."""
    creation = f"Create{update.removeprefix('Update')}"
    both = {plain(name) for name in types[update].get("required", ())}
    both &= {plain(name) for name in types[creation].get("required", ())}
    names = {name for name in both if name.endswith("name")}
    return any(str(item).startswith("arn:") for key, item in value.items() if plain(key) in names)


def twin_of(context: ReadingContext, value: Mapping[str, Any], operation: str) -> str:
    """The update that a request may be as well as the creation it was read as; "" if there is none."""
    update = f"Update{operation.removeprefix('Create')}"
    if not operation.startswith("Create") or update not in context.names.inputs:
        return ""
    shape = context.names.inputs[update]
    given, required = {plain(key) for key in value}, context.names.types.get(shape, {}).get("required", ())
    fits = given <= context.names.members(shape).keys() and set(map(plain, required)) <= given
    return update if fits else ""


def _question(
    context: ReadingContext, document: InputDocument, value: Mapping[str, Any]
) -> tuple[str, Position, list[str]]:
    fitting = candidates(context, value)
    if fitting:
        message = f"the request might be for {' or '.join(fitting[:6])}; name the operation"
        return message, whole(document.where()), fitting
    given = {plain(key) for key in value}
    shares = {
        name: len(given & context.names.members(shape).keys()) / max(1, len(given))
        for name, shape in context.names.inputs.items()
    }
    near = [name for name in sorted(shares, key=lambda name: (-shares[name], name)) if shares[name] >= 0.5][:3]
    hint = f" (such as {', '.join(near)})" if near else ""
    return f"the members do not show which operation the request is for; name it{hint}", whole(document.where()), near
