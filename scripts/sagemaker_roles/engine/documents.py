"""What a composition is made of: requests, statements with the reasons for them, findings. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

from ..catalog import Condition
from ..iam.prefix_coverage import covers, is_weaker, reduced, uncovered
from ..iam.size import size
from .values import filled, frozen, names_in

ScopeChoice = Literal["scoped", "broad"]

#: Fewest names for which a pattern is proposed, where nobody said how many.
PROPOSED = 10


class Request(NamedTuple):
    """One API request to compose for.

    Attributes:
        operation: name of the operation.
        members: the request's members in the API's own spelling, or None to keep every placeholder.
        label: what messages call it ("training.json", "event 3 of trail.json.gz").
        by_service: a service makes it with a role of its own (as a pipeline does for its steps), so that it says
            nothing about the caller.
        roles: IDs of the roles of its operation that it is composed for, where it passes other ARNs as the others; None
            means all, ``("caller",)`` the caller alone. With none, it only decides over add-ons of other operations (as
            a pipeline's steps do over what the pipeline's role needs to start them).
        denied: the call was denied, so that nobody knows whether its caller was to have what it asked for.
    """

    operation: str
    members: Mapping[str, Any] | None = None
    label: str = ""
    by_service: bool = False
    roles: tuple[str, ...] | None = None
    denied: bool = False

    @property
    def only_decides(self) -> bool:
        """Whether nothing is composed for it."""
        return self.roles == ()

    def is_for(self, role: str) -> bool:
        """Whether it is composed for its operation's role of an ID."""
        return self.roles is None or role in self.roles


class Reason(NamedTuple):
    """Why a composed statement is there: which record asked for it, for which member and value.

    Attributes:
        operation: the operation whose record asked for it, with `grantee`, `addon`, and `use`; "" for what holds
            whatever the operation, such as the policy of a key.
        container: ID of the container whose record asked for it, or "" if the operation's did.
    """

    operation: str = ""
    grantee: str = ""
    addon: str = ""
    use: str = ""
    why: str = ""
    evidence: str = ""
    sources: tuple[str, ...] = ()
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
    effect: Literal["Allow", "Deny"] = "Allow"

    def to_json(self) -> dict[str, Any]:
        """The statement as IAM writes it, keys in IAM's usual order, every value that may be a list a list."""
        document: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
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

    def joined(self, other: ComposedStatement, **changes: Any) -> ComposedStatement:
        """It with the reasons of another, which it takes the place of, and with other elements."""
        return self._replace(reasons=tuple(dict.fromkeys((*self.reasons, *other.reasons))), **changes)

    def texts(self) -> Iterator[str]:
        """Every text in it that may hold placeholders."""
        yield from self.resources
        for keys in self.condition.values():
            for key, values in keys.items():
                yield key
                yield from values
        for values in self.principal.values():
            yield from values


def as_data_say(data: Mapping[str, Any], values: Mapping[str, str]) -> ComposedStatement:
    """A statement that data have as IAM writes it, with the reason for it, and values for its placeholders."""
    return ComposedStatement(
        sid=data["Sid"],
        actions=tuple(data["Action"]),
        resources=tuple(filled(text, values) for text in data.get("Resource", ())),
        condition=data.get("Condition", {}),
        reasons=(
            Reason(
                why=data["why"],
                evidence=data["evidence"],
                sources=tuple(data["sources"]),
                notes=tuple(data.get("notes", ())),
            ),
        ),
        principal={key: tuple(some) for key, some in data.get("Principal", {}).items()},
        effect=data.get("Effect", "Allow"),
    )


class Document(NamedTuple):
    """A composed policy document."""

    statements: tuple[ComposedStatement, ...]

    def to_json(self) -> dict[str, Any]:
        """The document as IAM writes it."""
        return {"Version": "2012-10-17", "Statement": [statement.to_json() for statement in self.statements]}

    def size(self) -> int:
        """Characters of it as IAM counts them."""
        return size(self.to_json())

    def placeholders(self) -> tuple[str, ...]:
        """Names of the placeholders that stay open, sorted."""
        texts = (text for statement in self.statements for text in statement.texts())
        return tuple(sorted({name for text in texts if "${" in text for name in names_in(text)}))


def alike_joined(
    statements: Iterable[ComposedStatement], element: Literal["actions", "resources"]
) -> list[ComposedStatement]:
    """Statements of which those that differ in nothing but an element are one."""
    found: dict[Any, ComposedStatement] = {}
    for one in statements:
        rest = one.resources if element == "actions" else one.actions
        key = (one.effect, rest, frozen(one.condition), tuple(one.principal.items()))
        if known := found.get(key):
            both = (*getattr(known, element), *getattr(one, element))
            one = known.joined(one, **{element: reduced(both) if element == "resources" else tuple(sorted({*both}))})
        found[key] = one
    return [*found.values()]


def with_own_sids(statements: Sequence[ComposedStatement]) -> Iterator[ComposedStatement]:
    """The statements, with numbers behind Sids that occur more than once."""
    taken = {statement.sid for statement in statements}
    used: dict[str, int] = {}
    for statement in statements:
        sid = unique = statement.sid
        used[sid] = used.get(sid, 0) + 1
        while used[sid] > 1 and (unique := f"{sid}{used[sid]}") in taken:
            used[sid] += 1
        taken.add(unique)
        yield statement if unique == sid else statement._replace(sid=unique)


#: ``yes``: without it the calls fail. ``no``: none is needed. ``undelegated``: only if the policy that is there does
#: not delegate to IAM. ``other-account``: only if the resource is in another account than the role, which is not known.
#: ``unnamed``: the role's statement names no single resource, so none can be written. ``not-composed``: such a policy
#: must allow it too, and is not written here. ``optional``: a limit that works.
Needed = Literal["yes", "undelegated", "other-account", "not-composed", "unnamed", "optional", "no"]

#: The strongest first.
NEEDED: tuple[Needed, ...] = get_args(Needed)


class Companion(NamedTuple):
    """A policy that must agree with the role's policy.

    Attributes:
        kind: ID of its kind (data/shared/companions).
        resource: ARN of the resource that has it, perhaps with placeholders; the role's ARN for its boundary.
        account: the account of the resource; "" if it is not known.
        needed: whether it is needed.
        why: why it is or is not.
        document: the statements to add; empty where none is needed or none can be written.
        notes: what else to know.
    """

    kind: str
    resource: str
    account: str
    needed: Needed
    why: str
    document: Document
    notes: tuple[str, ...] = ()

    def placeholders(self) -> set[str]:
        """Names of the placeholders in its document and in the name of the resource."""
        return {*names_in(self.resource), *self.document.placeholders()}

    def to_json(self) -> dict[str, Any]:
        """It as JSON; ``policy`` is null where there is no statement."""
        return {
            "kind": self.kind,
            "resource": self.resource,
            "account": self.account or None,
            "needed": self.needed,
            "why": self.why,
            "notes": list(self.notes),
            "policy": self.document.to_json() if self.document.statements else None,
        }


class Finding(NamedTuple):
    """Something a request says that the composer cannot use or the user should know.

    Attributes:
        kind: ``problem`` (the result is incomplete) or ``note``.
        member: the JMESPath that found the value.
        value: the value as JSON, cut after 200 characters; "" if it is about the whole.
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
    """A document without resources that another statement grants as well; that one then has the reasons of both."""
    alike: dict[tuple[str, ...], dict[Any, list[int]]] = {}
    for index, statement in enumerate(document.statements):
        if statement.resources:
            condition = frozen(statement.condition)
            alike.setdefault(statement.actions, {}).setdefault(condition, []).append(index)
    several = [indexes for groups in alike.values() for indexes in groups.values() if len(indexes) > 1]
    if not several:
        return document
    kept = dict(enumerate(document.statements))
    for indexes in several:
        _join(kept, indexes)
    return Document(tuple(kept.values()))


def _join(kept: MutableMapping[int, ComposedStatement], indexes: Sequence[int]) -> None:
    """Joins those of some statements with the same actions and the same condition that cover one another.

    Of statements that cover one another in part, the narrower text goes.
    """
    several = [kept[index].resources for index in indexes]
    every = tuple(itertools.chain.from_iterable(several))
    if len(reduced(every)) == len(every):
        return  # none covers anything of another
    group: list[int] = []
    for index in indexes:
        for other in [*group]:
            known, statement = kept[other], kept[index]
            if covers(known.resources, statement.resources):
                kept[other] = known.joined(kept.pop(index))
                break
            if covers(statement.resources, known.resources):
                kept[index] = statement.joined(kept.pop(other))
                group.remove(other)
        else:
            group.append(index)
    for index in group:
        for other in group:
            if index != other:
                _strip(kept, index, other)


def _strip(kept: MutableMapping[int, ComposedStatement], index: int, other: int) -> None:
    """Removes from one statement the resources that another one grants."""
    known, statement = kept[other], kept[index]
    left = uncovered(known.resources, statement.resources)
    if len(left) != len(statement.resources):
        kept[other] = known.joined(statement)
        kept[index] = statement._replace(resources=left)


def without_cancelled(document: Document, *, is_broad: bool = False) -> tuple[Document, list[Finding]]:
    """A document in which no statement cancels the condition of another.

    Of two statements for the same actions and resources, the one with fewer conditions makes the other idle, and so
    does one on every resource. What is idle is left out; the statement that covers it has the reasons of both.

    Args:
        document: the document.
        is_broad: every statement is on every resource, so only conditions tell two apart.

    Returns:
        The document, and a note on each statement that covers what another operation needs less widely.
    """
    having_action: dict[str, list[int]] = {}
    for place, statement in enumerate(document.statements):
        for action in statement.actions:
            having_action.setdefault(action, []).append(place)
    alike = {place for places in having_action.values() if len(places) > 1 for place in places}
    if not alike:
        return document, []
    kept = dict(enumerate(document.statements))
    is_changed = False
    notes: list[Finding] = []
    having = _by_condition(document)
    for place, wide in enumerate(document.statements):
        if place not in alike or place not in kept:
            continue
        covered: list[ComposedStatement] = []
        for other in _candidates(wide, having, having_action):
            narrow = kept.get(other) if other != place else None
            if narrow is None or not _cancels(wide, narrow, is_broad):
                continue
            is_changed = True
            left = tuple(action for action in narrow.actions if action not in wide.actions)
            if left:
                kept[other] = narrow._replace(actions=left)
            else:
                del kept[other]
            if narrow.condition != wide.condition or narrow.resources != wide.resources:
                covered.append(narrow)
            kept[place] = kept[place].joined(narrow)
        if covered:
            notes.append(_note(wide, covered))
    return Document(tuple(kept.values())) if is_changed else document, notes


def _by_condition(document: Document) -> Mapping[int, Sequence[int]]:
    """Places of statements by operator, key, and value of a condition."""
    having: dict[int, list[int]] = {}
    for place, statement in enumerate(document.statements):
        for operator, keys in statement.condition.items():
            for key, values in keys.items():
                for value in dict.fromkeys(values):
                    # The hash takes a tenth of the memory. Two with the same give a candidate more.
                    having.setdefault(hash((operator, key, value)), []).append(place)
    return having


def _candidates(
    wide: ComposedStatement, having: Mapping[int, Sequence[int]], having_action: Mapping[str, Sequence[int]]
) -> Sequence[int]:
    """Places, in order, of all statements that can have actions of one and a condition that its own is weaker than.

    Such a condition has each key of the weaker one, with a value in common. A role with thousands of keys has thousands
    of statements that differ in a value only; to compare each with each, or to list them for each, would take minutes.
    """
    lists = [[having_action[action] for action in wide.actions]]
    lists += [
        [having[hash((operator, key, value))] for value in values]
        for operator, keys in wide.condition.items()
        for key, values in keys.items()
        if values
    ]
    fewest = min(lists, key=lambda several: sum(map(len, several)))
    return fewest[0] if len(fewest) == 1 else sorted({place for places in fewest for place in places})


def _cancels(wide: ComposedStatement, narrow: ComposedStatement, is_broad: bool) -> bool:
    """Whether a statement grants some actions of another on all of its resources, with fewer conditions."""
    is_alike = wide.condition == narrow.condition or frozen(wide.condition) == frozen(narrow.condition)
    if is_alike and (is_broad or wide.resources != ("*",)):
        return False
    if set(wide.actions).isdisjoint(narrow.actions) or wide.principal != narrow.principal:
        return False
    if not is_weaker(wide.condition, narrow.condition) or not covers(wide.resources, narrow.resources):
        return False
    is_wider = wide.resources != narrow.resources or len(wide.actions) > len(narrow.actions)
    return not is_alike or (is_wider and set(narrow.actions) <= set(wide.actions))


def _note(wide: ComposedStatement, narrower: Sequence[ComposedStatement]) -> Finding:
    """A note that says which operation needs a statement so wide, what it covers, and how that is avoided."""
    needing = dict.fromkeys(reason.operation for reason in wide.reasons)
    others = dict.fromkeys(reason.operation for one in narrower for reason in one.reasons)
    # The add-ons without which the statement would not be there, unless others need them too.
    addons = dict.fromkeys(reason.addon for reason in wide.reasons)
    needed = {"", *(reason.addon for one in narrower for reason in one.reasons)}
    sids = " and ".join(one.sid for one in narrower)
    message = f"{' and '.join(needing)} needs this without the limits of {sids}, so they were removed"
    if apart := [name for name in others if name not in needing]:
        message += f"; to keep them, give {' and '.join(apart)} a separate role"
    elif needed.isdisjoint(addons):
        message += f"; to keep them, exclude {' and '.join(f'the add-on {name}' for name in addons)}"
    return Finding("note", next(iter(needing)), wide.sid, "", message)
