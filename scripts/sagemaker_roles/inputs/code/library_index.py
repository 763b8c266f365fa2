"""What data/services/libraries.yaml says of the classes and functions of libraries, found by their dotted names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Parts of a class that a class like it has too, by name.
_SHARED = ("values", "methods", "clients", "objects")
#: Methods that values of Python have too.
_PLAIN = frozenset({*dir(str), *dir(list), *dir(dict), *dir(set)})


@dataclass(frozen=True, eq=False)
class LibraryClass:
    """A class of a library.

    Attributes:
        library: the library whose entry it is.
        name: its name, or where any name will do ``*``.
        data: what the data say of it, with what it has of classes that it is like.
    """

    library: str
    name: str
    data: Mapping[str, Any]

    @property
    def arguments(self) -> list[str]:
        """Its arguments without a name, in order."""
        return list(self.data.get("arguments", ()))

    def part(self, name: str) -> Mapping[str, Any]:
        """One of its mappings, empty where it has none."""
        part: Mapping[str, Any] = self.data.get(name, {})
        return part


@dataclass(frozen=True, eq=False)
class LibraryFunction:
    """A function of a library, or a method that is called on the class itself.

    Attributes:
        library: the library whose entry it is.
        name: as messages name it.
        data: what the data say of it.
        of: the class that it is a method of, or None.
    """

    library: str
    name: str
    data: Mapping[str, Any]
    of: LibraryClass | None = None


@dataclass
class _Library:
    data: Mapping[str, Any]
    classes: dict[str, LibraryClass] = field(default_factory=dict)


class LibraryIndex:
    """The classes and functions of libraries.

    Args:
        libraries: the records of data/services/libraries.yaml, by ID.
    """

    def __init__(self, libraries: Mapping[str, Mapping[str, Any]]) -> None:
        self._libraries = {name: _Library(data) for name, data in libraries.items() if data.get("modules")}
        self._modules = sorted(
            ((module, name) for name, one in self._libraries.items() for module in one.data["modules"]),
            key=lambda item: -len(item[0]),
        )
        self.images: dict[str, Mapping[str, Any]] = {}
        self._sending: dict[str, frozenset[str]] = {}
        self._sends: dict[str, Sequence[Mapping[str, Any]]] = {}
        for one in self._libraries.values():
            self._sends.update(one.data.get("sends", {}))
            self.images.update(one.data.get("images", {}))

    def _of(self, dotted: str) -> Iterator[tuple[str, list[str]]]:
        """The libraries that a name can be of, that of the longest module first, each with the rest of the name."""
        for module, name in self._modules:
            if dotted == module or dotted.startswith(f"{module}."):
                yield name, dotted[len(module) + 1 :].split(".")

    def library_of(self, dotted: str) -> str:
        """The library of a name, "" if it is of none."""
        return next((name for name, _ in self._of(dotted)), "")

    def sending_methods(self, library: str) -> frozenset[str]:
        """The names of methods of a library that send something, without those of texts, lists, and mappings."""
        if library not in self._sending:
            classes = self._libraries[library].data.get("classes", {}) if library in self._libraries else {}
            methods = [item for one in classes.values() for item in one.get("methods", {}).items()]
            self._sending[library] = frozenset(name for name, said in methods if said.get("sends")) - _PLAIN
        return self._sending[library]

    def is_of_library(self, dotted: str) -> bool:
        """Whether a name is one of a library whose functions reach AWS."""
        return bool(self.library_of(dotted))

    def is_harmless(self, dotted: str) -> bool:
        """Whether the data say that what a name stands for calls no service."""
        return any(
            part in self._libraries[name].data.get("harmless", ()) for name, rest in self._of(dotted) for part in rest
        )

    def constant(self, dotted: str) -> Any:
        """The value of a constant, or None."""
        for name, rest in self._of(dotted):
            found = self._libraries[name].data.get("constants", {}).get(".".join(rest[-2:]))
            if found is not None:
                return found
        return None

    def find(self, dotted: str) -> LibraryClass | LibraryFunction | None:
        """The class or function of a name, or None if the data do not have it."""
        for name, rest in self._of(dotted):
            functions = self._libraries[name].data.get("functions", {})
            for known in (".".join(rest[-2:]), rest[-1]):
                if known in functions:
                    return LibraryFunction(name, known, functions[known])
            if (found := self._class(name, rest)) is not None:
                return found
            if len(rest) > 1 and (found := self._class(name, rest[:-1])) is not None:
                method = self.method(found, rest[-1])
                whole = f"{rest[-2]}.{rest[-1]}"
                return LibraryFunction(found.library, whole, method, found) if method is not None else None
        return None

    def unknown_class(self, dotted: str) -> LibraryClass:
        """A class that the data do not have: to make an object of it calls nothing, to use the object can."""
        library, _ = next(self._of(dotted))
        return LibraryClass(library, dotted, {"unknown": True})

    def method(self, kind: LibraryClass, name: str) -> Mapping[str, Any] | None:
        """What the data say of a method of a class; None if nothing."""
        methods = kind.part("methods")
        found: Mapping[str, Any] | None = methods.get(name)
        return found if found is not None else {} if name in kind.data.get("harmless", ()) else None

    def sends(self, method: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """What a method sends, with what several methods send alike."""
        for one in method.get("sends", ()):
            if "use" in one:
                yield from self._sends[one["use"]]
            else:
                yield one

    def class_of(self, library: str, name: str) -> LibraryClass | None:
        """The class of a name in a library, or None."""
        own = self._libraries[library]
        if name not in own.classes:
            data = own.data.get("classes", {}).get(name)
            if data is None:
                return None
            own.classes[name] = LibraryClass(library, name, self._whole(library, data))
        return own.classes[name]

    def service(self, library: str) -> str:
        """The service that a library calls where its entries name none."""
        return str(self._libraries[library].data.get("service", ""))

    def sessions(self, library: str) -> Sequence[str]:
        """The arguments that objects of a library have their session as."""
        names: Sequence[str] = self._libraries[library].data.get("sessions", ())
        return names

    def any_class(self, name: str) -> LibraryClass:
        """The class of a name, of whatever library."""
        return self.made(next(iter(self._libraries)), name)

    def made(self, library: str, name: str) -> LibraryClass:
        """A class that an entry of a library names: its own, else one of another library."""
        for one in (library, *self._libraries):
            if (found := self.class_of(one, name)) is not None:
                return found
        raise KeyError(name)

    def _class(self, library: str, rest: list[str]) -> LibraryClass | None:
        """The class of the rest of a name: of a module all of whose classes are alike, or of its own entry."""
        return self._alike(library, rest) or self.class_of(library, rest[-1])

    def _alike(self, library: str, rest: list[str]) -> LibraryClass | None:
        """The class of a module all of whose classes are alike."""
        for module, data in self._libraries[library].data.get("alike", {}).items():
            if rest[-1][:1].isupper() and ".".join(rest[:-1]).endswith(module):
                key = f"{module}.{rest[-1]}"
                own = self._libraries[library].classes
                return own.setdefault(key, LibraryClass(library, rest[-1], self._whole(library, data)))
        return None

    def _whole(self, library: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the data say of a class, with what it has of the class that it is like."""
        if "like" not in data:
            return data
        base = self.made(library, data["like"]).data
        whole = {**base, **data}
        for part in _SHARED:
            if part in base or part in data:
                whole[part] = {**base.get(part, {}), **data.get(part, {})}
        whole["harmless"] = [*base.get("harmless", ()), *data.get("harmless", ())]
        return whole
