"""What lets identities create roles that a permissions boundary limits, and no others. Pure.

Source: IAM User Guide, "Permissions boundaries for IAM entities", delegating responsibility to others.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..iam.parts import parts_of
from .documents import ComposedStatement, Document, Reason

#: Actions on roles that have the condition key ``iam:PermissionsBoundary`` (Service Authorization Reference), but those
#: that change the boundary itself.
_CREATING = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
)

#: Paths on which AWS creates roles of its own (IAM User Guide, "IAM identifiers" and "Service-linked roles").
_OF_AWS = frozenset({"aws-reserved", "aws-service-role"})


def boundary_of(role: str) -> str:
    """ARN of the managed policy that is the boundary of a role and of those beside it."""
    arn = parts_of(role)
    return f"arn:{arn.partition}:iam::{arn.account}:policy/{arn.resource.rpartition('/')[2]}-boundary"


def roles_beside(role: str) -> str:
    """The roles on a role's path, as an ARN with a star."""
    return f"{role.rpartition('/')[0]}/*"


def is_shared(role: str) -> bool:
    """Whether a role has no path of its own that is known: others without the boundary live beside it."""
    path = parts_of(role).resource.split("/")[1:-1]
    return not path or path == ["service-role"] or path[0] in _OF_AWS or "$" in path[0]


def delegation(role: str, services: Sequence[str], reason: Reason) -> Document:
    """The policy of those who create such roles.

    Args:
        role: ARN of one of the roles, perhaps with placeholders.
        services: services that assume the roles.
        reason: why it is there.
    """
    roles = (roles_beside(role),)
    limited = {"StringEquals": {"iam:PermissionsBoundary": (boundary_of(role),)}}
    statements = [ComposedStatement("CreateLimitedRoles", _CREATING, roles, limited, (reason,))]
    if services:
        passed = {"StringEquals": {"iam:PassedToService": tuple(services)}}
        statements.append(ComposedStatement("PassRoles", ("iam:PassRole",), roles, passed, (reason,)))
    return Document(tuple(statements))
