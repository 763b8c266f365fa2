"""Reads SageMaker Pipelines definitions: the requests that the steps carry."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..engine.compose import Partial, Unknown
from ..engine.expressions import joined
from . import json_text
from .json_text import Path
from .names import Style, plain
from .reading import Document, Found, Reader, camel
from .text import InputError, whole

_STYLE = Style()
_OPERATION = "CreatePipeline"


def found(reader: Reader, document: Document) -> Iterator[Found]:
    """The requests of a definition: that of its pipeline, which the definition is all of, and those of its steps.

    Where an operation is wanted that is not the pipeline's, its steps' requests stand for themselves.

    Raises:
        InputError: it is no definition.
    """
    whole_pipeline = reader.wanted in (None, _OPERATION) and _OPERATION in reader.catalog.data["operations"]
    steps = list(_of_steps(reader, document))
    reader.notice("note", document.name, "the pipeline's own role is not in it; its CreatePipeline request tells that")
    if whole_pipeline:
        text = json.dumps(document.value)
        reader.definitions_read.add(text)
        yield Found(_OPERATION, {"PipelineDefinition": text}, _STYLE, (), document.name)
    for step in steps:
        yield replace(step, by_service=whole_pipeline)


def _of_steps(reader: Reader, document: Document) -> Iterator[Found]:
    """The requests of a definition's steps, those inside conditions too.

    Raises:
        InputError: it is no definition.
    """
    definition = document.value
    if not isinstance(definition, Mapping) or not isinstance(definition.get("Steps"), list):
        raise InputError("no pipeline definition; it must have a list of Steps", whole(document.where()))
    pipeline = _Pipeline(reader, document.name, definition)
    for step, path in pipeline.steps:
        yield from pipeline.requests(step, path, document)


def embedded(reader: Reader, text: str, label: str) -> Iterator[Found]:
    """The requests of a definition that a CreatePipeline request carries as text."""
    if isinstance(text, Partial):
        reader.notice("note", label, "the pipeline's definition is not known yet, so its steps are not read")
        return
    try:
        values = json_text.parse(text, f"PipelineDefinition of {label}")
    except InputError as error:
        reader.notice("problem", label, f"the pipeline's definition cannot be read: {error}")
        return
    for value in values:
        try:
            yield from _of_steps(reader, Document(value, label))
        except InputError as error:
            reader.notice("problem", label, error.message)


class _Pipeline:
    """A definition, for working out what its steps refer to."""

    def __init__(self, reader: Reader, name: str, definition: Mapping[str, Any]) -> None:
        self.reader = reader
        self.name = name
        self.parameters = {
            item["Name"]: item
            for item in _list(definition.get("Parameters"))
            if isinstance(item, Mapping) and isinstance(item.get("Name"), str)
        }
        self.steps = list(_steps(definition["Steps"], ("Steps",)))
        self.by_name = {step["Name"]: step for step, _ in self.steps if isinstance(step.get("Name"), str)}
        self._busy: set[str] = set()

    def requests(self, step: Mapping[str, Any], path: Path, document: Document) -> Iterator[Found]:
        """The request of one step, if a step of its type makes one."""
        kind, name = step.get("Type"), step.get("Name", "")
        operations = self._operations(str(kind))
        if not operations:
            return
        arguments = step.get("Arguments")
        if not isinstance(arguments, Mapping):
            where = document.where(path)
            self.reader.notice("problem", where, f"the step {name or 'without a name'} has no Arguments")
            return
        given = {plain(key) for key in arguments}
        names = self.reader.names
        shapes = {item: names.members(names.inputs[item]) for item in operations if item in names.inputs}
        if not shapes:
            return
        operation = max(shapes, key=lambda item: len(given & shapes[item].keys()))
        label = f"step {name} of {self.name}"
        yield Found(operation, self.resolved(arguments), _STYLE, (*path, "Arguments"), label)

    def _operations(self, kind: str) -> tuple[str, ...]:
        """Operations whose request a type of step carries."""
        catalog = self.reader.catalog
        if _OPERATION not in catalog.data["operations"]:
            return ()
        return catalog.operation(_OPERATION).steps.get(kind, ())

    def resolved(self, value: Any) -> Any:
        """Arguments with their references worked out."""
        if isinstance(value, list):
            return [self.resolved(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Get" and isinstance(argument, str):
                return self._get(argument)
            if key == "Std:Join" and isinstance(argument, Mapping):
                return self._join(argument)
            if key.startswith("Std:"):
                return self._open(key.removeprefix("Std:"), f"the result of {key}")
        return {key: self.resolved(item) for key, item in value.items()}

    def _open(self, name: str, what: str) -> Partial:
        return Partial([Unknown(self.reader.unknown(name, f"{what} in {self.name}"))])

    def _join(self, argument: Mapping[str, Any]) -> Any:
        glue, items = argument.get("On", ""), argument.get("Values")
        if not isinstance(glue, str) or not isinstance(items, list):
            return self._open("Join", "the result of Std:Join")
        parts: list[str | Unknown] = []
        for index, item in enumerate(self.resolved(items)):
            text = item if isinstance(item, str) else str(item)
            parts += [glue, text] if index else [text]
        return joined(parts)

    def _get(self, reference: str) -> Any:
        kind, _, rest = reference.partition(".")
        if kind == "Parameters":
            given = self.reader.value(rest, camel(rest))
            default = self.parameters.get(rest, {}).get("DefaultValue")
            if given is not None:
                return given
            return default if default not in (None, "") else self._open(rest, f"the parameter {rest}")
        if kind == "Steps" and reference not in self._busy:
            self._busy.add(reference)
            try:
                value = self._of_step(rest)
            finally:
                self._busy.discard(reference)
            if isinstance(value, str) and value:
                return value
        given = self.reader.value(camel(reference))
        return given if given is not None else self._open(reference, reference)

    def _of_step(self, rest: str) -> Any:
        """A property of a step that its own arguments tell: what is asked for is what was requested."""
        name = next((item for item in sorted(self.by_name, key=len, reverse=True) if rest.startswith(f"{item}.")), "")
        value: Any = self.by_name.get(name, {}).get("Arguments")
        for part in _parts(rest[len(name) + 1 :]):
            if isinstance(value, Mapping):
                value = value.get(part)
            elif isinstance(value, list):
                value = value[int(part)] if part.isdigit() and int(part) < len(value) else _called(value, part)
            else:
                return None
        return self.resolved(value) if value is not None else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _steps(steps: list[Any], path: Path) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """All steps, those in the branches of conditions too, without recursion."""
    left = [(step, (*path, index)) for index, step in enumerate(steps)]
    while left:
        step, at = left.pop(0)
        if not isinstance(step, Mapping):
            continue
        yield step, at
        arguments = step.get("Arguments")
        for branch in ("IfSteps", "ElseSteps"):
            inner = arguments.get(branch) if isinstance(arguments, Mapping) else None
            left += [(item, (*at, "Arguments", branch, index)) for index, item in enumerate(_list(inner))]


def _parts(path: str) -> list[str]:
    """``Outputs['train'].S3Output[0]`` as its names, keys and indexes."""
    out: list[str] = []
    for word in path.replace("]", "").replace("[", ".").split("."):
        if text := word.strip("'\""):
            out.append(text)
    return out


def _called(items: list[Any], name: str) -> Any:
    """The element of a list whose name (``OutputName``, ``ChannelName``) is the given one."""
    for item in items:
        if isinstance(item, Mapping) and any(key.endswith("Name") and value == name for key, value in item.items()):
            return item
    return None
