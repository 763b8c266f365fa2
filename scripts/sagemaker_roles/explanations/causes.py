"""What the explanation of an error message is made of: causes, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Shortfall:
    """By what a statement of a given role falls short of a denied call.

    Attributes:
        layer: the layer that decides: ``identity``, ``boundary`` and so on.
        document: the policy; statement: its statement, or "" if no statement is about the action.
        why: what is wrong, as the end of a sentence that begins with the statement.
    """

    layer: str
    document: str
    statement: str
    why: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One possible cause of a message.

    Attributes:
        form: ID of the form that leads the answer; title: what it is called; message: the part of the text that has it.
        matter: what is wrong: ``permission``, or why it is another matter (``route``, ``missing``, ``account`` …).
        operation: the operation that needs it, or "" if none with a record does.
        role: ID of the operation's role that needs it; caller: whether its caller does. Neither if that is not known.
        addon: ID of the add-on that it belongs to, or "".
        who: ``execution role``, ``caller``, ``service-linked role``, or ``principal`` where that is not known.
        principal: ARN of who was denied, or "".
        action, resource: what was denied; "" if the message does not show it and no record does.
        layer: ID of the layer that decided; layer_named: whether the message names it. Without, it is the usual one.
        policy_type: what the kind of policy that decided is called, if the message names one, also of an explicit deny.
        policy_arn: ARN of that policy, or ""; changed_by: who can change it, or "".
        statement: the statement to add, or None; with ``Principal``, to the policy of the resource or the trust policy.
        next: actions of the statement that the message does not name, and that would be denied next.
        placeholders: names in the statement that the message does not fill.
        check: a command that shows whether it is cured, or "".
        question: the one question that decides between this cause and the others of the message, or "".
        why: why it is needed; evidence and sources: how that is known, and the addresses of the pages.
        also: what else must allow it, by layer.
        look: what else to check.
        page: page of the reference, or the guide; guide: the guide that explains the message.
        asked: operations and members of the given requests that ask for the call.
        short: by what the statements of the given role fall short.
    """

    form: str
    message: str
    matter: str
    title: str = ""
    operation: str = ""
    role: str = ""
    caller: bool = False
    addon: str = ""
    who: str = "principal"
    principal: str = ""
    action: str = ""
    resource: str = ""
    layer: str = ""
    layer_named: bool = False
    policy_type: str = ""
    policy_arn: str = ""
    changed_by: str = ""
    statement: Mapping[str, Any] | None = None
    next: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    check: str = ""
    question: str = ""
    why: str = ""
    evidence: str = ""
    sources: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    look: tuple[str, ...] = ()
    page: str = ""
    guide: str = ""
    asked: tuple[str, ...] = ()
    short: tuple[Shortfall, ...] = ()

    @property
    def policy(self) -> dict[str, Any] | None:
        """The statement as a policy document of its own."""
        return {"Version": "2012-10-17", "Statement": [dict(self.statement)]} if self.statement else None

    @property
    def patch(self) -> list[dict[str, Any]] | None:
        """The statement as a JSON Patch (RFC 6902) of the policy that lacks it, whose ``Statement`` is a list."""
        return [{"op": "add", "path": "/Statement/-", "value": dict(self.statement)}] if self.statement else None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a text means.

    Attributes:
        causes: those of the messages in it, in their order, for each the best first; empty if the text has no clue.
        look: what to look at if there is none.
    """

    causes: tuple[Cause, ...]
    look: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is a clue in the text."""
        return bool(self.causes)
