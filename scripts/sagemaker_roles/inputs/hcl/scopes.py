"""What names in expressions stand for, values that are worked out when asked for, and what can be done with both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from ...engine.partial import Partial
from .functions import call
from .value_types import MAX_ELEMENTS, Failed, NotKnown, is_known, is_open, text


class Lazy(ABC):
    """A value whose parts are worked out when they are asked for, such as a resource."""

    @abstractmethod
    def member(self, name: str) -> Any:
        """An attribute.

        Raises:
            Failed: Terraform reports an error.
            NotKnown: it is not known.
        """

    def index(self, key: Any) -> Any:
        """An element; the same raises."""
        return self.member(text(key))


class Scope(ABC):
    """What the names in an expression stand for.

    Attributes:
        names: names that are known where the expression is, such as ``each``, and those of loops.
    """

    names: Mapping[str, Any]

    @abstractmethod
    def name(self, name: str) -> Any:
        """What another name stands for; the raises of :class:`Lazy`."""

    @abstractmethod
    def unknown(self, written: str, names: Mapping[str, Any]) -> Any:
        """What is not known, by the expression for it and the names in it."""

    @abstractmethod
    def call(self, name: str, values: list[Any]) -> Any:
        """The result of a function that reads files; the raises of :class:`Lazy`, NotKnown for any other function."""

    @abstractmethod
    def step(self, depth: int) -> None:
        """Count a step; depth 1 goes into an expression, -1 out of it.

        Raises:
            NotKnown: there are too many.
        """


def truth(value: Any) -> bool:
    """Whether a value is true; Failed where it is no boolean, NotKnown where it is not known."""
    if isinstance(value, (Partial, Lazy)):
        raise NotKnown
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise Failed("no boolean")


def is_equal(left: Any, right: Any) -> bool:
    """Whether two values are equal; NotKnown where what is not known decides."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Lazy):
            raise NotKnown
        if isinstance(one, Partial):
            if other is None:
                return False
            if isinstance(other, Partial) and one.parts == other.parts:
                return True
            if other == "" and not is_open(one):
                return False
            raise NotKnown
    if not is_known([left, right]):
        raise NotKnown
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def pairs_of(value: Any) -> list[tuple[Any, Any]]:
    """What a loop goes over: keys and values, or indexes and elements."""
    if isinstance(value, Mapping):
        return sorted(value.items())
    if isinstance(value, list):
        if len(value) > MAX_ELEMENTS:
            raise NotKnown
        return [*enumerate(value)]
    if isinstance(value, (Partial, Lazy)):
        raise NotKnown
    raise Failed("nothing to go over")


def member_of(value: Any, name: str) -> Any:
    """An attribute of a value; the raises of :class:`Lazy`."""
    if isinstance(value, Lazy):
        return value.member(name)
    if isinstance(value, Partial):
        raise NotKnown
    if isinstance(value, Mapping) and name in value:
        return value[name]
    raise Failed(f"no attribute {name}")


def element_of(value: Any, key: Any) -> Any:
    """An element of a value; the raises of :class:`Lazy`."""
    if isinstance(value, (Partial, Lazy)) or isinstance(key, (Partial, Lazy)):
        if isinstance(value, Lazy):
            return value.index(key)
        raise NotKnown
    if isinstance(value, list):
        number = call("tonumber", [key])
        if isinstance(number, int) and 0 <= number < len(value):
            return value[number]
    elif isinstance(value, Mapping) and text(key) in value:
        return value[text(key)]
    raise Failed("no such element")
