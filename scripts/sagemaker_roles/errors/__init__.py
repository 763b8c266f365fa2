"""What can be wrong with what a person gives: the exceptions of the library, each a LookupError or a ValueError."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Position(NamedTuple):
    """A place in a source file.

    Attributes:
        path: file, relative to the project's root where it lies below it, with forward slashes.
        line: 1-based line.
        column: 1-based column, counted in characters.
    """

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


def meant(name: str, known: Sequence[str], alike: float = 0.5) -> str:
    """Which of the names that would be right was probably meant, or ""; an ARN counts by the name in it too.

    Args:
        name: the name as given.
        alike: how alike the names must be, from 0 to 1.
    """
    import difflib

    spelled = {item.lower(): item for item in known}
    for short in (item.rpartition("/")[2] for item in known if item.startswith("arn:")):
        spelled.setdefault(short.lower(), short)
    close = difflib.get_close_matches(name, spelled.values(), 1, alike) if len(name) < 100 else []
    near = spelled.get(name.lower()) or (close[0] if close else "")
    return near if near != name else ""


class UnknownName(LookupError):
    """A name that the knowledge base does not have.

    Attributes:
        name: the name as given.
        known: the names that would be right, best order first.
    """

    def __init__(self, message: str, name: str, known: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.name = name
        self.known = tuple(known)


class UnknownOperation(UnknownName):
    """No record is of an operation of that name, and none handles its requests."""


def unknown_operation(name: str, known: Sequence[str]) -> UnknownOperation:
    """The exception for a name that no operation has, with the one that was probably meant."""
    near = meant(name, known)
    hint = f"; did you mean {near}?" if near else ""
    return UnknownOperation(f"there is no record of the operation {name}{hint}", name, known)


class UnknownRole(UnknownName):
    """No operation that is composed for has a role of that ID, and no request passes a role of that name or ARN."""


class UnknownAddOn(UnknownName):
    """No role that is composed, and no caller, has an add-on of that ID.

    Attributes:
        role: ID of another role of the operations that has it, or "".
    """

    def __init__(self, message: str, name: str, known: Sequence[str] = (), *, role: str = "") -> None:
        super().__init__(message, name, known)
        self.role = role


class UnknownPlaceholder(UnknownName):
    """Nothing that is composed has a placeholder or a parameter of that name."""


class InvalidValue(ValueError):
    """A value that does not have the form of what it is given for.

    Attributes:
        name: what it is given for.
        value: the value.
    """

    def __init__(self, message: str, name: str, value: str) -> None:
        super().__init__(message)
        self.name = name
        self.value = value


class InputError(ValueError):
    """An input that cannot be read; the message says what is wrong and what would be right.

    Attributes:
        message: the message without the position.
        position: where, if a place can be named.
    """

    def __init__(self, message: str, position: Position) -> None:
        super().__init__(message)
        self.message = message
        self.position = position

    def __str__(self) -> str:
        return f"{self.position}: {self.message}" if self.position.line else f"{self.position.path}: {self.message}"


class AmbiguousOperation(InputError):
    """An API request that does not show which operation it is for.

    Attributes:
        candidates: operations that it may be for, best first.
    """

    def __init__(self, message: str, position: Position, candidates: Sequence[str]) -> None:
        super().__init__(message, position)
        self.candidates = tuple(candidates)


class SeveralRoles(ValueError):
    """The requests pass several roles, where one document is wanted.

    Attributes:
        arns: the ARNs of the roles; "" stands for requests that pass none.
    """

    def __init__(self, arns: Sequence[str]) -> None:
        super().__init__(f"the requests need {len(arns)} roles, and one document is for one role")
        self.arns = tuple(arns)


class NothingToCompose(ValueError):
    """The inputs hold no request to compose for."""


class PatchError(ValueError):
    """A patch that cannot be applied; the message says which step fails and why."""


class Unwritable(ValueError):
    """A document that a form would not give back as it is; the message says which text it would change."""


class Failure(RuntimeError):
    """What a command could not do; the message is the one line with which it ends, and the exit code is 1."""


class WorkerLost(Failure):
    """A process that works for another ended before its work did, as where the system has no memory left."""
