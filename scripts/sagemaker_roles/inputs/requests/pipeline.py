"""Reads SageMaker Pipelines definitions: the requests that the steps carry."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...engine.compose import Partial, Unknown
from ...engine.partial import ANY, document, joined, with_texts
from ..functions import Evaluator, glued
from ..reader import Found, InputDocument, ReadingContext, below, camel, mappings, within
from ..text import json_document
from ..text.content import InputError, whole
from ..text.numbers import spaced, text_of
from .member_names import plain

_OPERATION = "CreatePipeline"


def recognizes(value: Any) -> bool:
    """Whether a value is the definition of a pipeline."""
    return isinstance(value, Mapping) and isinstance(value.get("Steps"), list) and "Version" in value


def read(context: ReadingContext, document: InputDocument) -> Iterator[Found]:
    """The requests of a definition: that of its pipeline, which the definition is all of, and those of its steps.

    Where an operation is wanted that is not the pipeline's, its steps' requests stand for themselves.

    Raises:
        InputError: it is no definition.
    """
    whole_pipeline = context.wanted in (None, _OPERATION) and context.catalog.has_record(_OPERATION)
    steps = list(_of_steps(context, document, {}))
    context.notice("note", document.name, "the pipeline's own role is not in it; its CreatePipeline request names it")
    if whole_pipeline:
        text = spaced(document.value)
        context.definitions_read.add(text)
        yield Found(_OPERATION, {"PipelineDefinition": text}, document, document.name)
    for step in steps:
        yield step._replace(by_service=whole_pipeline)


def _of_steps(context: ReadingContext, document: InputDocument, request: Mapping[str, Any]) -> Iterator[Found]:
    """The requests of a definition's steps, those inside conditions too.

    Args:
        context: takes what was found.
        document: the definition.
        request: the members of the request that carries it.

    Raises:
        InputError: it is no definition.
    """
    definition = document.value
    if not isinstance(definition, Mapping) or not isinstance(definition.get("Steps"), list):
        raise InputError("no pipeline definition; it must have a list of Steps", whole(document.where()))
    pipeline = _Pipeline(context, document, request)
    pipeline.hand_on()
    for step in pipeline.steps:
        yield from pipeline.requests(step)


def embedded(context: ReadingContext, request: Mapping[str, Any], label: str) -> Iterator[Found]:
    """The requests of the definition that the members of a CreatePipeline request carry as text."""
    text = request["PipelineDefinition"]
    try:
        if isinstance(text, Partial):
            if (definition := document(text)) is None:
                context.notice("note", label, "the pipeline's definition is not known yet, so its steps are not read")
                return
            yield from _of_steps(context, InputDocument(definition, label), request)
            return
        values = json_document.parse(text, f"PipelineDefinition of {label}")
    except InputError as error:
        context.notice("problem", label, f"the pipeline's definition cannot be read: {error}")
        return
    for value in values:
        try:
            yield from _of_steps(context, InputDocument(value, label), request)
        except InputError as error:
            context.notice("problem", label, error.message)


class _Pipeline(Evaluator):
    """A definition, for working out what its steps refer to."""

    def __init__(self, context: ReadingContext, document: InputDocument, request: Mapping[str, Any]) -> None:
        super().__init__(context, document)
        self.request = request
        self.definition: Mapping[str, Any] = document.value
        self.parameters = _named(mappings(self.definition.get("Parameters")))
        self.steps = list(_steps(document))
        self.by_name = _named(step.value for step in self.steps)
        self.data = context.data("pipeline")
        self._of_runs: set[str] = set()
        self._known: dict[str, Any] = {}
        #: The elements of lists by name, by the place of the list.
        self._called: dict[tuple[str, ...], dict[str, Any]] = {}

    def hand_on(self) -> None:
        """Gives the values that steps name outside the request of an operation to the parameters that are for them."""
        for rule in self.data.get("handed_on", ()):
            for step in [self.definition] if "step" not in rule else [item.value for item in self.steps]:
                if "step" in rule and step.get("Type") != rule["step"]:
                    continue
                value = _at(step, rule["member"])
                if value is None or ("beside" in rule and _at(step, rule["beside"]) is None):
                    continue
                self._give(rule["parameter"], self.value(value))
        for rule in self.data.get("deleted", ()):
            for step in [item.value for item in self.steps if item.value.get("Type") == rule["step"]]:
                for source in _list(_at(step, rule["each"])):
                    self._give(rule["parameter"], self._deleted(rule, step, source))
        for function, parameter in self.data.get("file_functions", {}).items():
            for argument in (item for path, item in within(self.definition) if path[-1:] == (function,)):
                self._give(parameter, self._file(function, argument))

    def _give(self, parameter: str, value: Any) -> None:
        """Gives a text, or each of a list, to a parameter."""
        given = self.context.reading.given
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and text and text not in given.get(parameter, ()):
                given.setdefault(parameter, []).append(text)

    def _deleted(self, rule: Mapping[str, Any], step: Mapping[str, Any], source: Any) -> Any:
        """What a step deletes: the objects that it names, or all that the step writes which it names instead."""
        named = _at(source, rule["member"])
        if named is not None:
            return self.value(named)
        name = _at(source, rule["of"])
        other = self.by_name.get(name, {}) if isinstance(name, str) else {}
        kind = other.get("Type")
        template = rule["outputs"].get(kind) if isinstance(kind, str) else None
        place = None if template is None else self._output(other, template)
        if place is None:
            what = f"the step {name}" if isinstance(name, str) else "another step"
            own = step.get("Name")
            own = own if isinstance(own, str) and own else "without a name"
            message = f"the definition does not say where {what} writes, whose outputs the step {own} deletes"
            self.context.notice("note", self.name, message)
            return None
        return self._any_run(place)

    def _file(self, function: str, argument: Any) -> Any:
        """Where the file is that a function reads: the place itself, or a property file of a processing step."""
        place = argument.get("S3Uri") if isinstance(argument, Mapping) else None
        if place is not None:
            return self.value(place)
        reference = _at(argument, "PropertyFile.Get")
        names = reference.split(".") if isinstance(reference, str) else []
        step = self.by_name.get(names[1]) if len(names) == 4 else None
        file = (
            self._item((names[1], "PropertyFiles"), _list(_at(step, "PropertyFiles")), names[3])
            if step is not None
            else None
        )
        name, path = _at(file, "OutputName"), _at(file, "FilePath")
        outputs = _list(_at(step, "Arguments.ProcessingOutputConfig.Outputs"))
        output = (
            self._item((names[1], "ProcessingOutputConfig", "Outputs"), outputs, name)
            if isinstance(name, str)
            else None
        )
        folder = self.value(_at(output, "S3Output.S3Uri"))
        if not isinstance(folder, str) or not folder or not isinstance(path, str):
            shown = reference if isinstance(reference, str) else spaced(argument)
            message = f"the definition does not say where {function} reads {shown}, so its placeholder stays"
            self.context.notice("note", self.name, message)
            return None
        return joined([folder, path if folder.endswith("/") else f"/{path}"])

    def requests(self, step: InputDocument) -> Iterator[Found]:
        """The request of one step, if a step of its type makes one."""
        kind, name = step.value.get("Type"), step.value.get("Name", "")
        name = name if isinstance(name, str) else spaced(name)
        operations = self._operations(kind) if isinstance(kind, str) else ()
        if not operations:
            return
        arguments = step.below("Arguments")
        if not isinstance(arguments.value, Mapping):
            message = f"the step {name or 'without a name'} has no Arguments"
            self.context.notice("problem", step.where(), message)
            return
        given = {plain(key) for key in arguments.value}
        names = self.context.names
        shapes = {item: names.members(names.inputs[item]) for item in operations if item in names.inputs}
        if not shapes:
            return
        operation = max(shapes, key=lambda item: len(given & shapes[item].keys()))
        label = f"step {name} of {self.name}"
        yield Found(operation, self.value(arguments.value), arguments, label)

    def _operations(self, kind: str) -> tuple[str, ...]:
        """Operations whose request a type of step carries."""
        catalog = self.context.catalog
        if not catalog.has_record(_OPERATION):
            return ()
        return catalog.operation(_OPERATION).steps.get(kind, ())

    def value(self, value: Any) -> Any:
        """Arguments with their references worked out, and ``*`` for what each run names anew in the key of an S3 URI.

        Elsewhere such a name stays a placeholder: ``*`` in the name of a bucket, a role, or a key would be a guess.
        """
        return with_texts(self.evaluate(value), self._any_run)

    def _any_run(self, value: str) -> str:
        if not isinstance(value, Partial):
            return value
        parts: list[str | Unknown] = []
        before = ""
        for part in value.parts:
            is_run = isinstance(part, Unknown) and part.name in self._of_runs
            parts.append(ANY if is_run and _IN_KEY.search(before) else part)
            before = (before + ("x" if isinstance(part, Unknown) else part))[-_URI:]
        return Partial(parts)

    def _evaluated(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.evaluate(item) for item in value]
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Get" and isinstance(argument, str):
                return self._get(argument)
            if key == "Std:Join" and isinstance(argument, Mapping):
                return self._join(argument)
            if key.startswith("Std:"):
                return self._open(key.removeprefix("Std:"), f"the result of {key}", argument)
        return {key: self.evaluate(item) for key, item in value.items()}

    def _join(self, argument: Mapping[str, Any]) -> Any:
        glue, items = argument.get("On", ""), argument.get("Values")
        if not isinstance(glue, str) or not isinstance(items, list):
            return self._open("Join", "the result of Std:Join", argument)
        texts = [spaced(item) if isinstance(item, (list, dict)) else text_of(item) for item in self.evaluate(items)]
        return self._joined(glued(glue, texts))

    def _get(self, reference: str) -> Any:
        if reference not in self._known:
            if reference in self._busy:
                return self._open(reference, reference)
            self._busy.add(reference)
            self._known[reference] = self._got(reference)
        return self._known[reference]

    def _got(self, reference: str) -> Any:
        kind, _, rest = reference.partition(".")
        if kind == "Parameters":
            given = self.context.value(rest, camel(rest))
            if given is not None:
                return given
            default = self.parameters.get(rest, {}).get("DefaultValue")
            return default if default not in (None, "") else self._open(rest, f"the parameter {rest}")
        if kind == "Steps":
            value = self._of_step(rest)
            if isinstance(value, str) and value:
                return value
        member = self.data.get("of_request", {}).get(reference, "")
        given = self.request.get(member)
        if isinstance(given, str) and given:
            return given
        value = self._open(reference, reference, None, *([member] if member else []))
        if reference in self.data.get("of_each_run", ()) and isinstance(value, Partial):
            self._of_runs |= {part.name for part in value.parts if isinstance(part, Unknown)}
        return value

    def _of_step(self, rest: str) -> Any:
        """A property of a step: what its arguments ask for, or where it writes."""
        name, _, path = rest.partition(".")
        step = self.by_name.get(name, {})
        names = _parts(path)
        value: Any = step.get("Arguments")
        for place, part in enumerate(names):
            if isinstance(value, Mapping):
                value = value.get(part)
            elif isinstance(value, list):
                is_index = _INDEX.fullmatch(part) and int(part) < len(value)
                value = value[int(part)] if is_index else self._item((name, *names[:place]), value, part)
            else:
                value = None
                break
        if value is not None and names:
            return self.evaluate(value)
        kind = step.get("Type")
        outputs = self.data.get("outputs", {}).get(kind, {}) if isinstance(kind, str) else {}
        template = outputs.get(".".join(part for part in names if not _INDEX.fullmatch(part)))
        return None if template is None else self._output(step, template)

    def _output(self, step: Mapping[str, Any], template: str) -> Any:
        """Where a step writes: a template with paths in its arguments, and ``*`` for names given at run time.

        None if its arguments do not say it, or if it is longer than the URI of an object.
        """
        parts: list[str | Unknown] = []
        for index, piece in enumerate(_SLOT.split(template)):
            if index % 2 == 0:
                ends_with_slash = bool(parts) and isinstance(parts[-1], str) and parts[-1].endswith("/")
                text = piece[1:] if piece.startswith("/") and ends_with_slash else piece
                for number, known in enumerate(text.split("*")):
                    parts += [ANY, known] if number else [known]
                continue
            value = self.evaluate(_at(step, f"Arguments.{piece}"))
            if not isinstance(value, str) or not value:
                return None
            parts.append(value)
        # No object has so long a name; without a limit, outputs below outputs would grow with each step.
        text = joined(parts)
        return text if len(text) <= _URI else None

    def _item(self, place: tuple[str, ...], items: list[Any], name: str) -> Any:
        """The element of a list at a place whose name (``OutputName``, ``ChannelName``) is the given one."""
        if place not in self._called:
            named = self._called[place] = {}
            for item in items:
                for key, value in item.items() if isinstance(item, Mapping) else ():
                    if key.endswith("Name") and isinstance(value, str):
                        named.setdefault(value, item)
        return self._called[place].get(name)


_INDEX = re.compile("[0-9]{1,9}")
_URI = 2048
_IN_KEY = re.compile("s3://[^/ \\t\\r\\n\"',]+/[^ \\t\\r\\n\"',]*$")
_SLOT = re.compile(r"\$\{([A-Za-z0-9.]+)\}")


def _at(value: Any, path: str) -> Any:
    """The value below members of some names, or None."""
    return below(value, *path.split("."))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _named(items: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Those of some items that have a name, by it."""
    return {item["Name"]: item for item in items if isinstance(item.get("Name"), str)}


def _steps(document: InputDocument) -> Iterator[InputDocument]:
    """All steps, those in the branches of conditions and the bodies of loops too, without recursion."""
    left = deque(document.below("Steps", index) for index in range(len(document.value["Steps"])))
    while left:
        step = left.popleft()
        if not isinstance(step.value, Mapping):
            continue
        yield step
        for branch in ("IfSteps", "ElseSteps", "ForEachBody"):
            inner = _list(below(step.value, "Arguments", branch))
            left += (step.below("Arguments", branch, index) for index in range(len(inner)))


def _parts(path: str) -> list[str]:
    """``Outputs['train'].S3Output[0]`` as its names, keys and indexes."""
    out: list[str] = []
    for word in path.replace("]", "").replace("[", ".").split("."):
        if text := word.strip("'\""):
            out.append(text)
    return out
