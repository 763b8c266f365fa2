"""What the readers of all formats share: documents and places in them, requests as written, notices, the context."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from ..catalog import GLOBALS, Catalog
from ..engine.code_permissions import CODE, CodeCall, CodeResource, needs_of_code
from ..engine.compose import Partial, Request, Unknown
from ..engine.partial import with_texts
from ..engine.values import names_in
from ..errors import AmbiguousOperation as AmbiguousOperation
from ..errors import InputError
from .requests.member_names import Names, Style, plain
from .text.content import CodeFile
from .text.places import InputDocument as InputDocument
from .text.places import Path

#: How long the name of a placeholder may be.
MAX_NAME = 200

#: The logical IDs in a text of ``Fn::Sub``.
_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)[^{}]*\}")


class Notice(NamedTuple):
    """Something to tell about an input: ``problem`` means that the result may lack something.

    Attributes:
        where: file, line and column where they can be told, or what the input is called.
    """

    kind: Literal["problem", "note"]
    where: str
    message: str


class Found(NamedTuple):
    """A request as an input writes it, before its names are matched.

    Attributes:
        operation: the operation's name, in any spelling.
        members: the members as written, or None if the input does not show them.
        at: where the input holds the members.
        label: what messages call the request.
        style: how the format's spelling differs from the API's.
        facts: what the input tells of Partition, Region and Account; not checked yet.
        by_service: as in :class:`~sagemaker_roles.compose.Request`.
        error: the error code that the call was answered with, or "".
    """

    operation: str
    members: Mapping[str, Any] | None
    at: InputDocument
    label: str
    style: Style = Style()
    facts: Mapping[str, InputDocument] = MappingProxyType({})
    by_service: bool = False
    error: str = ""


class Seen(NamedTuple):
    """Events of one kind of call: how many, and the days of the first and the last."""

    events: int
    first: str
    last: str


class Trail(NamedTuple):
    """What a CloudTrail log shows.

    Attributes:
        span: all its events, whoever made the calls.
        kinds: the kinds of data events (data/services/data-events.yaml) of which it has one.
        roles: ARNs of the roles whose sessions count, each to the calls of its sessions: the actions that a call needs
            with their resources, which have placeholders for what the event does not show.
    """

    span: Seen
    kinds: frozenset[str]
    roles: Mapping[str, Mapping[frozenset[tuple[str, str]], Seen]]


class TemplateReference(NamedTuple):
    """What a placeholder stands for in the template that names it.

    Attributes:
        text: the reference as ``Fn::Sub`` has it in ``${…}``: a logical ID, or with a dot an attribute.
        template: name of the template's file.
        resources: the resources of the template.
    """

    text: str
    template: str
    resources: Mapping[str, Any]

    def needs(self) -> set[str]:
        """The logical IDs of the resource and of all that its references and its DependsOn lead to."""
        waiting = [self.text.partition(".")[0]]
        for name in waiting:
            names = _referenced(self.resources.get(name))
            waiting += dict.fromkeys(other for other in names if other in self.resources and other not in waiting)
        return {*waiting}


def _referenced(resource: Any) -> Iterator[str]:
    """The logical IDs that a resource of a template names."""
    for _, item in within(resource):
        for key in ("Ref", "Fn::GetAtt", "DependsOn", "Fn::Sub") if isinstance(item, Mapping) else ():
            value = item.get(key)
            # DependsOn may have several; the first of Fn::GetAtt is the logical ID, and of Fn::Sub the text.
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    yield from _SUBSTITUTED.findall(text) if key == "Fn::Sub" else [text.partition(".")[0]]


class Reading:
    """What was read.

    Attributes:
        requests: the requests, in the order of the inputs, each once.
        notices: what was wrong, and what to know.
        facts: Partition, Region and Account where the inputs tell them and agree.
        unknown: placeholder name to what it stands for, for parts of values that are not known yet.
        keys: placeholder name to what tells such a part apart from all others, in whatever order inputs are read.
        lists: those of them that stand for a whole list.
        references: placeholder name to the reference of a template to one of its resources that it stands for.
        read: number of values looked at (events, resources, steps, requests).
        taken: names of ``values`` that the inputs used.
        places: the members of each request in its input, by the request's label.
        given: name of a parameter to values for it, which an input names outside the members of a request.
        formats: the kinds of the inputs, each with how many there are.
        code: the calls that a user's code makes.
        code_resources: the resources of templates that the code makes.
        made: the labels of requests that the code makes, whose roles do not run it.
        execution_role: the ARN that the calls of the code pass where they pass the role that runs it, or "".
        foreign: files of code in other languages than Python, which are not read yet.
        trail: what sessions of roles called by a CloudTrail log, or None.
    """

    def __init__(self, requests: Iterable[Request] = ()) -> None:
        self.requests = list(requests)
        self.notices: list[Notice] = []
        self.facts: dict[str, str] = {}
        self.unknown: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.lists: set[str] = set()
        self.references: dict[str, TemplateReference] = {}
        self.read = 0
        self.taken: set[str] = set()
        self.places: dict[str, InputDocument] = {}
        self.given: dict[str, list[str]] = {}
        self.formats: dict[str, int] = {}
        self.code: list[CodeCall] = []
        self.code_resources: list[CodeResource] = []
        self.made: set[str] = set()
        self.execution_role = ""
        self.foreign: list[CodeFile] = []
        self.trail: Trail | None = None
        #: The first path to each text of a request, by the plain name of the member that holds it, and the text.
        self._texts: dict[str, dict[tuple[str, str], Path]] = {}

    def runs_code(self, requests: Iterable[Request]) -> bool:
        """Whether the role of some requests runs the code, and is not only passed by its calls."""
        return any(one.label not in self.made for one in requests if not one.only_decides)

    def where(self, label: str, member: str, value: str) -> str:
        """Where a request's value stands: file, line and column if they can be found, else the request's label."""
        if label not in self.places:
            return label
        members = self.places[label]
        if label not in self._texts:
            texts = self._texts[label] = {}
            for path, item in within(members.value):
                if isinstance(item, str):
                    texts.setdefault((plain(member_of(path)), item), path)
        last = plain(re.findall(r"[A-Za-z][A-Za-z0-9]*", member)[-1] if member else "")
        found = self._texts[label].get((last, value))
        return members.where(found) if found is not None else label


def member_of(path: Path) -> str:
    """The name of the member that a path leads to, or to an element of; "" if there is none."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def within(value: Any) -> Iterator[tuple[Path, Any]]:
    """A value and all that is in it, each with its path; what is nearest comes first."""
    left: deque[tuple[Path, Any]] = deque([((), value)])
    while left:
        path, item = left.popleft()
        yield path, item
        several = isinstance(item, (list, tuple))
        inner = enumerate(item) if several else item.items() if isinstance(item, Mapping) else ()
        left.extend(((*path, key), one) for key, one in inner)


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


def below(value: Any, *names: str) -> Any:
    """What a value has below members of some names; None if it has none."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


class ReadingContext:
    """What the reader of a format may ask for, and what it reports to.

    Args:
        operation: the only operation wanted, or None.
        values: values for parameters of the inputs.
    """

    def __init__(
        self, catalog: Catalog, operation: str | None = None, values: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.catalog = catalog
        self.names = Names(catalog)
        self.wanted = operation
        self.values = values
        self.reading = Reading()
        #: Whether events of operations without a record are passed over.
        self.only_recorded = False
        #: Texts of pipeline definitions whose steps are read already.
        self.definitions_read: set[str] = set()
        self._named: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, int] = {}
        self._taken: set[str] = set()

    def data(self, name: str) -> Mapping[str, Any]:
        """What data/shared/inputs.yaml says of a format."""
        known: Mapping[str, Any] = self.catalog.inputs.get(name, {})
        return known

    def style(self, name: str, *, blocks: bool = False) -> Style:
        """How a format writes requests, by data/shared/inputs.yaml."""
        members, ignored = self.data(name).get("members", {}), self.data(name).get("ignored", ())
        return Style(blocks, {plain(key): text for key, text in members.items()}, frozenset(map(plain, ignored)))

    def notice(self, kind: Literal["problem", "note"], where: str, message: str) -> None:
        """Records something to tell."""
        self.reading.notices.append(Notice(kind, where, message))

    def refuse(self, error: InputError) -> None:
        """Records why an input cannot be read."""
        self.notice("problem", str(error.position) if error.position.line else error.position.path, error.message)

    def value(self, *names: str) -> str | None:
        """A value the user gave for a parameter, under the first of some names."""
        for name in names:
            if name in self.values:
                self.reading.taken.add(name)
                return self.values[name]
        return None

    def part(self, name: str, what: str, *aliases: str, key: str = "", stands_for: str = "") -> str | Unknown:
        """A part of a value that the input does not tell: what the user gave for it, else an unknown part.

        Args:
            name: what it is called in the input.
            what: what it stands for, for messages.
            aliases: other names that the user may give its value under.
            key: tells parts apart that are described alike.
            stands_for: as in :class:`~sagemaker_roles.compose.Unknown`.
        """
        placeholder, is_first = self._placeholder(name, key or what)
        given = self.value(*(aliases if is_first else ()), placeholder, f"{placeholder}Parameter")
        if given is not None:
            return given
        placeholder = self.apart(placeholder, key or what)
        self.reading.unknown.setdefault(placeholder, what)
        self.reading.keys.setdefault(placeholder, key or what)
        return Unknown(placeholder, stands_for)

    def apart(self, name: str, key: str) -> str:
        """What the placeholder of a part is called in the end."""
        return name

    def _placeholder(self, name: str, key: str) -> tuple[str, bool]:
        """The name of a part's placeholder, which no other part has, and whether it is the first of that name."""
        base = camel(name)[:MAX_NAME] or "Unknown"
        if base in GLOBALS:
            base += "Parameter"
        if (base, key) not in self._named:
            number = self._numbers.get(base, 0) + 1
            while (candidate := base if number == 1 else f"{base}{number}") in self._taken:
                number += 1
            self._numbers[base] = number
            self._named[base, key] = candidate
            self._taken.add(candidate)
        candidate = self._named[base, key]
        return candidate, candidate == base


def text_at(value: Any, *names: str) -> str:
    """The text that a value has below members of some names; "" if it has none."""
    text = below(value, *names)
    return text if isinstance(text, str) else ""


def camel(name: str) -> str:
    """A name as placeholders are written: ``data-bucket.arn`` is ``DataBucketArn``."""
    words = "".join(character if character.isascii() and character.isalnum() else " " for character in name).split()
    text = "".join(word[0].upper() + word[1:] for word in words)
    return text if not text[:1].isdigit() else f"P{text}"


def is_denied(error: str) -> bool:
    """Whether an error code of an event says that the caller had no permission."""
    return any(word in error for word in ("AccessDenied", "Unauthorized", "NotAuthorized"))


def mappings(values: Any) -> Iterator[Mapping[str, Any]]:
    """Those of some values that are mappings; nothing if it is no list of values."""
    return (item for item in values if isinstance(item, Mapping)) if isinstance(values, (list, tuple)) else iter(())


def name_hidden_members(catalog: Catalog, reading: Reading, calls: Iterable[CodeCall]) -> None:
    """Say what the placeholders stand for that calls leave open because they do not show a member."""
    for need in needs_of_code(catalog, calls, {}):
        for name in names_in(need.resource):
            if name.startswith(CODE) and name not in reading.unknown:
                reading.unknown[name] = f"a member that the call does not show ({need.reason.values[0]})"
