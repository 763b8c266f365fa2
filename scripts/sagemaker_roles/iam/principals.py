"""Whether a statement that names principals names a caller, and how."""

from __future__ import annotations

from .arn_parts import parse
from .conditions import NO, YES, Verdict
from .statements import PolicyStatement

#: How a statement can name a caller for certain, the strongest first.
_HOWS = ("direct", "role", "account")


def named(statement: PolicyStatement, principal: str) -> tuple[Verdict, str]:
    """Whether a statement names who calls, and how.

    How: ``direct`` names the session, the user or the service itself, or everyone; ``role`` the role of the session;
    ``account`` the account, which then decides with policies of its own.

    Args:
        statement: a statement that names principals.
        principal: the ARN of a role, of a session, or of a user; or a service (``sagemaker.amazonaws.com``). A role's
            ARN stands for some session of it, "" for an identity that is not known.
    """
    hows = {how for kind, value in statement.principals if (how := names(kind, value, principal))}
    if statement.not_principals:
        return _spared(hows, principal), "direct"
    for how in _HOWS:
        if how in hows:
            return YES, how
    if "session" in hows:
        why = f"{statement.name} names a session of the role; whether it is this one is not known"
        return Verdict(None, why), "direct"
    return NO, ""


def _spared(hows: set[str], principal: str) -> Verdict:
    """Whether a statement with ``NotPrincipal`` is about the caller.

    AWS may look at the account, at the role and at the session in turn, so that a caller is certainly spared only where
    the account is named beside it (IAM User Guide, "AWS JSON policy elements: NotPrincipal").
    """
    if not hows:
        return YES
    if is_service(principal) or ("account" in hows and len(hows) > 1):
        return NO
    return Verdict(None, "NotPrincipal names the caller, but not its account and itself")


def is_service(principal: str) -> bool:
    """Whether a principal is an AWS service that calls for itself."""
    return bool(principal) and not principal.startswith("arn:")


def names(kind: str, value: str, principal: str) -> str:
    """How one principal of a statement names a caller.

    How: as :func:`named` says; ``session`` for a session of the role that calls, of which nobody knows whether it is
    the one; "" if it does not.

    Args:
        kind: ``AWS``, ``Service`` or ``Federated``; ``*`` for everyone.
        value: what stands there.
        principal: as :func:`named` takes it.
    """
    if kind == "*":
        return "direct"
    if kind != "AWS":
        return "direct" if value == principal else ""
    if not principal:
        return "session"
    if is_service(principal):
        return ""
    caller = parse(principal)
    if caller and caller.account and caller.account in (value, _root_of(value)):
        return "account"
    if value == principal:
        return "role" if _is_role(value) else "direct"
    role = _role_of(value)
    if role is None or role != _role_of(principal):
        return ""
    if _is_role(value):
        return "role"
    return "session" if _is_role(principal) else ""


def _is_role(value: str) -> bool:
    return ":role/" in value


def _root_of(value: str) -> str:
    """The account of an account's own ARN, or ""."""
    arn = parse(value)
    return arn.account if arn and arn.resource == "root" and arn.service == "iam" else ""


def _role_of(value: str) -> tuple[str, str, str] | None:
    """Partition, account and name of the role of an ARN; the ARN of a session leaves out the role's path."""
    arn = parse(value)
    if arn is None:
        return None
    if arn.service == "iam" and arn.resource.startswith("role/"):
        return arn.partition, arn.account, arn.resource.rpartition("/")[2].lower()
    if arn.service == "sts" and arn.resource.startswith("assumed-role/"):
        return arn.partition, arn.account, arn.resource.split("/")[1].lower()
    return None
