"""What works out the functions of documents, of templates and of pipelines: within limits, and with parts left open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Literal

from ..engine.compose import partition_of
from ..engine.partial import Partial, Unknown, joined
from .reader import InputDocument, ReadingContext
from .text.numbers import spaced
from .text.places import Path

#: No text that references make up may be longer, and no document's references may make up more than some such texts.
MAX_TEXT = 1 << 20
MAX_TEXTS = 8 << 20

#: How deep values and the references in them may lead from one to the next.
MAX_LEVELS = 80


class Evaluator(ABC):
    """Works out the values of a document.

    Args:
        context: gives values of parameters and takes notices.
        document: the document.
    """

    def __init__(self, context: ReadingContext, document: InputDocument) -> None:
        self.context, self.document, self.name = context, document, document.name
        #: What is being worked out.
        self._busy: set[str] = set()
        self._depth = 0
        self._left = MAX_TEXTS

    def notice(self, kind: Literal["problem", "note"], path: Path, message: str) -> None:
        """Records something to tell about the value at a path."""
        self.context.notice(kind, self.document.where(path), message)

    def evaluate(self, value: Any) -> Any:
        """A value with its functions worked out; parts the document does not tell are not known yet."""
        if not isinstance(value, (list, Mapping)):
            return value
        if self._depth >= MAX_LEVELS:
            return self._open("TooDeep", "a reference through too many others")
        self._depth += 1
        try:
            return self._evaluated(value)
        finally:
            self._depth -= 1

    @abstractmethod
    def _evaluated(self, value: Any) -> Any:
        """A list or mapping with its functions worked out."""

    def _open(self, name: str, what: str, argument: Any = None, *aliases: str) -> Any:
        """What the user gave for a part that the document does not tell, else an unknown part."""
        key = f"{what} {spaced(argument)} in {self.name}"
        part = self.context.part(name, f"{what} in {self.name}", *aliases, key=key)
        return Partial([part]) if isinstance(part, Unknown) else part

    def _joined(self, parts: list[str | Unknown]) -> Any:
        """A text of parts; not known yet if it is too long."""
        size = sum(len(part) for part in parts if isinstance(part, str))
        self._left -= size
        if size > MAX_TEXT or self._left < 0:
            return self._open("Text", "a text that is too long")
        return joined(parts)


def glued(glue: str, items: list[Any]) -> list[str | Unknown]:
    """Items with a text between each two."""
    return [part for item in items for part in (glue, item)][1:]


def global_value(context: ReadingContext, name: str) -> str:
    """Partition, Region, Account, or UrlSuffix: what the user gave, what follows from it, else a part not known yet."""
    if name == "UrlSuffix":
        known = context.catalog.partitions.get(global_value(context, "Partition"))
        return known["dns_suffix"] if known else Partial([Unknown("UrlSuffix", "amazonaws.com")])
    given = context.value(name)
    if given is None and name == "Partition" and (region := context.value("Region")):
        given = partition_of(context.catalog.regions, region) or None
    return given if given is not None else Partial([Unknown(name)])
