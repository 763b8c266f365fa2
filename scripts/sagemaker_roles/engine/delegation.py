"""What lets identities create roles that a permissions boundary limits, and no others. Pure.

Source: IAM User Guide, "Permissions boundaries for IAM entities", delegating responsibility to others.
"""

from __future__ import annotations

from ..catalog import CompanionKind
from ..iam.parts import parts_of
from .documents import Companion, ComposedStatement, Document, Reason

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


def delegation(kind: CompanionKind, role: str, trust: Document) -> Companion:
    """The policy of those who create such roles; without a statement where other roles are on the path of the role.

    Who may pass those is not limited by the boundary of this one. A path that is not known is taken for one of theirs.

    Args:
        kind: what data/companions says of it.
        role: ARN of one of the roles, perhaps with placeholders.
        trust: their trust policy, which names the services that assume them.
    """
    beside, account = f"{role.rpartition('/')[0]}/*", parts_of(role).account
    path = parts_of(role).resource.split("/")[1:-1]
    if not path or path == ["service-role"] or path[0] in _OF_AWS or "$" in path[0]:
        why = (
            f"{beside} has roles without the boundary, which the policy would let everybody pass; give the role a path "
            "of its own, such as role/my-team/"
        )
        return Companion(kind.id, beside, account, "unnamed", why, Document(()))
    reasons = (Reason(why=kind.why, evidence=kind.evidence, sources=kind.sources),)
    limited = {"StringEquals": {"iam:PermissionsBoundary": (boundary_of(role),)}}
    statements = [ComposedStatement("CreateLimitedRoles", _CREATING, (beside,), limited, reasons)]
    if services := sorted({name for item in trust.statements for name in item.principal.get("Service", ())}):
        passed = {"StringEquals": {"iam:PassedToService": tuple(services)}}
        statements.append(ComposedStatement("PassRoles", ("iam:PassRole",), (beside,), passed, reasons))
    return Companion(kind.id, beside, account, "optional", kind.why, Document(tuple(statements)), kind.notes)
