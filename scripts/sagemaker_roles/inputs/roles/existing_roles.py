"""The roles that people have, as readers give them: policies with places, boundary, trust, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from ...catalog import ManagedDocument
from ...errors import Position
from ..reader import InputDocument, Notice
from ..text.places import Path

Kind = Literal["inline", "attached", "managed", "file", "boundary", "trust"]


class ExistingPolicy(NamedTuple):
    """One policy document that people have.

    Attributes:
        name: what people call it: the name of the file, of the inline policy, or of the attached policy.
        kind: how the role has it; ``managed`` is an AWS managed policy whose text comes from the built data.
        document: the policy as JSON. Parts that a template does not tell are ``${Name}`` in a
            :class:`~sagemaker_roles.engine.partial.Partial`; ``${…}`` in a plain string is a policy variable.
        path: the file that it stands in; "" for a text out of the built data.
        pointer: where the document begins in that file.
        source: the input, for places.
        origins: where each statement stands below the pointer, where that differs from the document.
    """

    name: str
    kind: Kind
    document: Mapping[str, Any]
    path: str = ""
    pointer: Path = ()
    source: InputDocument | None = None
    origins: tuple[Path, ...] = ()

    def position(self, path: Path = ()) -> Position | None:
        """Where the value at a path below the document stands, such as ``("Statement", 0)``.

        The nearest place above it, where the file has it in a text of its own; None where nothing tells the place.
        """
        if self.source is None or self.source.places is None:
            return None
        if len(path) > 1 and path[0] == "Statement" and isinstance(path[1], int) and path[1] < len(self.origins):
            path = (*self.origins[path[1]], *path[2:])
        return self.source.places.position((*self.pointer, *path), self.source.number)


def of_aws(document: ManagedDocument) -> ExistingPolicy:
    """An AWS managed policy as a role has it, with version and date of its text in the name."""
    name = f"{document.arn.rpartition('/')[2]} ({document.version}, {document.changed})"
    return ExistingPolicy(name, "managed", document.document)


class ExistingRole(NamedTuple):
    """A role that people have.

    Attributes:
        arn: its ARN; "" where it is not known. In a template it is ``arn:${Partition}:iam::${Account}:role/`` with the
            name, or with ``${LogicalId}`` where CloudFormation makes the name.
        name: its name, else its logical ID, else "".
        logical_id: CloudFormation's logical ID or Terraform's address; "" elsewhere.
        policies: its policies, inline ones first, without the boundary and the trust policy.
        boundary: its permissions boundary.
        trust: its trust policy.
        unknown: what of it is not in what was given, a sentence each: attached policies and boundaries without a text,
            statements that an undecided condition decides. While there are any, nothing is proved of the role.
        hidden: the layers of these, of ``identity``, ``boundary`` and ``trust``. What the given policies of a layer
            do not allow, others can.
        position: where it stands.
        passed_as: the texts by which the requests of the same inputs pass it: ``chosen.arn in role.passed_as`` tells
            that a role which is composed (:class:`~sagemaker_roles.engine.roles.Chosen`) is this one.
        attached: the ARNs of its managed policies.
        boundary_arn: the ARN of its permissions boundary, "" for none.
    """

    arn: str = ""
    name: str = ""
    logical_id: str = ""
    policies: tuple[ExistingPolicy, ...] = ()
    boundary: ExistingPolicy | None = None
    trust: ExistingPolicy | None = None
    unknown: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    position: Position | None = None
    passed_as: frozenset[str] = frozenset()
    attached: tuple[str, ...] = ()
    boundary_arn: str = ""


class ExistingGroup(NamedTuple):
    """A group of users, with its policies and what of them is not known, as :class:`ExistingRole` has them."""

    name: str
    policies: tuple[ExistingPolicy, ...] = ()
    unknown: tuple[str, ...] = ()


class ExistingUser(NamedTuple):
    """A user of an account.

    Attributes:
        arn: its ARN.
        name: its name.
        policies: its own policies, inline ones first.
        groups: its groups, each with its policies.
        boundary: its permissions boundary.
        unknown, hidden: as in :class:`ExistingRole`; a group that was not given is a part that is not known.
    """

    arn: str
    name: str = ""
    policies: tuple[ExistingPolicy, ...] = ()
    groups: tuple[ExistingGroup, ...] = ()
    boundary: ExistingPolicy | None = None
    unknown: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()


@dataclass(slots=True)
class RoleReading:
    """What was read.

    Attributes:
        roles: the roles, each once: those of templates and files in the order of the inputs, then those of accounts,
            sorted by ARN.
        notices: what was wrong, and what to know.
        unknown: placeholder name to what it stands for, for parts of the documents that are not known yet.
        read: number of roles, policies and answers looked at.
        taken: names of ``values`` that the inputs used.
        users: the users of accounts, sorted by ARN, where they are asked for.
    """

    roles: list[ExistingRole] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    read: int = 0
    taken: set[str] = field(default_factory=set)
    users: list[ExistingUser] = field(default_factory=list)
