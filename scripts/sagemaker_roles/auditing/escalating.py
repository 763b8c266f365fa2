"""What the holder of a role can turn it into: known ways to gain permissions that its policies allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..catalog import Catalog
from ..iam import actions, arns
from ..iam.conditions import Context
from ..iam.grants import Grant
from ..iam.regions import Texts, union
from .report import Finding

_PASS = "iam:PassRole"  # noqa: S105 - the name of an action


def escalations(catalog: Catalog, role: str, allowed: Sequence[Grant], needed: Sequence[Grant]) -> Iterator[Finding]:
    """The ways to gain permissions that grants allow.

    Args:
        catalog: the knowledge base, with the catalog of known ways and the operations that take a role.
        role: ARN of the role, perhaps with placeholders; to pass it itself gains nothing.
        allowed: what the role's policies allow, without what they deny.
        needed: what its work needs.
    """
    own = union([arns.named(role)]) if arns.parse(role) is not None else Texts()
    passes = [(one, left) for one in _of(allowed, _PASS) if (left := one.resources.minus(own))]
    yield from _passing(catalog, passes, allowed, needed)
    for name, path in catalog.data.get("escalations", {}).items():
        acts = path["actions"]
        if _PASS in acts and not passes:
            continue
        found = {action: _of(allowed, action) for action in acts}
        if not all(found.values()):
            continue
        resources = {action: _resources([one.resources for one in some]) for action, some in found.items()}
        yield Finding(
            "escalation",
            path["says"],
            action=acts[0],
            resource=resources[acts[0]][0],
            statement=found[acts[0]][0].statement,
            layer="identity",
            path=name,
            steps=tuple(f"{action} on {', '.join(resources[action])}" for action in acts),
            needed=all(_is_needed(action, needed) for action in acts),
            sources=tuple(catalog.sources[one]["url"] for one in path["sources"] if one in catalog.sources),
        )


def _passing(
    catalog: Catalog, passes: Sequence[tuple[Grant, Texts]], allowed: Sequence[Grant], needed: Sequence[Grant]
) -> Iterator[Finding]:
    """The operations of SageMaker AI to which the holder can pass other roles, each permission to pass once."""
    for grant, left in passes:
        reached: dict[str, None] = {}
        for name in catalog.operations:
            operation = catalog.operation(name)
            roles = [one for one in operation.roles if not one.not_passed]
            trusts = [catalog.trust(trust) for one in roles for trust in one.trust]
            services = {service for one in trusts for service in one.principal.get("Service", ())}
            if not roles or not _of(allowed, f"{operation.service}:{name}"):
                continue
            contexts = [Context({"iam:PassedToService": service}) for service in sorted(services)]
            if any(grant.when.judge(context).holds is not False for context in contexts):
                reached[name] = None
        if not reached:
            continue
        resources = _resources([left])
        names = ", ".join([*reached][:5]) + (f" and {len(reached) - 5} more" if len(reached) > 5 else "")
        yield Finding(
            "escalation",
            "Whoever passes a role to one of these operations decides what is done with its permissions.",
            action=_PASS,
            resource=resources[0],
            beside=tuple(resources[1:]),
            statement=grant.statement,
            layer="identity",
            path="sagemaker-pass-role",
            steps=(
                f"{_PASS} on {', '.join(resources)}",
                f"call {names}, with code or data of the holder's choice",
                "SageMaker AI assumes the role, and the work runs with its permissions",
            ),
            needed=_is_needed(_PASS, needed),
        )


def _of(allowed: Sequence[Grant], action: str) -> list[Grant]:
    """The grants of an action, with what they grant of it."""
    one = actions.action(action)
    return [grant for grant in allowed if grant.actions.has(one)]


def _is_needed(action: str, needed: Sequence[Grant]) -> bool:
    return bool(_of(needed, action))


def _resources(several: Sequence[Texts]) -> list[str]:
    found = dict.fromkeys(str(region) for one in several for region in one.regions)
    return [*found] or ["*"]
