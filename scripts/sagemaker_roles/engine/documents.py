"""What a composition is made of: requests, statements with the reasons for them, findings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from ..catalog import Condition
from .values import covers, frozen, names_in

ScopeChoice = Literal["scoped", "broad"]


class Request(NamedTuple):
    """One API request to compose for.

    Attributes:
        operation: name of the operation.
        members: the request's members in the API's own spelling, or None to keep every placeholder.
        label: what messages call it ("training.json", "event 3 of trail.json.gz").
        by_service: a service makes it with a role of its own (as a pipeline does for its steps), so that it says
            nothing about the caller.
    """

    operation: str
    members: Mapping[str, Any] | None = None
    label: str = ""
    by_service: bool = False


class Reason(NamedTuple):
    """Why a composed statement is there: which record asked for it, for which member and value.

    Attributes:
        container: ID of the container whose record asked for it, or "" if the operation's did.
    """

    operation: str
    grantee: str
    addon: str
    use: str
    why: str
    evidence: str
    sources: tuple[str, ...]
    members: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    container: str = ""


class ComposedStatement(NamedTuple):
    """A statement of a composed document with the reasons for it."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition
    reasons: tuple[Reason, ...]
    principal: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    def to_json(self) -> dict[str, Any]:
        """The statement as IAM writes it, keys in IAM's usual order, every value that may be a list a list."""
        document: dict[str, Any] = {"Sid": self.sid, "Effect": "Allow"}
        if self.principal:
            document["Principal"] = {kind: list(values) for kind, values in self.principal.items()}
        document["Action"] = list(self.actions)
        if self.resources:
            document["Resource"] = list(self.resources)
        if self.condition:
            document["Condition"] = {
                operator: {key: list(values) for key, values in sorted(keys.items())}
                for operator, keys in sorted(self.condition.items())
            }
        return document

    def texts(self) -> Iterator[str]:
        """Every text in it that may hold placeholders."""
        yield from self.resources
        for keys in self.condition.values():
            for values in keys.values():
                yield from values
        for values in self.principal.values():
            yield from values


class Document(NamedTuple):
    """A composed policy document."""

    statements: tuple[ComposedStatement, ...]

    def to_json(self) -> dict[str, Any]:
        """The document as IAM writes it."""
        return {"Version": "2012-10-17", "Statement": [statement.to_json() for statement in self.statements]}

    def placeholders(self) -> tuple[str, ...]:
        """Names of the placeholders that stay open, sorted."""
        texts = (text for statement in self.statements for text in statement.texts())
        return tuple(sorted({name for text in texts for name in names_in(text)}))


class Finding(NamedTuple):
    """Something a request says that the composer cannot use or the user should know.

    Attributes:
        kind: ``problem`` (the result is incomplete) or ``note``.
        member: the JMESPath that found the value.
        value: the value, as given.
        message: what is wrong and what would be right.
        label: what the request was called.
    """

    kind: Literal["problem", "note"]
    operation: str
    member: str
    value: str
    message: str
    label: str = ""


def without_duplicates(document: Document) -> Document:
    """A document without statements whose grants another one holds as well; that one then has the reasons of both."""
    statements = document.statements
    alike: dict[tuple[str, ...], list[int]] = {}
    for index, statement in enumerate(statements):
        if statement.resources:
            alike.setdefault(statement.actions, []).append(index)
    kept = dict(enumerate(statements))
    for indexes in alike.values():
        if len(indexes) > 1:
            _join(kept, indexes)
    return document if len(kept) == len(statements) else Document(tuple(kept.values()))


def _join(kept: dict[int, ComposedStatement], indexes: Sequence[int]) -> None:
    """Joins those of some statements with the same actions that have the same condition and cover one another."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for index in indexes:
        group = groups.setdefault(frozen(kept[index].condition), [])
        for other in [*group]:
            known, statement = kept[other], kept[index]
            if covers(known.resources, statement.resources):
                kept[other] = _joint(known, kept.pop(index))
                break
            if covers(statement.resources, known.resources):
                kept[index] = _joint(statement, kept.pop(other))
                group.remove(other)
        else:
            group.append(index)


def _joint(statement: ComposedStatement, other: ComposedStatement) -> ComposedStatement:
    return statement._replace(reasons=tuple(dict.fromkeys((*statement.reasons, *other.reasons))))
