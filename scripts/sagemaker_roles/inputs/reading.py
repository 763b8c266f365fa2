"""Reads inputs of any format into requests, and collects what was wrong with them on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any

from ..catalog import GLOBALS, Catalog
from ..engine.code_permissions import CODE
from ..engine.compose import Request, handled_by, operations_of
from ..engine.placeholders import fault, names_of
from ..errors import unknown_operation
from . import terraform_files
from .code import ARCHIVES, FOREIGN, PYTHON, CodeFile, archived, find_calls
from .code.made_requests import host_code, made_requests
from .input_kinds import FOLDER_SUFFIXES, Part, kind_of_input, python_parts
from .reader import (
    AmbiguousOperation,
    Found,
    InputDocument,
    Reading,
    ReadingContext,
    is_denied,
    name_hidden_members,
    unknown_in,
    with_names,
)
from .requests import API, INPUT_FORMATS, unsupported
from .requests.commands import is_script, script_in
from .requests.member_names import Style, shortened
from .text import JSON_NAMES, is_json, load
from .text.content import InputError, Source, decoded, sources, unpacked, whole
from .text.json_document import MAX_DEPTH, depth


def read_files(
    catalog: Catalog,
    names: Iterable[str],
    *,
    operation: str | None = None,
    input_format: str | None = None,
    values: Mapping[str, str] | None = None,
    paths: Iterable[str] = (),
) -> Reading:
    """Reads files, folders and standard input (``-``) into requests.

    Args:
        names: paths, or ``-``.
        paths: the same, with the code, scripts and pages that are in folders.
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
    folders: dict[str, Callable[[str], Iterator[Source]]] = dict.fromkeys(names, sources)
    for name, found in {**folders, **dict.fromkeys(paths, project_sources)}.items():
        try:
            for source in found(name):
                reader.take(source, source.in_folder)
        except AmbiguousOperation:
            raise
        except InputError as error:
            reader.refuse(error)
    return reader.finish()


def add_code(catalog: Catalog, reading: Reading, files: Iterable[CodeFile]) -> list[CodeFile]:
    """Add code to what was read: its calls, and the requests that it makes libraries send.

    Args:
        reading: takes it; its requests show the environment and the hyperparameters of the code.

    Returns:
        The files of other languages, which are not read.
    """
    others, sent = find_calls(catalog, reading, files)
    reader = Reader(catalog)
    for item in sent:
        reader.add(item)
    own = reader.finish()
    known = {(one.operation, repr(one.members)) for one in reading.requests}
    added = [one for one in own.requests if (one.operation, repr(one.members)) not in known]
    reading.requests += added
    reading.made.update(one.label for one in added)
    reading.notices += own.notices
    for name, value in own.facts.items():
        reading.facts.setdefault(name, value)
    return others


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
        if depth(value) > MAX_DEPTH:
            raise InputError(f"nested deeper than {MAX_DEPTH} levels", whole(name))
        reader.take_value(InputDocument(value, name))
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
        self._code: dict[CodeFile, bool] = {}

    def take(self, source: Source, in_folder: bool = False) -> None:
        """Reads one source.

        Raises:
            AmbiguousOperation: an API request does not tell which operation it is for.
        """
        try:
            if source.name.endswith(ARCHIVES) and self.format is None:
                files = [*archived(source.name, source.raw)]
                if not files:
                    names = ", ".join((*PYTHON, *FOREIGN))
                    raise InputError(f"the archive has no code ({names}); give the code or request", whole(source.name))
                self._add_code(files, "archive", is_file=True)
                return
            raw = unpacked(source)
            if self.format in (None, "cloudtrail"):
                from .requests import cloudtrail

                if cloudtrail.is_log(raw):
                    self._count("cloudtrail")
                    for at in cloudtrail.stream(self, raw, source.name):
                        for item in cloudtrail.requests(self, at, f"event {int(at.path[1]) + 1} of {source.name}"):
                            self.add(item)
                    return
            self._take_text(source.name, decoded(raw, source.name), in_folder)
        except AmbiguousOperation as error:
            if not in_folder:
                raise
            self.notice("note", source.name, f"{error.message}; it is passed over")
        except InputError as error:
            self.refuse(error)

    def _take_text(self, name: str, text: str, in_folder: bool) -> None:
        """Read a text by its kind; else as JSON, YAML or commands, and what is none of them as Python.

        Raises:
            InputError: it is nothing that is read here.
        """
        kind = kind_of_input(name, text) if self.format is None else None
        if kind is not None:
            parts = [*kind.parts(name, text)]
            if kind.name == "markdown":
                self._count(kind.name)
                self._take_page(name, parts)
            else:
                self._add_code((part.code for part in parts if part.code), kind.name, is_file=name != "-")
            return
        parts = []
        try:
            found = documents(name, text)
        except InputError:
            parts = python_parts(self, name, text) if self.format is None else []
            if not parts:
                raise
        else:
            if len(found) == 1 and recognized(found[0].value) is None and isinstance(found[0].value, str):
                parts = python_parts(self, name, text) if self.format is None else []
        for part in parts:
            if part.code is None:
                self.take_value(InputDocument(part.value, name))
            else:
                self._add_code([part.code], "python", is_file=False)
        for document in () if parts else found:
            self.take_value(document, in_folder)

    def _take_page(self, name: str, parts: Sequence[Part]) -> None:
        """Read the blocks of a page; those that are no input are passed over."""
        before = self.reading.read
        for part in parts:
            if part.code is not None:
                self._code[part.code] = True
                continue
            try:
                for document in documents(name, part.text):
                    self.take_value(document, in_folder=True)
            except (InputError, AmbiguousOperation) as error:
                if is_script(part.text) or not isinstance(error, InputError):
                    self.notice("note", name, f"{error}; the block is passed over")
        if before == self.reading.read and not any(part.code for part in parts):
            self.notice("note", name, "no block of code that is read here; it is passed over")

    def _add_code(self, files: Iterable[CodeFile], kind: str, *, is_file: bool) -> None:
        self._count(kind)
        self._code.update(dict.fromkeys(files, is_file))

    def _count(self, kind: str) -> None:
        self.reading.formats[kind] = self.reading.formats.get(kind, 0) + 1

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
        self._count(chosen or API)
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
        is_resource = item.style != Style() and not item.style.texts
        for one in faults if self.catalog.has_record(name) or not is_resource else ():
            self.notice(one.kind, item.at._replace(path=()).where(one.path), one.message)
        request = Request(name, members, item.label, item.by_service, denied=bool(item.error))
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
        self._read_code()
        shown = {request.operation for request in reading.requests}
        reading.requests = [
            request
            for request in reading.requests
            if self.catalog.knows(request.operation)
            or any(host in shown for host in handled_by(self.catalog, request.operation))
        ]
        self._missing_definitions()
        self._disambiguate()
        name_hidden_members(self.catalog, reading, reading.code)
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

    def _read_code(self) -> None:
        """Read the code of the inputs, with the requests that it makes."""
        if not self._code:
            return
        reading = self.reading
        before, wanted, self.wanted = len(reading.requests), self.wanted, None
        reading.foreign, sent = find_calls(self.catalog, reading, self._code)
        for item in (*sent, *made_requests(self)):
            self.add(item)
        self.wanted = wanted
        host_code(self, reading.requests[before:], {file.name: is_file for file, is_file in self._code.items()})

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
        held = {**{name: False for name in reading.unknown if name.startswith(CODE)}, **held}
        names = names_of(self.catalog, operations_of(self.catalog, reading.requests))
        table: dict[str, str] = {}
        for name in filter(held.__contains__, reading.unknown):
            table[name] = name
            while table[name] in names or (table[name] != name and table[name] in reading.unknown):
                table[name] += "Parameter"
        reading.unknown = {new: reading.unknown[name] for name, new in table.items()}
        reading.keys = {new: reading.keys[name] for name, new in table.items() if name in reading.keys}
        reading.references = {
            new: reading.references[name] for name, new in table.items() if name in reading.references
        }
        reading.lists = {new for name, new in table.items() if held[name]}
        if any(name != new for name, new in table.items()):
            reading.requests = [item._replace(members=with_names(item.members, table)) for item in reading.requests]
            reading.code = [
                call._replace(members=with_names(call.members, table), region=with_names(call.region, table))
                for call in reading.code
            ]
            reading.given = {name: with_names(values, table) for name, values in reading.given.items()}


def project_sources(name: str) -> Iterator[Source]:
    """The files of a path: with code, scripts and pages where it is a folder."""
    return sources(name, FOLDER_SUFFIXES, own=True)


def documents(name: str, text: str) -> list[InputDocument]:
    """The values of a text: JSON where it begins like JSON, else YAML or a script.

    Raises:
        InputError: it is neither, or nothing that is read here.
    """
    named_json = name.lower().endswith(JSON_NAMES)
    if not is_json(text) and not named_json and terraform_files.is_configuration(name, text):
        return [InputDocument(terraform_files.of_text(name, text), name)]
    if not is_json(text) and not named_json and (script := script_in(name, text)) is not None:
        return [InputDocument(script, name)]
    message = "" if is_json(text) else unsupported.text_is(text)
    try:
        if named_json or not message:
            return load(text, name)
    except InputError:
        if not message:
            raise
    raise InputError(message, whole(name))


def reader(name: str) -> Any:
    """The module that reads a format, one of :data:`~sagemaker_roles.inputs.requests.INPUT_FORMATS`."""
    return import_module(f"{__package__}.requests.{name}")


def recognized(value: Any) -> str | None:
    """The format of a value that shows it; None if it can only be an API request."""
    return next((name for name in INPUT_FORMATS if name != API and reader(name).recognizes(value)), None)
