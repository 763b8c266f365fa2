"""Reads inputs of any format into requests, and collects what was wrong with them on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..catalog import GLOBALS, Catalog
from ..engine.compose import Request, handled_by
from ..errors import AmbiguousOperation, InputError
from . import json_text
from .json_text import Path
from .names import Fault, Names, Style, plain
from .text import Source, decoded, sources, unpacked, whole

#: The formats an input may have.
FORMATS = ("api", "cloudtrail", "cloudformation", "ack", "terraform", "pipeline")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell about an input: ``problem`` means that the result may lack something.

    Attributes:
        where: file, line and column where they can be told, or what the input is called.
    """

    kind: Literal["problem", "note"]
    where: str
    message: str


@dataclass(slots=True)
class Document:
    """One value of an input, with what is needed to find places in it."""

    value: Any
    name: str
    text: str = ""
    is_yaml: bool = False
    number: int = 0

    def where(self, path: Path = ()) -> str:
        """Where the value at a path stands, or the nearest place above it that can be found."""
        from . import yaml_text

        locate = yaml_text.locate if self.is_yaml else json_text.locate
        while self.text:
            at = locate(self.text, path, self.name, self.number)
            if at is not None:
                return str(at)
            if not path:
                break
            path = path[:-1]
        return self.name


@dataclass(frozen=True, slots=True)
class Found:
    """A request as an input writes it, before its names are matched.

    Attributes:
        operation: the operation's name, in any spelling.
        members: the members as written, or None if the input does not show them.
        style: how the format's spelling differs from the API's.
        path: where the input holds the members.
        label: what messages call the request.
        facts: what the input tells of Partition, Region and Account.
        by_service: as in :class:`~sagemaker_roles.engine.compose.Request`.
    """

    operation: str
    members: Mapping[str, Any] | None
    style: Style
    path: Path
    label: str
    facts: Mapping[str, str] = field(default_factory=dict)
    by_service: bool = False


@dataclass(slots=True)
class Reading:
    """What was read.

    Attributes:
        requests: the requests, in the order of the inputs, each once.
        notices: what was wrong, and what to know.
        facts: Partition, Region and Account where the inputs tell them and agree.
        unknown: placeholder name to what it stands for, for parts of values that are not known yet.
        read: number of values looked at (events, resources, steps, requests).
        taken: names of ``values`` that the inputs used.
        places: the input of each request, by the request's label.
    """

    requests: list[Request] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    read: int = 0
    taken: set[str] = field(default_factory=set)
    places: dict[str, Document] = field(default_factory=dict)

    def where(self, label: str, member: str, value: str) -> str:
        """Where a request's value stands: file, line and column if they can be found, else the request's label."""
        document = self.places.get(label)
        if document is None:
            return label
        last = plain(re.findall(r"[A-Za-z][A-Za-z0-9]*", member)[-1] if member else "")
        path = _path_of(document.value, last, value)
        return document.where(path) if path else label


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
        catalog: the knowledge base.
        names: paths, or ``-``.
        operation: reads API requests as requests of this operation, and of other inputs takes only its requests.
        input_format: one of :data:`FORMATS`; None recognises each input by itself.
        values: values for parameters of templates, pipelines and plans, by name.

    Returns:
        The requests with what is to tell about them. An input that cannot be read is a ``problem`` notice.

    Raises:
        AmbiguousOperation: an API request does not tell which operation it is for.
    """
    reader = Reader(catalog, operation, input_format, values or {})
    for name in names:
        try:
            several = name != "-"
            for source in sources(name):
                reader.take(source, in_folder=several and source.name != name)
        except AmbiguousOperation:
            raise
        except InputError as error:
            reader.notice("problem", str(error.position) if error.position.line else error.position.path, error.message)
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
        catalog: the knowledge base.
        value: what a file of one of the formats would hold.
        operation: as for :func:`read_files`.
        input_format: as for :func:`read_files`.
        values: as for :func:`read_files`.
        name: what messages call it.

    Raises:
        AmbiguousOperation: an API request does not tell which operation it is for.
    """
    reader = Reader(catalog, operation, input_format, values or {})
    try:
        reader.take_value(Document(value, name))
    except AmbiguousOperation:
        raise
    except InputError as error:
        reader.notice("problem", error.position.path, error.message)
    return reader.finish()


class Reader:
    """Reads inputs one after the other.

    Args:
        catalog: the knowledge base.
        operation: the only operation wanted, or None.
        input_format: the format of all inputs, or None.
        values: values for parameters of the inputs.
    """

    def __init__(
        self, catalog: Catalog, operation: str | None, input_format: str | None, values: Mapping[str, str]
    ) -> None:
        self.catalog = catalog
        self.names = Names(catalog)
        self.wanted = operation
        self.format = input_format
        self.values = values
        self.reading = Reading()
        self._seen: dict[str, None] = {}
        self._facts: dict[str, set[str]] = {name: set() for name in GLOBALS}
        self._hidden: dict[str, Request] = {}
        self._elsewhere: dict[str, int] = {}
        #: Texts of pipeline definitions whose steps are read already.
        self.definitions_read: set[str] = set()

    # what the formats ask for

    def data(self, name: str) -> Mapping[str, Any]:
        """What data/inputs.yaml says of a format."""
        found: Mapping[str, Any] = self.catalog.data.get("inputs", {}).get(name, {})
        return found

    def notice(self, kind: Literal["problem", "note"], where: str, message: str) -> None:
        """Records something to tell."""
        self.reading.notices.append(Notice(kind, where, message))

    def value(self, *names: str) -> str | None:
        """A value the user gave for a parameter, under the first of some names."""
        for name in names:
            if name in self.values:
                self.reading.taken.add(name)
                return self.values[name]
        return None

    def unknown(self, name: str, what: str) -> str:
        """Declares a part of a value as not known yet.

        Returns:
            The name of its placeholder, which differs from the names of the globals.
        """
        placeholder = camel(name) or "Unknown"
        if placeholder in GLOBALS:
            placeholder += "Parameter"
        self.reading.unknown.setdefault(placeholder, what)
        return placeholder

    # reading

    def take(self, source: Source, in_folder: bool = False) -> None:
        """Reads one source.

        Raises:
            AmbiguousOperation: an API request does not tell which operation it is for.
        """
        try:
            raw = unpacked(source)
            if self.format in (None, "cloudtrail"):
                from . import cloudtrail

                if cloudtrail.is_log(raw):
                    cloudtrail.stream(self, raw, source.name)
                    return
            for document in documents(source.name, decoded(raw, source.name)):
                self.take_value(document, in_folder)
        except AmbiguousOperation as error:
            if not in_folder:
                raise
            self.notice("note", source.name, f"{error.message}; it is passed over")
        except InputError as error:
            self.notice("problem", str(error.position) if error.position.line else error.position.path, error.message)

    def take_value(self, document: Document, in_folder: bool = False) -> None:
        """Reads one value.

        Raises:
            InputError: it is not of the format it is said to be.
        """
        from . import api

        chosen = self.format or recognised(document.value)
        if chosen is None and in_folder and self.wanted is None and not api.recognises(self, document.value):
            self.notice("note", document.where(), "no input that is known here; it is passed over")
            return
        for found in _reader(chosen or "api")(self, document):
            self.reading.read += 1
            self.add(found, document)

    def add(self, found: Found, document: Document) -> None:
        """Takes one request over: matches its names, and tells what is wrong with them."""
        name = self.names.operation(found.operation)
        if name is None:
            return
        if self.wanted is not None and name != self.wanted and not found.by_service:
            self._elsewhere[name] = self._elsewhere.get(name, 0) + 1
            return
        for fact, value in found.facts.items():
            self._facts[fact].add(value)
        if found.members is None:
            self._hidden.setdefault(name, Request(name, None, found.label))
            return
        members, faults = self.names.match(name, found.members, found.style, found.path)
        self._faults(faults, document)
        self.request(Request(name, members, found.label, found.by_service), document)

    def request(self, request: Request, document: Document) -> None:
        """Takes over a request whose names are matched, unless an equal one is there, and the requests in it."""
        key = f"{request.operation}{json.dumps(request.members, sort_keys=True, default=str)}"
        if key in self._seen:
            return
        self._seen[key] = None
        self.reading.requests.append(request)
        if document.text:
            self.reading.places[request.label] = document
        definition = (request.members or {}).get("PipelineDefinition")
        if isinstance(definition, str) and definition not in self.definitions_read:
            from .pipeline import embedded

            for found in embedded(self, definition, request.label):
                self.reading.read += 1
                self.add(replace(found, by_service=True), Document(None, request.label))

    def _faults(self, faults: Sequence[Fault], document: Document) -> None:
        for fault in faults:
            self.notice(fault.kind, document.where(fault.path), fault.message)

    def finish(self) -> Reading:
        """What was read, once all inputs are."""
        reading = self.reading
        shown = {request.operation for request in reading.requests}
        # Requests of an operation without a record only decide over add-ons of others.
        reading.requests = [
            request
            for request in reading.requests
            if request.operation in self.catalog.data["operations"]
            or any(host in shown for host in handled_by(self.catalog, request.operation))
        ]
        for name, request in self._hidden.items():
            if name not in shown:
                reading.requests.append(request)
                message = "the request's members are not shown here, so every placeholder stays"
                self.notice("note", request.label, f"{name}: {message}")
        for name, values in self._facts.items():
            if len(values) == 1:
                reading.facts[name] = next(iter(values))
            elif values:
                self.notice("note", "input", f"the inputs disagree about {name} ({', '.join(sorted(values))})")
        if not reading.requests and self._elsewhere:
            others = ", ".join(sorted(self._elsewhere))
            self.notice("problem", "input", f"there is no request of {self.wanted}; there are some of {others}")
        return reading


def _path_of(value: Any, last: str, text: str) -> Path:
    """The path to a text that a member of a name (in plain form) holds, in itself or in a list; () if there is none."""
    left: list[tuple[Path, Any, str]] = [((), value, "")]
    while left:
        path, item, name = left.pop(0)
        if isinstance(item, Mapping):
            left += [((*path, key), inner, plain(str(key))) for key, inner in item.items()]
        elif isinstance(item, list):
            left += [((*path, index), inner, name) for index, inner in enumerate(item)]
        elif item == text and name == last:
            return path
    return ()


def camel(name: str) -> str:
    """A name as placeholders are written: ``data-bucket.arn`` is ``DataBucketArn``."""
    words = "".join(character if character.isascii() and character.isalnum() else " " for character in name).split()
    text = "".join(word[0].upper() + word[1:] for word in words)
    return text if not text[:1].isdigit() else f"P{text}"


def documents(name: str, text: str) -> Iterator[Document]:
    """The values of a text: JSON where it begins like JSON, else YAML.

    Raises:
        InputError: it is neither.
    """
    lower = name.lower()
    begins = text.lstrip()[:1]
    if begins in ("{", "[") or lower.endswith((".json", ".json.gz")):
        try:
            for number, value in enumerate(json_text.parse(text, name)):
                yield Document(value, name, text, False, number)
            return
        except InputError:
            if not lower.endswith((".yaml", ".yml", ".template")):
                raise
    from . import yaml_text

    for number, value in enumerate(yaml_text.parse(text, name)):
        if value is not None:
            yield Document(value, name, text, True, number)


def recognised(value: Any) -> str | None:
    """The format of a value that says so itself; None if it may only be an API request."""
    if isinstance(value, list):
        first = value[0] if value else None
        return "cloudtrail" if isinstance(first, Mapping) and "eventName" in first else None
    if not isinstance(value, Mapping):
        return None
    if _is_event(value) or _is_event(value.get("detail")) or isinstance(value.get("Records"), list):
        return "cloudtrail"
    if isinstance(value.get("Events"), list) and any("CloudTrailEvent" in item for item in _mappings(value["Events"])):
        return "cloudtrail"
    if isinstance(value.get("apiVersion"), str) and "kind" in value:
        return "ack"
    if "terraform_version" in value or ("format_version" in value and ("planned_values" in value or "values" in value)):
        return "terraform"
    if str(value.get("Type", "")).startswith("AWS::") or "AWSTemplateFormatVersion" in value:
        return "cloudformation"
    resources = value.get("Resources")
    if isinstance(resources, Mapping) and any("Type" in item for item in _mappings(resources.values())):
        return "cloudformation"
    if isinstance(value.get("Steps"), list) and "Version" in value:
        return "pipeline"
    return None


def _is_event(value: Any) -> bool:
    return isinstance(value, Mapping) and "eventName" in value and "eventSource" in value


def _mappings(values: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    return (item for item in values if isinstance(item, Mapping))


def _reader(name: str) -> Callable[[Reader, Document], Iterator[Found]]:
    """The function that reads a format, imported when first needed."""
    from importlib import import_module

    function: Callable[[Reader, Document], Iterator[Found]] = import_module(f"{__package__}.{name}").found
    return function


__all__ = [
    "FORMATS",
    "AmbiguousOperation",
    "Document",
    "Found",
    "Notice",
    "Reader",
    "Reading",
    "camel",
    "plain",
    "read_files",
    "read_value",
    "whole",
]
