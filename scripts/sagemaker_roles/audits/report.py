"""What an audit finds, as values and as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from ..errors import Position

SCHEMA_VERSION = "1.3.0"

Kind = Literal["missing", "depends", "excess", "trust", "escalation"]
Verdict = Literal["missing", "depends", "sufficient", "minimal"]
UseStatus = Literal["used", "not seen", "cannot be seen"]

KINDS: tuple[Kind, ...] = ("missing", "depends", "excess", "trust", "escalation")

Patch = Sequence[Mapping[str, Any]]


#: The members of a finding as JSON in their order.
_MEMBERS = (
    *("action", "without", "resource", "beside", "principal", "condition", "layer", "document", "statement", "step"),
    *("members", "code", "keys", "service", "level", "opens", "path", "steps", "why", "evidence", "sources", "patch"),
)


def _plain(value: Any) -> Any:
    return [*value] if isinstance(value, tuple) else value


class AuditFinding(NamedTuple):
    """One thing that an audit finds. What does not apply is empty.

    Attributes:
        kind: the list that it belongs to.
        action: the action, perhaps with wildcards; without: actions that are not meant.
        resource: the ARN, perhaps with wildcards or placeholders; beside: ARNs that are not meant.
        condition: the condition as IAM writes it: for what is missing, the one that the call has or needs; for excess,
            the one of the statement; for trust, the one that is there.
        layer: what decides: ``identity``, ``boundary``, ``session``, ``scp``, ``rcp``, ``endpoint``, ``resource`` (the
            resource's policy) or ``trust``.
        document: name of the policy that decides; statement: name of its statement.
        why: what is wrong and why it matters, in one or two sentences.
        step: the operation and the add-on that ask for it.
        members: members of the request that ask for it.
        code: places of the user's code that ask for it, as ``file:line``.
        evidence, sources: how well the need is known, and the addresses of the pages.
        keys: for ``depends``, each condition key to the values with which the call is allowed; with none, any other
            value than those that deny.
        principal: for ``trust``, who can assume the role.
        service, level, opens: for ``excess``, the service prefix, the access level, and what it opens.
        path, steps: for ``escalation``, its ID and what the holder does, in order; ``not-listed`` counts what a report
            leaves out of a kind.
        needed: for ``escalation``, whether the role's work needs it.
        patch: an RFC 6902 patch of ``document`` that mends it, or None.
        position: where the statement or the policy stands, or None.
    """

    kind: Kind
    why: str
    action: str = ""
    without: tuple[str, ...] = ()
    resource: str = ""
    beside: tuple[str, ...] = ()
    condition: Mapping[str, Any] = {}
    layer: str = ""
    document: str = ""
    statement: str = ""
    step: str = ""
    members: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    evidence: str = ""
    sources: tuple[str, ...] = ()
    keys: Mapping[str, Sequence[str]] = {}
    principal: str = ""
    service: str = ""
    level: str = ""
    opens: str = ""
    path: str = ""
    steps: tuple[str, ...] = ()
    needed: bool = False
    patch: Patch | None = None
    position: Position | None = None

    def to_json(self) -> dict[str, Any]:
        """It as JSON, without what does not apply."""
        fields = {name: _plain(getattr(self, name)) for name in _MEMBERS} | {"place": placed(self.position)}
        fields["keys"] = {key: list(values) for key, values in self.keys.items()}
        members = {name: value for name, value in fields.items() if value not in ("", [], {}, None)}
        if self.kind == "escalation":
            members["needed"] = self.needed
        return members


def placed(position: Position | None) -> dict[str, Any] | None:
    """A place as JSON."""
    return {"file": position.path, "line": position.line, "column": position.column} if position else None


class DocumentPatch(NamedTuple):
    """A patch of one policy document of a role; ``document`` is "" for a policy that is to be added."""

    document: str
    patch: Patch
    position: Position | None = None

    def to_json(self) -> dict[str, Any]:
        """It as JSON."""
        members: dict[str, Any] = {"document": self.document, "patch": list(self.patch)}
        return {**members, "place": placed(self.position)} if self.position else members


class StatementUse(NamedTuple):
    """What a log shows of one statement.

    Attributes:
        document, statement: names of the policy and the statement.
        status: ``used`` if a session called what it allows; ``cannot be seen`` if the log has no such events, whoever
            makes the calls; else ``not seen``.
        actions: what sessions called of it.
        events, last: how many events that are, and the day of the last one, or "".
        hidden: kinds of calls that it allows and that the log cannot show.
        position: where it stands, or None.
    """

    document: str
    statement: str
    status: UseStatus
    actions: tuple[str, ...]
    events: int
    last: str
    hidden: tuple[str, ...]
    position: Position | None

    def to_json(self) -> dict[str, Any]:
        """It as JSON, without what does not apply."""
        fields = {name: _plain(value) for name, value in self._asdict().items() if name != "position"}
        fields["place"] = placed(self.position)
        return {name: value for name, value in fields.items() if value not in ("", [], 0, None)}


class Observed(NamedTuple):
    """What a log shows of a role: days of its first and last event, and each statement that allows something."""

    first: str
    last: str
    statements: tuple[StatementUse, ...]

    def to_json(self) -> dict[str, Any]:
        """It as JSON."""
        days = {"first": self.first, "last": self.last, "days": _days(self.first, self.last)}
        return {**days, "statements": [one.to_json() for one in self.statements]}


def _days(first: str, last: str) -> int:
    """How many days a span has, both counted; 0 if a log has no days."""
    try:
        return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    except ValueError:
        return 0


class RoleReport(NamedTuple):
    """What an audit finds about one role.

    Attributes:
        role: its ARN, or its name where that is all that is known, or "".
        operations: what it is for.
        verdict: ``missing`` if a call that it needs is denied, else ``depends`` if one may be, else ``minimal`` if it
            allows nothing beyond the need, and nobody else can assume it, else ``sufficient``.
        findings: what was found, in the order of :data:`KINDS`, the worst first.
        assumptions: what the verdict takes as given, each a sentence.
        policy: the policy that would be enough.
        mend: patches that add all that is missing in the role's own policies; narrow: patches that only narrow them.
        position: where the role stands, or None.
        observed: which statements its sessions used, where a log was given, or None.
    """

    role: str
    operations: tuple[str, ...]
    verdict: Verdict
    findings: tuple[AuditFinding, ...]
    assumptions: tuple[str, ...] = ()
    policy: Mapping[str, Any] = {}
    mend: tuple[DocumentPatch, ...] = ()
    narrow: tuple[DocumentPatch, ...] = ()
    position: Position | None = None
    observed: Observed | None = None

    @property
    def broad(self) -> tuple[str, ...]:
        """What it opens far beyond the need: whole services, and escalations that the work does not need."""
        wide = re.compile(r"(?:[a-z0-9-]+:)?\*")
        services = [f"{one.action} on {one.resource}" for one in self.of("excess") if wide.fullmatch(one.action)]
        return tuple(dict.fromkeys([*services, *(one.path for one in self.of("escalation") if not one.needed)]))

    def of(self, kind: Kind) -> tuple[AuditFinding, ...]:
        """The findings of a kind."""
        return tuple(one for one in self.findings if one.kind == kind)

    def to_json(self) -> dict[str, Any]:
        """It as JSON."""
        return {
            "role": self.role,
            "operations": list(self.operations),
            "verdict": self.verdict,
            **({"broad": list(self.broad)} if self.broad else {}),
            **{kind: [one.to_json() for one in self.of(kind)] for kind in KINDS},
            "assumptions": list(self.assumptions),
            "policy": self.policy,
            "patches": {
                "mend": [one.to_json() for one in self.mend],
                "narrow": [one.to_json() for one in self.narrow],
            },
            **({"place": placed(self.position)} if self.position else {}),
            **({"observed": self.observed.to_json()} if self.observed else {}),
        }


class Report(NamedTuple):
    """What an audit finds.

    Attributes:
        data_version: version of the knowledge base.
        roles: the roles, in the order in which they were given.
        accepted: findings that the baseline accepts, each with the reason, as JSON.
        unused: entries of the baseline that accept nothing, as given.
    """

    data_version: str
    roles: tuple[RoleReport, ...]
    accepted: tuple[Mapping[str, Any], ...] = ()
    unused: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """It as JSON; its form changes by the rules of the published files."""
        return {
            "schema_version": SCHEMA_VERSION,
            "data_version": self.data_version,
            "roles": [one.to_json() for one in self.roles],
            "baseline": {"accepted": list(self.accepted), "unused": list(self.unused)},
        }
