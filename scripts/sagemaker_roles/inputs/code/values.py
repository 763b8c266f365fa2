"""What values of a user's code are while it is read: clients, resources of boto3, functions, and what is not known."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...engine.code_permissions import Several
from ...engine.partial import Partial
from .library_index import LibraryClass

#: How many values one place can have before the rest are dropped.
MOST = 12


@dataclass(eq=False)
class Unseen:
    """A value that the code does not show.

    Attributes:
        hint: names it.
        place: where it stands.
        library: the library that gave it, or "".
    """

    hint: str
    place: str = ""
    library: str = ""


class Nothing(Unseen):
    """The value ``None``: an argument that is not given, though named; elsewhere like what the code does not show."""


@dataclass(eq=False)
class Made:
    """An object of a class of a library.

    Attributes:
        kind: the class.
        own: what it was made with, by name, and what methods set.
        place: file, line and column of the call that made it, or "".
    """

    kind: LibraryClass
    own: dict[str, Any] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True)
class Name:
    """Something of a library: ``pandas.read_csv``."""

    dotted: str


@dataclass(frozen=True)
class Client:
    """A client of boto3, or ``boto3.resource`` of a service; of the service "" a session."""

    service: str
    region: Any = ""
    is_other: bool = False
    is_resource: bool = False


@dataclass
class Asked:
    """A call in the code: where it stands, and what it hands over."""

    node: Any
    scope: Scope
    args: list[Any] = field(default_factory=list)
    keywords: dict[str, Any] = field(default_factory=dict)

    def first(self, name: str = "") -> Any:
        """The first argument, or the one of a name."""
        return self.args[0] if self.args else self.keywords.get(name)

    def second(self) -> Any:
        """The second argument, or None."""
        return self.args[1] if len(self.args) > 1 else None

    def named(self, names: Sequence[str]) -> dict[str, Any]:
        """The arguments without a name, by their names."""
        return dict(zip(names, self.args, strict=False))

    def of(self, keywords: Mapping[str, Any], args: Iterable[Any] = ()) -> Asked:
        """The call with other arguments."""
        return Asked(self.node, self.scope, [*args], dict(keywords))


@dataclass
class Method:
    """A method of a value, or with the name "" itself, perhaps with some arguments already."""

    of: Any
    name: str
    args: list[Any] = field(default_factory=list)
    keywords: dict[str, Any] = field(default_factory=dict)


@dataclass
class Resource:
    """An object of ``boto3.resource``, or a collection of such objects."""

    client: Client
    kind: str
    members: dict[str, Any]
    is_collection: bool = False
    #: The operation that lists a collection, until it was called.
    lists: str = ""


@dataclass
class Deferred:
    """A paginator or waiter of a client, and the operation that it calls."""

    client: Client
    operation: str


@dataclass
class Answer:
    """The answer of a call, or a part of it."""

    call: Any


@dataclass(eq=False)
class Function:
    """A function of the code, with the names that it sees."""

    node: Any
    scope: Scope
    owner: Any = None

    @property
    def decorators(self) -> Sequence[ast.expr]:
        """Its decorators."""
        return getattr(self.node, "decorator_list", ())


@dataclass(eq=False)
class Class:
    """A class of the code."""

    node: ast.ClassDef
    scope: Scope
    bases: list[Any]
    own: dict[str, Any] = field(default_factory=dict)

    def find(self, name: str) -> Any:
        """An attribute of it or of the first base that has it."""
        if name in self.own:
            return self.own[name]
        return next((one for base in self.bases if isinstance(base, Class) and (one := base.find(name))), None)


@dataclass(eq=False)
class Instance:
    """An object of a class of the code."""

    of: Class
    own: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Options:
    """A parser of a command line, or what it parsed: each option to its default."""

    defaults: dict[str, Any] = field(default_factory=dict)
    is_parsed: bool = False


@dataclass(frozen=True)
class Given:
    """What is given from outside: ``environment`` or ``hyperparameters``, or ``files`` in Amazon S3."""

    what: str


class Scope:
    """Names of a module, function or class body, and those around it.

    Args:
        around: the scope outside.
        module: name of the module.
    """

    def __init__(self, around: Scope | None = None, module: str = "") -> None:
        self.around = around
        self.module: str = module or (around.module if around else "")
        self.names: dict[str, Any] = {}
        self.outer: set[str] = set()
        self.returns: list[Any] = []
        self.yields: list[Any] = []

    def find(self, name: str) -> Any:
        """The value of a name, or None."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.around
        return None

    def put(self, name: str, value: Any, is_sure: bool) -> None:
        """Gives a name a value; if that is not sure to happen, beside the one that it has."""
        scope: Scope = self
        if name in self.outer:
            while scope.around is not None and name not in scope.names:
                scope = scope.around
        known = scope.names.get(name)
        scope.names[name] = value if is_sure or known is None else several([known, value])


def several(values: Iterable[Any]) -> Any:
    """One of some values; the value itself if it is the only one."""
    flat: list[Any] = []
    for value in values:
        for one in value if isinstance(value, Several) else (value,):
            if one is not None and not any(one is other or _equal(one, other) for other in flat):
                flat.append(one)
    known = [one for one in flat if not isinstance(one, Unseen)]
    known = known or [one for one in flat if not isinstance(one, Nothing)][:1] or flat[:1]
    return known[0] if len(known) == 1 else Several(known[:MOST]) if known else None


def _equal(one: Any, other: Any) -> bool:
    is_same = type(one) is type(other) and isinstance(one, (str, int, Client, Name)) and one == other
    return is_same and (not isinstance(one, Partial) or one.parts == other.parts)


def each(value: Any) -> Iterator[Any]:
    """The values that one can be."""
    yield from value if isinstance(value, Several) else (value,)


def elements(value: Any) -> Any:
    """What a loop over a value gives, as one of several; None if nothing is known of it."""
    found: list[Any] = []
    for one in each(value):
        if isinstance(one, (list, tuple, set, Mapping)):
            found += one
        elif isinstance(one, Resource) and one.is_collection:
            found.append(Resource(one.client, one.kind, one.members))
        elif isinstance(one, Answer):
            found.append(one)
    return several(found)
