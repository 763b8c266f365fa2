"""Reads inputs of any format into requests, and collects what was wrong with them on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from ..catalog import GLOBALS, Catalog
from ..engine.code_permissions import CODE, CodeCall, needs_of_code
from ..engine.compose import Partial, Request, Unknown, handled_by, operations_of
from ..engine.partial import with_texts
from ..engine.placeholders import fault, names_of
from ..engine.values import names_in
from ..errors import unknown_operation
from .reader import AmbiguousOperation, Found, InputDocument, Reading, ReadingContext, is_denied, within
from .requests import API, INPUT_FORMATS, unsupported
from .requests.commands import script_in
from .requests.member_names import Style, shortened
from .text import json_document
from .text.content import InputError, Source, decoded, sources, unpacked, whole
from .text.json_document import MAX_DEPTH
from .text.positions import Lines, Places


def read_files(
    catalog: Catalog,
    names: Iterable[str],
    *,
    operation: str | None = None,
    input_format: str | None = None,
    values: Mapping[str, str] | None = None,
) -> Reading:
    """Reads files, folders and standard input (``-``) into requests.

    Args:
        names: paths, or ``-``.
        operation: reads API requests as requests of this operation, and of other inputs takes only its requests.
        input_format: one of :data:`~sagemaker_roles.inputs.requests.INPUT_FORMATS`; None recognizes each by itself.
        values: values for parameters of templates, pipelines and plans, by name.

    Returns:
        The requests with what is to tell about them. An input that cannot be read is a ``problem`` notice.

    Raises:
        AmbiguousOperation: an API request does not tell which operation it is for.
        UnknownOperation: ``operation`` is none that is known.
    """
    reader = Reader(catalog, operation, input_format, values or {})
    for name in names:
        try:
            for source in sources(name):
                reader.take(source, source.in_folder)
        except AmbiguousOperation:
            raise
        except InputError as error:
            reader.refuse(error)
    return reader.finish()


def read_value(
    catalog: Catalog,
    value: Any,
    *,
    operation: str | None = None,
    input_format: str | None = None,
    values: Mapping[str, str] | None = None,
    name: str = "request",
) -> Reading:
    """Reads a value that is parsed already (a mapping of members, say) into requests; else as :func:`read_files`.

    Args:
        value: what a file of one of the formats would hold.
        name: what messages call it.

    Raises:
        AmbiguousOperation: an API request does not tell which operation it is for.
        UnknownOperation: ``operation`` is none that is known.
    """
    reader = Reader(catalog, operation, input_format, values or {})
    try:
        reader.take_value(_bounded(InputDocument(value, name)))
    except AmbiguousOperation:
        raise
    except InputError as error:
        reader.refuse(error)
    return reader.finish()


class Reader(ReadingContext):
    """Reads inputs one after the other.

    Args:
        operation: the only operation wanted, or None.
        input_format: the format of all inputs, or None.
        values: values for parameters of the inputs.
    """

    def __init__(
        self,
        catalog: Catalog,
        operation: str | None = None,
        input_format: str | None = None,
        values: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(catalog, operation, values)
        if operation is not None:
            self.wanted = catalog.named(operation)
            if not self.wanted:
                raise unknown_operation(operation, [*self.names.inputs])
        self.format = input_format
        self._seen: set[str | bytes] = set()
        self._facts: dict[str, set[str]] = {name: set() for name in GLOBALS}
        self._hidden: dict[str, Request] = {}
        self._elsewhere: dict[str, int] = {}
        self._failed: dict[str, int] = {}
        #: Labels of requests that are written as resources, whose names are matched for operations with a record only.
        self._of_templates: set[str] = set()

    def take(self, source: Source, in_folder: bool = False) -> None:
        """Reads one source.

        Raises:
            AmbiguousOperation: an API request does not tell which operation it is for.
        """
        try:
            raw = unpacked(source)
            if self.format in (None, "cloudtrail"):
                from .requests import cloudtrail

                if cloudtrail.is_log(raw):
                    self.reading.formats["cloudtrail"] = None
                    for at in cloudtrail.stream(self, raw, source.name):
                        for item in cloudtrail.requests(self, at, f"event {int(at.path[1]) + 1} of {source.name}"):
                            self.add(item)
                    return
            for document in documents(source.name, decoded(raw, source.name)):
                self.take_value(document, in_folder)
        except AmbiguousOperation as error:
            if not in_folder:
                raise
            self.notice("note", source.name, f"{error.message}; it is passed over")
        except InputError as error:
            self.refuse(error)

    def take_value(self, document: InputDocument, in_folder: bool = False) -> None:
        """Reads one value.

        Raises:
            InputError: it is not of the format it is said to be.
        """
        from .requests import api

        if message := unsupported.value_is(document.value):
            if in_folder:  # which may well hold the roles beside the requests
                self.notice("note", document.where(), f"{message}; it is passed over")
                return
            raise InputError(message, whole(document.where()))
        chosen = self.format or recognized(document.value)
        if chosen is None and in_folder and self.wanted is None and not api.is_request(self, document.value):
            self.notice("note", document.where(), "no input that is known here; it is passed over")
            return
        self.reading.formats[chosen or API] = None
        for item in reader(chosen or API).read(self, document):
            self.reading.read += 1
            self.add(item)

    def add(self, item: Found) -> None:
        """Takes one request over: matches its names, and tells what is wrong with them."""
        name = self.catalog.named(item.operation)
        if not name:
            return
        if self.wanted is not None and name != self.wanted and not item.by_service:
            self._elsewhere[name] = self._elsewhere.get(name, 0) + 1
            return
        if item.error and not is_denied(item.error):
            # Anybody can make a call that is not valid, with any bucket in it.
            self._failed[item.error] = self._failed.get(item.error, 0) + 1
            return
        for fact, at in item.facts.items():
            if wrong := fault(self.catalog, fact, at.value, None):
                message = f"{at.path[-1]}: {shortened(at.value)} {wrong}; it is ignored"
                self.notice("problem", at.where(), message)
            else:
                self._facts[fact].add(at.value)
        if item.members is None:
            self._hidden.setdefault(name, Request(name, None, item.label))
            return
        members, faults = self.names.match(name, item.members, item.style, item.at.path)
        for one in faults:
            self.notice(one.kind, item.at._replace(path=()).where(one.path), one.message)
        request = Request(name, members, item.label, item.by_service, denied=bool(item.error))
        if item.style != Style() and not item.style.texts:
            self._of_templates.add(item.label)
        self._request(request, item.at)

    def _request(self, request: Request, members: InputDocument) -> None:
        """Takes over a request whose names are matched, unless an equal one is there, and the requests in it."""
        text = f"{request.operation}{request.denied}{json.dumps(request.members, sort_keys=True, default=str)}"
        key: str | bytes = text
        if self._seen:
            # Logs repeat requests a thousand times over: what is remembered is short, after the first.
            from hashlib import sha256

            key = text if text in self._seen else sha256(text.encode("utf-8", "surrogatepass")).digest()
        if key in self._seen:
            return
        self._seen.add(key)
        self.reading.requests.append(request)
        if members.places is not None:
            self.reading.places.setdefault(request.label, members)
        definition = (request.members or {}).get("PipelineDefinition")
        if isinstance(definition, str) and definition not in self.definitions_read:
            from .requests.pipeline import embedded

            for item in embedded(self, request.members or {}, request.label):
                self.reading.read += 1
                self.add(item._replace(by_service=True))

    def finish(self) -> Reading:
        """What was read, once all inputs are."""
        reading = self.reading
        shown = {request.operation for request in reading.requests}
        # Requests of an operation without a record only decide over add-ons of others.
        reading.requests = [
            request
            for request in reading.requests
            if self.catalog.has_record(request.operation)
            or (self.catalog.knows(request.operation) and request.label not in self._of_templates)
            or any(host in shown for host in handled_by(self.catalog, request.operation))
        ]
        self._missing_definitions()
        self._disambiguate()
        name_hidden_members(self.catalog, reading, reading.code)
        for name, request in self._hidden.items():
            if name not in shown:
                reading.requests.append(request)
                if name in self.catalog.calls and not self.catalog.calls[name]["placeholders"]:
                    continue  # nothing of the request matters
                message = "the request's members are not shown here, so every placeholder stays"
                self.notice("note", request.label, f"{name}: {message}")
        for name, values in self._facts.items():
            if len(values) == 1:
                reading.facts[name] = next(iter(values))
            elif values:
                self.notice("note", "input", f"the inputs disagree about {name} ({', '.join(sorted(values))})")
        if self._failed:
            codes = ", ".join(f"{count} {code}" for code, count in sorted(self._failed.items()))
            self.notice("note", "input", f"calls that failed are passed over, as they need no permission: {codes}")
        if not reading.requests and self._elsewhere:
            others = ", ".join(sorted(self._elsewhere))
            self.notice("problem", "input", f"there is no request of {self.wanted}; there are some of {others}")
        return reading

    def _missing_definitions(self) -> None:
        """Says which pipelines have their definition in Amazon S3, where no input gives one."""
        members = [(request.label, request.members or {}) for request in self.reading.requests]
        if any("PipelineDefinition" in given for _, given in members):
            return
        for label, given in members:
            if given.get("PipelineDefinitionS3Location"):
                message = (
                    "the pipeline's definition is in Amazon S3, so its steps are not read; give the definition as well"
                )
                self.notice("problem", label, message)

    def _disambiguate(self) -> None:
        """Drops parts that no request holds, and renames those called as a placeholder of a composed record."""
        reading = self.reading
        if not reading.unknown:
            return
        calls = [[call.members, call.region] for call in reading.code]
        held = unknown_in([[request.members for request in reading.requests], [*reading.given.values()], calls])
        names = names_of(self.catalog, operations_of(self.catalog, reading.requests))
        table: dict[str, str] = {}
        for name in filter(held.__contains__, reading.unknown):
            table[name] = name
            while table[name] in names or (table[name] != name and table[name] in reading.unknown):
                table[name] += "Parameter"
        reading.unknown = {new: reading.unknown[name] for name, new in table.items()}
        reading.keys = {new: reading.keys[name] for name, new in table.items()}
        reading.lists = {new for name, new in table.items() if held[name]}
        if any(name != new for name, new in table.items()):
            reading.requests = [item._replace(members=with_names(item.members, table)) for item in reading.requests]
            reading.code = [
                call._replace(members=with_names(call.members, table), region=with_names(call.region, table))
                for call in reading.code
            ]
            reading.given = {name: with_names(values, table) for name, values in reading.given.items()}


def name_hidden_members(catalog: Catalog, reading: Reading, calls: Iterable[CodeCall]) -> None:
    """Say what the placeholders stand for that calls leave open because they do not show a member."""
    for need in needs_of_code(catalog, calls, {}):
        for name in names_in(need.resource):
            if name.startswith(CODE) and name not in reading.unknown:
                reading.unknown[name] = f"a member that the call does not show ({need.reason.values[0]})"


def unknown_in(value: Any) -> dict[str, bool]:
    """The names of the parts that are not known yet in a value, and whether each stands for a list wherever it is."""
    names: dict[str, bool] = {}
    for part in (part for _, item in within(value) if isinstance(item, Partial) for part in item.parts):
        if isinstance(part, Unknown):
            names[part.name] = part.is_list and names.get(part.name, True)
    return names


def with_names(value: Any, table: Mapping[str, str]) -> Any:
    """A value whose parts that are not known yet have new names."""

    def named(text: str) -> str:
        if not isinstance(text, Partial):
            return text
        return Partial(
            part._replace(name=table[part.name]) if isinstance(part, Unknown) and part.name in table else part
            for part in text.parts
        )

    return with_texts(value, named)


def documents(name: str, text: str) -> Iterator[InputDocument]:
    """The values of a text: JSON where it begins like JSON, else YAML.

    Raises:
        InputError: it is neither, or nothing that is read here.
    """
    lower = name.lower()
    begins = text.lstrip()[:1]
    if begins in ("{", "[") or lower.endswith((".json", ".json.gz")):
        try:
            values = json_document.parse(text, name)
        except InputError:
            if not lower.endswith((".yaml", ".yml", ".template")):
                if begins not in ("{", "[") and (message := unsupported.text_is(text)):
                    raise InputError(message, whole(name)) from None
                raise
        else:
            places = Places(Lines(text, name))
            yield from (InputDocument(value, name, places, number) for number, value in enumerate(values))
            return
    from .text import yaml_documents

    if (script := script_in(text)) is not None:
        yield InputDocument(script, name)
        return
    if message := unsupported.text_is(text):
        raise InputError(message, whole(name))
    places = Places(Lines(text, name), is_yaml=True)
    for number, value in enumerate(yaml_documents.parse(text, name)):
        if value is not None:
            yield _bounded(InputDocument(value, name, places, number))


def _bounded(document: InputDocument) -> InputDocument:
    """A document whose aliases, or whose values of Python, make it no deeper than readers go."""
    if json_document.depth(document.value) > MAX_DEPTH:
        raise InputError(f"nested deeper than {MAX_DEPTH} levels", whole(document.name))
    return document


def reader(name: str) -> Any:
    """The module that reads a format, one of :data:`~sagemaker_roles.inputs.requests.INPUT_FORMATS`."""
    return import_module(f"{__package__}.requests.{name}")


def recognized(value: Any) -> str | None:
    """The format of a value that shows it; None if it can only be an API request."""
    return next((name for name in INPUT_FORMATS if name != API and reader(name).recognizes(value)), None)
