"""What each kind of policy document must have, and what it cannot have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from ..canonical import quoted
from .size import LIMITS, size_as
from .statements import PolicyError, PolicyStatement, statements

Has = Literal["required", "forbidden"]


class Grammar(NamedTuple):
    """The elements of a kind of document.

    Attributes:
        principal, resource: whether a statement has Principal or Resource, or their opposites.
        effects: the effects that a statement can have.
        service: the only service whose actions it can have, or "".
        only_everyone: whether ``"*"`` is the only principal.
    """

    principal: Has
    resource: Has
    effects: tuple[str, ...] = ("Allow", "Deny")
    service: str = ""
    only_everyone: bool = False


#: Attached to an identity, or limits one: it names nobody (IAM User Guide, "AWS JSON policy elements: Principal").
_IDENTITY = Grammar("forbidden", "required")
_RESOURCE = Grammar("required", "required")

#: By kind, the names of :data:`~sagemaker_roles.iam.size.LIMITS`.
GRAMMARS: Mapping[str, Grammar] = {
    **dict.fromkeys(("managed", "boundary", "inline-role", "inline-user", "inline-group", "session", "scp"), _IDENTITY),
    # IAM User Guide, "AWS JSON policy elements: Resource": a trust policy is of the role that it is attached to.
    "trust": Grammar("required", "forbidden", service="sts"),
    # AWS Organizations User Guide, "RCP syntax": customers write statements that deny, for everyone.
    "rcp": Grammar("required", "required", effects=("Deny",), only_everyone=True),
    # As in Amazon ECR User Guide, "Private repository policy examples", of which none has Resource. No page says that
    # Amazon ECR refuses it; ours have none.
    "repository": Grammar("required", "forbidden"),
    **dict.fromkeys(
        (
            *("key", "bucket", "access-point", "secret", "topic", "queue", "function", "model-package-group"),
            *("inference-endpoint", "endpoint"),
        ),
        _RESOURCE,
    ),
}

#: IAM User Guide, "AWS JSON policy elements: Sid".
_SID = re.compile("[A-Za-z0-9]*")


def faults(policy: Any, kind: str) -> list[str]:
    """What the services of AWS refuse in a document of a kind, each with its place; empty for a valid document.

    Args:
        policy: the document as JSON has it; placeholders ``${Name}`` are texts like others.
        kind: its kind, of :data:`GRAMMARS`.
    """
    try:
        every = statements(policy)
    except PolicyError as error:
        return error.faults
    return [*refused(every, kind), *_faults(policy, every, kind)]


def refused(every: Iterable[PolicyStatement], kind: str) -> Iterator[str]:
    """Find the elements that statements of a kind of document need or cannot have, and Sids that occur twice.

    Source: IAM User Guide, "JSON policy element reference".
    """
    grammar, first = GRAMMARS[kind], dict[str, int]()
    for statement in every:
        where = f"Statement[{statement.number}]"
        if statement.sid and (other := first.setdefault(statement.sid, statement.number)) != statement.number:
            yield f"{where}.Sid: Statement[{other}] has {quoted(statement.sid)} too; IAM wants each Sid once"
        for element, has, values in (
            ("Principal", grammar.principal, statement.principals),
            ("Resource", grammar.resource, statement.resources),
        ):
            if has == "required" and not values:
                yield f"{where}.{element}: a statement of such a policy needs {element} or Not{element}"
            if has == "forbidden" and values:
                yield f"{where}.{element}: not allowed in such a policy; remove it"


def _faults(policy: Mapping[str, Any], every: tuple[PolicyStatement, ...], kind: str) -> Iterator[str]:
    grammar, limit = GRAMMARS[kind], LIMITS[kind]
    if not every:
        yield "Statement: a policy needs a statement"
    if limit.statements and len(every) > limit.statements:
        yield f"Statement: {len(every)} statements; the most are {limit.statements}"
    if (length := size_as(kind, json.dumps(policy, separators=(",", ":")))) > limit.most:
        yield f"{length:,} characters; the most are {limit.most:,}"
    for one in every:
        where = f"Statement[{one.number}]"
        if not _SID.fullmatch(one.sid):
            yield f"{where}.Sid: other characters than letters and digits"
        if ("Allow" if one.allows else "Deny") not in grammar.effects:
            yield f"{where}.Effect: must be {' or '.join(grammar.effects)}"
        if grammar.only_everyone and {*one.principals} - {("*", "*")}:
            yield f'{where}.Principal: must be "*"'
        if grammar.service and any(not action.lower().startswith(f"{grammar.service}:") for action in one.actions):
            yield f"{where}.Action: must be of {grammar.service}"
